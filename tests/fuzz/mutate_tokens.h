// mutate_tokens.h - changes of a program's text by tokens and lines: what is often still a program, which changes of bytes hardly
// ever leave.
#ifndef TESTS_MUTATE_TOKENS_H
#define TESTS_MUTATE_TOKENS_H

#include <stddef.h>
#include <stdint.h>

typedef struct Text {
    const char *bytes;
    size_t size;
} Text;

// Puts a few tokens or lines of `from` into `text` in the place of a few (or none) of its own: with `text` itself, they are
// duplicated, removed or moved. Writes at most `room` bytes to `out`, which may be the bytes of either, and returns how many.
size_t mutate_splice(Text text, Text from, unsigned seed, char *out, size_t room);
// Exchanges two tokens or lines, likewise.
size_t mutate_swap(Text text, unsigned seed, char *out, size_t room);

#endif
