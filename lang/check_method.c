#include "lang/check_internal.h"

// Methods: which function `x.f(...)` calls.

static void unknown_receiver(Checker *c, const Ast *callee) {
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_INFER, callee->kid[member_object]->span,
                          "the type of this must be known to call `.%s(...)` on it", callee->name);
    diag_here(c->diags, diag, "its type is not known yet");
    const Module *module = report_module_with(c, callee->name);
    if (module)
        diag_help(c->diags, diag, "annotate it where it is bound, or call the function by its module: `%s.%s(...)`", module->name,
                  callee->name);
    else
        diag_help(c->diags, diag, "annotate it where it is bound, or pass the closure where its parameter types are known");
}

static const char *field_holding_function(const Type *type, Symbol name) {
    if (type->kind != TYPE_CON || type->def->form != FORM_RECORD) return NULL;
    const Def *ctor = type->def->members[0];
    for (int i = 0; i < ctor->member_count; i++)
        if (ctor->members[i]->name == name) return ctor->members[i]->name;
    return NULL;
}

static void help_unknown_method(Checker *c, Diag *diag, const Ast *callee, Type *type, const Module *module) {
    Symbol name = callee->name;
    if (type_is(type, BUILTIN_FUTURE)) {
        diag_help(c->diags, diag, "a future has no functions: `(await f).%s(...)` waits for what comes of it", name);
        return;
    }
    if (field_holding_function(type, name)) {
        diag_help(c->diags, diag, "to call the function in the field `%s`, write `(x.%s)(...)`", name, name);
        return;
    }
    Def *own = map_get(&c->module->scope, name);
    if (own && own->kind == DEF_FN) {
        diag_help(c->diags, diag, "methods belong to the module of the type; write `%s(x)` or `x |> %s`", name, name);
        return;
    }
    DefList names = {0};
    for (size_t i = 0; module && i < module->scope.capacity; i++)
        if (module->scope.entries[i].key) vec_push(c->arena, &names.items, (Def *)module->scope.entries[i].value);
    const char *similar = module ? report_other_name(c, &module->scope, name) : NULL;
    if (!similar) similar = report_nearest_def(c, name, names.items.items, names.items.count);
    if (similar) diag_help(c->diags, diag, "did you mean `%s`?", similar);
}

static void unknown_method(Checker *c, const Ast *callee, Type *type, const Module *module) {
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_MEMBER, resolve_name_span(callee), "%s has no function `%s`",
                          report_type(c, type), callee->name);
    diag_here(c->diags, diag, "no such function");
    diag_label(c->diags, diag, callee->kid[member_object]->span, "this is %s", report_type(c, type));
    help_unknown_method(c, diag, callee, type, module);
}

void check_prepend(Checker *c, Ast *node, Ast *first) {
    Ast *args = node->kid[call_args], *longer = ast_list(c->arena, args->span);
    ast_append(c->arena, longer, first);
    for (int i = 0; i < args->kid_count; i++) ast_append(c->arena, longer, args->kid[i]);
    node->kid[call_args] = longer;
}

Def *check_method(Checker *c, Ast *call) {
    Ast *callee = call->kid[call_callee], *object = callee->kid[member_object];
    Type *type = type_resolve(check_expr(c, object, NULL));
    if (type->kind == TYPE_ERROR) return NULL;
    Module *module = type->kind == TYPE_VAR ? NULL : check_module_of(c, type);
    Def *def = module ? map_get(&module->scope, callee->name) : NULL;
    if (!def || (def->kind != DEF_FN && !def->parametric)) {
        if (type->kind == TYPE_VAR)
            unknown_receiver(c, callee);
        else
            unknown_method(c, callee, type, module);
        return NULL;
    }
    check_prepend(c, call, object);
    callee->kind = AST_name;
    callee->kid_count = 0;
    callee->qualifier = module->library ? module->name : NULL;
    callee->span = resolve_name_span(callee);
    return def;
}
