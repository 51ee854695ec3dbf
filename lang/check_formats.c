#include "lang/check_internal.h"

// What has no form in JSON: functions, Anys and futures. The message says where in the type they are.

// A way into a type, to something that has no form.
typedef struct Way {
    Checker *c;
    VEC(const Def *) seen; // types on the way, or looked at without success
    Buf path;              // "Order.items.callback"
} Way;

static bool is_unfit(const Type *type) {
    Type *resolved = (Type *)type;
    return type->kind == TYPE_FN || type_is(resolved, BUILTIN_ANY) || type_is(resolved, BUILTIN_FUTURE) ||
           type_is(resolved, BUILTIN_PROMISE);
}

static Type *find_unfit(Way *way, Type *type);

static Type *find_in_field(Way *way, const Def *of, const Def *field, Type *record) {
    size_t before = way->path.length;
    if (!before) buf_puts(&way->path, of->name);
    buf_printf(&way->path, ".%s", field->name);
    const Def *def = record->def;
    Type *found = find_unfit(way, type_substitute(way->c->arena, field->type, def->tparams, record->args, def->tparam_count));
    if (!found) way->path.length = before;
    return found;
}

static Type *find_in_fields(Way *way, Type *type) {
    const Def *def = type->def;
    for (int i = 0; i < way->seen.count; i++)
        if (way->seen.items[i] == def) return NULL;
    vec_push(way->c->arena, &way->seen, def);
    for (int i = 0; i < def->member_count; i++) {
        const Def *variant = def->members[i];
        for (int k = 0; k < variant->member_count; k++) {
            Type *found = find_in_field(way, variant, variant->members[k], type);
            if (found) return found;
        }
    }
    return NULL;
}

static Type *find_unfit(Way *way, Type *type) {
    type = type_resolve(type);
    if (is_unfit(type)) return type;
    if (!check_has_function(type) && !check_has_any(type) && !check_has_future(type)) return NULL;
    for (int i = 0; i < type->arg_count; i++) {
        Type *found = find_unfit(way, type->args[i]);
        if (found) return found;
    }
    return type->kind == TYPE_CON ? find_in_fields(way, type) : NULL;
}

void check_json(Checker *c, const Def *user, Type *type, Span span) {
    Way way = {.c = c};
    Type *found = find_unfit(&way, type);
    if (found) {
        Diag *diag = diag_add(c->diags, DIAG_NO_JSON, span, "there is no JSON for %s, which `%s` reads or writes",
                              report_type(c, type), user->name);
        if (way.path.length)
            diag_here(c->diags, diag, "`%s` is %s", buf_text(&way.path), report_type(c, found));
        else if (found == type_resolve(type))
            diag_here(c->diags, diag, "this is %s", report_type(c, found));
        else
            diag_here(c->diags, diag, "there is %s in it", report_type(c, found));
        diag_help(c->diags, diag,
                  "functions, Anys and futures have no JSON: `map` the events to a record of what is to be written");
    }
    buf_free(&way.path);
}
