#include "tests/differential/generator_library.h"

const Type GEN_SMALL = {.kind = K_INT};

// Types in short: I F B D Y S are Int, Float, Bool, Duration, Bytes, String, n an Int that must be small; 0, 1 and 2 the type
// parameters; Lx List[x]; Mxy Map[x, y]; Tx Set[x]; Ox Option[x]; Rxy Result[x, y]; Pxy (x, y); fxy x -> y; gxyz (x, y) -> z;
// hxyza (x, y, z) -> a. A function whose name begins with ! may fail. The first argument is that of whose module the function is.
static const struct {
    const char *name, *args, *result;
} LIBRARY[] = {
    // ---- int, float ----
    {"max", "II", "I"},
    {"min", "II", "I"},
    {"!abs", "I", "I"},
    {"sign", "I", "I"},
    {"clamp", "III", "I"},
    {"!pow", "II", "I"},
    {"!gcd", "II", "I"},
    {"to_hex", "I", "S"},
    {"to_float", "I", "F"},
    {"to_string", "I", "S"},
    {"max", "FF", "F"},
    {"min", "FF", "F"},
    {"abs", "F", "F"},
    {"floor", "F", "OI"},
    {"round", "F", "OI"},
    {"is_nan", "F", "B"},
    {"is_finite", "F", "B"},
    {"ceil", "F", "OI"},
    {"trunc", "F", "OI"},
    {"to_int", "F", "OI"},
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
    // ---- duration, bytes ----
    {"to_ns", "D", "I"},
    {"to_us", "D", "I"},
    {"to_ms", "D", "I"},
    {"to_s", "D", "I"},
    {"!times", "DI", "D"},
    {"!divided_by", "DI", "D"},
    {"ratio", "DD", "F"},
    {"size", "Y", "I"},
    {"is_empty", "Y", "B"},
    {"get", "YI", "OI"},
    {"slice", "YII", "Y"},
    {"starts_with", "YY", "B"},
    {"index_of", "YY", "OI"},
    {"to_string", "Y", "OS"},
    {"to_hex", "Y", "S"},
    {"to_list", "Y", "LI"},
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
    {"to_set", "L0", "T0"},
    {"group_by", "L0f01", "M1L0"},
    // ---- map ----
    {"size", "M01", "I"},
    {"is_empty", "M01", "B"},
    {"get", "M010", "O1"},
    {"contains", "M010", "B"},
    {"or", "M0101", "1"},
    {"insert", "M0101", "M01"},
    {"insert", "M0101", "M01"},
    {"insert", "M0101", "M01"},
    {"remove", "M010", "M01"},
    {"remove", "M010", "M01"},
    {"update", "M0101f11", "M01"},
    {"keys", "M01", "L0"},
    {"values", "M01", "L1"},
    {"to_list", "M01", "LP01"},
    {"first", "M01", "OP01"},
    {"last", "M01", "OP01"},
    {"below", "M010", "OP01"},
    {"above", "M010", "OP01"},
    {"range", "M0100", "M01"},
    {"map", "M01g012", "M02"},
    {"filter", "M01g01B", "M01"},
    {"fold", "M012h2012", "2"},
    {"any", "M01g01B", "B"},
    {"all", "M01g01B", "B"},
    {"merge", "M01M01", "M01"},
    {"merge_with", "M01M01g111", "M01"},
    // ---- set ----
    {"size", "T0", "I"},
    {"is_empty", "T0", "B"},
    {"contains", "T00", "B"},
    {"insert", "T00", "T0"},
    {"insert", "T00", "T0"},
    {"remove", "T00", "T0"},
    {"to_list", "T0", "L0"},
    {"union", "T0T0", "T0"},
    {"intersection", "T0T0", "T0"},
    {"difference", "T0T0", "T0"},
    {"is_subset", "T0T0", "B"},
    {"map", "T0f01", "T1"},
    {"filter", "T0f0B", "T0"},
    {"fold", "T01g101", "1"},
    {"any", "T0f0B", "B"},
    {"all", "T0f0B", "B"},
    {"first", "T0", "O0"},
    {"last", "T0", "O0"},
    // ---- option ----
    {"is_some", "O0", "B"},
    {"is_none", "O0", "B"},
    {"or", "O00", "0"},
    {"map", "O0f01", "O1"},
    {"and_then", "O0f0O1", "O1"},
    {"to_list", "O0", "L0"},
    {"to_result", "O01", "R01"},
    {"is_ok", "R01", "B"},
    {"is_err", "R01", "B"},
    {"or", "R010", "0"},
    {"map", "R01f02", "R21"},
    {"map_err", "R01f12", "R02"},
    {"and_then", "R01f0R21", "R21"},
    {"to_option", "R01", "O0"},
};

enum { LIBRARY_COUNT = sizeof LIBRARY / sizeof *LIBRARY };

static const Type *read_type(Generator *g, const char **text) {
    static const Type PARAMS[] = {{.kind = K_PARAM, .param = 0}, {.kind = K_PARAM, .param = 1}, {.kind = K_PARAM, .param = 2}};
    const Type *args[MAX_ARGS];
    char c = *(*text)++;
    int count = c == 'h' ? 4 : c == 'g' ? 3 : strchr("PfRM", c) ? 2 : strchr("LOT", c) ? 1 : 0;
    for (int i = 0; i < count; i++) args[i] = read_type(g, text);
    switch (c) {
    case 'I': return &GEN_INT;
    case 'F': return &GEN_FLOAT;
    case 'B': return &GEN_BOOL;
    case 'D': return &GEN_DURATION;
    case 'Y': return &GEN_BYTES;
    case 'R': return gen_type_of(g, K_NAMED, &GEN_RESULT, count, args);
    case 'S': return &GEN_STRING;
    case 'n': return &GEN_SMALL;
    case 'L': return gen_type_list(g, args[0]);
    case 'O': return gen_type_option(g, args[0]);
    case 'P': return gen_type_of(g, K_TUPLE, NULL, count, args);
    case 'M': return gen_type_of(g, K_MAP, NULL, count, args);
    case 'T': return gen_type_of(g, K_SET, NULL, count, args);
    case 'f':
    case 'g':
    case 'h': return gen_type_of(g, K_FN, NULL, count, args);
    default: return &PARAMS[c - '0'];
    }
}

static Fn read_fn(Generator *g, int number) {
    const char *name = LIBRARY[number].name, *args = LIBRARY[number].args, *result = LIBRARY[number].result;
    Fn fn = {.is_method = true, .fails = *name == '!'};
    strncpy(fn.name, name + fn.fails, sizeof fn.name - 1);
    fn.param_count = strchr(args, '2') ? 3 : strchr(args, '1') ? 2 : strchr(args, '0') ? 1 : 0;
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
