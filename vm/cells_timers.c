// What is due, and what a workflow waits for before it comes to rest. Timers are in a heap for each workflow, which only ever
// gets more of them in a commit: one whose cell is gone, or due at another time, counts no longer, and is dropped when it comes
// to the top, or when most are like that.
#include <stdlib.h>

#include "vm/cells_internal.h"
#include "vm/memory.h"
#include "vm/runtime.h"

enum { STALE_MINIMUM = 256 };

static CellsOf *of_cell(Cells *cells, const Cell *cell) {
    return &cells->of[cells->workflow_of[cell->task]];
}

// ---- the heap ----

static bool is_earlier(const Timer *a, const Timer *b) {
    return a->due != b->due ? a->due < b->due : a->id < b->id;
}

static void sift_up(Timer *timers, size_t i, Timer timer) {
    for (; i && is_earlier(&timer, &timers[(i - 1) / 2]); i = (i - 1) / 2) timers[i] = timers[(i - 1) / 2];
    timers[i] = timer;
}

static void sift_down(Timer *timers, size_t count, size_t i, Timer timer) {
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && is_earlier(&timers[child + 1], &timers[child])) child++;
        if (!is_earlier(&timers[child], &timer)) break;
        timers[i] = timers[child];
    }
    timers[i] = timer;
}

static void push_timer(Cells *cells, CellsOf *of, Timer timer) {
    cells->has_timers = true;
    of->timers = memory_grow(of->timers, of->timer_count, &of->timer_capacity, sizeof(Timer));
    sift_up(of->timers, of->timer_count++, timer);
}

static Timer pop_timer(CellsOf *of) {
    Timer first = of->timers[0];
    of->timer_count--;
    if (of->timer_count) sift_down(of->timers, of->timer_count, 0, of->timers[of->timer_count]);
    return first;
}

static bool counts(const Cells *cells, const Timer *timer) {
    const Cell *cell = cells_get(cells, timer->id);
    return cell && cell->due == timer->due;
}

// ---- changes ----

// One in a queue waits for its turn.
static uint64_t is_dropped(const Cell *cell) {
    return cell && cell->flags & CELL_DROPPED && cell->kind != CELL_QUEUED;
}

static uint64_t is_outstanding(const Cell *cell) {
    return cell && (cell->due || (cell->kind == CELL_ASK && cell->state == CELL_PENDING) || is_dropped(cell));
}

static bool counts_for_anything(const Cell *cell) {
    return cell && (cell->waiter || is_outstanding(cell));
}

void cells_count_change(Cells *cells, const Cell *before, const Cell *after) {
    if (!counts_for_anything(before) && !counts_for_anything(after)) return;
    CellsOf *of = of_cell(cells, after ? after : before);
    of->outstanding += is_outstanding(after) - is_outstanding(before);
    of->dropped += is_dropped(after) - is_dropped(before);
    int64_t due = after ? after->due : 0, due_before = before ? before->due : 0;
    of->timed += (due != 0) - (uint64_t)(due_before != 0);
    cells->counts.waiting += (after && after->waiter) - (uint64_t)(before && before->waiter);
    if (due && due != due_before) push_timer(cells, of, (Timer){due, after->id});
}

// All that count move to the front, and become a heap.
static void drop_stale(Cells *cells, CellsOf *of) {
    size_t count = 0;
    for (size_t i = 0; i < of->timer_count; i++)
        if (counts(cells, &of->timers[i])) of->timers[count++] = of->timers[i];
    of->timer_count = count;
    for (size_t i = count / 2; i-- > 0;) sift_down(of->timers, count, i, of->timers[i]);
}

void cells_settle_timers(Cells *cells) {
    if (!cells->has_timers) return;
    cells->has_timers = false;
    uint64_t workflows = cells->partition->runtime->program->workflow_count;
    const Timer *taken = (const Timer *)cells->taken.data;
    for (size_t i = 0; i < cells->taken.length / sizeof(Timer); i++)
        if (counts(cells, &taken[i])) push_timer(cells, of_cell(cells, cells_get(cells, taken[i].id)), taken[i]);
    cells->taken.length = 0;
    for (uint64_t i = 0; i < workflows; i++) {
        CellsOf *of = &cells->of[i];
        while (of->timer_count && !counts(cells, &of->timers[0])) pop_timer(of);
        if (of->timer_count > 2 * of->timed + STALE_MINIMUM) drop_stale(cells, of);
        cells->has_timers |= of->timer_count;
    }
}

// ---- for the runtime ----

uint64_t cells_outstanding(const Cells *cells, uint64_t workflow) {
    return cells ? cells->of[workflow].outstanding : 0;
}

int64_t cells_next_due(const Cells *cells, uint64_t workflow) {
    if (cells && cells->of[workflow].dropped) return 1; // long ago
    return cells && cells->of[workflow].timer_count ? cells->of[workflow].timers[0].due : 0;
}

Cell *cells_next_dropped(const Cells *cells, uint64_t workflow, uint64_t *at) {
    while (cells->of[workflow].dropped && *at < cells->count_before) {
        Cell *cell = cells_at(cells, (*at)++);
        if (is_dropped(cell) && cells->workflow_of[cell->task] == workflow) return cell;
    }
    return NULL;
}

uint64_t cells_next_timer(const Cells *cells, uint64_t workflow) {
    const CellsOf *of = &cells->of[workflow];
    uint64_t at = 0;
    const Cell *dropped = cells_next_dropped(cells, workflow, &at);
    if (dropped) return dropped->id;
    return of->timer_count ? of->timers[0].id : 0;
}

uint64_t cells_take_due(Cells *cells, uint64_t workflow, int64_t time) {
    CellsOf *of = &cells->of[workflow];
    while (of->timer_count && of->timers[0].due <= time) {
        Timer timer = pop_timer(of);
        if (!counts(cells, &timer)) continue;
        buf_append(&cells->taken, &timer, sizeof timer);
        return timer.id;
    }
    return 0;
}
