// session.h - what has been defined at the prompt, and what an input does. No terminal, no commands: those are terminal.h and
// commands.h.
//
// A session keeps definitions as text. Each input is compiled as a small program of its own: the standard library, which was
// checked once, the definitions that it needs, and the input. Nothing of it stays in memory but its text, and the values of
// `let`s, encoded.
//
// All text goes to a Buf of the caller, which the session only appends to: lines of UTF-8, each with its line end.
#ifndef COMPILER_REPL_SESSION_H
#define COMPILER_REPL_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "compiler/repl/name_list.h"
#include "vm/env.h"
#include "vm/program.h"

typedef struct Session Session;
typedef struct Text Text;

// How running the workflow of an input went.
typedef enum Watched { WATCHED_TO_THE_END, WATCHED_FAILED, WATCHED_STOPPED } Watched;

typedef struct SessionOptions {
    bool colour; // escape sequences in what the session says, as diagnostics have them on a terminal
    bool no_ffi; // foreign functions are refused
    Env *env;    // of what runs; must live longer than the session
    // Set by another thread or a signal handler, and cleared by who enters inputs: leave what is running. NULL: nothing stops an
    // input.
    atomic_bool *stop;
    // Runs the program of an input that is a stream: a workflow `it`, and what it needs; shows its atoms in `out`. Then the
    // program is gone. NULL: such inputs are only checked.
    Watched (*watch)(void *user, const PtProgram *program, Buf *out);
    // Whether a run is under way that keeps the old definitions. NULL: never.
    bool (*is_running)(void *user);
    void *user; // for both
} SessionOptions;

// Checks the standard library. NULL with an error text (to be freed) if the machine is unknown to LLVM.
Session *session_new(const SessionOptions *options, char **error);
void session_free(Session *session);

// ---- inputs ----------------------------------------------------------------------------------------------------------

// Whether there is nothing in the text but white space.
bool session_is_blank(const char *text, size_t length);

// Whether the text is a whole input, as far as the grammar tells. It is not if a bracket, a string or an interpolation is open,
// if an operator or a keyword at its end wants more, or if the grammar does not know how to go on at its end. What is wrong
// before its end is whole: to be told of.
bool session_is_whole(Session *session, const char *text, size_t length);

// Whether `next`, the line behind such a text, goes on with it, as it would in a file: `|> map(f)`, `.size()`, `else { ... }`.
bool session_goes_on(Session *session, const char *text, size_t length, const char *next, size_t next_length);

// What an input did.
typedef enum Entered {
    ENTERED_NOTHING,    // there is nothing in it
    ENTERED_DEFINITION, // of one name or more
    ENTERED_VALUE,      // the value of its last expression, or ()
    ENTERED_STREAM,     // its atoms
    ENTERED_WRONG,      // diagnostics; the session is as it was
    ENTERED_FAILED,     // a run-time error, or a test that failed; only the declarations of the same input stay
    ENTERED_STOPPED,    // by SessionOptions.stop; likewise
} Entered;

// Takes one whole input: declarations, or statements of which the last may be an expression, or both; what it has to say goes to
// `out`. The text may be anything.
Entered session_enter(Session *session, const char *text, size_t length, Buf *out);

// Takes the declarations of a file, with its imports, as if they were one input; positions are those of the file. What an earlier
// load of the same file has defined, and this one does not, is gone. False with diagnostics in `out`; then nothing has changed.
bool session_load(Session *session, const char *path, Buf *out);

// Appends the type of an expression, which is not evaluated, and a line end; or false with diagnostics.
bool session_type(Session *session, const char *text, size_t length, Buf *out);

// Grows with each change of a definition, so that a run can tell that it is behind.
uint64_t session_version(const Session *session);

// Appends the definitions, as text, in the order in which they came.
void session_list(const Session *session, Buf *out);

// Appends a line, from 1 on, of a text that definitions stand in, without its end: of a file, or `<3>`, of an input. False if
// there is no such line any more.
bool session_line(const Session *session, const char *file, uint32_t line, Buf *out);

// Below each place in `out`, from byte `from` on, where the line does not stand already, it is put with a caret. `input`: a text
// that no definition stands in, or NULL.
void session_quote(const Session *session, const Text *input, size_t from, Buf *out);

// ---- names -----------------------------------------------------------------------------------------------------------

// How the word before `cursor` can go on: names in scope, keywords, constructors and types; after `x.` the fields and methods of
// what x is, or the names of module x. Sorted, each once.
void session_names(Session *session, const char *text, size_t cursor, NameList *out);

// ---- programs --------------------------------------------------------------------------------------------------------

typedef enum GraphForm {
    GRAPH_TEXT, // for people (lang/topology_text.h)
    GRAPH_DOT,  // for Graphviz
} GraphForm;

// A program in this process, and all that it needs to stay there.
typedef struct SessionProgram {
    const PtProgram *program;
    struct SessionCode *code; // the session's
    uint64_t version;         // session_version when it was compiled
} SessionProgram;

// Compiles all definitions as one program, optimised for a run. False with diagnostics in `complaint`. To be freed before the
// session.
bool session_compile(Session *session, SessionProgram *out, Buf *complaint);
void session_program_free(SessionProgram *program);

// Appends the dataflow of all definitions to `out`. False with diagnostics in `complaint`.
bool session_graph(Session *session, GraphForm form, Buf *out, Buf *complaint);

// What is to be evaluated for a command.
typedef struct ValueText {
    const char *text;
    size_t length;
    const char *type; // as it is written in a program; NULL: any
    bool is_elements; // of a List, with commas between them
} ValueText;

// Evaluates an expression and hands its value to `take`, while it lives. False with a diagnostic or error in `out`.
bool session_evaluate(Session *session, const ValueText *value, void (*take)(void *user, const PtProgram *program, PtValue value),
                      void *user, Buf *out);

#endif
