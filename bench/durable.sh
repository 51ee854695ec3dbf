#!/bin/bash
# What it costs to keep a run, and what partitions gain: programs against themselves, side by side, in rounds, and the medians.
# A durable figure counts only if there were 40 epochs or more, and the 99th percentile from commit to release is at most 250 ms.
#
# Environment: PORTALS the command, CC, ROUNDS (default 3), QUICK=1 for smaller inputs.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

portals=${PORTALS:-build/portals}
cc=${CC:-gcc}
book=build/kjv.txt
work=build/bench/durable # on the disk that counts
rounds=${ROUNDS:-3} copies=184 events=100000000 updates=20000000
[ -z "${QUICK:-}" ] || { rounds=1 copies=46 events=20000000 updates=4000000; }

for atom in 4096 65536; do
    awk -v c="$(median $work/map_c.seconds)" -v p="$(median $work/map_$atom.seconds)" -v n=$((updates + 1000000)) -v atom=$atom \
        'BEGIN { printf "updates of a Map of a million entries: %.1f ns in C, %.1f ns durable in atoms of %d (%.2f)\n", c * 1e9 / n, p * 1e9 / n, atom, c / p }'
done
rm -rf $work
mkdir -p $work
$cc -std=gnu11 -O3 -march=native -o $work/measure bench/measure.c
$cc -std=gnu11 -O3 -march=native -o $work/keyed_sum bench/keyed_sum.c
$cc -std=gnu11 -O3 -march=native -o $work/btree bench/btree.c
for program in word_count keyed_sum map_state; do
    $portals build bench/$program.portals -o $work/$program.exe --cpu native
done
for _ in $(seq $copies); do cat $book; done >$work/text

median() { # of numbers, one a line
    sort -g "$1" | awk '{ x[NR] = $1 } END { print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

# take NAME COMMAND...: adds the seconds that it takes to the file NAME.seconds, what it says to NAME.stats.
take() {
    local name=$1
    shift
    "$@" --stats >$work/out 2>$work/err
    sed -n 's/.* events in \([0-9.]*\) s:.*/\1/p' $work/err >>$work/$name.seconds
    cat $work/err >>$work/$name.stats
}

# figure NAME TEXT: the last number in front of TEXT, at its largest over the rounds.
figure() {
    sed -n "s/.*[^0-9.]\([0-9.][0-9.]*\) $2.*/\1/p; s/^\([0-9.][0-9.]*\) $2.*/\1/p" $work/$1.stats | sort -g | tail -1
}

# ratio NAME BASE
ratio() {
    awk -v a="$(median $work/$2.seconds)" -v b="$(median $work/$1.seconds)" 'BEGIN { printf "%.2f", a / b }'
}

row() { # NAME BASE LABEL
    printf '| %s | %.2f s | %s | %s | %s MB | %s ms | %s ms |\n' "$3" "$(median $work/$1.seconds)" "$(ratio "$1" "$2")" \
        "$(figure "$1" epochs)" "$(($(figure "$1" 'bytes logged') / 1000000))" \
        "$(sed -n 's/.* \([0-9.]*\) ms (p99); from.*/\1/p' $work/$1.stats | sort -g | tail -1)" \
        "$(sed -n 's/.* \([0-9.]*\) ms (p99)$/\1/p' $work/$1.stats | sort -g | tail -1)"
}

count() { # NAME ARGUMENTS
    local name=$1
    shift
    take "$name" $work/word_count.exe --text=$work/text --counts=$work/$name.txt "$@"
}

sum() {
    local name=$1
    shift
    take "$name" $work/keyed_sum.exe --events=$events --sums=$work/$name.txt "$@"
}

map() { # NAME ARGUMENTS
    local name=$1
    shift
    take "$name" $work/map_state.exe --events=$updates "$@"
    cp $work/out $work/$name.txt
}

for _ in $(seq "$rounds"); do
    count memory
    rm -rf $work/data
    count durable --data=$work/data
    cmp $work/memory.txt $work/durable.txt
    count two --partitions=2
    cmp $work/memory.txt $work/two.txt
    rm -rf $work/data
    count two_durable --partitions=2 --data=$work/data
    cmp $work/memory.txt $work/two_durable.txt
    sum sum_memory
    $work/measure /dev/null $work/keyed_sum $events $work/sum_c.txt | cut -d' ' -f1 >>$work/sum_c.seconds
    cmp $work/sum_c.txt $work/sum_memory.txt
    for epoch in 50 250 1000; do
        rm -rf $work/data
        sum sum_$epoch --data=$work/data --epoch=$epoch
        cmp $work/sum_memory.txt $work/sum_$epoch.txt
    done
    sum sum_two --partitions=2
    cmp $work/sum_memory.txt $work/sum_two.txt
    $work/measure $work/map_c.txt $work/btree 1000000 update $updates 2>/dev/null | cut -d' ' -f1 >>$work/map_c.seconds
    for atom in 4096 65536; do
        map map_memory_$atom --atom=$atom
        cmp $work/map_c.txt $work/map_memory_$atom.txt
        rm -rf $work/data
        map map_$atom --atom=$atom --data=$work/data
        cmp $work/map_c.txt $work/map_$atom.txt
    done
done

echo "$(uname -m), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors; $(df --output=fstype $work | tail -1); median of $rounds rounds"
echo
echo "| durable run | time | memory-only / durable | epochs | logged | stood, p99 | commit to release, p99 |"
echo "|---|---|---|---|---|---|---|"
row durable memory "word count, $(($(stat -c %s $work/text) / 1000000)) MB"
row two_durable two "the same on two partitions"
for epoch in 50 250 1000; do row sum_$epoch sum_memory "keyed sum, a million keys, epochs of $epoch ms"; done
for atom in 4096 65536; do row map_$atom map_memory_$atom "one Map of a million entries, atoms of $atom, epochs of 50 ms"; done
echo
echo "| two partitions | one | two | one / two |"
echo "|---|---|---|---|"
for pair in "memory two word count" "sum_memory sum_two keyed sum"; do
    read -r one two name <<<"$pair"
    printf '| %s | %.2f s | %.2f s | %s |\n' "$name" "$(median $work/$one.seconds)" "$(median $work/$two.seconds)" "$(ratio "$two" "$one")"
done
echo
awk -v c="$(median $work/sum_c.seconds)" -v p="$(median $work/sum_memory.seconds)" -v n=$events \
    'BEGIN { printf "keyed sum: %.1f ns an event in C, %.1f ns in Portals (%.2f)\n", c * 1e9 / n, p * 1e9 / n, c / p }'
for epoch in 50 250 1000; do
    awk -v c="$(median $work/sum_c.seconds)" -v p="$(median $work/sum_$epoch.seconds)" -v e=$epoch \
        'BEGIN { printf "keyed sum, durable with epochs of %d ms: %.2f times the time of C in memory\n", e, p / c }'
done
for atom in 4096 65536; do
    awk -v c="$(median $work/map_c.seconds)" -v p="$(median $work/map_$atom.seconds)" -v n=$((updates + 1000000)) -v atom=$atom \
        'BEGIN { printf "updates of a Map of a million entries: %.1f ns in C, %.1f ns durable in atoms of %d (%.2f)\n", c * 1e9 / n, p * 1e9 / n, atom, c / p }'
done
rm -rf $work
