# What waits in a directory of `portals run` goes on in the executable of the same source, and the other way round: replies, places in
# the queues of exclusive keys, and timers. S13.1 S13.2
source tests/golden/cli/waits.inc
sed -e 's/    let name = checked(order, 100)/    await sleep(pause)\n&/' -e 's/^exclusive task Orders.*/&\n  state naps: List[Future[()]] = []/' \
    -e 's/    let number = count/&\n    naps = naps.append(sleep(pause + 1.ms))/' -e 's/^    emit "{order.id}/    await naps\n&/' \
    -e 's/^param bad.*/&\nparam pause: Duration/' -i "$TMP/shop.portals"
"$PORTALS" build "$TMP/shop.portals" -o "$TMP/shop"

# live COMMAND... BAD PAUSE: what is to wait in the directory waits so long that it does on a slow machine, too.
live() {
    local bad=${*: -2:1} pause=${*: -1}
    "${@:1:$#-2}" --text="$TMP/in.txt" --out="$TMP/out.txt" --data "$TMP/data" --epoch 1000000 --bad="$bad" --pause="$pause" 2>&1 | sed "s|$TMP/||g"
}
command() { live "$PORTALS" run "$TMP/shop.portals" "$@"; }
executable() { live "$TMP/shop" "$@"; }

# both FIRST SECOND
both() {
    rm -rf "$TMP/data" "$TMP/out.txt"
    echo "# $1, then $2"
    "$1" bad 6s
    inspect | sed 's/until .*/until .../' | grep -A99 ' waiting:'
    "$2" "sign a cid" 1ms >"$TMP/quiet"
    "$1" "" 1ms >"$TMP/quiet"
    sort "$TMP/out.txt" >"$TMP/out.$1"
}
both command executable
both executable command
cmp "$TMP/out.command" "$TMP/out.executable" && cat "$TMP/out.command"
