#!/bin/bash
# All tests, whatever fails; what failed and the counts of all come last. What the suites need is built first, by all processors.
# Then two suites at a time run, the longest first, since some use only one processor, or mostly wait: what one has to say comes when
# it has ended. Random programs and inputs are the same ones each time, so that a change is not judged by what it has not changed: to
# look for more is what `make random`, `make ffi` and the like are for. SEED is that of all of them.
# Usage: scripts/test.sh COUNTS MAKE
set -uo pipefail
export COUNTS=$1 make=$2
export SEED=${SEED:-1} LC_ALL=C.UTF-8
export STATIC=1 # the command is started some thousand times, and starts faster so
suites=(golden-short asan-short crash-short unit random sim ffi differential fuzz-short embed
    prompt sim-asks library diagnostics format-check clauses)

# run_suite NAME
run_suite() {
    local status log=$COUNTS.$1.log
    COUNTS=$COUNTS.$1 "$make" --no-print-directory "$1" >"$log" 2>&1
    status=$?
    { flock 9; echo "== $1"; cat "$log"; } 9>"$COUNTS.lock"
    return $status
}
export -f run_suite

mkdir -p "$(dirname "$COUNTS")"
rm -f "$COUNTS".*
: >"$COUNTS"
"$make" --no-print-directory test-build || exit 1
printf '%s\n' "${suites[@]}" | xargs -P 2 -I{} bash -c 'run_suite {}'
failed=$?
# What failed stands above among much else.
for suite in "${suites[@]}"; do
    grep -H -E '^(  )?FAIL|\*\*\*|^SUMMARY: ' "$COUNTS.$suite.log" | sed "s|^$COUNTS\.||; s|\.log:|: |"
done
for suite in "${suites[@]}"; do
    if [ -f "$COUNTS.$suite" ]; then cat "$COUNTS.$suite"; fi # format-check has nothing to count
done | tee "$COUNTS"
exit $((failed != 0))
