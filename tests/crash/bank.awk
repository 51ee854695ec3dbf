# bank.awk - reads what there is of the ledger of the bank, and of its balances. An entry is written while both accounts are locked, so
# that the ledger is an order in which the transfers can have been made one after the other: each is made if and only if there is enough
# on the one side, and room on the other. The end of a file may be missing, also in the middle of a line, unless WHOLE is 1: then the
# run has ended, and has all COUNT transfers. Exit status 0, or 1 with a message.
BEGIN {
    FS = ","
    INITIAL = 100
}
function wrong(text) {
    if (!failed) print FILENAME ": " text
    failed = 1
}
function balance(account) {
    if (!(account in money)) money[account] = INITIAL
    return money[account]
}
function take_entry(    possible) {
    if ($1 in seen) wrong("transfer " $1 " comes twice")
    seen[$1] = 1
    possible = balance($2) >= $4 && balance($3) + $4 <= 3 * INITIAL
    if ($5 == "true") {
        if (!possible) wrong("transfer " $1 " cannot be made")
        money[$2] -= $4
        money[$3] += $4
    } else if (possible) wrong("transfer " $1 " could have been made")
    entries++
}
FNR == 1 { next }
FILENAME ~ /ledger$/ && NF == 5 && /(true|false)$/ { take_entry(); next }
FILENAME ~ /balances$/ && NF == 2 && WHOLE {
    if ($2 != balance($1)) wrong("account " $1 " has " $2 " instead of " balance($1))
    total += $2
    accounts++
}
END {
    if (WHOLE) {
        if (entries != COUNT) wrong(entries + 0 " transfers instead of " COUNT)
        if (accounts == 0 || total != accounts * INITIAL) wrong("there is " total + 0 " in " accounts + 0 " accounts")
    }
    exit failed
}
