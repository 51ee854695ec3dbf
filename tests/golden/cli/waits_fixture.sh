# A directory in which continuations wait, as an earlier build of this format has written it, can be inspected, and the run goes on.
# It is kept in waits_format1.tar.gz. NEW_FIXTURE=1 writes it anew: what is there must be readable for as long as the format has this
# number, so that is only right when the ids of code have changed on purpose. E5.13 S13.1
source tests/golden/cli/waits.inc
kept=$PWD/tests/golden/cli/waits_format1.tar.gz
cd "$TMP" || exit
# Paths are relative, so that they are the same wherever the tests run.
go_on() { "$PORTALS" run shop.portals --text=in.txt --out=out.txt --data data --epoch 1000000 "$@" 2>&1; }

if [ -n "${NEW_FIXTURE:-}" ]; then
    go_on --bad=bad >quiet
    used=$(grep -obUaP '[^\x00]+' data/log-0000000001 | tail -1 | cut -d: -f1) # where the last bytes that are not zero begin
    truncate -s $((used / 4096 * 4096 + 8192)) data/log-0000000001
    tar --sort=name --owner=0 --group=0 --mtime=@0 -cf - data out.txt | gzip -9n >"$kept"
    rm -rf data out.txt
fi
tar xzf "$kept"
"$PORTALS" inspect data
"$PORTALS" inspect data --verify
go_on
cat out.txt
