#include "lang/check_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// The diagnostics that several parts of the checker give, and the help that goes with them.

enum { LONGEST_TYPE = 160 };

const char *report_type(Checker *c, Type *type) {
    if (type_measure(type, MAX_TYPE_SIZE) <= 0) return "a very large type";
    const char *text = type_text(c->arena, type);
    if (strlen(text) <= LONGEST_TYPE) return text;
    return arena_printf(c->arena, "%.*s...", LONGEST_TYPE, text);
}

Symbol report_symbol(Checker *c, const char *text) {
    return intern_text(&c->context->names, text);
}

// Beside what is typed at the prompt, what was typed before is shown.
static bool is_shown_beside(const Checker *c, uint32_t file, uint32_t other) {
    return file == other || (c->context->prompt && !source_file(&c->context->sources, other)->library);
}

void report_label(Checker *c, Diag *diag, Span span, const char *format, ...) {
    if (!is_shown_beside(c, diag->labels[0].span.file, span.file) || span.end == span.start) return;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    diag_label(c->diags, diag, span, "%s", text);
}

void report_too_big(Checker *c, Span span) {
    Diag *diag = diag_add(c->diags, DIAG_TOO_DEEP, span, "this is too deeply nested, or its type is too large");
    diag_here(c->diags, diag, "beyond the compiler's limit");
    diag_help(c->diags, diag, "split it into smaller declarations, with records and enums for large types");
}

void report_duplicate(Checker *c, Symbol name, Span span, Span earlier, const char *what) {
    Diag *diag = diag_add(c->diags, DIAG_DUPLICATE_NAME, span, "the %s `%s` is declared twice", what, name);
    diag_here(c->diags, diag, "declared again here");
    report_label(c, diag, earlier, "first declared here");
    diag_help(c->diags, diag, "give one of them another name");
}

// ---- what this version does not have ---------------------------------------------------------------------------------

Diag *report_unavailable(Checker *c, Span span, const char *help, const char *what, ...) {
    char text[256];
    va_list args;
    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    Diag *diag = diag_add(c->diags, DIAG_NOT_AVAILABLE, span, "%s is not available in this version of Portals", text);
    diag_here(c->diags, diag, "not available yet");
    if (help) diag_help(c->diags, diag, "%s", help);
    return diag;
}

// ---- unknown names ---------------------------------------------------------------------------------------------------

typedef struct Candidates {
    VEC(const char *) names;
} Candidates;

static void add_symbols(Checker *c, Candidates *candidates, const Map *map) {
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].key) vec_push(c->arena, &candidates->names, map->entries[i].key);
}

static void add_slots(Checker *c, Candidates *candidates) {
    const Map *slots = &c->body->slots;
    for (size_t i = 0; i < slots->capacity; i++) {
        Slot *slot = slots->entries[i].value;
        if (slots->entries[i].key && slot->def) vec_push(c->arena, &candidates->names, slots->entries[i].key);
    }
}

static const char *nearest(Checker *c, Symbol name, const Candidates *candidates) {
    if (c->suggestions >= MAX_SUGGESTIONS) return NULL;
    c->suggestions++;
    return diag_nearest(name, candidates->names.items, candidates->names.count);
}

const char *report_nearest_def(Checker *c, Symbol name, Def *const *defs, int count) {
    Candidates candidates = {0};
    for (int i = 0; i < count; i++) vec_push(c->arena, &candidates.names, defs[i]->name);
    return nearest(c, name, &candidates);
}

// What people call things in other languages. One word may stand for several.
static const struct {
    const char *there, *here;
} other_names[] = {
    {"length", "size"},
    {"len", "size"},
    {"push", "append"},
    {"add", "append"},
    {"head", "first"},
    {"substring", "slice"},
    {"reduce", "fold"},
    {"to_upper", "upper"},
    {"to_lower", "lower"},
    {"strip", "trim"},
    {"includes", "contains"},
    {"str", "to_string"},
    {"unwrap_or", "or"},
    {"Integer", "Int"},
    {"Long", "Int"},
    {"Double", "Float"},
    {"Boolean", "Bool"},
    {"Str", "String"},
    {"Text", "String"},
    {"Array", "List"},
    {"Vec", "List"},
    {"Maybe", "Option"},
    {"Optional", "Option"},
    {"Unit", "()"},
    {"add", "insert"},
    {"put", "insert"},
    {"has", "contains"},
    {"delete", "remove"},
    {"Dict", "Map"},
    {"HashMap", "Map"},
    {"Dictionary", "Map"},
    {"HashSet", "Set"},
    {"unwrap", "or"},
    {"get_or", "or"},
    {"get_or_else", "or"},
    {"or_default", "or"},
    {"to_uppercase", "upper"},
    {"to_lowercase", "lower"},
    {"lines", "split_lines"},
    {"uppercase", "upper"},
    {"lowercase", "lower"},
    {"flatMap", "flat_map"},
    {"tail", "drop"},
    {"bind", "and_then"},
    {"unique", "distinct"},
    {"dedup", "distinct"},
    {"uniq", "distinct"},
    {"toString", "to_string"},
    {"foldl", "fold"},
    {"foldr", "fold_right"},
    {"exists", "any"},
    {"forall", "all"},
    {"some", "any"},
    {"entries", "to_list"},
    {"substr", "slice"},
    {"position", "find_index"},
    {"intersect", "intersection"},
    {"minus", "difference"},

    {"parse_int", "to_int"},
    {"log", "ln"},
    {"extend", "concat"},
    {"erase", "remove"},
    {"set", "insert"},
    {"sliding", "windows"},
    {"maximum", "max"},
    {"minimum", "min"},
    {"rfind", "last_index_of"},
    {"find", "index_of"},
    {"ltrim", "trim_start"},
    {"rtrim", "trim_end"},
    {"counts", "frequencies"},

};

static const char *known_by_other_name(Symbol name) {
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcmp(other_names[i].there, name) == 0) return other_names[i].here;
    return NULL;
}

const char *report_other_name(Checker *c, const Map *scope, Symbol name) {
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++) {
        const char *here = other_names[i].here;
        bool known = here[0] == '(' || map_get(scope, report_symbol(c, here));
        if (known && strcmp(other_names[i].there, name) == 0) return here;
    }
    return NULL;
}

Module *report_module_with(Checker *c, Symbol name) {
    for (int i = 0; i < c->context->modules.count; i++) {
        Module *module = c->context->modules.items[i];
        Def *def = module->library ? map_get(&module->scope, name) : NULL;
        if (def && def->kind == DEF_FN) return module;
    }
    return NULL;
}

static bool may_be_imported(Checker *c) {
    return resolve_names(c, c->module)->incomplete;
}

// What is imported, too.
static void add_values(Checker *c, Candidates *candidates) {
    const ModuleNames *names = resolve_names(c, c->module);
    add_symbols(c, candidates, &c->module->scope);
    add_symbols(c, candidates, &names->modules);
    for (int i = 0; i < names->imported.count; i++) add_symbols(c, candidates, &names->imported.items[i]->scope);
}

static void add_ctors(Checker *c, Candidates *candidates) {
    const ModuleNames *names = resolve_names(c, c->module);
    add_symbols(c, candidates, &names->ctors);
    for (int i = 0; i < names->imported.count; i++)
        add_symbols(c, candidates, &resolve_names(c, names->imported.items[i])->ctors);
}

static void add_types(Checker *c, Candidates *candidates) {
    const ModuleNames *names = resolve_names(c, c->module);
    add_symbols(c, candidates, &names->types);
    for (int i = 0; i < names->imported.count; i++)
        add_symbols(c, candidates, &resolve_names(c, names->imported.items[i])->types);
}

const char *report_nearest_symbol(Checker *c, const Map *names, Symbol name) {
    Candidates candidates = {0};
    add_symbols(c, &candidates, names);
    return nearest(c, name, &candidates);
}

const char *report_nearest_ctor(Checker *c, const Module *module, Symbol name) {
    Candidates candidates = {0};
    add_symbols(c, &candidates, &resolve_names(c, (Module *)module)->ctors);
    add_symbols(c, &candidates, &module->scope);
    return nearest(c, name, &candidates);
}

// A state or function of the task whose state or parameter is being given a value.
static bool belongs_to_task(Checker *c, Symbol name) {
    const Def *owner = c->body ? c->body->owner : NULL;
    if (!owner || owner->kind != DEF_TASK) return false;
    const Ast *items = owner->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind != AST_handler && items->kid[i]->name == name) return true;
    return false;
}

// What has no name here, though it has one in other languages.
static const char *help_of_foreign_value(Symbol name) {
    static const struct {
        const char *name, *help;
    } words[] = {
        {"null", "a value that may be missing is an `Option`: `Some(x)` or `None`"},
        {"nil", "a value that may be missing is an `Option`: `Some(x)` or `None`"},
        {"none", "a value that may be missing is an `Option`: `Some(x)` or `None`"},
        {"undefined", "a value that may be missing is an `Option`: `Some(x)` or `None`"},
        {"this", "the states and functions of a task are used by their names"},
        {"self", "the states and functions of a task are used by their names"},
        {"it", "a closure names its parameter: `x => ...`"},
        {"println", "`log` writes to standard error; `print` is an operator of streams"},
        {"printf", "`log` writes to standard error; `print` is an operator of streams"},
        {"assert_eq", "`assert a == b` shows both values if they differ"},
        {"assert_equal", "`assert a == b` shows both values if they differ"},
        {"expect", "`assert a == b` shows both values if they differ"},
        {"break", "loops end by their condition, or by a `return`"},
        {"continue", "loops end by their condition, or by a `return`"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0) return words[i].help;
    return NULL;
}

void report_unknown_value(Checker *c, Symbol name, Span span) {
    if (may_be_imported(c)) return;
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_NAME, span, "unknown name `%s`", name);
    diag_here(c->diags, diag, "not found in this scope");
    if (belongs_to_task(c, name)) {
        diag_note(c->diags, diag, "the states and functions of a task are in scope in its handlers and functions alone");
        return;
    }
    Candidates candidates = {0};
    if (c->body) add_slots(c, &candidates);
    add_values(c, &candidates);
    if (c->stream_module) add_symbols(c, &candidates, &c->stream_module->scope);
    if (c->task_module) add_symbols(c, &candidates, &c->task_module->scope);
    const char *similar = nearest(c, name, &candidates);
    const char *other = known_by_other_name(name);
    Module *module = report_module_with(c, name), *other_module = other ? report_module_with(c, report_symbol(c, other)) : NULL;
    const char *foreign = help_of_foreign_value(name);
    if (foreign)
        diag_help(c->diags, diag, "%s", foreign);
    else if (module)
        diag_help(c->diags, diag, "`%s.%s` is a function of the library; as a method: `x.%s()`", module->name, name, name);
    else if (similar)
        diag_help(c->diags, diag, "did you mean `%s`?", similar);
    else if (other_module)
        diag_help(c->diags, diag, "did you mean `x.%s()`?", other);
}

void report_unknown_ctor(Checker *c, Symbol name, Span span, Def *owner) {
    if (!owner && may_be_imported(c)) return;
    Diag *diag = owner ? diag_add(c->diags, DIAG_UNKNOWN_NAME, span, "`%s` has no variant `%s`", owner->name, name)
                       : diag_add(c->diags, DIAG_UNKNOWN_NAME, span, "unknown constructor or task `%s`", name);
    diag_here(c->diags, diag, owner ? "not a variant of `%s`" : "not found in this scope", owner ? owner->name : "");
    if (owner && owner->span.end) report_label(c, diag, owner->span, "`%s` is declared here", owner->name);
    const char *similar;
    if (owner) {
        similar = report_nearest_def(c, name, owner->members, owner->member_count);
    } else {
        Candidates candidates = {0};
        add_ctors(c, &candidates);
        add_symbols(c, &candidates, &c->ctors);
        add_values(c, &candidates);
        similar = nearest(c, name, &candidates);
    }
    if (!owner && (strcmp(name, "True") == 0 || strcmp(name, "False") == 0))
        diag_help(c->diags, diag, "the values of Bool are `true` and `false`");
    else if (!owner && strcmp(name, "Math") == 0)
        diag_help(c->diags, diag, "the module is `math`, as in `math.sqrt(x)`");
    else if (similar)
        diag_help(c->diags, diag, "did you mean `%s`?", similar);
    else if (!owner && resolve_find_type(c, NULL, name))
        diag_help(c->diags, diag, "`%s` is a type, which is no value", name);
    else if (!owner)
        diag_note(c->diags, diag, "what begins with a capital is a type, constructor or task; values begin with a small letter");
}

void report_unknown_type(Checker *c, Symbol name, Span span) {
    if (may_be_imported(c)) return;
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_TYPE, span, "unknown type `%s`", name);
    diag_here(c->diags, diag, "not found in this scope");
    Candidates candidates = {0};
    add_types(c, &candidates);
    add_symbols(c, &candidates, &c->types);
    for (int i = 0; i < c->tparam_count; i++) vec_push(c->arena, &candidates.names, c->tparams[i]->name);
    const char *similar = report_other_name(c, &c->types, name);
    if (!similar) similar = nearest(c, name, &candidates);
    if (similar)
        diag_help(c->diags, diag, "did you mean `%s`?", similar);
    else if (name[0] && !name[1])
        diag_help(c->diags, diag, "a type parameter is declared behind the name: `fn f[%s](...)`", name);
}

void report_unknown_module(Checker *c, Symbol name, Span span) {
    if (may_be_imported(c)) return;
    span.end = span.start + (uint32_t)strlen(name);
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_NAME, span, "unknown module `%s`", name);
    diag_here(c->diags, diag, "not imported, and not of the library");
    Candidates candidates = {0};
    add_symbols(c, &candidates, &resolve_names(c, c->module)->modules);
    add_symbols(c, &candidates, &c->modules);
    const char *similar = nearest(c, name, &candidates);
    if (similar)
        diag_help(c->diags, diag, "did you mean `%s`?", similar);
    else
        diag_help(c->diags, diag, "`import %s` brings it into scope", name);
}

// ---- mismatches ------------------------------------------------------------------------------------------------------

static bool is_con(Type *type, const Def *def) {
    type = type_resolve(type);
    return type->kind == TYPE_CON && type->def == def;
}

static bool wraps(Checker *c, Type *outer, const Def *def, Type *inner) {
    return is_con(outer, def) && unify_could(c, type_resolve(outer)->args[0], inner);
}

static const char *source_text(Checker *c, Span span) {
    SourceFile *file = source_file(&c->context->sources, span.file);
    return arena_copy_string(c->arena, file->text + span.start, span.end - span.start);
}

static const char *help_of_number(Checker *c, Ast *node, Type *found, Type *expected) {
    if (type_is(expected, BUILTIN_FLOAT) && type_is(found, BUILTIN_INT)) {
        if (node->kind == AST_int) return arena_printf(c->arena, "write `%s.0`", source_text(c, node->span));
        return "Int does not become Float by itself: use `.to_float()`";
    }
    if (type_is(expected, BUILTIN_INT) && type_is(found, BUILTIN_FLOAT))
        return "Float does not become Int by itself: `.floor()` and `.round()` give an Option[Int]";
    if (type_is(expected, BUILTIN_DURATION) && type_is(found, BUILTIN_INT))
        return "a unit makes a Duration of an Int: `5.s`, `(n * 2).ms`";
    if (type_is(expected, BUILTIN_INT) && type_is(found, BUILTIN_DURATION))
        return "`.to_s()`, `.to_ms()`, `.to_us()` and `.to_ns()` make an Int of a Duration, `.times(n)` multiplies it";
    if (type_is(expected, BUILTIN_BYTES) && type_is(found, BUILTIN_STRING))
        return "`bytes.from_string(text)` makes Bytes of a String";
    if (type_is(expected, BUILTIN_STRING) && type_is(found, BUILTIN_BYTES))
        return "`.to_string()` gives an Option[String], `.to_hex()` the digits as a String";
    if (type_is(expected, BUILTIN_STRING) &&
        (type_is(found, BUILTIN_INT) || type_is(found, BUILTIN_FLOAT) || type_is(found, BUILTIN_BOOL)))
        return "make a text of it: `\"{...}\"`";
    if (type_is(found, BUILTIN_STRING) && node->kind != AST_string &&
        (type_is(expected, BUILTIN_INT) || type_is(expected, BUILTIN_FLOAT)))
        return type_is(expected, BUILTIN_INT) ? "`.to_int()` gives an Option[Int]" : "`.to_float()` gives an Option[Float]";
    return NULL;
}

// A closure of several parameters takes a tuple apart, a named function does not.
static bool takes_tuple_apart(Type *found, Type *expected) {
    if (found->kind != TYPE_FN || expected->kind != TYPE_FN || expected->arg_count != 2) return false;
    Type *tuple = type_resolve(expected->args[0]);
    return tuple->kind == TYPE_TUPLE && tuple->arg_count == 2 && found->arg_count == 3;
}

// Between List, Map and Set.
static const char *help_of_container(Checker *c, Type *found, Type *expected) {
    Program *program = c->program;
    if (is_con(found, program->list_type)) {
        if (is_con(expected, program->map_type)) return "`.to_map()` makes a map of a list of pairs; the empty map is `[:]`";
        if (is_con(expected, program->set_type)) return "`.to_set()` makes a set of its elements";
    }
    if (!is_con(expected, program->list_type)) return NULL;
    if (is_con(found, program->map_type))
        return "`.to_list()` gives its entries as pairs, `.keys()` and `.values()` what is in them";
    if (is_con(found, program->set_type)) return "`.to_list()` gives its elements";
    return NULL;
}

static const char *help_of_wrapper(Checker *c, Type *found, Type *expected) {
    Program *program = c->program;
    if (wraps(c, found, program->future_type, expected)) return "`await` waits for what comes of a future";
    if (wraps(c, found, program->promise_type, expected)) return "`await p.future()` waits for what a promise is completed with";
    if (is_con(found, program->promise_type) && is_con(expected, program->future_type))
        return "`.future()` is the future of a promise";
    if (program->option_type && wraps(c, found, program->option_type, expected))
        return "the value may be missing: `match` on it, or give one for that case with `.or(...)`";
    if (program->option_type && wraps(c, expected, program->option_type, found)) return "wrap it: `Some(...)`";
    if (program->option_type && is_con(found, program->option_type) && is_con(expected, program->list_type))
        return "`.to_list()` makes a list of it, empty if there is no value";
    if (type_is(found, BUILTIN_STRING) && is_con(expected, program->list_type))
        return "`.chars()` makes a list of it, `.slice(from, to)` gives a part";
    if (type_is(found, BUILTIN_BYTES) && is_con(expected, program->list_type))
        return "`.get(i)` gives a byte, `.to_list()` makes a list of all of them";
    if (is_con(found, program->list_type) && is_con(expected, program->stream_type))
        return "`from(...)` makes a stream of a list";
    if (is_con(found, program->stream_type) && is_con(expected, program->list_type))
        return "a stream is no list: its events are seen by `map`, `filter` or a task";
    if (found->kind == TYPE_TUPLE && is_con(expected, program->list_type) && type_resolve(expected->args[0])->kind == TYPE_VAR)
        return "a tuple is taken apart by a pattern, such as `(a, b)`";
    bool open = is_con(expected, program->list_type) && type_resolve(expected->args[0])->kind == TYPE_VAR;
    if (!open && wraps(c, expected, program->list_type, found)) return "a list of one is written `[...]`";
    return help_of_container(c, found, expected);
}

static const char *help_of_shape(Ast *node, Type *found, Type *expected) {
    if (node->kind == AST_if && !node->kid[if_otherwise]) return "without `else`, an `if` has no value: add an `else` branch";
    if (node->kind == AST_try) return "`match` on the Result; without `try` there is no Result, and an error is raised";
    if (type_is_unit(expected) && node->kind != AST_tuple)
        return "a function without `->` gives nothing: say what it gives, as in `-> Int`";
    if (node->kind == AST_return) return "say what it gives behind `return`";
    if (type_is_unit(found) && !check_is_expr(node)) return "the value of a block is that of its last expression";
    if (type_is_unit(found) && node->kind == AST_block) return "the value of a block is that of its last expression";
    if (found->kind == TYPE_FN && expected->kind != TYPE_FN && node->kind != AST_closure)
        return "this is a function: call it with `(...)`";
    return NULL;
}

static const char *help_of_any(Checker *c, Type *found, Type *expected) {
    if (type_is(expected, BUILTIN_ANY)) return "an Any is made of a value by `... as Any`";
    if (!type_is(found, BUILTIN_ANY)) return NULL;
    return arena_printf(c->arena, "`... as %s` takes the value out, as an Option", report_type(c, expected));
}

static void mismatch_help(Checker *c, Diag *diag, Ast *node, Type *found, Type *expected) {
    if (node->kind >= AST_p_wild) return; // a pattern: what helps with values would mislead
    const char *help = help_of_any(c, found, expected);
    if (!help) help = help_of_number(c, node, found, expected);
    if (!help) help = help_of_wrapper(c, found, expected);
    if (!help) help = help_of_shape(node, found, expected);
    if (!help && takes_tuple_apart(found, expected) && node->kind == AST_name)
        help = arena_printf(c->arena, "the argument is one tuple; a closure takes it apart: `(a, b) => %s(a, b)`", node->name);
    if (help) diag_help(c->diags, diag, "%s", help);
}

static void report_infinite(Checker *c, Ast *node, Type *found, Type *expected) {
    Diag *diag = diag_add(c->diags, DIAG_INFINITE_TYPE, node->span, "the type of this would have to contain itself");
    diag_here(c->diags, diag, "this is %s", report_type(c, found));
    diag_note(c->diags, diag, "it is used as %s, too, and the two cannot be equal", report_type(c, expected));
}

static const char *declared_by(Checker *c, const Def *def) {
    if (module_is_app(def->module)) return "the program";
    return arena_printf(c->arena, "the module `%s`", def->module->name);
}

// Types that are written alike.
static void note_same_name(Checker *c, Diag *diag, const Type *found, const Type *expected) {
    bool declared = found->kind == TYPE_CON && expected->kind == TYPE_CON && found->def->module != expected->def->module;
    if (declared)
        diag_note(c->diags, diag, "the one that is expected is declared by %s, the other by %s", declared_by(c, expected->def),
                  declared_by(c, found->def));
    else
        diag_note(c->diags, diag, "the two are different types of the same name");
}

// `sum` and `join` are for lists of one kind of elements.
static void help_sum_or_join(Checker *c, Diag *diag, Type *found, const char *callee) {
    if (diag->help || !is_con(found, c->program->list_type)) return;
    Type *element = type_resolve(found->args[0]);
    if (strcmp(callee, "join") == 0)
        diag_help(c->diags, diag, "make texts of the elements: `.map(x => \"{x}\")`");
    else if (strcmp(callee, "sum") == 0 && type_is(element, BUILTIN_FLOAT))
        diag_help(c->diags, diag, "`float.sum(xs)` adds Floats");
    else if (strcmp(callee, "sum") == 0 && type_is(element, BUILTIN_STRING))
        diag_help(c->diags, diag, "make numbers of them: `.filter_map(string.to_int)`");
}

void report_mismatch(Checker *c, Ast *node, Type *found, const Expect *expect, UnifyResult result) {
    Type *expected = type_resolve(expect->type);
    found = type_resolve(found);
    if (result == UNIFY_TOO_BIG) {
        report_too_big(c, node->span);
        return;
    }
    if (result == UNIFY_INFINITE) {
        report_infinite(c, node, found, expected);
        return;
    }
    const char *found_text = report_type(c, found), *expected_text = report_type(c, expected);
    Diag *diag = diag_add(c->diags, DIAG_TYPE_MISMATCH, node->span, "expected %s, found %s", expected_text, found_text);
    diag_here(c->diags, diag, "this is %s", found_text);
    if (expect->reason) report_label(c, diag, expect->why, "%s is expected because of this %s", expected_text, expect->reason);
    if (expect->parameter && expect->why.file != node->span.file)
        diag_note(c->diags, diag, "the parameter `%s` of `%s` is %s", expect->parameter, expect->callee, expected_text);
    if (expect->note)
        diag_note(c->diags, diag, "%s", expect->note);
    else if (strcmp(found_text, expected_text) == 0)
        note_same_name(c, diag, found, expected);
    mismatch_help(c, diag, node, found, expected);
    if (expect->parameter) help_sum_or_join(c, diag, found, expect->callee);
    unify(c, c->error_type, expected); // what it leaves open is not looked at any more
}
