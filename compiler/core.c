// core.c - making a core program: types, functions, blocks, instructions, operands.
#include "compiler/core.h"

#include <assert.h>
#include <string.h>

// ---- types -------------------------------------------------------------------------------------------------------------

static CoreType *add_type(CoreProgram *program, CoreTypeKind kind, const char *name) {
    CoreType *type = ARENA_NEW(program->arena, CoreType);
    type->kind = kind;
    type->name = name;
    type->id = program->types.count;
    vec_push(program->arena, &program->types, type);
    return type;
}

// Types are found by a text that tells their structure in numbers of other types, never by what they are called: a record of the
// user's may be called Int.
static CoreType *find_type(CoreProgram *program, CoreTypeKind kind, Buf *structure, bool *made) {
    Symbol key = intern(&program->type_keys, structure->data, structure->length);
    buf_free(structure);
    CoreType *type = map_get(program->type_table, key);
    *made = !type;
    if (type) return type;
    type = add_type(program, kind, NULL);
    map_put(program->arena, program->type_table, key, type);
    return type;
}

static const char *take_text(CoreProgram *program, Buf *buf) {
    const char *text = arena_copy_string(program->arena, buf->data, buf->length);
    buf_free(buf);
    return text;
}

// A name as a part of another one. A type may contain another one twice, and so on: long names are cut to a number, so that names
// do not grow without bound.
static void put_name(Buf *out, const CoreType *type) {
    enum { MAX_PART = 200 };
    if (strlen(type->name) <= MAX_PART)
        buf_puts(out, type->name);
    else
        buf_printf(out, "...#%d", type->id);
}

static void put_names(Buf *out, CoreType **types, int count) {
    for (int i = 0; i < count; i++) {
        if (i) buf_puts(out, ", ");
        put_name(out, types[i]);
    }
}

static CoreType **copy_types(CoreProgram *program, CoreType **types, int count) {
    CoreType **copy = ARENA_ARRAY(program->arena, CoreType *, count);
    if (count) memcpy(copy, types, sizeof(CoreType *) * (size_t)count);
    return copy;
}

// A type of up to two others: "List[Int]", "Map[String, Int]".
static CoreType *container(CoreProgram *program, CoreTypeKind kind, const char *name, CoreType *elem, CoreType *mapped) {
    Buf key = {0};
    buf_printf(&key, "%s %d %d", name, elem->id, mapped ? mapped->id : -1);
    bool made;
    CoreType *type = find_type(program, kind, &key, &made);
    if (!made) return type;
    type->elem = elem;
    type->mapped = kind == CORE_SET ? program->unit : mapped;
    Buf text = {0};
    buf_printf(&text, "%s[", name);
    put_name(&text, elem);
    if (mapped) {
        buf_puts(&text, ", ");
        put_name(&text, mapped);
    }
    buf_putc(&text, ']');
    type->name = take_text(program, &text);
    return type;
}

CoreType *core_type_list(CoreProgram *program, CoreType *elem) {
    return container(program, CORE_LIST, "List", elem, NULL);
}

CoreType *core_type_map(CoreProgram *program, CoreType *key, CoreType *mapped) {
    return container(program, CORE_MAP, "Map", key, mapped);
}

CoreType *core_type_set(CoreProgram *program, CoreType *elem) {
    return container(program, CORE_SET, "Set", elem, NULL);
}

CoreType *core_type_future(CoreProgram *program, CoreType *elem) {
    return container(program, CORE_FUTURE, "Future", elem, NULL);
}

// `A -> R`; brackets where there is not exactly one parameter, or it would read as several.
static const char *fn_name(CoreProgram *program, CoreType **params, int count, CoreType *result) {
    Buf name = {0};
    bool plain = count == 1 && params[0]->kind != CORE_FN && params[0]->name[0] != '(';
    if (!plain) buf_putc(&name, '(');
    put_names(&name, params, count);
    if (!plain) buf_putc(&name, ')');
    buf_puts(&name, " -> ");
    put_name(&name, result);
    return take_text(program, &name);
}

CoreType *core_type_fn(CoreProgram *program, CoreType **params, int count, CoreType *result) {
    Buf key = {0};
    buf_printf(&key, "fn %d", result->id);
    for (int i = 0; i < count; i++) buf_printf(&key, " %d", params[i]->id);
    bool made;
    CoreType *type = find_type(program, CORE_FN, &key, &made);
    if (made) {
        type->params = copy_types(program, params, count);
        type->param_count = count;
        type->result = result;
        type->name = fn_name(program, params, count, result);
    }
    return type;
}

static void fill_tuple(CoreProgram *program, CoreType *type, CoreType **elems, int count) {
    CoreVariant *variant = ARENA_NEW(program->arena, CoreVariant);
    variant->fields = ARENA_ARRAY(program->arena, CoreField, count);
    variant->field_count = count;
    for (int i = 0; i < count; i++) variant->fields[i].type = elems[i];
    type->variants = variant;
    type->variant_count = 1;
    Buf name = {0};
    buf_putc(&name, '(');
    put_names(&name, elems, count);
    buf_puts(&name, count == 1 ? ",)" : ")");
    type->name = take_text(program, &name);
}

CoreType *core_type_tuple(CoreProgram *program, CoreType **elems, int count) {
    if (count == 0) return program->unit;
    Buf key = {0};
    buf_puts(&key, "tuple");
    for (int i = 0; i < count; i++) buf_printf(&key, " %d", elems[i]->id);
    bool made;
    CoreType *type = find_type(program, CORE_STRUCT, &key, &made);
    if (made) fill_tuple(program, type, elems, count);
    return type;
}

CoreType *core_type_address(CoreProgram *program) {
    CoreType *parts[] = {program->integer, program->integer, program->integer};
    return core_type_tuple(program, parts, 3);
}

CoreType *core_type_named(CoreProgram *program, CoreTypeKind kind, const char *name, bool *made) {
    assert(kind == CORE_STRUCT || kind == CORE_ENUM);
    Buf key = {0};
    buf_printf(&key, "named %s", name);
    CoreType *type = find_type(program, kind, &key, made);
    if (*made) type->name = arena_copy_string(program->arena, name, strlen(name));
    assert(type->kind == kind);
    return type;
}

// ---- program and functions -----------------------------------------------------------------------------------------------

CoreProgram *core_program_new(Arena *arena, const Sources *sources) {
    CoreProgram *program = ARENA_NEW(arena, CoreProgram);
    program->arena = arena;
    program->sources_text = sources;
    program->type_table = ARENA_NEW(arena, Map);
    program->type_keys.arena = arena;
    program->unit = add_type(program, CORE_UNIT, "()");
    program->never = add_type(program, CORE_NEVER, "Never");
    program->integer = add_type(program, CORE_INT, "Int");
    program->floating = add_type(program, CORE_FLOAT, "Float");
    program->boolean = add_type(program, CORE_BOOL, "Bool");
    program->string = add_type(program, CORE_STRING, "String");
    program->bytes = add_type(program, CORE_BYTES, "Bytes");
    program->duration = add_type(program, CORE_DURATION, "Duration");
    program->any = add_type(program, CORE_ANY, "Any");
    program->entry = add_type(program, CORE_ENTRY, "Entry");
    program->frame = add_type(program, CORE_FRAME, "Frame");
    return program;
}

CoreFn *core_fn_new(CoreProgram *program, const char *name, CoreType *result, Span span) {
    CoreFn *fn = ARENA_NEW(program->arena, CoreFn);
    fn->name = fn->title = name;
    fn->result = result;
    fn->span = span;
    fn->body = core_block_new(program);
    fn->id = program->fns.count;
    vec_push(program->arena, &program->fns, fn);
    return fn;
}

int core_local(CoreProgram *program, CoreFn *fn, CoreType *type, const char *name) {
    CoreLocal local = {.type = type, .name = name};
    vec_push(program->arena, &fn->locals, local);
    return fn->locals.count - 1;
}

CoreBlock *core_block_new(CoreProgram *program) {
    return ARENA_NEW(program->arena, CoreBlock);
}

CoreInst *core_inst(CoreProgram *program, CoreBlock *block, CoreOp op, int dst, int arg_count, int block_count, Span span) {
    CoreInst *inst = ARENA_NEW(program->arena, CoreInst);
    inst->op = op;
    inst->dst = dst;
    inst->args = ARENA_ARRAY(program->arena, CoreOperand, arg_count);
    inst->arg_count = arg_count;
    inst->blocks = ARENA_ARRAY(program->arena, CoreBlock *, block_count);
    inst->block_count = block_count;
    inst->span = span;
    vec_push(program->arena, &block->insts, inst);
    return inst;
}

// ---- operands --------------------------------------------------------------------------------------------------------------

CoreOperand operand_local(int local) {
    return (CoreOperand){.kind = OPERAND_LOCAL, .local = local};
}

CoreOperand operand_unit(void) {
    return (CoreOperand){.kind = OPERAND_UNIT};
}

CoreOperand operand_int(int64_t value) {
    return (CoreOperand){.kind = OPERAND_INT, .int_value = value};
}

CoreOperand operand_float(double value) {
    return (CoreOperand){.kind = OPERAND_FLOAT, .float_value = value};
}

CoreOperand operand_bool(bool value) {
    return (CoreOperand){.kind = OPERAND_BOOL, .int_value = value};
}

CoreOperand operand_string(const char *text, size_t length) {
    return (CoreOperand){.kind = OPERAND_STRING, .text = text, .length = length};
}

CoreType *core_operand_type(const CoreProgram *program, const CoreFn *fn, CoreOperand operand) {
    switch (operand.kind) {
    case OPERAND_LOCAL: return fn->locals.items[operand.local].type;
    case OPERAND_UNIT: return program->unit;
    case OPERAND_INT: return program->integer;
    case OPERAND_FLOAT: return program->floating;
    case OPERAND_BOOL: return program->boolean;
    case OPERAND_STRING: return program->string;
    }
    assert(!"a kind of operand");
    return program->never;
}

// ---- control -----------------------------------------------------------------------------------------------------------------

// True if a `break` of the loop whose body (or part of whose body) this is can be reached.
static bool breaks(const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_BREAK) return true;
        if (inst->op != CORE_OP_IF) continue;
        for (int j = 0; j < inst->block_count; j++)
            if (breaks(inst->blocks[j])) return true;
    }
    return false;
}

static bool all_end(const CoreInst *inst) {
    for (int i = 0; i < inst->block_count; i++)
        if (!core_block_ends(inst->blocks[i])) return false;
    return true;
}

bool core_block_ends(const CoreBlock *block) {
    if (block->insts.count == 0) return false;
    const CoreInst *last = block->insts.items[block->insts.count - 1];
    switch (last->op) {
    case CORE_OP_BREAK:
    case CORE_OP_CONTINUE:
    case CORE_OP_RETURN:
    case CORE_OP_FAIL:
    case CORE_OP_RAISE:
    case CORE_OP_UNREACHABLE: return true;
    case CORE_OP_IF: return all_end(last);
    case CORE_OP_LOOP: return !breaks(last->blocks[0]);
    default: return false;
    }
}

bool core_returns_next(const CoreFn *fn, const CorePlace *place, int local) {
    for (; place; place = place->outer) {
        for (int i = place->index + 1; i < place->block->insts.count; i++) {
            const CoreInst *inst = place->block->insts.items[i];
            bool same = inst->arg_count == 1 && inst->args[0].kind == OPERAND_LOCAL && inst->args[0].local == local;
            if (inst->op == CORE_OP_RETURN) return same || fn->result->kind == CORE_UNIT || fn->result->kind == CORE_NEVER;
            if (inst->op != CORE_OP_COPY || !same) return false;
            local = inst->dst;
        }
        if (place->in_loop) return false;
    }
    return false;
}
