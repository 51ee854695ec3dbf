# A disk that is full ends a run with an error; with room, the run goes on and is complete.
source tests/golden/cli/data.inc
trap "" XFSZ # so that a write beyond the limit fails
limited() { # KIB COMMAND...
    (ulimit -f "$1" && "${@:2}") | cat
}
echo "# for the data directory"
limited 100 run --bad=6
run --bad=6
echo "# for the output"
start_anew
seq 1 2000 >"$TMP/in.txt"
"$PORTALS" run "$TMP/sums.portals" --text="$TMP/in.txt" --out="$TMP/expected.txt" >/dev/null
ln -s /dev/full "$TMP/out.txt"
run --epoch 1 2>&1 | tail -n 3
rm "$TMP/out.txt"
run | tail -n 1
cmp "$TMP/out.txt" "$TMP/expected.txt"
