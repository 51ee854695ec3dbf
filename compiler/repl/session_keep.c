// session_keep.c - values that stay when the program is gone that computed them.
#include "compiler/repl/session_internal.h"

#include <stdlib.h>
#include <string.h>

#include "vm/encode.h"

bool type_can_be_kept(Type *type) {
    type = type_resolve(type);
    if (type->kind != TYPE_CON && type->kind != TYPE_TUPLE) return false;
    if (type->kind == TYPE_CON) {
        const Def *def = type->def;
        bool second_class = def->ast && def->ast->flags & FLAG_LOCAL && def->form == FORM_RECORD;
        if (second_class || def->functional || def->holds_any || def->holds_future) return false;
        BuiltinType builtin = def->builtin;
        if (builtin == BUILTIN_ANY || builtin == BUILTIN_FUTURE || builtin == BUILTIN_PROMISE || builtin == BUILTIN_STREAM ||
            builtin == BUILTIN_PORTAL || builtin == BUILTIN_NEVER)
            return false;
    }
    for (int i = 0; i < type->arg_count; i++)
        if (!type_can_be_kept(type->args[i])) return false;
    return true;
}

static bool is_declared_here(const Build *build, Symbol name) {
    const Ast *items = build->app->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++) {
        AstKind kind = items->kid[i]->kind;
        if ((kind == AST_record || kind == AST_enum || kind == AST_alias) && items->kid[i]->name == name) return true;
    }
    Symbol word = session_word(build->session, name);
    const Definitions *providers = session_providers(build->session, word);
    for (int i = 0; i < providers->count; i++)
        if (definition_declares(providers->items[i], word, NAME_TYPE)) return true;
    return false;
}

// Whether the type, written, means itself: no definition of the session hides one of the library.
static bool can_be_written(const Build *build, Type *type) {
    type = type_resolve(type);
    bool foreign = type->kind == TYPE_CON && type->def->module != build->app;
    if (foreign && is_declared_here(build, type->def->name)) return false;
    for (int i = 0; i < type->arg_count; i++)
        if (!can_be_written(build, type->args[i])) return false;
    return true;
}

typedef struct Keeping {
    Build *build;
    Definition *definition;
    const PtProgram *program;
    const char *globals;
    bool failed;
} Keeping;

// The value is of use only as long as its type means the same.
static void use_words_of(Keeping *keeping, Type *type) {
    Session *session = keeping->build->session;
    type = type_resolve(type);
    if (type->kind == TYPE_CON) definition_add_use(session, keeping->definition, session_word(session, type->def->name));
    for (int i = 0; i < type->arg_count; i++) use_words_of(keeping, type->args[i]);
}

static void keep_name(void *data, Ast *name) {
    Keeping *keeping = data;
    Definition *definition = keeping->definition;
    Type *type = name->def ? name->def->type : name->type;
    PtValue value = run_value(keeping->program, keeping->globals, name->name);
    if (!value.desc || !type_can_be_kept(type) || !can_be_written(keeping->build, type)) {
        keeping->failed = true;
        return;
    }
    definition->values = realloc(definition->values, sizeof *definition->values * (size_t)(definition->value_count + 1));
    if (!definition->values) exhausted();
    KeptValue *kept = &definition->values[definition->value_count++];
    const char *called = definition->is_it ? "it" : name->name, *text = type_text(&keeping->build->arena, type);
    *kept = (KeptValue){.name = session_word(keeping->build->session, called),
                        .start = name->span.start,
                        .end = name->span.end,
                        .type = session_copy(text, strlen(text))};
    encode_value(&kept->bytes, value.desc, value.at, keeping->program);
    use_words_of(keeping, type);
}

void keep_values(Build *build, Definition *definition, Ast *ast, const PtProgram *program, const char *globals) {
    definition_drop_values(definition);
    Keeping keeping = {build, definition, program, globals, false};
    pattern_names(ast->kid[const_pattern], keep_name, &keeping);
    if (keeping.failed)
        definition_drop_values(definition);
    else
        definition->is_kept = true;
}
