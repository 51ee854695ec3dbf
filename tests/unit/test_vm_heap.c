// The heap of a partition's state: sharing, parts of blocks, values that were dropped.
#include <criterion/criterion.h>

#include "tests/unit/vm_testing.h"

typedef struct Fixture {
    Env *env;
    Heap heap;
} Fixture;

static void setup(Fixture *f) {
    f->env = env_real_new();
    cr_assert(heap_init(&f->heap, f->env, NULL, (uint64_t)1 << 40));
}

static void teardown(Fixture *f) {
    heap_free(&f->heap);
    env_real_free(f->env);
}

Test(vm_heap, a_block_is_found_from_any_place_inside) {
    Fixture f;
    setup(&f);
    static const uint64_t SIZES[] = {1, 8, 9, 56, 57, 64, 100, 1000, 16000, 16384, 65536, 100000, 3000000};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        char *a = heap_new(&f.heap, SIZES[i]), *b = heap_new(&f.heap, SIZES[i]);
        memset(a, 1, SIZES[i]);
        memset(b, 2, SIZES[i]);
        cr_assert(heap_has(&f.heap, a) && heap_has(&f.heap, b + SIZES[i] - 1));
        cr_assert_eq((char *)(heap_block(&f.heap, b) + 1), b);
        cr_assert_eq((char *)(heap_block(&f.heap, b + SIZES[i] - 1) + 1), b, "size %zu", (size_t)SIZES[i]);
        cr_assert_eq((char *)(heap_block(&f.heap, a + SIZES[i] / 2) + 1), a);
        cr_assert_eq(a[SIZES[i] - 1], 1);
    }
    int local;
    cr_assert(!heap_has(&f.heap, &local) && !heap_has(&f.heap, NULL));
    teardown(&f);
}

Test(vm_heap, freed_memory_is_used_again) {
    Fixture f;
    setup(&f);
    void *last = NULL;
    for (int round = 0; round < 1000; round++) {
        void *small = heap_new(&f.heap, 40), *large = heap_new(&f.heap, 300000), *other = heap_new(&f.heap, 700000);
        if (last) cr_assert_eq(large, last);
        last = large;
        heap_delete(&f.heap, heap_block(&f.heap, small));
        heap_delete(&f.heap, heap_block(&f.heap, other));
        heap_delete(&f.heap, heap_block(&f.heap, large));
    }
    cr_assert_eq(f.heap.live_blocks, 0);
    cr_assert_leq(f.heap.committed, 4 << 20);
    cr_assert_null(heap_new(&f.heap, (uint64_t)5 << 30), "blocks have a limit");
    teardown(&f);
}

Test(vm_heap, strings_are_copied_once_and_then_shared) {
    Fixture f;
    setup(&f);
    char outside[300];
    memset(outside, 'x', sizeof outside);
    PtString whole = {outside, 300};
    cr_assert(heap_own(&f.heap, &STRING, &whole));
    cr_assert(heap_has(&f.heap, whole.data) && whole.data != outside);
    PtString half = {whole.data + 100, 150}, bit = {whole.data + 100, 20};
    cr_assert(heap_own(&f.heap, &STRING, &half) && heap_own(&f.heap, &STRING, &bit));
    cr_assert_eq(half.data, whole.data + 100, "a large part is shared");
    cr_assert_neq(bit.data, whole.data + 100, "a small part is copied");
    cr_assert_eq(f.heap.live_blocks, 2);
    heap_release(&f.heap, &STRING, &whole);
    cr_assert_eq(half.data[149], 'x', "the part keeps the block");
    heap_release(&f.heap, &STRING, &half);
    heap_release(&f.heap, &STRING, &bit);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

Test(vm_heap, a_part_of_a_list_releases_the_whole_list) {
    Fixture f;
    setup(&f);
    Pair pairs[10];
    for (int i = 0; i < 10; i++) pairs[i] = (Pair){i, text_of("some text")};
    PtList list = {pairs, 10};
    cr_assert(heap_own(&f.heap, &PAIRS, &list));
    cr_assert_eq(f.heap.live_blocks, 11);
    PtList part = {(const Pair *)list.data + 5, 4};
    cr_assert(heap_own(&f.heap, &PAIRS, &part));
    cr_assert_eq(part.data, (const Pair *)list.data + 5);
    heap_release(&f.heap, &PAIRS, &list);
    cr_assert_eq(f.heap.live_blocks, 11);
    heap_release(&f.heap, &PAIRS, &part);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

Test(vm_heap, deep_values_need_no_stack) {
    Fixture f;
    setup(&f);
    enum { DEPTH = 1000000 };
    Chain *outside = chain_new(DEPTH);
    Chain value = outside[0];
    cr_assert(heap_own(&f.heap, &CHAIN, &value));
    heap_forget(&f.heap);
    cr_assert_eq(f.heap.live_blocks, DEPTH);
    free(outside);
    Chain longer = {CHAIN_LINK, -1, &value}; // a new first link, the rest shared with the state
    cr_assert(heap_own(&f.heap, &CHAIN, &longer));
    heap_release(&f.heap, &CHAIN, &value);
    cr_assert_eq(f.heap.live_blocks, DEPTH + 1);
    heap_release(&f.heap, &CHAIN, &longer);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

// enum Tree { Fork(left: Tree, right: Tree), Leaf }
typedef struct Tree {
    int64_t tag;
    struct Tree *left, *right;
} Tree;

static const PtDesc TREE;
static const PtField TREE_FIELDS[] = {{"left", &TREE, 8, 1}, {"right", &TREE, 16, 1}};
static const PtVariant TREE_VARIANTS[] = {{"Fork", TREE_FIELDS, 2}, {"Leaf", NULL, 0}};
static const PtDesc TREE = {
    .name = "Tree", .variants = TREE_VARIANTS, .variant_count = 2, .kind = PT_ENUM, .size = 24, .align = 8, .has_pointers = 1};

Test(vm_heap, what_is_shared_outside_is_shared_inside) {
    Fixture f;
    setup(&f);
    Tree levels[61] = {[60] = {.tag = 1}};
    for (int i = 0; i < 60; i++) levels[i] = (Tree){0, &levels[i + 1], &levels[i + 1]};
    Tree root = levels[0]; // 2^60 leaves, if it were not
    cr_assert(heap_own(&f.heap, &TREE, &root));
    cr_assert_eq(f.heap.live_blocks, 60);
    cr_assert_eq(root.left, root.right);
    heap_release(&f.heap, &TREE, &root);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

Test(vm_heap, closures_take_what_they_captured_along) {
    Fixture f;
    setup(&f);
    static const PtField captured[] = {{"text", &STRING, 8, 0}};
    static const PtDesc function = {.name = "() -> Int", .kind = PT_FN, .size = 8, .align = 8, .has_pointers = 1};
    static const PtClosure closures[] = {{.name = "none", .size = 8, .desc = &function},
                                         {.name = "one", .fields = captured, .field_count = 1, .size = 24, .desc = &function}};
    f.heap.closures = closures;
    struct {
        int64_t code;
        PtString text;
    } outside = {1, text_of("kept")};
    void *closure = &outside;
    cr_assert(heap_own(&f.heap, &function, &closure));
    cr_assert_eq(f.heap.live_blocks, 2);
    memset(&outside, 0, sizeof outside);
    PtString inside;
    memcpy(&inside, (char *)closure + 8, sizeof inside);
    cr_assert(text_is(inside, "kept"));
    heap_release(&f.heap, &function, &closure);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

Test(vm_heap, empty_and_zeroed_values_hold_nothing) {
    Fixture f;
    setup(&f);
    Pair pair = {0};
    PtList list = {"", 0};
    Chain chain = {0};
    heap_release(&f.heap, &PAIR, &pair);
    heap_release(&f.heap, &CHAIN, &chain);
    cr_assert(heap_own(&f.heap, &PAIR, &pair) && heap_own(&f.heap, &PAIRS, &list));
    cr_assert_null(list.data);
    heap_release(&f.heap, &PAIRS, &list);
    cr_assert_eq(f.heap.live_blocks, 0);
    teardown(&f);
}

static void *refuse_reserve(Env *env, size_t size) {
    (void)env;
    return size > (64 << 20) ? NULL : calloc(1, size);
}

static bool refuse_commit(Env *env, void *start, size_t size) {
    (void)env, (void)start, (void)size;
    return false;
}

static void free_reserve(Env *env, void *start, size_t size) {
    (void)env, (void)size;
    free(start);
}

Test(vm_heap, a_system_without_memory_is_a_result) {
    Env env = {.reserve = refuse_reserve, .commit = refuse_commit, .unreserve = free_reserve};
    Heap heap;
    cr_assert(heap_init(&heap, &env, NULL, (uint64_t)1 << 40), "less is enough");
    PtString text = text_of("text");
    cr_assert(!heap_own(&heap, &STRING, &text));
    heap_free(&heap);
}

Test(vm_heap, dropped_values_live_as_long_as_atoms_can_see_them) {
    Fixture f;
    setup(&f);
    Limbo limbo = {0};
    for (uint64_t step = 1; step <= 100; step++) {
        PtString text = text_of("dropped");
        cr_assert(heap_own(&f.heap, &STRING, &text));
        limbo_add(&limbo, step, &STRING, &text);
    }
    cr_assert_eq(f.heap.live_blocks, 100);
    limbo_release(&limbo, &f.heap, 1);
    cr_assert_eq(f.heap.live_blocks, 100);
    limbo_release(&limbo, &f.heap, 41);
    cr_assert_eq(f.heap.live_blocks, 60);
    limbo_release(&limbo, &f.heap, UINT64_MAX);
    cr_assert_eq(f.heap.live_blocks, 0);
    cr_assert_eq(limbo.records.length, 0);
    limbo_free(&limbo);
    teardown(&f);
}
