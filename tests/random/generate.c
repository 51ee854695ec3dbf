// generate SEED - a random stream program, always the same for the same seed: sources, operators, keys of many types, tasks with
// state, `on atom` and `on end`, branches and unions, workflows behind one another. Every event is an Int from 0 to 100002. Each
// workflow writes its stream to a file of its own in the directory `--directory`, so that nothing depends on how workflows
// interleave. Paths from one stream that meet again go from one partition to another more and less often; what a task keeps tells
// in which order it has seen its events.
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/random/chance.h"

enum { VARIABLES = 64, WORKFLOWS = 4, SOURCES = 2, TEXT = 1 << 17 };
enum {
    MOST = 16 * 24, // the factor from which on what takes a variable takes only some of its events
    ATOMS = 400,    // of a source: partitions that take small atoms wait for each other most of the time
};

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
    bool fails;   // one of its operators or tasks has a run-time error, perhaps
    bool letters; // and what fails becomes a dead letter
    bool meets;   // what is made now are paths that meet, and a task behind them
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

// Returns how many events it emits at most.
static int event_body(Generator *g) {
    if (g->meets || one_in(g, 2)) task_text(g, "    s = (s * 3 + x) %% 100003\n");
    int form = (int)any(g, 7), emits = form == 2 ? 2 : 1;
    switch (form) {
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
        emits = 3 + (int)any(g, 4);
        task_text(g,
                  "    work(Context(y => emit (y + x) %% 100003, add), x)\n    let seen = xs.take(%d).map(y => { emit y; add(y) "
                  "})\n    emit s\n",
                  emits - 3);
        task_text(g, "    xs = [s, ..xs.take(2)]\n");
        break;
    }
    fail_perhaps(g, "event");
    return emits;
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

typedef struct Task {
    int number;
    int factor; // events that it emits for one, at most
} Task;

static int event_handlers(Generator *g, bool has_global) {
    int emits = 0;
    if (one_in(g, 2)) {
        task_text(g, "  on event x if x %% %u == 0 {\n", 2 + any(g, 4));
        emits = event_body(g);
        task_text(g, "  }\n");
    }
    task_text(g, "  on event x {\n");
    if (has_global) task_text(g, "    note(x)\n    if g %% 4 == 0 { emit g }\n");
    int more = event_body(g) + has_global;
    task_text(g, "  }\n");
    if (g->fails && one_in(g, 3))
        task_text(g, "  on error e {\n    s = (s * 11 + e.message.size() + e.event) %% 100003\n    emit s\n  }\n");
    return emits > more ? emits : more;
}

// A new task for events with such a key. *emits: it puts something out that has no key; without it, it does not.
static Task make_task(Generator *g, Kind kind, bool *emits) {
    Task task = {.number = g->task_count++};
    bool shows_key = kind != NONE && one_in(g, 2), has_global = one_in(g, g->meets ? 2 : 3);
    const char *expires = one_in(g, 4) ? " expires 1000.d" : "";
    if (emits) *emits = false;
    task_text(g, "\ntask T%d: Int -> Int", task.number);
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
    task.factor = event_handlers(g, has_global);
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
    return task;
}

// ---- workflows ----

// Begins `let vN = `; returns N.
static int add(Generator *g, Kind kind, int factor) {
    int number = g->variable_count++;
    if (number == VARIABLES) exit(2);
    g->variables[number] = (Variable){kind, factor, false};
    printf("  let v%d = ", number);
    return number;
}

// The variable, or one with so few of its events that there are not too many, when it is taken.
static int take(Generator *g, int number, int limit) {
    const Variable *old = &g->variables[number];
    int parts = old->factor / limit + 1;
    g->variables[number].used = true;
    if (parts == 1) return number;
    int fewer = add(g, old->kind, old->factor / parts);
    printf("v%d |> filter(x => x %% %d == %u)\n", number, parts, any(g, (uint32_t)parts));
    g->variables[fewer].used = true;
    return fewer;
}

static int pick(Generator *g) {
    return take(g, g->variable_count - 1 - (int)any(g, g->variable_count < 4 ? (uint32_t)g->variable_count : 4), MOST);
}

static int add_key_of(Generator *g, int from, Kind kind) {
    uint32_t count = 1 + any(g, one_in(g, 3) ? 500 : 20);
    int number = add(g, kind, g->variables[from].factor);
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
    return number;
}

static int add_key(Generator *g, int from) {
    return add_key_of(g, from, INT + any(g, RECORD - INT + 1));
}

static int union_of(Generator *g, const int *parts, int found) {
    int factor = 0;
    Kind kind = g->variables[parts[0]].kind;
    for (int i = 0; i < found; i++) {
        if (g->variables[parts[i]].kind != kind) kind = MIXED;
        factor += g->variables[parts[i]].factor;
    }
    int number = add(g, kind, factor);
    printf("union(");
    for (int i = 0; i < found; i++) printf("%sv%d", i ? ", " : "", parts[i]);
    printf(")\n");
    return number;
}

// Adds the part if it is not among those found; returns how many there are.
static int add_part(int *parts, int found, int part) {
    for (int i = 0; i < found; i++)
        if (parts[i] == part) return found;
    parts[found] = part;
    return found + 1;
}

static void add_union(Generator *g) {
    int parts[3] = {0}, found = 0;
    for (int count = 2 + (int)any(g, 2); count > 0; count--) found = add_part(parts, found, pick(g));
    union_of(g, parts, found);
}

// A variable whose events a task may take: this one, or the same with a key.
static int keyed(Generator *g, int from) {
    if (g->variables[from].kind != MIXED) return from;
    from = add_key(g, from);
    g->variables[from].used = true;
    return from;
}

static void add_task(Generator *g, int from) {
    from = keyed(g, from);
    Kind kind = g->variables[from].kind;
    bool emits;
    Task task = make_task(g, kind, &emits);
    from = take(g, from, MOST / task.factor);
    add(g, emits && kind != NONE && kind != UNIT ? MIXED : kind, g->variables[from].factor * task.factor);
    printf("v%d |> T%d\n", from, task.number);
}

// A task made of tasks.
static void add_combined(Generator *g, int from) {
    from = keyed(g, from);
    Kind kind = g->variables[from].kind;
    Task one = make_task(g, kind, NULL), other = make_task(g, kind, NULL);
    int factor = 2 * one.factor * other.factor;
    from = take(g, from, MOST / factor);
    add(g, kind, g->variables[from].factor * factor);
    printf("v%d |> ", from);
    switch (any(g, 4)) {
    case 0: printf("T%d then filter(x => x %% 3 != 0) then T%d\n", one.number, other.number); break;
    case 1: printf("steps(T%d, loop(%u, T%d), map(x => x / 2))\n", one.number, any(g, 4), other.number); break;
    case 2: printf("steps(steps(T%d, identity), T%d then map(x => x / 3))\n", one.number, other.number); break;
    default:
        printf("wrap(T%d, (inner, x) => { inner(x); if x %% 4 == 0 { emit x / 4 }; if x %% 5 == 0 { inner(x / 5) } }) then T%d\n",
               one.number, other.number);
    }
}

static void add_map(Generator *g, int from) {
    const Variable *old = &g->variables[from];
    uint32_t wrong = any(g, 100003);
    if (g->fails && one_in(g, 4)) {
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

// A path that passes some tasks, or none, and after which the kind of the key is what it was.
static int add_path(Generator *g, int from) {
    Kind kind = g->variables[from].kind;
    for (uint32_t steps = any(g, 4); steps > 0; steps--) {
        from = take(g, from, MOST / 4);
        switch (any(g, 5)) {
        case 0: add_map(g, from); break;
        case 1: add_key_of(g, from, kind); break;
        default: {
            Task task = make_task(g, kind, NULL);
            add(g, kind, g->variables[from].factor * task.factor);
            printf("v%d |> T%d\n", from, task.number);
        }
        }
        from = g->variable_count - 1;
    }
    return from;
}

// Paths from one place meet again before a task.
static void add_meeting(Generator *g, int from) {
    int parts[3] = {0}, found = 0;
    g->meets = true;
    from = take(g, add_key(g, from), MOST);
    for (int count = 2 + (int)any(g, 2); count > 0; count--) found = add_part(parts, found, take(g, add_path(g, from), MOST));
    add_task(g, take(g, union_of(g, parts, found), MOST));
    g->meets = false;
}

static void add_step(Generator *g) {
    switch (any(g, 11)) {
    case 10:
    case 9: add_meeting(g, pick(g)); break;
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
    printf("\nworkflow w%d%s {\n", number, g->letters ? " errors to dead" : "");
    add(g, input->kind, input->factor);
    printf("%s |> identity\n", input->name);
    if (input->factor > MOST) take(g, 0, MOST);
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
    if (events / atom > ATOMS) events = ATOMS * atom;
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
    g.letters = g.fails && one_in(&g, 2);
    int workflows = g.fails ? 1 : 1 + (int)any(&g, WORKFLOWS);
    printf("// generate %s\napp Random\n\nparam directory: String\n\nrecord Place { row: Int, name: String }\n\n", argv[1]);
    printf("local record Context { put: Int -> (), add: Int -> Int }\n\nfn work(context: Context, x: Int) {\n"
           "  (context.put)(x)\n  (context.put)((context.add)(x))\n}\n\n");
    for (int i = 0, count = g.fails ? 1 : 1 + (int)any(&g, SOURCES); i < count; i++) add_source(&g, i);
    if (g.letters) printf("sequencer dead: DeadAtom[Int]\n\nworkflow letters = dead |> write(\"{directory}/dead.txt\")\n");
    for (int i = 0; i < workflows; i++) add_workflow(&g, i);
    if (workflows > 1 && one_in(&g, 2)) add_total(&g, workflows);
    fputs(g.tasks, stdout);
    return 0;
}
