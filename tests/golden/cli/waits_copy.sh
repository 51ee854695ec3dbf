# A copy of a directory goes on like the original: whenever it is saved again, both say the same of what waits, and put out the
# same bytes. S13.1 E5.11
source tests/golden/cli/waits.inc

# lives NAME: what is left of the run, in three lives, and what `inspect` says behind each.
lives() {
    for bad in "sign b bob" "sign a cid" ""; do
        run --bad="$bad"
        inspect --json
        cp "$TMP/out.txt" "$TMP/$1.out"
    done >"$TMP/$1"
    rm -rf "$TMP/data" "$TMP/out.txt"
}

stopped
inspect --json >"$TMP/before"
cp -r "$TMP/data" "$TMP/copy"
cp "$TMP/out.txt" "$TMP/copy.txt"
lives original
mv "$TMP/copy" "$TMP/data"
mv "$TMP/copy.txt" "$TMP/out.txt"
inspect --json | cmp - "$TMP/before" && echo "the copy is as it was"
lives copy
cmp "$TMP/original" "$TMP/copy" && cmp "$TMP/original.out" "$TMP/copy.out" && echo "both go on in the same way"
grep -E '^[a-z$]|"waits"' "$TMP/original"
cat "$TMP/original.out"
