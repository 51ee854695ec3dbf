// ast.h - the syntax tree. One node type; ast.def declares what each kind looks like.
//
// The parser makes the tree; resolve and check annotate it (`def`, `type`, `targs`) and normalise calls; lowering reads it.
#ifndef LANG_AST_H
#define LANG_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "lang/source.h"

typedef enum AstKind {
#define NODE(kind) AST_##kind,
#define KID(kind, role, class)
#define END(kind)
#include "lang/ast.def"
#undef NODE
#undef KID
#undef END
    AST_KIND_COUNT
} AstKind;

// For each kind the positions of its children: `enum { call_callee, call_args, call_kids };`
#define NODE(kind) enum {
#define KID(kind, role, class) kind##_##role,
#define END(kind)                                                                                                                \
    kind##_kids                                                                                                                  \
    }                                                                                                                            \
    ;
#include "lang/ast.def"
#undef NODE
#undef KID
#undef END

typedef enum Operator {
#define OPERATOR(name, text) OP_##name,
#include "lang/operators.def"
#undef OPERATOR
} Operator;

typedef enum HandlerKind {
    HANDLER_EVENT,
    HANDLER_ASK,
    HANDLER_ATOM,
    HANDLER_END,
    HANDLER_ERROR,
    HANDLER_NEXT,
    HANDLER_KINDS
} HandlerKind;
typedef enum UseKind { USE_PORTAL, USE_STREAM, USE_SPLITTER, USE_SEQUENCER } UseKind;

enum {
    FLAG_LOCAL = 1,     // record: second class
    FLAG_PURE = 512,    // fn: foreign, without effects
    FLAG_EXCLUSIVE = 2, // task
    FLAG_GLOBAL = 4,    // state, handler
    FLAG_WRAPPER = 128, // closure (set by check): that of a `wrap`, which is a handler
    FLAG_EFFECTS = 256, // closure, name (set by check): it emits, asks, or calls a function of the task
    FLAG_UNTUPLE = 8,   // closure (set by check): its parameters are the elements of one tuple argument
    FLAG_UNWANTED = 64, // ask (set by check): nobody wants the reply; its type is ()
    FLAG_PROMPT = 512,  // const: an expression at the prompt, which may be a stream
    FLAG_KEPT = 1024,   // const: its value is looked at when all constants have been computed
    FLAG_GIVEN = 2048,  // const: it has a type, and instead of a value, in `text`, the encoding of one
    FLAG_EXAMPLE = 32,  // test: one of a documentation comment
    FLAG_PARENS = 16,   // EXPR, TYPE: written in parentheses of its own, as `(r.f)(x)`, which calls what the field holds, while
                        // `r.f(x)` is a method call, and `(xs[i])(y)`, while `xs[i](y)` applies xs to a type
};

typedef struct Ast Ast;
struct Type;
struct Def;

struct Ast {
    AstKind kind;
    uint16_t flags;
    uint16_t op; // Operator, HandlerKind or UseKind; of a t_name in the signature of a foreign function its CNumber
    int kid_count;
    Span span;
    Span name_span; // of `name`, where it is only a part of the node
    Symbol name;
    Symbol qualifier; // module or enum before the dot; or NULL
    const char *doc;  // text of the /// lines before a declaration, or NULL
    union {
        int64_t int_value;
        double float_value;
        struct {
            const char *text; // bytes, escapes resolved; may contain zeroes
            size_t length;
        };
    };
    Ast **kid;

    // Set by resolve and check (see check.h).
    struct Def *def;
    struct Type *type;
    struct Type **targs;
};

// A node with room for its declared children (all NULL); for `list`, use ast_list.
Ast *ast_new(Arena *arena, AstKind kind, Span span);
Ast *ast_list(Arena *arena, Span span);
// Only for lists whose `kid` array was made by ast_append alone.
void ast_append(Arena *arena, Ast *list, Ast *item);

// The children of a list child: for (int i = 0; i < list->kid_count; i++) list->kid[i].
const char *ast_kind_name(AstKind kind);
// True for kinds of the class EXPR (not for parts such as `arm` and `entry`, which have their place only in lists).
bool ast_is_expression(AstKind kind);
// The role of child number `kid` of a kind, as ast.def names it.
const char *ast_role_name(AstKind kind, int kid);
const char *operator_text(Operator op);
// Calls visit for the p_name, p_as and named p_rest nodes of a pattern; of alternatives, which bind the same names, for those of
// the first one. NULL has none.
void pattern_names(Ast *pattern, void (*visit)(void *data, Ast *name), void *data);

// Verifies the shape; returns NULL, or what is wrong (in the arena). For tests and debug builds.
const char *ast_verify(Arena *arena, const Ast *node);

// Prints the tree, one node a line, indented, with types where they are known.
void ast_dump(const Ast *node, Buf *out);

#endif
