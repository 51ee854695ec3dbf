# As long as something may still come, a run that waits is not stuck; a signal ends it, and the next start goes on. S12.35 S12.37
cat >"$TMP/gate.portals" <<'END'
portal double: Int -> Int key n => n
task Double: Never -> Never replies double {
  on ask n { reply 2 * n }
}
workflow doubles = empty() |> Double
task Gate: String -> String asks double {
  state gate: List[Promise[Int]] = []
  on event line {
    let p = promise[Int]()
    let before = gate
    gate = [p]
    for one in before { one.complete(await ask double(line.size())) }
    emit "{line} waits"
    emit "{line} has {await p.future()}"
  }
  on end { for one in gate { one.complete(0) } }
}
workflow gates = stdin() |> Gate |> print
END
coproc PROGRAM { exec env --default-signal=INT "$PORTALS" run "$TMP/gate.portals" --data "$TMP/data" --epoch 1000000 2>&1; }
pid=$PROGRAM_PID
exec {out}<&"${PROGRAM[0]}" # the shell forgets its own number as soon as the program has ended
echo one >&"${PROGRAM[1]}"
read -r -t 100 answer <&$out
echo "$answer"
kill -TERM "$pid"
cat <&$out
wait "$pid"
echo "status $?"
printf 'seven\nlast\n' | "$PORTALS" run "$TMP/gate.portals" --data "$TMP/data" --stats 2>&1 | grep -v 'epochs\|logged'
echo "status ${PIPESTATUS[1]}"
