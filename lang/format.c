// format.c - the formatter as a whole: the steps, and writing down what they decided.
#include "lang/format_internal.h"

#include "lang/parse.h"

static void write_spaces(Buf *out, int count) {
    for (int i = 0; i < count; i++) buf_putc(out, ' ');
}

static void write_piece(const Format *f, int i, Buf *out) {
    const Piece *piece = format_piece(f, i);
    if (piece->breaks && i > 0) buf_putc(out, '\n');
    if (piece->blank) buf_putc(out, '\n');
    write_spaces(out, piece->breaks ? piece->indent : piece->space);
    buf_append(out, piece->text, (size_t)piece->length);
    if (piece->after) buf_putc(out, piece->after);
}

static void format_tokens(Context *context, uint32_t file, Buf *out) {
    ScanResult raw = {0};
    Tokens tokens = {0};
    scan_tokens(context, file, &raw);
    layout_tokens(context, file, &raw.tokens, &tokens);
    Format format = {.context = context, .file = file};
    format_pieces(&format, &raw, &tokens);
    format_lines(&format);
    format_indent(&format);
    format_space(&format);
    format_align(&format);
    for (int i = 0; i < format.pieces.count; i++) write_piece(&format, i, out);
    if (format.pieces.count) buf_putc(out, '\n');
}

FormatResult format_file(Context *context, uint32_t file, Buf *out) {
    parse_file(context, file);
    if (context->diags.errors) return FORMAT_ERRORS;
    Buf text = {0};
    format_tokens(context, file, &text);
    bool same = format_is_same(context, file, &text);
    if (same) buf_append(out, text.data, text.length);
    buf_free(&text);
    return same ? FORMAT_DONE : FORMAT_FAULTY;
}
