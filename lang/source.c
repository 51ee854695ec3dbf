#include "lang/source.h"

#include <assert.h>

static int count_lines(const char *text, size_t length) {
    int count = 1;
    for (size_t i = 0; i < length; i++) count += text[i] == '\n';
    return count;
}

static void index_lines(Arena *arena, SourceFile *file) {
    file->line_count = count_lines(file->text, file->length);
    file->line_starts = ARENA_ARRAY(arena, uint32_t, file->line_count);
    int line = 1;
    for (size_t i = 0; i < file->length; i++)
        if (file->text[i] == '\n') file->line_starts[line++] = (uint32_t)(i + 1);
}

uint32_t source_add(Sources *sources, const char *path, const char *text, size_t length, bool library) {
    assert(length < UINT32_MAX);
    SourceFile *file = ARENA_NEW(sources->arena, SourceFile);
    file->path = arena_copy_string(sources->arena, path, strlen(path));
    file->text = arena_copy_string(sources->arena, text, length);
    file->length = length;
    file->library = library;
    index_lines(sources->arena, file);
    vec_push(sources->arena, &sources->files, file);
    return (uint32_t)sources->files.count - 1;
}

SourceFile *source_file(const Sources *sources, uint32_t file) {
    assert(file < (uint32_t)sources->files.count);
    return sources->files.items[file];
}

// The number (from 0) of the line that `offset` is in.
static int find_line(const SourceFile *file, uint32_t offset) {
    int low = 0, high = file->line_count - 1;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (file->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static bool is_continuation_byte(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

// In UTF-16, characters of four bytes are surrogate pairs.
static bool takes_two_units(char first) {
    return (unsigned char)first >= 0xF0 && (unsigned char)first < 0xF8;
}

Position source_position(const Sources *sources, uint32_t number, uint32_t offset) {
    const SourceFile *file = source_file(sources, number);
    if (offset > file->length) offset = (uint32_t)file->length;
    int line = find_line(file, offset);
    Position position = {line + 1, 1, 1};
    for (uint32_t i = file->line_starts[line]; i < offset; i++) {
        position.column += !is_continuation_byte(file->text[i]);
        position.utf16_column += !is_continuation_byte(file->text[i]) + takes_two_units(file->text[i]);
    }
    return position;
}

Span source_line(const Sources *sources, uint32_t number, int line) {
    const SourceFile *file = source_file(sources, number);
    assert(line >= 1 && line <= file->line_count);
    uint32_t start = file->line_starts[line - 1];
    uint32_t end = line < file->line_count ? file->line_starts[line] - 1 : (uint32_t)file->length;
    if (end > start && file->text[end - 1] == '\r') end--;
    return (Span){number, start, end};
}

Span span_join(Span a, Span b) {
    assert(a.file == b.file);
    return (Span){a.file, a.start, b.end > a.start ? b.end : a.start};
}
