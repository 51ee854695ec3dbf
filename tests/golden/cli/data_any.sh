# Anys in the state of a run that stopped: what they hold, and a program that has changed.
cat >"$TMP/cell.portals" <<'END'
app Cell
param bad: Int = -1

record Point { x: Int, y: Int }

task Keep: Int -> String {
  state held: List[Any] = []
  on event n {
    if n == bad { fail "bad" }
    held = held.append(if n % 2 == 0 { Point(n, -n) as Any } else { (m => m + n) as Any })
    emit "{n}: {held}"
  }
  on end { emit "{held.flat_map(a => (a as Point).to_list()).map(p => p.x)} {held.flat_map(a => (a as (Int -> Int)).to_list()).map(f => f(10))}" }
}

workflow main = range(0, 4, atom: 1) |> Keep |> print
END

# run_program FILE ARGUMENT...
run_program() {
    echo "\$ portals run" "$1" --data data "${@:2}"
    "$PORTALS" run "$TMP/$1" --data "$TMP/data" --epoch 1000000 "${@:2}" 2>&1
    echo "status $?"
}

# changed SCRIPT: the program as sed changes it, behind a run that stopped.
changed() {
    echo "# $1"
    sed "$1" "$TMP/cell.portals" >"$TMP/changed.portals"
    run_program changed.portals
}

run_program cell.portals --bad=2
"$PORTALS" inspect "$TMP/data" | tail -n 2
"$PORTALS" inspect --json "$TMP/data" | grep -A 8 '"held": \['
changed 's/x: Int, y: Int/x: Int, z: Int/'
changed 's/(m => m + n)/(m => m - n)/'
changed 's/app Cell/app Cell\nlet unused = 1.5 as Any/; s/Point(n, -n) as Any/Point(n, n) as Any/'
