# Functions in state, in atoms under way and in continuations, whose code has changed: a run says so, and goes on with those that have
# their names now if it is told so. S11.18 S11.19 S11.20
cd "$TMP"
cat >steps.portals <<'END2'
record Step { run: Int -> Next }
enum Next { Go(step: Step), Over }

fn dividing(by: Int) -> Step = Step(n => Go(dividing(by + 100 / n)))

task Steps: Int -> Int {
  state next: Next = Go(dividing(0))
  state seen: Int = 0
  on event n {
    seen += 1
    match next {
      Go(step) => next = (step.run)(n)
      Over     => { }
    }
    emit seen
  }
}

workflow main = atoms([[50, 10], [0, 5]]) |> Steps |> print
workflow later = from([1]) |> Slow |> map(f => f(1)) |> write("later")

task Slow: Int -> Int -> Int {
  on event n {
    let f = plus(n)
    await sleep(10.s)
    emit f
  }
}

fn plus(n: Int) -> Int -> Int = x => x + n
END2
try() {
    echo "\$ portals run $*"
    "$PORTALS" run "$@" --data data 2>&1 | sed -E 's/epoch [0-9]+, [0-9]+ events/epoch N, N events/'
}
from() { # in the directory as the first run left it
    rm -rf data later
    cp -r first data
    try "$@"
}
try steps.portals
mv data first
sed 's|100 / n|if n == 0 { 0 } else { 100 / n }|' steps.portals >mended.portals
from mended.portals
from mended.portals --rebind
echo "# other functions before it, and two that have changed, one of which a continuation has captured"
awk '{ if (/^fn dividing/) print "fn other(a: Int) -> Int -> Int = x => x + a\n"; print }' mended.portals |
    sed 's|x => x + n|x => 1000 + x + n|' >moved.portals
from moved.portals
from moved.portals --rebind
cat later
echo "# what it has captured has another name, or another type; the function has another name"
sed 's|fn dividing(by: Int)|fn dividing(sum: Int)|; s|by + 100 / n|sum + n|' steps.portals >renamed.portals
from renamed.portals --rebind
sed 's|fn dividing(by: Int)|fn dividing(by: Float)|; s|dividing(0)|dividing(0.0)|; s|by + 100 / n|by + n.to_float()|' steps.portals >typed.portals
from typed.portals --rebind
sed 's|dividing(|summing(|g; s|by + 100 / n|by + n|' steps.portals >other.portals
from other.portals --rebind
