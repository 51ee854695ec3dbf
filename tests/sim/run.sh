#!/bin/bash
# Runs a campaign of the simulation, and lists where in the VM the runs crashed: each call of the system in the sources below, and of the
# functions that only pass it on, must have been a crash point once, but for those in tests/sim/unreachable. Appends `sim: N passed, N failed` to the file $COUNTS, or prints it.
# With EVERY, also damages stopped runs in one of so many ways.
# Usage: tests/sim/run.sh SIM SEED N [EVERY]
set -uo pipefail
sim=$1 seed=$2 count=$3 every=${4:-}
ENOUGH=10000 # schedules that must have met every call
sources=(vm/store_*.c vm/sink*.c vm/epoch.c vm/recover*.c vm/feed*.c vm/entry.c vm/spill.c vm/skip.c)
system='open|close|stat|resize|allocate|sync|read|read_at|write|write_at|map|lock|make_directory|list|rename|remove|sync_directory'
passing='store_(open_file|close_file|list|write|sync_file|allocate|size|rename|remove|sync_directory)|(read|write)_all(_at)?|read_exactly_at|sync_directory_of'
calls="env->($system)\\(|(^|[^a-z_>])($passing)\\("

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$sim" --seed="$seed" --count="$count" --jobs="$(nproc)" --sites="$work/sites" >"$work/report"
status=$?
grep -v '^sim: ' "$work/report"
line=$(grep '^sim: ' "$work/report" || echo "sim: 0 passed, 1 failed")

# file:line of each address, with all functions that are inlined there. Of what only passes a call on, the caller counts, too.
resolve() {
    cut -d' ' -f"$1" "$work/sites" | addr2line -i -a -e "$sim" | sed -E "s|^$PWD/||; s| \(discriminator .*||" |
        awk '/^0x/ { if (NR > 1) print line; line = ""; next } { line = line "," $0 } END { print line }'
}
paste -d' ' <(resolve 1) <(resolve 2) "$work/sites" | awk '
    {
        split("", seen); count = split($1 $2, at, ",")
        for (i = 1; i <= count; i++) if (at[i] != "" && !seen[at[i]]++) { steps[at[i]] += $5; crashes[at[i]] += $6 }
    }
    END { for (place in steps) print place, steps[place], crashes[place] }' >"$work/met"
grep -nE "$calls" "${sources[@]}" | sed -E 's/^([^:]*:[0-9]+):[ ]*/\1 /' | grep -vE '^[^ ]* (static )?[a-zA-Z0-9_]+ \*?[a-z_0-9]+\([^()]*\) \{$' |
    grep -vE '^[^ ]* //' >"$work/calls"

list=$(dirname "$sim")/sites
awk -v unreachable=tests/sim/unreachable -v often=1000 '
    FILENAME == unreachable { if ($0 !~ /^#/ && NF) { split($0, part, " *\\| *"); excused[part[1]] = part[2] } next }
    FILENAME ~ /met$/ { steps[$1] = $2; crashes[$1] = $3; next }
    {
        at = $1; text = substr($0, length(at) + 2); file = at; sub(/:.*/, "", file)
        printf "%-28s %9d %7d  %s\n", at, steps[at], crashes[at], text
        total++
        if (crashes[at]) next
        why = ""
        for (key in excused) if (index(file " " text, key) == 1) why = excused[key]
        if (!why && steps[at] > 0 && steps[at] < often) why = "made too seldom to be met by chance"
        if (why) { excuses++; print "  excused: " why } else { missing++; print "  MISSING" }
    }
    END { printf "%d calls of the system, %d never a crash point", total, missing + excuses; if (excuses) printf " (%d of them excused)", excuses; print "" }
' tests/sim/unreachable "$work/met" "$work/calls" >"$list"
tail -1 "$list"
echo "where runs crashed, and how often: $list"
if [ "$count" -ge "$ENOUGH" ] && grep -q '^  MISSING' "$list"; then
    grep -B1 '^  MISSING' "$list"
    status=1
fi

tell() {
    if [ -n "${COUNTS:-}" ]; then echo "${LABEL:-}$1" >>"$COUNTS"; else echo "${LABEL:-}$1"; fi
}

tell "$line"
if [ -n "$every" ]; then
    "$sim" --damage="$every" --jobs="$(nproc)" >"$work/damage" || status=1
    grep -v '^damage: ' "$work/damage"
    tell "$(grep '^damage: ' "$work/damage" || echo "damage: 0 passed, 1 failed")"
fi
exit $status
