// Finding what has changed in a type. The names of types are unique in a program, so of two types with the same name one took the
// place of the other, and each has to be looked at once.
#include <stdlib.h>
#include <string.h>

#include "vm/desc_set.h"
#include "vm/memory.h"
#include "vm/schema_internal.h"

typedef struct Comparison {
    DescSet was;       // the types that have been found
    const PtDesc **is; // what took the place of each
    size_t capacity;
    Buf *change;
} Comparison;

static void add(Comparison *c, const PtDesc *was, const PtDesc *is) {
    size_t known = c->was.count;
    if (desc_set_add(&c->was, was) < known) return;
    c->is = memory_grow(c->is, known, &c->capacity, sizeof(PtDesc *));
    c->is[known] = is;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_name(const PtDesc *was, const PtDesc *is) {
    return was->kind == is->kind && strcmp(was->name, is->name) == 0;
}

// ---- what is said about a type that is not what it was ----

static bool begin(Comparison *c, const PtDesc *type) {
    bool itself = type == c->was.items[0];
    buf_printf(c->change, "%s %s, ", itself ? "is of type" : "contains", type->name);
    return false;
}

// "whose field `x`", "whose variant `Add` had a field 2 that"
static void put_field(Comparison *c, const PtDesc *type, uint64_t variant, uint64_t field) {
    const PtVariant *of = &type->variants[variant];
    buf_puts(c->change, "whose ");
    if (type->kind == PT_ENUM) buf_printf(c->change, "variant `%s` has a ", of->name);
    if (of->fields[field].name)
        buf_printf(c->change, "field `%s`", of->fields[field].name);
    else
        buf_printf(c->change, "field %llu", (unsigned long long)field + 1);
    if (type->kind == PT_ENUM) buf_puts(c->change, " that");
}

static bool field_renamed(Comparison *c, const PtDesc *type, uint64_t variant, uint64_t field, const char *name) {
    begin(c, type);
    put_field(c, type, variant, field);
    if (name)
        buf_printf(c->change, " is now `%s`", name);
    else
        buf_puts(c->change, " has no name now");
    return false;
}

static bool field_changed(Comparison *c, const PtDesc *type, uint64_t variant, uint64_t field, const PtDesc *is) {
    begin(c, type);
    put_field(c, type, variant, field);
    buf_printf(c->change, " was %s and is %s", type->variants[variant].fields[field].desc->name, is->name);
    return false;
}

static bool counts_changed(Comparison *c, const PtDesc *type, const char *what, uint64_t was, uint64_t is) {
    begin(c, type);
    buf_printf(c->change, "which had %llu %s%s and has %llu", (unsigned long long)was, what, was == 1 ? "" : "s",
               (unsigned long long)is);
    return false;
}

static bool variant_changed(Comparison *c, const PtDesc *type, uint64_t variant, const char *is) {
    begin(c, type);
    buf_printf(c->change, "whose variant %llu was `%s` and is `%s`", (unsigned long long)variant + 1,
               type->variants[variant].name ? type->variants[variant].name : "", is ? is : "");
    return false;
}

// ---- comparing ----

static bool compare_fields(Comparison *c, const PtDesc *was, const PtDesc *is, uint64_t variant) {
    const PtVariant *a = &was->variants[variant], *b = &is->variants[variant];
    if (a->field_count != b->field_count) return counts_changed(c, was, "field", a->field_count, b->field_count);
    for (uint64_t i = 0; i < a->field_count; i++) {
        const PtField *x = &a->fields[i], *y = &b->fields[i];
        if (!same_text(x->name, y->name)) return field_renamed(c, was, variant, i, y->name);
        if (!same_name(x->desc, y->desc)) return field_changed(c, was, variant, i, y->desc);
        add(c, x->desc, y->desc);
    }
    return true;
}

// What a list, map or set consists of: "elements", "keys" or "values" of it.
static bool compare_parts(Comparison *c, const PtDesc *type, const char *what, const PtDesc *was, const PtDesc *is) {
    if (same_name(was, is)) {
        add(c, was, is);
        return true;
    }
    begin(c, type);
    buf_printf(c->change, "whose %s were %s and are %s", what, was->name, is->name);
    return false;
}

// Two types of the same name.
static bool compare(Comparison *c, const PtDesc *was, const PtDesc *is) {
    bool map = was->kind == PT_MAP;
    if (was->elem && !compare_parts(c, was, map ? "keys" : "elements", was->elem, is->elem)) return false;
    if (map && !compare_parts(c, was, "values", was->mapped, is->mapped)) return false;
    for (uint64_t i = 0; i < was->variant_count && i < is->variant_count; i++)
        if (!same_text(was->variants[i].name, is->variants[i].name)) return variant_changed(c, was, i, is->variants[i].name);
    if (was->variant_count != is->variant_count) return counts_changed(c, was, "variant", was->variant_count, is->variant_count);
    for (uint64_t i = 0; i < was->variant_count; i++)
        if (!compare_fields(c, was, is, i)) return false;
    return true;
}

bool schema_same_type(const PtDesc *was, const PtDesc *is, Buf *change) {
    if (!same_name(was, is)) {
        buf_printf(change, "was %s and is %s", was->name, is->name);
        return false;
    }
    Comparison c = {.change = change};
    add(&c, was, is);
    bool same = true;
    for (size_t i = 0; same && i < c.was.count; i++) same = compare(&c, c.was.items[i], c.is[i]); // grows meanwhile
    desc_set_free(&c.was);
    free(c.is);
    return same;
}
