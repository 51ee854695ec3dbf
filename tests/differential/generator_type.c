#include "tests/differential/generator.h"

const Type GEN_UNIT = {.kind = K_UNIT}, GEN_INT = {.kind = K_INT}, GEN_FLOAT = {.kind = K_FLOAT}, GEN_BOOL = {.kind = K_BOOL},
           GEN_STRING = {.kind = K_STRING}, GEN_DURATION = {.kind = K_DURATION}, GEN_BYTES = {.kind = K_BYTES},
           GEN_ANY = {.kind = K_ANY};

static const Type PARAM_0 = {.kind = K_PARAM}, PARAM_1 = {.kind = K_PARAM, .param = 1};

const Decl GEN_OPTION = {
    .name = "Option",
    .is_enum = true,
    .param_count = 1,
    .variants = {{"Some", {{"value", &PARAM_0}}, 1}, {"None", {{"", NULL}}, 0}},
    .variant_count = 2,
};

const Decl GEN_RESULT = {
    .name = "Result",
    .is_enum = true,
    .param_count = 2,
    .variants = {{"Ok", {{"value", &PARAM_0}}, 1}, {"Err", {{"error", &PARAM_1}}, 1}},
    .variant_count = 2,
};

// ---- types -------------------------------------------------------------------------------------------------------------

const Type *gen_type_of(Generator *g, Kind kind, const Decl *decl, int arg_count, const Type *const *args) {
    Type *type = ARENA_NEW(&g->arena, Type);
    *type = (Type){.kind = kind, .decl = decl, .arg_count = arg_count};
    for (int i = 0; i < arg_count; i++) type->args[i] = args[i];
    return type;
}

const Type *gen_type_list(Generator *g, const Type *elem) {
    return gen_type_of(g, K_LIST, NULL, 1, &elem);
}

const Type *gen_type_option(Generator *g, const Type *value) {
    return gen_type_of(g, K_NAMED, &GEN_OPTION, 1, &value);
}

bool gen_type_equal(const Type *a, const Type *b) {
    if (a->kind != b->kind || a->decl != b->decl || a->arg_count != b->arg_count || a->param != b->param) return false;
    for (int i = 0; i < a->arg_count; i++)
        if (!gen_type_equal(a->args[i], b->args[i])) return false;
    return true;
}

const Type *gen_type_apply(Generator *g, const Type *type, const Type *const *args) {
    if (type->kind == K_PARAM) return args[type->param];
    if (!type->arg_count) return type;
    const Type *applied[MAX_ARGS];
    for (int i = 0; i < type->arg_count; i++) applied[i] = gen_type_apply(g, type->args[i], args);
    return gen_type_of(g, type->kind, type->decl, type->arg_count, applied);
}

bool gen_type_match(const Type *pattern, const Type *type, const Type **args) {
    if (pattern->kind == K_PARAM) {
        if (!args[pattern->param]) args[pattern->param] = type;
        return gen_type_equal(args[pattern->param], type);
    }
    if (pattern->kind != type->kind || pattern->decl != type->decl || pattern->arg_count != type->arg_count) return false;
    for (int i = 0; i < pattern->arg_count; i++)
        if (!gen_type_match(pattern->args[i], type->args[i], args)) return false;
    return true;
}

bool gen_type_comparable(const Type *type) {
    if (type->kind == K_FN || type->kind == K_ANY || (type->decl && type->decl->has_fn)) return false;
    for (int i = 0; i < type->arg_count; i++)
        if (!gen_type_comparable(type->args[i])) return false;
    return true;
}

static bool contains(const Type *type, Kind kind) {
    bool found = type->kind == kind;
    for (int i = 0; i < type->arg_count; i++) found = found || contains(type->args[i], kind);
    return found;
}

bool gen_type_is_generic(const Type *type) {
    return contains(type, K_PARAM);
}

// The grammar reads a type argument as an expression, in which `->` has no place within round brackets.
bool gen_type_is_argument(const Type *type) {
    bool is_round = type->kind == K_TUPLE || type->kind == K_FN;
    for (int i = 0; i < type->arg_count; i++) {
        bool is_result = type->kind == K_FN && i == type->arg_count - 1;
        if (is_round && !is_result ? contains(type->args[i], K_FN) : !gen_type_is_argument(type->args[i])) return false;
    }
    return true;
}

bool gen_type_is_scalar(const Type *type) {
    return type->kind <= K_STRING;
}

void put_type(Generator *g, const Type *type) {
    static const char *const NAMES[] = {"()", "Int", "Float", "Bool", "Duration", "Bytes", "String", "", "List", "Map", "Set"};
    static const char *const PARAMS[] = {"A", "B", "C"};
    int plain = type->kind == K_FN ? type->arg_count - 1 : type->arg_count;
    switch (type->kind) {
    case K_TUPLE:
    case K_FN: break;
    case K_ANY: put(g, "Any"); break;
    case K_NAMED: put(g, "%s", type->decl->name); break;
    case K_PARAM: put(g, "%s", PARAMS[type->param]); break;
    default: put(g, "%s", NAMES[type->kind]); break;
    }
    bool round = type->kind == K_TUPLE || type->kind == K_FN;
    if (plain || type->kind == K_FN) put(g, round ? "(" : "[");
    for (int i = 0; i < plain; i++) {
        if (i) put(g, ", ");
        put_type(g, type->args[i]);
    }
    if (plain || type->kind == K_FN) put(g, round ? ")" : "]");
    if (type->kind != K_FN) return;
    put(g, " -> ");
    put_type(g, type->args[plain]);
}

// ---- any type ----------------------------------------------------------------------------------------------------------

static const Type *any_scalar(Generator *g) {
    static const Type *const SCALARS[] = {&GEN_INT,   &GEN_INT,  &GEN_INT,  &GEN_STRING, &GEN_STRING,
                                          &GEN_FLOAT, &GEN_BOOL, &GEN_BOOL, &GEN_UNIT};
    int chosen = any(g, g->type_params ? 11 : 9);
    if (one_in(g, 10)) return one_in(g, 2) ? &GEN_DURATION : &GEN_BYTES;
    if (chosen < 9) return SCALARS[chosen == 8 && !one_in(g, 4) ? 0 : chosen];
    Type *param = ARENA_NEW(&g->arena, Type);
    *param = (Type){.kind = K_PARAM, .param = any(g, g->type_params)};
    return param;
}

static const Type *any_named(Generator *g, int depth) {
    const Decl *decl = g->decl_count && !one_in(g, 3) ? &g->decls[any(g, g->decl_count)]
                       : one_in(g, 4)                 ? &GEN_RESULT
                                                      : &GEN_OPTION;
    const Type *args[MAX_ARGS];
    // The keys of a Map within it may be of these types.
    for (int i = 0; i < decl->param_count; i++)
        args[i] = decl == &GEN_OPTION ? any_type(g, depth - 1) : any_comparable(g, depth - 1);
    return gen_type_of(g, K_NAMED, decl, decl->param_count, args);
}

// Of a Map or Set: mostly what has a way of its own through the VM.
static const Type *any_key(Generator *g, int depth) {
    if (one_in(g, 3)) return any_comparable(g, depth);
    return one_in(g, 2) ? &GEN_INT : &GEN_STRING;
}

const Type *any_map(Generator *g, int depth) {
    if (g->map && !one_in(g, 3)) return g->map;
    const Type *args[] = {any_key(g, depth - 1), one_in(g, 2) ? &GEN_INT : any_type(g, depth - 1)};
    return gen_type_of(g, K_MAP, NULL, 2, args);
}

const Type *any_kept(Generator *g, int depth) {
    return one_in(g, g->map ? 2 : 4) ? any_map(g, depth) : any_type(g, depth);
}

const Type *any_type(Generator *g, int depth) {
    const Type *args[MAX_ARGS];
    int count = 1 + any(g, 2);
    if (depth <= 0) return any_scalar(g);
    if (g->map && one_in(g, 5)) return g->map;
    switch (any(g, 13)) {
    case 10:
    case 11: return any_map(g, depth);
    case 12: args[0] = any_key(g, depth - 1); return gen_type_of(g, K_SET, NULL, 1, args);
    case 0:
    case 1: return gen_type_list(g, any_type(g, depth - 1));
    case 2:
    case 3:
    case 4: return any_named(g, depth);
    case 5:
        for (int i = 0; i <= count; i++) args[i] = any_type(g, depth - 1);
        return gen_type_of(g, K_TUPLE, NULL, count + 1, args);
    case 6:
        if (one_in(g, 2)) return one_in(g, 2) ? &GEN_ANY : any_scalar(g);
        for (int i = 0; i <= count; i++) args[i] = any_type(g, depth - 2);
        return gen_type_of(g, K_FN, NULL, count + 1, args);
    default: return any_scalar(g);
    }
}

const Type *any_comparable(Generator *g, int depth) {
    for (int tries = 0; tries < 9; tries++) {
        const Type *type = any_type(g, depth);
        if (gen_type_comparable(type)) return type;
    }
    return &GEN_INT;
}

// ---- declarations ------------------------------------------------------------------------------------------------------

// The type within its own declaration.
static const Type *self_type(Generator *g, const Decl *decl) {
    const Type *args[MAX_ARGS];
    for (int i = 0; i < decl->param_count; i++) {
        Type *param = ARENA_NEW(&g->arena, Type);
        *param = (Type){.kind = K_PARAM, .param = i};
        args[i] = param;
    }
    return gen_type_of(g, K_NAMED, decl, decl->param_count, args);
}

static void make_variant(Generator *g, Decl *decl, Variant *variant, bool may_be_recursive) {
    const Type *self = self_type(g, decl);
    new_name(g, variant->name, 'V');
    int limit = one_in(g, 4) ? MAX_FIELDS + 1 : 4;
    variant->field_count = decl->is_enum && !decl->shares ? any(g, limit) : 1 + any(g, limit - 1);
    for (int i = 0; i < variant->field_count; i++) {
        Field *field = &variant->fields[i];
        if (i == 0 && decl->shares && variant != decl->variants) {
            *field = decl->variants[0].fields[0];
            continue;
        }
        new_name(g, field->name, 'f');
        field->type = any_type(g, 2);
        if (may_be_recursive && one_in(g, 4)) field->type = one_in(g, 3) ? gen_type_list(g, self) : self;
        if (!gen_type_comparable(field->type)) decl->has_fn = true;
    }
}

static void put_variant(Generator *g, const Variant *variant) {
    put(g, "  %s", variant->name);
    for (int i = 0; i < variant->field_count; i++) {
        put(g, i ? ", %s: " : "(%s: ", variant->fields[i].name);
        put_type(g, variant->fields[i].type);
    }
    put(g, variant->field_count ? ")\n" : "\n");
}

static void put_decl(Generator *g, const Decl *decl) {
    static const char *const PARAMS[] = {"", "[A]", "[A, B]"};
    put(g, "\n%s %s%s {\n", decl->is_enum ? "enum" : "record", decl->name, PARAMS[decl->param_count]);
    if (decl->is_enum)
        for (int i = 0; i < decl->variant_count; i++) put_variant(g, &decl->variants[i]);
    for (int i = 0; !decl->is_enum && i < decl->variants[0].field_count; i++) {
        put(g, "  %s: ", decl->variants[0].fields[i].name);
        put_type(g, decl->variants[0].fields[i].type);
        put(g, "\n");
    }
    put(g, "}\n");
}

void make_decl(Generator *g) {
    Decl *decl = &g->decls[g->decl_count];
    *decl = (Decl){.is_enum = !one_in(g, 3), .param_count = one_in(g, 2) ? 0 : 1 + any(g, 2)};
    new_name(g, decl->name, 'T');
    decl->shares = !decl->is_enum || one_in(g, 3);
    decl->variant_count = decl->is_enum ? 1 + any(g, MAX_VARIANTS) : 1;
    g->type_params = decl->param_count;
    for (int i = 0; i < decl->variant_count; i++) make_variant(g, decl, &decl->variants[i], i > 0);
    g->type_params = 0;
    if (!decl->is_enum) memcpy(decl->variants[0].name, decl->name, sizeof decl->name);
    put_decl(g, decl);
    g->decl_count++;
}
