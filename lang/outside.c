// The declarations are written as text, with the types of the portal as they stand in the program, and parsed; then their names
// become what nobody can write.
#include "lang/outside.h"

#include <string.h>

#include "lang/parse.h"

#define LIBRARY ".lib."

// ---- text ------------------------------------------------------------------------------------------------------------

static void put_type(const Context *context, const Ast *type, Buf *out) {
    const SourceFile *file = source_file(&context->sources, type->span.file);
    buf_append(out, file->text + type->span.start, type->span.end - type->span.start);
}

// A type may end with a comment, so that a line ends behind it.
static void put_declarations(const Context *context, const Ast *portal, Buf *out) {
    const char *name = portal->name;
    buf_printf(out, "stream outside__ask__%s: (Outside__lib__Int, ", name);
    put_type(context, portal->kid[portal_request], out);
    buf_printf(out, "\n) = outside__lib__inbox()\n");
    buf_printf(out, "task Outside__ask__%s: (Outside__lib__Int, ", name);
    put_type(context, portal->kid[portal_request], out);
    buf_puts(out, "\n) -> (Outside__lib__Int, Outside__lib__Result[");
    put_type(context, portal->kid[portal_reply], out);
    buf_printf(out, "\n, Outside__lib__Error]) asks %s {\n", name);
    buf_printf(out, "  on event (outside__id, outside__request) { emit (outside__id, try await ask %s(outside__request)) }\n}\n",
               name);
    buf_printf(out, "workflow outside__reply__%s = outside__ask__%s |> outside__lib__key((outside__id, _) => outside__id)", name,
               name);
    buf_printf(out, " |> Outside__ask__%s |> outside__lib__outbox\n", name);
}

// ---- names -----------------------------------------------------------------------------------------------------------

static Symbol hidden_name(Context *context, Symbol name) {
    static const char *const fronts[][2] = {
        {"outside__lib__", LIBRARY}, {"Outside__lib__", LIBRARY},     {"outside__ask__", ".ask."},
        {"Outside__ask__", ".Ask."}, {"outside__reply__", ".reply."}, {"outside__", "."},
    };
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        size_t size = strlen(fronts[i][0]);
        if (strncmp(name, fronts[i][0], size) != 0) continue;
        return intern_text(&context->names, arena_printf(context->arena, "%s%s", fronts[i][1], name + size));
    }
    return name;
}

static void hide_names(Context *context, Ast *node, const Ast *portal) {
    if (!node) return;
    if (node->name && node->name != portal->name) node->name = hidden_name(context, node->name);
    for (int i = 0; i < node->kid_count; i++) hide_names(context, node->kid[i], portal);
}

Symbol outside_library_name(Context *context, Symbol name) {
    size_t size = sizeof LIBRARY - 1;
    return strncmp(name, LIBRARY, size) == 0 ? intern_text(&context->names, name + size) : NULL;
}

// ---- the whole -------------------------------------------------------------------------------------------------------

static void add_for(Context *context, Module *app, const Ast *portal) {
    Buf text = {0};
    put_declarations(context, portal, &text);
    uint32_t file = source_add(&context->sources, "<outside>", buf_text(&text), text.length, false);
    buf_free(&text);
    source_file(&context->sources, file)->hidden = true;
    const Ast *items = parse_file(context, file)->kid[file_items];
    for (int i = 0; i < items->kid_count; i++) {
        hide_names(context, items->kid[i], portal);
        ast_append(context->arena, app->tree->kid[file_items], items->kid[i]);
    }
}

void outside_add(Context *context, Module *app) {
    const Ast *items = app->tree->kid[file_items];
    int count = items->kid_count;
    for (int i = 0; i < count; i++)
        if (items->kid[i]->kind == AST_portal) add_for(context, app, items->kid[i]);
}

static bool is_hidden(const Context *context, const Diag *diag) {
    return source_file(&context->sources, diag->labels[0].span.file)->hidden;
}

// Whether there are errors, all of them in these declarations.
static bool has_only_hidden_errors(const Context *context) {
    for (int i = 0; i < context->diags.items.count; i++) {
        const Diag *diag = context->diags.items.items[i];
        if (diag_severity(diag->code) == SEVERITY_ERROR && !is_hidden(context, diag)) return false;
    }
    return context->diags.errors > 0;
}

void outside_drop_diags(Context *context) {
    Diags *diags = &context->diags;
    int count = 0;
    if (has_only_hidden_errors(context)) return;
    for (int i = 0; i < diags->items.count; i++)
        if (!is_hidden(context, diags->items.items[i])) diags->items.items[count++] = diags->items.items[i];
    diags->items.count = count;
}
