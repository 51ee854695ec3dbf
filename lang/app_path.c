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

bool app_path_fits(UseKind use, PathKind path) {
    switch (use) {
    case USE_STREAM: return path == PATH_STREAM || path == PATH_WORKFLOW || path == PATH_SEQUENCER;
    case USE_SEQUENCER: return path == PATH_SEQUENCER;
    case USE_SPLITTER: return path == PATH_SPLITTER;
    case USE_PORTAL: return path == PATH_PORTAL;
    }
    return false;
}

const char *app_path_used(UseKind use) {
    static const char *const names[] = {
        [USE_STREAM] = "stream", [USE_SEQUENCER] = "sequencer", [USE_SPLITTER] = "splitter", [USE_PORTAL] = "portal"};
    return names[use];
}

// PATH_KINDS if nobody else can use it. A workflow with parameters has no stream of its own.
static PathKind kind_of(const Def *def) {
    switch (def->kind) {
    case DEF_STREAM: return PATH_STREAM;
    case DEF_WORKFLOW: return def->parametric ? PATH_KINDS : PATH_WORKFLOW;
    case DEF_SEQUENCER: return PATH_SEQUENCER;
    case DEF_SPLITTER: return PATH_SPLITTER;
    case DEF_PORTAL: return PATH_PORTAL;
    default: return PATH_KINDS;
    }
}

Def *app_path_find(const Program *program, const AppPath *path) {
    Module *app = app_path_app(program, path->app);
    Def *def = app ? map_get(&app->scope, path->name) : NULL;
    return def && kind_of(def) == path->kind ? def : NULL;
}

const char *app_path_of(Arena *arena, UseKind use, const Def *def) {
    PathKind kind = kind_of(def);
    if (kind == PATH_KINDS || !app_path_fits(use, kind)) return NULL;
    return arena_printf(arena, "/%s/%s/%s", def->module->name, words[kind], def->name);
}
