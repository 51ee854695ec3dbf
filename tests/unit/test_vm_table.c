// State tables, as compiled code uses them, and what a step's commit does to them.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/vm_testing.h"

// Task 0: Int -> a number; task 1: String -> a text; task 2: unkeyed, a list; task 3: a pair as key; task 4:
// unkeyed, two texts.
typedef struct NumberEntry {
    int64_t key;
    int64_t value;
} NumberEntry;

typedef struct TextEntry {
    PtString key;
    PtString value;
} TextEntry;

typedef struct PairEntry {
    Pair key;
    int64_t value;
} PairEntry;

static void init_nothing(PtContext *context, void *entry) {
    (void)context, (void)entry;
}

static const PtField NUMBER_FIELDS[] = {{"value", &INT, 8, 0}};
static const PtField TEXT_FIELDS[] = {{"value", &STRING, 16, 0}};
static const PtField LIST_FIELDS[] = {{"value", &STRINGS, 0, 0}};
static const PtField TEXTS_FIELDS[] = {{NULL, &STRING, 0, 0}, {NULL, &STRING, 16, 0}};
static const PtVariant TEXTS_VARIANT[] = {{NULL, TEXTS_FIELDS, 2}};
static const PtDesc TWO_TEXTS = {.name = "(String, String)",
                                 .variants = TEXTS_VARIANT,
                                 .variant_count = 1,
                                 .kind = PT_STRUCT,
                                 .size = 32,
                                 .align = 8,
                                 .has_pointers = 1};
static const PtField TWO_TEXTS_FIELDS[] = {{"value", &TWO_TEXTS, 0, 0}};
static const PtField PAIR_STATE_FIELDS[] = {{"value", &INT, 24, 0}};
static const PtTask TASKS[] = {
    {"Numbers", &INT, NUMBER_FIELDS, 1, sizeof(NumberEntry), .init = init_nothing},
    {"Texts", &STRING, TEXT_FIELDS, 1, sizeof(TextEntry), .init = init_nothing},
    {"List", &UNIT, LIST_FIELDS, 1, sizeof(PtList), .init = init_nothing},
    {"Pairs", &PAIR, PAIR_STATE_FIELDS, 1, sizeof(PairEntry), .init = init_nothing},
    {"Two", &UNIT, TWO_TEXTS_FIELDS, 1, 2 * sizeof(PtString), .init = init_nothing},
};
static const PtWorkflow WORKFLOWS[] = {{.name = "main"}};
static const PtProgram PROGRAM = {
    .abi = PT_ABI, .name = "tables", .tasks = TASKS, .task_count = 5, .workflows = WORKFLOWS, .workflow_count = 1};

enum { NUMBERS, TEXTS, LIST, PAIR_KEYS, TWO };

static Partition *start(Scene *scene) {
    scene_init(scene, &PROGRAM, 1 << 20);
    Partition *partition = &scene->runtime->partitions[0];
    partition_begin(partition, &scene->runtime->workflows[0], ++scene->runtime->step);
    return partition;
}

// What the runtime does at the end of a step.
static void commit(Scene *scene) {
    Partition *partition = &scene->runtime->partitions[0];
    cr_assert(
        touches_commit(&partition->touches, partition->context.tables, &partition->heap, &partition->limbo, partition->step));
    partition_end(partition, atom_oldest_step(&scene->runtime->atoms));
    partition_begin(partition, &scene->runtime->workflows[0], ++scene->runtime->step);
}

Test(vm_table, every_key_has_one_entry) {
    Scene scene;
    start(&scene);
    PtContext *context = scene.context;
    enum { KEYS = 100000 };
    NumberEntry *first = NULL;
    for (int64_t key = 0; key < KEYS; key++) {
        int64_t k = (key - KEYS / 2) * 1000;
        uint64_t hash = pt_hash_int(k);
        cr_assert_null(pt_find_int(context, NUMBERS, hash, k));
        NumberEntry *entry = pt_insert(context, NUMBERS, hash, &k);
        cr_assert(entry->key == k && entry->value == 0);
        entry->value = key;
        if (!first) first = entry;
    }
    for (int64_t key = 0; key < KEYS; key++) {
        int64_t k = (key - KEYS / 2) * 1000;
        NumberEntry *entry = pt_find_int(context, NUMBERS, pt_hash_int(k), k);
        cr_assert_eq(entry->value, key);
        if (!key) cr_assert_eq(entry, first, "entries never move");
    }
    scene_free(&scene);
}

static void remove_number(PtContext *context, int64_t key) {
    uint64_t hash = pt_hash_int(key);
    table_remove(&context->tables[NUMBERS], pt_find_int(context, NUMBERS, hash, key), hash);
}

Test(vm_table, places_are_used_again) {
    Scene scene;
    start(&scene);
    PtContext *context = scene.context;
    Table *table = &context->tables[NUMBERS];
    enum { KEYS = 5000, ROUNDS = 100 };
    for (int64_t round = 0; round < ROUNDS; round++) {
        for (int64_t i = 0; i < KEYS; i++) {
            int64_t key = round * KEYS + i;
            NumberEntry *entry = pt_insert(context, NUMBERS, pt_hash_int(key), &key);
            cr_assert(entry->key == key && entry->value == 0, "nothing is left of who was there before");
            entry->value = -1;
        }
        cr_assert_eq(table_entries(table), KEYS);
        for (int64_t i = KEYS - 1; i >= 0; i -= 2) remove_number(context, round * KEYS + i);
        cr_assert_eq(table_entries(table), KEYS / 2);
        for (int64_t i = 0; i < KEYS; i += 2) {
            int64_t key = round * KEYS + i;
            cr_assert_not_null(pt_find_int(context, NUMBERS, pt_hash_int(key), key));
            cr_assert_null(pt_find_int(context, NUMBERS, pt_hash_int(key + 1), key + 1));
            remove_number(context, key);
        }
        commit(&scene);
    }
    cr_assert(table->count == KEYS && table->mask < 4 * KEYS, "as large as the largest number of entries");
    scene_free(&scene);
}

Test(vm_table, a_place_that_a_step_has_used_again_is_free_when_it_is_undone) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    Table *table = &context->tables[TEXTS];
    PtString first = text_of("the first key, which is a long one"), second = text_of("the second key, which is long as well");
    char *place = pt_insert(context, TEXTS, pt_hash_string(&first), &first);
    commit(&scene);
    heap_release(&partition->heap, &STRING, place);
    table_remove(table, place, pt_hash_string(&first));
    partition_end(partition, atom_oldest_step(&scene.runtime->atoms));
    context->tracks = partition->tracks = true;
    for (int i = 0; i < 3; i++) {
        partition_begin(partition, &scene.runtime->workflows[0], ++scene.runtime->step);
        TextEntry *entry = pt_insert(context, TEXTS, pt_hash_string(&second), &second);
        cr_assert_eq((char *)entry, place);
        entry->value = text_of("a value that the step has made");
        partition_undo(partition);
        cr_assert_null(pt_find_string(context, TEXTS, pt_hash_string(&second), &second));
        cr_assert(table_entries(table) == 0 && table->count == 1);
        partition_end(partition, atom_oldest_step(&scene.runtime->atoms));
    }
    scene_free(&scene);
}

Test(vm_table, equal_hashes_are_different_keys) {
    Scene scene;
    start(&scene);
    for (int64_t key = 0; key < 100; key++) ((NumberEntry *)pt_insert(scene.context, NUMBERS, 7, &key))->value = key;
    for (int64_t key = 0; key < 100; key++)
        cr_assert_eq(((NumberEntry *)pt_find_int(scene.context, NUMBERS, 7, key))->value, key);
    cr_assert_null(pt_find_int(scene.context, NUMBERS, 7, 100));
    scene_free(&scene);
}

Test(vm_table, keys_outlive_their_atom) {
    Scene scene;
    start(&scene);
    for (int i = 0; i < 1000; i++) {
        char text[40];
        int size = snprintf(text, sizeof text, "%d%s", i, i % 2 ? "" : " with more than sixteen");
        PtString key = {text, size};
        Pair pair = {i, key};
        pt_insert(scene.context, TEXTS, pt_hash_string(&key), &key);
        pt_insert(scene.context, PAIR_KEYS, pt_hash(&PAIR, &pair), &pair);
        memset(text, 0, sizeof text);
    }
    for (int i = 0; i < 1000; i++) {
        char text[40];
        int size = snprintf(text, sizeof text, "%d%s", i, i % 2 ? "" : " with more than sixteen");
        PtString key = {text, size};
        Pair pair = {i, key};
        cr_assert_not_null(pt_find_string(scene.context, TEXTS, pt_hash_string(&key), &key));
        cr_assert_not_null(pt_find_key(scene.context, PAIR_KEYS, pt_hash(&PAIR, &pair), &pair));
        pair.number++;
        cr_assert_null(pt_find_key(scene.context, PAIR_KEYS, pt_hash(&PAIR, &pair), &pair));
    }
    scene_free(&scene);
}

Test(vm_table, a_value_that_changes_often_is_moved_once) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    PtString key = text_of("key");
    TextEntry *entry = pt_insert(context, TEXTS, pt_hash_string(&key), &key);
    for (int atom = 0; atom < 100; atom++) {
        for (int i = 0; i < 100; i++) {
            pt_touch(context, TEXTS, entry);
            pt_string_repeat(context, &entry->value, &(PtString){"ab", 2}, atom + i);
        }
        cr_assert_eq(partition->touches.count, 1);
        commit(&scene);
        cr_assert_eq(entry->value.size, 2 * (atom + 99));
        cr_assert(heap_has(&partition->heap, entry->value.data));
        cr_assert_eq(partition->heap.live_blocks, 2);
    }
    scene_free(&scene);
}

Test(vm_table, an_atom_that_is_under_way_keeps_old_values) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    cr_assert_null(pt_find_unit(context, LIST));
    PtList *state = pt_insert(context, LIST, 0, NULL);
    cr_assert_eq(pt_find_unit(context, LIST), state);
    pt_touch(context, LIST, state);
    PtString text = text_of("a text in the state");
    pt_list_append(context, state, state, &text, &STRING);
    commit(&scene);
    const PtString *seen = state->data;
    Atom *atom = atom_new(&scene.runtime->atoms); // an output that refers to it
    atom_hold_state(&scene.runtime->atoms, atom, partition->step);
    pt_touch(context, LIST, state);
    *state = (PtList){NULL, 0};
    commit(&scene);
    commit(&scene);
    cr_assert(text_is(seen[0], "a text in the state"));
    cr_assert_eq(partition->heap.live_blocks, 2);
    atom_release(&scene.runtime->atoms, atom);
    commit(&scene);
    cr_assert_eq(partition->heap.live_blocks, 0);
    scene_free(&scene);
}

// The heap has no memory for an empty text, wherever the program has it: the value may look like the one before.
Test(vm_table, a_value_that_is_equal_to_the_old_one_is_held_once) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    PtString *state = pt_insert(context, TWO, 0, NULL);
    pt_touch(context, TWO, state);
    state[0] = text_of("a text in the state");
    commit(&scene);
    for (int i = 0; i < 3; i++) {
        pt_touch(context, TWO, state);
        state[1] = text_of("");
        commit(&scene);
    }
    pt_touch(context, TWO, state);
    state[0] = text_of("");
    commit(&scene);
    commit(&scene);
    cr_assert_eq(partition->heap.live_blocks, 0);
    scene_free(&scene);
}

static bool no_memory(Env *env, void *start, size_t size) {
    (void)env, (void)start, (void)size;
    return false;
}

static void put_text(PtContext *context, const char *name, PtString value) {
    PtString key = text_of(name);
    TextEntry *entry = pt_find_string(context, TEXTS, pt_hash_string(&key), &key);
    if (!entry) entry = pt_insert(context, TEXTS, pt_hash_string(&key), &key);
    pt_touch(context, TEXTS, entry);
    entry->value = value;
}

static bool has_text(PtContext *context, const char *name, const char *value) {
    PtString key = text_of(name);
    const TextEntry *entry = pt_find_string(context, TEXTS, pt_hash_string(&key), &key);
    return value ? entry && text_is(entry->value, value) : !entry;
}

// What several partitions do when one of them has no memory to commit.
Test(vm_table, a_step_is_undone_also_after_its_commit) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    context->tracks = partition->tracks = true;
    put_text(context, "old", text_of("before"));
    commit(&scene);
    uint64_t blocks = partition->heap.live_blocks;
    put_text(context, "old", text_of("after"));
    put_text(context, "new", text_of("after"));
    cr_assert(
        touches_commit(&partition->touches, partition->context.tables, &partition->heap, &partition->limbo, partition->step));
    partition_undo(partition);
    cr_assert(has_text(context, "old", "before") && has_text(context, "new", NULL));
    cr_assert_eq(partition->heap.live_blocks, blocks);
    commit(&scene);
    cr_assert(has_text(context, "old", "before"));
    scene_free(&scene);
}

Test(vm_table, a_commit_without_memory_leaves_the_old_values) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    context->tracks = partition->tracks = true;
    put_text(context, "a", text_of(""));
    put_text(context, "b", text_of("before"));
    put_text(context, "c", text_of("before"));
    commit(&scene);
    uint64_t blocks = partition->heap.live_blocks;
    enum { LARGE = 64 << 20 };
    char *large = calloc(1, LARGE);
    put_text(context, "a", text_of("")); // changed, and then not
    put_text(context, "b", text_of("after"));
    put_text(context, "c", (PtString){large, LARGE});
    partition->heap.env->commit = no_memory;
    cr_assert_not(
        touches_commit(&partition->touches, partition->context.tables, &partition->heap, &partition->limbo, partition->step));
    partition_undo(partition);
    cr_assert(has_text(context, "a", "") && has_text(context, "b", "before") && has_text(context, "c", "before"));
    cr_assert_eq(partition->heap.live_blocks, blocks);
    free(large);
    scene_free(&scene);
}

Test(vm_table, marks_and_touches_do_not_disturb_each_other) {
    Scene scene;
    Partition *partition = start(&scene);
    PtContext *context = scene.context;
    int64_t key = 1;
    void *entry = pt_insert(context, NUMBERS, pt_hash_int(key), &key);
    for (int atom = 0; atom < 3; atom++) {
        for (int i = 0; i < 3; i++) {
            pt_mark(context, NUMBERS, entry);
            pt_touch(context, NUMBERS, entry);
        }
        cr_assert_eq(partition->touches.count, 1);
        cr_assert_eq(context->tables[NUMBERS].marked_count, 1);
        context->tables[NUMBERS].marked_count = 0;
        commit(&scene);
    }
    scene_free(&scene);
}

Test(vm_table, entries_sort_by_key) {
    static const char *const WORDS[] = {"", "a", "a\x01", "ab", "abcdefgh", "abcdefgha", "abcdefghb", "b", "\xc3\xa4"};
    enum { COUNT = sizeof WORDS / sizeof *WORDS };
    PtString keys[COUNT];
    SortedEntry entries[COUNT];
    for (int i = 0; i < COUNT; i++) {
        keys[i] = text_of(WORDS[i]);
        entries[COUNT - 1 - i] = table_sortable(&STRING, (char *)&keys[i]);
    }
    table_sort(&STRING, entries, COUNT);
    for (int i = 0; i < COUNT; i++) cr_assert_eq(entries[i].entry, (char *)&keys[i]);
    int64_t numbers[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    for (int i = 0; i < 5; i++) entries[i] = table_sortable(&INT, (char *)&numbers[(i + 3) % 5]);
    table_sort(&INT, entries, 5);
    for (int i = 0; i < 5; i++) cr_assert_eq(entries[i].entry, (char *)&numbers[i]);
}
