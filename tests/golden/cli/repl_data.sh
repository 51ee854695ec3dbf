# A data directory of a run that was killed is explored at the prompt, and stays as it is. R3.11
source tests/golden/cli/repl.inc
mkdir "$TMP/scratch"
export TMPDIR=$TMP/scratch
cd "$TMP"
# The first epoch ends where nothing can be done until an hour is over.
"$PORTALS" run shop.portals --data data --epoch 1000000 >run.txt 2>&1 &
run=$!
until "$PORTALS" inspect data 2>/dev/null | grep -q '6 lines'; do sleep 0.05; done
{ # without what the shell says of killed processes
    kill -9 $run
    wait $run
} 2>/dev/null
sums() { find data orders.jsonl operations.jsonl -type f | sort | xargs sha256sum; }
sums >before
cd - >/dev/null
repl "the directory is open" fast.portals <<'END'
:data data
:state Cart
:state Inventory
:step
:pending
:step
:step
:state Cart 1
:ask inventory(Put(7))
:state Inventory 7
:back 9
:state Inventory 7
:run 3
:state Inventory
task Cart: Op -> (Int, List[Int]) asks inventory { state items: String = ""
  on event _ { } }
:run
:data
END
cd "$TMP"
sums | diff - before && echo "nothing has changed"
ls -A scratch | grep . || echo "no copy is left"
