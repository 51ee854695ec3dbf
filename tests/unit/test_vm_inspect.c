// What `portals inspect` shows of a store (spec/encoding.md, E3).
#include <criterion/criterion.h>

#include <math.h>
#include <yajl/yajl_tree.h>

#include "tests/unit/schema_testing.h"
#include "vm/inspect.h"
#include "vm/keys.h"
#include "vm/map_items.h"

// ---- a store to look at ----

typedef struct Directory {
    Model model;
    Store *store;
    uint64_t epoch;
    Buf body; // of the next record
    Chain links[2];
    PtString names[3];
    Pair pairs[2];
    Adder adder;
} Directory;

static StoreBytes text(const char *text) {
    return (StoreBytes){text, strlen(text)};
}

static void commit(Directory *d) {
    uint64_t epoch;
    StoreBytes part = {d->body.data, d->body.length};
    cr_assert_eq(d->store->append(d->store, &(StoreRecord){++d->epoch, &part, 1}), 0);
    cr_assert_eq(d->store->sync(d->store, &epoch), 0);
    d->body.length = 0;
}

static void put_schema(Directory *d) {
    SchemaIds ids;
    Buf schema = {0}, message = {0};
    cr_assert(schema_match(NULL, &d->model.program, &ids, &schema, &message));
    store_put_item(&d->body, STORE_PUT, text(KEY_SCHEMA), (StoreBytes){schema.data, schema.length});
    schema_ids_free(&ids);
    buf_free(&schema);
}

// The snapshot is there when the store is recovered.
static void make_snapshot(Directory *d) {
    cr_assert_eq(d->store->snapshot(d->store), 0);
}

static void put_count(Directory *d, const char *key, int64_t n) {
    PtString string = text_of(key);
    const void *adder = &d->adder;
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_ENTRY, TASK_COUNT);
    encode_key(&d->body, &STRING, &string, NULL);
    store_item_middle(&d->body, item);
    encode_value(&d->body, &INT, &n, NULL);
    encode_value(&d->body, &FUNCTION, &adder, &d->model.program);
    store_item_end(&d->body, item, STORE_PUT);
}

static void delete_count(Directory *d, const char *key) {
    Buf bytes = {0};
    PtString string = text_of(key);
    key_put(&bytes, KEY_ENTRY, TASK_COUNT);
    encode_key(&bytes, &STRING, &string, NULL);
    store_put_item(&d->body, STORE_DELETE, (StoreBytes){bytes.data, bytes.length}, (StoreBytes){0});
    buf_free(&bytes);
}

static void put_last(Directory *d, int64_t key) {
    All all = all_new(d->links, d->names, d->pairs, &d->adder);
    Chain chain = {.tag = CHAIN_END};
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_ENTRY, TASK_LAST);
    encode_key(&d->body, &INT, &key, NULL);
    store_item_middle(&d->body, item);
    encode_value(&d->body, &ALL, &all, &d->model.program);
    encode_value(&d->body, &CHAIN, &chain, NULL);
    encode_value(&d->body, &PAIR, &d->pairs[0], NULL);
    store_item_end(&d->body, item, STORE_PUT);
}

static void put_source(Directory *d, uint32_t id, uint64_t position, uint8_t ended, const char *unread) {
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_SOURCE, id);
    store_item_middle(&d->body, item);
    const uint64_t numbers[] = {position, position / 10, 3, 40};
    for (int i = 0; i < 4; i++) bytes_put_u64(&d->body, numbers[i]);
    bytes_put_u8(&d->body, ended);
    bytes_put_u64(&d->body, 77);
    bytes_put_u32(&d->body, (uint32_t)strlen(unread));
    buf_puts(&d->body, unread);
    store_item_end(&d->body, item, STORE_PUT);
}

static void put_output(Directory *d, uint32_t id, uint64_t committed, uint64_t released, const char *path) {
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_OUTPUT, id);
    store_item_middle(&d->body, item);
    const uint64_t numbers[] = {committed, released, 99};
    for (int i = 0; i < 3; i++) bytes_put_u64(&d->body, numbers[i]);
    bytes_put_u32(&d->body, (uint32_t)strlen(path));
    buf_puts(&d->body, path);
    store_item_end(&d->body, item, STORE_PUT);
    item = store_item_begin(&d->body);
    key_put_bytes(&d->body, id, released);
    store_item_middle(&d->body, item);
    buf_puts(&d->body, "bytes");
    store_item_end(&d->body, item, STORE_ONCE);
}

static void put_workflow(Directory *d, uint32_t id, uint8_t state, uint32_t task, uint64_t inputs) {
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_WORKFLOW, id);
    store_item_middle(&d->body, item);
    bytes_put_u64(&d->body, 5);
    bytes_put_u8(&d->body, state);
    bytes_put_u32(&d->body, task);
    bytes_put_u64(&d->body, task == NO_TASK ? 0 : 2);
    store_item_end(&d->body, item, STORE_PUT);
    for (uint32_t i = 0; i < inputs; i++) {
        item = store_item_begin(&d->body);
        key_put_input(&d->body, id, i);
        store_item_middle(&d->body, item);
        bytes_put_u64(&d->body, 4 + i);
        store_item_end(&d->body, item, STORE_PUT);
    }
}

// The atoms of a stream that is not one of a range hold as many pairs.
static void put_atom(Directory *d, uint32_t stream, uint64_t atom, bool plain) {
    size_t item = store_item_begin(&d->body);
    key_put_atom(&d->body, stream, atom);
    store_item_middle(&d->body, item);
    bytes_put_u64(&d->body, 2);
    bytes_put_u64(&d->body, 100);
    bytes_put_u8(&d->body, plain);
    for (int i = 0; !plain && i < 2; i++) encode_value(&d->body, &PAIR, &d->pairs[i], NULL);
    store_item_end(&d->body, item, STORE_PUT);
}

static void directory_init(Directory *d) {
    *d = (Directory){
        .store = store_memory_new(STORE_KEEP_ALL),
        .links = {{CHAIN_LINK, 1, &d->links[1]}, {.tag = CHAIN_END}},
        .names = {text_of("a"), text_of("b\"c"), text_of("")},
        .pairs = {{1, text_of("x")}, {2, text_of("y")}},
        .adder = {1, 1, text_of("captured")},
    };
    model_init(&d->model);
}

static void directory_free(Directory *d) {
    d->store->close(d->store);
    buf_free(&d->body);
}

// With something of everything, in two records behind a snapshot.
static void directory_fill(Directory *d) {
    directory_init(d);
    put_schema(d);
    uint8_t state = RUN_GOES_ON;
    store_put_item(&d->body, STORE_PUT, text(KEY_RUN), (StoreBytes){&state, 1});
    put_source(d, 0, 120, 0, "rest");
    put_source(d, 1, 40, 1, "");
    put_output(d, 0, 10, 10, "");
    put_output(d, 1, 30, 20, "out/counts.txt");
    put_workflow(d, 0, 0, NO_TASK, 2);
    put_workflow(d, 1, 1, TASK_PLAIN, 1);
    put_count(d, "zebra", 1);
    put_count(d, "a", 2);
    put_count(d, "gone", 3);
    put_count(d, "word", 4);
    put_last(d, 300);
    commit(d);
    make_snapshot(d);
    put_atom(d, 1, 7, true);
    put_atom(d, STREAM_OF_WORKFLOW, 4, false);
    put_atom(d, STREAM_OF_WORKFLOW, 5, false);
    put_atom(d, STREAM_OF_WORKFLOW, 258, false);
    delete_count(d, "gone");
    put_count(d, "word", -5);
    put_last(d, -1);
    commit(d);
    put_count(d, "word", 6);
    put_count(d, "mole", 7);
    commit(d);
}

// ---- showing ----

static bool take(void *user, const char *bytes, size_t size) {
    buf_append(user, bytes, size);
    return true;
}

static InspectResult show(Directory *d, InspectOptions options, Buf *out, Buf *message) {
    out->length = message->length = 0;
    options.write = take;
    options.user = out;
    if (!options.limit) options.limit = UINT64_MAX;
    return inspect(d->store, &options, message);
}

static void check_shown(Directory *d, InspectOptions options, const char *expected) {
    Buf out = {0}, message = {0};
    cr_assert_eq(show(d, options, &out, &message), INSPECT_DONE, "%s", buf_text(&message));
    cr_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
    buf_free(&message);
}

static void check_failure(Directory *d, InspectOptions options, const char *expected) {
    Buf out = {0}, message = {0};
    cr_assert_eq(show(d, options, &out, &message), INSPECT_FAILED);
    cr_assert_str_eq(buf_text(&message), expected);
    buf_free(&out);
    buf_free(&message);
}

#define HEAD                                                                                                                     \
    "app prog, epoch 3, not finished\n"                                                                                          \
    "source text (lines): 12 lines, 120 bytes taken, in 3 atoms, 4 bytes read ahead\n"                                           \
    "source numbers (range): 40 events taken, in 3 atoms; ended\n"                                                               \
    "output to standard output: 10 bytes\n"                                                                                      \
    "output \"out/counts.txt\": 30 bytes, at least 20 of them written\n"                                                         \
    "workflow main: open, 5 atoms put out\n"                                                                                     \
    "  next of text: atom 4\n"                                                                                                   \
    "  next of numbers: atom 5\n"                                                                                                \
    "workflow report: ending, 5 atoms put out; `on end` of Plain is done for 2 keys\n"                                           \
    "  next of main: atom 4\n"                                                                                                   \
    "waiting of main: atoms 4 to 5, 4 events\n"                                                                                  \
    "waiting of main: atom 258, 2 events\n"                                                                                      \
    "waiting of numbers: atom 7, 2 events\n"
#define COUNTS                                                                                                                   \
    "\ntask Count of workflow main: 4 entries\n"                                                                                 \
    "  \"a\" => n = 2, f = <function>\n"                                                                                         \
    "  \"mole\" => n = 7, f = <function>\n"                                                                                      \
    "  \"word\" => n = 6, f = <function>\n"                                                                                      \
    "  \"zebra\" => n = 1, f = <function>\n"
#define LAST                                                                                                                     \
    "last = All(true, -0.0, (), [\"a\", \"b\\\"c\", \"\"], [(1, \"x\"), (2, \"y\")], Link(-7, Link(1, End)), <function>, true)," \
    " chain = End, seen = (1, \"x\")\n"

Test(vm_inspect, everything_is_shown) {
    Directory d;
    directory_fill(&d);
    check_shown(&d, (InspectOptions){0},
                HEAD COUNTS "\ntask Last of workflow main: 2 entries\n  -1 => " LAST "  300 => " LAST
                            "\ntask Plain of workflow report: 0 entries\n");
    directory_free(&d);
}

Test(vm_inspect, one_task_and_a_few_of_its_entries) {
    Directory d;
    directory_fill(&d);
    check_shown(&d, (InspectOptions){.task = "Count"}, HEAD COUNTS);
    check_shown(&d, (InspectOptions){.task = "Count", .limit = 2},
                HEAD "\ntask Count of workflow main: 4 entries\n"
                     "  \"a\" => n = 2, f = <function>\n"
                     "  \"mole\" => n = 7, f = <function>\n"
                     "  ... and 2 more\n");
    check_failure(&d, (InspectOptions){.task = "Other"}, "there is no task `Other` in app `prog`");
    directory_free(&d);
}

Test(vm_inspect, verifying_counts_what_there_is) {
    Directory d;
    directory_fill(&d);
    check_shown(&d, (InspectOptions){.format = INSPECT_CHECK},
                "no damage found in app prog, epoch 3: 2 records of the log, 2 sources, 2 outputs, 2 workflows, "
                "4 waiting atoms with 8 events, 6 entries of 3 tasks\n");
    directory_free(&d);
}

Test(vm_inspect, an_empty_store_has_nothing_to_show) {
    Directory d;
    directory_init(&d);
    check_failure(&d, (InspectOptions){0}, "there is nothing in it yet");
    directory_free(&d);
}

// However little memory there is, the order is that of all keys.
Test(vm_inspect, entries_are_sorted_in_passes) {
    enum { COUNT = 500 };
    Directory d;
    directory_init(&d);
    put_schema(&d);
    Buf expected = {0};
    buf_printf(&expected, "app prog, epoch 2, not finished\n\ntask Last of workflow main: %d entries\n", COUNT);
    for (int64_t i = 0; i < COUNT; i++) buf_printf(&expected, "  %lld => " LAST, (long long)i * 1000 - 500000);
    for (int64_t i = 0; i < COUNT; i++) {
        if (i == COUNT / 2) {
            commit(&d);
            make_snapshot(&d);
        }
        put_last(&d, (i * 7919 % COUNT) * 1000 - 500000);
    }
    commit(&d);
    for (uint64_t memory = 1; memory < 1 << 20; memory *= 31)
        check_shown(&d, (InspectOptions){.task = "Last", .sort_memory = memory}, buf_text(&expected));
    buf_free(&expected);
    expected = (Buf){0};
    buf_printf(&expected, "app prog, epoch 2, not finished\n\ntask Last of workflow main: %d entries\n", COUNT);
    for (int64_t i = 0; i < 100; i++) buf_printf(&expected, "  %lld => " LAST, (long long)i * 1000 - 500000);
    buf_printf(&expected, "  ... and %d more\n", COUNT - 100);
    check_shown(&d, (InspectOptions){.task = "Last", .limit = 100}, buf_text(&expected));
    check_shown(&d, (InspectOptions){.task = "Last", .limit = 100, .sort_memory = 5000}, buf_text(&expected));
    buf_free(&expected);
    directory_free(&d);
}

static bool take_little(void *user, const char *bytes, size_t size) {
    (void)bytes, (void)size;
    return ++*(int *)user < 2;
}

Test(vm_inspect, it_stops_when_nothing_more_is_wanted) {
    Directory d;
    directory_init(&d);
    put_schema(&d);
    for (int64_t i = 0; i < 10000; i++) put_last(&d, i);
    commit(&d);
    int writes = 0;
    Buf message = {0};
    InspectOptions options = {.limit = UINT64_MAX, .write = take_little, .user = &writes};
    cr_assert_eq(inspect(d.store, &options, &message), INSPECT_STOPPED);
    cr_assert_eq(writes, 2);
    directory_free(&d);
}

// ---- JSON ----

static yajl_val find(yajl_val tree, const char *path) {
    for (char name[40]; *path;) {
        size_t size = strcspn(path, "/");
        memcpy(name, path, size);
        name[size] = '\0';
        path += size + (path[size] == '/');
        if (YAJL_IS_ARRAY(tree)) {
            size_t i = (size_t)atoi(name);
            cr_assert_lt(i, YAJL_GET_ARRAY(tree)->len);
            tree = YAJL_GET_ARRAY(tree)->values[i];
        } else {
            tree = yajl_tree_get(tree, (const char *[]){name, NULL}, yajl_t_any);
            cr_assert(tree, "%s", name);
        }
    }
    return tree;
}

static yajl_val parse(Directory *d, InspectOptions options) {
    Buf out = {0}, message = {0};
    char error[1000];
    options.format = INSPECT_JSON;
    cr_assert_eq(show(d, options, &out, &message), INSPECT_DONE, "%s", buf_text(&message));
    yajl_val tree = yajl_tree_parse(buf_text(&out), error, sizeof error);
    cr_assert(tree, "%s\n%s", error, out.data);
    buf_free(&out);
    return tree;
}

#define LONG(path) YAJL_GET_INTEGER(find(tree, path))
#define TEXT(path) YAJL_GET_STRING(find(tree, path))

Test(vm_inspect, json_holds_the_same) {
    Directory d;
    directory_fill(&d);
    yajl_val tree = parse(&d, (InspectOptions){0});
    cr_assert_str_eq(TEXT("app"), "prog");
    cr_assert_eq(LONG("epoch"), 3);
    cr_assert(YAJL_IS_FALSE(find(tree, "finished")));
    cr_assert_eq(LONG("sources/0/position"), 120);
    cr_assert(YAJL_IS_TRUE(find(tree, "sources/1/ended")));
    cr_assert(YAJL_IS_NULL(find(tree, "outputs/0/path")));
    cr_assert_eq(LONG("outputs/1/committed"), 30);
    cr_assert_str_eq(TEXT("workflows/1/ending"), "Plain");
    cr_assert_str_eq(TEXT("workflows/0/inputs/1/stream"), "numbers");
    cr_assert_eq(LONG("waiting/0/last"), 5);
    cr_assert_str_eq(TEXT("tasks/0/key"), "String");
    cr_assert_str_eq(TEXT("tasks/0/states/n"), "Int");
    cr_assert_eq(LONG("tasks/0/count"), 4);
    cr_assert_str_eq(TEXT("tasks/0/entries/3/key"), "zebra");
    cr_assert_eq(LONG("tasks/0/entries/2/states/n"), 6);
    cr_assert_eq(LONG("tasks/1/entries/0/key"), -1);
    cr_assert(YAJL_IS_TRUE(find(tree, "tasks/1/entries/0/states/last/flag")));
    cr_assert_str_eq(TEXT("tasks/1/entries/0/states/last/names/1"), "b\"c");
    cr_assert_eq(LONG("tasks/1/entries/0/states/last/pairs/1/0"), 2);
    cr_assert_eq(LONG("tasks/1/entries/0/states/last/chain/Link/next/Link/value"), 1);
    cr_assert_str_eq(TEXT("tasks/1/entries/0/states/chain"), "End");
    cr_assert_eq(YAJL_GET_ARRAY(find(tree, "tasks/2/entries"))->len, 0);
    yajl_tree_free(tree);
    directory_free(&d);
}

// What JSON has no word for.
Test(vm_inspect, values_become_what_comes_closest_in_json) {
    PtField some[] = {{"value", &FLOATS, 8, 0}}, items[] = {{"list", NULL, 8, 0}, {"deep", &CHAIN, 24, 0}};
    PtVariant variants[] = {{"Some", some, 1}, {"None", NULL, 0}};
    PtDesc option = {.name = "Option[List[Float]]",
                     .variants = variants,
                     .variant_count = 2,
                     .kind = PT_ENUM,
                     .size = 24,
                     .align = 8,
                     .has_pointers = 1};
    PtDesc options = {.name = "List", .elem = &option, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};
    Directory d;
    directory_init(&d);
    items[0].desc = &options;
    d.model.tasks[TASK_PLAIN].fields = items;
    d.model.tasks[TASK_PLAIN].field_count = 2;
    d.model.tasks[TASK_PLAIN].entry_size = 48;
    put_schema(&d);
    struct {
        int64_t tag;
        PtList list;
    } values[] = {{1, {0}}, {0, {(double[]){1.0, INFINITY, NAN}, 3}}};
    Chain *chain = chain_new(100000);
    size_t item = store_item_begin(&d.body);
    key_put(&d.body, KEY_ENTRY, TASK_PLAIN);
    store_item_middle(&d.body, item);
    encode_value(&d.body, &options, &(PtList){values, 2}, NULL);
    encode_value(&d.body, &CHAIN, chain, NULL);
    store_item_end(&d.body, item, STORE_PUT);
    commit(&d);
    free(chain);
    yajl_val tree = parse(&d, (InspectOptions){.task = "Plain"});
    cr_assert_str_eq(TEXT("tasks/0/entries/0/key"), "()");
    cr_assert(YAJL_IS_NULL(find(tree, "tasks/0/entries/0/states/list/0")));
    cr_assert_eq(YAJL_GET_DOUBLE(find(tree, "tasks/0/entries/0/states/list/1/Some/value/0")), 1.0);
    cr_assert_str_eq(TEXT("tasks/0/entries/0/states/list/1/Some/value/1"), "inf");
    cr_assert_str_eq(TEXT("tasks/0/entries/0/states/list/1/Some/value/2"), "nan");
    yajl_val at = find(tree, "tasks/0/entries/0/states/deep");
    while (YAJL_IS_OBJECT(at)) at = find(at, "Link/next");
    const char *rest = YAJL_GET_STRING(at);
    cr_assert(rest && strncmp(rest, "Link(", 5) == 0);
    yajl_tree_free(tree);
    directory_free(&d);
}

static void put_map_entry(Directory *d, const char *word, int64_t n) {
    PtString string = text_of(word);
    size_t item = store_item_begin(&d->body);
    key_put_map(&d->body, TASK_PLAIN, (StoreBytes){0}, 1);
    encode_key(&d->body, &STRING, &string, NULL);
    store_item_middle(&d->body, item);
    encode_value(&d->body, &INT, &n, NULL);
    store_item_end(&d->body, item, STORE_PUT);
}

static void put_map_count(Directory *d, uint64_t count) {
    int64_t n = 7;
    size_t item = store_item_begin(&d->body);
    key_put(&d->body, KEY_ENTRY, TASK_PLAIN);
    store_item_middle(&d->body, item);
    encode_value(&d->body, &INT, &n, NULL);
    map_items_put_count(&d->body, count);
    store_item_end(&d->body, item, STORE_PUT);
}

Test(vm_inspect, maps_that_are_kept_by_entry_are_shown_as_a_whole) {
    PtField items[] = {{"n", &INT, 0, 0}, {"counts", &WORD_COUNTS, 8, 0}};
    Directory d;
    directory_init(&d);
    d.model.tasks[TASK_PLAIN].fields = items;
    d.model.tasks[TASK_PLAIN].field_count = 2;
    d.model.tasks[TASK_PLAIN].entry_size = 24;
    put_schema(&d);
    put_map_count(&d, 2);
    put_map_entry(&d, "bc", 1);
    put_map_entry(&d, "a", 2);
    commit(&d);
    make_snapshot(&d);
    put_map_entry(&d, "a", 3);
    commit(&d);
    check_shown(&d, (InspectOptions){.task = "Plain"},
                "app prog, epoch 2, not finished\n\ntask Plain of workflow report: 1 entry\n"
                "  () => n = 7, counts = [\"a\": 3, \"bc\": 1]\n");
    check_shown(&d, (InspectOptions){.format = INSPECT_CHECK},
                "no damage found in app prog, epoch 2: 1 record of the log, 0 sources, 0 outputs, 0 workflows, "
                "0 waiting atoms with 0 events, 1 entry of 3 tasks\n");
    put_map_entry(&d, "d", 3);
    commit(&d);
    check_failure(&d, (InspectOptions){.format = INSPECT_CHECK},
                  "damaged: an entry of task `Plain`: its counts: a map has not as many entries as it should");
    put_map_count(&d, 3);
    commit(&d);
    store_put_item(&d.body, STORE_PUT, (StoreBytes){"E\0\0\0\0\0\0\0\0", 9}, (StoreBytes){0});
    commit(&d);
    check_failure(&d, (InspectOptions){.format = INSPECT_CHECK}, "damaged: there are entries of a Map or Set that no task has");
    directory_free(&d);
}

Test(vm_inspect, maps_are_objects_where_their_keys_are_strings) {
    static const char counts[] = "\2\0\0\0\1\0\0\0a\1\0\0\0\0\0\0\0\2\0\0\0bc\2\0\0\0\0\0\0\0";
    static const char nests[] = "\1\0\0\0\7\0\0\0\0\0\0\0\1\0\0\0x\0\0\0\0\0", words[] = "\2\0\0\0\1\0\0\0v\1\0\0\0w";
    PtField items[] = {{"counts", &WORD_COUNTS, 0, 0}, {"nests", &NESTS, 16, 0}, {"words", &WORD_SET, 32, 0}};
    Directory d;
    directory_init(&d);
    d.model.tasks[TASK_PLAIN].fields = items;
    d.model.tasks[TASK_PLAIN].field_count = 3;
    d.model.tasks[TASK_PLAIN].entry_size = 48;
    put_schema(&d);
    size_t item = store_item_begin(&d.body);
    key_put(&d.body, KEY_ENTRY, TASK_PLAIN);
    store_item_middle(&d.body, item);
    buf_append(&d.body, counts, sizeof counts - 1);
    buf_append(&d.body, nests, sizeof nests - 1);
    buf_append(&d.body, words, sizeof words - 1);
    store_item_end(&d.body, item, STORE_PUT);
    commit(&d);
    yajl_val tree = parse(&d, (InspectOptions){.task = "Plain"});
    cr_assert_eq(LONG("tasks/0/entries/0/states/counts/a"), 1);
    cr_assert_eq(LONG("tasks/0/entries/0/states/counts/bc"), 2);
    cr_assert_eq(LONG("tasks/0/entries/0/states/nests/0/0/0"), 7);
    cr_assert_str_eq(TEXT("tasks/0/entries/0/states/nests/0/0/1"), "x");
    cr_assert_eq(YAJL_GET_ARRAY(find(tree, "tasks/0/entries/0/states/nests/0/1/Nest/inner"))->len, 0);
    cr_assert_str_eq(TEXT("tasks/0/entries/0/states/words/1"), "w");
    yajl_tree_free(tree);
    check_shown(&d, (InspectOptions){.task = "Plain"},
                "app prog, epoch 1, not finished\n\ntask Plain of workflow report: 1 entry\n"
                "  () => counts = [\"a\": 1, \"bc\": 2], nests = [(7, \"x\"): Nest([:])], words = set.of([\"v\", \"w\"])\n");
    directory_free(&d);
}

// ---- damage ----

// A record with an item of this key and value, on top of everything.
static void check_damage(const char *key, size_t key_size, const char *value, size_t value_size, const char *message) {
    Directory d;
    directory_fill(&d);
    store_put_item(&d.body, STORE_PUT, (StoreBytes){key, key_size}, (StoreBytes){value, value_size});
    commit(&d);
    check_failure(&d, (InspectOptions){.format = INSPECT_CHECK}, message);
    directory_free(&d);
}

#define CHECK_DAMAGE(key, value, message) check_damage((key), sizeof(key) - 1, (value), sizeof(value) - 1, (message))

Test(vm_inspect, damage_is_named) {
    CHECK_DAMAGE("Mschema", "\x80", "the schema is damaged: something is missing");
    CHECK_DAMAGE("X", "", "damaged: there is an item with a key that is none");
    CHECK_DAMAGE("S\0\0\0\0", "short", "damaged: the item of source 0 is not what it must be");
    CHECK_DAMAGE("S\7\0\0\0", "", "damaged: there is an item of source 7, which the schema does not have");
    CHECK_DAMAGE("W\0\0\0\0", "", "damaged: the item of workflow 0 is not what it must be");
    CHECK_DAMAGE("T\x9\0\0\0", "", "damaged: there is an entry of task 9, which the schema does not have");
    CHECK_DAMAGE("T\0\0\0\0\1\0\0\0k", "\1\0\0\0\0\0\0\0",
                 "damaged: an entry of task `Count`: its f: the bytes end within a value");
    CHECK_DAMAGE("T\0\0\0\0\2\0\0\0k", "",
                 "damaged: an entry of task `Count`: its key: a String is longer than the bytes that are left");
    CHECK_DAMAGE("T\0\0\0\0\1\0\0\0k!", "", "damaged: an entry of task `Count`: its key: there are bytes behind its end");
    CHECK_DAMAGE("A\0\0\0\x80\0\0\0\0\0\0\0\x9", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                 "damaged: atom 9 of stream `main`: the bytes end within a value");
}

// Whatever a changed byte does, it does no harm.
Test(vm_inspect, no_changed_byte_does_harm) {
    Directory d;
    directory_fill(&d);
    Buf whole = {0}, out = {0}, message = {0};
    put_schema(&d);
    put_last(&d, 1);
    put_count(&d, "k", 1);
    put_atom(&d, 0x80000000, 9, false);
    put_source(&d, 0, 1, 0, "");
    put_workflow(&d, 0, 0, NO_TASK, 2);
    put_output(&d, 0, 1, 1, "p");
    buf_append(&whole, d.body.data, d.body.length);
    directory_free(&d);
    for (size_t i = 0; i < whole.length; i++)
        for (int flip = 1; flip < 256; flip = flip * 3 + 1) {
            directory_init(&d);
            buf_append(&d.body, whole.data, whole.length);
            d.body.data[i] = (char)(d.body.data[i] ^ flip);
            commit(&d);
            for (InspectFormat format = INSPECT_TEXT; format <= INSPECT_CHECK; format++)
                show(&d, (InspectOptions){.format = format}, &out, &message);
            directory_free(&d);
        }
    buf_free(&whole);
    buf_free(&out);
    buf_free(&message);
}
