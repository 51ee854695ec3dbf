// Continuations of a changed program: what they refer to of code that is gone, said of all before anything runs. The schema of
// the directory still knows that code, so its program reads the cells here.
#include <stdlib.h>
#include <string.h>

#include "vm/cell_bytes.h"
#include "vm/keys.h"
#include "vm/memory.h"
#include "vm/recover_internal.h"
#include "vm/scratch.h"

// How many continuations wait for the reply of one portal.
typedef struct AskCount {
    char *portal;
    uint64_t count;
} AskCount;

// Code that is gone, and the continuations that refer to it.
typedef struct GoneCode {
    uint64_t count;
    uint64_t futures; // that nothing waits for, but which have it as their value
    uint64_t last;    // id of the cell that was counted last
    uint32_t task;    // and its task, which is that of all if the code is of a frame
    uint64_t kinds[CELL_FORK + 1];
    AskCount *asks;
    size_t ask_count;
    size_t ask_capacity;
} GoneCode;

typedef struct CodeCheck {
    const PtProgram *was;
    bool *gone; // by closure
    GoneCode *codes;
    Scratch memory;
    CellItem item; // the cell at hand
    const char *error;
} CodeCheck;

// ---- what is gone ----

// Marks the closures that the new program does not have. False if it has all.
static bool find_gone(CodeCheck *check, const PtProgram *is, const Rebindings *rebindings) {
    bool any = false;
    for (uint64_t i = 0; i < check->was->closure_count; i++) {
        uint64_t id = check->was->closures[i].id, at = 0;
        bool taken = rebind_takes_place(rebindings, rebind_find(rebindings, id));
        check->gone[i] = !taken && !program_next_code(is, id, &at);
        any |= check->gone[i];
    }
    return any;
}

// ---- who refers to it ----

static void count_ask(GoneCode *code, StoreBytes portal) {
    size_t i = 0;
    while (i < code->ask_count &&
           (strlen(code->asks[i].portal) != portal.size || memcmp(code->asks[i].portal, portal.data, portal.size) != 0))
        i++;
    if (i == code->ask_count) {
        code->asks = memory_grow(code->asks, code->ask_count, &code->ask_capacity, sizeof *code->asks);
        char *name = MEMORY_NEW(char, portal.size + 1);
        memcpy(name, portal.data, portal.size);
        code->asks[code->ask_count++] = (AskCount){name, 0};
    }
    code->asks[i].count++;
}

// The code of something that the cell at hand refers to.
static void see_code(void *user, const PtClosure *closure) {
    CodeCheck *check = user;
    uint64_t number = (uint64_t)(closure - check->was->closures);
    GoneCode *code = &check->codes[number];
    const Cell *cell = &check->item.cell;
    if (!check->gone[number] || code->last == cell->id) return;
    code->last = cell->id;
    code->task = cell->task;
    if (!(check->item.parts & (CELL_HAS_WAITER | CELL_IS_DROPPED))) {
        code->futures++;
        return;
    }
    code->count++;
    if (cell->kind == CELL_ASK)
        count_ask(code, check->item.portal);
    else
        code->kinds[cell->kind]++;
}

static int visit_cell(void *user, StoreBytes bytes, StoreBytes value) {
    CodeCheck *check = user;
    CellItem *item = &check->item;
    Bytes rest = bytes_of(value.data, value.size);
    Key key;
    check->error = "there is a continuation with a key that is none";
    if (!key_parse(bytes.data, bytes.size, &key) || !cell_take_front(item, key.number, &rest, &check->error)) return -EIO;
    check->error = "there is a continuation of a task that is not in the schema";
    if (item->cell.task >= check->was->task_count) return -EIO;
    scratch_rewind(&check->memory);
    Decoder decoder = {.at = rest.at,
                       .end = rest.end,
                       .alloc = scratch_take,
                       .user = &check->memory,
                       .program = check->was,
                       .code = see_code,
                       .code_user = check};
    const PtDesc *desc = check->was->tasks[item->cell.task].key;
    char *at = scratch_take(&check->memory, desc->size + 1);
    bool fine = at && cell_take_key(item, desc, at, &decoder);
    for (CellPart i = 0; fine && i < CELL_PARTS; i++) fine = cell_take_part(item, i, &decoder);
    check->error = fine ? NULL : at ? decoder.error : "there is no memory for a continuation";
    return fine ? 0 : -EIO;
}

// ---- saying so ----

static void put_count(Buf *out, uint64_t count, const char *one, const char *many) {
    if (count == 1)
        buf_puts(out, one);
    else
        buf_printf(out, "%llu %s", (unsigned long long)count, many);
}

// "a continuation", "3 continuations and a future"
static void put_subject(Buf *out, const GoneCode *code) {
    if (code->count) put_count(out, code->count, "a continuation", "continuations");
    if (code->count && code->futures) buf_puts(out, " and ");
    if (code->futures) put_count(out, code->futures, "a future", "futures");
}

static void put_code(Buf *out, const PtProgram *was, const PtClosure *closure, const GoneCode *code) {
    static const char any[] = "Any of ", gone[] = "that has changed or is gone";
    PtKind kind = closure->desc ? (PtKind)closure->desc->kind : PT_FN;
    bool one = code->count + code->futures == 1;
    const char *name = closure->name;
    put_subject(out, code);
    if (kind == PT_FRAME) {
        buf_printf(out, " of task `%s` go%s on in code %s", was->tasks[code->task].name, one ? "es" : "", gone);
    } else {
        buf_printf(out, one ? " has " : " have ");
        buf_printf(out, "%s %s", kind == PT_ANY ? "a value of a type" : "a function", gone);
    }
    if (kind == PT_ANY && strncmp(name, any, strlen(any)) == 0) name += strlen(any);
    buf_printf(out, ": `%s`", name);
    if (kind == PT_ANY || closure->position >= was->position_count || !*was->positions[closure->position].file) return;
    const PtPosition *at = &was->positions[closure->position];
    buf_printf(out, " at %s:%u:%u", at->file, at->line, at->column);
}

// The first field of a frame is its caller.
static void note_captured(Buf *out, const PtClosure *closure) {
    uint64_t first = closure->desc && closure->desc->kind == PT_FRAME;
    if (closure->desc && closure->desc->kind == PT_ANY) return;
    if (closure->field_count <= first) return;
    buf_puts(out, "   = with");
    for (uint64_t i = first; i < closure->field_count; i++) {
        const PtField *field = &closure->fields[i];
        buf_puts(out, i > first ? ", " : " ");
        if (field->name)
            buf_printf(out, "`%s: %s`", field->name, field->desc->name);
        else
            buf_printf(out, "`%s`", field->desc->name);
    }
    buf_putc(out, '\n');
}

static void note_waits(Buf *out, const GoneCode *code) {
    static const struct {
        const char *one, *many;
    } waits[] = {
        [CELL_PROMISE] = {"a promise", "promises"},
        [CELL_SLEEP] = {"a timer", "timers"},
        [CELL_SPAWN] = {"the end of a `spawn`", "ends of `spawn`"},
        [CELL_FIRST] = {"the first of several futures", "firsts of several futures"},
        [CELL_QUEUED] = {"an exclusive key", "exclusive keys"},
        [CELL_WAIT] = {"a future that others wait for", "futures that others wait for"},
    };
    const char *between = "   = waiting for ";
    for (size_t i = 0; i < code->ask_count; i++, between = ", ") {
        buf_puts(out, between);
        put_count(out, code->asks[i].count, "a reply", "replies");
        buf_printf(out, " of portal `%s`", code->asks[i].portal);
    }
    for (int i = CELL_PROMISE; i <= CELL_WAIT; i++) {
        if (!code->kinds[i]) continue;
        buf_puts(out, between);
        put_count(out, code->kinds[i], waits[i].one, waits[i].many);
        between = ", ";
    }
    buf_putc(out, '\n');
}

static void report(const CodeCheck *check, const Rebindings *rebindings, Buf *message) {
    size_t start = message->length;
    bool has_heir = false;
    for (uint64_t i = 0; i < check->was->closure_count; i++) {
        const GoneCode *code = &check->codes[i];
        if (!code->count && !code->futures) continue;
        buf_puts(message, "error: cannot resume: ");
        put_code(message, check->was, &check->was->closures[i], code);
        buf_putc(message, '\n');
        note_captured(message, &check->was->closures[i]);
        if (code->count) note_waits(message, code);
        const Rebinding *rebinding = rebind_find(rebindings, check->was->closures[i].id);
        has_heir |= rebinding && rebinding->code >= 0;
    }
    if (message->length == start) return;
    buf_puts(message,
             "   = help: run the program that wrote the directory until they have ended, or drop them with `--drop-frames`");
    if (has_heir) buf_puts(message, "; functions go on as they are now with `--rebind`");
    buf_putc(message, '\n');
}

// ---- all ----

static void free_check(CodeCheck *check) {
    for (uint64_t i = 0; i < check->was->closure_count; i++) {
        for (size_t k = 0; k < check->codes[i].ask_count; k++) free(check->codes[i].asks[k].portal);
        free(check->codes[i].asks);
    }
    free(check->codes);
    free(check->gone);
    scratch_free(&check->memory);
}

bool recover_check_code(Runtime *runtime, const PtProgram *was, const State *items) {
    CodeCheck check = {
        .was = was,
        .gone = MEMORY_NEW(bool, was->closure_count),
        .codes = MEMORY_NEW(GoneCode, was->closure_count),
    };
    scratch_init(&check.memory);
    int code = 0;
    if (find_gone(&check, runtime->program, &runtime->rebindings)) {
        char prefix = KEY_CELL;
        code = state_scan(items, (StoreBytes){&prefix, 1}, visit_cell, &check);
        if (code) recover_damaged(runtime, check.error ? check.error : items->store->message(items->store));
    }
    if (!code && !runtime->options.drop_frames) report(&check, &runtime->rebindings, &runtime->failure);
    free_check(&check);
    return !runtime->failure.length;
}
