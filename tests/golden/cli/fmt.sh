# Files are rewritten as a whole, only where that changes something, and keep their permissions.
show() {
    echo "\$ portals $*"
    "$PORTALS" "$@"
    echo "status $?"
}
cd "$TMP" || exit 1
printf 'let  a=1\n' >wrong.portals
printf 'let a = 1\n' >right.portals
printf 'let a = (1\nlet b = 2\n' >bad.portals
printf 'let  b=1' >target.portals
ln -s target.portals link.portals
chmod 640 wrong.portals
touch -d 2001-01-01 right.portals bad.portals

show fmt --check right.portals wrong.portals link.portals 2>&1
cat wrong.portals
show fmt wrong.portals right.portals link.portals 2>&1
cat wrong.portals target.portals
stat -c '%n %a' wrong.portals
stat -c '%n %.4y' right.portals
readlink link.portals
show fmt --check right.portals wrong.portals link.portals 2>&1

echo "== a file with errors stays as it is, and the others are formatted"
printf 'let  a=1\n' >wrong.portals
show fmt bad.portals no_such_file.portals . wrong.portals 2>&1
stat -c '%n %.4y' bad.portals
cat wrong.portals

echo "== standard input"
printf 'let  a=1' | show fmt - 2>&1
printf 'let  a=1' | show fmt --check - 2>&1
printf 'let  a=' | show fmt - 2>&1
printf '' | show fmt - 2>&1
printf '\r\n\r\n' | show fmt - 2>&1
printf '\xEF\xBB\xBFlet  a=1\r\n\r\n\r\n// b\r\n' | "$PORTALS" fmt - | od -An -c
printf 'let a = 1' | "$PORTALS" fmt - 2>&1 >/dev/full
echo "status $?"

echo "== nothing is left behind"
ls
