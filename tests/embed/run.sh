#!/bin/bash
# Programs in Portals within programs in C: every function of portals.h (api.c), the example of examples/embed, wrong input (wrong.c),
# no memory (memory.c), and hosts that are killed (kill.c). What can be is also run with the sanitizers, two instances on two threads.
#
# Usage: tests/embed/run.sh BUILD [KILLS [SEED]]. BUILD/asan and BUILD/tsan-short have libraries with the sanitizers; what `make install`
# installs is in BUILD/installed.
# Environment: CC; COUNTS a file for the line `embed: N passed, M failed`, else it is printed.
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL # a test that calls make has nothing to do with the make that runs the tests
build=$(realpath "$1") kills=${2:-6} seed=${3:-$((RANDOM % 10000))}
CC=${CC:-gcc}
portals=$build/portals
out=$build/embed
rm -rf "$out"
mkdir -p "$out"
passed=0 failed=0

# verdict NAME STATUS
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        echo "  $1"
    else
        failed=$((failed + 1))
        echo "FAIL $1"
    fi
}

# host NAME SOURCE SANITIZER: compiles a host, with the library of the same sanitizer. One that cannot be compiled has failed.
host() {
    local of=$build${3:+/$3} flags=()
    [ "$3" != tsan ] || of=$build/tsan-short
    case $3 in
    asan) flags=(-fsanitize=address,undefined -fno-sanitize-recover=all) ;;
    tsan) flags=(-fsanitize=thread) ;;
    esac
    $CC -std=gnu11 -g -O1 -D_GNU_SOURCE -Wall -Wextra -Werror "${flags[@]}" -Ivm "$2" -o "$out/$1" -L"$of" "-Wl,-rpath,$of" -lportals -lpthread && return
    verdict "$1, which cannot be compiled" 1
    return 1
}

# run NAME COMMAND...: with a time limit, and an empty directory as last argument.
run() {
    local name=$1
    shift
    mkdir -p "$out/$name.dir"
    timeout -s KILL 600 "$@"
    verdict "$name" $?
}

for program in everything plain wide kill; do
    "$portals" build --shared tests/embed/$program.portals -o "$out/lib$program.so" || failed=$((failed + 1))
done
"$portals" build --shared examples/embed/shop.portals -o "$out/libshop.so"

# A program for another version.
echo 'const struct { unsigned long abi; } pt_program = {10};' | $CC -shared -x c - -o "$out/libold.so"

# api NAME SANITIZER
api() {
    host "$1" tests/embed/api.c "$2" || return
    mkdir -p "$out/$1.dir"
    cp "$out/libold.so" "$out/libwide.so" "$out/$1.dir/"
    run "$1" "$out/$1" "$out/libeverything.so" "$out/libplain.so" "$out/$1.dir"
}

# The example, whose output is known: `shop NAME SANITIZER`.
shop() {
    host "$1" examples/embed/shop.c "$2" || return
    "$out/$1" "$out/libshop.so" "$out/$1.dir" >"$out/$1.out" 2>"$out/$1.err"
    local status=$?
    diff -u examples/embed/shop.out "$out/$1.out" && [ ! -s "$out/$1.err" ] && [ $status -eq 0 ]
    verdict "$1" $?
    cat "$out/$1.err"
}

api api ''
api api_asan asan
api api_tsan tsan
shop shop ''
shop shop_asan asan
shop shop_tsan tsan
host wrong_asan tests/embed/wrong.c asan && run wrong_asan "$out/wrong_asan" "$out/libeverything.so" $((kills * 300)) "$seed"
host memory tests/embed/memory.c '' && run memory "$out/memory" "$out/libeverything.so" "$out/memory.dir/data" $((kills > 20 ? 1 : 40))
host kill tests/embed/kill.c '' && run kill "$out/kill" "$out/libkill.so" "$out/kill.dir" "$kills" "$seed"
# As a user has it: installed, found by pkg-config, the header by a strict compiler of C or of C++.
installed() {
    local to=$build/installed
    rm -rf "$to/example" && cp -r examples/embed "$to/example" &&
        PKG_CONFIG_PATH=$to/lib/pkgconfig LD_LIBRARY_PATH=$to/lib PATH=$to/bin:$PATH make -s -C "$to/example" run >"$out/installed.out" &&
        grep -v '^rm\|^build/' "$out/installed.out" | diff -u examples/embed/shop.out - &&
        $CC -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only "$to/include/portals.h" &&
        g++ -x c++ -Wall -Wextra -Werror -fsyntax-only "$to/include/portals.h"
}
installed
verdict installed $?
tests/embed/state.sh "$build"
verdict 'no state that could be shared, no end of the process' $?

line="embed: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ] && exit
echo "  again, with the same input: make embed N=$kills SEED=$seed"
exit 1
