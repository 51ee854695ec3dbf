// Cells in a store: what `portals inspect` shows of them, and what a changed program is told (spec/encoding.md, E3 and E5).
#include <criterion/criterion.h>

#include <yajl/yajl_tree.h>

#include "tests/unit/frames_testing.h"
#include "vm/inspect.h"
#include "vm/keys.h"
#include "vm/recover_internal.h"
#include "vm/schema.h"

// ---- a store ----

typedef struct Directory {
    FrameSample sample;
    Store *store;
    Buf body;
} Directory;

static StoreBytes text(const char *text) {
    return (StoreBytes){text, strlen(text)};
}

static void commit(Directory *d) {
    uint64_t epoch;
    StoreBytes part = {d->body.data, d->body.length};
    cr_assert_eq(d->store->append(d->store, &(StoreRecord){1, &part, 1}), 0);
    cr_assert_eq(d->store->sync(d->store, &epoch), 0);
    d->body.length = 0;
}

static void put_cell(Directory *d, const Cell *cell) {
    size_t item = store_item_begin(&d->body);
    key_put_cell(&d->body, cell->id);
    store_item_middle(&d->body, item);
    cell_put(&d->body, &WITH_FRAMES, cell->task, cell);
    store_item_end(&d->body, item, STORE_PUT);
}

static void directory_init(Directory *d) {
    *d = (Directory){.store = store_memory_new(STORE_KEEP_ALL)};
    frame_sample_init(&d->sample);
    SchemaIds ids;
    Buf schema = {0}, message = {0};
    cr_assert(schema_match(NULL, &WITH_FRAMES, &ids, &schema, &message));
    store_put_item(&d->body, STORE_PUT, text(KEY_SCHEMA), (StoreBytes){schema.data, schema.length});
    schema_ids_free(&ids);
    buf_free(&schema);
}

static void directory_free(Directory *d) {
    d->store->close(d->store);
    buf_free(&d->body);
}

// One of each kind: asks that are in requests, and others that are not.
static void directory_fill(Directory *d) {
    FrameSample *s = &d->sample;
    directory_init(d);
    Cell ask = frame_sample_ask(s);
    ask.due = 1600000000500000000;
    put_cell(d, &ask);
    for (uint64_t i = 0; i < 2; i++)
        put_cell(d, &(Cell){.id = 128 + 64 * i, .task = 1, .kind = CELL_QUEUED, .waiter = s->start, .key = {5}});
    put_cell(d, &(Cell){.id = 256, .task = 1, .kind = CELL_SLEEP, .due = -1, .waiter = &s->ask, .key = {7}});
    put_cell(d, &(Cell){.id = 320, .task = 1, .kind = CELL_PROMISE, .key = {7}});
    put_cell(d, &(Cell){.id = 384,
                        .task = 1,
                        .kind = CELL_SPAWN,
                        .waiter = s->start,
                        .activation = {.kind = ACTIVATION_SPAWN, .future = 320},
                        .key = {7}});
    put_cell(d, &(Cell){.id = 448, .task = 1, .kind = CELL_QUEUED, .flags = CELL_DROPPED, .key = {6}});
    put_cell(d, &(Cell){.id = 512, .task = 1, .kind = CELL_PROMISE, .state = CELL_DONE, .value = &s->number, .key = {7}});
    commit(d);
}

// ---- showing ----

static bool take(void *user, const char *bytes, size_t size) {
    buf_append(user, bytes, size);
    return true;
}

static InspectResult show(Directory *d, InspectOptions options, Buf *out) {
    Buf message = {0};
    options.write = take;
    options.user = out;
    InspectResult result = inspect(d->store, &options, &message);
    buf_append(out, message.data, message.length);
    buf_free(&message);
    return result;
}

static void check_shown(Directory *d, InspectOptions options, const char *wanted) {
    Buf out = {0};
    cr_assert_eq(show(d, options, &out), INSPECT_DONE, "%s", buf_text(&out));
    cr_assert_str_eq(buf_text(&out), wanted);
    buf_free(&out);
}

Test(vm_cell_store, continuations_are_shown_as_text) {
    Directory d;
    directory_fill(&d);
    check_shown(
        &d, (InspectOptions){.limit = 10},
        "app frames, epoch 1, not finished\n"
        "\n"
        "task Shop: 0 entries\n"
        "\n"
        "task Count: 0 entries\n"
        "\n"
        "6 continuations waiting: 1 for a reply, 1 for a timer, 1 for a spawned block, 3 for their turn; and 2 futures that "
        "nothing waits for\n"
        "  Shop, key (7, \"key\"): waits for a reply of portal prices, at most until 2020-09-13T12:26:40.5Z, in a request to "
        "portal carts, which has its reply\n"
        "    Shop.loop at shop.portals:20:17: n = 1, future = <future>, f = <function>\n"
        "    Shop.loop at shop.portals:20:17: n = 2, future = <future>, f = <function>\n"
        "    Shop.on_ask at shop.portals:12:9: flag = true, text = \"a request\"\n"
        "  Count, key 5: waits for its turn, at place 1 in the queue of its key\n"
        "    Shop.on_ask at shop.portals:12:9: request = \"a request\"\n"
        "  Count, key 5: waits for its turn, at place 2 in the queue of its key\n"
        "    Shop.on_ask at shop.portals:12:9: request = \"a request\"\n"
        "  Count, key 7: waits for a timer, until 1969-12-31T23:59:59.999999999Z\n"
        "    Shop.on_ask at shop.portals:12:9: flag = true, text = \"a request\"\n"
        "  Count, key 7: waits for a spawned block, in a spawned block\n"
        "    Shop.on_ask at shop.portals:12:9: request = \"a request\"\n"
        "  Count, key 6: waits for its turn, at place 1 in the queue of its key; it was dropped, and is to fail\n");
    directory_free(&d);
}

Test(vm_cell_store, no_more_are_shown_than_are_wanted) {
    Directory d;
    directory_fill(&d);
    check_shown(
        &d, (InspectOptions){.limit = 1, .task = "Shop"},
        "app frames, epoch 1, not finished\n"
        "\n"
        "task Shop: 0 entries\n"
        "\n"
        "1 continuation waiting: 1 for a reply\n"
        "  Shop, key (7, \"key\"): waits for a reply of portal prices, at most until 2020-09-13T12:26:40.5Z, in a request to "
        "portal carts, which has its reply\n"
        "    Shop.loop at shop.portals:20:17: n = 1, future = <future>, f = <function>\n"
        "    Shop.loop at shop.portals:20:17: n = 2, future = <future>, f = <function>\n"
        "    Shop.on_ask at shop.portals:12:9: flag = true, text = \"a request\"\n");
    check_shown(
        &d, (InspectOptions){.limit = 0, .task = "Count"},
        "app frames, epoch 1, not finished\n"
        "\n"
        "task Count: 0 entries\n"
        "\n"
        "5 continuations waiting: 1 for a timer, 1 for a spawned block, 3 for their turn; and 2 futures that nothing waits "
        "for\n"
        "  ... and 5 more\n");
    check_shown(
        &d, (InspectOptions){.format = INSPECT_CHECK},
        "no damage found in app frames, epoch 1: 1 record of the log, 0 sources, 0 outputs, 0 workflows, 0 waiting atoms with "
        "0 events, 0 entries of 2 tasks, 6 continuations\n");
    directory_free(&d);
}

static const char *text_at(yajl_val node, const char *name) {
    return YAJL_GET_STRING(yajl_tree_get(node, (const char *[]){name, NULL}, yajl_t_string));
}

static int64_t number_at(yajl_val node, const char *name) {
    return YAJL_GET_INTEGER(yajl_tree_get(node, (const char *[]){name, NULL}, yajl_t_number));
}

Test(vm_cell_store, continuations_are_shown_as_json) {
    Directory d;
    directory_fill(&d);
    Buf out = {0};
    cr_assert_eq(show(&d, (InspectOptions){.limit = UINT64_MAX, .format = INSPECT_JSON}, &out), INSPECT_DONE);
    yajl_val root = yajl_tree_parse(buf_text(&out), NULL, 0);
    yajl_val all = yajl_tree_get(root, (const char *[]){"continuations", NULL}, yajl_t_array);
    cr_assert_eq(YAJL_GET_ARRAY(all)->len, 6);
    yajl_val first = YAJL_GET_ARRAY(all)->values[0];
    cr_assert_str_eq(text_at(first, "task"), "Shop");
    cr_assert_str_eq(text_at(first, "waits"), "reply");
    cr_assert_str_eq(text_at(first, "portal"), "prices");
    cr_assert_str_eq(text_at(first, "of"), "request");
    cr_assert_eq(number_at(first, "depth"), 3);
    yajl_val frames = yajl_tree_get(first, (const char *[]){"frames", NULL}, yajl_t_array);
    yajl_val inner = YAJL_GET_ARRAY(frames)->values[0];
    cr_assert_str_eq(text_at(inner, "function"), "Shop.loop");
    cr_assert_eq(number_at(inner, "line"), 20);
    cr_assert_eq(number_at(yajl_tree_get(inner, (const char *[]){"captured", NULL}, yajl_t_object), "n"), 1);
    cr_assert_eq(number_at(YAJL_GET_ARRAY(all)->values[2], "place"), 2);
    yajl_tree_free(root);
    buf_free(&out);
    directory_free(&d);
}

Test(vm_cell_store, many_callers_are_counted) {
    enum { DEPTH = 250 };
    Directory d;
    directory_init(&d);
    LoopFrame loops[DEPTH];
    for (int i = 0; i < DEPTH; i++)
        loops[i] = (LoopFrame){CODE_LOOP, i + 1 < DEPTH ? (void *)&loops[i + 1] : &d.sample.ask, i, 64, &d.sample.adder};
    put_cell(&d, &(Cell){.id = 64, .task = 1, .kind = CELL_PROMISE, .waiter = loops});
    commit(&d);
    Buf out = {0};
    cr_assert_eq(show(&d, (InspectOptions){.limit = 10}, &out), INSPECT_DONE);
    cr_assert(strstr(buf_text(&out), "n = 99,"));
    cr_assert(!strstr(buf_text(&out), "n = 100,"));
    cr_assert(strstr(buf_text(&out), "    ... and 151 callers\n"));
    buf_free(&out);
    directory_free(&d);
}

Test(vm_cell_store, damaged_continuations_are_found) {
    static const struct {
        size_t size; // of what is left of the value, or
        uint32_t task;
        const char *error;
    } cases[] = {
        {5, 1, "damaged: a continuation: what a continuation waits for is not what it must be"},
        {0, 9, "damaged: a continuation: it is of a task that the schema does not have"},
        {30, 1, "damaged: a continuation: the bytes end within a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Directory d;
        directory_init(&d);
        Buf key = {0}, value = {0}, out = {0};
        key_put_cell(&key, 64);
        cell_put(&value, &WITH_FRAMES, cases[i].task, &(Cell){.id = 64, .task = 1, .kind = CELL_PROMISE});
        if (cases[i].size) value.length = cases[i].size;
        store_put_item(&d.body, STORE_PUT, (StoreBytes){key.data, key.length}, (StoreBytes){value.data, value.length});
        commit(&d);
        cr_assert_eq(show(&d, (InspectOptions){.format = INSPECT_CHECK}, &out), INSPECT_FAILED);
        cr_assert_str_eq(buf_text(&out), cases[i].error);
        buf_free(&key);
        buf_free(&value);
        buf_free(&out);
        directory_free(&d);
    }
}

// ---- a changed program ----

// What the start of a program is told that does not have some of the code.
static void check_told(Directory *d, const bool *has, const char *wanted) {
    PtClosure closures[CODE_COUNT];
    PtProgram program = WITH_FRAMES;
    program.closures = closures;
    program.closure_count = 0;
    for (int i = 0; i < CODE_COUNT; i++)
        if (has[i]) closures[program.closure_count++] = WITH_FRAMES.closures[i];
    State state;
    StoreBytes bytes;
    Buf message = {0};
    cr_assert_eq(state_read(&state, d->store), 0);
    cr_assert_eq(state_get(&state, text(KEY_SCHEMA), &bytes), 0);
    Schema *schema = schema_decode(bytes, &message);
    Runtime runtime = {.program = &program};
    cr_assert_eq(recover_check_code(&runtime, schema_program(schema), &state), !*wanted);
    cr_assert_str_eq(buf_text(&runtime.failure), wanted);
    runtime.failure.length = 0;
    runtime.options.drop_frames = true;
    cr_assert(recover_check_code(&runtime, schema_program(schema), &state));
    buf_free(&runtime.failure);
    schema_free(schema);
    state_free(&state);
}

Test(vm_cell_store, a_program_is_told_of_all_code_that_is_gone) {
    bool has[CODE_COUNT];
    Directory d;
    directory_fill(&d);
    memset(has, 1, sizeof has);
    check_told(&d, has, "");
    has[CODE_FN] = false; // which nothing refers to
    check_told(&d, has, "");
    has[CODE_ADDER] = has[CODE_LOOP] = has[CODE_START] = has[CODE_ANY_INT] = false;
    check_told(&d, has,
               "error: cannot resume: a continuation has a function that has changed or is gone: `main.map2`\n"
               "   = with `flag: Bool`, `text: String`\n"
               "   = waiting for a reply of portal `prices`\n"
               "error: cannot resume: a continuation of task `Shop` goes on in code that has changed or is gone: `Shop.loop` at "
               "shop.portals:20:17\n"
               "   = with `n: Int`, `future: Future[Int]`, `f: (Int) -> Int`\n"
               "   = waiting for a reply of portal `prices`\n"
               "error: cannot resume: 4 continuations of task `Count` go on in code that has changed or is gone: `Shop.on_ask` "
               "at shop.portals:12:9\n"
               "   = with `request: String`\n"
               "   = waiting for a reply of portal `prices`, the end of a `spawn`, 2 exclusive keys\n"
               "error: cannot resume: a future has a value of a type that has changed or is gone: `Int`\n"
               "   = help: run the program that wrote the directory until they have ended, or drop them with `--drop-frames`\n");
    directory_free(&d);
}
