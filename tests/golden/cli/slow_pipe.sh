# A program that waits for a pipe owes no output; a signal ends it also while it waits for someone to open the other end. S6.7 S7.8
cd "$TMP"
cat >lines.portals <<'END'
workflow main = lines("pipe", atom: 2) |> print
END
mkfifo pipe
"$PORTALS" run lines.portals >out &
exec 7>pipe
printf 'one\ntwo\nthree\n' >&7
until [ "$(wc -l <out)" = 2 ]; do sleep 0.05; done
cat out
echo four >&7
exec 7>&-
wait $!
echo "status $?"
cat out

# With a handler for SIGTERM, and asleep.
waits() { grep -q '^State:.S' "/proc/$1/status" && grep -q '^SigCgt:.*[4-7c-f]...$' "/proc/$1/status"; }
"$PORTALS" run lines.portals &
until waits $!; do sleep 0.05; done
kill -TERM $!
wait $!
echo "status $?"
