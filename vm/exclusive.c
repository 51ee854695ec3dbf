// The keys of exclusive tasks. An activation has its key to itself, with all that it spawns, until they have ended; what else
// comes for the key waits in a queue of cells. The entry knows how many activations are under way, and both ends of the queue.
//
// One that ends where it has begun is not counted: nothing else of the key can run before that.
#include "vm/cells_internal.h"
#include "vm/error.h"
#include "vm/runtime.h"

enum { QUEUE_LIMIT = 1 << 20 };

// In the entry, at PtAsync.exclusive.
typedef struct Exclusive {
    int64_t busy;
    uint64_t first;
    uint64_t last;
} Exclusive;

static Exclusive *exclusive_of(const Partition *partition, uint32_t task, void *entry) {
    return (Exclusive *)((char *)entry + partition->cells->async[task]->exclusive);
}

void exclusive_enter(Partition *partition, uint32_t task, void *entry) {
    pt_touch(&partition->context, task, entry);
    exclusive_of(partition, task, entry)->busy++;
}

// The queue's first cell, whose activation is under way then.
static void call_next(Partition *partition, Exclusive *exclusive) {
    Cells *cells = partition->cells;
    Cell *cell = cells_get(cells, exclusive->first);
    cells_edit(cells, cell);
    exclusive->first = cell->next;
    if (!cell->next) exclusive->last = 0;
    exclusive->busy++;
    cell->state = CELL_DONE;
    futures_wake(cells, cell, PT_VALUE, NULL);
    cells->ready[cells->ready_count - 1].begins = true;
}

void exclusive_leave(Partition *partition, uint32_t task, void *entry) {
    Exclusive *exclusive = exclusive_of(partition, task, entry);
    pt_touch(&partition->context, task, entry);
    if (--exclusive->busy == 0 && exclusive->first) call_next(partition, exclusive);
}

// ---- waiting for a key ----

// The cell that the request was made with, if it comes from the key that it is for; else NULL.
static Cell *own_request(const Segment *segment) {
    const Partition *partition = segment->partition;
    const PtAddress *from = &segment->activation.from;
    if (segment->activation.kind != ACTIVATION_REQUEST || from->asker != segment->async->asker) return NULL;
    Cell *cell = cells_get(partition->cells, (uint64_t)from->future);
    return cell && cells_is_of_key(cell, segment) ? cell : NULL;
}

static void enqueue(Segment *segment, Exclusive *exclusive, const Cell *last) {
    Partition *partition = segment->partition;
    Cell *cell = cells_add(partition, segment->task, segment->entry, CELL_QUEUED);
    cell->portal = last ? last->portal + 1 : 0;
    cell->waiter = segment->frame;
    cell->activation = segment->activation;
    pt_touch(&partition->context, segment->task, segment->entry);
    exclusive->last = cell->id;
    if (!last) exclusive->first = cell->id;
}

static void refuse(Segment *segment, const char *message) {
    failure_here(segment->partition, message);
    activation_fail(segment);
}

static const char ASKS_ITSELF[] = "the exclusive key asks itself: the request would wait for what waits for its reply";
static const char IS_FULL[] = "the queue of the exclusive key is full: 1048576 events and requests wait in it";

bool exclusive_waits(Segment *segment) {
    Partition *partition = segment->partition;
    Cells *cells = partition->cells;
    Exclusive *exclusive = exclusive_of(partition, segment->task, segment->entry);
    if (!exclusive->busy) return false;
    Cell *own = own_request(segment), *last = cells_get(cells, exclusive->last);
    pt_at_entry(&partition->context, segment->task, segment->entry);
    if (own && own->waiter) {
        refuse(segment, ASKS_ITSELF);
    } else if (last && last->portal - cells_get(cells, exclusive->first)->portal >= QUEUE_LIMIT - 1) {
        refuse(segment, IS_FULL);
    } else {
        if (last) {
            cells_edit(cells, last);
            last->next = cells->next_id;
        }
        enqueue(segment, exclusive, last);
        if (own) {
            cells_edit(cells, own);
            own->flags |= CELL_BEHIND;
        }
    }
    return true;
}
