// check.h - names and types. resolve_modules and check_modules annotate the trees; what they leave behind is stated here.
#ifndef LANG_CHECK_H
#define LANG_CHECK_H

#include "lang/types.h"

// What the checker found out about the program as a whole.
typedef struct Program {
    VEC(Module *) apps; // by name; most programs are one
    Def *int_type, *float_type, *bool_type, *string_type, *never_type, *list_type, *map_type, *set_type, *stream_type,
        *future_type, *promise_type, *portal_type; // predeclared
    Def *option_type;                              // declared by stdlib/option.portals
    // Declarations of the applications, one application after the other, in textual order.
    VEC(Def *) params;
    VEC(Def *) constants; // of the library too; in an order in which each needs only earlier ones
    VEC(Def *) streams;
    VEC(Def *) workflows;
    VEC(Def *) parametric; // workflows with parameters, of imported modules, too
    VEC(Def *) sequencers; // at top level
    VEC(Def *) connects;   // at top level
    VEC(Def *) splitters;
    VEC(Def *) portals;
    VEC(Def *) tasks;
    VEC(Def *) tests;   // and examples
    VEC(Def *) uses;    // of what other applications have
    VEC(Def *) foreign; // functions declared by `extern`, of imported modules, too; their `ast` is an AST_fn with a library
} Program;

// Expects trees of files without syntax errors; `main` is the first application, others are in `context`. Binds every name of
// every module of `context` to a Def, declares all types and signatures. Then infers and checks all bodies. Returns NULL when
// there were errors (they are in context->diags).
//
// After a successful check:
// - every EXPR, STMT that is an EXPR, and PATTERN has `type`, with no unresolved TYPE_VAR in it;
// - `name` and `ctor` nodes have `def`; where that def has type parameters (DEF_FN, DEF_CTOR, DEF_TASK, DEF_WORKFLOW), `targs`
//   holds their instantiation, one Type per tparam;
// - `p_name`, `p_as`, `p_rest` (named) and `var` have their DEF_LOCAL in `def`; `p_ctor` its DEF_CTOR;
// - pipes and methods are calls: `x |> f(y)`, `x |> f` and `x.f(y)` have been turned in place into AST_call with a `name`
//   callee and args [x, y]; `x |> g` with any other expression g is the call g(x); no AST_pipe is left;
// - `member` is left only for reading a field: object is a record (or an enum whose variants all have the field, at whatever
//   number), `def` is the DEF_FIELD (of the first variant); or it makes a Duration: object is an Int, the name a unit, `def`
//   NULL. A module-qualified name (`string.words`) became a `name` node, a qualified constructor (`Shape.Circle`) a `ctor` node;
// - `index` is left only for `xs[i]` on a List and `m[k]` on a Map; type application became `targs` of its object,
//   which replaced it;
// - the args of every call of a DEF_FN, DEF_CTOR or parametric DEF_WORKFLOW are plain EXPRs, exactly one a parameter, in order:
// names were resolved and
//   default values filled in (the default's own tree, shared). The only NULL args are those of a record update
//   `R(..old, f: x)`: its args list has one extra kid at the end, the spread node, and NULL for each field taken from it;
// - stream.union takes one stream or more, as written; no other function is variadic;
// - a stream expression is calls of the functions of module `stream`, of parametric workflows and of tasks: `xs |> Best(100)` is
//   the call of the `ctor` node Best (its def a DEF_TASK) with args [xs, 100]; names of DEF_STREAM and DEF_WORKFLOW, and within
//   a parametric workflow of its parameters; and blocks of such lets;
// - the args of `p_ctor` are plain PATTERNs, one a field, in order; a field not named in the source is a p_wild;
// - a closure that takes n parameters where a function of an n-tuple is expected has FLAG_UNTUPLE and the expected type;
// - `for` iterates over a List, a Map (its elements are pairs) or a Set, or its iterable is a `range` node of Ints;
// - the target of `assign` is the `name` of a `var` or state, an `index` of such a target, or a tuple of targets;
// - `cast` has the type Any, and its value another one, of which it makes an Any; or it has the type Option[T], `type` being T
// and
//   the value an Any;
// - the elements of `list_lit` are EXPRs or spreads of the same List type, those of `map_lit` entries or spreads of its type;
// `binary` operands have equal types: Int or Float for
//   arithmetic (wrapping and `%`: Int; sums: Duration, too), any comparable type for comparisons, String, Bytes or List for `++`,
//   Bool for `&&` and `||`;
// - patterns of let, for, parameters and closures are irrefutable, matches and `on event` patterns exhaustive;
// - types that contain functions are not compared, shown or used as keys, those that contain an Any not compared or used as keys;
// - nothing that this version does not build is left: each gave DIAG_NOT_AVAILABLE;
// - where a portal is named (asks and replies of a task, `ask`, `on ask`, an argument for a Portal), there is a `name` whose def
// is a
//   DEF_PORTAL, a DEF_USE or a DEF_LOCAL: a static parameter. A task has them in Def.asks and Def.replies;
// - `ask` has exactly one argument, and the type Future[Reply]; or (), with FLAG_UNWANTED, where nobody wants the reply. `reply`
// and the
//   handlers `on ask`, also those that name no portal, have in def the portal as the task names it;
// - `await` has a Future, a tuple of such or a List of such for its value; with `within` its type is an Option, within `try` the
// type
//   of that is a Result. `spawn` has a Future of what its block gives;
// - what asks, replies or waits stands in the code of a task, in no closure, and the Def of the task is async; no such task is
// wrapped.
// - a DEF_USE has the definition of another application that it stands for in `provider`, or none: then it was not found, which
//   the topology tells of, and nothing else minds. Types of two applications that are equal by name and shape are equal.
// - what an `import` brought into scope is known by the `def` of its uses; so is what stands behind the name of a module.
// The library: Int, Float, Bool, String, Bytes, Duration, Any, Never, List[T], Map[K, V], Set[T] and Stream[T] are predeclared;
// the module of a type is the one that declares it, and for these the one with their name in lower case. Types and constructors
// of library modules are in scope everywhere, their functions by `module.function` or as methods of a value; those of module
// `stream` are in scope everywhere, too, and give way to a function of the same name of the module of the first argument if that
// is not a stream
// (`[1, 2] |> map(f)`). A `fn` without a body may only be declared by the library: the VM implements it as pt_MODULE_NAME.
// - a DEF_FN that is foreign has only types in its signature that cross to C (foreign_type.h), and is called where its
//   effects may be. What is written as `UInt32` there is an Int to all others; the t_name node has the CNumber in `op`.
// - the `errors to` of a workflow names a DEF_SEQUENCER of DeadAtoms.
//
// Where the library of the context is checked already (context_init_on), its modules are left as they are: neither their trees
// nor their Defs change, so that any number of programs can be checked, one after the other, each in an arena of its own.
Program *check_program(Context *context, Module *main);

// Expects trees of the library without syntax errors in a context that has nothing else, and checks them. Then the context is one
// for context_init_on. False if there were errors.
bool check_library(Context *context);

// The type that the declaration of a sequencer, or the `use` of one, writes.
Ast *check_sequencer_annotation(const Def *sequencer);

#endif
