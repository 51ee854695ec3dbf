#include "vm/rebind.h"

#include <stdlib.h>
#include <string.h>

#include "vm/encode.h"
#include "vm/memory.h"
#include "vm/schema_internal.h"

// ---- who takes whose place ----

static bool is_function(const PtClosure *closure) {
    return closure->desc && closure->desc->kind == PT_FN;
}

static bool same_type(const PtDesc *was, const PtDesc *is) {
    Buf change = {0};
    bool same = schema_same_type(was, is, &change);
    buf_free(&change);
    return same;
}

// Then a value of the one is a value of the other: what is captured has the same names, types and order.
static bool fits(const PtClosure *was, const PtClosure *is) {
    if (strcmp(was->name, is->name) != 0 || was->field_count != is->field_count || !same_type(was->desc, is->desc)) return false;
    for (uint64_t i = 0; i < was->field_count; i++) {
        const PtField *before = &was->fields[i], *now = &is->fields[i];
        if (strcmp(before->name ? before->name : "", now->name ? now->name : "") != 0) return false;
        if (!same_type(before->desc, now->desc)) return false;
    }
    return true;
}

// The number of the closure, -1 if there is none.
static int64_t find_heir(const PtClosure *was, const PtProgram *is) {
    for (uint64_t i = 0; i < is->closure_count; i++)
        if (is_function(&is->closures[i]) && fits(was, &is->closures[i])) return (int64_t)i;
    return -1;
}

static bool has_code(const PtProgram *program, uint64_t id) {
    uint64_t at = 0;
    for (const PtClosure *closure; (closure = program_next_code(program, id, &at));)
        if (is_function(closure)) return true;
    return false;
}

// ---- in words ----

static void put_function(Buf *out, const PtProgram *program, const PtClosure *closure) {
    buf_printf(out, "`%s`", closure->name);
    if (closure->position >= program->position_count) return;
    const PtPosition *at = &program->positions[closure->position];
    if (*at->file) buf_printf(out, " at %s:%u:%u", at->file, at->line, at->column);
}

static char *error_of(const PtProgram *was, const PtClosure *closure, bool has_heir) {
    Buf text = {0};
    buf_puts(&text, "there is a function value whose code has changed or is gone: ");
    put_function(&text, was, closure);
    buf_puts(&text, "\n   = help: run the program that wrote the directory");
    if (has_heir) buf_puts(&text, "; or go on with the function that has this name now, by `--rebind`");
    char *copy = MEMORY_NEW(char, text.length + 1);
    memcpy(copy, text.data, text.length);
    buf_free(&text);
    return copy;
}

// ---- all ----

static int compare_ids(const void *a, const void *b) {
    uint64_t left = ((const Rebinding *)a)->id, right = ((const Rebinding *)b)->id;
    return left < right ? -1 : left > right;
}

void rebind_compare(Rebindings *rebindings, const PtProgram *was, const PtProgram *is, bool allowed) {
    rebind_free(rebindings);
    rebindings->allowed = allowed;
    rebindings->items = MEMORY_NEW(Rebinding, was->closure_count);
    for (uint64_t i = 0; i < was->closure_count; i++) {
        const PtClosure *closure = &was->closures[i];
        if (!is_function(closure) || has_code(is, closure->id)) continue;
        int64_t heir = find_heir(closure, is);
        rebindings->items[rebindings->count++] = (Rebinding){closure->id, heir, error_of(was, closure, heir >= 0)};
    }
    if (rebindings->count) qsort(rebindings->items, rebindings->count, sizeof *rebindings->items, compare_ids);
}

void rebind_free(Rebindings *rebindings) {
    for (size_t i = 0; i < rebindings->count; i++) free(rebindings->items[i].error);
    free(rebindings->items);
    *rebindings = (Rebindings){0};
}

const Rebinding *rebind_find(const Rebindings *rebindings, uint64_t id) {
    Rebinding key = {.id = id};
    if (!rebindings || !rebindings->count) return NULL;
    return bsearch(&key, rebindings->items, rebindings->count, sizeof key, compare_ids);
}

void rebind_tell(const Rebindings *rebindings, const PtProgram *is, Buf *out) {
    for (size_t i = 0; i < rebindings->count; i++) {
        if (!rebind_takes_place(rebindings, &rebindings->items[i])) continue;
        buf_puts(out, "  a function that has changed goes on as it is now: ");
        put_function(out, is, &is->closures[rebindings->items[i].code]);
        buf_putc(out, '\n');
    }
}
