# An exclusive key that asks itself would wait for ever: the wait fails, by name. S12.26
cat >"$TMP/self.portals" <<'END'
portal stock: Int -> Int key n => n
exclusive task Stock: Int -> String key n: Int asks stock replies stock {
  state taken: Int = 0
  on event n {
    match try await ask stock(n) {
      Ok(_) => emit "no"
      Err(error) => emit error.message
    }
    let other = await ask stock(n + 1)
    emit "another key is no matter: {other}"
    ask stock(n)
    emit "nor is what nobody waits for: {taken}"
  }
  on ask n {
    taken += 1
    reply taken
  }
  on end { emit "{n}: {taken}" }
}
workflow stocks = from([7]) |> key(n => n) |> Stock |> print
END
"$PORTALS" run "$TMP/self.portals" 2>&1 | sed '1,/help:/d'
