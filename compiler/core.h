// core.h - the core: the program as the back end sees it. Monomorphic, every intermediate result named, closures explicit,
// control structured. Made by lower, checked by core_verify, printed by core_dump, compiled by codegen.
//
// A function has numbered locals, the parameters first. A local may be assigned several times (a `var`, or the result of an
// `if`); code generation turns them into SSA. Every operand is a local or a constant. Unit is a type like any other, of size 0.
#ifndef COMPILER_CORE_H
#define COMPILER_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/map.h"
#include "base/vec.h"
#include "lang/source.h"

// ---- types: interned in their CoreProgram, so that equal types are the same pointer -------------------------------

typedef enum CoreTypeKind {
    CORE_UNIT,
    CORE_NEVER,
    CORE_INT,
    CORE_FLOAT,
    CORE_BOOL,
    CORE_STRING,
    CORE_LIST,   // elem
    CORE_STRUCT, // tuples and records: variants[0] holds the fields
    CORE_ENUM,
    CORE_FN, // params, result
    CORE_BYTES,
    CORE_DURATION, // nanoseconds
    CORE_MAP,      // elem (the key), mapped
    CORE_SET,      // elem; mapped is unit
    CORE_ANY,
    CORE_FUTURE, // elem: what it will be; a promise is one too
    CORE_FRAME,  // what begins, or goes on: only ever in locals, and in other frames
    CORE_ENTRY,  // the state entry of a task for one key: a pointer, only ever in locals
} CoreTypeKind;

typedef struct CoreType CoreType;

typedef struct CoreField {
    const char *name; // NULL in tuples
    CoreType *type;
    bool boxed;      // held through a pointer: the type contains itself, or it is large (then set by layout)
    uint32_t offset; // from the start of the value (set by layout)
} CoreField;

typedef struct CoreVariant {
    const char *name;
    CoreField *fields;
    int field_count;
} CoreVariant;

struct CoreType {
    CoreTypeKind kind;
    const char *name; // as the user writes it: "Option[(Int, String)]"; unique
    int id;           // number in CoreProgram.types
    CoreType *elem;   // LIST, MAP, SET, FUTURE
    CoreType *mapped; // MAP, SET
    CoreVariant *variants;
    int variant_count;
    CoreType **params;
    int param_count;
    CoreType *result;
    bool laid_out;
    uint32_t words;    // PtDesc.words
    bool has_pointers; // its values refer to memory outside themselves (set by layout)
    uint32_t size;     // in bytes, a multiple of align (set by layout)
    uint32_t align;
};

// ---- code ------------------------------------------------------------------------------------------------------------

typedef enum CoreOp {
#define OP(name, text, operands, result) CORE_OP_##name,
#include "compiler/core.def"
#undef OP
    CORE_OP_COUNT
} CoreOp;

typedef enum CoreOperandKind {
    OPERAND_LOCAL,
    OPERAND_UNIT,
    OPERAND_INT,
    OPERAND_FLOAT,
    OPERAND_BOOL,
    OPERAND_STRING,
} CoreOperandKind;

typedef struct CoreOperand {
    CoreOperandKind kind;
    union {
        int local;
        int64_t int_value; // and Bool
        double float_value;
        struct {
            const char *text; // may contain zeroes
            size_t length;
        };
    };
} CoreOperand;

typedef struct CoreFn CoreFn;
typedef struct CoreBlock CoreBlock;
typedef struct CoreExchange CoreExchange;

typedef struct CoreInst {
    CoreOp op;
    int dst; // a local, or -1
    CoreOperand *args;
    int arg_count;
    CoreFn *fn;
    CoreType *type;
    CoreType **types; // CALL_BUILTIN
    int type_count;
    int index;
    int variant;
    int wait; // AWAIT, CALL: 1 + number in CoreFn.points; 0: it does not wait, or it is a call that ends the function (core_wait)
    const char *text;
    const bool *generic; // CALL_BUILTIN: for each argument, and last the result, whether its declared type is a type parameter,
                         // so that it passes by pointer; NULL: none
    const CoreExchange *exchange; // SEND
    const int *tasks;             // TRY
    CoreBlock **blocks;
    int block_count;
    Span span; // where it comes from; its position is named by run-time errors
} CoreInst;

struct CoreBlock {
    VEC(CoreInst *) insts;
};

typedef struct CoreLocal {
    CoreType *type;
    const char *name; // for dumps; or NULL
} CoreLocal;

// Where a function can wait: an AWAIT, or a call of a function that can. What is live behind it goes into a frame.
typedef struct CoreWait {
    const CoreInst *inst;
    int number;  // from 1 on, of all AWAITs and CALLs of the function, whether they wait or not
    int *locals; // that are live behind it, but for its result and the entry, in ascending order
    int local_count;
} CoreWait;

struct CoreFn {
    const char *name;  // unique: "list.map[Int, Int]", "Count.on_event", "counts.filter2"
    const char *title; // as its author knows it, of a function of a task without the task: "on event", "on ask stock", "price"
    int param_count;
    int closures; // how many have been made in it, each of which has a number in its name
    int keys;     // how many EFFECT_KEYs, each of which has a number in its text
    int captured; // how many of the first parameters are a closure's captured values
    bool effects; // it is the code of a closure that belongs to the handler that made it, and is never kept: it may emit, and
                  // what it captures may be an entry
    int task;     // 1 + number of the task whose code it is, of which its first parameter is an entry; 0: of none
    bool spawned; // it is a block of `spawn`
    VEC(CoreLocal) locals;
    CoreType *result;
    CoreBlock *body;
    Span span;
    int id;               // number in CoreProgram.fns
    bool recursive;       // can call itself, directly or through others or closures: checks the stack (set by core_analyse)
    bool can_fail;        // can end in a run-time error (set by core_analyse)
    bool emits;           // can EMIT (set by core_analyse)
    bool waits;           // can AWAIT, itself or in what it calls (set by core_analyse)
    VEC(CoreWait) points; // where (set by core_wait)
};

// ---- the dataflow graph ------------------------------------------------------------------------------------------------

typedef enum CoreSourceKind {
    SOURCE_FROM,
    SOURCE_RANGE,
    SOURCE_LINES,
    SOURCE_STDIN,
    SOURCE_EMPTY,
    SOURCE_NEXT,
    SOURCE_JSON_LINES, // like SOURCE_LINES
    SOURCE_CSV,        // likewise
    SOURCE_ATOMS,
    SOURCE_EVERY,
    SOURCE_INBOX,
} CoreSourceKind;
enum { SETTING_FROM_LIST = 0 };
enum { SETTING_RANGE_FROM = 0, SETTING_RANGE_TO = 1, SETTING_RANGE_ATOM = 2 };
enum { SETTING_LINES_PATH = 0, SETTING_LINES_ATOM = 1 };
enum { SETTING_STDIN_ATOM = 0 };
enum { SETTING_ATOMS_LISTS = 0 };
enum { SETTING_EVERY_PERIOD = 0, SETTING_EVERY_TICKS = 1 };

// Streams are numbered: first those of the sources, then the outputs of the workflows.
typedef struct CoreSource {
    CoreSourceKind kind;
    const char *name;
    CoreType *event;
    Span span;
    int task; // NEXT: the generator that takes its events; its last field says whether it wants no more
} CoreSource;

typedef enum CoreSinkKind { SINK_PRINT, SINK_WRITE, SINK_WRITE_JSON, SINK_WRITE_CSV, SINK_OUTBOX } CoreSinkKind;
enum { SETTING_WRITE_PATH = 0 };

typedef struct CoreSink {
    CoreSinkKind kind;
    CoreType *event;
    Span span;
    const char *name; // OUTBOX: of the workflow that it is in
    int workflow;     // its number
} CoreSink;

// Of a state that expires.
typedef struct Expiry {
    int field;  // of its task: when it was set
    int global; // how long it lasts
} Expiry;

// STATE_FIND, in `variant`.
enum {
    FIND_ENTRY = 0,  // from here on the entry is the one that is worked on; it has had an event
    FIND_BESIDE = 1, // of an unkeyed task, beside that one: no event has led to it
};

// What a task has that asks, replies, spawns or waits: all its handlers run through START and REQUEST, and what they emit goes to
// a channel of their own.
typedef struct CoreAsync {
    int64_t asker;     // a hash of the workflow's name and the task's: the first Int of every Address that it asks from
    int busy;          // the first of three hidden Int fields of an exclusive task (PtAsync.exclusive); -1: it is not exclusive
    int globals;       // its companion with global states, or -1
    int held;          // the channel, or -1
    CoreFn *flush;     // (Entry): passes on what is held, or NULL
    CoreFn *fail;      // (Entry, Int, Address, Error): replies with the error to a request to that portal; or NULL
    CoreFn *on_error;  // (Entry, event): or NULL
    CoreType *error;   // that which a failure is to those who wait: `Error`
    const char **asks; // names of portals
    int ask_count;
    const char **replies;
    int reply_count;
} CoreAsync;

// One use of a task in a workflow: its own state, its own code.
typedef struct CoreTask {
    const char *name;
    CoreType *key;     // CORE_UNIT if unkeyed
    CoreField *fields; // its states; offsets from the entry, whose first value is the key (set by layout)
    int field_count;
    uint32_t entry_size;    // key and fields (set by layout)
    bool drops;             // it has STATE_RESET
    uint32_t gone;          // then: the offset of the byte that says so (PtTask.gone; set by layout)
    const Expiry *expiries; // of its states, if all of them expire, so that entries can be dropped
    int expiry_count;
    CoreFn *init;    // (Entry): sets all fields of a new entry
    CoreFn *on_atom; // (Entry), or NULL
    CoreFn *on_end;  // (Entry), or NULL
    bool single;     // all its entries are in one partition: it has global states
    bool global;     // the companion of a task: its global states, and what it does once
    int level;       // as in CoreExchange, of the events that it takes
    CoreFn *touch;   // (): finds the entry of an unkeyed task that has on_end, so that it runs even without events; or NULL
    int workflow;
    const CoreAsync *async; // or NULL
} CoreTask;

// Where a workflow's events go: its own stream, or nowhere (`discard`).
typedef struct CoreChannel {
    CoreType *event;
    int stream;       // or -1
    bool carries_key; // the events are pairs, of an event and its key
} CoreChannel;

typedef enum CoreInputKind { INPUT_EVENTS, INPUT_REQUESTS, INPUT_REPLIES } CoreInputKind; // as PtInputKind

typedef struct CoreInput {
    int stream;
    CoreFn *stage; // (event): takes one event all the way through the workflow
    bool back;     // a workflow behind this one makes the stream, in a cycle
    CoreInputKind kind;
    bool whole; // its atoms are what goes out, as they are
} CoreInput;

// Where events go over to the partitions that own their keys, when there are several: the first task behind a `key` that keeps
// state.
struct CoreExchange {
    CoreType *event;
    CoreType *key;     // CORE_UNIT if unkeyed
    bool key_is_event; // every key sent is the event itself
    bool single;       // all events go to the partition of the key ()
    bool by_hash;      // what is sent along is not a key, but the hash of one; then `key` is CORE_UNIT
    CoreFn *stage;     // (event) or (event, key): goes on there, into the task
    int task;
    int level; // how many exchanges an event has passed with this one, at most
};

// What the code of a workflow does, besides what a run knows of anyway (PtEffects).
enum {
    EFFECT_KEYS = 1,    // it calls `effect_key`
    EFFECT_OPEN = 2,    // it asks for the time, or for a random number
    EFFECT_FOREIGN = 4, // it calls foreign functions that have effects
};

typedef struct CoreWorkflow {
    const char *name;
    VEC(CoreInput) inputs;
    VEC(CoreChannel) channels;
    VEC(CoreExchange *) exchanges;
    VEC(int) tasks;   // in an order in which events flow forward
    int part;         // from 1: of the workflows in a cycle with each other; 0: in none
    int made_by;      // 1 + the number of the workflow whose channel makes its stream; 0: it does so itself
    int dead;         // the stream on which it puts each atom that fails, a DeadAtom, and for which it has a channel; 0: none
    unsigned effects; // EFFECT_... (set by core_find_effects)
    Span span;
} CoreWorkflow;

typedef struct CoreGlobal {
    const char *name;
    CoreType *type;
    uint32_t offset; // in the block of globals (set by layout)
} CoreGlobal;

// A `param` of the app: --name=VALUE on the command line.
typedef struct CoreParam {
    const char *name;
    const char *doc; // or NULL
    int global;
    CoreFn *make_default; // (): sets the global; NULL if the param must be given
} CoreParam;

// A test: a function (), that fails or not.
typedef struct CoreTest {
    const char *name;
    CoreFn *fn;
} CoreTest;

// A type as it crosses to C, and what it is on this side: Int, Float, Bool, String (a POINTER), Bytes (a POINTER as an argument,
// a STRUCT of a POINTER and an INT64 elsewhere), unit, a struct, or Option[String] (a POINTER that may be NULL).
typedef struct CoreForeignType {
    int kind; // PtForeignKind
    CoreType *type;
    uint32_t size, align;
    const struct CoreForeignType **fields; // STRUCT: of `type`, in order; of Bytes as above
    uint32_t *offsets;                     // of these, as C has them
    int field_count;
    int number; // in CoreProgram.foreign_types
} CoreForeignType;

// A function of C.
typedef struct CoreForeign {
    const char *name; // in Portals, with that of its module if that is imported
    const char *library;
    const char *symbol;
    const CoreForeignType **params;
    const char **param_names;
    int param_count;
    const CoreForeignType *result;
    bool pure;
    Span span;         // of the name in its declaration
    Span library_span; // of the library
    Span symbol_span;  // of the symbol; if that is not written, of the name
} CoreForeign;

typedef struct CoreProgram {
    Arena *arena;
    const Sources *sources_text; // for positions
    const char *name;
    VEC(CoreType *) types;
    VEC(CoreFn *) fns;
    VEC(CoreGlobal) globals;
    VEC(CoreParam) params;
    VEC(CoreSource) sources;
    VEC(CoreSink) sinks;
    VEC(CoreTask) tasks;
    VEC(CoreWorkflow) workflows;
    VEC(CoreForeign) foreign; // the functions of C that it calls
    VEC(CoreForeignType *) foreign_types;
    VEC(CoreTest) tests;  // if it was compiled to run them; then there are no sources, sinks, tasks and workflows
    CoreFn *setup;        // (): after the params are set: constants, then the settings of sources and sinks
    uint32_t global_size; // set by layout
    Map *type_table;      // how a type is made up -> the type
    Interner type_keys;   // of type_table
    CoreType *unit, *never, *integer, *floating, *boolean, *string, *bytes, *duration, *any, *entry, *frame;
} CoreProgram;

// An empty program with the basic types.
CoreProgram *core_program_new(Arena *arena, const Sources *sources);

// Types by structure. `name` must be unique for structs and enums (the user's spelling with type arguments); a second call
// with the same name returns the same type. Fields are filled in later by the caller for recursive types (core_type_named).
CoreType *core_type_list(CoreProgram *program, CoreType *elem);
CoreType *core_type_map(CoreProgram *program, CoreType *key, CoreType *mapped);
CoreType *core_type_set(CoreProgram *program, CoreType *elem);
CoreType *core_type_future(CoreProgram *program, CoreType *elem);
CoreType *core_type_fn(CoreProgram *program, CoreType **params, int count, CoreType *result);
CoreType *core_type_tuple(CoreProgram *program, CoreType **elems, int count); // count 0 is unit
CoreType *core_type_address(CoreProgram *program);                            // (Int, Int, Int), which PtAddress is
// Finds or makes the struct or enum `name`; *made tells whether its variants have yet to be filled in.
CoreType *core_type_named(CoreProgram *program, CoreTypeKind kind, const char *name, bool *made);

CoreFn *core_fn_new(CoreProgram *program, const char *name, CoreType *result, Span span);
// Adds a local (a parameter, while param_count is being counted up by the caller) and returns its number.
int core_local(CoreProgram *program, CoreFn *fn, CoreType *type, const char *name);
CoreBlock *core_block_new(CoreProgram *program);
// Appends an instruction with room for `arg_count` operands and `block_count` blocks; the caller fills them in.
CoreInst *core_inst(CoreProgram *program, CoreBlock *block, CoreOp op, int dst, int arg_count, int block_count, Span span);

CoreOperand operand_local(int local);
CoreOperand operand_unit(void);
CoreOperand operand_int(int64_t value);
CoreOperand operand_float(double value);
CoreOperand operand_bool(bool value);
CoreOperand operand_string(const char *text, size_t length);
CoreType *core_operand_type(const CoreProgram *program, const CoreFn *fn, CoreOperand operand);
// True if control cannot reach the end of the block.
bool core_block_ends(const CoreBlock *block);

// A place in structured control: instruction number `index` of `block`.
typedef struct CorePlace {
    const CoreBlock *block;
    int index;
    const struct CorePlace *outer; // NULL in the body of the function or of a loop
    bool in_loop;                  // the end of the block leads to another round
} CorePlace;

// Whether the function returns what is in `local` (or nothing, if its result is ()) when it goes on after `place`, and does
// nothing else before. Copies are followed.
bool core_returns_next(const CoreFn *fn, const CorePlace *place, int local);

// Lets the right to edit of Maps and Sets move along where there is only one of them, and takes it away where there are two
// (core_moves.c). True if the program has any. Expects that core_verify found no fault; without this pass, code with maps is
// wrong.
bool core_moves(CoreProgram *program);
// Sizes, alignments and offsets of all types, states and globals; vm/value.h says how values lie in memory. The layout
// depends on nothing but the types: it is the same in `run`, in `build` and at every level of optimisation.
// Expects that core_verify found no fault.
void core_layout(CoreProgram *program);
// Sets recursive, can_fail, emits and waits of every function.
void core_analyse(CoreProgram *program);
// Sets the effects of every workflow.
void core_find_effects(CoreProgram *program);
// Finds out where functions wait and what is live there. Counting loops in which a function waits become plain ones, whose state
// lies in locals. Expects core_analyse; returns NULL or a fault in words, as core_verify does.
const char *core_wait(CoreProgram *program);
// Checks that every instruction has the operands and types that core.def says, locals are in range and assigned before use on
// every path, blocks end where they must. Returns NULL or the first fault in words (in the arena).
const char *core_verify(CoreProgram *program);
// Prints the program.
void core_dump(const CoreProgram *program, Buf *out);
// Prints one function without the names of functions and locals: equal code has equal text.
void core_dump_code(const CoreProgram *program, const CoreFn *fn, Buf *out);
// The same, but that the functions it calls are told by name and signature, and that nothing in it depends on their code: not
// what core_moves makes of it.
void core_dump_own_code(const CoreProgram *program, const CoreFn *fn, Buf *out);
// Prints what a record or enum consists of; nothing for other types, whose names say it.
void core_dump_type(const CoreType *type, Buf *out);

typedef struct CoreHashes CoreHashes;

// What hashing finds out about functions, kept for the next closure. Expects that the program does not change any more.
CoreHashes *core_hashes_new(const CoreProgram *program);
// The id of the closures whose code is `fn` (PtClosure.id): a hash of what it does, all that it calls included.
uint64_t core_hash_closure(CoreHashes *hashes, const CoreFn *fn);
// The id of a frame (PtClosure.id): of what begins with the function's parameters (NULL; code does not
// count then, but in a block of `spawn`), or goes on behind one of its `points`.
uint64_t core_hash_frame(CoreHashes *hashes, const CoreFn *fn, const CoreWait *point);
// The id that stands for a type in an Any (PtClosure.id): a hash of its name and of what it consists of.
uint64_t core_hash_any(CoreHashes *hashes, CoreType *type);

#endif
