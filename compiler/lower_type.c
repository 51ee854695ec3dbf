#include "compiler/lower_internal.h"

#include <assert.h>
#include <string.h>

// How many types the type is made of, written out: 1 for what has no parts.
static int weight(Lower *lower, const CoreType *type) {
    int noted = unbox_number(map_get(&lower->weights, type));
    return noted < 0 ? 1 : noted;
}

// Types that grow from one use to the next are found by their weight, which may double each time: so it stops at the limit.
static CoreType *note_weight(Lower *lower, CoreType *type, CoreType **parts, int count) {
    int sum = 1;
    for (int i = 0; i < count && sum <= LOWER_MAX_WEIGHT; i++) sum += weight(lower, parts[i]);
    map_put(lower->arena, &lower->weights, type, box_number(sum));
    return type;
}

bool lower_is_too_heavy(Lower *lower, CoreType **types, int count) {
    int sum = 0;
    for (int i = 0; i < count && sum <= LOWER_MAX_WEIGHT; i++) sum += weight(lower, types[i]);
    return sum > LOWER_MAX_WEIGHT;
}

static CoreType *lower_type_param(Builder *b, Type *type) {
    for (int i = 0; i < b->substitution->count; i++)
        if (b->substitution->params[i] == type->def) return b->substitution->types[i];
    assert(!"a type parameter without a meaning");
    return NULL;
}

void lower_too_deep(Lower *lower, const Def *def) {
    Diags *diags = &lower->context->diags;
    Diag *diag = diag_add(diags, DIAG_TOO_DEEP, def->span, "`%s` is used at ever larger types", def->name);
    diag_here(diags, diag, "its type arguments grow without end");
    diag_help(diags, diag,
              "generic code is compiled once for each type it is used at; let the type stay the same in recursive uses");
    longjmp(lower->too_deep, 1);
}

static void own_types_of(Lower *lower, const Ast *tree) {
    for (int i = 0; tree && i < tree->kid[file_items]->kid_count; i++) {
        Ast *item = tree->kid[file_items]->kid[i];
        if (item->def && item->def->kind == DEF_TYPE) map_put(lower->arena, &lower->type_owners, item->def->name, item->def);
    }
}

void lower_own_types(Lower *lower) {
    for (int i = 0; i < lower->program->apps.count; i++) own_types_of(lower, lower->program->apps.items[i]->tree);
}

// The name of a record or enum at some type arguments, by which a data directory knows it. That of its module is part of it for
// an imported module, and for one of the library where the program has a type of this name.
static const char *named_type_name(Builder *b, Def *def, CoreType **args, int count) {
    Lower *lower = b->lower;
    Buf name = {0};
    Def *owner = map_get(&lower->type_owners, def->name);
    bool library = def->module->library;
    if (!owner && library) map_put(lower->arena, &lower->type_owners, def->name, def);
    bool plain = library && (!owner || owner == def);
    buf_puts(&name, plain ? def->name : lower_name_of(lower, def));
    for (int i = 0; i < count; i++) buf_printf(&name, "%s%s", i ? ", " : "[", args[i]->name);
    if (count) buf_putc(&name, ']');
    const char *symbol = intern(&lower->context->names, name.data, name.length);
    buf_free(&name);
    return symbol;
}

// True if a value of `type` lies within the value itself: not behind a list, map, set or function.
static bool contains_inline(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_FN) return false;
    BuiltinType builtin = type->kind == TYPE_CON ? type->def->builtin : BUILTIN_NONE;
    return builtin != BUILTIN_LIST && builtin != BUILTIN_MAP && builtin != BUILTIN_SET;
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
    Def *def = type_def(type);
    CoreType **args = ARENA_ARRAY(lower->arena, CoreType *, type->arg_count + 1);
    for (int i = 0; i < type->arg_count; i++) args[i] = lower_type(b, type->args[i]);
    if (lower_is_too_heavy(lower, args, type->arg_count)) lower_too_deep(lower, def);
    bool made;
    CoreTypeKind kind = def->form == FORM_RECORD ? CORE_STRUCT : CORE_ENUM;
    CoreType *result = core_type_named(lower->core, kind, named_type_name(b, def, args, type->arg_count), &made);
    if (!made) return result;
    note_weight(lower, result, args, type->arg_count);
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
    if (type->def->form == FORM_ALIAS)
        return lower_type(b, type_substitute(b->lower->arena, type->def->type, type->def->tparams, type->args, type->arg_count));
    switch (type->def->builtin) {
    case BUILTIN_INT: return core->integer;
    case BUILTIN_FLOAT: return core->floating;
    case BUILTIN_BOOL: return core->boolean;
    case BUILTIN_STRING: return core->string;
    case BUILTIN_NEVER: return core->never;
    case BUILTIN_LIST: {
        CoreType *elem = lower_type(b, type->args[0]);
        return note_weight(b->lower, core_type_list(core, elem), &elem, 1);
    }
    case BUILTIN_BYTES: return core->bytes;
    case BUILTIN_DURATION: return core->duration;
    case BUILTIN_ANY: return core->any;
    case BUILTIN_MAP: {
        CoreType *parts[] = {lower_type(b, type->args[0]), lower_type(b, type->args[1])};
        return note_weight(b->lower, core_type_map(core, parts[0], parts[1]), parts, 2);
    }
    case BUILTIN_SET: {
        CoreType *elem = lower_type(b, type->args[0]);
        return note_weight(b->lower, core_type_set(core, elem), &elem, 1);
    }
    case BUILTIN_FUTURE:
    case BUILTIN_PROMISE: {
        CoreType *elem = lower_type(b, type->args[0]);
        return note_weight(b->lower, core_type_future(core, elem), &elem, 1);
    }
    case BUILTIN_PORTAL:
    case BUILTIN_STREAM: assert(!"streams are not values"); return NULL;
    case BUILTIN_NONE: break;
    }
    return lower_named(b, type);
}

static CoreType *compound_type(CoreProgram *core, const Type *type, CoreType **parts) {
    if (type->kind == TYPE_TUPLE) return core_type_tuple(core, parts, type->arg_count);
    return core_type_fn(core, parts, type->arg_count - 1, parts[type->arg_count - 1]);
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
        if (type->arg_count == 0) return core->unit;
        return note_weight(b->lower, compound_type(core, type, parts), parts, type->arg_count);
    case TYPE_VAR:
    case TYPE_ERROR: break;
    }
    assert(!"every type is known");
    return NULL;
}

Type *lower_library_type(Lower *lower, const char *module, const char *name, Type **args, int count) {
    for (int i = 0; i < lower->context->modules.count; i++) {
        const Module *candidate = lower->context->modules.items[i];
        if (!candidate->library || strcmp(candidate->name, module) != 0) continue;
        const Ast *items = candidate->tree->kid[file_items];
        for (int k = 0; k < items->kid_count; k++) {
            Def *def = items->kid[k]->def;
            if (def && def->kind == DEF_TYPE && strcmp(def->name, name) == 0) return type_con(lower->arena, def, args, count);
        }
    }
    assert(!"the library has the type");
    return NULL;
}

CoreType *lower_error_type(Lower *lower) {
    return lower_type(lower->setup, lower_library_type(lower, "error", "Error", NULL, 0));
}

CoreType *lower_type_of(Builder *b, Ast *node) {
    return lower_type(b, node->type);
}
