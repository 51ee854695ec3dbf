# Running, stepping, going back, and looking into a run at the prompt. R3.1 R3.2 R3.3 R3.4 R3.5 R3.6 R3.7 R3.9
source tests/golden/cli/repl.inc
repl "steps, and back" fast.portals <<'END'
:step
:step
:pending
:step
:step
:state Cart 1
:back 3
:state Cart
:run 3
:state Cart 1
:back 2
:run
:ask inventory(Put(9))
:state Inventory 9
:back
:state Inventory 9
:end
:run
:step
:back 2
:run
END
cat "$TMP/orders.jsonl"
repl "what is wrong is said" fast.portals <<'END'
:state Cart
:back
:pending
:step
:state Card
:state Cart "a"
:state Cart 99
:state
:ask inventori(Get(1))
:ask inventory
:ask inventory( )
:ask (Get(1))
:ask inventory(Nothing)
:back zero
:run 0
:push sold 1
:push
:push (1)
:data nowhere
END
repl "a redefinition reaches the next run" <<'END'
task Twice: Int -> Int { on event n { emit 2 * n } }
workflow doubled = atoms([[1, 2], [3]]) |> Twice
:step
task Twice: Int -> Int { on event n { emit 200 * n } }
:step
:run
:run
END
repl "what fails is undone" <<'END'
task Sum: Int -> Int { state sum: Int = 0
  on event n { sum += 10 / n
    emit sum } }
workflow sums = atoms([[1, 2], [5, 0], [1]]) |> Sum |> print
:step
:step
:state Sum
:step
:back
:state Sum
END
repl "a task in two places" <<'END'
task Count: Int -> Int { state n: Int = 0
  on event _ { n += 1
    emit n } }
workflow counts = atoms([[1, 2]]) |> Count |> Count
:step
:state
:state Count
:step
END
