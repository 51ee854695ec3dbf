# A part of a graph that becomes a workflow with parameters keeps its state; a generic task is known by its types.
source tests/golden/cli/data.inc
# moved WORKFLOWS: the run stops in the middle, and goes on with what these lines say instead of `workflow main`.
moved() {
    start_anew
    quietly --bad=6
    echo "# $1"
    { grep -v '^workflow main' "$TMP/sums.portals"; echo "$1"; } >"$TMP/moved.portals"
    run_program moved.portals
}
moved 'workflow sums(ns: Stream[Int]) = ns |> key(n => n % 2 == 0) |> Sum
workflow written(xs: Stream[String], path: String) = xs |> write(path)
workflow main = lines(text, atom: 2) |> map(number) |> sums |> written(out) |> print'

sed -i 's/task Sum: Int -> String/task Sum[T](of: T -> Int): T -> String/; s/event n {/event x { let n = of(x);/; s/|> Sum |>/|> Sum(n => n) |>/' "$TMP/sums.portals"
moved 'workflow sums[T](xs: Stream[T], of: T -> Int) = xs |> key(x => of(x) % 2 == 0) |> Sum(of)
workflow main = lines(text, atom: 2) |> map(number) |> sums(n => n) |> write(out) |> print'
"$PORTALS" inspect "$TMP/data" | grep Sum
moved 'workflow main = lines(text, atom: 2) |> map(number) |> key(n => n % 2 == 0) |> map(n => "{n}") |> Sum(s => s.to_int().or(0)) |> write(out) |> print'
