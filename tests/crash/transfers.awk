# transfers.awk - reads what transfers.portals has put out so far: first `refused`, a number in a line, then `moves`, "number tries account
# amount". Its end may be missing, also in the middle of a line, unless WHOLE is 1: then the run of COUNT transfers has ended. Exit
# status 0, or 1 with a message.
function wrong(text) {
    if (!failed) print FILENAME ": " text
    failed = 1
}

function take_refused(line) {
    if (line in taken) wrong(line " is refused twice")
    if (line % 389 != 5) wrong(line " is refused without a reason")
    taken[line] = 1
}

# Both moves of a transfer are made, one behind the other, and add up to nothing; none is made twice. Those that do not fail come in
# the order of their source.
function take_move(line,    part) {
    split(line, part, " ")
    if (part[1] == "end") { take_end(part); return }
    if (++moves % 2) {
        if (part[1] in taken) wrong(part[1] " is made twice")
        taken[part[1]] = 1
        id = part[1]; amount = part[4]
        half = id >= COUNT / 2
        if (part[2] == 0) {
            if (id < latest[half]) wrong(id " comes behind " latest[half])
            latest[half] = id
        }
    } else if (part[1] != id || part[4] != -amount) wrong("half of transfer " id " is missing")
    balance[part[3]] += part[4]
    times[part[3]]++
}

function take_end(part) {
    if (moves % 2) wrong("half of transfer " id " is missing at the end")
    if (part[3] != balance[part[2]]) wrong("account " part[2] " has " part[3] " instead of " balance[part[2]])
    if (part[4] > times[part[2]]) wrong("account " part[2] " has seen " part[4] " transfers instead of " times[part[2]])
    sum += part[3]
    ends++
}

function take(line) { if (file == 1) take_refused(line); else take_move(line) }

FNR == 1 {
    if (is_held && WHOLE) take(held)
    is_held = 0
    file = FILENAME ~ /refused$/ ? 1 : 2
}
is_held { take(held) }
{ held = $0; is_held = 1 }
END {
    if (WHOLE) {
        if (is_held) take(held)
        for (i = 0; i < COUNT; i++) if (!(i in taken)) wrong("transfer " i " is lost")
        if (ends != 11) wrong(ends " accounts have ended")
        if (sum) wrong("the balances add up to " sum)
    }
    exit failed
}
