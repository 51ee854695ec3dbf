#include "compiler/lower_internal.h"

#include <assert.h>

// ---- building functions ------------------------------------------------------------------------------------------------

Builder *builder_new(Lower *lower, CoreFn *fn) {
    Builder *b = ARENA_NEW(lower->arena, Builder);
    *b = (Builder){.lower = lower, .fn = fn, .block = fn->body, .entry = -1, .key = -1};
    builder_enter(b, &lower->top);
    return b;
}

void builder_enter(Builder *b, Scope *scope) {
    b->scope = scope;
    b->substitution = &scope->types;
}

CoreOperand builder_local(Builder *b, CoreType *type, const char *name) {
    return operand_local(core_local(b->lower->core, b->fn, type, name));
}

CoreOperand builder_param(Builder *b, CoreType *type, const char *name) {
    assert(b->fn->param_count == b->fn->locals.count);
    CoreOperand param = builder_local(b, type, name);
    b->fn->param_count++;
    return param;
}

CoreInst *builder_inst(Builder *b, CoreOp op, int dst, int arg_count, int block_count, Span span) {
    if (core_block_ends(b->block)) b->block = core_block_new(b->lower->core);
    CoreInst *inst = core_inst(b->lower->core, b->block, op, dst, arg_count, block_count, span);
    for (int i = 0; i < block_count; i++) inst->blocks[i] = core_block_new(b->lower->core);
    return inst;
}

CoreOperand builder_unary(Builder *b, CoreOp op, CoreType *type, CoreOperand a, Span span) {
    CoreOperand dst = builder_local(b, type, NULL);
    builder_inst(b, op, dst.local, 1, 0, span)->args[0] = a;
    return dst;
}

CoreOperand builder_binary(Builder *b, CoreOp op, CoreType *type, CoreOperand a, CoreOperand c, Span span) {
    CoreOperand dst = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, op, dst.local, 2, 0, span);
    inst->args[0] = a;
    inst->args[1] = c;
    return dst;
}

void builder_copy(Builder *b, CoreOperand dst, CoreOperand value, Span span) {
    builder_inst(b, CORE_OP_COPY, dst.local, 1, 0, span)->args[0] = value;
}

void builder_return(Builder *b, CoreOperand value, Span span) {
    if (core_block_ends(b->block)) return;
    CoreProgram *core = b->lower->core;
    if (b->fn->result == core->unit) value = operand_unit();
    if (core_operand_type(core, b->fn, value) != b->fn->result)
        builder_inst(b, CORE_OP_UNREACHABLE, -1, 0, 0, span); // never gets here
    else
        builder_inst(b, CORE_OP_RETURN, -1, 1, 0, span)->args[0] = value;
}

// ---- globals -----------------------------------------------------------------------------------------------------------

int lower_global(Lower *lower, const char *name, CoreType *type) {
    CoreGlobal global = {.name = name, .type = type};
    vec_push(lower->arena, &lower->core->globals, global);
    return lower->core->globals.count - 1;
}

void lower_set_global(Builder *b, int global, CoreOperand value, Span span) {
    CoreInst *inst = builder_inst(b, CORE_OP_GLOBAL_SET, -1, 1, 0, span);
    inst->index = global;
    inst->args[0] = value;
}

CoreOperand lower_get_global(Builder *b, int global, Span span) {
    if (b->lower->core->globals.items[global].type == b->lower->core->never) { // what was to set it never came to an end
        builder_inst(b, CORE_OP_UNREACHABLE, -1, 0, 0, span);
        return operand_unit();
    }
    CoreOperand value = builder_local(b, b->lower->core->globals.items[global].type, NULL);
    builder_inst(b, CORE_OP_GLOBAL_GET, value.local, 0, 0, span)->index = global;
    return value;
}

typedef struct GlobalBinding {
    Builder *builder;
    Map *map;
} GlobalBinding;

static void bind_global(void *data, Ast *name) {
    GlobalBinding *binding = data;
    Builder *b = binding->builder;
    int local = unbox_number(map_get(&b->locals, name->def));
    int global = lower_global(b->lower, name->name, b->fn->locals.items[local].type);
    map_put(b->lower->arena, binding->map, name->def, box_number(global));
    lower_set_global(b, global, operand_local(local), name->span);
}

// What fails has no value; the code that uses it, which never runs, is to find the type it expects.
static CoreOperand value_of_type(Builder *b, CoreOperand value, CoreType *type, Span span) {
    if (core_operand_type(b->lower->core, b->fn, value) == type) return value;
    CoreOperand zero = builder_local(b, type, NULL);
    builder_inst(b, CORE_OP_ZERO, zero.local, 0, 0, span)->type = type;
    return zero;
}

void lower_bind_globals(Builder *b, Map *map, Ast *pattern, CoreOperand value) {
    lower_bind(b, pattern, value_of_type(b, value, lower_type_of(b, pattern), pattern->span));
    pattern_names(pattern, bind_global, &(GlobalBinding){b, map});
}

// ---- functions on demand -----------------------------------------------------------------------------------------------

static const Module *other_of_name(const Lower *lower, const Module *module) {
    for (int i = 0; i < lower->context->modules.count; i++) {
        const Module *other = lower->context->modules.items[i];
        if (other != module && other->name == module->name) return other;
    }
    return NULL;
}

// What stands before the names of what a module declares. A file may have the name of a module of the library, and those of two
// applications one name.
static const char *make_qualifier(const Lower *lower, const Module *module) {
    if (module_is_app(module) && lower->program->apps.count == 1) return "";
    const Module *other = module->library || module_is_app(module) ? NULL : other_of_name(lower, module);
    const char *before = !other ? "" : other->library ? "./" : arena_printf(lower->arena, "%s.", module->app->name);
    return arena_printf(lower->arena, "%s%s.", before, module->name);
}

const char *lower_qualified(Lower *lower, const Module *module, const char *name) {
    const char *qualifier = map_get(&lower->qualifiers, module);
    if (!qualifier) {
        qualifier = make_qualifier(lower, module);
        map_put(lower->arena, &lower->qualifiers, module, (void *)qualifier);
    }
    return *qualifier ? arena_printf(lower->arena, "%s%s", qualifier, name) : name;
}

const char *lower_name_of(Lower *lower, const Def *def) {
    return lower_qualified(lower, def->module, def->name);
}

static const char *instance_name(Lower *lower, Def *def, CoreType **types) {
    Buf name = {0};
    buf_puts(&name, lower_name_of(lower, def));
    for (int i = 0; i < def->tparam_count; i++) buf_printf(&name, "%s%s", i ? ", " : "[", types[i]->name);
    if (def->tparam_count) buf_putc(&name, ']');
    const char *symbol = intern(&lower->context->names, name.data, name.length);
    buf_free(&name);
    return symbol;
}

CoreFn *lower_instance(Lower *lower, Def *def, CoreType **types) {
    const char *name = instance_name(lower, def, types);
    CoreFn *fn = map_get(&lower->instances, name);
    if (fn) return fn;
    if (lower_is_too_heavy(lower, types, def->tparam_count)) lower_too_deep(lower, def);
    fn = core_fn_new(lower->core, name, lower->core->unit, def->span);
    map_put(lower->arena, &lower->instances, name, fn);
    Substitution *substitution = ARENA_NEW(lower->arena, Substitution);
    *substitution = (Substitution){def->tparams, types, def->tparam_count};
    Builder *b = builder_new(lower, fn);
    b->substitution = substitution;
    for (int i = 0; i < def->type->arg_count - 1; i++) builder_param(b, lower_type(b, def->type->args[i]), NULL);
    fn->result = lower_type(b, def->type->args[def->type->arg_count - 1]);
    PendingFn pending = {.def = def, .fn = fn, .substitution = substitution};
    vec_push(lower->arena, &lower->pending, pending);
    return fn;
}

static void lower_body(Lower *lower, PendingFn pending) {
    Ast *declaration = pending.def->ast;
    Builder *b = builder_new(lower, pending.fn);
    b->substitution = pending.substitution;
    Ast *params = declaration->kid[fn_params];
    for (int i = 0; i < params->kid_count; i++) lower_bind(b, params->kid[i]->kid[parameter_pattern], operand_local(i));
    lower_fn_body(b, declaration->kid[fn_body]);
}

static void lower_pending(Lower *lower) {
    while (lower->pending.count > 0) lower_body(lower, lower->pending.items[--lower->pending.count]);
}

// ---- params and constants ----------------------------------------------------------------------------------------------

// The value of a constant that is given is encoded in the memory of the compiler: such programs run only there.
static CoreOperand lower_given(Builder *b, Def *def) {
    CoreType **type = ARENA_NEW(b->lower->arena, CoreType *);
    bool *generic = ARENA_ARRAY(b->lower->arena, bool, 3);
    *type = lower_type(b, def->type);
    generic[2] = true;
    CoreOperand value = builder_local(b, *type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL_BUILTIN, value.local, 2, 0, def->span);
    inst->text = "pt_given_value";
    inst->types = type;
    inst->type_count = 1;
    inst->generic = generic;
    inst->args[0] = operand_int((int64_t)(uintptr_t)def->ast->text);
    inst->args[1] = operand_int((int64_t)def->ast->length);
    return value;
}

static void lower_constant(Builder *b, Def *def) {
    bool given = def->ast->flags & FLAG_GIVEN;
    CoreOperand value = given ? lower_given(b, def) : lower_expr(b, def->ast->kid[const_value]);
    lower_bind_globals(b, &b->lower->globals, def->ast->kid[const_pattern], value);
}

// A constant that the default of a param needs is made by a function of its own: whoever comes first, the default of one of
// these params or the setup, makes it.
static CoreFn *constant_maker(Lower *lower, Def *def) {
    CoreFn *maker = map_get(&lower->makers, def);
    if (maker) return maker;
    maker =
        core_fn_new(lower->core, arena_printf(lower->arena, "%s.make", lower_name_of(lower, def)), lower->core->unit, def->span);
    map_put(lower->arena, &lower->makers, def, maker);
    Builder *b = builder_new(lower, maker);
    int made = lower_global(lower, arena_printf(lower->arena, "%s.made", lower_name_of(lower, def)), lower->core->boolean);
    CoreOperand is_made = lower_get_global(b, made, def->span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, def->span);
    test->args[0] = is_made;
    b->block = test->blocks[1];
    lower_set_global(b, made, operand_bool(true), def->span);
    lower_constant(b, def);
    b->block = maker->body;
    builder_return(b, operand_unit(), def->span);
    return maker;
}

static void call_maker(Builder *b, CoreFn *maker, Span span) {
    builder_inst(b, CORE_OP_CALL, -1, 0, 0, span)->fn = maker;
}

static void add_param(Lower *lower, Def *def);

// What has to be there before an expression can be evaluated, be it needed by functions that it calls: params are added;
// constants are made by the builder's code.
typedef struct Needs {
    Builder *builder;
    Map seen; // constants and functions
} Needs;

static void provide_needs(Needs *needs, Ast *node) {
    if (!node) return;
    Lower *lower = needs->builder->lower;
    Def *def = node->kind == AST_name ? node->def : NULL;
    if (def && def->kind == DEF_CONST && def->owner) def = def->owner; // bound by a pattern: the whole is needed
    if (def && def->kind == DEF_PARAM) add_param(lower, def);
    if (def && (def->kind == DEF_FN || def->kind == DEF_CONST) && !map_get(&needs->seen, def)) {
        map_put(lower->arena, &needs->seen, def, def);
        provide_needs(needs, def->ast->kid[def->kind == DEF_FN ? (int)fn_body : (int)const_value]);
        if (def->kind == DEF_CONST && !lower_literal_of(def)) call_maker(needs->builder, constant_maker(lower, def), node->span);
    }
    for (int i = 0; i < node->kid_count; i++) provide_needs(needs, node->kid[i]);
}

// Params that the default of this one needs come before it.
static void add_param(Lower *lower, Def *def) {
    if (map_get(&lower->globals, def)) return;
    Builder *setup = lower->setup;
    int global = lower_global(lower, def->name, lower_type(setup, def->type));
    map_put(lower->arena, &lower->globals, def, box_number(global));
    CoreParam param = {.name = lower_name_of(lower, def), .doc = def->ast->doc, .global = global};
    Ast *value = def->ast->kid[param_value];
    if (value) {
        const char *name = arena_printf(lower->arena, "%s.default", param.name);
        param.make_default = core_fn_new(lower->core, name, lower->core->unit, def->span);
        Builder *b = builder_new(lower, param.make_default);
        provide_needs(&(Needs){.builder = b}, value);
        lower_set_global(b, global, lower_expr(b, value), value->span);
        builder_return(b, operand_unit(), def->span);
    }
    if (lower->topology || value) vec_push(lower->arena, &lower->core->params, param);
}

static void lower_params(Lower *lower) {
    for (int i = 0; i < lower->program->params.count; i++) add_param(lower, lower->program->params.items[i]);
}

static void keep_name(void *data, Ast *name) {
    Lower *lower = data;
    CoreParam param = {.name = name->name, .global = unbox_number(map_get(&lower->globals, name->def))};
    vec_push(lower->arena, &lower->core->params, param);
}

static void lower_constants(Lower *lower) {
    for (int i = 0; i < lower->program->constants.count; i++) {
        Def *def = lower->program->constants.items[i];
        CoreFn *maker = map_get(&lower->makers, def);
        if (maker)
            call_maker(lower->setup, maker, def->span);
        else if (!lower_literal_of(def) || def->ast->flags & FLAG_KEPT)
            lower_constant(lower->setup, def);
        if (def->ast->flags & FLAG_KEPT) pattern_names(def->ast->kid[const_pattern], keep_name, lower);
    }
}

// ---- sources -----------------------------------------------------------------------------------------------------------

static CoreSourceKind source_kind(NodeKind kind) {
    switch (kind) {
    case NODE_FROM: return SOURCE_FROM;
    case NODE_RANGE: return SOURCE_RANGE;
    case NODE_LINES: return SOURCE_LINES;
    case NODE_STDIN: return SOURCE_STDIN;
    case NODE_NEXT: return SOURCE_NEXT;
    case NODE_JSON_LINES: return SOURCE_JSON_LINES;
    case NODE_CSV: return SOURCE_CSV;
    case NODE_ATOMS: return SOURCE_ATOMS;
    case NODE_EVERY: return SOURCE_EVERY;
    case NODE_INBOX: return SOURCE_INBOX;
    default: return SOURCE_EMPTY;
    }
}

// The settings of a source are its arguments, in order; see the SETTING_... of core.h.
static void lower_source(Lower *lower, Stream *stream) {
    Builder *b = lower->setup;
    Node *node = stream->source;
    CoreSource source = {
        .kind = source_kind(node->kind), .name = stream->name, .event = lower_type(b, node->event), .span = node->span};
    for (int i = 0; i < node->arg_count; i++) {
        CoreOperand value = lower_static(lower, node->within, node->args[i]);
        CoreInst *inst = builder_inst(b, CORE_OP_CONFIG_SOURCE, -1, 1, 0, node->args[i]->span);
        inst->args[0] = value;
        inst->index = lower->core->sources.count;
        inst->variant = i;
    }
    if (node->kind == NODE_CSV) lower_record_type(b, stream, lower->core->sources.count);
    vec_push(lower->arena, &lower->core->sources, source);
}

// ---- the whole ---------------------------------------------------------------------------------------------------------

// `Cart+Shop`: a data directory belongs to all applications of its run.
static const char *program_name(const Lower *lower) {
    const char *name = lower->program->apps.items[0]->name;
    for (int i = 1; i < lower->program->apps.count; i++)
        name = arena_printf(lower->arena, "%s+%s", name, lower->program->apps.items[i]->name);
    return name;
}

static Lower *lower_new(Context *context, Program *program, Topology *topology) {
    Lower *lower = ARENA_NEW(context->arena, Lower);
    *lower = (Lower){.context = context, .arena = context->arena, .program = program, .topology = topology};
    lower->core = core_program_new(context->arena, &context->sources);
    lower->core->name = program_name(lower);
    lower_own_types(lower);
    return lower;
}

static void lower_streams(Lower *lower) {
    Topology *topology = lower->topology;
    lower_statics(lower);
    for (int i = 0; i < topology->source_count; i++) lower_source(lower, topology->streams.items[i]);
    for (int i = 0; i < topology->graphs.count; i++) lower_graph(lower, topology->graphs.items[i]);
}

static void lower_test(Lower *lower, Def *def, int number) {
    const char *name = arena_printf(lower->arena, "test.%d", number);
    Builder *b = builder_new(lower, core_fn_new(lower->core, name, lower->core->unit, def->span));
    lower_expr(b, def->ast->kid[test_body]);
    builder_return(b, operand_unit(), def->span);
    CoreTest test = {.name = def->name, .fn = b->fn};
    vec_push(lower->arena, &lower->core->tests, test);
}

static void lower_all_tests(Lower *lower) {
    for (int i = 0; i < lower->program->tests.count; i++) lower_test(lower, lower->program->tests.items[i], i);
}

// With the streams or the tests of the program. NULL, after a diagnostic, if specialisation has no end.
static CoreProgram *lower_all(Lower *lower, void (*lower_rest)(Lower *)) {
    if (setjmp(lower->too_deep)) return NULL;
    Span start = {lower->program->apps.items[0]->file, 0, 0};
    lower->core->setup = core_fn_new(lower->core, "setup", lower->core->unit, start);
    lower->setup = builder_new(lower, lower->core->setup);
    lower_params(lower);
    lower_constants(lower);
    lower_rest(lower);
    builder_return(lower->setup, operand_unit(), start);
    lower_pending(lower);
    return lower->core;
}

CoreProgram *lower_program(Context *context, Program *program, Topology *topology) {
    return lower_all(lower_new(context, program, topology), lower_streams);
}

CoreProgram *lower_tests(Context *context, Program *program) {
    return lower_all(lower_new(context, program, NULL), lower_all_tests);
}
