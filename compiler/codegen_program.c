// codegen_program.c - the constants that describe the program to the VM: field by field what vm/program.h and vm/value.h declare.
#include "compiler/codegen_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "vm/program.h"

typedef VEC(LLVMValueRef) Values;

static LLVMValueRef make_struct(Codegen *g, const LLVMValueRef *fields, size_t count) {
    return LLVMConstStructInContext(g->context, (LLVMValueRef *)fields, (unsigned)count, false);
}

#define STRUCT(g, ...)                                                                                                           \
    make_struct((g), (LLVMValueRef[]){__VA_ARGS__}, sizeof((LLVMValueRef[]){__VA_ARGS__}) / sizeof(LLVMValueRef))

static LLVMValueRef null(Codegen *g) {
    return LLVMConstNull(g->ptr);
}

static LLVMValueRef text(Codegen *g, const char *text) {
    return text ? gen_text(g, text) : null(g);
}

static LLVMValueRef function(Codegen *g, const CoreFn *fn) {
    return fn ? g->fns[fn->id] : null(g);
}

static LLVMValueRef position(Codegen *g, Span span) {
    return gen_int(g, gen_position(g, span));
}

// The address of a constant with these values in a row, or NULL for none.
static LLVMValueRef table(Codegen *g, const Values *values, const char *name) {
    if (values->count == 0) return null(g);
    return gen_constant(g, LLVMConstArray2(LLVMTypeOf(values->items[0]), values->items, (uint64_t)values->count), name);
}

// ---- descriptors
// -----------------------------------------------------------------------------------------------------------------

static PtKind kind_of(const CoreType *type) {
    switch (type->kind) {
    case CORE_UNIT:
    case CORE_NEVER: return PT_UNIT;
    case CORE_INT: return PT_INT;
    case CORE_FLOAT: return PT_FLOAT;
    case CORE_BOOL: return PT_BOOL;
    case CORE_STRING: return PT_STRING;
    case CORE_LIST: return PT_LIST;
    case CORE_STRUCT: return PT_STRUCT;
    case CORE_ENUM: return PT_ENUM;
    case CORE_FN: return PT_FN;
    case CORE_BYTES: return PT_BYTES;
    case CORE_DURATION: return PT_DURATION;
    case CORE_MAP: return PT_MAP;
    case CORE_SET: return PT_SET;
    case CORE_ANY: return PT_ANY;
    case CORE_FUTURE: return PT_FUTURE;
    case CORE_FRAME: return PT_FRAME;
    case CORE_ENTRY: break;
    }
    assert(!"a type that values have");
    return PT_UNIT;
}

static LLVMValueRef field(Codegen *g, const char *name, CoreType *type, uint32_t offset, bool boxed) {
    return STRUCT(g, text(g, name), gen_desc(g, type), gen_u32(g, offset), gen_u32(g, boxed));
}

static LLVMValueRef fields(Codegen *g, const CoreField *items, int count) {
    Values values = {0};
    for (int i = 0; i < count; i++)
        vec_push(g->arena, &values, field(g, items[i].name, items[i].type, items[i].offset, items[i].boxed));
    return table(g, &values, "fields");
}

static LLVMValueRef variants(Codegen *g, const CoreType *type) {
    Values values = {0};
    for (int i = 0; i < type->variant_count; i++) {
        const CoreVariant *v = &type->variants[i];
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, v->name), fields(g, v->fields, v->field_count), gen_int(g, v->field_count)));
    }
    return table(g, &values, "variants");
}

static LLVMTypeRef desc_type(Codegen *g) {
    LLVMTypeRef types[] = {g->ptr, g->ptr, g->ptr, g->ptr, g->i64, g->i32, g->i32, g->i32, g->i32, g->i32};
    return LLVMStructTypeInContext(g->context, types, sizeof types / sizeof types[0], false);
}

// The address of the descriptor, which is filled in by define_descs: types refer to each other.
LLVMValueRef gen_desc(Codegen *g, CoreType *type) {
    LLVMValueRef *desc = &g->descs[type->id];
    if (*desc) return *desc;
    *desc = LLVMAddGlobal(g->module, desc_type(g), arena_printf(g->arena, "type %s", type->name));
    LLVMSetLinkage(*desc, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(*desc, true);
    vec_push(g->arena, &g->wanted_descs, type);
    return *desc;
}

static LLVMValueRef desc_value(Codegen *g, const CoreType *type) {
    LLVMValueRef elem = type->elem ? gen_desc(g, type->elem) : null(g);
    LLVMValueRef mapped = type->mapped ? gen_desc(g, type->mapped) : null(g);
    return STRUCT(g, text(g, type->name), elem, mapped, variants(g, type), gen_int(g, type->variant_count),
                  gen_u32(g, kind_of(type)), gen_u32(g, type->size), gen_u32(g, type->align), gen_u32(g, type->has_pointers),
                  gen_u32(g, type->words));
}

static void define_descs(Codegen *g) {
    for (int i = 0; i < g->wanted_descs.count; i++) { // grows meanwhile
        const CoreType *type = g->wanted_descs.items[i];
        LLVMSetInitializer(g->descs[type->id], desc_value(g, type));
    }
}

// ---- tables
// ----------------------------------------------------------------------------------------------------------------------

static LLVMValueRef params(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->params.count; i++) {
        const CoreParam *param = &g->program->params.items[i];
        const CoreGlobal *global = &g->program->globals.items[param->global];
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, param->name), text(g, param->doc), gen_desc(g, global->type), gen_int(g, global->offset),
                        function(g, param->make_default)));
    }
    return table(g, &values, "params");
}

static PtSourceKind source_kind(CoreSourceKind kind) {
    switch (kind) {
    case SOURCE_FROM: return PT_SOURCE_FROM;
    case SOURCE_RANGE: return PT_SOURCE_RANGE;
    case SOURCE_LINES: return PT_SOURCE_LINES;
    case SOURCE_STDIN: return PT_SOURCE_STDIN;
    case SOURCE_EMPTY: return PT_SOURCE_EMPTY;
    case SOURCE_NEXT: return PT_SOURCE_NEXT;
    case SOURCE_JSON_LINES: return PT_SOURCE_JSON_LINES;
    case SOURCE_CSV: return PT_SOURCE_CSV;
    case SOURCE_ATOMS: return PT_SOURCE_ATOMS;
    case SOURCE_EVERY: return PT_SOURCE_EVERY;
    case SOURCE_INBOX: return PT_SOURCE_INBOX;
    }
    return PT_SOURCE_EMPTY;
}

static LLVMValueRef sources(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->sources.count; i++) {
        const CoreSource *source = &g->program->sources.items[i];
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, source->name), gen_desc(g, source->event), gen_int(g, source_kind(source->kind)),
                        position(g, source->span), gen_int(g, source->task)));
    }
    return table(g, &values, "sources");
}

static PtSinkKind sink_kind(CoreSinkKind kind) {
    switch (kind) {
    case SINK_PRINT: break;
    case SINK_WRITE: return PT_SINK_WRITE;
    case SINK_WRITE_JSON: return PT_SINK_WRITE_JSON;
    case SINK_WRITE_CSV: return PT_SINK_WRITE_CSV;
    case SINK_OUTBOX: return PT_SINK_OUTBOX;
    }
    return PT_SINK_PRINT;
}

static LLVMValueRef sinks(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->sinks.count; i++) {
        const CoreSink *sink = &g->program->sinks.items[i];
        vec_push(g->arena, &values,
                 STRUCT(g, gen_desc(g, sink->event), gen_int(g, sink_kind(sink->kind)), position(g, sink->span),
                        text(g, sink->name), gen_int(g, sink->workflow)));
    }
    return table(g, &values, "sinks");
}

static LLVMValueRef handler(Codegen *g, const CoreTask *task, const CoreFn *fn) {
    return fn ? gen_handler_driver(g, task, fn) : null(g);
}

static LLVMValueRef expiries(Codegen *g, const CoreTask *task) {
    Values values = {0};
    for (int i = 0; i < task->expiry_count; i++)
        vec_push(g->arena, &values,
                 STRUCT(g, gen_int(g, task->fields[task->expiries[i].field].offset),
                        gen_int(g, g->program->globals.items[task->expiries[i].global].offset)));
    return table(g, &values, "expiries");
}

static LLVMValueRef names(Codegen *g, const char *const *items, int count) {
    Values values = {0};
    for (int i = 0; i < count; i++) vec_push(g->arena, &values, text(g, items[i]));
    return table(g, &values, "names");
}

static LLVMValueRef async(Codegen *g, const CoreTask *task) {
    const CoreAsync *a = task->async;
    if (!a) return null(g);
    LLVMValueRef flush = a->flush ? gen_flush_driver(g, a->flush) : null(g);
    LLVMValueRef fail = a->fail ? gen_fail_driver(g, a->fail) : null(g);
    LLVMValueRef on_error = a->on_error ? gen_on_error_driver(g, a->on_error) : null(g);
    uint32_t exclusive = a->busy >= 0 ? task->fields[a->busy].offset : 0;
    LLVMValueRef value = STRUCT(g, gen_int(g, a->asker), gen_int(g, exclusive), gen_int(g, a->globals + 1), gen_int(g, a->held),
                                flush, fail, on_error, names(g, a->asks, a->ask_count), gen_int(g, a->ask_count),
                                names(g, a->replies, a->reply_count), gen_int(g, a->reply_count), gen_any_number(g, a->error));
    return gen_constant(g, value, "async");
}

static int64_t task_flags(const CoreTask *task) {
    return (task->single ? PT_TASK_SINGLE : 0) | (task->global ? PT_TASK_GLOBAL : 0);
}

static LLVMValueRef tasks(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->tasks.count; i++) {
        const CoreTask *task = &g->program->tasks.items[i];
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, task->name), gen_desc(g, task->key), fields(g, task->fields, task->field_count),
                        gen_int(g, task->field_count), gen_int(g, task->entry_size), gen_int(g, task->gone),
                        handler(g, task, task->on_atom), handler(g, task, task->on_end), function(g, task->touch),
                        function(g, task->init), gen_int(g, task->level), gen_int(g, task_flags(task)), expiries(g, task),
                        gen_int(g, task->expiry_count), async(g, task)));
    }
    return table(g, &values, "tasks");
}

static LLVMValueRef exchange(Codegen *g, const CoreWorkflow *w, const CoreExchange *exchange) {
    GenSlot slot = gen_slot(exchange);
    return STRUCT(g, gen_desc(g, exchange->event), gen_desc(g, exchange->key), gen_int(g, exchange->level), gen_int(g, slot.size),
                  gen_int(g, exchange->task), gen_exchange_driver(g, w, exchange));
}

static LLVMValueRef workflow(Codegen *g, const CoreWorkflow *w) {
    Values inputs = {0}, channels = {0}, tasks = {0}, exchanges = {0};
    for (int i = 0; i < w->inputs.count; i++) {
        LLVMValueRef driver = gen_input_driver(g, w, &w->inputs.items[i]);
        vec_push(g->arena, &inputs,
                 STRUCT(g, gen_int(g, w->inputs.items[i].stream), driver, gen_int(g, w->inputs.items[i].back),
                        gen_int(g, w->inputs.items[i].kind), gen_int(g, w->inputs.items[i].whole)));
    }
    for (int i = 0; i < w->channels.count; i++) {
        const CoreChannel *channel = &w->channels.items[i];
        vec_push(g->arena, &channels,
                 STRUCT(g, gen_desc(g, channel->event), gen_int(g, channel->stream), gen_int(g, channel->carries_key)));
    }
    for (int i = 0; i < w->tasks.count; i++) vec_push(g->arena, &tasks, gen_int(g, w->tasks.items[i]));
    int levels = 0;
    for (int i = 0; i < w->exchanges.count; i++) {
        vec_push(g->arena, &exchanges, exchange(g, w, w->exchanges.items[i]));
        if (w->exchanges.items[i]->level > levels) levels = w->exchanges.items[i]->level;
    }
    return STRUCT(g, text(g, w->name), table(g, &inputs, "inputs"), gen_int(g, inputs.count), table(g, &channels, "channels"),
                  gen_int(g, channels.count), table(g, &tasks, "order"), gen_int(g, tasks.count),
                  table(g, &exchanges, "exchanges"), gen_int(g, exchanges.count), gen_int(g, levels), position(g, w->span),
                  gen_int(g, w->part), gen_int(g, w->made_by), gen_int(g, w->dead), gen_int(g, w->effects));
}

static LLVMValueRef workflows(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->workflows.count; i++)
        vec_push(g->arena, &values, workflow(g, &g->program->workflows.items[i]));
    return table(g, &values, "workflows");
}

// What goes on behind a point is a future's value, or the result of a call.
static CoreType *awaited_type(const Codegen *g, const FrameCode *code) {
    if (!code->point) return g->program->unit;
    const CoreInst *inst = code->point->inst;
    return inst->op == CORE_OP_CALL ? inst->fn->result : core_operand_type(g->program, code->fn, inst->args[0])->elem;
}

static LLVMValueRef frame(Codegen *g, CoreHashes *hashes, const FrameCode *code, int number) {
    Values kept = {0};
    bool is_plain = true;
    vec_push(g->arena, &kept, field(g, NULL, g->program->frame, PT_FRAME_CALLER, false));
    for (int i = 0; i < code->count; i++) {
        const CoreLocal *local = &code->fn->locals.items[code->locals[i]];
        is_plain &= !local->type->has_pointers;
        vec_push(g->arena, &kept, field(g, local->name, local->type, code->offsets[i], false));
    }
    return STRUCT(g, text(g, code->fn->title), table(g, &kept, "fields"), gen_int(g, kept.count), gen_int(g, code->size),
                  gen_int(g, (int64_t)core_hash_frame(hashes, code->fn, code->point)),
                  position(g, code->point ? code->point->inst->span : code->fn->span), gen_desc(g, g->program->frame),
                  gen_resume(g, code), gen_desc(g, awaited_type(g, code)), gen_desc(g, code->fn->result), gen_int(g, number),
                  gen_int(g, is_plain));
}

enum { CLOSURE_ID = 4 }; // which field of PtClosure

static Values closures(Codegen *g) {
    Values values = {0};
    CoreHashes *hashes = core_hashes_new(g->program);
    for (int i = 0; i < g->closures.count; i++) {
        const ClosureCode *code = &g->closures.items[i];
        Values captured = {0};
        bool is_plain = true;
        for (int j = 0; j < code->fn->captured; j++) {
            const CoreLocal *local = &code->fn->locals.items[j];
            is_plain &= !local->type->has_pointers;
            vec_push(g->arena, &captured, field(g, local->name, local->type, code->offsets[j], false));
        }
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, code->fn->name), table(g, &captured, "fields"), gen_int(g, captured.count),
                        gen_int(g, code->size), gen_int(g, (int64_t)core_hash_closure(hashes, code->fn)),
                        position(g, code->fn->span), gen_desc(g, code->type), null(g), null(g), null(g), gen_int(g, i),
                        gen_int(g, is_plain)));
    }
    for (int i = 0; i < g->anys.count; i++) {
        CoreType *type = g->anys.items[i].type;
        Values held = {0};
        vec_push(g->arena, &held, field(g, NULL, type, ANY_VALUE, false));
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, arena_printf(g->arena, "Any of %s", type->name)), table(g, &held, "fields"), gen_int(g, 1),
                        gen_int(g, (ANY_VALUE + type->size + 7) & ~7u), gen_int(g, (int64_t)core_hash_any(hashes, type)),
                        position(g, g->anys.items[i].span), gen_desc(g, g->program->any), null(g), null(g), null(g),
                        gen_int(g, g->closures.count + i), gen_int(g, !type->has_pointers)));
    }
    for (int i = 0; i < g->frames.count; i++)
        vec_push(g->arena, &values, frame(g, hashes, &g->frames.items[i], g->closures.count + g->anys.count + i));
    return values;
}

typedef struct CodeNumber {
    uint64_t id;
    int number;
} CodeNumber;

static int compare_ids(const void *a, const void *b) {
    const CodeNumber *left = a, *right = b;
    if (left->id != right->id) return left->id < right->id ? -1 : 1;
    return left->number - right->number;
}

static LLVMValueRef code_order(Codegen *g, const Values *closures) {
    Values values = {0};
    CodeNumber *numbers = ARENA_ARRAY(g->arena, CodeNumber, (size_t)closures->count);
    for (int i = 0; i < closures->count; i++)
        numbers[i] = (CodeNumber){LLVMConstIntGetZExtValue(LLVMGetOperand(closures->items[i], CLOSURE_ID)), i};
    if (closures->count) qsort(numbers, (size_t)closures->count, sizeof *numbers, compare_ids);
    for (int i = 0; i < closures->count; i++) vec_push(g->arena, &values, gen_int(g, numbers[i].number));
    return table(g, &values, "code_order");
}

static LLVMValueRef tests(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->program->tests.count; i++) {
        const CoreTest *test = &g->program->tests.items[i];
        vec_push(g->arena, &values, STRUCT(g, text(g, test->name), function(g, test->fn), position(g, test->fn->span)));
    }
    return table(g, &values, "tests");
}

// ---- foreign functions -----------------------------------------------------------------------------------------------------

LLVMValueRef gen_foreign_slot(Codegen *g, int number) {
    LLVMValueRef *slot = &g->foreign_slots[number];
    if (*slot) return *slot;
    *slot = LLVMAddGlobal(g->module, g->ptr, arena_printf(g->arena, "foreign.%d", number));
    LLVMSetInitializer(*slot, LLVMConstNull(g->ptr));
    LLVMSetLinkage(*slot, LLVMInternalLinkage);
    LLVMSetExternallyInitialized(*slot, true);
    return *slot;
}

// By number, those of fields before that of what they are in.
static LLVMValueRef foreign_type(Codegen *g, LLVMValueRef *made, const CoreForeignType *type) {
    if (made[type->number]) return made[type->number];
    Values fields = {0};
    for (int i = 0; i < type->field_count; i++) vec_push(g->arena, &fields, foreign_type(g, made, type->fields[i]));
    LLVMValueRef value = STRUCT(g, gen_int(g, type->kind), gen_int(g, type->size), gen_int(g, type->align),
                                table(g, &fields, "foreign_fields"), gen_int(g, type->field_count));
    return made[type->number] = gen_constant(g, value, "foreign_type");
}

static LLVMValueRef foreign_functions(Codegen *g) {
    Values values = {0};
    LLVMValueRef *made = ARENA_ARRAY(g->arena, LLVMValueRef, g->program->foreign_types.count + 1);
    for (int i = 0; i < g->program->foreign.count; i++) {
        const CoreForeign *foreign = &g->program->foreign.items[i];
        Values params = {0};
        for (int k = 0; k < foreign->param_count; k++) vec_push(g->arena, &params, foreign_type(g, made, foreign->params[k]));
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, foreign->name), text(g, foreign->library), text(g, foreign->symbol),
                        table(g, &params, "foreign_params"), gen_int(g, params.count), foreign_type(g, made, foreign->result),
                        position(g, foreign->span), gen_int(g, foreign->pure), gen_foreign_slot(g, i)));
    }
    return table(g, &values, "externs");
}

// Last of all tables, since the others add positions.
static LLVMValueRef positions(Codegen *g) {
    Values values = {0};
    for (int i = 0; i < g->position_spans.count; i++) {
        Span span = g->position_spans.items[i];
        Position place = source_position(g->program->sources_text, span.file, span.start);
        const char *path = source_file(g->program->sources_text, span.file)->path;
        vec_push(g->arena, &values,
                 STRUCT(g, text(g, path), gen_u32(g, (uint32_t)place.line), gen_u32(g, (uint32_t)place.column)));
    }
    return table(g, &values, "positions");
}

void gen_define_program(Codegen *g) {
    const CoreProgram *p = g->program;
    Values v = {0};
#define ADD(value) vec_push(g->arena, &v, (value))
    ADD(gen_int(g, PT_ABI));
    ADD(text(g, p->name));
    ADD(gen_int(g, p->global_size));
    ADD(params(g)), ADD(gen_int(g, p->params.count));
    ADD(function(g, p->setup));
    ADD(sources(g)), ADD(gen_int(g, p->sources.count));
    ADD(sinks(g)), ADD(gen_int(g, p->sinks.count));
    ADD(tasks(g)), ADD(gen_int(g, p->tasks.count));
    ADD(workflows(g)), ADD(gen_int(g, p->workflows.count));
    Values all_code = closures(g);
    ADD(table(g, &all_code, "closures")), ADD(gen_int(g, g->closures.count + g->anys.count + g->frames.count));
    LLVMValueRef test_table = tests(g), extern_table = foreign_functions(g);
    ADD(positions(g)), ADD(gen_int(g, g->position_spans.count));
    ADD(test_table), ADD(gen_int(g, g->program->tests.count));
    ADD(code_order(g, &all_code));
    ADD(extern_table), ADD(gen_int(g, p->foreign.count));
#undef ADD
    define_descs(g);
    LLVMValueRef value = make_struct(g, v.items, (size_t)v.count);
    LLVMValueRef program = LLVMAddGlobal(g->module, LLVMTypeOf(value), g->options.symbol ? g->options.symbol : "pt_program");
    LLVMSetInitializer(program, value);
    LLVMSetGlobalConstant(program, true);
}
