#include "tests/differential/generator.h"

#include "tests/differential/generator_library.h"

// ---- names -------------------------------------------------------------------------------------------------------------

Var *add_var(Generator *g, const Type *type, VarKind kind, char first) {
    if (g->var_count == MAX_VARS) g->var_count--; // the last one is forgotten
    Var *var = &g->vars[g->var_count++];
    *var = (Var){.type = type, .kind = kind};
    new_name(g, var->name, first);
    return var;
}

void hide_vars(Generator *g, int from, Hidden *hidden) {
    hidden->count = 0;
    for (int i = from; i < g->var_count && hidden->count < 24; i++) hidden->vars[hidden->count++] = g->vars[i];
    g->var_count = from;
}

void unhide_vars(Generator *g, const Hidden *hidden) {
    for (int i = 0; i < hidden->count && g->var_count < MAX_VARS; i++) g->vars[g->var_count++] = hidden->vars[i];
}

bool gen_is_readable(const Generator *g, int i) {
    return i >= g->barrier || g->vars[i].kind == VAR_LET || g->vars[i].kind == VAR_STATE;
}

// Those made last come first, mostly.
const Var *find_var(Generator *g, const Type *type) {
    const Var *found = NULL;
    for (int i = g->var_count - 1; i >= 0; i--) {
        if (!gen_is_readable(g, i) || !gen_type_equal(g->vars[i].type, type)) continue;
        found = &g->vars[i];
        if (one_in(g, 2)) break;
    }
    return found;
}

const Var *find_any_var(Generator *g) {
    for (int tries = 0; tries < 6 && g->var_count; tries++) {
        int i = any(g, g->var_count);
        if (gen_is_readable(g, i)) return &g->vars[i];
    }
    return NULL;
}

// ---- literals ----------------------------------------------------------------------------------------------------------

void gen_int_literal(Generator *g) {
    static const char *const LIMITS[] = {
        "9223372036854775807",
        "(-9223372036854775808)",
        "4611686018427387904",
        "(-9223372036854775807)",
        "4294967296",
        "3037000500",
        "0xff",
        "(-2147483648)",
        "1_000_000",
        "(-1)",
    };
    if (one_in(g, 8))
        put(g, "%s", LIMITS[any(g, sizeof LIMITS / sizeof *LIMITS)]);
    else
        put(g, "%d", any(g, one_in(g, 3) ? 100 : 6));
}

static void float_literal(Generator *g) {
    static const char *const LITERALS[] = {"0.0", "1.5", "(-0.0)",  "0.1",  "100.0",         "1e308", "5e-324",
                                           "3.0", "2.5", "(-7.25)", "1e21", "123456789.125", "0.3",   "(0.0 / 0.0)"};
    put(g, "%s", LITERALS[any(g, sizeof LITERALS / sizeof *LITERALS)]);
}

void gen_string_literal(Generator *g) {
    static const char *const LITERALS[] = {
        "",         "a",     "b", "ab", "é",   "x𝄞y",        "\\n",   "\\\"q\\\"",
        "\\\\ \\{", " a b ", "ß", "1",  "-12", "\\u{9f}\\t", "aXbXc", "abcdefghijklmnopq",
    };
    put(g, "\"%s\"", LITERALS[any(g, sizeof LITERALS / sizeof *LITERALS)]);
}

static void duration_literal(Generator *g) {
    static const char *const LITERALS[] = {
        "0.s", "1.ns", "5.s", "1500.ms", "(-3).h", "90.m", "2.d", "7.us", "9223372036854775807.ns", "(-9223372036854775808).ns"};
    put(g, "%s", LITERALS[any(g, 10)]);
}

static void bytes_literal(Generator *g) {
    static const char *const LITERALS[] = {"", "00", "ff", "616263", "c3a9", "c3", "00ff7f80", "e282ac41", "f09d849e"};
    put(g, "bytes.of_hex(\"%s\")", LITERALS[any(g, 9)]);
}

static void closure(Generator *g, const Type *type, int depth);

static void construct_leaf(Generator *g, const Type *type) {
    const Variant *variant = &type->decl->variants[type->decl == &GEN_OPTION && one_in(g, 2)];
    put(g, "%s", variant->name);
    for (int i = 0; i < variant->field_count; i++) {
        put(g, i ? ", " : "(");
        gen_leaf(g, gen_type_apply(g, variant->fields[i].type, type->args));
    }
    if (variant->field_count) put(g, ")");
}

void gen_leaf(Generator *g, const Type *type) {
    const Var *var = one_in(g, 4) && type->kind != K_PARAM ? NULL : find_var(g, type);
    if (var) {
        put(g, "%s", var->name);
        return;
    }
    switch (type->kind) {
    case K_UNIT: put(g, "()"); break;
    case K_INT: gen_int_literal(g); break;
    case K_FLOAT: float_literal(g); break;
    case K_BOOL: put(g, one_in(g, 2) ? "true" : "false"); break;
    case K_DURATION: duration_literal(g); break;
    case K_BYTES: bytes_literal(g); break;
    case K_STRING: gen_string_literal(g); break;
    case K_ANY: put(g, "(%d as Any)", any(g, 3)); break;
    case K_LIST: put(g, "[]"); break;
    case K_MAP: put(g, "[:]"); break;
    case K_SET: put(g, "set.of([])"); break;
    case K_TUPLE:
        for (int i = 0; i < type->arg_count; i++) {
            put(g, i ? ", " : "(");
            gen_leaf(g, type->args[i]);
        }
        put(g, ")");
        break;
    case K_NAMED: construct_leaf(g, type); break;
    case K_FN: closure(g, type, 0); break;
    case K_PARAM: break; // there is always a variable
    }
}

void gen_small(Generator *g, int depth) {
    if (depth <= 0 || one_in(g, 2)) {
        put(g, "%d", any(g, 5));
        return;
    }
    put(g, "(");
    gen_expr(g, &GEN_INT, depth - 1);
    put(g, " %% 4)");
}

// ---- numbers -----------------------------------------------------------------------------------------------------------

// `between` stands between two operands.
static void binary(Generator *g, const Type *type, const char *between, int depth) {
    put(g, "(");
    gen_known(g, type, depth);
    put(g, "%s", between);
    gen_known(g, type, depth);
    put(g, ")");
}

// What cannot fail.
static void careful_int(Generator *g, int depth) {
    static const char *const SMALL_ONES[] = {" %% 1000 + ", " %% 1000 - ", " %% 1000 * "};
    static const char *const BEHIND[] = {
        " %% 1000)", " / 7)", " / 2)", " %% 10)", " / (-3))", " %% (-1))", " %% 9223372036854775807)"};
    int chosen = any(g, 5);
    if (chosen == 0) put(g, "(-");
    put(g, "(");
    gen_expr(g, &GEN_INT, depth);
    switch (chosen) {
    case 0: put(g, " %% 1000))"); break;
    case 1:
    case 2:
        put(g, SMALL_ONES[any(g, 3)]);
        gen_expr(g, &GEN_INT, depth);
        put(g, " %% 1000)");
        break;
    default: put(g, BEHIND[any(g, sizeof BEHIND / sizeof *BEHIND)]); break;
    }
}

static void negation(Generator *g, const Type *type, int depth) {
    put(g, "(-");
    gen_expr(g, type, depth);
    put(g, ")");
}

// Of such a chain the compiler works out whether it can overflow.
static void plain_int(Generator *g, int depth) {
    static const char *const OPERATORS[] = {" + ", " - ", " * ", " + ", " - ", " +% ", " *% "};
    static const char *const BY[] = {" / 2)", " / (-3))", " %% 10)", " %% (-7))", " %% 4096)", " / 9223372036854775807)"};
    int chosen = any(g, 12);
    if (chosen == 0) {
        negation(g, &GEN_INT, depth);
    } else if (chosen < 8) {
        binary(g, &GEN_INT, OPERATORS[any(g, one_in(g, 6) ? 7 : 5)], depth);
    } else {
        put(g, "(");
        gen_expr(g, &GEN_INT, depth);
        put(g, BY[any(g, 6)]);
    }
}

static void make_int(Generator *g, const Type *type, int depth) {
    if (g->is_plain) {
        plain_int(g, depth);
        return;
    }
    static const char *const WRAPS[] = {" +% ", " -% ", " *% "}, *const CHECKED[] = {" + ", " - ", " * ", " / ", " % "};
    if (one_in(g, 5))
        gen_int_literal(g);
    else if (one_in(g, 3))
        binary(g, type, WRAPS[any(g, 3)], depth);
    else if (!g->is_wild || !one_in(g, 6))
        careful_int(g, depth);
    else if (one_in(g, 6))
        negation(g, type, depth);
    else
        binary(g, type, CHECKED[any(g, 5)], depth);
}

static void make_float(Generator *g, const Type *type, int depth) {
    static const char *const OPERATORS[] = {" + ", " - ", " * ", " / "};
    if (one_in(g, 4)) {
        float_literal(g);
    } else if (one_in(g, 6)) {
        negation(g, type, depth);
    } else {
        binary(g, type, OPERATORS[any(g, 4)], depth);
    }
}

static void make_bool(Generator *g, const Type *type, int depth) {
    static const char *const ORDER[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    switch (any(g, 6)) {
    case 0: binary(g, type, one_in(g, 2) ? " && " : " || ", depth); break;
    case 1:
        put(g, "!");
        gen_expr(g, type, depth);
        break;
    default: binary(g, one_in(g, 2) ? &GEN_INT : g->is_plain ? &GEN_FLOAT : any_comparable(g, 2), ORDER[any(g, 6)], depth); break;
    }
}

static void make_duration(Generator *g, const Type *type, int depth) {
    static const char *const UNITS[] = {"ns", "us", "ms", "s", "m", "h", "d"};
    if (g->is_wild && one_in(g, 4)) {
        binary(g, type, one_in(g, 2) ? " + " : " - ", depth);
    } else if (one_in(g, 2)) {
        put(g, "(");
        gen_expr(g, &GEN_INT, depth);
        put(g, " %% 1000).%s", UNITS[any(g, 7)]);
    } else {
        put(g, "((");
        gen_expr(g, type, depth);
        put(g, ".to_ns() %% 100000).us %s (", one_in(g, 2) ? "+" : "-");
        gen_expr(g, type, depth);
        put(g, ".to_ns() %% 1000).%s)", UNITS[any(g, 7)]);
    }
}

static void make_bytes(Generator *g, const Type *type, int depth) {
    switch (any(g, 4)) {
    case 0: bytes_literal(g); break;
    case 1: binary(g, type, " ++ ", depth); break;
    case 2:
        put(g, "bytes.from_string(");
        gen_expr(g, &GEN_STRING, depth);
        put(g, ")");
        break;
    default:
        put(g, "bytes.from_list(");
        gen_known(g, gen_type_list(g, &GEN_INT), depth);
        put(g, ").or(");
        gen_expr(g, type, depth);
        put(g, ")");
        break;
    }
}

// ---- texts, lists, records ---------------------------------------------------------------------------------------------

static void interpolation(Generator *g, int depth) {
    static const char *const TEXTS[] = {"", "a", " é", "=", "\\{"};
    put(g, "\"%s", TEXTS[any(g, 5)]);
    for (int i = any(g, 3); i >= 0; i--) {
        put(g, "{");
        gen_known(g, any_comparable(g, 2), depth);
        put(g, "}%s", TEXTS[any(g, 5)]);
    }
    put(g, "\"");
}

static void make_string(Generator *g, const Type *type, int depth) {
    if (one_in(g, 4))
        gen_string_literal(g);
    else if (one_in(g, 3))
        binary(g, type, " ++ ", depth);
    else
        interpolation(g, depth);
}

static void make_list(Generator *g, const Type *type, int depth) {
    if (one_in(g, 6)) {
        binary(g, type, " ++ ", depth);
        return;
    }
    put(g, "[");
    for (int i = 0, count = any(g, 4); i < count; i++) {
        if (i) put(g, ", ");
        bool spreads = one_in(g, 6);
        if (spreads) put(g, "..");
        if (spreads)
            gen_known(g, type, depth);
        else
            gen_expr(g, type->args[0], depth);
    }
    put(g, "]");
}

static void make_map(Generator *g, const Type *type, int depth) {
    int count = any(g, 4);
    if (one_in(g, 8) && gen_large_map(g, type)) return;
    if (!count) put(g, "[:]");
    for (int i = 0; i < count; i++) {
        put(g, i ? ", " : "[");
        bool spreads = one_in(g, 6);
        if (spreads) put(g, "..");
        if (spreads) {
            gen_known(g, type, depth);
            continue;
        }
        gen_expr(g, type->args[0], depth);
        put(g, ": ");
        gen_expr(g, type->args[1], depth);
    }
    if (count) put(g, "]");
}

static void make_set(Generator *g, const Type *type, int depth) {
    put(g, "set.of(");
    gen_known(g, gen_type_list(g, type->args[0]), depth);
    put(g, ")");
}

static void make_tuple(Generator *g, const Type *type, int depth) {
    for (int i = 0; i < type->arg_count; i++) {
        put(g, i ? ", " : "(");
        gen_expr(g, type->args[i], depth);
    }
    put(g, ")");
}

// Fields from number `from` on are given by name.
static void fields(Generator *g, const Type *type, const Variant *variant, int from, int depth) {
    for (int i = 0; i < variant->field_count; i++) {
        if (i) put(g, ", ");
        if (i >= from) put(g, "%s: ", variant->fields[i].name);
        gen_expr(g, gen_type_apply(g, variant->fields[i].type, type->args), depth);
    }
}

static void update(Generator *g, const Type *type, int depth) {
    const Variant *variant = &type->decl->variants[0];
    put(g, "%s(..", variant->name);
    gen_known(g, type, depth);
    for (int i = 0; i < variant->field_count; i++) {
        if (!one_in(g, 2)) continue;
        put(g, ", %s: ", variant->fields[i].name);
        gen_expr(g, gen_type_apply(g, variant->fields[i].type, type->args), depth);
    }
    put(g, ")");
}

static void make_named(Generator *g, const Type *type, int depth) {
    const Decl *decl = type->decl;
    const Variant *variant = &decl->variants[any(g, decl->variant_count)];
    if (!decl->is_enum && one_in(g, 3)) {
        update(g, type, depth);
        return;
    }
    put(g, "%s", variant->name);
    if (!variant->field_count) return;
    put(g, "(");
    fields(g, type, variant, one_in(g, 3) ? any(g, variant->field_count) : MAX_FIELDS, depth);
    put(g, ")");
}

// ---- functions ---------------------------------------------------------------------------------------------------------

// The body of a closure, with statements of its own.
static void closure_block(Generator *g, const Type *result, int depth) {
    const char *end = g->end;
    int vars = g->var_count;
    g->end = "; ";
    put(g, "{ ");
    gen_stmts(g, 1 + any(g, 2), depth);
    gen_expr(g, result, depth);
    put(g, " }");
    g->end = end;
    g->var_count = vars;
}

static void closure(Generator *g, const Type *type, int depth) {
    int vars = g->var_count, barrier = g->barrier, count = type->arg_count - 1;
    const Type *outer = g->result;
    g->barrier = g->var_count;
    g->result = type->args[count];
    g->closures++;
    put(g, "((");
    for (int i = 0; i < count; i++) {
        if (i) put(g, ", ");
        gen_pattern(g, type->args[i], PATTERN_IRREFUTABLE, 1);
    }
    put(g, ") => ");
    if (depth > 1 && one_in(g, 4))
        closure_block(g, type->args[count], depth - 1);
    else
        gen_expr(g, type->args[count], depth - 1);
    put(g, ")");
    g->closures--;
    g->result = outer;
    g->barrier = barrier;
    g->var_count = vars;
}

// The name of a function that has the type.
static bool function_name(Generator *g, const Type *type) {
    for (int i = 0; i < g->fn_count; i++) {
        const Fn *fn = &g->fns[i];
        bool fits = !fn->is_method && !fn->is_helper && !fn->param_count && fn->arg_count == type->arg_count - 1 &&
                    gen_type_equal(fn->result, type->args[fn->arg_count]);
        for (int k = 0; fits && k < fn->arg_count; k++)
            fits = fn->args[k] != &GEN_SMALL && gen_type_equal(fn->args[k], type->args[k]);
        if (!fits || one_in(g, 3)) continue;
        put(g, "%s", fn->name);
        return true;
    }
    return false;
}

static void make_any(Generator *g, const Type *type, int depth) {
    (void)type;
    const Type *held = any_type(g, 2);
    put(g, "(");
    gen_known(g, held->kind == K_ANY ? &GEN_INT : held, depth);
    put(g, " as Any)");
}

// An Option of what an Any holds.
static bool cast(Generator *g, const Type *type, int depth) {
    if (type->decl != &GEN_OPTION || gen_type_is_generic(type) || type->args[0]->kind == K_ANY) return false;
    put(g, "(");
    gen_known(g, &GEN_ANY, depth);
    bool is_fn = type->args[0]->kind == K_FN;
    put(g, is_fn ? " as (" : " as ");
    put_type(g, type->args[0]);
    put(g, is_fn ? "))" : ")");
    return true;
}

static void make_fn(Generator *g, const Type *type, int depth) {
    if (!one_in(g, 3) || !function_name(g, type)) closure(g, type, depth);
}

// ---- calls -------------------------------------------------------------------------------------------------------------

// Sets the type arguments with which the function makes a value of the type.
static bool can_make(Generator *g, const Fn *fn, const Type *type, const Type **args) {
    for (int i = 0; i < MAX_ARGS; i++) args[i] = NULL;
    if ((fn->is_helper && g->closures) || !gen_type_match(fn->result, type, args)) return false;
    for (int i = 0; i < fn->param_count; i++) {
        if (!args[i]) args[i] = any_comparable(g, 1);
        if (!gen_type_comparable(args[i]) || !gen_type_is_argument(args[i])) return false;
    }
    return true;
}

static const Fn *find_fn(Generator *g, const Type *type, const Type **args) {
    const Fn *library;
    int library_count = library_fns(g, &library);
    for (int tries = 0; tries < 30; tries++) {
        bool own = g->fn_count && one_in(g, 3);
        const Fn *fn = own ? &g->fns[any(g, g->fn_count)] : &library[any(g, library_count)];
        if (fn->fails && !(g->is_wild && one_in(g, 6))) continue;
        if (can_make(g, fn, type, args)) return fn;
    }
    return NULL;
}

static bool mentions(const Type *type, int param) {
    bool found = type->kind == K_PARAM && type->param == param;
    for (int i = 0; i < type->arg_count; i++) found = found || mentions(type->args[i], param);
    return found;
}

// Whether the argument is what decides about a type argument: a method's are not written, and only those of the receiver are
// known.
static bool decides(const Fn *fn, int number) {
    bool found = false;
    for (int i = 0; i < fn->param_count; i++) found = found || (mentions(fn->args[number], i) && !mentions(fn->args[0], i));
    return fn->is_method && found;
}

static void argument(Generator *g, const Fn *fn, int number, const Type *const *types, int depth) {
    if (fn->args[number] == &GEN_SMALL)
        gen_small(g, depth);
    else if (decides(fn, number))
        gen_known(g, gen_type_apply(g, fn->args[number], types), depth);
    else
        gen_expr(g, gen_type_apply(g, fn->args[number], types), depth);
}

static void type_arguments(Generator *g, const Fn *fn, const Type *const *types) {
    for (int i = 0; i < fn->param_count; i++) {
        put(g, i ? ", " : "[");
        put_type(g, types[i]);
    }
    if (fn->param_count) put(g, "]");
}

static bool call(Generator *g, const Type *type, int depth) {
    const Type *types[MAX_ARGS];
    const Fn *fn = find_fn(g, type, types);
    if (!fn) return false;
    int given = fn->arg_count - (fn->default_count ? any(g, fn->default_count + 1) : 0), first = 0;
    if (fn->is_method) {
        gen_known(g, gen_type_apply(g, fn->args[first++], types), depth);
        put(g, ".");
    }
    bool pipes = !fn->is_method && given && fn->args[0] != &GEN_SMALL && one_in(g, 6);
    if (pipes) {
        put(g, "(");
        gen_known(g, gen_type_apply(g, fn->args[first++], types), depth);
        put(g, " |> ");
    }
    put(g, "%s", fn->name);
    if (!fn->is_method) type_arguments(g, fn, types);
    put(g, "(");
    for (int i = first; i < given; i++) {
        if (i > first) put(g, ", ");
        argument(g, fn, i, types, depth);
    }
    put(g, pipes ? "))" : ")");
    return true;
}

// A call of a function value.
static bool call_value(Generator *g, const Type *type, int depth) {
    for (int i = g->var_count - 1; i >= 0; i--) {
        const Var *var = &g->vars[i];
        int count = var->type->arg_count - 1;
        if (var->type->kind != K_FN || !gen_is_readable(g, i) || !gen_type_equal(var->type->args[count], type)) continue;
        put(g, "%s(", var->name);
        for (int k = 0; k < count; k++) {
            if (k) put(g, ", ");
            gen_expr(g, var->type->args[k], depth);
        }
        put(g, ")");
        return true;
    }
    return false;
}

// ---- what every type has -----------------------------------------------------------------------------------------------

static bool field_of_var(Generator *g, const Type *type) {
    for (int i = g->var_count - 1; i >= 0; i--) {
        const Var *var = &g->vars[i];
        if (var->type->kind != K_NAMED || !var->type->decl->shares || !gen_is_readable(g, i)) continue;
        const Variant *variant = &var->type->decl->variants[0];
        for (int k = 0; k < (var->type->decl->is_enum ? 1 : variant->field_count); k++) {
            if (!gen_type_equal(gen_type_apply(g, variant->fields[k].type, var->type->args), type)) continue;
            put(g, "%s.%s", var->name, variant->fields[k].name);
            return true;
        }
    }
    return false;
}

static void conditional(Generator *g, const Type *type, int depth) {
    put(g, "(if ");
    gen_expr(g, &GEN_BOOL, depth);
    put(g, " { ");
    gen_expr(g, type, depth);
    put(g, " } else { ");
    gen_expr(g, type, depth);
    put(g, " })");
}

static void match_body(Generator *g, const void *type, int depth) {
    gen_expr(g, type, depth);
}

static void element(Generator *g, const Type *type, int depth) {
    const Type *args[] = {one_in(g, 2) ? &GEN_INT : &GEN_STRING, type};
    bool is_map = one_in(g, 2);
    gen_known(g, is_map ? gen_type_of(g, K_MAP, NULL, 2, args) : gen_type_list(g, type), depth);
    put(g, "[");
    gen_expr(g, is_map ? args[0] : &GEN_INT, depth);
    put(g, "]");
}

static void block(Generator *g, const Type *type, int depth) {
    const char *end = g->end;
    int vars = g->var_count;
    g->end = "; ";
    put(g, "({ ");
    gen_stmts(g, 1 + any(g, 2), depth);
    gen_expr(g, type, depth);
    put(g, " })");
    g->end = end;
    g->var_count = vars;
}

static bool general(Generator *g, const Type *type, int depth) {
    if (g->is_plain) {
        bool is_conditional = one_in(g, 3);
        if (is_conditional) conditional(g, type, depth);
        return is_conditional;
    }
    if (g->map && one_in(g, 6) && gen_map_look(g, type, depth)) return true;
    switch (any(g, 12)) {
    case 0: conditional(g, type, depth); return true;
    case 1:
    case 2:
        put(g, "(");
        gen_match(g, depth, match_body, type);
        put(g, ")");
        return true;
    case 3: block(g, type, depth); return true;
    case 4: return cast(g, type, depth) || field_of_var(g, type);
    case 5: return call_value(g, type, depth);
    case 6:
        if (!g->is_wild || !one_in(g, 3)) return false;
        element(g, type, depth);
        return true;
    default: return call(g, type, depth);
    }
}

// How a value of each kind is made of others.
typedef void Maker(Generator *g, const Type *type, int depth);

static void make_leaf(Generator *g, const Type *type, int depth) {
    (void)depth;
    gen_leaf(g, type);
}

static Maker *const MAKERS[] = {
    [K_UNIT] = make_leaf,   [K_INT] = make_int, [K_FLOAT] = make_float,   [K_BOOL] = make_bool,   [K_DURATION] = make_duration,
    [K_BYTES] = make_bytes, [K_ANY] = make_any, [K_STRING] = make_string, [K_TUPLE] = make_tuple, [K_LIST] = make_list,
    [K_MAP] = make_map,     [K_SET] = make_set, [K_NAMED] = make_named,   [K_FN] = make_fn,       [K_PARAM] = make_leaf,
};

void gen_expr(Generator *g, const Type *type, int depth) {
    if (depth <= 0 || g->budget <= 0 || one_in(g, 6)) {
        gen_leaf(g, type);
        return;
    }
    g->budget--;
    if (one_in(g, 2) && general(g, type, depth - 1)) return;
    MAKERS[type->kind](g, type, depth - 1);
}

void gen_known(Generator *g, const Type *type, int depth) {
    const Var *var = gen_type_is_scalar(type) || one_in(g, 3) ? NULL : find_var(g, type);
    if (gen_type_is_scalar(type)) {
        gen_expr(g, type, depth);
    } else if (var) {
        put(g, "%s", var->name);
    } else if (gen_type_is_argument(type) && !one_in(g, 6)) {
        put(g, "id[");
        put_type(g, type);
        put(g, "](");
        gen_expr(g, type, depth);
        put(g, ")");
    } else {
        put(g, "({ let known: ");
        put_type(g, type);
        put(g, " = ");
        gen_expr(g, type, depth);
        put(g, "; known })");
    }
}
