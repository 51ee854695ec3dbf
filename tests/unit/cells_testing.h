// cells_testing.h - a task whose handlers are scripts: what compiled code does with futures, in C. Each letter of a script is a
// step of a function; a digit behind it is one of its three futures, a number, or another script.
//
//   a0   ask, the future goes to 0            w0  await 0; what comes is `last`
//   o    ask, no reply is wanted              v0  the same, of ()
//   p0   make a promise                       t0  try await: an error is noted and is no failure
//   z0   sleep for 100 ns                     l0  await for 50 ns at most
//   y2   any of 0 and 1, the future goes to 2 c0  complete promise 0 with 7
//   s0N  spawn script N                       CN  call script N, whose result is `last`
//   S0   put into the state                   L0  get out of the state
//   e    emit `last`                          +   add one to the number in the state
//   r    reply with `last`                    x   fail
//   m    take much memory                     .   end with `last`
//
// What happens is noted in `trace`: the letter, and `last` where a value came.
#ifndef TESTS_CELLS_TESTING_H
#define TESTS_CELLS_TESTING_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/vm_testing.h"
#include "vm/cells.h"
#include "vm/context.h"

static const PtDesc FUTURE = {.name = "Future[Int]", .kind = PT_FUTURE, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc FUTURES = {
    .name = "List[Future[Int]]", .elem = &FUTURE, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc FRAME = {.name = "Frame", .kind = PT_FRAME, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc ANY = {.name = "Any", .kind = PT_ANY, .size = 8, .align = 8, .has_pointers = 1};

static const PtField ERROR_FIELDS[] = {
    {"message", &STRING, 0, 0}, {"position", &STRING, 16, 0}, {"key", &STRING, 32, 0}, {"event", &STRING, 48, 0}};
static const PtVariant ERROR_VARIANT[] = {{"Error", ERROR_FIELDS, 4}};
static const PtDesc ERROR = {
    .name = "Error", .variants = ERROR_VARIANT, .variant_count = 1, .kind = PT_STRUCT, .size = 64, .align = 8, .has_pointers = 1};

// ---- the state ----

typedef struct ScriptEntry {
    int64_t key;
    int64_t busy, first, last; // of the exclusive task
    int64_t number;
    int64_t future;
    PtString text;
} ScriptEntry;

static const PtField SCRIPT_FIELDS[] = {
    {".busy", &INT, 8, 0},   {".first", &INT, 16, 0},    {".last", &INT, 24, 0},
    {"number", &INT, 32, 0}, {"future", &FUTURE, 40, 0}, {"text", &STRING, 48, 0},
};

static void script_init(PtContext *context, void *entry) {
    (void)context;
    memset((char *)entry + 8, 0, sizeof(ScriptEntry) - 8);
}

// ---- frames ----

typedef struct ScriptFrame {
    int64_t code;
    void *caller;
    int64_t script, at, last;
    int64_t futures[3];
    PtString text; // that what is kept must be kept well
} ScriptFrame;

static const PtField FRAME_FIELDS[] = {
    {NULL, &FRAME, 8, 0},   {"script", &INT, 16, 0}, {"at", &INT, 24, 0},    {"last", &INT, 32, 0},
    {"f0", &FUTURE, 40, 0}, {"f1", &FUTURE, 48, 0},  {"f2", &FUTURE, 56, 0}, {"text", &STRING, 64, 0},
};
static const PtField OF_INT[] = {{NULL, &INT, 8, 0}}, OF_ERROR[] = {{NULL, &ERROR, 8, 0}},
                     OF_FUTURES[] = {{NULL, &FUTURES, 8, 0}};

static void *script_resume(PtContext *context, PtCursor *cursors, const void *frame, void *entry, uint64_t outcome,
                           const void *value, void *out);

enum { SCRIPT, INT_ANY, ERROR_ANY, FUTURES_ANY, SCRIPT_CLOSURES };
static const PtClosure SCRIPT_CODE[SCRIPT_CLOSURES] = {
    {.name = "script",
     .fields = FRAME_FIELDS,
     .field_count = 8,
     .size = sizeof(ScriptFrame),
     .id = 1,
     .desc = &FRAME,
     .resume = script_resume,
     .awaited = &INT,
     .result = &INT},
    {.name = "Any of Int", .fields = OF_INT, .field_count = 1, .size = 16, .id = 2, .desc = &ANY},
    {.name = "Any of Error", .fields = OF_ERROR, .field_count = 1, .size = 72, .id = 3, .desc = &ANY},
    {.name = "Any of List[Future[Int]]", .fields = OF_FUTURES, .field_count = 1, .size = 24, .id = 4, .desc = &ANY},
};

// ---- what happens ----

enum { SCRIPTS = 100, SCRIPTS_CALLED = 10 }; // the first ones can be called and spawned
static const char *scripts[SCRIPTS];
static Buf trace;
static int64_t asked[64]; // futures, in order
static int asked_count;
static PtAddress last_reply;

static const char *traced(void) {
    return buf_text(&trace);
}

static uint32_t task_of(PtContext *context) {
    return (uint32_t)context->task;
}

static void emit(PtContext *context, PtCursor *cursors, uint32_t channel, int64_t value) {
    PtCursor *cursor = &cursors[channel];
    if (cursor->end - cursor->next < 8) {
        cursor->next = pt_grow(context, channel, cursor->next, 8);
        cursor->end = pt_channels(context)[channel].end;
    }
    memcpy(cursor->next, &value, sizeof value);
    cursor->next += 8;
}

enum { HELD, OUT, CHANNELS };

static void script_flush(PtContext *context, PtCursor *cursors, void *entry) {
    (void)entry;
    char *start = pt_held(context, HELD);
    int64_t count = (cursors[HELD].next - start) / 8;
    cursors[HELD].next = start;
    for (int64_t i = 0; i < count; i++) {
        int64_t value;
        memcpy(&value, start + 8 * i, sizeof value);
        emit(context, cursors, OUT, value);
    }
}

static void note_error(const PtString *error) {
    buf_printf(&trace, "[%.*s|%.*s]", (int)error[0].size, error[0].data, (int)error[2].size, error[2].data);
}

static void script_fail(PtContext *context, PtCursor *cursors, void *entry, int64_t portal, const PtAddress *to,
                        const void *error) {
    (void)context, (void)cursors, (void)entry;
    buf_printf(&trace, "F%lld", (long long)portal);
    note_error(error);
    last_reply = *to;
}

static void script_on_error(PtContext *context, PtCursor *cursors, void *entry, const void *start) {
    PtString message;
    pt_failure_text(context, &message, PT_FAILURE_MESSAGE);
    buf_printf(&trace, "E%lld[%.*s]", (long long)((const ScriptFrame *)start)->script, (int)message.size, message.data);
    emit(context, cursors, HELD, -((ScriptEntry *)entry)->key);
}

// ---- the functions ----

static ScriptFrame *new_frame(PtContext *context, int64_t script) {
    ScriptFrame *frame = pt_alloc(context, sizeof *frame);
    char *text = pt_alloc(context, 16);
    memcpy(text, "a text in a fram", 16);
    *frame = (ScriptFrame){.code = SCRIPT, .script = script, .text = {text, 16}};
    return frame;
}

static void check_frame(const ScriptFrame *frame) {
    cr_assert(frame->text.size == 16 && memcmp(frame->text.data, "a text in a fram", 16) == 0);
}

// One run of a function, up to where it ends or waits.
typedef struct Run {
    PtContext *context;
    PtCursor *cursors;
    ScriptEntry *entry;
    const char *text;
    ScriptFrame f;
} Run;

static void *wait_here(Run *run) {
    ScriptFrame *frame = new_frame(run->context, run->f.script);
    memcpy(frame, &run->f, offsetof(ScriptFrame, text));
    frame->code = SCRIPT;
    frame->caller = NULL;
    return frame;
}

// What has come: false if that is an error that is not to be noted only.
static void take(Run *run, char op, uint64_t outcome, const void *value) {
    if (outcome == PT_TIMEOUT) {
        buf_puts(&trace, "~");
    } else if (outcome == PT_FAILURE) {
        if (op != 't') pt_raise(run->context, value, 1);
        note_error(value);
    } else if (op != 'v') {
        run->f.last = *(const int64_t *)value;
        buf_printf(&trace, "%c%lld", op, (long long)run->f.last);
    } else {
        buf_puts(&trace, "v");
    }
}

static void make_any(Run *run, int64_t *to) {
    PtList list = {run->f.futures, 2};
    int64_t *copy = pt_alloc(run->context, 16);
    memcpy(copy, run->f.futures, 16);
    list.data = copy;
    *to = pt_any(run->context, task_of(run->context), run->entry, &list, FUTURES_ANY, 0);
}

static void change_state(Run *run, char op, int64_t *future) {
    pt_touch(run->context, task_of(run->context), run->entry);
    if (op == '+')
        run->entry->number++;
    else
        run->entry->future = *future;
}

static void ask(Run *run, int64_t *future) {
    PtAddress address;
    pt_ask(run->context, task_of(run->context), run->entry, 0, &address);
    *future = address.future;
    if (asked_count < 64) asked[asked_count++] = address.future;
}

static void spawn(Run *run, int64_t *future, char script) {
    *future = pt_spawn(run->context, task_of(run->context), run->entry, new_frame(run->context, script - '0'));
}

static void complete(Run *run, int64_t future) {
    int64_t *any = pt_alloc(run->context, 16);
    any[0] = INT_ANY;
    any[1] = 7;
    pt_complete(run->context, future, any);
}

static void fail(Run *run) {
    pt_fail(run->context, &(PtString){"failed", 6}, 0);
}

static void step_simply(Run *run, char op, int64_t *future) {
    PtContext *context = run->context;
    switch (op) {
    case 'a': ask(run, future); break;
    case 'p': *future = pt_promise(context, task_of(context), run->entry); break;
    case 'z': *future = pt_sleep(context, task_of(context), run->entry, 100); break;
    case 'y': make_any(run, future); break;
    case 'c': complete(run, *future); break;
    case 'S': change_state(run, op, future); break;
    case 'L': *future = run->entry->future; break;
    case 's': spawn(run, future, run->text[run->f.at++]); break;
    default: cr_assert_fail("unknown step %c", op);
    }
}

static void step_alone(Run *run, char op) {
    PtContext *context = run->context;
    buf_putc(&trace, op);
    switch (op) {
    case 'e': emit(context, run->cursors, HELD, run->f.last); break;
    case '+': change_state(run, op, NULL); break;
    case 'r': pt_reply_to(context, &last_reply); break;
    case 'o': pt_ask_only(context, task_of(context), run->entry, 0, &last_reply); break;
    case 'x': fail(run); break;
    case 'm':
        for (int i = 0; i < 1 << 20; i++) pt_alloc(context, 1 << 10);
        break;
    default: cr_assert_fail("unknown step %c", op);
    }
}

static void *script_run(Run *run);

// NULL if it did not wait.
static void **call(Run *run, char script) {
    Run inner = *run;
    inner.f = (ScriptFrame){.script = script - '0'};
    inner.text = scripts[inner.f.script];
    void **place = script_run(&inner);
    if (!place) run->f.last = inner.f.last;
    return place;
}

static void *await(Run *run, char op, int64_t future) {
    uint64_t outcome;
    const void *value = pt_await(run->context, future, &outcome, 2);
    if (value) {
        take(run, op, outcome, value);
        return NULL;
    }
    ScriptFrame *frame = wait_here(run);
    pt_suspend(run->context, future, frame, op == 'l' ? 50 : -1);
    return &frame->caller;
}

// As PtClosure.resume; the result is in f.last.
static void *script_run(Run *run) {
    for (char op; (op = run->text[run->f.at]) && op != '.';) {
        run->f.at++;
        void **place = NULL;
        if (strchr("e+roxm", op)) {
            step_alone(run, op);
            continue;
        }
        char operand = run->text[run->f.at++];
        if (op == 'C') {
            if (!(place = call(run, operand))) continue;
            ScriptFrame *frame = wait_here(run);
            *place = frame;
            return &frame->caller;
        }
        int64_t *future = &run->f.futures[operand - '0'];
        if (strchr("wvtl", op))
            place = await(run, op, *future);
        else
            step_simply(run, op, future);
        if (place) return place;
    }
    return NULL;
}

static void *script_resume(PtContext *context, PtCursor *cursors, const void *frame, void *entry, uint64_t outcome,
                           const void *value, void *out) {
    const ScriptFrame *from = frame;
    check_frame(from);
    Run run = {context, cursors, entry, scripts[from->script], *from};
    if (from->at) {
        char op = run.text[from->at - 2];
        take(&run, op == 'C' ? 'C' : op, outcome, value);
    }
    void *place = script_run(&run);
    if (!place) memcpy(out, &run.f.last, sizeof run.f.last);
    return place;
}

// ---- the program ----

static void mark_only(PtContext *context, void *entry) {
    (void)context;
    buf_printf(&trace, "A%lld", (long long)((ScriptEntry *)entry)->key);
}

static const PtAsync
    PLAIN_ASYNC = {.asker = 11, .held = HELD, .flush = script_flush, .fail = script_fail, .error = ERROR_ANY},
    ERROR_ASYNC =
        {.asker = 12, .held = HELD, .flush = script_flush, .fail = script_fail, .on_error = script_on_error, .error = ERROR_ANY},
    EXCLUSIVE_ASYNC = {.asker = 13, .exclusive = 8, .held = HELD, .flush = script_flush, .fail = script_fail, .error = ERROR_ANY};

enum { PLAIN, WITH_ERROR, EXCLUSIVE, SCRIPT_TASKS };
static const PtTask SCRIPT_TASK[SCRIPT_TASKS] = {
    {"Plain", &INT, SCRIPT_FIELDS, 6, sizeof(ScriptEntry), .init = script_init, .on_atom = mark_only, .async = &PLAIN_ASYNC},
    {"WithError", &INT, SCRIPT_FIELDS, 6, sizeof(ScriptEntry), .init = script_init, .async = &ERROR_ASYNC},
    {"Exclusive", &INT, SCRIPT_FIELDS, 6, sizeof(ScriptEntry), .init = script_init, .async = &EXCLUSIVE_ASYNC},
};
static const PtPosition SCRIPT_POSITIONS[] = {{"script", 1, 1}, {"script", 2, 2}, {"script", 3, 3}};
static const uint64_t SCRIPT_TASK_NUMBERS[] = {PLAIN, WITH_ERROR, EXCLUSIVE};
static const PtChannel SCRIPT_CHANNELS[] = {{&INT, -1, 0}, {&INT, -1, 0}};
static const PtWorkflow SCRIPT_WORKFLOW[] = {{.name = "main",
                                              .channels = SCRIPT_CHANNELS,
                                              .channel_count = CHANNELS,
                                              .tasks = SCRIPT_TASK_NUMBERS,
                                              .task_count = SCRIPT_TASKS}};
static const PtProgram SCRIPT_PROGRAM = {.abi = PT_ABI,
                                         .name = "scripts",
                                         .tasks = SCRIPT_TASK,
                                         .task_count = SCRIPT_TASKS,
                                         .workflows = SCRIPT_WORKFLOW,
                                         .workflow_count = 1,
                                         .closures = SCRIPT_CODE,
                                         .closure_count = SCRIPT_CLOSURES,
                                         .positions = SCRIPT_POSITIONS,
                                         .position_count = 3};

// ---- steps ----

typedef struct Stage {
    Scene scene;
    Partition *partition;
    PtContext *context;
    Cells *cells;
    uint64_t blocks; // of the heap, at the beginning
} Stage;

static void stage_init(Stage *stage) {
    trace.length = 0;
    asked_count = 0;
    scene_init(&stage->scene, &SCRIPT_PROGRAM, 1 << 20);
    stage->partition = &stage->scene.runtime->partitions[0];
    stage->partition->tracks = true;
    stage->context = stage->scene.context;
    stage->cells = stage->partition->cells;
}

static void stage_free(Stage *stage) {
    scene_free(&stage->scene);
    buf_free(&trace);
}

static void begin_step(Stage *stage) {
    Workflow *workflow = &stage->scene.runtime->workflows[0];
    for (int i = 0; i < CHANNELS; i++) {
        const Atom *atom = workflow->parts[0].outputs[i];
        workflow->parts[0].cursors[i] = (PtCursor){atom->buffer, atom->buffer + atom->capacity};
    }
    stage->scene.fake.clock += 10;
    partition_begin(stage->partition, workflow, runtime_next_step(stage->scene.runtime));
}

// What a step takes: the beginning of a script, an answer, or nothing.
typedef struct Input {
    uint32_t task;
    int64_t key;
    const char *script;
    const PtAddress *from; // it is a request
    int64_t answered;      // or a future, with `value`, or with an error
    int64_t value;
    bool failed;
    int64_t time; // or the clock
    bool undo;
} Input;

static ScriptEntry *entry_of(PtContext *context, uint32_t task, int64_t key) {
    void *entry = pt_find_int(context, task, pt_hash_int(key), key);
    return entry ? entry : pt_insert(context, task, pt_hash_int(key), &key);
}

// The number of a script.
static int64_t script_of(const char *text) {
    int64_t i = SCRIPTS_CALLED;
    while (scripts[i] && strcmp(scripts[i], text) != 0) i++;
    cr_assert_lt(i, SCRIPTS);
    scripts[i] = text;
    return i;
}

static void run_input(Partition *partition, void *argument) {
    const Input *input = argument;
    PtContext *context = &partition->context;
    static const PtString ERROR_TEXTS[4] = {{"refused", 7}, {"else:1:2", 8}, {"", 0}, {"", 0}};
    if (input->time) {
        cells_run_due(partition, 0, input->time, 100);
    } else if (input->answered) {
        PtAddress to = {0, 0, input->answered};
        const void *value = input->failed ? (const void *)ERROR_TEXTS : &input->value;
        pt_answer(context, context->channels, &to, input->failed ? PT_FAILURE : PT_VALUE, value, INT_ANY);
    } else {
        void *entry = entry_of(context, input->task, input->key);
        ScriptFrame *frame = new_frame(context, script_of(input->script));
        if (input->from)
            pt_request(context, context->channels, input->task, entry, frame, 3, input->from);
        else
            pt_start(context, context->channels, input->task, entry, frame);
    }
    uint64_t count = partition_sort_marked(partition, PLAIN);
    for (uint64_t i = 0; i < count; i++) partition_run_marked(partition, PLAIN, i);
    partition_commit(partition);
}

// False if the step failed, and was undone.
static bool step(Stage *stage, Input input) {
    begin_step(stage);
    bool ok = partition_guard(stage->partition, run_input, &input);
    if (!ok || input.undo) partition_undo(stage->partition);
    partition_end(stage->partition, UINT64_MAX);
    return ok;
}

// The handler for an event.
static bool start(Stage *stage, uint32_t task, int64_t key, const char *script) {
    return step(stage, (Input){.task = task, .key = key, .script = script});
}

#define STEP(stage, ...) step((stage), (Input){__VA_ARGS__})

// The Ints that the last step has put out.
static const char *put_out(Stage *stage) {
    static char text[200];
    const WorkflowPart *part = &stage->scene.runtime->workflows[0].parts[0];
    const char *at = part->outputs[OUT]->buffer, *end = part->cursors[OUT].next;
    *text = '\0';
    for (; at < end; at += 8) {
        int64_t value;
        memcpy(&value, at, sizeof value);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%lld ", (long long)value);
    }
    return text;
}

static void check_trace(const char *expected) {
    cr_assert_str_eq(traced(), expected);
    trace.length = 0;
}

// No cell is left, and nothing in the heap.
static void check_empty(Stage *stage) {
    STEP(stage, .time = 1);
    trace.length = 0;
    cr_assert_eq(cells_count(stage->cells), 0);
    cr_assert_eq(cells_outstanding(stage->cells, 0), 0);
    cr_assert_eq(cells_next_due(stage->cells, 0), 0);
    cr_assert_eq(stage->partition->heap.live_blocks, 0);
}

#endif
