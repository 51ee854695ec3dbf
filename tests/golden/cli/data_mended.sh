# A run that an error has ended goes on with a mended program, at the atom that failed, which was read from standard input and is not
# there a second time. S7.10 S11.4
cat >"$TMP/shares.portals" <<'END'
task Sum: Int -> Int {
  state sum: Int = 0
  on event n { sum += n; emit sum }
  on end { emit -sum }
}
workflow main = stdin(atom: 2) |> map(line => 100 / line.to_int().or(0)) |> Sum |> print
END
sed 's|100 / line.to_int().or(0)|if line == "0" { 0 } else { 100 / line.to_int().or(0) }|' "$TMP/shares.portals" >"$TMP/mended.portals"
# What was read is said behind the input, as far as that had come.
shares() {
    echo "\$ portals run $*"
    "$PORTALS" run "$TMP/$1" --data "$TMP/data" --epoch 1000000 "${@:2}" 2>&1 | sed 's/, [0-9]* events done/, N events done/; s/behind [0-9]* bytes/behind N bytes/'
}
printf '%s\n' 1 2 4 5 0 10 20 25 50 | shares shares.portals
shares shares.portals </dev/null
shares mended.portals </dev/null
shares mended.portals </dev/null
rm -r "$TMP/data"
printf '%s\n' 1 2 4 5 0 10 20 25 50 | shares shares.portals --partitions 3
echo 100 | shares mended.portals --partitions 2

echo "# lines that are no text"
printf 'good\nbad \xff\n' >"$TMP/in"
rm -r "$TMP/data"
cat >"$TMP/echo.portals" <<'END'
workflow main = stdin() |> print
END
"$PORTALS" run "$TMP/echo.portals" --data "$TMP/data" <"$TMP/in" 2>&1
"$PORTALS" run "$TMP/echo.portals" --data "$TMP/data" </dev/null 2>&1
