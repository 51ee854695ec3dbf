# Code that crashes ends the process. A durable run goes on, as after any crash; what is charged with a key is charged once. L24.7.2 L24.9.1 L24.9.2 L24.9.3
flock examples/foreign make -s -C examples/foreign || exit
cat >"$TMP/program.portals" <<'END'
extern "libc.so.6" fn abort()
extern "examples/foreign/libcharges.so" fn charge(path: String, key: String, amount: Int) -> Int
param charged: String
param crash: Int = -1
param refuse: Int = -1

task Charge: Int -> String {
  on event n {
    if n == refuse { fail "the service cannot be reached" }
    let receipt = charge(charged, effect_key(), 10 * n)
    if n == crash { abort() }
    emit "{n}: receipt {receipt}"
  }
}

sequencer orders: Int
connect early -> orders
connect late -> orders
stream early = range(1, 4, atom: 1)
stream late = range(7, 10, atom: 2)
workflow paid = orders |> Charge |> write("@TMP@/paid")
END
sed -i "s|@TMP@|$TMP|" "$TMP/program.portals"
"$PORTALS" build "$TMP/program.portals" -o "$TMP/program" || exit
run() { { "$@" --data="$TMP/data" --charged="$TMP/charged" 2>&1; echo "status $?"; } 2>/dev/null | sed -E "s|$TMP/||; s/epoch [0-9]+, [0-9]+ events?/epoch E/"; }
run "$TMP/program" --crash=2
run "$PORTALS" run "$TMP/program.portals" --crash=3 --partitions=2
run "$TMP/program" --refuse=9
run "$TMP/program"
cut -d' ' -f2- "$TMP/charged" | sort
sort "$TMP/paid"
cut -d' ' -f1 "$TMP/charged" | sort -u | wc -l
