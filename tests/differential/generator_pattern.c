#include "tests/differential/generator.h"

static void bind(Generator *g, const Type *type, PatternKind kind) {
    if (kind == PATTERN_BINDS_NOTHING || one_in(g, 4))
        put(g, "_");
    else
        put(g, "%s", add_var(g, type, VAR_LET, 'p')->name);
}

static void tuple_pattern(Generator *g, const Type *type, PatternKind kind, int depth) {
    for (int i = 0; i < type->arg_count; i++) {
        put(g, i ? ", " : "(");
        gen_pattern(g, type->args[i], kind, depth);
    }
    put(g, ")");
}

static void list_pattern(Generator *g, const Type *type, PatternKind kind, int depth) {
    int count = any(g, 4), rest = any(g, 2 * count + 2); // no rest, half of the time
    put(g, "[");
    for (int i = 0; i < count; i++) {
        if (i) put(g, ", ");
        if (i != rest)
            gen_pattern(g, type->args[0], kind, depth);
        else if (kind == PATTERN_BINDS_NOTHING || one_in(g, 2))
            put(g, one_in(g, 2) ? ".." : ".._");
        else
            put(g, "..%s", add_var(g, type, VAR_LET, 'p')->name);
    }
    put(g, "]");
}

static void variant_pattern(Generator *g, const Type *type, const Variant *variant, PatternKind kind, int depth) {
    bool by_name = one_in(g, 4), is_first = true;
    put(g, "%s", variant->name);
    if (!variant->field_count) return;
    put(g, "(");
    for (int i = 0; i < variant->field_count; i++) {
        if (by_name && i < variant->field_count - 1 && one_in(g, 2)) continue;
        if (!is_first) put(g, ", ");
        if (by_name) put(g, "%s: ", variant->fields[i].name);
        gen_pattern(g, gen_type_apply(g, variant->fields[i].type, type->args), kind, depth);
        is_first = false;
    }
    put(g, ")");
}

static void literal_pattern(Generator *g, const Type *type) {
    static const char *const INTS[] = {"0", "1", "2", "-1", "3", "9223372036854775807", "-9223372036854775808", "0xff"};
    static const char *const FLOATS[] = {"0.0", "1.5", "-0.0", "100.0", "0.1"};
    switch (type->kind) {
    case K_UNIT: put(g, "()"); break;
    case K_INT: put(g, "%s", INTS[any(g, 8)]); break;
    case K_FLOAT: put(g, "%s", FLOATS[any(g, 5)]); break;
    case K_BOOL: put(g, one_in(g, 2) ? "true" : "false"); break;
    default: gen_string_literal(g); break;
    }
}

// Names that are bound in each of two alternatives: in the first element of lists, or the field that all variants share. False if
// the type has none.
static bool alternatives(Generator *g, const Type *type) {
    bool is_list = type->kind == K_LIST;
    if (!is_list && (type->kind != K_NAMED || !type->decl->is_enum || !type->decl->shares)) return false;
    const Type *first = is_list ? type->args[0] : gen_type_apply(g, type->decl->variants[0].fields[0].type, type->args);
    const char *name = add_var(g, first, VAR_LET, 'p')->name;
    if (is_list) {
        put(g, one_in(g, 2) ? "([%s] | [_, %s, ..])" : "([%s, _] | [.., %s])", name, name);
        return true;
    }
    put(g, "(");
    for (int i = 0; i < type->decl->variant_count; i++) {
        const Variant *variant = &type->decl->variants[i];
        put(g, "%s%s(%s: %s)", i ? " | " : "", variant->name, variant->fields[0].name, name);
        if (one_in(g, 3)) break;
    }
    put(g, ")");
    return true;
}

static void by_kind(Generator *g, const Type *type, PatternKind kind, int depth) {
    bool irrefutable = kind == PATTERN_IRREFUTABLE;
    if (type->kind == K_TUPLE)
        tuple_pattern(g, type, kind, depth);
    else if (type->kind == K_NAMED && (!irrefutable || type->decl->variant_count == 1))
        variant_pattern(g, type, &type->decl->variants[any(g, type->decl->variant_count)], kind, depth);
    else if (!irrefutable && type->kind == K_LIST)
        list_pattern(g, type, kind, depth);
    else if (!irrefutable && gen_type_is_scalar(type) && type->kind != K_DURATION && type->kind != K_BYTES)
        literal_pattern(g, type);
    else
        bind(g, type, kind);
}

void gen_pattern(Generator *g, const Type *type, PatternKind kind, int depth) {
    if (depth <= 0 || one_in(g, 4)) {
        bind(g, type, kind);
        return;
    }
    if (kind == PATTERN_ANY && one_in(g, 4) && alternatives(g, type)) return;
    if (kind == PATTERN_ANY && one_in(g, 8)) {
        put(g, "(");
        by_kind(g, type, PATTERN_BINDS_NOTHING, depth - 1);
        put(g, " | ");
        by_kind(g, type, PATTERN_BINDS_NOTHING, depth - 1);
        put(g, ")");
    } else if (kind == PATTERN_ANY && one_in(g, 8)) {
        put(g, "(");
        by_kind(g, type, kind, depth - 1);
        put(g, " as %s)", add_var(g, type, VAR_LET, 'p')->name);
    } else {
        by_kind(g, type, kind, depth - 1);
    }
}

// ---- match -------------------------------------------------------------------------------------------------------------

typedef struct Arms {
    const Type *type;
    int depth;
    void (*body)(Generator *g, const void *what, int depth);
    const void *what;
} Arms;

static void arm(Generator *g, const Arms *arms, const Variant *variant, PatternKind kind) {
    int vars = g->var_count;
    if (variant)
        variant_pattern(g, arms->type, variant, kind, 1);
    else
        gen_pattern(g, arms->type, kind, 3);
    if (kind == PATTERN_ANY && one_in(g, 3)) {
        put(g, " if ");
        gen_expr(g, &GEN_BOOL, arms->depth);
    }
    put(g, " => ");
    arms->body(g, arms->what, arms->depth);
    put(g, ", ");
    g->var_count = vars;
}

static const Type *scrutinee_type(Generator *g) {
    const Var *var = one_in(g, 3) ? NULL : find_any_var(g);
    return var ? var->type : any_type(g, 2);
}

void gen_match(Generator *g, int depth, void (*body)(Generator *g, const void *what, int depth), const void *what) {
    const Arms arms = {scrutinee_type(g), depth, body, what};
    put(g, "match ");
    gen_known(g, arms.type, depth);
    put(g, " { ");
    for (int i = any(g, 3); i > 0; i--) arm(g, &arms, NULL, PATTERN_ANY);
    if (arms.type->kind == K_NAMED && !one_in(g, 3))
        for (int i = 0; i < arms.type->decl->variant_count; i++)
            arm(g, &arms, &arms.type->decl->variants[i], PATTERN_IRREFUTABLE);
    else
        arm(g, &arms, NULL, PATTERN_IRREFUTABLE);
    put(g, "}");
}
