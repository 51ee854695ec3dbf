// prompt_env.h - the Env of what runs at the prompt: standard output and standard error are a Buf, standard input is the prompt's
// and so has ended, unless it may be read; Ctrl-C is the signal to stop. Jobs are done at once, in the same thread.
#ifndef COMPILER_REPL_PROMPT_ENV_H
#define COMPILER_REPL_PROMPT_ENV_H

#include <stdatomic.h>

#include "base/buf.h"
#include "vm/env_wrap.h"

typedef struct PromptEnv {
    EnvWrap wrap;
    atomic_bool *stop; // or NULL
    bool reads_stdin;
    bool is_muted; // what goes to standard output goes nowhere
    Buf *out;      // of the running command
} PromptEnv;

// `inner` must live longer.
void prompt_env_init(PromptEnv *prompt, Env *inner, atomic_bool *stop, bool reads_stdin);
// Whether what is running is to stop.
bool prompt_env_stops(const PromptEnv *prompt);

#endif
