# What comes in on standard input goes out at once; Ctrl-C and SIGTERM end a program after the atom it is at. S5.6 S6.7 S7.8
cat >"$TMP/upper.portals" <<'END'
task Total: String -> String {
  state total: Int = 0
  on event line { total += line.size(); emit "{line.upper()} {total}" }
  on end { emit "total {total}" }
}
workflow main = stdin() |> Total |> print
END
for signal in INT TERM; do
    # Not "$PORTALS" & alone: a shell without job control makes background processes ignore SIGINT.
    coproc PROGRAM { exec env --default-signal=INT "$PORTALS" run "$TMP/upper.portals" 2>&1; }
    pid=$PROGRAM_PID
    for line in one three; do
        echo $line >&"${PROGRAM[1]}"
        read -r -t 20 answer <&"${PROGRAM[0]}"
        echo "$answer"
    done
    kill -$signal "$pid"
    cat <&"${PROGRAM[0]}"
    wait "$pid"
    echo "status $?"
done

# What an `on end` puts out is not kept back either while another workflow waits for input.
cat >"$TMP/ends.portals" <<'PROGRAM'
task Count: Int -> String {
  state count: Int = 0
  on event n { count += 1 }
  on end { emit "{count} numbers" }
}
workflow first = empty() |> Count |> print
workflow main = stdin() |> print
PROGRAM
coproc PROGRAM { exec "$PORTALS" run "$TMP/ends.portals" 2>&1; }
read -r -t 20 answer <&"${PROGRAM[0]}"
echo "$answer"
echo line >&"${PROGRAM[1]}"
read -r -t 20 answer <&"${PROGRAM[0]}"
echo "$answer"
eval "exec ${PROGRAM[1]}>&-"
wait "$PROGRAM_PID"
echo "status $?"
