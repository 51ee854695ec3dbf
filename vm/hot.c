// The functions that compiled code inlines. This file is compiled twice: into the library, and by clang to bitcode that the
// compiler links into every program before optimisation. So it is small, includes little, and defines no data.
#include "vm/hot.h"

#include <endian.h>

#include "vm/cells.h"
#include "vm/library.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

#if defined(__SANITIZE_ADDRESS__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
enum { READS_BEYOND = 0 };
#else
enum { READS_BEYOND = 1 };
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

void *pt_alloc(PtContext *context, int64_t size) {
    uint64_t rounded = ((uint64_t)size + 7) & ~(uint64_t)7;
    char *result = context->next;
    if (UNLIKELY(rounded > (uint64_t)(context->end - result))) return pt_region_extend(context, rounded);
    context->next = result + rounded;
    return result;
}

void *pt_globals(PtContext *context) {
    return context->globals;
}

PtCursor *pt_channels(PtContext *context) {
    return context->channels;
}

void pt_at_event(PtContext *context, int64_t index) {
    context->event = index;
    context->entry = 0;
}

void pt_at_slot(PtContext *context, const void *slot) {
    context->hash = *(const uint64_t *)slot;
    context->order = (const OrderWord *)((const char *)slot + PT_SLOT_ORDER);
    context->entry = 0;
}

uint64_t pt_known_hash(PtContext *context) {
    return context->hash;
}

int64_t pt_task_now(PtContext *context) {
    return LIKELY(context->time) ? context->time : pt_step_time(context);
}

// An event's key leads to a slot of the index, that to an entry, that to the text of its key and to what its states refer to:
// each is fetched some events before it is looked at, when what leads there has come.
enum { INDEX_AHEAD = 24, ENTRY_AHEAD = 16, TEXT_AHEAD = 8 };
enum { LARGE_INDEX = 1 << 11 }; // slots: a smaller table is in the cache anyway

ALWAYS_INLINE Slot index_slot(const Table *table, const char *slot) {
    return table->slots[(uint32_t)*(const uint64_t *)slot & table->mask];
}

enum { LARGE_ENTRY = 56 }; // bytes from which on an entry does not lie in one line of the cache

// Of a large entry both ends: nearly all lie in two lines at most.
ALWAYS_INLINE void fetch_entry(const Table *table, Slot slot) {
    if (!slot.number) return;
    const char *entry = table_entry(table, slot.number - 1);
    __builtin_prefetch(entry);
    if (table->kept >= LARGE_ENTRY) __builtin_prefetch(entry + table->kept - 1);
}

void pt_prefetch(PtContext *context, uint32_t task, const void *slots, int64_t index, int64_t count, int64_t size, int64_t text,
                 int64_t state) {
    const Table *table = &context->tables[task];
    const char *slot = (const char *)slots + index * size;
    if (table->mask < LARGE_INDEX || count - index <= INDEX_AHEAD) return;
    const char *far = slot + INDEX_AHEAD * size;
    __builtin_prefetch(&table->slots[(uint32_t)*(const uint64_t *)far & table->mask]);
    if (text >= 0) __builtin_prefetch(((const PtString *)(far + text))->data);
    fetch_entry(table, index_slot(table, slot + ENTRY_AHEAD * size));
    if (text < 0 && state < 0) return;
    Slot near = index_slot(table, slot + TEXT_AHEAD * size);
    if (!near.number) return;
    const char *entry = table_entry(table, near.number - 1);
    if (text >= 0) __builtin_prefetch(((const PtString *)entry)->data);
    if (state >= 0) __builtin_prefetch(*(void *const *)(entry + state));
}

bool pt_partitioned(PtContext *context) {
    return context->exchanges;
}

ALWAYS_INLINE void *send_to(PtContext *context, uint64_t owner, uint32_t exchange, uint64_t hash, int64_t size, uint32_t level) {
    Lane *lane = &context->lanes[(uint64_t)exchange * context->partitions + owner];
    if (UNLIKELY(lane->end - lane->next < size)) pt_lane_grow(context, lane, (uint64_t)size);
    char *slot = lane->next;
    lane->next = slot + size;
    *(uint64_t *)slot = hash;
    OrderWord *order = (OrderWord *)(slot + PT_SLOT_ORDER);
    uint32_t count = context->order_count, next = context->order_next++;
    order[0] = context->order[0];
    if (level == 1) // what sends there has passed no exchange
        order[1] = next;
    else
        for (uint32_t i = 1; i <= level; i++) order[i] = i < count ? context->order[i] : i == count ? next : 0;
    return slot;
}

void *pt_send(PtContext *context, uint32_t exchange, uint64_t hash, int64_t size, uint32_t level) {
    return send_to(context, pt_owner(hash, context->partitions), exchange, hash, size, level);
}

void *pt_send_single(PtContext *context, uint32_t exchange, uint64_t hash, int64_t size, uint32_t level) {
    return send_to(context, PT_SINGLE_OWNER, exchange, hash, size, level);
}

void pt_at_entry(PtContext *context, uint32_t task, void *entry) {
    context->entry = entry;
    context->task = task;
}

void pt_check_stack(PtContext *context, uint32_t position) {
    if (UNLIKELY((char *)__builtin_frame_address(0) < context->stack_limit)) pt_trap(context, PT_TRAP_STACK, position);
}

ALWAYS_INLINE uint64_t load64(const char *p) {
    uint64_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

ALWAYS_INLINE uint32_t load32(const char *p) {
    uint32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

// Whether eight bytes from here on are in one page of memory, and so can be read if one of them can.
ALWAYS_INLINE bool has_word(const char *p) {
    return ((uint64_t)p & 4095) <= 4096 - 8;
}

// The word that begins here, of which only some bytes may belong to the text. The compiler must not know what the pointer leads
// to.
ALWAYS_INLINE uint64_t load_beyond(const char *p) {
    __asm__("" : "+r"(p));
    return load64(p);
}

// Nearly all keys are of up to eight bytes, or nearly none; which of these they are cannot be guessed.
ALWAYS_INLINE bool equal_word(const char *a, const char *b, uint64_t size) {
    return (load_beyond(a) ^ load_beyond(b)) << (64 - 8 * size) == 0;
}

// Short texts are compared by one load, or two that may overlap.
ALWAYS_INLINE bool equal_bytes(const char *a, const char *b, uint64_t size) {
    if (size > 16) return __builtin_memcmp(a, b, size) == 0;
    if (READS_BEYOND && size - 1 < 8 && LIKELY(has_word(a) && has_word(b))) return equal_word(a, b, size);
    if (size >= 8) return ((load64(a) ^ load64(b)) | (load64(a + size - 8) ^ load64(b + size - 8))) == 0;
    if (size >= 4) return ((load32(a) ^ load32(b)) | (load32(a + size - 4) ^ load32(b + size - 4))) == 0;
    if (size == 0) return true;
    return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

bool pt_equal_string(const PtString *a, const PtString *b) {
    return a->size == b->size && equal_bytes(a->data, b->data, (uint64_t)a->size);
}

uint64_t pt_hash_int(int64_t key) {
    return hash_u64((uint64_t)key);
}

// Two words become one by a multiplication, of which both halves count.
uint64_t pt_hash_words(const uint64_t *key, int64_t words) {
    uint64_t hash = key[0];
    for (int64_t i = 1; i < words; i++) {
        unsigned __int128 product = (unsigned __int128)(hash ^ 0x9e3779b97f4a7c15u) * (key[i] ^ 0xd1342543de82ef95u);
        hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return hash_u64(hash);
}

// hash_bytes, with the case of short texts inlined.
uint64_t pt_hash_string(const PtString *key) {
    if (LIKELY(key->size <= 16)) return XXH3_len_0to16_64b((const uint8_t *)key->data, (size_t)key->size, XXH3_kSecret, 0);
    return pt_hash_long_string(key);
}

// The id of the pair, whose encoding are its three words in a row (encode.h).
void pt_id_child(PtContext *context, Id *out, const Id *parent, int64_t number) {
    (void)context;
    uint64_t words[] = {htole64((uint64_t)parent->high), htole64((uint64_t)parent->low), htole64((uint64_t)number)};
    XXH128_hash_t hash = XXH3_len_17to128_128b((const uint8_t *)words, sizeof words, XXH3_kSecret, sizeof XXH3_kSecret, 0);
    *out = (Id){(int64_t)hash.high64, (int64_t)hash.low64};
}

ALWAYS_INLINE void *found(PtContext *context, uint32_t task, char *entry) {
    pt_at_entry(context, task, entry);
    return entry;
}

// Without a branch for each word.
ALWAYS_INLINE bool equal_words(const uint64_t *a, const uint64_t *b, int64_t words) {
    uint64_t differ = 0;
    for (int64_t i = 0; i < words; i++) differ |= a[i] ^ b[i];
    return differ == 0;
}

typedef enum KeyForm { KEY_IS_INT, KEY_IS_STRING, KEY_IS_WORDS, KEY_IS_ANY } KeyForm;

ALWAYS_INLINE bool is_key(const Table *table, const char *entry, KeyForm form, const void *key, int64_t words) {
    switch (form) {
    case KEY_IS_INT: return *(const int64_t *)entry == *(const int64_t *)key;
    case KEY_IS_STRING: return pt_equal_string((const PtString *)entry, key);
    case KEY_IS_WORDS: return equal_words((const uint64_t *)entry, key, words);
    case KEY_IS_ANY: break;
    }
    return pt_equal(table->key, entry, key);
}

// `form` is a constant where this is inlined.
ALWAYS_INLINE void *find(PtContext *context, uint32_t task, uint64_t hash, KeyForm form, const void *key, int64_t words) {
    const Table *table = &context->tables[task];
    uint32_t tag = (uint32_t)hash;
    for (uint64_t i = tag & table->mask;; i = (i + 1) & table->mask) {
        Slot slot = table->slots[i];
        if (UNLIKELY(!slot.number)) return 0;
        if (LIKELY(slot.tag == tag)) {
            char *entry = table_entry(table, slot.number - 1);
            if (LIKELY(is_key(table, entry, form, key, words))) return found(context, task, entry);
        }
    }
}

void *pt_find_int(PtContext *context, uint32_t task, uint64_t hash, int64_t key) {
    return find(context, task, hash, KEY_IS_INT, &key, 1);
}

void *pt_find_string(PtContext *context, uint32_t task, uint64_t hash, const PtString *key) {
    return find(context, task, hash, KEY_IS_STRING, key, 0);
}

void *pt_find_words(PtContext *context, uint32_t task, uint64_t hash, const uint64_t *key, int64_t words) {
    return find(context, task, hash, KEY_IS_WORDS, key, words);
}

void *pt_find_key(PtContext *context, uint32_t task, uint64_t hash, const void *key) {
    return find(context, task, hash, KEY_IS_ANY, key, 0);
}

void *pt_find_unit(PtContext *context, uint32_t task) {
    const Table *table = &context->tables[task];
    return table->count ? found(context, task, table->chunks[0]) : 0;
}

void *pt_find_beside(PtContext *context, uint32_t task) {
    const Table *table = &context->tables[task];
    return table->count ? table->chunks[0] : 0;
}

void pt_touch(PtContext *context, uint32_t task, void *entry) {
    uint64_t mark = *entry_mark(entry) & ~(uint64_t)(ENTRY_MARKED | ENTRY_RESET | ENTRY_KNOWN);
    if (UNLIKELY(mark != (context->stamp | ENTRY_TOUCHED))) pt_table_touch(context, task, entry);
}

void pt_touch_plain(PtContext *context, uint32_t task, void *entry) {
    if (context->tracks) pt_touch(context, task, entry);
}

void pt_mark(PtContext *context, uint32_t task, void *entry) {
    uint64_t mark = *entry_mark(entry) & ~(uint64_t)(ENTRY_TOUCHED | ENTRY_RESET | ENTRY_KNOWN);
    if (UNLIKELY(mark != (context->stamp | ENTRY_MARKED))) pt_table_mark(context, task, entry);
}

const void *pt_await(PtContext *context, int64_t future, uint64_t *outcome, uint32_t position) {
    const CellSlot *slot = cells_look_up(&context->cells, (uint64_t)future);
    if (slot && slot->cell.state == CELL_PENDING && !(slot->cell.flags & CELL_BEHIND)) return 0;
    if (UNLIKELY(!slot || slot->cell.state != CELL_DONE)) return pt_await_other(context, future, outcome, position);
    *outcome = PT_VALUE;
    return cells_any_value(slot->cell.value);
}
