# A large Map in a task whose entries are dropped when they have expired is recorded whole with its entry: it is there after a stop,
# and nothing of it is left of an entry that was dropped. S4.11 S11.12
cat >"$TMP/marks.portals" <<'END'
param bad: Int = -1
param lasts: Duration
param out: String

task Marks(lasts: Duration): Int -> String key k: Int {
  state marks: Map[Int, Int] = [:] expires lasts
  on event x {
    if x == bad { fail "bad {x}" }
    for i in 0..100 { marks[1000 * x + i] = i }
    emit "{k}: {marks.size()}"
  }
}

workflow marked = range(0, 8, atom: 2) |> key(x => x % 2) |> Marks(lasts) |> write(out)
END
# marks NAME ARGUMENT...
marks() {
    "$PORTALS" run "$TMP/marks.portals" --data "$TMP/$1" --out="$TMP/$1.out" "${@:2}" 2>&1 | grep -v '^ ' | sed 's|at epoch [0-9]*|at epoch E|'
}
for lasts in 0s 1000d; do
    marks "after $lasts" --lasts=$lasts --bad=3
    marks "after $lasts" --lasts=$lasts --bad=6 --partitions 3
    marks "after $lasts" --lasts=$lasts
    sort "$TMP/after $lasts.out"
done
