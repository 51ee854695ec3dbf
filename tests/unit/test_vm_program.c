// Whole programs, made by hand as the compiler makes them: from the command line to the exit status.
//
//   lines(file, atom: 2) --> counts: Count, keyed by the line --> show: print, and write the text
//
// Count has an event for each line; `on atom` emits (how often, line), `on end` (1000 + how often, the line seen last).
#include <criterion/criterion.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "tests/unit/vm_testing.h"
#include "vm/show.h"
#include "vm/store_memory.h"
#include "vm/trace.h"

enum { IN_FILE = 3, OUT_FILE = 4 };

typedef struct Count {
    PtString line; // the key
    int64_t n;
    PtString last;
} Count;

typedef struct Globals {
    PtString file;
    int64_t limit;
    double ratio;
    uint8_t loud;
} Globals;

static const PtPosition POSITIONS[] = {{"prog.portals", 3, 10}, {"prog.portals", 12, 9}};

// ---- compiled code ----

static void emit_pair(PtContext *context, int64_t number, PtString text) {
    PtCursor *cursor = &pt_channels(context)[0];
    if (cursor->end - cursor->next < (int64_t)sizeof(Pair)) cursor->next = pt_grow(context, 0, cursor->next, sizeof(Pair));
    *(Pair *)cursor->next = (Pair){number, text};
    cursor->next += sizeof(Pair);
}

static int64_t recurse(PtContext *context, int64_t n) {
    volatile char frame[1000];
    frame[n % 1000] = (char)n;
    pt_check_stack(context, 1);
    if (n < 0) return 0;
    return recurse(context, n + 1) + frame[n % 1000];
}

static void do_what_it_says(PtContext *context, PtString line) {
    if (text_is(line, "overflow")) pt_trap(context, PT_TRAP_OVERFLOW, 1);
    if (text_is(line, "division")) pt_trap(context, PT_TRAP_DIVISION_BY_ZERO, 1);
    if (text_is(line, "index")) pt_trap_index(context, 5, 1, 1);
    if (text_is(line, "fail")) pt_fail(context, &(PtString){"out of stock", 12}, 1);
    if (text_is(line, "recurse")) recurse(context, 0);
    while (text_is(line, "alloc")) pt_alloc(context, 1000);
    while (text_is(line, "emit")) emit_pair(context, 1, line);
    while (text_is(line, "sink")) pt_sink(context, 1, &line);
}

static void count_run(PtContext *context, const void *events, int64_t first, int64_t count) {
    (void)first;
    for (int64_t i = 0; i < count; i++) {
        PtString line = ((const PtString *)events)[i];
        pt_at_event(context, i);
        uint64_t hash = pt_hash_string(&line);
        Count *entry = pt_find_string(context, 0, hash, &line);
        if (!entry) entry = pt_insert(context, 0, hash, &line);
        pt_mark(context, 0, entry);
        do_what_it_says(context, line);
        entry->n++;
        pt_touch(context, 0, entry);
        PtString parts[] = {line, text_of("!")};
        pt_concat(context, &entry->last, parts, 2);
    }
}

static void count_init(PtContext *context, void *entry) {
    (void)context, (void)entry;
}

static void count_on_atom(PtContext *context, void *entry) {
    const Count *count = entry;
    if (text_is(count->line, "atom")) pt_trap(context, PT_TRAP_OVERFLOW, 1);
    emit_pair(context, count->n, count->line);
}

static void count_on_end(PtContext *context, void *entry) {
    const Count *count = entry;
    if (text_is(count->line, "end")) pt_trap(context, PT_TRAP_OVERFLOW, 1);
    emit_pair(context, 1000 + count->n, count->last);
}

static void show_run(PtContext *context, const void *events, int64_t first, int64_t count) {
    (void)first;
    for (int64_t i = 0; i < count; i++) {
        const Pair *pair = (const Pair *)events + i;
        pt_sink(context, 0, pair);
        pt_sink(context, 1, &pair->text);
    }
}

static void setup(PtContext *context) {
    const Globals *globals = pt_globals(context);
    pt_config_source_string(context, 0, LINES_PATH, &globals->file);
    pt_config_source_int(context, 0, LINES_ATOM, globals->limit);
    PtString parts[] = {text_of("out"), text_of(".txt")}, path;
    pt_concat(context, &path, parts, 2);
    pt_config_sink_string(context, 1, 0, &path);
}

static void default_limit(PtContext *context) {
    ((Globals *)pt_globals(context))->limit = 2;
}

static void default_ratio(PtContext *context) {
    ((Globals *)pt_globals(context))->ratio = 0.5;
}

static void default_loud(PtContext *context) {
    ((Globals *)pt_globals(context))->loud = 0;
}

static const PtParam PARAMS[] = {
    {"file", "The file to read.", &STRING, offsetof(Globals, file), NULL},
    {"limit", NULL, &INT, offsetof(Globals, limit), default_limit},
    {"ratio", NULL, &FLOAT, offsetof(Globals, ratio), default_ratio},
    {"loud", NULL, &BOOL, offsetof(Globals, loud), default_loud},
};
static const PtSource SOURCES[] = {{.name = "text", .desc = &STRING, .kind = PT_SOURCE_LINES}};
static const PtSink SINKS[] = {{.desc = &PAIR, .kind = PT_SINK_PRINT}, {.desc = &STRING, .kind = PT_SINK_WRITE}};
static const PtField COUNT_FIELDS[] = {{"n", &INT, offsetof(Count, n), 0}, {"last", &STRING, offsetof(Count, last), 0}};
static const PtTask TASKS[] = {{
    .name = "Count",
    .key = &STRING,
    .fields = COUNT_FIELDS,
    .field_count = 2,
    .entry_size = sizeof(Count),
    .on_atom = count_on_atom,
    .on_end = count_on_end,
    .init = count_init,
}};
static const PtInput COUNT_INPUTS[] = {{.stream = 0, .run = count_run}};
static const PtInput SHOW_INPUTS[] = {{.stream = 1, .run = show_run}};
static const PtChannel COUNT_CHANNELS[] = {{.desc = &PAIR, .stream = 1}};
static const PtWorkflow WORKFLOWS[] = {
    {.name = "counts",
     .inputs = COUNT_INPUTS,
     .input_count = 1,
     .channels = COUNT_CHANNELS,
     .channel_count = 1,
     .tasks = (const uint64_t[]){0},
     .task_count = 1,
     .position = 1},
    {.name = "show", .inputs = SHOW_INPUTS, .input_count = 1, .position = 1},
};

static const PtProgram PROGRAM = {
    .abi = PT_ABI,
    .name = "Counting",
    .global_size = sizeof(Globals),
    .params = PARAMS,
    .param_count = 4,
    .setup = setup,
    .sources = SOURCES,
    .source_count = 1,
    .sinks = SINKS,
    .sink_count = 2,
    .tasks = TASKS,
    .task_count = 1,
    .workflows = WORKFLOWS,
    .workflow_count = 2,
    .positions = POSITIONS,
    .position_count = 2,
};

// ---- running it ----

typedef struct Stage {
    FakeEnv fake;
} Stage;

static void stage_init(Stage *stage, const char *text) {
    fake_init(&stage->fake);
    fake_add(&stage->fake, IN_FILE, "in.txt", text, strlen(text));
}

static void stage_free(Stage *stage) {
    fake_free(&stage->fake);
}

// Runs with the arguments, the last of which is NULL.
static int run(Stage *stage, const char *const *arguments) {
    char *argv[16] = {"counting"};
    int argc = 1;
    while (*arguments) argv[argc++] = (char *)*arguments++;
    return entry_main(&PROGRAM, &stage->fake.env, argc, argv);
}

static int run_file(Stage *stage) {
    return run(stage, (const char *const[]){"--file=in.txt", NULL});
}

static void check_output(Stage *stage, const char *out, const char *err) {
    cr_assert_str_eq(fake_text(&stage->fake, ENV_STDOUT), out);
    cr_assert_str_eq(fake_text(&stage->fake, ENV_STDERR), err);
}

Test(vm_program, atoms_flow_in_order_and_end_in_the_order_of_keys) {
    for (int round = 0; round < 2; round++) { // twice in one process
        Stage stage;
        stage_init(&stage, "b\na\nb\nb\nc");
        cr_assert_eq(run_file(&stage), 0);
        check_output(&stage, "(1, \"a\")\n(1, \"b\")\n(3, \"b\")\n(1, \"c\")\n(1001, \"a!\")\n(1003, \"b!\")\n(1001, \"c!\")\n",
                     "");
        cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "a\nb\nb\nc\na!\nb!\nc!\n");
        stage_free(&stage);
    }
}

Test(vm_program, state_takes_what_it_needs_and_no_more) {
    Stage stage;
    Buf text = {0};
    for (int i = 0; i < 20000; i++) buf_printf(&text, "key %d\n", i * 7919 % 100);
    stage_init(&stage, buf_text(&text));
    buf_free(&text);
    stage.fake.tick = 10 * 1000 * 1000;
    Runtime *runtime = runtime_new(&PROGRAM, &stage.fake.env, NULL, &(RuntimeOptions){.max_atom = 1 << 20});
    Globals *globals = pt_globals(&runtime->partitions[0].context);
    *globals = (Globals){.file = text_of("in.txt"), .limit = 100};
    cr_assert(runtime_setup(runtime) && runtime_run(runtime));
    cr_assert_eq(runtime->partitions[0].heap.live_blocks, 200, "a key and a value each");
    cr_assert_eq(runtime->partitions[0].limbo.records.length, 0);
    cr_assert_eq(runtime->counts.events, 20000);
    cr_assert_geq(runtime->counts.epochs, 40);
    runtime_free(runtime);
    stage_free(&stage);
}

Test(vm_program, a_failed_atom_leaves_nothing_but_a_message) {
    static const struct {
        const char *line, *message;
    } CASES[] = {{"overflow", "integer overflow"},
                 {"division", "division by zero"},
                 {"index", "index 5 is out of range: the list has 1 element"},
                 {"fail", "out of stock"},
                 {"recurse", "the recursion is too deep: the stack is used up"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Stage stage;
        char text[100], expected[400];
        snprintf(text, sizeof text, "a\nb\na\n%s\nc\n", CASES[i].line);
        snprintf(expected, sizeof expected,
                 "error: %s\n  --> prog.portals:12:9\n   = in workflow `counts`, task `Count`, key \"%s\"\n"
                 "   = event 2 of atom 2 of stream `text`: \"%s\"\n",
                 CASES[i].message, CASES[i].line, CASES[i].line);
        stage_init(&stage, text);
        cr_assert_eq(run_file(&stage), 1);
        check_output(&stage, "(1, \"a\")\n(1, \"b\")\n", expected);
        stage_free(&stage);
    }
}

Test(vm_program, handlers_without_an_event_are_named) {
    Stage stage;
    stage_init(&stage, "a\natom\n");
    cr_assert_eq(run_file(&stage), 1);
    check_output(&stage, "",
                 "error: integer overflow\n  --> prog.portals:12:9\n"
                 "   = in workflow `counts`, task `Count`, key \"atom\", `on atom`\n"
                 "   = atom 1 of stream `text`\n");
    stage_free(&stage);
    stage_init(&stage, "end\nfirst\n");
    cr_assert_eq(run_file(&stage), 1);
    check_output(&stage, "(1, \"end\")\n(1, \"first\")\n",
                 "error: integer overflow\n  --> prog.portals:12:9\n"
                 "   = in workflow `counts`, task `Count`, key \"end\", `on end`\n");
    stage_free(&stage);
}

Test(vm_program, memory_of_an_atom_is_limited) {
    static const struct {
        const char *line, *message;
    } CASES[] = {{"alloc", "error: the atom needs more than 4000000 bytes of memory\n  --> prog.portals:12:9\n"
                           "   = in workflow `counts`, task `Count`, key \"alloc\"\n"
                           "   = event 1 of atom 1 of stream `text`: \"alloc\"\n"
                           "   = help: `--max-atom` sets the limit, at 4 times its value\n"},
                 {"emit", "error: the atom puts out more than 1000000 bytes\n  --> prog.portals:12:9\n   = in workflow `counts`\n"
                          "   = atom 1 of stream `text`\n   = help: `--max-atom` sets the limit\n"},
                 {"sink", "error: the atom puts out more than 1000000 bytes\n  --> prog.portals:12:9\n   = in workflow `counts`\n"
                          "   = atom 1 of stream `text`\n   = help: `--max-atom` sets the limit\n"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Stage stage;
        stage_init(&stage, CASES[i].line);
        cr_assert_eq(run(&stage, (const char *const[]){"--file", "in.txt", "--max-atom", "1000000", NULL}), 1);
        check_output(&stage, "", CASES[i].message);
        cr_assert_eq(stage.fake.files[OUT_FILE].bytes.length, 0);
        stage_free(&stage);
    }
}

Test(vm_program, long_events_are_cut) {
    Stage stage;
    Buf text = {0};
    for (int i = 0; i < 1000; i++) buf_puts(&text, "\xc3\xa4");
    buf_puts(&text, "\nfail\n");
    stage_init(&stage, buf_text(&text));
    buf_free(&text);
    cr_assert_eq(run_file(&stage), 1);
    cr_assert_leq(stage.fake.files[ENV_STDERR].bytes.length, 300);
    stage_free(&stage);
}

// ---- output ----

Test(vm_program, short_writes_are_continued) {
    Stage stage;
    stage_init(&stage, "b\na\n");
    stage.fake.files[ENV_STDOUT].chunk = 1;
    cr_assert_eq(run_file(&stage), 0);
    check_output(&stage, "(1, \"a\")\n(1, \"b\")\n(1001, \"a!\")\n(1001, \"b!\")\n", "");
    stage_free(&stage);
}

Test(vm_program, a_write_that_fails_ends_the_run) {
    Stage stage;
    stage_init(&stage, "b\na\n");
    stage.fake.files[ENV_STDOUT].fail_at = 3;
    stage.fake.files[ENV_STDOUT].code = -EPIPE;
    cr_assert_eq(run_file(&stage), 1);
    check_output(&stage, "(1,", "error: cannot write to standard output: Broken pipe\n  --> prog.portals:3:10\n");
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "a\nb\na!\nb!\n", "the other sinks go on");
    stage_free(&stage);

    stage_init(&stage, "b\na\n");
    fake_add(&stage.fake, OUT_FILE, "out.txt", "what was there before", 21)->fail_at = 4;
    stage.fake.files[OUT_FILE].code = -ENOSPC;
    cr_assert_eq(run_file(&stage), 1);
    cr_assert_str_eq(fake_text(&stage.fake, ENV_STDERR),
                     "error: cannot write to `out.txt`: No space left on device\n  --> prog.portals:3:10\n");
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "a\nb\n");
    stage_free(&stage);

    stage_init(&stage, "b\na\n");
    fake_add(&stage.fake, OUT_FILE, "out.txt", "", 0)->code = -EDQUOT; // of close
    cr_assert_eq(run_file(&stage), 1);
    cr_assert_str_eq(fake_text(&stage.fake, ENV_STDERR),
                     "error: cannot write to `out.txt`: Disk quota exceeded\n  --> prog.portals:3:10\n");
    stage_free(&stage);
}

Test(vm_program, a_file_is_not_read_and_written) {
    Stage stage;
    stage_init(&stage, "b\na\n");
    stage.fake.files[IN_FILE].name = "out.txt";
    cr_assert_eq(run(&stage, (const char *const[]){"--file=out.txt", NULL}), 1);
    cr_assert_str_eq(fake_text(&stage.fake, ENV_STDERR),
                     "error: cannot write to `out.txt`: a source of the program reads it\n  --> prog.portals:3:10\n");
    cr_assert_str_eq(fake_text(&stage.fake, IN_FILE), "b\na\n", "nothing is lost");
    stage_free(&stage);
}

// A program that reads what it puts out would never end.
Test(vm_program, standard_output_may_be_a_file_that_is_read) {
    Stage stage;
    stage_init(&stage, "b\na\n");
    stage.fake.files[ENV_STDOUT].kind = ENV_FILE;
    stage.fake.files[ENV_STDOUT].inode = IN_FILE;
    cr_assert_eq(run_file(&stage), 1);
    cr_assert_str_eq(fake_text(&stage.fake, ENV_STDERR),
                     "error: cannot write to standard output: a source of the program reads it\n  --> prog.portals:3:10\n");
    stage_free(&stage);
}

Test(vm_program, standard_output_may_be_a_file_that_is_written) {
    Stage stage;
    stage_init(&stage, "b\na\n");
    buf_puts(&stage.fake.files[OUT_FILE].bytes, "before");
    stage.fake.files[OUT_FILE].name = "out.txt";
    stage.fake.files[ENV_STDOUT].kind = ENV_FILE;
    stage.fake.files[ENV_STDOUT].inode = OUT_FILE;
    cr_assert_eq(run_file(&stage), 1);
    cr_assert_str_eq(fake_text(&stage.fake, ENV_STDERR),
                     "error: cannot write to `out.txt`: another sink writes to it\n  --> prog.portals:3:10\n");
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "before", "nothing is lost");
    stage_free(&stage);
}

Test(vm_program, a_signal_stops_after_the_atom) {
    Stage stage;
    stage_init(&stage, "a\nb\na\nb\n");
    stage.fake.signal = SIGTERM;
    stage.fake.signal_after = 2;
    cr_assert_eq(run_file(&stage), 128 + SIGTERM);
    check_output(&stage, "(1, \"a\")\n(1, \"b\")\n", "");
    stage_free(&stage);
}

// ---- the command line ----

Test(vm_program, wrong_command_lines) {
    static const struct {
        const char *arguments[3];
        const char *message;
    } CASES[] = {
        {{NULL}, "error: the program needs a value: `--file=String`\n"},
        {{"--file"}, "error: `--file` needs a value\n"},
        {{"in.txt"}, "error: unexpected argument `in.txt`\n"},
        {{"--fiel=in.txt"}, "error: unknown option `--fiel`\n   = help: did you mean `--file`?\n"},
        {{"--partition=1"}, "error: unknown option `--partition`\n   = help: did you mean `--partitions`?\n"},
        {{"--nothing-like-it"}, "error: unknown option `--nothing-like-it`\n   = help: `--help` shows what there is\n"},
        {{"--limit=x", "--file=in.txt"}, "error: `--limit` needs an Int, not `x`\n"},
        {{"--limit=99999999999999999999", "--file=in.txt"}, "error: `--limit` needs an Int, not `99999999999999999999`\n"},
        {{"--ratio=half", "--file=in.txt"}, "error: `--ratio` needs a Float, not `half`\n"},
        {{"--loud=yes", "--file=in.txt"}, "error: `--loud` needs `true` or `false`, not `yes`\n"},
        {{"--file=\xff"}, "error: `--file` needs a text in UTF-8, not `\xff`\n"},
        {{"--partitions", "65"}, "error: `--partitions` needs a number from 1 to 64, not `65`\n"},
        {{"--data="}, "error: `--data` needs the name of a directory\n"},
        {{"--epoch=0"}, "error: `--epoch` needs a number from 1 to 1000000, not `0`\n"},
        {{"--max-atom=0"}, "error: `--max-atom` needs a number from 1 on, not `0`\n"},
        {{"--seed=-1"}, "error: `--seed` needs a number from 0 on, not `-1`\n"},
        {{"--stats=1"}, "error: `--stats` takes no value\n"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Stage stage;
        stage_init(&stage, "a\n");
        cr_assert_eq(run(&stage, CASES[i].arguments), 2, "case %zu", i);
        check_output(&stage, "", CASES[i].message);
        stage_free(&stage);
    }
}

Test(vm_program, right_command_lines) {
    Stage stage;
    stage_init(&stage, "a\n");
    static const char *const ALL[] = {"--limit",       "5",      "--loud=true", "--ratio",        "-1.5e3",
                                      "--file=in.txt", "--seed", "12345",       "--partitions=1", NULL};
    cr_assert_eq(run(&stage, ALL), 0);
    stage_free(&stage);
    stage_init(&stage, "a\n");
    cr_assert_eq(run(&stage, (const char *const[]){"--stats", "--file=in.txt", NULL}), 0);
    cr_assert_not_null(strstr(fake_text(&stage.fake, ENV_STDERR), "1 events in "));
    stage_free(&stage);
    stage_init(&stage, "a\n");
    cr_assert_eq(run(&stage, (const char *const[]){"--version", NULL}), 0);
    stage_free(&stage);
}

Test(vm_program, help_shows_params_with_types_and_defaults) {
    Stage stage;
    stage_init(&stage, "a\n");
    cr_assert_eq(run(&stage, (const char *const[]){"--help", NULL}), 0);
    const char *help = fake_text(&stage.fake, ENV_STDOUT);
    const char *expected = "Usage: counting [OPTION]...\n\nParameters of the program:\n"
                           "  --file=String         The file to read.\n"
                           "                        (must be given)\n"
                           "  --limit=Int\n"
                           "                        (default: 2)\n"
                           "  --ratio=Float\n"
                           "                        (default: 0.5)\n"
                           "  --loud=Bool\n"
                           "                        (default: false)\n"
                           "\nOptions:\n  --stats ";
    cr_assert_eq(strncmp(help, expected, strlen(expected)), 0, "%s", help);
    stage_free(&stage);
}

Test(vm_program, another_interface_is_refused) {
    Stage stage;
    stage_init(&stage, "");
    PtProgram other = PROGRAM;
    other.abi = PT_ABI + 1;
    cr_assert_eq(entry_main(&other, &stage.fake.env, 1, (char *[]){"counting", NULL}), 1);
    check_output(&stage, "", "error: the program was compiled for another version of Portals\n");
    stage_free(&stage);
}

// ---- step by step ----

typedef struct Seen {
    Runtime *runtime;
    Buf text;
} Seen;

static void see_value(Seen *seen, const PtDesc *desc, const void *value) {
    show_value(&seen->text, desc, value, NULL, SHOW_LITERAL, 1000);
}

static void see_taken(void *user, const Workflow *workflow, const TraceEvents *taken) {
    Seen *seen = user;
    buf_printf(&seen->text, "%s takes %lld of %s\n", workflow->code->name, taken ? (long long)taken->count : 0,
               taken ? seen->runtime->streams[taken->stream].name : "nothing");
}

static void see_entry(Seen *seen, const char *what, const TraceEntry *entry) {
    buf_printf(&seen->text, "%s ", what);
    see_value(seen, entry->task->key, entry->entry);
    if (entry->is_there) buf_printf(&seen->text, " %lld", (long long)((const Count *)entry->entry)->n);
    buf_putc(&seen->text, '\n');
}

static void see_before(void *user, const TraceEntry *entry) {
    see_entry(user, "before", entry);
}

static void see_after(void *user, const TraceEntry *entry) {
    see_entry(user, "after", entry);
}

static void see_events(void *user, const TraceEvents *events) {
    Seen *seen = user;
    buf_printf(&seen->text, "puts %lld\n", (long long)events->count);
}

static void see_lines(void *user, const Output *output, const char *bytes, size_t size) {
    Seen *seen = user;
    buf_printf(&seen->text, "%s gets %.*s", output->name ? output->name : "stdout", (int)size, bytes);
}

static void see_failure(void *user, const Failure *failure) {
    Seen *seen = user;
    buf_printf(&seen->text, "fails: %s\n", buf_text((Buf *)&failure->message));
}

// Takes a step, and says what was seen.
static void check_step(Seen *seen, Turn expected, const char *text) {
    Turn turn = TURN_DONE;
    seen->text.length = 0;
    for (uint64_t before = seen->runtime->step; turn == TURN_DONE && seen->runtime->step == before;)
        turn = runtime_turn(seen->runtime, ENV_POLL);
    cr_assert_eq(turn, expected);
    cr_assert_str_eq(buf_text(&seen->text), text);
}

static Runtime *begin_traced(Stage *stage, Store *store, Seen *seen, const Trace *trace) {
    RuntimeOptions options = {.max_atom = 1 << 20, .epoch = UINT64_MAX};
    Runtime *runtime = seen->runtime = runtime_new(&PROGRAM, &stage->fake.env, store, &options);
    *(Globals *)pt_globals(&runtime->partitions[0].context) = (Globals){.file = text_of("in.txt"), .limit = 2};
    runtime->trace = trace;
    runtime->goes_back = true;
    cr_assert(runtime_setup(runtime), "%s", buf_text(&runtime->failure));
    return runtime;
}

static int sync_no_directory(Env *env, const char *path) {
    (void)env, (void)path;
    return 0;
}

Test(vm_program, steps_are_seen_and_undone_by_recovery) {
    Stage stage;
    stage_init(&stage, "b\na\nb\nfail");
    stage.fake.env.sync_directory = sync_no_directory;
    fake_add(&stage.fake, OUT_FILE, "out.txt", "", 0); // with a name that stays
    Store *store = store_memory_new(STORE_KEEP_ALL);
    Seen seen = {0};
    const Trace trace = {.took = see_taken,
                         .before = see_before,
                         .after = see_after,
                         .put = see_events,
                         .lines = see_lines,
                         .failed = see_failure,
                         .user = &seen};
    Runtime *runtime = begin_traced(&stage, store, &seen, &trace);
    check_step(&seen, TURN_DONE, "counts takes 2 of text\nbefore \"b\"\nbefore \"a\"\nafter \"b\" 1\nafter \"a\" 1\nputs 2\n");
    cr_assert(epoch_commit(runtime, EPOCH_WAIT));
    cr_assert_eq(store_memory_last(store), 1);
    static const char SHOWN[] = "show takes 2 of counts\nstdout gets (1, \"a\")\n(1, \"b\")\nout.txt gets a\nb\n";
    check_step(&seen, TURN_DONE, SHOWN);
    cr_assert(epoch_commit(runtime, EPOCH_WAIT));
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "a\nb\n");
    check_step(&seen, TURN_FAILED, "counts takes 2 of text\nfails: out of stock\n");
    cr_assert(!runtime_end(runtime, TURN_FAILED), "it has failed");
    runtime_free(runtime);
    store_memory_rewind(store, 1);
    runtime = begin_traced(&stage, store, &seen, &trace);
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "", "the file is cut");
    check_step(&seen, TURN_DONE, SHOWN);
    cr_assert(epoch_commit(runtime, EPOCH_WAIT));
    cr_assert_str_eq(fake_text(&stage.fake, OUT_FILE), "a\nb\n");
    runtime_free(runtime);
    buf_free(&seen.text);
    store->close(store);
    stage_free(&stage);
}
