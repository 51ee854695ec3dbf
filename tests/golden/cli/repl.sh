# The prompt where nobody types. R2.1 R2.2 R2.6 R2.9 R2.11 R1.12 L24.5.4
try() {
    cat >"$TMP/inputs"
    (cd "$TMP" && "$PORTALS" repl "$@" <inputs 2>&1)
    echo "status $?"
}
echo "== inputs that go on, with an empty line within one"
try <<'END'
fn f(x: Int) -> Int {
  let y = x

  y + 1
}

f(1)
[1,
  2]
END
echo "== an input that is never whole, and what comes behind an empty line"
try <<'END'
f(1,

1 + 1
END
echo "== the end of the file in an input"
printf '[1, 2' | try
printf '1 +' | try
echo "== other line ends, and what is no text"
printf '1 + 1\r\n\r\n"\377"\n2 + \0 3\n' | try
echo "== a file, and what has ended"
echo 'fn g(x: Int) -> Int = x * 100' >"$TMP/g.portals"
try g.portals <<'END'
g(3)
stdin() |> map(line => line.size())
:load nothing.portals
:load .
g(4)
:quit
g(5)
END
echo "== --no-ffi"
try --no-ffi <<'END'
extern "./nolib.so" fn a() -> Int
1
END
