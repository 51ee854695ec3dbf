# Files at the prompt: their declarations and imports, again, and wrong ones. R1.11
cd "$TMP"
mkdir lib
cat >lib/geometry.portals <<'END'
record Point { x: Int, y: Int }
fn origin() -> Point = Point(0, 0)
END
cat >lib/main.portals <<'END'
app Main
import geometry

let start = origin()
fn right(p: Point) -> Point = Point(p.x + 1, p.y)
workflow steps = from([start]) |> map(right)
END
"$PORTALS" repl lib/main.portals 2>&1 <<'END'
right(start)
steps
:load lib/main.portals
:load lib/missing.portals
geometry.origin() == start
END
cat >lib/main.portals <<'END'
app Main
let start = 1 + "x"
END
"$PORTALS" repl 2>&1 <<'END'
import actor
let start = 3
:load lib/main.portals
start
import missing
END
echo "status $?"
