// Reading values. The bytes may be anything: sizes are held against what is left before memory is asked for, and what is still to
// be read lies on a stack of its own.
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "vm/bytes.h"
#include "vm/encode.h"
#include "vm/encode_size.h"
#include "vm/map.h"
#include "vm/map_build.h"
#include "vm/memory.h"
#include "vm/utf8.h"

enum {
    LOCAL = 16,
    NESTING = 16, // how far inwards least_size looks
    // So many boxes in a row without a byte between them cannot be: a value that contains its own type does so through an enum,
    // whose tag is a byte. Others come from records that hold themselves, which no program can make.
    EMPTY_BOXES = 4096,
};

// Stands for the fields of a Todo that is about the entries of a map.
static const PtField ENTRIES[1];

// Fields of the value at `at`, or without `fields` values in a row from `at` on; with ENTRIES, the last `count` entries of the
// map, and then whether all are in order.
typedef struct Todo {
    const PtField *fields;
    const PtDesc *desc;
    char *at;
    uint64_t count;
} Todo;

typedef struct Decoding {
    Decoder *decoder;
    const char *last_box; // where the last box was entered
    uint32_t empty_boxes; // entered there, one in another
    Todo *items;          // local or on the heap
    size_t count;
    size_t capacity;
    Todo local[LOCAL];
} Decoding;

static const char NO_MEMORY[] = "there is no memory for a value";

// What size-less lists point to.
static const uint64_t NOTHING = 0;

static bool fail(Decoding *d, const char *error) {
    d->decoder->error = error;
    return false;
}

static bool unordered(Decoding *d) {
    return fail(d, "the keys of a Map or Set are not in order");
}

static bool cut_off(Decoding *d) {
    return fail(d, "the bytes end within a value");
}

static size_t left(const Decoding *d) {
    return (size_t)(d->decoder->end - d->decoder->at);
}

static void push(Decoding *d, Todo todo) {
    if (d->count == d->capacity) {
        Todo *items = memory_new(2 * d->capacity, sizeof(Todo));
        memcpy(items, d->items, d->count * sizeof(Todo));
        if (d->items != d->local) free(d->items);
        d->items = items;
        d->capacity *= 2;
    }
    d->items[d->count++] = todo;
}

static bool take_one(Decoding *d, const PtDesc *desc, char *value);

static bool push_fields(Decoding *d, const PtField *fields, uint64_t count, char *value) {
    if (count) push(d, (Todo){fields, NULL, value, count});
    return true;
}

static void *ask(Decoding *d, uint64_t size) {
    void *memory = d->decoder->alloc(d->decoder->user, size);
    if (!memory) fail(d, NO_MEMORY);
    return memory;
}

// ---- numbers ----

static bool take_u8(Decoding *d, uint8_t *value) {
    Bytes bytes = {d->decoder->at, d->decoder->end};
    if (!bytes_take_u8(&bytes, value)) return cut_off(d);
    d->decoder->at = bytes.at;
    return true;
}

static bool take_u32(Decoding *d, uint32_t *value) {
    Bytes bytes = {d->decoder->at, d->decoder->end};
    if (!bytes_take_u32(&bytes, value)) return cut_off(d);
    d->decoder->at = bytes.at;
    return true;
}

static bool take_u64(Decoding *d, uint64_t *value) {
    Bytes bytes = {d->decoder->at, d->decoder->end};
    if (!bytes_take_u64(&bytes, value)) return cut_off(d);
    d->decoder->at = bytes.at;
    return true;
}

static bool take_size(Decoding *d, uint64_t *size) {
    uint32_t small;
    if (!take_u32(d, &small)) return false;
    *size = small;
    if (small < SIZE_IS_LARGE) return true;
    if (!take_u64(d, size)) return false;
    return (*size >= SIZE_IS_LARGE && *size <= INT64_MAX) || fail(d, "a size is not written as it must be");
}

static bool take_bool(Decoding *d, uint8_t *value) {
    if (!take_u8(d, value)) return false;
    return *value <= 1 || fail(d, "a Bool is neither 0 nor 1");
}

// ---- texts and lists ----

// A String, or Bytes.
static bool take_string(Decoding *d, PtKind kind, PtString *string) {
    uint64_t size;
    if (!take_size(d, &size)) return false;
    if (size > left(d))
        return fail(d, kind == PT_BYTES ? "Bytes are more than the bytes that are left"
                                        : "a String is longer than the bytes that are left");
    *string = (PtString){(const char *)&NOTHING, (int64_t)size};
    if (!size) return true;
    const char *bytes = d->decoder->at;
    if (kind == PT_STRING && utf8_valid(bytes, (size_t)size) != size) return fail(d, "a String is not valid UTF-8");
    char *copy = ask(d, size);
    if (!copy) return false;
    memcpy(copy, bytes, (size_t)size);
    string->data = copy;
    d->decoder->at += size;
    return true;
}

// How many bytes a value takes at least: 0 only if all take none. A lower bound suffices; it is exact for what has no enums in
// it.
static uint64_t least_size(const PtDesc *desc, int nesting) {
    if (!desc->size) return 0;
    switch ((PtKind)desc->kind) {
    case PT_UNIT: return 0;
    case PT_BOOL: return 1;
    case PT_INT:
    case PT_FLOAT:
    case PT_DURATION:
    case PT_ANY:
    case PT_FUTURE:
    case PT_FRAME:
    case PT_FN: return 8;
    case PT_STRING:
    case PT_BYTES:
    case PT_MAP:
    case PT_SET:
    case PT_LIST: return 4;
    case PT_ENUM: return encode_tag_size(desc);
    case PT_STRUCT: break;
    }
    uint64_t size = 0;
    const PtVariant *variant = &desc->variants[0];
    for (uint64_t i = 0; i < variant->field_count && nesting; i++)
        size += variant->fields[i].boxed ? 1 : least_size(variant->fields[i].desc, nesting - 1);
    return size ? size : 1;
}

static void take_ints(Decoding *d, uint64_t *to, uint64_t count) {
    memcpy(to, d->decoder->at, count * sizeof *to);
    if (htole32(1) != 1)
        for (uint64_t i = 0; i < count; i++) to[i] = le64toh(to[i]);
    d->decoder->at += count * sizeof *to;
}

static bool take_words(Decoding *d, uint64_t *words, uint32_t count) {
    if (left(d) < count * sizeof *words) return cut_off(d);
    take_ints(d, words, count);
    return true;
}

static bool take_list(Decoding *d, const PtDesc *elem, PtList *list) {
    uint64_t count, least = least_size(elem, NESTING);
    if (!take_size(d, &count)) return false;
    *list = (PtList){&NOTHING, (int64_t)count};
    if (!count || !least) return true; // elements of no bytes take no memory either, nor time
    if (count > left(d) / least) return fail(d, "a List is longer than the bytes that are left");
    uint64_t size;
    if (__builtin_mul_overflow(count, (uint64_t)elem->size, &size)) return fail(d, NO_MEMORY);
    char *data = ask(d, size);
    if (!data) return false;
    list->data = data;
    if (elem->kind == PT_INT || elem->kind == PT_FLOAT)
        take_ints(d, (uint64_t *)data, count);
    else
        push(d, (Todo){NULL, elem, data, count});
    return true;
}

// ---- maps ----

static void *ask_for_node(void *decoding, uint64_t size) {
    return ask(decoding, size);
}

// The tree is there, with room for all entries, before they are read.
static bool take_map(Decoding *d, const PtDesc *desc, PtMap *map) {
    const PtDesc *k = desc->elem, *v = desc->mapped;
    uint64_t count, least = least_size(k, NESTING);
    *map = (PtMap){0};
    if (!take_size(d, &count) || !count) return !d->decoder->error;
    if (!least && count > 1) return unordered(d); // there is one key without bytes
    least += least_size(v, NESTING);
    if (least && count > left(d) / least) return fail(d, "a Map or Set is longer than the bytes that are left");
    map->root = map_build(&(MapShape){k, v, ask_for_node, d, 0}, count);
    if (!map->root) return fail(d, NO_MEMORY);
    push(d, (Todo){ENTRIES, desc, (char *)map, count});
    return true;
}

static bool check_order(Decoding *d, const PtDesc *desc, const PtMap *map) {
    const PtDesc *k = desc->elem;
    uint64_t size = map_size(map), count;
    const char *last = NULL;
    for (uint64_t place = 0; place < size; place += count) {
        const void *key, *value;
        count = map_run(map, place, k, desc->mapped, &key, &value);
        for (uint64_t i = 0; i < count; i++) {
            const char *next = (const char *)key + i * k->size;
            if (last && pt_compare(k, last, next) >= 0) return unordered(d);
            last = next;
        }
    }
    return true;
}

// Whether take_one reads all of such a value.
static bool is_flat(const PtDesc *desc) {
    return !desc->size || desc->words || desc->kind == PT_INT || desc->kind == PT_FLOAT || desc->kind == PT_BOOL ||
           desc->kind == PT_STRING;
}

static bool take_flat_entries(Decoding *d, const PtDesc *k, const PtDesc *v, char *key, char *value, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        if (!take_one(d, k, key + i * k->size) || !take_one(d, v, value + i * v->size)) return false;
    return true;
}

// The next entry of the map on top, or what lies in a row.
static bool take_entries(Decoding *d, Todo todo) {
    const PtDesc *k = todo.desc->elem, *v = todo.desc->mapped;
    const PtMap *map = (const PtMap *)todo.at;
    if (!todo.count) {
        d->count--;
        return check_order(d, todo.desc, map);
    }
    const void *key, *value;
    uint64_t count = map_run(map, map_size(map) - todo.count, k, v, &key, &value);
    if (is_flat(k) && is_flat(v)) {
        d->items[d->count - 1].count -= count;
        return take_flat_entries(d, k, v, (char *)key, (char *)value, count);
    }
    d->items[d->count - 1].count--;
    if (v->size) push(d, (Todo){NULL, v, (char *)value, 1});
    return take_one(d, k, (char *)key);
}

// ---- the rest ----

static bool take_enum(Decoding *d, const PtDesc *desc, char *value) {
    uint8_t small = 0;
    uint32_t tag = 0;
    if (encode_tag_size(desc) == 1 ? !take_u8(d, &small) : !take_u32(d, &tag)) return false;
    if (encode_tag_size(desc) == 1) tag = small;
    if (tag >= desc->variant_count) return fail(d, "an enum has no variant of that number");
    *(int64_t *)value = tag;
    return push_fields(d, desc->variants[tag].fields, desc->variants[tag].field_count, value);
}

static bool is_of_kind(const PtClosure *closure, PtKind kind) {
    return closure->desc && closure->desc->kind == kind;
}

// Whether a value of the type can have this code: any other would be called with the wrong arguments, what is no Any holds no
// value, and what is no frame has no caller.
static bool fits_type(const PtClosure *closure, const PtDesc *type) {
    if (type->kind == PT_ANY) return is_of_kind(closure, PT_FN) || (is_of_kind(closure, PT_ANY) && closure->field_count == 1);
    if (type->kind == PT_FRAME) return is_of_kind(closure, PT_FRAME) && closure->field_count;
    if (is_of_kind(closure, PT_ANY) || is_of_kind(closure, PT_FRAME)) return false;
    return !closure->desc || strcmp(closure->desc->name, type->name) == 0;
}

static const char *unknown_code(const PtDesc *type) {
    switch (type->kind) {
    case PT_ANY:
        return "an Any holds a value of a type that the program makes no Any of, or a function that it does not have: it has "
               "changed, or its use is gone";
    case PT_FRAME: return "a continuation refers to code that the program does not have: the function has changed or is gone";
    default: return "a function value refers to code that the program does not have: the function has changed or is gone";
    }
}

// How many closures come before all with this id.
static uint64_t find_first(const PtProgram *program, uint64_t id) {
    uint64_t low = 0, high = program->closure_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (program->closures[program->code_order[middle]].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// What has taken the place of code that the program does not have.
static const PtClosure *find_heir(Decoding *d, uint64_t id, const PtDesc *type) {
    const Rebinding *gone = type->kind == PT_FRAME ? NULL : rebind_find(d->decoder->rebindings, id);
    if (rebind_takes_place(d->decoder->rebindings, gone) && fits_type(&d->decoder->program->closures[gone->code], type))
        return &d->decoder->program->closures[gone->code];
    fail(d, gone ? gone->error : unknown_code(type));
    return NULL;
}

const PtClosure *program_next_code(const PtProgram *program, uint64_t id, uint64_t *at) {
    const uint64_t *order = program->code_order;
    if (!*at && order) *at = find_first(program, id);
    while (*at < program->closure_count) {
        const PtClosure *closure = &program->closures[order ? order[*at] : *at];
        ++*at;
        if (closure->id == id) return closure;
        if (order) *at = program->closure_count;
    }
    return NULL;
}

static const PtClosure *find_closure(Decoding *d, uint64_t id, const PtDesc *type) {
    const PtProgram *program = d->decoder->program;
    uint64_t at = 0;
    for (const PtClosure *closure; program && (closure = program_next_code(program, id, &at));)
        if (fits_type(closure, type)) return closure;
    return find_heir(d, id, type);
}

static bool take_closure(Decoding *d, const PtDesc *desc, char **value) {
    uint64_t id;
    if (!take_u64(d, &id)) return false;
    if (!id && desc->kind == PT_FRAME) { // nobody waits for that one
        memcpy(value, &(char *){NULL}, sizeof(char *));
        return true;
    }
    const PtClosure *info = find_closure(d, id, desc);
    if (!info) return false;
    if (d->decoder->code) d->decoder->code(d->decoder->code_user, info);
    char *closure = ask(d, info->size);
    if (!closure) return false;
    int64_t code = info - d->decoder->program->closures;
    memcpy(closure, &code, sizeof code);
    memcpy(value, &closure, sizeof closure);
    return push_fields(d, info->fields, info->field_count, closure);
}

static bool take_one(Decoding *d, const PtDesc *desc, char *value) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: return true;
    case PT_INT:
    case PT_DURATION:
    case PT_FUTURE:
    case PT_FLOAT: return take_u64(d, (uint64_t *)value);
    case PT_BOOL: return take_bool(d, (uint8_t *)value);
    case PT_STRING:
    case PT_BYTES: return take_string(d, (PtKind)desc->kind, (PtString *)value);
    case PT_LIST: return take_list(d, desc->elem, (PtList *)value);
    case PT_STRUCT:
        if (!desc->size) return true;
        if (desc->words) return take_words(d, (uint64_t *)value, desc->words);
        return push_fields(d, desc->variants[0].fields, desc->variants[0].field_count, value);
    case PT_ENUM: return take_enum(d, desc, value);
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: return take_closure(d, desc, (char **)value);
    case PT_MAP:
    case PT_SET: return take_map(d, desc, (PtMap *)value);
    }
    return true;
}

// The memory of a boxed value.
static char *enter_box(Decoding *d, const PtDesc *desc, char *box) {
    if (!left(d)) {
        cut_off(d);
        return NULL;
    }
    d->empty_boxes = d->decoder->at == d->last_box ? d->empty_boxes + 1 : 0;
    d->last_box = d->decoder->at;
    if (d->empty_boxes > EMPTY_BOXES) {
        fail(d, "a value contains itself");
        return NULL;
    }
    char *value = ask(d, desc->size);
    if (value) memcpy(box, &value, sizeof value);
    return value;
}

// Takes off the top item what comes next, before that is read.
static bool take_next(Decoding *d) {
    Todo *top = &d->items[d->count - 1];
    Todo todo = *top;
    if (todo.fields == ENTRIES) return take_entries(d, todo);
    if (!todo.fields) {
        if (todo.count == 1)
            d->count--;
        else
            *top = (Todo){NULL, todo.desc, todo.at + todo.desc->size, todo.count - 1};
        return take_one(d, todo.desc, todo.at);
    }
    if (todo.count == 1)
        d->count--;
    else
        *top = (Todo){todo.fields + 1, NULL, todo.at, todo.count - 1};
    char *at = todo.at + todo.fields->offset;
    if (todo.fields->boxed) at = enter_box(d, todo.fields->desc, at);
    return at && take_one(d, todo.fields->desc, at);
}

bool decode_value(Decoder *decoder, const PtDesc *desc, void *value) {
    Decoding d; // not initialised as a whole, like an Encoding
    d.decoder = decoder;
    d.last_box = NULL;
    d.empty_boxes = 0;
    d.items = d.local;
    d.count = 0;
    d.capacity = LOCAL;
    decoder->error = NULL;
    bool fine = take_one(&d, desc, value);
    while (fine && d.count) fine = take_next(&d);
    if (d.items != d.local) free(d.items);
    return fine;
}
