// What compiled code does with futures: makes them, completes them, waits for them.
#include <string.h>

#include "vm/cells_internal.h"
#include "vm/error.h"
#include "vm/runtime.h"

static Cells *cells_of(PtContext *context) {
    return partition_of(context)->cells;
}

void *futures_any(PtContext *context, uint64_t code, const PtDesc *desc, const void *value) {
    if (!desc->size) return NULL;
    char *any = pt_alloc(context, (int64_t)(sizeof(int64_t) + desc->size));
    memcpy(any, &code, sizeof code);
    memcpy(any + sizeof code, value, desc->size);
    return any;
}

// ---- completing ----

void futures_wake(Cells *cells, Cell *cell, PtOutcome outcome, const void *value) {
    Ready *ready = activation_new_ready(cells);
    // Field by field, as a new cell (cells.c).
    ready->frame = cell->waiter;
    ready->value = value;
    ready->outcome = outcome;
    ready->hash = cell->hash;
    memcpy(ready->key, cell->key, sizeof ready->key);
    ready->task = cell->task;
    ready->begins = ready->is_refused = false;
    ready->is_counted = true;
    ready->activation = cell->activation;
    cell->waiter = NULL;
    cell->due = 0;
    cell->flags &= (uint8_t)~CELL_DROPPED;
    cell->activation = (Activation){0};
}

static void push_id(Buf *ids, uint64_t id) {
    buf_append(ids, &id, sizeof id);
}

// What depends on a future, the one that did so last first.
static void push_dependents(Cells *cells, uint64_t id) {
    Cell *fork;
    for (; (fork = cells_get(cells, id)) && fork->kind == CELL_FORK; id = fork->next) {
        cells_edit(cells, fork);
        fork->state = CELL_DONE;
        push_id(&cells->settling, fork->activation.future);
    }
    push_id(&cells->settling, id);
}

static void settle_one(Cells *cells, Cell *cell, CellState state, void *value) {
    cells_edit(cells, cell);
    bool is_wait = cell->kind == CELL_WAIT;
    cell->state = is_wait ? CELL_DONE : state;
    cell->value = is_wait ? NULL : value;
    cell->due = 0;
    if (cell->waiter || cell->flags & CELL_DROPPED)
        futures_wake(cells, cell, state == CELL_DONE ? PT_VALUE : PT_FAILURE, cells_any_value(value));
    if (!is_wait && cell->next) push_dependents(cells, cell->next);
    cell->next = 0;
}

// First the continuation in the cell itself goes on, then what depends on it, in the order in which that began.
void futures_settle(Cells *cells, Cell *cell, CellState state, void *value) {
    Buf *ids = &cells->settling;
    size_t base = ids->length;
    for (;;) {
        if (cell && cell->state == CELL_PENDING && cell->kind != CELL_QUEUED) settle_one(cells, cell, state, value);
        if (ids->length == base) break;
        uint64_t id;
        ids->length -= sizeof id;
        memcpy(&id, ids->data + ids->length, sizeof id);
        cell = cells_get(cells, id);
    }
}

// The reply of a portal, which nobody may wait for any more.
void pt_answer(PtContext *context, PtCursor *cursors, const PtAddress *to, uint64_t outcome, const void *value, uint64_t any) {
    Partition *partition = partition_of(context);
    Cells *cells = partition->cells;
    cells->counts.replies++;
    Cell *cell = cells_get(cells, (uint64_t)to->future);
    if (!cell || cell->kind != CELL_ASK || cell->state != CELL_PENDING) return;
    bool failed = outcome == PT_FAILURE;
    uint64_t code = failed ? cells->async[cell->task]->error : any;
    void *held = futures_any(context, code, partition->runtime->program->closures[code].fields->desc, value);
    size_t base = cells->ready_count;
    futures_settle(cells, cell, failed ? CELL_FAILED : CELL_DONE, held);
    activation_refuse_ready(partition, base);
    activation_run_ready(partition, cursors, base);
}

void pt_complete(PtContext *context, int64_t promise, void *any) {
    Cells *cells = cells_of(context);
    Cell *cell = cells_get(cells, (uint64_t)promise);
    if (cell && cell->kind == CELL_PROMISE) futures_settle(cells, cell, CELL_DONE, any);
}

// ---- making ----

static int64_t add(PtContext *context, uint32_t task, void *entry, CellKind kind) {
    return (int64_t)cells_add(partition_of(context), task, entry, kind)->id;
}

void pt_ask(PtContext *context, uint32_t task, void *entry, uint32_t portal, PtAddress *out) {
    cells_of(context)->counts.asks++;
    Cell *cell = cells_add(partition_of(context), task, entry, CELL_ASK);
    cell->portal = portal;
    *out = (PtAddress){cells_of(context)->async[task]->asker, (int64_t)cell->hash, (int64_t)cell->id};
}

void pt_ask_only(PtContext *context, uint32_t task, void *entry, uint32_t portal, PtAddress *out) {
    (void)portal;
    cells_of(context)->counts.asks++;
    uint64_t hash = cells_hash(partition_of(context)->runtime->program->tasks[task].key, entry);
    *out = (PtAddress){cells_of(context)->async[task]->asker, (int64_t)hash, 0};
}

int64_t pt_promise(PtContext *context, uint32_t task, void *entry) {
    return add(context, task, entry, CELL_PROMISE);
}

// One that is over already need not be waited for.
int64_t pt_sleep(PtContext *context, uint32_t task, void *entry, int64_t duration) {
    Cell *cell = cells_add(partition_of(context), task, entry, CELL_SLEEP);
    if (duration <= 0)
        cell->state = CELL_DONE;
    else if (__builtin_add_overflow(pt_task_now(context), duration, &cell->due))
        cell->due = INT64_MAX;
    return (int64_t)cell->id;
}

// ---- whatever comes first ----

static bool is_pending(const Cell *cell) {
    return cell && cell->state == CELL_PENDING;
}

enum { LINKS_LOOKED_AT = 8 };

// The place of a link to something that is through with waiting; NULL if none was found. The cell that has it is *holder.
static uint64_t *stale_link(const Cells *cells, Cell *future, Cell **holder) {
    *holder = future;
    for (int i = 0; i < LINKS_LOOKED_AT; i++) {
        Cell *next = cells_get(cells, (*holder)->next);
        if (!is_pending(next)) return &(*holder)->next;
        if (next->kind != CELL_FORK) break;
        *holder = next;
        if (!is_pending(cells_get(cells, next->activation.future))) return &next->activation.future;
    }
    return NULL;
}

// When the future is completed, so is `dependent`, a cell of this key.
static void attach(Partition *partition, uint32_t task, void *entry, uint64_t future, uint64_t dependent) {
    Cells *cells = partition->cells;
    Cell *cell = cells_get(cells, future), *holder;
    uint64_t *link = stale_link(cells, cell, &holder);
    if (link) {
        cells_edit(cells, holder);
        *link = dependent;
        return;
    }
    Cell *fork = cells_add(partition, task, entry, CELL_FORK);
    fork->next = cell->next;
    fork->activation.future = dependent;
    cells_edit(cells, cell);
    cell->next = fork->id;
}

static _Noreturn void fail(PtContext *context, const char *message, uint32_t position) {
    pt_fail(context, &(PtString){message, (int64_t)strlen(message)}, position);
}

static const char GONE[] = "the future that is awaited is gone";
static const char OF_NOTHING[] = "`any` of no futures never comes";
static const char ASKS_ITSELF[] = "the exclusive key waits for its own reply: the request is behind what runs now";

// The first of the futures that has come already.
static const Cell *first_done(PtContext *context, const PtList *futures, uint32_t position) {
    const uint64_t *ids = futures->data;
    for (int64_t i = 0; i < futures->size; i++) {
        const Cell *cell = cells_get(cells_of(context), ids[i]);
        if (!cell) fail(context, GONE, position);
        if (cell->state != CELL_PENDING) return cell;
    }
    return NULL;
}

int64_t pt_any(PtContext *context, uint32_t task, void *entry, const PtList *futures, uint64_t any, uint32_t position) {
    Partition *partition = partition_of(context);
    if (!futures->size) fail(context, OF_NOTHING, position);
    const Cell *done = first_done(context, futures, position);
    Cell *cell = cells_add(partition, task, entry, CELL_FIRST);
    if (done) {
        cell->state = done->state;
        cell->value = done->value;
        return (int64_t)cell->id;
    }
    const PtDesc *list = partition->runtime->program->closures[any].fields->desc;
    cell->value = futures_any(context, any, list, futures);
    const uint64_t *ids = futures->data;
    for (int64_t i = 0; i < futures->size; i++) attach(partition, task, entry, ids[i], cell->id);
    return (int64_t)cell->id;
}

// ---- waiting ----

const void *pt_await_other(PtContext *context, int64_t future, uint64_t *outcome, uint32_t position) {
    const Cell *cell = cells_get(cells_of(context), (uint64_t)future);
    if (!cell) fail(context, GONE, position);
    bool is_pending = cell->state == CELL_PENDING;
    if (is_pending && cell->flags & CELL_BEHIND) fail(context, ASKS_ITSELF, position);
    if (is_pending) return NULL;
    *outcome = cell->state == CELL_DONE ? PT_VALUE : PT_FAILURE;
    return cells_any_value(cell->value);
}

static int64_t limit_from(PtContext *context, int64_t within) {
    int64_t due;
    return __builtin_add_overflow(pt_task_now(context), within, &due) ? INT64_MAX : due;
}

// The cell for the running continuation: that of the future itself, if it has room for it.
static Cell *waiting_cell(Segment *segment, Cell *cell, bool limited) {
    Partition *partition = segment->partition;
    bool has_room = !cell->waiter && !(limited && cell->due) && cells_is_of_key(cell, segment);
    if (has_room) return cell;
    Cell *wait = cells_add(partition, segment->task, segment->entry, CELL_WAIT);
    wait->next = cell->id;
    attach(partition, segment->task, segment->entry, cell->id, wait->id);
    return wait;
}

void pt_suspend(PtContext *context, int64_t future, void *frame, int64_t within) {
    Cells *cells = cells_of(context);
    Segment *segment = cells->running;
    Cell *cell = waiting_cell(segment, cells_get(cells, (uint64_t)future), within >= 0);
    cells_edit(cells, cell);
    cell->waiter = frame;
    cell->activation = segment->activation;
    if (within >= 0) cell->due = limit_from(context, within);
}
