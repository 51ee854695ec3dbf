#include "lang/app_path.h"

#include <ctype.h>
#include <string.h>

static const char *const words[PATH_KINDS] = {
    [PATH_STREAM] = "streams",     [PATH_WORKFLOW] = "workflows", [PATH_SEQUENCER] = "sequencers",
    [PATH_SPLITTER] = "splitters", [PATH_PORTAL] = "portals",
};

const char *app_path_word(PathKind kind) {
    return words[kind];
}

// ---- from text -------------------------------------------------------------------------------------------------------

// Takes `/name` off the front of a text; the length of the name, or 0.
static size_t take_name(const char **text, const char *end, const char **name) {
    if (*text == end || **text != '/') return 0;
    *name = *text + 1;
    const char *c = *name;
    if (c == end || !(isalpha((unsigned char)*c) || *c == '_')) return 0;
    while (c < end && (isalnum((unsigned char)*c) || *c == '_')) c++;
    *text = c;
    return (size_t)(c - *name);
}

static bool find_kind(const char *word, size_t length, PathKind *kind) {
    for (int i = 0; i < PATH_KINDS; i++) {
        if (strlen(words[i]) != length || memcmp(words[i], word, length) != 0) continue;
        *kind = (PathKind)i;
        return true;
    }
    return false;
}

bool app_path_parse(Context *context, const Ast *string, AppPath *path) {
    const char *text = string->text, *end = text + string->length, *part;
    size_t length = take_name(&text, end, &part);
    if (!length || !isupper((unsigned char)*part)) return false;
    path->app = intern(&context->names, part, length);
    length = take_name(&text, end, &part);
    if (!length || !find_kind(part, length, &path->kind)) return false;
    length = take_name(&text, end, &part);
    if (!length || text != end) return false;
    path->name = intern(&context->names, part, length);
    return true;
}

// ---- where it leads --------------------------------------------------------------------------------------------------

Module *app_path_app(const Program *program, Symbol name) {
    for (int i = 0; i < program->apps.count; i++)
        if (program->apps.items[i]->name == name) return program->apps.items[i];
    return NULL;
}

// A workflow with parameters has no stream of its own.
static bool is_usable(const Def *def, PathKind *kind) {
    *kind = def->kind == DEF_STREAM ? PATH_STREAM : PATH_WORKFLOW;
    return def->kind == DEF_STREAM || (def->kind == DEF_WORKFLOW && !def->parametric);
}

Def *app_path_find(const Program *program, const AppPath *path) {
    Module *app = app_path_app(program, path->app);
    Def *def = app ? map_get(&app->scope, path->name) : NULL;
    PathKind kind;
    return def && is_usable(def, &kind) && kind == path->kind ? def : NULL;
}

const char *app_path_of(Arena *arena, const Def *def) {
    PathKind kind;
    if (!is_usable(def, &kind)) return NULL;
    return arena_printf(arena, "/%s/%s/%s", def->module->name, words[kind], def->name);
}
