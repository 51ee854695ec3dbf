// What waits: the continuations of a directory, in the order in which they began to wait. They are read one at a time, since
// there may be more of them than there is memory.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "vm/host.h"
#include "vm/inspect_internal.h"
#include "vm/memory.h"
#include "vm/store_latest.h"

enum { MUCH_OUTPUT = 64 << 10 };

typedef struct CellScan {
    Inspection *in;
    bool *wanted; // by task
    CellSums *sums;
    Latest queues;     // by task and key
    uint64_t *lengths; // by number of the queue: how many have been seen in it
    size_t length_capacity;
    Buf key;
    uint64_t shown;
} CellScan;

static int damaged(Inspection *in, const char *error) {
    return inspect_fail(in, "damaged: a continuation: %s", error);
}

static int read_front(Inspection *in, StoreBytes bytes, StoreBytes value, CellItem *item, Bytes *rest) {
    Key key;
    const char *error;
    *rest = bytes_of(value.data, value.size);
    if (!key_parse(bytes.data, bytes.size, &key)) return damaged(in, "it has a key that is none");
    if (!cell_take_front(item, key.number, rest, &error)) return damaged(in, error);
    return item->cell.task < in->program->task_count ? 0 : damaged(in, "it is of a task that the schema does not have");
}

// Whether it is a continuation, and not only what one may wait for later.
static bool is_pending(const CellItem *item) {
    return item->parts & (CELL_HAS_WAITER | CELL_IS_DROPPED);
}

// What a continuation waits for: it is in the cell of the future itself, or, if another one was there first, in one of its own.
static int find_future(Inspection *in, const CellItem *item, CellItem *future) {
    *future = *item;
    if (item->cell.kind != CELL_WAIT) return 0;
    Buf key = {0};
    StoreBytes value;
    Bytes rest;
    key_put_cell(&key, item->cell.next);
    int code = state_get(&in->state, (StoreBytes){key.data, key.length}, &value);
    if (!code) code = read_front(in, (StoreBytes){key.data, key.length}, value, future, &rest);
    buf_free(&key);
    if (code == -ENOENT || (!code && future->cell.kind >= CELL_QUEUED)) return damaged(in, "it waits for a future that is gone");
    return code;
}

// ---- how many ----

static int count_cell(void *user, StoreBytes bytes, StoreBytes value) {
    CellScan *scan = user;
    CellItem item, future;
    Bytes rest;
    int code = read_front(scan->in, bytes, value, &item, &rest);
    if (code || !scan->wanted[item.cell.task] || item.cell.kind == CELL_FORK) return code;
    if (!is_pending(&item)) {
        scan->sums->futures++;
        return 0;
    }
    scan->sums->pending++;
    code = find_future(scan->in, &item, &future);
    scan->sums->kinds[future.cell.kind]++;
    return code;
}

// ---- each ----

// Later places have higher ids, so they come in order.
static uint64_t place_in_queue(CellScan *scan, const CellItem *item, const PtTask *task, const char *key) {
    if (item->cell.kind != CELL_QUEUED) return 0;
    scan->key.length = 0;
    bytes_put_u32(&scan->key, item->cell.task);
    encode_key(&scan->key, task->key, key, scan->in->program);
    size_t known = scan->queues.count;
    size_t queue = latest_number(&scan->queues, hash_bytes128(scan->key.data, scan->key.length));
    scan->lengths = memory_grow(scan->lengths, queue, &scan->length_capacity, sizeof *scan->lengths);
    if (queue == known) scan->lengths[queue] = 0;
    return ++scan->lengths[queue];
}

static const char *task_of_asker(const PtProgram *program, int64_t asker) {
    for (uint64_t i = 0; i < program->task_count; i++)
        if (program->tasks[i].async && program->tasks[i].async->asker == asker) return program->tasks[i].name;
    return NULL;
}

static const char *workflow_of_task(const PtProgram *program, uint64_t task) {
    uint64_t workflow = program_workflow_of(program, task);
    return workflow < program->workflow_count ? program->workflows[workflow].name : NULL;
}

static int show_cell(void *user, StoreBytes bytes, StoreBytes value) {
    CellScan *scan = user;
    Inspection *in = scan->in;
    CellItem item;
    Bytes rest;
    int code = read_front(in, bytes, value, &item, &rest);
    if (code || !scan->wanted[item.cell.task]) return code;
    const PtTask *task = &in->program->tasks[item.cell.task];
    scratch_rewind(&in->scratch);
    char *key = scratch_take(&in->scratch, task->key->size + 1);
    Decoder decoder = {.at = rest.at, .end = rest.end, .alloc = scratch_take, .user = &in->scratch, .program = in->program};
    bool fine = key && cell_take_key(&item, task->key, key, &decoder);
    for (CellPart i = 0; fine && i < CELL_PARTS; i++) fine = cell_take_part(&item, i, &decoder);
    if (!fine) return damaged(in, key ? decoder.error : "there is no memory for it");
    if (!is_pending(&item)) return 0;
    CellItem future;
    code = find_future(in, &item, &future);
    if (code) return code;
    ContinuationItem shown = {
        .task = task,
        .workflow = workflow_of_task(in->program, item.cell.task),
        .key = key,
        .item = &item,
        .future = &future,
        .place = place_in_queue(scan, &item, task, key),
        .asker = task_of_asker(in->program, item.cell.activation.from.asker),
    };
    scan->shown++;
    PRINT(in, continuation, &shown);
    inspect_flush(in, MUCH_OUTPUT);
    if (in->stopped) return INSPECT_STOP;
    return scan->shown == in->options->limit && in->options->format != INSPECT_CHECK ? INSPECT_ENOUGH : 0;
}

// ---- all ----

static int scan_cells(CellScan *scan) {
    Inspection *in = scan->in;
    char prefix = KEY_CELL;
    StoreBytes front = {&prefix, 1};
    int code = state_scan(&in->state, front, count_cell, scan);
    if (code) return code;
    PRINT(in, continuations, scan->sums);
    if (in->options->limit || in->options->format == INSPECT_CHECK) code = state_scan(&in->state, front, show_cell, scan);
    if (code == INSPECT_ENOUGH) code = 0;
    if (!code) PRINT(in, end_continuations, scan->sums, scan->shown);
    return code;
}

int inspect_continuations(Inspection *in) {
    CellScan scan = {.in = in, .wanted = MEMORY_NEW(bool, in->program->task_count), .sums = &in->sums.cells};
    for (uint64_t i = 0; i < in->program->task_count; i++)
        scan.wanted[i] = in->options->task ? strcmp(in->options->task, in->program->tasks[i].name) == 0
                                           : !host_is_hidden(in->program->tasks[i].name);
    int code = scan_cells(&scan);
    free(scan.wanted);
    latest_free(&scan.queues);
    free(scan.lengths);
    buf_free(&scan.key);
    return code;
}

const PtPosition *inspect_position(const PtProgram *program, uint64_t position) {
    return position < program->position_count && *program->positions[position].file ? &program->positions[position] : NULL;
}

const PtClosure *inspect_frame(const PtProgram *program, const void **frame) {
    const char *at = *frame;
    if (!at) return NULL;
    memcpy(frame, at + PT_FRAME_CALLER, sizeof *frame);
    return &program->closures[*(const int64_t *)at];
}

void inspect_put_time(Buf *out, int64_t time) {
    enum { SECOND = 1000 * 1000 * 1000 };
    int64_t rest = time % SECOND;
    time_t seconds = (time_t)(time / SECOND);
    if (rest < 0) {
        rest += SECOND;
        seconds--;
    }
    struct tm parts;
    char text[64];
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    buf_puts(out, text);
    if (rest) {
        snprintf(text, sizeof text, ".%09lld", (long long)rest);
        size_t size = strlen(text);
        while (text[size - 1] == '0') size--;
        buf_append(out, text, size);
    }
    buf_putc(out, 'Z');
}
