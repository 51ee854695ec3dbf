# `portals check --json`: each diagnostic is a JSON object on a line of standard output. Columns count from 1. L18.4 L18.5
cat >"$TMP/wrong.portals" <<'PROGRAM'
fn f() -> Int = "😀é" ++ nane
fn g(n: Int) -> Int = match n { _ => 1
    0 => "\"" }
PROGRAM
printf 'let a = 1\xff' >"$TMP/bytes.portals"
echo 'fn f() -> Int = g()' >"$TMP/$(printf 'odd\xffname').portals"
echo 'fn f(n: Int) -> Int = match n { _ => 1; 0 => 2 }' >"$TMP/warning.portals"
cd "$TMP" || exit
try() {
    echo "\$ portals check $*"
    "$PORTALS" check "$@" 2>err.txt
    echo "status $?"
    sed 's/^/standard error: /' err.txt
}
try --json wrong.portals
try --json bytes.portals
try --json warning.portals
try --json odd*.portals
try --json missing.portals
echo 'let a = 1' >right.portals
try right.portals --json
try right.portals --json --dump=core
