#include "compiler/core_live.h"

#include <string.h>

struct LiveSet {
    LiveSet *next_free;
    uint64_t words[];
};

// Where control goes from within a loop.
typedef struct LoopLive {
    const LiveSet *head, *exit;
} LoopLive;

// ---- sets ----------------------------------------------------------------------------------------------------------------

static LiveSet *set_copy(Live *l, const LiveSet *from) {
    LiveSet *set = l->free;
    size_t bytes = l->words * sizeof(uint64_t);
    if (set)
        l->free = set->next_free;
    else
        set = arena_alloc(l->arena, sizeof(LiveSet) + bytes);
    if (from)
        memcpy(set->words, from->words, bytes);
    else
        memset(set->words, 0, bytes);
    return set;
}

static void set_free(Live *l, LiveSet *set) {
    set->next_free = l->free;
    l->free = set;
}

static void set_clear(const Live *l, LiveSet *set) {
    memset(set->words, 0, l->words * sizeof(uint64_t));
}

static void set_assign(const Live *l, LiveSet *set, const LiveSet *from) {
    memcpy(set->words, from->words, l->words * sizeof(uint64_t));
}

// True if the set grows.
static bool set_join(const Live *l, LiveSet *set, const LiveSet *other) {
    bool grows = false;
    for (size_t i = 0; i < l->words; i++) {
        grows |= (other->words[i] & ~set->words[i]) != 0;
        set->words[i] |= other->words[i];
    }
    return grows;
}

bool core_live_has(const LiveSet *set, int number) {
    return set->words[number / 64] >> (number % 64) & 1;
}

static void set_add(LiveSet *set, int number) {
    if (number >= 0) set->words[number / 64] |= (uint64_t)1 << (number % 64);
}

static void set_remove(LiveSet *set, int number) {
    if (number >= 0) set->words[number / 64] &= ~((uint64_t)1 << (number % 64));
}

static void set_remove_local(const Live *l, LiveSet *set, int local) {
    if (local >= 0) set_remove(set, l->numbers[local]);
}

// ---- control ---------------------------------------------------------------------------------------------------------------

// Each takes what is live behind it in `set` and leaves there what is live before it.
static void live_block(Live *l, const CoreBlock *block, LiveSet *set, const LoopLive *loop);

static void live_if(Live *l, const CoreInst *inst, LiveSet *set, const LoopLive *loop) {
    LiveSet *other = set_copy(l, set);
    live_block(l, inst->blocks[0], set, loop);
    live_block(l, inst->blocks[1], other, loop);
    set_join(l, set, other);
    set_free(l, other);
}

static LiveSet *head_of(Live *l, const CoreInst *loop) {
    LiveSet *head = map_get(&l->heads, loop);
    if (head) return head;
    head = set_copy(l, NULL);
    map_put(l->arena, &l->heads, loop, head);
    return head;
}

static void live_loop(Live *l, const CoreInst *inst, LiveSet *set) {
    LiveSet *head = head_of(l, inst), *exit = set_copy(l, set), *body = set_copy(l, head);
    live_block(l, inst->blocks[0], body, &(LoopLive){head, exit});
    set_remove_local(l, body, inst->dst);
    if (inst->op != CORE_OP_LOOP) set_join(l, body, exit); // there may be no round at all
    l->changed |= set_join(l, head, body);
    set_assign(l, set, head);
    set_free(l, exit);
    set_free(l, body);
}

static void live_control(Live *l, const CoreInst *inst, LiveSet *set, const LoopLive *loop) {
    switch (inst->op) {
    case CORE_OP_IF: live_if(l, inst, set, loop); break;
    case CORE_OP_LOOP ... CORE_OP_FOR_LIST: live_loop(l, inst, set); break;
    case CORE_OP_BREAK: set_assign(l, set, loop->exit); break;
    case CORE_OP_CONTINUE: set_assign(l, set, loop->head); break;
    case CORE_OP_RETURN:
    case CORE_OP_FAIL:
    case CORE_OP_RAISE:
    case CORE_OP_UNREACHABLE: set_clear(l, set); break;
    case CORE_OP_AWAIT: set_remove(set, l->awaited); __attribute__((fallthrough));
    default: set_remove_local(l, set, inst->dst); break;
    }
}

static void live_operands(const Live *l, const CoreInst *inst, LiveSet *set) {
    for (int i = 0; i < inst->arg_count; i++)
        if (inst->args[i].kind == OPERAND_LOCAL) set_add(set, l->numbers[inst->args[i].local]);
    if (inst->op == CORE_OP_AWAITED) set_add(set, l->awaited);
}

static void live_block(Live *l, const CoreBlock *block, LiveSet *set, const LoopLive *loop) {
    for (int i = block->insts.count; i-- > 0;) {
        CoreInst *inst = block->insts.items[i];
        live_control(l, inst, set, loop);
        if (l->known) l->visit(l->data, inst, set);
        live_operands(l, inst, set);
    }
}

void core_live(Live *live) {
    live->words = ((size_t)live->count + 63) / 64;
    LiveSet *set = set_copy(live, NULL);
    do {
        live->changed = false;
        set_clear(live, set);
        live_block(live, live->fn->body, set, NULL);
    } while (live->changed);
    live->known = true;
    set_clear(live, set);
    live_block(live, live->fn->body, set, NULL);
}
