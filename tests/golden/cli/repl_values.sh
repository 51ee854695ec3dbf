# Expressions at the prompt: their values and types, statements, `it`, errors. R1.1 R1.2 R1.3 R1.4 R1.10
cd "$TMP"
"$PORTALS" repl 2>&1 <<'END'
1 + 2
it * 10
"a {it} b"
[1, 2].map(x => x * 2)
(1, "x", 2.5)
()
var i = 0; while i < 10 { i += 1 }; i
var n = 2; let square = n * n; square + 1
log "for people"
Some([1: "one"])
fn twice(n: Int) -> Int = 2 * n
twice
list.range(0, 1000000)
1 / 0
"日本 {1 / 0}"
it.size()
[1, 2][5]
fail "no"
1 + "x"
unknown
return 5
fn down(n: Int) -> Int = if n == 0 { 0 } else { 1 + down(n - 1) }
down(100000000)
list.range(0, 100000000).size()
"end"
END
echo "status $?"
