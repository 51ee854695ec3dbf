#include "tests/fuzz/mutate_tokens.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"

enum { LONGEST_RUN = 5 }; // tokens or lines that are taken at once

// ---- where pieces end ----

static bool is_word_byte(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static size_t end_of_string(Text text, size_t at) {
    for (at++; at < text.size && text.bytes[at] != '\n'; at++) {
        if (text.bytes[at] == '\\' && at + 1 < text.size)
            at++;
        else if (text.bytes[at] == '"')
            return at + 1;
    }
    return at;
}

// The offset behind the token, or the white space, that begins at `at`.
static size_t end_of_token(Text text, size_t at) {
    char first = text.bytes[at];
    if (first == '"') return end_of_string(text, at);
    if (!is_word_byte(first) && first != ' ') {
        bool sign = strchr("+-*/%=<>!|&.", first) && at + 1 < text.size && strchr("=>|&.+-%", text.bytes[at + 1]);
        return at + 1 + sign;
    }
    while (at < text.size && is_word_byte(text.bytes[at]) == is_word_byte(first) && (first != ' ' || text.bytes[at] == ' ')) at++;
    return at;
}

static size_t end_of_line(Text text, size_t at) {
    while (at < text.size && text.bytes[at] != '\n') at++;
    return at + (at < text.size);
}

typedef struct Pieces {
    size_t *starts; // and at last the size of the text
    size_t count;
} Pieces;

static Pieces cut(Text text, size_t (*end_of)(Text, size_t)) {
    Pieces pieces = {malloc((text.size + 1) * sizeof(size_t)), 0};
    size_t at = 0;
    for (; at < text.size; at = end_of(text, at)) pieces.starts[pieces.count++] = at;
    pieces.starts[pieces.count] = text.size;
    return pieces;
}

// ---- changes ----

// The next number of a linear congruential generator, below `limit`.
static size_t draw(unsigned *seed, size_t limit) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % limit;
}

// The bytes of up to LONGEST_RUN neighbours, or of none.
static void choose_run(const Pieces *pieces, unsigned *seed, size_t *start, size_t *end) {
    size_t first = draw(seed, pieces->count + 1), length = draw(seed, LONGEST_RUN);
    size_t behind = first + length < pieces->count ? first + length : pieces->count;
    *start = pieces->starts[first];
    *end = pieces->starts[behind];
}

static size_t give(Buf *made, char *out, size_t room) {
    size_t size = made->length < room ? made->length : room;
    if (size) memcpy(out, made->data, size);
    buf_free(made);
    return size;
}

static size_t (*choose_unit(unsigned *seed))(Text, size_t) {
    return draw(seed, 3) ? end_of_token : end_of_line;
}

size_t mutate_splice(Text text, Text from, unsigned seed, char *out, size_t room) {
    size_t (*unit)(Text, size_t) = choose_unit(&seed);
    Pieces old = cut(text, unit), new = cut(from, unit);
    size_t start, end, new_start, new_end;
    choose_run(&old, &seed, &start, &end);
    choose_run(&new, &seed, &new_start, &new_end);
    free(old.starts);
    free(new.starts);
    Buf made = {0};
    buf_append(&made, text.bytes, start);
    buf_append(&made, from.bytes + new_start, new_end - new_start);
    buf_append(&made, text.bytes + end, text.size - end);
    return give(&made, out, room);
}

size_t mutate_swap(Text text, unsigned seed, char *out, size_t room) {
    Pieces pieces = cut(text, choose_unit(&seed));
    Buf made = {0};
    size_t a = 0, b = 0;
    if (pieces.count) a = draw(&seed, pieces.count), b = draw(&seed, pieces.count);
    for (size_t i = 0; i < pieces.count; i++) {
        size_t chosen = i == a ? b : i == b ? a : i;
        buf_append(&made, text.bytes + pieces.starts[chosen], pieces.starts[chosen + 1] - pieces.starts[chosen]);
    }
    free(pieces.starts);
    return give(&made, out, room);
}
