# A run that an error has ended gets `errors to`, and goes on: the atom that failed is the first dead letter. Letters that wait are kept
# with the run; a program that is mended again leaves what was made of them. S7.10 S7.13 S7.19
cat >"$TMP/first.portals" <<'END'
app Shares

task Sum: Int -> Int {
  state sum: Int = 0
  on event n { sum += n; emit sum }
  on end { emit -sum }
}

workflow main = stdin(atom: 2) |> map(line => 100 / line.to_int().or(0)) |> Sum |> print
END
sed 's/workflow main =/workflow main errors to dead =/' "$TMP/first.portals" >"$TMP/second.portals"
cat >>"$TMP/second.portals" <<'END'

sequencer dead: DeadAtom[String]

workflow letters = dead |> map(letter => check(letter)) |> print

fn check(letter: DeadAtom[String]) -> String {
  if letter.events.contains("x") { fail "letter {letter.events}" }
  "{letter.events}: {letter.error.message}"
}
END
sed 's/  if letter.*/  if letter.events.contains("x") { return "x: {letter.error.message}" }/' "$TMP/second.portals" >"$TMP/third.portals"
sed 's/ errors to dead//; /^sequencer/,$d' "$TMP/second.portals" >"$TMP/fourth.portals"
shares() {
    echo "\$ portals run $*"
    (cd "$TMP" && "$PORTALS" run "$1" --data data --epoch 1000000 "${@:2}" 2>&1) |
        sed 's/, [0-9]* events done/, N events done/; s/behind [0-9]* bytes/behind N bytes/'
    echo "status ${PIPESTATUS[0]}"
}
printf '%s\n' 1 2 0 5 4 10 x 20 25 0 100 50 >"$TMP/in"
shares first.portals <"$TMP/in"
shares second.portals </dev/null
"$PORTALS" inspect "$TMP/data" | grep -A3 -i -E 'workflow|stream'
shares third.portals --partitions 2 </dev/null
shares third.portals </dev/null

echo "# without errors to again"
rm -r "$TMP/data"
shares second.portals <"$TMP/in"
shares fourth.portals </dev/null
