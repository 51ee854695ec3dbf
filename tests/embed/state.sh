#!/bin/bash
# What two instances could share, and what would end the host's process: nothing in the library may be written to but what is named
# here, and nothing may call exit or abort. Usage: tests/embed/state.sh BUILD
set -uo pipefail
library=$1/libportals.so
failed=0

# Sections that can be written to once the library is loaded; constants with addresses in them are not (.data.rel.ro).
writable=$(readelf -SW "$library" | sed -n 's/^ *\[ *[0-9]*\] \(\.[^ ]*\) .*/\1/p' | grep -nxE '\.data|\.bss|\.tbss|\.tdata' | cut -d: -f2)
# caught_signal: of the real system of a process of its own (env_real.c), which the library does not use. Of a thread: `here`, `locks`
# and `lock_count` (exhausted.c), where it goes without memory; `limit.0` (env_system.c), where its stack ends.
known='^(caught_signal|completed\.0|__TMC_END__|__dso_handle|here|locks|lock_count|limit\.0)$'
while read -r symbol; do
    echo "  $symbol can be written to"
    failed=1
done < <(objdump -t "$library" | awk 'NF >= 5 && $(NF - 2) ~ /^\.(data|bss|tbss|tdata)$/ && $NF !~ /^\./ { print $NF }' | grep -vE "$known")
[ -n "$writable" ] || { echo "  $library has no sections?"; failed=1; }

# Who calls what ends a process: exhausted.c, for threads that have no handler, and assertions that fail.
for object in "$1"/vm/*.o "$1"/base/{arena,buf,exhausted,hash}.o; do
    case $object in */inspect*.o) continue ;; esac
    if nm -u "$object" | grep -qwE 'exit|abort|_exit|quick_exit|printf|puts|putchar|stdout'; then
        [ "$(basename "$object")" = exhausted.o ] && continue
        echo "  $object: $(nm -u "$object" | grep -wE 'exit|abort|_exit|quick_exit|printf|puts|putchar|stdout' | tr -s ' ' | tr '\n' ' ')"
        failed=1
    fi
done

# Only portals.h and what compiled programs call can be seen. M1.3
nm -D --defined-only "$library" | awk '$2 ~ /[A-Z]/ && $3 !~ /^(portals_|pt_)/ { print "  " $3 " can be seen"; bad = 1 } END { exit bad }' || failed=1
# The same of a program: M1.1
nm -D --defined-only "$1/embed/libeverything.so" | awk '$3 != "pt_program" { print "  " $3 " can be seen"; bad = 1 } END { exit bad }' || failed=1
exit $failed
