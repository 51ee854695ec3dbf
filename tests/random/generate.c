// generate SEED - a random stream program, always the same for the same seed: sources, operators, keys of many types, tasks with
// state, `on atom` and `on end`, branches and unions, workflows behind one another. Every event is an Int from 0 to 100002. Each
// workflow writes its stream to a file of its own in the directory `--directory`, so that nothing depends on how workflows
// interleave.
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/random/chance.h"

enum { VARIABLES = 24, WORKFLOWS = 4, SOURCES = 2, TEXT = 1 << 16 };

// What an event of a stream is keyed by. NONE: it never was; MIXED: a union of different kinds, which `key` must come behind.
typedef enum Kind { NONE, INT, STRING, FLOAT, BOOL, UNIT, TUPLE, LIST, OPTION, RECORD, MIXED } Kind;

typedef struct Variable {
    Kind kind;
    int factor; // events for each event of the source, times 16
    bool used;
} Variable;

typedef struct Stream {
    char name[16];
    Kind kind;
    int factor;
} Stream;

typedef struct Generator {
    uint64_t random;
    bool fails; // one of its operators or tasks has a run-time error, perhaps
    Stream streams[SOURCES + WORKFLOWS];
    int stream_count;
    int task_count;
    int file_count;
    char tasks[TEXT]; // their text, which comes last
    int task_size;
    Variable variables[VARIABLES];
    int variable_count;
} Generator;

static uint32_t any(Generator *g, uint32_t count) {
    return chance_any(&g->random, count);
}

static bool one_in(Generator *g, uint32_t count) {
    return any(g, count) == 0;
}

static void task_text(Generator *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void task_text(Generator *g, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g->task_size += vsnprintf(g->tasks + g->task_size, (size_t)(TEXT - g->task_size), format, args);
    va_end(args);
    if (g->task_size >= TEXT) exit(2);
}

// ---- tasks ----

static const char *key_type(Kind kind) {
    static const char *const names[] = {
        [INT] = "Int",      [STRING] = "String",       [FLOAT] = "Float",    [BOOL] = "Bool",
        [UNIT] = "()",      [TUPLE] = "(Int, String)", [LIST] = "List[Int]", [OPTION] = "Option[Int]",
        [RECORD] = "Place",
    };
    return names[kind];
}

static void fail_perhaps(Generator *g, const char *where) {
    if (g->fails && one_in(g, 3)) task_text(g, "    if s %% %u == %u { fail \"%s {s}\" }\n", 20 + any(g, 900), any(g, 20), where);
}

static void event_body(Generator *g) {
    switch (any(g, 7)) {
    case 0: task_text(g, "    s = (s * 31 + x) %% 100003\n    emit s\n"); break;
    case 1: task_text(g, "    s = (s + x) %% 1009\n    if s %% %u == 0 { emit (x + s) %% 100003 }\n", 2 + any(g, 5)); break;
    case 2: task_text(g, "    emit x\n    s = (s + x) %% 1009\n    emit (s * 7 + x) %% 100003\n"); break;
    case 3: task_text(g, "    xs = [x, ..xs.take(%u)]\n    s += xs.size()\n    emit xs.sum() %% 100003\n", any(g, 9)); break;
    case 4:
        task_text(g, "    t = \"{x %% 10}ü{t}\".slice(0, %u)\n    s = (s + t.byte_size()) %% 9973\n    emit s\n", 1 + any(g, 40));
        break;
    case 5:
        task_text(
            g,
            "    o = match o {\n      None => Some((x, \"v{x}\"))\n"
            "      Some((n, v)) => Some(((n + x) %% 977, \"{v.slice(0, 9)}{n}\"))\n    }\n"
            "    match o {\n      Some((n, v)) => { s = (s + n + v.size()) %% 100003 }\n      None => ()\n    }\n    emit s\n");
        break;
    case 6:
        task_text(g,
                  "    work(Context(y => emit (y + x) %% 100003, add), x)\n    let seen = xs.take(%u).map(y => { emit y; add(y) "
                  "})\n    emit s\n",
                  any(g, 4));
        task_text(g, "    xs = [s, ..xs.take(2)]\n");
        break;
    }
    fail_perhaps(g, "event");
}

static void global_handlers(Generator *g, bool *emits) {
    if (one_in(g, 3)) {
        task_text(g, "  global on atom {\n    g = (g * 3 + gs.size()) %% 100003\n");
        if (one_in(g, 2)) task_text(g, "    gs = []\n");
        if (emits && one_in(g, 2)) task_text(g, "    emit g\n"), *emits = true;
        task_text(g, "  }\n");
    }
    if (emits && one_in(g, 2)) {
        task_text(g, "  global on end {\n    emit (g + 70000) %% 100003\n    for x in gs { emit x }\n  }\n");
        *emits = true;
    }
}

// Returns the number of a new task for events with such a key. *emits: it puts something out that has no key; without it,
// it does not.
static int make_task(Generator *g, Kind kind, bool *emits) {
    int number = g->task_count++;
    bool shows_key = kind != NONE && one_in(g, 2), has_global = one_in(g, 3);
    const char *expires = one_in(g, 4) ? " expires 1000.d" : "";
    if (emits) *emits = false;
    task_text(g, "\ntask T%d: Int -> Int", number);
    if (shows_key) task_text(g, " key k: %s", key_type(kind));
    task_text(g,
              " {\n  state s: Int = %s%s\n  state xs: List[Int] = []%s\n  state t: String = \"\"%s\n"
              "  state o: Option[(Int, String)] = None%s\n",
              shows_key ? "\"{k}\".size()" : "0", expires, expires, expires, expires);
    task_text(g, "  fn add(n: Int) -> Int {\n    s = (s * 5 + n) %% 100003\n    s\n  }\n");
    if (has_global)
        task_text(g,
                  "  global state g: Int = 3\n  global state gs: List[Int] = []%s\n"
                  "  fn note(x: Int) {\n    g = (g * 7 + x) %% 100003\n    gs = [x, ..gs.take(4)]\n  }\n",
                  expires);
    if (one_in(g, 2)) {
        task_text(g, "  on event x if x %% %u == 0 {\n", 2 + any(g, 4));
        event_body(g);
        task_text(g, "  }\n");
    }
    task_text(g, "  on event x {\n");
    if (has_global) task_text(g, "    note(x)\n    if g %% 4 == 0 { emit g }\n");
    event_body(g);
    task_text(g, "  }\n");
    if (has_global) global_handlers(g, emits);
    if (one_in(g, 3)) {
        task_text(g, "  on atom {\n    emit (s * 3 + xs.size()) %% 100003\n    s = (s + 5) %% 100003\n");
        fail_perhaps(g, "atom");
        task_text(g, "  }\n");
    }
    if (one_in(g, 2)) {
        task_text(g, "  on end {\n    emit (s + 50000) %% 100003\n    for x in xs { emit x }\n");
        fail_perhaps(g, "end");
        task_text(g, "  }\n");
    }
    task_text(g, "}\n");
    return number;
}

// ---- workflows ----

static int pick(Generator *g) {
    int number = g->variable_count - 1 - (int)any(g, g->variable_count < 4 ? (uint32_t)g->variable_count : 4);
    g->variables[number].used = true;
    return number;
}

// Begins `let vN = `; returns N.
static int add(Generator *g, Kind kind, int factor) {
    int number = g->variable_count++;
    g->variables[number] = (Variable){kind, factor, false};
    printf("  let v%d = ", number);
    return number;
}

static void add_key(Generator *g, int from) {
    Kind kind = INT + any(g, RECORD - INT + 1);
    uint32_t count = 1 + any(g, one_in(g, 3) ? 500 : 20);
    add(g, kind, g->variables[from].factor);
    printf("v%d |> key(x => ", from);
    switch (kind) {
    case STRING: printf("\"key {x %% %u}\"", count); break;
    case FLOAT: printf("(x %% %u).to_float() / 3.0", count); break;
    case BOOL: printf("x %% 3 == 0"); break;
    case UNIT: printf("()"); break;
    case TUPLE: printf("(x %% 3, \"{x %% %u}\")", count); break;
    case LIST: printf("[x %% 2, x %% %u]", count); break;
    case OPTION: printf("if x %% 2 == 0 { None } else { Some(x %% %u) }", count); break;
    case RECORD: printf("Place(x %% %u, \"{x %% 2}\")", count); break;
    default: printf("x %% %u", count); break;
    }
    printf(")\n");
}

static void add_union(Generator *g) {
    int parts[3] = {0}, count = 2 + (int)any(g, 2), found = 0, factor = 0;
    for (int i = 0; i < count; i++) {
        int part = pick(g);
        bool is_new = true;
        for (int k = 0; k < found; k++) is_new = is_new && parts[k] != part;
        if (is_new) parts[found++] = part;
    }
    Kind kind = g->variables[parts[0]].kind;
    for (int i = 0; i < found; i++) {
        if (g->variables[parts[i]].kind != kind) kind = MIXED;
        factor += g->variables[parts[i]].factor;
    }
    add(g, kind, factor);
    printf("union(");
    for (int i = 0; i < found; i++) printf("%sv%d", i ? ", " : "", parts[i]);
    printf(")\n");
}

// A variable whose events a task may take: this one, or the same with a key.
static int keyed(Generator *g, int from) {
    if (g->variables[from].kind != MIXED) return from;
    add_key(g, from);
    g->variables[g->variable_count - 1].used = true;
    return g->variable_count - 1;
}

static void add_task(Generator *g, int from) {
    from = keyed(g, from);
    Kind kind = g->variables[from].kind;
    bool emits;
    int task = make_task(g, kind, &emits);
    add(g, emits && kind != NONE && kind != UNIT ? MIXED : kind, g->variables[from].factor * 2);
    printf("v%d |> T%d\n", from, task);
}

// A task made of tasks.
static void add_combined(Generator *g, int from) {
    from = keyed(g, from);
    Kind kind = g->variables[from].kind;
    int one = make_task(g, kind, NULL), other = make_task(g, kind, NULL);
    add(g, kind, g->variables[from].factor * 3);
    printf("v%d |> ", from);
    switch (any(g, 4)) {
    case 0: printf("T%d then filter(x => x %% 3 != 0) then T%d\n", one, other); break;
    case 1: printf("steps(T%d, loop(%u, T%d), map(x => x / 2))\n", one, any(g, 4), other); break;
    case 2: printf("steps(steps(T%d, identity), T%d then map(x => x / 3))\n", one, other); break;
    default:
        printf("wrap(T%d, (inner, x) => { inner(x); if x %% 4 == 0 { emit x / 4 }; if x %% 5 == 0 { inner(x / 5) } }) then T%d\n",
               one, other);
    }
}

static void add_map(Generator *g, int from) {
    const Variable *old = &g->variables[from];
    uint32_t wrong = any(g, 100003);
    if (old->factor > 64) {
        add(g, old->kind, old->factor / 8);
        printf("v%d |> filter(x => x %% 8 == %u)\n", from, any(g, 8));
    } else if (g->fails && one_in(g, 4)) {
        add(g, old->kind, old->factor);
        printf("v%d |> map(x => x + 1000 / (x - %u) %% 2 * 0)\n", from, one_in(g, 2) ? wrong : wrong % 1000);
    } else if (one_in(g, 3)) {
        add(g, old->kind, old->factor * 2);
        printf("v%d |> flat_map(x => %s)\n", from,
               one_in(g, 2) ? "[x, (x + 1) % 100003]" : "if x % 3 == 0 { [] } else { [x, x / 2] }");
    } else {
        add(g, old->kind, old->factor);
        printf("v%d |> map(x => (x * %u + %u) %% 100003)\n", from, 1 + any(g, 50), any(g, 1000));
    }
}

static void add_step(Generator *g) {
    switch (any(g, 9)) {
    case 8: add_combined(g, pick(g)); break;
    case 0:
    case 1: add_key(g, pick(g)); break;
    case 2: add_union(g); break;
    case 3:
    case 4: add_map(g, pick(g)); break;
    case 5: {
        int from = pick(g);
        add(g, g->variables[from].kind, g->variables[from].factor);
        printf("v%d |> write(\"{directory}/%d.txt\")\n", from, g->file_count++);
        break;
    }
    default: add_task(g, pick(g)); break;
    }
}

// The workflow's stream is that of all variables that nothing takes.
static void add_workflow(Generator *g, int number) {
    const Stream *input = &g->streams[any(g, (uint32_t)g->stream_count)];
    g->variable_count = 0;
    printf("\nworkflow w%d {\n", number);
    add(g, input->kind, input->factor);
    printf("%s |> identity\n", input->name);
    for (uint32_t steps = 3 + any(g, 8); steps > 0; steps--) add_step(g);
    Kind kind = g->variables[g->variable_count - 1].kind;
    int factor = 0;
    printf("  union(");
    for (int i = 0; i < g->variable_count; i++) {
        if (g->variables[i].used) continue;
        printf("v%d, ", i);
        if (g->variables[i].kind != kind) kind = MIXED;
        factor += g->variables[i].factor;
    }
    printf(") |> write(\"{directory}/w%d.txt\")%s\n}\n", number, number ? "" : " |> print");
    Stream *stream = &g->streams[g->stream_count++];
    *stream = (Stream){.kind = kind, .factor = factor};
    snprintf(stream->name, sizeof stream->name, "w%d", number);
}

// ---- programs ----

static void add_source(Generator *g, int number) {
    uint32_t events = 500 + any(g, 6000), atom = 1 + any(g, one_in(g, 3) ? 2000 : 60);
    if (one_in(g, 6)) {
        printf("stream s%d = from([", number);
        for (uint32_t i = 0; i < 50 + events % 200; i++) printf("%s%u", i ? ", " : "", any(g, 100003));
        printf("])\n");
    } else {
        printf("stream s%d = range(%u, %u, atom: %u)\n", number, any(g, 1000), 1000 + events, atom);
    }
    Stream *stream = &g->streams[g->stream_count++];
    *stream = (Stream){.kind = NONE, .factor = 16};
    snprintf(stream->name, sizeof stream->name, "s%d", number);
}

// Takes all workflows, whose atoms come in any order: so what it puts out must not depend on that.
static void add_total(Generator *g, int workflows) {
    printf("\nworkflow total = union(");
    for (int i = 0; i < workflows; i++) printf("w%d, ", i);
    printf(") |> key(x => x %% 11) |> Total |> write(\"{directory}/total.txt\")\n");
    task_text(
        g, "\ntask Total: Int -> Int {\n  state n: Int = 0\n  state s: Int = 0\n  on event x { n += 1; s = (s + x) %% 100003 }\n"
           "  on end { emit n; emit s }\n}\n");
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    static Generator g;
    g.random = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 8; i++) any(&g, 2);
    g.fails = one_in(&g, 4);
    int workflows = g.fails ? 1 : 1 + (int)any(&g, WORKFLOWS);
    printf("// generate %s\napp Random\n\nparam directory: String\n\nrecord Place { row: Int, name: String }\n\n", argv[1]);
    printf("local record Context { put: Int -> (), add: Int -> Int }\n\nfn work(context: Context, x: Int) {\n"
           "  (context.put)(x)\n  (context.put)((context.add)(x))\n}\n\n");
    for (int i = 0, count = g.fails ? 1 : 1 + (int)any(&g, SOURCES); i < count; i++) add_source(&g, i);
    for (int i = 0; i < workflows; i++) add_workflow(&g, i);
    if (workflows > 1 && one_in(&g, 2)) add_total(&g, workflows);
    fputs(g.tasks, stdout);
    return 0;
}
