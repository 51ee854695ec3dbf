# Output that cannot be written is an error, of programs and of the command. S7.7
cat >"$TMP/print.portals" <<'END'
workflow main = range(0, 100_000) |> print
END
cat >"$TMP/write.portals" <<'END'
workflow main = range(0, 100_000) |> write("/dev/full") |> discard
END
try() {
    echo "\$ $*"
    "$@" >/dev/full
    echo "status $?" >&2
}
try "$PORTALS" run "$TMP/print.portals" 2>&1 | sed "s|$PORTALS|portals|"
try "$PORTALS" run "$TMP/write.portals" 2>&1 | sed "s|$PORTALS|portals|"
try "$PORTALS" --help 2>&1 | sed "s|$PORTALS|portals|"
try "$PORTALS" check --dump=ast "$TMP/print.portals" 2>&1 | sed "s|$PORTALS|portals|"
