#include "lang/examples.h"

#include <string.h>

#include "lang/parse.h"

// ---- finding them ----

static const char MARK[] = "Example:";

enum { MAX_EXAMPLE_ERRORS = 50 }; // of a file: the rest would be noise

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// True if the line is one of a documentation comment; `*start` is moved to its text.
static bool is_doc_line(const char *text, uint32_t *start, uint32_t end) {
    uint32_t i = *start;
    while (i < end && is_blank(text[i])) i++;
    if (end - i < 3 || strncmp(text + i, "///", 3) != 0 || (end - i > 3 && text[i + 3] == '/')) return false;
    *start = i + 3;
    return true;
}

// The expression is between the first and the last backtick.
bool examples_in_line(const char *line, size_t length, size_t *start, size_t *end) {
    size_t blanks = 0;
    while (blanks < length && is_blank(line[blanks])) blanks++;
    if (length - blanks < sizeof MARK - 1 || strncmp(line + blanks, MARK, sizeof MARK - 1) != 0) return false;
    const char *first = memchr(line, '`', length), *last = memrchr(line, '`', length);
    if (!first || first == last) return false;
    *start = (size_t)(first + 1 - line);
    *end = (size_t)(last - line);
    return true;
}

static bool is_example(const char *text, uint32_t start, uint32_t end, Span *expression) {
    size_t from, to;
    if (!is_doc_line(text, &start, end) || !examples_in_line(text + start, end - start, &from, &to)) return false;
    expression->start = start + (uint32_t)from;
    expression->end = start + (uint32_t)to;
    return true;
}

bool examples_next(const SourceFile *file, uint32_t number, uint32_t *offset, Span *expression) {
    expression->file = number;
    while (*offset < file->length) {
        const char *line = file->text + *offset, *newline = memchr(line, '\n', file->length - *offset);
        uint32_t start = *offset, end = newline ? (uint32_t)(newline - file->text) : (uint32_t)file->length;
        *offset = newline ? end + 1 : end;
        if (is_example(file->text, start, end, expression)) return true;
    }
    return false;
}

// ---- what they are about ----

// The declaration that an example stands before or within; NULL behind the last one.
static const Ast *declaration_at(const Ast *tree, uint32_t offset) {
    const Ast *items = tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->span.end > offset) return items->kid[i];
    return NULL;
}

// `sort: [3, 1].sort() == [1, 3]`
static const char *title_of(Context *context, const Module *module, Span expression) {
    const Ast *declaration = declaration_at(module->tree, expression.start);
    const char *name = declaration && declaration->name ? declaration->name : "example";
    const char *text = source_file(&context->sources, expression.file)->text + expression.start;
    int length = (int)(expression.end - expression.start);
    if (module->shipped) return arena_printf(context->arena, "%s.%s: %.*s", module->name, name, length, text);
    return arena_printf(context->arena, "%s: %.*s", name, length, text);
}

void examples_parse(Context *context, const Module *module, Module *to) {
    const SourceFile *file = source_file(&context->sources, module->file);
    int errors = context->diags.errors;
    Span expression;
    for (uint32_t offset = 0; examples_next(file, module->file, &offset, &expression);) {
        if (context->diags.errors - errors >= MAX_EXAMPLE_ERRORS) return;
        Ast *test = parse_example(context, expression);
        if (!test) continue;
        test->kid[test_title]->text = title_of(context, module, expression);
        test->kid[test_title]->length = strlen(test->kid[test_title]->text);
        vec_push(context->arena, &to->examples, test);
    }
}
