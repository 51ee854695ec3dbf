#include "lang/check_internal.h"

#include <string.h>

// Types of two applications are equal if they have one name and one shape: then one of them stands for both from here on, so that
// events need no conversion. An application never sees the types of another, so this changes nothing within one.

// Two definitions of one name, which are equal unless a difference is found.
typedef struct Pair {
    Def *here, *there;
    bool differ;
    VEC(int) needed_by; // the pairs that are equal only if this one is
} Pair;

typedef struct Numbers {
    VEC(int) items;
} Numbers;

// The first difference that was found: in which definitions, and what; `here` is NULL if it is in the types themselves.
typedef struct Difference {
    const Def *here, *there;
    const char *text;
} Difference;

typedef struct Comparison {
    Checker *c;
    VEC(Pair) pairs;
    Map numbers; // Def -> Numbers of the pairs in which it is `here`
    int at;      // the pair that is looked into, from 1
    Difference difference;
} Comparison;

// ---- shape -----------------------------------------------------------------------------------------------------------

// The name of a type has that of its module, unless this is the application itself.
static bool same_name(const Def *here, const Def *there) {
    if (here->name != there->name || module_is_app(here->module) != module_is_app(there->module)) return false;
    return module_is_app(here->module) || here->module->name == there->module->name;
}

static Numbers *numbers_of(Comparison *comparison, const Def *here) {
    Numbers *numbers = map_get(&comparison->numbers, here);
    if (numbers) return numbers;
    numbers = ARENA_NEW(comparison->c->arena, Numbers);
    map_put(comparison->c->arena, &comparison->numbers, here, numbers);
    return numbers;
}

// The number of a pair, which is added if it is new.
static int find_pair(Comparison *comparison, Def *here, Def *there) {
    Numbers *numbers = numbers_of(comparison, here);
    for (int i = 0; i < numbers->items.count; i++)
        if (comparison->pairs.items[numbers->items.items[i]].there == there) return numbers->items.items[i];
    Pair pair = {.here = here, .there = there};
    vec_push(comparison->c->arena, &numbers->items, comparison->pairs.count);
    vec_push(comparison->c->arena, &comparison->pairs, pair);
    return comparison->pairs.count - 1;
}

static void assume_equal(Comparison *comparison, Def *here, Def *there) {
    int number = find_pair(comparison, here, there);
    if (comparison->at) vec_push(comparison->c->arena, &comparison->pairs.items[number].needed_by, comparison->at - 1);
}

static bool compare_defs(Comparison *comparison, Def *here, Def *there) {
    if (here == there || here->equal == there) return true;
    bool declared = here->builtin == BUILTIN_NONE && there->builtin == BUILTIN_NONE;
    if (!declared) return false; // of no module
    bool library = here->module->library || there->module->library;
    if (library || !same_name(here, there) || here->tparam_count != there->tparam_count) return false;
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

// Looks into the pairs, which may lead to more of them, up to the first one that differs.
static void find_difference(Comparison *comparison) {
    for (int i = 0; i < comparison->pairs.count; i++) { // grows meanwhile
        Pair pair = comparison->pairs.items[i];
        if (!compare_variants(comparison, &pair)) return;
    }
}

// ---- which types are equal -------------------------------------------------------------------------------------------

static bool is_declared(const Def *def) {
    return !def->module->library && (def->form == FORM_RECORD || def->form == FORM_ENUM);
}

// The types of all applications, in the order of these, by their names.
static DefList types_in_order(Checker *c) {
    DefList types = {0};
    for (int a = 0; a < c->program->apps.count; a++)
        for (int i = 0; i < c->type_defs.count; i++) {
            Def *def = c->type_defs.items[i];
            if (is_declared(def) && def->module->app == c->program->apps.items[a]) vec_push(c->arena, &types.items, def);
        }
    return types;
}

// Pairs each type with all before it that have its name.
static void pair_types(Comparison *comparison, const DefList *types) {
    Checker *c = comparison->c;
    Map by_name = {0};
    for (int i = 0; i < types->items.count; i++) {
        Def *def = types->items.items[i];
        DefList *earlier = map_get(&by_name, def->name);
        if (!earlier) {
            earlier = ARENA_NEW(c->arena, DefList);
            map_put(c->arena, &by_name, def->name, earlier);
        }
        for (int k = 0; k < earlier->items.count; k++) compare_defs(comparison, def, earlier->items.items[k]);
        vec_push(c->arena, &earlier->items, def);
    }
}

// What contains itself is equal if nothing in it differs; what contains something that differs does so, too.
static void find_unequal_pairs(Comparison *comparison) {
    Numbers unequal = {0};
    for (int i = 0; i < comparison->pairs.count; i++) { // grows meanwhile
        Pair pair = comparison->pairs.items[i];
        comparison->at = i + 1;
        if (!compare_variants(comparison, &pair)) vec_push(comparison->c->arena, &unequal.items, i);
    }
    while (unequal.items.count) {
        Pair *pair = &comparison->pairs.items[unequal.items.items[--unequal.items.count]];
        if (pair->differ) continue;
        pair->differ = true;
        for (int i = 0; i < pair->needed_by.count; i++) vec_push(comparison->c->arena, &unequal.items, pair->needed_by.items[i]);
    }
}

// The first application by name that has a type stands for the others.
static void find_equal_types(Checker *c) {
    Comparison comparison = {.c = c};
    DefList types = types_in_order(c);
    pair_types(&comparison, &types);
    find_unequal_pairs(&comparison);
    for (int i = 0; i < types.items.count; i++) {
        Def *def = types.items.items[i];
        const Numbers *numbers = numbers_of(&comparison, def);
        for (int k = 0; k < numbers->items.count && !def->equal; k++) {
            const Pair *pair = &comparison.pairs.items[numbers->items.items[k]];
            if (!pair->differ && !pair->there->equal) def->equal = pair->there;
        }
    }
}

// ---- uses ------------------------------------------------------------------------------------------------------------

// What the parts of the type of a `use` are, and where they are written.
typedef struct Part {
    const char *what;
    Span written;
} Part;

static Part part_of(const Def *use, int i) {
    if (use->ast->op != USE_PORTAL) return (Part){"events", use->ast->kid[use_type]->span};
    return i == 0 ? (Part){"requests", use->ast->kid[use_type]->span} : (Part){"replies", use->ast->kid[use_reply]->span};
}

static void different_types(Checker *c, const Def *use, int i) {
    Comparison comparison = {.c = c};
    Difference *difference = &comparison.difference;
    const Def *provider = use->provider;
    Type *here = type_resolve(use->type->args[i]), *there = type_resolve(type_resolve(provider->type)->args[i]);
    if (compare_types(&comparison, here, there))
        find_difference(&comparison);
    else
        difference->text = type_difference(c, here, there);
    Part part = part_of(use, i);
    Diag *diag = diag_add(c->diags, DIAG_APP_TYPES, part.written, "`%s` of the application `%s` has %s of another type",
                          provider->name, provider->module->name, part.what);
    diag_here(c->diags, diag, "this is %s", report_type(c, here));
    if (difference->here) {
        diag_label(c->diags, diag, difference->here->span, "`%s` as it is declared here", difference->here->name);
        diag_label(c->diags, diag, difference->there->span, "and there");
        diag_note(c->diags, diag, "in `%s`, %s", difference->here->name, difference->text);
    } else {
        diag_label(c->diags, diag, provider->span, "its %s are %s", part.what, report_type(c, there));
        diag_note(c->diags, diag, "%s", difference->text);
    }
    diag_help(c->diags, diag, "types of two applications are equal if they have the same name, and the same fields or variants");
}

static void check_shared_type(Checker *c, const Def *use) {
    const Type *here = type_resolve(use->type), *there = type_resolve(use->provider->type);
    for (int i = 0; i < here->arg_count && i < there->arg_count; i++)
        if (!type_equal(here->args[i], there->args[i])) different_types(c, use, i);
}

void check_shared_types(Checker *c) {
    if (c->program->apps.count < 2) return;
    find_equal_types(c);
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *use = c->value_defs.items[i];
        if (use->kind == DEF_USE && use->provider) check_shared_type(c, use);
    }
}
