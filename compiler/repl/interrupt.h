// interrupt.h - Ctrl-C at the prompt: a signal that asks what is running to stop, and ends nothing else.
//
// A signal reaches the process, so this is one of the places that have to be global. Only command_repl.c begins and ends it.
#ifndef COMPILER_REPL_INTERRUPT_H
#define COMPILER_REPL_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

// What Ctrl-C sets.
atomic_bool *interrupt_flag(void);
// From now on SIGINT sets the flag. If it is set when another one comes, since foreign code or the compiler has not looked at it
// yet, a line on standard error says so. Where nobody types (`is_typed`), it ends the process. SIGTERM always does.
void interrupt_begin(bool is_typed);
// Both do what they did before.
void interrupt_end(void);

#endif
