# A data directory of a run that was killed is explored at the prompt, and stays as it is. R3.11
source tests/golden/cli/repl.inc
mkdir "$TMP/scratch"
export TMPDIR=$TMP/scratch
cd "$TMP"
"$PORTALS" run shop.portals --data data --epoch 1 >run.txt 2>&1 &
run=$!
# All that it does before `throttle` lets the next atom through.
for _ in $(seq 1000); do
    "$PORTALS" inspect data >inspected 2>/dev/null
    grep -q '6 lines' inspected && grep -q '8 => stock = 1' inspected && break
    sleep 0.05
done
{ # without what the shell says of killed processes
    kill -9 $run
    wait $run
} 2>/dev/null
sums() { find data orders.jsonl operations.jsonl -type f | sort | xargs sha256sum; }
sums >before
cd - >/dev/null
repl "the directory is open" fast.portals <<'END' | sed 's/at epoch [0-9]*/at epoch …/'
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
