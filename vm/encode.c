// Writing values. What is still to be written lies on a stack of its own: values may be as deep as they are large. A value is
// left before its last part is entered, so a chain takes no more of it than a pair.
#include "vm/encode.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "vm/bytes.h"
#include "vm/encode_size.h"
#include "vm/map.h"
#include "vm/memory.h"

enum { LOCAL = 16 };

// Stands for the fields of a Todo that is about the entries of a map.
static const PtField ENTRIES[1];

// Fields of the value at `at`, or without `fields` values in a row from `at` on; with ENTRIES, the last `count` entries of the
// map.
typedef struct Todo {
    const PtField *fields;
    const PtDesc *desc;
    const char *at;
    uint64_t count;
} Todo;

typedef enum Form { FORM_VALUE, FORM_KEY } Form; // FORM_KEY: all zeroes are one, and all NaNs

typedef struct Encoding {
    Buf *out;
    const PtProgram *program;
    Form form;
    Todo *items; // local or on the heap
    size_t count;
    size_t capacity;
    Todo local[LOCAL];
} Encoding;

static void push(Encoding *e, Todo todo) {
    if (e->count == e->capacity) {
        Todo *items = memory_new(2 * e->capacity, sizeof(Todo));
        memcpy(items, e->items, e->count * sizeof(Todo));
        if (e->items != e->local) free(e->items);
        e->items = items;
        e->capacity *= 2;
    }
    e->items[e->count++] = todo;
}

// ---- what needs no stack ----

static void put_size(Buf *out, uint64_t size) {
    if (size < SIZE_IS_LARGE) {
        bytes_put_u32(out, (uint32_t)size);
    } else {
        bytes_put_u32(out, SIZE_IS_LARGE);
        bytes_put_u64(out, size);
    }
}

// Most texts are words: two moves that may overlap are faster than a call of memcpy.
static inline void copy_word(char *to, const char *from, size_t size) {
    if (size >= 8) {
        memcpy(to, from, 8);
        memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        memcpy(to, from, 4);
        memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (size_t i = 0; i < size; i++) to[i] = from[i];
    }
}

static inline void put_string(Buf *out, const PtString *string) {
    size_t size = (size_t)string->size;
    if (size <= 16) {
        uint32_t prefix = htole32((uint32_t)size);
        char *to = bytes_add(out, sizeof prefix + size);
        memcpy(to, &prefix, sizeof prefix);
        copy_word(to + sizeof prefix, string->data, size);
        return;
    }
    put_size(out, size);
    memcpy(bytes_add(out, size), string->data, size);
}

static uint64_t float_bits(const char *value, Form form) {
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    if (form == FORM_VALUE) return bits;
    double number;
    memcpy(&number, value, sizeof number);
    if (number == 0) return 0;
    return number == number ? bits : FLOAT_NAN_BITS;
}

static inline void put_words(Buf *out, const uint64_t *words, uint32_t count) {
    char *to = bytes_add(out, count * sizeof *words);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t word = htole64(words[i]);
        memcpy(to + i * sizeof word, &word, sizeof word);
    }
}

// Writes a value of a scalar type or a String, or one that consists of words; false for others.
static inline bool put_plain(Buf *out, const PtDesc *desc, const char *value, Form form) {
    if (desc->kind == PT_INT) {
        bytes_put_u64(out, *(const uint64_t *)value);
        return true;
    }
    switch (desc->kind) {
    case PT_FUTURE:
    case PT_DURATION: bytes_put_u64(out, *(const uint64_t *)value); return true;
    case PT_FLOAT: bytes_put_u64(out, float_bits(value, form)); return true;
    case PT_BOOL: bytes_put_u8(out, *(const uint8_t *)value); return true;
    case PT_BYTES:
    case PT_STRING: put_string(out, (const PtString *)value); return true;
    default: break;
    }
    if (desc->words) put_words(out, (const uint64_t *)value, desc->words);
    return desc->words;
}

static inline const char *field_value(const PtField *field, const char *value) {
    value += field->offset;
    if (field->boxed) memcpy(&value, value, sizeof value);
    return value;
}

// Writes fields up to the first that is not plain; its number, or `count`.
static inline uint64_t put_plain_fields(Buf *out, const PtField *fields, uint64_t count, const char *value, Form form) {
    uint64_t i = 0;
    while (i < count && put_plain(out, fields[i].desc, field_value(&fields[i], value), form)) i++;
    return i;
}

// ---- what does ----

static void put_list(Encoding *e, const PtDesc *elem, const PtList *list) {
    uint64_t count = (uint64_t)list->size;
    put_size(e->out, count);
    if (!count || !elem->size) return;
    if (elem->kind == PT_INT && htole32(1) == 1)
        memcpy(bytes_add(e->out, count * sizeof(int64_t)), list->data, count * sizeof(int64_t));
    else
        push(e, (Todo){NULL, elem, list->data, count});
}

static void put_map(Encoding *e, const PtDesc *desc, const PtMap *map) {
    uint64_t size = map_size(map);
    put_size(e->out, size);
    if (size) push(e, (Todo){ENTRIES, desc, (const char *)map, size});
}

static void push_fields(Encoding *e, const PtField *fields, uint64_t count, const char *value) {
    if (count) push(e, (Todo){fields, NULL, value, count});
}

static void put_closure(Encoding *e, const char *closure) {
    int64_t code;
    if (!closure) { // of a frame that nobody waits for
        bytes_put_u64(e->out, 0);
        return;
    }
    memcpy(&code, closure, sizeof code);
    const PtClosure *info = &e->program->closures[code];
    bytes_put_u64(e->out, info->id);
    push_fields(e, info->fields, info->field_count, closure);
}

static void put_one(Encoding *e, const PtDesc *desc, const char *value) {
    if (put_plain(e->out, desc, value, e->form) || !desc->size) return;
    switch ((PtKind)desc->kind) {
    case PT_LIST: put_list(e, desc->elem, (const PtList *)value); break;
    case PT_MAP:
    case PT_SET: put_map(e, desc, (const PtMap *)value); break;
    case PT_STRUCT: push_fields(e, desc->variants[0].fields, desc->variants[0].field_count, value); break;
    case PT_ENUM: {
        uint64_t tag = *(const uint64_t *)value;
        if (encode_tag_size(desc) == 1)
            bytes_put_u8(e->out, (uint8_t)tag);
        else
            bytes_put_u32(e->out, (uint32_t)tag);
        push_fields(e, desc->variants[tag].fields, desc->variants[tag].field_count, value);
        break;
    }
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: {
        const char *closure;
        memcpy(&closure, value, sizeof closure);
        put_closure(e, closure);
        break;
    }
    default: break;
    }
}

// The top item is left before its last field is entered.
static void put_fields(Encoding *e, Todo todo) {
    uint64_t plain = put_plain_fields(e->out, todo.fields, todo.count, todo.at, e->form);
    if (plain + 1 >= todo.count)
        e->count--;
    else
        e->items[e->count - 1] = (Todo){todo.fields + plain + 1, NULL, todo.at, todo.count - plain - 1};
    if (plain < todo.count) put_one(e, todo.fields[plain].desc, field_value(&todo.fields[plain], todo.at));
}

// Entries that lie in a row, up to the first one that is not plain, of which the value is left to do, or both parts.
static void put_entries(Encoding *e, Todo todo) {
    const PtDesc *k = todo.desc->elem, *v = todo.desc->mapped;
    const PtMap *map = (const PtMap *)todo.at;
    const void *key, *value;
    uint64_t count = map_run(map, map_size(map) - todo.count, k, v, &key, &value), done = 0;
    bool plain_key = true, plain = true;
    for (; done < count && plain; done++) {
        const char *at = (const char *)key + done * k->size, *to = (const char *)value + done * v->size;
        plain_key = put_plain(e->out, k, at, e->form);
        plain = plain_key && (!v->size || put_plain(e->out, v, to, e->form));
    }
    if (done == todo.count)
        e->count--;
    else
        e->items[e->count - 1].count -= done;
    if (plain) return;
    const char *at = (const char *)key + (done - 1) * k->size, *to = (const char *)value + (done - 1) * v->size;
    if (v->size) push(e, (Todo){NULL, v, to, 1});
    if (!plain_key) put_one(e, k, at);
}

static void put_next(Encoding *e) {
    Todo *top = &e->items[e->count - 1];
    Todo todo = *top;
    if (todo.fields == ENTRIES) {
        put_entries(e, todo);
        return;
    }
    if (todo.fields) {
        put_fields(e, todo);
        return;
    }
    if (todo.count == 1)
        e->count--;
    else
        *top = (Todo){NULL, todo.desc, todo.at + todo.desc->size, todo.count - 1};
    put_one(e, todo.desc, todo.at);
}

// Of a struct, the first `plain` fields have been written.
__attribute__((noinline)) static void encode_deep(Buf *out, const PtDesc *desc, uint64_t plain, const char *value,
                                                  const PtProgram *program, Form form) {
    Encoding e; // not initialised as a whole: clearing `local` would cost more than writing most values
    e.out = out;
    e.program = program;
    e.form = form;
    e.items = e.local;
    e.count = 0;
    e.capacity = LOCAL;
    if (plain)
        push_fields(&e, desc->variants[0].fields + plain, desc->variants[0].field_count - plain, value);
    else
        put_one(&e, desc, value);
    while (e.count) put_next(&e);
    if (e.items != e.local) free(e.items);
}

static void encode(Buf *out, const PtDesc *desc, const char *value, const PtProgram *program, Form form) {
    if (put_plain(out, desc, value, form)) return;
    uint64_t plain = 0;
    if (desc->kind == PT_STRUCT) {
        const PtVariant *variant = &desc->variants[0];
        plain = put_plain_fields(out, variant->fields, variant->field_count, value, form);
        if (plain == variant->field_count) return;
    }
    encode_deep(out, desc, plain, value, program, form);
}

void encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program) {
    if (desc->kind == PT_INT)
        bytes_put_u64(out, *(const uint64_t *)value);
    else
        encode(out, desc, value, program, FORM_VALUE);
}

void encode_key(Buf *out, const PtDesc *desc, const void *key, const PtProgram *program) {
    if (desc->kind == PT_INT)
        bytes_put_u64(out, *(const uint64_t *)key);
    else
        encode(out, desc, key, program, FORM_KEY);
}
