// session_internal.h - what the files of the session share. Nothing else includes it.
//
//   session.c            its life, and the way of an input
//   session_text.c       texts, the definitions in them, and which names they declare and use
//   session_build.c      from definitions to a checked program
//   session_define.c     declarations: what they replace, and what depends on that
//   session_evaluate.c   expressions, streams and tests
//   session_run.c        runs a small program, and finds its values (session_run.h)
//   session_keep.c       values that stay when the program is gone
//   session_code.c       machine code in this process
//   session_show.c       what is said of values and definitions
//   session_names.c      how a word can go on
//   session_members.c    how it can behind a dot
//   session_load.c       files, and all definitions as one program
#ifndef COMPILER_REPL_SESSION_INTERNAL_H
#define COMPILER_REPL_SESSION_INTERNAL_H

#include <llvm-c/LLJIT.h>

#include "base/exhausted.h"
#include "base/vec.h"
#include "compiler/pipeline.h"
#include "compiler/repl/session_run.h"
#include "lang/check.h"
#include "lang/load.h"

// ---- texts and definitions -------------------------------------------------------------------------------------------

// Of any bytes, with a zero byte behind them; to be freed.
char *session_copy(const char *bytes, size_t length);

// An input or a file, as long as a definition stands in it.
struct Text {
    SourceFile file;
    int references;
    uint64_t build;  // the number of the last build that has it ...
    uint32_t number; // ... and that of its file there
};

typedef enum NameKind { NAME_VALUE, NAME_TYPE, NAME_PART } NameKind; // PART: a variant, or what an import brings

typedef struct DeclaredName {
    Symbol word;
    NameKind kind;
} DeclaredName;

// The value of a name that a `let` binds.
typedef struct KeptValue {
    Symbol name;
    uint32_t start, end; // where it is bound, in the text
    char *type;          // as it is written
    Buf bytes;           // its encoding
} KeptValue;

typedef struct Definition {
    Text *text;
    uint32_t start, end; // where it stands there
    AstKind kind;        // of the declaration; AST_const with `is_it`: of the statements of an input
    uint64_t order;      // in which definitions came; a redefinition takes the place of the first one it replaces
    Symbol path;         // of the file that it was loaded from; or NULL
    bool is_it;
    bool is_kept;     // its values are; else it is computed again where it is needed
    bool is_fixed;    // it used `it`, and cannot be computed again
    bool has_effects; // its value came of foreign functions with effects: a run does not call them again
    bool replies;     // a task: to portals
    DeclaredName *names;
    int name_count;
    Symbol *uses; // words, each once
    int use_count;
    KeptValue *values;
    int value_count;
    Symbol target;     // of a connection: the sequencer
    uint64_t mark;     // of the last build or search that has it
    uint64_t left_out; // of the last build that must not have it
} Definition;

typedef struct Definitions {
    Definition **items;
    int count;
    size_t capacity;
} Definitions;

struct Session {
    SessionOptions options;
    Arena library_arena;
    Context library; // checked
    Arena arena;     // words, and the maps below
    Interner words;
    Map providers;   // Symbol -> Definitions: that declare the word
    Map users;       // Symbol -> Definitions: that use it
    Definitions all; // in order
    Definition *it;  // among them, or NULL
    uint64_t inputs; // how many there have been
    uint64_t builds;
    uint64_t version;
    uint64_t orders;
    LLVMTargetMachineRef machines[2]; // by whether code is optimised; made when they are needed
    LLVMOrcLLJITRef jits[2];          // likewise
    struct SessionCode *reporting;    // whose module is compiled; or NULL
    const char *report;               // the first message of the JIT about it; in its arena
    uint64_t programs;                // that have been compiled to stay
    VEC(void *) modules;              // files of modules that were read (session_load.c)
};

Text *text_new(const char *path, const char *bytes, size_t length);
void text_release(Text *text);
// Appends a line, from 1 on, without its end. False if there is none.
bool text_line(const Text *text, uint32_t line, Buf *out);

void definitions_add(Definitions *list, Definition *definition);
void definitions_remove(Definitions *list, const Definition *definition);
// Frees the lists in a map.
void lists_free(Map *map);

// A definition that is not in the session yet.
Definition *definition_new(Text *text, const Ast *ast, Interner *words);
void definition_free(Definition *definition);
void definition_drop_values(Definition *definition);
// Which words it uses: those that stand in it, but for what the checked declaration says is its own.
void definition_set_uses(Session *session, Definition *definition, const Context *context, Ast *checked);
// It uses the word, too.
void definition_add_use(Session *session, Definition *definition, Symbol word);
bool definition_declares(const Definition *definition, Symbol word, NameKind kind);
bool definition_uses(const Definition *definition, Symbol word);
// All that a module declares is brought by the import.
void definition_add_imported(Definition *import, Interner *words, const Ast *tree);
// What messages call it.
const char *definition_name(const Definition *definition);

void session_add_definition(Session *session, Definition *definition);
void session_remove_definition(Session *session, Definition *definition);
// The definitions that declare, or use, a word; none: an empty list.
const Definitions *session_providers(const Session *session, Symbol word);
const Definitions *session_users(const Session *session, Symbol word);
Symbol session_word(Session *session, const char *text);

// ---- builds ----------------------------------------------------------------------------------------------------------

// How a definition becomes a part of a program.
typedef enum PartForm {
    PART_GIVEN,    // a `let` whose value is kept: that
    PART_COMPUTED, // its text
    PART_KEPT,     // its text; the values are to be kept
} PartForm;

typedef struct Part {
    Definition *definition;
    Ast *ast; // of PART_GIVEN the first one
    PartForm form;
} Part;

// A program under construction. All of it is in its own arena.
typedef struct Build {
    Session *session;
    Arena arena;
    Context context;
    Module *app;
    uint64_t number;
    uint32_t own;           // the file of the text that is being looked at; diagnostics about others are no warnings
    bool stays;             // while the session goes on
    bool has_other_it;      // something else of the program is called `it`
    bool asks_from_outside; // its portals can be asked from outside
    VEC(Part) parts;
    VEC(Symbol) wanted; // words whose definitions are to be added
    Program *program;
    Topology *topology;
    CoreProgram *core;
    Text *looked_at; // which is released with the build; or NULL
    Loader loader;   // that session_loader makes use of
    char *error;     // or NULL
} Build;

void build_begin(Session *session, Build *build);
// The number of the text among the sources.
uint32_t build_text(Build *build, Text *text);
// Adds a declaration that has been parsed.
void build_declare(Build *build, Ast *ast);
// Adds a definition that is not in it yet, and wants what it uses.
void build_add(Build *build, Definition *definition, PartForm form);
// How a definition takes part: `values`: as what is kept of it, if anything is; else only if it cannot be computed again.
PartForm build_form_of(const Definition *definition, bool values);
void build_want(Build *build, Symbol word);
void build_want_words(Build *build, Span part);
// Adds all that is wanted, with what that needs, but for what is left out; `values`: lets by their kept values.
void build_complete(Build *build, bool values);
// Adds what makes the streams run that are there: connections, replies to requests.
void build_complete_streams(Build *build);
// Loads what is imported, and checks. False if there are errors.
bool build_check(Build *build);
// From the checked program to the core: its constants and tests, or its streams.
bool build_lower(Build *build, TestMode tests);
// Appends the diagnostics, and the error.
void build_say(Build *build, Buf *out);
void build_end(Build *build);

// ---- inputs ----------------------------------------------------------------------------------------------------------

typedef struct Input {
    Text *text;
    VEC(Ast *) declarations;
    VEC(Ast *) statements;
} Input;

// Parses an input into what it consists of; the trees belong to the build. False if it is wrong.
bool input_parse(Build *build, Text *text, Input *input);
// The statements as one constant.
Ast *input_expression(Build *build, const Input *input, Symbol called, int flags);
// What the `it` of the session is called in the program.
Symbol input_it(Build *build);

// The declarations of an input; or, with a path, of a file, in which nothing else may stand. What the same file declared before
// is gone.
Entered session_define(Session *session, Text *text, Symbol path, Buf *out);
// The type of an expression; NULL if it is wrong: then the build has the diagnostics. It is to be ended in any case.
Type *session_type_of(Session *session, Build *build, const char *text, size_t length);
Entered session_evaluate_input(Session *session, Text *text, Buf *out);

// ---- machine code and values -----------------------------------------------------------------------------------------

typedef struct SessionCode {
    Session *session;
    bool stays; // while other programs are made
    LLVMOrcLLJITRef jit;
    LLVMOrcResourceTrackerRef tracker;
    Codegen *codegen;
    const PtProgram *program;
    Build build; // of a program that stays
} SessionCode;

// Makes what lines need, so that the first one does not wait for it. False with an error text, to be freed.
bool code_begin(Session *session, char **error);
void code_end(Session *session);
// Compiles a core program. False with an error text in its arena.
bool code_make(Session *session, CoreProgram *core, Optimise optimise, SessionCode *code, char **error);
void code_drop(SessionCode *code);

// Keeps the values of the names that a `let` binds, if it can. `ast` is its checked declaration.
void keep_values(Build *build, Definition *definition, Ast *ast, const PtProgram *program, const char *globals);
// Whether values of the type can be encoded and had back.
bool type_can_be_kept(Type *type);

// ---- what is said ----------------------------------------------------------------------------------------------------

// `5: Int`.
void show_typed(Session *session, Type *type, PtValue value, const PtProgram *program, Buf *out);
// `x: Int = 5`, without a line end.
void show_constant(Session *session, const char *name, Type *type, PtValue value, const PtProgram *program, Buf *out);
// `fn f: Int -> Int`: what a declaration has declared.
void show_declared(Session *session, const Ast *ast, Buf *out);
void show_dim(const Session *session, Buf *out, const char *text);

// ---- completion ------------------------------------------------------------------------------------------------------

typedef struct Completion {
    Session *session;
    const char *prefix; // of the word
    size_t length;
    NameList *out;
} Completion;

bool completion_is_word(char c);
// Adds the name if the word can go on so.
void completion_offer(Completion *completion, const char *name);
// Offers what may stand behind the dot at byte `dot` of an input.
void completion_members(Completion *completion, const char *text, size_t dot);

Loader session_loader(Build *build);
void session_forget_modules(Session *session);

#endif
