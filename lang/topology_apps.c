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

static void add_path(Context *context, Paths *paths, UseKind use, const Def *def) {
    const char *path = app_path_of(context->arena, use, def);
    if (!path) return;
    vec_push(context->arena, &paths->paths, path);
    vec_push(context->arena, &paths->names, def->name);
}

// What the application has that such a `use` can have, in the order of the text.
static void find_paths(Context *context, Paths *paths, UseKind use, const Module *app) {
    const Ast *items = app->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->def) add_path(context, paths, use, items->kid[i]->def);
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

static void missing_name(Context *context, Diag *diag, const Def *use, const AppPath *path, const Module *app) {
    Diags *diags = &context->diags;
    UseKind kind = (UseKind)use->ast->op;
    const Def *def = map_get(&app->scope, path->name);
    Paths paths = {0};
    find_paths(context, &paths, kind, app);
    diag_here(diags, diag, "the application `%s` has no such %s", path->app, app_path_used(kind));
    const char *similar = nearest_path(&paths, path->name);
    if (def && def->kind == DEF_USE)
        diag_note(diags, diag, "`%s` uses `%s` of another application itself", path->app, path->name);
    else if (def && def->parametric)
        diag_note(diags, diag, "the workflow `%s` has parameters, and so no stream of its own", path->name);
    else if (paths.paths.count)
        diag_note(diags, diag, "it has %s", list_paths(context, &paths));
    else
        diag_note(diags, diag, "it has no %ss at all", app_path_used(kind));
    if (def && def->kind == DEF_USE)
        diag_help(diags, diag, "use it from there: \"%s\"", def->ast->kid[use_path]->text);
    else if (similar)
        diag_help(diags, diag, "did you mean `%s`?", similar);
}

static void check_use(Context *context, const Program *program, const Def *use) {
    AppPath path;
    if (use->provider || !app_path_parse(context, use->ast->kid[use_path], &path)) return;
    Diag *diag = diag_add(&context->diags, DIAG_UNKNOWN_USE, use->ast->kid[use_path]->span, "nothing provides the %s `%s`",
                          app_path_used((UseKind)use->ast->op), use->name);
    const Module *app = app_path_app(program, path.app);
    if (app)
        missing_name(context, diag, use, &path, app);
    else
        missing_app(context, program, diag, &path);
}

void topology_check_uses(Context *context, const Program *program) {
    for (int i = 0; i < program->uses.count; i++) check_use(context, program, program->uses.items[i]);
}
