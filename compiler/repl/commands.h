// commands.h - the commands of the prompt: lines that begin with `:`.
#ifndef COMPILER_REPL_COMMANDS_H
#define COMPILER_REPL_COMMANDS_H

#include "compiler/repl/prompt.h"

// What the arguments of a command are, for completion.
typedef enum Takes { TAKES_NOTHING, TAKES_COMMAND, TAKES_FILE, TAKES_NAMES, TAKES_TASK, TAKES_PORTAL, TAKES_STREAM } Takes;

typedef struct Command {
    const char *name; // without the `:`
    const char *arguments;
    const char *about; // one line
    const char *more;  // whole lines: what else there is to say; or ""
    Takes takes;
    bool has_input; // its arguments are an input, or end with one, which may go on on further lines
    // One of these does it. `arguments` has no white space around it. False if the command was wrong, or has failed.
    bool (*run)(Prompt *prompt, const char *arguments, Buf *out);
    RunningCommand *runs;
} Command;

// All, in the order in which `:help` shows them; `*count` is set.
const Command *commands_all(size_t *count);
// The one that a word, without the `:`, names or abbreviates; NULL: none, or several.
const Command *commands_find(const char *word, size_t length);

// Whether an input is a command: white space and a `:`.
bool commands_is_command(const char *text, size_t length);
// Whether its arguments may go on on further lines; then where they begin.
bool commands_takes_input(const char *text, size_t length, size_t *start);
// Runs it. False if it was wrong, or has failed.
bool commands_run(Prompt *prompt, const char *text, Buf *out);

#endif
