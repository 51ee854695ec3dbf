# Wrong usage: a message on standard error and status 2.
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" >/dev/null
    echo "status $?"
}
hello=examples/hello/hello.portals
try 2>&1 | tail -1
try frobnicate
try repl --fast
try repl a.portals b.portals
try run
try run --fast $hello
try check
try check --dump=nothing $hello
try check --fast $hello
try build $hello
try build -o "$TMP/exe"
try build $hello -o
try build $hello --cpu
try build $hello -o "$TMP/exe" --fast
try build $hello -o "$TMP/exe" --cpu no-such-processor
try inspect
try inspect --fast "$TMP"
try inspect "$TMP" "$TMP"
try inspect "$TMP" --limit
try inspect "$TMP" --limit=few
try inspect "$TMP" --verify --json
try explain E0301 E0302
try explain E0999
try graph
try graph --fast $hello
try graph $hello -o
try graph $hello -o "$TMP/hello.gif"
try graph $hello --output=.svg
try fmt
try fmt --fast $hello
try fmt --check
