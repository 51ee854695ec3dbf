# L25.1, L25.2, L25.5: inboxes and outboxes belong to a program that embeds this one. L25.6: what is added so that portals can be
# asked. L25.4: names of several applications.
cd "$TMP" || exit
cat >shop.portals <<'END'
app Shop
record Order { item: Int, price: Int }
enum Result { Mine }
fn key(n: Int) -> Int = n
stream orders: Order = inbox()
portal stock: Int -> Int key item => item
portal unused: Int -> Int
task Stock: Never -> Never replies stock {
  state left: Int = 3
  on ask _ {
    left -= 1
    reply left
  }
}
workflow stocks = empty() |> Stock
workflow sold = inbox[Int]() |> outbox
workflow known = orders |> outbox
END
"$PORTALS" check shop.portals && echo fine
"$PORTALS" run shop.portals
echo "status $?"
"$PORTALS" run shop.portals --data=kept
echo "status $?"
ls
"$PORTALS" build shop.portals -o shop && ./shop
echo "status $?"
./shop --version
"$PORTALS" graph shop.portals | grep -c box
"$PORTALS" check --dump=topology shop.portals | grep '^stream'
"$PORTALS" check --outside --dump=topology shop.portals | grep '^stream'
cat >cart.portals <<'END'
app Cart
stream events: Int = inbox()
workflow all = events |> outbox
END
"$PORTALS" run shop.portals cart.portals
"$PORTALS" check --outside --dump=topology shop.portals cart.portals | grep '^stream'
