#include "vm/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm/show.h"

enum { VALUE_LIMIT = 200 }; // how much of a key or an event a message shows

static void print(Buf *out, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    vsnprintf(buf_reserve(out, (size_t)length + 1), (size_t)length + 1, format, args);
    out->length += (size_t)length;
}

// Begins a message, unless there is one.
static bool begin(Buf *failure, const char *format, va_list args) {
    if (failure->length) return false;
    buf_puts(failure, "error: ");
    print(failure, format, args);
    buf_putc(failure, '\n');
    return true;
}

bool error_set(Runtime *runtime, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool first = begin(&runtime->failure, format, args);
    va_end(args);
    return first;
}

static void put_position(const PtProgram *program, uint64_t position, Buf *out) {
    if (position >= program->position_count) return;
    const PtPosition *at = &program->positions[position];
    buf_printf(out, "  --> %s:%u:%u\n", at->file, at->line, at->column);
}

void error_position(Runtime *runtime, uint64_t position) {
    put_position(runtime->program, position, &runtime->failure);
}

void error_note(Runtime *runtime, const char *format, ...) {
    buf_puts(&runtime->failure, "   = ");
    va_list args;
    va_start(args, format);
    print(&runtime->failure, format, args);
    va_end(args);
    buf_putc(&runtime->failure, '\n');
}

void error_copy(Runtime *runtime, const Buf *message) {
    if (!runtime->failure.length) buf_append(&runtime->failure, message->data, message->length);
}

void error_take(Runtime *runtime, Partition *partition) {
    error_copy(runtime, &partition->failure);
    partition->failure.length = 0;
}

const char *error_text(int64_t code) {
    return strerror((int)-code);
}

// ---- where it happened ----

// Appends a value; one that is too long is cut at a character.
static void add_value(const Partition *partition, Buf *out, const PtDesc *desc, const void *value) {
    size_t start = out->length;
    if (show_value(out, desc, value, partition->runtime->program, SHOW_LITERAL, start + VALUE_LIMIT)) return;
    size_t end = start + VALUE_LIMIT;
    while (((unsigned char)out->data[end] & 0xc0) == 0x80) end--;
    out->length = end;
    buf_puts(out, "...");
}

static void add_workflow(Partition *partition, Buf *out) {
    const PtContext *context = &partition->context;
    buf_printf(out, "   = in workflow `%s`", partition->workflow->code->name);
    if (context->entry) {
        const PtTask *task = &partition->runtime->program->tasks[context->task];
        buf_printf(out, ", task `%s`", task->name);
        if (task->key->kind != PT_UNIT) {
            buf_puts(out, ", key ");
            add_value(partition, out, task->key, context->entry);
        }
    }
    if (partition->phase == PHASE_ON_ATOM) buf_puts(out, ", `on atom`");
    if (partition->phase == PHASE_ON_END) buf_puts(out, ", `on end`");
    buf_putc(out, '\n');
}

// What came through an exchange has it in its place.
int64_t error_running_event(const Partition *partition) {
    const PtContext *context = &partition->context;
    if (partition->phase != PHASE_EVENTS) return -1;
    int64_t event = context->order == (const OrderWord *)&context->event ? context->event : context->order[0];
    return event < 0 ? -1 : event + partition->first_event;
}

static void add_event(Partition *partition, Buf *out) {
    const Atom *atom = partition->input;
    int64_t event = error_running_event(partition);
    buf_puts(out, "   = ");
    if (event >= 0) buf_printf(out, "event %lld of ", (long long)event + 1);
    buf_printf(out, "atom %llu of stream `%s`", (unsigned long long)atom->number,
               partition->runtime->streams[partition->stream].name);
    if (event >= 0) {
        const PtDesc *desc = runtime_event(partition->runtime, partition->stream);
        int64_t number = (int64_t)((uint64_t)atom->first + (uint64_t)event);
        buf_puts(out, ": ");
        if (atom->events)
            add_value(partition, out, desc, atom->events + (uint64_t)event * event_stride(desc));
        else
            show_int(out, number);
    }
    buf_putc(out, '\n');
}

// Adds which workflow is running, and at what.
static void add_step(Partition *partition) {
    const Workflow *workflow = partition->workflow;
    if (workflow) add_workflow(partition, &partition->failure);
    if (workflow && partition->input) add_event(partition, &partition->failure);
}

// Adds where the running step is to the message.
static void add_place(Partition *partition, uint64_t position) {
    const Workflow *workflow = partition->workflow;
    if (position == NO_POSITION && workflow) position = workflow->code->position;
    if (position == NO_POSITION && partition->test) position = partition->test->position;
    put_position(partition->runtime->program, position, &partition->failure);
    add_step(partition);
}

// ---- traps ----

static void say(Partition *partition, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(Partition *partition, const char *format, ...) {
    va_list args;
    va_start(args, format);
    begin(&partition->failure, format, args);
    va_end(args);
}

static _Noreturn void leave(Partition *partition, uint64_t position) {
    add_place(partition, position);
    longjmp(partition->escape, 1);
}

_Noreturn void pt_trap(PtContext *context, PtTrap trap, uint32_t position) {
    Partition *partition = partition_of(context);
    switch (trap) {
    case PT_TRAP_OVERFLOW: say(partition, "integer overflow"); break;
    case PT_TRAP_DIVISION_BY_ZERO: say(partition, "division by zero"); break;
    case PT_TRAP_STACK: say(partition, "the recursion is too deep: the stack is used up"); break;
    case PT_TRAP_MEMORY: say(partition, "the atom needs more memory than it may have"); break;
    }
    leave(partition, position);
}

_Noreturn void pt_trap_index(PtContext *context, int64_t index, int64_t size, uint32_t position) {
    Partition *partition = partition_of(context);
    say(partition, "index %lld is out of range: the list has %lld element%s", (long long)index, (long long)size,
        size == 1 ? "" : "s");
    leave(partition, position);
}

_Noreturn void pt_trap_key(PtContext *context, const PtDesc *desc, const void *key, uint32_t position) {
    Partition *partition = partition_of(context);
    buf_puts(&partition->failure, "error: there is no key ");
    add_value(partition, &partition->failure, desc, key);
    buf_puts(&partition->failure, " in the map\n");
    leave(partition, position);
}

_Noreturn void pt_fail(PtContext *context, const PtString *message, uint32_t position) {
    Partition *partition = partition_of(context);
    buf_puts(&partition->failure, "error: ");
    buf_append(&partition->failure, message->data, (size_t)message->size);
    buf_putc(&partition->failure, '\n');
    leave(partition, position);
}

static void add_side(const Partition *partition, Buf *out, const char *name, const PtDesc *desc, const void *value) {
    buf_printf(out, "   = %s: ", name);
    add_value(partition, out, desc, value);
    buf_putc(out, '\n');
}

_Noreturn void pt_assert_failed(PtContext *context, const char *text, const PtDesc *desc, const void *left, const void *right,
                                uint32_t position) {
    Partition *partition = partition_of(context);
    Buf *out = &partition->failure;
    say(partition, "assertion failed: `%s`", text);
    put_position(partition->runtime->program, position, out);
    if (desc) {
        add_side(partition, out, "left", desc, left);
        add_side(partition, out, "right", desc, right);
    }
    add_step(partition);
    longjmp(partition->escape, 1);
}

_Noreturn void trap_memory(Partition *partition) {
    uint64_t limit = partition->runtime->options.max_atom * REGION_FACTOR;
    if (partition->test) {
        say(partition, "the test needs more than %llu bytes of memory", (unsigned long long)limit);
        leave(partition, NO_POSITION);
    }
    say(partition, "the atom needs more than %llu bytes of memory", (unsigned long long)limit);
    add_place(partition, NO_POSITION);
    buf_printf(&partition->failure, "   = help: `--max-atom` sets the limit, at %d times its value\n", REGION_FACTOR);
    longjmp(partition->escape, 1);
}

static const char OUTPUT_TOO_LARGE[] = "the atom puts out more than %llu bytes";
static const char OUTPUT_HELP[] = "   = help: `--max-atom` sets the limit\n";

_Noreturn void trap_output(Partition *partition) {
    say(partition, OUTPUT_TOO_LARGE, (unsigned long long)partition->runtime->options.max_atom);
    add_place(partition, NO_POSITION);
    buf_puts(&partition->failure, OUTPUT_HELP);
    longjmp(partition->escape, 1);
}

void error_atom_too_large(const Workflow *workflow, const Atom *input, uint64_t stream, Buf *out) {
    const Runtime *runtime = workflow->runtime;
    buf_puts(out, "error: ");
    buf_printf(out, OUTPUT_TOO_LARGE, (unsigned long long)runtime->options.max_atom);
    buf_putc(out, '\n');
    put_position(runtime->program, workflow->code->position, out);
    buf_printf(out, "   = in workflow `%s`\n", workflow->code->name);
    if (input)
        buf_printf(out, "   = atom %llu of stream `%s`\n", (unsigned long long)input->number, runtime->streams[stream].name);
    buf_puts(out, OUTPUT_HELP);
}

_Noreturn void trap_atom_too_large(Partition *partition) {
    error_atom_too_large(partition->workflow, partition->input, partition->stream, &partition->failure);
    longjmp(partition->escape, 1);
}

_Noreturn void trap_heap(Partition *partition) {
    say(partition, "no memory is left for the state");
    leave(partition, NO_POSITION);
}

_Noreturn void trap_input(Partition *partition, uint64_t position, const char *format, ...) {
    va_list args;
    va_start(args, format);
    begin(&partition->failure, format, args);
    va_end(args);
    leave(partition, position);
}

_Noreturn void trap_unwritable(Partition *partition, uint64_t position, const char *format, const char *why) {
    say(partition, "the value cannot be written as %s: %s", format, why);
    leave(partition, position);
}

_Noreturn void trap_store(Partition *partition, const char *why) {
    say(partition, "cannot read the state from the data directory: %s", why);
    leave(partition, NO_POSITION);
}
