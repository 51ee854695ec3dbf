// generate.c - the program as a whole: types, functions and constants, each of which uses only those before it; tasks; a workflow
// of events that has no errors, and one that may have some.
#include "tests/differential/generate.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/differential/generator_library.h"

enum { EVENTS = 8 };

void put(Generator *g, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = buf_reserve(g->out, 256);
    g->out->length += (size_t)vsnprintf(text, 256, format, args); // everything is short
    va_end(args);
}

// All names are different, so that nothing hides anything.
void new_name(Generator *g, char *name, char first) {
    snprintf(name, 8, "%c%d", first, ++g->names % 100000);
}

// ---- constants ---------------------------------------------------------------------------------------------------------

static void add_named_var(Generator *g, const char *name, const Type *type, VarKind kind) {
    Var *var = add_var(g, type, kind, 'x');
    snprintf(var->name, sizeof var->name, "%s", name);
}

// Constants have no errors: the program would end before it begins.
static void make_constant(Generator *g) {
    const Type *type = any_type(g, 3);
    bool is_wild = g->is_wild;
    char name[8];
    g->is_wild = g->is_wild && one_in(g, 30);
    g->budget = 12;
    new_name(g, name, 'c');
    put(g, "\nlet %s: ", name);
    put_type(g, type);
    put(g, " = ");
    gen_expr(g, type, 3);
    put(g, "\n");
    g->is_wild = is_wild;
    add_named_var(g, name, type, VAR_LET);
}

static void make_param(Generator *g) {
    static const Type *const TYPES[] = {&GEN_INT, &GEN_FLOAT, &GEN_BOOL, &GEN_STRING};
    const Type *type = TYPES[any(g, 4)];
    char name[8];
    new_name(g, name, 'o');
    put(g, "param %s: ", name);
    put_type(g, type);
    put(g, " = ");
    gen_leaf(g, type);
    put(g, "\n");
    add_named_var(g, name, type, VAR_LET);
}

// ---- functions ---------------------------------------------------------------------------------------------------------

// In a generic function there is a parameter of each type parameter's type.
static const Type *parameter_type(Generator *g, int number) {
    if (number >= g->type_params) return any_type(g, 2);
    Type *param = ARENA_NEW(&g->arena, Type);
    *param = (Type){.kind = K_PARAM, .param = number};
    return param;
}

static void put_parameters(Generator *g, Fn *fn, bool is_bounded) {
    fn->arg_count = fn->param_count + any(g, MAX_ARGS - fn->param_count);
    if (is_bounded && fn->arg_count < MAX_ARGS) fn->arg_count++;
    int vars = g->var_count;
    put(g, "(");
    for (int i = 0; i < fn->arg_count; i++) {
        bool counts = is_bounded && i == 0;
        fn->args[i] = counts ? &GEN_SMALL : parameter_type(g, i - is_bounded);
        const char *name = add_var(g, fn->args[i], VAR_LET, 'a')->name;
        put(g, "%s%s: ", i ? ", " : "", name);
        put_type(g, fn->args[i]);
    }
    bool has_last = fn->arg_count > fn->param_count + is_bounded && !gen_type_is_generic(fn->args[fn->arg_count - 1]);
    fn->default_count = has_last && one_in(g, 3);
    if (fn->default_count) {
        Hidden parameters; // it uses none of them, nor a state
        hide_vars(g, fn->is_helper ? g->task_vars : vars, &parameters);
        put(g, " = ");
        gen_leaf(g, fn->args[fn->arg_count - 1]);
        unhide_vars(g, &parameters);
    }
    put(g, ") -> ");
    fn->result = fn->is_helper && g->map && one_in(g, 2) ? &GEN_INT : any_type(g, 2);
    put_type(g, fn->result);
}

static void put_again(Generator *g, const Fn *fn, int first) {
    put(g, "%s(%s - 1", fn->name, g->vars[first].name);
    for (int i = 1; i < fn->arg_count; i++) {
        put(g, ", ");
        gen_expr(g, fn->args[i], 2);
    }
    put(g, ")");
}

// How a function calls itself again: as its result, or on the way to it.
static void put_recursion(Generator *g, const Fn *fn, int first) {
    put(g, "  if %s > 0 {\n", g->vars[first].name);
    if (one_in(g, 3)) {
        put(g, "return ");
        put_again(g, fn, first);
    } else {
        put(g, "let again: ");
        put_type(g, fn->result);
        put(g, " = ");
        put_again(g, fn, first);
        add_named_var(g, "again", fn->result, VAR_LET);
        put(g, "\nreturn ");
        gen_expr(g, fn->result, 2);
        g->var_count--;
    }
    put(g, "\n}\n");
}

static void make_fn(Generator *g, bool is_helper) {
    static const char *const PARAMS[] = {"", "[A]", "[A, B]"};
    if (g->fn_count == MAX_FNS) return;
    Fn fn = {.is_helper = is_helper, .param_count = is_helper || one_in(g, 2) ? 0 : 1 + any(g, 2)};
    bool is_bounded = !is_helper && one_in(g, 3);
    int vars = g->var_count;
    g->budget = 25;
    g->type_params = fn.param_count;
    new_name(g, fn.name, is_helper ? 'h' : 'f');
    put(g, "%sfn %s%s", is_helper ? "\n  " : "\n", fn.name, PARAMS[fn.param_count]);
    put_parameters(g, &fn, is_bounded);
    g->result = fn.result;
    if (!is_bounded && one_in(g, 4)) {
        put(g, " = ");
        gen_expr(g, fn.result, 4);
        put(g, "\n");
    } else {
        put(g, " {\n");
        if (is_bounded) put_recursion(g, &fn, vars);
        gen_stmts(g, 2 + any(g, 4), 3);
        if (one_in(g, 2)) gen_witness(g, vars);
        gen_expr(g, fn.result, 3);
        put(g, "\n}\n");
    }
    g->result = NULL;
    g->type_params = 0;
    g->var_count = vars;
    g->fns[g->fn_count++] = fn;
}

// ---- tasks -------------------------------------------------------------------------------------------------------------

typedef struct Task {
    char name[8];
    const Type *in, *out, *key; // NULL: any key
} Task;

static void put_static_params(Generator *g) {
    int count = any(g, 3);
    if (!count) return;
    put(g, "(");
    int vars = g->var_count;
    for (int i = 0; i < count; i++) {
        const Type *type = any_type(g, 1);
        Hidden parameters; // it uses none of them
        put(g, "%s%s: ", i ? ", " : "", add_var(g, type, VAR_LET, 's')->name);
        put_type(g, type);
        put(g, " = ");
        hide_vars(g, vars, &parameters);
        gen_leaf(g, type);
        unhide_vars(g, &parameters);
    }
    put(g, ")");
}

static void put_states(Generator *g) {
    for (int i = any(g, 5), vars = g->var_count; i > 0; i--) {
        const Type *type = any_kept(g, 2);
        Hidden states; // no state is in scope in the value of another
        put(g, "  state %s: ", add_var(g, type, VAR_STATE, 'x')->name);
        put_type(g, type);
        put(g, " = ");
        hide_vars(g, vars, &states);
        g->budget = 4;
        gen_expr(g, type, 2);
        put(g, "\n");
        unhide_vars(g, &states);
    }
}

static void put_handler(Generator *g, const Task *task, const char *head) {
    int vars = g->var_count;
    put(g, "%s {\n", head);
    g->event = task->out;
    g->budget = 25;
    gen_stmts(g, 3 + any(g, 4), 3);
    gen_witness(g, g->task_vars);
    put(g, "    emit ");
    gen_expr(g, task->out, 2);
    put(g, "\n  }\n");
    g->event = NULL;
    g->var_count = vars;
}

static void put_event_handlers(Generator *g, const Task *task) {
    int vars = g->var_count;
    for (int i = any(g, 3); i >= 0; i--) {
        put(g, "  on event ");
        gen_pattern(g, task->in, i ? PATTERN_ANY : PATTERN_IRREFUTABLE, 3);
        if (i && one_in(g, 2)) {
            put(g, " if ");
            g->budget = 4;
            g->closures++; // it changes nothing
            gen_expr(g, &GEN_BOOL, 2);
            g->closures--;
        }
        put_handler(g, task, "");
        g->var_count = vars;
    }
}

static void make_task(Generator *g, Task *task) {
    int vars = g->task_vars = g->var_count, fns = g->fn_count;
    new_name(g, task->name, 'K');
    put(g, "\ntask %s", task->name);
    put_static_params(g);
    put(g, ": ");
    put_type(g, task->in);
    put(g, " -> ");
    put_type(g, task->out);
    if (task->key) {
        put(g, " key k: ");
        put_type(g, task->key);
    }
    put(g, " {\n");
    if (task->key) add_named_var(g, "k", task->key, VAR_LET);
    put_states(g);
    for (int i = any(g, 3); i > 0; i--) {
        g->event = task->out;
        make_fn(g, true);
        g->event = NULL;
    }
    put_event_handlers(g, task);
    if (one_in(g, 2)) put_handler(g, task, "  on atom");
    if (one_in(g, 2)) put_handler(g, task, "  on end");
    put(g, "}\n");
    g->var_count = vars;
    g->fn_count = fns;
}

// ---- workflows ---------------------------------------------------------------------------------------------------------

// What flows at a place of a workflow. `is_mixed`: branches with different keys have come together.
typedef struct Flow {
    const Type *event, *key; // NULL: not keyed
    bool is_mixed;
} Flow;

// ` |> NAME(x => ...)`
static void put_operator(Generator *g, const char *name, const Type *from, const Type *to) {
    int vars = g->var_count, barrier = g->barrier;
    g->budget = 12;
    g->barrier = g->var_count;
    g->closures++;
    g->result = to;
    put(g, "    |> %s(%s => ", name, add_var(g, from, VAR_LET, 'e')->name);
    gen_known(g, to, 3);
    put(g, ")\n");
    g->result = NULL;
    g->closures--;
    g->barrier = barrier;
    g->var_count = vars;
}

static void put_key(Generator *g, Flow *flow) {
    flow->key = any_comparable(g, 2);
    flow->is_mixed = false;
    put_operator(g, "key", flow->event, flow->key);
}

static void put_map(Generator *g, Flow *flow, const Type *event) {
    bool is_flat = one_in(g, 3);
    put_operator(g, is_flat ? "flat_map" : "map", flow->event, is_flat ? gen_type_list(g, event) : event);
    flow->event = event;
}

static void put_step(Generator *g, Flow *flow) {
    switch (any(g, 6)) {
    case 0: put_operator(g, "filter", flow->event, &GEN_BOOL); break;
    case 1: put_key(g, flow); break;
    case 2: put(g, "    |> %s\n", one_in(g, 2) ? "identity" : "discard"); break;
    default: put_map(g, flow, any_comparable(g, 2)); break;
    }
}

// The text of the task goes to `tasks`.
static void put_task(Generator *g, Flow *flow, Buf *tasks) {
    if (flow->is_mixed || !one_in(g, 4)) put_key(g, flow);
    Task task = {.in = flow->event, .out = any_comparable(g, 2), .key = one_in(g, 4) ? NULL : flow->key};
    Buf *out = g->out;
    g->out = tasks;
    make_task(g, &task);
    g->out = out;
    put(g, "    |> %s\n", task.name);
    flow->event = task.out;
}

// Two branches and their union; `from` is the number of the stream that they take. Returns that of the union.
static int put_branches(Generator *g, Flow *flow, int from, int *streams, Buf *tasks) {
    Flow branches[2] = {*flow, *flow};
    int numbers[2];
    const Type *event = any_comparable(g, 2);
    for (int i = 0; i < 2; i++) {
        numbers[i] = ++*streams;
        put(g, "  let b%d = b%d\n", numbers[i], from);
        if (one_in(g, 2)) put_task(g, &branches[i], tasks);
        put_map(g, &branches[i], event);
    }
    put(g, "  let b%d = union(b%d, b%d)\n", ++*streams, numbers[0], numbers[1]);
    bool same = branches[0].key == branches[1].key && !branches[0].is_mixed && !branches[1].is_mixed;
    *flow = (Flow){event, same ? branches[0].key : NULL, !same};
    return *streams;
}

static void make_workflow(Generator *g, const char *name, const char *input, Flow *flow, int task_count) {
    Buf *out = g->out, tasks = {0}, text = {0};
    int streams = 0, last = 0;
    g->out = &text;
    put(g, "\nworkflow %s {\n  let b0 = %s\n", name, input);
    for (int i = 0; i < task_count; i++) {
        if (one_in(g, 2)) put_step(g, flow);
        put_task(g, flow, &tasks);
        if (one_in(g, 3)) last = put_branches(g, flow, last, &streams, &tasks);
    }
    if (one_in(g, 2)) put_step(g, flow);
    bool is_last = strcmp(name, "main") == 0;
    put(g, "  b%d%s\n}\n", last, is_last ? " |> write(out)" : "");
    buf_append(out, tasks.data, tasks.length);
    buf_append(out, text.data, text.length);
    buf_free(&tasks);
    buf_free(&text);
    g->out = out;
}

// Events of any type, chosen by a number.
static const Type *make_input(Generator *g) {
    const Type *event = any_comparable(g, 3);
    bool is_wild = g->is_wild;
    g->is_wild = false;
    put(g, "\nlet events: ");
    put_type(g, gen_type_list(g, event));
    put(g, " = [\n");
    for (int i = 0; i < EVENTS; i++) {
        g->budget = 6;
        put(g, "  ");
        gen_expr(g, event, 3);
        put(g, ",\n");
    }
    put(g, "]\n\nworkflow input = range(%d, %d, atom: %d) |> map(i => events[i %% %d])\n", any(g, 3), 4 + any(g, 60),
        1 + any(g, 12), EVENTS);
    g->is_wild = is_wild;
    return event;
}

static void put_range(Generator *g, int count) {
    if (one_in(g, 6))
        put(g, "range(9223372036854775807 - %d, 9223372036854775807, atom: %d)", any(g, count), 1 + any(g, count));
    else
        put(g, "range(%d, %d, atom: %d)", -any(g, count), any(g, count), 1 + any(g, count));
}

// A chain of arithmetic on the numbers of a range.
static const Type *make_chain(Generator *g, int count) {
    static const Type *const TYPES[] = {&GEN_INT, &GEN_INT, &GEN_INT, &GEN_FLOAT, &GEN_BOOL};
    Flow flow = {&GEN_INT, NULL, false};
    put(g, "\nworkflow input =\n    ");
    put_range(g, count);
    put(g, "\n");
    g->is_plain = true;
    for (int i = 1 + any(g, 4); i > 0; i--) {
        const Type *event = TYPES[any(g, 5)];
        bool filters = one_in(g, 3);
        put_operator(g, filters ? "filter" : "map", flow.event, filters ? &GEN_BOOL : event);
        if (!filters) flow.event = event;
    }
    g->is_plain = false;
    return flow.event;
}

static void make_workflows(Generator *g) {
    bool has_chain = one_in(g, 3), has_middle = one_in(g, 3);
    if (has_chain && one_in(g, 2)) {
        make_chain(g, 9000);
        put(g, "\nworkflow main = input |> write(out)\n");
        return;
    }
    Flow flow = {has_chain ? make_chain(g, 40) : make_input(g), NULL, false};
    if (has_middle) make_workflow(g, "middle", "input", &flow, any(g, 2));
    make_workflow(g, "main", has_middle ? "middle" : "input", &flow, 1 + any(g, 2));
}

void generate(uint64_t seed, Buf *out) {
    Generator g = {.random = hash_u64(seed + 1), .out = out, .end = "\n"};
    g.is_wild = one_in(&g, 2);
    put(&g, "// make differential SEED=%llu N=1\napp Random\n\nparam out: String = \"out\"\n", (unsigned long long)seed);
    if (one_in(&g, 2)) make_param(&g);
    put(&g, "\nfn id[A](x: A) -> A = x\n");
    if (one_in(&g, 2)) gen_choose_map(&g);
    for (int i = 1 + any(&g, 4); i > 0; i--) make_decl(&g);
    for (int i = 2 + any(&g, 5); i > 0; i--) one_in(&g, 3) ? make_constant(&g) : make_fn(&g, false);
    make_workflows(&g);
    arena_free(&g.arena);
}
