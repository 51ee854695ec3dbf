# approval_steps.awk - N purchases, and what is decided, often long after they were submitted. The last ones are decided at once.
function submit(id) { printf "{\"Submit\": {\"id\": %d, \"amount\": %d}}\n", id, id % 10 ? 100 + id : 7 }
function decide(id) { if (id % 7 != 1) printf "{\"%s\": {\"id\": %d}}\n", id % 3 ? "Approve" : "Reject", id }
BEGIN {
    for (id = 1; id <= N; id++) {
        submit(id)
        if (id % 2) decide(id)
        if (id > 2000 && (id - 2000) % 2 == 0) decide(id - 2000)
    }
    for (id = N - 1999; id <= N; id++) if (id % 2 == 0) decide(id)
}
