#!/bin/bash
# Compares Portals with hand-written C, side by side.
#
# Environment: PORTALS the command, CC, ROUNDS (default 5), QUICK=1 for smaller inputs and fewer rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
source bench/compare.sh

book=build/kjv.txt
rounds=${ROUNDS:-5} small=46 large=460 count=1000000000 chain=1000000000 fib=40 keys=1000000 lookups=10
[ -z "${QUICK:-}" ] || { rounds=3 small=12 large=46 count=200000000 chain=200000000 fib=35 keys=200000 lookups=5; }

$cc $baseline -o $work/word_count bench/word_count.c
$cc $baseline -o $work/range_filter bench/range_filter.c bench/consume.c
$cc $baseline -o $work/chain bench/chain.c bench/consume.c
$cc -std=gnu11 -O2 -march=native -o $work/fib bench/fib.c
$cc $baseline -o $work/btree bench/btree.c
$cc $baseline -o $work/json bench/json.c -l:libyajl_s.a
for program in word_count range_filter chain fib map json; do
    $portals build bench/$program.portals -o $work/$program.exe --cpu native
done

# repeat_book COPIES FILE
repeat_book() {
    local copies=$1
    [ "$(stat -c %s "$2" 2>/dev/null || echo 0)" -eq $((copies * $(stat -c %s $book))) ] && return
    for _ in $(seq "$copies"); do cat $book; done >"$2"
}

table

repeat_book $small $work/small.txt
words=$($work/word_count $book 2>&1 >/dev/null | sed -n 's/.*, \([0-9]*\) words/\1/p')
C_OUT=$work/c.txt RUN_OUT=$work/run.txt BUILD_OUT=$work/build.txt \
    compare "word count, $(($(stat -c %s $work/small.txt) / 1000000)) MB" $((words * small)) word -- \
    $work/word_count $work/small.txt -- \
    $portals run bench/word_count.portals --text=$work/small.txt --counts=$work/run.txt -- \
    $work/word_count.exe --text=$work/small.txt --counts=$work/build.txt

[ -s $work/sales.jsonl ] || awk 'BEGIN {
    srand(1)
    for (i = 0; i < 500000; i++)
        printf "{\"user\": %d, \"item\": %d, \"name\": \"customer %d\", \"price\": %.2f, \"paid\": %s, \"tags\": [\"red\", \"large\"], \"city\": \"Stockholm\"}\n",
               rand() * 1e6, rand() * 1e9, rand() * 1e6, rand() * 1000, rand() < 0.5 ? "true" : "false" }' >$work/sales.jsonl
C_OUT=$work/c.txt RUN_OUT=$work/run.txt BUILD_OUT=$work/build.txt \
    compare "JSON lines, $(($(stat -c %s $work/sales.jsonl) / 1000000)) MB, C with yajl" "$(stat -c %s $work/sales.jsonl)" byte -- \
    $work/json $work/sales.jsonl $work/c.txt -- \
    $portals run bench/json.portals --sales=$work/sales.jsonl --dear=$work/run.txt -- \
    $work/json.exe --sales=$work/sales.jsonl --dear=$work/build.txt

C_OUT=/dev/null RUN_OUT=/dev/null BUILD_OUT=/dev/null \
    compare "filter of range(0, $count)" $count event -- \
    $work/range_filter $count -- \
    $portals run bench/range_filter.portals --count=$count -- \
    $work/range_filter.exe --count=$count

C_OUT=/dev/null RUN_OUT=/dev/null BUILD_OUT=/dev/null \
    compare "map, filter, map of range(0, $chain)" $chain event -- \
    $work/chain $chain -- \
    $portals run bench/chain.portals --count=$chain -- \
    $work/chain.exe --count=$chain

C_OUT=$work/c.txt RUN_OUT=$work/run.log BUILD_OUT=$work/build.log \
    compare "fib($fib)" "$(echo $fib | awk '{ a = 0; b = 1; for (i = 0; i <= $1; i++) { c = a + b; a = b; b = c } print 2 * a - 1 }')" call -- \
    $work/fib $fib -- \
    $portals run bench/fib.portals --n=$fib -- \
    $work/fib.exe --n=$fib

for rounds_of in 0 $lookups; do
    name="map of $keys random keys: insert" && [ $rounds_of -eq 0 ] || name="the same, and $lookups lookups of each"
    C_OUT=$work/c.txt RUN_OUT=$work/run.log BUILD_OUT=$work/build.log \
        compare "$name" $((keys * (1 + rounds_of))) operation -- \
        $work/btree $keys $rounds_of -- \
        $portals run bench/map.portals --count=$keys --rounds=$rounds_of -- \
        $work/map.exe --count=$keys --rounds=$rounds_of
done

echo
rm -f $work/times.*
for _ in $(seq 20); do $work/measure $work/run.log $portals run examples/hello/hello.portals >>$work/times.hello; done
awk -v s="$(median $work/times.hello 1)" 'BEGIN { printf "hello world, portals run, start to exit: %.0f ms\n", s * 1000 }'

# A program of 5,000 lines: what bench/large.in declares, again and again under other names.
copies=106
{ for i in $(seq $copies); do sed "s/@/$i/g" bench/large.in; done
  echo "workflow main = union($(seq -f 'items%g' -s ', ' $copies)) |> print"; } >$work/large.portals
rm -f $work/times.*
for _ in $(seq "$rounds"); do
    $work/measure $work/run.log $portals check $work/large.portals >>$work/times.check
    $work/measure $work/run.log $portals run $work/large.portals >>$work/times.run
done
awk -v n="$(wc -l <$work/large.portals)" -v c="$(median $work/times.check 1)" -v r="$(median $work/times.run 1)" \
    'BEGIN { printf "a program of %d lines: checked in %.0f ms, compiled and run in %.2f s\n", n, c * 1000, r }'

repeat_book $large $work/large.txt
peak() { # KiB of a word count of $1
    $work/measure $work/run.log $work/word_count.exe --text="$1" --counts=$work/build.txt | cut -d' ' -f2
}
awk -v s="$(peak $work/small.txt)" -v l="$(peak $work/large.txt)" -v a="$(stat -c %s $work/small.txt)" -v b="$(stat -c %s $work/large.txt)" \
    'BEGIN { printf "peak memory, word count: %.1f MiB for %d MB, %.1f MiB for %d MB (%.2f times)\n",
             s / 1024, a / 1e6, l / 1024, b / 1e6, l / s }'
rm -f $work/large.txt
