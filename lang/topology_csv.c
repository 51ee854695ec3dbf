#include "lang/topology_internal.h"

// What a line of CSV can be: a record of values without parts, some of which may be missing.

static bool is_scalar(const Type *type) {
    if (type->kind != TYPE_CON) return false;
    switch (type->def->builtin) {
    case BUILTIN_INT:
    case BUILTIN_FLOAT:
    case BUILTIN_BOOL:
    case BUILTIN_STRING:
    case BUILTIN_DURATION: return true;
    case BUILTIN_NONE: break;
    default: return false;
    }
    if (type->def->form != FORM_ENUM) return false;
    for (int i = 0; i < type->def->member_count; i++)
        if (type->def->members[i]->member_count) return false;
    return true;
}

static bool is_library_type(const Type *type, const char *module, const char *name) {
    return type->kind == TYPE_CON && def_is_of_library(type->def, module, name);
}

static bool is_field(Type *type) {
    type = type_resolve(type);
    if (is_library_type(type, "option", "Option")) type = type_resolve(type->args[0]);
    return is_scalar(type);
}

// Result[T, Error] where it is read: a mistake is an Err.
static Type *record_of(const Node *node, Type *type) {
    type = type_resolve(type);
    bool errors = node->kind == NODE_CSV && is_library_type(type, "result", "Result") &&
                  is_library_type(type_resolve(type->args[1]), "error", "Error");
    return errors ? type_resolve(type->args[0]) : type;
}

static Diag *report(Builder *b, const Node *node, Type *record) {
    return diag_add(&b->context->diags, DIAG_NO_CSV, node->span, "%s is no line of CSV", type_text(b->context->arena, record));
}

static void finish(Builder *b, const Node *node, Diag *diag) {
    topology_label_use(b->context, diag, node->within);
    diag_help(
        &b->context->diags, diag,
        "a line is a record of Int, Float, Bool, String, Duration, enums without fields, and Options of these; JSON has all "
        "types");
}

void topology_check_csv(Builder *b, const Node *node, Type *event) {
    Type *record = record_of(node, event);
    if (record->kind != TYPE_CON || record->def->form != FORM_RECORD || !record->def->members[0]->member_count) {
        Diag *diag = report(b, node, record);
        diag_here(&b->context->diags, diag, "it is no record with fields, which are the columns");
        finish(b, node, diag);
        return;
    }
    const Def *def = record->def, *fields = def->members[0];
    for (int i = 0; i < fields->member_count; i++) {
        Type *type = type_substitute(b->context->arena, fields->members[i]->type, def->tparams, record->args, def->tparam_count);
        if (is_field(type)) continue;
        Diag *diag = report(b, node, record);
        diag_here(&b->context->diags, diag, "`%s.%s` is %s, which is no single value", def->name, fields->members[i]->name,
                  type_text(b->context->arena, type));
        finish(b, node, diag);
        return;
    }
}
