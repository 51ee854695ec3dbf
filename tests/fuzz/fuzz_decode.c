// fuzz_decode.c - for libFuzzer: bytes as a schema and as values. Whatever they are, reading them does no harm; and what can be
// read is written again as the bytes that it was read from.
//
// An input is a byte that says which type; or 0xff: two bytes with the size of a schema, the schema, and a value of each of its
// types; or 0xfe: a cell; or 0xfd: a frame or future of a program that waits.
#include "tests/unit/frames_testing.h"
#include "vm/schema.h"

enum { WITH_SCHEMA = 0xff, WITH_CELL = 0xfe, WITH_FRAME = 0xfd, ENOUGH = 64 << 20 };

static const PtDesc BYTES = {.name = "Bytes", .kind = PT_BYTES, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc DURATION = {.name = "Duration", .kind = PT_DURATION, .size = 8, .align = 8};
static const PtDesc DURATIONS = {.name = "Map[Bytes, Duration]",
                                 .elem = &BYTES,
                                 .mapped = &DURATION,
                                 .kind = PT_MAP,
                                 .size = 16,
                                 .align = 8,
                                 .has_pointers = 1};
static const PtDesc ANY = {.name = "Any", .kind = PT_ANY, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc ANYS = {.name = "List[Any]", .elem = &ANY, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

// What an Any may hold.
static const PtField HELD_DURATIONS[] = {{"value", &DURATIONS, 8, 0}}, HELD_ANYS[] = {{"value", &ANYS, 8, 0}},
                     HELD_UNIT[] = {{"value", &UNIT, 8, 0}};
static const PtClosure WITH_ANYS_CLOSURES[] = {
    {.name = "main.map1", .size = 8, .id = 0x1111111111111111, .desc = &FUNCTION},
    {.name = "main.map2",
     .fields = ADDER_FIELDS,
     .field_count = 2,
     .size = sizeof(Adder),
     .id = 0x2222222222222222,
     .desc = &FUNCTION},
    {.name = "Any of Map[Bytes, Duration]",
     .fields = HELD_DURATIONS,
     .field_count = 1,
     .size = 24,
     .id = 0x3333333333333333,
     .desc = &ANY},
    {.name = "Any of List[Any]", .fields = HELD_ANYS, .field_count = 1, .size = 24, .id = 0x4444444444444444, .desc = &ANY},
    {.name = "Any of ()", .fields = HELD_UNIT, .field_count = 1, .size = 8, .id = 0x5555555555555555, .desc = &ANY},
};
static const PtProgram WITH_ANYS = {.abi = PT_ABI,
                                    .name = "closures and Any",
                                    .closures = WITH_ANYS_CLOSURES,
                                    .closure_count = sizeof WITH_ANYS_CLOSURES / sizeof *WITH_ANYS_CLOSURES};

static void require(bool fact) {
    if (!fact) abort();
}

// Reads a value off the front of the bytes; false if there is none.
static bool check_value(const char **at, const char *end, const PtDesc *desc, const PtProgram *program) {
    Memory memory = {.limit = ENOUGH};
    Buf again = {0};
    void *value = malloc(desc->size + 1);
    const char *start = *at;
    Decoder decoder = decoder_of(start, (size_t)(end - start), &memory, program);
    bool fine = decode_value(&decoder, desc, value);
    require(fine == !decoder.error);
    *at = decoder.at;
    if (fine) {
        encode_value(&again, desc, value, program);
        require(again.length == (size_t)(decoder.at - start));
        require(!again.length || memcmp(again.data, start, again.length) == 0);
    }
    buf_free(&again);
    free(value);
    memory_give_back(&memory);
    return fine;
}

static void write_schema(const Schema *stored, const PtProgram *program, Buf *out) {
    SchemaIds ids;
    Buf message = {0};
    if (schema_match(stored, program, &ids, out, &message)) schema_ids_free(&ids);
    buf_free(&message);
}

// Written twice, a schema has the same bytes; the first time, types may get other numbers.
static void check_schema(const PtProgram *program) {
    Buf first = {0}, second = {0}, message = {0};
    write_schema(NULL, program, &first);
    Schema *schema = schema_decode((StoreBytes){first.data, first.length}, &message);
    require(schema);
    write_schema(NULL, schema_program(schema), &second);
    require(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    second.length = 0;
    write_schema(schema, program, &second);
    schema_free(schema);
    buf_free(&first);
    buf_free(&second);
    buf_free(&message);
}

static void check_with_schema(const char *at, const char *end) {
    if (end - at < 2) return;
    size_t size = (uint8_t)at[0] | (size_t)(uint8_t)at[1] << 8;
    at += 2;
    if ((size_t)(end - at) < size) return;
    Buf message = {0};
    Schema *schema = schema_decode((StoreBytes){at, size}, &message);
    buf_free(&message);
    if (!schema) return;
    const PtProgram *program = schema_program(schema);
    check_schema(program);
    at += size;
    for (uint64_t i = 0; i < program->source_count; i++) check_value(&at, end, program->sources[i].desc, program);
    for (uint64_t i = 0; i < program->task_count; i++) {
        const PtTask *task = &program->tasks[i];
        encode_key_is_exact(task->key);
        check_value(&at, end, task->key, program);
        for (uint64_t j = 0; j < task->field_count; j++) check_value(&at, end, task->fields[j].desc, program);
    }
    schema_free(schema);
}

static void check_cell(const char *at, const char *end) {
    Memory memory = {.limit = ENOUGH};
    Buf again = {0};
    Cell cell;
    if (!frames_read(at, (size_t)(end - at), &memory, &cell)) {
        cell_put(&again, &WITH_FRAMES, cell.task, &cell);
        require(again.length == (size_t)(end - at) && memcmp(again.data, at, again.length) == 0);
        if (cell.waiter) cell_frames_fit(&WITH_FRAMES, cell.waiter);
    }
    buf_free(&again);
    memory_give_back(&memory);
}

static void check_frame(const char *at, const char *end) {
    if (at == end) return;
    const PtDesc *desc = *at++ % 2 ? &FUTURE : &CELLS_FRAME;
    check_value(&at, end, desc, &WITH_FRAMES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const PtDesc *const types[] = {&UNIT,        &INT,   &FLOAT, &BOOL,      &STRING, &INTS, &FLOATS,   &STRINGS,
                                          &PAIRS,       &CHAIN, &UNITS, &CHAINS,    &ALL,    &ALLS, &FUNCTION, &WORD_SET,
                                          &WORD_COUNTS, &NESTS, &NEST,  &DURATIONS, &ANY,    &ANYS};
    if (!size) return 0;
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    if (data[0] == WITH_SCHEMA)
        check_with_schema(at, end);
    else if (data[0] == WITH_CELL)
        check_cell(at, end);
    else if (data[0] == WITH_FRAME)
        check_frame(at, end);
    else
        check_value(&at, end, types[data[0] % (sizeof types / sizeof *types)], &WITH_ANYS);
    return 0;
}
