#!/bin/bash
# Runs the examples in the documentation of the standard library, and the tests and examples of the programs in examples/.
# Prints `library: N passed, N failed`, or appends that line to the file $COUNTS. Usage: scripts/library.sh PORTALS
set -uo pipefail
export LC_ALL=C.UTF-8
log=$(mktemp)
trap 'rm -f "$log"' EXIT
MAKEFLAGS='' flock examples/foreign make -s -C examples/foreign # libraries that examples call

timeout 600 "$1" test --library examples/*/*.portals >"$log" 2>&1
status=$?
counts=$(sed -n '$s/^\([0-9]* passed, [0-9]* failed\)$/\1/p' "$log")
# A command that says nothing, or succeeds without a test, has failed.
case ${counts:-0 passed} in "0 passed"*) status=1 counts="0 passed, 1 failed" ;; esac
[ $status -eq 0 ] || grep -v '^ok ' "$log"

line="${LABEL:-}library: $counts"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
exit $status
