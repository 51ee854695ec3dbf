// word_count.c - the baseline: counts the words of an ASCII text the plain way. `word_count TEXT` prints `word count` lines in
// byte order, and on standard error the time a word took.
//
// The text is read in large blocks; a word (a longest run of letters and digits) is lower-cased while its hash is made, and
// looked up in a table with open addressing and a power of two of slots. Words live in one growing array.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Word {
    uint64_t hash;
    uint64_t count; // 0: a free slot
    uint32_t text;  // offset into Table.texts
    uint32_t length;
} Word;

typedef struct Table {
    Word *slots;
    size_t mask;
    size_t used;
    char *texts;
    size_t text_used;
    size_t text_room;
} Table;

static void *allocate(void *old, size_t size) {
    void *block = realloc(old, size);
    if (!block) {
        perror("word_count");
        exit(1);
    }
    return block;
}

static void grow(Table *table) {
    size_t old_size = table->mask + 1;
    Word *old = table->slots;
    table->mask = 2 * old_size - 1;
    table->slots = allocate(NULL, 2 * old_size * sizeof(Word));
    memset(table->slots, 0, 2 * old_size * sizeof(Word));
    for (size_t i = 0; i < old_size; i++) {
        if (!old[i].count) continue;
        size_t at = old[i].hash & table->mask;
        while (table->slots[at].count) at = (at + 1) & table->mask;
        table->slots[at] = old[i];
    }
    free(old);
}

static void insert(Table *table, Word *slot, const char *text, size_t length, uint64_t hash) {
    if (table->text_used + length > table->text_room) {
        table->text_room = 2 * (table->text_room + length);
        table->texts = allocate(table->texts, table->text_room);
    }
    memcpy(table->texts + table->text_used, text, length);
    *slot = (Word){hash, 1, (uint32_t)table->text_used, (uint32_t)length};
    table->text_used += length;
    if (++table->used * 2 > table->mask) grow(table);
}

static inline void count(Table *table, const char *text, size_t length, uint64_t hash) {
    hash ^= hash >> 32;
    size_t at = hash & table->mask;
    for (;; at = (at + 1) & table->mask) {
        Word *slot = &table->slots[at];
        if (!slot->count) {
            insert(table, slot, text, length, hash);
            return;
        }
        if (slot->hash == hash && slot->length == length && memcmp(table->texts + slot->text, text, length) == 0) {
            slot->count++;
            return;
        }
    }
}

// What a byte of a word becomes in lower case; 0 ends the word.
static void make_classes(uint8_t classes[256]) {
    memset(classes, 0, 256);
    for (int c = '0'; c <= '9'; c++) classes[c] = (uint8_t)c;
    for (int c = 'a'; c <= 'z'; c++) classes[c] = classes[c - 32] = (uint8_t)c;
}

// Counts the words of a block in place and returns how many there were. Its last byte must end a word.
static uint64_t count_block(Table *table, char *text, size_t size, const uint8_t classes[256]) {
    uint64_t words = 0;
    char *end = text + size;
    while (text < end) {
        uint8_t c = classes[(uint8_t)*text];
        if (!c) {
            text++;
            continue;
        }
        char *start = text;
        uint64_t hash = 0xcbf29ce484222325;
        do {
            *text++ = (char)c;
            hash = (hash ^ c) * 0x100000001b3;
            c = classes[(uint8_t)*text];
        } while (c);
        count(table, start, (size_t)(text - start), hash);
        words++;
    }
    return words;
}

// Reads the file in blocks, carrying over the word that a block cuts.
static uint64_t count_file(Table *table, int file) {
    enum { BLOCK = 1 << 20 };
    uint8_t classes[256];
    make_classes(classes);
    size_t room = 2 * BLOCK, kept = 0;
    char *block = allocate(NULL, room + 1);
    uint64_t words = 0;
    for (;;) {
        if (kept + BLOCK > room) block = allocate(block, (room *= 2) + 1);
        ssize_t got = read(file, block + kept, BLOCK);
        if (got <= 0) break;
        size_t size = kept + (size_t)got, end = size;
        while (end > 0 && classes[(uint8_t)block[end - 1]]) end--;
        words += count_block(table, block, end, classes);
        kept = size - end;
        memmove(block, block + end, kept);
    }
    block[kept] = ' ';
    words += count_block(table, block, kept + 1, classes);
    free(block);
    return words;
}

static const char *sorted_texts; // qsort passes no context

static int compare(const void *left, const void *right) {
    const Word *a = left, *b = right;
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(sorted_texts + a->text, sorted_texts + b->text, shorter);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static void print(Table *table) {
    size_t size = 0;
    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].count) table->slots[size++] = table->slots[i];
    sorted_texts = table->texts;
    qsort(table->slots, size, sizeof(Word), compare);
    for (size_t i = 0; i < size; i++) {
        Word *word = &table->slots[i];
        printf("%.*s %llu\n", (int)word->length, table->texts + word->text, (unsigned long long)word->count);
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0) {
        fputs("usage: word_count TEXT\n", stderr);
        return 2;
    }
    double start = now();
    Table table = {.slots = allocate(NULL, 1024 * sizeof(Word)), .mask = 1023};
    memset(table.slots, 0, 1024 * sizeof(Word));
    uint64_t words = count_file(&table, file);
    print(&table);
    fprintf(stderr, "%.2f ns per word, %llu words\n", (now() - start) / (double)words, (unsigned long long)words);
    free(table.slots);
    free(table.texts);
    return 0;
}
