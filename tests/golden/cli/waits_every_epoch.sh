# A step, an epoch: programs that wait put out the same, whichever epoch it is behind which they are killed, and also if each
# of their lives is short. S13.1 S13.3
golden=tests/golden/run
cc -shared -fPIC -o "$TMP/stop_at.so" tests/golden/cli/stop_at.c

# live NAME STOP_AT
live() { STOP_AT=$2 LD_PRELOAD=$TMP/stop_at.so "$TMP/$1" --data "$TMP/data" --epoch 1 >>"$TMP/out" 2>>"$TMP/err"; }

# What workflows put out next to each other comes in an order that is open.
compare() { cmp -s <(sort "$TMP/out") <(sort "$golden/$1.out") || { echo "$1: other output, $2"; diff "$TMP/out" "$golden/$1.out"; }; }

for name in ask_exclusive ask_itself ask_nested ask_several ask_spawn await_any await_promise await_within; do
    "$PORTALS" build "$golden/$name.portals" -o "$TMP/$name" 2>&1
    killed=0 status=137
    for ((at = 1; status == 137; at++)); do
        rm -rf "$TMP/data" "$TMP/out"
        { live $name $at; } 2>"$TMP/quiet"
        status=$?
        [ $status -ne 137 ] || { killed=$((killed + 1)) && live $name 0; }
        compare $name "killed at $at"
    done
    [ $killed -ge 5 ] || echo "$name: too few epochs"
    rm -rf "$TMP/data" "$TMP/out"
    for ((lives = 1; lives < 40; lives++)); do
        { live $name 4 && break; } 2>"$TMP/quiet"
    done
    [ $lives -gt 1 ] && [ $lives -lt 40 ] || echo "$name: it had $lives lives"
    compare $name "killed again and again"
    echo "$name"
done
