# The file of a `write` has, after each start, what the run has written: what may be missing is written again, what it cannot have
# written is an error. S6.4 S11.6
source tests/golden/cli/data.inc
# change COMMAND...: a run that stops in the middle, then a command on its file, then the rest of the run.
change() {
    start_anew
    quietly --bad=6
    echo "# $*"
    "$@"
    run
}
change truncate -s 5 "$TMP/out.txt"
change sed -i 's/2/3/' "$TMP/out.txt"
change rm "$TMP/out.txt"
show out.txt
change cp "$TMP/in.txt" "$TMP/out.txt"
change sh -c "echo more >>'$TMP/out.txt'"
truncate -s 30 "$TMP/out.txt"
run
show out.txt

start_anew
quietly --bad=6
echo "# another path"
run --out="$TMP/other.txt"
ls "$TMP/other.txt" 2>/dev/null
run

echo "# a write that goes to no file"
cat >"$TMP/pipe.portals" <<'PROGRAM'
param bad: Int = -1
workflow main = range(0, 6, atom: 2) |> map(n => if n == bad { fail "bad" } else { n }) |> write("/dev/stdout")
PROGRAM
for bad in 4 4 -1; do
    "$PORTALS" run "$TMP/pipe.portals" --bad=$bad --data "$TMP/pipe" 2>"$TMP/quiet" | cat
done
