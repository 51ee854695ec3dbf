#!/bin/bash
# Golden tests: programs, and exactly what a user sees of them. See CONTRIBUTING.md for how to add one.
#
#   {syntax,types,streams}/NAME.portals   NAME.expected: the standard error of `portals check`
#   run/NAME.portals                      NAME.out [.err .in .args .status]: what `portals run` and a built executable do
#   examples/NAME/NAME.portals            the same, for the examples that have a NAME.out
#   dump/NAME.portals                     NAME.PASS.expected: `portals check --dump=PASS`
#   cli/NAME.sh                           NAME.expected: what the script prints; it runs from the root of the repository
#
# A test gets an empty directory of its own; in .args and in all that is expected it is called @TMP@. Files it shall have
# left there stand in NAME.files/.
#
# Usage: tests/golden/run.sh [NAME...]     e.g. run/overflow; without names, all
# Environment: PORTALS the command, UPDATE=1 rewrites what is expected, MODES="run build", LABEL, COUNTS.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

export PORTALS=$(realpath "${PORTALS:-build/portals}")
export MODES=${MODES:-run build}
export UPDATE=${UPDATE:-}
golden=tests/golden

# same NAME EXPECTED ACTUAL: the file EXPECTED (which may be missing: empty) must equal ACTUAL.
same() {
    local expected=$2
    if [ -n "$UPDATE" ]; then
        if [ -s "$3" ] || [ "${2##*.}" != err ]; then cp "$3" "$2"; else rm -f "$2"; fi
        return 0
    fi
    [ -e "$expected" ] || expected=/dev/null
    cmp -s "$expected" "$3" && return 0
    echo "FAIL $1"
    diff -u --label "expected ($2)" --label actual "$expected" "$3"
    return 1
}

# same_status NAME EXPECTED ACTUAL
same_status() {
    [ "$2" -eq "$3" ] && return 0
    echo "FAIL $1: exit status $3 instead of $2"
    return 1
}

# base NAME: where a test's program or script and what belongs to it are, without the endings of their names.
base() {
    case $1 in
    examples/*) echo "$1/${1##*/}" ;;
    dump/*) echo "$golden/${1%.*}" ;;
    *) echo "$golden/$1" ;;
    esac
}

# hide DIRECTORY FILE...: the directory is called @TMP@ in the files.
hide() {
    local directory=$1
    shift
    sed -i "s|$directory|@TMP@|g" "$@"
}

check_test() { # {syntax,types,streams}/NAME
    local path=$golden/$1.portals expected=0 status
    timeout 60 "$PORTALS" check "$path" >"$2/out" 2>"$2/err" </dev/null
    status=$?
    cat "$2/out" >>"$2/err" # nothing is expected there
    same "$1" "$golden/$1.expected" "$2/err" || return 1
    grep -q '^error' "$golden/$1.expected" && expected=1
    same_status "$1" $expected $status
}

# run_mode NAME DIRECTORY MODE: one way of running a program.
run_mode() {
    local base tmp=$2/$3 command args=() status
    base=$(base "$1")
    command=("$PORTALS" run "$base.portals")
    mkdir "$tmp"
    [ -e "$base.args" ] && mapfile -t args < <(sed "s|@TMP@|$tmp|g" "$base.args")
    if [ "$3" = build ]; then
        if ! timeout 60 "$PORTALS" build "$base.portals" -o "$2/exe" >"$2/log" 2>&1; then
            echo "FAIL $1: portals build"
            cat "$2/log"
            return 1
        fi
        command=("$2/exe")
    fi
    timeout 60 "${command[@]}" "${args[@]}" >"$2/$3.out" 2>"$2/$3.err" <"$([ -e "$base.in" ] && echo "$base.in" || echo /dev/null)"
    status=$?
    hide "$tmp" "$2/$3.out" "$2/$3.err"
    if [ -n "$UPDATE" ]; then
        if [ $status -ne 0 ]; then echo $status >"$base.status"; else rm -f "$base.status"; fi
        if [ -n "$(ls "$tmp")" ]; then mkdir -p "$base.files" && cp "$tmp"/* "$base.files/"; fi
    fi
    local bad=0
    same "$1 ($3)" "$base.out" "$2/$3.out" || bad=1
    same "$1 ($3)" "$base.err" "$2/$3.err" || bad=1
    same_status "$1 ($3)" "$(cat "$base.status" 2>/dev/null || echo 0)" $status || bad=1
    if [ -d "$base.files" ] && ! diff -r -u "$base.files" "$tmp"; then
        echo "FAIL $1 ($3): the files it wrote"
        bad=1
    fi
    return $bad
}

run_test() { # run/NAME, examples/NAME
    local mode
    for mode in $MODES; do run_mode "$1" "$2" "$mode" || return 1; done
}

dump_test() { # dump/NAME.PASS
    local file=${1%.*} pass=${1##*.} status
    timeout 60 "$PORTALS" check --dump="$pass" "$golden/$file.portals" >"$2/out" 2>&1 </dev/null
    status=$?
    same "$1" "$golden/$1.expected" "$2/out" && same_status "$1" 0 $status
}

cli_test() { # cli/NAME
    mkdir "$2/tmp"
    TMP=$2/tmp timeout 120 bash "$golden/$1.sh" >"$2/out" 2>&1 </dev/null
    hide "$2/tmp" "$2/out"
    same "$1" "$golden/$1.expected" "$2/out"
}

# any_test NAME DIRECTORY: the folder says what kind of test it is.
any_test() {
    local base
    base=$(base "$1")
    if [ -e "$base.portals" ] || [ -e "$base.sh" ]; then
        case $1 in
        run/* | examples/*) run_test "$@"; return ;;
        dump/*.*) dump_test "$@"; return ;;
        cli/*) cli_test "$@"; return ;;
        syntax/* | types/* | streams/*) check_test "$@"; return ;;
        esac
    fi
    echo "FAIL $1: no such test"
    return 1
}

one_test() {
    local directory status
    directory=$(mktemp -d)
    any_test "$1" "$directory" >"$directory/report" 2>&1
    status=$?
    cat "$directory/report"
    rm -rf "$directory"
    [ $status -eq 0 ] && echo >>"$RESULTS.passed" || echo >>"$RESULTS.failed"
    return 0
}

all_tests() {
    (cd $golden && ls syntax/*.portals types/*.portals streams/*.portals run/*.portals cli/*.sh dump/*.*.expected 2>/dev/null) |
        sed 's/\.portals$//; s/\.sh$//; s/\.expected$//'
    for expected in examples/*/*.out; do dirname "$expected"; done
}

if [ "${1:-}" = --one ]; then
    one_test "$2"
    exit
fi

results=$(mktemp)
trap 'rm -f "$results"*' EXIT
touch "$results.passed" "$results.failed"
{ if [ $# -gt 0 ]; then printf '%s\n' "$@"; else all_tests; fi; } |
    RESULTS=$results xargs -P "${JOBS:-2}" -I{} bash "$golden/run.sh" --one {}

passed=$(wc -l <"$results.passed") failed=$(wc -l <"$results.failed")
line="${LABEL:-}golden: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
