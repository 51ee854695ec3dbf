# portals graph: the dataflow for Graphviz, and as a picture. L4.17
cd "$TMP" || exit
cat >cart.portals <<'END'
app Cart

record Order { user: Int, price: Float }

param path: String = "orders.csv"

stream log = lines(path)

workflow orders = log |> filter(line => line != "\\ \"none\"") |> map(parse) |> key(order => order.user)

fn parse(line: String) -> Order = Order(line.size(), 1.0)

workflow same = orders

task Sum[T](of: T -> Float): T -> (T, Float) {
  state sum: Float = 0.0
  state seen: List[T] = []

  on event x {
    sum += of(x)
    emit (x, sum)
  }
}

workflow sums(xs: Stream[Order], to: String) -> Stream[Float] =
  xs |> Sum(order => order.price) |> map((_, sum) => sum) |> write(to)

workflow totals {
  let evens = orders |> filter(order => order.user % 2 == 0) |> sums("a \"b\"\\ö.txt")
  let others = from([Order(3, 2.5)])
    |> filter(order =>
      order.user % 2 == 1 && order.price > 100.0 || order.user == 12345)
    |> key(o => o.user)
    |> sums(path)
  union(evens, others) |> Pass
}

task Pass: Float -> Float {
  on event x { emit x }
}
END
cat >shop.portals <<'END'
app Shop

use stream totals: Float = "/Cart/workflows/totals"
use stream log: String = "/Cart/streams/log"

workflow shown = totals |> print
workflow lines = union(log, stdin(), empty()) |> log() |> discard
END
sed -i 's/ |> log()//' shop.portals
cat >wrong.portals <<'END'
workflow shown = totals |> print
END

echo '$ portals graph cart.portals'
"$PORTALS" graph cart.portals
echo '$ portals graph shop.portals cart.portals'
"$PORTALS" graph shop.portals cart.portals
echo '$ portals graph --simple shop.portals cart.portals'
"$PORTALS" graph --simple shop.portals cart.portals
echo '$ portals graph wrong.portals'
"$PORTALS" graph wrong.portals
echo "status $?"

# A cycle, with a sequencer at top level and one in a workflow; splitters. What leads back is dashed.
cat >cycle.portals <<'END'
sequencer numbers: Int

connect from([8]) |> filter(n => n > 0) -> numbers

workflow next = numbers |> key(n => n) |> flat_map(n => if n > 1 { [n / 2] } else { [] })

connect next -> numbers

splitter parts on numbers

splitter negated on numbers |> map(n => -n)

stream small = parts.split(n => n < 3)

workflow counted(from: Stream[Int]) {
  sequencer left: Int
  connect from -> left
  let less = left |> filter(n => n > 0) |> map(n => n - 1)
  connect less -> left
  left
}

workflow main = union(small |> counted, negated.split(n => n > -3)) |> print
END
echo '$ portals graph cycle.portals'
"$PORTALS" graph cycle.portals
echo '$ portals graph --simple cycle.portals'
"$PORTALS" graph --simple cycle.portals

# The text in a file.
"$PORTALS" graph cart.portals -o cart.dot
"$PORTALS" graph cart.portals | cmp - cart.dot
"$PORTALS" graph cart.portals --output=no/where.gv
echo "status $?"

# Without `dot`, and with one.
mkdir bin
PATH=$TMP/bin "$PORTALS" graph cart.portals -o cart.svg
echo "status $?"
cat >bin/dot <<'END'
#!/bin/bash
echo "dot $*"
exec cmp - cart.dot
END
chmod +x bin/dot
PATH=$TMP/bin:$PATH "$PORTALS" graph cart.portals -o cart.pdf
printf '#!/bin/bash\nexit 3\n' >bin/dot
PATH=$TMP/bin:$PATH "$PORTALS" graph cart.portals -o cart.pdf
echo "status $?"
rm bin/dot

# Graphviz reads it without a word, where it is installed.
for file in cart.portals cycle.portals 'shop.portals cart.portals' '--simple shop.portals cart.portals'; do
    ! command -v dot >/dev/null || "$PORTALS" graph $file -o graph.svg
done
