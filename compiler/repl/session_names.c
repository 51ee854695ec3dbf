// session_names.c - how a word can go on: names, keywords, members.
#include "compiler/repl/session_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Completion {
    Session *session;
    const char *prefix;
    size_t length;
    NameList *out;
} Completion;

static void offer(Completion *c, const char *name) {
    if (!name || strncmp(name, c->prefix, c->length) != 0 || !(isalpha((unsigned char)*name) || *name == '_')) return;
    name_list_add(c->out, name, strlen(name));
}

// ---- names in scope --------------------------------------------------------------------------------------------------

static const char *const keywords[] = {
    "app",   "as",    "assert", "ask",    "await",     "connect", "else",      "emit",     "enum",     "exclusive", "extern",
    "fail",  "false", "fn",     "for",    "generator", "if",      "import",    "in",       "let",      "local",     "log",
    "match", "param", "portal", "record", "reply",     "return",  "sequencer", "spawn",    "splitter", "stream",    "task",
    "test",  "true",  "try",    "type",   "use",       "var",     "while",     "workflow",
};

static bool is_value(AstKind kind) {
    return kind == AST_fn || kind == AST_workflow || kind == AST_task || kind == AST_generator || kind == AST_stream;
}

// What a module of the library brings into scope everywhere: types and constructors; of some also functions.
static void offer_module(Completion *c, const Module *module) {
    bool values = strcmp(module->name, "stream") == 0 || strcmp(module->name, "task") == 0;
    const Ast *items = module->tree->kid[file_items];
    offer(c, module->name);
    for (int i = 0; i < items->kid_count; i++) {
        const Ast *item = items->kid[i];
        if (item->kind == AST_record || item->kind == AST_enum || item->kind == AST_alias) offer(c, item->name);
        if (values && is_value(item->kind)) offer(c, item->name);
        for (int k = 0; item->kind == AST_enum && k < item->kid[enum_variants]->kid_count; k++)
            offer(c, item->kid[enum_variants]->kid[k]->name);
    }
}

static void offer_scope(Completion *c) {
    static const char *const types[] = {"Any", "Bool",  "Bytes",  "Duration", "Float", "Future", "Int",   "List",
                                        "Map", "Never", "Portal", "Promise",  "Set",   "Stream", "String"};
    const Map *providers = &c->session->providers;
    for (size_t i = 0; i < providers->capacity; i++) {
        const Definitions *list = providers->entries[i].key ? providers->entries[i].value : NULL;
        if (list && list->count) offer(c, providers->entries[i].key);
    }
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) offer(c, keywords[i]);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) offer(c, types[i]);
    for (int i = 0; i < c->session->library.modules.count; i++) offer_module(c, c->session->library.modules.items[i]);
}

// ---- members ---------------------------------------------------------------------------------------------------------

static const Module *library_module(const Session *session, const char *name) {
    for (int i = 0; i < session->library.modules.count; i++)
        if (strcmp(session->library.modules.items[i]->name, name) == 0) return session->library.modules.items[i];
    return NULL;
}

static void offer_values(Completion *c, const Map *scope) {
    for (size_t i = 0; i < scope->capacity; i++)
        if (scope->entries[i].key) offer(c, scope->entries[i].key);
}

// The module whose functions are the methods of a type: the one that declares it, or has its name in lower case.
static void offer_methods(Completion *c, const Def *type) {
    if (type->module) {
        offer_values(c, &type->module->scope);
        return;
    }
    char name[40];
    size_t i = 0;
    for (; type->name[i] && i < sizeof name - 1; i++) name[i] = (char)tolower((unsigned char)type->name[i]);
    name[i] = '\0';
    const Module *module = library_module(c->session, name);
    if (module) offer_values(c, &module->scope);
}

// A field that is read must be one of every variant; a name that is not gives a diagnostic.
static void offer_fields(Completion *c, const Def *type) {
    for (int i = 0; i < type->member_count; i++)
        for (int k = 0; k < type->members[i]->member_count; k++) offer(c, type->members[i]->members[k]->name);
}

static void offer_units(Completion *c) {
    static const char *const units[] = {"ns", "us", "ms", "s", "m", "h", "d"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) offer(c, units[i]);
}

static void offer_members(Completion *c, Type *type) {
    type = type_resolve(type);
    if (type->kind != TYPE_CON) return;
    offer_fields(c, type->def);
    offer_methods(c, type->def);
    if (type_is(type, BUILTIN_INT)) offer_units(c);
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// Where the bracket that closes at `end` opens; `end` if it is not there.
static size_t opening(const char *text, size_t end) {
    int depth = 0;
    for (size_t i = end + 1; i-- > 0;) {
        if (strchr(")]}", text[i])) depth++;
        if (strchr("([{", text[i]) && --depth == 0) return i;
    }
    return end;
}

// Where the operand begins that ends before `end`: names, calls and literals with dots between them.
static size_t operand_start(const char *text, size_t end) {
    size_t at = end;
    while (at > 0) {
        char c = text[at - 1];
        if (is_word(c) || c == '.') {
            at--;
        } else if (c == ')' || c == ']') {
            size_t open = opening(text, at - 1);
            if (open == at - 1) break;
            at = open;
        } else if (c == '"') {
            size_t quote = at - 1;
            while (quote > 0 && text[quote - 1] != '"') quote--;
            if (!quote) break;
            at = quote - 1;
        } else {
            break;
        }
    }
    return at;
}

static void complete_member(Completion *c, const char *text, size_t dot) {
    size_t start = operand_start(text, dot);
    if (start == dot) return;
    char *object = strndup(text + start, dot - start);
    if (!object) exhausted();
    const Module *module = library_module(c->session, object);
    const Definitions *own = session_providers(c->session, session_word(c->session, object));
    if (module && !own->count) {
        offer_values(c, &module->scope);
    } else {
        Build build;
        Type *type = session_type_of(c->session, &build, object, dot - start);
        if (type) offer_members(c, type);
        build_end(&build);
    }
    free(object);
}

// ---- the whole -------------------------------------------------------------------------------------------------------

void session_names(Session *session, const char *text, size_t cursor, NameList *out) {
    size_t start = cursor;
    while (start > 0 && is_word(text[start - 1])) start--;
    char *prefix = strndup(text + start, cursor - start);
    if (!prefix) exhausted();
    Completion completion = {session, prefix, cursor - start, out};
    out->start = start;
    if (start > 0 && text[start - 1] == '.' && !(start > 1 && text[start - 2] == '.'))
        complete_member(&completion, text, start - 1);
    else
        offer_scope(&completion);
    free(prefix);
    name_list_sort(out);
}
