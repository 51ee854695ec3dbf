#include "lang/context.h"

void context_init(Context *context, Arena *arena) {
    *context = (Context){.arena = arena};
    context->names.arena = arena;
    context->sources.arena = arena;
    context->diags.arena = arena;
}

void context_init_on(Context *context, Arena *arena, const Context *library) {
    context_init(context, arena);
    context->names.base = &library->names;
    context->library = library->library;
    for (int i = 0; i < library->sources.files.count; i++)
        vec_push(arena, &context->sources.files, library->sources.files.items[i]);
    for (int i = 0; i < library->modules.count; i++) vec_push(arena, &context->modules, library->modules.items[i]);
}
