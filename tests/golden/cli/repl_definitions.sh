# Definitions at the prompt: what they say, redefinition and what depends on it, what is refused, tests. R1.5 R1.6 R1.7 R1.8
cd "$TMP"
"$PORTALS" repl 2>&1 <<'END'
let x = 5
fn f(a: Int) -> Int = a * x
fn g(a: Int) -> Int = f(a) + 1
let y = g(1)
let x = 7
y
fn f(a: String) -> Int = 1
g(1)
fn f(a: Int) -> Int = a / (x - 7)
y
let (a, b) = (1, "two")
b
record Point { x: Int, y: Int }
let p = Point(1, 2)
[p]
let kept = it
record Point { x: Int, y: Int, z: Int }
let p = 0
let kept = 0
record Point { x: Int, y: Int, z: Int }
it
7
let seven = it
fn h() -> Int = it
seven
fn id[T](value: T) -> T = value
let same = id[Int]
same(3)
let q = q + 1
enum Shape { Circle(r: Float), Square(side: Float) }
type Length = Float
fn area(s: Shape) -> Length = match s { Circle(r) => 3.0 * r * r, Square(a) => a * a }
area(Square(2.0))
let two = 2; two + 1
param limit: Int
limit
test "right" { assert g(0) == 1 }
test "wrong" { assert two == 3 }
fn twice(n: Int) -> Int { n +
n }
twice(4)
END
echo "status $?"
