// core_layout.c - where things lie in memory: sizes, alignments and offsets, by the rules of vm/value.h.
//
// A field of a record or variant that is larger than MAX_INLINE is boxed, like one that contains its own type. So the size of a
// value is linear in the number of its fields, however deeply records are nested. It depends on nothing but the field's type.
#include "compiler/core.h"

#include <assert.h>

#include "vm/value.h"

enum { MAX_INLINE = 256, WORD = 8 };

typedef VEC(CoreType *) TypeStack;

static uint32_t align_up(uint32_t offset, uint32_t align) {
    return (offset + align - 1) & ~(align - 1);
}

static void set_layout(CoreType *type, uint32_t size, uint32_t align, bool has_pointers) {
    type->size = size;
    type->align = align;
    type->has_pointers = has_pointers;
    type->laid_out = true;
}

// Places the fields of a variant from `offset` on and returns where the last one ends.
static uint32_t place_fields(CoreType *type, CoreVariant *variant, uint32_t offset) {
    for (int i = 0; i < variant->field_count; i++) {
        CoreField *field = &variant->fields[i];
        if (!field->boxed && field->type->size > MAX_INLINE) field->boxed = true;
        uint32_t align = field->boxed ? WORD : field->type->align;
        field->offset = align_up(offset, align);
        offset = field->offset + (field->boxed ? WORD : field->type->size);
        if (align > type->align) type->align = align;
        if (field->boxed || field->type->has_pointers) type->has_pointers = true;
    }
    return offset;
}

// Of a struct of numbers how many there are, else 0.
static uint32_t count_words(const CoreVariant *fields) {
    uint32_t words = 0;
    for (int i = 0; i < fields->field_count; i++) {
        const CoreField *field = &fields->fields[i];
        if (field->boxed || !field->type->words) return 0;
        words += field->type->words;
    }
    return words <= PT_WORDS_MOST ? words : 0;
}

static void lay_out_struct(CoreType *type) {
    type->align = 1;
    uint32_t end = place_fields(type, &type->variants[0], 0);
    set_layout(type, align_up(end, type->align), type->align, type->has_pointers);
    type->words = count_words(&type->variants[0]);
}

static void lay_out_enum(CoreType *type) {
    type->align = WORD;
    uint32_t size = WORD;
    for (int i = 0; i < type->variant_count; i++) {
        uint32_t end = place_fields(type, &type->variants[i], WORD);
        if (end > size) size = end;
    }
    set_layout(type, align_up(size, WORD), WORD, type->has_pointers);
}

static void lay_out(CoreType *type) {
    switch (type->kind) {
    case CORE_UNIT:
    case CORE_NEVER: set_layout(type, 0, 1, false); break;
    case CORE_INT:
    case CORE_DURATION:
        set_layout(type, WORD, WORD, false);
        type->words = 1;
        break;
    case CORE_FLOAT: set_layout(type, WORD, WORD, false); break;
    case CORE_BOOL: set_layout(type, 1, 1, false); break;
    case CORE_STRING:
    case CORE_BYTES:
    case CORE_MAP:
    case CORE_SET:
    case CORE_LIST: set_layout(type, 16, 8, true); break;
    case CORE_FN:
    case CORE_ANY:
    case CORE_FUTURE:
    case CORE_FRAME:
    case CORE_ENTRY: set_layout(type, 8, 8, true); break;
    case CORE_STRUCT: lay_out_struct(type); break;
    case CORE_ENUM: lay_out_enum(type); break;
    }
}

// Pushes the types that `type` holds by value and that have no layout yet; true if there are none.
static bool is_ready(CoreProgram *program, CoreType *type, TypeStack *stack) {
    int before = stack->count;
    for (int i = 0; i < type->variant_count; i++) {
        for (int j = 0; j < type->variants[i].field_count; j++) {
            CoreField *field = &type->variants[i].fields[j];
            if (!field->boxed && !field->type->laid_out) vec_push(program->arena, stack, field->type);
        }
    }
    return stack->count == before;
}

// With a stack of its own: a program may nest as many types as it likes. That ends, since core_verify refuses a type that
// contains itself by value.
static void lay_out_type(CoreProgram *program, CoreType *root, TypeStack *stack) {
    vec_push(program->arena, stack, root);
    while (stack->count) {
        CoreType *type = stack->items[stack->count - 1];
        if (!type->laid_out && !is_ready(program, type, stack)) continue;
        if (!type->laid_out) lay_out(type);
        stack->count--;
    }
}

// The key comes first, then the states, each at its natural alignment and never boxed. What an exclusive task counts never lies
// at 0 (PtAsync.exclusive), and neither does what says that an entry is gone (PtTask.gone).
static void lay_out_task(CoreTask *task) {
    uint32_t offset = task->key->size;
    if (task->async && task->async->busy >= 0 && offset == 0) offset = WORD;
    for (int i = 0; i < task->field_count; i++) {
        CoreField *field = &task->fields[i];
        assert(!field->boxed);
        field->offset = align_up(offset, field->type->align);
        offset = field->offset + field->type->size;
    }
    if (task->drops) {
        task->gone = offset ? offset : 1;
        offset = task->gone + 1;
    }
    task->entry_size = align_up(offset, WORD);
}

static void lay_out_globals(CoreProgram *program) {
    uint32_t offset = 0;
    for (int i = 0; i < program->globals.count; i++) {
        CoreGlobal *global = &program->globals.items[i];
        global->offset = align_up(offset, global->type->align);
        offset = global->offset + global->type->size;
    }
    program->global_size = align_up(offset, WORD);
}

void core_layout(CoreProgram *program) {
    TypeStack stack = {0};
    for (int i = 0; i < program->types.count; i++) lay_out_type(program, program->types.items[i], &stack);
    for (int i = 0; i < program->tasks.count; i++) lay_out_task(&program->tasks.items[i]);
    lay_out_globals(program);
}
