// session_names.c - how a word can go on: names in scope and keywords. What stands behind a dot is in session_members.c.
#include "compiler/repl/session_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lang/parse.h"

bool completion_is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

void completion_offer(Completion *c, const char *name) {
    if (!name || strncmp(name, c->prefix, c->length) != 0 || !(isalpha((unsigned char)*name) || *name == '_')) return;
    name_list_add(c->out, name, strlen(name));
}

// ---- names in scope --------------------------------------------------------------------------------------------------

static bool is_value(AstKind kind) {
    return kind == AST_fn || kind == AST_workflow || kind == AST_task || kind == AST_generator || kind == AST_stream;
}

// What a module of the library brings into scope everywhere: types and constructors; of some also functions.
static void offer_module(Completion *c, const Module *module) {
    bool values = strcmp(module->name, "stream") == 0 || strcmp(module->name, "task") == 0;
    const Ast *items = module->tree->kid[file_items];
    completion_offer(c, module->name);
    for (int i = 0; i < items->kid_count; i++) {
        const Ast *item = items->kid[i];
        if (item->kind == AST_record || item->kind == AST_enum || item->kind == AST_alias) completion_offer(c, item->name);
        if (values && is_value(item->kind)) completion_offer(c, item->name);
        for (int k = 0; item->kind == AST_enum && k < item->kid[enum_variants]->kid_count; k++)
            completion_offer(c, item->kid[enum_variants]->kid[k]->name);
    }
}

static void offer_word(void *completion, Symbol word) {
    completion_offer(completion, word);
}

static void offer_scope(Completion *c) {
    static const char *const types[] = {"Any", "Bool",  "Bytes",  "Duration", "Float", "Future", "Int",   "List",
                                        "Map", "Never", "Portal", "Promise",  "Set",   "Stream", "String"};
    const Map *providers = &c->session->providers;
    for (size_t i = 0; i < providers->capacity; i++) {
        const Definitions *list = providers->entries[i].key ? providers->entries[i].value : NULL;
        if (list && list->count) completion_offer(c, providers->entries[i].key);
    }
    for (int i = 0; parse_keyword(i); i++) completion_offer(c, parse_keyword(i));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) completion_offer(c, types[i]);
    for (int i = 0; i < c->session->library.modules.count; i++) offer_module(c, c->session->library.modules.items[i]);
}

// Parameters, states and local names stand in the input before.
static void offer_input(Completion *c, const char *text, size_t length) {
    Arena arena = {0};
    Context context;
    context_init(&context, &arena);
    context.names.base = &c->session->library.names;
    uint32_t file = source_add(&context.sources, "<input>", text, length, false);
    parse_words(&context, (Span){file, 0, (uint32_t)length}, offer_word, c);
    arena_free(&arena);
}

static void offer_names(Completion *c, const char *text, size_t start) {
    offer_scope(c);
    offer_input(c, text, start);
}

// ---- the whole -------------------------------------------------------------------------------------------------------

void session_names(Session *session, const char *text, size_t cursor, NameList *out) {
    size_t start = cursor;
    while (start > 0 && completion_is_word(text[start - 1])) start--;
    char *prefix = strndup(text + start, cursor - start);
    if (!prefix) exhausted();
    Completion completion = {session, prefix, cursor - start, out};
    out->start = start;
    if (start > 0 && text[start - 1] == '.' && !(start > 1 && text[start - 2] == '.'))
        completion_members(&completion, text, start - 1);
    else
        offer_names(&completion, text, start);
    free(prefix);
    name_list_sort(out);
}
