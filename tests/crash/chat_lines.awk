# chat_lines.awk - writes what is typed in N rooms, whose names begin with HOUSE: three join each of them, talk in turn, and leave. All
# rooms go on at the same time.
function all_rooms(what,    room) {
    for (room = 0; room < N; room++) print HOUSE room " " what
}
BEGIN {
    for (nick = 0; nick < 3; nick++) all_rooms("nick" nick " joins")
    for (line = 0; line < LINES; line++) all_rooms("nick" line % 3 ": this is line " line)
    for (nick = 0; nick < 3; nick++) all_rooms("nick" nick " leaves")
}
