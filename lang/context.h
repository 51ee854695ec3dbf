// context.h - what all passes of one compilation share. There is no other state: nothing in lang/ or compiler/ is global.
#ifndef LANG_CONTEXT_H
#define LANG_CONTEXT_H

#include "base/arena.h"
#include "base/intern.h"
#include "base/map.h"
#include "lang/ast.h"
#include "lang/diag.h"
#include "lang/source.h"

typedef struct Module Module;

// An `import`, and what it has led to (load.h).
typedef struct Import {
    Ast *ast;
    Module *module;      // NULL: it was not found
    const char *missing; // then: where it was looked for, or why it cannot be read
    const char *help;    // then: how to mend it, or NULL
} Import;

// A file as a namespace: an application, a module that one imports, or one of the standard library (`string`, `list`, ...).
struct Module {
    Symbol name; // "string"; for an application the name of its app, or ""
    Module *app; // the application that it belongs to: itself, or (set by the checker) the first one by name that imports it
    uint32_t file;
    Symbol identity;     // of a file that was read: equal for two paths to one file; else NULL
    Ast *tree;           // AST_file
    VEC(Import) imports; // in the order of the text
    VEC(Ast *) examples; // those of its documentation comments, each as an AST_test with FLAG_EXAMPLE
    Map scope;           // Symbol -> Def: what the file declares (set by resolve)
    bool library;        // in scope everywhere
    bool shipped;        // comes with the compiler: of the library, or one of its modules that programs import, as they do files
};

// What the checker knows of the library once it has checked it (check.h).
typedef struct CheckedLibrary CheckedLibrary;

typedef struct Context {
    Arena *arena; // all that is made during the compilation
    Interner names;
    Sources sources;
    Diags diags;
    VEC(Module *) modules;         // the standard library first, then the applications of the program, then what they import
    bool effects_at_top;           // at the prompt: constants of the program may call foreign functions that are not pure
    bool prompt;                   // declarations are typed one by one: what is missing may come
    const CheckedLibrary *library; // its modules are checked already; NULL: they are checked with the program
} Context;

// Whether the module is an application, not a part of one.
static inline bool module_is_app(const Module *module) {
    return module->app == module;
}

// Prepares an empty context whose memory is `arena`.
void context_init(Context *context, Arena *arena);
// Prepares a context that begins with the modules of the library, and what is known of them, as check_library has left them in
// another one. That is only read, and must live longer.
void context_init_on(Context *context, Arena *arena, const Context *library);

#endif
