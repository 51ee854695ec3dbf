// session_text.c - texts, the definitions in them, and which names they declare and use.
#include "compiler/repl/session_internal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/parse.h"
#include "vm/memory.h"

char *session_copy(const char *bytes, size_t length) {
    char *copy = MEMORY_NEW(char, length + 1);
    if (length) memcpy(copy, bytes, length);
    return copy;
}

// ---- texts -----------------------------------------------------------------------------------------------------------

Text *text_new(const char *path, const char *bytes, size_t length) {
    Text *text = MEMORY_NEW(Text, 1);
    int lines = 1;
    for (size_t i = 0; i < length; i++) lines += bytes[i] == '\n';
    text->references = 1;
    text->file = (SourceFile){.path = session_copy(path, strlen(path)),
                              .text = session_copy(bytes, length),
                              .length = length,
                              .line_starts = MEMORY_NEW(uint32_t, (size_t)lines),
                              .line_count = lines};
    int line = 1;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\n') text->file.line_starts[line++] = (uint32_t)(i + 1);
    return text;
}

void text_release(Text *text) {
    if (--text->references) return;
    free((char *)text->file.path);
    free((char *)text->file.text);
    free(text->file.line_starts);
    free(text);
}

bool text_line(const Text *text, uint32_t line, Buf *out) {
    const SourceFile *file = &text->file;
    if (line < 1 || line > (uint32_t)file->line_count) return false;
    uint32_t start = file->line_starts[line - 1];
    size_t end = line < (uint32_t)file->line_count ? file->line_starts[line] - 1 : file->length;
    if (start >= file->length) return false;
    buf_append(out, file->text + start, end - start);
    return true;
}

bool session_line(const Session *session, const char *file, uint32_t line, Buf *out) {
    for (int i = 0; i < session->all.count; i++) {
        const Text *text = session->all.items[i]->text;
        if (strcmp(text->file.path, file) == 0) return text_line(text, line, out);
    }
    return false;
}

// ---- lists -----------------------------------------------------------------------------------------------------------

void definitions_add(Definitions *list, Definition *definition) {
    list->items = memory_grow(list->items, (size_t)list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = definition;
}

void definitions_remove(Definitions *list, const Definition *definition) {
    for (int i = 0; i < list->count; i++) {
        if (list->items[i] != definition) continue;
        memmove(&list->items[i], &list->items[i + 1], sizeof *list->items * (size_t)(list->count - i - 1));
        list->count--;
        return;
    }
}

static Definitions *list_of(Session *session, Map *map, Symbol word) {
    Definitions *list = map_get(map, word);
    if (list) return list;
    list = ARENA_NEW(&session->arena, Definitions);
    map_put(&session->arena, map, word, list);
    return list;
}

void lists_free(Map *map) {
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].key) free(((Definitions *)map->entries[i].value)->items);
}

static const Definitions nothing;

const Definitions *session_providers(const Session *session, Symbol word) {
    const Definitions *list = map_get(&session->providers, word);
    return list ? list : &nothing;
}

const Definitions *session_users(const Session *session, Symbol word) {
    const Definitions *list = map_get(&session->users, word);
    return list ? list : &nothing;
}

Symbol session_word(Session *session, const char *text) {
    return intern_text(&session->words, text);
}

// ---- the names that a declaration declares ---------------------------------------------------------------------------

typedef struct Names {
    Interner *words;
    DeclaredName *items;
    int count;
} Names;

static void add_name(Names *names, Symbol name, NameKind kind) {
    Symbol word = intern_text(names->words, name);
    for (int i = 0; i < names->count; i++)
        if (names->items[i].word == word && names->items[i].kind == kind) return;
    names->items = realloc(names->items, sizeof *names->items * (size_t)(names->count + 1));
    if (!names->items) exhausted();
    names->items[names->count++] = (DeclaredName){word, kind};
}

static void add_bound(void *names, Ast *name) {
    add_name(names, name->name, NAME_VALUE);
}

static void add_declared(Names *names, const Ast *ast) {
    switch (ast->kind) {
    case AST_const: pattern_names(ast->kid[const_pattern], add_bound, names); return;
    case AST_enum:
        add_name(names, ast->name, NAME_TYPE);
        for (int i = 0; i < ast->kid[enum_variants]->kid_count; i++)
            add_name(names, ast->kid[enum_variants]->kid[i]->name, NAME_PART);
        return;
    case AST_record:
    case AST_alias: add_name(names, ast->name, NAME_TYPE); return;
    case AST_import: add_name(names, ast->name, NAME_PART); return;
    case AST_app:
    case AST_connect:
    case AST_test: return;
    default: add_name(names, ast->name, NAME_VALUE); return;
    }
}

// ---- definitions -----------------------------------------------------------------------------------------------------

Definition *definition_new(Text *text, const Ast *ast, Interner *words) {
    Definition *definition = MEMORY_NEW(Definition, 1);
    definition->text = text;
    text->references++;
    definition->start = ast->span.start;
    definition->end = ast->span.end;
    definition->kind = ast->kind;
    bool connects = ast->kind == AST_connect && ast->kid[connect_to]->kind == AST_name;
    if (connects) definition->target = intern_text(words, ast->kid[connect_to]->name);
    definition->replies = ast->kind == AST_task && ast->kid[task_replies]->kid_count;
    Names names = {.words = words};
    add_declared(&names, ast);
    definition->names = names.items;
    definition->name_count = names.count;
    return definition;
}

void definition_add_imported(Definition *import, Interner *words, const Ast *tree) {
    Names names = {words, import->names, import->name_count}, declared = {.words = words};
    for (int i = 0; i < tree->kid[file_items]->kid_count; i++) add_declared(&declared, tree->kid[file_items]->kid[i]);
    for (int i = 0; i < declared.count; i++) add_name(&names, declared.items[i].word, NAME_PART);
    free(declared.items);
    import->names = names.items;
    import->name_count = names.count;
}

void definition_drop_values(Definition *definition) {
    for (int i = 0; i < definition->value_count; i++) {
        free(definition->values[i].type);
        buf_free(&definition->values[i].bytes);
    }
    free(definition->values);
    definition->values = NULL;
    definition->value_count = 0;
    definition->is_kept = false;
}

void definition_free(Definition *definition) {
    definition_drop_values(definition);
    text_release(definition->text);
    free(definition->names);
    free(definition->uses);
    free(definition);
}

bool definition_declares(const Definition *definition, Symbol word, NameKind kind) {
    for (int i = 0; i < definition->name_count; i++)
        if (definition->names[i].word == word && definition->names[i].kind == kind) return true;
    return false;
}

const char *definition_name(const Definition *definition) {
    if (definition->is_it) return "it";
    return definition->name_count ? definition->names[0].word : ast_kind_name(definition->kind);
}

// ---- the words that it uses ------------------------------------------------------------------------------------------

static bool is_own(const Def *def) {
    return def && (def->kind == DEF_LOCAL || def->kind == DEF_STATE || def->kind == DEF_KEY || def->kind == DEF_TPARAM ||
                   (def->kind == DEF_FN && def->owner));
}

// What a node with a name says of it: that it is bound by the declaration itself, or is a field; or that it may be anything.
static bool names_own(const Ast *node) {
    switch (node->kind) {
    case AST_name: return is_own(node->def);
    case AST_p_name:
    case AST_p_as:
    case AST_p_rest:
    case AST_var:
    case AST_tparam:
    case AST_field:
    case AST_state:
    case AST_arg:
    case AST_p_arg: return true;
    case AST_member: return !node->def || node->def->kind == DEF_FIELD;
    default: return false;
    }
}

typedef struct Words {
    Session *session;
    Map own;     // words of nodes that are the declaration's own
    Map foreign; // and of others
    Arena arena;
    Symbol *items;
    int count;
    size_t capacity;
    Map seen;
} Words;

static void look(Words *words, const Ast *node) {
    if (!node) return;
    if (node->name)
        map_put(&words->arena, names_own(node) ? &words->own : &words->foreign, session_word(words->session, node->name),
                (void *)node);
    if (node->qualifier) map_put(&words->arena, &words->foreign, session_word(words->session, node->qualifier), (void *)node);
    for (int i = 0; i < node->kid_count; i++) look(words, node->kid[i]);
}

static void take_word(void *user, Symbol name) {
    Words *words = user;
    Symbol word = session_word(words->session, name);
    if (map_get(&words->seen, word)) return;
    map_put(&words->arena, &words->seen, word, (void *)word);
    if (map_get(&words->own, word) && !map_get(&words->foreign, word)) return;
    words->items = memory_grow(words->items, (size_t)words->count, &words->capacity, sizeof *words->items);
    words->items[words->count++] = word;
}

void definition_set_uses(Session *session, Definition *definition, const Context *context, Ast *checked) {
    Words words = {.session = session};
    look(&words, checked);
    Context scratch;
    Arena arena = {0};
    context_init(&scratch, &arena);
    scratch.names.base = &context->names;
    vec_push(&arena, &scratch.sources.files, &definition->text->file);
    parse_words(&scratch, (Span){0, definition->start, definition->end}, take_word, &words);
    arena_free(&arena);
    arena_free(&words.arena);
    free(definition->uses);
    definition->uses = words.items;
    definition->use_count = words.count;
}

bool definition_uses(const Definition *definition, Symbol word) {
    for (int i = 0; i < definition->use_count; i++)
        if (definition->uses[i] == word) return true;
    return false;
}

void definition_add_use(Session *session, Definition *definition, Symbol word) {
    if (definition_uses(definition, word)) return;
    definition->uses = realloc(definition->uses, sizeof *definition->uses * (size_t)(definition->use_count + 1));
    if (!definition->uses) exhausted();
    definition->uses[definition->use_count++] = word;
    if (definition->order) definitions_add(list_of(session, &session->users, word), definition); // it is in the session already
}

// ---- in the session --------------------------------------------------------------------------------------------------

void session_add_definition(Session *session, Definition *definition) {
    if (!definition->order) definition->order = ++session->orders;
    definitions_add(&session->all, definition);
    for (int i = session->all.count - 1; i > 0 && session->all.items[i - 1]->order > definition->order; i--) {
        session->all.items[i] = session->all.items[i - 1];
        session->all.items[i - 1] = definition;
    }
    for (int i = 0; i < definition->name_count; i++)
        definitions_add(list_of(session, &session->providers, definition->names[i].word), definition);
    for (int i = 0; i < definition->use_count; i++)
        definitions_add(list_of(session, &session->users, definition->uses[i]), definition);
}

void session_remove_definition(Session *session, Definition *definition) {
    definitions_remove(&session->all, definition);
    for (int i = 0; i < definition->name_count; i++)
        definitions_remove(list_of(session, &session->providers, definition->names[i].word), definition);
    for (int i = 0; i < definition->use_count; i++)
        definitions_remove(list_of(session, &session->users, definition->uses[i]), definition);
    if (session->it == definition) session->it = NULL;
    definition_free(definition);
}
