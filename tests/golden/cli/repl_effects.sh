# Foreign functions with effects at the prompt: a line is computed once. R1.10
"$PORTALS" repl 2>&1 <<'END'
extern "libc.so.6" fn abs(x: Int32) -> Int32
abs(-3)
it + 1
let a = abs(-4)
fn twice(x: Int) -> Int = abs(x) * 2
twice(-4)
var n = abs(-2); n += 1; n
from([-1, 2]) |> map(x => abs(x))
from([-1, 2]) |> filter(x => abs(x) > 1)
let f = abs
f(-5)
stream xs = from([abs(-1)])
stream ys = from([a])
workflow w = ys |> map(abs) |> print
:run
fn g(x: Int = abs(1)) -> Int = x
test "t" { assert abs(-1) == 1 }
:type abs(3)
extern "libc.so.6" fn getenv(name: String) -> Option[String]
getenv("NOTHING_AT_ALL")
abs(3000000000)
END
echo "status $?"
# A run takes the value that the prompt has: random() would give another one.
"$PORTALS" repl <<'END'
extern "libc.so.6" fn random() -> Int
let r = random()
let twice = r * 2
workflow w = from([r, twice]) |> print
:run
END
