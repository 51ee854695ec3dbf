// terminal_internal.h - what the files of the terminal share: terminal.c (lines), editor.c (keys and what they do).
#ifndef COMPILER_REPL_TERMINAL_INTERNAL_H
#define COMPILER_REPL_TERMINAL_INTERNAL_H

#include <histedit.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "compiler/repl/history.h"
#include "compiler/repl/terminal.h"
#include "vm/env_wrap.h"

struct Terminal {
    EnvWrap env; // first: an Env * of it is a Terminal *
    TerminalOptions options;
    EditLine *edit; // NULL: lines are not edited
    bool colour;
    bool marks_pastes; // the terminal understands more than letters, and may be told to mark what is pasted
    InputHistory history;
    struct termios found; // how the terminal was
    const char *prompt;
    struct winsize size; // of the terminal, as the line that is edited is shown

    Buf pasted;        // whole lines, each with its line end; of a file: what has been read of it
    size_t given;      // how much of it has been given out
    Buf rest;          // what was pasted behind the last line end: the next line begins with it
    const char *ahead; // bytes that come as if they were typed
    bool is_lent;      // to who reads standard input
    bool is_dropped;   // by Ctrl-C
};

// Sets terminal->edit, with the keys bound. False if that is impossible.
bool editor_open(Terminal *terminal);
void editor_close(Terminal *terminal);
// Reads a line by editing. A line end behind it is left out.
TerminalRead editor_read(Terminal *terminal, Buf *line);
// What is typed is not shown, but Ctrl-C is a signal.
void editor_mute(Terminal *terminal);

#endif
