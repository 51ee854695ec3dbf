# A program has at most 64 MiB. L1.3
head -c 67108865 /dev/zero | tr '\0' ' ' >"$TMP/large.portals"
"$PORTALS" check "$TMP/large.portals"
echo "status $?"
