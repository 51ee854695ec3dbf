#!/bin/bash
# Stream processing against hand-written C: queries over the events of an auction, and what an atom costs, also one that fails.
#
# Environment: PORTALS the command, CC, ROUNDS (default 5), QUICK=1 for smaller inputs and fewer rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} events=20000000 atoms=5000000
[ -z "${QUICK:-}" ] || { rounds=3 events=4000000 atoms=1000000; }
source bench/compare.sh

$cc $baseline -o $work/nexmark bench/nexmark/nexmark.c
table
for query in currency selection join average highest; do
    $portals build bench/nexmark/$query.portals -o $work/$query.exe --cpu native
    C_OUT=$work/c.txt RUN_OUT=$work/run.log BUILD_OUT=$work/build.log \
        compare "NEXMark, $query" $events event -- \
        $work/nexmark $query $events -- \
        $portals run bench/nexmark/$query.portals --count=$events -- \
        $work/$query.exe --count=$events
done

# what_an_atom_costs LABEL ARGUMENTS: the median over the rounds, with atoms of one event.
what_an_atom_costs() {
    local label=$1
    shift
    rm -f $work/times.atoms
    for _ in $(seq "$rounds"); do
        rm -rf $work/data
        $work/one_event.exe --atoms=$atoms --stats "$@" 2>&1 >/dev/null | sed -n 's/.* events in \([0-9.]*\) s:.*/\1/p' >>$work/times.atoms
    done
    awk -v s="$(median $work/times.atoms 1)" -v n="$atoms" -v label="$label" 'BEGIN { printf "an atom of one event, %s: %.0f ns\n", label, s * 1e9 / n }'
}

echo
$portals build bench/one_event.portals -o $work/one_event.exe --cpu native
what_an_atom_costs "in memory"
what_an_atom_costs durable --data=$work/data
rm -rf $work/data

# what_failing_costs ATOM EVENTS: how much longer a run takes in which one of a hundred atoms fails.
what_failing_costs() {
    local bad
    rm -f $work/times.bad*
    for _ in $(seq "$rounds"); do
        for bad in 0 1; do
            $work/dead.exe --bad=$bad --atom="$1" --events="$2" --stats 2>&1 >/dev/null |
                sed -n 's/.* events in \([0-9.]*\) s:.*/\1/p' >>$work/times.bad$bad
        done
    done
    awk -v good="$(median $work/times.bad0 1)" -v bad="$(median $work/times.bad1 1)" -v atom="$1" \
        'BEGIN { printf "1 of 100 atoms fails, %d events an atom: %.2f times as long as without\n", atom, bad / good }'
}

$portals build bench/dead.portals -o $work/dead.exe --cpu native
what_failing_costs 4096 $events
what_failing_costs 1 $((atoms / 2))
