# A program that reads the file that its output goes to would never end; a file that cannot be written leaves the others alone.
# L11.3.3 L14.6 S7.9
cd "$TMP"
try() {
    "$PORTALS" run "$@" 2>&1 >>file
    echo "status $?"
}
printf 'one\ntwo\n' >file
echo 'workflow main = lines("file") |> print' >lines.portals
try lines.portals
echo 'workflow main = stdin() |> print' >stdin.portals
try stdin.portals <file
echo 'workflow main = from([1]) |> write("file") |> print' >both.portals
try both.portals
echo 'workflow main = from([1]) |> write("file") |> write("no/such/directory")' >two.portals
"$PORTALS" run two.portals
echo "status $?"
cat file
