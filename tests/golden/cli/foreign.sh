# The examples of foreign functions: crc32, strlen, cos and a function that gives a struct give the same in `run` and `build`, of which
# the executable needs no libffi. L24.5.1, L24.6.1
flock examples/foreign make -s -C examples/foreign || exit
program=examples/foreign/foreign.portals
"$PORTALS" run $program | tee "$TMP/run"
"$PORTALS" build $program -o "$TMP/foreign" && "$TMP/foreign" | cmp - "$TMP/run" && echo "the same"
"$PORTALS" run $program --partitions=3 | sort | cmp - <(sort "$TMP/run") && echo "the same with 3 partitions"
ldd "$TMP/foreign" | grep -c libffi

# A library is looked for again when the program starts. L24.5.3
cd "$TMP" && ./foreign
echo "status $?"
./foreign --help | grep no-ffi
