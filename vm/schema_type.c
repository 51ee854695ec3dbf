// Reading the table of types. They refer to each other by number, back and forth; their layout is found anew, by the rules of
// vm/value.h: it never leaves the process, and need not be the one that the program has.
#include <stdlib.h>

#include "vm/memory.h"
#include "vm/schema_internal.h"

enum { WORD = 8, MAX_INLINE = 256, MAX_SIZE = 1 << 30 };

// What a Set has for values.
static const PtDesc NOTHING = {.name = "()", .kind = PT_UNIT, .align = 1};

// ---- reading ----

static PtVariant *read_variants(SchemaReader *r, const CborItem *map, uint64_t *count) {
    const CborItem *array = schema_need_array(r, map, "variants");
    PtVariant *variants = ARENA_ARRAY(r->arena, PtVariant, array->number);
    const CborItem *item = array + 1;
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        variants[i].name = schema_may_text(r, item, "name");
        variants[i].fields = schema_read_fields(r, item, &variants[i].field_count);
    }
    *count = array->number;
    return variants;
}

static void read_type(SchemaReader *r, const CborItem *map, PtDesc *desc) {
    desc->kind = schema_need_name(r, map, "kind", SCHEMA_KINDS, SCHEMA_KIND_COUNT);
    desc->name = schema_need_text(r, map, "name");
    if (desc->kind == PT_LIST || desc->kind == PT_MAP || desc->kind == PT_SET) desc->elem = schema_need_type(r, map, "elem");
    if (desc->kind == PT_MAP) desc->mapped = schema_need_type(r, map, "mapped");
    if (desc->kind == PT_SET) desc->mapped = &NOTHING;
    if (desc->kind != PT_STRUCT && desc->kind != PT_ENUM) return;
    desc->variants = read_variants(r, map, &desc->variant_count);
    if (desc->kind == PT_STRUCT && desc->variant_count != 1) schema_fail(r, "a record has not one variant");
    for (uint64_t i = 0; i < desc->variant_count && desc->kind == PT_ENUM; i++)
        if (!desc->variants[i].name) schema_fail(r, "a variant has no name");
}

// ---- layout ----

typedef enum State { STATE_NEW, STATE_OPEN, STATE_DONE } State;

typedef struct Layout {
    SchemaReader *r;
    PtDesc *types;
    uint8_t *states; // by type
    PtDesc **stack;  // those whose parts come first
    size_t count;
    size_t capacity;
} Layout;

static uint8_t *state_of(const Layout *layout, const PtDesc *desc) {
    return &layout->states[desc - layout->types];
}

static void push(Layout *layout, PtDesc *desc) {
    layout->stack = memory_grow(layout->stack, layout->count, &layout->capacity, sizeof(PtDesc *));
    layout->stack[layout->count++] = desc;
}

static void push_parts(Layout *layout, const PtDesc *desc) {
    for (uint64_t i = 0; i < desc->variant_count; i++)
        for (uint64_t j = 0; j < desc->variants[i].field_count; j++) {
            PtDesc *part = &layout->types[desc->variants[i].fields[j].desc - layout->types];
            if (*state_of(layout, part) == STATE_NEW) push(layout, part);
        }
}

uint32_t schema_place_fields(SchemaReader *r, PtField *fields, uint64_t count, uint64_t offset) {
    for (uint64_t i = 0; i < count; i++) {
        uint64_t align = fields[i].boxed ? WORD : fields[i].desc->align;
        offset = (offset + align - 1) & ~(align - 1);
        fields[i].offset = (uint32_t)offset;
        offset += fields[i].boxed ? WORD : fields[i].desc->size;
        if (offset > MAX_SIZE) schema_fail(r, "a type is too large");
    }
    return offset > MAX_SIZE ? 0 : (uint32_t)offset;
}

// A part that is not complete contains the type, so one of them must be a pointer.
static void place_variant(Layout *layout, PtDesc *desc, const PtVariant *variant, uint32_t offset) {
    PtField *fields = (PtField *)variant->fields; // they are the reader's
    for (uint64_t i = 0; i < variant->field_count; i++) {
        const PtDesc *part = fields[i].desc;
        fields[i].boxed = *state_of(layout, part) != STATE_DONE || part->size > MAX_INLINE;
        uint32_t align = fields[i].boxed ? WORD : part->align;
        if (align > desc->align) desc->align = align;
        if (fields[i].boxed || part->has_pointers) desc->has_pointers = 1;
    }
    uint32_t end = schema_place_fields(layout->r, fields, variant->field_count, offset);
    if (end > desc->size) desc->size = end;
}

static void place_variants(Layout *layout, PtDesc *desc, uint32_t offset, uint32_t align) {
    desc->size = offset;
    desc->align = align;
    for (uint64_t i = 0; i < desc->variant_count; i++) place_variant(layout, desc, &desc->variants[i], offset);
    desc->size = (desc->size + desc->align - 1) & ~(desc->align - 1);
}

static uint32_t count_words(const PtVariant *fields) {
    uint64_t words = 0;
    for (uint64_t i = 0; i < fields->field_count; i++) {
        const PtField *field = &fields->fields[i];
        if (field->boxed || !field->desc->words) return 0;
        words += field->desc->words;
    }
    return words <= PT_WORDS_MOST ? (uint32_t)words : 0;
}

static void set(PtDesc *desc, uint32_t size, uint32_t align, uint32_t has_pointers) {
    desc->size = size;
    desc->align = align;
    desc->has_pointers = has_pointers;
}

static void lay_out(Layout *layout, PtDesc *desc) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: set(desc, 0, 1, 0); break;
    case PT_INT:
    case PT_DURATION:
        set(desc, WORD, WORD, 0);
        desc->words = 1;
        break;
    case PT_FLOAT: set(desc, WORD, WORD, 0); break;
    case PT_BOOL: set(desc, 1, 1, 0); break;
    case PT_STRING:
    case PT_BYTES:
    case PT_MAP:
    case PT_SET:
    case PT_LIST: set(desc, 16, WORD, 1); break;
    case PT_FUTURE:
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: set(desc, 8, WORD, 1); break;
    case PT_STRUCT:
        place_variants(layout, desc, 0, 1);
        desc->words = count_words(&desc->variants[0]);
        break;
    case PT_ENUM: place_variants(layout, desc, WORD, WORD); break;
    }
}

// With a stack of its own, since types may be nested as deep as a schema is long.
static void lay_out_all(Layout *layout, PtDesc *root) {
    push(layout, root);
    while (layout->count) {
        PtDesc *desc = layout->stack[layout->count - 1];
        uint8_t *state = state_of(layout, desc);
        if (*state == STATE_NEW) {
            *state = STATE_OPEN;
            push_parts(layout, desc);
            continue;
        }
        if (*state == STATE_OPEN) lay_out(layout, desc);
        *state = STATE_DONE;
        layout->count--;
    }
}

void schema_read_types(SchemaReader *r, const CborItem *map) {
    const CborItem *array = schema_need_array(r, map, "types");
    PtDesc *types = ARENA_ARRAY(r->arena, PtDesc, array->number);
    r->types = types;
    r->type_count = array->number;
    const CborItem *item = array + 1;
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) read_type(r, item, &types[i]);
    if (r->error) return;
    Layout layout = {.r = r, .types = types, .states = MEMORY_NEW(uint8_t, array->number)};
    for (uint64_t i = 0; i < array->number; i++) lay_out_all(&layout, &types[i]);
    free(layout.states);
    free(layout.stack);
}
