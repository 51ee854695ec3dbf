#include "lang/context.h"

void context_init(Context *context, Arena *arena) {
    *context = (Context){.arena = arena};
    context->names.arena = arena;
    context->sources.arena = arena;
    context->diags.arena = arena;
}
