# Streams, tasks, portals and the rest of the language, one by one, in any order. R1.5 R1.9
cd "$TMP"
"$PORTALS" repl 2>&1 <<'END'
stream xs = from([1, 2, 3])
xs |> map(x => x * x)
[4, 5]
from(it) |> map(x => x + 1)
task Count: Int -> (Int, Int) { state n: Int = 0; on event x { n += 1; emit (x, n) } }
xs |> key(x => x % 2) |> Count
workflow odd = xs |> filter(x => x % 2 == 1)
odd
workflow doubled(ys: Stream[Int]) -> Stream[Int] = ys |> map(y => y * 2)
doubled(odd)
sequencer merged: Int
connect odd -> merged
merged
portal next: Int -> Int key n => n
task Next: Never -> Never replies next { on ask n { reply n + 1 } }
workflow replier = empty() |> Next
task Ask: Int -> Int asks next { on event x { emit await ask next(x) } }
xs |> Ask
splitter parity on xs
parity.split(x => x % 2 == 0)
generator count(n: Int): Int { state a: Int = 0; on next { if a == n { return seal }; emit a; a += 1 } }
count(3)
use stream orders: Int = "/Cart/workflows/orders"
xs |> map(x => 1 / (x - 2))
END
echo "status $?"
