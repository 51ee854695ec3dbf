// Cutting a text into words: runs of letters, digits and marks. Sixty-four bytes at a time become a mask with a bit for every
// byte that belongs to a word; where the mask changes, a word begins or ends.
#include <string.h>
#include <utf8proc.h>

#include "vm/context.h"
#include "vm/library.h"
#include "vm/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BLOCK = 64,
    ONE_PASS = 4096, // up to this size of text, room is made for as many words as there could be
};

typedef struct Masks {
    uint64_t word;  // letters and digits of ASCII
    uint64_t other; // bytes that are not ASCII
} Masks;

#ifdef __SSE2__

static inline uint32_t in_range(__m128i bytes, char first, char count) {
    __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    __m128i inside = _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8((char)(count - 1))), distance);
    return (uint32_t)_mm_movemask_epi8(inside);
}

static inline Masks classify(const char *block) {
    Masks masks = {0, 0};
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(block + i));
        uint32_t letters = in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
        masks.word |= (uint64_t)(letters | in_range(bytes, '0', 10)) << i;
        masks.other |= (uint64_t)(uint32_t)_mm_movemask_epi8(bytes) << i;
    }
    return masks;
}

#else

static inline Masks classify(const char *block) {
    Masks masks = {0, 0};
    for (int i = 0; i < BLOCK; i++) {
        unsigned char c = (unsigned char)block[i];
        bool word = (unsigned)((c | 0x20) - 'a') < 26 || (unsigned)(c - '0') < 10;
        masks.word |= (uint64_t)word << i;
        masks.other |= (uint64_t)(c >> 7) << i;
    }
    return masks;
}

#endif

static bool is_word_character(uint32_t code_point) {
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND: return true;
    default: return false;
    }
}

typedef struct Scan {
    const char *text;
    PtString *words; // NULL: count only
    int64_t count;
    int64_t start;    // of the word that is under way
    uint64_t in_word; // 1 if one is
    uint64_t carry;   // bits of the next block that belong to a character of this one
} Scan;

// The bits of characters that are not ASCII. A character may reach into the next block, but never beyond the text.
static uint64_t add_others(Scan *scan, const char *at, uint64_t other) {
    uint64_t word = 0;
    while (other) {
        unsigned i = (unsigned)__builtin_ctzll(other);
        other &= other - 1;
        if (((unsigned char)at[i] & 0xc0) == 0x80) continue;
        size_t size;
        if (!is_word_character(utf8_decode(at + i, &size))) continue;
        uint64_t bits = ((uint64_t)1 << size) - 1;
        word |= bits << i;
        if (i + size > BLOCK) scan->carry |= bits >> (BLOCK - i);
    }
    return word;
}

// Bit i: the byte belongs to a word, and the one before it does not, or the other way round.
static inline void add_words(Scan *scan, uint64_t word, int64_t offset) {
    uint64_t changes = word ^ (word << 1 | scan->in_word);
    scan->in_word = word >> 63;
    if (!scan->words) {
        scan->count += __builtin_popcountll(changes & word);
        return;
    }
    while (changes) {
        int64_t at = offset + __builtin_ctzll(changes);
        changes &= changes - 1;
        if (scan->start < 0) {
            scan->start = at;
        } else {
            scan->words[scan->count++] = (PtString){scan->text + scan->start, at - scan->start};
            scan->start = -1;
        }
    }
}

// `block` holds the 64 bytes from `offset` on, zeroes after the end; `at` is where they are in the text.
static inline void add_block(Scan *scan, const char *block, const char *at, int64_t offset) {
    Masks masks = classify(block);
    uint64_t word = masks.word | scan->carry;
    scan->carry = 0;
    if (__builtin_expect(masks.other != 0, 0)) word |= add_others(scan, at, masks.other);
    add_words(scan, word, offset);
}

static int64_t find_words(const char *text, int64_t size, PtString *words) {
    Scan scan = {.text = text, .words = words, .start = -1};
    int64_t at = 0;
    for (; at + BLOCK <= size; at += BLOCK) add_block(&scan, text + at, text + at, at);
    char rest[BLOCK] = {0};
    if (at < size) memcpy(rest, text + at, (size_t)(size - at));
    add_block(&scan, rest, text + at, at);
    return scan.count;
}

void pt_string_words(PtContext *context, PtList *out, const PtString *text) {
    int64_t room = text->size <= ONE_PASS ? (text->size + 1) / 2 : find_words(text->data, text->size, NULL);
    PtString *words = pt_alloc(context, room * (int64_t)sizeof(PtString));
    int64_t count = find_words(text->data, text->size, words);
    context->next = (char *)(words + count); // gives back what was not needed
    *out = (PtList){words, count};
}
