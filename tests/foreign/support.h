// support.h - what is the same in all random libraries (generate.c), and in the programs that call them.
#ifndef TESTS_FOREIGN_SUPPORT_H
#define TESTS_FOREIGN_SUPPORT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct Bytes {
    const unsigned char *data;
    int64_t size;
} Bytes;

// ---- folding: what an argument adds to the number --------------------------------------------------------------------------

static inline uint64_t mix(uint64_t h, uint64_t v) {
    return (h ^ v ^ v >> 29) * 0x9E3779B97F4A7C15u + 7;
}

static inline uint64_t mix_text(uint64_t h, const char *text) {
    for (; *text; text++) h = mix(h, (unsigned char)*text);
    return h;
}

static inline uint64_t mix_data(uint64_t h, const unsigned char *data, int64_t size) {
    for (int64_t i = 0; i < size; i++) h = mix(h, data[i]);
    return h;
}

// ---- making: parts of results from the number ------------------------------------------------------------------------------

static inline uint64_t next(uint64_t *h) {
    *h = mix(*h, 12345);
    return *h >> 7 ^ *h << 31;
}

static inline double quarters(uint64_t *h) {
    return (double)(int64_t)(next(h) % 4000) / 4 - 500;
}

static inline const char *text(uint64_t *h) {
    static const char *const texts[] = {"", "x", "stra\303\237e", "eight chars and more"};
    return texts[next(h) % 4];
}

static inline Bytes data(uint64_t *h) {
    static const unsigned char bytes[] = {0, 255, 1, 128, 65};
    return (Bytes){bytes, (int64_t)(next(h) % 6)};
}

// ---- showing: as Portals does ----------------------------------------------------------------------------------------------

static inline void put_float(double x) {
    char shown[40];
    snprintf(shown, sizeof shown, "%g", x);
    printf("%s%s", shown, strchr(shown, '.') ? "" : ".0");
}

static inline void put_bytes(Bytes b) {
    printf("bytes.of_hex(\"");
    for (int64_t i = 0; i < b.size; i++) printf("%02x", b.data[i]);
    printf("\")");
}

static inline void put_option(const char *text) {
    if (text)
        printf("Some(\"%s\")", text);
    else
        printf("None");
}

#endif
