#!/bin/bash
# Runs tests in a build with sanitizers and fails if one of them reported anything, whatever the tests say themselves.
# Usage: scripts/sanitized.sh DIRECTORY LABEL COMMAND...  (LABEL goes before the names of the test suites)
set -uo pipefail
directory=$1 label=$2
shift 2

mkdir -p "$directory"
rm -f "$directory"/report.*
root=$PWD
report="log_path=$(realpath "$directory")/report:exitcode=86"
export LABEL=$label
export MODES=run # executables are linked with a VM that has no sanitizers: nothing new to see
export ASAN_OPTIONS="$report:detect_stack_use_after_return=1"
export UBSAN_OPTIONS="$report:print_stacktrace=1"
export LSAN_OPTIONS="suppressions=$root/scripts/leaks.supp:print_suppressions=0"
export TSAN_OPTIONS="$report:halt_on_error=1"

"$@" --no-print-directory
status=$?
shopt -s nullglob
for found in "$directory"/report.*; do
    cat "$found"
    status=1
done
exit $status
