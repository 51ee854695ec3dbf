# Runs that go on in the middle of JSON, CSV, ticks and atoms: each record once, the header once, lines counted from the beginning. S11.5 S11.6 L11.2.8 L11.2.10 L11.3.6
cat >"$TMP/rows.portals" <<'END'
app Rows
param rows: String
param out: String
param bad: Int = -1

record Row { name: String, n: Int }

fn check(row: Row) -> Row = if row.n == bad { fail "row {bad} is bad" } else { row }

workflow main = csv[Row](rows, atom: 1) |> map(check) |> write_csv(out)
END
cat >"$TMP/others.portals" <<'END'
app Others
param lines: String
param out: String
param bad: Int = -1

fn check(n: Int) -> Int = if n == bad { fail "{bad} is bad" } else { n }

workflow read = json_lines[Int](lines, atom: 1) |> map(check) |> write_json("{out}.json")
workflow ticks = every(1.ms, ticks: 4) |> map(n => check(10 + n)) |> write("{out}.ticks")
workflow lists = atoms([[20], [], [21, 22], [23]]) |> map(check) |> throttle(1000, 1.s) |> write("{out}.lists")
END

# run PROGRAM ARGUMENT...
run() {
    echo "\$ portals run $1.portals --data data" "${@:2}"
    "$PORTALS" run "$TMP/$1.portals" --out="$TMP/out" --data "$TMP/data" --epoch 1000000 "${@:2}" 2>&1 | sed '/^   = event/d; s/at epoch [0-9]*, [0-9]* event/at epoch E, N event/; /goes on behind/d'
}

# rows BAD: the file, with something else in place of the last number.
rows() { printf 'n,name\n1,a\n\n2,"b\nc"\n3,d\n%s,"e"\n5,f\n' "$1" >"$TMP/in.csv"; }

rows 4
run rows --rows="$TMP/in.csv" --bad=3
cat "$TMP/out"
rows four
run rows --rows="$TMP/in.csv"
cat "$TMP/out"
run rows --rows="$TMP/in.csv" --partitions 2
cat "$TMP/out"

echo "# a pipe, which is read once"
rm -rf "$TMP/data" "$TMP/out"
rows 4
mkfifo "$TMP/pipe.csv"
cat "$TMP/in.csv" >"$TMP/pipe.csv" &
run rows --rows="$TMP/pipe.csv" --bad=3
wait
printf '6,g\nseven,h\n' >"$TMP/pipe.csv" &
run rows --rows="$TMP/pipe.csv"
wait
cat "$TMP/out"

echo "# others"
for bad in 3 12 22; do
    rm -rf "$TMP/data" "$TMP"/out*
    printf '1\n2\n3\n4\n' >"$TMP/in.jsonl"
    run others --lines="$TMP/in.jsonl" --bad=$bad >"$TMP/first"
    head -1 "$TMP/first"
    grep -c "error: $bad is bad" "$TMP/first"
    run others --lines="$TMP/in.jsonl"
    paste "$TMP"/out.*
done
