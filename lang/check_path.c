#include "lang/check_internal.h"

// Types that a value carries within it without their being seen: futures and promises, which are never sent, and local records,
// which are never kept. The search goes breadth first, so that messages name the shortest way, and has a budget, since generic
// types may grow without end.

enum { MAX_PLACES = 2000 };

// A type within the type that is searched: behind `step` from the place `from`.
typedef struct Place {
    Type *type;
    const char *step;
    int from; // -1: it is the whole
} Place;

typedef struct Places {
    VEC(Place) items;
} Places;

bool check_is_future(Type *type) {
    return type_is(type, BUILTIN_FUTURE) || type_is(type, BUILTIN_PROMISE);
}

bool check_is_local_record(Type *type) {
    type = type_resolve(type);
    return type->kind == TYPE_CON && type->def->ast && type->def->ast->kind == AST_record && type->def->ast->flags & FLAG_LOCAL;
}

bool check_is_second_class(Type *type) {
    type = type_resolve(type);
    if (type->kind != TYPE_TUPLE) return check_is_local_record(type);
    for (int i = 0; i < type->arg_count; i++)
        if (check_is_second_class(type->args[i])) return true;
    return false;
}

static void add_place(Checker *c, Places *places, Type *type, int from, const char *step) {
    type = type_resolve(type);
    bool opaque = type->kind == TYPE_FN || type->kind == TYPE_PARAM; // what functions capture is looked at where they are made
    if (opaque || places->items.count >= MAX_PLACES || type_measure(type, MAX_TYPE_SIZE) <= 0) return;
    for (int i = 0; i < places->items.count; i++)
        if (type_equal(places->items.items[i].type, type)) return;
    Place place = {type, step, from};
    vec_push(c->arena, &places->items, place);
}

static void add_fields(Checker *c, Places *places, int from, Type *type) {
    const Def *def = type->def;
    for (int i = 0; i < def->member_count; i++) {
        const Def *ctor = def->members[i];
        const char *variant = def->form == FORM_ENUM ? arena_printf(c->arena, ".%s", ctor->name) : "";
        for (int k = 0; k < ctor->member_count; k++) {
            Type *field = type_substitute(c->arena, ctor->members[k]->type, def->tparams, type->args, def->tparam_count);
            add_place(c, places, field, from, arena_printf(c->arena, "%s.%s", variant, ctor->members[k]->name));
        }
    }
}

// What a value at this place consists of.
static void add_parts(Checker *c, Places *places, int from) {
    Type *type = places->items.items[from].type;
    if (type->kind == TYPE_TUPLE) {
        for (int i = 0; i < type->arg_count; i++) add_place(c, places, type->args[i], from, arena_printf(c->arena, ".%d", i));
    } else if (type->kind == TYPE_CON && type->def->builtin == BUILTIN_NONE) {
        add_fields(c, places, from, type);
    } else if (type_is(type, BUILTIN_MAP)) {
        add_place(c, places, type->args[0], from, ".keys()[..]");
        add_place(c, places, type->args[1], from, "[..]");
    } else if (type_is(type, BUILTIN_LIST) || type_is(type, BUILTIN_SET)) {
        add_place(c, places, type->args[0], from, "[..]");
    }
}

// `Order.parts[..].reply: Future[Int]`
static const char *way_to(Checker *c, const Places *places, int i) {
    Type *whole = places->items.items[0].type;
    const char *found = report_type(c, places->items.items[i].type), *way = "";
    if (i == 0) return found;
    for (const Place *place = &places->items.items[i]; place->from >= 0; place = &places->items.items[place->from])
        way = arena_printf(c->arena, "%s%s", place->step, way);
    return arena_printf(c->arena, "%s%s: %s", whole->kind == TYPE_CON ? whole->def->name : report_type(c, whole), way, found);
}

Type *check_find_within(Checker *c, Type *type, TypeTest *test, const char **way) {
    Places places = {0};
    add_place(c, &places, type, -1, "");
    for (int i = 0; i < places.items.count; i++) {
        if (test(places.items.items[i].type)) {
            *way = way_to(c, &places, i);
            return places.items.items[i].type;
        }
        add_parts(c, &places, i);
    }
    return NULL;
}
