# Wrong arguments of a program: a message and status 2, before anything runs. L14.1 L14.2
cat >"$TMP/program.portals" <<'END'
param name: String
param count: Int = 1
param factor: Float = 1.0
param loud: Bool = false

workflow main = range(0, count) |> map(n => "{name} {n} {factor} {loud}") |> print
END
try() {
    echo "\$ program $*"
    "$PORTALS" run "$TMP/program.portals" "$@"
    echo "status $?"
}
try
try --nmae=x
try --name
try --name=x --count=many
try --name=x --count=9223372036854775808
try --name=x --count=
try --name=x --factor=half
try --name=x --loud=maybe
try --name=x stray
try --name=x --partitions 0
try --name=x --partitions=2
try --name=x --max-atom=0
try --name= --count=1
try --name=a=b --count=-0 --name=c
printf 'name \377' >"$TMP/odd"
try --name="$(cat "$TMP/odd")" 2>&1 | iconv -c -f UTF-8 -t UTF-8
