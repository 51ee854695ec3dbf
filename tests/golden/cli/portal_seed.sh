# With one partition and a seed, requests, replies and events are taken in one order, the same in each run. S12.27
cat >"$TMP/order.portals" <<'END'
portal echo: Int -> Int key n => n % 3
task Echo: Int -> Int replies echo {
  state events: Int = 0
  on event _ { events += 1 }
  on ask n { reply n * 100 + events }
}
workflow echoes = range(0, 40, atom: 2) |> key(n => n % 3) |> Echo
task Asker: Int -> Int asks echo {
  on event n { emit await ask echo(n) }
}
workflow one = range(0, 20, atom: 2) |> key(n => n) |> Asker |> print
workflow two = range(20, 40, atom: 3) |> key(n => n) |> Asker |> print
END
for seed in 1 2 3 4 5 6; do
    "$PORTALS" run "$TMP/order.portals" --seed $seed >"$TMP/order.$seed"
    "$PORTALS" run "$TMP/order.portals" --seed $seed | cmp - "$TMP/order.$seed" && echo "seed $seed: $(wc -l <"$TMP/order.$seed") lines"
done
orders=$(cksum <"$TMP/order.1"; for seed in 2 3 4 5 6; do cksum <"$TMP/order.$seed"; done)
[ "$(sort -u <<<"$orders" | wc -l)" -gt 1 ] && echo "other seeds, other orders"
