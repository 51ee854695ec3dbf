// escape.h - where errors go: back out of compiled code to the call that guards it. Setting an escape is on the way of every
// atom, and of every event with a savepoint, so it is done by what the compiler has built in: two addresses and the stack pointer
// are stored, and what registers hold is put aside by the function that comes back, if it needs that. The sanitizers know only
// the functions of the C library.
#ifndef VM_ESCAPE_H
#define VM_ESCAPE_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

#include <setjmp.h>

typedef struct Escape {
    jmp_buf place;
} Escape;

#define ESCAPE_SET(escape) _setjmp((escape)->place)
#define ESCAPE_TO(escape) longjmp((escape)->place, 1)

#else

typedef struct Escape {
    void *place[5];
} Escape;

#define ESCAPE_SET(escape) __builtin_setjmp((escape)->place)
#define ESCAPE_TO(escape) __builtin_longjmp((escape)->place, 1)

#endif

// ESCAPE_SET gives 0, and again, not 0, when ESCAPE_TO is called with the same escape, in a function that the one which has set
// it calls.

#endif
