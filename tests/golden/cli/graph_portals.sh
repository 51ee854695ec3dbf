# Portals of one application that another one asks: what becomes of them, and their picture. L22.5 L22.6 L22.14 L22.15 L22.16 L22.17 L22.18
cd "$TMP" || exit
cat >store.portals <<'END'
app Store

enum Req { Get(item: Int), Put(item: Int) }
enum Rep { Taken, SoldOut, Stored(stock: Int) }

portal stock: Req -> Rep key req => req.item

use portal audit: (String, Int) -> () = "/Shop/portals/audit"

task Inventory: Never -> Never asks audit replies stock {
  state n: Int = 0

  on ask Get(_) {
    if n > 0 {
      n -= 1
      reply Taken
    } else {
      ask audit(("sold out", 1))
      reply SoldOut
    }
  }
  on ask Put(_) {
    n += 1
    reply Stored(n)
  }
}

workflow stocks = empty() |> Inventory
END
cat >shop.portals <<'END'
app Shop

enum Req { Get(item: Int), Put(item: Int) }
enum Rep { Taken, SoldOut, Stored(stock: Int) }

use portal inventory: Req -> Rep = "/Store/portals/stock"

portal audit: (String, Int) -> () key (what, _) => what

portal unasked: List[(String, Int)] -> Option[List[Map[String, Int]]]

exclusive task Cart(stock: Portal[Req, Rep], notes: Portal[(String, Int), ()]): Int -> Int asks stock, notes {
  on event item {
    ask notes(("wanted", item))
    match await ask stock(Get(item)) {
      Taken => emit item
      _ => ()
    }
  }
}

task Audit: Never -> (String, Int) replies audit {
  state sum: Int = 0

  on ask (what, n) {
    sum += n
    emit (what, sum)
    reply ()
  }
}

task Fill(count: Int = 1): Int -> Int asks inventory {
  on event item {
    for _ in 0..count { ask inventory(Put(item)) }
    emit item
  }
}

workflow shopping(xs: Stream[Int], stock: Portal[Req, Rep]) -> Stream[Int] = xs |> key(n => n) |> Cart(stock, audit)

workflow orders = union(range(0, 9) |> shopping(inventory), range(0, 5) |> shopping(inventory)) |> Fill |> print

workflow audits = empty() |> Audit |> write("audit.txt")
END

echo '$ portals check --dump=topology shop.portals store.portals'
"$PORTALS" check --dump=topology shop.portals store.portals
echo '$ portals check --dump=topology store.portals shop.portals'
"$PORTALS" check --dump=topology store.portals shop.portals | cmp - <("$PORTALS" check --dump=topology shop.portals store.portals)
echo '$ portals graph shop.portals store.portals'
"$PORTALS" graph shop.portals store.portals
echo '$ portals graph --simple shop.portals store.portals'
"$PORTALS" graph --simple shop.portals store.portals

# Graphviz reads it without a word, where it is installed.
for options in '' --simple; do
    ! command -v dot >/dev/null || "$PORTALS" graph $options shop.portals store.portals -o graph.svg
done
