#!/bin/bash
# What asks, replies and awaits cost: against hand-written C that does the same without any of the guarantees, and against two
# processes of Erlang, where `erl` is to be had; then what continuations take that wait, and whether anything is left of those that do
# not.
#
# Times are those of the processors, of all threads, the least of the rounds: the programs that are compared take turns. Each result
# is checked: they all compute the same sum.
#
# Environment: PORTALS the command, CC, ROUNDS (default 5), QUICK=1 for smaller inputs and fewer rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} asks=5000000 chain=2000000 awaits=200000000 pairs=5000000 pending=1000000 leaks=2000000 calls=500000
[ -z "${QUICK:-}" ] || { rounds=${ROUNDS:-3} asks=1000000 chain=500000 awaits=50000000 pairs=1000000 pending=200000 leaks=200000 calls=100000; }
source bench/compare.sh
data=$work/portals.data # on the disk that counts

for program in ask_reply await_ready promise pending leak; do
    $portals build bench/$program.portals -o $work/$program.exe --cpu native
done
$cc $baseline -o $work/ask_reply bench/ask_reply.c
has_erlang=
if command -v erl >/dev/null && command -v erlc >/dev/null; then
    has_erlang=1
    erlc -o $work bench/ask_reply.erl
    export ERL_CRASH_DUMP_SECONDS=0
    erlang="erl +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -noshell -pa $work -run ask_reply main"
fi

# take NAME EXPECTED COMMAND...: adds what `measure` says to the file times.NAME; the last line that the command prints must be
# what is expected, unless that is `-`.
take() {
    local name=$1 expected=$2
    shift 2
    $work/measure $work/$name.out "$@" >>$work/times.$name 2>$work/$name.err || [ "$name" = stuck ]
    [ "$expected" = - ] || [ "$(tail -1 $work/$name.out)" = "$expected" ] || { echo "$name: the result is wrong" >&2; exit 1; }
}

durable() { # NAME EXPECTED COMMAND...: on a new directory
    rm -rf $data
    take "$@" --data=$data
}

least() { # NAME COLUMN
    sort -g -k "$2,$2" $work/times.$1 | head -1 | cut -d' ' -f"$2"
}

nanoseconds() { # NAME UNITS [NAME of what else the run did]
    awk -v s="$(least "$1" 3)" -v off="$([ $# -lt 3 ] && echo 0 || least "$3" 3)" -v n="$2" 'BEGIN { printf "%.1f", (s - off) * 1e9 / n }'
}

rm -rf $work/times.* $data
batch_sum=$($work/ask_reply $asks 1000) chain_sum=$($work/ask_reply $chain 1)
ready_sum=$($work/ask_reply $awaits 1000) pair_sum=$($work/ask_reply $pairs 1000)
[ -z "$has_erlang" ] || erlang_sum=$($erlang calls $calls 1 2>/dev/null)
for _ in $(seq "$rounds"); do
    take c_batch "$batch_sum" $work/ask_reply $asks 1000
    take memory_batch "$batch_sum" $work/ask_reply.exe --count=$asks
    durable batch "$batch_sum" $work/ask_reply.exe --count=$asks
    take c_chain "$chain_sum" $work/ask_reply $chain 1
    take memory_chain "$chain_sum" $work/ask_reply.exe --count=0 --chain=$chain
    durable chain "$chain_sum" $work/ask_reply.exe --count=0 --chain=$chain
    take ready "$ready_sum" $work/await_ready.exe --count=$awaits
    durable promise "$pair_sum" $work/promise.exe --pairs=$pairs
    [ -n "$has_erlang" ] || continue
    take erlang_start 0 $erlang calls 0 1
    take erlang_chain "$erlang_sum" $erlang calls $calls 1
    take erlang_batch "$erlang_sum" $erlang casts $calls 1000
done

# row LABEL NAME UNITS: against C and Erlang, where there is such a program.
row() {
    local c=- erlang=- times=- other=- own
    own=$(nanoseconds "$2" "$3")
    if [ -f $work/times.c_$2 ]; then
        c=$(nanoseconds "c_$2" "$3")
        times=$(awk -v a="$c" -v b="$own" 'BEGIN { printf "%.3f", a / b }')
        c="$c ns"
    fi
    if [ -f $work/times.erlang_$2 ]; then
        erlang=$(nanoseconds "erlang_$2" $calls erlang_start)
        other=$(awk -v a="$erlang" -v b="$own" 'BEGIN { printf "%.1f", a / b }')
        erlang="$erlang ns"
    fi
    echo "| $1 | $own ns | $([ -f $work/times.memory_$2 ] && echo "$(nanoseconds "memory_$2" "$3") ns" || echo -) | $c | $times | $erlang | $other |"
}

echo "$(uname -m), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors; $($cc --version | head -1); least of $rounds rounds"
[ -n "$has_erlang" ] || echo "There is no \`erl\` here (Debian: erlang-base)."
echo
echo "| what | durable | in memory | C | C / durable | Erlang | Erlang / durable |"
echo "|---|---|---|---|---|---|---|"
row "ask, reply and resume, 1000 in flight" batch $asks
row "ask, reply and resume, one in flight" chain $chain
row "suspend and resume by a promise, with the two events" promise $pairs
ready=$(nanoseconds ready $awaits)
echo "| await of a future that has come | - | $ready ns | - | - | - | - |"

# ---- continuations that wait ----

# resident COUNT: how many bytes the process has when so many have begun.
resident() {
    : >$work/pending.out
    rm -rf $data
    $work/pending.exe --data=$data --count="$1" --pause=2 >$work/pending.out 2>/dev/null &
    local process=$!
    while [ ! -s $work/pending.out ]; do sleep 0.1; done
    awk '/^VmRSS/ { print $2 * 1024 }' /proc/$process/status
    wait $process || true
}

few=$(resident 1000) many=$(resident $pending)
take stuck "" $work/pending.exe --data=$data --count=$pending
take inspect - $portals inspect $data
[ "$(grep -c 'waits for a promise' $work/inspect.out)" = $pending ] || { echo "inspect: not all continuations are there" >&2; exit 1; }
echo
awk -v a="$few" -v b="$many" -v n="$pending" 'BEGIN { printf "%d continuations that wait: %.0f bytes each, 8 of them what it has captured\n", n, (b - a) / (n - 1000) }'
awk -v s="$(least stuck 3)" -v wall="$(least stuck 1)" 'BEGIN { printf "to read them again, and say that nothing else is left: %.2f s of the processors, %.2f s in all\n", s, wall }'
awk -v s="$(least inspect 3)" -v kib="$(least inspect 2)" 'BEGIN { printf "to inspect them: %.2f s of the processors, peak memory %.1f MiB\n", s, kib / 1024 }'

# ---- what is left ----

for count in $((leaks / 10)) $leaks; do
    durable leak "$($work/ask_reply $count 1000)" $work/leak.exe --count=$count --stats
    grep -q ' 0 futures are left' $work/leak.err || { echo "leak: futures are left" >&2; exit 1; }
    awk -v n="$count" -v line="$(tail -1 $work/times.leak)" 'BEGIN { split(line, x, " "); printf "%d asks, of whose replies nobody takes three of five: no future is left; peak memory %.1f MiB\n", 5 * n, x[2] / 1024 }'
done
rm -rf $data
