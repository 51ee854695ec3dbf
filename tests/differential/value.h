// value.h - the values of the evaluator: trees in an arena, read with the type that the core says they have. Nothing here is
// shared with vm/: what the VM does in place, by descriptors or with a stack of its own is done here in the plainest way.
#ifndef TESTS_DIFFERENTIAL_VALUE_H
#define TESTS_DIFFERENTIAL_VALUE_H

#include "base/buf.h"
#include "compiler/core.h"

typedef struct Value Value;
typedef struct Entry Entry;

struct Value {
    union {
        int64_t integer; // Int, Bool, and the number of an enum's variant
        double floating;
        Entry *entry;
        const CoreFn *fn; // of a closure
    };
    const char *text;     // the bytes of a String, or of Bytes
    int64_t size;         // of the text, or how many items
    const CoreType *type; // of what an Any holds, its one item
    const Value **items;  // elements, fields, or captured values; of a Map or Set keys and values in turn, `size` of each
};

// The state of a task for one key.
struct Entry {
    int task;
    const Value *key;
    const Value **fields;
    bool is_marked; // had an event in this atom
};

const Value *value_int(Arena *arena, int64_t value);
const Value *value_float(Arena *arena, double value);
const Value *value_string(Arena *arena, const char *text, size_t size); // copies
// With room for `size` items, to be filled in.
Value *value_items(Arena *arena, int64_t size);

// Less than, equal to or greater than 0, in the order of L5.4.
int value_compare(const CoreType *type, const Value *a, const Value *b);
typedef enum ValueStyle { VALUE_PLAIN, VALUE_LITERAL } ValueStyle; // plain: a String on its own is itself
// Appends the text of L5.5. Stops somewhere behind `limit`.
void value_show(Buf *out, const CoreType *type, const Value *value, ValueStyle style, size_t limit);
// The text of a value in a message: cut at a character if it is long.
void value_show_cut(Buf *out, const CoreType *type, const Value *value);
// How many values there are in it, itself included; stops counting at `limit`.
uint64_t value_count(const CoreType *type, const Value *value, uint64_t limit);

#endif
