# Tests and examples: what is printed, and that an error ends only its own test. L6.8.1 L6.8.3 L6.8.4 L6.9.2
cd "$TMP"
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1
    echo "status $?"
}
cat >numbers.portals <<'END'
import halves

param limit: Int
param start: Int = 3

let two = 2

// Twice the number.
/// Example: `double(1) == two`
/// Example: `double(2)
///   == 4`
/// Example: `[1, 2].map(double) == [2, 5]`
fn double(x: Int) -> Int {
  assert x < 1_000
  2 * x
}

fn deep(x: Int) -> Int = 1 + deep(x + 1)

task Never: Int -> Int {
  /// Example: `half(4) == 2`
  on event x { assert x > 0; emit x }
}

workflow main = range(0, limit) |> Never |> print

test "sums" {
  let a = 3
  assert a > 2
  assert a + 1 == two * 2
  assert a + 1 ==
    two
}
test "texts" { assert "a b ".trim() == "a  b" }
test "logic" { assert (two == 2 && two
   == 3) }
test "in a function" { assert double(1_000) > 0 }
test "overflow" { double(999) * 9_223_372_036_854_775_807 }
test "index" { let xs = [1]; xs[1] }
test "stack" { deep(0) }
test "memory" {
  var xs = [1]
  while true { xs = xs ++ xs }
}
test "fail" { fail "given up" }
test "params" {
  assert start == 3
  assert limit == 0
}
test "return" {
  if two == 2 { return }
  fail "not here"
}
test "nothing" {}
test "long values" { assert "x".repeat(300) != "x".repeat(300) }
test "values" { assert Some((1.5, "a\n", [true])) < None }
END
cat >halves.portals <<'END'
fn half(x: Int) -> Int = x / 2
test "of a module" { assert half(3) == 1 }
END
try test numbers.portals
try test halves.portals numbers.portals --filter "of a"
try test numbers.portals --filter=double
try test numbers.portals --filter nowhere
try test nowhere.portals
echo 'test "wrong" { assert 1 }' >wrong.portals
try test wrong.portals halves.portals
echo 'let x = 1 / 0
test "constants" { assert true }' >constants.portals
try test constants.portals
try run halves.portals
: >empty.portals
try test empty.portals
try test
try test --all
try test halves.portals --filter
try test --library --filter list.sort:
"$PORTALS" test --library | sed 's/^[0-9]* /N /' | tail -n 1
