# L4.17 S11.9 Two applications have generators of one name, and streams of one name: each goes on with its own, in whatever order the
# applications are given.
cd "$TMP" || exit
for app in Left Right; do
    [ $app = Left ] && step=1 || step=10
    cat > $app.portals << END
app $app
param least: Int
generator ticks(step: Int): Int {
  state i: Int = 0
  on next {
    i += step
    emit i
    if i >= 4 * step { seal }
  }
}
stream numbers = ticks($step)
workflow checked = numbers |> map(n => 100 * $step / (if n == 3 * $step { least } else { n })) |> write("$app.out")
END
done
"$PORTALS" run Left.portals Right.portals --data data --Left.least=0 --Right.least=1 2> /dev/null
echo "status $?"
"$PORTALS" inspect data | grep '^source\|^workflow\|^task\|=>'
"$PORTALS" run Right.portals Left.portals --data data --Left.least=1 --Right.least=1 2> /dev/null
echo "status $?"
head Left.out Right.out
