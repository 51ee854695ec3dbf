// env_guest.h - the real system for a run within somebody else's process: signals stay the host's, what goes to standard output
// and error can be had by it, and all that the run holds of the system can be given back although the run was left half-way.
//
// Without memory, the thread that calls the Env's functions is left by its handler (exhausted.h), also when it was one of the
// Env's own threads that had none.
#ifndef VM_ENV_GUEST_H
#define VM_ENV_GUEST_H

#include "vm/env.h"

// What takes the place of a standard file. By one thread at a time.
typedef void EnvWrite(void *user, const char *bytes, size_t size);

typedef struct EnvGuestOptions {
    EnvWrite *out, *err; // NULL: standard output, standard error
    void *user;
} EnvGuestOptions;

// NULL without memory or files.
Env *env_guest_new(const EnvGuestOptions *options);
// Gives everything back: waits for jobs that nobody has finished, closes files, releases memory.
void env_guest_free(Env *env);
// From now on a stop signal has come, and waits return. By any thread, also in a signal handler.
void env_guest_stop(Env *env);
// Waits return once. By any thread, also in a signal handler.
void env_guest_wake(Env *env);
bool env_guest_is_stopped(const Env *env);

#endif
