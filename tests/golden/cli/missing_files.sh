# Programs that cannot be read.
for command in check run; do
    for file in "$TMP/no_such_file.portals" "$TMP"; do
        "$PORTALS" $command "$file"
        echo "status $?"
    done
done
"$PORTALS" build "$TMP/no_such_file.portals" -o "$TMP/exe"
echo "status $?"
ls "$TMP"
