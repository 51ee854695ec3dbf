# inputs.awk - reads N lines of any text, and makes what constructs.portals reads: the lines (variable LINES), orders in JSON (ORDERS)
# and prices in CSV (PRICES). Some of it is no JSON, no record, or no number.
BEGIN { print "until,price,item,remark" > PRICES }
NR > N { exit }
{
    print > LINES
    note = $0
    gsub(/[^A-Za-z ]/, "", note)
    if (NR % 401 == 3) print "{\"id\": " NR > ORDERS
    else if (NR % 397 == 5) print "{\"id\": " NR ", \"user\": \"nobody\", \"amount\": \"much\"}" > ORDERS
    else printf "{\"amount\": %d, \"id\": %d, %s\"user\": \"u%d\", \"other\": [%d, null]}\n", NR * 7919 % 1000, NR, NR % 3 ? "" : "\"note\": \"" substr(note, 1, 30) "\", ", NR * NR % 23, NR > ORDERS
    if (NR % 389 == 9) print "3s,expensive,a thing," > PRICES
    else printf "%s,%d.%d,\"%s\",%s\n", NR % 4 ? "" : NR % 90 "ms", NR * 7907 % 1000, NR % 10, NR % 5 ? "item, " NR % 300 : "item\n\"\"" NR % 300 "\"\"", note > PRICES
}
