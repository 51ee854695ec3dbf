# What comes in on standard input goes out at once; Ctrl-C and SIGTERM end a program after the atom it is at. S5.6 S6.7 S7.8
cat >"$TMP/upper.portals" <<'END'
task Total: String -> String {
  state total: Int = 0
  on event line { total += line.size(); emit "{line.upper()} {total}" }
  on end { emit "total {total}" }
}
workflow main = stdin() |> Total |> print
END
# begin COMMAND...: a program between the files $to and $from, which stay when it has ended, other than those of a coprocess.
begin() {
    # Not a background process: a shell without job control makes those ignore SIGINT.
    coproc PROGRAM { exec env --default-signal=INT "$@" 2>&1; }
    pid=$PROGRAM_PID
    exec {from}<&"${PROGRAM[0]}" {to}>&"${PROGRAM[1]}" {PROGRAM[1]}>&-
}

# answer: shows the next line that it puts out.
answer() {
    local line
    read -r -t 100 line <&$from
    echo "$line"
}

# finish: shows what else it puts out, and how it ends.
finish() {
    cat <&$from
    wait "$pid"
    echo "status $?"
    exec {from}<&- {to}>&-
}

for signal in INT TERM; do
    begin "$PORTALS" run "$TMP/upper.portals"
    for line in one three; do
        echo $line >&$to
        answer
    done
    kill -$signal "$pid"
    finish
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
begin "$PORTALS" run "$TMP/ends.portals"
answer
echo line >&$to
answer
exec {to}>&-
finish
