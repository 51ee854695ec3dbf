#include "vm/cell_bytes.h"

#include <string.h>

#include "vm/cells_internal.h"

enum { HAS_ACTIVATION = CELL_HAS_WAITER | CELL_IS_DROPPED, ALL_PARTS = 15 };

static const PtDesc *const PART_TYPES[CELL_PARTS] = {&CELLS_ANY, &CELLS_FRAME, &CELLS_FRAME};

const PtAsync *cell_async(const PtProgram *program, uint64_t task) {
    if (program->tasks[task].async) return program->tasks[task].async;
    for (uint64_t i = 0; i < program->task_count; i++) {
        const PtAsync *async = program->tasks[i].async;
        if (async && async->globals == task + 1) return async;
    }
    return NULL;
}

// ---- writing ----

static void put_name(Buf *out, const char *name) {
    size_t size = strlen(name);
    bytes_put_u32(out, (uint32_t)size);
    buf_append(out, name, size);
}

static void put_activation(Buf *out, const PtAsync *async, const Activation *activation) {
    bytes_put_u8(out, (uint8_t)activation->kind);
    bytes_put_u8(out, (uint8_t)activation->late);
    if (activation->kind == ACTIVATION_SPAWN) {
        bytes_put_u64(out, activation->future);
    } else if (activation->kind == ACTIVATION_REQUEST) {
        bytes_put_u8(out, activation->replied != 0);
        put_name(out, async->replies[activation->portal]);
        bytes_put_u64(out, (uint64_t)activation->from.asker);
        bytes_put_u64(out, (uint64_t)activation->from.hash);
        bytes_put_u64(out, (uint64_t)activation->from.future);
    }
}

static void put_part(Buf *out, const PtProgram *program, CellPart part, const void *value) {
    size_t at = out->length;
    bytes_put_u32(out, 0);
    encode_value(out, PART_TYPES[part], &value, program);
    Buf patch = {out->data + at, 0, sizeof(uint32_t)};
    bytes_put_u32(&patch, (uint32_t)(out->length - at - sizeof(uint32_t)));
}

static uint8_t parts_of(const Cell *cell) {
    uint8_t parts = cell->value ? CELL_HAS_VALUE : 0;
    if (!cell->waiter) return parts | (cell->flags & CELL_DROPPED ? CELL_IS_DROPPED : 0);
    return parts | CELL_HAS_WAITER | (cell->activation.start ? CELL_HAS_START : 0);
}

void cell_put(Buf *out, const PtProgram *program, uint32_t task, const Cell *cell) {
    const PtTask *code = &program->tasks[cell->task];
    const PtAsync *async = cell_async(program, cell->task);
    uint8_t parts = parts_of(cell);
    bytes_put_u32(out, task);
    bytes_put_u8(out, cell->kind);
    bytes_put_u8(out, cell->state);
    bytes_put_u8(out, parts);
    bytes_put_u64(out, (uint64_t)cell->due);
    bytes_put_u64(out, cell->next);
    if (cell->kind == CELL_ASK) put_name(out, async->asks[cell->portal]);
    if (cell->kind == CELL_ASK) bytes_put_u8(out, (cell->flags & CELL_BEHIND) != 0);
    if (cell->kind == CELL_QUEUED) bytes_put_u32(out, cell->portal);
    if (cell->kind == CELL_FORK) bytes_put_u64(out, cell->activation.future);
    if (parts & HAS_ACTIVATION) put_activation(out, async, &cell->activation);
    encode_value(out, code->key, cell_key(code, cell), program);
    if (parts & CELL_HAS_VALUE) put_part(out, program, PART_VALUE, cell->value);
    if (parts & CELL_HAS_WAITER) put_part(out, program, PART_WAITER, cell->waiter);
    if (parts & CELL_HAS_START) put_part(out, program, PART_START, cell->activation.start);
}

// ---- reading ----

static bool take_bytes(Bytes *from, Bytes *out) {
    uint32_t size;
    if (!bytes_take_u32(from, &size) || bytes_left(from) < size) return false;
    *out = bytes_of(from->at, size);
    from->at += size;
    return true;
}

static bool take_name(Bytes *from, StoreBytes *name) {
    Bytes bytes;
    if (!take_bytes(from, &bytes) || !bytes_left(&bytes)) return false;
    *name = (StoreBytes){bytes.at, bytes_left(&bytes)};
    return true;
}

static bool take_activation(CellItem *item, Bytes *bytes) {
    Activation *activation = &item->cell.activation;
    uint64_t address[3];
    uint8_t kind, late, replied;
    if (!bytes_take_u8(bytes, &kind) || kind > ACTIVATION_SPAWN || !bytes_take_u8(bytes, &late) || late > 1) return false;
    activation->kind = kind;
    activation->late = late;
    if (kind == ACTIVATION_SPAWN) return bytes_take_u64(bytes, &activation->future);
    if (kind != ACTIVATION_REQUEST) return true;
    if (!bytes_take_u8(bytes, &replied) || replied > 1 || !take_name(bytes, &item->requested)) return false;
    for (int i = 0; i < 3; i++)
        if (!bytes_take_u64(bytes, &address[i])) return false;
    activation->replied = replied;
    activation->from = (PtAddress){(int64_t)address[0], (int64_t)address[1], (int64_t)address[2]};
    return true;
}

// What a cell of its kind and state has, and has not.
static bool parts_fit(const CellItem *item) {
    const Cell *cell = &item->cell;
    bool value = item->parts & CELL_HAS_VALUE, waiter = item->parts & CELL_HAS_WAITER;
    if (waiter ? item->parts & CELL_IS_DROPPED : item->parts & CELL_HAS_START) return false;
    if (cell->kind == CELL_QUEUED || cell->kind == CELL_WAIT)
        return cell->state == CELL_PENDING && item->parts & HAS_ACTIVATION && !value;
    if (cell->kind == CELL_FORK) return cell->state == CELL_PENDING && !item->parts;
    if (cell->state == CELL_PENDING) return !value || cell->kind == CELL_FIRST;
    return cell->state == CELL_DONE || value;
}

// What only one kind has.
static bool take_kind(CellItem *item, Bytes *bytes) {
    Cell *cell = &item->cell;
    uint8_t behind;
    switch (cell->kind) {
    case CELL_ASK:
        if (!take_name(bytes, &item->portal) || !bytes_take_u8(bytes, &behind) || behind > 1) return false;
        if (behind) cell->flags |= CELL_BEHIND;
        return true;
    case CELL_QUEUED: return bytes_take_u32(bytes, &cell->portal);
    case CELL_FORK: return bytes_take_u64(bytes, &cell->activation.future);
    default: return true;
    }
}

static bool take_front(CellItem *item, Bytes *bytes) {
    Cell *cell = &item->cell;
    uint64_t due;
    if (!bytes_take_u32(bytes, &cell->task) || !bytes_take_u8(bytes, &cell->kind) || cell->kind > CELL_FORK ||
        !bytes_take_u8(bytes, &cell->state) || cell->state > CELL_FAILED || !bytes_take_u8(bytes, &item->parts) ||
        item->parts > ALL_PARTS || !bytes_take_u64(bytes, &due) || !bytes_take_u64(bytes, &cell->next))
        return false;
    cell->due = (int64_t)due;
    if (!parts_fit(item) || !take_kind(item, bytes)) return false;
    return !(item->parts & HAS_ACTIVATION) || take_activation(item, bytes);
}

bool cell_take_front(CellItem *item, uint64_t id, Bytes *bytes, const char **error) {
    *item = (CellItem){.cell.id = id};
    if (take_front(item, bytes)) return true;
    *error = "what a continuation waits for is not what it must be";
    return false;
}

bool cell_take_key(CellItem *item, const PtDesc *desc, void *to, Decoder *decoder) {
    if (!decode_value(decoder, desc, to)) return false;
    Bytes rest = {decoder->at, decoder->end};
    for (int i = 0; i < CELL_PARTS; i++)
        if (item->parts & 1 << i && !take_bytes(&rest, &item->part[i])) {
            decoder->error = "the bytes end within a continuation";
            return false;
        }
    if (!bytes_left(&rest)) return true;
    decoder->error = "there are bytes behind a continuation";
    return false;
}

bool cell_take_part(CellItem *item, CellPart part, Decoder *decoder) {
    void **const places[CELL_PARTS] = {&item->cell.value, &item->cell.waiter, &item->cell.activation.start};
    if (!(item->parts & 1 << part)) return true;
    decoder->at = item->part[part].at;
    decoder->end = item->part[part].end;
    if (!decode_value(decoder, PART_TYPES[part], places[part])) return false;
    if (decoder->at == decoder->end && *places[part]) return true;
    decoder->error = "a part of a continuation is of another size than it must be";
    return false;
}

static const PtClosure *code_of(const PtProgram *program, const void *frame) {
    return &program->closures[*(const int64_t *)frame];
}

bool cell_frames_fit(const PtProgram *program, const void *frame) {
    for (;;) {
        const void *caller;
        memcpy(&caller, (const char *)frame + PT_FRAME_CALLER, sizeof caller);
        if (!code_of(program, frame)->resume) return false;
        if (!caller) return true;
        const PtDesc *given = code_of(program, frame)->result, *taken = code_of(program, caller)->awaited;
        if (given != taken && (!given || !taken || strcmp(given->name, taken->name) != 0)) return false;
        frame = caller;
    }
}
