# The examples of foreign functions: crc32, strlen, cos and a function that gives a struct give the same in `run`, `repl` and `build`, of which
# the executable needs no libffi. L24.5.1, L24.6.1
flock examples/foreign make -s -C examples/foreign || exit
program=examples/foreign/foreign.portals
"$PORTALS" run $program | tee "$TMP/run"
"$PORTALS" build $program -o "$TMP/foreign" && "$TMP/foreign" | cmp - "$TMP/run" && echo "the same"
"$PORTALS" run $program --partitions=3 | sort | cmp - <(sort "$TMP/run") && echo "the same with 3 partitions"
ldd "$TMP/foreign" | grep -c libffi
printf ':load %s\n:run\n' $program | "$PORTALS" repl | grep -xFf "$TMP/run" | sort | cmp - <(sort "$TMP/run") && echo "the same at the prompt"

# A library is looked for again when the program starts. L24.5.3
cd "$TMP" && ./foreign
echo "status $?"
./foreign --help | grep no-ffi

# What must not be called at once is called in tasks with global state: one call after the other, in order. L24.7.4
cd - >/dev/null
cat >"$TMP/numbers.portals" <<'END'
extern "examples/foreign/libshapes.so" fn next_number() -> Int32 = "shapes_made"
task Number: Int -> Bool {
  global state last: Int = 0
  on event _ {
    let number = next_number()
    emit number == last + 1
    last = number
  }
}
task Count: Bool -> (Bool, Int) {
  state n: Int = 0
  on event _ { n += 1 }
  on end { emit (true, n) }
}
workflow main = range(0, 20_000) |> key(n => n % 100) |> Number |> filter(ok => ok) |> key(_ => ()) |> Count |> print
END
"$PORTALS" run "$TMP/numbers.portals" --partitions=4
