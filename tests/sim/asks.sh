#!/bin/bash
# Random programs of portals in the simulated system that crashes: each is run by some schedules. With SEED, and N programs, each is
# run by SCHEDULES of them. Appends `sim-asks: N passed, N failed` to the file $COUNTS, or prints it.
# Usage: tests/sim/asks.sh SIM GENERATE SEED N SCHEDULES
# Environment: PORTALS the command, CLANG, LABEL, COUNTS, KEEP=DIR keeps the programs that failed.
set -uo pipefail
sim=$1 generate=$2 seed=$3 count=$4 schedules=$5
PORTALS=${PORTALS:-build/portals} CLANG=${CLANG:-clang-19}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run_program SEED: its report is in $work/SEED.report.
run_program() {
    local program=$work/$1
    {
        "$generate" "$1" >"$program.portals" && "$PORTALS" check --dump=asm "$program.portals" >"$program.s" 2>"$program.err" &&
            "$CLANG" -shared -o "$program.so" "$program.s" && "$sim" --program="$program.so" --seed="$1" --count="$schedules"
    } >"$program.report" 2>&1
    if ! grep -q '^sim: [0-9]* passed, 0 failed' "$program.report"; then
        { echo "FAIL program $1 (again: make sim-asks SEED=$1 N=1):"; cat "$program.report"; grep -A3 '^error' "$program.err"; } >"$program.failed"
        [ -z "${KEEP:-}" ] || cp "$program.portals" "$program.failed" "$KEEP"
    fi
    rm -f "$program".{s,so,err}
}

run_some() {
    local i
    for ((i = $1; i < count; i += $2)); do run_program $((seed + i)); done
}

jobs=$(nproc)
for ((job = 0; job < jobs; job++)); do run_some "$job" "$jobs" & done
wait
cat "$work"/*.failed 2>/dev/null
cat "$work"/*.report | awk -v label="${LABEL:-}" -v counts="${COUNTS:-/dev/stdout}" -v programs="$count" '
    function number_before(word) { return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0 }
    / schedules, .* lives, / {
        lives += number_before("lives"); crashes += number_before("crashes"); errors += number_before("errors")
        stops += number_before("stops"); if (match($0, /lost [0-9]+/)) losses += substr($0, RSTART + 5)
    }
    /^sim: / { passed += $2; failed += $4; programs_run++ }
    END {
        printf "%d programs, %d lives: %d crashes, %d errors of the system, %d stops; unsynced writes were lost %d times\n",
            programs_run, lives, crashes, errors, stops, losses
        failed += programs - programs_run
        printf "%ssim-asks: %d passed, %d failed\n", label, passed, failed >> counts
        exit failed || !passed
    }'
