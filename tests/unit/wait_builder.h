// wait_builder.h - core programs with functions that wait.
//
// They have one task, without a key. Its state `promises` is a list of Future[Int] with at most one promise, for which the
// handler of event 0 waits, or what it calls. The other events each complete the promise that is there with their number. So wait
// number n, which the state `waits` counts, gives n. In the programs that are `ready`, the handler completes each promise with n
// by itself before it waits for it: then it never does, and everything must come out the same.
#ifndef TESTS_UNIT_WAIT_BUILDER_H
#define TESTS_UNIT_WAIT_BUILDER_H

#include "tests/unit/codegen_run.h"

typedef struct Waiting {
    Builder b;
    bool ready;
    CoreType *future, *futures;
    CoreFn *handler;  // (Entry, Int): of event 0; to be filled in
    CoreFn *complete; // (Entry, Int): of the others
} Waiting;

static inline CoreType *error_type(Builder *b) {
    bool made;
    CoreType *type = core_type_named(b->core, CORE_STRUCT, "Error", &made);
    static const char *const names[] = {"message", "position", "key", "event"};
    CoreField fields[4];
    for (int i = 0; i < 4; i++) fields[i] = (CoreField){.name = names[i], .type = b->core->string};
    add_variant(b, type, "Error", fields, 4);
    return type;
}

static inline void set_state(Builder *b, int field, CoreOperand value) {
    DO(b, STATE_SET, L(0), value)->variant = field;
}

static inline CoreOperand get_state(Builder *b, int field) {
    CoreInst *get = DO(b, STATE_GET, L(0));
    get->variant = field;
    return with_result(b, b->core->tasks.items[0].fields[field].type, get);
}

enum { PROMISES, WAITS, FIELD_COUNT };

static inline void add_task(Waiting *w) {
    Builder *b = &w->b;
    CoreField *fields = ARENA_ARRAY(&b->arena, CoreField, FIELD_COUNT);
    fields[PROMISES] = (CoreField){.name = "promises", .type = w->futures};
    fields[WAITS] = (CoreField){.name = "waits", .type = b->core->integer};
    CoreAsync *async = ARENA_NEW(&b->arena, CoreAsync);
    *async = (CoreAsync){.busy = -1, .globals = -1, .held = -1, .error = error_type(b)};
    CoreTask task = {.name = "Work", .key = b->core->unit, .fields = fields, .field_count = FIELD_COUNT, .async = async};
    task.init = begin_fn(b, "Work.init", &b->core->entry, 1, b->core->unit);
    CoreInst *none = put(b, CORE_OP_LIST_NEW, -1, 0, NULL, 0);
    set_state(b, PROMISES, with_type(b, w->futures, 0, none));
    set_state(b, WAITS, I(0));
    DO(b, RETURN, UNIT);
    vec_push(&b->arena, &b->core->tasks, task);
    vec_push(&b->arena, &b->core->workflows.items[0].tasks, 0);
}

static inline CoreFn *begin_task_fn(Waiting *w, const char *name, CoreType *param, CoreType *result) {
    CoreType *params[] = {w->b.core->entry, param};
    CoreFn *fn = begin_fn(&w->b, name, params, 2, result);
    fn->task = 1;
    return fn;
}

static inline void fill_complete(Waiting *w) {
    Builder *b = &w->b;
    w->complete = begin_task_fn(w, "Work.complete", b->core->integer, b->core->unit);
    CoreOperand promises = get_state(b, PROMISES), size = GET(b, b->core->integer, LIST_SIZE, promises);
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, size, I(1)));
    b->block = test->blocks[0];
    DO(b, COMPLETE, GET(b, w->future, LIST_AT, promises, I(0)), L(1));
    b->block = b->fn->body;
    DO(b, RETURN, UNIT);
}

static inline void start(Waiting *w, CoreFn *fn, CoreOperand entry, CoreOperand event) {
    CoreInst *make = DO(&w->b, FRAME_NEW, event);
    make->fn = fn;
    DO(&w->b, START, entry, with_result(&w->b, w->b.core->frame, make));
}

static inline void fill_stage(Waiting *w) {
    Builder *b = &w->b;
    end_fn(b);
    CoreOperand entry = GET(b, b->core->entry, STATE_FIND, UNIT);
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, L(0), I(0)));
    b->block = test->blocks[0];
    start(w, w->handler, entry, L(0));
    b->block = test->blocks[1];
    start(w, w->complete, entry, L(0));
    end_fn(b);
}

// With so many events, the first of which begins the handler that is to be filled in.
static inline void open_waiting(Waiting *w, int64_t events) {
    builder_open(&w->b, events);
    w->future = core_type_future(w->b.core, w->b.core->integer);
    w->futures = core_type_list(w->b.core, w->future);
    add_task(w);
    fill_complete(w);
    w->handler = begin_task_fn(w, "Work.on_event", w->b.core->integer, w->b.core->unit);
    fill_stage(w);
    w->b.fn = w->handler;
    w->b.block = w->handler->body;
}

// Waits for a new promise in the function at hand: what it was completed with.
static inline CoreOperand wait_here(Waiting *w) {
    Builder *b = &w->b;
    CoreInst *make = DO(b, PROMISE, L(0));
    CoreOperand promise = with_type(b, w->future, 0, make);
    set_state(b, PROMISES, MAKE(b, w->futures, LIST_NEW, 0, promise));
    CoreOperand number = GET(b, b->core->integer, INT_ADD, get_state(b, WAITS), I(1));
    set_state(b, WAITS, number);
    if (w->ready) DO(b, COMPLETE, promise, number);
    GET(b, b->core->integer, AWAIT, promise);
    CoreInst *value = put(b, CORE_OP_AWAITED, -1, 0, NULL, 0);
    return with_type(b, b->core->integer, 0, value);
}

static inline CoreOperand call(Waiting *w, CoreFn *fn, CoreOperand arg) {
    CoreInst *inst = DO(&w->b, CALL, L(0), arg);
    inst->fn = fn;
    return with_result(&w->b, fn->result, inst);
}

#endif
