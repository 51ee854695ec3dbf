// terminal.h - where inputs come from, line by line: from somebody who types, with editing, history and completion (libedit), or
// from a file or pipe, as they are.
//
// Lines that are pasted at once are kept and given out one by one. While an input is worked on, what is typed is not shown, and
// comes with the next line.
#ifndef COMPILER_REPL_TERMINAL_H
#define COMPILER_REPL_TERMINAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "compiler/repl/session.h"

typedef struct Terminal Terminal;

typedef struct TerminalOptions {
    // Set by Ctrl-C (interrupt.h). While a line is read, that drops the line; when it has been read, the flag is cleared: what is
    // pressed from then on is about what the line does.
    atomic_bool *stop;
    // How the text of the running line before `cursor` can go on.
    void (*complete)(void *user, const char *line, size_t cursor, NameList *out);
    void *user;
} TerminalOptions;

// Edits lines if standard input and standard output are a terminal. NULL without memory.
Terminal *terminal_new(const TerminalOptions *options);
// The terminal is as it was found.
void terminal_free(Terminal *terminal);
// Makes the terminal as it was found, for a process that ends now: may be called in a signal handler.
void terminal_leave(void *terminal);

// Whether somebody types.
bool terminal_is_edited(const Terminal *terminal);
// Whether what is shown may have colours: somebody types, NO_COLOR is not set, and TERM is not `dumb`.
bool terminal_has_colour(const Terminal *terminal);

typedef enum TerminalRead {
    READ_LINE,
    READ_DROPPED, // Ctrl-C
    READ_END,     // Ctrl-D, or the end of the file
} TerminalRead;

// Reads a line into `line`, which is emptied first; there is no line end behind it, but there may be some in it, if it comes from
// the history. `goes_on`: of an input that has begun; shows the other prompt.
TerminalRead terminal_read(Terminal *terminal, bool goes_on, Buf *line);
// Whether the line that comes next is there already, and is indented or begins with a closing bracket: an empty line before it is
// one within a definition.
bool terminal_is_within(Terminal *terminal);
// The line that comes next, if it is there already, in a file or pasted, with its line end; comments before it are left out.
// Belongs to the terminal until the next line is read. NULL if there is none yet: nothing is waited for.
const char *terminal_next(Terminal *terminal, size_t *length);
// Forgets lines that were pasted and not yet given out.
void terminal_drop(Terminal *terminal);
// Adds an input to the history.
void terminal_remember(Terminal *terminal, const char *text);
// The same system, but that whoever reads standard input through it gets the terminal as programs know it, until the next
// terminal_read. Belongs to the terminal; `inner` must live longer.
Env *terminal_env(Terminal *terminal, Env *inner);

#endif
