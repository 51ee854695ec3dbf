# A program that is changed goes on with the state of the one before, where the types are the same. S11.9
source tests/golden/cli/data.inc
# changed SCRIPT: the run stops in the middle, and goes on with a program that sed has changed.
changed() {
    start_anew
    quietly --bad=6
    echo "# $1"
    sed "$1" "$TMP/sums.portals" >"$TMP/changed.portals"
    run_program changed.portals
}
changed 's/in all/makes/; s/emit "{even} {sum}"/emit "{sum} {even}"/'
changed 's/state sum: Int = 0/&\n  state count: Int = 0/'
changed 's/state sum: Int = 0/state sum: Float = 0.0/; s/sum += n;/sum += n.to_float();/'
changed 's/state sum/state total/; s/sum += n/total += n/; s/{sum}/{total}/g'
changed 's/even: Bool/even: Int/; s/n % 2 == 0/n % 2/'
changed 's/|> Sum |>/|> map(n => n.to_string()) |>/'
changed 's/workflow main/workflow sums/'
run | tail -n 3
