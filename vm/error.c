#include "vm/error.h"

#include <stdarg.h>
#include <string.h>

#include "vm/show.h"

enum { VALUE_LIMIT = 200 }; // how much of a key or an event a message shows

// Begins a message, unless there is one.
static bool begin(Buf *failure, const char *format, va_list args) {
    if (failure->length) return false;
    buf_puts(failure, "error: ");
    buf_vprintf(failure, format, args);
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
    buf_printf(out, "%s:%u:%u", at->file, at->line, at->column);
}

void error_position(Runtime *runtime, uint64_t position) {
    if (position >= runtime->program->position_count) return;
    buf_puts(&runtime->failure, "  --> ");
    put_position(runtime->program, position, &runtime->failure);
    buf_putc(&runtime->failure, '\n');
}

void error_note(Runtime *runtime, const char *format, ...) {
    buf_puts(&runtime->failure, "   = ");
    va_list args;
    va_start(args, format);
    buf_vprintf(&runtime->failure, format, args);
    va_end(args);
    buf_putc(&runtime->failure, '\n');
}

void error_copy(Runtime *runtime, const Buf *message) {
    if (!runtime->failure.length) buf_append(&runtime->failure, message->data, message->length);
}

void error_fail(Runtime *runtime, const Failure *failure) {
    if (!runtime->failure.length) failure_render(failure, &runtime->failure);
}

void error_take(Runtime *runtime, Partition *partition) {
    error_fail(runtime, &partition->failure);
    failure_clear(&partition->failure);
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

static void add_workflow(Partition *partition) {
    Failure *failure = &partition->failure;
    const PtContext *context = &partition->context;
    failure->workflow = partition->workflow->code->name;
    failure->phase = partition->phase;
    if (!context->entry) return;
    const PtTask *task = &partition->runtime->program->tasks[context->task];
    failure->task = task->name;
    failure->global = task->flags & PT_TASK_GLOBAL;
    if (task->key->kind != PT_UNIT) add_value(partition, &failure->key, task->key, context->entry);
}

// What a generator takes says nothing to anybody.
static bool is_tick(const Partition *partition) {
    const PtProgram *program = partition->runtime->program;
    return partition->stream < program->source_count && program->sources[partition->stream].kind == PT_SOURCE_NEXT;
}

// What came through an exchange has it in its place.
int64_t error_running_event(const Partition *partition) {
    const PtContext *context = &partition->context;
    if (partition->phase != PHASE_EVENTS || is_tick(partition)) return -1;
    int64_t event = context->order == (const OrderWord *)&context->event ? context->event : context->order[0];
    return event < 0 ? -1 : event + partition->first_event;
}

static void add_event(Partition *partition) {
    Failure *failure = &partition->failure;
    const Atom *atom = partition->input;
    int64_t event = error_running_event(partition);
    failure->stream = partition->runtime->streams[partition->stream].name;
    failure->kind = partition->runtime->streams[partition->stream].kind;
    failure->atom = atom->number;
    if (event < 0) return;
    failure->number = (uint64_t)event + 1;
    if (!atom->events) {
        show_int(&failure->event, (int64_t)((uint64_t)atom->first + (uint64_t)event));
        return;
    }
    uint64_t stride = event_stride(runtime_event(partition->runtime, partition->stream));
    PtValue shown = runtime_shown(partition->runtime, partition->stream, atom->events + (uint64_t)event * stride);
    add_value(partition, &failure->event, shown.desc, shown.at);
}

// Adds which workflow is running, and at what.
static void add_step(Partition *partition) {
    if (partition->workflow) add_workflow(partition);
    if (partition->workflow && partition->input) add_event(partition);
}

// Adds where the running step is, and at what.
static void add_place(Partition *partition, uint64_t position) {
    const Workflow *workflow = partition->workflow;
    if (position == NO_POSITION && workflow) position = workflow->code->position;
    if (position == NO_POSITION && partition->test) position = partition->test->position;
    put_position(partition->runtime->program, position, &partition->failure.position);
    add_step(partition);
}

// ---- traps ----

// Begins the failure of the running step: what is wrong.
static void say(Partition *partition, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(Partition *partition, const char *format, ...) {
    failure_clear(&partition->failure);
    va_list args;
    va_start(args, format);
    buf_vprintf(&partition->failure.message, format, args);
    va_end(args);
}

static _Noreturn void leave(Partition *partition, uint64_t position) {
    add_place(partition, position);
    ESCAPE_TO(partition->escape);
}

_Noreturn void trap_again(Partition *partition) {
    ESCAPE_TO(partition->escape);
}

void failure_here(Partition *partition, const char *message) {
    say(partition, "%s", message);
    add_place(partition, NO_POSITION);
}

_Noreturn void pt_trap(PtContext *context, PtTrap trap, uint32_t position) {
    Partition *partition = partition_of(context);
    switch (trap) {
    case PT_TRAP_OVERFLOW: say(partition, "integer overflow"); break;
    case PT_TRAP_DIVISION_BY_ZERO: say(partition, "division by zero"); break;
    case PT_TRAP_STACK: say(partition, "the recursion is too deep: the stack is used up"); break;
    case PT_TRAP_MEMORY: say(partition, "the atom needs more memory than it may have"); break;
    case PT_TRAP_POLL:
        say(partition, "interrupted");
        partition->failure.is_fatal = true;
        partition->escape = partition->guard;
        break;
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
    say(partition, "there is no key ");
    add_value(partition, &partition->failure.message, desc, key);
    buf_puts(&partition->failure.message, " in the map");
    leave(partition, position);
}

_Noreturn void pt_fail(PtContext *context, const PtString *message, uint32_t position) {
    Partition *partition = partition_of(context);
    failure_clear(&partition->failure);
    buf_append(&partition->failure.message, message->data, (size_t)message->size);
    leave(partition, position);
}

// In the order of the fields of `Error` (stdlib/error.portals).
enum { ERROR_MESSAGE, ERROR_POSITION };

// Where it happened first is said behind the message: the position is that of the `await`.
_Noreturn void pt_raise(PtContext *context, const void *error, uint32_t position) {
    Partition *partition = partition_of(context);
    const PtString *texts = error, *from = &texts[ERROR_POSITION];
    failure_clear(&partition->failure);
    Buf *message = &partition->failure.message;
    buf_append(message, texts[ERROR_MESSAGE].data, (size_t)texts[ERROR_MESSAGE].size);
    if (from->size) {
        buf_puts(message, " (from ");
        buf_append(message, from->data, (size_t)from->size);
        buf_putc(message, ')');
    }
    leave(partition, position);
}

static void add_side(Partition *partition, const char *name, const PtDesc *desc, const void *value) {
    Buf *out = &partition->failure.details;
    buf_printf(out, "   = %s: ", name);
    add_value(partition, out, desc, value);
    buf_putc(out, '\n');
}

_Noreturn void pt_assert_failed(PtContext *context, const char *text, const PtDesc *desc, const void *left, const void *right,
                                uint32_t position) {
    Partition *partition = partition_of(context);
    say(partition, "assertion failed: `%s`", text);
    if (desc) {
        add_side(partition, "left", desc, left);
        add_side(partition, "right", desc, right);
    }
    leave(partition, position);
}

static const char MEMORY_HELP[] = "`--max-atom` sets the limit, at 4 times its value";
_Static_assert(REGION_FACTOR == 4, "MEMORY_HELP says so");

_Noreturn void trap_memory(Partition *partition) {
    uint64_t limit = partition->runtime->options.max_atom * REGION_FACTOR;
    if (partition->test) {
        say(partition, "the test needs more than %llu bytes of memory", (unsigned long long)limit);
    } else {
        say(partition, "the atom needs more than %llu bytes of memory", (unsigned long long)limit);
        partition->failure.help = MEMORY_HELP;
    }
    leave(partition, NO_POSITION);
}

static const char OUTPUT_TOO_LARGE[] = "the atom puts out more than %llu bytes";
static const char OUTPUT_HELP[] = "`--max-atom` sets the limit";

_Noreturn void trap_output(Partition *partition) {
    say(partition, OUTPUT_TOO_LARGE, (unsigned long long)partition->runtime->options.max_atom);
    partition->failure.help = OUTPUT_HELP;
    leave(partition, NO_POSITION);
}

void error_atom_too_large(const Workflow *workflow, const Atom *input, uint64_t stream, Failure *failure) {
    const Runtime *runtime = workflow->runtime;
    failure_clear(failure);
    buf_printf(&failure->message, OUTPUT_TOO_LARGE, (unsigned long long)runtime->options.max_atom);
    put_position(runtime->program, workflow->code->position, &failure->position);
    failure->workflow = workflow->code->name;
    failure->help = OUTPUT_HELP;
    if (!input) return;
    failure->stream = runtime->streams[stream].name;
    failure->kind = runtime->streams[stream].kind;
    failure->atom = input->number;
}

_Noreturn void trap_atom_too_large(Partition *partition) {
    error_atom_too_large(partition->workflow, partition->input, partition->stream, &partition->failure);
    ESCAPE_TO(partition->escape);
}

_Noreturn void trap_heap(Partition *partition) {
    say(partition, "no memory is left for the state");
    partition->failure.is_fatal = true;
    partition->escape = partition->guard;
    leave(partition, NO_POSITION);
}

_Noreturn void trap_input(Partition *partition, uint64_t position, const InputPlace *place, const Buf *message) {
    Failure *failure = &partition->failure;
    failure_clear(failure);
    buf_append(&failure->message, message->data, message->length);
    buf_printf(&failure->position, "%s:%llu:%llu", place->file, (unsigned long long)place->line,
               (unsigned long long)place->column);
    buf_puts(&failure->details, "   = read at ");
    put_position(partition->runtime->program, position, &failure->details);
    buf_putc(&failure->details, '\n');
    add_step(partition);
    ESCAPE_TO(partition->escape);
}

_Noreturn void trap_unwritable(Partition *partition, uint64_t position, const char *format, const char *why) {
    say(partition, "the value cannot be written as %s: %s", format, why);
    leave(partition, position);
}

_Noreturn void trap_foreign(Partition *partition, uint32_t position, const char *format, ...) {
    failure_clear(&partition->failure);
    va_list args;
    va_start(args, format);
    buf_vprintf(&partition->failure.message, format, args);
    va_end(args);
    leave(partition, position);
}

_Noreturn void trap_store(Partition *partition, const char *why) {
    say(partition, "cannot read the state from the data directory: %s", why);
    partition->failure.is_fatal = true;
    partition->escape = partition->guard;
    leave(partition, NO_POSITION);
}
