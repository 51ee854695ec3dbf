# R2.1 R2.2 R2.6: what spec/repl.md shows is true: the inputs of its sessions, which begin with `$ portals repl`, say what stands below them.
export page=$PWD/spec/repl.md
mkdir "$TMP/bin"
ln -s "$PORTALS" "$TMP/bin/portals"
export PATH=$TMP/bin:$PATH
cd "$TMP"
awk '/^```portals/ { getline; name = $2; print > name; program = 1; next }
     /^```/ { plain = !program && !plain; program = 0; next }
     program { print > name }
     plain && /^\$ portals repl/ { n++; print substr($0, 3) > ("session." n); inside = 1; next }
     plain && /^\$ / { inside = 0 }
     !plain || !inside { next }
     /^[>.] / { print substr($0, 3) > ("inputs." n); next }
     { print > ("said." n) }' "$page"
for session in session.*; do
    n=${session#session.}
    eval "$(cat "$session")" <"inputs.$n" >"printed.$n" 2>&1
    diff -u --label said --label printed "said.$n" "printed.$n" && echo "$(grep -c . "inputs.$n") lines"
done
