#!/bin/bash
# The short form of the fuzzers: the same inputs every time, a part of the seeds and some that are made of them. Prints
# `fuzz: N passed, N failed`, or appends that line to the file $COUNTS. Usage: scripts/fuzz.sh RUNS FUZZER...
set -uo pipefail
export LC_ALL=C.UTF-8
runs=$1 passed=0 failed=0
shift
for fuzzer in "$@"; do
    log=$fuzzer.log
    corpus=$(mktemp -d)
    mkdir "$corpus/seeds" "$corpus/new"
    find "$fuzzer.seeds" -type f | sort | awk 'NR % 5 == 1' | xargs cp -t "$corpus/seeds"
    words=()
    [ -s "$fuzzer.dict" ] && words=("-dict=$fuzzer.dict")
    if "$fuzzer" -runs="$runs" -seed=1 -max_len=2000 -timeout=60 -artifact_prefix="$fuzzer." "${words[@]}" \
        "$corpus/new" "$corpus/seeds" >"$log" 2>&1 && grep -q '^Done [1-9]' "$log"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $fuzzer"
        tail -40 "$log"
    fi
    rm -rf "$corpus"
done
line="${LABEL:-}fuzz: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ $failed -eq 0 ]
