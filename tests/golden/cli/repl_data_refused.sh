# A data directory that cannot be opened: no run begins that would write to the files of the program. R3.11 R3.13
source tests/golden/cli/repl.inc
cd "$TMP"
"$PORTALS" run fast.portals --data data --epoch 1000000 2>/dev/null
sed 's/List\[Int\] = \[\]/List[String] = []/; s/\[..items, item\]/["a"]/; s/(user, items)/(user, [1])/' fast.portals >changed.portals
sums() { find data ./*.jsonl -type f | sort | xargs sha256sum; }
sums >before
cd - >/dev/null
repl "nothing begins" changed.portals <<'END'
:data data
:state Cart
:step
:run
:ask inventory(Get(7))
sold
:data
:data
END
repl "mended, and opened" changed.portals <<'END' | sed 's/at epoch [0-9]*/at epoch …/'
:data data
:load fast.portals
:step
:data data
:state Inventory
sold
:data nowhere
:back
:state Inventory
:data
END
cd "$TMP"
sums | diff - before && echo "nothing has changed"
cd - >/dev/null
repl "the run that there was stays" <<'END'
workflow squares = atoms([[1], [2]]) |> map(n => n * n) |> print
:step
:data nowhere
:step
:run
:run
:data
:run
END
repl "the program has not been loaded" <<'END'
:data data
END
