# Entries whose states have all expired are dropped, from memory and from the data directory; what comes for their keys later, also
# in another run with other partitions, begins anew. L12.26 S4.11 S11.7
cat >"$TMP/visits.portals" <<'END'
param bad: Int = -1
param out: String

task Visits: Int -> String key (user, rate): (String, Float) {
  state n: Int = 0 expires 0.s
  state seen: List[Int] = [] expires 0.s
  on event x {
    if x == bad { fail "bad {x}" }
    n += 1
    seen = seen.append(x)
    emit "{user} {rate}: {n} {seen}"
  }
  on end { emit "never" }
}

task Half: Int -> Int key k: Int {
  state n: Int = 0 expires 0.s
  state all: Int = 0
  on event x { n += 1; all += 1 }
  on end { emit n * 100 + all }
}

stream numbers = range(0, 300, atom: 50)
workflow visits = numbers |> key(x => ("user {x % 20}", (x % 3).to_float())) |> Visits |> write(out)
workflow half = numbers |> key(x => x % 2) |> Half |> print
END
# visits ARGUMENT...
visits() {
    "$PORTALS" run "$TMP/visits.portals" --data "$TMP/data" --epoch 1000000 --out="$TMP/out" "$@" 2>&1 | grep -v '^ ' | sed 's|at epoch [0-9]*|at epoch E|'
    "$PORTALS" inspect "$TMP/data" | grep -A3 '^task' | sed 's/n.set = .*/.../'
}
visits --bad=120
visits --bad=220 --partitions 3
visits --partitions 2
sort "$TMP/out" | cut -d: -f2 | cut -d' ' -f2 | uniq -c | sed 's/^ *//'
head -2 "$TMP/out"
