// Entries whose states have all expired are dropped, and no others.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/vm_testing.h"
#include "vm/expire.h"

typedef struct Entry {
    PtString key;
    PtString text;
    int64_t text_set;
    int64_t number;
    int64_t number_set;
} Entry;

typedef struct Globals {
    int64_t text_lasts;
    int64_t number_lasts;
} Globals;

static void init_nothing(PtContext *context, void *entry) {
    (void)context, (void)entry;
}

static const PtField FIELDS[] = {{"text", &STRING, offsetof(Entry, text), 0},
                                 {"number", &INT, offsetof(Entry, number), 0},
                                 {"text.set", &INT, offsetof(Entry, text_set), 0},
                                 {"number.set", &INT, offsetof(Entry, number_set), 0}};
static const PtExpiry EXPIRIES[] = {{offsetof(Entry, text_set), offsetof(Globals, text_lasts)},
                                    {offsetof(Entry, number_set), offsetof(Globals, number_lasts)}};
static const PtTask TASKS[] = {{.name = "Short",
                                .key = &STRING,
                                .fields = FIELDS,
                                .field_count = 4,
                                .entry_size = sizeof(Entry),
                                .init = init_nothing,
                                .expiries = EXPIRIES,
                                .expiry_count = 2}};
static const PtWorkflow WORKFLOWS[] = {{.name = "main", .tasks = (const uint64_t[]){0}, .task_count = 1}};
static const PtProgram PROGRAM = {.abi = PT_ABI,
                                  .name = "expiry",
                                  .global_size = sizeof(Globals),
                                  .tasks = TASKS,
                                  .task_count = 1,
                                  .workflows = WORKFLOWS,
                                  .workflow_count = 1};

static Globals *start(Scene *scene) {
    scene_init(scene, &PROGRAM, 1 << 20);
    partition_begin(&scene->runtime->partitions[0], &scene->runtime->workflows[0], runtime_next_step(scene->runtime));
    return (Globals *)scene->runtime->globals;
}

// What the runtime does at the end of a step.
static void commit(Scene *scene) {
    Partition *partition = &scene->runtime->partitions[0];
    partition_commit(partition);
    partition_end(partition, atom_oldest_step(&scene->runtime->atoms));
    partition_begin(partition, &scene->runtime->workflows[0], runtime_next_step(scene->runtime));
}

static Entry *find(Scene *scene, int number) {
    char text[40];
    PtString key = {text, snprintf(text, sizeof text, "a key of some length, number %d", number)};
    return pt_find_string(scene->context, 0, pt_hash_string(&key), &key);
}

static Entry *make(Scene *scene, int number, int64_t text_set, int64_t number_set) {
    char text[40];
    PtString key = {text, snprintf(text, sizeof text, "a key of some length, number %d", number)};
    Entry *entry = pt_insert(scene->context, 0, pt_hash_string(&key), &key);
    pt_touch(scene->context, 0, entry);
    char *value = pt_alloc(scene->context, 32);
    entry->text = (PtString){value, snprintf(value, 32, "the value %d", number)};
    entry->number = number;
    entry->text_set = text_set;
    entry->number_set = number_set;
    return entry;
}

Test(vm_expire, an_entry_goes_when_all_its_states_have_expired) {
    Scene scene;
    Globals *globals = start(&scene);
    *globals = (Globals){10, 20};
    make(&scene, 1, 100, 100);
    make(&scene, 2, 105, 90);
    make(&scene, 3, 100, 101);
    make(&scene, 4, 111, 80);
    make(&scene, 5, 300, 80); // the clock was set back since
    commit(&scene);
    scene.fake.clock = 120;
    expire_some(&scene.runtime->partitions[0]);
    cr_assert_null(find(&scene, 1));
    cr_assert_null(find(&scene, 2));
    cr_assert_eq(find(&scene, 3)->number, 3);
    cr_assert_eq(find(&scene, 4)->number, 4);
    cr_assert_eq(find(&scene, 5)->number, 5);
    scene_free(&scene);
}

Test(vm_expire, entries_of_a_workflow_that_ends_stay) {
    Scene scene;
    start(&scene);
    make(&scene, 1, 0, 0);
    commit(&scene);
    scene.runtime->workflows[0].state = WORKFLOW_ENDING;
    expire_some(&scene.runtime->partitions[0]);
    cr_assert_not_null(find(&scene, 1));
    scene_free(&scene);
}

Test(vm_expire, of_many_entries_all_are_looked_at_after_some_epochs) {
    Scene scene;
    Globals *globals = start(&scene);
    *globals = (Globals){50, 50};
    enum { KEYS = 50000 };
    Table *table = &scene.context->tables[0];
    for (int i = 0; i < KEYS; i++) make(&scene, i, i % 100, i % 100);
    commit(&scene);
    scene.fake.clock = 100;
    uint64_t before = table_entries(table);
    expire_some(&scene.runtime->partitions[0]);
    cr_assert(table_entries(table) < before && table_entries(table) > before - 10000, "not all at once");
    for (int i = 0; i < 20; i++) expire_some(&scene.runtime->partitions[0]);
    for (int i = 0; i < KEYS; i++) {
        const Entry *entry = find(&scene, i);
        cr_assert_eq(entry != NULL, i % 100 > 50);
        char text[32];
        snprintf(text, sizeof text, "the value %d", i);
        if (entry) cr_assert(entry->number == i && memcmp(entry->text.data, text, (size_t)entry->text.size) == 0);
    }
    // The table goes on as if they had never been there.
    for (int i = 0; i < KEYS; i++)
        if (!find(&scene, i)) make(&scene, i, 100, 100);
    commit(&scene);
    cr_assert(table->count == KEYS && table_entries(table) == KEYS);
    for (int i = 0; i < KEYS; i++) cr_assert_eq(find(&scene, i)->number, i);
    scene_free(&scene);
}

Test(vm_expire, what_atoms_may_refer_to_stays) {
    Scene scene;
    start(&scene);
    Atom *atom = atom_new(&scene.runtime->atoms);
    make(&scene, 7, 0, 0);
    commit(&scene);
    PtString value = find(&scene, 7)->text;
    atom_hold_state(&scene.runtime->atoms, atom, scene.runtime->step);
    scene.fake.clock = 1;
    expire_some(&scene.runtime->partitions[0]);
    cr_assert_null(find(&scene, 7));
    commit(&scene);
    cr_assert(memcmp(value.data, "the value 7", (size_t)value.size) == 0);
    atom_release(&scene.runtime->atoms, atom);
    commit(&scene);
    scene_free(&scene);
}
