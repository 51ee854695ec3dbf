// exhausted.h - what happens when the system gives no memory for something small that nobody can do without. A command says so
// and exits. A thread that belongs to somebody else's process must not: its handler leaves instead.
#ifndef BASE_EXHAUSTED_H
#define BASE_EXHAUSTED_H

#include <pthread.h>

// Must not return: leaves by longjmp or the like.
typedef void ExhaustedHandler(void *user);

typedef struct ExhaustedPlace {
    ExhaustedHandler *handler; // NULL: the process ends
    void *user;
} ExhaustedPlace;

// From now on the calling thread has this handler; returns the one before.
ExhaustedPlace exhausted_handle(ExhaustedPlace place);
// There is no memory. The locks that the thread has taken by exhausted_lock are given back first.
_Noreturn void exhausted(void);
// For locks under which memory is allocated; few at a time. What they guard must be in order whenever that may happen.
void exhausted_lock(pthread_mutex_t *lock);
void exhausted_unlock(pthread_mutex_t *lock);

#endif
