# A program with a mistake is rejected before anything runs; a warning keeps none from running. L1.2 L18.2 L14.3
cd "$TMP" || exit
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1 | grep -v '^ '
    echo "status ${PIPESTATUS[0]}"
}
cat >wrong.portals <<'END'
workflow main = from([1]) |> print
workflow other = from([1]) |> map(x => x + "a") |> write("other.txt")
END
cat >warned.portals <<'END'
workflow main = from([1]) |> map(x => match x { _ => 1; 2 => 3 }) |> print
END
try run wrong.portals
try build wrong.portals -o exe
try check warned.portals
try run warned.portals
ls
