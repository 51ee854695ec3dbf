# A run in which what still waits will wait for ever says who waits for whom, and says it again when it is started again; a mended
# program goes on. S12.32 S12.33 S12.34
cat >"$TMP/stuck.portals" <<'END'
app Main

portal cart: Int -> Int key n => n
portal stock: Int -> Int key n => n

exclusive task Cart: Int -> String key n: Int asks stock replies cart {
  on event n {
    emit "begins {n}"
    let left = await ask stock(n % 10)
    emit "never {left}"
  }
  on ask n { reply n }
  on end { emit "never" }
}

workflow carts = from([3]) |> key(n => n) |> Cart |> print

exclusive task Stock: Never -> Never asks cart replies stock {
  on ask n { reply await ask cart(n) }
}

workflow stocks = empty() |> Stock
END
for partitions in 1 3; do
    "$PORTALS" run "$TMP/stuck.portals" --partitions $partitions 2>&1 | sed '1,/help:/d'
    echo "status ${PIPESTATUS[0]}"
done

cat >"$TMP/gate.portals" <<'END'
task Gate: Int -> String key n: Int {
  state ended: Bool = false
  on event n {
    let p = promise[Int]()
    emit "{n} waits"
    emit "{n} has {await p.future()}"
  }
  on end { emit "{n} ends" }
}
workflow gates = range(0, 12, atom: 5) |> key(n => n % 4) |> Gate |> print
END
for life in 1 2; do
    echo "life $life"
    "$PORTALS" run "$TMP/gate.portals" --data "$TMP/data" --epoch 1000000 2>&1
    echo "status $?"
done
