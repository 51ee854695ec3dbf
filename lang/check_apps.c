#include "lang/app_path.h"
#include "lang/check_internal.h"

#include <string.h>

// Several applications are one program, and each of them a namespace of its own: all that one sees of another is what a `use`
// names.

// ---- names -----------------------------------------------------------------------------------------------------------

static const Ast *app_declaration(const Module *app) {
    const Ast *items = app->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_app) return items->kid[i];
    return NULL;
}

static void app_without_name(Checker *c, const Module *app) {
    Diag *diag = diag_add(c->diags, DIAG_APP_NAME, (Span){app->file, 0, 0}, "one of several applications has no name");
    diag_here(c->diags, diag, "this file has no `app`");
    diag_help(c->diags, diag, "begin it with `app Name`, by which messages, params and `use` know it");
}

static void app_of_same_name(Checker *c, const Module *app, const Module *earlier) {
    Diag *diag = diag_add(c->diags, DIAG_APP_NAME, app_declaration(app)->span, "two applications are called `%s`", app->name);
    diag_here(c->diags, diag, "the second one of this name");
    diag_label(c->diags, diag, app_declaration(earlier)->span, "the first one");
    diag_help(c->diags, diag, "give one of them another name");
}

static void check_app_name(Checker *c, const Module *app) {
    if (!*app->name) {
        app_without_name(c, app);
        return;
    }
    for (int i = 0; i < c->program->apps.count && c->program->apps.items[i] != app; i++)
        if (c->program->apps.items[i]->name == app->name) {
            app_of_same_name(c, app, c->program->apps.items[i]);
            return;
        }
}

static void list_apps(Checker *c) {
    for (int i = 0; i < c->context->modules.count; i++)
        if (module_is_app(c->context->modules.items[i])) vec_push(c->arena, &c->program->apps, c->context->modules.items[i]);
}

static void sort_apps(Checker *c) {
    Module **apps = c->program->apps.items;
    for (int i = 1; i < c->program->apps.count; i++) {
        Module *app = apps[i];
        int at = i;
        for (; at > 0 && strcmp(apps[at - 1]->name, app->name) > 0; at--) apps[at] = apps[at - 1];
        apps[at] = app;
    }
}

// ---- modules ---------------------------------------------------------------------------------------------------------

// What an application imports, directly or not, belongs to it, if it belongs to none yet.
static void take_modules(Checker *c, Module *app) {
    VEC(Module *) taken = {0};
    vec_push(c->arena, &taken, app);
    for (int i = 0; i < taken.count; i++) { // grows meanwhile
        const Module *module = taken.items[i];
        for (int k = 0; k < module->imports.count; k++) {
            Module *imported = module->imports.items[k].module;
            if (!imported || imported->library || imported->app) continue;
            imported->app = app;
            vec_push(c->arena, &taken, imported);
        }
    }
}

// ---- what is used ----------------------------------------------------------------------------------------------------

static const char *example_path(UseKind use) {
    switch (use) {
    case USE_SEQUENCER: return "/Cart/sequencers/orders";
    case USE_SPLITTER: return "/Cart/splitters/orders";
    case USE_PORTAL: return "/Inventory/portals/inventory";
    default: return "/Cart/workflows/orders";
    }
}

static const char *help_path(UseKind use) {
    switch (use) {
    case USE_SEQUENCER: return "a path is `/App/kind/name`; a sequencer is one of `sequencers`";
    case USE_SPLITTER: return "a path is `/App/kind/name`; a splitter is one of `splitters`";
    case USE_PORTAL: return "a path is `/App/kind/name`; a portal is one of `portals`";
    default: return "a path is `/App/kind/name`; a stream is one of `streams`, `workflows` or `sequencers`";
    }
}

static bool check_path(Checker *c, const Def *use, AppPath *path) {
    const Ast *text = use->ast->kid[use_path];
    UseKind kind = (UseKind)use->ast->op;
    bool is_path = app_path_parse(c->context, text, path);
    if (is_path && app_path_fits(kind, path->kind)) return true;
    const char *what = "this is no path to what another application has";
    if (is_path) what = arena_printf(c->arena, "`use %s` cannot use one of `%s`", app_path_used(kind), app_path_word(path->kind));
    Diag *diag = diag_add(c->diags, DIAG_BAD_PATH, text->span, "%s", what);
    diag_here(c->diags, diag, "expected a path such as `%s`", example_path(kind));
    diag_help(c->diags, diag, "%s", help_path(kind));
    return false;
}

static void find_provider(Checker *c, Def *use) {
    AppPath path;
    if (!check_path(c, use, &path)) return;
    use->provider = app_path_find(c->program, &path);
    if (!use->provider) return;
    Edge edge = {use, use->provider};
    vec_push(c->arena, &c->edges, edge);
}

void check_apps(Checker *c) {
    list_apps(c);
    if (c->program->apps.count > 1)
        for (int i = 0; i < c->program->apps.count; i++) check_app_name(c, c->program->apps.items[i]);
    sort_apps(c);
    for (int i = 0; i < c->program->apps.count; i++) take_modules(c, c->program->apps.items[i]);
    for (int i = 0; i < c->value_defs.count; i++)
        if (c->value_defs.items[i]->kind == DEF_USE) find_provider(c, c->value_defs.items[i]);
}
