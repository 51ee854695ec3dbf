#!/bin/bash
# All tests, one suite after the other, whatever fails; the counts of all come last. Usage: scripts/test.sh MAKE
set -uo pipefail
make=$1

export COUNTS=build/counts
mkdir -p build
: > "$COUNTS"
failed=0

"$make" --no-print-directory all || exit 1
for suite in format-check unit golden asan; do
    echo "== $suite"
    "$make" --no-print-directory "$suite" || failed=1
done
echo
cat "$COUNTS"
exit $failed
