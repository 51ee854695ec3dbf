#!/bin/bash
# Runs unit tests (Criterion programs) and prints `unit: N passed, N failed`, or appends that line to the file $COUNTS.
# Usage: tests/unit/run.sh PROGRAM...
set -uo pipefail

passed=0 failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# As many at a time as there are processors: some programs have one test that takes long.
export logs
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c '
    timeout 600 {} --jobs 1 >"$logs/$(basename {}).log" 2>&1
    echo $? >"$logs/$(basename {}).status"'

for program in "$@"; do
    log=$logs/$(basename "$program").log
    status=$(cat "$logs/$(basename "$program").status")
    tested=$(sed -n 's/.*Synthesis: Tested: \([0-9]*\) .*/\1/p' "$log")
    passing=$(sed -n 's/.*Synthesis: .*Passing: \([0-9]*\) .*/\1/p' "$log")
    bad=$((${tested:-0} - ${passing:-0}))
    # A program that ran no test, or ended badly although all passed, counts as a failure.
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "${tested:-0}" -eq 0 ]; }; then bad=1; fi
    if [ "$bad" -ne 0 ]; then
        echo "FAIL $program (status $status)"
        cat "$log"
    fi
    printf '  %-24s %s\n' "$(basename "$program")" "${passing:-0}"
    passed=$((passed + ${passing:-0}))
    failed=$((failed + bad))
done

line="${LABEL:-}unit: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
