// utf8.h - what the VM needs to know of UTF-8. The Strings of a program are always valid.
#ifndef VM_UTF8_H
#define VM_UTF8_H

#include <stddef.h>
#include <stdint.h>

// How many of the first bytes are valid UTF-8, without a character that is cut off.
size_t utf8_valid(const char *bytes, size_t size);
// How many code points there are in valid text.
size_t utf8_count(const char *text, size_t size);
// How many of the first bytes are ASCII.
size_t utf8_ascii(const char *text, size_t size);
// The code point at `text`, which is valid and not empty; *size: its bytes.
uint32_t utf8_decode(const char *text, size_t *size);
// Writes a code point to `out` (room for 4 bytes); the number of bytes.
size_t utf8_encode(uint32_t code_point, char *out);
// The offset of code point number `n`, or `size` if there are fewer.
size_t utf8_offset(const char *text, size_t size, size_t n);

#endif
