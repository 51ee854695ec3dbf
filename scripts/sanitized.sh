#!/bin/bash
# Runs tests in a build with sanitizers and fails if one of them reported anything, whatever the tests say themselves.
# Usage: scripts/sanitized.sh DIRECTORY LABEL SUITES COMMAND...  runs the command with each of the SUITES as its last argument, in
# turn; LABEL goes before their names.
set -uo pipefail
directory=$1 label=$2 suites=$3
shift 3

mkdir -p "$directory"
rm -f "$directory"/report.*
root=$PWD
report="log_path=$(realpath "$directory")/report:exitcode=86"
export LABEL=$label
export LIMIT=${LIMIT:-300}
export MODES=${MODES:-run parallel durable} # executables are linked with a VM that has no sanitizers: nothing new to see
export ASAN_OPTIONS="$report:detect_stack_use_after_return=1"
export UBSAN_OPTIONS="$report:print_stacktrace=1"
export LSAN_OPTIONS="suppressions=$root/scripts/leaks.supp:print_suppressions=0"
export TSAN_OPTIONS="$report:halt_on_error=1"

status=0
for suite in $suites; do
    "$@" "$suite" || status=1
done
shopt -s nullglob
for found in "$directory"/report.*; do
    cat "$found"
    status=1
done
exit $status
