# --stats tells at the end, on standard error, what the run took.
cat >"$TMP/count.portals" <<'END'
workflow main = range(0, 100_000) |> filter(n => n % 50_000 == 0) |> print
END
"$PORTALS" run "$TMP/count.portals" --stats 2>&1 | sed 's/[0-9][0-9.,_]*/N/g'
