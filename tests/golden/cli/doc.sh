# Documentation as Markdown.
cd "$TMP"
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1
    echo "status $?"
}
cat >things.portals <<'END'
// Things of all kinds.
//
//   and how they look

app Things
import other

/// A thing.
record Thing[T] {
  /// What it is called.
  name: String
  value: T
}

// No documentation.
type Numbers = List[Int]
/// Kinds.
/// Example: `Big != Small`
enum Kind { Big, Small }

/// How many, at most.
/// Example: `most == 3`
let most = 3

/// Twice.
///
/// Example: `twice(1) == 2`
/// In two paragraphs.
///   Example: `twice(most)  == 6`
/// Example: without backticks
fn twice(x: Int, unused: Int = 0) -> Int {
  2 * x
}
fn once(
  x: Int,
) -> Int =
  x

task Count[T](start: Int): T -> Int key k: String {
  state n: Int = start
  on event _ { }
}
/// Set on the command line.
param text: String = "a"
stream lines = from(["a"])
workflow main = lines |> print
test "hidden" { }
END
try doc things.portals
printf '/// Belongs to f.\nfn f() { }' >short.portals
try doc ./short.portals
printf '// Only a comment' >comment.portals
try doc comment.portals
: >empty.portals
try doc empty.portals
echo 'fn f( {' >broken.portals
try doc broken.portals
try doc missing.portals
try doc | grep -e '^\$' -e '- \[list\]' -e status -e '^#'
try doc list | grep -A 12 -e '^#* list$' -e '## sort$' -e status
try doc list.sort
try doc list.sorted
try doc sort
try doc lists
try doc quite_something_else
try doc -o pages
ls pages | grep -e index -e list -e option
cmp pages/list.md <("$PORTALS" doc list)
cmp pages/index.md <("$PORTALS" doc)
try doc -o pages/list.md
try doc -o pages/no/such
try doc -o
try doc -o pages list
try doc --all
try doc list string
