// generator_map.c - programs about Maps: most of theirs have the same type, so that versions of a Map come together in variables,
// lists, closures, states, arguments and results. A Map is changed in place where nobody else sees it; these programs look at
// the older versions, too.
#include "tests/differential/generator.h"

void gen_choose_map(Generator *g) {
    const Type *map_args[] = {one_in(g, 3) ? &GEN_STRING : &GEN_INT, &GEN_INT};
    const Type *map = gen_type_of(g, K_MAP, NULL, 2, map_args), *nested_args[] = {&GEN_INT, map};
    const Type *set_args[] = {map_args[0]}, *listed_args[] = {map_args[0], gen_type_list(g, &GEN_INT)};
    switch (any(g, 8)) {
    case 0: g->map = gen_type_of(g, K_MAP, NULL, 2, nested_args); break;
    case 1: g->map = gen_type_of(g, K_SET, NULL, 1, set_args); break;
    case 2: g->map = gen_type_of(g, K_MAP, NULL, 2, listed_args); break;
    case 3: g->map = any_map(g, 2); break;
    default: g->map = map; break;
    }
}

// ---- expressions -------------------------------------------------------------------------------------------------------

// Mostly one of a few, so that it is often there.
static void key(Generator *g, const Type *type, int depth) {
    if (type->kind != K_INT || one_in(g, 5)) {
        gen_expr(g, type, depth);
    } else if (one_in(g, 2)) {
        put(g, "%d", any(g, one_in(g, 3) ? 70 : 5));
    } else {
        put(g, "(");
        gen_expr(g, &GEN_INT, depth);
        put(g, " %% %d)", one_in(g, 2) ? 5 : 70);
    }
}

// A call of a method that makes a changed Map or Set.
static void change(Generator *g, const Type *type, int depth) {
    bool is_map = type->kind == K_MAP, removes = one_in(g, 4), updates = is_map && !removes && one_in(g, 4);
    put(g, removes ? ".remove(" : updates ? ".update(" : ".insert(");
    key(g, type->args[0], depth);
    if (is_map && !removes) {
        put(g, ", ");
        gen_expr(g, type->args[1], depth);
    }
    if (updates) {
        const Type *args[] = {type->args[1], type->args[1]};
        put(g, ", ");
        gen_expr(g, gen_type_of(g, K_FN, NULL, 2, args), depth);
    }
    put(g, ")");
}

// A helper of the task may change the Map that is looked at.
static bool helper_call(Generator *g, const Type *type, int depth) {
    for (int i = g->fn_count - 1; i >= 0 && !g->closures; i--) {
        const Fn *fn = &g->fns[i];
        if (!fn->is_helper || !gen_type_equal(fn->result, type) || one_in(g, 4)) continue;
        put(g, "%s(", fn->name);
        for (int k = 0; k < fn->arg_count; k++) {
            if (k) put(g, ", ");
            gen_expr(g, fn->args[k], depth);
        }
        put(g, ")");
        return true;
    }
    return false;
}

static void argument(Generator *g, const Type *type, int depth) {
    if (!helper_call(g, type, depth)) gen_expr(g, type, depth);
}

static void look_for_int(Generator *g, const Var *var, int depth) {
    if (var->type->kind == K_MAP && var->type->args[1]->kind == K_INT && !one_in(g, 3)) {
        put(g, "%s.or(", var->name);
        argument(g, var->type->args[0], depth);
        put(g, ", ");
        argument(g, &GEN_INT, depth);
        put(g, ")");
    } else {
        put(g, "(%s.size() +%% ", var->name);
        argument(g, &GEN_INT, depth);
        put(g, ")");
    }
}

static void look_for_bool(Generator *g, const Var *var, int depth) {
    bool compares = gen_type_comparable(var->type) && one_in(g, 2);
    put(g, compares ? "(%s == " : "%s.contains(", var->name);
    if (!compares)
        argument(g, var->type->args[0], depth);
    else if (!helper_call(g, var->type, depth))
        gen_known(g, var->type, depth);
    put(g, ")");
}

bool gen_map_look(Generator *g, const Type *type, int depth) {
    const Var *var = find_var(g, g->map);
    if (!var || (type->kind != K_INT && type->kind != K_BOOL)) return false;
    if (type->kind == K_INT)
        look_for_int(g, var, depth);
    else
        look_for_bool(g, var, depth);
    return true;
}

// One of several nodes.
bool gen_large_map(Generator *g, const Type *type) {
    const Type *of = type->args[0];
    char name[8], number[8];
    if (type->kind != K_MAP || (of->kind != K_INT && of->kind != K_STRING)) return false;
    new_name(g, name, 'l');
    new_name(g, number, 'l');
    put(g, "({ var %s: ", name);
    put_type(g, type);
    put(g, " = [:]; for %s in 0..%d { ", number, 20 + any(g, 60));
    put(g, of->kind == K_INT ? "%s[%s * 7 %% 61] = " : "%s[\"{%s}\"] = ", name, number);
    gen_leaf(g, type->args[1]);
    put(g, " }; %s })", name);
    return true;
}

// ---- statements --------------------------------------------------------------------------------------------------------

static bool is_map(const Type *type) {
    return type->kind == K_MAP || type->kind == K_SET;
}

// NULL if there is none. The last ones first, mostly.
static const Var *find_map(Generator *g) {
    const Var *found = NULL;
    for (int i = g->var_count - 1; i >= 0; i--) {
        if (!gen_is_assignable(g, i) || !is_map(g->vars[i].type)) continue;
        found = &g->vars[i];
        if (one_in(g, 2)) break;
    }
    return found;
}

static const Var *find_map_of(Generator *g, const Type *value) {
    for (int i = g->var_count - 1; i >= 0; i--) {
        const Type *type = g->vars[i].type;
        bool fits = type->kind == K_MAP && type->args[0]->kind == K_INT && gen_type_equal(type->args[1], value);
        if (fits && gen_is_readable(g, i)) return &g->vars[i];
    }
    return NULL;
}

// A version that lies in another value. False if there is none; then nothing is written.
static bool stored_version(Generator *g, const Var *var) {
    const Type *closure = gen_type_of(g, K_FN, NULL, 1, &var->type);
    const Var *list = find_var(g, gen_type_list(g, var->type)), *getter = find_var(g, closure);
    const Var *map = one_in(g, 3) ? find_map_of(g, var->type) : NULL;
    if (map)
        put(g, "%s.get(%d).or(%s)", map->name, any(g, 5), var->name);
    else if (list && (!getter || one_in(g, 2)))
        put(g, "%s.%s().or(%s)", list->name, one_in(g, 2) ? "first" : "last", var->name);
    else if (getter)
        put(g, "%s()", getter->name);
    return map || getter || list;
}

// The variable itself, or another version.
static void some_version(Generator *g, const Var *var) {
    const Var *other = one_in(g, 3) ? find_var(g, var->type) : NULL;
    if (!other && one_in(g, 4) && stored_version(g, var)) return;
    put(g, "%s", other ? other->name : var->name);
}

static void changed_version(Generator *g, const Var *var, int depth) {
    some_version(g, var);
    for (int i = any(g, 3); i >= 0; i--) change(g, var->type, depth);
}

static void changed_or_not(Generator *g, const Var *var, int depth) {
    if (one_in(g, 2))
        some_version(g, var);
    else
        changed_version(g, var, depth);
}

static void edit_in_branch(Generator *g, const Var *var, int depth) {
    put(g, "%s = (if ", var->name);
    gen_expr(g, &GEN_BOOL, depth);
    put(g, " { ");
    changed_version(g, var, depth);
    put(g, " } else { ");
    some_version(g, var);
    put(g, " })");
}

// Two variables get a version of each other, or of themselves.
static bool edit_two(Generator *g, const Var *var, int depth) {
    const Var *other = find_map(g);
    if (other == var || !gen_type_equal(other->type, var->type)) return false;
    put(g, "(%s, %s) = (", var->name, other->name);
    if (one_in(g, 2))
        changed_version(g, other, depth);
    else
        put(g, "%s", other->name);
    put(g, ", ");
    if (one_in(g, 2))
        changed_version(g, var, depth);
    else
        put(g, "%s", var->name);
    put(g, ")");
    return true;
}

// Over numbers, or over the Map itself as it was.
static void edit_in_loop(Generator *g, const Var *var, int depth) {
    if (one_in(g, 3))
        put(g, "for %s in %s", var->type->kind == K_MAP ? "(_, _)" : "_", var->name);
    else
        put(g, "for _ in 0..%d", any(g, 5));
    put(g, " { %s = ", var->name);
    changed_version(g, var, depth);
    put(g, " }");
}

// Of a Map within the Map, which must be there.
static void edit_nested(Generator *g, const Var *var, int depth) {
    const Type *inner = var->type->args[1];
    int number = any(g, 5);
    put(g, "if %s.contains(%d) { %s[%d][", var->name, number, var->name, number);
    key(g, inner->args[0], depth);
    put(g, "] = ");
    gen_expr(g, inner->args[1], depth);
    put(g, " }");
}

static void edit_element(Generator *g, const Var *var, int depth) {
    if (var->type->args[0]->kind == K_INT && var->type->args[1]->kind == K_MAP && one_in(g, 2)) {
        edit_nested(g, var, depth);
        return;
    }
    put(g, "%s[", var->name);
    key(g, var->type->args[0], depth);
    put(g, "] = ");
    gen_expr(g, var->type->args[1], depth);
}

static void edit(Generator *g, const Var *var, int depth) {
    switch (any(g, 8)) {
    case 0: edit_in_branch(g, var, depth); return;
    case 1: edit_in_loop(g, var, depth); return;
    case 2:
        if (edit_two(g, var, depth)) return;
        break;
    case 3:
    case 4:
    case 5:
        if (var->type->kind != K_MAP) break;
        edit_element(g, var, depth);
        return;
    }
    put(g, "%s = ", var->name);
    changed_version(g, var, depth);
}

// Names of versions that are kept.
typedef struct Kept {
    char let[8], list[8], closure[8];
} Kept;

// Before the names are in scope.
static Kept keep_versions(Generator *g, const Var *var, int depth) {
    Kept kept;
    new_name(g, kept.let, 'y');
    new_name(g, kept.list, 'y');
    new_name(g, kept.closure, 'y');
    put(g, "let %s = ", kept.let);
    changed_or_not(g, var, depth);
    put(g, "%svar %s = [", g->end, kept.list);
    changed_or_not(g, var, depth);
    put(g, "]%slet %s = () => %s%s", g->end, kept.closure, var->kind == VAR_STATE ? var->name : kept.let, g->end);
    return kept;
}

static void add_kept(Generator *g, const char *name, const Type *type, VarKind kind) {
    memcpy(add_var(g, type, kind, 'y')->name, name, sizeof(((Var *)NULL)->name));
}

static void bring_in_scope(Generator *g, const Kept *kept, const Type *type) {
    add_kept(g, kept->let, type, VAR_LET);
    add_kept(g, kept->list, gen_type_list(g, type), VAR_VAR);
    add_kept(g, kept->closure, gen_type_of(g, K_FN, NULL, 1, &type), VAR_LET);
}

static void keep_in_list(Generator *g, const Kept *kept, const Var *var) {
    put(g, "%s = [..%s, %s]%s", kept->list, kept->list, var->name, g->end);
}

static void keep_in_map(Generator *g, const Var *var, int depth) {
    const Var *other = find_map(g);
    if (other == var || other->type->kind != K_MAP || !gen_type_equal(other->type->args[1], var->type)) return;
    put(g, "%s[", other->name);
    key(g, other->type->args[0], depth);
    put(g, "] = %s%s", var->name, g->end);
}

// Keeps versions of a variable, changes it and others, and looks at all of them.
static void versions(Generator *g, const Var *found, int depth) {
    Var var = *found; // there may be no place for it any more when there are more names
    Kept kept = keep_versions(g, &var, depth);
    bring_in_scope(g, &kept, var.type);
    for (int i = any(g, 3); i >= 0; i--) {
        if (one_in(g, 3) && depth > 0)
            gen_stmts(g, 1, depth - 1);
        else
            edit(g, &var, depth);
        put(g, "%s", g->end);
        if (one_in(g, 2)) keep_in_list(g, &kept, &var);
        if (one_in(g, 3)) keep_in_map(g, &var, depth);
    }
    const char *what = gen_type_comparable(var.type) ? "" : ".size()"; // of that with functions there is no text
    put(g, "log " LOG_MARK "%s%s, %s%s, %s()%s", var.name, what, kept.let, what, kept.closure, what);
    put(g, *what ? ")" : ", %s)", kept.list);
}

bool gen_map_stmt(Generator *g, int depth) {
    const Var *var = find_map(g);
    if (!var) return false;
    if (one_in(g, 3))
        versions(g, var, depth);
    else
        edit(g, var, depth);
    return true;
}
