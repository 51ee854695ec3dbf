# A disk that is full ends a run with an error; with room, the run goes on and is complete. S11.11
source tests/golden/cli/data.inc
mkdir "$TMP/small"
if mount -t tmpfs -o size=64k none "$TMP/small" 2>/dev/null; then
    trap 'umount "$TMP/small"' EXIT
    limited() { "$@"; }
else
    trap "" XFSZ # so that a write beyond the limit fails
    limited() { (ulimit -f 64 && "$@") | cat; }
fi
echo "# for the data directory"
limited run --data "$TMP/small/data" --bad=6 | sed 's/No space left on device\|File too large/NO ROOM/'
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
