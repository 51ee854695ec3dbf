#include "tests/differential/generator.h"

enum { MAX_LOOPS = 2 };

// A block of statements, in lines of its own or in one line.
static void body(Generator *g, int depth) {
    int vars = g->var_count;
    put(g, *g->end == ';' ? "{ " : "{\n");
    gen_stmts(g, 1 + any(g, 3), depth);
    if (one_in(g, 4)) gen_witness(g, vars);
    put(g, "}");
    g->var_count = vars;
}

static void arm_body(Generator *g, const void *nothing, int depth) {
    (void)nothing;
    body(g, depth);
}

void gen_witness(Generator *g, int from) {
    enum { MOST = 8 };
    int count = 0;
    for (int i = from < g->barrier ? g->barrier : from; i < g->var_count && count < MOST; i++) {
        if (!gen_type_comparable(g->vars[i].type) && g->vars[i].type->kind != K_ANY) continue;
        put(g, "%s%s", count++ ? ", " : "log " LOG_MARK, g->vars[i].name);
    }
    if (count) put(g, ")%s", g->end);
}

// ---- names -------------------------------------------------------------------------------------------------------------

// The name is not in scope in its own value.
static void let_stmt(Generator *g, int depth) {
    const Type *type = any_type(g, 2);
    int vars = g->var_count;
    Hidden bound;
    put(g, "let ");
    gen_pattern(g, type, PATTERN_IRREFUTABLE, 2);
    hide_vars(g, vars, &bound);
    bool annotated = !one_in(g, 3);
    if (annotated) {
        put(g, ": ");
        put_type(g, type);
    }
    put(g, " = ");
    if (annotated)
        gen_expr(g, type, depth);
    else
        gen_known(g, type, depth);
    unhide_vars(g, &bound);
}

static void var_stmt(Generator *g, int depth) {
    const Type *type = any_kept(g, 2);
    char name[8];
    new_name(g, name, 'v');
    put(g, "var %s: ", name);
    put_type(g, type);
    put(g, " = ");
    gen_expr(g, type, depth);
    memcpy(add_var(g, type, VAR_VAR, 'v')->name, name, sizeof name);
}

bool gen_is_assignable(const Generator *g, int i) {
    return (g->vars[i].kind == VAR_VAR && i >= g->barrier) || (g->vars[i].kind == VAR_STATE && !g->closures);
}

static const Var *find_assignable(Generator *g) {
    const Var *found = NULL;
    for (int i = g->var_count - 1; i >= 0; i--) {
        if (!gen_is_assignable(g, i)) continue;
        found = &g->vars[i];
        if (one_in(g, 3)) break;
    }
    return found;
}

// Texts and lists are cut, so that they do not grow with every event.
static void new_value(Generator *g, const Type *type, int depth) {
    bool grows = type->kind == K_STRING || type->kind == K_LIST;
    if (grows)
        gen_known(g, type, depth);
    else
        gen_expr(g, type, depth);
    if (grows) put(g, type->kind == K_STRING ? ".slice(0, 30)" : ".take(6)");
}

static void assign_two(Generator *g, const Var *a, const Var *b, int depth) {
    put(g, "(%s, %s) = (", a->name, b->name);
    gen_known(g, a->type, depth);
    put(g, ", ");
    gen_known(g, b->type, depth);
    put(g, ")");
}

// `m[k] = v`, or an element of a list, which may not be there.
static void assign_element(Generator *g, const Var *var, int depth) {
    bool is_map = var->type->kind == K_MAP;
    put(g, "%s[", var->name);
    gen_expr(g, is_map ? var->type->args[0] : &GEN_INT, depth);
    put(g, "] = ");
    gen_expr(g, var->type->args[is_map], depth);
}

static bool can_assign_element(Generator *g, const Var *var) {
    if (var->type->kind == K_MAP) return !one_in(g, 3);
    return var->type->kind == K_LIST && g->is_wild && one_in(g, 6);
}

static bool assign_stmt(Generator *g, int depth) {
    static const char *const INT_OPERATORS[] = {"+%=", "-%=", "*%=", "+=", "-=", "*=", "/=", "%="};
    const Var *var = find_assignable(g), *other = find_assignable(g);
    if (!var) return false;
    if (var != other && var->type->kind < K_STRING && other->type->kind < K_STRING && one_in(g, 2)) {
        assign_two(g, var, other, depth);
    } else if (can_assign_element(g, var)) {
        assign_element(g, var, depth);
    } else if (var->type->kind == K_INT && one_in(g, 2)) {
        put(g, "%s %s ", var->name, INT_OPERATORS[any(g, g->is_wild && one_in(g, 4) ? 8 : 3)]);
        gen_expr(g, &GEN_INT, depth);
    } else if (var->type->kind == K_FLOAT && one_in(g, 2)) {
        put(g, "%s %s= ", var->name, one_in(g, 2) ? "+" : "*");
        gen_expr(g, &GEN_FLOAT, depth);
    } else {
        put(g, "%s = ", var->name);
        new_value(g, var->type, depth);
    }
    return true;
}

// ---- control -----------------------------------------------------------------------------------------------------------

static void if_stmt(Generator *g, int depth) {
    put(g, "if ");
    gen_expr(g, &GEN_BOOL, depth);
    put(g, " ");
    body(g, depth);
    if (one_in(g, 2)) return;
    put(g, " else ");
    body(g, depth);
}

// What a loop goes over for such elements; a list is cut.
static const Type *collection_type(Generator *g, const Type *elem) {
    bool is_pair = elem->kind == K_TUPLE && elem->arg_count == 2 && gen_type_comparable(elem->args[0]);
    if (is_pair && one_in(g, 2)) return gen_type_of(g, K_MAP, NULL, 2, elem->args);
    if (gen_type_comparable(elem) && one_in(g, 3)) return gen_type_of(g, K_SET, NULL, 1, &elem);
    return gen_type_list(g, elem);
}

static void for_stmt(Generator *g, int depth) {
    int vars = g->var_count;
    if (one_in(g, 2)) {
        const Type *elem = any_type(g, 1), *collection = collection_type(g, elem);
        put(g, "for ");
        Hidden bound;
        gen_pattern(g, elem, PATTERN_IRREFUTABLE, 2);
        hide_vars(g, vars, &bound);
        put(g, " in ");
        gen_known(g, collection, depth);
        put(g, collection->kind == K_LIST ? ".take(4) " : " ");
        unhide_vars(g, &bound);
    } else {
        char name[8];
        new_name(g, name, 'i');
        put(g, "for %s in ", name);
        gen_small(g, depth);
        put(g, "..");
        gen_small(g, depth);
        put(g, " ");
        memcpy(add_var(g, &GEN_INT, VAR_LET, 'i')->name, name, sizeof name);
    }
    body(g, depth);
    g->var_count = vars;
}

static void while_stmt(Generator *g, int depth) {
    const Var *counter = add_var(g, &GEN_INT, VAR_COUNTER, 'w');
    char name[8];
    memcpy(name, counter->name, sizeof name);
    put(g, "var %s = 0%swhile %s < %d && ", name, g->end, name, 1 + any(g, 4));
    gen_expr(g, &GEN_BOOL, depth);
    put(g, " { %s += 1; ", name);
    gen_stmts(g, 1 + any(g, 2), depth);
    put(g, "}");
}

static void loop_stmt(Generator *g, int depth) {
    g->loops++;
    int vars = g->var_count;
    if (one_in(g, 3))
        while_stmt(g, depth);
    else
        for_stmt(g, depth);
    g->var_count = vars;
    g->loops--;
}

// ---- effects -----------------------------------------------------------------------------------------------------------

static void emit_stmt(Generator *g, int depth) {
    put(g, "emit ");
    gen_expr(g, g->event, depth);
}

static void log_stmt(Generator *g, int depth) {
    put(g, "log " LOG_MARK);
    gen_known(g, any_comparable(g, 2), depth);
    put(g, ")");
}

// Constants and the first values of states are in no function.
static bool is_in_function(const Generator *g) {
    return g->result || g->event;
}

static void leave_stmt(Generator *g, int depth) {
    put(g, "if ");
    gen_expr(g, &GEN_BOOL, depth);
    if (g->is_wild && one_in(g, 3)) {
        put(g, " { fail \"no {");
        gen_expr(g, &GEN_INT, depth);
        put(g, "}\" }");
    } else {
        put(g, " { return");
        if (g->result) put(g, " ");
        if (g->result) gen_expr(g, g->result, depth);
        put(g, " }");
    }
}

static bool reset_stmt(Generator *g) {
    const Var *var = find_assignable(g);
    if (!var || var->kind != VAR_STATE) return false;
    put(g, "reset %s", var->name);
    return true;
}

// False if that cannot be here; then nothing is written.
static bool stmt(Generator *g, int depth) {
    if (g->map && one_in(g, 5) && gen_map_stmt(g, depth)) return true;
    switch (any(g, 16)) {
    case 0:
    case 1: let_stmt(g, depth); return true;
    case 2:
    case 3: var_stmt(g, depth); return true;
    case 4:
    case 5:
    case 6: return assign_stmt(g, depth);
    case 7:
        if (depth <= 0) return false;
        if_stmt(g, depth - 1);
        return true;
    case 8:
    case 9:
        if (depth <= 0 || g->loops >= MAX_LOOPS) return false;
        loop_stmt(g, depth - 1);
        return true;
    case 10:
        if (depth <= 0) return false;
        gen_match(g, depth - 1, arm_body, NULL);
        return true;
    case 11:
        if (!one_in(g, 4)) return false;
        log_stmt(g, depth);
        return true;
    case 12:
        if (!is_in_function(g) || !one_in(g, 2)) return false;
        leave_stmt(g, depth);
        return true;
    case 13: return one_in(g, 3) && reset_stmt(g);
    default:
        if (!g->event || g->closures) return false;
        emit_stmt(g, depth);
        return true;
    }
}

void gen_stmts(Generator *g, int count, int depth) {
    for (int i = 0; i < count; i++)
        if (stmt(g, depth)) put(g, "%s", g->end);
}
