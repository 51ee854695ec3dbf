# A state that is larger than what one atom may take is read back, by any number of partitions. S8.6 S11.7
cat >"$TMP/last.portals" <<'PROGRAM'
app Last
param bad: Int = -1

task Last: Int -> String key k: Int {
  state text: String = ""
  on event n {
    if n == bad { fail "a bad number" }
    text = "event number {n}"
  }
  on end { if k == 7 { emit "{k}: {text}" } }
}

workflow main = range(0, 100_000, atom: 100) |> key(n => n) |> Last |> print
PROGRAM
for partitions in 1 2; do
    rm -rf "$TMP/data"
    "$PORTALS" run "$TMP/last.portals" --data "$TMP/data" --max-atom 65536 --bad 99950 --partitions $partitions 2>"$TMP/quiet"
    echo "stopped with status $?"
    "$PORTALS" run "$TMP/last.portals" --data "$TMP/data" --max-atom 65536 --partitions $partitions 2>&1 |
        sed 's/epoch [0-9]*/epoch N/'
done
