#!/bin/bash
# All tests, one suite after the other, whatever fails; the counts of all come last. Usage: scripts/test.sh COUNTS MAKE
set -uo pipefail
export COUNTS=$1
make=$2
mkdir -p "$(dirname "$COUNTS")"
: > "$COUNTS"
failed=0

"$make" --no-print-directory all || exit 1
for suite in format-check unit golden-short prompt library diagnostics clauses sim sim-asks crash-short random differential fuzz-short asan-short embed; do
    echo "== $suite"
    case $suite in
    crash-short) "$make" --no-print-directory asan-build >"$COUNTS.asan-build" 2>&1 & ;; # the kill tests mostly wait
    asan-short) wait ;;
    esac
    "$make" --no-print-directory "$suite" || failed=1
done
echo
cat "$COUNTS"
exit $failed
