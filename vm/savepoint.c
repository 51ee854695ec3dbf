// savepoint.c - calls of handlers that may be undone (`on error`): what a failure goes back to. A handler works on entries of
// its own task alone, and what it emits waits in a channel; so that is all there is to save.
#include "vm/savepoint.h"

#include <string.h>

#include "vm/error.h"
#include "vm/workflow.h"

void savepoint_drop_memory(Partition *partition, const MemoryMark *mark) {
    if (partition->earlier && partition->earlier->chunks == mark->chunk) {
        region_release(partition->region);
        partition->region = partition->earlier;
        partition->earlier = NULL;
        partition->start = mark->start;
    } else {
        region_cut(partition->region, mark->chunk);
    }
    partition->context.next = mark->next;
    partition->context.end = mark->end;
    partition->append_end = partition->append_limit = NULL; // may lie in what is gone
}

static void empty_channel(Partition *partition, const PtTry *attempt) {
    const Atom *atom = partition->part->outputs[attempt->channel];
    if (attempt->cursor) *attempt->cursor = (PtCursor){atom->buffer, atom->buffer + atom->capacity};
}

static void go_back(Partition *partition, const PtTry *attempt, const MemoryMark *memory) {
    for (uint64_t i = 0; i < attempt->saved_count; i++)
        if (attempt->saved[i].size) memcpy(attempt->saved[i].entry, attempt->saved[i].bytes, attempt->saved[i].size);
    savepoint_drop_memory(partition, memory);
    empty_channel(partition, attempt);
    failure_move(&partition->caught, &partition->failure);
}

bool pt_try(PtContext *context, PtTry *attempt) {
    Partition *partition = partition_of(context);
    const MemoryMark memory = savepoint_memory(partition);
    Escape here, *outer = partition->escape;
    partition->escape = &here;
    if (ESCAPE_SET(&here)) {
        partition->escape = outer;
        go_back(partition, attempt, &memory);
        return false;
    }
    attempt->body(context, attempt);
    partition->escape = outer;
    return true;
}

char *pt_held(PtContext *context, uint32_t channel) {
    return partition_of(context)->part->outputs[channel]->buffer;
}

// The message may be as long as a String of the program was.
PtString savepoint_text(PtContext *context, const Buf *text) {
    char *copy = pt_alloc(context, (int64_t)text->length);
    if (text->length) memcpy(copy, text->data, text->length);
    return (PtString){copy, (int64_t)text->length};
}

void pt_failure_text(PtContext *context, PtString *out, int64_t piece) {
    const Failure *failure = &partition_of(context)->caught;
    *out = savepoint_text(context, piece == PT_FAILURE_MESSAGE    ? &failure->message
                                   : piece == PT_FAILURE_POSITION ? &failure->position
                                                                  : &failure->key);
}
