#include "lang/check_internal.h"

// What is within a value: the entries of map literals; elements by `[...]`, read or assigned to.

// ---- map literals ----------------------------------------------------------------------------------------------------

static Type *new_map(Checker *c, Ast *node) {
    Type *args[2];
    for (int i = 0; i < 2; i++) args[i] = infer_var(c, ORIGIN_ENTRY, node->span, NULL, NULL);
    return type_con(c->arena, c->program->map_type, args, 2);
}

// Later entries are measured by what the first one is, if nothing else says what is expected.
static void check_part(Checker *c, Ast *part, Expect *expect, const char *reason) {
    check_expr(c, part, expect);
    if (!expect->reason) *expect = (Expect){.type = expect->type, .reason = reason, .why = part->span};
}

Type *check_map(Checker *c, Ast *node, const Expect *expect) {
    Type *expected = expect ? type_resolve(expect->type) : NULL;
    bool inward = expected && type_is(expected, BUILTIN_MAP);
    Type *map = inward ? expected : new_map(c, node);
    Expect whole = {.type = map, .reason = inward ? expect->reason : NULL, .why = inward ? expect->why : (Span){0}};
    Expect key = whole, value = whole;
    key.type = map->args[0];
    value.type = map->args[1];
    Ast *entries = node->kid[map_lit_entries];
    for (int i = 0; i < entries->kid_count; i++) {
        Ast *entry = entries->kid[i];
        infer_set(c, entry, map);
        if (entry->kind == AST_spread) {
            check_part(c, entry->kid[spread_value], &whole, "map");
            continue;
        }
        check_part(c, entry->kid[entry_key], &key, "key");
        check_part(c, entry->kid[entry_value], &value, "value");
    }
    infer_trait(c, TRAIT_KEY, map->args[0], node->span);
    return map;
}

// ---- elements --------------------------------------------------------------------------------------------------------

static Type *several_indexes(Checker *c, Ast *index) {
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, index->span, "an element is read with one index");
    diag_here(c->diags, diag, "%d are given", index->kid[index_items]->kid_count);
    return c->error_type;
}

// The type of the element that `index` names, whose object is checked.
static Type *element_of(Checker *c, Ast *index, Type *object) {
    Ast *items = index->kid[index_items];
    if (items->kid_count != 1) return several_indexes(c, index);
    if (type_is(object, BUILTIN_MAP)) {
        Type *map = type_resolve(object);
        Expect key = {.type = map->args[0], .note = "`m[k]` is the value of the key `k`"};
        check_expr(c, items->kid[0], &key);
        return map->args[1];
    }
    Type *element = infer_var(c, ORIGIN_ELEMENT, index->span, NULL, NULL);
    Expect list = {.type = type_con(c->arena, c->program->list_type, &element, 1),
                   .note = "`xs[i]` is an element of a list, `m[k]` a value of a map"};
    bool known = type_resolve(check_satisfies(c, index->kid[index_object], object, &list))->kind != TYPE_ERROR;
    Expect place = {.type = c->int_type, .note = "the elements of a list are counted from 0"};
    check_expr(c, items->kid[0], known ? &place : NULL);
    return known ? element : c->error_type;
}

Type *check_element(Checker *c, Ast *index) {
    return element_of(c, index, check_expr(c, index->kid[index_object], NULL));
}

static Type *no_variable(Checker *c, const Ast *object) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_ASSIGNABLE, object->span, "an element of this cannot be assigned to");
    diag_here(c->diags, diag, "this is no variable");
    if (object->kind == AST_member)
        diag_help(c->diags, diag, "records never change: assign a changed copy, `r = R(..r, %s: ...)`", object->name);
    else
        diag_help(c->diags, diag, "give it a name with `var`, and assign to an element of that");
    return c->error_type;
}

Type *check_element_target(Checker *c, Ast *index) {
    Ast *object = index->kid[index_object];
    if (object->kind != AST_name && object->kind != AST_index) return no_variable(c, object);
    Type *type = check_target(c, object);
    return type_resolve(type)->kind == TYPE_ERROR ? c->error_type : element_of(c, index, type);
}
