#include "lang/check_internal.h"

#include <string.h>

// The signatures of foreign functions: only types cross of which both sides know how they lie in memory. Tuples and records are
// structs, whatever is in them.

CNumber check_c_number(Symbol name) {
    static const char *const names[] = {
#define C_NUMBER(NAME, name, bytes) [C_##NAME] = name,
#include "lang/c_numbers.def"
#undef C_NUMBER
    };
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return (CNumber)i;
    return C_NONE;
}

void check_stray_c_number(Checker *c, Symbol name, Span span) {
    const char *type = foreign_is_whole(check_c_number(name)) ? "Int" : "Float";
    Diag *diag = diag_add(c->diags, DIAG_C_NUMBER, span, "`%s` is a type of C only", name);
    diag_here(c->diags, diag, "known in the signature of a foreign function");
    diag_help(c->diags, diag, "write `%s`: what such a function takes and gives as `%s` is %s %s elsewhere", type, name,
              *type == 'I' ? "an" : "a", type);
}

// ---- types -----------------------------------------------------------------------------------------------------------

// A part of the signature that is looked at.
typedef struct Part {
    const char *what;   // "the parameter `size`", "the result"
    const char *within; // that of the whole parameter or result
    Span span;
    bool whole_result; // not within a struct, and what the function gives
    int parts;         // so far
} Part;

// Why values of the type do not cross, and what to do instead.
typedef struct Reason {
    const char *why;
    const char *help;
} Reason;

static Reason reason_of_builtin(const Def *def) {
    switch (def->builtin) {
    case BUILTIN_LIST: return (Reason){"a List has no counterpart in C", "call the function for each element, or pass Bytes"};
    case BUILTIN_MAP:
    case BUILTIN_SET: return (Reason){"maps and sets have no counterpart in C", "pass what is needed of it, one by one"};
    case BUILTIN_DURATION:
        return (Reason){"C does not know what a Duration counts", "pass an Int: `d.to_ms()` says how many milliseconds it has"};
    case BUILTIN_ANY: return (Reason){"an Any may hold anything", "take the value out of it by `as`, and pass that"};
    case BUILTIN_FUTURE:
    case BUILTIN_PROMISE: return (Reason){"only the task that has it can wait for it", "await it, and pass what comes"};
    default: return (Reason){"the compiler cannot know that a function of C does not return", "leave the result out"};
    }
}

static Reason reason_of(Type *type) {
    if (type->kind == TYPE_FN)
        return (Reason){"C cannot call back into a program", "let the function return what is needed, and go on with that"};
    if (type->kind == TYPE_TUPLE) return (Reason){"`()` is no value to C", "leave it out"};
    const Def *def = type->def;
    if (def->builtin) return reason_of_builtin(def);
    if (def->recursive) return (Reason){"it contains itself, so that it is no struct", "pass its parts one by one"};
    if (check_is_local_record(type)) return (Reason){"a local record is never passed on", "pass its fields"};
    if (def_is_of_library(def, "option", "Option"))
        return (Reason){"C has no Option; only a result may be an Option[String], which is None if C gives NULL",
                        "pass a Bool along, which says whether the value counts"};
    if (def->form == FORM_ENUM) return (Reason){"an enum has no counterpart in C", "pass an Int that says which variant it is"};
    if (def->tparam_count) return (Reason){"C does not know generic types", "declare a record with these very fields"};
    return (Reason){"C has no struct without fields", "leave it out"};
}

static bool refuse(Checker *c, const Part *part, Type *type) {
    Reason reason = reason_of(type);
    const char *text = report_type(c, type), *article = *text == '(' ? "" : strchr("AEIOU", *text) ? "an " : "a ";
    Diag *diag = diag_add(c->diags, DIAG_FOREIGN_TYPE, part->span, "%s cannot be %s%s", part->what, article, text);
    diag_here(c->diags, diag, "%s", reason.why);
    diag_help(c->diags, diag, "%s", reason.help);
    return false;
}

static bool refuse_size(Checker *c, const Part *part) {
    Diag *diag = diag_add(c->diags, DIAG_FOREIGN_TYPE, part->span, "%s is too large for C", part->within);
    diag_here(c->diags, diag, "it has more than %d parts", FOREIGN_MOST_PARTS);
    diag_help(c->diags, diag, "pass Bytes");
    return false;
}

static bool crosses(Checker *c, Part *part, Type *type);

static bool crosses_within(Checker *c, Part *part, Type *type, const char *what) {
    Part inner = {.what = what, .within = part->within, .span = part->span, .parts = part->parts};
    bool does = crosses(c, &inner, type);
    part->parts = inner.parts;
    return does;
}

static bool crosses_tuple(Checker *c, Part *part, Type *type) {
    for (int i = 0; i < type->arg_count; i++)
        if (!crosses_within(c, part, type->args[i], arena_printf(c->arena, "element %d of %s", i + 1, part->what))) return false;
    return true;
}

static bool crosses_record(Checker *c, Part *part, Type *type) {
    const Def *ctor = type->def->members[0];
    for (int i = 0; i < ctor->member_count; i++) {
        const char *what = arena_printf(c->arena, "the field `%s` of the record `%s`", ctor->members[i]->name, type->def->name);
        if (!crosses_within(c, part, ctor->members[i]->type, what)) return false;
    }
    return true;
}

static bool is_plain(Type *type) {
    return type_is(type, BUILTIN_INT) || type_is(type, BUILTIN_FLOAT) || type_is(type, BUILTIN_BOOL) ||
           type_is(type, BUILTIN_STRING) || type_is(type, BUILTIN_BYTES);
}

static bool is_struct(Type *type) {
    const Def *def = type->kind == TYPE_CON ? type->def : NULL;
    return def && def->form == FORM_RECORD && !def->tparam_count && !def->recursive && def->members[0]->member_count &&
           !check_is_local_record(type);
}

static bool is_optional_string(const Checker *c, Type *type) {
    return type->kind == TYPE_CON && type->def == c->program->option_type && type_is(type->args[0], BUILTIN_STRING);
}

// Whether values of the type cross; reported if they do not.
static bool crosses(Checker *c, Part *part, Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_ERROR) return false;
    if (part->whole_result && (type_is_unit(type) || is_optional_string(c, type))) return true;
    if (is_plain(type)) return ++part->parts <= FOREIGN_MOST_PARTS || refuse_size(c, part);
    if (type->kind == TYPE_TUPLE && type->arg_count) return crosses_tuple(c, part, type);
    return is_struct(type) ? crosses_record(c, part, type) : refuse(c, part, type);
}

// ---- the declaration -------------------------------------------------------------------------------------------------

static void check_text(Checker *c, const Ast *text, const char *what, const char *help) {
    if (text->length && !memchr(text->text, 0, text->length)) return;
    Diag *diag = diag_add(c->diags, DIAG_FOREIGN_NAME, text->span, "this cannot be the name of a %s", what);
    diag_here(c->diags, diag, "%s", text->length ? "it has a zero byte" : "it is empty");
    diag_help(c->diags, diag, "%s", help);
}

static void report_generic(Checker *c, const Def *def) {
    Span span = span_join(def->tparams[0]->span, def->tparams[def->tparam_count - 1]->span);
    Diag *diag = diag_add(c->diags, DIAG_BAD_FOREIGN, span, "the foreign function `%s` has type parameters", def->name);
    diag_here(c->diags, diag, "C does not know what they stand for");
    diag_help(c->diags, diag, "declare it once for each type that it is used with, under names of your own: `= \"%s\"`",
              def->name);
}

static void check_parameter(Checker *c, const Ast *parameter, Type *type) {
    const Ast *pattern = parameter->kid[parameter_pattern];
    if (pattern->kind != AST_p_name && pattern->kind != AST_p_wild) {
        Diag *diag = diag_add(c->diags, DIAG_BAD_FOREIGN, pattern->span, "a parameter of a foreign function is a name");
        diag_here(c->diags, diag, "there is no code in Portals that could take it apart");
        return;
    }
    Part part = {.what = pattern->name ? arena_printf(c->arena, "the parameter `%s`", pattern->name) : "the parameter",
                 .span = parameter->kid[parameter_type]->span};
    part.within = part.what;
    crosses(c, &part, type);
}

void check_foreign(Checker *c, Def *def) {
    const Ast *ast = def->ast, *params = ast->kid[fn_params], *result = ast->kid[fn_result], *symbol = ast->kid[fn_symbol];
    check_text(c, ast->kid[fn_library], "library", "write the name of its file, as in \"libm.so.6\", or a path to it");
    if (symbol) check_text(c, symbol, "symbol", "write the name of the function in C, or leave it out if that is the same");
    if (def->tparam_count) {
        report_generic(c, def);
        return;
    }
    for (int i = 0; i < params->kid_count; i++) check_parameter(c, params->kid[i], def->type->args[i]);
    Part part = {.what = "the result", .within = "the result", .span = result ? result->span : def->span, .whole_result = true};
    crosses(c, &part, def->type->args[params->kid_count]);
}
