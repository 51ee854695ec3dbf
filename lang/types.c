#include "lang/types.h"

#include <assert.h>
#include <string.h>

Type *type_new(Arena *arena, TypeKind kind, int arg_count) {
    Type *type = ARENA_NEW(arena, Type);
    type->kind = kind;
    type->arg_count = arg_count;
    if (arg_count) type->args = ARENA_ARRAY(arena, Type *, arg_count);
    return type;
}

Type *type_con(Arena *arena, Def *def, Type **args, int count) {
    Type *type = type_new(arena, TYPE_CON, count);
    type->def = def;
    for (int i = 0; i < count; i++) type->args[i] = args[i];
    return type;
}

Type *type_resolve(Type *type) {
    while (type->kind == TYPE_VAR && type->link) type = type->link;
    return type;
}

Def *type_def(const Type *type) {
    return type->def && type->def->equal ? type->def->equal : type->def;
}

bool type_equal(Type *a, Type *b) {
    a = type_resolve(a);
    b = type_resolve(b);
    if (a == b) return true;
    if (a->kind != b->kind || type_def(a) != type_def(b) || a->arg_count != b->arg_count || a->kind == TYPE_VAR) return false;
    for (int i = 0; i < a->arg_count; i++)
        if (!type_equal(a->args[i], b->args[i])) return false;
    return true;
}

bool type_is(Type *type, BuiltinType builtin) {
    type = type_resolve(type);
    return type->kind == TYPE_CON && type->def->builtin == builtin;
}

bool type_is_unit(Type *type) {
    type = type_resolve(type);
    return type->kind == TYPE_TUPLE && type->arg_count == 0;
}

bool type_is_task(Type *type) {
    type = type_resolve(type);
    return type->kind == TYPE_FN && type->arg_count == 2 && type_is(type->args[0], BUILTIN_STREAM) &&
           type_is(type->args[1], BUILTIN_STREAM);
}

Combinator combinator_of(const Def *def) {
    if (!def || def->kind != DEF_FN) return COMBINE_NOT;
    if (def_is_of_library(def, "stream", "steps")) return COMBINE_STEPS;
    if (def_is_of_library(def, "stream", "loop")) return COMBINE_LOOP;
    return def_is_of_library(def, "stream", "wrap") ? COMBINE_WRAP : COMBINE_NOT;
}

const char *builtin_module(BuiltinType builtin) {
    static const char *const names[] = {
        [BUILTIN_INT] = "int",   [BUILTIN_FLOAT] = "float",   [BUILTIN_BOOL] = "bool",       [BUILTIN_STRING] = "string",
        [BUILTIN_LIST] = "list", [BUILTIN_STREAM] = "stream", [BUILTIN_BYTES] = "bytes",     [BUILTIN_DURATION] = "duration",
        [BUILTIN_MAP] = "map",   [BUILTIN_SET] = "set",       [BUILTIN_PROMISE] = "promise",
        [BUILTIN_PORTAL] = NULL, // the last
    };
    return names[builtin];
}

bool def_is_of_library(const Def *def, const char *module, const char *name) {
    return def->module && def->module->library && strcmp(def->module->name, module) == 0 && strcmp(def->name, name) == 0;
}

bool def_is_effect_key(const Def *def) {
    return def_is_of_library(def, "task", "effect_key");
}

int type_measure(Type *type, int budget) {
    type = type_resolve(type);
    budget--;
    for (int i = 0; i < type->arg_count && budget > 0; i++) budget = type_measure(type->args[i], budget);
    return budget;
}

static void show_list(Type **types, int count, Buf *out) {
    for (int i = 0; i < count; i++) {
        if (i) buf_puts(out, ", ");
        type_show(types[i], out);
    }
}

// `A -> B`, `(A, B) -> C`; the only parameter takes parentheses of its own if it is a tuple or a function.
static void show_function(Type *type, Buf *out) {
    int params = type->arg_count - 1;
    TypeKind first = params == 1 ? type_resolve(type->args[0])->kind : TYPE_TUPLE;
    bool bare = first != TYPE_TUPLE && first != TYPE_FN;
    if (!bare) buf_putc(out, '(');
    show_list(type->args, params, out);
    if (!bare) buf_putc(out, ')');
    buf_puts(out, " -> ");
    type_show(type->args[params], out);
}

void type_show(Type *type, Buf *out) {
    type = type_resolve(type);
    switch (type->kind) {
    case TYPE_ERROR: buf_putc(out, '?'); return;
    case TYPE_VAR: buf_putc(out, '_'); return;
    case TYPE_PARAM: buf_puts(out, type->def->name); return;
    case TYPE_CON:
        buf_puts(out, type->def->name);
        if (!type->arg_count) return;
        buf_putc(out, '[');
        show_list(type->args, type->arg_count, out);
        buf_putc(out, ']');
        return;
    case TYPE_TUPLE:
        buf_putc(out, '(');
        show_list(type->args, type->arg_count, out);
        buf_putc(out, ')');
        return;
    case TYPE_FN: show_function(type, out); return;
    }
    assert(!"a kind of type");
}

const char *type_text(Arena *arena, Type *type) {
    Buf buf = {0};
    type_show(type, &buf);
    const char *text = arena_copy_string(arena, buf.data, buf.length);
    buf_free(&buf);
    return text;
}

static Type *substitute_param(Type *type, Def **params, Type **args, int count) {
    int index = type->def->index;
    if (index < count && params[index] == type->def) return args[index];
    return type;
}

Type *type_substitute(Arena *arena, Type *type, Def **params, Type **args, int count) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM) return substitute_param(type, params, args, count);
    Type *changed = NULL;
    for (int i = 0; i < type->arg_count; i++) {
        Type *arg = type_substitute(arena, type->args[i], params, args, count);
        if (arg == type->args[i]) continue;
        if (!changed) {
            changed = type_new(arena, type->kind, type->arg_count);
            changed->def = type->def;
            for (int k = 0; k < type->arg_count; k++) changed->args[k] = type->args[k];
        }
        changed->args[i] = arg;
    }
    return changed ? changed : type;
}
