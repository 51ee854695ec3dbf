# A reader that has seen enough ends the program, with a message, not by a signal. S7.7 L14.3
cat >"$TMP/print.portals" <<'END'
workflow main = range(0, 10_000_000) |> print
END
{ "$PORTALS" run "$TMP/print.portals" 2>"$TMP/err"; echo "status $?" >&2; } | head -n 2
cat "$TMP/err"
