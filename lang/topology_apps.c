#include "lang/app_path.h"
#include "lang/topology_internal.h"

// A `use` of what no application of the run has. Only a run needs it: a file with such a `use` can be tested by itself.

static const char *nearest_app(const Program *program, Context *context, Symbol name) {
    const char **names = ARENA_ARRAY(context->arena, const char *, program->apps.count + 1);
    for (int i = 0; i < program->apps.count; i++) names[i] = program->apps.items[i]->name;
    return diag_nearest(name, names, program->apps.count);
}

static void missing_app(Context *context, const Program *program, Diag *diag, const AppPath *path) {
    const char *file = source_file(&context->sources, diag->labels[0].span.file)->path;
    diag_here(&context->diags, diag, "the application `%s` is not part of this run", path->app);
    const char *similar = nearest_app(program, context, path->app);
    if (similar)
        diag_help(&context->diags, diag, "did you mean `/%s/%s/%s`?", similar, app_path_word(path->kind), path->name);
    else
        diag_help(&context->diags, diag, "give the file of `%s`, too: `portals run %s FILE`", path->app, file);
}

typedef struct Paths {
    VEC(const char *) paths;
    VEC(const char *) names;
} Paths;

static void add_paths(Context *context, Paths *paths, Def *const *defs, int count, const Module *app) {
    for (int i = 0; i < count; i++) {
        const char *path = defs[i]->module == app ? app_path_of(context->arena, defs[i]) : NULL;
        if (!path) continue;
        vec_push(context->arena, &paths->paths, path);
        vec_push(context->arena, &paths->names, defs[i]->name);
    }
}

// The path to what has this name or a similar one; NULL if nothing has.
static const char *nearest_path(const Paths *paths, Symbol name) {
    const char *similar = NULL;
    for (int i = 0; i < paths->names.count && !similar; i++)
        if (paths->names.items[i] == name) similar = name;
    if (!similar) similar = diag_nearest(name, paths->names.items, paths->names.count);
    for (int i = 0; i < paths->names.count; i++)
        if (paths->names.items[i] == similar) return paths->paths.items[i];
    return NULL;
}

// "`/A/streams/b`, `/A/workflows/c`", or the first of many.
static const char *list_paths(Context *context, const Paths *paths) {
    enum { SHOWN = 8 };
    const char *text = "";
    for (int i = 0; i < paths->paths.count && i < SHOWN; i++)
        text = arena_printf(context->arena, "%s%s`%s`", text, i ? ", " : "", paths->paths.items[i]);
    return paths->paths.count > SHOWN ? arena_printf(context->arena, "%s, ...", text) : text;
}

static void missing_stream(Context *context, const Program *program, Diag *diag, const AppPath *path, const Module *app) {
    Diags *diags = &context->diags;
    const Def *def = map_get(&app->scope, path->name);
    Paths paths = {0};
    add_paths(context, &paths, program->streams.items, program->streams.count, app);
    add_paths(context, &paths, program->workflows.items, program->workflows.count, app);
    diag_here(diags, diag, "the application `%s` has no such stream", path->app);
    const char *similar = nearest_path(&paths, path->name);
    if (def && def->kind == DEF_USE)
        diag_note(diags, diag, "`%s` uses `%s` of another application itself", path->app, path->name);
    else if (def && def->parametric)
        diag_note(diags, diag, "the workflow `%s` has parameters, and so no stream of its own", path->name);
    else
        diag_note(diags, diag, "it has %s", paths.paths.count ? list_paths(context, &paths) : "no streams at all");
    if (def && def->kind == DEF_USE)
        diag_help(diags, diag, "use it from there: \"%s\"", def->ast->kid[use_path]->text);
    else if (similar)
        diag_help(diags, diag, "did you mean `%s`?", similar);
}

static void check_use(Context *context, const Program *program, const Def *use) {
    AppPath path;
    if (use->provider || !app_path_parse(context, use->ast->kid[use_path], &path)) return;
    Diag *diag =
        diag_add(&context->diags, DIAG_UNKNOWN_USE, use->ast->kid[use_path]->span, "nothing provides the stream `%s`", use->name);
    const Module *app = app_path_app(program, path.app);
    if (app)
        missing_stream(context, program, diag, &path, app);
    else
        missing_app(context, program, diag, &path);
}

void topology_check_uses(Context *context, const Program *program) {
    for (int i = 0; i < program->uses.count; i++) check_use(context, program, program->uses.items[i]);
}
