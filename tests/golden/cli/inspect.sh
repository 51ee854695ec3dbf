# What is in a data directory, as text and as JSON; a changed program is told what it cannot go on with; damage is found. S11.11
cat >"$TMP/prog.portals" <<'END'
app prog

record Visit { page: String, seconds: Float }

task Visitor: (String, Visit) -> String key user: Int {
  state visits: List[Visit] = []
  state name: Option[String] = None
  state twice: Int -> Int = x => x * 2
  on event (n, v) {
    visits = visits ++ [v]
    name = Some(n)
    emit n
  }
}

workflow main = from([(1, "ann", 0.5), (2, "bob", 2.0), (1, "ann", 1e300), (-3, "a \"b\"", 0.0)])
  |> key((user, _, _) => user)
  |> map((user, name, seconds) => (name, Visit("page {user}", seconds)))
  |> Visitor
  |> print
END
sed 's/seconds: Float/seconds: String/; s/, seconds))/, "{seconds}"))/; s/twice: Int/thrice: Int/' "$TMP/prog.portals" >"$TMP/other.portals"

try() {
    echo "\$ portals $*"
    "$PORTALS" "$@" 2>&1
    echo "status $?"
    echo
}
try run "$TMP/prog.portals" --data="$TMP/data"
try inspect "$TMP/data"
try inspect "$TMP/data" --task=Visitor --limit=1 --json
try inspect "$TMP/data" --task=Visiter
try inspect "$TMP/data" --verify
try run "$TMP/other.portals" --data="$TMP/data"
offset=$(grep -abo 'page 2' "$TMP"/data/log-* | head -1 | cut -d: -f1)
printf X | dd of="$(echo "$TMP"/data/log-*)" bs=1 seek="$offset" conv=notrunc status=none
try inspect "$TMP/data" --verify
