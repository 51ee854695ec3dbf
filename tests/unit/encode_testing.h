// encode_testing.h - types of all kinds for tests of encoded values, and memory to decode into that knows how much was asked for.
#ifndef TESTS_UNIT_ENCODE_TESTING_H
#define TESTS_UNIT_ENCODE_TESTING_H

#include "tests/unit/vm_testing.h"
#include "vm/encode.h"

// ---- memory ----

// Starts as zeroes; every value has an allocation of its own, so that the address sanitizer sees all overruns.
typedef struct Memory {
    void **items;
    size_t count;
    size_t capacity;
    uint64_t size;
    uint64_t limit; // NULL is returned beyond; 0: none
} Memory;

static inline void *memory_take(void *user, uint64_t size) {
    Memory *memory = user;
    memory->size += size;
    if (memory->limit && memory->size > memory->limit) return NULL;
    if (memory->count == memory->capacity) {
        memory->capacity = memory->capacity ? 2 * memory->capacity : 64;
        memory->items = realloc(memory->items, memory->capacity * sizeof(void *));
    }
    void *item = malloc(size);
    memset(item, 0xa5, size);
    return memory->items[memory->count++] = item;
}

static inline void memory_give_back(Memory *memory) {
    for (size_t i = 0; i < memory->count; i++) free(memory->items[i]);
    free(memory->items);
    *memory = (Memory){0};
}

static inline Decoder decoder_of(const char *bytes, size_t size, Memory *memory, const PtProgram *program) {
    return (Decoder){.at = bytes, .end = bytes + size, .alloc = memory_take, .user = memory, .program = program};
}

// ---- types ----

static const PtDesc FUNCTION = {.name = "(Int) -> Int", .kind = PT_FN, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc UNITS = {.name = "List[()]", .elem = &UNIT, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc FLOATS = {.name = "List[Float]", .elem = &FLOAT, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc CHAINS = {.name = "List[Chain]", .elem = &CHAIN, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

static const PtDesc WORD_SET = {
    .name = "Set[String]", .elem = &STRING, .mapped = &UNIT, .kind = PT_SET, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc WORD_COUNTS = {
    .name = "Map[String, Int]", .elem = &STRING, .mapped = &INT, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};

// enum Nest { Nest(inner: Map[Pair, Nest]) }
static const PtDesc NEST;
static const PtDesc NESTS = {
    .name = "Map[Pair, Nest]", .elem = &PAIR, .mapped = &NEST, .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1};
static const PtField NEST_FIELDS[] = {{"inner", &NESTS, 8, 0}};
static const PtVariant NEST_VARIANTS[] = {{"Nest", NEST_FIELDS, 1}};
static const PtDesc NEST = {
    .name = "Nest", .variants = NEST_VARIANTS, .variant_count = 1, .kind = PT_ENUM, .size = 24, .align = 8, .has_pointers = 1};

// record All(flag: Bool, ratio: Float, unit: (), names: List[String], pairs: List[(Int, String)], chain: Chain, f: (Int) -> Int,
// last: Bool)
typedef struct All {
    uint8_t flag;
    double ratio;
    PtList names;
    PtList pairs;
    Chain chain;
    const void *f;
    uint8_t last;
} All;

static const PtField ALL_FIELDS[] = {
    {"flag", &BOOL, offsetof(All, flag), 0},    {"ratio", &FLOAT, offsetof(All, ratio), 0},
    {"unit", &UNIT, offsetof(All, names), 0},   {"names", &STRINGS, offsetof(All, names), 0},
    {"pairs", &PAIRS, offsetof(All, pairs), 0}, {"chain", &CHAIN, offsetof(All, chain), 0},
    {"f", &FUNCTION, offsetof(All, f), 0},      {"last", &BOOL, offsetof(All, last), 0},
};
static const PtVariant ALL_VARIANT[] = {{"All", ALL_FIELDS, 8}};
static const PtDesc ALL = {.name = "All",
                           .variants = ALL_VARIANT,
                           .variant_count = 1,
                           .kind = PT_STRUCT,
                           .size = sizeof(All),
                           .align = 8,
                           .has_pointers = 1};
static const PtDesc ALLS = {.name = "List[All]", .elem = &ALL, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

// Two closures: one without captured values, one that captured a Bool and a String.
typedef struct Adder {
    int64_t code;
    uint8_t flag;
    PtString text;
} Adder;

static const PtField ADDER_FIELDS[] = {{"flag", &BOOL, offsetof(Adder, flag), 0}, {"text", &STRING, offsetof(Adder, text), 0}};
static const PtClosure CLOSURES[] = {
    {.name = "main.map1", .size = 8, .id = 0x1111111111111111, .desc = &FUNCTION},
    {.name = "main.map2",
     .fields = ADDER_FIELDS,
     .field_count = 2,
     .size = sizeof(Adder),
     .id = 0x2222222222222222,
     .desc = &FUNCTION},
};
static const PtProgram WITH_CLOSURES = {.abi = PT_ABI, .name = "closures", .closures = CLOSURES, .closure_count = 2};

// A value with something of everything in it; `links` is where its chain goes on.
static inline All all_new(Chain *links, const PtString *names, const Pair *pairs, const Adder *adder) {
    return (All){.flag = 1,
                 .ratio = -0.0,
                 .names = {names, 3},
                 .pairs = {pairs, 2},
                 .chain = {CHAIN_LINK, -7, links},
                 .f = adder,
                 .last = 1};
}

#endif
