# A program that waits for a pipe owes no output; a signal ends it also while it waits for someone to open the other end. S6.7 S7.8
cd "$TMP"
cat >lines.portals <<'END'
workflow main = lines("pipe", atom: 2) |> print
END
mkfifo pipe
"$PORTALS" run lines.portals >out &
exec 7>pipe
printf 'one\ntwo\nthree\n' >&7
for _ in $(seq 200); do
    [ "$(wc -l <out)" = 2 ] && break
    sleep 0.05
done
cat out
echo four >&7
exec 7>&-
wait $!
echo "status $?"
cat out

"$PORTALS" run lines.portals &
sleep 0.5
kill -TERM $!
wait $!
echo "status $?"
