# What the texts for readers say is true: the commands in README.md and in examples/, but for make, are run and must print what stands
# below them, up to a line `…`. What stands behind `> ` is typed.
root=$PWD
flock examples/foreign make -s -C examples/foreign || exit
mkdir "$TMP/build"
ln -s "$root/examples" "$TMP/examples"
ln -s "$root/build/kjv.txt" "$TMP/build/kjv.txt"
ln -s "$PORTALS" "$TMP/build/portals"
cd "$TMP"

# The programs of README.md that only it shows in part.
cat >cart.portals <<'END'
enum Op { Add(item: String, n: Int), Checkout(user: Int) }

task Cart: Op -> Int {
  state items: List[String] = []
  on event Add(item, n) { items = items.append(itme) }
  on event Checkout(_) { emit items }
}
END
cat >mean.portals <<'END'
stream readings = lines("readings.txt", atom: 2)

task Mean: (String, Int) -> (String, Int) key name: String {
  state sum: Int = 0
  state n: Int = 0
  on event (_, value) {
    if value > 0 { (sum, n) = (sum + value, n + 1) }
    emit (name, sum / n)
  }
}

fn parse(line: String) -> (String, Int) = match line.split(" ") {
  [name, value] => (name, value.to_int().or(0))
  _ => fail "not a reading"
}

workflow means = readings |> map(parse) |> key((name, _) => name) |> Mean |> print
END
printf '%s\n' 'ann 4' 'ann 2' 'bob 0' >readings.txt
awk 'BEGIN { split("count shop fib", names) } /^```portals/ { name = names[++number] ".portals"; inside = 1; next } /^```/ { inside = 0 }
    inside { print >name }' "$root/README.md"

# A file for each command of a text: the command, and what it is said to print.
steps() {
    rm -f step.*
    awk '/^```/ { inside = !inside; command = 0; next }
         inside && /^\$ / { command = !/^\$ make/; step = sprintf("step.%02d", ++n) }
         command { print > step }' "$1"
}

try() {
    local command
    command=$(sed -n '1s/^\$ //p' "$1")
    sed -n 's/^> //p' "$1" >typed
    bash -c "$command" >printed 2>&1 <typed
    sed '1d; /^> /d; /^ *…$/,$d' "$1" >said
    if grep -q '^ *…$' "$1"; then
        head -n "$(wc -l <said)" printed >begin
        mv begin printed
    fi
    diff -u --label "\$ $command" --label printed said printed && echo "  $command"
}

for text in README.md examples/README.md examples/*/README.md; do
    echo "$text"
    steps "$root/$text"
    for step in step.*; do try "$step"; done
done
