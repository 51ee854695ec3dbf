#include "compiler/diag_json.h"

#include <stdio.h>
#include <utf8proc.h>
#include <yajl/yajl_gen.h>

typedef struct Writer {
    yajl_gen json;
    const Sources *sources;
} Writer;

// The path of a file may be any bytes: JSON gets U+FFFD for those that are no character.
static void put_text(Writer *w, const char *text) {
    Buf valid = {0};
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        utf8proc_int32_t character;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(length - i), &character);
        if (bytes > 0)
            buf_append(&valid, text + i, (size_t)bytes);
        else
            buf_puts(&valid, "\xEF\xBF\xBD");
        i += bytes > 0 ? (size_t)bytes : 1;
    }
    yajl_gen_string(w->json, (const unsigned char *)buf_text(&valid), valid.length);
    buf_free(&valid);
}

static void put_string(Writer *w, const char *name, const char *text) {
    put_text(w, name);
    if (text)
        put_text(w, text);
    else
        yajl_gen_null(w->json);
}

static void put_number(Writer *w, const char *name, int number) {
    put_text(w, name);
    yajl_gen_integer(w->json, number);
}

static void put_position(Writer *w, const char *name, uint32_t file, uint32_t offset) {
    Position position = source_position(w->sources, file, offset);
    put_text(w, name);
    yajl_gen_map_open(w->json);
    put_number(w, "line", position.line);
    put_number(w, "column", position.column);
    put_number(w, "utf16_column", position.utf16_column);
    yajl_gen_map_close(w->json);
}

static void put_place(Writer *w, Span span) {
    put_string(w, "file", source_file(w->sources, span.file)->path);
    put_text(w, "range");
    yajl_gen_map_open(w->json);
    put_position(w, "start", span.file, span.start);
    put_position(w, "end", span.file, span.end);
    yajl_gen_map_close(w->json);
}

static void put_labels(Writer *w, const Diag *diag) {
    put_text(w, "labels");
    yajl_gen_array_open(w->json);
    for (int i = 0; i < diag->label_count; i++) {
        yajl_gen_map_open(w->json);
        put_place(w, diag->labels[i].span);
        put_string(w, "text", diag->labels[i].text);
        yajl_gen_map_close(w->json);
    }
    yajl_gen_array_close(w->json);
}

static void put_diag(Writer *w, const Diag *diag) {
    char code[16];
    snprintf(code, sizeof code, "E%04d", (int)diag->code);
    yajl_gen_map_open(w->json);
    put_string(w, "severity", diag_severity(diag->code) == SEVERITY_ERROR ? "error" : "warning");
    put_string(w, "code", code);
    put_string(w, "message", diag->message);
    put_place(w, diag->labels[0].span);
    put_labels(w, diag);
    put_string(w, "note", diag->note);
    put_string(w, "help", diag->help);
    yajl_gen_map_close(w->json);
}

static void put_line(const Diag *diag, const Sources *sources, Buf *out) {
    Writer writer = {yajl_gen_alloc(NULL), sources};
    const unsigned char *text;
    size_t length;
    put_diag(&writer, diag);
    yajl_gen_get_buf(writer.json, &text, &length);
    buf_append(out, text, length);
    buf_putc(out, '\n');
    yajl_gen_free(writer.json);
}

void diag_json(const Diags *diags, const Sources *sources, Buf *out) {
    const Diag *const *sorted = diag_sorted(diags);
    for (int i = 0; i < diags->items.count; i++) put_line(sorted[i], sources, out);
}
