#include "vm/map_items.h"

#include "vm/bytes.h"
#include "vm/encode_size.h"
#include "vm/map.h"
#include "vm/map_build.h"
#include "vm/map_changes.h"
#include "vm/table.h"

// ---- what stands among the states ----

// A size in the long form with this bit is none of a map that follows (encode.h).
static const uint64_t BY_ENTRY = (uint64_t)1 << 63;

void map_items_put_count(Buf *out, uint64_t count) {
    bytes_put_u32(out, SIZE_IS_LARGE);
    bytes_put_u64(out, BY_ENTRY | count);
}

bool map_items_take_count(Decoder *decoder, uint64_t *count) {
    Bytes bytes = {decoder->at, decoder->end};
    uint32_t size;
    if (!bytes_take_u32(&bytes, &size) || size != SIZE_IS_LARGE || !bytes_take_u64(&bytes, count) || !(*count & BY_ENTRY))
        return false;
    *count &= ~BY_ENTRY;
    decoder->at = bytes.at;
    return true;
}

// ---- writing ----

typedef struct Putting {
    const MapItems *items;
    Buf *body;
} Putting;

static void put_change(void *user, const void *key, const void *value) {
    const Putting *putting = user;
    const MapItems *items = putting->items;
    Buf *body = putting->body;
    size_t item = store_item_begin(body);
    buf_append(body, items->front.data, items->front.size);
    encode_key(body, items->desc->elem, key, items->program);
    store_item_middle(body, item);
    if (value && !items->exact) encode_value(body, items->desc->elem, key, items->program);
    if (value) encode_value(body, items->desc->mapped, value, items->program);
    store_item_end(body, item, value ? STORE_PUT : STORE_DELETE);
}

void map_items_put(const MapItems *items, const MapNode *before, const MapNode *after, Buf *body) {
    Putting putting = {items, body};
    const MapChanges changes = {
        .k = items->desc->elem,
        .v = items->desc->mapped,
        .exact = items->exact,
        .visit = put_change,
        .user = &putting,
        .stamp = items->stamp,
    };
    map_changes(&changes, before, after);
}

// ---- reading ----

// The entries lie in rows, a key before its value, and are sorted by pointers to them: in the store they are in the order of
// bytes.
typedef struct Reading {
    const MapItems *items;
    Scratch *memory;
    char *rows;
    uint64_t value_at, stride; // in a row, and from one to the next
    SortedEntry *sorted;
    uint64_t count;
    const char *error;
} Reading;

static int damaged(Reading *reading, const char *error) {
    reading->error = error;
    return MAP_ITEMS_DAMAGED;
}

static int count_item(void *user, StoreBytes key, StoreBytes value) {
    (void)key, (void)value;
    ++*(uint64_t *)user;
    return 0;
}

static bool take(Reading *reading, Decoder *decoder, const PtDesc *desc, char *to) {
    if (decode_value(decoder, desc, to)) return true;
    reading->error = decoder->error;
    return false;
}

static Decoder decoder_of(const Reading *reading, StoreBytes bytes, size_t front) {
    const char *at = bytes.data;
    return (Decoder){
        .at = at + front,
        .end = at + bytes.size,
        .alloc = scratch_take,
        .user = reading->memory,
        .program = reading->items->program,
        .rebindings = reading->items->rebindings,
    };
}

static bool is_kept_under(const MapItems *items, const char *key, Decoder *bytes) {
    Buf again = {0};
    encode_key(&again, items->desc->elem, key, items->program);
    size_t size = (size_t)(bytes->end - bytes->at);
    bool same = again.length == size && (!size || memcmp(again.data, bytes->at, size) == 0);
    buf_free(&again);
    return same;
}

static int take_item(void *user, StoreBytes key_bytes, StoreBytes value_bytes) {
    Reading *reading = user;
    const MapItems *items = reading->items;
    char *row = reading->rows + reading->count * reading->stride;
    Decoder key = decoder_of(reading, key_bytes, items->front.size), value = decoder_of(reading, value_bytes, 0);
    if (!take(reading, items->exact ? &key : &value, items->desc->elem, row)) return MAP_ITEMS_DAMAGED;
    if (!items->exact && !is_kept_under(items, row, &key)) return damaged(reading, "a key is not the one it is kept under");
    if (!take(reading, &value, items->desc->mapped, row + reading->value_at)) return MAP_ITEMS_DAMAGED;
    if (value.at != value.end || (items->exact && key.at != key.end)) return damaged(reading, "there are bytes behind an entry");
    reading->sorted[reading->count++] = table_sortable(items->desc->elem, row);
    return 0;
}

static bool ask_for_rows(Reading *reading, uint64_t count) {
    const PtDesc *k = reading->items->desc->elem, *v = reading->items->desc->mapped;
    uint64_t size;
    reading->value_at = (k->size + (uint64_t)7) & ~(uint64_t)7;
    reading->stride = (reading->value_at + v->size + 7) & ~(uint64_t)7;
    if (__builtin_mul_overflow(count, reading->stride + sizeof(SortedEntry), &size)) return false;
    reading->sorted = scratch_take(reading->memory, count * sizeof(SortedEntry));
    reading->rows = scratch_take(reading->memory, count * reading->stride + 1);
    return reading->sorted && reading->rows;
}

static bool fill(const Reading *reading, const PtMap *map) {
    const PtDesc *k = reading->items->desc->elem, *v = reading->items->desc->mapped;
    uint64_t run;
    for (uint64_t i = 0; i < reading->count; i += run) {
        const void *key, *value;
        run = map_run(map, i, k, v, &key, &value);
        for (uint64_t j = 0; j < run; j++) {
            const SortedEntry *entry = &reading->sorted[i + j];
            if (i + j && table_compare(k, entry - 1, entry) >= 0) return false;
            memcpy((char *)key + j * k->size, entry->entry, k->size);
            memcpy((char *)value + j * v->size, entry->entry + reading->value_at, v->size);
        }
    }
    return true;
}

static int build(Reading *reading, PtMap *map) {
    const PtDesc *k = reading->items->desc->elem, *v = reading->items->desc->mapped;
    table_sort(k, reading->sorted, reading->count);
    *map = (PtMap){.root = map_build(&(MapShape){k, v, scratch_take, reading->memory, 0}, reading->count)};
    if (!map->root && reading->count) return damaged(reading, "there is no memory for a map");
    return fill(reading, map) ? 0 : damaged(reading, "a key of a map is there twice");
}

int map_items_read(const MapItems *items, const MapSource *source, uint64_t count, Scratch *memory, PtMap *map,
                   const char **error) {
    Reading reading = {.items = items, .memory = memory};
    uint64_t found = 0;
    *map = (PtMap){0};
    int code = source->scan(source->from, items->front, count_item, &found);
    if (!code && found != count) code = damaged(&reading, "a map has not as many entries as it should");
    if (!code && !ask_for_rows(&reading, count)) code = damaged(&reading, "there is no memory for a map");
    if (!code) code = source->scan(source->from, items->front, take_item, &reading);
    if (!code) code = build(&reading, map);
    *error = reading.error;
    return code;
}
