# What nobody waits for any more is gone: replies that come too late, limits that were not needed, what did not come first. S12.11 S12.37
cat >"$TMP/many.portals" <<'END'
portal echo: Int -> Int key n => n % 100
task Echo: Never -> Never replies echo {
  on ask n {
    if n % 50 == 0 { await sleep(1.ms) }
    reply n
  }
}
workflow echoes = empty() |> Echo
task Many: Int -> Int key k: Int asks echo {
  state sum: Int = 0
  on event n {
    let got = await ask echo(n) within 1.h
    let first = await any([ask echo(n), ask echo(n + 1)])
    let lost = ask echo(n)
    match await ask echo(n) within 1.us {
      Some(_) => sum += 1
      None => sum += 1
    }
    let never = promise[Int]()
    let block = spawn { await never.future() within 1.ms }
    if n % 2 == 0 { never.complete(first) }
    match await block {
      Some(_) => sum += 1
      None => sum += 1
    }
    sum += got.or(0)
  }
  on end { emit sum }
}
workflow many = range(0, 5_000, atom: 500) |> key(n => n % 7) |> Many |> print
END
for partitions in 1 3; do
    "$PORTALS" run "$TMP/many.portals" --partitions $partitions --data "$TMP/data$partitions" --stats >"$TMP/out" 2>"$TMP/err"
    echo "status $?"
    sort "$TMP/out" | cksum
    grep asks "$TMP/err" | sed 's/[0-9]* resumptions; at most [0-9]*/N resumptions; at most N/'
done
