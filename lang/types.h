// types.h - types and definitions: what names mean. Made by resolve and check, read by topology and lowering.
#ifndef LANG_TYPES_H
#define LANG_TYPES_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/context.h"

typedef struct Type Type;
typedef struct Def Def;

typedef enum TypeKind {
    TYPE_ERROR, // already reported; equal to everything, so that one mistake gives one diagnostic
    TYPE_VAR,   // to be inferred; `link` once known
    TYPE_PARAM, // a type parameter within its own declaration: `def` is a DEF_TPARAM
    TYPE_CON,   // `def`, a DEF_TYPE, applied to `args`: Int, List[T], Order
    TYPE_TUPLE, // `args` are the elements; () is the tuple of none
    TYPE_FN,    // `args` are the parameters and, last, the result
} TypeKind;

struct Type {
    TypeKind kind;
    int arg_count;
    Type **args;
    Def *def;
    Type *link; // TYPE_VAR only
    int id;     // TYPE_VAR only
};

typedef enum DefKind {
    DEF_MODULE,
    DEF_TYPE,
    DEF_TPARAM,
    DEF_CTOR,  // a variant of an enum, or the constructor of a record
    DEF_FIELD, // of a DEF_CTOR
    DEF_FN,    // also a helper function within a task (`owner` is the task)
    DEF_CONST, // top-level let: a name, or a whole pattern, whose names are DEF_CONSTs that it owns
    DEF_PARAM, // param of the app
    DEF_LOCAL, // let, var, pattern, parameter
    DEF_STREAM,
    DEF_WORKFLOW,
    DEF_SEQUENCER, // at top level, or in the block of a workflow
    DEF_CONNECT,   // `connect from -> to`, which has no name
    DEF_SPLITTER,
    DEF_PORTAL, // `type` is Portal[Request, Reply]; its key is in `ast`
    DEF_TASK,
    DEF_USE,   // of a stream of another application: `provider`
    DEF_TEST,  // a test block, or an example of a documentation comment; `name` is its title
    DEF_STATE, // of a task
    DEF_KEY,   // the `k` of `key k: K`
} DefKind;

typedef enum TypeForm { FORM_BUILTIN, FORM_RECORD, FORM_ENUM, FORM_ALIAS } TypeForm;

// Types the compiler knows by themselves. List and Stream have one argument.
typedef enum BuiltinType {
    BUILTIN_NONE,
    BUILTIN_INT,
    BUILTIN_FLOAT,
    BUILTIN_BOOL,
    BUILTIN_STRING,
    BUILTIN_NEVER,
    BUILTIN_LIST,
    BUILTIN_STREAM,
    BUILTIN_BYTES,
    BUILTIN_DURATION,
    BUILTIN_MAP, // of keys and values
    BUILTIN_SET,
    BUILTIN_ANY,
    BUILTIN_FUTURE,
    BUILTIN_PROMISE,
    BUILTIN_PORTAL, // of requests and replies
} BuiltinType;

struct Def {
    DefKind kind;
    Symbol name;
    Module *module;
    Ast *ast;      // the declaration; for DEF_LOCAL the p_name, p_as, p_rest or var node
    Span span;     // of the name
    Def *owner;    // DEF_CONST bound by a pattern: that of the whole. DEF_CTOR: its DEF_TYPE. DEF_FIELD: its DEF_CTOR. DEF_STATE,
                   // DEF_KEY, a helper DEF_FN: its DEF_TASK.
    int index;     // place within the owner: tag of a variant, number of a field, state or type parameter
    Type *type;    // DEF_FN, DEF_CTOR: a TYPE_FN (a nullary DEF_CTOR: the enum itself); DEF_TASK: the TYPE_FN
                   // (Stream[In], static parameters...) -> Stream[Out]; DEF_TPARAM: its TYPE_PARAM; DEF_STREAM, DEF_WORKFLOW,
                   // DEF_SEQUENCER, DEF_SPLITTER:
                   // Stream[T], or if it is parametric the TYPE_FN of that; values: their type; DEF_TYPE alias: what it stands
                   // for
    Def **tparams; // DEF_FN, DEF_TYPE, DEF_CTOR (those of its type), DEF_TASK, DEF_WORKFLOW
    int tparam_count;
    Def **members; // DEF_TYPE: constructors. DEF_CTOR: fields. DEF_TASK: states of which there is one for each key.
    int member_count;
    Def **globals; // DEF_TASK: its global states
    int global_count;
    TypeForm form;       // DEF_TYPE
    BuiltinType builtin; // DEF_TYPE
    Def *provider;       // DEF_USE: the definition of another application that it stands for; NULL: there is none
    Def *equal;          // DEF_TYPE: that of another application which it is equal to by name and shape; NULL: itself
    Def **asks;          // DEF_TASK: portals: DEF_PORTALs, DEF_USEs of such, or DEF_LOCALs that are static parameters
    int ask_count;
    Def **replies; // likewise
    int reply_count;
    bool foreign; // DEF_FN: declared by `extern`
    bool effects; // DEF_FN: a call of it comes to a foreign function that is not pure; at the prompt also DEF_CONST: its value
                  // does (set by check_foreign_effects)
    bool async;   // DEF_TASK: it asks, replies, spawns, waits or is exclusive
    bool drops;   // DEF_TASK: it has `reset` without a name
    bool effect_keys;  // DEF_TASK: it calls `effect_key`
    bool mutable;      // DEF_LOCAL made by var
    bool generator;    // DEF_TASK: declared as a generator, whose events are ()
    bool undetermined; // DEF_TPARAM: no use can determine it, which has been reported
    bool inner;        // DEF_LOCAL: what the closure of a `wrap` calls the task: it can only be called
    bool connected;    // DEF_SEQUENCER: something is
    bool parametric;   // DEF_WORKFLOW with parameters: a part of the workflows that use it, not one that runs by itself
    bool global;       // DEF_STATE that there is once for the task
    bool global_emits; // DEF_TASK: what runs once for it may emit
    bool recursive;    // DEF_TYPE: values of it can contain values of it
    bool functional;   // DEF_TYPE: values of it can contain functions, whatever its arguments are
    bool holds_any;    // DEF_TYPE: values of it can contain an Any, whatever its arguments are
    bool holds_future; // DEF_TYPE: values of it can contain a future or promise, whatever its arguments are
    bool shown;        // DEF_TPARAM: its values are shown, so it cannot be a function
    bool in_json;      // DEF_TPARAM: its values are read or written as JSON, likewise
    bool compared;     // DEF_TPARAM: its values are compared or used as keys, so it cannot be a function or an Any
    int state;         // for resolve and check: not yet, under way, done
};

// What the functions of `stream` that make tasks of tasks are.
typedef enum Combinator { COMBINE_NOT, COMBINE_STEPS, COMBINE_LOOP, COMBINE_WRAP } Combinator;

// The combinator that `def`, which may be NULL, is.
Combinator combinator_of(const Def *def);

// The module of the library whose functions are the methods of a type that is built in; NULL: it has none.
const char *builtin_module(BuiltinType builtin);

// Whether it is what a module of the library declares by this name.
bool def_is_of_library(const Def *def, const char *module, const char *name);
// `effect_key`, which stands for the call and its task.
bool def_is_effect_key(const Def *def);

// What a definition stands for: a DEF_USE for that of another application, or NULL; any other for itself.
static inline Def *def_meant(const Def *def) {
    return def->kind == DEF_USE ? def->provider : (Def *)def;
}

enum { MAX_TYPE_SIZE = 2000 }; // nodes of one type, written out; beyond it a program is rejected with DIAG_TOO_DEEP

// A type of `arg_count` arguments, which are to be filled in.
Type *type_new(Arena *arena, TypeKind kind, int arg_count);
// The TYPE_CON of a DEF_TYPE and its arguments (copied).
Type *type_con(Arena *arena, Def *def, Type **args, int count);
// Follows the links of inferred types.
Type *type_resolve(Type *type);
// The definition that stands for all that are equal to it by name and shape, in several applications.
Def *type_def(const Type *type);
// Structural equality of two types without unresolved variables.
bool type_equal(Type *a, Type *b);
bool type_is(Type *type, BuiltinType builtin);
bool type_is_unit(Type *type);
// `Stream[A] -> Stream[B]`: what stands for a task.
bool type_is_task(Type *type);
// `budget` less the number of nodes of the type written out as a tree; 0 or less if there are at least that many.
int type_measure(Type *type, int budget);
// As the user would write it: `List[(Int, String)]`.
void type_show(Type *type, Buf *out);
const char *type_text(Arena *arena, Type *type);
// `type` with the type parameters `params` replaced by `args`.
Type *type_substitute(Arena *arena, Type *type, Def **params, Type **args, int count);

#endif
