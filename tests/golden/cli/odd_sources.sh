# Programs that are hardly programs: a message or nothing, never a crash. L2.1.1
cd "$TMP"
try() {
    echo "== $1"
    "$PORTALS" check "$2"
    echo "status $?"
}
: >empty.portals
try "an empty file" empty.portals
printf '\357\273\277let x = 1\n' >bom.portals
try "a byte order mark" bom.portals
printf 'let x = "\377"\n' >invalid.portals
try "invalid UTF-8" invalid.portals
printf 'let x = 1\0\n' >zero.portals
try "a zero byte" zero.portals
printf 'let x = 1\r\nlet y = x\r\n' >crlf.portals
try "lines that end with CR LF" crlf.portals
printf 'let x = "never closed' >open.portals
try "an open string" open.portals
{ printf 'let x = '; printf '(%.0s' $(seq 5000); printf '1'; printf ')%.0s' $(seq 5000); echo; } >deep.portals
try "5000 parentheses" deep.portals 2>&1 | cut -c1-150
{ printf 'let x = 1'; printf ' + 1%.0s' $(seq 20000); echo; } >long.portals
try "20000 additions" long.portals 2>&1 | cut -c1-150
{ printf 'let x = '; printf '{%.0s' $(seq 5000); } >open_deep.portals
try "5000 open braces" open_deep.portals 2>&1 | cut -c1-150 | head -n 7
