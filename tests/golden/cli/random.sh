# With a seed and one partition random numbers come again, also in a run that an error has ended, at an event and at the end, and
# that has gone on since. Without one they are others each time. L12.28 S9.2 S9.5
cat >"$TMP/dice.portals" <<'END'
param out: String
param bad: Int = -1

task Dice: Int -> String key k: Int {
  state rolls: Int = 0
  fn roll() -> Int = random_int(1_000_000)
  on event x {
    if x == bad { fail "bad {x}" }
    rolls += 1
    emit "{x} {roll()} {random()}"
  }
  on atom { emit "{k} {[1, 2].map(_ => random_int(9))}" }
  on end {
    if bad == 100 + k { fail "bad {k}" }
    emit "{k} ends {roll()}"
  }
}

workflow rolled = range(0, 40, atom: 6) |> key(x => x % 7) |> Dice |> write(out)
END
# dice NAME ARGUMENT...
dice() {
    "$PORTALS" run "$TMP/dice.portals" --out="$TMP/$1" "${@:2}" 2>&1 | grep -v '^ ' | sed 's|at epoch [0-9]*|at epoch E|'
}
dice whole --seed 5
wc -l <"$TMP/whole"
dice again --seed 5
cmp "$TMP/whole" "$TMP/again" && echo the same
dice kept --seed 5 --data "$TMP/data" --bad=20
dice kept --seed 5 --data "$TMP/data" --bad=104
dice kept --seed 5 --data "$TMP/data"
cmp "$TMP/whole" "$TMP/kept" && echo the same
dice other --seed 6
cmp -s "$TMP/whole" "$TMP/other" || echo others
dice one
dice two
cmp -s "$TMP/one" "$TMP/two" || echo others

echo "# ranges"
cat >"$TMP/ranges.portals" <<'END'
task Check: Int -> () {
  global state low: Int = 0
  global state high: Int = 0
  global state sum: Float = 0.0
  on event _ {
    let r = random()
    let n = random_int(3)
    assert r >= 0.0 && r < 1.0 && n >= 0 && n < 3 && random_int(1) == 0
    assert random_int(9_223_372_036_854_775_807) >= 0
    sum += r
    if n == 0 { low += 1 }
    if n == 2 { high += 1 }
  }
  global on end { print_all() }
  fn print_all() {
    log "{low > 3_000} {low < 3_700} {high > 3_000} {high < 3_700} {sum > 4_800.0} {sum < 5_200.0}"
    log random_int(0)
  }
}
workflow checked = range(0, 10_000) |> Check
END
"$PORTALS" run "$TMP/ranges.portals" --seed 1 2>&1
