# What is missing is told before anything runs. L24.5.1 L24.5.2
cat >"$TMP/program.portals" <<'END'
extern "libz.so.1" pure fn crc33(crc: Int) -> Int
extern "./nolib.so" fn a() -> Int
extern "libc.so" pure fn labs(x: Int) -> Int
extern "libc.so.6" fn b() -> Int = "environ"
extern "libqqq.so.3" fn c() -> Int
extern "m" pure fn cosine(x: Float) -> Float = "cos"
workflow main = from([1]) |> log |> print
END
cd "$TMP"
for command in check "build -o out" run test; do
    "$PORTALS" $command program.portals 2>said
    echo "$command: status $?, $(grep -c '^error' said) errors"
done
sed 's|/lib/[a-z0-9_]*-linux-gnu/|/lib/MACHINE/|' said

# `--no-ffi` refuses them before a library is loaded. L24.5.4
cat >refused.portals <<'END'
extern "./nolib.so" fn a() -> Int
param no: Int = 1
workflow main = from([1]) |> print
END
for command in "check --no-ffi refused.portals" "build --no-ffi refused.portals -o out" "run refused.portals --no-ffi" "test --no-ffi refused.portals"; do
    "$PORTALS" $command 2>said
    echo "$command: status $?"
done
cat said
echo 'workflow main = from([1]) |> print' >none.portals
"$PORTALS" run none.portals --no-ffi
cat >called.portals <<'END'
extern "libm.so.6" pure fn cos(x: Float) -> Float
workflow main = from([0.0]) |> map(x => cos(x)) |> print
END
"$PORTALS" build called.portals -o called && ./called && ./called --no-ffi
echo "status $?"
echo 'param no_ffi: Bool = false' >flag.portals
"$PORTALS" check flag.portals
ls
