#include "lang/doc.h"

#include "lang/examples.h"

static const char *text_at(const Context *context, Span span) {
    return source_file(&context->sources, span.file)->text + span.start;
}

// ---- the comment at the head of a file ----

// The length of the line at `text`, and in `*next` where the one after it begins.
static size_t line_length(const char *text, const char **next) {
    size_t length = strcspn(text, "\n");
    *next = text[length] ? text + length + 1 : text + length;
    return length;
}

static size_t without_blanks(const char *line, size_t length) {
    while (length && strchr(" \t\r", line[length - 1])) length--;
    return length;
}

// Where the head comment ends: it is one that an empty line or nothing follows, so that it is about no declaration.
static const char *head_end(const char *text) {
    const char *next = text;
    while (strncmp(text, "//", 2) == 0) {
        line_length(text, &next);
        text = next;
    }
    return text == next && without_blanks(text, line_length(text, &next)) == 0 ? text : NULL;
}

static void put_head(const Context *context, const Module *module, Buf *out) {
    const char *text = source_file(&context->sources, module->file)->text, *end = head_end(text), *next;
    for (; end && text < end; text = next) {
        size_t length = line_length(text, &next), skip = strspn(text, "/");
        if (text[skip] == ' ') skip++;
        buf_append(out, text + skip, without_blanks(text, length) - skip);
        buf_putc(out, '\n');
    }
}

// ---- signatures ----

// Where the header of a declaration ends and its body begins; its own end if all of it is shown.
static uint32_t header_end(const Ast *node) {
    const Ast *body = NULL;
    switch (node->kind) {
    case AST_fn: body = node->kid[fn_body]; break;
    case AST_stream: body = node->kid[stream_value]; break;
    case AST_workflow: body = node->kid[workflow_value]; break;
    case AST_task: return node->kid[task_replies]->span.end;
    case AST_generator: return node->kid[generator_type]->span.end;
    default: break;
    }
    return body ? body->span.start : node->span.end;
}

static void put_signature(const Context *context, const Ast *node, Buf *out) {
    const char *text = text_at(context, node->span);
    size_t length = header_end(node) - node->span.start;
    while (length && strchr(" \t\r\n=", text[length - 1]) && header_end(node) < node->span.end) length--;
    buf_puts(out, "```portals\n");
    buf_append(out, text, length);
    buf_puts(out, "\n```\n");
}

// ---- documentation comments ----

static void put_text(const char *doc, Buf *out) {
    size_t start, end;
    const char *next;
    for (const char *line = doc; *line; line = next) {
        size_t length = line_length(line, &next);
        if (examples_in_line(line, length, &start, &end)) continue;
        buf_append(out, line, length);
        buf_putc(out, '\n');
    }
}

static void put_examples(const char *doc, Buf *out) {
    size_t start, end;
    const char *next;
    bool any = false;
    for (const char *line = doc; *line; line = next) {
        if (!examples_in_line(line, line_length(line, &next), &start, &end)) continue;
        if (!any) buf_puts(out, "\n```portals\n");
        any = true;
        buf_append(out, line + start, end - start);
        buf_putc(out, '\n');
    }
    if (any) buf_puts(out, "```\n");
}

static void put_declaration(const Context *context, const Ast *node, const char *name, Buf *out) {
    buf_printf(out, "## %s\n\n", name);
    put_signature(context, node, out);
    if (!node->doc) return;
    Buf text = {0};
    put_text(node->doc, &text);
    if (text.length) buf_putc(out, '\n');
    buf_append(out, text.data, text.length);
    buf_free(&text);
    put_examples(node->doc, out);
}

// ---- pages ----

// The name under which a declaration is documented; NULL for what is no part of what a module offers.
static const char *documented_name(const Ast *node) {
    switch (node->kind) {
    case AST_app:
    case AST_import:
    case AST_test: return NULL;
    case AST_const: return node->kid[const_pattern]->name;
    default: return node->name;
    }
}

void doc_module(const Context *context, const Module *module, const char *title, Buf *out) {
    const Ast *items = module->tree->kid[file_items];
    buf_printf(out, "# %s\n\n", title);
    size_t start = out->length;
    put_head(context, module, out);
    bool first = out->length == start;
    for (int i = 0; i < items->kid_count; i++) {
        const char *name = documented_name(items->kid[i]);
        if (!name) continue;
        if (!first) buf_putc(out, '\n');
        first = false;
        put_declaration(context, items->kid[i], name, out);
    }
}

bool doc_declaration(const Context *context, const Module *module, const char *name, Buf *out) {
    const Ast *items = module->tree->kid[file_items];
    bool found = false;
    for (int i = 0; i < items->kid_count; i++) {
        const char *declared = documented_name(items->kid[i]);
        if (!declared || strcmp(declared, name) != 0) continue;
        if (found) buf_putc(out, '\n');
        found = true;
        put_declaration(context, items->kid[i], arena_printf(context->arena, "%s.%s", module->name, name), out);
    }
    return found;
}

const char **doc_names(const Context *context, const Module *module, int *count) {
    const Ast *items = module->tree->kid[file_items];
    const char **names = ARENA_ARRAY(context->arena, const char *, items->kid_count + 1);
    *count = 0;
    for (int i = 0; i < items->kid_count; i++) {
        const char *name = documented_name(items->kid[i]);
        if (name) names[(*count)++] = name;
    }
    return names;
}

// The first line of the head comment says what a module is for.
static void put_summary(const Context *context, const Module *module, Buf *out) {
    Buf head = {0};
    put_head(context, module, &head);
    size_t length = head.length ? strcspn(buf_text(&head), "\n") : 0;
    if (length) buf_printf(out, ": %.*s", (int)length, head.data);
    buf_free(&head);
}

void doc_index(const Context *context, Buf *out) {
    buf_puts(out, "# The standard library\n\n");
    for (int i = 0; i < context->modules.count; i++) {
        const Module *module = context->modules.items[i];
        if (!module->shipped) continue;
        buf_printf(out, "- [%s](%s.md)", module->name, module->name);
        put_summary(context, module, out);
        buf_putc(out, '\n');
    }
}
