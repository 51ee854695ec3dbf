# cart.awk - reads the operations (cart_operations.awk), then what there is of the files orders and left of the shopping cart. The end of
# a file may be missing, also in the middle of a line, unless WHOLE is 1: then the run has ended. Nothing is sold that was not
# delivered, and to nobody who has not taken it; in the end, what was sold and what is left is what was delivered. Exit status 0, or
# 1 with a message.
function wrong(text) {
    if (!failed) print FILENAME ": " text
    failed = 1
}
function take_operation() {
    gsub(/[^A-Za-z0-9 ]/, "")
    if ($1 == "Deliver") delivered[$3]++
    else if ($1 == "AddToCart") wanted[$3, $5]++
    else if ($1 == "Checkout") checkouts[$3]++
}
function take_order(line,    part, n, i, user) {
    if (line !~ /^\{"user": [0-9]+, "items": \[[0-9, ]*\]\}$/) { if (WHOLE) wrong("a broken line: " line); return }
    gsub(/[^0-9]+/, " ", line)
    n = split(line, part, " ")
    user = part[1]
    if (++orders[user] > checkouts[user]) wrong("user " user " has ordered too often")
    for (i = 2; i <= n; i++) {
        if (++sold[part[i]] > delivered[part[i]]) wrong("item " part[i] " is oversold")
        if (++got[user, part[i]] > wanted[user, part[i]]) wrong("user " user " gets an item " part[i] " too many")
    }
}
function take_left(line,    part) {
    if (line == "item,stock" || line !~ /^[0-9]+,[0-9]+$/) return
    split(line, part, ",")
    if (part[1] in left) wrong("item " part[1] " is counted twice")
    left[part[1]] = part[2]
}
FNR == 1 { file++ }
file == 1 { take_operation(); next }
FILENAME ~ /orders$/ { take_order($0) }
FILENAME ~ /left$/ { take_left($0) }
END {
    if (WHOLE) {
        for (user in checkouts) if (orders[user] != checkouts[user]) wrong("user " user " has " orders[user] + 0 " orders of " checkouts[user])
        for (item in delivered)
            if (sold[item] + left[item] != delivered[item])
                wrong("item " item ": " delivered[item] " delivered, " sold[item] + 0 " sold, " left[item] + 0 " left")
    }
    exit failed
}
