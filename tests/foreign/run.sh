#!/bin/bash
# Random foreign functions: what they do with their arguments, and what comes back, is the same for a program in C as for one in
# Portals, run and built.
#
# Usage: tests/foreign/run.sh COUNT     so many libraries of 40 functions
# Environment: PORTALS the command, GENERATE tests/foreign/generate.c, CC, SEED of the first library, LABEL, COUNTS, KEEP=1 keeps the
# files of what failed.
set -uo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$0")
PORTALS=${PORTALS:-build/portals} GENERATE=${GENERATE:-build/tests/foreign/generate} CC=${CC:-cc}
SEED=${SEED:-$((SRANDOM % 1000000))}
tmp=$(mktemp -d)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# check SEED: makes the three programs, and compares what they print.
check() {
    local dir=$tmp/$1
    mkdir -p "$dir"
    "$GENERATE" "$1" 40 "$dir" || return
    "$CC" -w -O1 "-I$here" -shared -fPIC -o "$dir/library.so" "$dir/library.c" || return
    "$CC" -w "-I$here" -o "$dir/caller" "$dir/caller.c" "$dir/library.so" || return
    "$dir/caller" >"$dir/expected"
    "$PORTALS" run "$dir/program.portals" >"$dir/run" 2>&1
    "$PORTALS" build "$dir/program.portals" -o "$dir/built" && "$dir/built" >"$dir/build" 2>&1
    diff "$dir/expected" "$dir/run" && diff "$dir/expected" "$dir/build"
}

for ((i = 0; i < $1; i++)); do
    if check $((SEED + i)) >"$tmp/said" 2>&1; then
        passed=$((passed + 1))
        rm -rf "${tmp:?}/$((SEED + i))"
    else
        failed=$((failed + 1))
        echo "FAIL foreign functions (again: make ffi SEED=$((SEED + i)) N=1):"
        head -n 12 "$tmp/said"
    fi
done
line="${LABEL:-foreign}: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ $failed -eq 0 ]
