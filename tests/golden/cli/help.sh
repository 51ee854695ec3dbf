# The help texts; they go to standard output.
for command in "--help" "run --help" "build --help" "check --help" "test --help" "doc --help" "inspect --help" "explain --help" "graph --help" "fmt --help" "repl --help"; do
    echo "\$ portals $command"
    "$PORTALS" $command 2>/dev/null
    echo "status $?"
    echo
done
"$PORTALS" --version | sed 's/[0-9][0-9.]*/N/g'
