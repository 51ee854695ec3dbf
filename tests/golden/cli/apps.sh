# Several applications: their params, their data directory, and one that is run without the others. L4.16 L4.17 L11.11.2 L14.7
# S11.10
cd "$TMP" || exit
cat >cart.portals <<'END'
app Cart

/// How many orders there are.
param count: Int = 4

/// What the number of an order begins with.
param first: Int = 0

workflow orders = range(first, first + count, atom: 2)
END
cat >shop.portals <<'END'
app Shop

use stream orders: Int = "/Cart/workflows/orders"

param first: Int = 100

workflow totals = orders |> key(n => n % 2) |> Total |> print

task Total: Int -> Int {
  state sum: Int = first

  on event n {
    sum += n
    emit sum
  }
}

test "alone" { assert first == 100 }
END
try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1 | sed "s/epoch [0-9]*/epoch N/"
    status=${PIPESTATUS[0]}
    [ $status -eq 0 ] || echo "status $status"
    echo
}

# The order of the files means nothing; a param is called by its application where others have one of its name.
try run shop.portals cart.portals
try run cart.portals shop.portals --count=2
try run cart.portals shop.portals --Cart.count=2 --Cart.first 10 --Shop.first=200
try run cart.portals shop.portals --first=2
try run cart.portals shop.portals --Shop.count=2
try run cart.portals shop.portals --cuont=2
try run cart.portals shop.portals --Cart.count=two
try run cart.portals --Cart.count=2
try run cart.portals --Cart.count=two
"$PORTALS" run cart.portals shop.portals --help | sed -n '1,/^Options/p'
try run cart.portals shop.portals --version
try build cart.portals shop.portals -o both
./both --Shop.first=5 --count=1

# Without the other application there is no stream; its tests need none.
try run shop.portals
try check shop.portals
try test shop.portals
try run shop.portals nowhere.portals
try run shop.portals cart.portals --count=1 cart.portals

# A data directory belongs to all of them.
try run shop.portals cart.portals --data both.data
try run cart.portals shop.portals --data both.data
try inspect both.data
try inspect both.data --task Shop.Total --limit 1
try run cart.portals --data both.data

# Events of another application wait in the data directory, and come back from it, as do states that are made of them.
cat >maker.portals <<'END'
app Maker

record Order { id: Int, tags: List[Tag] }
enum Tag { Plain, Named(name: String, next: Tag) }

workflow orders = range(0, 6, atom: 1)
  |> map(n => Order(n, [Plain, Named("n{n}", Plain)]))
  |> key(o => Key(o.id % 2, [Named("k", Plain)]))

record Key { n: Int, tags: List[Tag] }
END
cat >taker.portals <<'END'
app Taker

enum Tag { Plain, Named(name: String, next: Tag) }
record Order { id: Int, tags: List[Tag] }
record Key { n: Int, tags: List[Tag] }

use stream orders: Order = "/Maker/workflows/orders"

param until: Int = 100

task Keep: Order -> List[Order] key key: Key {
  state kept: List[Order] = []

  on event order {
    if order.id == until { fail "not yet" }
    kept = [order, ..kept]
    emit kept
  }
}

workflow shown = orders |> Keep |> print
END
for until in 3 4; do try run maker.portals taker.portals --data kept.data --until=$until; done
try inspect kept.data
try run taker.portals maker.portals --data kept.data --partitions 2

# Nor does what is compiled depend on the order of the files.
cmp <("$PORTALS" check --dump=core shop.portals cart.portals) <("$PORTALS" check --dump=core cart.portals shop.portals)
