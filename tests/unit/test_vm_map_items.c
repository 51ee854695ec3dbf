// What is different between versions of a map, and maps that are kept by entry (spec/encoding.md, E3.4).
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/encode_testing.h"
#include "vm/map.h"
#include "vm/map_changes.h"
#include "vm/map_items.h"

static const PtDesc INT_SET = {
    .name = "Set[Int]", .elem = &INT, .mapped = &UNIT, .kind = PT_SET, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc INT_MAP = {
    .name = "Map[Int, Int]", .elem = &INT, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc ZERO_MAP = {
    .name = "Map[Float, Int]", .elem = &FLOAT, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc *const TYPES[] = {&INT_MAP, &INT_SET, &WORD_COUNTS, &WORD_SET};
enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES, DOMAIN = 3000 };

// ---- maps of numbers, or of texts that stand for them ----

typedef union Key {
    int64_t number;
    double real;
    PtString text;
} Key;

static Key key_of(const PtDesc *type, int64_t n) {
    static char texts[DOMAIN][8];
    snprintf(texts[n], sizeof texts[n], "%04lld", (long long)n);
    return type->elem->kind == PT_STRING ? (Key){.text = text_of(texts[n])} : (Key){.number = n};
}

static int64_t number_of(const PtDesc *type, const void *key) {
    return type->elem->kind == PT_STRING ? strtol(((const PtString *)key)->data, NULL, 10) : *(const int64_t *)key;
}

static void insert(Scene *scene, const PtDesc *type, PtMap *map, int64_t n, int64_t value) {
    Key key = key_of(type, n);
    pt_map_insert(scene->context, map, map, &key, &value, type->elem, type->mapped);
}

static void remove_key(Scene *scene, const PtDesc *type, PtMap *map, int64_t n) {
    Key key = key_of(type, n);
    pt_map_remove(scene->context, map, map, &key, type->elem, type->mapped);
}

static const void *find(Scene *scene, const PtDesc *type, const PtMap *map, int64_t n) {
    Key key = key_of(type, n);
    return pt_map_find(scene->context, map, &key, type->elem, type->mapped);
}

static uint64_t below(uint64_t *random, uint64_t limit) {
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (*random >> 33) % limit;
}

// Changes some keys that lie together, or anywhere.
static void change(Scene *scene, const PtDesc *type, PtMap *map, uint64_t *random) {
    uint64_t count = below(random, 8) ? below(random, 40) : below(random, 2000), grows = below(random, 5);
    uint64_t from = below(random, DOMAIN), spread = below(random, 2) ? DOMAIN : 1 + below(random, 200);
    for (uint64_t i = 0; i < count; i++) {
        int64_t n = (int64_t)((from + below(random, spread)) % DOMAIN);
        if (below(random, 4) < grows)
            insert(scene, type, map, n, (int64_t)below(random, 3));
        else
            remove_key(scene, type, map, n);
    }
    map->edit = 0;
}

// ---- what is different ----

typedef struct Seen {
    Scene *scene;
    const PtDesc *type;
    const PtMap *before, *after;
    int64_t last;
    uint64_t count;
} Seen;

static void see(void *user, const void *key, const void *value) {
    Seen *seen = user;
    int64_t n = number_of(seen->type, key);
    cr_assert_gt(n, seen->last);
    seen->last = n;
    seen->count++;
    const void *before = find(seen->scene, seen->type, seen->before, n), *after = find(seen->scene, seen->type, seen->after, n);
    cr_assert_eq(value != NULL, after != NULL);
    if (!value) cr_assert(before);
    if (value) cr_assert(pt_equal(seen->type->mapped, value, after));
    if (value && before) cr_assert(!pt_equal(seen->type->mapped, value, before));
}

static uint64_t count_changes(Scene *scene, const PtDesc *type, const PtMap *before, const PtMap *after) {
    uint64_t count = 0;
    for (int64_t n = 0; n < DOMAIN; n++) {
        const void *a = find(scene, type, before, n), *b = find(scene, type, after, n);
        count += a && b ? !pt_equal(type->mapped, a, b) : a != b;
    }
    return count;
}

static uint64_t check_changes(Scene *scene, const PtDesc *type, const PtMap *before, const PtMap *after) {
    Seen seen = {scene, type, before, after, -1, 0};
    map_changes(&(MapChanges){type->elem, type->mapped, true, see, &seen, 0}, before->root, after->root);
    return seen.count;
}

Test(vm_map_items, what_is_different_between_versions_is_seen_once_and_in_order) {
    enum { VERSIONS = 300 };
    for (int t = 0; t < TYPE_COUNT; t++) {
        Scene scene;
        scene_init(&scene, &NO_PROGRAM, 1 << 30);
        PtMap versions[VERSIONS] = {{0}};
        uint64_t random = 7;
        for (int i = 1; i < VERSIONS; i++) {
            versions[i] = versions[below(&random, 10) ? i - 1 : (int)below(&random, (uint64_t)i)];
            change(&scene, TYPES[t], &versions[i], &random);
            const PtMap *other = below(&random, 3) ? &versions[i - 1] : &versions[below(&random, (uint64_t)i)];
            cr_assert_eq(check_changes(&scene, TYPES[t], other, &versions[i]),
                         count_changes(&scene, TYPES[t], other, &versions[i]));
        }
        scene_free(&scene);
    }
}

static void count_visit(void *user, const void *key, const void *value) {
    (void)key, (void)value;
    ++*(uint64_t *)user;
}

// A node that both versions have, and that is damaged, would not be survived. The first one tells how high the trees are.
Test(vm_map_items, what_two_versions_share_is_not_looked_at) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    PtMap map = {0};
    for (int64_t n = 0; n < DOMAIN; n++) insert(&scene, &INT_MAP, &map, n, n);
    map.edit = 0;
    PtMap other = map;
    insert(&scene, &INT_MAP, &other, 1234, 0);
    const MapNode *a = map.root, *b = other.root;
    uint64_t damaged = 0, count = 0;
    for (uint32_t i = 1; i <= a->count; i++) {
        MapNode *shared = map_node_links(a)[i].node;
        if (shared != map_node_links(b)[i].node) continue;
        memset(shared, 0xff, sizeof *shared);
        damaged++;
    }
    cr_assert_eq(damaged, a->count - 1);
    map_changes(&(MapChanges){&INT, &INT, true, count_visit, &count, 0}, a, b);
    cr_assert_eq(count, 1);
    scene_free(&scene);
}

// ---- what has been changed in place ----

// A map of the even numbers that a state has in the heap, with the right to edit it, in a durable run.
static PtMap state_map(Scene *scene) {
    Partition *partition = partition_of(scene->context);
    PtMap map = {0};
    for (int64_t n = 0; n < DOMAIN; n += 2) insert(scene, &INT_MAP, &map, n, n);
    uint64_t edit = map.edit;
    cr_assert(heap_own(&partition->heap, &INT_MAP, &map));
    heap_forget(&partition->heap);
    map.edit = edit;
    scene->context->tracks = partition->is_durable = true;
    return map;
}

static uint64_t count_marked(const PtMap *before, const PtMap *after, uint16_t stamp) {
    uint64_t count = 0;
    map_changes(&(MapChanges){&INT, &INT, true, count_visit, &count, stamp}, before->root, after->root);
    return count;
}

static int64_t value_of(Scene *scene, const PtMap *map, int64_t n) {
    return *(const int64_t *)find(scene, &INT_MAP, map, n);
}

Test(vm_map_items, a_value_in_the_heap_changes_in_place_and_can_be_brought_back) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Partition *partition = partition_of(scene.context);
    PtMap map = state_map(&scene);
    const PtMap before = map;
    insert(&scene, &INT_MAP, &map, 1234, 1);
    insert(&scene, &INT_MAP, &map, 1234, 2);
    insert(&scene, &INT_MAP, &map, 8, 3);
    cr_assert_eq(map.root, before.root);
    cr_assert_eq(value_of(&scene, &before, 1234), 2);
    touches_undo(&partition->touches, NULL, 0, &partition->heap, &partition->limbo);
    cr_assert_eq(value_of(&scene, &map, 1234), 1234);
    cr_assert_eq(value_of(&scene, &map, 8), 8);
    for (int64_t i = 0; i < TOUCHES_EDITS_MOST / 8; i++) insert(&scene, &INT_MAP, &map, 1234, i);
    cr_assert_neq(map.root, before.root, "many changes are not noted for ever");
    cr_assert_leq(partition->touches.edits.length, TOUCHES_EDITS_MOST + 64);
    touches_undo(&partition->touches, NULL, 0, &partition->heap, &partition->limbo);
    cr_assert_eq(value_of(&scene, &before, 1234), 1234);
    map = (PtMap){before.root, 0};
    insert(&scene, &INT_MAP, &map, 1234, 4);
    cr_assert_neq(map.root, before.root, "without the right a path is copied");
    cr_assert_eq(value_of(&scene, &before, 1234), 1234);
    heap_release(&partition->heap, &INT_MAP, &(PtMap){before.root, 0});
    scene_free(&scene);
}

Test(vm_map_items, what_was_changed_in_place_is_seen_once_in_its_epoch) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Partition *partition = partition_of(scene.context);
    PtMap map = state_map(&scene);
    const PtMap before = map;
    uint16_t stamp = partition->map_stamp;
    cr_assert_eq(count_marked(&before, &map, stamp), 0);
    for (int64_t n = 0; n < 600; n += 6)
        for (int64_t i = 1; i < 3; i++) insert(&scene, &INT_MAP, &map, n, -i);
    cr_assert_eq(map.root, before.root);
    cr_assert_eq(count_marked(&before, &map, stamp), 100);
    cr_assert_eq(count_marked(&before, &map, (uint16_t)(stamp + 1)), 0);
    cr_assert_eq(count_marked(&before, &map, 0), 0);
    // Then keys come and go, which copies nodes; of what was changed before, 12 goes.
    insert(&scene, &INT_MAP, &map, 13, 0);
    remove_key(&scene, &INT_MAP, &map, 12);
    cr_assert_neq(map.root, before.root);
    cr_assert_eq(count_marked(&before, &map, stamp), 101);
    // What the store has of 18 and 24 is not what the older version says.
    insert(&scene, &INT_MAP, &map, 24, 24);
    PtMap again = {0};
    for (int64_t n = 0; n < DOMAIN; n++)
        if (find(&scene, &INT_MAP, &map, n)) insert(&scene, &INT_MAP, &again, n, value_of(&scene, &map, n));
    cr_assert_eq(count_marked(&before, &again, stamp), 101);
    heap_release(&partition->heap, &INT_MAP, &(PtMap){before.root, 0});
    scene_free(&scene);
}

// ---- items ----

static const char FRONT[] = "Etask";

static MapItems items_of(const PtDesc *type) {
    return (MapItems){
        .front = {FRONT, strlen(FRONT)}, .desc = type, .program = &NO_PROGRAM, .exact = encode_key_is_exact(type->elem)};
}

static int scan_store(void *store, StoreBytes prefix, StoreScan *visit, void *user) {
    return ((Store *)store)->scan(store, prefix, visit, user);
}

static int no_record(void *user, uint64_t epoch, StoreBytes body) {
    (void)user, (void)epoch, (void)body;
    return 0;
}

// What was put becomes a snapshot, from which items can be read.
static void commit(Store *store, uint64_t epoch, Buf *body) {
    StoreBytes part = {body->data, body->length};
    cr_assert_eq(store->append(store, &(StoreRecord){epoch, &part, 1}), 0);
    cr_assert_eq(store->sync(store, &epoch), 0);
    cr_assert_eq(store->snapshot(store), 0);
    cr_assert_eq(store->recover(store, &(StoreVisitor){.record = no_record}, &epoch), 0);
    body->length = 0;
}

static int read(const PtDesc *type, Store *store, uint64_t count, Scratch *memory, PtMap *map, const char **error) {
    const MapItems items = items_of(type);
    return map_items_read(&items, &(MapSource){scan_store, store}, count, memory, map, error);
}

static void check_read(const PtDesc *type, Store *store, const PtMap *map) {
    Scratch memory;
    scratch_init(&memory);
    PtMap again;
    const char *error = NULL;
    int code = read(type, store, map_size(map), &memory, &again, &error);
    cr_assert_eq(code, 0, "%s", error);
    cr_assert(pt_equal(type, &again, map));
    cr_assert_eq(read(type, store, map_size(map) + 1, &memory, &again, &error), MAP_ITEMS_DAMAGED);
    scratch_free(&memory);
}

Test(vm_map_items, a_map_is_read_as_it_was_after_every_epoch) {
    for (int t = 0; t < TYPE_COUNT; t++) {
        Scene scene;
        scene_init(&scene, &NO_PROGRAM, 1 << 30);
        Store *store = store_memory_new(STORE_KEEP_ALL);
        const MapItems items = items_of(TYPES[t]);
        PtMap map = {0};
        Buf body = {0};
        uint64_t random = 11;
        for (uint64_t epoch = 1; epoch < 60; epoch++) {
            PtMap before = map;
            change(&scene, TYPES[t], &map, &random);
            if (epoch % 20 == 0) map = (PtMap){0};
            map_items_put(&items, before.root, map.root, &body);
            commit(store, epoch, &body);
            check_read(TYPES[t], store, &map);
        }
        buf_free(&body);
        store->close(store);
        scene_free(&scene);
    }
}

// 0.0 and -0.0 are equal, and have one item.
Test(vm_map_items, of_equal_keys_it_is_kept_which_one_it_was) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, 1 << 30);
    Store *store = store_memory_new(STORE_KEEP_ALL);
    const MapItems items = items_of(&ZERO_MAP);
    Buf body = {0};
    PtMap map = {0}, before = {0};
    for (uint64_t epoch = 1; epoch < 4; epoch++) {
        double zero = epoch % 2 ? -0.0 : 0.0;
        int64_t value = 1;
        pt_map_remove(scene.context, &map, &map, &zero, &FLOAT, &INT);
        pt_map_insert(scene.context, &map, &map, &zero, &value, &FLOAT, &INT);
        map.edit = 0;
        map_items_put(&items, before.root, map.root, &body);
        before = map;
        commit(store, epoch, &body);
        Scratch memory;
        scratch_init(&memory);
        PtMap again;
        const char *error;
        cr_assert_eq(read(&ZERO_MAP, store, 1, &memory, &again, &error), 0);
        cr_assert_eq(memcmp(pt_map_key_at(&again, 0, &FLOAT, &INT), &zero, sizeof zero), 0);
        scratch_free(&memory);
    }
    buf_free(&body);
    store->close(store);
    scene_free(&scene);
}

static const char *why_not(const PtDesc *type, const char *key, size_t key_size, const char *value, size_t value_size) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    Scratch memory;
    scratch_init(&memory);
    Buf body = {0}, whole = {0};
    buf_puts(&whole, FRONT);
    buf_append(&whole, key, key_size);
    store_put_item(&body, STORE_PUT, (StoreBytes){whole.data, whole.length}, (StoreBytes){value, value_size});
    commit(store, 1, &body);
    PtMap map;
    const char *error = NULL;
    int code = read(type, store, 1, &memory, &map, &error);
    cr_assert_eq(code, error ? MAP_ITEMS_DAMAGED : 0);
    scratch_free(&memory);
    buf_free(&body);
    buf_free(&whole);
    store->close(store);
    return error ? error : "";
}

Test(vm_map_items, items_that_are_none_are_refused) {
    static const char one[] = "\1\0\0\0\0\0\0\0", zero[16] = {0}, minus[16] = "\0\0\0\0\0\0\0\200";
    cr_assert_str_eq(why_not(&INT_MAP, one, 8, one, 8), "");
    cr_assert_str_eq(why_not(&INT_MAP, one, 7, one, 8), "the bytes end within a value");
    cr_assert_str_eq(why_not(&INT_MAP, one, 8, one, 7), "the bytes end within a value");
    cr_assert_str_eq(why_not(&INT_MAP, one, 9, one, 8), "there are bytes behind an entry");
    cr_assert_str_eq(why_not(&INT_SET, one, 8, one, 1), "there are bytes behind an entry");
    cr_assert_str_eq(why_not(&ZERO_MAP, zero, 8, minus, 16), "");
    cr_assert_str_eq(why_not(&ZERO_MAP, minus, 8, minus, 16), "a key is not the one it is kept under");
}

// ---- what stands among the states ----

Test(vm_map_items, a_count_is_none_of_a_map_that_follows) {
    Buf out = {0};
    Memory memory = {0};
    uint64_t count = 0;
    map_items_put_count(&out, 1000);
    Decoder decoder = decoder_of(out.data, out.length, &memory, &NO_PROGRAM);
    PtMap map;
    cr_assert(!decode_value(&decoder, &INT_MAP, &map));
    decoder = decoder_of(out.data, out.length, &memory, &NO_PROGRAM);
    cr_assert(map_items_take_count(&decoder, &count) && count == 1000 && decoder.at == decoder.end);
    decoder = decoder_of(out.data, out.length - 1, &memory, &NO_PROGRAM);
    cr_assert(!map_items_take_count(&decoder, &count) && decoder.at == out.data);
    out.length = 0;
    encode_value(&out, &INT_MAP, &(PtMap){0}, &NO_PROGRAM);
    decoder = decoder_of(out.data, out.length, &memory, &NO_PROGRAM);
    cr_assert(!map_items_take_count(&decoder, &count) && decoder.at == out.data);
    buf_free(&out);
    memory_give_back(&memory);
}
