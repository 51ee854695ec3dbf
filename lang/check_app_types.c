#include "lang/check_internal.h"

#include <string.h>

// Types of two applications are equal if they have one name and one shape: then one of them stands for both from here on, so that
// events need no conversion. An application never sees the types of another, so this changes nothing within one.

// Two definitions that are to be equal, and how the comparison came to them.
typedef struct Pair {
    Def *here, *there;
} Pair;

// The first difference that was found: in which definitions, and what; `here` is NULL if it is in the types themselves.
typedef struct Difference {
    Def *here, *there;
    const char *text;
} Difference;

typedef struct Comparison {
    Checker *c;
    VEC(Pair) pairs; // those that are assumed to be equal; looked into one after the other
    Map assumed;     // Def -> the first one that it is assumed to be equal to
    Difference difference;
} Comparison;

// ---- shape -----------------------------------------------------------------------------------------------------------

// The name of a type has that of its module, unless this is the application itself.
static bool same_name(const Def *here, const Def *there) {
    if (here->name != there->name || module_is_app(here->module) != module_is_app(there->module)) return false;
    return module_is_app(here->module) || here->module->name == there->module->name;
}

static bool is_assumed(const Comparison *comparison, const Def *here, const Def *there) {
    const Def *first = map_get(&comparison->assumed, here);
    if (!first || first == there) return first;
    for (int i = 0; i < comparison->pairs.count; i++)
        if (comparison->pairs.items[i].here == here && comparison->pairs.items[i].there == there) return true;
    return false;
}

static void assume_equal(Comparison *comparison, Def *here, Def *there) {
    if (is_assumed(comparison, here, there)) return;
    Pair pair = {here, there};
    if (!map_get(&comparison->assumed, here)) map_put(comparison->c->arena, &comparison->assumed, here, there);
    vec_push(comparison->c->arena, &comparison->pairs, pair);
}

static bool compare_defs(Comparison *comparison, Def *here, Def *there) {
    if (here == there || here->equal == there) return true;
    bool declared = here->builtin == BUILTIN_NONE && there->builtin == BUILTIN_NONE;
    bool library = here->module->library || there->module->library;
    if (!declared || library || !same_name(here, there) || here->tparam_count != there->tparam_count) return false;
    assume_equal(comparison, here, there);
    return true;
}

static bool compare_types(Comparison *comparison, Type *here, Type *there) {
    here = type_resolve(here);
    there = type_resolve(there);
    if (here->kind != there->kind || here->arg_count != there->arg_count) return false;
    if (here->kind == TYPE_PARAM) return here->def->index == there->def->index;
    if (here->kind == TYPE_CON && !compare_defs(comparison, here->def, there->def)) return false;
    for (int i = 0; i < here->arg_count; i++)
        if (!compare_types(comparison, here->args[i], there->args[i])) return false;
    return true;
}

// ---- the first difference --------------------------------------------------------------------------------------------

static const char *module_phrase(Checker *c, const Def *def) {
    if (module_is_app(def->module)) return "the application itself";
    return arena_printf(c->arena, "the module `%s`", def->module->name);
}

// The first arguments of two types that look alike, but are not; the types themselves if it is not in their arguments.
static void find_unequal(Checker *c, Type **here, Type **there) {
    *here = type_resolve(*here);
    *there = type_resolve(*there);
    for (int i = 0; i < (*here)->arg_count; i++) {
        Comparison comparison = {.c = c};
        Type *one = (*here)->args[i], *other = (*there)->args[i];
        if (compare_types(&comparison, one, other)) continue;
        *here = one;
        *there = other;
        find_unequal(c, here, there);
        return;
    }
}

static const char *type_difference(Checker *c, Type *here, Type *there) {
    const char *one = report_type(c, here), *other = report_type(c, there);
    if (strcmp(one, other) != 0) return arena_printf(c->arena, "%s here, %s there", one, other);
    find_unequal(c, &here, &there);
    const char *name = report_type(c, here);
    if (here->kind != TYPE_CON) return arena_printf(c->arena, "%s is another type parameter there", name);
    return arena_printf(c->arena, "%s is declared by %s here, by %s there", name, module_phrase(c, here->def),
                        module_phrase(c, there->def));
}

static bool differ(Comparison *comparison, const Pair *pair, const char *text) {
    comparison->difference = (Difference){pair->here, pair->there, text};
    return false;
}

// "the field `n`", of which variant if it is one of several
static const char *field_phrase(Checker *c, const Def *ctor, const Def *field) {
    if (ctor->owner->form == FORM_RECORD) return arena_printf(c->arena, "the field `%s`", field->name);
    return arena_printf(c->arena, "the field `%s` of `%s`", field->name, ctor->name);
}

static bool compare_fields(Comparison *comparison, const Pair *pair, const Def *here, const Def *there) {
    Checker *c = comparison->c;
    for (int i = 0; i < here->member_count || i < there->member_count; i++) {
        if (i == here->member_count)
            return differ(comparison, pair,
                          arena_printf(c->arena, "%s is missing here", field_phrase(c, there, there->members[i])));
        const Def *field = here->members[i];
        if (i == there->member_count)
            return differ(comparison, pair, arena_printf(c->arena, "%s is missing there", field_phrase(c, here, field)));
        if (field->name != there->members[i]->name)
            return differ(
                comparison, pair,
                arena_printf(c->arena, "field number %d is `%s` here, `%s` there", i + 1, field->name, there->members[i]->name));
        if (!compare_types(comparison, field->type, there->members[i]->type))
            return differ(comparison, pair,
                          arena_printf(c->arena, "%s has another type: %s", field_phrase(c, here, field),
                                       type_difference(c, field->type, there->members[i]->type)));
    }
    return true;
}

static bool compare_variants(Comparison *comparison, const Pair *pair) {
    Checker *c = comparison->c;
    const Def *here = pair->here, *there = pair->there;
    if (here->form != there->form) return differ(comparison, pair, "one of them is a record, the other an enum");
    for (int i = 0; i < here->member_count || i < there->member_count; i++) {
        if (i == here->member_count)
            return differ(comparison, pair, arena_printf(c->arena, "the variant `%s` is missing here", there->members[i]->name));
        if (i == there->member_count)
            return differ(comparison, pair, arena_printf(c->arena, "the variant `%s` is missing there", here->members[i]->name));
        if (here->members[i]->name != there->members[i]->name)
            return differ(comparison, pair,
                          arena_printf(c->arena, "variant number %d is `%s` here, `%s` there", i + 1, here->members[i]->name,
                                       there->members[i]->name));
        if (!compare_fields(comparison, pair, here->members[i], there->members[i])) return false;
    }
    return true;
}

// Looks into the pairs, which may lead to more of them: what contains itself is equal if nothing in it differs.
static bool compare_pairs(Comparison *comparison) {
    for (int i = 0; i < comparison->pairs.count; i++) { // grows meanwhile
        Pair pair = comparison->pairs.items[i];
        if (!compare_variants(comparison, &pair)) return false;
    }
    return true;
}

// ---- which types are equal -------------------------------------------------------------------------------------------

static bool is_declared(const Def *def) {
    return !def->module->library && (def->form == FORM_RECORD || def->form == FORM_ENUM);
}

static bool same_shape(Checker *c, Def *here, Def *there) {
    Comparison comparison = {.c = c};
    return compare_defs(&comparison, here, there) && compare_pairs(&comparison);
}

// The first application by name that has it stands for the others.
static void find_equal(Checker *c, Map *found, Def *def) {
    DefList *list = map_get(found, def->name);
    if (!list) {
        list = ARENA_NEW(c->arena, DefList);
        map_put(c->arena, found, def->name, list);
    }
    for (int i = 0; i < list->items.count && !def->equal; i++)
        if (same_shape(c, def, list->items.items[i])) def->equal = list->items.items[i];
    if (!def->equal) vec_push(c->arena, &list->items, def);
}

static void find_equal_types(Checker *c) {
    Map found = {0};
    for (int a = 0; a < c->program->apps.count; a++)
        for (int i = 0; i < c->type_defs.count; i++) {
            Def *def = c->type_defs.items[i];
            if (is_declared(def) && def->module->app == c->program->apps.items[a]) find_equal(c, &found, def);
        }
}

// ---- uses ------------------------------------------------------------------------------------------------------------

static void different_types(Checker *c, const Def *use) {
    Comparison comparison = {.c = c};
    Difference *difference = &comparison.difference;
    const Def *provider = use->provider;
    Type *here = type_resolve(use->type->args[0]), *there = type_resolve(type_resolve(provider->type)->args[0]);
    if (compare_types(&comparison, here, there))
        compare_pairs(&comparison);
    else
        difference->text = type_difference(c, here, there);
    Diag *diag = diag_add(c->diags, DIAG_APP_TYPES, use->ast->kid[use_type]->span,
                          "`%s` of the application `%s` has events of another type", provider->name, provider->module->name);
    diag_here(c->diags, diag, "this is %s", report_type(c, here));
    if (difference->here) {
        diag_label(c->diags, diag, difference->here->span, "`%s` as it is declared here", difference->here->name);
        diag_label(c->diags, diag, difference->there->span, "and there");
        diag_note(c->diags, diag, "in `%s`, %s", difference->here->name, difference->text);
    } else {
        diag_label(c->diags, diag, provider->span, "its events are %s", report_type(c, there));
        diag_note(c->diags, diag, "%s", difference->text);
    }
    diag_help(c->diags, diag, "types of two applications are equal if they have the same name, and the same fields or variants");
}

void check_shared_types(Checker *c) {
    if (c->program->apps.count < 2) return;
    find_equal_types(c);
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *use = c->value_defs.items[i];
        if (use->kind == DEF_USE && use->provider && !type_equal(use->type, use->provider->type)) different_types(c, use);
    }
}
