// The library's functions on lists that need the layout of their elements. Lists share memory where they can; new ones lie in the
// atom's region.
#include <stdlib.h>
#include <string.h>

#include "vm/context.h"
#include "vm/error.h"
#include "vm/library.h"

enum { FIRST_APPEND = 4 }; // elements there is room for after the first append to a list

static uint64_t bytes_of(const PtList *list, const PtDesc *t) {
    return (uint64_t)list->size * t->size;
}

// Elements of type () are not stored: there may be nothing to copy from.
static void copy(char *to, const void *from, uint64_t bytes) {
    if (bytes) memcpy(to, from, bytes);
}

// Room for `count` elements.
static char *new_elements(PtContext *context, uint64_t count, const PtDesc *t) {
    uint64_t bytes;
    if (__builtin_mul_overflow(count, t->size, &bytes) || bytes > INT64_MAX) trap_memory(partition_of(context));
    return pt_alloc(context, (int64_t)bytes);
}

int64_t pt_list_size(PtContext *context, const PtList *list, const PtDesc *t) {
    (void)context, (void)t;
    return list->size;
}

// ---- append ----

// Copies the list to where there is room behind it.
static char *move_to_append(Partition *partition, const PtList *list, const PtDesc *t) {
    uint64_t size = (uint64_t)list->size;
    uint64_t capacity = size < FIRST_APPEND / 2 ? FIRST_APPEND : 2 * size;
    char *data = new_elements(&partition->context, capacity, t);
    copy(data, list->data, bytes_of(list, t));
    partition->append_end = data + bytes_of(list, t);
    partition->append_limit = data + capacity * t->size;
    return data;
}

// If nothing was allocated since, the room grows where it is.
static bool extend_append(Partition *partition, uint64_t bytes) {
    PtContext *context = &partition->context;
    bytes = (bytes + 7) & ~(uint64_t)7;
    if (partition->append_limit != context->next || (uint64_t)(context->end - context->next) < bytes) return false;
    context->next += bytes;
    partition->append_limit += bytes;
    return true;
}

// The list that was appended to last has room behind it, which no other list can see: if `list` ends exactly there, the element
// is written in place. Otherwise the list moves, with room for as many elements again.
void pt_list_append(PtContext *context, PtList *out, const PtList *list, const void *element, const PtDesc *t) {
    Partition *partition = partition_of(context);
    size_t bytes = bytes_of(list, t);
    char *data = (char *)list->data, *end = bytes ? data + bytes : data;
    bool in_place = list->size && end == partition->append_end;
    if (in_place && (uint64_t)(partition->append_limit - end) < t->size) in_place = extend_append(partition, bytes);
    if (!in_place) {
        data = move_to_append(partition, list, t);
        end = partition->append_end;
    }
    copy(end, element, t->size);
    partition->append_end = end + t->size;
    *out = (PtList){data, list->size + 1};
}

// ---- parts and wholes ----

void pt_list_concat(PtContext *context, PtList *out, const PtList *list, const PtList *other, const PtDesc *t) {
    if (!list->size || !other->size) {
        *out = list->size ? *list : *other;
        return;
    }
    PtList both = {NULL, list->size + other->size};
    char *data = new_elements(context, (uint64_t)both.size, t);
    copy(data, list->data, bytes_of(list, t));
    copy(data + bytes_of(list, t), other->data, bytes_of(other, t));
    both.data = data;
    *out = both;
}

void pt_list_slice(PtContext *context, PtList *out, const PtList *list, int64_t from, int64_t to, const PtDesc *t) {
    (void)context;
    if (from < 0) from = 0;
    if (to > list->size) to = list->size;
    if (from >= to)
        *out = (PtList){NULL, 0};
    else
        *out = (PtList){(const char *)list->data + (uint64_t)from * t->size, to - from};
}

void pt_list_reverse(PtContext *context, PtList *out, const PtList *list, const PtDesc *t) {
    uint64_t size = (uint64_t)list->size;
    char *data = new_elements(context, size, t);
    const char *from = (const char *)list->data;
    for (uint64_t i = 0; i < size; i++) copy(data + i * t->size, from + (size - 1 - i) * t->size, t->size);
    *out = (PtList){data, list->size};
}

// Out of range, nothing changes.
void pt_list_set(PtContext *context, PtList *out, const PtList *list, int64_t i, const void *element, const PtDesc *t) {
    if (i < 0 || i >= list->size) {
        *out = *list;
        return;
    }
    char *data = new_elements(context, (uint64_t)list->size, t);
    copy(data, list->data, bytes_of(list, t));
    copy(data + (uint64_t)i * t->size, element, t->size);
    *out = (PtList){data, list->size};
}

// ---- sort ----

// A bottom-up merge sort of places in the list: stable, and never deeper than this function.
typedef struct Sort {
    const PtDesc *desc;
    const char *keys;
} Sort;

static bool in_order(const Sort *sort, uint32_t a, uint32_t b) {
    const char *x = sort->keys + (uint64_t)a * sort->desc->size, *y = sort->keys + (uint64_t)b * sort->desc->size;
    if (sort->desc->kind == PT_INT) return *(const int64_t *)x <= *(const int64_t *)y;
    return pt_compare(sort->desc, x, y) <= 0;
}

static void merge(const Sort *sort, const uint32_t *from, uint32_t *to, uint64_t start, uint64_t middle, uint64_t end) {
    uint64_t left = start, right = middle;
    for (uint64_t i = start; i < end; i++) {
        bool take_left = right == end || (left < middle && in_order(sort, from[left], from[right]));
        to[i] = take_left ? from[left++] : from[right++];
    }
}

// The places in sorted order, in one of the two arrays of `size` each.
static uint32_t *sort_places(const Sort *sort, uint32_t *places, uint32_t *spare, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) places[i] = (uint32_t)i;
    for (uint64_t width = 1; width < size; width *= 2) {
        for (uint64_t start = 0; start < size; start += 2 * width) {
            uint64_t middle = start + width < size ? start + width : size;
            uint64_t end = middle + width < size ? middle + width : size;
            merge(sort, places, spare, start, middle, end);
        }
        uint32_t *done = spare;
        spare = places;
        places = done;
    }
    return places;
}

void pt_list_sort_with_keys(PtContext *context, PtList *out, const PtList *list, const PtList *keys, const PtDesc *t,
                            const PtDesc *k) {
    uint64_t size = (uint64_t)(list->size < keys->size ? list->size : keys->size);
    if (size > UINT32_MAX) trap_memory(partition_of(context));
    char *data = new_elements(context, size, t);
    uint32_t *places = pt_alloc(context, (int64_t)(2 * size * sizeof(uint32_t)));
    const Sort sort = {k, keys->data};
    const uint32_t *sorted = sort_places(&sort, places, places + size, size);
    const char *from = (const char *)list->data;
    for (uint64_t i = 0; i < size; i++) copy(data + i * t->size, from + sorted[i] * (uint64_t)t->size, t->size);
    *out = (PtList){data, (int64_t)size};
}
