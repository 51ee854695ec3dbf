// exhausted.h - what happens when the system gives no memory for something small that nobody can do without. A command says so
// and exits. A thread that belongs to somebody else's process must not: its handler leaves instead.
#ifndef BASE_EXHAUSTED_H
#define BASE_EXHAUSTED_H

// Must not return: leaves by longjmp or the like.
typedef void ExhaustedHandler(void *user);

typedef struct ExhaustedPlace {
    ExhaustedHandler *handler; // NULL: the process ends
    void *user;
} ExhaustedPlace;

// From now on the calling thread has this handler; returns the one before.
ExhaustedPlace exhausted_handle(ExhaustedPlace place);
// There is no memory.
_Noreturn void exhausted(void);

#endif
