// What the descriptor of a type lets the VM do with any value of it: compare and hash. Values can be deep (a list in boxes), so
// what is still to be done lies on a stack of its own, never on that of the machine.
//
// The order is total: numbers by value (for Floats -0.0 is 0.0, and all NaNs are equal and greater than everything), texts by
// bytes, lists like texts, tuples and records field by field, variants by number, then by fields, maps like lists of their
// entries.
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/hot.h"
#include "vm/map.h"
#include "vm/memory.h"
#include "vm/text_order.h"

enum { LOCAL = 24 };

static int order_int(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static int order_float(double a, double b) {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a == b) return 0;
    return (a != a) - (b != b);
}

// ---- comparing ----

typedef enum Mode { MODE_ORDER, MODE_EQUAL } Mode; // MODE_EQUAL: any result but 0 means different

// Values in a row, to be compared in pairs. Without a descriptor: the sizes of two lists or maps.
typedef struct Pairs {
    const PtDesc *desc;
    const char *a, *b;
    uint64_t count;
    uint64_t end; // not 0: the entries of two maps from number `count` on, up to this one
} Pairs;

enum { FIRST_IS_SMALLER, FIRST_IS_LARGER }; // `count` of sizes

typedef struct Comparison {
    Mode mode;
    Pairs *items; // local or on the heap
    size_t count;
    size_t capacity;
    Pairs local[LOCAL];
} Comparison;

static void push(Comparison *c, Pairs pairs) {
    if (c->count == c->capacity) {
        Pairs *items = memory_new(2 * c->capacity, sizeof(Pairs));
        memcpy(items, c->items, c->count * sizeof(Pairs));
        if (c->items != c->local) free(c->items);
        c->items = items;
        c->capacity *= 2;
    }
    c->items[c->count++] = pairs;
}

static void push_pairs(Comparison *c, const PtDesc *desc, const char *a, const char *b, uint64_t count) {
    push(c, (Pairs){desc, a, b, count, 0});
}

static int compare_lists(Comparison *c, const PtDesc *elem, const PtList *a, const PtList *b) {
    if (c->mode == MODE_EQUAL && a->size != b->size) return 1;
    int64_t common = a->size < b->size ? a->size : b->size;
    if (a->size != b->size) push_pairs(c, NULL, NULL, NULL, a->size < b->size ? FIRST_IS_SMALLER : FIRST_IS_LARGER);
    if (common && a->data != b->data) push_pairs(c, elem, a->data, b->data, (uint64_t)common);
    return 0;
}

static int compare_maps(Comparison *c, const PtDesc *desc, const PtMap *a, const PtMap *b) {
    if (a->root == b->root) return 0;
    uint64_t x = map_size(a), y = map_size(b), common = x < y ? x : y;
    if (c->mode == MODE_EQUAL && x != y) return 1;
    if (x != y) push_pairs(c, NULL, NULL, NULL, x < y ? FIRST_IS_SMALLER : FIRST_IS_LARGER);
    if (common) push(c, (Pairs){desc, (const char *)a, (const char *)b, 0, common});
    return 0;
}

// The entries that lie in rows in both maps, which is done with on top of the stack; in the order of entries if it counts.
static void push_entries(Comparison *c, Pairs maps) {
    const PtDesc *k = maps.desc->elem, *v = maps.desc->mapped;
    const void *key_a, *key_b, *value_a, *value_b;
    uint64_t count = map_run((const PtMap *)maps.a, maps.count, k, v, &key_a, &value_a);
    uint64_t others = map_run((const PtMap *)maps.b, maps.count, k, v, &key_b, &value_b);
    if (others < count) count = others;
    if (c->mode == MODE_ORDER && v->size) count = 1;
    if (count > maps.end - maps.count) count = maps.end - maps.count;
    if (maps.count + count == maps.end)
        c->count--;
    else
        c->items[c->count - 1].count += count;
    if (key_a == key_b) return; // the same node
    if (v->size) push_pairs(c, v, value_a, value_b, count);
    push_pairs(c, k, key_a, key_b, count);
}

// The last field is pushed first.
static void push_fields(Comparison *c, const PtVariant *variant, const char *a, const char *b) {
    for (uint64_t i = variant->field_count; i-- > 0;) {
        const PtField *field = &variant->fields[i];
        const char *x = a + field->offset, *y = b + field->offset;
        if (field->boxed) {
            memcpy(&x, x, sizeof x);
            memcpy(&y, y, sizeof y);
        }
        if (x != y) push_pairs(c, field->desc, x, y, 1);
    }
}

// Compares what needs no more than these two values, and pushes the rest.
static int compare_values(Comparison *c, const PtDesc *desc, const char *a, const char *b) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: return 0;
    case PT_DURATION:
    case PT_INT: return order_int(*(const int64_t *)a, *(const int64_t *)b);
    case PT_FLOAT: return order_float(*(const double *)a, *(const double *)b);
    case PT_BOOL: return *(const uint8_t *)a - *(const uint8_t *)b;
    case PT_STRING:
        if (c->mode == MODE_EQUAL) return !pt_equal_string((const PtString *)a, (const PtString *)b);
        return text_order((const PtString *)a, (const PtString *)b);
    case PT_LIST: return compare_lists(c, desc->elem, (const PtList *)a, (const PtList *)b);
    case PT_STRUCT: push_fields(c, &desc->variants[0], a, b); return 0;
    case PT_ENUM: {
        int order = order_int(*(const int64_t *)a, *(const int64_t *)b);
        if (!order) push_fields(c, &desc->variants[*(const int64_t *)a], a, b);
        return order;
    }
    case PT_BYTES: return text_order((const PtString *)a, (const PtString *)b);
    case PT_MAP:
    case PT_SET: return compare_maps(c, desc, (const PtMap *)a, (const PtMap *)b);
    case PT_FUTURE:
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: return 0; // they have no order: no program compares them, only a damaged schema could say so
    }
    return 0;
}

static int compare(Mode mode, const PtDesc *desc, const void *a, const void *b) {
    Comparison c; // not initialised as a whole: clearing `local` would cost more than most comparisons
    c.mode = mode;
    c.items = c.local;
    c.count = 0;
    c.capacity = LOCAL;
    int order = compare_values(&c, desc, a, b);
    while (!order && c.count) {
        Pairs *top = &c.items[c.count - 1];
        Pairs pairs = *top;
        if (!pairs.desc) {
            order = pairs.count == FIRST_IS_SMALLER ? -1 : 1;
            break;
        }
        if (pairs.end) {
            push_entries(&c, pairs);
            continue;
        }
        if (pairs.count == 1)
            c.count--;
        else
            *top = (Pairs){pairs.desc, pairs.a + pairs.desc->size, pairs.b + pairs.desc->size, pairs.count - 1, 0};
        order = compare_values(&c, pairs.desc, pairs.a, pairs.b);
    }
    if (c.items != c.local) free(c.items);
    return order;
}

static int order_words(const int64_t *a, const int64_t *b, uint32_t words) {
    for (uint32_t i = 0; i < words; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

int32_t pt_compare(const PtDesc *desc, const void *a, const void *b) {
    if (a == b) return 0;
    if (desc->words) return order_words(a, b, desc->words);
    return compare(MODE_ORDER, desc, a, b);
}

bool pt_equal(const PtDesc *desc, const void *a, const void *b) {
    if (a == b) return true;
    if (desc->words) return memcmp(a, b, desc->size) == 0;
    return compare(MODE_EQUAL, desc, a, b) == 0;
}

// ---- hashing ----

typedef struct Values {
    const PtDesc *desc;
    const char *values;
    uint64_t count;
    uint64_t end; // not 0: the entries of a map from number `count` on, up to this one
} Values;

typedef struct Hashing {
    uint64_t hash;
    Values *items; // local or on the heap
    size_t count;
    size_t capacity;
    Values local[LOCAL];
} Hashing;

static void push_hash(Hashing *h, Values values) {
    if (h->count == h->capacity) {
        Values *items = memory_new(2 * h->capacity, sizeof(Values));
        memcpy(items, h->items, h->count * sizeof(Values));
        if (h->items != h->local) free(h->items);
        h->items = items;
        h->capacity *= 2;
    }
    h->items[h->count++] = values;
}

static void push_values(Hashing *h, const PtDesc *desc, const char *values, uint64_t count) {
    push_hash(h, (Values){desc, values, count, 0});
}

static void mix(Hashing *h, uint64_t part) {
    h->hash = hash_u64(h->hash + 0x9e3779b97f4a7c15u) ^ part;
}

static uint64_t hash_float(double value) {
    if (value == 0) value = 0;
    uint64_t bits = 0x7ff8000000000000u; // of every NaN
    if (value == value) memcpy(&bits, &value, sizeof bits);
    return hash_u64(bits);
}

uint64_t pt_hash_long_string(const PtString *key) {
    return hash_bytes(key->data, (size_t)key->size);
}

static void push_hash_fields(Hashing *h, const PtVariant *variant, const char *value) {
    for (uint64_t i = variant->field_count; i-- > 0;) {
        const PtField *field = &variant->fields[i];
        const char *at = value + field->offset;
        if (field->boxed) memcpy(&at, at, sizeof at);
        push_values(h, field->desc, at, 1);
    }
}

static void hash_value(Hashing *h, const PtDesc *desc, const char *value) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: break;
    case PT_DURATION:
    case PT_INT: mix(h, pt_hash_int(*(const int64_t *)value)); break;
    case PT_FLOAT: mix(h, hash_float(*(const double *)value)); break;
    case PT_BOOL: mix(h, *(const uint8_t *)value); break;
    case PT_BYTES:
    case PT_STRING: mix(h, pt_hash_string((const PtString *)value)); break;
    case PT_LIST: {
        const PtList *list = (const PtList *)value;
        mix(h, (uint64_t)list->size);
        if (list->size) push_values(h, desc->elem, list->data, (uint64_t)list->size);
        break;
    }
    case PT_STRUCT: push_hash_fields(h, &desc->variants[0], value); break;
    case PT_ENUM:
        mix(h, *(const uint64_t *)value);
        push_hash_fields(h, &desc->variants[*(const int64_t *)value], value);
        break;
    case PT_MAP:
    case PT_SET: {
        uint64_t size = map_size((const PtMap *)value);
        mix(h, size);
        if (size) push_hash(h, (Values){desc, value, 0, size});
        break;
    }
    case PT_FUTURE:
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: break; // like their order
    }
}

// The next entry of the map on top, whose value comes behind all of its key.
static void hash_entry(Hashing *h, Values map) {
    const PtDesc *k = map.desc->elem, *v = map.desc->mapped;
    const void *key, *value;
    map_run((const PtMap *)map.values, map.count, k, v, &key, &value);
    if (map.count + 1 == map.end)
        h->count--;
    else
        h->items[h->count - 1].count++;
    if (v->size) push_values(h, v, value, 1);
    hash_value(h, k, key);
}

uint64_t pt_hash(const PtDesc *desc, const void *value) {
    if (desc->kind == PT_INT) return pt_hash_int(*(const int64_t *)value);
    if (desc->kind == PT_STRING) return pt_hash_string(value);
    if (desc->words) return pt_hash_words(value, desc->words);
    Hashing h; // not initialised as a whole, like a Comparison
    h.hash = 0;
    h.items = h.local;
    h.count = 0;
    h.capacity = LOCAL;
    hash_value(&h, desc, value);
    while (h.count) {
        Values *top = &h.items[h.count - 1];
        Values values = *top;
        if (values.end) {
            hash_entry(&h, values);
            continue;
        }
        if (values.count == 1)
            h.count--;
        else
            *top = (Values){values.desc, values.values + values.desc->size, values.count - 1, 0};
        hash_value(&h, values.desc, values.values);
    }
    if (h.items != h.local) free(h.items);
    return hash_u64(h.hash);
}
