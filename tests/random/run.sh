#!/bin/bash
# Random programs: whatever the number of partitions and the size of steps, and however often a run is killed and taken up again, a
# program writes the same, byte for byte, and fails in the same way.
#
# Usage: tests/random/run.sh COUNT
# Environment: PORTALS the command, GENERATE tests/random/generate.c, COVERS tests/crash/covers.c, SEED of the first program, LABEL,
# COUNTS, KEEP=1 keeps the files of what failed.
set -uo pipefail
export LC_ALL=C.UTF-8
PORTALS=${PORTALS:-build/portals} GENERATE=${GENERATE:-build/tests/random/generate} COVERS=${COVERS:-build/tests/crash/covers}
SEED=${SEED:-$((SRANDOM % 1000000))} LIVES=60
tmp=$(mktemp -d -p build random.XXXXXX)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 kills=0

# run NAME COMMAND...: what it does is in the directory NAME.
run() {
    local directory=$tmp/$1
    mkdir -p "$directory/files"
    timeout 300 "${@:2}" --directory="$directory/files" >"$directory/out" 2>"$directory/err" </dev/null
    echo $? >"$directory/status"
    sed -i "s|$directory|@TMP@|g" "$directory/err"
}

# same NAME: it has done what the directory `expected` says.
same() {
    diff -r -q "$tmp/expected" "$tmp/$1" >/dev/null && return 0
    echo "FAIL $program: $1"
    diff -r "$tmp/expected" "$tmp/$1" | head -n 12
    return 1
}

# Lives with any number of partitions, killed after some milliseconds, until one comes to an end. The last one is not killed: how far
# the others come is a matter of what else the machine does.
kill_and_resume() {
    local life=0 status=137 time directory=$tmp/killed
    rm -rf "$directory" "$tmp/data" "$tmp"/part.*
    mkdir -p "$directory/files"
    while [ $status -eq 137 ] && [ $life -lt "$LIVES" ]; do
        life=$((life + 1))
        time=$(printf '0.%03d' $((1 + RANDOM % (10 + 4 * life))))
        [ $life -lt "$LIVES" ] || time=300
        { # without what the shell says of killed processes
            timeout --foreground --preserve-status -s KILL "$time" "$tmp/exe" --directory="$directory/files" --data "$tmp/data" --epoch 1 \
                --partitions $((1 + RANDOM % 5)) --step $((1 + RANDOM % 40)) >"$tmp/part.$(printf %03d $life)" 2>"$directory/err" </dev/null
            status=$?
        } 2>/dev/null
    done
    kills=$((kills + life - 1))
    echo $status >"$directory/status"
    sed -i "/^resumed at epoch /d; /^note: segment .* was never complete/d; /: nothing is left to do$/d; s|$directory|@TMP@|g" "$directory/err"
    if ! "$COVERS" "$tmp/expected/out" "$tmp"/part.* >"$tmp/covers"; then
        echo "FAIL $program: standard output of $life lives"
        cat "$tmp/covers"
        return 1
    fi
    cp "$tmp/expected/out" "$directory/out"
    same killed
}

test_program() {
    "$GENERATE" "$program" >"$tmp/program.portals"
    if ! "$PORTALS" build "$tmp/program.portals" -o "$tmp/exe"; then
        echo "FAIL $program: portals build"
        return 1
    fi
    RANDOM=$((program % 32768))
    rm -rf "$tmp/expected"
    run expected "$tmp/exe"
    local options
    for options in '--partitions 2' '--partitions 3' '--partitions 5' '--partitions 3 --step 1' '--partitions 4 --step 7'; do
        rm -rf "$tmp/$options"
        # shellcheck disable=SC2086
        run "$options" "$tmp/exe" $options
        same "$options" || return 1
    done
    kill_and_resume
}

for ((program = SEED; program < SEED + $1; program++)); do
    if test_program; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  again: make random SEED=$program N=1"
        [ -z "${KEEP:-}" ] || cp -r "$tmp" "$tmp.$program"
    fi
done

line="${LABEL:-}random: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line ($kills kills, SEED=$SEED)"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
