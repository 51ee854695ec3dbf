#include "base/exhausted.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

// Who allocates knows nothing of instances; the thread does.
static _Thread_local ExhaustedPlace here;

enum { LOCKS = 8 };

static _Thread_local pthread_mutex_t *locks[LOCKS];
static _Thread_local int lock_count;

ExhaustedPlace exhausted_handle(ExhaustedPlace place) {
    ExhaustedPlace before = here;
    here = place;
    return before;
}

void exhausted_lock(pthread_mutex_t *lock) {
    pthread_mutex_lock(lock);
    assert(lock_count < LOCKS);
    locks[lock_count++] = lock;
}

void exhausted_unlock(pthread_mutex_t *lock) {
    int i = lock_count;
    while (locks[--i] != lock) continue;
    for (lock_count--; i < lock_count; i++) locks[i] = locks[i + 1];
    pthread_mutex_unlock(lock);
}

_Noreturn void exhausted(void) {
    while (here.handler && lock_count) pthread_mutex_unlock(locks[--lock_count]);
    if (here.handler) here.handler(here.user);
    fputs("error: out of memory\n", stderr);
    exit(1);
}
