// core_looks.c - which copies of maps are only looked at, and which states can be changed where they lie.
//
// A copy that is only looked at leaves the right to edit where it is. That is right as long as nobody edits the map meanwhile:
// the rules below look at the instructions from the copy to its last use, which all lie in the block of the copy or within it.
#include "compiler/core_moves.h"

#include <string.h>

bool looks_is_map(const CoreType *type) {
    return type->kind == CORE_MAP || type->kind == CORE_SET;
}

static bool is_local(CoreOperand operand, int local) {
    return operand.kind == OPERAND_LOCAL && operand.local == local;
}

static bool is_copy(const CoreInst *inst) {
    return inst->op == CORE_OP_COPY || inst->op == CORE_OP_MAP_RECAST;
}

// ---- what an instruction does with a map ---------------------------------------------------------------------------------

static MapUse builtin_use(const CoreInst *inst, int arg) {
    if (inst->generic && inst->generic[arg]) return MAP_STORED;
    bool edits = strcmp(inst->text, "pt_map_insert") == 0 || strcmp(inst->text, "pt_map_remove") == 0;
    return edits ? MAP_MOVED : MAP_LOOKED_AT;
}

MapUse looks_use(const Looks *looks, const CoreFn *fn, const CoreInst *inst, int arg) {
    CoreOperand operand = inst->args[arg];
    if (operand.kind != OPERAND_LOCAL || !looks_is_map(fn->locals.items[operand.local].type)) return MAP_NO_USE;
    switch (inst->op) {
    case CORE_OP_COPY:
    case CORE_OP_MAP_RECAST: return map_get(&looks->copies, inst) || inst->dst < 0 ? MAP_LOOKED_AT : MAP_MOVED;
    case CORE_OP_CALL: return looks->kept[inst->fn->id][arg] ? MAP_MOVED : MAP_LOOKED_AT;
    case CORE_OP_CALL_CLOSURE:
    case CORE_OP_RETURN:
    case CORE_OP_STATE_SET: return MAP_MOVED;
    case CORE_OP_CALL_BUILTIN: return builtin_use(inst, arg);
    case CORE_OP_EQ ... CORE_OP_SHOW:
    case CORE_OP_MAP_AT ... CORE_OP_MAP_VALUE_AT:
    case CORE_OP_MAP_SHARE:
    case CORE_OP_SINK:
    case CORE_OP_LOG: return MAP_LOOKED_AT;
    default: return MAP_STORED;
    }
}

// ---- all functions -------------------------------------------------------------------------------------------------------

static void count_assignments(const CoreBlock *block, int *counts) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->dst >= 0) counts[inst->dst]++;
        for (int j = 0; j < inst->block_count; j++) count_assignments(inst->blocks[j], counts);
    }
}

// A copy of a map is followed to where it goes, if that is its only value.
static bool *first_guess(Arena *arena, const CoreFn *fn) {
    int *counts = ARENA_ARRAY(arena, int, fn->locals.count + 1);
    bool *kept = ARENA_ARRAY(arena, bool, fn->locals.count + 1);
    count_assignments(fn->body, counts);
    for (int i = 0; i < fn->locals.count; i++) kept[i] = counts[i] + (i < fn->param_count) > 1;
    return kept;
}

static bool note_kept(const Looks *looks, const CoreFn *fn, const CoreBlock *block) {
    bool *kept = looks->kept[fn->id], changed = false;
    for (int i = block->insts.count; i-- > 0;) {
        const CoreInst *inst = block->insts.items[i];
        for (int j = 0; j < inst->block_count; j++) changed |= note_kept(looks, fn, inst->blocks[j]);
        for (int j = 0; j < inst->arg_count; j++) {
            if (looks_use(looks, fn, inst, j) <= MAP_LOOKED_AT || kept[inst->args[j].local]) continue;
            if (is_copy(inst) && !kept[inst->dst]) continue;
            kept[inst->args[j].local] = changed = true;
        }
    }
    return changed;
}

static bool is_map_state(const CoreProgram *program, const CoreInst *inst) {
    return looks_is_map(program->tasks.items[inst->index].fields[inst->variant].type);
}

// What the instruction does with the states that hold maps.
static StateUse state_use(const Looks *looks, const CoreFn *fn, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_STATE_GET:
    case CORE_OP_STATE_LOOK:
    case CORE_OP_STATE_TAKE: return is_map_state(looks->program, inst) ? STATES_READ : STATES_LEFT;
    case CORE_OP_STATE_SET: return is_map_state(looks->program, inst) ? STATES_SET : STATES_LEFT;
    case CORE_OP_TRY:
    case CORE_OP_CALL: return looks->states[inst->fn->id];
    case CORE_OP_CALL_CLOSURE: return looks->closures[core_operand_type(looks->program, fn, inst->args[0])->id];
    case CORE_OP_START: // other handlers run, or may run, meanwhile
    case CORE_OP_REQUEST:
    case CORE_OP_ANSWER:
    case CORE_OP_AWAIT: return STATES_SET;
    default: return STATES_LEFT;
    }
}

static bool strengthen(StateUse *use, StateUse other) {
    if (other <= *use) return false;
    *use = other;
    return true;
}

static bool note_states(Looks *looks, const CoreFn *fn, const CoreBlock *block) {
    bool changed = false;
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        changed |= strengthen(&looks->states[fn->id], state_use(looks, fn, inst));
        if (inst->op == CORE_OP_CLOSURE_NEW) changed |= strengthen(&looks->closures[inst->type->id], looks->states[inst->fn->id]);
        for (int j = 0; j < inst->block_count; j++) changed |= note_states(looks, fn, inst->blocks[j]);
    }
    return changed;
}

// Callers and callees come in any order: rounds in both directions until nothing changes.
Looks looks_at_program(CoreProgram *program, Arena *arena) {
    int count = program->fns.count;
    Looks looks = {.program = program, .arena = arena};
    looks.kept = ARENA_ARRAY(arena, bool *, count + 1);
    looks.states = ARENA_ARRAY(arena, StateUse, count + 1);
    looks.closures = ARENA_ARRAY(arena, StateUse, program->types.count + 1);
    for (int i = 0; i < count; i++) looks.kept[i] = first_guess(arena, program->fns.items[i]);
    bool changed = true;
    for (int round = 0; changed; round++) {
        changed = false;
        for (int i = 0; i < count; i++) {
            CoreFn *fn = program->fns.items[round % 2 ? i : count - 1 - i];
            changed |= note_kept(&looks, fn, fn->body);
            changed |= note_states(&looks, fn, fn->body);
        }
    }
    return looks;
}

// ---- one function --------------------------------------------------------------------------------------------------------

typedef struct FnLooks {
    Looks *looks;
    CoreFn *fn;
    int *assignments; // by local
    int *uses;        // by local
} FnLooks;

static void count_uses(const CoreBlock *block, int *counts) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        for (int j = 0; j < inst->arg_count; j++)
            if (inst->args[j].kind == OPERAND_LOCAL) counts[inst->args[j].local]++;
        for (int j = 0; j < inst->block_count; j++) count_uses(inst->blocks[j], counts);
    }
}

// How often `local` is used by the instruction and within it; the strongest use goes to *strongest. What a further copy is used
// for is not followed: it counts as moved.
static int uses_of(const FnLooks *f, const CoreInst *inst, int local, MapUse *strongest) {
    int count = 0;
    for (int i = 0; i < inst->arg_count; i++) {
        if (!is_local(inst->args[i], local)) continue;
        MapUse use = is_copy(inst) ? MAP_MOVED : looks_use(f->looks, f->fn, inst, i);
        if (use > *strongest) *strongest = use;
        count++;
    }
    for (int i = 0; i < inst->block_count; i++)
        for (int j = 0; j < inst->blocks[i]->insts.count; j++)
            count += uses_of(f, inst->blocks[i]->insts.items[j], local, strongest);
    return count;
}

// Where a copy, made by instruction `start` of the block, is used.
typedef struct Range {
    int last; // instruction of the block that uses it, or within which it is used, last
    MapUse strongest;
    MapUse at_last; // the strongest use by that instruction
} Range;

// False if it is used elsewhere, too, or may be another value there.
static bool find_range(const FnLooks *f, const CoreBlock *block, int start, Range *range) {
    int local = block->insts.items[start]->dst, found = 0;
    *range = (Range){.last = start};
    if (local < f->fn->param_count || f->assignments[local] != 1) return false;
    for (int i = start + 1; i < block->insts.count && found < f->uses[local]; i++) {
        MapUse strongest = MAP_NO_USE;
        int count = uses_of(f, block->insts.items[i], local, &strongest);
        if (!count) continue;
        found += count;
        *range = (Range){i, strongest > range->strongest ? strongest : range->strongest, strongest};
    }
    return found == f->uses[local];
}

// ---- copies of locals ----

// Whether `local` may be edited or get another value by the instruction. At the end of the range (`last`), results come too late.
static bool changes_local(const FnLooks *f, const CoreInst *inst, int local, bool last) {
    if (inst->dst == local && !(last && inst->block_count == 0)) return true;
    for (int i = 0; i < inst->arg_count; i++)
        if (is_local(inst->args[i], local) && looks_use(f->looks, f->fn, inst, i) == MAP_MOVED) return true;
    for (int i = 0; i < inst->block_count; i++)
        for (int j = 0; j < inst->blocks[i]->insts.count; j++)
            if (changes_local(f, inst->blocks[i]->insts.items[j], local, false)) return true;
    return false;
}

static void look_at_copy(const FnLooks *f, const CoreBlock *block, int start) {
    CoreInst *copy = block->insts.items[start];
    Range range;
    if (copy->args[0].kind != OPERAND_LOCAL || !find_range(f, block, start, &range) || range.strongest > MAP_LOOKED_AT) return;
    for (int i = start + 1; i <= range.last; i++)
        if (changes_local(f, block->insts.items[i], copy->args[0].local, i == range.last)) return;
    map_put(f->looks->arena, &f->looks->copies, copy, copy);
}

// ---- copies of states ----

static bool same_state(const CoreInst *a, const CoreInst *b) {
    return a->index == b->index && a->variant == b->variant;
}

static bool is_get(const CoreInst *inst) {
    return inst->op == CORE_OP_STATE_GET || inst->op == CORE_OP_STATE_LOOK || inst->op == CORE_OP_STATE_TAKE;
}

// Whether the state that `get` reads may be edited by the instruction or within it. Only what is taken is edited, and then set.
static bool edits_state(const FnLooks *f, const CoreInst *inst, const CoreInst *get) {
    bool direct = is_get(inst) || inst->op == CORE_OP_STATE_SET;
    if (direct && inst->op != CORE_OP_STATE_GET && inst->op != CORE_OP_STATE_LOOK && same_state(inst, get)) return true;
    if (!direct && state_use(f->looks, f->fn, inst) == STATES_SET) return true;
    for (int i = 0; i < inst->block_count; i++)
        for (int j = 0; j < inst->blocks[i]->insts.count; j++)
            if (edits_state(f, inst->blocks[i]->insts.items[j], get)) return true;
    return false;
}

static bool can_look(const FnLooks *f, const CoreBlock *block, int start) {
    Range range;
    if (!find_range(f, block, start, &range) || range.strongest > MAP_LOOKED_AT) return false;
    for (int i = start + 1; i <= range.last; i++)
        if (edits_state(f, block->insts.items[i], block->insts.items[start])) return false;
    return true;
}

typedef enum Within { IN_BLOCK, IN_LOOP } Within;

// Whether control may go elsewhere than to the next instruction.
static bool leaves(const CoreInst *inst, Within within) {
    if (inst->op == CORE_OP_RETURN) return true;
    if (inst->op == CORE_OP_BREAK || inst->op == CORE_OP_CONTINUE) return within == IN_BLOCK;
    if (inst->op >= CORE_OP_LOOP && inst->op <= CORE_OP_FOR_LIST) within = IN_LOOP;
    for (int i = 0; i < inst->block_count; i++)
        for (int j = 0; j < inst->blocks[i]->insts.count; j++)
            if (leaves(inst->blocks[i]->insts.items[j], within)) return true;
    return false;
}

// Whether the state that `get` reads may be read or set by the instruction or within it.
static bool touches_state(const FnLooks *f, const CoreInst *inst, const CoreInst *get) {
    bool direct = is_get(inst) || inst->op == CORE_OP_STATE_SET;
    if (direct ? same_state(inst, get) : state_use(f->looks, f->fn, inst) > STATES_LEFT) return true;
    for (int i = 0; i < inst->block_count; i++)
        for (int j = 0; j < inst->blocks[i]->insts.count; j++)
            if (touches_state(f, inst->blocks[i]->insts.items[j], get)) return true;
    return false;
}

// A look at the same state that is over before instruction `end`, where the map may be edited for the first time.
static bool is_earlier_look(const FnLooks *f, const CoreBlock *block, int i, int end) {
    Range range;
    return block->insts.items[i]->op == CORE_OP_STATE_LOOK && find_range(f, block, i, &range) && range.last < end;
}

static bool sets_same(const CoreInst *inst, const CoreInst *get) {
    bool set = inst->op == CORE_OP_STATE_SET && same_state(inst, get);
    return set && get->args[0].kind == OPERAND_LOCAL && is_local(inst->args[0], get->args[0].local);
}

// Nobody sees the state before it is set again, except by looks that are over before the map moves on. That it has been edited
// meanwhile does not matter then: an error undoes the whole atom, also what it has edited in place.
static bool can_take(const FnLooks *f, const CoreBlock *block, int start) {
    const CoreInst *get = block->insts.items[start];
    Range range;
    if (!find_range(f, block, start, &range) || range.at_last != MAP_MOVED || range.strongest != MAP_MOVED) return false;
    int moved = range.last;
    for (int i = start + 1; i < range.last; i++) {
        MapUse use = MAP_NO_USE;
        uses_of(f, block->insts.items[i], get->dst, &use);
        if (use > MAP_LOOKED_AT && i < moved) moved = i;
    }
    for (int i = start + 1; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (sets_same(inst, get)) return i >= range.last;
        if (leaves(inst, IN_BLOCK)) return false;
        if (touches_state(f, inst, get) && !(i < moved && is_earlier_look(f, block, i, moved))) return false;
    }
    return false;
}

static void look_at_get(const FnLooks *f, const CoreBlock *block, int start) {
    CoreInst *get = block->insts.items[start];
    if (can_look(f, block, start))
        get->op = CORE_OP_STATE_LOOK;
    else if (can_take(f, block, start))
        get->op = CORE_OP_STATE_TAKE;
}

// From the end to the beginning: whether a copy is only looked at depends on what is done with the copies that are made later.
static void look_at_block(const FnLooks *f, const CoreBlock *block) {
    for (int i = block->insts.count; i-- > 0;) {
        CoreInst *inst = block->insts.items[i];
        for (int j = inst->block_count; j-- > 0;) look_at_block(f, inst->blocks[j]);
        if (inst->dst < 0 || !looks_is_map(f->fn->locals.items[inst->dst].type)) continue;
        if (is_copy(inst)) look_at_copy(f, block, i);
        if (inst->op == CORE_OP_STATE_GET) look_at_get(f, block, i);
    }
}

void looks_at_fn(Looks *looks, CoreFn *fn) {
    FnLooks f = {.looks = looks, .fn = fn};
    f.assignments = ARENA_ARRAY(looks->arena, int, fn->locals.count + 1);
    f.uses = ARENA_ARRAY(looks->arena, int, fn->locals.count + 1);
    count_assignments(fn->body, f.assignments);
    count_uses(fn->body, f.uses);
    look_at_block(&f, fn->body);
}
