# The examples under the kill test: what they read and write there, and what must hold of it. `run.sh` sources this.
#
# Most put out the same bytes whatever happens. In some the order is open (who gets the last item, which transfer finds too little
# money, who decides in time): a script says whether what is there can be right, after each life.

examples=(portal_word_count ping_pong fibonacci fan_out rate_limiter bank approval shopping_cart charges
    actor_counting actor_ping_pong actor_fibonacci actor_thread_ring actor_dining_philosophers actor_sieve actor_chameneos actor_bank
    actor_concurrent_dictionary actor_chat_room actor_worker_pool)

# Those that the short form leaves out, unless ONLY names them.
left_out=" actor_counting actor_ping_pong actor_thread_ring actor_dining_philosophers actor_sieve actor_chameneos actor_concurrent_dictionary "

# example_kind NAME: what it is an example of.
example_kind() { case $1 in actor_*) echo actors ;; *) echo portals ;; esac; }

# example_sources: the program, and the files of other applications that run with it.
example_sources() {
    local base=examples/$program/$program file
    [ "$program" != charges ] || base=examples/foreign/charges
    sources=("$base.portals")
    [ -e "$base.apps" ] || return 0
    while read -r file; do sources+=("examples/$program/$file"); done <"$base.apps"
}

# example_files: sets inputs, outputs, same and size for $program, which is an example; fails if it is none.
example_files() {
    local small=1 name
    [ "$form" = short ] || small=3
    inputs=() outputs=() same=()
    case $program in
    portal_word_count)
        head -n $((20000 * small)) "$text" >"$tmp/lines"
        inputs=(--text="$tmp/lines")
        ;;
    ping_pong) inputs=(--rounds=$((12000 * small)) --games=20) ;;
    fibonacci) inputs=(--n=$((20 + small))) ;;
    fan_out) inputs=(--numbers=$((600000 * small)) --shards=10) ;;
    rate_limiter) inputs=(--calls=$((2500 * small)) --burst=100 --period=30ms) ;;
    bank)
        size=$((6000 * small))
        inputs=(--transfers=$size --accounts=40)
        outputs=(ledger balances)
        ;;
    approval)
        awk -v N=$((4000 * small)) -f "$here/approval_steps.awk" >"$tmp/steps"
        inputs=(--steps="$tmp/steps" --patience=250ms)
        ;;
    shopping_cart)
        awk -v N=$((30000 * small)) -v SEED="$SEED" -f "$here/cart_operations.awk" >"$tmp/operations"
        inputs=(--operations="$tmp/operations" --top=20)
        outputs=(orders left)
        ;;
    actor_counting) inputs=(--n=$((1000000 * small))) ;;
    actor_ping_pong) inputs=(--rounds=$((4000 * small)) --games=20) ;;
    actor_fibonacci) inputs=(--n=$((21 + small))) ;;
    actor_thread_ring) inputs=(--passes=$((60000 * small))) ;;
    actor_dining_philosophers) inputs=(--philosophers=20 --meals=$((20 * small))) ;;
    actor_sieve) inputs=(--limit=$((6000 * small))) ;;
    actor_chameneos) inputs=(--meetings=$((6000 * small))) ;;
    actor_bank)
        size=$((60000 * small))
        inputs=(--transfers=$size --accounts=40)
        outputs=(ledger)
        ;;
    actor_concurrent_dictionary) inputs=(--requests=$((3000 * small))) ;;
    actor_chat_room)
        for name in residents visits; do
            awk -v N=60 -v LINES=$((100 * small)) -v HOUSE="${name:0:1}" -f "$here/chat_lines.awk" >"$tmp/$name"
            inputs+=("--$name=$tmp/$name")
        done
        inputs+=(--idle=10m --patience=10m)
        ;;
    actor_worker_pool) inputs=(--jobs=$((10000 * small))) ;;
    charges) # what the service has done is no file of the program, but must not be forgotten either
        MAKEFLAGS='' flock examples/foreign make -s -C examples/foreign
        size=$((400 * small))
        inputs=(--orders=$size)
        outputs=(charged receipts)
        ;;
    *) return 1 ;;
    esac
}

# example_holds WHOLE: what is there so far can be right; 1 if the run has ended. Other programs: yes.
example_holds() {
    case $program in
    bank) awk -v WHOLE="$1" -v COUNT=$size -f "$here/bank.awk" $(there ledger balances) ;;
    shopping_cart) awk -v WHOLE="$1" -f "$here/cart.awk" "$tmp/operations" $(there orders left) ;;
    actor_bank) awk -v WHOLE="$1" -v COUNT=$size -v ACCOUNTS=40 -f "$here/actor_bank.awk" $(there ledger) ;;
    charges) [ "$1$(there receipts)" = 0 ] || awk -v WHOLE="$1" -v COUNT=$((2 * size)) -f "$here/charges.awk" "$run/charged" "$run/receipts" ;;
    approval) [ "$1" -eq 0 ] || cat "$run"/out.* | sort -u | awk -f "$here/approval.awk" "$tmp/steps" - ;;
    esac
}

# The files of the run among these that there are.
there() {
    local name
    for name in "$@"; do [ ! -s "$run/$name" ] || echo "$run/$name"; done
}

# example_output: the file with what must have gone to standard output.
example_output() {
    case $program in
    approval) # once the end of a run has begun, it is what it is
        awk '!seen[$0]++' "$run"/out.* >"$tmp/ended"
        echo "$tmp/ended"
        ;;
    shopping_cart)
        awk -f "$here/cart_best.awk" "$run/orders" | sort -k1,1nr -k2,2n | head -n 20 | awk '{ print "item " $2 ": " $1 " sold" }' >"$tmp/best"
        echo "$tmp/best"
        ;;
    actor_worker_pool) # which workers fail, and so how many are hired, is open
        { head -n 2 "$tmp/out"; awk '/^[0-9]+ workers were hired$/ { last = $0 } END { print last }' "$run"/out.*; } >"$tmp/ended"
        echo "$tmp/ended"
        ;;
    *) echo "$tmp/out" ;;
    esac
}
