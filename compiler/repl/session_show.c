// session_show.c - what is said of values and definitions.
#include "compiler/repl/session_internal.h"

#include <string.h>

#include "vm/map.h"
#include "vm/show.h"

enum {
    SHOWN_BYTES = 1000,  // of a value, about
    ELEMENT_BYTES = 200, // an element is not cut before that
};

void show_dim(const Session *session, Buf *out, const char *text) {
    if (session->options.colour) buf_puts(out, "\033[2m");
    buf_puts(out, text);
    if (session->options.colour) buf_puts(out, "\033[0m");
}

// ---- values ----------------------------------------------------------------------------------------------------------

typedef struct Shown {
    Buf *out;
    const PtProgram *program;
    size_t end; // of the output, where it is enough
} Shown;

static bool show_part(Shown *shown, const PtDesc *desc, const void *value) {
    return show_value(shown->out, desc, value, shown->program, SHOW_LITERAL, shown->end);
}

// What was shown of a value is cut where a character ends.
static void cut(Shown *shown) {
    size_t length = shown->end;
    while (length > 0 && ((unsigned char)shown->out->data[length] & 0xC0) == 0x80) length--;
    shown->out->length = length;
    buf_puts(shown->out, "…");
}

// 999900 as 999,900.
static void put_count(Buf *out, uint64_t count) {
    if (count >= 1000) {
        put_count(out, count / 1000);
        buf_printf(out, ",%03d", (int)(count % 1000));
    } else {
        buf_printf(out, "%d", (int)count);
    }
}

// Before element number `i`; false if there is no room for more.
static bool begin_element(Shown *shown, uint64_t i, uint64_t count) {
    if (shown->out->length < shown->end) {
        if (i) buf_puts(shown->out, ", ");
        return true;
    }
    buf_puts(shown->out, ", … ");
    put_count(shown->out, count - i);
    buf_puts(shown->out, " more");
    return false;
}

static void show_element(Shown *shown, const PtDesc *desc, const void *value) {
    Shown element = *shown;
    if (element.end < shown->out->length + ELEMENT_BYTES) element.end = shown->out->length + ELEMENT_BYTES;
    if (!show_part(&element, desc, value)) cut(&element);
}

static void show_list(Shown *shown, const PtDesc *desc, const PtList *list) {
    buf_putc(shown->out, '[');
    for (uint64_t i = 0; i < (uint64_t)list->size && begin_element(shown, i, (uint64_t)list->size); i++)
        show_element(shown, desc->elem, (const char *)list->data + i * desc->elem->size);
    buf_putc(shown->out, ']');
}

static void show_map(Shown *shown, const PtDesc *desc, const PtMap *map) {
    bool set = desc->kind == PT_SET;
    uint64_t size = map_size(map);
    buf_puts(shown->out, set ? "set.of([" : size ? "[" : "[:");
    for (uint64_t i = 0; i < size && begin_element(shown, i, size); i++) {
        const void *key, *value;
        map_run(map, i, desc->elem, desc->mapped, &key, &value);
        show_element(shown, desc->elem, key);
        if (set) continue;
        buf_puts(shown->out, ": ");
        if (shown->out->length <= shown->end) show_element(shown, desc->mapped, value);
    }
    buf_puts(shown->out, set ? "])" : "]");
}

static void show_any_value(Shown *shown, PtValue value) {
    switch ((PtKind)value.desc->kind) {
    case PT_LIST: show_list(shown, value.desc, (const PtList *)value.at); return;
    case PT_MAP:
    case PT_SET: show_map(shown, value.desc, (const PtMap *)value.at); return;
    default:
        if (!show_part(shown, value.desc, value.at)) cut(shown);
    }
}

static void show_shortened(Type *type, PtValue value, const PtProgram *program, Buf *out) {
    Shown shown = {out, program, out->length + SHOWN_BYTES};
    if (type_resolve(type)->kind == TYPE_FN)
        buf_puts(out, "fn");
    else
        show_any_value(&shown, value);
}

void show_constant(Session *session, const char *name, Type *type, PtValue value, const PtProgram *program, Buf *out) {
    Arena arena = {0};
    buf_puts(out, name);
    show_dim(session, out, arena_printf(&arena, ": %s", type_text(&arena, type)));
    arena_free(&arena);
    if (!value.desc) return;
    buf_puts(out, " = ");
    show_shortened(type, value, program, out);
}

void show_typed(Session *session, Type *type, PtValue value, const PtProgram *program, Buf *out) {
    Arena arena = {0};
    show_shortened(type, value, program, out);
    show_dim(session, out, arena_printf(&arena, ": %s", type_text(&arena, type)));
    buf_putc(out, '\n');
    arena_free(&arena);
}

// ---- definitions -----------------------------------------------------------------------------------------------------

static const char *word_of(const Ast *ast) {
    switch (ast->kind) {
    case AST_const: return "let";
    case AST_alias: return "type";
    case AST_task: return ast->def && ast->def->generator ? "generator" : "task";
    default: return ast_kind_name(ast->kind);
    }
}

static Type *event_of(Type *stream) {
    stream = type_resolve(stream);
    return type_is(stream, BUILTIN_STREAM) ? type_resolve(stream->args[0]) : stream;
}

// Of a task the types of its events; its static parameters stand before them.
static void show_task(const Def *task, Buf *out) {
    Type *type = type_resolve(task->type);
    if (type->kind != TYPE_FN) return;
    if (type->arg_count > 2) {
        buf_putc(out, '(');
        for (int i = 1; i < type->arg_count - 1; i++) {
            if (i > 1) buf_puts(out, ", ");
            type_show(type->args[i], out);
        }
        buf_putc(out, ')');
    }
    buf_puts(out, ": ");
    if (!task->generator) {
        type_show(event_of(type->args[0]), out);
        buf_puts(out, " -> ");
    }
    type_show(event_of(type->args[type->arg_count - 1]), out);
}

static void show_tparams(const Def *def, Buf *out) {
    for (int i = 0; i < def->tparam_count; i++) buf_printf(out, "%s%s", i ? ", " : "[", def->tparams[i]->name);
    if (def->tparam_count) buf_putc(out, ']');
}

static void show_portal(const Ast *portal, Buf *out) {
    buf_puts(out, ": ");
    type_show(portal->kid[portal_request]->type, out);
    buf_puts(out, " -> ");
    type_show(portal->kid[portal_reply]->type, out);
}

void show_declared(Session *session, const Ast *ast, Buf *out) {
    Def *def = ast->def;
    show_dim(session, out, word_of(ast));
    if (ast->name) buf_printf(out, " %s", ast->name);
    if (!def) return;
    switch (ast->kind) {
    case AST_alias:
        show_tparams(def, out);
        buf_puts(out, " = ");
        type_show(def->type, out);
        return;
    case AST_record:
    case AST_enum: show_tparams(def, out); return;
    case AST_task:
        show_tparams(def, out);
        show_task(def, out);
        return;
    case AST_portal: show_portal(ast, out); return;
    case AST_connect: buf_printf(out, " -> %s", ast->kid[connect_to]->name ? ast->kid[connect_to]->name : "?"); return;
    case AST_fn: show_tparams(def, out); break;
    default: break;
    }
    if (!def->type) return;
    buf_puts(out, ": ");
    type_show(event_of(def->type), out);
}
