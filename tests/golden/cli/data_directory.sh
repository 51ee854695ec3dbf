# What is no data directory of the program, or cannot become one, is not touched. S11.10
source tests/golden/cli/data.inc
echo "# a file"
echo mine >"$TMP/data"
run
show data
echo "# in a directory that is not there"
run --data "$TMP/no/such/directory"
echo "# with other files"
rm "$TMP/data"
mkdir "$TMP/data"
echo mine >"$TMP/data/file"
run
ls "$TMP/data"
echo "# where nothing can be made"
run --data /proc/data | sed 's/\(cannot make the directory\).*/\1/'
echo "# without a name"
run --data ""
echo "# empty"
rm "$TMP/data/file"
run --bad=6
echo "# of another app"
sed 's/^app Sums/app Others/' "$TMP/sums.portals" >"$TMP/others.portals"
run_program others.portals
echo "# of a program without a name"
sed '/^app Sums/d' "$TMP/sums.portals" >"$TMP/nameless.portals"
run_program nameless.portals
start_anew
run_program nameless.portals --bad=6
cp "$TMP/nameless.portals" "$TMP/renamed.portals"
run_program renamed.portals | tail -n 3
run | sed '/^resumed/d'

echo "# in use"
cat >"$TMP/wait.portals" <<'END'
app Waiting
workflow main = stdin() |> print
END
rm -rf "$TMP/data"
coproc FIRST { exec "$PORTALS" run "$TMP/wait.portals" --data "$TMP/data" 2>&1; }
first=$FIRST_PID
echo one >&"${FIRST[1]}"
read -r -t 100 answer <&"${FIRST[0]}"
echo "$answer"
"$PORTALS" run "$TMP/wait.portals" --data "$TMP/data" 2>&1 </dev/null
echo "status $?"
{ # without what the shell says of killed processes
    kill -KILL "$first"
    wait "$first"
} 2>/dev/null
echo two | "$PORTALS" run "$TMP/wait.portals" --data "$TMP/data" 2>&1 | sed '/^one$/d; s/at epoch [0-9]*/at epoch N/' # which may come again
