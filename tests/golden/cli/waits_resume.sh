# Continuations go on in another run, with other numbers of partitions, also of one that an executable has begun. S13.1 S13.2 S13.3
source tests/golden/cli/waits.inc
stopped
run | sort
echo "# more partitions, and fewer"
stopped --partitions 1
run --partitions 3 | sort
stopped --partitions 4
run --partitions 1 | sort
echo "# an executable, and again the command"
"$PORTALS" build "$TMP/shop.portals" -o "$TMP/shop"
rm -rf "$TMP/data" "$TMP/out.txt"
"$TMP/shop" --text="$TMP/in.txt" --out="$TMP/out.txt" --data "$TMP/data" --epoch 1000000 --bad="sign b bob" 2>&1 | grep "^[a-z] "
run | sort
echo "# again and again: each life takes one line"
rm -rf "$TMP/data" "$TMP/out.txt"
while read -r line; do run --bad="$line" >"$TMP/quiet"; done <"$TMP/in.txt"
run | sort
sort "$TMP/out.txt"
