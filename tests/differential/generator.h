// generator.h - the parts of the generator. An expression is made for a type: `gen_expr` writes one that has this type where it
// is expected, `gen_known` one that has it by itself. All of it is written so that it can be an operand.
#ifndef TESTS_DIFFERENTIAL_GENERATOR_H
#define TESTS_DIFFERENTIAL_GENERATOR_H

#include "base/arena.h"
#include "tests/differential/generate.h"
#include "tests/sim/sim_random.h"

typedef enum Kind {
    K_UNIT,
    K_INT,
    K_FLOAT,
    K_BOOL,
    K_DURATION,
    K_BYTES,
    K_STRING,
    K_TUPLE,
    K_LIST,
    K_MAP,
    K_SET,
    K_NAMED,
    K_FN,
    K_ANY,
    K_PARAM
} Kind;

enum { MAX_ARGS = 4, MAX_FIELDS = 6, MAX_VARIANTS = 4, MAX_DECLS = 8, MAX_VARS = 300, MAX_FNS = 24 };

typedef struct Decl Decl;
typedef struct Type Type;

struct Type {
    Kind kind;
    const Decl *decl;           // NAMED
    const Type *args[MAX_ARGS]; // TUPLE: elements; LIST, SET: the element; MAP: key and value; NAMED: type arguments; FN:
                                // parameters, then the result
    int arg_count;
    int param; // PARAM
};

typedef struct Field {
    char name[8];
    const Type *type;
} Field;

typedef struct Variant {
    char name[8];
    Field fields[MAX_FIELDS];
    int field_count;
} Variant;

// A record or enum. The first variant does not contain the type itself.
struct Decl {
    char name[8];
    bool is_enum;
    bool has_fn; // in a field, whatever the type arguments are
    bool shares; // the first field of all variants is the same
    int param_count;
    Variant variants[MAX_VARIANTS];
    int variant_count;
};

typedef enum VarKind { VAR_LET, VAR_VAR, VAR_COUNTER, VAR_STATE } VarKind; // COUNTER: a `var` that only its loop assigns to

typedef struct Var {
    char name[8];
    const Type *type;
    VarKind kind;
} Var;

// A function of the program or of the library.
typedef struct Fn {
    char name[24];
    bool is_method;  // of the library: called as one
    bool fails;      // may have a run-time error whatever its arguments are
    bool is_helper;  // of the task at hand
    int param_count; // type parameters
    const Type *args[MAX_ARGS];
    int arg_count;
    int default_count; // so many arguments at the end have one
    const Type *result;
} Fn;

typedef struct Generator {
    Arena arena;
    uint64_t random;
    Buf *out;
    bool is_wild;  // may have run-time errors
    bool is_plain; // nothing but arithmetic on numbers and truth values
    Decl decls[MAX_DECLS];
    int decl_count;
    Var vars[MAX_VARS];
    int var_count;
    int task_vars; // where those of the task begin
    Fn fns[MAX_FNS];
    int fn_count;
    Fn *library;        // generator_library.c
    int names;          // made so far
    int budget;         // how many more expressions may be large
    int barrier;        // a closure cannot use a `var` below this place
    int closures;       // how many the place at hand is in
    int loops;          // and loops
    const char *end;    // of a statement: a line feed, or `; ` within an expression
    const Type *result; // of the function; NULL: a handler
    const Type *event;  // that the task puts out; NULL: no `emit` here
    int type_params;    // in scope
    const Type *map;    // of most Maps in a program that is about them; NULL: of no Map in particular
} Generator;

// ---- chance ----

static inline int any(Generator *g, int count) {
    return (int)sim_below(&g->random, (uint64_t)count);
}

static inline bool one_in(Generator *g, int count) {
    return any(g, count) == 0;
}

void put(Generator *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
void new_name(Generator *g, char *name, char first);

// ---- generator_type.c ----

extern const Type GEN_UNIT, GEN_INT, GEN_FLOAT, GEN_BOOL, GEN_DURATION, GEN_BYTES, GEN_STRING, GEN_ANY;
extern const Decl GEN_OPTION, GEN_RESULT;

const Type *gen_type_of(Generator *g, Kind kind, const Decl *decl, int arg_count, const Type *const *args);
const Type *gen_type_list(Generator *g, const Type *elem);
const Type *gen_type_option(Generator *g, const Type *value);
bool gen_type_equal(const Type *a, const Type *b);
// With the arguments in the place of parameters.
const Type *gen_type_apply(Generator *g, const Type *type, const Type *const *args);
// Whether `pattern` is `type` for some arguments, which are set where they were NULL.
bool gen_type_match(const Type *pattern, const Type *type, const Type **args);
bool gen_type_comparable(const Type *type);
// Whether a type parameter occurs in it.
bool gen_type_is_generic(const Type *type);
// Whether it can be written as the argument of a name.
bool gen_type_is_argument(const Type *type);
// Whether the checker knows it without being told.
bool gen_type_is_scalar(const Type *type);
const Type *any_type(Generator *g, int depth);
// Of a `var` or state: more often than others a Map, which is changed in place where nobody else sees it.
const Type *any_kept(Generator *g, int depth);
const Type *any_map(Generator *g, int depth);
const Type *any_comparable(Generator *g, int depth);
void put_type(Generator *g, const Type *type);
void make_decl(Generator *g);

// ---- generator_expr.c ----

void gen_expr(Generator *g, const Type *type, int depth);
void gen_known(Generator *g, const Type *type, int depth);
// A short one, of literals and names.
void gen_leaf(Generator *g, const Type *type);
void gen_int_literal(Generator *g);
void gen_string_literal(Generator *g);
// A literal for the number of rounds of something, or an expression that is never more.
void gen_small(Generator *g, int depth);

// Names that were made and are not in scope yet.
typedef struct Hidden {
    Var vars[24];
    int count;
} Hidden;

// Those from number `from` on.
void hide_vars(Generator *g, int from, Hidden *hidden);
void unhide_vars(Generator *g, const Hidden *hidden);

Var *add_var(Generator *g, const Type *type, VarKind kind, char first);
// Whether the variable in this place can be read here.
bool gen_is_readable(const Generator *g, int i);
// Chooses a variable that can be read here; NULL if there is none of the type.
const Var *find_var(Generator *g, const Type *type);
const Var *find_any_var(Generator *g);

// ---- generator_map.c ----

// From here on the program is about Maps.
void gen_choose_map(Generator *g);
// An expression; false if there is none of the type: then nothing is written.
bool gen_large_map(Generator *g, const Type *type);
// An Int or a Bool from a Map that is looked at; false if that cannot be: then nothing is written.
bool gen_map_look(Generator *g, const Type *type, int depth);
// Changes a Map, and maybe keeps old versions. False if there is none that can be changed: then nothing is written.
bool gen_map_stmt(Generator *g, int depth);

// ---- generator_pattern.c ----

typedef enum PatternKind { PATTERN_ANY, PATTERN_IRREFUTABLE, PATTERN_BINDS_NOTHING } PatternKind;

// Adds the names that it binds.
void gen_pattern(Generator *g, const Type *type, PatternKind kind, int depth);
// `match`, with arms that `body` writes.
void gen_match(Generator *g, int depth, void (*body)(Generator *g, const void *what, int depth), const void *what);

// ---- generator_stmt.c ----

// Whether the variable in this place can be assigned to here.
bool gen_is_assignable(const Generator *g, int i);
// Some statements, each ended by g->end.
void gen_stmts(Generator *g, int count, int depth);
// `log` of the names from number `from` on that have a text: what was computed shall be seen.
void gen_witness(Generator *g, int from);

#endif
