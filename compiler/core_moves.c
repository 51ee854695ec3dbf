// core_moves.c - where the right to edit a map in place (PtMap.edit, vm/value.h) goes.
//
// The right must be in one place only. A use of a local that makes a copy moves the right along if it is the last use of the
// local: nobody looks at the old copy any more. Otherwise MAP_SHARE takes the right away before the copy is made, from both. What
// is stored within other values, in events, closures or globals never has it, so before that it is always taken away. What is
// only looked at (core_looks.c) leaves the right where it is.
//
// Which uses are the last ones is found by liveness: backwards over the structured code, for loops in rounds until nothing
// changes.
#include "compiler/core_moves.h"

#include <string.h>

// A set of locals with maps, which are numbered.
typedef struct LiveSet {
    struct LiveSet *next_free;
    uint64_t words[];
} LiveSet;

typedef struct Moves {
    Looks *looks;
    CoreFn *fn;
    Arena *arena;
    int *numbers; // by local; -1: no map
    size_t words; // of a set
    LiveSet *free;
    Map heads;    // loop -> what is live at the beginning of a round
    bool changed; // a head has grown
    bool insert;  // heads are final: put the instructions in
} Moves;

// Where control goes from within a loop.
typedef struct LoopLive {
    const LiveSet *head, *exit;
} LoopLive;

// ---- sets ----------------------------------------------------------------------------------------------------------------

static LiveSet *set_copy(Moves *m, const LiveSet *from) {
    LiveSet *set = m->free;
    size_t bytes = m->words * sizeof(uint64_t);
    if (set)
        m->free = set->next_free;
    else
        set = arena_alloc(m->arena, sizeof(LiveSet) + bytes);
    if (from)
        memcpy(set->words, from->words, bytes);
    else
        memset(set->words, 0, bytes);
    return set;
}

static void set_free(Moves *m, LiveSet *set) {
    set->next_free = m->free;
    m->free = set;
}

static void set_clear(const Moves *m, LiveSet *set) {
    memset(set->words, 0, m->words * sizeof(uint64_t));
}

static void set_assign(const Moves *m, LiveSet *set, const LiveSet *from) {
    memcpy(set->words, from->words, m->words * sizeof(uint64_t));
}

// True if the set grows.
static bool set_join(const Moves *m, LiveSet *set, const LiveSet *other) {
    bool grows = false;
    for (size_t i = 0; i < m->words; i++) {
        grows |= (other->words[i] & ~set->words[i]) != 0;
        set->words[i] |= other->words[i];
    }
    return grows;
}

static bool set_has(const LiveSet *set, int number) {
    return set->words[number / 64] >> (number % 64) & 1;
}

static void set_add(LiveSet *set, int number) {
    set->words[number / 64] |= (uint64_t)1 << (number % 64);
}

static void set_remove(const Moves *m, LiveSet *set, int local) {
    if (local >= 0 && m->numbers[local] >= 0) set->words[m->numbers[local] / 64] &= ~((uint64_t)1 << (m->numbers[local] % 64));
}

// ---- liveness --------------------------------------------------------------------------------------------------------------

// Each takes what is live behind it in `live` and leaves there what is live before it.
static void live_block(Moves *m, CoreBlock *block, LiveSet *live, const LoopLive *loop);

static void live_if(Moves *m, const CoreInst *inst, LiveSet *live, const LoopLive *loop) {
    LiveSet *other = set_copy(m, live);
    live_block(m, inst->blocks[0], live, loop);
    live_block(m, inst->blocks[1], other, loop);
    set_join(m, live, other);
    set_free(m, other);
}

static LiveSet *head_of(Moves *m, const CoreInst *loop) {
    LiveSet *head = map_get(&m->heads, loop);
    if (head) return head;
    head = set_copy(m, NULL);
    map_put(m->arena, &m->heads, loop, head);
    return head;
}

static void live_loop(Moves *m, const CoreInst *inst, LiveSet *live) {
    LiveSet *head = head_of(m, inst), *exit = set_copy(m, live), *body = set_copy(m, head);
    live_block(m, inst->blocks[0], body, &(LoopLive){head, exit});
    set_remove(m, body, inst->dst);
    if (inst->op != CORE_OP_LOOP) set_join(m, body, exit); // there may be no round at all
    m->changed |= set_join(m, head, body);
    set_assign(m, live, head);
    set_free(m, exit);
    set_free(m, body);
}

static void live_control(Moves *m, const CoreInst *inst, LiveSet *live, const LoopLive *loop) {
    switch (inst->op) {
    case CORE_OP_IF: live_if(m, inst, live, loop); break;
    case CORE_OP_LOOP ... CORE_OP_FOR_LIST: live_loop(m, inst, live); break;
    case CORE_OP_BREAK: set_assign(m, live, loop->exit); break;
    case CORE_OP_CONTINUE: set_assign(m, live, loop->head); break;
    case CORE_OP_RETURN:
    case CORE_OP_FAIL:
    case CORE_OP_UNREACHABLE: set_clear(m, live); break;
    default: set_remove(m, live, inst->dst); break;
    }
}

static void live_operands(const Moves *m, const CoreInst *inst, LiveSet *live) {
    for (int i = 0; i < inst->arg_count; i++)
        if (looks_use(m->looks, m->fn, inst, i) != MAP_NO_USE) set_add(live, m->numbers[inst->args[i].local]);
}

// ---- instructions that are put in ------------------------------------------------------------------------------------------

typedef VEC(CoreInst *) Insts;

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
    if (strongest == MAP_MOVED) return count > 1 || set_has(live, m->numbers[local]);
    return strongest == MAP_STORED;
}

// `insts` is in reverse order.
static void put_shares(Moves *m, const CoreInst *inst, const LiveSet *live, Insts *insts) {
    for (int i = 0; i < inst->arg_count; i++) {
        if (!must_share(m, inst, i, live)) continue;
        CoreBlock holder = {0};
        CoreInst *share = core_inst(m->looks->program, &holder, CORE_OP_MAP_SHARE, -1, 1, 0, inst->span);
        share->args[0] = inst->args[i];
        vec_push(m->arena, insts, share);
    }
}

static void replace_insts(CoreProgram *program, CoreBlock *block, const Insts *reversed) {
    block->insts.count = 0;
    for (int i = reversed->count; i-- > 0;) vec_push(program->arena, &block->insts, reversed->items[i]);
}

static void live_block(Moves *m, CoreBlock *block, LiveSet *live, const LoopLive *loop) {
    Insts insts = {0};
    for (int i = block->insts.count; i-- > 0;) {
        CoreInst *inst = block->insts.items[i];
        live_control(m, inst, live, loop);
        if (m->insert) {
            vec_push(m->arena, &insts, inst);
            put_shares(m, inst, live, &insts);
        }
        live_operands(m, inst, live);
    }
    if (insts.count > block->insts.count) replace_insts(m->looks->program, block, &insts);
}

// ---- functions -------------------------------------------------------------------------------------------------------------

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
        m.words = ((size_t)count + 63) / 64;
        LiveSet *live = set_copy(&m, NULL);
        do {
            m.changed = false;
            set_clear(&m, live);
            live_block(&m, fn->body, live, NULL);
        } while (m.changed);
        m.insert = true;
        set_clear(&m, live);
        live_block(&m, fn->body, live, NULL);
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
