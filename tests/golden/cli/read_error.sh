# A source that cannot be read to its end.
cat >"$TMP/lines.portals" <<'END'
param text: String
workflow main = lines(text) |> print
END
"$PORTALS" run "$TMP/lines.portals" --text=/proc/self/mem
echo "status $?"
"$PORTALS" run "$TMP/lines.portals" --text="$TMP"/no/such/file
echo "status $?"
