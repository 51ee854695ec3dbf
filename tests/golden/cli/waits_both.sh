# What waits in a directory of `portals run` goes on in the executable of the same source, and the other way round: replies, places in
# the queues of exclusive keys, and timers. S13.1 S13.2
source tests/golden/cli/waits.inc
sed -e 's/    let name = checked(order, 100)/    await sleep(300.ms)\n&/' -e 's/^exclusive task Orders.*/&\n  state naps: List[Future[()]] = []/' \
    -e 's/    let number = count/&\n    naps = naps.append(sleep(350.ms))/' -e 's/^    emit "{order.id}/    await naps\n&/' \
    -i "$TMP/shop.portals"
"$PORTALS" build "$TMP/shop.portals" -o "$TMP/shop"

# live COMMAND... BAD
live() {
    local bad=${*: -1}
    "${@:1:$#-1}" --text="$TMP/in.txt" --out="$TMP/out.txt" --data "$TMP/data" --epoch 1000000 --bad="$bad" 2>&1 | sed "s|$TMP/||g"
}
command() { live "$PORTALS" run "$TMP/shop.portals" "$1"; }
executable() { live "$TMP/shop" "$1"; }

# both FIRST SECOND
both() {
    rm -rf "$TMP/data" "$TMP/out.txt"
    echo "# $1, then $2"
    "$1" bad
    inspect | sed 's/until .*/until .../' | grep -A99 ' waiting:'
    "$2" "sign a cid" >"$TMP/quiet"
    "$1" "" >"$TMP/quiet"
    sort "$TMP/out.txt" >"$TMP/out.$1"
}
both command executable
both executable command
cmp "$TMP/out.command" "$TMP/out.executable" && cat "$TMP/out.command"
