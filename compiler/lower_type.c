#include "compiler/lower_internal.h"

#include <assert.h>
#include <string.h>

// Types that nest deeper than this are taken for a specialisation that never ends.
enum { MAX_TYPE_NAME = 2000 };

static CoreType *lower_type_param(Builder *b, Type *type) {
    for (int i = 0; i < b->substitution->count; i++)
        if (b->substitution->params[i] == type->def) return b->substitution->types[i];
    assert(!"a type parameter without a meaning");
    return NULL;
}

static void report_too_deep(Builder *b, Def *def) {
    if (b->lower->too_deep) return;
    b->lower->too_deep = true;
    Diag *diag = diag_add(&b->lower->context->diags, DIAG_TOO_DEEP, def->span, "`%s` is used at ever larger types", def->name);
    diag_help(&b->lower->context->diags, diag, "generic code is compiled once for each type it is used at; let the type stay the same in recursive calls");
}

// The name of a record or enum at some type arguments; that of the module is added where another type has the name already.
static const char *named_type_name(Builder *b, Def *def, CoreType **args, int count) {
    Lower *lower = b->lower;
    Buf name = {0};
    Def *owner = map_get(&lower->type_owners, def->name);
    if (!owner) map_put(lower->arena, &lower->type_owners, def->name, def);
    if (owner && owner != def) buf_printf(&name, "%s.", def->module->name);
    buf_puts(&name, def->name);
    for (int i = 0; i < count; i++) buf_printf(&name, "%s%s", i ? ", " : "[", args[i]->name);
    if (count) buf_putc(&name, ']');
    if (name.length > MAX_TYPE_NAME) report_too_deep(b, def);
    const char *symbol = intern(&lower->context->names, name.data, name.length);
    buf_free(&name);
    return symbol;
}

// True if a value of `type` lies within the value itself: not behind a list or a function.
static bool contains_inline(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_FN) return false;
    return !(type->kind == TYPE_CON && type->def->builtin == BUILTIN_LIST);
}

// A field of a recursive type is boxed if its own type may lead back to it.
static bool mentions_recursive(Type *type) {
    type = type_resolve(type);
    if (!contains_inline(type)) return false;
    if (type->kind == TYPE_CON && type->def->recursive) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (mentions_recursive(type->args[i])) return true;
    return false;
}

static void lower_variant(Builder *b, Def *ctor, bool recursive, CoreVariant *variant) {
    variant->name = ctor->name;
    variant->field_count = ctor->member_count;
    variant->fields = ARENA_ARRAY(b->lower->arena, CoreField, ctor->member_count);
    for (int i = 0; i < ctor->member_count; i++) {
        Def *field = ctor->members[i];
        variant->fields[i] = (CoreField){
            .name = field->name, .type = lower_type(b, field->type), .boxed = recursive && mentions_recursive(field->type)};
    }
}

static CoreType *lower_named(Builder *b, Type *type) {
    Lower *lower = b->lower;
    Def *def = type->def;
    CoreType **args = ARENA_ARRAY(lower->arena, CoreType *, type->arg_count + 1);
    for (int i = 0; i < type->arg_count; i++) args[i] = lower_type(b, type->args[i]);
    if (lower->too_deep) return lower->core->unit;
    bool made;
    CoreTypeKind kind = def->form == FORM_RECORD ? CORE_STRUCT : CORE_ENUM;
    CoreType *result = core_type_named(lower->core, kind, named_type_name(b, def, args, type->arg_count), &made);
    if (!made) return result;
    result->variant_count = def->member_count;
    result->variants = ARENA_ARRAY(lower->arena, CoreVariant, def->member_count);
    Substitution inner = {def->tparams, args, def->tparam_count};
    Substitution *outer = b->substitution;
    b->substitution = &inner;
    for (int i = 0; i < def->member_count; i++) lower_variant(b, def->members[i], def->recursive, &result->variants[i]);
    b->substitution = outer;
    return result;
}

static CoreType *lower_con(Builder *b, Type *type) {
    CoreProgram *core = b->lower->core;
    if (type->def->form == FORM_ALIAS) return lower_type(b, type_substitute(b->lower->arena, type->def->type, type->def->tparams, type->args, type->arg_count));
    switch (type->def->builtin) {
    case BUILTIN_INT: return core->integer;
    case BUILTIN_FLOAT: return core->floating;
    case BUILTIN_BOOL: return core->boolean;
    case BUILTIN_STRING: return core->string;
    case BUILTIN_NEVER: return core->never;
    case BUILTIN_LIST: return core_type_list(core, lower_type(b, type->args[0]));
    case BUILTIN_STREAM: assert(!"streams are not values"); return NULL;
    case BUILTIN_NONE: break;
    }
    return lower_named(b, type);
}

CoreType *lower_type(Builder *b, Type *type) {
    type = type_resolve(type);
    CoreProgram *core = b->lower->core;
    CoreType **parts = ARENA_ARRAY(b->lower->arena, CoreType *, type->arg_count + 1);
    switch (type->kind) {
    case TYPE_PARAM: return lower_type_param(b, type);
    case TYPE_CON: return lower_con(b, type);
    case TYPE_TUPLE:
    case TYPE_FN:
        for (int i = 0; i < type->arg_count; i++) parts[i] = lower_type(b, type->args[i]);
        if (type->kind == TYPE_TUPLE) return core_type_tuple(core, parts, type->arg_count);
        return core_type_fn(core, parts, type->arg_count - 1, parts[type->arg_count - 1]);
    case TYPE_VAR:
    case TYPE_ERROR: break;
    }
    assert(!"every type is known");
    return NULL;
}

CoreType *lower_type_of(Builder *b, Ast *node) {
    return lower_type(b, node->type);
}
