# A file that a run goes on reading must have what was read of it before; it may have grown. S11.5
source tests/golden/cli/data.inc
quietly --bad=6
echo "# shorter"
seq 1 2 >"$TMP/in.txt"
run
echo "# another one"
seq 11 20 >"$TMP/in.txt"
run
echo "# gone"
rm "$TMP/in.txt"
run
echo "# not a file"
mkfifo "$TMP/in.txt"
{ run; } & seq 1 10 >"$TMP/in.txt"
wait
rm "$TMP/in.txt"
echo "# longer"
seq 1 12 >"$TMP/in.txt"
run
