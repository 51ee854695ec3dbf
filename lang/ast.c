// ast.c - making nodes, and verifying a tree against ast.def.
#include "lang/ast.h"

#include <assert.h>
#include <string.h>

enum { MAX_KIDS = 10 };

// What ast.def says of a kind.
typedef struct Shape {
    const char *name;
    int kid_count;
    const char *roles[MAX_KIDS];
    const char *classes[MAX_KIDS];
} Shape;

#define NODE(kind) [AST_##kind] = {.name = #kind, .kid_count = kind##_kids,
#define KID(kind, role, class) .roles[kind##_##role] = #role, .classes[kind##_##role] = #class,
#define END(kind)                                                                                                                \
    }                                                                                                                            \
    ,
static const Shape shapes[AST_KIND_COUNT] = {
#include "lang/ast.def"
};
#undef NODE
#undef KID
#undef END

Ast *ast_new(Arena *arena, AstKind kind, Span span) {
    Ast *node = ARENA_NEW(arena, Ast);
    node->kind = kind;
    node->span = span;
    node->name_span = span;
    node->kid_count = shapes[kind].kid_count;
    if (node->kid_count) node->kid = ARENA_ARRAY(arena, Ast *, node->kid_count);
    return node;
}

Ast *ast_list(Arena *arena, Span span) {
    return ast_new(arena, AST_list, span);
}

// A list has room for 2^n children, for the smallest n that suffices: so its capacity needs no field of its own.
void ast_append(Arena *arena, Ast *list, Ast *item) {
    assert(list->kind == AST_list);
    int count = list->kid_count;
    if ((count & (count - 1)) == 0) {
        Ast **grown = ARENA_ARRAY(arena, Ast *, count ? count * 2 : 1);
        if (count) memcpy(grown, list->kid, sizeof *grown * (size_t)count);
        list->kid = grown;
    }
    list->kid[list->kid_count++] = item;
}

const char *ast_kind_name(AstKind kind) {
    assert(kind < AST_KIND_COUNT);
    return shapes[kind].name;
}

const char *ast_role_name(AstKind kind, int kid) {
    assert(kind < AST_KIND_COUNT && kid < shapes[kind].kid_count);
    return shapes[kind].roles[kid];
}

const char *operator_text(Operator op) {
    static const char *const texts[] = {
#define OPERATOR(name, text) [OP_##name] = text,
#include "lang/operators.def"
#undef OPERATOR
    };
    return texts[op];
}

void pattern_names(Ast *pattern, void (*visit)(void *data, Ast *name), void *data) {
    if (!pattern) return;
    if (pattern->kind == AST_p_or) {
        pattern_names(pattern->kid[p_or_alternatives]->kid[0], visit, data);
        return;
    }
    bool binds = pattern->kind == AST_p_name || pattern->kind == AST_p_as || (pattern->kind == AST_p_rest && pattern->name);
    if (binds) visit(data, pattern);
    for (int i = 0; i < pattern->kid_count; i++) pattern_names(pattern->kid[i], visit, data);
}

// ---- verification ----

static bool in_range(AstKind kind, AstKind first, AstKind last) {
    return kind >= first && kind <= last;
}

static bool is_part(AstKind kind) {
    return kind == AST_entry || kind == AST_spread || kind == AST_arg || kind == AST_type_arg || kind == AST_arm;
}

bool ast_is_expression(AstKind kind) {
    return in_range(kind, AST_int, AST_ask) && !is_part(kind);
}

static bool is_declaration(AstKind kind) {
    return in_range(kind, AST_app, AST_test) && kind != AST_tparam && kind != AST_parameter && kind != AST_field &&
           kind != AST_variant;
}

static bool is_statement(AstKind kind) {
    return in_range(kind, AST_let, AST_fail) || ast_is_expression(kind) || kind == AST_sequencer || kind == AST_connect;
}

static bool is_pattern(AstKind kind) {
    return in_range(kind, AST_p_wild, AST_p_as) && kind != AST_p_arg && kind != AST_p_rest;
}

// Kinds that are of no class of their own but may stand in the lists of some parents.
static bool is_part_of(AstKind kind, AstKind parent) {
    switch (kind) {
    case AST_arg: return parent == AST_call || parent == AST_ask;
    case AST_spread: return parent == AST_list_lit || parent == AST_map_lit || parent == AST_call || parent == AST_ask;
    case AST_entry: return parent == AST_map_lit;
    case AST_type_arg: return parent == AST_index;
    case AST_p_arg: return parent == AST_p_ctor;
    case AST_p_rest: return parent == AST_p_list;
    default: return false;
    }
}

static bool is_of_class(AstKind kind, const char *class) {
    if (!strcmp(class, "DECL")) return is_declaration(kind);
    if (!strcmp(class, "EXPR")) return ast_is_expression(kind);
    if (!strcmp(class, "STMT")) return is_statement(kind);
    if (!strcmp(class, "PATTERN")) return is_pattern(kind);
    if (!strcmp(class, "TYPE")) return in_range(kind, AST_t_name, AST_t_fn);
    return !strcmp(class, shapes[kind].name);
}

static const char *verify_list(Arena *arena, AstKind parent, const char *role, const char *class, const Ast *list) {
    if (list->kind != AST_list) return arena_printf(arena, "%s.%s is no list", shapes[parent].name, role);
    for (int i = 0; i < list->kid_count; i++) {
        const Ast *item = list->kid[i];
        if (!item && parent == AST_call) continue; // a field that a record update takes over
        if (!item) return arena_printf(arena, "%s.%s[%d] is missing", shapes[parent].name, role, i);
        if (!is_of_class(item->kind, class) && !is_part_of(item->kind, parent))
            return arena_printf(arena, "%s.%s[%d] is a %s, but should be %s", shapes[parent].name, role, i,
                                shapes[item->kind].name, class);
    }
    return NULL;
}

static const char *verify_kid(Arena *arena, AstKind parent, const char *role, const char *class, const Ast *kid) {
    bool optional = !strncmp(class, "OPT_", 4);
    if (optional) class += 4;
    if (!kid) return optional ? NULL : arena_printf(arena, "%s.%s is missing", shapes[parent].name, role);
    if (!strncmp(class, "LIST_", 5)) return verify_list(arena, parent, role, class + 5, kid);
    if (is_of_class(kid->kind, class)) return NULL;
    return arena_printf(arena, "%s.%s is a %s, but should be %s", shapes[parent].name, role, shapes[kid->kind].name, class);
}

const char *ast_verify(Arena *arena, const Ast *node) {
    const Shape *shape = &shapes[node->kind];
    if (node->kind != AST_list) {
        if (node->kid_count != shape->kid_count) return arena_printf(arena, "%s has %d children", shape->name, node->kid_count);
        for (int i = 0; i < node->kid_count; i++) {
            const char *problem = verify_kid(arena, node->kind, shape->roles[i], shape->classes[i], node->kid[i]);
            if (problem) return problem;
        }
    }
    for (int i = 0; i < node->kid_count; i++) {
        const char *problem = node->kid[i] ? ast_verify(arena, node->kid[i]) : NULL;
        if (problem) return problem;
    }
    return NULL;
}
