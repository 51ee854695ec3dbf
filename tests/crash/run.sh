#!/bin/bash
# The kill test: real processes, killed at random and taken up again with other numbers of partitions, by the command and by an
# executable in turn. What they write must be what a run writes that nothing happens to, and what was there after one life is there
# after the next. The programs: `count` counts the words of a large text; `wide`, in the full form, has so much state that it goes through
# snapshots; `constructs` has all that streams and tasks are made of; `transfers` puts out events in an order that is open, so that it is
# looked at after each life whether they can be right (transfers.awk); and of examples/ those with portals and those with actors
# (examples.sh).
#
# Usage: tests/crash/run.sh short|full TEXT
# Environment: ONLY=PROGRAM one of them, or ONLY=examples or ONLY=actors, PORTALS the command, COVERS tests/crash/covers.c, N how many
# kills must count, EACH=1 so many with each number of partitions, SEED of all chances, LABEL, COUNTS.
#
# A kill counts if its life has committed an epoch and left work to do; the next life says so: "resumed at epoch E, N events done".
set -uo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$0")
form=$1 text=$2
PORTALS=${PORTALS:-build/portals} COVERS=${COVERS:-build/tests/crash/covers}
SEED=${SEED:-$((SRANDOM % 100000))}
case $form in
short) N=${N:-8} kills=3 example_kills=1 options=(--epoch 5) text_lines=8000 numbers=3000 transfers=60000 ;;
full) N=${N:-50} kills=$N example_kills=$N options=() text_lines=40000 numbers=20000 transfers=100000 ;;
*) exit 2 ;;
esac
RANDOM=$SEED
partitions=(1 2 4) # of the lives, in turn
tmp=$(mktemp -d -p build crash.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
source "$here/examples.sh"

say() { printf '  %s\n' "$*"; }

# verdict TEXT STATUS: counts a check.
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        say "$1"
    else
        failed=$((failed + 1))
        say "FAIL $1"
    fi
}

# between LEAST MOST: a random number, of milliseconds; LEAST if MOST is less.
between() { echo $(($1 + ($2 > $1 ? (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1) : 0))); }
seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }
now() { echo $(($(date +%s%N) / 1000000)); }

# ---- histories: the lives of one run ----

# begin NAME: a run that has not begun.
begin() {
    run=$tmp/$1
    rm -rf "$run"
    mkdir "$run"
    lives=0 epoch=0 events=0 ended=
}

# live MILLISECONDS SIGNAL: one life, that gets the signal after that time (0: never). Sets status, and from what it says on resuming
# epoch, events, ended, advanced (whether the life before it has committed an epoch).
live() {
    local command=("$tmp/exe") extra=0 limit=() files=() name
    for name in "${outputs[@]}"; do files+=("--$name=$run/$name"); done
    lives=$((lives + 1))
    if [ $((lives % 2)) -eq 0 ]; then
        command=("$PORTALS" run "${sources[@]}")
        extra=$startup
    fi
    [ "$1" -eq 0 ] || limit=(timeout --foreground --preserve-status -s "$2" "$(seconds $(($1 + extra)))")
    { # without what the shell says of killed processes
        "${limit[@]}" env --default-signal=INT "${command[@]}" --data "$run/data" --partitions "${partitions[lives % ${#partitions[@]}]}" \
            "${options[@]}" $(any_order) "${inputs[@]}" "${files[@]}" >"$run/out.$(printf %04d $lives)" 2>"$run/err"
        status=$?
    } 2>/dev/null
    look
    look_at_files
}

# Options that change when things are done, and not what comes of it.
any_order() {
    case $program in
    constructs | transfers | bank | shopping_cart | charges) echo "--seed $((RANDOM % 4)) --step $((1 + RANDOM % 40)) --max-queue $((1 + RANDOM * 4))" ;;
    esac
}

# measure: a life that nothing ends; `full` is how long it took, `work` how long processors worked, in milliseconds.
measure() {
    local TIMEFORMAT='%R %U %S'
    { time live 0 KILL; } 2>"$tmp/time"
    read -r full work < <(awk '{ printf "%d %d\n", 1000 * $1, 1000 * ($2 + $3) }' "$tmp/time")
}

# What the life has said about the one before it.
look() {
    local said before=$epoch events_before=$events
    advanced=0
    said=$(grep -E '^(resumed at|the run in .* has ended, at) epoch [0-9]+, [0-9]+ events? done' "$run/err")
    if [ -n "$said" ]; then
        read -r epoch events < <(sed -E 's/.* epoch ([0-9]+), ([0-9]+) event.*/\1 \2/' <<<"$said")
        [[ $said != *"has ended"* ]] || ended=1
    elif [ "$epoch" -gt 0 ] && [ "$status" -eq 0 ]; then
        problem "a life does not say where it goes on"
    fi
    [ "$epoch" -ge "$before" ] && [ "$events" -ge "$events_before" ] || problem "from epoch $before, event $events_before back to $epoch, $events"
    [ "$epoch" -le "$before" ] || advanced=1
    case $status in
    0 | 130 | 137 | 143) ;;
    *) problem "exit status $status" ;;
    esac
    ! grep -q '^error' "$run/err" || problem "an error"
}

# What a file had after the life before is the beginning of what it has now.
look_at_files() {
    local name file before
    for name in "${outputs[@]}"; do
        file=$run/$name before=$run/before.$name
        [ -e "$file" ] || continue
        [ ! -e "$before" ] || cmp -n "$(stat -c %s "$before")" "$before" "$file" || problem "$name has lost something"
        cp "$file" "$before"
    done
    holds 0 || problem "what was put out cannot be right"
}

# holds WHOLE: what there is can be right; 1 if the run has ended.
holds() {
    if [ "$program" != transfers ]; then
        example_holds "$1"
    elif [ -e "$run/moves" ] && [ -e "$run/refused" ]; then
        awk -v WHOLE="$1" -v COUNT="$transfers" -f "$here/transfers.awk" "$run/refused" "$run/moves"
    fi
}

problem() {
    say "$run, life $lives: $1"
    cat "$run/err"
    problems=$((problems + 1))
}

# whole REPEATS: the run has written what it should; standard output repeats at most so many bytes (-: any number).
whole() {
    local repeated name out
    for name in "${same[@]}"; do cmp "$tmp/$name" "$run/$name" || return 1; done
    holds 1 || return 1
    out=$(reference)
    if ! repeated=$("$COVERS" "$out" "$run"/out.*); then
        echo "$repeated"
        return 1
    fi
    [ "$1" = - ] || [ "$repeated" -le "$1" ] || { say "$repeated bytes came twice on standard output"; return 1; }
}

# The file with what must have gone to standard output.
reference() {
    if [ "$program" = transfers ]; then echo "$run/moves"; else example_output; fi
}

# When its files were written, and how large they are.
written() { (cd "$run" && [ ${#outputs[@]} -eq 0 ] || stat -c '%Y %s' "${outputs[@]}"); }

# Started again, it has nothing to do, and says so.
idle() {
    local before
    before=$(written)
    live 0 KILL
    [ "$status" -eq 0 ] && [ -n "$ended" ] && [ ! -s "$run/out.$(printf %04d $lives)" ] &&
        grep -q ': nothing is left to do$' "$run/err" && [ "$before" = "$(written)" ]
}

# ---- the checks ----

# Lives that end at random, some soon after their start, others up to a part of the full time, until enough kills have counted.
check_kills() { # KILLS PERCENT
    local counted=0 killed=0 histories=0 percent=$2 most was_killed before
    problems=0
    while [ $counted -lt "$1" ] && [ $problems -eq 0 ] && [ $histories -lt $((10 + $1)) ]; do
        histories=$((histories + 1))
        begin kills
        was_killed= before=$counted
        while :; do
            most=$((full * percent * (40 + lives) / 4000)) # the processors may be slower now
            if [ $((RANDOM % 5)) -eq 0 ]; then live "$(between 1 20)" KILL; else live "$(between 20 $most)" KILL; fi
            if [ -n "$was_killed" ] && [ $advanced -eq 1 ] && [ -z "$ended" ]; then counted=$((counted + 1)); fi
            was_killed=
            [ "$status" -ne 0 ] || break
            was_killed=1
            killed=$((killed + 1))
            [ $lives -lt 400 ] || { problem "it does not come to an end"; break 2; }
        done
        [ $counted -gt $before ] || percent=$((percent * 2 / 3 + 1)) # or faster
        whole - || { problem "what it has written is not whole"; break; }
        idle || { problem "it has not ended"; break; }
    done
    [ $counted -ge "$1" ] && [ $problems -eq 0 ]
    verdict "$counted kills that count of $killed, in $histories runs with ${partitions[*]} partitions (SEED=$SEED)" $?
}

# A run that is asked to stop says everything once.
check_stop() { # SIGNAL STATUS
    local time=$full
    problems=0 status=0
    while [ "$status" -eq 0 ] && [ $time -gt 20 ]; do # the processors may be faster now
        time=$((time / 2))
        begin stop
        live $time "$1"
    done
    [ "$status" -eq "$2" ] || problem "exit status $status after SIG$1"
    live $((time / 2)) "$1"
    [ "$status" -eq "$2" ] || [ "$status" -eq 0 ] || problem "exit status $status after SIG$1"
    live 0 KILL
    [ $problems -eq 0 ] && whole 0 && idle
    verdict "SIG$1, twice in a run: exit status $2, and nothing comes twice" $?
}

# Lives that are all too short for the whole still come to its end.
check_loop() {
    problems=0
    begin loop
    while live $((full * 4 / 10)) KILL; [ "$status" -ne 0 ] && [ $lives -lt 40 ] && [ $problems -eq 0 ]; do :; done
    [ "$status" -eq 0 ] && [ $problems -eq 0 ] && whole - && idle
    verdict "a run whose lives end after 40 % of its time: $lives lives" $?
}

# The last tenth is not the whole again: by the time of the processor, since others may use it, too.
check_rest() {
    local target pid full_work=$work part
    problems=0
    target=$(($(stat -c %s "$tmp/milestones") * 91 / 100))
    begin rest
    "$tmp/exe" --data "$run/data" --text="$text" --milestones="$run/milestones" --totals="$run/totals" >"$run/out.0000" 2>"$run/err" &
    pid=$!
    until [ "$(stat -c %s "$run/milestones" 2>/dev/null || echo 0)" -ge "$target" ]; do sleep 0.005; done
    kill -KILL $pid
    wait $pid 2>/dev/null
    lives=2
    measure
    part=$((events * 100 / all_events))
    [ $problems -eq 0 ] && [ $part -ge 85 ] && [ $((4 * work)) -lt "$full_work" ] && whole -
    verdict "the rest after $part %: $((work * 100 / full_work)) % of the work of all, $((full * 100 / whole_time)) % of its time" $?
}

# ---- all ----

# What the program reads and writes, and what of it is always the same.
choose_files() {
    sources=("$here/$program.portals")
    if example_files; then
        example_sources
        return
    fi
    inputs=(--text="$text") outputs=(milestones totals)
    case $program in
    constructs)
        awk -v N="$text_lines" -v LINES="$tmp/lines" -v ORDERS="$tmp/orders" -v PRICES="$tmp/prices" -f "$here/inputs.awk" "$text"
        inputs=(--count="$numbers" --text="$tmp/lines" --orders="$tmp/orders" --prices="$tmp/prices")
        outputs=(milestones totals accounts letters cheapest)
        ;;
    transfers) inputs=(--count="$transfers") outputs=(moves refused balances) ;;
    esac
    same=("${outputs[@]}")
    [ "$program" != transfers ] || same=(balances)
}

# prepare PROGRAM: builds it, and lets a run of it write what all others must write.
prepare() {
    program=$1
    choose_files
    "$PORTALS" build "${sources[@]}" -o "$tmp/exe" || exit 1
    startup=$(now)
    "$PORTALS" run "${sources[@]}" --help >"$tmp/help"
    startup=$(($(now) - startup))
    local files=() name
    for name in "${outputs[@]}"; do files+=("--$name=$tmp/$name"); done
    "$tmp/exe" "${inputs[@]}" "${files[@]}" >"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
    begin never
    lives=2 # the next one is the executable, with one partition
    problems=0
    measure
    whole_time=$full
    whole 0 && idle
    verdict "$program: a run that nothing happens to: $whole_time ms" $?
    all_events=$events # as the last start has said
}

# wanted NAME...: ONLY is one of the names, or nothing.
wanted() {
    local name
    [ -n "${ONLY:-}" ] || return 0
    for name in "$@"; do [ "$ONLY" != "$name" ] || return 0; done
    return 1
}

# check_each_kills KILLS PERCENT: so many kills with each number of partitions alone.
check_each_kills() {
    local number numbers=("${partitions[@]}")
    for number in "${numbers[@]}"; do
        partitions=("$number")
        check_kills "$1" "$2"
    done
    partitions=("${numbers[@]}")
}

if wanted count; then
    prepare count
    check_kills "$N" 33
    check_stop TERM 143
    check_stop INT 130
    if [ "$form" = full ]; then
        check_loop
        check_rest
    fi
fi
if [ "$form" = full ] && wanted wide; then
    prepare wide
    check_kills $((N / 4 + 1)) 75 # what it does in the end begins with reading and sorting all of its state
    check_stop TERM 143
fi

options=(--epoch 5)
for name in constructs transfers; do
    wanted $name || continue
    prepare $name
    check_kills "$kills" 50
    [ "$form" = short ] || check_stop TERM 143
done

for name in "${examples[@]}"; do
    wanted "$name" examples "$(example_kind "$name")" || continue
    if [ "$form" = short ] && [ -z "${ONLY:-}" ] && [[ $left_out == *" $name "* ]]; then continue; fi
    prepare "$name"
    if [ -n "${EACH:-}" ]; then check_each_kills "$N" 50; else check_kills "$example_kills" 50; fi
    if [ "$form" = full ]; then
        check_stop TERM 143
        [ "$(example_kind "$name")" != actors ] || check_loop
    fi
done

line="${LABEL:-}crash: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ] && exit
[ "$form" = full ] && name=crash || name=crash-short
echo "  again, with other times: make $name SEED=$SEED"
exit 1
