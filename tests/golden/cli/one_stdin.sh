# Only one source reads standard input. L11.2.4
cd "$TMP" || exit
cat >program.portals <<'END'
stream once = stdin()
workflow a = once |> map(x => x ++ "!") |> print
workflow b = stdin() |> print
END
"$PORTALS" run program.portals <<<"line"
echo "status $?"
sed -i '/workflow b/d' program.portals
"$PORTALS" run program.portals <<<"line"
echo "status $?"
