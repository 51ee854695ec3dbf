// source.h - the texts of a compilation and places in them.
#ifndef LANG_SOURCE_H
#define LANG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"

// One source text. `text` is valid UTF-8 and has a zero byte after its end.
typedef struct SourceFile {
    const char *path; // as the user wrote it; "<stdlib>/list.portals" for the library
    const char *text;
    size_t length;
    bool library;          // part of the standard library, which may declare a `fn` without a body
    bool hidden;           // made by the compiler (outside.h)
    uint32_t *line_starts; // the offset of each line
    int line_count;
} SourceFile;

typedef struct Sources {
    Arena *arena;
    VEC(SourceFile *) files;
} Sources;

// The bytes [start, end) of file number `file`. A span of length 0 is a place between two characters.
typedef struct Span {
    uint32_t file;
    uint32_t start;
    uint32_t end;
} Span;

// A place as people count, from 1.
typedef struct Position {
    int line;
    int column;       // in code points
    int utf16_column; // in UTF-16 code units, which editors count
} Position;

// Adds a text (copied) and returns its number.
uint32_t source_add(Sources *sources, const char *path, const char *text, size_t length, bool library);
SourceFile *source_file(const Sources *sources, uint32_t file);
Position source_position(const Sources *sources, uint32_t file, uint32_t offset);
// The bytes of line number `line` (from 1), without its line end.
Span source_line(const Sources *sources, uint32_t file, int line);
// From the start of `a` to the end of `b`, which must be of one file.
Span span_join(Span a, Span b);

#endif
