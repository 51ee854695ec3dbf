#include "tests/differential/generator_library.h"

const Type GEN_SMALL = {.kind = K_INT};

// Types in short: I F B S are Int, Float, Bool, String, n an Int that must be small; 0 and 1 the type parameters; Lx List[x];
// Ox Option[x]; Pxy (x, y); fxy x -> y; gxyz (x, y) -> z. A function whose name begins with ! may fail. The first argument is
// that of whose module the function is.
static const struct {
    const char *name, *args, *result;
} LIBRARY[] = {
    // ---- int, float ----
    {"max", "II", "I"},
    {"min", "II", "I"},
    {"!abs", "I", "I"},
    {"to_float", "I", "F"},
    {"to_string", "I", "S"},
    {"max", "FF", "F"},
    {"min", "FF", "F"},
    {"abs", "F", "F"},
    {"floor", "F", "OI"},
    {"round", "F", "OI"},
    {"sqrt", "F", "F"},
    {"to_string", "F", "S"},
    // ---- string ----
    {"size", "S", "I"},
    {"byte_size", "S", "I"},
    {"is_empty", "S", "B"},
    {"split", "SS", "LS"},
    {"trim", "S", "S"},
    {"contains", "SS", "B"},
    {"starts_with", "SS", "B"},
    {"ends_with", "SS", "B"},
    {"replace", "SSS", "S"},
    {"slice", "SII", "S"},
    {"index_of", "SS", "OI"},
    {"chars", "S", "LS"},
    {"repeat", "Sn", "S"},
    {"pad_left", "Sn", "S"},
    {"pad_right", "Sn", "S"},
    {"to_int", "S", "OI"},
    // ---- list ----
    {"size", "L0", "I"},
    {"is_empty", "L0", "B"},
    {"get", "L0I", "O0"},
    {"first", "L0", "O0"},
    {"last", "L0", "O0"},
    {"append", "L00", "L0"},
    {"concat", "L0L0", "L0"},
    {"slice", "L0II", "L0"},
    {"take", "L0I", "L0"},
    {"drop", "L0I", "L0"},
    {"reverse", "L0", "L0"},
    {"sort", "L0", "L0"},
    {"sort_by", "L0f01", "L0"},
    {"sort_with_keys", "L0L1", "L0"},
    {"contains", "L00", "B"},
    {"index_of", "L00", "OI"},
    {"remove", "L00", "L0"},
    {"map", "L0f01", "L1"},
    {"filter", "L0f0B", "L0"},
    {"flat_map", "L0f0L1", "L1"},
    {"fold", "L01g101", "1"},
    {"find", "L0f0B", "O0"},
    {"any", "L0f0B", "B"},
    {"all", "L0f0B", "B"},
    {"zip", "L0L1", "LP01"},
    {"!sum", "LI", "I"},
    {"join", "LSS", "S"},
    // ---- option ----
    {"is_some", "O0", "B"},
    {"is_none", "O0", "B"},
    {"or", "O00", "0"},
    {"map", "O0f01", "O1"},
    {"and_then", "O0f0O1", "O1"},
    {"to_list", "O0", "L0"},
};

enum { LIBRARY_COUNT = sizeof LIBRARY / sizeof *LIBRARY };

static const Type *read_type(Generator *g, const char **text) {
    static const Type PARAMS[] = {{.kind = K_PARAM, .param = 0}, {.kind = K_PARAM, .param = 1}};
    const Type *args[3];
    char c = *(*text)++;
    int count = c == 'g' ? 3 : c == 'P' || c == 'f' ? 2 : c == 'L' || c == 'O' ? 1 : 0;
    for (int i = 0; i < count; i++) args[i] = read_type(g, text);
    switch (c) {
    case 'I': return &GEN_INT;
    case 'F': return &GEN_FLOAT;
    case 'B': return &GEN_BOOL;
    case 'S': return &GEN_STRING;
    case 'n': return &GEN_SMALL;
    case 'L': return gen_type_list(g, args[0]);
    case 'O': return gen_type_option(g, args[0]);
    case 'P': return gen_type_of(g, K_TUPLE, NULL, count, args);
    case 'f':
    case 'g': return gen_type_of(g, K_FN, NULL, count, args);
    default: return &PARAMS[c - '0'];
    }
}

static Fn read_fn(Generator *g, int number) {
    const char *name = LIBRARY[number].name, *args = LIBRARY[number].args, *result = LIBRARY[number].result;
    Fn fn = {.is_method = true, .fails = *name == '!'};
    strncpy(fn.name, name + fn.fails, sizeof fn.name - 1);
    fn.param_count = strchr(args, '1') ? 2 : strchr(args, '0') ? 1 : 0;
    while (*args) fn.args[fn.arg_count++] = read_type(g, &args);
    fn.result = read_type(g, &result);
    return fn;
}

int library_fns(Generator *g, const Fn **fns) {
    if (!g->library) {
        g->library = ARENA_ARRAY(&g->arena, Fn, LIBRARY_COUNT);
        for (int i = 0; i < LIBRARY_COUNT; i++) g->library[i] = read_fn(g, i);
    }
    *fns = g->library;
    return LIBRARY_COUNT;
}
