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
static const PtDesc TEXT_SET = {
    .name = "Set[String]", .elem = &STRING, .mapped = &UNIT, .kind = PT_SET, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc INT_MAP = {
    .name = "Map[Int, Int]", .elem = &INT, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc TEXT_MAP = {
    .name = "Map[String, Int]", .elem = &STRING, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc PAIR_MAP = {.name = "Map[(Int, String), String]",
                                .elem = &PAIR,
                                .mapped = &STRING,
                                .kind = PT_MAP,
                                .size = 16,
                                .align = 8,
                                .has_pointers = 1};
static const PtDesc LARGE_MAP = {
    .name = "Map[Int, Large]", .elem = &INT, .mapped = &LARGE, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc *const TYPES[] = {&INT_SET, &TEXT_SET, &INT_MAP, &TEXT_MAP, &PAIR_MAP, &LARGE_MAP};
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
