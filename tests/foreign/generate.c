// generate.c - random foreign functions: a library in C, a program in C that calls it and one in Portals that does the same. What
// the two print must be equal.
//
// Each function folds its arguments into a number, from which it makes its result. Arguments and results are numbers of all
// sizes, Bools, Strings, Bytes, and structs of them, also structs within structs; some functions take more of them than there are
// registers. How that is done in C is in support.h.
//
// Usage: generate SEED COUNT DIRECTORY    writes library.h, library.c, caller.c and program.portals
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/random/chance.h"

enum { MOST_FIELDS = 6, MOST_PARAMS = 14 };

typedef uint64_t Chance;

typedef enum Kind {
    INT8,
    INT16,
    INT32,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    FLOAT32,
    INT,
    FLOAT,
    BOOL,
    STRING,
    BYTES,
    STRUCT,
    UNIT,
    OPTION,
} Kind;

// How the types are called, in Portals and in C; what of the random number a result has; how C prints it.
static const struct {
    const char *portals, *c, *make;
} kinds[] = {
    [INT8] = {"Int8", "int8_t", "(int8_t)next(&h)"},
    [INT16] = {"Int16", "int16_t", "(int16_t)next(&h)"},
    [INT32] = {"Int32", "int32_t", "(int32_t)next(&h)"},
    [UINT8] = {"UInt8", "uint8_t", "(uint8_t)next(&h)"},
    [UINT16] = {"UInt16", "uint16_t", "(uint16_t)next(&h)"},
    [UINT32] = {"UInt32", "uint32_t", "(uint32_t)next(&h)"},
    [UINT64] = {"UInt64", "uint64_t", "next(&h) >> 1"},
    [FLOAT32] = {"Float32", "float", "(float)quarters(&h)"},
    [INT] = {"Int", "int64_t", "(int64_t)next(&h)"},
    [FLOAT] = {"Float", "double", "quarters(&h)"},
    [BOOL] = {"Bool", "bool", "next(&h) % 2"},
    [STRING] = {"String", "const char *", "text(&h)"},
    [BYTES] = {"Bytes", "Bytes", "data(&h)"},
    [UNIT] = {"()", "void", ""},
    [OPTION] = {"Option[String]", "const char *", "next(&h) % 2 ? text(&h) : NULL"},
};

typedef struct Type {
    Kind kind;
    int number; // of a struct
    bool record;
    int field_count;
    struct Type *fields[MOST_FIELDS];
} Type;

static FILE *header, *library, *caller, *program;
static int struct_count;

static uint32_t pick(Chance *chance, uint32_t count) {
    return chance_any(chance, count);
}

// ---- types -----------------------------------------------------------------------------------------------------------------

// The numbers of C stand in signatures only, not in records.
static Kind pick_kind(Chance *chance, bool in_record) {
    Kind from = in_record ? INT : INT8;
    switch (pick(chance, 4)) {
    case 0: return pick(chance, 2) && !in_record ? FLOAT32 : FLOAT;
    case 1: return INT;
    default: return (Kind)(from + (Kind)pick(chance, (uint32_t)(STRUCT - from)));
    }
}

static void print_type(FILE *out, const Type *type, bool c) {
    if (type->kind != STRUCT)
        fprintf(out, "%s", c ? kinds[type->kind].c : kinds[type->kind].portals);
    else if (c || type->record)
        fprintf(out, "S%d", type->number);
    for (int i = 0; !c && type->kind == STRUCT && !type->record && i < type->field_count; i++) {
        fprintf(out, i ? ", " : "(");
        print_type(out, type->fields[i], false);
    }
    if (!c && type->kind == STRUCT && !type->record) fprintf(out, ")");
}

static void declare_struct(const Type *type) {
    fprintf(header, "typedef struct S%d {\n", type->number);
    for (int i = 0; i < type->field_count; i++) {
        fprintf(header, "    ");
        print_type(header, type->fields[i], true);
        fprintf(header, " m%d;\n", i);
    }
    fprintf(header, "} S%d;\n", type->number);
    if (!type->record) return;
    fprintf(program, "record S%d { ", type->number);
    for (int i = 0; i < type->field_count; i++) {
        fprintf(program, "%sm%d: ", i ? ", " : "", i);
        print_type(program, type->fields[i], false);
    }
    fprintf(program, " }\n");
}

static Type *make_type(Chance *chance, int depth, bool in_record) {
    Type *type = calloc(1, sizeof *type);
    type->kind = depth && !pick(chance, 3) ? STRUCT : pick_kind(chance, in_record);
    if (type->kind != STRUCT) return type;
    type->record = in_record || !pick(chance, 3);
    int least = type->record ? 1 : 2;
    type->field_count = least + (int)pick(chance, (uint32_t)((pick(chance, 3) ? 4 : MOST_FIELDS + 1) - least));
    bool same = !pick(chance, 4); // all fields alike, such as four floats
    for (int i = 0; i < type->field_count; i++)
        type->fields[i] = same && i ? type->fields[0] : make_type(chance, depth - 1, type->record);
    type->number = struct_count++;
    declare_struct(type);
    return type;
}

// ---- the library -----------------------------------------------------------------------------------------------------------

// Statements that fold the value of the C expression into h. `size`: that of Bytes which are an argument of their own.
static void fold(const Type *type, const char *value, int size) {
    char field[200];
    switch (type->kind) {
    case FLOAT:
    case FLOAT32: fprintf(library, "    h = mix(h, (uint64_t)(int64_t)(%s * 4));\n", value); break;
    case STRING: fprintf(library, "    h = mix_text(h, %s);\n", value); break;
    case BYTES:
        if (size >= 0)
            fprintf(library, "    h = mix_data(h, %s, %d);\n", value, size);
        else
            fprintf(library, "    h = mix_data(h, %s.data, %s.size);\n", value, value);
        break;
    case STRUCT:
        for (int i = 0; i < type->field_count; i++) {
            snprintf(field, sizeof field, "%s.m%d", value, i);
            fold(type->fields[i], field, -1);
        }
        break;
    default: fprintf(library, "    h = mix(h, (uint64_t)(int64_t)%s);\n", value);
    }
}

static void make(const Type *type, const char *place) {
    char field[200];
    if (type->kind != STRUCT) fprintf(library, "    %s = %s;\n", place, kinds[type->kind].make);
    for (int i = 0; type->kind == STRUCT && i < type->field_count; i++) {
        snprintf(field, sizeof field, "%s.m%d", place, i);
        make(type->fields[i], field);
    }
}

// ---- arguments ---------------------------------------------------------------------------------------------------------------

static int64_t pick_whole(Chance *chance, Kind kind) {
    static const struct {
        int64_t least, most;
    } ranges[] = {
        [INT8] = {INT8_MIN, INT8_MAX}, [INT16] = {INT16_MIN, INT16_MAX}, [INT32] = {INT32_MIN, INT32_MAX},
        [UINT8] = {0, UINT8_MAX},      [UINT16] = {0, UINT16_MAX},       [UINT32] = {0, UINT32_MAX},
        [UINT64] = {0, INT64_MAX},     [INT] = {-INT64_MAX, INT64_MAX},
    };
    int64_t least = ranges[kind].least, most = ranges[kind].most;
    if (!pick(chance, 4)) return pick(chance, 2) ? least : most;
    if (pick(chance, 2)) return (int64_t)pick(chance, 100);
    uint64_t span = (uint64_t)most - (uint64_t)least;
    return (int64_t)((uint64_t)least + (uint64_t)pick(chance, 1u << 31) * 0x9E3779B97F4A7C15u % span);
}

// The same value for both programs. `whole`: Bytes that are an argument of their own; the result is their size.
static int print_value(Chance *chance, const Type *type, bool whole) {
    static const char *const texts[] = {"", "a", "gr\303\274n", "a somewhat longer text"};
    static const char *const hex[] = {"", "00", "ff0001", "0102030405060708090a"};
    int which = (int)pick(chance, 4);
    if (type->kind == STRUCT) {
        fprintf(caller, "(S%d){", type->number);
        fprintf(program, type->record ? "S%d(" : "(", type->number);
        for (int i = 0; i < type->field_count; i++) {
            fprintf(caller, i ? ", " : "");
            fprintf(program, i ? ", " : "");
            print_value(chance, type->fields[i], false);
        }
        fprintf(caller, "}");
        fprintf(program, ")");
    } else if (type->kind == STRING) {
        fprintf(caller, "\"%s\"", texts[which]);
        fprintf(program, "\"%s\"", texts[which]);
    } else if (type->kind == BYTES) {
        int size = (int)strlen(hex[which]) / 2;
        fprintf(caller, whole ? "(const unsigned char *)\"" : "{(const unsigned char *)\"");
        for (int i = 0; i < size; i++) fprintf(caller, "\\x%.2s", hex[which] + 2 * (size_t)i);
        fprintf(caller, whole ? "\"" : "\", %d}", size);
        fprintf(program, "bytes.of_hex(\"%s\")", hex[which]);
        return size;
    } else if (type->kind == BOOL) {
        fprintf(caller, which % 2 ? "true" : "false");
        fprintf(program, which % 2 ? "true" : "false");
    } else if (type->kind == FLOAT || type->kind == FLOAT32) {
        double number = (double)pick(chance, 4000) / 4 - 500;
        fprintf(caller, "%.2f", number);
        fprintf(program, "%.2f", number);
    } else {
        int64_t number = pick_whole(chance, type->kind);
        fprintf(caller, "%" PRId64, number);
        fprintf(program, "%" PRId64, number);
    }
    return 0;
}

// ---- results -----------------------------------------------------------------------------------------------------------------

// Statements that print the value of the C expression as Portals shows it.
static void print_shown(const Type *type, const char *value, bool whole) {
    char field[200];
    switch (type->kind) {
    case FLOAT:
    case FLOAT32: fprintf(caller, "    put_float(%s);\n", value); break;
    case BOOL: fprintf(caller, "    printf(\"%%s\", %s ? \"true\" : \"false\");\n", value); break;
    case STRING: fprintf(caller, "    printf(\"%s\", %s);\n", whole ? "%s" : "\\\"%s\\\"", value); break;
    case BYTES: fprintf(caller, "    put_bytes(%s);\n", value); break;
    case OPTION: fprintf(caller, "    put_option(%s);\n", value); break;
    case UNIT: fprintf(caller, "    printf(\"()\");\n"); break;
    case STRUCT:
        if (type->record)
            fprintf(caller, "    printf(\"S%d(\");\n", type->number);
        else
            fprintf(caller, "    printf(\"(\");\n");
        for (int i = 0; i < type->field_count; i++) {
            if (i) fprintf(caller, "    printf(\", \");\n");
            snprintf(field, sizeof field, "%s.m%d", value, i);
            print_shown(type->fields[i], field, false);
        }
        fprintf(caller, "    printf(\")\");\n");
        break;
    default: fprintf(caller, "    printf(\"%%\" PRId64, (int64_t)%s);\n", value);
    }
}

// ---- functions ---------------------------------------------------------------------------------------------------------------

typedef struct Function {
    Type *result;
    int param_count;
    Type *params[MOST_PARAMS];
} Function;

// Some take many arguments of one kind, so that registers run out.
static void make_function(Chance *chance, Function *function) {
    int like = (int)pick(chance, 4);
    function->param_count = (int)pick(chance, like < 2 ? MOST_PARAMS + 1 : 7);
    for (int i = 0; i < function->param_count; i++) {
        Type *type = make_type(chance, 2, false);
        bool plain = type->kind != STRUCT && pick(chance, 4);
        if (plain && like == 0) type->kind = INT;
        if (plain && like == 1) type->kind = pick(chance, 2) ? FLOAT : FLOAT32;
        function->params[i] = type;
    }
    function->result = make_type(chance, 2, false);
    if (!pick(chance, 12)) *function->result = (Type){.kind = pick(chance, 2) ? UNIT : OPTION};
}

static void declare(const Function *function, int number, const char *path) {
    fprintf(program, "extern \"%s\" pure fn f%d(", path, number);
    for (int i = 0; i < function->param_count; i++) {
        fprintf(program, "%sa%d: ", i ? ", " : "", i);
        print_type(program, function->params[i], false);
    }
    fprintf(program, ") -> ");
    print_type(program, function->result, false);
    fprintf(program, "\n");
}

static void print_header(FILE *out, const Function *function, int number) {
    print_type(out, function->result, true);
    fprintf(out, " f%d(", number);
    for (int i = 0; i < function->param_count; i++) {
        fprintf(out, i ? ", " : "");
        if (function->params[i]->kind == BYTES)
            fprintf(out, "const unsigned char *");
        else
            print_type(out, function->params[i], true);
        fprintf(out, " a%d", i);
    }
    fprintf(out, function->param_count ? ")" : "void)");
}

// A call with random arguments in both programs, and what the function does, which depends on the sizes of Bytes.
static void call(Chance *chance, const Function *function, int number) {
    char value[20];
    int sizes[MOST_PARAMS];
    fprintf(program, "  \"f%d {f%d(", number, number);
    fprintf(caller, "    {\n    printf(\"f%d \");\n    ", number);
    if (function->result->kind != UNIT) {
        print_type(caller, function->result, true);
        fprintf(caller, " r = ");
    }
    fprintf(caller, "f%d(", number);
    for (int i = 0; i < function->param_count; i++) {
        fprintf(caller, i ? ", " : "");
        fprintf(program, i ? ", " : "");
        sizes[i] = print_value(chance, function->params[i], true);
    }
    fprintf(program, ")}\",\n");
    fprintf(caller, ");\n");
    print_shown(function->result, "r", true);
    fprintf(caller, "    printf(\"\\n\");\n    }\n");
    print_header(library, function, number);
    fprintf(library, " {\n    uint64_t h = %d;\n", number);
    for (int i = 0; i < function->param_count; i++) {
        snprintf(value, sizeof value, "a%d", i);
        fold(function->params[i], value, sizes[i]);
    }
    if (function->result->kind != UNIT) {
        fprintf(library, "    ");
        print_type(library, function->result, true);
        fprintf(library, " r;\n");
        make(function->result, "r");
        fprintf(library, "    return r;\n");
    } else {
        fprintf(library, "    (void)h;\n");
    }
    fprintf(library, "}\n");
}

static FILE *create(const char *directory, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file) perror(path), exit(2);
    return file;
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: generate SEED COUNT DIRECTORY\n"), 2;
    Chance chance = strtoull(argv[1], NULL, 10) * 2 + 1;
    int count = atoi(argv[2]);
    char path[4096];
    snprintf(path, sizeof path, "%s/library.so", argv[3]);
    header = create(argv[3], "library.h"), library = create(argv[3], "library.c");
    caller = create(argv[3], "caller.c"), program = create(argv[3], "program.portals");
    fprintf(header, "#include \"support.h\"\n");
    fprintf(library, "#include \"library.h\"\n");
    fprintf(caller, "#include \"library.h\"\nint main(void) {\n");
    fprintf(program, "app Random\n\n");
    Function *functions = calloc((size_t)count, sizeof *functions);
    for (int i = 0; i < count; i++) {
        make_function(&chance, &functions[i]);
        declare(&functions[i], i, path);
        print_header(header, &functions[i], i);
        fprintf(header, ";\n");
    }
    fprintf(program, "\nfn lines_of() -> List[String] = [\n");
    for (int i = 0; i < count; i++) call(&chance, &functions[i], i);
    fprintf(program, "]\n\nworkflow all = from(lines_of()) |> print\n");
    fprintf(caller, "    return 0;\n}\n");
    return fclose(header) | fclose(library) | fclose(caller) | fclose(program) ? 2 : 0;
}
