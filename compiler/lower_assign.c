#include "compiler/lower_internal.h"

#include <assert.h>

// Assignments. One to an element reads the containers on the way to it, makes changed ones from the inside out, and writes the
// outermost one back.

// ---- variables and states --------------------------------------------------------------------------------------------

static CoreOperand local_of(const Builder *b, const Def *var) {
    return operand_local(unbox_number(map_get(&b->locals, var)));
}

// The value at the moment: it is used before the variable is assigned to again.
static CoreOperand read_variable(Builder *b, Ast *name) {
    return name->def->kind == DEF_STATE ? lower_state_get(b, name->def, name->span) : local_of(b, name->def);
}

static void write_variable(Builder *b, Ast *name, CoreOperand value) {
    if (name->def->kind == DEF_STATE)
        lower_state_set(b, name->def, value, name->span);
    else
        builder_copy(b, local_of(b, name->def), value, name->span);
}

// ---- elements --------------------------------------------------------------------------------------------------------

// `variable[indexes[0]][indexes[1]]...`
typedef struct Place {
    Ast *variable;
    CoreOperand *indexes;
    Span *spans; // up to and with each index
    int count;
} Place;

static Place lower_place(Builder *b, Ast *target) {
    Place place = {.variable = target};
    for (; place.variable->kind == AST_index; place.variable = place.variable->kid[index_object]) place.count++;
    place.indexes = ARENA_ARRAY(b->lower->arena, CoreOperand, place.count);
    place.spans = ARENA_ARRAY(b->lower->arena, Span, place.count);
    Ast **nodes = ARENA_ARRAY(b->lower->arena, Ast *, place.count);
    for (int i = place.count; i-- > 0; target = target->kid[index_object]) nodes[i] = target;
    for (int i = 0; i < place.count; i++) {
        place.indexes[i] = lower_expr(b, nodes[i]->kid[index_items]->kid[0]);
        place.spans[i] = nodes[i]->span;
    }
    return place;
}

CoreOperand lower_element(Builder *b, CoreOperand object, CoreOperand index, Span span) {
    CoreType *type = core_operand_type(b->lower->core, b->fn, object);
    if (type->kind == CORE_MAP) return builder_binary(b, CORE_OP_MAP_AT, type->mapped, object, index, span);
    return builder_binary(b, CORE_OP_LIST_AT, type->elem, object, index, span);
}

// The variable, and the elements of it on the way to number `depth`.
static CoreOperand *lower_containers(Builder *b, const Place *place, int depth) {
    CoreOperand *containers = ARENA_ARRAY(b->lower->arena, CoreOperand, depth + 1);
    containers[0] = read_variable(b, place->variable);
    for (int i = 0; i < depth; i++) containers[i + 1] = lower_element(b, containers[i], place->indexes[i], place->spans[i]);
    return containers;
}

static CoreOperand read_place(Builder *b, const Place *place) {
    return lower_containers(b, place, place->count)[place->count];
}

// `object` with another element. A list must have one there, which is seen by reading it.
static CoreOperand with_element(Builder *b, CoreOperand object, CoreOperand index, CoreOperand value, Span span) {
    CoreType *type = core_operand_type(b->lower->core, b->fn, object);
    CoreType **types = ARENA_ARRAY(b->lower->arena, CoreType *, 2);
    types[0] = type->elem;
    types[1] = type->mapped;
    CoreOperand args[] = {object, index, value};
    if (type->kind == CORE_MAP) return lower_call_library(b, "map", "insert", types, args, 3, type, span);
    lower_element(b, object, index, span);
    return lower_call_library(b, "list", "set", types, args, 3, type, span);
}

static void write_place(Builder *b, const Place *place, CoreOperand value) {
    if (place->count > 0) {
        CoreOperand *containers = lower_containers(b, place, place->count - 1);
        for (int i = place->count; i-- > 0;) value = with_element(b, containers[i], place->indexes[i], value, place->spans[i]);
    }
    write_variable(b, place->variable, value);
}

// ---- statements ------------------------------------------------------------------------------------------------------

static void lower_assign_to(Builder *b, Ast *target, CoreOperand value) {
    if (target->kind == AST_tuple) {
        Ast *elems = target->kid[tuple_elems];
        for (int i = 0; i < elems->kid_count; i++) lower_assign_to(b, elems->kid[i], lower_field(b, value, i, target->span));
        return;
    }
    Place place = lower_place(b, target);
    assert(place.variable->kind == AST_name);
    write_place(b, &place, value);
}

// `target op= e`: the target's indexes are evaluated once, and the element read, before `e`.
static void lower_compound(Builder *b, Ast *assign) {
    Ast *target = assign->kid[assign_target];
    Place place = lower_place(b, target);
    CoreOperand old = place.count ? read_place(b, &place) : lower_expr(b, target);
    CoreOperand other = lower_expr(b, assign->kid[assign_value]);
    CoreType *type = core_operand_type(b->lower->core, b->fn, old);
    write_place(b, &place, lower_operation(b, assign->op, old, other, type, assign->span));
}

void lower_assign(Builder *b, Ast *assign) {
    if (assign->op == OP_NONE)
        lower_assign_to(b, assign->kid[assign_target], lower_expr(b, assign->kid[assign_value]));
    else
        lower_compound(b, assign);
}
