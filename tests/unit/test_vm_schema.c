// Schemas (spec/encoding.md, E4): as bytes and back, and finding a changed program in one.
#include <criterion/criterion.h>

#include <cbor.h>

#include "tests/unit/schema_testing.h"

static StoreBytes bytes_in(const Buf *buf) {
    return (StoreBytes){buf->data, buf->length};
}

// The schema of a new directory.
static void write_schema(const PtProgram *program, Buf *out) {
    SchemaIds ids;
    Buf message = {0};
    cr_assert(schema_match(NULL, program, &ids, out, &message), "%s", buf_text(&message));
    schema_ids_free(&ids);
    buf_free(&message);
}

static Schema *read_schema(const Buf *bytes) {
    Buf message = {0};
    Schema *schema = schema_decode(bytes_in(bytes), &message);
    cr_assert(schema, "%s", buf_text(&message));
    buf_free(&message);
    return schema;
}

static Schema *schema_of(const PtProgram *program) {
    Buf bytes = {0};
    write_schema(program, &bytes);
    Schema *schema = read_schema(&bytes);
    buf_free(&bytes);
    return schema;
}

// ---- writing and reading ----

// An implementation by others reads the same as ours wrote, and writes the same bytes: it is CBOR, and the shortest there is.
static void check_cbor(const PtProgram *program) {
    Buf out = {0};
    write_schema(program, &out);
    struct cbor_load_result result;
    cbor_item_t *item = cbor_load((cbor_data)out.data, out.length, &result);
    cr_assert(item && result.error.code == CBOR_ERR_NONE && result.read == out.length);
    unsigned char *again = NULL;
    size_t capacity = 0, length = cbor_serialize_alloc(item, &again, &capacity);
    cr_assert_eq(length, out.length);
    cr_assert_eq(memcmp(again, out.data, length), 0);
    free(again);
    cbor_decref(&item);
    buf_free(&out);
}

Test(vm_schema, it_is_cbor_as_libcbor_writes_it) {
    Model m;
    model_init(&m);
    check_cbor(&m.program);
    model_init_with_maps(&m);
    check_cbor(&m.program);
}

Test(vm_schema, what_was_written_is_read) {
    Model m;
    model_init(&m);
    Schema *schema = schema_of(&m.program);
    const PtProgram *p = schema_program(schema);
    cr_assert_str_eq(p->name, "prog");
    cr_assert(p->source_count == 2 && p->sink_count == 2 && p->task_count == TASKS && p->workflow_count == 2);
    cr_assert_str_eq(p->sources[0].name, "text");
    cr_assert_eq(p->sources[1].kind, PT_SOURCE_RANGE);
    cr_assert_eq(p->positions[p->sources[1].position].column, 500);
    cr_assert_eq(p->sinks[1].kind, PT_SINK_WRITE);
    cr_assert_str_eq(p->tasks[TASK_LAST].name, "Last");
    cr_assert_eq(p->tasks[TASK_LAST].fields[0].offset, 8);
    cr_assert_eq(p->tasks[TASK_LAST].fields[0].desc->size, sizeof(All));
    cr_assert_eq(p->tasks[TASK_LAST].entry_size, m.tasks[TASK_LAST].entry_size);
    cr_assert_eq(p->workflows[1].inputs[0].stream, 2);
    cr_assert(p->workflows[0].channels[0].stream == 2 && p->workflows[0].channels[1].stream == -1);
    cr_assert(p->workflows[0].task_count == 2 && p->workflows[0].tasks[1] == TASK_LAST);
    cr_assert_eq(p->closures[1].id, CLOSURES[1].id);
    cr_assert_eq(p->closures[1].size, sizeof(Adder));
    cr_assert_eq(p->closures[1].fields[1].offset, offsetof(Adder, text));
    schema_free(schema);
}

Test(vm_schema, maps_and_sets_have_the_types_of_their_parts) {
    Model m;
    model_init_with_maps(&m);
    Schema *schema = schema_of(&m.program);
    const PtField *fields = schema_program(schema)->tasks[TASK_LAST].fields;
    const PtDesc *nest = fields[1].desc, *map = nest->variants[0].fields[0].desc, *set = fields[2].desc;
    cr_assert(map->kind == PT_MAP && map->size == 16 && map->has_pointers);
    cr_assert(map->mapped == nest && nest->size == sizeof(PtMap) + 8 && !nest->variants[0].fields[0].boxed);
    cr_assert_str_eq(map->elem->name, "(Int, String)");
    cr_assert(set->kind == PT_SET && set->size == 16 && set->elem->kind == PT_STRING);
    cr_assert(set->mapped->kind == PT_UNIT && set->mapped->size == 0);
    schema_free(schema);
}

static void check_written_again(const PtProgram *program) {
    Buf first = {0}, second = {0};
    write_schema(program, &first);
    Schema *schema = read_schema(&first);
    write_schema(schema_program(schema), &second);
    cr_assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    schema_free(schema);
    buf_free(&first);
    buf_free(&second);
}

Test(vm_schema, written_again_it_has_the_same_bytes) {
    Model m;
    model_init(&m);
    check_written_again(&m.program);
    model_init_with_maps(&m);
    check_written_again(&m.program);
}

// The layout may differ (boxes), but not the bytes of values.
Test(vm_schema, values_are_read_with_its_types) {
    Model m;
    model_init(&m);
    Schema *schema = schema_of(&m.program);
    const PtProgram *p = schema_program(schema);
    Chain links[] = {{CHAIN_LINK, 1, &links[1]}, {.tag = CHAIN_END}};
    PtString names[] = {text_of("a"), text_of(""), text_of("c")};
    Pair pairs[] = {{1, text_of("x")}, {2, text_of("y")}};
    Adder adder = {1, 1, text_of("captured")};
    All all = all_new(links, names, pairs, &adder);
    Buf bytes = {0}, again = {0}, text = {0}, expected = {0};
    encode_value(&bytes, &ALL, &all, &m.program);
    const PtDesc *desc = p->tasks[TASK_LAST].fields[0].desc;
    Memory memory = {0};
    void *value = malloc(desc->size);
    Decoder decoder = decoder_of(bytes.data, bytes.length, &memory, p);
    cr_assert(decode_value(&decoder, desc, value), "%s", decoder.error);
    encode_value(&again, desc, value, p);
    cr_assert(again.length == bytes.length && memcmp(again.data, bytes.data, bytes.length) == 0);
    show_value(&text, desc, value, NULL, SHOW_LITERAL, SIZE_MAX);
    show_value(&expected, &ALL, &all, NULL, SHOW_LITERAL, SIZE_MAX);
    cr_assert_str_eq(buf_text(&text), buf_text(&expected));
    free(value);
    memory_give_back(&memory);
    buf_free(&bytes);
    buf_free(&again);
    buf_free(&text);
    buf_free(&expected);
    schema_free(schema);
}

// ---- bytes that may be anything ----

// Uses what was read as `inspect` would.
static bool try(const char *bytes, size_t size) {
    char *exact = malloc(size);
    if (size) memcpy(exact, bytes, size);
    Buf message = {0};
    Schema *schema = schema_decode((StoreBytes){exact, size}, &message);
    free(exact);
    if (!schema) cr_assert(strncmp(buf_text(&message), "the schema is ", 14) == 0);
    buf_free(&message);
    if (!schema) return false;
    const PtProgram *p = schema_program(schema);
    static const char zeroes[200];
    for (uint64_t i = 0; i < p->task_count; i++) {
        for (uint64_t j = 0; j < p->tasks[i].field_count; j++) {
            const PtDesc *desc = p->tasks[i].fields[j].desc;
            void *value = malloc(desc->size + 1);
            Memory memory = {.limit = 1 << 20};
            Decoder decoder = decoder_of(zeroes, sizeof zeroes, &memory, p);
            decode_value(&decoder, desc, value);
            memory_give_back(&memory);
            free(value);
        }
        encode_key_is_exact(p->tasks[i].key);
    }
    Buf again = {0};
    write_schema(p, &again);
    buf_free(&again);
    schema_free(schema);
    return true;
}

static void try_changes(const PtProgram *program) {
    Buf bytes = {0};
    write_schema(program, &bytes);
    cr_assert(try(bytes.data, bytes.length));
    for (size_t size = 0; size < bytes.length; size++) cr_assert(!try(bytes.data, size));
    for (size_t i = 0; i < bytes.length; i++) {
        char was = bytes.data[i];
        for (int flip = 1; flip < 256; flip++) {
            bytes.data[i] = (char)(was ^ flip);
            try(bytes.data, bytes.length);
        }
        bytes.data[i] = was;
    }
    buf_putc(&bytes, 0);
    cr_assert(!try(bytes.data, bytes.length));
    buf_free(&bytes);
}

Test(vm_schema, no_cut_and_no_changed_byte_does_harm) {
    Model m;
    model_init(&m);
    try_changes(&m.program);
    model_init_with_maps(&m);
    try_changes(&m.program);
}

Test(vm_schema, hostile_bytes_are_refused) {
    cr_assert(!try("", 0));
    cr_assert(!try("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9)); // an array of 2^64 - 1 items
    cr_assert(!try("\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", 9));
    cr_assert(!try("\x7b\xff\xff\xff\xff\xff\xff\xff\xff", 9)); // a text
    cr_assert(!try("\x9f\xff", 2));                             // without a length
    cr_assert(!try("\xa2\x61"
                   "b\0\x61"
                   "a\0",
                   7)); // keys out of order
    cr_assert(!try("\xa2\x61"
                   "a\0\x61"
                   "a\0",
                   7)); // a key twice
    char deep[4000];
    memset(deep, 0x81, sizeof deep); // [[[[...
    cr_assert(!try(deep, sizeof deep));
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 100000; round++) {
        char bytes[60];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i] = (char)(random >> 32);
        }
        try(bytes, random % sizeof bytes);
    }
}

Test(vm_schema, a_newer_format_is_named) {
    Model m;
    model_init(&m);
    Buf bytes = {0}, message = {0};
    write_schema(&m.program, &bytes);
    char *format = memmem(bytes.data, bytes.length, "format\x01", 7);
    cr_assert(format);
    format[6] = 2;
    cr_assert(!schema_decode(bytes_in(&bytes), &message));
    cr_assert_str_eq(buf_text(&message), "the schema is of a newer format: use a newer version of Portals");
    buf_free(&bytes);
    buf_free(&message);
}

// record R0 { x: R1, y: R1 }, record R1 { x: R2, y: R2 } ...: the layout is found without recursion, and sizes stay small.
Test(vm_schema, many_nested_types_have_a_layout) {
    enum { DEPTH = 100000 };
    PtDesc *types = calloc(DEPTH + 1, sizeof(PtDesc));
    PtField *fields = calloc(2 * DEPTH, sizeof(PtField));
    PtVariant *variants = calloc(DEPTH, sizeof(PtVariant));
    types[DEPTH] = INT;
    for (int i = DEPTH; i-- > 0;) {
        fields[2 * i] = (PtField){"x", &types[i + 1], 0, 1};
        fields[2 * i + 1] = (PtField){"y", &types[i + 1], 8, 1};
        variants[i] = (PtVariant){"R", &fields[2 * i], 2};
        types[i] = (PtDesc){.name = "R", .variants = &variants[i], .variant_count = 1, .kind = PT_STRUCT, .size = 16, .align = 8};
    }
    Model m;
    model_init(&m);
    m.sinks[0].desc = types;
    Schema *schema = schema_of(&m.program);
    cr_assert_leq(schema_program(schema)->sinks[0].desc->size, 512);
    schema_free(schema);
    free(types);
    free(fields);
    free(variants);
}

// ---- a changed program ----

// What is said when `program` is to go on with the state of `stored`; "" if it can.
static void check_match(const PtProgram *stored, const PtProgram *program, const char *expected) {
    Schema *schema = schema_of(stored);
    SchemaIds ids;
    Buf out = {0}, message = {0};
    bool fine = schema_match(schema, program, &ids, &out, &message);
    cr_assert_str_eq(buf_text(&message), expected);
    cr_assert_eq(fine, !*expected);
    if (fine) schema_ids_free(&ids);
    buf_free(&out);
    buf_free(&message);
    schema_free(schema);
}

#define HELP "   = help: run the program that wrote the directory, or begin anew with another directory\n"

Test(vm_schema, the_same_program_has_the_same_ids_and_bytes) {
    Model m;
    model_init(&m);
    Schema *schema = schema_of(&m.program);
    SchemaIds ids;
    Buf first = {0}, second = {0}, message = {0};
    write_schema(&m.program, &first);
    cr_assert(schema_match(schema, &m.program, &ids, &second, &message));
    cr_assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    for (uint32_t i = 0; i < TASKS; i++) cr_assert_eq(ids.task[i], i);
    schema_ids_free(&ids);
    schema_free(schema);
    buf_free(&first);
    buf_free(&second);
}

// What is new is added at the end, wherever it stands in the program; everything else keeps its id.
Test(vm_schema, ids_stay_when_things_are_added_and_moved) {
    Model m;
    model_init(&m);
    Schema *schema = schema_of(&m.program);
    PtTask tasks[] = {{.name = "New", .key = &INT}, m.tasks[TASK_LAST], m.tasks[TASK_COUNT], m.tasks[TASK_PLAIN]};
    uint64_t first[] = {3}, second[] = {2, 0, 1};
    PtSource sources[] = {m.sources[1], {.name = "more", .desc = &INT, .kind = PT_SOURCE_FROM}, m.sources[0]};
    PtInput report[] = {{.stream = 4}}, main_inputs[] = {{.stream = 2}, {.stream = 0}, {.stream = 1}};
    PtChannel channels[] = {{.desc = &PAIR, .stream = 4}};
    PtWorkflow workflows[] = {
        {.name = "report", .inputs = report, .input_count = 1, .tasks = first, .task_count = 1},
        {.name = "main",
         .inputs = main_inputs,
         .input_count = 3,
         .channels = channels,
         .channel_count = 1,
         .tasks = second,
         .task_count = 3},
    };
    PtSink sinks[] = {m.sinks[1], m.sinks[0], m.sinks[0]};
    PtProgram moved = m.program;
    moved.tasks = tasks;
    moved.task_count = 4;
    moved.sources = sources;
    moved.source_count = 3;
    moved.workflows = workflows;
    moved.sinks = sinks;
    moved.sink_count = 3;
    SchemaIds ids;
    Buf out = {0}, message = {0};
    cr_assert(schema_match(schema, &moved, &ids, &out, &message), "%s", buf_text(&message));
    cr_assert(ids.task[0] == 3 && ids.task[1] == TASK_LAST && ids.task[2] == TASK_COUNT && ids.task[3] == TASK_PLAIN);
    cr_assert(ids.source[0] == 1 && ids.source[1] == 2 && ids.source[2] == 0);
    cr_assert(ids.workflow[0] == 1 && ids.workflow[1] == 0);
    cr_assert(ids.sink[0] == 1 && ids.sink[1] == 0 && ids.sink[2] == 2);
    Schema *after = read_schema(&out);
    const PtProgram *p = schema_program(after);
    cr_assert_str_eq(p->tasks[3].name, "New");
    cr_assert_str_eq(p->sources[2].name, "more");
    cr_assert(p->workflows[0].inputs[0].stream == 0 && p->workflows[0].inputs[2].stream == 2);
    cr_assert(p->workflows[1].inputs[0].stream == 3 && p->workflows[0].channels[0].stream == 3);
    schema_ids_free(&ids);
    schema_free(after);
    schema_free(schema);
    buf_free(&out);
    check_match(&m.program, &moved, "");
}

Test(vm_schema, code_that_is_gone_is_remembered) {
    Model m;
    model_init(&m);
    Schema *schema = schema_of(&m.program);
    PtClosure changed[] = {m.closures[0], {.name = "main.map2", .size = 8, .id = 3, .desc = &FUNCTION}};
    PtProgram other = m.program;
    other.closures = changed;
    SchemaIds ids;
    Buf out = {0}, message = {0};
    cr_assert(schema_match(schema, &other, &ids, &out, &message));
    schema_ids_free(&ids);
    Schema *after = read_schema(&out);
    const PtProgram *p = schema_program(after);
    cr_assert_eq(p->closure_count, 3);
    cr_assert(p->closures[0].id == CLOSURES[1].id && p->closures[0].field_count == 2 && p->closures[2].id == 3);
    schema_free(after);
    schema_free(schema);
    buf_free(&out);
}

Test(vm_schema, a_changed_state_is_named) {
    Model was, is;
    model_init(&was);
    model_init(&is);
    is.count_fields[0].desc = &STRING;
    check_match(&was.program, &is.program,
                "cannot resume: task `Count` of workflow `main` has changed\n"
                "   = state `n` was Int and is String\n" HELP);
    is.tasks[TASK_COUNT].key = &INT;
    is.count_fields[0].name = "m";
    check_match(&was.program, &is.program,
                "cannot resume: task `Count` of workflow `main` has changed\n"
                "   = its key was String and is Int\n"
                "   = state `n` of type Int is gone\n"
                "   = state `m` of type String is new\n" HELP);
    model_init(&is);
    is.count_fields[0] = was.count_fields[1];
    is.count_fields[1] = was.count_fields[0];
    check_match(&was.program, &is.program,
                "cannot resume: task `Count` of workflow `main` has changed\n"
                "   = its states are in another order\n" HELP);
}

Test(vm_schema, all_changes_are_listed) {
    Model was, is;
    model_init(&was);
    model_init(&is);
    is.tasks[TASK_COUNT].name = "Counter";
    is.last_fields[2].desc = &PAIRS;
    is.sources[0].name = "lines";
    is.sources[1].kind = PT_SOURCE_FROM;
    is.channels[0].desc = &INT;
    check_match(&was.program, &is.program,
                "cannot resume: source `text` is gone\n"
                "error: cannot resume: source `numbers` has changed\n"
                "   = it was made by `range` and is made by `from`\n"
                "error: cannot resume: workflow `main` has changed\n"
                "   = input 1 was `text` and is `lines`\n"
                "   = what it puts out was (Int, String) and is Int\n"
                "error: cannot resume: task `Count` of workflow `main` is gone\n"
                "error: cannot resume: task `Last` of workflow `main` has changed\n"
                "   = state `seen` was (Int, String) and is List[(Int, String)]\n" HELP);
}

// Its tasks are not listed: they are gone with it. A task that remembers nothing may go.
Test(vm_schema, what_is_gone_is_named_once) {
    Model was, is;
    model_init(&was);
    model_init(&is);
    is.workflows[0].name = "other";
    check_match(&was.program, &is.program,
                "cannot resume: workflow `main` is gone\n"
                "error: cannot resume: workflow `report` has changed\n"
                "   = input 1 was `main` and is `other`\n" HELP);
    model_init(&is);
    is.tasks[TASK_PLAIN].name = "Simple";
    is.sinks[0].desc = &INT;
    is.program.sink_count = 1;
    check_match(&was.program, &is.program, "");
    is.workflows[1].input_count = 0;
    check_match(&was.program, &is.program,
                "cannot resume: workflow `report` has changed\n   = it does not read `main` any more\n" HELP);
}

Test(vm_schema, uses_of_one_task_are_told_apart) {
    Model was, is;
    model_init(&was);
    model_init(&is);
    was.tasks[TASK_LAST].name = is.tasks[TASK_LAST].name = "Count";
    is.last_fields[1].desc = &INT;
    check_match(&was.program, &is.program,
                "cannot resume: use 2 of task `Count` of workflow `main` has changed\n"
                "   = state `chain` was Chain and is Int\n" HELP);
}

// Changes within a type, however deep: state `chain` is a Chain, state `last` contains one.
static void check_chain(const PtDesc *chain, const char *what) {
    Model was, is;
    model_init(&was);
    model_init(&is);
    PtField fields[8];
    memcpy(fields, ALL_FIELDS, sizeof fields);
    fields[5].desc = chain;
    PtVariant variant = {"All", fields, 8};
    PtDesc all = ALL;
    all.variants = &variant;
    is.last_fields[0].desc = &all;
    is.last_fields[1].desc = chain;
    Buf expected = {0};
    buf_printf(&expected,
               "cannot resume: task `Last` of workflow `main` has changed\n"
               "   = state `last` contains Chain, %s\n   = state `chain` is of type Chain, %s\n" HELP,
               what, what);
    check_match(&was.program, &is.program, buf_text(&expected));
    buf_free(&expected);
}

Test(vm_schema, changes_within_types_are_named) {
    PtField fields[2];
    PtVariant variants[] = {{"Link", fields, 2}, {"End", NULL, 0}, {"More", NULL, 0}};
    PtDesc chain = CHAIN;
    chain.variants = variants;
    memcpy(fields, CHAIN_FIELDS, sizeof fields);
    fields[1].desc = &chain;
    fields[0].desc = &FLOAT;
    check_chain(&chain, "whose variant `Link` has a field `value` that was Int and is Float");
    fields[0] = (PtField){"number", &INT, 8, 0};
    check_chain(&chain, "whose variant `Link` has a field `value` that is now `number`");
    fields[0] = CHAIN_FIELDS[0];
    chain.variant_count = 3;
    check_chain(&chain, "which had 2 variants and has 3");
    chain.variant_count = 2;
    variants[0].field_count = 1;
    check_chain(&chain, "which had 2 fields and has 1");
    variants[0].field_count = 2;
    variants[1].name = "Stop";
    check_chain(&chain, "whose variant 2 was `End` and is `Stop`");
}

// The types of a map's parts are compared although its name says them, too.
Test(vm_schema, changes_within_maps_are_named) {
    PtField fields[] = {NEST_FIELDS[0]};
    PtVariant variants[] = {{"Nest", fields, 1}};
    PtDesc nest = NEST, nests = NESTS, set = WORD_SET, pair = PAIR;
    nest.variants = variants;
    fields[0].desc = &nests;
    nests.mapped = &nest;
    Model was, is;
    model_init_with_maps(&was);
    model_init_with_maps(&is);
    is.last_fields[1].desc = &nest;
    is.last_fields[2].desc = &set;
    check_match(&was.program, &is.program, "");
    nests.mapped = &INT;
    set.elem = &INT;
    check_match(&was.program, &is.program,
                "cannot resume: task `Last` of workflow `main` has changed\n"
                "   = state `nest` contains Map[Pair, Nest], whose values were Nest and are Int\n"
                "   = state `words` is of type Set[String], whose elements were String and are Int\n" HELP);
    nests.mapped = &nest;
    nests.elem = &pair;
    set.elem = &STRING;
    check_match(&was.program, &is.program, "");
    nests.elem = &STRING;
    check_match(&was.program, &is.program,
                "cannot resume: task `Last` of workflow `main` has changed\n"
                "   = state `nest` contains Map[Pair, Nest], whose keys were (Int, String) and are String\n" HELP);
}
