# A circle between two uses of one task, which are told apart by their workflows. S12.33
cat >"$TMP/namesakes.portals" <<'END'
app Namesakes

portal left: Int -> Int key n => n
portal right: Int -> Int key n => n

exclusive task Side(here: Portal[Int, Int], there: Portal[Int, Int]): Never -> Never asks there replies here {
  on ask n {
    let value = await ask there(n)
    reply value
  }
}

task Asker: Int -> Int asks left {
  on event n { emit await ask left(n) }
}

workflow lefts = empty() |> Side(left, right)

workflow rights = empty() |> Side(right, left)

workflow main = from([7]) |> key(n => n) |> Asker |> print
END
"$PORTALS" run "$TMP/namesakes.portals" 2>&1 | sed '1,/help:/d'
echo "status ${PIPESTATUS[0]}"
