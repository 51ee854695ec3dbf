#include "vm/stuck.h"

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // qsort_r
#endif
#include <stdlib.h>
#include <string.h>

#include "vm/cells.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/show.h"

enum {
    TOLD = 10,       // of the continuations, and of the circles among them
    CHAIN = 20,      // members of a circle that are told
    KEY_LIMIT = 100, // bytes of a key
};

static const size_t NOBODY = SIZE_MAX;

// What waits, and which of the others it waits for.
typedef struct Waiting {
    const Cell *cell;
    const Cells *cells; // that it is in
    size_t next;        // index, or NOBODY
    size_t walk;        // the number of the walk that has come by, from 1
} Waiting;

// What makes the future `id` come out: a continuation, or (`by` is NOBODY) another future.
typedef struct Maker {
    uint64_t id;
    size_t by;
    uint64_t future;
} Maker;

typedef struct Graph {
    Runtime *runtime;
    Waiting *waiting; // by task, key and id
    size_t count;
    Maker *makers; // by id
    size_t maker_count;
    size_t maker_capacity;
} Graph;

// ---- what waits ----

static bool waits(const Cell *cell) {
    return cell->waiter && (cell->kind == CELL_QUEUED || cell->state == CELL_PENDING);
}

bool stuck_look(const Runtime *runtime) {
    for (uint32_t p = 0; p < runtime->options.partitions && runtime->waits; p++) {
        const Cells *cells = runtime->partitions[p].cells;
        for (uint64_t i = 0; i < cells_count(cells); i++)
            if (waits(cells_at(cells, i))) return true;
    }
    return false;
}

static const PtTask *task_of(const Graph *graph, const Cell *cell) {
    return &graph->runtime->program->tasks[cell->task];
}

static int compare_keys(const Graph *graph, const Cell *a, const Cell *b) {
    if (a->task != b->task) return a->task < b->task ? -1 : 1;
    const PtTask *task = task_of(graph, a);
    return pt_compare(task->key, cell_key(task, a), cell_key(task, b));
}

static int compare_waiting(const void *a, const void *b, void *graph) {
    const Cell *left = ((const Waiting *)a)->cell, *right = ((const Waiting *)b)->cell;
    int order = compare_keys(graph, left, right);
    return order ? order : (left->id > right->id) - (left->id < right->id);
}

static void collect_waiting(Graph *graph) {
    const Runtime *runtime = graph->runtime;
    uint64_t count = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) count += cells_count(runtime->partitions[p].cells);
    graph->waiting = MEMORY_NEW(Waiting, count);
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        const Cells *cells = runtime->partitions[p].cells;
        for (uint64_t i = 0; i < cells_count(cells); i++)
            if (waits(cells_at(cells, i)))
                graph->waiting[graph->count++] = (Waiting){.cell = cells_at(cells, i), .cells = cells, .next = NOBODY};
    }
    qsort_r(graph->waiting, graph->count, sizeof *graph->waiting, compare_waiting, graph);
}

// ---- who waits for whom ----

static int compare_makers(const void *a, const void *b) {
    const Maker *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static void add_maker(Graph *graph, uint64_t id, size_t by, uint64_t future) {
    if (!id) return;
    graph->makers = memory_grow(graph->makers, graph->maker_count, &graph->maker_capacity, sizeof *graph->makers);
    graph->makers[graph->maker_count++] = (Maker){id, by, future};
}

// Of a future, what is completed with it.
static void add_dependents(Graph *graph, const Cells *cells, const Cell *future) {
    uint64_t id = future->next;
    for (const Cell *fork; id && (fork = cells_find(cells, id)) && fork->kind == CELL_FORK; id = fork->next)
        add_maker(graph, fork->activation.future, NOBODY, future->id);
    add_maker(graph, id, NOBODY, future->id);
}

static bool is_future(const Cell *cell) {
    return cell->kind != CELL_QUEUED && cell->kind != CELL_WAIT && cell->kind != CELL_FORK;
}

static void collect_makers(Graph *graph) {
    const Runtime *runtime = graph->runtime;
    for (size_t i = 0; i < graph->count; i++) {
        const Activation *activation = &graph->waiting[i].cell->activation;
        if (activation->kind == ACTIVATION_REQUEST && !activation->replied)
            add_maker(graph, (uint64_t)activation->from.future, i, 0);
        if (activation->kind == ACTIVATION_SPAWN) add_maker(graph, activation->future, i, 0);
    }
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        const Cells *cells = runtime->partitions[p].cells;
        for (uint64_t i = 0; i < cells_count(cells); i++)
            if (is_future(cells_at(cells, i))) add_dependents(graph, cells, cells_at(cells, i));
    }
    if (graph->maker_count) qsort(graph->makers, graph->maker_count, sizeof *graph->makers, compare_makers);
}

// The continuation that the future waits for, or NOBODY.
static size_t maker_of(const Graph *graph, uint64_t future) {
    for (;;) {
        Maker key = {.id = future};
        const Maker *found =
            graph->maker_count ? bsearch(&key, graph->makers, graph->maker_count, sizeof key, compare_makers) : NULL;
        if (!found || found->by != NOBODY) return found ? found->by : NOBODY;
        future = found->future; // made before the one that it completes
    }
}

// The future that a continuation waits for.
static const Cell *future_of(const Waiting *waiting) {
    const Cell *future = waiting->cell->kind == CELL_WAIT ? cells_find(waiting->cells, waiting->cell->next) : NULL;
    return future ? future : waiting->cell;
}

// What is in the queue of a key waits for the activation that has the key.
static void link_key(Graph *graph, size_t first, size_t end) {
    size_t owner = NOBODY;
    for (size_t i = first; i < end && owner == NOBODY; i++)
        if (graph->waiting[i].cell->kind != CELL_QUEUED) owner = i;
    for (size_t i = first; i < end; i++) {
        bool is_queued = graph->waiting[i].cell->kind == CELL_QUEUED;
        graph->waiting[i].next = is_queued ? owner : maker_of(graph, future_of(&graph->waiting[i])->id);
    }
}

static void link_waiting(Graph *graph) {
    for (size_t first = 0, end; first < graph->count; first = end) {
        end = first + 1;
        while (end < graph->count && compare_keys(graph, graph->waiting[first].cell, graph->waiting[end].cell) == 0) end++;
        link_key(graph, first, end);
    }
}

// ---- the report ----

static const char *workflow_of(const Graph *graph, uint64_t task) {
    const PtProgram *program = graph->runtime->program;
    return program->workflows[program_workflow_of(program, task)].name;
}

// The workflow that replies to a portal.
static const char *replier_of(const Graph *graph, const char *portal) {
    const PtProgram *program = graph->runtime->program;
    for (uint64_t i = 0; i < program->task_count; i++) {
        const PtAsync *async = program->tasks[i].async;
        for (uint64_t k = 0; async && k < async->reply_count; k++)
            if (strcmp(async->replies[k], portal) == 0) return workflow_of(graph, i);
    }
    return "";
}

static void put_key(const Graph *graph, const Cell *cell, Buf *out) {
    const PtTask *task = task_of(graph, cell);
    if (task->key->kind == PT_UNIT) return;
    size_t start = out->length;
    if (show_value(out, task->key, cell_key(task, cell), graph->runtime->program, SHOW_LITERAL, start + KEY_LIMIT)) return;
    out->length = start + KEY_LIMIT;
    while (out->length > start && ((unsigned char)out->data[out->length] & 0xc0) == 0x80) out->length--;
    buf_puts(out, "...");
}

// Whether another use of the task, or another one of its name, can wait, too.
static bool has_namesake(const Graph *graph, const Cell *cell) {
    const PtProgram *program = graph->runtime->program;
    for (uint64_t i = 0; i < program->task_count; i++)
        if (i != cell->task && program->tasks[i].async && strcmp(program->tasks[i].name, task_of(graph, cell)->name) == 0)
            return true;
    return false;
}

// `Cart 7`, or `Cart 7 of orders`
static void put_name(const Graph *graph, const Cell *cell, Buf *out) {
    buf_puts(out, task_of(graph, cell)->name);
    if (task_of(graph, cell)->key->kind != PT_UNIT) {
        buf_putc(out, ' ');
        put_key(graph, cell, out);
    }
    if (has_namesake(graph, cell)) buf_printf(out, " of %s", workflow_of(graph, cell->task));
}

static void put_awaited(const Graph *graph, const Waiting *waiting, Buf *out) {
    const Cell *future = future_of(waiting);
    switch ((CellKind)future->kind) {
    case CELL_ASK: {
        const char *portal = task_of(graph, future)->async->asks[future->portal];
        buf_printf(out, "the reply of portal `%s` from workflow `%s`", portal, replier_of(graph, portal));
        return;
    }
    case CELL_PROMISE: buf_puts(out, "a promise, which nobody completes"); return;
    case CELL_SLEEP: buf_puts(out, "a time"); return;
    case CELL_SPAWN: buf_puts(out, "a spawned block"); return;
    case CELL_FIRST: buf_puts(out, "the first of several"); return;
    case CELL_QUEUED: buf_puts(out, "its turn, in the queue of its key"); return;
    case CELL_WAIT:
    case CELL_FORK: buf_puts(out, "a future"); return;
    }
}

static void put_position(const Graph *graph, const Cell *cell, Buf *out) {
    const PtProgram *program = graph->runtime->program;
    const PtClosure *frame = &program->closures[*(const int64_t *)cell->waiter];
    if (frame->position >= program->position_count) return;
    const PtPosition *at = &program->positions[frame->position];
    buf_printf(out, ", %s:%u:%u", at->file, at->line, at->column);
}

static void tell_waiting(const Graph *graph, const Waiting *waiting) {
    const Cell *cell = waiting->cell;
    Buf text = {0};
    buf_printf(&text, "workflow `%s`, task `%s`", workflow_of(graph, cell->task), task_of(graph, cell)->name);
    if (task_of(graph, cell)->key->kind != PT_UNIT) {
        buf_puts(&text, ", key ");
        put_key(graph, cell, &text);
    }
    put_position(graph, cell, &text);
    buf_puts(&text, ": waits for ");
    put_awaited(graph, waiting, &text);
    error_note(graph->runtime, "%s", buf_text(&text));
    buf_free(&text);
}

// The next member of a circle: a queue is only the way to the one that has the key.
static size_t next_member(const Graph *graph, size_t i) {
    do i = graph->waiting[i].next;
    while (graph->waiting[i].cell->kind == CELL_QUEUED);
    return i;
}

// From the member of a circle that comes first, around.
static void tell_circle(const Graph *graph, size_t member) {
    member = next_member(graph, member);
    size_t first = member;
    for (size_t i = next_member(graph, member); i != member; i = next_member(graph, i))
        if (i < first) first = i;
    Buf text = {0};
    put_name(graph, graph->waiting[first].cell, &text);
    buf_puts(&text, " waits for ");
    size_t i = next_member(graph, first);
    for (size_t told = 1; i != first && told < CHAIN; i = next_member(graph, i), told++) {
        put_name(graph, graph->waiting[i].cell, &text);
        buf_puts(&text, ", which waits for ");
    }
    if (i != first) buf_puts(&text, "others, and at last for ");
    put_name(graph, graph->waiting[first].cell, &text);
    error_note(graph->runtime, "%s", buf_text(&text));
    buf_free(&text);
}

static void tell_circles(Graph *graph) {
    size_t told = 0;
    for (size_t start = 0; start < graph->count && told < TOLD; start++) {
        size_t i = start;
        for (; i != NOBODY && !graph->waiting[i].walk; i = graph->waiting[i].next) graph->waiting[i].walk = start + 1;
        if (i == NOBODY || graph->waiting[i].walk != start + 1) continue;
        tell_circle(graph, i);
        told++;
    }
}

void stuck_report(Runtime *runtime) {
    Graph graph = {.runtime = runtime};
    collect_waiting(&graph);
    collect_makers(&graph);
    link_waiting(&graph);
    unsigned long long count = graph.count;
    if (error_set(runtime, "nothing is left to do, but %llu continuation%s still wait%s", count, count == 1 ? "" : "s",
                  count == 1 ? "s" : "")) {
        for (size_t i = 0; i < graph.count && i < TOLD; i++) tell_waiting(&graph, &graph.waiting[i]);
        if (graph.count > TOLD) error_note(runtime, "and %llu more", count - TOLD);
        tell_circles(&graph);
    }
    free(graph.waiting);
    free(graph.makers);
}
