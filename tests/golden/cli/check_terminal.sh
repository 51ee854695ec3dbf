# On a terminal, `portals check` says where there is more about a mistake; elsewhere diagnostics are all there is.
cat >"$TMP/wrong.portals" <<'PROGRAM'
let b = "x" + 1
let a = 1 + ""
PROGRAM
echo 'let a = 1' >"$TMP/right.portals"
cd "$TMP" || exit
export NO_COLOR=1
for file in wrong right; do
    echo "\$ portals check $file.portals"
    script -qec "'$PORTALS' check $file.portals" /dev/null | tr -d '\r'
done
"$PORTALS" check wrong.portals 2>&1 | grep explain
