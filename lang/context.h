// context.h - what all passes of one compilation share. There is no other state: nothing in lang/ or compiler/ is global.
#ifndef LANG_CONTEXT_H
#define LANG_CONTEXT_H

#include "base/arena.h"
#include "base/intern.h"
#include "base/map.h"
#include "lang/ast.h"
#include "lang/diag.h"
#include "lang/source.h"

// A file as a namespace: the program itself, or a module of the standard library (`string`, `list`, ...).
typedef struct Module {
    Symbol name; // "string"; for the program the name of its app, or ""
    uint32_t file;
    Ast *tree; // AST_file
    Map scope; // Symbol -> Def: what the file declares (set by resolve)
    bool library;
} Module;

typedef struct Context {
    Arena *arena; // all that is made during the compilation
    Interner names;
    Sources sources;
    Diags diags;
    VEC(Module *) modules; // the standard library first, then the program's files
} Context;

// Prepares an empty context whose memory is `arena`.
void context_init(Context *context, Arena *arena);

#endif
