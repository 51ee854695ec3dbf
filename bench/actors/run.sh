#!/bin/bash
# What actors cost that are written in Portals, with the module `actor`, against processes of Erlang/OTP that do the same, side by side,
# in turns; then what an actor takes that waits, whether it costs time, and what is left of actors that have ended.
#
# Times are those of the processors, of all threads, and those by the clock; medians of the rounds. Of Erlang, whose start is taken off,
# the better of one scheduler and of as many as it likes counts. Each result is checked.
#
# Environment: PORTALS the command, CC, ROUNDS (default 5), ONLY="fib big" for some of the programs, QUICK=1 for smaller inputs and fewer
# rounds.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5} only=${ONLY:-ping_pong count ring fib big keyed idle left}
messages=10000000 n=27 players=120 pings=20000 accounts=1048576 idle=1000000 runs=100
[ -z "${QUICK:-}" ] || { rounds=${ROUNDS:-3} messages=1000000 n=22 pings=2000 accounts=65536 idle=100000 runs=20; }
source bench/compare.sh
work=$work/actors
mkdir -p $work
measure=build/bench/measure
data=$work/data # on the disk that counts

has_erlang=
if command -v erl >/dev/null && command -v erlc >/dev/null; then
    has_erlang=1
    erlc -o $work bench/actors/actors.erl
    export ERL_CRASH_DUMP_SECONDS=0
fi

fibonacci() { awk -v n="$1" 'BEGIN { for (b = 1; n > 0; n--) { t = a + b; a = b; b = t }; print a + 0 }'; }

# What each program computes: its arguments in Portals and in Erlang, the flags of Erlang that are best for it, how many messages or
# calls that is, and the result.
describe() {
    flags=
    case $1 in
    ping_pong) arguments="--messages=$messages" others=$messages units=$messages result=$((messages / 2)) ;;
    count) arguments="--messages=$messages" others=$messages units=$messages result=$messages ;;
    ring) arguments="--members=100 --hops=$messages" others="100 $messages" units=$messages result=$((messages % 100 + 1)) ;;
    fib) arguments="--n=$n" others=$n units=$((2 * $(fibonacci $((n + 1))) - 1)) result=$(fibonacci $n) flags="+hms 34 +P 2000000" ;;
    big) arguments="--players=$players --pings=$pings" others="$players $pings" units=$((2 * players * pings)) result=$((players * pings)) ;;
    keyed) arguments="--accounts=$accounts --messages=$messages" others="$accounts $messages" units=$messages result=$messages flags="+hms 12 +P 2000000" ;;
    esac
}

label() {
    case $1 in
    ping_pong) echo "ping-pong, a message" ;;
    count) echo "count, a message" ;;
    ring) echo "thread ring of 100, a hop" ;;
    fib) echo "fib($n), an actor for each call" ;;
    big) echo "big, $players actors, a message" ;;
    keyed) echo "keyed, $accounts actors, an increment" ;;
    esac
}

# take NAME EXPECTED COMMAND...: adds what `measure` says to the file times.NAME; what the command prints must be what is expected.
take() {
    local name=$1 expected=$2
    shift 2
    $measure $work/$name.out "$@" >>$work/times.$name 2>$work/$name.err || { cat $work/$name.err >&2; exit 1; }
    [ "$expected" = - ] || [ "$(cat $work/$name.out)" = "$expected" ] || { echo "$name: the result is wrong" >&2; exit 1; }
}

durable() { # NAME EXPECTED COMMAND...: on a new directory
    rm -rf $data
    take "$@" --data=$data
}

erlang() { # NAME EXPECTED FLAGS ARGUMENTS...: on one scheduler that does not wait busily, and as it comes
    local name=$1 expected=$2 flags=$3
    shift 3
    take erlang_one_$name "$expected" erl +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none $flags -noshell -pa $work -run actors main "$@"
    take erlang_all_$name "$expected" erl $flags -noshell -pa $work -run actors main "$@"
}

# nanoseconds FILE COLUMN UNITS [FILE of what else the run did]
nanoseconds() {
    awk -v s="$(median $work/times.$1 "$2")" -v off="$([ $# -lt 4 ] && echo 0 || median $work/times.$4 "$2")" -v n="$3" 'BEGIN { printf "%.1f", (s - off) * 1e9 / n }'
}

# row NAME COLUMN: how long it takes, by this column of what `measure` says
row() {
    local durable memory one all erlang=- by_durable=- by_memory=-
    describe "$1"
    durable=$(nanoseconds "$1" "$2" $units) memory=$(nanoseconds "memory_$1" "$2" $units)
    if [ -n "$has_erlang" ]; then
        one=$(nanoseconds "erlang_one_$1" "$2" $units erlang_one_start) all=$(nanoseconds "erlang_all_$1" "$2" $units erlang_all_start)
        erlang=$(printf '%s\n' "$one" "$all" | sort -g | head -1)
        by_durable=$(awk -v a="$erlang" -v b="$durable" 'BEGIN { printf "%.2f", a / b }')
        by_memory=$(awk -v a="$erlang" -v b="$memory" 'BEGIN { printf "%.2f", a / b }')
        erlang="$erlang ns"
    fi
    echo "| $(label "$1") | $durable ns | $memory ns | $erlang | $by_durable | $by_memory |"
}

has() { [[ " $only " = *" $1 "* ]]; }

rm -rf $work/times.* $data
programs=()
for program in ping_pong count ring fib big keyed; do
    ! has $program || programs+=($program)
done
for program in "${programs[@]}" $(has idle && echo idle) $(has left && echo fib); do
    $portals build bench/actors/$program.portals -o $work/$program.exe --cpu native
done

for _ in $(seq "$rounds"); do
    for program in "${programs[@]}"; do
        describe $program
        durable $program $result $work/$program.exe $arguments
        take memory_$program $result $work/$program.exe $arguments
        [ -z "$has_erlang" ] || erlang $program $result "$flags" $program $others
    done
    [ -z "$has_erlang" ] || erlang start 0 "" start
done

echo "$(uname -m), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors; median of $rounds rounds"
if [ -n "$has_erlang" ]; then
    echo "Erlang/OTP $(erl -noshell -eval 'io:format("~s", [erlang:system_info(otp_release)]), halt().')"
else
    echo "There is no \`erl\` here (Debian: erlang-base), so there is nothing to compare with."
fi
for column in 3 1; do
    echo
    echo "| $([ $column = 3 ] && echo "time of the processors" || echo "time by the clock") | durable | in memory | Erlang | Erlang / durable | Erlang / in memory |"
    echo "|---|---|---|---|---|---|"
    for program in "${programs[@]}"; do row $program $column; done
done

# ---- what stays ----

# resting FILE COMMAND...: runs a program that puts out its result and then rests; adds the bytes that its process has, and those of
# the data directory, to the file.
resting() {
    local file=$1
    shift
    rm -rf $data
    : >$work/resting.out
    "$@" --data=$data --pause=3 >$work/resting.out 2>/dev/null &
    local process=$!
    while [ ! -s $work/resting.out ] && kill -0 $process 2>/dev/null; do sleep 0.1; done
    sleep 1 # until what the last epoch has freed is given back
    echo "$(awk '/^VmRSS/ { print $2 * 1024 }' /proc/$process/status) $(du -sb $data | cut -f1)" >>$work/times.$file
    wait $process
}

if has idle; then
    for _ in $(seq "$rounds"); do
        resting few $work/idle.exe --idle=1000
        resting many $work/idle.exe --idle=$idle
        for kind in few many; do
            count=$([ $kind = few ] && echo 1000 || echo $idle)
            durable ${kind}_alone 2 $work/idle.exe --idle=$count
            durable ${kind}_beside $messages $work/idle.exe --idle=$count --messages=$messages
            take memory_${kind}_alone 2 $work/idle.exe --idle=$count
            take memory_${kind}_beside $messages $work/idle.exe --idle=$count --messages=$messages
        done
    done
    echo
    awk -v a="$(median $work/times.few 1)" -v b="$(median $work/times.many 1)" -v n=$idle \
        'BEGIN { printf "%d actors that wait: %.0f bytes each, 8 of them what it has captured\n", n, (b - a) / (n - 1000) }'
    [ -z "$has_erlang" ] || echo "the same in Erlang: $(erl +hms 12 +P 2000000 -noshell -pa $work -run actors main idle $idle) bytes each"
    for kind in few many; do
        echo "a hop beside $([ $kind = few ] && echo 1000 || echo $idle) of them: $(nanoseconds ${kind}_beside 3 $messages ${kind}_alone) ns durable," \
            "$(nanoseconds memory_${kind}_beside 3 $messages memory_${kind}_alone) ns in memory"
    done
fi

if has left; then
    echo
    for count in 0 1 $runs; do
        resting left_$count $work/fib.exe --n=$n --runs=$count
        awk -v n=$n -v runs=$count '{ printf "after fib(%d) %d times: %.1f MiB resident, %.1f MiB in the data directory\n", n, runs, $1 / 1048576, $2 / 1048576 }' $work/times.left_$count
    done
fi
rm -rf $data
