# actor_bank.awk - reads what there is of the ledger of the bank of actors. Each transfer comes to one end, and is the one that it should
# be; the last line of a file may be missing in part, unless WHOLE is 1: then the run has ended, all COUNT transfers are there, and with
# those that were made nobody has less than nothing. There is no most: what is refused comes back to accounts that have got other
# money meanwhile. Exit status 0, or 1 with a message.
BEGIN {
    FS = ","
    INITIAL = 100
}
function wrong(text) {
    if (!failed) print FILENAME ": " text
    failed = 1
}
FNR == 1 { next }
NF == 5 && /(true|false)$/ {
    if ($1 in seen) wrong("transfer " $1 " comes twice")
    seen[$1] = 1
    from = $1 * 7919 % ACCOUNTS
    to = (from + 1 + $1 * 104729 % (ACCOUNTS - 1)) % ACCOUNTS
    amount = $1 * 31 % 40 + 1
    if ($2 != from || $3 != to || $4 != amount) wrong("transfer " $1 " is another one")
    if ($5 == "true") {
        gain[from] -= amount
        gain[to] += amount
    }
    entries++
}
END {
    if (WHOLE) {
        if (entries != COUNT) wrong(entries + 0 " transfers instead of " COUNT)
        for (account in gain)
            if (gain[account] < -INITIAL) wrong("account " account " has " INITIAL + gain[account])
    }
    exit failed
}
