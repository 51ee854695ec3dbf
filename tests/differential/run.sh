#!/bin/bash
# Compiled random programs against a plain evaluator (run.c). Appends `differential: N passed, N failed` to the file $COUNTS, or
# prints it.
# Usage: tests/differential/run.sh RUN SEED N DIRECTORY
# Environment: STATS=1 prints what the programs were made of, SHRINK=1 makes the programs that failed smaller.
set -uo pipefail
run=$1 seed=$2 count=$3 directory=$4/kept
mkdir -p "$directory"
report=$(mktemp)
trap 'rm -f "$report"' EXIT

"$run" --seed="$seed" --count="$count" --keep="$directory" ${STATS:+--stats} | tee "$report" | grep -v '^differential: '
status=${PIPESTATUS[0]}
if [ -n "${SHRINK:-}" ] && [ "$status" -ne 0 ]; then
    for failed in $(sed -n 's/^FAIL \([0-9]*\): .*/\1/p' "$report"); do
        "$run" --shrink="$directory/$failed.portals" --seed="$failed"
    done
fi
line=$(grep '^differential: ' "$report" || echo "differential: 0 passed, 1 failed")
if [ -n "${COUNTS:-}" ]; then echo "${LABEL:-}$line" >>"$COUNTS"; else echo "${LABEL:-}$line"; fi
exit "$status"
