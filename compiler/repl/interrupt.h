// interrupt.h - Ctrl-C at the prompt: a signal that asks what is running to stop, and ends nothing else.
//
// A signal reaches the process, so this is one of the places that have to be global. Only command_repl.c begins and ends it.
#ifndef COMPILER_REPL_INTERRUPT_H
#define COMPILER_REPL_INTERRUPT_H

#include <stdatomic.h>

// What Ctrl-C sets.
atomic_bool *interrupt_flag(void);
// From now on SIGINT sets the flag. If it is set when another one comes, since foreign code or the compiler has not looked at it
// yet, a line on standard error says so. Where nobody types (`leave` is NULL), it ends the process. SIGTERM always does. If
// somebody types, it and SIGQUIT call `leave` first, in their handler.
void interrupt_begin(void (*leave)(void *user), void *user);
// All do what they did before.
void interrupt_end(void);

#endif
