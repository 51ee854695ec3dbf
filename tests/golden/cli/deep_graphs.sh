# L1.3 L16 Workflows that use each other, with deeply nested expressions in each: their graph is too deep before a node of it is there.
# One that has too many parameters is said to be too large once.
times() { for ((i = 0; i < $1; i++)); do printf '%s' "$2"; done; }

operators=$(times 900 ' |> identity') tasks=$(times 900 't then ')t

cat > "$TMP/uses.portals" << END
workflow w0(xs: Stream[Int]) -> Stream[Int] = xs
$(for i in {1..60}; do echo "workflow w$i(xs: Stream[Int]) -> Stream[Int] = w$((i - 1))(xs)$operators"; done)
workflow main = range(0, 3) |> w60 |> print
workflow other = range(0, 3) |> w60 |> print
END

cat > "$TMP/tasks.portals" << END
task T: Int -> Int { on event x { emit x } }
workflow w0(xs: Stream[Int], t: Stream[Int] -> Stream[Int]) -> Stream[Int] = xs |> t
$(for i in {1..60}; do echo "workflow w$i(xs: Stream[Int], t: Stream[Int] -> Stream[Int]) -> Stream[Int] = xs |> w$((i - 1))($tasks)"; done)
workflow main = range(0, 3) |> w60(T) |> print
END

for name in uses tasks; do
    "$PORTALS" check "$TMP/$name.portals" 2>&1 | grep -o '^error.*\|-->.*\|in this use.*\|more than .*'
    echo "$name: ${PIPESTATUS[0]}"
done

{
    printf 'workflow w('
    for i in {1..3000}; do printf 'x%d: Stream[Int], ' "$i"; done
    printf ') = x1\nworkflow main = range(0, 3) |> w |> print\n'
} > "$TMP/wide.portals"
"$PORTALS" check "$TMP/wide.portals" 2>&1 | grep '^error\|-->'
echo "wide: ${PIPESTATUS[0]}"
