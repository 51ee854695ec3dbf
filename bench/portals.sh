#!/bin/bash
# What asks, replies and awaits cost: against hand-written C that does the same without any of the guarantees, and against processes
# of Erlang, if `erl` is there; then what continuations that wait take, and whether anything is left of those that do not.
#
# Times are those of the processors, of all threads, the least of the rounds. Each result is checked.
#
# Environment: PORTALS the command, CC, ROUNDS (default 5), QUICK=1 for smaller inputs and fewer rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} asks=5000000 chain=2000000 awaits=200000000 pairs=5000000 pending=1000000 leaks=2000000 calls=500000
[ -z "${QUICK:-}" ] || { rounds=3 asks=1000000 chain=500000 awaits=50000000 pairs=1000000 pending=200000 leaks=200000 calls=100000; }
source bench/compare.sh
data=$work/portals.data

for program in ask_reply await_ready promise pending leak; do
    $portals build bench/$program.portals -o $work/$program.exe --cpu native
done
$cc $baseline -o $work/ask_reply bench/ask_reply.c

wrong() { # NAME
    echo "$1: the result is wrong" >&2
    exit 1
}

# take NAME EXPECTED COMMAND...: the CPU seconds of a run go to the file times.NAME; its last line must be what is expected.
take() {
    local name=$1 expected=$2
    shift 2
    rm -rf $data
    $work/measure $work/$name.out "$@" 2>$work/$name.err | cut -d' ' -f3 >>$work/times.$name
    [ "$(tail -1 $work/$name.out)" = "$expected" ] || wrong "$name"
}

nanoseconds() { # NAME UNITS [NAME of what to take off]: the least time, by the unit
    local off=0
    [ $# -lt 3 ] || off=$(sort -g $work/times.$3 | head -1)
    awk -v s="$(sort -g $work/times.$1 | head -1)" -v off="$off" -v n="$2" 'BEGIN { printf "%.2f", (s - off) * 1e9 / n }'
}

# What a program of one line in awk would give: the sum that all of them make, in 64 bits.
sum() { # COUNT
    $work/ask_reply "$1" 1
}

has_erlang=
if command -v erl >/dev/null && command -v erlc >/dev/null; then
    has_erlang=1
    erlc -o $work bench/ask_reply.erl
    erlang="erl +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -noshell -pa $work -run ask_reply main"
fi

rm -f $work/times.*
asked=$(sum $asks) chained=$(sum $chain)
for _ in $(seq "$rounds"); do
    take c_batch "$asked" $work/ask_reply $asks 1000
    take c_chain "$chained" $work/ask_reply $chain 1
    take memory_batch "$asked" $work/ask_reply.exe --count=$asks
    take batch "$asked" $work/ask_reply.exe --count=$asks --data=$data
    take memory_chain "$chained" $work/ask_reply.exe --count=0 --chain=$chain
    take chain "$chained" $work/ask_reply.exe --count=0 --chain=$chain --data=$data
    take ready "$($work/ask_reply ready $awaits)" $work/await_ready.exe --count=$awaits
    take promise "$($work/ask_reply pairs $pairs)" $work/promise.exe --pairs=$pairs
    take durable_promise "$($work/ask_reply pairs $pairs)" $work/promise.exe --pairs=$pairs --data=$data
    [ -z "$has_erlang" ] || {
        take erlang_calls "$($erlang calls $calls 1 2>/dev/null)" $erlang calls $calls 1
        take erlang_casts "$(tail -1 $work/erlang_calls.out)" $erlang casts $calls 1000
        take erlang_start 0 $erlang calls 0 1
    }
done
