// history.h - what has been typed at the prompt, kept in a file from one session to the next:
// $XDG_STATE_HOME/portals/history, or ~/.portals_history. That it cannot be read or written is never an error.
#ifndef COMPILER_REPL_HISTORY_H
#define COMPILER_REPL_HISTORY_H

#include <histedit.h>

typedef struct InputHistory {
    History *lines; // of libedit, to give to it
    char *path;     // or NULL: it is not kept
} InputHistory;

// Reads the file. history->lines is NULL without memory.
void input_history_open(InputHistory *history);
void input_history_close(InputHistory *history);
// Adds an input, of one line or more, and writes it to the file. One that is the same as the one before it is not added.
void input_history_add(InputHistory *history, const char *text);

#endif
