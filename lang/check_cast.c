#include "lang/check_internal.h"

// `x as Any` makes an Any, which holds a value and its type; `a as T` takes the value out: an Option[T]. There are no other
// casts.

static const char *conversion(Type *from, Type *to) {
    bool from_int = type_is(from, BUILTIN_INT), from_float = type_is(from, BUILTIN_FLOAT);
    bool from_string = type_is(from, BUILTIN_STRING);
    if (type_is(to, BUILTIN_STRING)) return "a text of a value is written `\"{x}\"`";
    if (type_is(to, BUILTIN_FLOAT) && from_int) return "`.to_float()` makes a Float of an Int";
    if (type_is(to, BUILTIN_INT) && from_float)
        return "`.floor()`, `.round()`, `.ceil()` and `.trunc()` make an Option[Int] of a Float";
    if (type_is(to, BUILTIN_INT) && from_string) return "`.to_int()` makes an Option[Int] of a String";
    if (type_is(to, BUILTIN_FLOAT) && from_string) return "`.to_float()` makes an Option[Float] of a String";
    if (type_is(to, BUILTIN_INT) && type_is(from, BUILTIN_DURATION)) return "`.to_s()` and `.to_ms()` make an Int of a Duration";
    if (type_is(to, BUILTIN_DURATION) && from_int) return "a unit makes a Duration of an Int: `n.s`";
    if (type_is(to, BUILTIN_BYTES) && from_string) return "`bytes.from_string(text)` makes Bytes of a String";
    return "`x as Any` makes an Any of a value, and `a as T` takes a T out of an Any";
}

static Type *bad_cast(Checker *c, const Ast *node, Type *from, Type *to) {
    bool anys = type_is(from, BUILTIN_ANY);
    Diag *diag = diag_add(c->diags, DIAG_BAD_CAST, node->span, anys ? "this is an Any already" : "%s cannot be cast to %s",
                          report_type(c, from), report_type(c, to));
    diag_here(c->diags, diag, anys ? "`as Any` has nothing to do" : "`as` is for Any alone");
    diag_help(c->diags, diag, "%s", anys ? "leave `as Any` out; `a as Int` takes an Int out of it" : conversion(from, to));
    return c->error_type;
}

static Type *unknown_value(Checker *c, const Ast *value) {
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_INFER, value->span, "the type of this must be known to cast it");
    diag_here(c->diags, diag, "its type is not known yet");
    diag_help(c->diags, diag, "annotate it where it is bound, or pass the closure where its parameter types are known");
    return c->error_type;
}

Type *check_cast(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    Ast *value = node->kid[cast_value];
    Type *from = type_resolve(check_expr(c, value, NULL)), *to = resolve_type(c, node->kid[cast_type], STREAM_FORBIDDEN);
    if (from->kind == TYPE_ERROR || to->kind == TYPE_ERROR) return c->error_type;
    if (from->kind == TYPE_VAR) return unknown_value(c, value);
    bool makes = type_is(to, BUILTIN_ANY), takes = type_is(from, BUILTIN_ANY);
    if (makes == takes) return bad_cast(c, node, from, to);
    return makes ? to : type_con(c->arena, c->program->option_type, &to, 1);
}
