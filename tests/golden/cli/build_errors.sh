# What can go wrong with an executable.
cd "$TMP"
try() {
    echo "\$ $*"
    "$@" || echo "status $?"
}
cat >good.portals <<'END'
workflow main = from([1]) |> print
END
echo 'workflow main = from([1]) |> prnt' >bad.portals
try "$PORTALS" build good.portals -o no/such/directory/exe 2>&1 | sed "s|$PORTALS|portals|"
try "$PORTALS" build good.portals -o . 2>&1 | sed "s|$PORTALS|portals|"
try "$PORTALS" build bad.portals -o exe 2>&1 | sed "s|$PORTALS|portals|"
CC=no-such-compiler try "$PORTALS" build good.portals -o exe 2>&1 | sed "s|$PORTALS|portals|"
ls
