// prompt.h - the prompt: reads inputs and commands, and shows what they do.
#ifndef COMPILER_REPL_PROMPT_H
#define COMPILER_REPL_PROMPT_H

#include "compiler/repl/running.h"
#include "compiler/repl/session.h"
#include "compiler/repl/terminal.h"

typedef struct Prompt {
    Terminal *terminal;
    Session *session;
    Running *running;
    atomic_bool *stop;
    bool colour;
    bool is_timed;  // `:time`
    bool is_over;   // `:quit`
    bool was_wrong; // an input or command was wrong, or has failed
    Buf text;       // the running input
    Buf line;       // its last line
    Buf out;        // what it has to say
} Prompt;

// TerminalOptions.complete, with a Prompt as `user`.
void prompt_complete(void *prompt, const char *line, size_t cursor, NameList *out);
// RunningOptions.show, with a Prompt as `user`.
void prompt_show(void *prompt, Buf *out);
// Greets who types, reads a file of definitions first, if one is named, and takes inputs until there are no more, or `:quit`.
// False if what they say cannot be written.
bool prompt_run(Prompt *prompt, const char *file);

#endif
