// Maps: held against an array that has a place for each key.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/encode_testing.h"
#include "vm/map.h"
#include "vm/map_node.h"
#include "vm/show.h"

// ---- types of maps ----

// record Large(n: Int, 24 more): nodes have as few entries as can be.
enum { LARGE_WORDS = 25 };
static const PtField LARGE_FIELDS[] = {{"n", &INT, 0, 0}, {"last", &INT, 8 * (LARGE_WORDS - 1), 0}};
static const PtVariant LARGE_VARIANT[] = {{"Large", LARGE_FIELDS, 2}};
static const PtDesc LARGE = {
    .name = "Large", .variants = LARGE_VARIANT, .variant_count = 1, .kind = PT_STRUCT, .size = 8 * LARGE_WORDS, .align = 8};

static const PtDesc INT_SET = {
    .name = "Set[Int]", .elem = &INT, .mapped = &UNIT, .kind = PT_SET, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc INT_MAP = {
    .name = "Map[Int, Int]", .elem = &INT, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc PAIR_MAP = {.name = "Map[(Int, String), String]",
                                .elem = &PAIR,
                                .mapped = &STRING,
                                .kind = PT_MAP,
                                .size = 16,
                                .align = 8,
                                .has_pointers = 1};
static const PtDesc LARGE_MAP = {
    .name = "Map[Int, Large]", .elem = &INT, .mapped = &LARGE, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc *const TYPES[] = {&INT_SET, &WORD_SET, &INT_MAP, &WORD_COUNTS, &PAIR_MAP, &LARGE_MAP};
enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES, DOMAIN = 2000 };

// Any key or value.
typedef union Any {
    int64_t number;
    PtString text;
    Pair pair;
    int64_t words[LARGE_WORDS];
} Any;

// Texts in the order of their numbers, of different lengths.
static PtString text_for(int64_t n) {
    static char texts[DOMAIN][40];
    if (!texts[n][0]) snprintf(texts[n], sizeof texts[n], n % 3 ? "%04lld" : "%04lld, a rather long text", (long long)n);
    return text_of(texts[n]);
}

// The key or value of a type that stands for a number, in the same order.
static Any any_of(const PtDesc *desc, int64_t n) {
    Any any = {0};
    switch ((PtKind)desc->kind) {
    case PT_INT: any.number = n * 3 - DOMAIN; break;
    case PT_STRING: any.text = text_for(n); break;
    case PT_STRUCT:
        if (desc == &PAIR)
            any.pair = (Pair){n / 7, text_for(n)};
        else
            for (int i = 0; i < LARGE_WORDS; i++) any.words[i] = n + i;
        break;
    default: break;
    }
    return any;
}

// ---- a map and what it must be ----

typedef struct Model {
    bool has[DOMAIN];
    int32_t values[DOMAIN];
} Model;

static void insert(PtContext *context, const PtDesc *type, PtMap *map, int64_t n, int64_t value) {
    Any key = any_of(type->elem, n), mapped = any_of(type->mapped, value);
    pt_map_insert(context, map, map, &key, &mapped, type->elem, type->mapped);
}

static void remove_key(PtContext *context, const PtDesc *type, PtMap *map, int64_t n) {
    Any key = any_of(type->elem, n);
    pt_map_remove(context, map, map, &key, type->elem, type->mapped);
}

// Sizes that links tell are true, all leaves are equally deep, and no node but the root has too few entries. The size.
static uint64_t check_shape(const PtDesc *type, const MapNode *node, bool is_root, int *height) {
    uint32_t limit = map_node_limit(type->elem, type->mapped);
    cr_assert(node->count <= node->capacity && node->capacity <= limit);
    cr_assert(node->count >= (is_root ? 1 : map_node_least(limit)), "%s: %u entries", type->name, node->count);
    *height = 0;
    if (map_node_is_leaf(node)) return node->count;
    uint64_t size = node->count;
    for (uint32_t i = 0; i <= node->count; i++) {
        int below;
        MapLink link = map_node_links(node)[i];
        cr_assert_eq(check_shape(type, link.node, false, &below), link.size);
        cr_assert(i == 0 || below == *height - 1);
        *height = below + 1;
        size += link.size;
    }
    return size;
}

static bool same(const PtDesc *desc, const void *a, int64_t n) {
    Any b = any_of(desc, n);
    return pt_equal(desc, a, &b);
}

// What can be asked of one key or place.
static void check_key(PtContext *context, const PtDesc *type, const PtMap *map, const Model *model, int64_t n, int64_t rank) {
    const PtDesc *k = type->elem, *v = type->mapped;
    Any key = any_of(k, n);
    const void *value = pt_map_find(context, map, &key, k, v);
    cr_assert_eq(value != NULL, model->has[n]);
    cr_assert_eq(pt_map_rank(context, map, &key, k, v), rank);
    if (!value) return;
    cr_assert(same(v, value, model->values[n]));
    cr_assert_eq(pt_map_value_at(map, rank, k, v), value);
    cr_assert(same(k, pt_map_key_at(map, rank, k, v), n));
}

static void check(PtContext *context, const PtDesc *type, const PtMap *map, const Model *model) {
    const PtDesc *k = type->elem, *v = type->mapped;
    uint64_t place = 0, end = 0;
    const void *key, *value;
    int height;
    for (int64_t n = 0; n < DOMAIN; n++) {
        check_key(context, type, map, model, n, (int64_t)place);
        if (!model->has[n]) continue;
        if (place == end) end += map_run(map, place, k, v, &key, &value);
        cr_assert(same(k, key, n) && same(v, value, model->values[n]));
        key = (const char *)key + k->size;
        value = (const char *)value + v->size;
        place++;
    }
    cr_assert_eq(place, end);
    cr_assert_eq((uint64_t)pt_map_size(context, map, k, v), place);
    if (place)
        cr_assert_eq(check_shape(type, map->root, true, &height), place);
    else
        cr_assert_null(map->root);
}

static uint64_t random_next(uint64_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

// ---- changing ----

// A version that was kept: whoever keeps one drops the right to edit of both.
typedef struct Version {
    PtMap map;
    Model model;
} Version;

// `keep_right`: in one of so many changes the right is dropped.
static void change_at_random(const PtDesc *type, uint64_t drop_right, uint64_t seed) {
    enum { CHANGES = 12000, VERSIONS = 12 };
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Version *now = calloc(1 + VERSIONS, sizeof *now), *versions = now + 1;
    for (uint64_t i = 0, random = seed; i < CHANGES; i++) {
        // at first it grows, then it shrinks until nothing is left, then it grows again
        bool grows = i < CHANGES / 3 || i > CHANGES * 9 / 10;
        int64_t n = (int64_t)(random_next(&random) % DOMAIN);
        if (i % (CHANGES / VERSIONS) == 0) {
            now->map.edit = 0;
            versions[i / (CHANGES / VERSIONS)] = *now;
        }
        if (random_next(&random) % drop_right == 0) now->map.edit = 0;
        now->model.has[n] = random_next(&random) % 8 < (grows ? 7 : 1);
        now->model.values[n] = (int32_t)(random_next(&random) % DOMAIN);
        if (now->model.has[n])
            insert(scene.context, type, &now->map, n, now->model.values[n]);
        else
            remove_key(scene.context, type, &now->map, n);
        if (i % 500 == 0) check(scene.context, type, &now->map, &now->model);
    }
    for (int i = -1; i < VERSIONS; i++) check(scene.context, type, &versions[i].map, &versions[i].model);
    free(now);
    scene_free(&scene);
}

Test(vm_map, changes_with_the_right_to_edit_are_those_of_the_model) {
    for (int i = 0; i < TYPE_COUNT; i++) change_at_random(TYPES[i], UINT64_MAX, 88172645463325252u);
}

Test(vm_map, changes_without_the_right_leave_all_versions_as_they_were) {
    for (int i = 0; i < TYPE_COUNT; i++) change_at_random(TYPES[i], 1, 362436069362436069u);
}

Test(vm_map, rights_come_and_go) {
    for (int i = 0; i < TYPE_COUNT; i++) change_at_random(TYPES[i], 7, 521288629521288629u);
}

// Removing until nothing is left, from both ends and from the middle.
Test(vm_map, maps_shrink_to_nothing) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Model *model = calloc(1, sizeof *model);
    for (int t = 0; t < TYPE_COUNT; t++)
        for (int order = 0; order < 3; order++) {
            PtMap map = {0};
            for (int64_t n = 0; n < DOMAIN; n++) insert(scene.context, TYPES[t], &map, n, n);
            for (int64_t n = 0; n < DOMAIN; n++) {
                model->has[n] = true;
                model->values[n] = (int32_t)n;
            }
            for (int64_t i = 0; i < DOMAIN; i++) {
                int64_t n = order == 0 ? i : order == 1 ? DOMAIN - 1 - i : (i * 1001 + 500) % DOMAIN;
                remove_key(scene.context, TYPES[t], &map, n);
                model->has[n] = false;
                if (i % 250 == 249) check(scene.context, TYPES[t], &map, model);
            }
            cr_assert_null(map.root);
        }
    free(model);
    scene_free(&scene);
}

Test(vm_map, what_is_not_there_is_removed_without_a_trace) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    PtMap empty = {0}, map = {0};
    remove_key(scene.context, &INT_MAP, &empty, 1);
    cr_assert(!empty.root && !empty.edit);
    for (int64_t n = 0; n < 100; n++) insert(scene.context, &INT_MAP, &map, 2 * n, n);
    map.edit = 0;
    PtMap same = map;
    remove_key(scene.context, &INT_MAP, &same, 7);
    cr_assert(same.root == map.root && !same.edit);
    scene_free(&scene);
}

Test(vm_map, what_is_there_is_inserted_without_a_trace) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    static const PtDesc *const types[] = {&INT_SET, &WORD_COUNTS};
    for (int t = 0; t < 2; t++) {
        PtMap map = {0};
        for (int64_t n = 0; n < 100; n++) insert(scene.context, types[t], &map, n, n);
        map.edit = 0;
        PtMap same = map;
        insert(scene.context, types[t], &same, 50, 50);
        cr_assert(same.root == map.root && !same.edit);
        insert(scene.context, types[t], &same, 50, 51);
        cr_assert_eq(same.root == map.root, types[t]->kind == PT_SET);
    }
    scene_free(&scene);
}

// Two partitions never have the same right: the nodes of one may be seen by the other.
Test(vm_map, rights_of_partitions_differ) {
    FakeEnv fake;
    fake_init(&fake);
    Runtime *runtime = runtime_new(&NO_PROGRAM, &fake.env, NULL, &(RuntimeOptions){.max_atom = 1 << 20, .partitions = 2});
    PtMap maps[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) insert(&runtime->partitions[i].context, &INT_MAP, &maps[i], 1, 1);
    cr_assert(maps[0].edit && maps[1].edit && maps[0].edit != maps[1].edit);
    runtime_free(runtime);
    fake_free(&fake);
}

// ---- building ----

Test(vm_map, maps_of_all_sizes_are_built_from_lists) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Model *model = calloc(1, sizeof *model);
    for (int t = 0; t < TYPE_COUNT; t++) {
        const PtDesc *k = TYPES[t]->elem, *v = TYPES[t]->mapped;
        char *keys = malloc((size_t)DOMAIN * k->size), *values = malloc((size_t)DOMAIN * v->size + 1);
        memset(model, 0, sizeof *model);
        for (int64_t size = 0; size <= DOMAIN; size++) {
            if (size <= 150 || size % 97 == 0 || size == DOMAIN) {
                PtMap map;
                PtList from = {keys, size}, to = {values, size};
                pt_map_build(scene.context, &map, &from, v->size ? &to : NULL, k, v);
                check(scene.context, TYPES[t], &map, model);
                PtList back;
                pt_map_keys(scene.context, &back, &map, k, v);
                cr_assert(back.size == size && (!size || memcmp(back.data, keys, (size_t)size * k->size) == 0));
                pt_map_values(scene.context, &back, &map, k, v);
                cr_assert(back.size == size && (!size || memcmp(back.data, values, (size_t)size * v->size) == 0));
            }
            if (size == DOMAIN) break;
            Any key = any_of(k, size), value = any_of(v, size);
            memcpy(keys + size * k->size, &key, k->size);
            memcpy(values + size * v->size, &value, v->size);
            model->has[size] = true;
            model->values[size] = (int32_t)size;
        }
        free(keys);
        free(values);
    }
    free(model);
    scene_free(&scene);
}

Test(vm_map, of_several_values_for_one_key_the_last_counts) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    PtMap map;
    pt_map_build(scene.context, &map, &(PtList){(int64_t[]){5, 3, 5, 3, 9}, 5}, &(PtList){(int64_t[]){1, 2, 3, 4, 5}, 5}, &INT,
                 &INT);
    cr_assert_eq(pt_map_size(scene.context, &map, &INT, &INT), 3);
    cr_assert_eq(*(const int64_t *)pt_map_value_at(&map, 0, &INT, &INT), 4);
    cr_assert_eq(*(const int64_t *)pt_map_value_at(&map, 1, &INT, &INT), 3);
    cr_assert_eq(*(const int64_t *)pt_map_value_at(&map, 2, &INT, &INT), 5);
    pt_map_build(scene.context, &map, &(PtList){NULL, 3}, NULL, &UNIT, &UNIT);
    cr_assert_eq(pt_map_size(scene.context, &map, &UNIT, &UNIT), 1);
    scene_free(&scene);
}

// ---- what the rest of the VM does with maps ----

// A map of the numbers from `from` to `to` - 1, put in upwards, downwards or from lists, so that its tree is another one each
// time.
typedef enum Way { UPWARDS, DOWNWARDS, FROM_LISTS, WAYS } Way;

static PtMap map_of(PtContext *context, const PtDesc *type, int64_t from, int64_t to, Way way) {
    PtMap map = {0};
    for (int64_t i = from; i < to && way != FROM_LISTS; i++) {
        int64_t n = way == UPWARDS ? i : to - 1 - (i - from);
        insert(context, type, &map, n, n);
    }
    if (way != FROM_LISTS) return map;
    PtList keys, values;
    map = map_of(context, type, from, to, UPWARDS);
    pt_map_keys(context, &keys, &map, type->elem, type->mapped);
    pt_map_values(context, &values, &map, type->elem, type->mapped);
    pt_map_build(context, &map, &keys, &values, type->elem, type->mapped);
    return map;
}

static void check_order(const PtDesc *desc, const PtMap *smaller, const PtMap *larger) {
    cr_assert_lt(pt_compare(desc, smaller, larger), 0, "%s", desc->name);
    cr_assert_gt(pt_compare(desc, larger, smaller), 0);
    cr_assert(!pt_equal(desc, smaller, larger));
    cr_assert_neq(pt_hash(desc, smaller), pt_hash(desc, larger));
}

Test(vm_map, the_shape_of_the_tree_does_not_show) {
    static const int64_t SIZES[] = {0, 1, 2, 7, 8, 9, 30, 65, 300, DOMAIN};
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    for (int t = 0; t < TYPE_COUNT; t++)
        for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
            Buf bytes[WAYS] = {{0}};
            PtMap maps[WAYS];
            for (int way = 0; way < WAYS; way++) {
                maps[way] = map_of(scene.context, TYPES[t], 0, SIZES[i], (Way)way);
                encode_value(&bytes[way], TYPES[t], &maps[way], &NO_PROGRAM);
                cr_assert(pt_equal(TYPES[t], &maps[0], &maps[way]));
                cr_assert_eq(pt_compare(TYPES[t], &maps[0], &maps[way]), 0);
                cr_assert_eq(pt_hash(TYPES[t], &maps[0]), pt_hash(TYPES[t], &maps[way]));
                cr_assert_eq(bytes[0].length, bytes[way].length);
                cr_assert_eq(memcmp(bytes[0].data, bytes[way].data, bytes[0].length), 0);
            }
            for (int way = 0; way < WAYS; way++) buf_free(&bytes[way]);
        }
    scene_free(&scene);
}

// As the lists of their entries do.
Test(vm_map, maps_order_by_their_entries) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    PtContext *context = scene.context;
    for (int t = 0; t < TYPE_COUNT; t++) {
        const PtDesc *type = TYPES[t];
        PtMap empty = {0}, all = map_of(context, type, 0, 500, UPWARDS), less = map_of(context, type, 0, 499, DOWNWARDS);
        PtMap later = map_of(context, type, 1, 500, FROM_LISTS), gap = map_of(context, type, 0, 500, DOWNWARDS);
        remove_key(context, type, &gap, 250);
        check_order(type, &empty, &all);
        check_order(type, &less, &all);
        check_order(type, &all, &later);
        check_order(type, &all, &gap);
        if (type->kind == PT_SET) continue;
        PtMap value = map_of(context, type, 0, 500, UPWARDS), last = map_of(context, type, 0, 500, UPWARDS);
        insert(context, type, &value, 250, 251); // counts more than that there is another key later
        insert(context, type, &last, 499, 500);
        check_order(type, &all, &value);
        check_order(type, &all, &last);
        check_order(type, &value, &gap);
        remove_key(context, type, &value, 499);
        check_order(type, &all, &value);
    }
    scene_free(&scene);
}

static void check_show(const PtDesc *desc, const PtMap *map, const char *expected) {
    Buf out = {0};
    cr_assert(show_value(&out, desc, map, NULL, SHOW_PLAIN, SIZE_MAX));
    cr_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
}

Test(vm_map, maps_show_as_they_are_written) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 20);
    PtMap empty = {0}, counts = map_of(scene.context, &WORD_COUNTS, 0, 2, DOWNWARDS);
    PtMap set = map_of(scene.context, &INT_SET, 0, 3, DOWNWARDS), pairs = map_of(scene.context, &PAIR_MAP, 1, 2, UPWARDS);
    check_show(&WORD_COUNTS, &empty, "[:]");
    check_show(&WORD_COUNTS, &counts, "[\"0000, a rather long text\": -2000, \"0001\": -1997]");
    check_show(&PAIR_MAP, &pairs, "[(0, \"0001\"): \"0001\"]");
    check_show(&INT_SET, &empty, "set.of([])");
    check_show(&INT_SET, &set, "set.of([-2000, -1997, -1994])");
    scene_free(&scene);
}

Test(vm_map, what_is_decoded_is_equal_and_as_flat_as_can_be) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    for (int t = 0; t < TYPE_COUNT; t++)
        for (int64_t size = 0; size <= DOMAIN; size += 1 + size / 10) {
            PtMap map = map_of(scene.context, TYPES[t], 0, size, UPWARDS), copy;
            Buf bytes = {0};
            Memory memory = {0};
            int height;
            encode_value(&bytes, TYPES[t], &map, &NO_PROGRAM);
            Decoder decoder = decoder_of(bytes.data, bytes.length, &memory, &NO_PROGRAM);
            cr_assert(decode_value(&decoder, TYPES[t], &copy), "%s", decoder.error);
            cr_assert_eq(decoder.at, decoder.end);
            cr_assert(pt_equal(TYPES[t], &map, &copy));
            cr_assert_eq(copy.edit, 0);
            if (size) cr_assert_eq(check_shape(TYPES[t], copy.root, true, &height), (uint64_t)size);
            memory_give_back(&memory);
            buf_free(&bytes);
        }
    scene_free(&scene);
}

// ---- in the heap ----

static Heap *heap_of(Scene *scene) {
    return &scene->runtime->partitions[0].heap;
}

static void own(Scene *scene, const PtDesc *type, PtMap *map) {
    cr_assert(heap_own(heap_of(scene), type, map));
    heap_forget(heap_of(scene));
    cr_assert_eq(map->edit, 0);
}

// A state over many steps: each changes some keys, commits, and drops what was before.
Test(vm_map, the_heap_shares_what_did_not_change) {
    enum { STEPS = 60, CHANGES = 40 };
    for (int t = 0; t < TYPE_COUNT; t++) {
        Scene scene;
        scene_init(&scene, &NO_PROGRAM, 1 << 30);
        Heap *heap = heap_of(&scene);
        Model *model = calloc(1, sizeof *model);
        PtMap state = {0}, first = map_of(scene.context, TYPES[t], 0, DOMAIN, UPWARDS);
        own(&scene, TYPES[t], &first);
        uint64_t blocks = heap->live_blocks;
        for (uint64_t step = 0, random = 88172645463325252u; step < STEPS; step++) {
            PtMap next = state;
            for (int i = 0; i < CHANGES; i++) {
                int64_t n = (int64_t)(random_next(&random) % DOMAIN);
                model->has[n] = random_next(&random) % 4 != 0;
                model->values[n] = (int32_t)(random_next(&random) % DOMAIN);
                if (model->has[n])
                    insert(scene.context, TYPES[t], &next, n, model->values[n]);
                else
                    remove_key(scene.context, TYPES[t], &next, n);
            }
            own(&scene, TYPES[t], &next);
            heap_release(heap, TYPES[t], &state);
            state = next;
            check(scene.context, TYPES[t], &state, model);
        }
        PtMap one = first; // one path is new, everything else shared: a few nodes, and what one entry has
        insert(scene.context, TYPES[t], &one, 7, 8);
        uint64_t before = heap->live_blocks;
        own(&scene, TYPES[t], &one);
        cr_assert_leq(heap->live_blocks - before, 6);
        heap_release(heap, TYPES[t], &one);
        heap_release(heap, TYPES[t], &state);
        cr_assert_eq(heap->live_blocks, blocks);
        heap_release(heap, TYPES[t], &first);
        cr_assert_eq(heap->live_blocks, 0);
        free(model);
        scene_free(&scene);
    }
}

// Of two maps of one atom that have a part in common, the heap has that part once.
Test(vm_map, the_heap_has_once_what_two_maps_share) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Heap *heap = heap_of(&scene);
    PtMap a = map_of(scene.context, &INT_MAP, 0, DOMAIN, UPWARDS), b = a;
    a.edit = b.edit = 0;
    insert(scene.context, &INT_MAP, &b, 1000, 0);
    cr_assert(heap_own(heap, &INT_MAP, &a));
    uint64_t blocks = heap->live_blocks;
    cr_assert(heap_own(heap, &INT_MAP, &b));
    cr_assert_leq(heap->live_blocks, blocks + 3);
    heap_forget(heap);
    heap_release(heap, &INT_MAP, &a);
    cr_assert_eq(*(const int64_t *)pt_map_value_at(&b, 999, &INT, &INT), 999 * 3 - DOMAIN);
    heap_release(heap, &INT_MAP, &b);
    cr_assert_eq(heap->live_blocks, 0);
    scene_free(&scene);
}

// ---- limits ----

static void insert_too_many(Partition *partition, void *map) {
    for (int64_t n = 0;; n++) insert(&partition->context, &INT_MAP, map, n, n);
}

Test(vm_map, a_map_that_is_too_large_ends_its_atom) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 20);
    Partition *partition = &scene.runtime->partitions[0];
    PtMap map = {0};
    cr_assert(!partition_guard(partition, insert_too_many, &map));
    Buf message = {0};
    failure_render(&partition->failure, &message);
    cr_assert_str_eq(buf_text(&message), "error: the atom needs more than 4194304 bytes of memory\n"
                                         "   = help: `--max-atom` sets the limit, at 4 times its value\n");
    buf_free(&message);
    scene_free(&scene);
}

Test(vm_map, a_heap_that_is_full_takes_no_map) {
    enum { HEAP_SIZE = 64 << 20, ENOUGH = 1000 };
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Heap heap;
    cr_assert(heap_init(&heap, &scene.fake.env, NULL, HEAP_SIZE));
    PtMap map = map_of(scene.context, &LARGE_MAP, 0, DOMAIN, UPWARDS);
    int count = 0;
    for (PtMap copy = map; heap_own(&heap, &LARGE_MAP, &copy); copy = map) {
        heap_forget(&heap);
        cr_assert_lt(++count, ENOUGH);
    }
    cr_assert_gt(count, 100);
    heap_free(&heap);
    scene_free(&scene);
}

// ---- maps in maps ----

typedef struct Nest {
    int64_t tag;
    PtMap inner;
} Nest;

// One in another; with `neighbour`, none is the last entry where it lies.
static Nest nest_of(PtContext *context, int depth, bool neighbour) {
    Nest nest = {0};
    for (int i = 0; i < depth; i++) {
        Nest outer = {0}, leaf = {0};
        pt_map_insert(context, &outer.inner, &outer.inner, &(Pair){1, text_of("key")}, &nest, &PAIR, &NEST);
        if (neighbour) pt_map_insert(context, &outer.inner, &outer.inner, &(Pair){2, text_of("")}, &leaf, &PAIR, &NEST);
        outer.inner.edit = 0;
        nest = outer;
    }
    return nest;
}

static void check_nest(bool neighbour) {
    enum { DEPTH = 100000 };
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Nest nest = nest_of(scene.context, DEPTH, neighbour), kept = nest, other = nest_of(scene.context, DEPTH + 1, neighbour), copy;
    cr_assert(heap_own(heap_of(&scene), &NEST, &kept));
    heap_forget(heap_of(&scene));
    cr_assert_eq(heap_of(&scene)->live_blocks, 2 * DEPTH, "a node and a key each");
    cr_assert(pt_equal(&NEST, &nest, &kept) && !pt_equal(&NEST, &nest, &other));
    cr_assert_lt(pt_compare(&NEST, &nest, &other), 0);
    cr_assert_eq(pt_hash(&NEST, &nest), pt_hash(&NEST, &kept));
    Buf bytes = {0}, again = {0};
    Memory memory = {0};
    encode_value(&bytes, &NEST, &kept, &NO_PROGRAM);
    Decoder decoder = decoder_of(bytes.data, bytes.length, &memory, &NO_PROGRAM);
    cr_assert(decode_value(&decoder, &NEST, &copy) && pt_equal(&NEST, &nest, &copy));
    cr_assert(show_value(&again, &NEST, &copy, NULL, SHOW_PLAIN, SIZE_MAX));
    cr_assert_eq(memcmp(again.data, "Nest([(1, \"key\"): Nest([(1, \"key\"): ", 36), 0);
    heap_release(heap_of(&scene), &NEST, &kept);
    cr_assert_eq(heap_of(&scene)->live_blocks, 0);
    memory_give_back(&memory);
    buf_free(&bytes);
    buf_free(&again);
    scene_free(&scene);
}

Test(vm_map, deep_maps_need_no_stack) {
    check_nest(false);
    check_nest(true);
}
