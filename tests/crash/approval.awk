# approval.awk - reads the steps (approval_steps.awk) and then all lines that an ended run has put out, each once. A purchase has one
# end, and one that fits what was decided; a decision that found nothing to decide is said to have. Exit status 0, or 1 with a message.
function wrong(text) {
    if (!failed) print "approval: " text
    failed = 1
}
function end_of(id, what) {
    if (id in ends) wrong("purchase " id " ends twice")
    ends[id] = what
}
NR == FNR {
    gsub(/[^A-Za-z0-9 ]/, "")
    if ($1 == "Submit") amount[$3] = $5
    else decided[$3] = $1
    next
}
{
    if (!match($0, /^purchase [0-9]+: /)) { wrong("a line is broken: " $0); next }
    id = substr($0, 10, RLENGTH - 11) + 0
    what = substr($0, RLENGTH + 1)
    if (what == "nothing to decide") {
        if (!(id in decided)) wrong("nobody has decided on " id)
        idle[id] = 1
    } else if (what == "paid at once") {
        if (amount[id] >= 100) wrong(id " was paid at once")
        end_of(id, what)
    } else if (what == "approved, " amount[id] " paid") {
        if (decided[id] != "Approve") wrong(id " was not approved")
        end_of(id, "decided")
    } else if (what == "rejected") {
        if (decided[id] != "Reject") wrong(id " was not rejected")
        end_of(id, "decided")
    } else if (what == "nobody has decided") end_of(id, what)
    else wrong(id ": " what)
}
END {
    for (id in amount) {
        if (!(id in ends)) wrong("purchase " id " has no end")
        if ((id in decided) && (ends[id] == "decided") == (id in idle)) wrong("the decision on " id " was " (id in idle ? "used twice" : "lost"))
    }
    exit failed
}
