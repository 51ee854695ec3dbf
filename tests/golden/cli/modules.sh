# Where modules are found: beside the file that imports them, whatever path leads there. L4.9 L4.15
cd "$TMP"
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1
    echo "status $?"
}
mkdir -p program folder.portals
cat >program/main.portals <<'END'
app Main
import shapes
import figures
task Last: Int -> Point key k: Int {
  state point: Point = Point(0)
  state shape: shapes.Point = corner()
  on event x { point = Point(x); shape = moved(shape) }
  on end { emit point }
}
record Point { x: Int }
workflow main = stdin() |> map(line => line.size()) |> key(x => x) |> Last |> print
workflow others = from([1]) |> map(_ => corner()) |> shapes.Last |> print
END
cat >program/shapes.portals <<'END'
record Point { x: Int, y: Int }
fn corner() -> Point = Point(1, 2)
fn moved(point: Point) -> Point = Point(..point, x: point.x + 1)
task Last: Point -> Point {
  state last: Option[Point] = None
  on event point { last = Some(point) }
  on end { emit last.or(corner()) }
}
END
# One file by two names is one module: the types are the same.
ln -s shapes.portals program/figures.portals
sed -i 's/shapes.Point = corner/figures.Point = shapes.corner/' program/main.portals
try check program/main.portals
sed -i '/^import figures/d; s/figures.Point = shapes.corner/shapes.Point = corner/' program/main.portals
printf 'abc\nab\nabc\n' | try run program/main.portals --data data
(cd program && printf 'abc\nab\nabc\n' | try run main.portals)
# Types and tasks of one name are told apart in a data directory.
"$PORTALS" inspect data | grep -A 8 'task'
echo "# an executable"
"$PORTALS" build program/main.portals -o main && printf 'a\n' | ./main
# What cannot be read.
printf 'import folder\nimport secret\nimport shpes\nimport dangling\n' >main.portals
ln -s secret.portals secret.portals
ln -s nowhere dangling.portals
try check main.portals
printf 'fn f( = 1\n' >program/broken.portals
printf 'import broken\nlet x: Int = "not looked at"\n' >program/uses.portals
try check program/uses.portals
try check program/shapes.portals
