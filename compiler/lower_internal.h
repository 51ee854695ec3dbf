// lower_internal.h - what the files lower*.c share.
//
//   lower.c           the program: params, constants, settings; functions on demand, once for each instantiation
//   lower_use.c       uses of workflows with parameters: what their parameters stand for
//   lower_type.c      types
//   lower_expr.c      expressions and statements
//   lower_assign.c    assignments, also to elements
//   lower_map.c       maps and sets
//   lower_call.c      calls, constructors, closures
//   lower_pattern.c   patterns and match
//   lower_steps.c     which events belong to which step of `steps`
//   lower_graph.c     operators and sinks as stages, one function each; what is pushed into a stage goes all the way through
//   lower_exchanges.c where events have to go over to another partition
//   lower_record.c    events that are text and stand for values; throttles
//   lower_task.c      tasks: state, handlers, helpers
//   lower_try.c       tasks with `on error`
//   lower_async.c     tasks that ask, reply, spawn or wait: what begins, and what the VM needs of them
//   lower_portal.c    requests and replies
//   lower_await.c     await, spawn, promises
//   lower_generator.c generators
//   lower_expiry.c    states that expire
//   lower_global.c    what a task keeps and does once, not for each key
#ifndef COMPILER_LOWER_INTERNAL_H
#define COMPILER_LOWER_INTERNAL_H

#include <setjmp.h>

#include "compiler/lower.h"

// What the type parameters of the function under construction stand for.
typedef struct Substitution {
    Def **params;
    CoreType **types;
    int count;
} Substitution;

// What the parameters of a task, or of a workflow that has some, stand for at one use of it.
typedef struct Scope {
    Substitution types;
    Map params; // Def of a name that a static parameter, or a `let` of a workflow, binds -> its global, boxed
} Scope;

typedef struct PendingFn {
    Def *def;
    CoreFn *fn;
    Substitution *substitution;
    struct TaskUse *task; // for a helper within a task
} PendingFn;

typedef struct Lower {
    Context *context;
    Arena *arena;
    Program *program;
    Topology *topology; // NULL: the tests are lowered
    CoreProgram *core;
    Map qualifiers;         // Module -> what stands before the names of what it declares
    Map type_owners;        // Symbol of a core type's name -> the Def it stands for
    Map weights;            // CoreType -> how many types it is made of, boxed, if not one
    Map instances;          // Symbol of a core function's name -> CoreFn
    Map globals;            // Def of a constant or param -> number of its global, boxed
    Map foreign;            // Def of a foreign function -> its number in the core, boxed
    Map makers;             // Def of a constant that the default of a param needs -> the CoreFn that sets its global
    VEC(PendingFn) pending; // functions whose bodies are yet to be lowered
    int throttles;          // how many there are
    Scope top;              // of what is written at top level: without parameters
    Scope *uses;            // by number of a WorkflowUse
    int **steps; // by number of a Steps: NULL, or for each branch the global that says where it begins, and one for the end
    struct Builder *setup; // the function that runs before everything else
    jmp_buf too_deep;      // where to go, after a diagnostic, when specialisation has no end
} Lower;

// One graph with its stages.
typedef struct GraphLower {
    Lower *lower;
    Graph *graph;
    CoreWorkflow *workflow;
    CoreFn **stages;   // by node id; NULL for nodes that only pass on
    int number;        // of the workflow
    int output;        // channel of the workflow's own stream, or -1
    int *exports;      // by node id: channel of the stream that the node makes for a sequencer, or -1
    bool *behind_task; // by node id: events come to it through a task
    bool *before_task; // by node id: it is a task or leads to one
    bool *placed;      // by node id: its events are where the state of their key is
    bool *at_single;   // by node id: its events are where that of the key () is, which is where tasks with global state have all
    int *levels;       // by node id: how many exchanges an event has passed when it leaves it, at most
    int *least_levels; // the same, at least
    int *exchanges;    // by node id: number of the exchange before it, or -1
    struct TaskUse **uses; // by node id, of tasks
} GraphLower;

// One use of a task in a graph.
typedef struct TaskUse {
    GraphLower *graph;
    Node *node;
    int index;                          // in core->tasks; of a task that only has global states, `globals`
    int globals;                        // its companion with the global states, or -1
    bool stateful;                      // its handlers get the entry of the key
    int held;                           // channel that what is emitted waits in, since the handler may be undone; or -1
    struct TaskUse *running;            // of a task that can wait: itself as its handlers see it, with `held`; else NULL
    int busy;                           // the first of the hidden fields of an exclusive task, or -1
    int *ask_channels;                  // of requests, by number of `asks` of the node
    int *reply_channels;                // of replies, by place in `replied` of the node
    CoreFn **on_asks;                   // (Entry, request), by number of `replies`
    Expiry *expiries, *global_expiries; // by number of the state; only of those that expire
    CoreFn *refresh, *global_refresh;   // lower_refresh; or NULL
    CoreFn *reset;                      // lower_reset_all; or NULL
    Scope scope;
} TaskUse;

// A function under construction.
typedef struct Builder {
    Lower *lower;
    CoreFn *fn;
    CoreBlock *block; // where instructions go
    Map locals;       // Def -> number of its local, boxed
    Substitution *substitution;
    Scope *scope;  // whose static parameters it sees
    TaskUse *task; // within a task
    bool global;   // it does what the task does once: the entry is that of the companion, and there is no key
    int entry;     // local of the state entry, or -1
    int key;       // local of the key where there is no entry, or -1
    Def *inner;    // what a closure of `wrap` calls the task, and the handler that this is; or NULL
    CoreFn *inner_fn;
} Builder;

// How many hidden fields an exclusive task has (PtAsync.exclusive).
enum { BUSY_FIELDS = 3 };

// The variants of Option and Result, as stdlib/option.portals and stdlib/result.portals declare them.
enum { OPTION_SOME, OPTION_NONE };
enum { RESULT_OK, RESULT_ERR };

// Numbers as values of maps.
static inline void *box_number(int number) {
    return (void *)(intptr_t)(number + 1);
}
static inline int unbox_number(void *boxed) {
    return (int)(intptr_t)boxed - 1; // -1 for what is not in the map
}

// ---- lower.c ----
Builder *builder_new(Lower *lower, CoreFn *fn);
// Adds a parameter; all parameters come before other locals.
CoreOperand builder_param(Builder *b, CoreType *type, const char *name);
CoreOperand builder_local(Builder *b, CoreType *type, const char *name);
// Appends an instruction with empty blocks; code that cannot be reached goes to a block that nobody has.
CoreInst *builder_inst(Builder *b, CoreOp op, int dst, int arg_count, int block_count, Span span);
// Shorthands: an instruction with a fresh local as its result, with 1 or 2 operands.
CoreOperand builder_unary(Builder *b, CoreOp op, CoreType *type, CoreOperand a, Span span);
CoreOperand builder_binary(Builder *b, CoreOp op, CoreType *type, CoreOperand a, CoreOperand c, Span span);
void builder_copy(Builder *b, CoreOperand dst, CoreOperand value, Span span);
// Ends the function with `value`, if its end can be reached.
void builder_return(Builder *b, CoreOperand value, Span span);
// From here on the builder's code is written in the terms of `scope`.
void builder_enter(Builder *b, Scope *scope);
CoreFn *lower_instance(Lower *lower, Def *def, CoreType **types);
// The name of a definition of the module, and what comes behind it; with that of the module unless this is the only application:
// unique among those of its kind.
const char *lower_qualified(Lower *lower, const Module *module, const char *name);
const char *lower_name_of(Lower *lower, const Def *def);
// Gives every name of an irrefutable pattern a global of its own, set (in the builder's code) from `value`, noted in `map`.
void lower_bind_globals(Builder *b, Map *map, Ast *pattern, CoreOperand value);
int lower_global(Lower *lower, const char *name, CoreType *type);
void lower_set_global(Builder *b, int global, CoreOperand value, Span span);
CoreOperand lower_get_global(Builder *b, int global, Span span);

// ---- lower_use.c ----
// Evaluates what the bodies of workflows need before anything runs: static arguments, and `let`s of values.
void lower_statics(Lower *lower);
// The terms in which what a use's body says is written; `use` may be NULL.
Scope *lower_scope(Lower *lower, const WorkflowUse *use);
// The value, before anything runs, of an expression in the body of `within`.
CoreOperand lower_static(Lower *lower, const WorkflowUse *within, Ast *expr);
// Binds the pattern of a static parameter or `let` of what `scope` is of to its value.
void lower_bind_static(Lower *lower, Scope *scope, Ast *pattern, CoreOperand value);
// The same in the terms of a scope.
CoreOperand lower_static_in(Lower *lower, Scope *scope, Ast *expr);
// What the type parameters `params` stand for.
Substitution lower_types(Lower *lower, Def **params, Type *const *types, int count);

// ---- lower_type.c ----
// Type arguments that are made of more types than this are taken for a specialisation that never ends.
enum { LOWER_MAX_WEIGHT = 500 };
bool lower_is_too_heavy(Lower *lower, CoreType **types, int count);
// Says so of `def` and leaves lower_program.
_Noreturn void lower_too_deep(Lower *lower, const Def *def);
// The program's own types keep their plain names, whatever is met first. Before everything else.
void lower_own_types(Lower *lower);
CoreType *lower_type(Builder *b, Type *type);
CoreType *lower_type_of(Builder *b, Ast *node);
// A type of the library at some arguments: `Error`, of the module `error`.
Type *lower_library_type(Lower *lower, const char *module, const char *name, Type **args, int count);
CoreType *lower_error_type(Lower *lower);

// ---- lower_expr.c ----
// Where the value of an expression goes: into a local, nowhere (the unit operand), or out of the function, so that a call in
// tail position is followed by its return.
typedef struct Target {
    CoreOperand local;
    bool returns;
} Target;
void lower_into(Builder *b, Ast *expr, Target target);
// Lowers the body of a function and ends it.
void lower_fn_body(Builder *b, Ast *body);
CoreOperand lower_expr(Builder *b, Ast *expr);
// For its effects.
void lower_stmt(Builder *b, Ast *stmt);
CoreOperand lower_field(Builder *b, CoreOperand object, int index, Span span);
// `op` applied to two values of one type, giving `result`.
CoreOperand lower_operation(Builder *b, Operator op, CoreOperand left, CoreOperand right, CoreType *result, Span span);
// The literal that a constant is, which then stands wherever its name does; or NULL.
Ast *lower_literal_of(const Def *constant);

// ---- lower_call.c ----
CoreOperand lower_call(Builder *b, Ast *call);
// A constructor without arguments.
CoreOperand lower_nullary(Builder *b, Ast *ctor);
CoreOperand lower_closure(Builder *b, Ast *closure);
// A named function or constructor as a value.
CoreOperand lower_function_value(Builder *b, Ast *name);
// `function` applied to values: a closure is unfolded on the spot, a named function called, anything else called as a closure.
CoreOperand lower_apply(Builder *b, Ast *function, CoreOperand *args, int count, Span span);
// True if lower_apply does not need the function's value.
bool lower_applies_directly(const Ast *function);
bool lower_contains_return(const Ast *node);
// Binds the parameters of a closure to values, minding FLAG_UNTUPLE.
void lower_bind_params(Builder *b, Ast *closure, CoreOperand *args, int count);
// The names in the node that stand for locals of the builder's function, one use of each; `state`: and for states and the key.
typedef struct Captures {
    Builder *outer;
    bool state;
    VEC(Ast *) names;
} Captures;
void lower_find_captures(Captures *captures, Ast *node);
// Calls a function of the library by its name, with its type arguments.
CoreOperand lower_call_library(Builder *b, const char *module, const char *name, CoreType **types, CoreOperand *args, int count,
                               CoreType *result, Span span);

// ---- lower_foreign.c ----
CoreOperand lower_call_foreign(Builder *b, Def *def, const CoreOperand *args, int count, Span span);

// ---- lower_map.c ----
// The instruction that a function of the library without a body is; CORE_OP_COUNT if it is one of the VM.
CoreOp lower_library_op(const Def *def);
CoreOperand lower_map(Builder *b, Ast *literal);
// A `for` over the entries of `map`.
void lower_for_entries(Builder *b, Ast *loop, CoreOperand map);
// The list of them, in order.
CoreOperand lower_set_elements(Builder *b, CoreOperand set, Span span);

// ---- lower_assign.c ----
void lower_assign(Builder *b, Ast *assign);
// Element number `index` of a list, or the value of the key `index` in a map.
CoreOperand lower_element(Builder *b, CoreOperand object, CoreOperand index, Span span);

// ---- lower_pattern.c ----
typedef struct Arm {
    Ast *pattern;
    Ast *guard; // or NULL
    Ast *body;
} Arm;
// Binds the names of a pattern that cannot fail.
void lower_bind(Builder *b, Ast *pattern, CoreOperand value);
// The first arm whose pattern fits; the value of its body goes to `target`.
void lower_arms(Builder *b, CoreOperand value, const Arm *arms, int count, Target target, Span span);

// ---- lower_record.c ----
// The value that the text of an event stands for, which comes from a stream of text (NODE_PARSE).
CoreOperand lower_parse(Builder *b, Node *node, CoreOperand text);
// Tells the VM, in the builder's code, what the records of this source of CSV are.
void lower_record_type(Builder *b, const Stream *stream, int source);
// Counts an event that passes a throttle.
void lower_throttle(Builder *b, GraphLower *graph, Node *node);

// ---- lower_graph.c ----
// Whether a node only passes events on from one place, and has no stage.
bool lower_passes_on(const Node *node);
void lower_graph(Lower *lower, Graph *graph);
// The function of a node, applied to an event.
CoreOperand lower_apply_function(Builder *b, GraphLower *graph, Node *node, CoreOperand event);
// Passes an event on to one node: to where the state of its key is.
void lower_push_to(Builder *b, GraphLower *graph, Node *consumer, CoreOperand event, CoreOperand key);
// The channel that leads to a stream; -1 if nobody takes that.
int lower_stream_channel(GraphLower *graph, const Stream *stream);
// Whether the stage of a node gets the key of its events.
bool lower_takes_key(const Node *node);
// Passes an event on to the consumers of `node`.
void lower_push(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key);
// A channel that leads to a stream, or (-1) nowhere. Returns its number.
int lower_add_channel(GraphLower *graph, CoreType *event, int stream);
// Puts an event into a channel, whatever its place in the canonical order.
CoreInst *lower_emit_to(Builder *b, int channel, CoreOperand event, Span span);
// Likewise, at its place in the order.
void lower_emit_ordered(Builder *b, const GraphLower *graph, int channel, CoreOperand event, Span span);

// ---- lower_exchanges.c ----
// Whether what goes to a task by a portal comes in here.
bool lower_is_portal(const Node *node);
// Finds which nodes an exchange is before, and adds those to the workflow.
void lower_find_exchanges(GraphLower *graph);
// Completes the exchange before the node, which has its stage now.
void lower_describe_exchange(GraphLower *graph, Node *node);

// ---- lower_steps.c ----
// Passes the event on if the atom at hand belongs to the branch that `node` leads to.
void lower_step(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key);

// ---- lower_task.c ----
// A call of what the closure of a `wrap` calls the task.
CoreOperand lower_call_inner(Builder *b, CoreOperand event, Span span);
// Makes the task's state and handlers, and the body of its stage.
// True if it keeps anything by key.
bool lower_is_stateful(const Def *task);
void lower_task(GraphLower *graph, Node *node, Builder *stage, CoreOperand event, CoreOperand key);
CoreOperand lower_call_helper(Builder *b, Def *def, CoreType **types, CoreOperand *args, int count, Span span);
CoreOperand lower_state_get(Builder *b, Def *state, Span span);
void lower_state_set(Builder *b, Def *state, CoreOperand value, Span span);
// `reset` without a name.
void lower_reset_all(Builder *b, Span span);
CoreOperand lower_key(Builder *b, Span span);
// A call of `effect_key` of the library.
CoreOperand lower_effect_key(Builder *b, Span span);
void lower_emit(Builder *b, CoreOperand event);
// Begins a function of the task, which gets in front of its own parameters what is at hand: an entry, a key, or nothing.
typedef enum HandlerScope { SCOPE_KEY, SCOPE_GLOBAL } HandlerScope;
Builder *lower_begin_handler(TaskUse *use, const char *name, HandlerScope scope);
bool lower_has_handler(const Def *task, HandlerKind kind, HandlerScope scope);
// `on atom` or `on end`, or NULL if the task has none.
CoreFn *lower_plain_handler(TaskUse *use, HandlerKind kind, HandlerScope scope, const char *name);
// A function () that finds the one entry of core task number `task`, so that its `on end` runs even without an event.
CoreFn *lower_touch(TaskUse *use, int task, const char *name);
// Sets states to their initial values, in order.
CoreFn *lower_init(TaskUse *use, Def *const *states, int count, HandlerScope scope, const char *name);
// The stage of a task: from the event on.
CoreOperand lower_find_entry(Builder *stage, const TaskUse *use, CoreOperand key);
// The handlers of the kind and portal (or NULL) as arms of a match of `value`.
void lower_handlers(Builder *b, HandlerKind kind, const Def *portal, CoreOperand value);
// Appends a core task with these states.
int lower_add_task(TaskUse *use, const char *name, CoreType *key, Def *const *states, int count);

// Binds the names of a pattern for the key; behind all parameters.
void lower_bind_key(Builder *b);

// ---- lower_expiry.c ----
// Appends to the fields of core task number `task` what its states that expire need.
void lower_add_expiries(TaskUse *use, int task, Def *const *states, int count);
// Behind an assignment to a state.
void lower_note_set(Builder *b, int task, CoreOperand entry, const Def *state, Span span);
// Where a handler begins: states that have expired get their initial values.
void lower_refresh(Builder *b);
// Ends the handler if all states of the entry have expired, so that it could have been dropped.
void lower_skip_expired(Builder *b);

// ---- lower_global.c ----
// True if all of the task's events have to come together in one partition.
bool lower_is_single(const Def *task);
// Appends the companion of the task. Its handlers are made by lower_global_handlers, behind those of the task.
void lower_add_globals(TaskUse *use);
void lower_global_handlers(TaskUse *use);
// For an event of the task: it counts for `global on atom`, and errors name the task.
void lower_at_globals(Builder *stage, const TaskUse *use);
// The entry of the global states.
CoreOperand lower_globals(Builder *b, Span span);

// ---- for lower_try.c, lower_async.c ----
// What a handler or helper gets in front of its own arguments: 0 or 1 operands. Returns how many.
int lower_context_args(const Builder *b, CoreOperand *args);
// The type of the events that the handlers of the builder's task take.
CoreType *lower_event_type(Builder *b);
// All `on event` of the task: takes an event.
CoreFn *lower_event_fn(TaskUse *use);

// ---- lower_generator.c ----
// The last field of a generator: whether its stream ends.
CoreField lower_sealed_field(const CoreProgram *core);
void lower_set_sealed(Builder *b, bool sealed, Span span);
// Takes an event: runs `on next`.
CoreFn *lower_generator_fn(TaskUse *use);

// ---- lower_try.c ----
// The `on error` of a task, or NULL.
const Ast *lower_on_error(const Def *task);
// Takes an event, through the handlers or, if they fail, through `on error`.
CoreFn *lower_protected_fn(TaskUse *use, const Ast *on_error);
// What the handlers have emitted goes on.
void lower_push_held(Builder *b, int channel, CoreType *event, Span span);
// The body of `on error`, for the error that the VM has caught.
void lower_call_on_error(Builder *b, const Ast *on_error, CoreOperand event);

// ---- lower_async.c ----
// Before the handlers of a task that can wait: its `running`.
void lower_begin_async(TaskUse *use);
// What a task that can wait takes an event with: (Entry, event).
CoreFn *lower_begin_event_fn(TaskUse *use);
// A handler (Entry), which may be NULL: where the task can wait, a function that begins it.
CoreFn *lower_begun(TaskUse *use, CoreFn *handler, HandlerScope scope, const char *name);
// Behind the handlers: what the VM needs of the task and its companion.
void lower_end_async(TaskUse *use);
// A start frame of a function of a task, with its arguments but for the entry.
CoreOperand lower_frame(Builder *b, CoreFn *fn, const CoreOperand *args, int count, Span span);
// The first Int of the addresses that the task, or its companion, asks from: the same in every compilation.
int64_t lower_asker(const Lower *lower, const Graph *graph, const Node *node, bool global);
// The number of the core task that the builder's entry belongs to.
int lower_task_at_hand(const Builder *b);

// ---- lower_portal.c ----
// What lies in a stream of requests or replies: pairs of an address and a request or Result.
CoreType *lower_portal_type(Builder *b, const Stream *stream);
// The channels that requests and replies of the task go to.
void lower_portal_channels(TaskUse *use);
// All `on ask` of the portal with this number of `replies`: (Entry, request).
CoreFn *lower_ask_fn(TaskUse *use, int portal);
// (Entry, Int, Address, Error), as CoreAsync.fail; NULL if the task does not reply.
CoreFn *lower_fail_fn(TaskUse *use);
// Takes what comes in from the stream to the task's partition.
void lower_portal_input(Builder *b, GraphLower *graph, Node *stream, CoreOperand event);
// The stage of a node REQUESTS or REPLIES.
void lower_portal_stage(GraphLower *graph, Node *node);
CoreOperand lower_ask(Builder *b, Ast *ask);
void lower_reply(Builder *b, Ast *reply);

// ---- lower_await.c ----
// `await` and `try await`; the type of the whole is that of `expr`.
CoreOperand lower_await(Builder *b, Ast *expr);
CoreOperand lower_spawn(Builder *b, Ast *spawn);
// A call of a function of the library that is an instruction of tasks that wait: what `any`, `promise`, `sleep`, `complete` and
// `future` are. False if `def` is none of them.
bool lower_async_call(Builder *b, const Def *def, const CoreOperand *args, CoreType *result, Span span, CoreOperand *value);

#endif
