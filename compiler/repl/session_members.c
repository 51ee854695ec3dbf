// session_members.c - how a word behind a dot can go on: fields and functions of a value, what a module has, variants of an enum.
//
// What stands before the dot may be a parameter, or any other local name. So the input is checked like any other, up to there,
// with a name behind the dot that nothing has, and with its brackets closed.
#include "compiler/repl/session_internal.h"

#include <string.h>

#include "lang/duration.h"

static const char NOTHING[] = "completed__";

// ---- what a type has -------------------------------------------------------------------------------------------------

static bool takes_first(const Def *function, const Def *type) {
    if (function->kind != DEF_FN && !function->parametric) return false;
    const Type *signature = function->type;
    if (!signature || signature->kind != TYPE_FN || signature->arg_count < 2) return false;
    const Type *first = type_resolve(signature->args[0]);
    return first->kind == TYPE_PARAM || (first->kind == TYPE_CON && first->def == type);
}

static void offer_functions_of(Completion *c, const Module *module, const Def *type) {
    for (size_t i = 0; i < module->scope.capacity; i++) {
        const Def *def = module->scope.entries[i].key ? module->scope.entries[i].value : NULL;
        if (def && takes_first(def, type)) completion_offer(c, def->name);
    }
}

static const Module *find_module(const Build *build, const char *name) {
    for (int i = 0; i < build->context.modules.count; i++)
        if (strcmp(build->context.modules.items[i]->name, name) == 0) return build->context.modules.items[i];
    return NULL;
}

// The module whose functions are the methods of a type; NULL if it has none.
static const Module *module_of(const Build *build, const Def *type) {
    if (type->builtin == BUILTIN_NONE) return type->module;
    const char *name = builtin_module(type->builtin);
    return name ? find_module(build, name) : NULL;
}

static bool has_field(const Def *variant, Symbol name) {
    for (int i = 0; i < variant->member_count; i++)
        if (variant->members[i]->name == name) return true;
    return false;
}

// Those that all variants have can be read.
static void offer_fields(Completion *c, const Def *type) {
    const Def *first = type->member_count ? type->members[0] : NULL;
    for (int i = 0; first && i < first->member_count; i++) {
        bool all = true;
        for (int k = 1; k < type->member_count; k++) all &= has_field(type->members[k], first->members[i]->name);
        if (all) completion_offer(c, first->members[i]->name);
    }
}

static void offer_units(Completion *c) {
    for (unsigned i = 0; duration_unit_name(i); i++) completion_offer(c, duration_unit_name(i));
}

static void offer_members(Completion *c, const Build *build, Type *type) {
    const Module *module = module_of(build, type->def);
    offer_fields(c, type->def);
    if (module) offer_functions_of(c, module, type->def);
    if (type_is(type, BUILTIN_INT)) offer_units(c);
}

// ---- what a module or an enum has ------------------------------------------------------------------------------------

static void offer_variants(Completion *c, const Ast *item) {
    for (int i = 0; i < item->kid[enum_variants]->kid_count; i++) completion_offer(c, item->kid[enum_variants]->kid[i]->name);
}

static void offer_module(Completion *c, const Module *module) {
    const Ast *items = module->tree->kid[file_items];
    for (size_t i = 0; i < module->scope.capacity; i++)
        if (module->scope.entries[i].key) completion_offer(c, module->scope.entries[i].key);
    for (int i = 0; i < items->kid_count; i++) {
        if (items->kid[i]->kind != AST_const) completion_offer(c, items->kid[i]->name);
        if (items->kid[i]->kind == AST_enum) offer_variants(c, items->kid[i]);
    }
}

static void offer_enum(Completion *c, const Build *build, Symbol name) {
    for (int m = 0; m < build->context.modules.count; m++) {
        const Ast *items = build->context.modules.items[m]->tree->kid[file_items];
        for (int i = 0; i < items->kid_count; i++)
            if (items->kid[i]->kind == AST_enum && strcmp(items->kid[i]->name, name) == 0) offer_variants(c, items->kid[i]);
    }
}

// ---- what stands before the dot --------------------------------------------------------------------------------------

// Appends what closes the brackets, strings and interpolations that are open in it.
static void close_brackets(Buf *text) {
    Buf open = {0}; // what closes each
    for (size_t i = 0; i < text->length; i++) {
        char c = text->data[i], top = open.length ? open.data[open.length - 1] : '\0';
        bool in_string = top == '"';
        if (in_string && c == '\\')
            i++;
        else if (c == top)
            open.length--;
        else if (c == '{' || (c == '"' && !in_string))
            buf_putc(&open, c == '{' ? '}' : '"');
        else if (!in_string && (c == '(' || c == '['))
            buf_putc(&open, c == '(' ? ')' : ']');
        else if (!in_string && c == '/' && i + 1 < text->length && text->data[i + 1] == '/')
            while (i + 1 < text->length && text->data[i + 1] != '\n') i++;
    }
    while (open.length) buf_putc(text, open.data[--open.length]);
    buf_free(&open);
}

// What an input declares takes the place of what has its names.
static void leave_out(Build *build, Text *text, const Ast *declaration) {
    Definition *definition = definition_new(text, declaration, &build->session->words);
    for (int i = 0; i < definition->name_count; i++) {
        const Definitions *same = session_providers(build->session, definition->names[i].word);
        for (int k = 0; k < same->count; k++)
            if (definition->names[i].kind != NAME_PART) same->items[k]->left_out = build->number;
    }
    definition_free(definition);
}

// With all functions: they may be those of the type.
static void add_input(Build *build, const Input *input) {
    for (int i = 0; i < input->declarations.count; i++) {
        leave_out(build, input->text, input->declarations.items[i]);
        build_declare(build, input->declarations.items[i]);
    }
    if (input->statements.count)
        build_declare(build, input_expression(build, input, intern_text(&build->context.names, "(input)"), FLAG_PROMPT));
    build_want_words(build, (Span){build->own, 0, (uint32_t)input->text->file.length});
    for (int i = 0; i < build->session->all.count; i++)
        if (build->session->all.items[i]->kind == AST_fn) build_add(build, build->session->all.items[i], PART_COMPUTED);
    build_complete(build, true);
}

// The node with the name that nothing has.
static const Ast *find_place(const Ast *node) {
    if (node->name && strcmp(node->name, NOTHING) == 0) return node;
    const Ast *found = NULL;
    for (int i = 0; i < node->kid_count && !found; i++)
        if (node->kid[i]) found = find_place(node->kid[i]);
    return found;
}

// Checks a text up to a dot: what stands there, behind the dot; NULL if it cannot be parsed. The build is to be ended. `more`:
// what must follow.
static const Ast *check_place(Session *session, Build *build, const char *text, size_t dot, const char *more) {
    Buf whole = {0};
    Input input;
    buf_append(&whole, text, dot);
    buf_printf(&whole, ".%s%s", NOTHING, more);
    close_brackets(&whole);
    build_begin(session, build);
    build->looked_at = text_new("<completion>", whole.data, whole.length);
    buf_free(&whole);
    if (!input_parse(build, build->looked_at, &input)) return NULL;
    add_input(build, &input);
    build_check(build);
    return find_place(build->app->tree);
}

// The checker has made a name of what stands behind the name of a module. False if nothing is known of what is before the dot.
static bool offer_at(Completion *c, const Build *build, const Ast *place) {
    const Module *module = place->kind == AST_name && place->qualifier ? find_module(build, place->qualifier) : NULL;
    const Ast *object = place->kind == AST_member ? place->kid[member_object] : NULL;
    Type *type = object && object->type ? type_resolve(object->type) : NULL;
    if (module)
        offer_module(c, module);
    else if (type && type->kind == TYPE_CON)
        offer_members(c, build, type);
    else if (object && object->kind == AST_ctor)
        offer_enum(c, build, object->name);
    else
        return false;
    return true;
}

static bool complete_behind(Completion *c, const char *text, size_t dot, const char *more) {
    Build build;
    const Ast *place = check_place(c->session, &build, text, dot, more);
    bool is_known = place && offer_at(c, &build, place);
    build_end(&build);
    return is_known;
}

// ---- operands --------------------------------------------------------------------------------------------------------

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
        if (completion_is_word(c) || c == '.') {
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

// An `if` or `match` wants braces behind what the dot stands in. What is wrong before the operand does not matter.
void completion_members(Completion *c, const char *text, size_t dot) {
    size_t start = operand_start(text, dot);
    if (start == dot || complete_behind(c, text, dot, "") || complete_behind(c, text, dot, " {}")) return;
    complete_behind(c, text + start, dot - start, "");
}
