// env_wrap.h - an Env in front of another one: everything goes through to that, but for what the owner replaces in `env`.
#ifndef VM_ENV_WRAP_H
#define VM_ENV_WRAP_H

#include "vm/env.h"

typedef struct EnvWrap {
    Env env; // first: an Env * is an EnvWrap *
    Env *inner;
} EnvWrap;

// Nothing is to be freed. `inner` must live longer.
void env_wrap_init(EnvWrap *wrap, Env *inner);
static inline Env *env_inner(Env *env) {
    return ((EnvWrap *)env)->inner;
}

#endif
