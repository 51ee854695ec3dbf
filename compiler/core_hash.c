// core_hash.c - the ids of closures: hashes of what their code does. State may hold closures for longer than the program that
// made them exists, so the id must change when the code does, and should not when something else does. It covers
//
//   - the code of the function and of all functions it leads to, without names of functions and locals and without positions;
//   other
//     functions are referred to by the order in which they are first reached
//   - its signature, and what the types of captured values consist of, to the last field
//
// A type that is made into an Any has an id, too: a hash of what it consists of, likewise.
//
// Frames must outlive the program more easily than that: functions that wait are long, and what they call changes. So the id of a
// frame covers the code of its own function, closures and spawned blocks in it included, but of functions that it calls only name
// and signature; what its types consist of; which place of the function it is; and what is kept there. The names of called
// functions must be in it, since a frame that calls something else than before must not go on, and so must be which task it
// belongs to, so that two functions with the same id do the same.
//
// What has not begun yet can begin in other code as well: the frame with which a handler begins has the id of its name and of the
// types that it is given. That of a spawned block, which has no name, is of its code.
#include "compiler/core.h"

#include "base/hash.h"

typedef struct Code {
    uint64_t hash;    // of the function by itself
    VEC(int) callees; // ids, as often as and in the order in which they are referred to
    bool known;
    uint64_t own; // of what frames of the function have in common
    bool own_known;
} Code;

struct CoreHashes {
    const CoreProgram *program;
    Arena *arena;
    Code *codes; // by CoreFn.id
};

CoreHashes *core_hashes_new(const CoreProgram *program) {
    CoreHashes *hashes = ARENA_NEW(program->arena, CoreHashes);
    hashes->program = program;
    hashes->arena = program->arena;
    hashes->codes = ARENA_ARRAY(program->arena, Code, program->fns.count);
    return hashes;
}

// In the order of core_dump_code.
static void collect_callees(CoreHashes *hashes, const CoreBlock *block, Code *code) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->fn) vec_push(hashes->arena, &code->callees, inst->fn->id);
        for (int j = 0; j < inst->block_count; j++) collect_callees(hashes, inst->blocks[j], code);
    }
}

static const Code *code_of(CoreHashes *hashes, int id) {
    Code *code = &hashes->codes[id];
    if (code->known) return code;
    const CoreFn *fn = hashes->program->fns.items[id];
    Buf text = {0};
    core_dump_code(hashes->program, fn, &text);
    code->hash = hash_bytes(text.data, text.length);
    buf_free(&text);
    collect_callees(hashes, fn->body, code);
    code->known = true;
    return code;
}

// ---- all that a function leads to ----

typedef struct Reached {
    VEC(int) ids; // in the order in which they are found
    int *orders;  // by id: 1 + place in ids; 0: not found yet
} Reached;

static int reach(CoreHashes *hashes, Reached *reached, int id) {
    if (!reached->orders[id]) {
        vec_push(hashes->arena, &reached->ids, id);
        reached->orders[id] = reached->ids.count;
    }
    return reached->orders[id];
}

static void put_number(Buf *out, uint64_t number) {
    for (int i = 0; i < 8; i++) buf_putc(out, (char)(number >> 8 * i));
}

static void put_code(CoreHashes *hashes, const CoreFn *fn, Buf *out) {
    Reached reached = {.orders = ARENA_ARRAY(hashes->arena, int, hashes->program->fns.count)};
    reach(hashes, &reached, fn->id);
    for (int i = 0; i < reached.ids.count; i++) { // grows meanwhile
        const Code *code = code_of(hashes, reached.ids.items[i]);
        put_number(out, code->hash);
        put_number(out, (uint64_t)code->callees.count);
        for (int j = 0; j < code->callees.count; j++) put_number(out, (uint64_t)reach(hashes, &reached, code->callees.items[j]));
    }
}

// ---- types ----

typedef struct Types {
    VEC(CoreType *) items;
    bool *found; // by CoreType.id
} Types;

static void find_type(CoreHashes *hashes, Types *types, CoreType *type) {
    if (types->found[type->id]) return;
    types->found[type->id] = true;
    vec_push(hashes->arena, &types->items, type);
}

// What the types consist of; core_dump_type says what each does of the ones it names.
static void put_types(CoreHashes *hashes, Types *types, Buf *out) {
    for (int i = 0; i < types->items.count; i++) { // grows meanwhile
        const CoreType *type = types->items.items[i];
        buf_printf(out, "%s\n", type->name);
        core_dump_type(type, out);
        if (type->elem) find_type(hashes, types, type->elem);
        if (type->mapped) find_type(hashes, types, type->mapped);
        for (int j = 0; j < type->variant_count; j++)
            for (int k = 0; k < type->variants[j].field_count; k++) find_type(hashes, types, type->variants[j].fields[k].type);
    }
}

uint64_t core_hash_closure(CoreHashes *hashes, const CoreFn *fn) {
    Buf text = {0};
    put_code(hashes, fn, &text);
    Types types = {.found = ARENA_ARRAY(hashes->arena, bool, hashes->program->types.count)};
    for (int i = 0; i < fn->captured; i++) find_type(hashes, &types, fn->locals.items[i].type);
    put_types(hashes, &types, &text);
    uint64_t hash = hash_bytes(text.data, text.length);
    buf_free(&text);
    return hash;
}

// ---- frames ----

// Of closures and blocks that begin by a frame, the code: they are part of the function. What has effects calls functions of the
// task, and what takes its events, as the function itself does.
static void put_inner_code(CoreHashes *hashes, const CoreBlock *block, Buf *out) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        bool closure = inst->op == CORE_OP_CLOSURE_NEW, effects = closure && inst->fn->effects;
        if (closure && !effects) put_code(hashes, inst->fn, out);
        if (effects || inst->op == CORE_OP_FRAME_NEW) core_dump_own_code(hashes->program, inst->fn, out);
        if (effects) put_inner_code(hashes, inst->fn->body, out);
        for (int j = 0; j < inst->block_count; j++) put_inner_code(hashes, inst->blocks[j], out);
    }
}

static uint64_t hash_own_code(CoreHashes *hashes, const CoreFn *fn) {
    Code *code = &hashes->codes[fn->id];
    if (code->own_known) return code->own;
    Buf text = {0};
    core_dump_own_code(hashes->program, fn, &text);
    put_inner_code(hashes, fn->body, &text);
    Types types = {.found = ARENA_ARRAY(hashes->arena, bool, hashes->program->types.count)};
    for (int i = 0; i < fn->locals.count; i++) find_type(hashes, &types, fn->locals.items[i].type);
    find_type(hashes, &types, fn->result);
    put_types(hashes, &types, &text);
    code->own = hash_bytes(text.data, text.length);
    code->own_known = true;
    buf_free(&text);
    return code->own;
}

// A handler is found by what it is for and the types of what it is given.
static void put_beginning(CoreHashes *hashes, const CoreFn *fn, Buf *out) {
    buf_printf(out, "%s\n", fn->title);
    Types types = {.found = ARENA_ARRAY(hashes->arena, bool, hashes->program->types.count)};
    for (int i = 0; i < fn->param_count; i++) {
        buf_printf(out, "%s\n", fn->locals.items[i].type->name);
        find_type(hashes, &types, fn->locals.items[i].type);
    }
    put_types(hashes, &types, out);
}

uint64_t core_hash_frame(CoreHashes *hashes, const CoreFn *fn, const CoreWait *point) {
    Buf text = {0};
    buf_puts(&text, point || fn->spawned ? "frame " : "beginning ");
    put_number(&text, (uint64_t)hashes->program->tasks.items[fn->task - 1].async->asker);
    if (point || fn->spawned)
        put_number(&text, hash_own_code(hashes, fn));
    else
        put_beginning(hashes, fn, &text);
    put_number(&text, point ? (uint64_t)point->number : 0);
    for (int i = 0; point && i < point->local_count; i++) put_number(&text, (uint64_t)point->locals[i]);
    uint64_t hash = hash_bytes(text.data, text.length);
    buf_free(&text);
    return hash;
}

uint64_t core_hash_any(CoreHashes *hashes, CoreType *type) {
    Buf text = {0};
    buf_puts(&text, "Any of ");
    Types types = {.found = ARENA_ARRAY(hashes->arena, bool, hashes->program->types.count)};
    find_type(hashes, &types, type);
    put_types(hashes, &types, &text);
    uint64_t hash = hash_bytes(text.data, text.length);
    buf_free(&text);
    return hash;
}
