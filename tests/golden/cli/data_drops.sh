# What `reset` without a name has dropped is gone from the data directory, with large maps and with keys that are read from their bytes,
# and is new when it comes again. S4.12 S4.15 S11.15 S11.16
cat >"$TMP/lives.portals" <<'END'
param bad: Int = -1
param out: String

task Lives: Int -> String key (n, x): (Int, Float) {
  state seen: List[Int] = []
  state marks: Map[Int, Int] = [:]
  on event i {
    seen = seen.append(i)
    for mark in 0..100 { marks[1000 * i + mark] = mark }
    if seen.size() == 3 {
      emit "{n}: {seen} {marks.size()}"
      reset
    }
    if i == bad { fail "bad {i}" }
  }
  on end { emit "end {n}: {seen} {marks.size()}" }
}

workflow lived = range(0, 26, atom: 2) |> key(i => (i % 4, i.to_float() * 0.0)) |> Lives |> write(out)
END
# lives ARGUMENT...
lives() {
    "$PORTALS" run "$TMP/lives.portals" --data "$TMP/data" --out="$TMP/out" --epoch 1000000 "$@" 2>&1 | grep -v '^ '
    "$PORTALS" inspect "$TMP/data" | grep -A10 '^task' | cut -c1-60
}
lives --bad=8
echo "# the key 0 would have gone with event 8"
lives --bad=12 --partitions 3
lives --bad=21 --partitions 2
lives
cat "$TMP/out"
