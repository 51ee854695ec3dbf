#!/bin/bash
# Golden tests: programs, and exactly what a user sees of them. See CONTRIBUTING.md for how to add one.
#
#   {syntax,types,streams}/NAME.portals   NAME.expected: the standard error of `portals check`
#   run/NAME.portals                      NAME.out [.err .in .args .status]: what it does in all modes of running it
#   {types,streams,run}/NAME/NAME.portals   the same for a program of several files, which are a folder of their own
#   NAME.apps                             beside a program: the files of the other applications that it is checked and run with, one
#                                         a line, as they are called from where it is
#   examples/NAME/NAME.portals            the same, for the examples that have a NAME.out
#   dump/NAME.portals                     NAME.PASS.expected: `portals check --dump=PASS`
#   fmt/NAME.portals                      NAME.expected: `portals fmt`, which leaves what it wrote as it is
#   cli/NAME.sh                           NAME.expected: what the script prints; it runs from the root of the repository
#
# A test gets an empty directory of its own; in .args and in all that is expected it is called @TMP@. Files it shall have
# left there stand in NAME.files/.
#
# Modes:
#   run       portals run
#   build     the executable made by portals build
#   parallel  portals run --partitions 3, or the executable if it has been built. What is logged may come in another order, and again
#             for an atom that is taken again: the lines of standard error are compared sorted, each once
#   durable   portals run --data on a new directory, then once more on the same one, or the executable if it has been built: a run
#             that ended says so, one that failed fails in the same way again, and nothing is put out twice
#
# Usage: tests/golden/run.sh [NAME...]     e.g. run/overflow; without names, all
# Environment: PORTALS the command, UPDATE=1 rewrites what is expected, MODES (default: all), LABEL, COUNTS, JOBS, LIMIT: how many
# seconds a command may take, which only says that it will not end any more.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL # a test that calls make has nothing to do with the make that runs the tests

export PORTALS=$(realpath "${PORTALS:-build/portals}")
export MODES=${MODES:-run build parallel durable}
export UPDATE=${UPDATE:-}
export LIMIT=${LIMIT:-120}
export LC_ALL=C.UTF-8 # what is sorted is so in the same order everywhere
golden=tests/golden

# Executables are linked by the fastest linker that there is; the one of the system links those of cli/ and of the kill tests.
linker=${CC:-cc}
if command -v ld.gold >/dev/null; then linker+=" -fuse-ld=gold"; fi

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
    *) if [ -d "$golden/$1" ]; then echo "$golden/$1/${1##*/}"; else echo "$golden/$1"; fi ;;
    esac
}

# programs NAME: the files of a test's program, one a line.
programs() {
    local base
    base=$(base "$1")
    echo "$base.portals"
    [ ! -e "$base.apps" ] || sed "s|^|$(dirname "$base")/|" "$base.apps"
}

# hide DIRECTORY FILE...: the directory is called @TMP@ in the files.
hide() {
    local directory=$1
    shift
    sed -i "s|$directory|@TMP@|g" "$@"
}

check_test() { # {syntax,types,streams}/NAME
    local base expected=0 status files
    base=$(base "$1")
    mapfile -t files < <(programs "$1")
    timeout "$LIMIT" "$PORTALS" check "${files[@]}" >"$2/out" 2>"$2/err" </dev/null
    status=$?
    cat "$2/out" >>"$2/err" # nothing is expected there
    same "$1" "$base.expected" "$2/err" || return 1
    grep -q '^error' "$base.expected" && expected=1
    same_status "$1" $expected $status
}

# run_program NAME DIRECTORY MODE COMMAND...: runs it with the test's arguments; what it puts out is in DIRECTORY/MODE.*.
run_program() {
    local base tmp=$2/tmp out=$2/$3 input=/dev/null args=()
    base=$(base "$1")
    [ -e "$base.args" ] && mapfile -t args < <(sed "s|@TMP@|$tmp|g" "$base.args")
    [ -e "$base.in" ] && [ "$3" != again ] && input=$base.in
    timeout "$LIMIT" "${@:4}" "${args[@]}" >"$out.out" 2>"$out.err" <"$input"
    echo $? >"$out.status"
    hide "$tmp" "$out.out" "$out.err"
    hide "$2" "$out.out" "$out.err"
}

# compare_run NAME DIRECTORY MODE
compare_run() {
    local base err bad=0
    base=$(base "$1") err=$base.err
    if [ "$3" = parallel ]; then
        err=$2/expected.err
        sort -u "$base.err" >"$err" 2>/dev/null
        sort -u -o "$2/$3.err" "$2/$3.err"
    fi
    same "$1 ($3)" "$base.out" "$2/$3.out" || bad=1
    same "$1 ($3)" "$err" "$2/$3.err" || bad=1
    same_status "$1 ($3)" "$(cat "$base.status" 2>/dev/null || echo 0)" "$(cat "$2/$3.status")" || bad=1
    same_files "$1" "$2" "$3" || bad=1
    return $bad
}

# same_files NAME DIRECTORY MODE: what the program must have written is there.
same_files() {
    local base
    base=$(base "$1")
    [ ! -d "$base.files" ] || diff -r -u "$base.files" "$2/tmp" && return 0
    echo "FAIL $1 ($3): the files it wrote"
    return 1
}

# run_again NAME DIRECTORY COMMAND...: the second run on a data directory. Standard error has one line, or more, on what was done
# before; an error comes again as it was.
run_again() {
    local name="$1 (durable, again)"
    run_program "$1" "$2" again "${@:3}"
    local status
    status=$(cat "$2/durable.status")
    same "$name" /dev/null "$2/again.out" || return 1
    same_status "$name" "$status" "$(cat "$2/again.status")" || return 1
    same_files "$1" "$2" "durable, again" || return 1
    sed -n '/^error/,$p' "$2/durable.err" >"$2/expected.err"
    sed -n '/^error/,$p' "$2/again.err" >"$2/found.err"
    same "$name" "$2/expected.err" "$2/found.err" || return 1
    [ "$status" -ne 0 ] || grep -q 'has ended, at epoch .*: nothing is left to do$' "$2/again.err" && return 0
    echo "FAIL $name: it should say that it has ended"
    cat "$2/again.err"
    return 1
}

# run_mode NAME DIRECTORY MODE: one way of running a program.
run_mode() {
    local files command
    mapfile -t files < <(programs "$1")
    command=("$PORTALS" run "${files[@]}")
    case $3 in
    build)
        command=("$2/exe")
        if ! CC=$linker timeout "$LIMIT" "$PORTALS" build "${files[@]}" -o "$2/exe" >"$2/log" 2>&1; then
            echo "FAIL $1: portals build"
            cat "$2/log"
            return 1
        fi
        ;;
    parallel)
        [ ! -e "$2/exe" ] || command=("$2/exe")
        command+=(--partitions 3)
        ;;
    durable) command+=(--data "$2/data") ;;
    esac
    rm -rf "$2/tmp"
    mkdir "$2/tmp"
    run_program "$1" "$2" "$3" "${command[@]}"
    compare_run "$1" "$2" "$3" || return 1
    [ "$3" = durable ] || return 0
    [ ! -e "$2/exe" ] || command=("$2/exe" --data "$2/data")
    run_again "$1" "$2" "${command[@]}"
}

# update_run NAME DIRECTORY: what is expected becomes what `portals run` does.
update_run() {
    local base files
    base=$(base "$1")
    mapfile -t files < <(programs "$1")
    mkdir "$2/tmp"
    run_program "$1" "$2" run "$PORTALS" run "${files[@]}"
    same "$1" "$base.out" "$2/run.out"
    same "$1" "$base.err" "$2/run.err"
    rm -f "$base.status"
    [ "$(cat "$2/run.status")" -eq 0 ] || cp "$2/run.status" "$base.status"
    if [ -n "$(ls "$2/tmp")" ]; then mkdir -p "$base.files" && cp "$2/tmp"/* "$base.files/"; fi
}

run_test() { # run/NAME, examples/NAME
    local mode
    if [ -n "$UPDATE" ]; then
        update_run "$@"
        return
    fi
    for mode in $MODES; do run_mode "$1" "$2" "$mode" || return 1; done
}

dump_test() { # dump/NAME.PASS
    local file=${1%.*} pass=${1##*.} status
    timeout "$LIMIT" "$PORTALS" check --dump="$pass" "$golden/$file.portals" >"$2/out" 2>&1 </dev/null
    status=$?
    same "$1" "$golden/$1.expected" "$2/out" && same_status "$1" 0 $status
}

fmt_test() { # fmt/NAME
    local status
    timeout "$LIMIT" "$PORTALS" fmt - <"$golden/$1.portals" >"$2/out" 2>"$2/err"
    status=$?
    same "$1" "$golden/$1.expected" "$2/out" && same "$1 (errors)" /dev/null "$2/err" && same_status "$1" 0 $status || return 1
    timeout "$LIMIT" "$PORTALS" fmt - <"$2/out" >"$2/again"
    cmp "$2/out" "$2/again" && return 0
    echo "FAIL $1: formatted again, it changes"
    return 1
}

cli_test() { # cli/NAME
    mkdir "$2/tmp"
    TMP=$2/tmp timeout $((5 * LIMIT)) bash "$golden/$1.sh" >"$2/out" 2>&1 </dev/null
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
        fmt/*) fmt_test "$@"; return ;;
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
    (cd $golden && ls syntax/*.portals types/*.portals streams/*.portals run/*.portals fmt/*.portals cli/*.sh dump/*.*.expected 2>/dev/null) |
        sed 's/\.portals$//; s/\.sh$//; s/\.expected$//'
    for folder in $golden/{types,streams,run}/*/; do
        local name=${folder%/}
        name=${name#"$golden"/}
        [ -e "$golden/$name/${name##*/}.portals" ] && echo "$name"
    done
    local example
    for example in examples/*; do
        [ -e "$example/${example##*/}.out" ] && echo "$example"
    done
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
