#include "lang/check_internal.h"
#include "lang/outside.h"

#include <string.h>

#include "lang/duration.h"

// What names mean: values, constructors, fields, functions of modules, type application.

// ---- values ----------------------------------------------------------------------------------------------------------

static Def *find_global(Checker *c, Symbol name) {
    Symbol shipped = outside_library_name(c->context, name);
    if (shipped) return map_get(&c->stream_module->scope, shipped);
    Def *def = map_get(&c->module->scope, name);
    if (def) return def;
    Module *another, *module = resolve_importer(c, NAMES_VALUES, name, &another);
    if (module) return map_get(&module->scope, name);
    def = c->stream_module ? map_get(&c->stream_module->scope, name) : NULL;
    return def || !c->task_module ? def : map_get(&c->task_module->scope, name);
}

Def *check_peek(Checker *c, const Ast *node) {
    if (node->qualifier) {
        const Module *module = resolve_find_module(c, node->qualifier);
        return module ? map_get(&module->scope, node->name) : node->def;
    }
    const Slot *slot = infer_lookup(c, node->name);
    return slot ? slot->def : find_global(c, node->name);
}

// True, with a diagnostic, if the name is not the module's own and several imported modules have it.
static bool is_ambiguous(Checker *c, NameSpace space, const Map *own, Symbol name, Span span) {
    return !map_get(own, name) && resolve_is_ambiguous(c, space, name, span);
}

static bool captured_var(Checker *c, const Slot *slot, Span span) {
    bool closure = slot->closure_depth != c->body->closure_depth;
    if (!slot->def->mutable || (!closure && slot->spawn_depth == c->body->spawn_depth)) return false;
    Diag *diag = diag_add(c->diags, DIAG_CAPTURED_VAR, span, "a %s cannot use the variable `%s`", closure ? "closure" : "`spawn`",
                          slot->def->name);
    diag_here(c->diags, diag, "used within a %s", closure ? "closure" : "block that runs beside the others");
    report_label(c, diag, slot->def->span, "declared by `var`");
    if (closure)
        diag_help(c->diags, diag, "closures capture values: bind the present value with `let` before the closure");
    else
        diag_help(c->diags, diag,
                  "a `spawn` captures values: bind the present value with `let` before it, and await what it gives");
    return true;
}

static void add_edge(Checker *c, Def *to) {
    bool part = to->kind == DEF_CONST && to->owner;
    Edge edge = {c->body->owner, part ? to->owner : to};
    vec_push(c->arena, &c->edges, edge);
}

// From here to the end of its scope an unknown name has the type of what is already reported.
static void bind_unknown(Checker *c, Ast *node) {
    if (!c->body) return;
    Def *def = resolve_def(c, DEF_LOCAL, node->name, node, node->span);
    def->type = c->error_type;
    infer_bind(c, def);
}

Def *check_find_value(Checker *c, Ast *node) {
    if (node->qualifier) return node->def; // found by check_module_member
    Slot *slot = infer_lookup(c, node->name);
    if (slot) {
        node->def = slot->def;
        return captured_var(c, slot, node->span) ? NULL : slot->def;
    }
    if (is_ambiguous(c, NAMES_VALUES, &c->module->scope, node->name, node->span)) {
        bind_unknown(c, node);
        return NULL;
    }
    Def *def = find_global(c, node->name);
    if (!def) {
        if (resolve_find_module(c, node->name)) {
            Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_NAME, node->span, "`%s` is a module, which is no value", node->name);
            diag_here(c->diags, diag, "expected a value");
            diag_help(c->diags, diag, "its functions are written `%s.function`", node->name);
        } else {
            report_unknown_value(c, node->name, node->span);
            bind_unknown(c, node);
        }
        return NULL;
    }
    node->def = def;
    return def;
}

static bool makes_future(const Def *def) {
    return strcmp(def->name, "sleep") == 0 || strcmp(def->name, "promise") == 0 || strcmp(def->name, "any") == 0;
}

// Time and chance belong to the step that a task is in, futures and promises to the task. False after a diagnostic.
static bool check_task_code(Checker *c, const Ast *node, const Def *def) {
    if (def->module != c->task_module || c->module == c->task_module) return true;
    if (makes_future(def)) return check_can_wait(c, resolve_name_span(node), arena_printf(c->arena, "`%s`", def->name));
    if (c->body && c->body->task) {
        if (def_is_effect_key(def)) c->body->task->effect_keys = true;
        return true;
    }
    Diag *diag = diag_add(c->diags, DIAG_NOT_IN_TASK, resolve_name_span(node), "`%s` is only for the code of tasks", def->name);
    diag_here(c->diags, diag, "this is not in a handler or function of a task");
    diag_help(c->diags, diag, "call it in a task, and pass on what it gives");
    return false;
}

Type *check_use(Checker *c, Ast *node, Def *def) {
    node->def = def;
    switch (def->kind) {
    case DEF_FN:
        if (def->owner) return infer_instantiate(c, def, node);
        if (!check_task_code(c, node, def)) return c->error_type;
        add_edge(c, def);
        check_def_type(c, def);
        return infer_instantiate(c, def, node);
    case DEF_CTOR:
    case DEF_TASK: return infer_instantiate(c, def, node);
    case DEF_CONST:
    case DEF_PARAM:
    case DEF_STREAM:
    case DEF_SEQUENCER:
    case DEF_SPLITTER:
    case DEF_PORTAL:
    case DEF_USE:
    case DEF_WORKFLOW: {
        add_edge(c, def);
        Type *type = check_def_type(c, def);
        if (type->kind != TYPE_ERROR) return infer_instantiate(c, def, node);
        c->body->tainted = true;
        return type;
    }
    default:
        if (def->type->kind == TYPE_ERROR) c->body->tainted = true;
        return def->type;
    }
}

// `sleep`, `promise` and `any` belong to the task that calls them.
static Type *uncalled(Checker *c, const Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_WAIT, node->span, "`%s` can only be called", node->name);
    diag_here(c->diags, diag, "it belongs to the task, and is no value");
    return c->error_type;
}

// A function that is passed on, not called.
static Type *use_as_value(Checker *c, Ast *node, Def *def) {
    if (def->generator) return check_uncalled_generator(c, node, def);
    if (def->kind == DEF_TASK) {
        Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "the task `%s` is no value", def->name);
        diag_here(c->diags, diag, "a task stands behind `|>`");
        diag_help(c->diags, diag, "`xs |> %s` applies it to the stream `xs`", def->name);
        return c->error_type;
    }
    if (def->parametric) return check_uncalled_workflow(c, node, def);
    if (check_is_portal(def)) return check_portal_as_value(c, node, def);
    if (def->inner) return check_inner_as_value(c, node);
    if (def->kind == DEF_FN && combinator_of(def) != COMBINE_NOT)
        return check_task_as_value(c, node, arena_printf(c->arena, "`%s`", def->name));
    if (def->kind == DEF_LOCAL && type_is_task(def->type)) return check_parameter_as_value(c, node);
    if (def->kind == DEF_FN && def->module == c->task_module && makes_future(def)) return uncalled(c, node);
    return check_use(c, node, def);
}

bool check_means_seal(Checker *c, const Ast *name) {
    bool seal = strcmp(name->name, "seal") == 0 && !name->qualifier;
    return seal && !infer_lookup(c, name->name) && !find_global(c, name->name);
}

Type *check_name(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    if (check_means_seal(c, node)) return check_seal(c, node);
    Def *def = check_find_value(c, node);
    return def ? use_as_value(c, node, def) : c->error_type;
}

// ---- constructors ----------------------------------------------------------------------------------------------------

static Def *only_candidate(const DefList *list) {
    for (int i = 1; i < list->items.count; i++)
        if (list->items.items[i]->owner != list->items.items[0]->owner) return NULL;
    return list->items.items[0];
}

static Def *candidate_of(const DefList *list, const Def *owner) {
    for (int i = 0; list && i < list->items.count; i++)
        if (list->items.items[i]->owner == owner) return list->items.items[i];
    return NULL;
}

// The type whose constructor is expected: itself, or what an expected function gives.
static Def *expected_owner(Type *type) {
    type = type ? type_resolve(type) : NULL;
    if (type && type->kind == TYPE_FN) type = type_resolve(type->args[type->arg_count - 1]);
    return type && type->kind == TYPE_CON ? type->def : NULL;
}

static Def *ambiguous_ctor(Checker *c, const Ast *node, const DefList *list) {
    const char *first = list->items.items[0]->owner->name, *second = list->items.items[1]->owner->name;
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_INFER, resolve_name_span(node), "`%s` is a constructor of both %s and %s",
                          node->name, first, second);
    diag_here(c->diags, diag, "nothing says which is meant");
    diag_help(c->diags, diag, "write `%s.%s` or `%s.%s`", first, node->name, second, node->name);
    return NULL;
}

// The constructor of this name of a module, or the task; `list` (or NULL) holds the constructors. NULL if they are of several
// types, none of which is expected, after a diagnostic; or if there is none.
static Def *choose_ctor(Checker *c, const Ast *node, const DefList *list, const Module *module, const Def *owner) {
    if (!list) return map_get(&module->scope, node->name);
    Def *found = candidate_of(list, owner);
    if (!found) found = only_candidate(list);
    return found ? found : ambiguous_ctor(c, node, list);
}

static void unknown_in_module(Checker *c, const Ast *node, const Module *module) {
    Span span = resolve_name_span(node);
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_NAME, span, "the module `%s` has no constructor or task `%s`", node->qualifier,
                          node->name);
    diag_here(c->diags, diag, "not found in `%s`", node->qualifier);
    const char *similar = report_nearest_ctor(c, module, node->name);
    if (similar) diag_help(c->diags, diag, "did you mean `%s.%s`?", node->qualifier, similar);
}

static Def *ctor_of_module(Checker *c, Ast *node, Module *module, const Def *owner) {
    int errors = c->diags->errors;
    Def *found = choose_ctor(c, node, map_get(&resolve_names(c, module)->ctors, node->name), module, owner);
    if (!found && c->diags->errors == errors) unknown_in_module(c, node, module);
    return found;
}

static Def *qualified_ctor(Checker *c, Ast *node, Type *expected) {
    Module *module = resolve_find_module(c, node->qualifier);
    if (module) return ctor_of_module(c, node, module, expected_owner(expected));
    if (is_ambiguous(c, NAMES_TYPES, &resolve_names(c, c->module)->types, node->qualifier, node->span)) return NULL;
    Def *type = resolve_find_type(c, NULL, node->qualifier);
    if (type && type->form == FORM_ALIAS && type->type && type->type->kind == TYPE_CON) type = type->type->def;
    if (!type) {
        if (node->qualifier[0] > 'Z')
            report_unknown_module(c, node->qualifier, node->span);
        else
            report_unknown_type(c, node->qualifier, node->span);
        return NULL;
    }
    for (int i = 0; i < type->member_count; i++)
        if (type->members[i]->name == node->name) return type->members[i];
    report_unknown_ctor(c, node->name, resolve_name_span(node), type);
    return NULL;
}

// The constructor of the expected type, wherever it is declared.
static Def *expected_ctor(Symbol name, const Def *owner) {
    for (int i = 0; owner && i < owner->member_count; i++)
        if (owner->members[i]->name == name) return owner->members[i];
    return NULL;
}

// Without a type that is expected: the module's own, then what it imports, then what the library has.
static Def *visible_ctor(Checker *c, const Ast *node) {
    const DefList *own = map_get(&resolve_names(c, c->module)->ctors, node->name), *library = map_get(&c->ctors, node->name);
    if (own || map_get(&c->module->scope, node->name)) return choose_ctor(c, node, own, c->module, NULL);
    if (resolve_is_ambiguous(c, NAMES_CTORS, node->name, resolve_name_span(node))) return NULL;
    Module *another, *module = resolve_importer(c, NAMES_CTORS, node->name, &another);
    if (module) return choose_ctor(c, node, map_get(&resolve_names(c, module)->ctors, node->name), module, NULL);
    return library ? choose_ctor(c, node, library, c->module, NULL) : NULL;
}

Def *check_find_ctor(Checker *c, Ast *node, Type *expected) {
    if (node->qualifier) return qualified_ctor(c, node, expected);
    int errors = c->diags->errors;
    Def *found = expected_ctor(node->name, expected_owner(expected));
    if (!found) found = visible_ctor(c, node);
    if (found || c->diags->errors > errors) return found;
    report_unknown_ctor(c, node->name, resolve_name_span(node), NULL);
    return NULL;
}

Type *check_ctor(Checker *c, Ast *node, const Expect *expect) {
    Def *def = check_find_ctor(c, node, expect ? expect->type : NULL);
    return def ? use_as_value(c, node, def) : c->error_type;
}

// ---- members ---------------------------------------------------------------------------------------------------------

Module *check_module_of(Checker *c, Type *type) {
    type = type_resolve(type);
    if (type->kind != TYPE_CON) return NULL;
    if (type->def->builtin == BUILTIN_NONE) return type->def->module;
    const char *name = builtin_module(type->def->builtin);
    return name ? map_get(&c->modules, report_symbol(c, name)) : NULL;
}

static void report_unknown_in_module(Checker *c, const Ast *member, const Module *module) {
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_MEMBER, resolve_name_span(member), "the module `%s` has no function `%s`",
                          module->name, member->name);
    diag_here(c->diags, diag, "not a function of `%s`", module->name);
    DefList names = {0};
    for (size_t i = 0; i < module->scope.capacity; i++)
        if (module->scope.entries[i].key) vec_push(c->arena, &names.items, (Def *)module->scope.entries[i].value);
    const char *similar = report_nearest_def(c, member->name, names.items.items, names.items.count);
    if (similar) diag_help(c->diags, diag, "did you mean `%s.%s`?", module->name, similar);
}

// The module that a name before a dot means: a value hides it, but a function, which has neither fields nor methods, does not.
static Module *module_before_dot(Checker *c, const Ast *object) {
    if (object->kind != AST_name || object->qualifier || infer_lookup(c, object->name)) return NULL;
    const Def *own = map_get(&c->module->scope, object->name);
    return own && own->kind != DEF_FN ? NULL : resolve_find_module(c, object->name);
}

bool check_module_member(Checker *c, Ast *member) {
    Module *module = module_before_dot(c, member->kid[member_object]);
    if (!module) return false;
    Def *def = map_get(&module->scope, member->name);
    if (!def) report_unknown_in_module(c, member, module);
    member->qualifier = member->kid[member_object]->name;
    member->kind = AST_name;
    member->kid_count = 0;
    member->def = def;
    return true;
}

// The field that all variants of a type have, or NULL.
static Def *find_field(const Def *type, Symbol name) {
    Def *first = NULL;
    for (int i = 0; i < type->member_count; i++) {
        Def *ctor = type->members[i], *found = NULL;
        for (int k = 0; k < ctor->member_count && !found; k++)
            if (ctor->members[k]->name == name) found = ctor->members[k];
        if (!found || (first && !type_equal(first->type, found->type))) return NULL;
        if (!first) first = found;
    }
    return first;
}

// A variant that lacks the field although another one has it.
static const Def *variant_without(const Def *type, Symbol name) {
    const Def *without = NULL;
    bool some = false;
    for (int i = 0; i < type->member_count; i++) {
        bool has = false;
        for (int k = 0; k < type->members[i]->member_count; k++) has |= type->members[i]->members[k]->name == name;
        if (!has) without = type->members[i];
        some |= has;
    }
    return some ? without : NULL;
}

// "`a`, `b`, `c`", or the first of many.
static const char *field_names(Checker *c, const Def *ctor) {
    enum { SHOWN = 8 };
    const char *text = "";
    for (int i = 0; i < ctor->member_count && i < SHOWN; i++)
        text = arena_printf(c->arena, "%s%s`%s`", text, i ? ", " : "", ctor->members[i]->name);
    return ctor->member_count > SHOWN ? arena_printf(c->arena, "%s, ...", text) : text;
}

static void help_unknown_field(Checker *c, Diag *diag, const Ast *node, Type *type) {
    const Def *without = type->kind == TYPE_CON && type->def->form == FORM_ENUM ? variant_without(type->def, node->name) : NULL;
    if (without) {
        diag_help(c->diags, diag, "the variant `%s` has no such field: use `match`", without->name);
        return;
    }
    if (type_is(type, BUILTIN_FLOAT) && duration_unit(node->name)) {
        diag_help(c->diags, diag, "a Duration is made of an Int: `1500.ms` is a second and a half");
        return;
    }
    if (type_is(type, BUILTIN_FUTURE)) {
        diag_help(c->diags, diag, "`(await f).%s` waits for what comes of the future", node->name);
        return;
    }
    if (type->kind == TYPE_TUPLE) {
        diag_help(c->diags, diag, "a tuple is taken apart by a pattern, such as `(a, b)`");
        return;
    }
    Module *module = check_module_of(c, type);
    Def *function = module ? map_get(&module->scope, node->name) : NULL;
    if (function && function->kind == DEF_FN) {
        diag_help(c->diags, diag, "`%s` is a function: call it with `.%s(...)`", node->name, node->name);
        return;
    }
    const char *other = module ? report_other_name(c, &module->scope, node->name) : NULL;
    if (other) {
        diag_help(c->diags, diag, "did you mean `.%s()`?", other);
        return;
    }
    if (type->kind != TYPE_CON || !type->def->member_count) return;
    const Def *ctor = type->def->members[0];
    const char *similar = report_nearest_def(c, node->name, ctor->members, ctor->member_count);
    if (similar)
        diag_help(c->diags, diag, "did you mean `%s`?", similar);
    else if (type->def->form == FORM_RECORD)
        diag_note(c->diags, diag, "it has %s", field_names(c, ctor));
}

static Type *unknown_field(Checker *c, const Ast *node, Type *type) {
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_MEMBER, resolve_name_span(node), "%s has no field `%s`", report_type(c, type),
                          node->name);
    diag_here(c->diags, diag, "no such field");
    if (type->kind == TYPE_CON && type->def->ast)
        report_label(c, diag, type->def->span, "`%s` is declared here", type->def->name);
    help_unknown_field(c, diag, node, type);
    return c->error_type;
}

Type *check_member(Checker *c, Ast *node, const Expect *expect) {
    if (check_module_member(c, node)) return node->def ? use_as_value(c, node, node->def) : c->error_type;
    (void)expect;
    Type *type = type_resolve(check_expr(c, node->kid[member_object], NULL));
    if (type->kind == TYPE_ERROR) return type;
    if (type->kind == TYPE_VAR) {
        Diag *diag = diag_add(c->diags, DIAG_CANNOT_INFER, node->kid[member_object]->span,
                              "the type of this must be known to read its field `%s`", node->name);
        diag_here(c->diags, diag, "its type is not known yet");
        diag_help(c->diags, diag, "annotate it where it is bound, or pass the closure where its parameter types are known");
        return c->error_type;
    }
    if (type_is(type, BUILTIN_INT) && duration_unit(node->name)) return c->duration_type;
    Def *field = type->kind == TYPE_CON ? find_field(type->def, node->name) : NULL;
    if (!field) return unknown_field(c, node, type);
    node->def = field;
    return type_substitute(c->arena, field->type, type->def->tparams, type->args, type->def->tparam_count);
}

// ---- elements and type application -----------------------------------------------------------------------------------

// The generic definition that `object` names; NULL if it is a value, or wrong.
static Def *generic_object(Checker *c, Ast *object, IndexMeaning *otherwise) {
    *otherwise = INDEX_ELEMENT;
    if (object->kind == AST_member && check_module_member(c, object)) {
        if (!object->def) *otherwise = INDEX_WRONG;
        return object->def;
    }
    if (object->kind == AST_ctor) {
        Def *def = check_find_ctor(c, object, NULL);
        if (!def) *otherwise = INDEX_WRONG;
        return def;
    }
    if (object->kind != AST_name) return NULL;
    Slot *slot = infer_lookup(c, object->name);
    if (!slot && is_ambiguous(c, NAMES_VALUES, &c->module->scope, object->name, object->span)) *otherwise = INDEX_WRONG;
    if (*otherwise == INDEX_WRONG) return NULL;
    return slot ? slot->def : find_global(c, object->name);
}

static void explicit_arguments(Checker *c, Ast *index, Def *def, Ast *object) {
    Ast *items = index->kid[index_items];
    object->def = def;
    object->targs = ARENA_ARRAY(c->arena, Type *, def->tparam_count + 1);
    for (int i = 0; i < def->tparam_count; i++)
        object->targs[i] = i < items->kid_count ? resolve_type_expr(c, items->kid[i]) : c->error_type;
    if (items->kid_count == def->tparam_count) return;
    Diag *diag =
        diag_add(c->diags, DIAG_BAD_ANNOTATION, index->span, "`%s` takes %d type argument%s, but %d %s given", def->name,
                 def->tparam_count, def->tparam_count == 1 ? "" : "s", items->kid_count, items->kid_count == 1 ? "is" : "are");
    diag_here(c->diags, diag, "expected %d, found %d", def->tparam_count, items->kid_count);
}

IndexMeaning check_index_meaning(Checker *c, Ast *index) {
    IndexMeaning otherwise;
    Def *def = generic_object(c, index->kid[index_object], &otherwise);
    if (!def) return otherwise;
    if (def->kind != DEF_FN && def->kind != DEF_CTOR && def->kind != DEF_TASK && !def->parametric) return INDEX_ELEMENT;
    explicit_arguments(c, index, def, index->kid[index_object]);
    return INDEX_TYPES;
}

Type *check_index(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    IndexMeaning meaning = check_index_meaning(c, node);
    if (meaning == INDEX_WRONG) return c->error_type;
    if (meaning == INDEX_ELEMENT) return check_element(c, node);
    Span span = node->span;
    *node = *node->kid[index_object]; // the type application is in targs now
    node->name_span = resolve_name_span(node);
    node->span = span;
    return use_as_value(c, node, node->def);
}
