// core_builder.h - makes core programs for tests: one source of a few integers, one workflow, and a stage that a test fills with
// instructions.
#ifndef TESTS_UNIT_CORE_BUILDER_H
#define TESTS_UNIT_CORE_BUILDER_H

#include "compiler/core.h"

typedef struct Builder {
    Arena arena;
    Sources sources;
    CoreProgram *core;
    CoreFn *stage; // (Int) -> ()
    CoreFn *fn;    // where instructions go
    CoreBlock *block;
} Builder;

// Every instruction comes from line 2, column 3 of test.portals.
static const Span SOMEWHERE = {0, 9, 12};

static inline CoreInst *put(Builder *b, CoreOp op, int dst, int count, const CoreOperand *args, int blocks) {
    CoreInst *inst = core_inst(b->core, b->block, op, dst, count, blocks, SOMEWHERE);
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    for (int i = 0; i < blocks; i++) inst->blocks[i] = core_block_new(b->core);
    return inst;
}

#define OPERANDS(...)                                                                                                            \
    (int)(sizeof((CoreOperand[]){__VA_ARGS__}) / sizeof(CoreOperand)), (CoreOperand[]) {                                         \
        __VA_ARGS__                                                                                                              \
    }
// An instruction without a result, with one, with blocks.
#define DO(b, op, ...) put((b), CORE_OP_##op, -1, OPERANDS(__VA_ARGS__), 0)
#define SET(b, dst, op, ...) put((b), CORE_OP_##op, (dst).local, OPERANDS(__VA_ARGS__), 0)
#define FORK(b, op, blocks, ...) put((b), CORE_OP_##op, -1, OPERANDS(__VA_ARGS__), (blocks))
// The result of an instruction, in a new local.
#define GET(b, type, op, ...) with_result((b), (type), put((b), CORE_OP_##op, -1, OPERANDS(__VA_ARGS__), 0))
#define MAKE(b, made, op, number, ...) with_type((b), (made), (number), put((b), CORE_OP_##op, -1, OPERANDS(__VA_ARGS__), 0))

#define L(n) operand_local(n)
#define I(n) operand_int(n)
#define F(n) operand_float(n)
#define B(n) operand_bool(n)
#define S(text) operand_string((text), sizeof(text) - 1)
#define UNIT operand_unit()

static inline CoreOperand new_local(Builder *b, CoreType *type) {
    return operand_local(core_local(b->core, b->fn, type, NULL));
}

static inline CoreOperand with_result(Builder *b, CoreType *type, CoreInst *inst) {
    CoreOperand result = new_local(b, type);
    inst->dst = result.local;
    return result;
}

// Of an instruction that names the type of its result.
static inline CoreOperand with_type(Builder *b, CoreType *type, int number, CoreInst *inst) {
    inst->type = type;
    inst->index = number;
    return with_result(b, type, inst);
}

// A new function, to be filled in.
static inline CoreFn *begin_fn(Builder *b, const char *name, CoreType **params, int count, CoreType *result) {
    CoreFn *fn = core_fn_new(b->core, name, result, SOMEWHERE);
    for (int i = 0; i < count; i++) core_local(b->core, fn, params[i], NULL);
    fn->param_count = count;
    b->fn = fn;
    b->block = fn->body;
    return fn;
}

static inline void end_fn(Builder *b) {
    b->fn = b->stage;
    b->block = b->stage->body;
}

static inline void configure(Builder *b, int setting, int64_t value) {
    DO(b, CONFIG_SOURCE, I(value))->variant = setting;
}

// The source has the integers from 0 to `events`.
static inline void builder_open(Builder *b, int64_t events) {
    static const char text[] = "fn f()\n  code(1)\n";
    *b = (Builder){0};
    b->sources.arena = &b->arena;
    source_add(&b->sources, "test.portals", text, sizeof text - 1, false);
    b->core = core_program_new(&b->arena, &b->sources);
    b->core->name = "test";
    CoreSource source = {.kind = SOURCE_RANGE, .name = "numbers", .event = b->core->integer, .span = SOMEWHERE};
    vec_push(&b->arena, &b->core->sources, source);
    CoreSink sink = {.kind = SINK_PRINT, .event = b->core->string, .span = SOMEWHERE};
    vec_push(&b->arena, &b->core->sinks, sink);
    b->core->setup = begin_fn(b, "test.setup", NULL, 0, b->core->unit);
    configure(b, SETTING_RANGE_FROM, 0);
    configure(b, SETTING_RANGE_TO, events);
    configure(b, SETTING_RANGE_ATOM, 4096);
    DO(b, RETURN, UNIT);
    b->stage = begin_fn(b, "main.stage", &b->core->integer, 1, b->core->unit);
    CoreWorkflow workflow = {.name = "main", .span = SOMEWHERE};
    vec_push(&b->arena, &b->core->workflows, workflow);
    CoreInput input = {.stream = 0, .stage = b->stage};
    vec_push(&b->arena, &b->core->workflows.items[0].inputs, input);
}

static inline void builder_close(Builder *b) {
    arena_free(&b->arena);
}

// Prints the value on a line of its own.
static inline void print(Builder *b, CoreOperand value) {
    CoreOperand text = GET(b, b->core->string, SHOW, value);
    DO(b, SINK, text);
}

static inline CoreType *tuple(Builder *b, CoreType *first, CoreType *second) {
    CoreType *elems[] = {first, second};
    return core_type_tuple(b->core, elems, 2);
}

static inline void add_variant(Builder *b, CoreType *type, const char *name, const CoreField *fields, int count) {
    CoreVariant *variants = ARENA_ARRAY(&b->arena, CoreVariant, type->variant_count + 1);
    if (type->variant_count) memcpy(variants, type->variants, sizeof *variants * (size_t)type->variant_count);
    CoreVariant *variant = &variants[type->variant_count++];
    variant->name = name;
    variant->fields = ARENA_ARRAY(&b->arena, CoreField, count);
    variant->field_count = count;
    if (count) memcpy(variant->fields, fields, sizeof *fields * (size_t)count);
    type->variants = variants;
}

// enum NAME { None, Some(value: ELEM) }
static inline CoreType *option(Builder *b, const char *name, CoreType *elem) {
    bool made;
    CoreType *type = core_type_named(b->core, CORE_ENUM, name, &made);
    if (!made) return type;
    add_variant(b, type, "None", NULL, 0);
    add_variant(b, type, "Some", &(CoreField){.name = "value", .type = elem}, 1);
    return type;
}

// enum Chain { End, Link(value: Int, rest: Chain) }
static inline CoreType *chain(Builder *b) {
    bool made;
    CoreType *type = core_type_named(b->core, CORE_ENUM, "Chain", &made);
    if (!made) return type;
    add_variant(b, type, "End", NULL, 0);
    CoreField fields[] = {{.name = "value", .type = b->core->integer}, {.name = "rest", .type = type, .boxed = true}};
    add_variant(b, type, "Link", fields, 2);
    return type;
}

#endif
