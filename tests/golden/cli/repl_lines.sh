# Inputs whose next line goes on with them: it is there already. R2.2 And SIGTERM. R2.8
cd "$TMP"
cat >lines <<'END'
stream xs = from([1, 2, 3])
xs
  // doubled
  |> map(x => x * 2)
  |> filter(x => x > 2)
[1, 2]
  .map(x => x + 1)
if 1 > 2 { "then" }
else { "else" }
:type xs
  |> map(x => "{x}")
portal next: Int -> Int
  key n => n
let key = 3
1 + 2
key
1 + * 2
key
  // a comment, and no more
END
"$PORTALS" repl <lines 2>&1
cat lines | "$PORTALS" repl >piped 2>&1
"$PORTALS" repl <lines 2>&1 | cmp - piped && echo "the same from a pipe"
# What comes later is an input of its own.
mkfifo slow
"$PORTALS" repl <slow >answers 2>&1 &
exec 3>slow
echo "[1]" >&3
while ! [ -s answers ]; do sleep 0.01; done
echo ".size()" >&3
exec 3>&-
wait $!
cat answers
# SIGTERM ends the prompt, whatever runs.
printf '1\nwhile true { }\n' | "$PORTALS" repl >running &
until [ -s running ]; do sleep 0.01; done
kill $!
wait $! 2>/dev/null
echo "status $?"
echo ":help graph" | "$PORTALS" repl
