# Shared objects for programs in C. M1.1 M1.2
cd "$TMP"
try() {
    echo "\$ $*" | sed "s|$PORTALS|portals|"
    "$@" 2>&1 | sed "s|$PORTALS|portals|"
    echo "status ${PIPESTATUS[0]}"
}
cat >prices.portals <<'END'
app Prices
portal price_of: String -> Int key item => item
task Prices: (String, Int) -> Never key item: String replies price_of {
  state price: Int = 0
  on event (_, p) { price = p }
  on ask _ { reply price }
}
stream prices: (String, Int) = inbox()
workflow known = prices |> key((item, _) => item) |> Prices
END
try "$PORTALS" build --shared prices.portals
try "$PORTALS" build --shared -o libprices.so
try "$PORTALS" build --shared prices.portals -o no/such/directory/libprices.so
try "$PORTALS" build --shared prices.portals -o libprices.so
nm -D --defined-only libprices.so | sed 's/.* //'
readelf -d libprices.so | grep -o 'libportals[.a-z0-9]*'
ls
