# The words of a book and how often each occurs are those of tr, sort and uniq.
export LC_ALL=C
text=build/kjv.txt
tr 'A-Z' 'a-z' <$text | tr -cs 'a-z0-9' '\n' | grep . | sort | uniq -c | awk '{ print $2, $1 }' >"$TMP/expected"
echo "$(wc -l <"$TMP/expected") words"

"$PORTALS" run examples/word_count/word_count.portals --text=$text --counts="$TMP/run" --top=5
cmp "$TMP/expected" "$TMP/run" && echo "run: the same"

"$PORTALS" build examples/word_count/word_count.portals -o "$TMP/word_count"
"$TMP/word_count" --text=$text --counts="$TMP/build" --top 0
cmp "$TMP/expected" "$TMP/build" && echo "build: the same"

cat >"$TMP/stdin.portals" <<'END'
task Count: String -> String key word: String {
  state n: Int = 0
  on event _ { n += 1 }
  on end { emit "{word} {n}" }
}
workflow main = stdin(atom: 100) |> flat_map(line => line.lower().words()) |> key(word => word) |> Count |> print
END
"$PORTALS" run "$TMP/stdin.portals" <$text | cmp "$TMP/expected" - && echo "standard input: the same"
