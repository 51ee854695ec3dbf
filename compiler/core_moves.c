// core_moves.c - where the right to edit a map in place (PtMap.edit, vm/value.h) goes.
//
// The right must be in one place only. A use of a local that makes a copy moves the right along if it is the last use of the
// local: nobody looks at the old copy any more. Otherwise MAP_SHARE takes the right away before the copy is made, from both. What
// is stored within other values, in events, closures or globals never has it, so before that it is always taken away. What is
// only looked at (core_looks.c) leaves the right where it is. Which uses are the last ones core_live.c finds out.
//
// Where a function waits, what lives on goes into a frame and loses the right there (codegen_frame.c).
#include "compiler/core_moves.h"

#include "compiler/core_live.h"

typedef VEC(CoreInst *) Insts;

typedef struct Moves {
    Looks *looks;
    CoreFn *fn;
    Arena *arena;
    int *numbers; // by local; -1: no map
    Map shares;   // instruction -> Insts to be put in before it
} Moves;

// Operand number `arg` is a map that must lose the right to edit before the instruction; `live` is what is live behind it. An
// operand that comes twice is said once.
static bool must_share(const Moves *m, const CoreInst *inst, int arg, const LiveSet *live) {
    MapUse strongest = looks_use(m->looks, m->fn, inst, arg);
    if (strongest == MAP_NO_USE) return false;
    int local = inst->args[arg].local, count = 0;
    for (int i = 0; i < inst->arg_count; i++) {
        if (inst->args[i].kind != OPERAND_LOCAL || inst->args[i].local != local) continue;
        if (i < arg) return false;
        MapUse use = looks_use(m->looks, m->fn, inst, i);
        if (use > strongest) strongest = use;
        count++;
    }
    if (strongest == MAP_MOVED) return count > 1 || core_live_has(live, m->numbers[local]);
    return strongest == MAP_STORED;
}

static void note_shares(void *data, CoreInst *inst, const LiveSet *live) {
    Moves *m = data;
    Insts *shares = NULL;
    for (int i = inst->arg_count; i-- > 0;) {
        if (!must_share(m, inst, i, live)) continue;
        if (!shares) {
            shares = ARENA_NEW(m->arena, Insts);
            map_put(m->arena, &m->shares, inst, shares);
        }
        CoreBlock holder = {0};
        CoreInst *share = core_inst(m->looks->program, &holder, CORE_OP_MAP_SHARE, -1, 1, 0, inst->span);
        share->args[0] = inst->args[i];
        vec_push(m->arena, shares, share);
    }
}

static void put_shares(const Moves *m, CoreBlock *block) {
    Insts insts = {0};
    for (int i = 0; i < block->insts.count; i++) {
        CoreInst *inst = block->insts.items[i];
        const Insts *shares = map_get(&m->shares, inst);
        for (int j = 0; shares && j < shares->count; j++) vec_push(m->arena, &insts, shares->items[j]);
        vec_push(m->arena, &insts, inst);
        for (int j = 0; j < inst->block_count; j++) put_shares(m, inst->blocks[j]);
    }
    if (insts.count == block->insts.count) return;
    block->insts.count = 0;
    for (int i = 0; i < insts.count; i++) vec_push(m->looks->program->arena, &block->insts, insts.items[i]);
}

// Numbers the locals with maps and returns how many there are.
static int number_locals(Moves *m) {
    int count = 0;
    m->numbers = ARENA_ARRAY(m->arena, int, m->fn->locals.count + 1);
    for (int i = 0; i < m->fn->locals.count; i++) m->numbers[i] = looks_is_map(m->fn->locals.items[i].type) ? count++ : -1;
    return count;
}

static void move_in_fn(Looks *looks, CoreFn *fn) {
    Arena arena = {0};
    Moves m = {.looks = looks, .fn = fn, .arena = &arena};
    int count = number_locals(&m);
    if (count > 0) {
        looks_at_fn(looks, fn);
        Live live = {.fn = fn, .arena = &arena, .numbers = m.numbers, .count = count, .awaited = -1};
        live.visit = note_shares;
        live.data = &m;
        core_live(&live);
        if (m.shares.count) put_shares(&m, fn->body);
    }
    arena_free(&arena);
}

static bool has_maps(const CoreProgram *program) {
    for (int i = 0; i < program->types.count; i++)
        if (looks_is_map(program->types.items[i])) return true;
    return false;
}

bool core_moves(CoreProgram *program) {
    if (!has_maps(program)) return false;
    Arena arena = {0};
    Looks looks = looks_at_program(program, &arena);
    for (int i = 0; i < program->fns.count; i++) move_in_fn(&looks, program->fns.items[i]);
    arena_free(&arena);
    return true;
}
