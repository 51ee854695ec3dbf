// check_internal.h - what the files of the checker share: resolve*.c, unify.c, infer.c, match.c and check*.c. Nothing else
// includes it.
//
//   resolve.c           declares every name of every module
//   resolve_imports.c   what the imports of a module bring into scope
//   resolve_types.c     from written types to Types; the types of fields, aliases
//   check_apps.c        the applications of a run, and what they use of each other
//   check_app_types.c   types of two applications that are equal
//   check_graph.c       recursive types, cyclic definitions, the order of constants
//   check_decl.c        signatures and bodies, each body in its own Body
//   check_sequencer.c   sequencers, connections, splitters
//   check_portal.c      portals, the headers of tasks that ask and reply, portals as parameters
//   check_ask.c         `ask`, `on ask` and `reply`
//   check_await.c       `await`, `try`, `spawn`, and where code can wait
//   check_errors.c      `errors to`
//   infer.c             what belongs to one body: scopes, inference variables, what is decided when it ends
//   check_expr.c, check_cast.c, check_closure.c, check_element.c, check_name.c, check_call.c, check_method.c, check_args.c,
//   check_operator.c, check_stmt.c, check_pattern.c, check_task.c, check_generator.c, check_workflow.c
//   check_combine.c     tasks made of tasks
//   check_global.c      what a task does once, not for each key
//   check_on_error.c    that `on error` does not wait
//   check_lost.c        states that are read before a wait, and assigned behind it
//   match.c             exhaustiveness
//   check_traits.c      types that may not be compared or shown; streams outside of stream expressions
//   check_formats.c     types without a form in JSON
//   check_path.c        the way to a future or local record within a type
//   check_sent.c        futures and promises that are sent
//   check_capture.c     what closures and Anys hide
//   check_effects.c     closures that emit, ask or call functions of the task
//   check_local.c       local records that are kept
//   check_lives.c       local records that live across an await
//   check_foreign.c     the signatures of foreign functions
//   check_foreign_effects.c where foreign functions may be called
//   check_reply.c       that every path of an `on ask` replies once
//   check_exclusive.c   promises in exclusive tasks
//   check_report.c      diagnostics that several of them give
#ifndef LANG_CHECK_INTERNAL_H
#define LANG_CHECK_INTERNAL_H

#include "lang/check.h"
#include "lang/foreign_type.h"

// Beyond these the checker gives DIAG_TOO_DEEP, so that no program makes it overflow the stack or run without end.
enum {
    MAX_DEPTH = 2000,         // nested expressions, over the declarations whose types need each other
    MAX_ALIAS_DEPTH = 200,    // aliases of aliases
    MAX_MATCH_DEPTH = 2000,   // columns of patterns
    MAX_MATCH_WORK = 4000000, // rows and columns of patterns looked at for one match
    MAX_SUGGESTIONS = 100,    // searches for a similar name
};

enum { NOT_YET, UNDER_WAY, DONE }; // Def.state

typedef struct DefList {
    VEC(Def *) items;
} DefList;

// The names of a module that are not in Module.scope, since a type, a constructor and a value may have the same name.
typedef struct ModuleNames {
    Map types;              // Symbol -> DEF_TYPE
    Map ctors;              // Symbol -> DefList of DEF_CTORs
    Map modules;            // Symbol -> Module: what it imports, by the name it does so
    VEC(Module *) imported; // the same, in order
    bool incomplete;        // an import was not found: a name that is unknown may come from there
} ModuleNames;

// What a value must be, and why, for the second label of a mismatch.
typedef struct Expect {
    Type *type;
    const char *reason; // "because of this ..."; NULL: nothing to point at
    Span why;
    const char *note; // or NULL
    Symbol parameter; // the value is the argument of this parameter of `callee`; or NULL
    Symbol callee;
} Expect;

// ---- one body --------------------------------------------------------------------------------------------------------

// What a name means at the moment; `def` is NULL once its scope has ended.
typedef struct Slot {
    Def *def;
    int closure_depth; // how many closures are around its binding
    int spawn_depth;   // and how many `spawn`s
} Slot;

typedef struct Undo {
    Slot *slot;
    Slot before;
} Undo;

// Where `return` goes: a function, handler or closure.
typedef struct Frame {
    struct Frame *outer;
    Expect result;
    bool ignores_result; // a handler: `return` takes no value
} Frame;

// The closure of a `wrap` that is being checked.
typedef struct Wrapping {
    struct Wrapping *outer;
    int depth;        // of closures, in its body
    Type *output;     // what it may emit
    const Ast *inner; // the pattern that binds what it calls the task
} Wrapping;

// STREAM_TPARAM: of a task or workflow.
typedef enum OriginKind {
    ORIGIN_TPARAM,
    ORIGIN_STREAM_TPARAM,
    ORIGIN_ELEMENT,
    ORIGIN_ENTRY,
    ORIGIN_BINDING,
    ORIGIN_RESULT
} OriginKind;

// Why there is an inference variable: said when nothing determines it.
typedef struct Origin {
    Type *var;
    OriginKind kind;
    Span span;
    Symbol name;   // TPARAM, STREAM_TPARAM: of the type parameter; BINDING: of the name, or NULL
    Symbol user;   // TPARAM, STREAM_TPARAM: what has it
    bool diverges; // an expression of type Never was given to it
} Origin;

typedef enum TraitKind { TRAIT_COMPARED, TRAIT_SHOWN, TRAIT_KEY, TRAIT_JSON } TraitKind;

// A type that must not contain a function, nor, unless it is only shown, an Any.
typedef struct Trait {
    TraitKind kind;
    Type *type;
    Span span;
} Trait;

// An operator on operands whose type is not known yet.
typedef struct Deferred {
    Ast *node; // binary, unary or assign
    Operator op;
    Type *type;
} Deferred;

// A pattern, with or without a guard.
typedef struct MatchRow {
    Ast *pattern;
    bool guarded;
} MatchRow;

typedef enum MatchKind { MATCH_ARMS, MATCH_HANDLERS, MATCH_REQUESTS, MATCH_IRREFUTABLE } MatchKind;

// Patterns to be checked once their types are known.
typedef struct MatchSet {
    MatchKind kind;
    Ast *node; // the match, the task, the name of the portal, or whose pattern it is
    Span span; // what to point at if a value is missed
    MatchRow *rows;
    int count;
} MatchSet;

// The inference of one declaration's value. Bodies nest where a type is needed that has to be inferred first.
typedef struct Body {
    struct Body *outer;
    Def *owner;   // what is being checked
    Def *task;    // the task it belongs to, or NULL
    Ast *handler; // of the task, or NULL
    Frame *frame;
    Wrapping *wrapping; // or NULL
    int closure_depth;
    int spawn_depth;
    bool cannot_wait; // it has been reported that what is looked at cannot wait here
    int errors_before;
    bool tainted;       // it uses something whose declaration is wrong, so that not everything can be inferred
    bool owner_streams; // a stream or workflow: it may use streams
    Def **tparams;
    int tparam_count;
    Module *module;
    Map slots; // Symbol -> Slot
    VEC(Undo) undo;
    VEC(Ast *) typed;
    VEC(Origin) origins;
    VEC(Deferred) deferred;
    VEC(MatchSet) matches;
} Body;

// ---- the whole -------------------------------------------------------------------------------------------------------

// A use of a generic definition.
typedef struct Instance {
    Def *def;
    Type **targs;
    Span span;
} Instance;

typedef struct Edge {
    Def *from;
    Def *to;
} Edge;

typedef struct Checker {
    Context *context;
    Arena *arena;
    Diags *diags;
    Program *program;
    Map names;             // Module -> ModuleNames
    Map modules;           // Symbol -> Module, of the library
    Map types;             // Symbol -> DEF_TYPE: predeclared and of the library
    Map ctors;             // Symbol -> DefList: of the library
    Module *stream_module; // whose names need no module
    Module *task_module;   // the same
    Type *int_type, *float_type, *bool_type, *string_type, *never_type, *unit_type, *error_type;
    Type *bytes_type, *duration_type, *any_type;
    Body *body;
    Module *module; // whose names are in scope
    Def **tparams;  // type parameters in scope
    int tparam_count;
    int depth;
    int suggestions;
    VEC(Def *) type_defs;
    VEC(Def *) value_defs; // of all modules: functions, constants, ...; in textual order
    VEC(Def *) sequencers; // of all modules and all workflows
    VEC(Edge) edges;       // which value definition uses which
    VEC(Trait) traits;
    VEC(Instance) instances;
    VEC(Ast *) wrapped; // names of the tasks that are given to `wrap`
    VEC(Type *) trail;  // variables bound since unify_try began, if `trailing`
    bool trailing;
    bool effects; // there are closures with effects (set by check_effects)
    Map hidden;   // DEF_TPARAM -> itself: values of it are captured, or become an Any (set by check_captures)
    bool foreign; // the signature at hand is that of a foreign function: number types of C can be named
} Checker;

// ---- check.c ---------------------------------------------------------------------------------------------------------

// Of the modules of the context the first one that is not checked yet.
int check_first_module(const Checker *c);

// ---- resolve.c, resolve_types.c --------------------------------------------------------------------------------------

void resolve_builtins(Checker *c);
// Makes a Def of every declaration of the module.
void resolve_module(Checker *c, Module *module);
ModuleNames *resolve_names(Checker *c, Module *module);
Def *resolve_def(Checker *c, DefKind kind, Symbol name, Ast *ast, Span span);
// The type parameters that a declaration lists, as DEF_TPARAMs of `owner`.
void resolve_tparams(Checker *c, Def *owner, Ast *list);
// Brings the type parameters into scope that the signature and body of a value definition see.
void resolve_enter_tparams(Checker *c, const Def *owner);
Span resolve_name_span(const Ast *node);

// ---- resolve_imports.c -----------------------------------------------------------------------------------------------

// Which of the three spaces of names (L4.3).
typedef enum NameSpace { NAMES_VALUES, NAMES_TYPES, NAMES_CTORS } NameSpace; // CTORS: and tasks

// Declares the imports of the module.
void resolve_imports(Checker *c, Module *module);
// Reports what a module may not declare since another one imports it; true if it is that.
bool resolve_belongs_to_program(Checker *c, const Module *module, const Ast *declaration);
// The module of this name as the one at hand sees it: imported, or of the library; or NULL.
Module *resolve_find_module(Checker *c, Symbol name);
// The imported module that declares the name; NULL if none does. *another: the second one that does, or NULL.
Module *resolve_importer(Checker *c, NameSpace space, Symbol name, Module **another);
// True, with a diagnostic, if several imported modules declare the name.
bool resolve_is_ambiguous(Checker *c, NameSpace space, Symbol name, Span span);

// Where a `Stream` may be written: nowhere, as the whole type, or also as what a function takes and gives: a task. A `Portal` may
// be the type of a parameter: of a workflow, as tasks may, or (PORTAL_ALLOWED, without a stream) of a task.
typedef enum StreamUse { STREAM_FORBIDDEN, PORTAL_ALLOWED, STREAM_ALLOWED, STREAM_AND_TASK } StreamUse;
// The type that a TYPE node writes; TYPE_ERROR after a diagnostic.
Type *resolve_type(Checker *c, Ast *ast, StreamUse streams);
// The type that an expression between `[` and `]` writes.
Type *resolve_type_expr(Checker *c, Ast *expr);
// A declared type by its name, or NULL. `qualifier` is a module or NULL.
Def *resolve_find_type(Checker *c, Symbol qualifier, Symbol name);
// The types of all fields, what aliases stand for.
void resolve_type_declarations(Checker *c);

// ---- check_apps.c, check_app_types.c ---------------------------------------------------------------------------------

// Orders the applications, and finds what their `use`s stand for.
void check_apps(Checker *c);
// Finds the types of several applications that are equal by name and shape, and checks those of `use`s.
void check_shared_types(Checker *c);

// ---- check_graph.c ---------------------------------------------------------------------------------------------------

// Sets `recursive`, `functional`, `holds_any` and `holds_future` of every type.
void check_type_graph(Checker *c);
// Reports definitions that need themselves; orders program->constants.
void check_value_graph(Checker *c);

// ---- unify.c ---------------------------------------------------------------------------------------------------------

typedef enum UnifyResult { UNIFY_OK, UNIFY_DIFFERENT, UNIFY_INFINITE, UNIFY_TOO_BIG } UnifyResult;
// Makes two types equal by binding variables. On failure some variables may have been bound.
UnifyResult unify(Checker *c, Type *a, Type *b);
// The same, but binds nothing on failure.
bool unify_try(Checker *c, Type *a, Type *b);
// Whether unify_try would succeed; binds nothing.
bool unify_could(Checker *c, Type *a, Type *b);
// Replaces the bound variables within a type; the type itself is changed.
Type *unify_finish(Type *type);

// ---- infer.c ---------------------------------------------------------------------------------------------------------

void infer_begin(Checker *c, Body *body, Def *owner, Module *module);
// Decides what was deferred, gives every node its final type and says what nothing determines.
void infer_end(Checker *c);
int infer_open(Checker *c);
void infer_close(Checker *c, int mark);
void infer_bind(Checker *c, Def *def);
Slot *infer_lookup(Checker *c, Symbol name);
Type *infer_var(Checker *c, OriginKind kind, Span span, Symbol name, Symbol user);
// Sets and remembers the type of a node of the body.
Type *infer_set(Checker *c, Ast *node, Type *type);
// Fresh variables for the type parameters of `def`, in node->targs (explicit ones are kept), and its type with them.
Type *infer_instantiate(Checker *c, Def *def, Ast *node);
void infer_trait(Checker *c, TraitKind kind, Type *type, Span span);
void infer_defer(Checker *c, Ast *node, Operator op, Type *type);
void infer_match(Checker *c, MatchKind kind, Ast *node, Span span, MatchRow *rows, int count);
void infer_irrefutable(Checker *c, Ast *pattern);
// An expression of type Never stands where `type` is expected.
void infer_diverges(Checker *c, Type *type);

// ---- check_decl.c ----------------------------------------------------------------------------------------------------

// The type of a definition, which may have to be inferred first.
Type *check_def_type(Checker *c, Def *def);
void check_signature(Checker *c, Def *def);
void check_body(Checker *c, Def *def);
void check_function_body(Checker *c, Def *def, Def *task);
// Types of parameters, into `types`.
void check_parameter_types(Checker *c, Ast *params, Type **types, StreamUse streams);
void check_parameter_defaults(Checker *c, Def *def, Ast *params);
void check_bind_parameters(Checker *c, Ast *params, Type **types);
// The value of a stream or workflow is something else.
void check_not_a_stream(Checker *c, const Def *def, const Ast *value);

// ---- check_expr.c, check_stmt.c --------------------------------------------------------------------------------------

// Checks an expression against what is expected (NULL: anything) and returns its type; node->type is set.
Type *check_expr(Checker *c, Ast *node, const Expect *expect);
// The same for a statement that stands where a value does.
Type *check_value(Checker *c, Ast *node, const Expect *expect);
// A statement whose value nobody takes.
Type *check_ignored(Checker *c, Ast *node);
// A value that nobody takes, where the tree needs one of type (): `e` becomes `{ e; () }`.
Ast *check_drop_value(Checker *c, Ast *node);
// The body of a handler or loop, whose value is dropped.
void check_ignored_body(Checker *c, Ast *block);
// The type a checked node has against what is expected of it; reports a mismatch and returns TYPE_ERROR.
Type *check_satisfies(Checker *c, Ast *node, Type *type, const Expect *expect);
bool check_is_expr(const Ast *node);
Type *check_stmt(Checker *c, Ast *node);
Type *check_closure(Checker *c, Ast *node, const Expect *expect);
// What stands on the left side of an assignment.
Type *check_target(Checker *c, Ast *target);

// ---- check_element.c -------------------------------------------------------------------------------------------------

// A map literal.
Type *check_map(Checker *c, Ast *node, const Expect *expect);
// `xs[i]` or `m[k]` that reads.
Type *check_element(Checker *c, Ast *index);
// The same on the left side of an assignment.
Type *check_element_target(Checker *c, Ast *index);

// ---- check_cast.c ----------------------------------------------------------------------------------------------------

Type *check_cast(Checker *c, Ast *node, const Expect *expect);

// ---- check_name.c ----------------------------------------------------------------------------------------------------

Type *check_name(Checker *c, Ast *node, const Expect *expect);
Type *check_ctor(Checker *c, Ast *node, const Expect *expect);
Type *check_member(Checker *c, Ast *node, const Expect *expect);
Type *check_index(Checker *c, Ast *node, const Expect *expect);
// What a name, or a name with a capital, most likely means; NULL if nothing. Without a diagnostic.
Def *check_peek(Checker *c, const Ast *node);
// The meaning of a name, in node->def; NULL after a diagnostic.
Def *check_find_value(Checker *c, Ast *node);
// The constructor or task that a `ctor` or `p_ctor` names, `expected` being its type if it is known; NULL after a diagnostic.
Def *check_find_ctor(Checker *c, Ast *node, Type *expected);
// If `member` is the function or constant of a module, turns it into a name; `false` if it is something else.
bool check_module_member(Checker *c, Ast *member);
// The type of a resolved name used as a value or callee.
Type *check_use(Checker *c, Ast *node, Def *def);
// The module whose functions are the methods of a type; NULL if it has none.
Module *check_module_of(Checker *c, Type *type);
typedef enum IndexMeaning { INDEX_ELEMENT, INDEX_TYPES, INDEX_WRONG } IndexMeaning;
// Whether `index` reads an element, applies its object to types (then the object has its def and targs), or is wrong in a
// way that has been reported.
IndexMeaning check_index_meaning(Checker *c, Ast *index);

// Whether an unqualified name is `seal`, which it is if nothing else has this name.
bool check_means_seal(Checker *c, const Ast *name);

// ---- check_portal.c --------------------------------------------------------------------------------------------------

// The type of a `portal`, or of the `use` of one.
void check_portal_signature(Checker *c, Def *portal);
void check_portal_body(Checker *c, Def *portal);
// Whether a definition is a portal: of this application or another one, or a static parameter.
bool check_is_portal(const Def *def);
// Finds the portals that the header of a task names: asks and replies of the Def.
void check_task_portals(Checker *c, Def *task);
// The portal that a name stands for, its type being set; NULL after a diagnostic. `what`: what names it.
Def *check_find_portal(Checker *c, Ast *name, const char *what);
// An argument whose parameter is a portal.
void check_portal_argument(Checker *c, Ast *arg, const Expect *expect);
// Reports a portal where a value is expected, and `Portal` where that is no type.
Type *check_portal_as_value(Checker *c, const Ast *name, const Def *portal);
Type *check_misplaced_portal(Checker *c, Span span);

// ---- check_ask.c -----------------------------------------------------------------------------------------------------

Type *check_ask(Checker *c, Ast *node, const Expect *expect);
// `ask` as a statement: nobody wants the reply.
Type *check_ask_only(Checker *c, Ast *node);
Type *check_reply(Checker *c, Ast *node);
// The portal whose requests an `on ask` takes, in handler->def; false after a diagnostic.
bool check_asked_portal(Checker *c, const Def *task, Ast *handler);
// That each portal to which the task replies has its `on ask`s, which cover all requests.
void check_requests(Checker *c, Def *task);

// ---- check_await.c ---------------------------------------------------------------------------------------------------

Type *check_await(Checker *c, Ast *node, const Expect *expect);
Type *check_try(Checker *c, Ast *node, const Expect *expect);
Type *check_spawn(Checker *c, Ast *node, const Expect *expect);
// `spawn` as a statement.
Type *check_spawn_only(Checker *c, Ast *node);
// Whether the code at hand can wait; then its task does. `what` is in it, at `span`, which is reported if it cannot.
bool check_can_wait(Checker *c, Span span, const char *what);
// The same of an `ask`, which can stand in a closure, too.
bool check_can_ask(Checker *c, Span span);
// Reports a future that a statement drops.
void check_dropped(Checker *c, const Ast *stmt, Type *type);
// After all bodies: reports tasks that wait within `wrap`.
void check_wrapped(Checker *c);

// ---- check_generator.c -----------------------------------------------------------------------------------------------

// False, after a diagnostic, if the handler is one of generators in a task, or the other way round.
bool check_handler_belongs(Checker *c, const Def *task, const Ast *handler);
// That the generator has an `on next`: this one, or (NULL) none.
void check_generator(Checker *c, const Def *generator, const Ast *next);
// The name of a generator that is not called.
Type *check_uncalled_generator(Checker *c, const Ast *name, const Def *generator);
// The name `seal`: becomes a node of its own.
Type *check_seal(Checker *c, Ast *name);
// `seal(...)`.
void check_called_seal(Checker *c, const Ast *name);

// ---- check_call.c, check_method.c, check_args.c ----------------------------------------------------------------------

typedef struct Parameter {
    Symbol name; // or NULL
    Type *type;
    Ast *value; // default, or NULL
    Span span;
} Parameter;

typedef struct Parameters {
    Def *def;
    Parameter *items;
    int count;
} Parameters;

Type *check_call(Checker *c, Ast *node, const Expect *expect);
// The same with one more argument, `first`, whose type is known, in front of the others.
Type *check_call_with(Checker *c, Ast *node, Ast *first);
// The function that a call with a member as its callee calls as a method, the object being its first argument from then on; NULL
// after a diagnostic.
Def *check_method(Checker *c, Ast *call);
// Puts one more argument in front of the others of a call.
void check_prepend(Checker *c, Ast *call, Ast *first);
Type *check_pipe(Checker *c, Ast *node, const Expect *expect);
// The parameters of a DEF_FN, DEF_CTOR or DEF_TASK whose instantiated type is `type`.
Parameters check_parameters(Checker *c, Def *def, Type *type);
// Puts the arguments of a call in the order of the parameters; false after a diagnostic.
bool check_arrange(Checker *c, Ast *call, const Parameters *params);
// Checks every argument, closures last. `typed` of them at the beginning have their type already.
void check_arguments(Checker *c, Ast *args, const Parameters *params, int typed);
// After a mistake: gives the arguments types, so that what is wrong within them is said.
void check_arguments_alone(Checker *c, Ast *args, int typed);

// ---- check_operator.c, check_pattern.c, check_task.c -----------------------------------------------------------------

Type *check_unary(Checker *c, Ast *node, const Expect *expect);
Type *check_binary(Checker *c, Ast *node, const Expect *expect);
// `target op= value`, the target being checked.
Type *check_compound(Checker *c, Ast *assign);
void check_deferred(Checker *c, const Deferred *deferred);

// Checks a pattern against the type of what it matches and binds its names.
void check_pattern(Checker *c, Ast *pattern, Type *type);
void check_task_signature(Checker *c, Def *task);
void check_task_body(Checker *c, Def *task);

// ---- check_on_error.c ------------------------------------------------------------------------------------------------

// After all bodies of the task: its `on error` does not wait.
void check_on_error(Checker *c, const Def *task);
// The first `await` in the code, or in the functions of the task that it calls; NULL if there is none. What is spawned does not
// count.
const Ast *check_find_wait(Checker *c, const Def *task, const Ast *node);

// ---- check_lost.c ----------------------------------------------------------------------------------------------------

// After all bodies of the task: warns of a state that is read before a wait, and assigned behind it.
void check_lost_changes(Checker *c, const Def *task);

// ---- check_global.c --------------------------------------------------------------------------------------------------

// False, with a diagnostic, if the task cannot have this `global on`.
bool check_global_handler(Checker *c, const Def *task, const Ast *handler);
// After all bodies of the task: what runs once for it uses nothing that there is once for each key. Sets global_emits.
void check_globals(Checker *c, Def *task);

// ---- check_workflow.c ------------------------------------------------------------------------------------------------

// Behind the signature of its stream: the parameters of a workflow, if it has any.
void check_workflow_signature(Checker *c, Def *workflow);
void check_workflow_body(Checker *c, Def *workflow);
// Reports type parameters that occur nowhere in the signature of a task or workflow, nor in `key`, if that is not NULL.
void check_tparams_determined(Checker *c, const Def *def, Type *signature, Type *key);
// The body of `workflow`, which is being checked, needs its type.
Type *check_recursive_body(Checker *c, Def *workflow);
// Reports a workflow that is used within itself, through those of `chain`, which ends with `workflow`.
void check_report_recursion(Checker *c, const Def *workflow, const DefList *chain);
// The name of a workflow with parameters that is not called.
Type *check_uncalled_workflow(Checker *c, const Ast *name, const Def *workflow);

// ---- check_combine.c -------------------------------------------------------------------------------------------------

// Whether what stands in parentheses behind `|>` is a task expression.
bool check_is_task(Checker *c, const Ast *node);
// Checks a task expression against the type that is expected of it, which is that of a task.
void check_task_expr(Checker *c, Ast *node, const Expect *expect);
// A call whose callee is a task expression, and its only argument a stream; `typed`: if its type is known.
Type *check_application(Checker *c, Ast *call, int typed);
// A call of `steps`, `loop` or `wrap` that has the stream as its first argument.
Type *check_combined(Checker *c, Ast *call, int typed);
// Reports a combinator where a value is expected; `what` is how it is called.
Type *check_task_as_value(Checker *c, const Ast *node, const char *what);
// The same of `A then B`, where A may be a stream.
Type *check_then_as_value(Checker *c, const Ast *then);
// The same of a parameter that is a task.
Type *check_parameter_as_value(Checker *c, const Ast *name);
// The same of what the closure of a `wrap` calls the task.
Type *check_inner_as_value(Checker *c, const Ast *name);
// False, with a diagnostic, if it is called within a further closure.
bool check_inner_is_near(Checker *c, const Ast *name);
// ---- check_errors.c ---------------------------------------------------------------------------------------------------

// The `errors to` of a workflow, if it has one.
void check_errors_to(Checker *c, Def *workflow);

// ---- check_sequencer.c ------------------------------------------------------------------------------------------------

// The type of the stream that a `sequencer` declaration writes the events of.
Type *check_sequencer_type(Checker *c, Ast *ast);
// Whether a definition is a sequencer, of this application or another one.
bool check_is_sequencer(const Def *def);
// Something is connected to it.
void check_mark_connected(Def *sequencer);
// `sequencer` and `connect` as statements, in the block of a workflow.
Type *check_sequencer(Checker *c, Ast *ast);
Type *check_connect(Checker *c, Ast *ast);
// A top-level `connect`, in a body of its own.
void check_connect_body(Checker *c, Def *connect);
void check_splitter_body(Checker *c, Def *splitter);
// Reports sequencers to which nothing is connected.
void check_connected(Checker *c);
// How a cycle of streams is written, of which `def` is one.
void check_help_cycle(Checker *c, Diag *diag, const Def *def);

// ---- match.c ---------------------------------------------------------------------------------------------------------

void match_check(Checker *c, const MatchSet *set);

// ---- check_traits.c --------------------------------------------------------------------------------------------------

// True if values of the type may contain a function, an Any (whatever that holds), or a future or promise.
bool check_has_function(Type *type);
bool check_has_any(Type *type);
bool check_has_future(Type *type);
// ---- check_formats.c -------------------------------------------------------------------------------------------------

// Whether JSON has a form for the type, which `user` reads or writes; reported at `span` if it has none.
void check_json(Checker *c, const Def *user, Type *type, Span span);

// After all bodies: functions compared or shown, also through generic functions.
// Something of streams, the name of which is `node`, is used where there are none.
void check_misplaced_stream(Checker *c, const Ast *node);
void check_traits(Checker *c);
// After all bodies: streams where there is no stream expression.
void check_stream_places(Checker *c);

// ---- check_path.c ----------------------------------------------------------------------------------------------------

typedef bool TypeTest(Type *type);
bool check_is_future(Type *type); // or a promise
bool check_is_local_record(Type *type);
// A local record, or a tuple that holds one: such values are passed on, but never kept.
bool check_is_second_class(Type *type);
// The nearest type within values of `type` that the test finds, or NULL. *way: how one gets there, for messages.
Type *check_find_within(Checker *c, Type *type, TypeTest *test, const char **way);

// ---- check_sent.c, check_effects.c, check_capture.c, check_local.c, check_lives.c, check_reply.c, check_exclusive.c ----
// After all bodies.

// Futures and promises in what goes from one task to another, or could.
void check_sent(Checker *c);
// Futures and local records that closures capture or that become an Any.
void check_captures(Checker *c);
// Whether a function that is argument number `i` of the call stays within what that calls, or in a field of a local record.
bool check_stays(const Ast *call, int i);
// Closures with effects where they could be kept, and what local records hold of them. Sets FLAG_EFFECTS.
void check_effects(Checker *c);
// Whether the node reads a field of a local record that is declared as a function.
bool check_is_local_function(const Ast *node);
// Whether the value of an expression, or what it is read from, lives only as long as the handler runs.
bool check_is_passing(const Ast *part);
// Local records where values are kept, or that are used behind an await.
void check_local_records(Checker *c);
void check_lives(Checker *c);
// Paths of an `on ask` that reply not at all, or twice.
void check_replies(Checker *c);
// Promises that nothing could complete.
void check_exclusive(Checker *c);

// ---- check_foreign.c -------------------------------------------------------------------------------------------------

// The number type of C that a name in the signature of a foreign function means; C_NONE if it is none.
CNumber check_c_number(Symbol name);
// Reports such a name elsewhere.
void check_stray_c_number(Checker *c, Symbol name, Span span);
// Behind the signature of a foreign function, whose types are resolved: what cannot cross is reported.
void check_foreign(Checker *c, Def *def);
// ---- check_foreign_effects.c -----------------------------------------------------------------------------------------

// After all bodies: foreign functions with effects where code may run any number of times.
void check_foreign_effects(Checker *c);

// ---- check_report.c --------------------------------------------------------------------------------------------------

// Types of messages, cut if they are very long.
const char *report_type(Checker *c, Type *type);
void report_mismatch(Checker *c, Ast *node, Type *found, const Expect *expect, UnifyResult result);
void report_too_big(Checker *c, Span span);
// "`await` is not available in this version of Portals"; `what` is a format for the beginning.
Diag *report_unavailable(Checker *c, Span span, const char *help, const char *what, ...) __attribute__((format(printf, 4, 5)));
void report_unknown_value(Checker *c, Symbol name, Span span);
void report_unknown_ctor(Checker *c, Symbol name, Span span, Def *owner);
void report_unknown_type(Checker *c, Symbol name, Span span);
// `span` begins with the name.
void report_unknown_module(Checker *c, Symbol name, Span span);
void report_duplicate(Checker *c, Symbol name, Span span, Span earlier, const char *what);
// The nearest of the names of `defs`, or NULL.
const char *report_nearest_def(Checker *c, Symbol name, Def *const *defs, int count);
// The same of the names in a map, and of the constructors and tasks of a module.
const char *report_nearest_symbol(Checker *c, const Map *names, Symbol name);
const char *report_nearest_ctor(Checker *c, const Module *module, Symbol name);
// What a name of other languages is called here, if `scope` has it; or NULL.
// A module of the library that has a function of exactly this name, or NULL.
Module *report_module_with(Checker *c, Symbol name);
const char *report_other_name(Checker *c, const Map *scope, Symbol name);
// A label on another place, if it is in the same file.
void report_label(Checker *c, Diag *diag, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
Symbol report_symbol(Checker *c, const char *text);

#endif
