# A state that is a large Map: an epoch records what has changed of it, a resumed run has all of it, and inspect shows it. S11.12 S11.14
cat >"$TMP/map.portals" <<'PROGRAM'
app Places
param bad: Int = -1

record Boxed { places: Map[Int, Int] }

task Direct: Int -> String {
  state places: Map[Int, Int] = [:]
  state names: Set[String] = set.of([])
  on event n {
    if n == bad { fail "a bad number" }
    places[n % 5_000] = n
    names = names.insert("{n % 70}")
    if n >= 5_010 { names = names.remove("{n % 70}") }
  }
  on end { emit "{places.size()} {places.fold(0, (sum, key, n) => sum + key * n)} {names.size()}" }
}

task Within: Int -> String {
  state box: Boxed = Boxed([:])
  on event n {
    if n == bad { fail "a bad number" }
    box = Boxed(box.places.insert(n % 5_000, n))
  }
  on end { emit "{box.places.size()}" }
}

workflow main = range(0, 5_050, atom: 10) |> USED |> print
PROGRAM
# logged TASK BAD...: how much the last of several lives that fail has recorded
logged() {
    sed "s/USED/$1/" "$TMP/map.portals" >"$TMP/used.portals"
    rm -rf "$TMP/data"
    for bad in "${@:2}"; do
        "$PORTALS" run "$TMP/used.portals" --data "$TMP/data" --epoch 1000000 --bad "$bad" --partitions 2 --stats 2>"$TMP/quiet"
        echo "$1 stopped with status $?"
    done
    sed -n 's/ bytes logged.*//p' "$TMP/quiet" | awk '{ print $1 < 30000 ? "little was recorded" : "all was recorded" }'
}
logged Within 5001 5011
logged Direct 5001 5011
"$PORTALS" inspect "$TMP/data" --task Direct | sed -E 's/([^:]*: [^,]*, [^,]*),.*(, 4998: .*)/\1 ...\2/' | cut -c 1-200
"$PORTALS" inspect "$TMP/data" --json | tr -d ' \n' | grep -oE '"places":\[\[0,5000\],\[1,5001\]|\[4999,4999\]\],"names":\["0","1"'
"$PORTALS" inspect "$TMP/data" --verify | sed 's/epoch [0-9]*/epoch N/; s/[0-9]* records/N records/'
"$PORTALS" run "$TMP/used.portals" --data "$TMP/data" --partitions 3 2>&1 | sed 's/epoch [0-9]*/epoch N/'
# The set had 70 and has fewer; what has another type is not the same. S11.9
"$PORTALS" inspect "$TMP/data" --verify | sed 's/epoch [0-9]*/epoch N/; s/[0-9]* records/N records/'
sed 's/Map\[Int, Int\] = /Map[Int, String] = /; s/= n$/= "{n}"/; s/sum + key \* n/sum + key/' "$TMP/used.portals" >"$TMP/changed.portals"
"$PORTALS" run "$TMP/changed.portals" --data "$TMP/data" 2>&1 | sed "s|$TMP/||g"
