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
# A type that is too large with what is added only: that is said, also if there is something else to say.
cat >large.portals <<END
portal p: Int -> ($(printf 'Int, %.0s' $(seq 1990))Int)
task T: Int -> Int replies p {
  on event e {
    e * 2
    emit e
  }
  on ask _ { fail "none" }
}
workflow w = range(0, 3) |> T
END
"$PORTALS" check large.portals 2>&1 | grep -E '^(error|warning)'
"$PORTALS" check --outside large.portals 2>&1 | grep -E '^(error|warning)'
