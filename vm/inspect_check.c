// Printing only how much there is of what: everything has been decoded on the way.
#include "vm/inspect_internal.h"

static void put(Inspection *in, const char *between, uint64_t count, const char *one, const char *more) {
    buf_printf(&in->out, "%s%llu %s", between, (unsigned long long)count, count == 1 ? one : more);
}

static void check_end(Inspection *in) {
    const Sums *sums = &in->sums;
    buf_printf(&in->out, "no damage found in app %s, epoch %llu:", inspect_app(in), (unsigned long long)in->state.epoch);
    put(in, " ", in->state.records, "record of the log", "records of the log");
    put(in, ", ", sums->sources, "source", "sources");
    put(in, ", ", sums->outputs, "output", "outputs");
    if (sums->outboxes) put(in, ", ", sums->outboxes, "outbox", "outboxes");
    put(in, ", ", sums->workflows, "workflow", "workflows");
    put(in, ", ", sums->atoms, "waiting atom", "waiting atoms");
    put(in, " with ", sums->events, "event", "events");
    put(in, ", ", sums->entries, "entry", "entries");
    put(in, " of ", sums->tasks, "task", "tasks");
    if (sums->cells.pending) put(in, ", ", sums->cells.pending, "continuation", "continuations");
    buf_putc(&in->out, '\n');
}

const Printer INSPECT_CHECK_PRINTER = {.end = check_end};
