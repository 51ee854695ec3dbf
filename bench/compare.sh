# What the benchmarks share; read by them with `source`, in the root of the project, with `set -euo pipefail`.
# Rounds of C, `portals run`, `portals build`, in turn, and the medians. A ratio is the time of C divided by that of Portals: 1.0
# is as fast as C, larger is faster. What all print must be equal.
export LC_ALL=C

portals=${PORTALS:-build/portals}
cc=${CC:-gcc}
work=build/bench
baseline="-std=gnu11 -O3 -march=native"

mkdir -p $work
$cc $baseline -o $work/measure bench/measure.c

median() { # of the numbers in a file, by a column
    sort -g -k "$2,$2" "$1" | awk -v c="$2" '{ x[NR] = $c } END { print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

# compare NAME UNITS UNIT -- C_COMMAND -- RUN_COMMAND -- BUILD_COMMAND: one row of the table. The files named in C_OUT, RUN_OUT and
# BUILD_OUT must be equal after each round.
compare() {
    local name=$1 units=$2 unit=$3 c=() run=() build=() list=()
    shift 4
    while [ "$1" != -- ]; do c+=("$1"); shift; done; shift
    while [ "$1" != -- ]; do run+=("$1"); shift; done; shift
    build=("$@")
    rm -f $work/times.*
    for _ in $(seq "$rounds"); do
        $work/measure "$C_OUT" "${c[@]}" >>$work/times.c 2>/dev/null
        $work/measure $work/run.log "${run[@]}" >>$work/times.run
        $work/measure $work/build.log "${build[@]}" >>$work/times.build
        cmp "$C_OUT" "$RUN_OUT" && cmp "$C_OUT" "$BUILD_OUT" || { echo "$name: the results differ" >&2; exit 1; }
    done
    awk -v name="$name" -v units="$units" -v unit="$unit" -v c="$(median $work/times.c 1)" -v r="$(median $work/times.run 1)" \
        -v b="$(median $work/times.build 1)" 'BEGIN {
            n = 1e9 / units
            printf "| %s | %.2f ns/%s | %.2f ns/%s | %.2f ns/%s | %.2f | %.2f |\n", name, c * n, unit, r * n, unit, b * n, unit, c / r, c / b }'
}

# The head of a table of `compare`.
table() {
    echo "$(uname -m), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors; $($cc --version | head -1); median of $rounds rounds"
    echo
    echo "| program | C | portals run | portals build | C / run | C / build |"
    echo "|---|---|---|---|---|---|"
}
