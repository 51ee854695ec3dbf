// frames_testing.h - a program with a task that waits, for tests of cells and frames as bytes: what its frames have captured, and
// a chain of them.
#ifndef TESTS_UNIT_FRAMES_TESTING_H
#define TESTS_UNIT_FRAMES_TESTING_H

#include "tests/unit/encode_testing.h"
#include "vm/cell_bytes.h"
#include "vm/cells_internal.h"

static const PtDesc FUTURE = {.name = "Future[Int]", .kind = PT_FUTURE, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc ERROR_DESC = {.name = "Error",
                                  .variants = &(const PtVariant){"Error", (const PtField[]){{"message", &STRING, 0, 0}}, 1},
                                  .variant_count = 1,
                                  .kind = PT_STRUCT,
                                  .size = 16,
                                  .align = 8,
                                  .has_pointers = 1};

// `on ask` has called `loop`, which calls itself and waits in the end.
typedef struct AskFrame {
    int64_t code;
    void *caller;
    uint8_t flag;
    PtString text;
} AskFrame;

typedef struct LoopFrame {
    int64_t code;
    void *caller;
    int64_t n;
    int64_t future;
    const void *f; // a function
} LoopFrame;

typedef struct AnyInt {
    int64_t code;
    int64_t value;
} AnyInt;

typedef struct AnyError {
    int64_t code;
    PtString message;
} AnyError;

enum { CODE_FN, CODE_ADDER, CODE_ASK, CODE_LOOP, CODE_START, CODE_ANY_INT, CODE_ANY_ERROR, CODE_COUNT };

static inline void *frames_resume(PtContext *context, PtCursor *cursors, const void *frame, void *entry, uint64_t outcome,
                                  const void *value, void *out) {
    (void)context, (void)cursors, (void)frame, (void)entry, (void)outcome, (void)value, (void)out;
    return NULL;
}

static const PtField ASK_FIELDS[] = {{NULL, &CELLS_FRAME, offsetof(AskFrame, caller), 0},
                                     {"flag", &BOOL, offsetof(AskFrame, flag), 0},
                                     {"text", &STRING, offsetof(AskFrame, text), 0}};
static const PtField LOOP_FIELDS[] = {{NULL, &CELLS_FRAME, offsetof(LoopFrame, caller), 0},
                                      {"n", &INT, offsetof(LoopFrame, n), 0},
                                      {"future", &FUTURE, offsetof(LoopFrame, future), 0},
                                      {"f", &FUNCTION, offsetof(LoopFrame, f), 0}};
static const PtField START_FIELDS[] = {{NULL, &CELLS_FRAME, 8, 0}, {"request", &STRING, 16, 0}};
static const PtField ANY_INT_FIELDS[] = {{NULL, &INT, offsetof(AnyInt, value), 0}};
static const PtField ANY_ERROR_FIELDS[] = {{NULL, &ERROR_DESC, offsetof(AnyError, message), 0}};

static const PtClosure FRAME_CLOSURES[CODE_COUNT] = {
    [CODE_FN] = {.name = "main.map1", .size = 8, .id = 0x1111111111111111, .desc = &FUNCTION},
    [CODE_ADDER] = {.name = "main.map2",
                    .fields = ADDER_FIELDS,
                    .field_count = 2,
                    .size = sizeof(Adder),
                    .id = 0x2222222222222222,
                    .desc = &FUNCTION},
    [CODE_ASK] = {.name = "Shop.on_ask",
                  .fields = ASK_FIELDS,
                  .field_count = 3,
                  .size = sizeof(AskFrame),
                  .id = 0x3333333333333333,
                  .position = 1,
                  .desc = &CELLS_FRAME,
                  .resume = frames_resume,
                  .awaited = &INT,
                  .result = &UNIT},
    [CODE_LOOP] = {.name = "Shop.loop",
                   .fields = LOOP_FIELDS,
                   .field_count = 4,
                   .size = sizeof(LoopFrame),
                   .id = 0x4444444444444444,
                   .position = 2,
                   .desc = &CELLS_FRAME,
                   .resume = frames_resume,
                   .awaited = &INT,
                   .result = &INT},
    [CODE_START] = {.name = "Shop.on_ask",
                    .fields = START_FIELDS,
                    .field_count = 2,
                    .size = 32,
                    .id = 0x5555555555555555,
                    .position = 1,
                    .desc = &CELLS_FRAME,
                    .resume = frames_resume,
                    .awaited = &UNIT,
                    .result = &UNIT},
    [CODE_ANY_INT] = {.name = "Any of Int",
                      .fields = ANY_INT_FIELDS,
                      .field_count = 1,
                      .size = sizeof(AnyInt),
                      .id = 0x6666666666666666,
                      .desc = &CELLS_ANY},
    [CODE_ANY_ERROR] = {.name = "Any of Error",
                        .fields = ANY_ERROR_FIELDS,
                        .field_count = 1,
                        .size = sizeof(AnyError),
                        .id = 0x7777777777777777,
                        .desc = &CELLS_ANY},
};

static const char *const FRAME_ASKS[] = {"inventory", "prices"}, *const FRAME_REPLIES[] = {"carts"};
static const PtAsync FRAME_ASYNC = {
    .held = UINT64_MAX, .asks = FRAME_ASKS, .ask_count = 2, .replies = FRAME_REPLIES, .reply_count = 1, .error = CODE_ANY_ERROR};
static const PtPosition FRAME_POSITIONS[] = {{"", 0, 0}, {"shop.portals", 12, 9}, {"shop.portals", 20, 17}};
static const PtTask FRAME_TASKS[] = {{.name = "Shop", .key = &PAIR, .entry_size = sizeof(Pair), .async = &FRAME_ASYNC},
                                     {.name = "Count", .key = &INT, .entry_size = 8, .async = &FRAME_ASYNC}};
static const PtProgram WITH_FRAMES = {.abi = PT_ABI,
                                      .name = "frames",
                                      .tasks = FRAME_TASKS,
                                      .task_count = 2,
                                      .closures = FRAME_CLOSURES,
                                      .closure_count = CODE_COUNT,
                                      .positions = FRAME_POSITIONS,
                                      .position_count = 3};

// What cells refer to. Does not move.
typedef struct FrameSample {
    Adder adder;
    AskFrame ask;
    LoopFrame loops[2];
    char start[32];
    AnyInt number;
    AnyError error;
    Pair key;
} FrameSample;

static inline void frame_sample_init(FrameSample *s) {
    *s = (FrameSample){
        .adder = {CODE_ADDER, 1, text_of("captured")},
        .ask = {CODE_ASK, NULL, 1, text_of("a request")},
        .loops = {{CODE_LOOP, &s->loops[1], 1, 64, &s->adder}, {CODE_LOOP, &s->ask, 2, 128, &s->adder}},
        .number = {CODE_ANY_INT, 42},
        .error = {CODE_ANY_ERROR, text_of("it failed")},
        .key = {7, text_of("key")},
    };
    int64_t code = CODE_START;
    PtString request = text_of("a request");
    memcpy(s->start, &code, sizeof code);
    memcpy(s->start + 16, &request, sizeof request);
}

// A cell of task `Shop` that waits for `portal` of its asks, within a request.
static inline Cell frame_sample_ask(FrameSample *s) {
    Cell cell = {.id = 65,
                 .due = 1000,
                 .waiter = &s->loops[0],
                 .activation = {.kind = ACTIVATION_REQUEST, .replied = 1, .from = {11, 12, 13}, .start = s->start},
                 .portal = 1,
                 .kind = CELL_ASK};
    const void *key = &s->key;
    memcpy(cell.key, &key, sizeof key);
    return cell;
}

// ---- reading a cell of this program ----

static inline bool frames_find(const char *const *names, uint64_t count, StoreBytes name, uint32_t *number) {
    for (*number = 0; *number < count; ++*number)
        if (strlen(names[*number]) == name.size && memcmp(names[*number], name.data, name.size) == 0) return true;
    return false;
}

// The key and all else that the cell refers to are in `memory`. NULL, or why the bytes are none.
static inline const char *frames_read(const char *bytes, size_t size, Memory *memory, Cell *cell) {
    const PtAsync *async = &FRAME_ASYNC;
    CellItem item;
    Bytes rest = bytes_of(bytes, size);
    const char *error = "";
    if (!cell_take_front(&item, 65, &rest, &error)) return error;
    if (item.cell.task >= WITH_FRAMES.task_count) return "no such task";
    const PtTask *task = &FRAME_TASKS[item.cell.task];
    if (item.portal.size && !frames_find(async->asks, async->ask_count, item.portal, &item.cell.portal)) return "no such portal";
    uint32_t *replied = &item.cell.activation.portal;
    if (item.requested.size && !frames_find(async->replies, async->reply_count, item.requested, replied)) return "no such portal";
    Decoder decoder = decoder_of(rest.at, bytes_left(&rest), memory, &WITH_FRAMES);
    char *key = memory_take(memory, task->key->size);
    if (!cell_take_key(&item, task->key, key, &decoder)) return decoder.error;
    for (CellPart i = 0; i < CELL_PARTS; i++)
        if (!cell_take_part(&item, i, &decoder)) return decoder.error;
    if (item.parts & CELL_IS_DROPPED) item.cell.flags |= CELL_DROPPED;
    if (task->key->has_pointers)
        memcpy(item.cell.key, &key, sizeof key);
    else
        memcpy(item.cell.key, key, task->key->size);
    *cell = item.cell;
    return NULL;
}

#endif
