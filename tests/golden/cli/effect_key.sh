# Keys of calls: the same ones when an atom is processed again, and otherwise all different. S15.2 S15.3 S15.4 L24.8.1 L24.8.3
cd "$TMP"
cat >program.portals <<'END'
app Keys
param stop: Int = 0
stream a = range(0, 12, atom: 5)
stream b = range(100, 104, atom: 2)
sequencer both: Int
connect a -> both
connect b -> both
portal double: Int -> Int key n => n % 2

task Double: Never -> Never replies double {
  on ask n {
    log "double {n} {effect_key()}"
    reply 2 * n
  }
}
workflow doubled = empty() |> Double

fn twice(f: () -> ()) { f(); f() }

task Call: Int -> () key k: Int asks double {
  fn tell(what: String) { log "{what} {effect_key()}" }
  on event n {
    for i in 0..2 { tell("loop {n} {i}") }
    if n == stop { fail "stop" }
    twice(() => tell("closure {n}"))
    await ask double(n)
    tell("resumed {n}")
    await sleep(1.ms)
    tell("woken {n}")
    await spawn { tell("spawned {n}") }
  }
  on atom { tell("atom {k}") }
  on end { tell("end {k}") }
}
workflow called = both |> key(n => n % 3) |> Call
END
"$PORTALS" check program.portals || exit

# keys: how many calls there are, and how many keys.
keys() {
    local calls different
    calls=$(wc -l <"$1") different=$(awk '{ print $NF }' "$1" | sort -u | wc -l)
    grep -vE ' [0-9a-f]{32}$' "$1"
    [ "$calls" -gt 100 ] && [ "$calls" = "$different" ] && echo "$1: as many keys as calls"
}
"$PORTALS" run program.portals --stop=-1 2>one
"$PORTALS" run program.portals --stop=-1 --partitions=3 2>other
keys one
keys other
awk '{ print $NF }' one other | sort | uniq -d | wc -l # a run without a directory has keys of its own
"$PORTALS" run program.portals --stop=-1 --data=one.data 2>durable.one
"$PORTALS" run program.portals --stop=-1 --data=other.data 2>durable.other
keys durable.one
awk '{ print $NF }' durable.one durable.other | sort | uniq -d | wc -l # and so has another directory

# What was called before an error is called again, with the same key, with any number of partitions.
for partitions in 1 4; do
    rm -rf data
    "$PORTALS" run program.portals --stop=7 --data=data 2>stopped
    echo "status $?"
    "$PORTALS" build program.portals -o program
    ./program --stop=-1 --data=data --partitions=$partitions 2>again
    grep -c '^loop 7 ' stopped again
    grep -hE '^loop 7 ' stopped again | sort -u | wc -l
    sed -E '/ [0-9a-f]{32}$/!d' stopped again | sort -u | awk '{ print $NF }' | sort | uniq -d | wc -l
done

# Where continuations have been dropped, what goes on with their errors has keys of its own.
cat >drop.portals <<'PROGRAM'
app Drop
param stop: Bool = true
task Call: Int -> () {
  fn slow(n: Int) -> Int { await sleep(1000.d); n }
  on event n {
    let block = spawn { slow(n) }
    match try await block {
      Ok(m) => { log "{n} {m}" }
      Err(e) => { log "{n} {e.message} {effect_key()}" }
    }
  }
}
workflow called = range(0, 3, atom: 1) |> Call
workflow stops = range(0, 10, atom: 1) |> map(n => if n == 9 && stop { fail "stop" } else { n }) |> discard
PROGRAM
"$PORTALS" run drop.portals --data=dropped --epoch 1 2>&1 | head -n 1
sed -i 's/; n }/; n + 1 }/' drop.portals
"$PORTALS" run drop.portals --data=dropped --drop-frames --stop=false 2>&1 | tee dropped.txt | sed -E '/^resumed/d; s/ [0-9a-f]{32}$//'
grep -oE '[0-9a-f]{32}$' dropped.txt | sort -u | wc -l
