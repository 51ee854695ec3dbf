# `--skip-atom` on a run that failed before; a second failure; files that cannot be written. S7.10 S7.16 S7.17
cat >"$TMP/shares.portals" <<'END'
task Sum: Int -> Int {
  state sum: Int = 0
  on event n { sum += n; emit sum }
  on end { emit -sum }
}
workflow main = stdin(atom: 2) |> map(line => 100 / line.to_int().or(0)) |> Sum |> print
END
cd "$TMP"
shares() {
    echo "\$ portals run $*"
    "$PORTALS" run shares.portals --epoch 1000000 "$@" 2>&1 | sed 's/, [0-9]* events done/, N events done/; s/behind [0-9]* bytes/behind N bytes/'
    echo "status ${PIPESTATUS[0]}"
}
show() {
    echo "-- $1"
    cat "$1"
    echo "--"
}

echo "# with a data directory: the first start fails, the second goes on without the atom"
printf '%s\n' 1 2 0 5 4 10 20 25 50 0 100 >in
shares --data data <in
shares --data data --skip-atom skipped </dev/null
show skipped
shares --data data </dev/null
shares --data data --skip-atom skipped </dev/null
show skipped

echo "# what is in the file stays there, also half a line"
printf 'half a line' >skipped
printf '%s\n' 1 0 | shares --skip-atom skipped
show skipped

echo "# a file that cannot be written skips nothing"
printf '%s\n' 1 2 0 | shares --skip-atom no/such/file
printf '%s\n' 1 2 0 | shares --skip-atom /dev/full
printf '%s\n' 1 2 0 >in
shares --skip-atom in <in
show in
shares --skip-atom
shares --skip-atom=
