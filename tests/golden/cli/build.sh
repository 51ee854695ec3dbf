# An executable is small, needs no LLVM, and does what `portals run` does. L14.5
cd "$TMP"
cat >program.portals <<'END'
param greeting: String = "hello"
workflow main = stdin() |> flat_map(line => line.lower().words()) |> map(word => "{greeting} {word}") |> print
END
"$PORTALS" build program.portals -o program
echo "status $?"
[ "$(stat -c %s program)" -lt 2000000 ] && echo "under 2 MB"
ldd ./program | grep -c LLVM
echo "Ann, BOB" | env -i ./program --greeting=bye
echo "status $?"
echo "Ann, BOB" | "$PORTALS" run program.portals --greeting=bye
ls
