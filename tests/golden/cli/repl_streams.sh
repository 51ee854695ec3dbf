# Inputs that are streams, inboxes and outboxes, and the dataflow at the prompt. R3.8 R3.10 R3.12
source tests/golden/cli/repl.inc
repl "streams run at once" <<'END'
stream xs = from([1, 2, 3])
xs |> map(x => x * x)
atoms([["a", "b"], [], ["c"]]) |> filter(x => x != "c")
range(0, 100)
xs |> map(x => 6 / (x - 3))
xs |> print
stream lines = stdin()
lines
END
repl "events are pushed" <<'END'
stream orders: (String, Int) = inbox()
task Sum: (String, Int) -> (String, Int) key k: String { state sum: Int = 0
  on event (k, n) { sum += n
    emit (k, sum) }
  on end { emit ("{k} in all", sum) } }
workflow sums = orders |> key((k, _) => k) |> Sum |> outbox
:push orders ("a", 1), ("b", 2)
:step
:push orders ("a", 5)
:run
:push orders 7
:push orders ("a", 1), ("日本", 1 / 0)
:push orders ("a", 1)] ++ [("b", 2)
:push orders ("a", 1), // a comment
:push order ("a", 1)
:push orders ("c", 1)
:back
:state Sum "a"
:end
:run
END
repl "the dataflow" fast.portals <<'END'
stream xs = from([1, 2, 3])
workflow mixed {
  let evens = xs |> filter(x => x % 2 == 0)
  let odds = xs |> filter(x => x % 2 == 1) |> map(x => -x)
  union(evens, odds)
}
:graph
:graph flow.dot
:graph flow.txt
END
head -1 "$TMP/flow.dot"
