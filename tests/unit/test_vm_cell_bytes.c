// Cells and frames as bytes and back (spec/encoding.md, E3 and E5).
#include <criterion/criterion.h>
#include <time.h>

#include "tests/unit/frames_testing.h"
#include "vm/keys.h"

static void put(Buf *out, const Cell *cell) {
    out->length = 0;
    cell_put(out, &WITH_FRAMES, cell->task, cell);
}

static void check_round_trip(const Cell *cell, const char *what) {
    Buf first = {0}, second = {0};
    Memory memory = {0};
    Cell copy;
    put(&first, cell);
    const char *error = frames_read(first.data, first.length, &memory, &copy);
    cr_assert(!error, "%s: %s", what, error);
    put(&second, &copy);
    cr_assert_eq(first.length, second.length, "%s", what);
    cr_assert_eq(memcmp(first.data, second.data, first.length), 0, "%s", what);
    buf_free(&first);
    buf_free(&second);
    memory_give_back(&memory);
}

// ---- what cells look like ----

Test(vm_cell_bytes, a_cell_has_the_bytes_of_the_table) {
    static const char bytes[] = "\1\0\0\0\1\0\2"                   // task 1, a promise, pending, with a waiter
                                "\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0" // never due, completed together with cell 5
                                "\0\0"                             // that belongs to an event, not to `on atom`
                                "\7\0\0\0\0\0\0\0"                 // the key
                                "\x1d\0\0\0"                       // the frames
                                "\x33\x33\x33\x33\x33\x33\x33\x33\0\0\0\0\0\0\0\0\1\x08\0\0\0a frame!";
    AskFrame frame = {CODE_ASK, NULL, 1, text_of("a frame!")};
    Cell cell = {.id = 64, .next = 5, .waiter = &frame, .task = 1, .kind = CELL_PROMISE, .key = {7}};
    Buf out = {0};
    put(&out, &cell);
    cr_assert_eq(out.length, sizeof bytes - 1, "%zu", out.length);
    cr_assert_eq(memcmp(out.data, bytes, out.length), 0);
    buf_free(&out);
}

Test(vm_cell_bytes, ids_are_big_endian) {
    Buf out = {0};
    Key key;
    key_put_cell(&out, 258);
    cr_assert_eq(memcmp(out.data, "F\0\0\0\0\0\0\1\2", 9), 0);
    cr_assert(key_parse(out.data, out.length, &key));
    cr_assert(key.kind == KEY_CELL && key.number == 258);
    for (size_t size = 0; size < out.length; size++) cr_assert(!key_parse(out.data, size, &key));
    buf_putc(&out, 0);
    cr_assert(!key_parse(out.data, out.length, &key));
    buf_free(&out);
}

Test(vm_cell_bytes, a_run_says_the_next_id_of_a_cell_if_it_has_made_one) {
    Buf out = {0};
    uint8_t state;
    uint64_t next;
    key_put_run(&out, RUN_FINISHED, 0);
    cr_assert_eq(out.length, 1);
    cr_assert(key_take_run(bytes_of(out.data, 1), &state, &next) && state == RUN_FINISHED && !next);
    out.length = 0;
    key_put_run(&out, RUN_GOES_ON, 640);
    cr_assert(key_take_run(bytes_of(out.data, 9), &state, &next) && state == RUN_GOES_ON && next == 640);
    for (size_t size = 2; size < 9; size++) cr_assert(!key_take_run(bytes_of(out.data, size), &state, &next));
    cr_assert(!key_take_run(bytes_of("\2", 1), &state, &next));
    buf_free(&out);
}

// ---- there and back ----

Test(vm_cell_bytes, cells_of_all_kinds_come_back) {
    FrameSample s;
    frame_sample_init(&s);
    for (int kind = CELL_ASK; kind <= CELL_WAIT; kind++)
        for (int activation = ACTIVATION_EVENT; activation <= ACTIVATION_SPAWN; activation++) {
            Cell cell = frame_sample_ask(&s);
            cell.kind = (uint8_t)kind;
            cell.activation.kind = (uint16_t)activation;
            cell.activation.future = activation == ACTIVATION_SPAWN ? 192 : 0;
            check_round_trip(&cell, "pending");
            cell.activation.start = NULL;
            check_round_trip(&cell, "without a start frame");
            cell.waiter = NULL;
            cell.flags = CELL_DROPPED;
            check_round_trip(&cell, "dropped");
            cell.flags = 0;
            if (kind == CELL_QUEUED || kind == CELL_WAIT) continue;
            check_round_trip(&cell, "not waited for");
            cell.state = CELL_DONE;
            check_round_trip(&cell, "done without a value");
            cell.value = &s.number;
            check_round_trip(&cell, "done");
            cell.state = CELL_FAILED;
            cell.value = &s.error;
            check_round_trip(&cell, "failed");
        }
    Cell counted = {.id = 1, .task = 1, .kind = CELL_SLEEP, .due = INT64_MAX, .key = {1, 2, 3, 4, 5, 6, 7, 8}};
    check_round_trip(&counted, "a key without pointers");
    Cell fork = {.id = 1, .task = 1, .kind = CELL_FORK, .next = 64, .activation.future = 128};
    check_round_trip(&fork, "a fork");
    Cell behind = {.id = 1, .task = 1, .kind = CELL_ASK, .flags = CELL_BEHIND};
    Cell copy;
    Buf bytes = {0};
    Memory memory = {0};
    put(&bytes, &behind);
    cr_assert(!frames_read(bytes.data, bytes.length, &memory, &copy) && copy.flags == CELL_BEHIND);
    memory_give_back(&memory);
    buf_free(&bytes);
}

Test(vm_cell_bytes, what_is_saved_twice_is_the_same) {
    FrameSample a, b;
    frame_sample_init(&a);
    frame_sample_init(&b);
    Cell first = frame_sample_ask(&a), second = frame_sample_ask(&b);
    second.references = 3; // counted, not recorded
    second.flags = CELL_DIRTY | CELL_STORED;
    Buf one = {0}, two = {0};
    put(&one, &first);
    put(&two, &first);
    cr_assert(one.length == two.length && memcmp(one.data, two.data, one.length) == 0);
    put(&two, &second);
    cr_assert(one.length == two.length && memcmp(one.data, two.data, one.length) == 0);
    buf_free(&one);
    buf_free(&two);
}

// Of the processor, which others may use, too.
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(vm_cell_bytes, deep_recursion_needs_no_stack_and_no_more_time_than_its_size) {
    enum { DEPTH = 1000000 };
    FrameSample s;
    frame_sample_init(&s);
    LoopFrame *loops = malloc(DEPTH * sizeof *loops);
    for (int i = 0; i < DEPTH; i++)
        loops[i] = (LoopFrame){CODE_LOOP, i + 1 < DEPTH ? (void *)&loops[i + 1] : &s.ask, i, 64, &s.adder};
    Cell cell = frame_sample_ask(&s);
    cell.waiter = loops;
    double start = seconds();
    check_round_trip(&cell, "deep");
    cr_assert(cell_frames_fit(&WITH_FRAMES, cell.waiter));
    cr_assert_lt(seconds() - start, 10);
    free(loops);
}

// ---- what is refused ----

static void check_damage(const char *bytes, size_t size) {
    Buf again = {0};
    Memory memory = {.limit = 1 << 20};
    Cell cell;
    if (!frames_read(bytes, size, &memory, &cell)) { // damage may be another cell: then it is read as what it says
        put(&again, &cell);
        cr_assert(again.length == size && memcmp(again.data, bytes, size) == 0);
        if (cell.waiter) cell_frames_fit(&WITH_FRAMES, cell.waiter);
    }
    buf_free(&again);
    memory_give_back(&memory);
}

static void check_all_damage(const Cell *cell) {
    Buf whole = {0};
    put(&whole, cell);
    for (size_t size = 0; size < whole.length; size++) {
        char *exact = malloc(size); // so that a read behind its end is seen
        if (size) memcpy(exact, whole.data, size);
        Memory memory = {0};
        Cell copy;
        cr_assert(frames_read(exact, size, &memory, &copy), "%zu of %zu bytes", size, whole.length);
        memory_give_back(&memory);
        free(exact);
    }
    for (size_t i = 0; i < whole.length; i++)
        for (int bit = 0; bit < 8; bit++) {
            whole.data[i] ^= (char)(1 << bit);
            check_damage(whole.data, whole.length);
            whole.data[i] ^= (char)(1 << bit);
        }
    for (size_t i = 0; i < whole.length; i++)
        for (int byte = 0; byte < 256; byte++) {
            char before = whole.data[i];
            whole.data[i] = (char)byte;
            check_damage(whole.data, whole.length);
            whole.data[i] = before;
        }
    buf_putc(&whole, 0);
    Memory memory = {0};
    Cell copy;
    cr_assert(frames_read(whole.data, whole.length, &memory, &copy));
    memory_give_back(&memory);
    buf_free(&whole);
}

Test(vm_cell_bytes, every_truncation_and_every_changed_byte_is_refused_or_read_as_what_it_says) {
    FrameSample s;
    frame_sample_init(&s);
    Cell cell = frame_sample_ask(&s);
    check_all_damage(&cell);
    cell.kind = CELL_SPAWN;
    cell.state = CELL_FAILED;
    cell.value = &s.error;
    cell.waiter = NULL;
    check_all_damage(&cell);
    cell = frame_sample_ask(&s);
    cell.waiter = NULL;
    cell.flags = CELL_DROPPED;
    check_all_damage(&cell);
}

static const char *error_of(const Cell *cell) {
    Buf bytes = {0};
    Memory memory = {0};
    Cell copy;
    put(&bytes, cell);
    const char *error = frames_read(bytes.data, bytes.length, &memory, &copy);
    memory_give_back(&memory);
    buf_free(&bytes);
    return error;
}

Test(vm_cell_bytes, frames_stand_only_where_frames_may) {
    FrameSample s;
    frame_sample_init(&s);
    Cell cell = frame_sample_ask(&s);
    cell.waiter = &s.adder;
    cr_assert_str_eq(error_of(&cell),
                     "a continuation refers to code that the program does not have: the function has changed or is gone");
    cell.waiter = &s.number;
    cr_assert_str_eq(error_of(&cell),
                     "a continuation refers to code that the program does not have: the function has changed or is gone");
    cell.waiter = &s.loops[0];
    s.loops[1].f = &s.ask;
    cr_assert_str_eq(error_of(&cell),
                     "a function value refers to code that the program does not have: the function has changed or is gone");
    s.loops[1].f = &s.number;
    cr_assert_str_eq(error_of(&cell),
                     "a function value refers to code that the program does not have: the function has changed or is gone");
    frame_sample_init(&s);
    cell.kind = CELL_PROMISE;
    cell.state = CELL_DONE;
    cell.value = &s.ask;
    cr_assert_str_eq(error_of(&cell), "an Any holds a value of a type that the program makes no Any of, or a function that it "
                                      "does not have: it has changed, or its use is gone");
}

Test(vm_cell_bytes, cells_have_what_belongs_to_their_kind_and_state) {
    static const char text[] = "what a continuation waits for is not what it must be";
    FrameSample s;
    frame_sample_init(&s);
    Cell cell = frame_sample_ask(&s);
    cell.value = &s.number; // pending
    cr_assert_str_eq(error_of(&cell), text);
    cell.value = NULL;
    cell.state = CELL_FAILED;
    cr_assert_str_eq(error_of(&cell), text);
    cell.state = CELL_PENDING;
    cell.kind = CELL_QUEUED;
    cell.waiter = NULL;
    cr_assert_str_eq(error_of(&cell), text);
}

Test(vm_cell_bytes, frames_go_on_with_what_those_they_wait_for_give) {
    FrameSample s;
    frame_sample_init(&s);
    cr_assert(cell_frames_fit(&WITH_FRAMES, &s.loops[0]));
    s.loops[1].caller = s.start; // goes on with (), and would get an Int
    cr_assert(!cell_frames_fit(&WITH_FRAMES, &s.loops[0]));
    s.loops[1].caller = NULL;
    cr_assert(cell_frames_fit(&WITH_FRAMES, &s.loops[0]));
}
