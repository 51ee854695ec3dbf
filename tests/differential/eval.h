// eval.h - a plain evaluator of the core: what core.def says about each instruction, in the most obvious way. Compiled code is
// compared with it (run.c). Sources and streams are program.c's.
#ifndef TESTS_DIFFERENTIAL_EVAL_H
#define TESTS_DIFFERENTIAL_EVAL_H

#include "tests/differential/value.h"

typedef enum EvalEnd {
    EVAL_FINE,
    EVAL_FAILED,   // a run-time error: `message` and `where`
    EVAL_TOO_LONG, // it takes more work, or a deeper stack, than a test should: nothing is known about it
    EVAL_BROKEN,   // the evaluator cannot do it: `message`
} EvalEnd;

// What reaches beyond the functions.
typedef struct EvalEffects {
    void (*emit)(void *user, int channel, const Value *event);
    void (*sink)(void *user, int sink, const Value *event);
    void (*log)(void *user, const CoreType *type, const Value *value);
    void (*config_source)(void *user, int source, int setting, const Value *value);
    void *user;
} EvalEffects;

typedef struct EntryList {
    VEC(Entry *) entries; // as they were made
} EntryList;

typedef struct Eval {
    Arena *arena;
    const CoreProgram *program;
    EvalEffects effects;
    const Value **globals;
    EntryList *tasks;
    const Entry *at; // what messages say is being worked on; or NULL
    uint64_t fuel;   // how much work is left
    int depth;       // of calls
    EvalEnd end;
    const char *message;
    Span where;
    uint64_t ops[CORE_OP_COUNT]; // how often each instruction was done
} Eval;

void eval_init(Eval *eval, Arena *arena, const CoreProgram *program, EvalEffects effects, uint64_t fuel);
// Calls a function. NULL if it has not come to its end: eval->end.
const Value *eval_call(Eval *eval, const CoreFn *fn, const Value **args, int count);
// A value that stands for an entry.
const Value *eval_entry_value(Eval *eval, Entry *entry);

// ---- for the parts of the evaluator ----

// Takes `amount` from what is left; false if that is too much.
bool eval_spend(Eval *eval, uint64_t amount);
// The instruction has failed; NULL.
const Value *eval_trap(Eval *eval, const CoreInst *inst, const char *message);
const Value *eval_broken(Eval *eval, const char *what, const char *name);
// What the library's function `inst->text` makes of the arguments; NULL if that is not known here.
const Value *eval_builtin(Eval *eval, const CoreInst *inst, const Value **args, int count);
const Value *eval_bytes_builtin(Eval *eval, const CoreInst *inst, const Value **args);
// The same of Maps, and their instructions: `type` and `map` are the first operand, `arg` the second, if there is one.
const Value *eval_map_builtin(Eval *eval, const CoreInst *inst, const Value **args);
const Value *eval_map_op(Eval *eval, const CoreInst *inst, const CoreType *type, const Value *map, const Value *arg);

#endif
