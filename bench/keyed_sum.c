// The same in C: a table with open addressing and a power of two of slots.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Slot {
    int64_t key; // + 1; 0: empty
    int64_t sum;
} Slot;

enum { KEYS = 1000000, SLOTS = 1 << 21 };

static int64_t key_of(int64_t x) {
    int64_t y = (int64_t)((uint64_t)x * 6364136223846793005u + 1442695040888963407u);
    return (y / 8589934592 % KEYS + KEYS) % KEYS;
}

static uint64_t mix(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

static int compare(const void *a, const void *b) {
    const Slot *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int64_t events = atoll(argv[1]);
    Slot *slots = calloc(SLOTS, sizeof *slots);
    for (int64_t x = 0; x < events; x++) {
        int64_t key = key_of(x);
        uint64_t i = mix((uint64_t)key) & (SLOTS - 1);
        while (slots[i].key && slots[i].key != key + 1) i = (i + 1) & (SLOTS - 1);
        slots[i].key = key + 1;
        if (__builtin_add_overflow(slots[i].sum, x, &slots[i].sum)) return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (slots[i].key) slots[count++] = slots[i];
    qsort(slots, count, sizeof *slots, compare);
    FILE *out = fopen(argv[2], "w");
    if (!out) return 1;
    for (size_t i = 0; i < count; i++) fprintf(out, "%" PRId64 " %" PRId64 "\n", slots[i].key - 1, slots[i].sum);
    free(slots);
    return fclose(out) ? 1 : 0;
}
