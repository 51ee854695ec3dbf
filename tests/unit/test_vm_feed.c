// Sources: lines of odd files, standard input, ranges.
#include <criterion/criterion.h>

#include "tests/unit/vm_testing.h"

enum { MAX_ATOM = 1 << 20, FILE_NUMBER = 3 };

static const PtPosition POSITIONS[] = {{"prog.portals", 3, 10}};
static const PtSource LINES_SOURCES[] = {{.name = "text", .desc = &STRING, .kind = PT_SOURCE_LINES}};
static const PtSource STDIN_SOURCES[] = {{.name = "input", .desc = &STRING, .kind = PT_SOURCE_STDIN},
                                         {.name = "again", .desc = &STRING, .kind = PT_SOURCE_STDIN}};
static const PtSource RANGE_SOURCES[] = {{.name = "numbers", .desc = &INT, .kind = PT_SOURCE_RANGE}};
static const PtSource FROM_SOURCES[] = {{.name = "values", .desc = &INT, .kind = PT_SOURCE_FROM}};

static PtProgram program_of(const PtSource *sources, uint64_t count) {
    return (PtProgram){
        .abi = PT_ABI, .name = "feeds", .sources = sources, .source_count = count, .positions = POSITIONS, .position_count = 1};
}

static Feed *open_lines(Scene *scene, PtProgram *program, int64_t atom) {
    *program = program_of(LINES_SOURCES, 1);
    scene_init(scene, program, MAX_ATOM);
    Feed *feed = &scene->runtime->feeds[0];
    feed->text = text_of("in.txt");
    feed->numbers[LINES_ATOM] = atom;
    return feed;
}

static void check_failure(Scene *scene, const char *expected) {
    cr_assert_str_eq(buf_text(&scene->runtime->failure), expected);
}

// ---- lines ----

// Reads a file to its end and checks every line against `bytes`; returns how many there were.
static int64_t check_lines(Feed *feed, Scene *scene, const char *bytes, size_t size, int64_t atom_size) {
    int64_t count = 0;
    size_t at = 0;
    FeedStatus status;
    Atom *atom;
    while ((status = feed->kind->next(feed, &atom)) == FEED_ATOM) {
        cr_assert(atom->count > 0 && atom->count <= atom_size);
        cr_assert_eq(count % atom_size, 0, "only the last atom may be short");
        for (int64_t i = 0; i < atom->count; i++) {
            const char *end = memchr(bytes + at, '\n', size - at);
            size_t length = end ? (size_t)(end - bytes) - at : size - at, shown = length;
            if (end && shown && bytes[at + shown - 1] == '\r') shown--;
            const PtString *line = (const PtString *)atom->events + i;
            cr_assert((size_t)line->size == shown && memcmp(line->data, bytes + at, shown) == 0);
            at += length + (end != NULL);
        }
        count += atom->count;
        atom_release(&scene->runtime->atoms, atom);
    }
    cr_assert_eq(status, FEED_END);
    cr_assert_eq(at, size);
    return count;
}

Test(vm_feed, lines_of_odd_files) {
    static const struct {
        const char *bytes;
        size_t size;
        int64_t count;
    } FILES[] = {{"", 0, 0},         {"a", 1, 1},          {"a\n", 2, 1},
                 {"\n", 1, 1},       {"\n\n\n", 3, 3},     {"a\r\nb\r\n", 6, 2},
                 {"x\ry\n\r", 5, 2}, {"a\0b\n\0\n", 6, 2}, {"\xc3\xa4\n\xf0\x9f\x98\x80", 7, 2}};
    static const size_t CHUNKS[] = {0, 1, 2, 3};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        for (size_t c = 0; c < 4; c++)
            for (int64_t atom = 1; atom <= 3; atom++) {
                Scene scene;
                PtProgram program;
                Feed *feed = open_lines(&scene, &program, atom);
                FakeFile *file = fake_add(&scene.fake, FILE_NUMBER, "in.txt", FILES[i].bytes, FILES[i].size);
                file->chunk = CHUNKS[c];
                if (c == 3) file->kind = ENV_OTHER; // read from its start, without places
                cr_assert(feed->kind->open(feed));
                cr_assert_eq(check_lines(feed, &scene, FILES[i].bytes, FILES[i].size, atom), FILES[i].count);
                scene_free(&scene);
            }
}

Test(vm_feed, lines_cross_blocks) {
    Scene scene;
    PtProgram program;
    Feed *feed = open_lines(&scene, &program, 1000);
    Buf text = {0};
    for (int i = 0; i < 30000; i++) buf_printf(&text, "%0*d%s", i % 97, i, i % 5 ? "\n" : "\r\n");
    for (int i = 0; i < 600000; i++) buf_putc(&text, 'x'); // larger than a block
    buf_puts(&text, "\nlast");
    fake_add(&scene.fake, FILE_NUMBER, "in.txt", text.data, text.length)->chunk = 100000;
    cr_assert(feed->kind->open(feed));
    cr_assert_eq(check_lines(feed, &scene, text.data, text.length, 1000), 30002);
    cr_assert_eq(feed->position, text.length);
    buf_free(&text);
    scene_free(&scene);
}

// An atom that is used again has the buffer of other events, whose size may be no multiple of that of a line.
Test(vm_feed, lines_go_into_a_buffer_of_any_size) {
    Scene scene;
    PtProgram program;
    Feed *feed = open_lines(&scene, &program, 1000);
    Atom *used = atom_new(&scene.runtime->atoms);
    cr_assert(atom_grow(used, 24, 24));
    cr_assert_eq(used->capacity, 24);
    atom_release(&scene.runtime->atoms, used);
    Buf text = {0};
    for (int i = 0; i < 5000; i++) buf_printf(&text, "%d\n", i);
    fake_add(&scene.fake, FILE_NUMBER, "in.txt", text.data, text.length);
    cr_assert(feed->kind->open(feed));
    cr_expect_eq(check_lines(feed, &scene, text.data, text.length, 1000), 5000);
    buf_free(&text);
    scene_free(&scene);
}

Test(vm_feed, what_cannot_be_read_is_said_at_once) {
    Scene scene;
    PtProgram program;
    Feed *feed = open_lines(&scene, &program, 10);
    cr_assert(!feed->kind->open(feed));
    check_failure(&scene, "error: cannot read `in.txt`: No such file or directory\n  --> prog.portals:3:10\n");
    scene_free(&scene);

    feed = open_lines(&scene, &program, 10);
    fake_add(&scene.fake, FILE_NUMBER, "in.txt", "", 0)->kind = ENV_DIRECTORY;
    cr_assert(!feed->kind->open(feed));
    check_failure(&scene, "error: cannot read `in.txt`: Is a directory\n  --> prog.portals:3:10\n");
    scene_free(&scene);

    feed = open_lines(&scene, &program, 0);
    cr_assert(!feed->kind->open(feed));
    check_failure(&scene, "error: an atom of source `text` must have at least 1 event, not 0\n  --> prog.portals:3:10\n");
    scene_free(&scene);

    feed = open_lines(&scene, &program, 10);
    feed->text = (PtString){"a\0b", 3};
    cr_assert(!feed->kind->open(feed));
    check_failure(&scene, "error: cannot read `a`: its name contains a zero byte\n  --> prog.portals:3:10\n");
    scene_free(&scene);
}

typedef void Spoil(FakeFile *file);

static void spoil_read(FakeFile *file) {
    file->fail_at = 5;
    file->code = -EIO;
}

static void spoil_size(FakeFile *file) {
    file->claimed_size = 1000;
}

static void spoil_nothing(FakeFile *file) {
    (void)file;
}

Test(vm_feed, what_goes_wrong_later_names_the_place) {
    static const struct {
        const char *bytes;
        Spoil *spoil;
        const char *message;
    } CASES[] = {
        {"abc\ndef\n", spoil_read, "error: cannot read `in.txt`: Input/output error\n  --> prog.portals:3:10\n"},
        {"abc\ndef\n", spoil_size,
         "error: cannot read `in.txt`: the file became shorter while it was read\n  --> prog.portals:3:10\n"},
        {"abc\n\xc3\xa4g\xff\n", spoil_nothing, "error: in.txt:2:3: invalid UTF-8: byte 0xff\n  --> prog.portals:3:10\n"},
        {"abc\n\xe4\xb8", spoil_nothing, "error: in.txt:2:1: invalid UTF-8: byte 0xe4\n  --> prog.portals:3:10\n"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scene scene;
        PtProgram program;
        Feed *feed = open_lines(&scene, &program, 10);
        CASES[i].spoil(fake_add(&scene.fake, FILE_NUMBER, "in.txt", CASES[i].bytes, strlen(CASES[i].bytes)));
        cr_assert(feed->kind->open(feed));
        Atom *atom;
        cr_assert_eq(feed->kind->next(feed, &atom), FEED_FAILED);
        check_failure(&scene, CASES[i].message);
        scene_free(&scene);
    }
}

Test(vm_feed, lines_and_atoms_have_a_limit) {
    for (int lines = 0; lines < 2; lines++) {
        Scene scene;
        PtProgram program;
        Feed *feed = open_lines(&scene, &program, 10);
        Buf text = {0};
        for (int i = 0; i < MAX_ATOM + 10; i++) buf_putc(&text, lines && i % 300000 == 0 ? '\n' : 'x');
        fake_add(&scene.fake, FILE_NUMBER, "in.txt", text.data, text.length);
        buf_free(&text);
        cr_assert(feed->kind->open(feed));
        Atom *atom;
        cr_assert_eq(feed->kind->next(feed, &atom), FEED_FAILED);
        check_failure(&scene, lines ? "error: in.txt:6: the atom has more than 1048576 bytes\n  --> prog.portals:3:10\n"
                                      "   = help: `--max-atom` sets the limit\n"
                                    : "error: in.txt:1: the line has more than 1048576 bytes\n  --> prog.portals:3:10\n"
                                      "   = help: `--max-atom` sets the limit\n");
        scene_free(&scene);
    }
}

// What a pipe has not delivered yet is waited for where output can go out meanwhile; the atom is not cut shorter by it, and the
// position stays before it.
Test(vm_feed, lines_of_a_slow_pipe) {
    Scene scene;
    PtProgram program;
    Feed *feed = open_lines(&scene, &program, 3);
    FakeFile *file = fake_add(&scene.fake, FILE_NUMBER, "in.txt", "one\ntwo\nthree\nfour\nend", 22);
    file->kind = ENV_OTHER;
    file->chunk = file->wait_every = 10;
    cr_assert(feed->kind->open(feed));
    static const int64_t COUNTS[] = {-1, -1, 3, -1, 2}; // -1: nothing has arrived
    static const uint64_t POSITIONS_AFTER[] = {0, 0, 14, 14, 22};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        Atom *atom;
        FeedStatus status = feed->kind->next(feed, &atom);
        cr_assert_eq(status, COUNTS[i] < 0 ? FEED_WAIT : FEED_ATOM, "%zu", i);
        cr_assert_eq(feed->position, POSITIONS_AFTER[i], "%zu", i);
        if (status == FEED_WAIT) continue;
        cr_assert_eq(atom->count, COUNTS[i], "%zu", i);
        atom_release(&scene.runtime->atoms, atom);
    }
    Atom *atom;
    cr_assert_eq(feed->kind->next(feed, &atom), FEED_END);
    scene_free(&scene);
}

Test(vm_feed, a_part_of_an_atom_goes_with_its_source) {
    Scene scene;
    PtProgram program;
    Feed *feed = open_lines(&scene, &program, 3);
    FakeFile *file = fake_add(&scene.fake, FILE_NUMBER, "in.txt", "one\ntwo\nthree\n", 14);
    file->kind = ENV_OTHER;
    file->chunk = file->wait_every = 9;
    cr_assert(feed->kind->open(feed));
    Atom *atom;
    for (int i = 0; i < 2; i++) cr_assert_eq(feed->kind->next(feed, &atom), FEED_WAIT);
    scene_free(&scene); // the sanitizers would see a leak
}

// ---- standard input ----

Test(vm_feed, an_atom_of_standard_input_is_what_has_arrived) {
    Scene scene;
    PtProgram program = program_of(STDIN_SOURCES, 1);
    scene_init(&scene, &program, MAX_ATOM);
    FakeFile *file = &scene.fake.files[ENV_STDIN];
    buf_puts(&file->bytes, "one\ntwo\nthree\nfour\nend");
    file->chunk = file->wait_every = 10;
    Feed *feed = &scene.runtime->feeds[0];
    feed->numbers[STDIN_ATOM] = 100;
    cr_assert(feed->kind->open(feed));
    static const int64_t COUNTS[] = {-1, 2, -1, 2, -1, 1}; // -1: nothing has arrived
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        Atom *atom;
        FeedStatus status = feed->kind->next(feed, &atom);
        cr_assert_eq(status, COUNTS[i] < 0 ? FEED_WAIT : FEED_ATOM, "%zu", i);
        if (status == FEED_WAIT) continue;
        cr_assert_eq(atom->count, COUNTS[i], "%zu", i);
        atom_release(&scene.runtime->atoms, atom);
    }
    Atom *atom;
    cr_assert_eq(feed->kind->next(feed, &atom), FEED_END);
    scene_free(&scene);
}

Test(vm_feed, standard_input_is_read_once) {
    Scene scene;
    PtProgram program = program_of(STDIN_SOURCES, 2);
    scene_init(&scene, &program, MAX_ATOM);
    for (int i = 0; i < 2; i++) scene.runtime->feeds[i].numbers[STDIN_ATOM] = 1;
    cr_assert(scene.runtime->feeds[0].kind->open(&scene.runtime->feeds[0]));
    cr_assert(!scene.runtime->feeds[1].kind->open(&scene.runtime->feeds[1]));
    check_failure(&scene, "error: cannot read standard input: another source of the program reads it\n  --> prog.portals:3:10\n");
    scene_free(&scene);
}

// ---- in memory ----

Test(vm_feed, ranges_of_any_size) {
    static const struct {
        int64_t from, to, atom, count;
        uint64_t total;
    } CASES[] = {{0, 10, 4, 3, 10},
                 {-5, 5, 100, 1, 10},
                 {5, 5, 1, 0, 0},
                 {6, 5, 1, 0, 0},
                 {INT64_MAX - 2, INT64_MAX, 1, 2, 2},
                 {INT64_MIN, INT64_MAX, INT64_MAX, 3, UINT64_MAX}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scene scene;
        PtProgram program = program_of(RANGE_SOURCES, 1);
        scene_init(&scene, &program, MAX_ATOM);
        Feed *feed = &scene.runtime->feeds[0];
        feed->numbers[RANGE_FROM] = CASES[i].from;
        feed->numbers[RANGE_TO] = CASES[i].to;
        feed->numbers[RANGE_ATOM] = CASES[i].atom;
        cr_assert(feed->kind->open(feed));
        uint64_t total = 0;
        int64_t count = 0;
        Atom *atom;
        while (feed->kind->next(feed, &atom) == FEED_ATOM) {
            cr_assert_null(atom->events);
            cr_assert_eq((uint64_t)atom->first, (uint64_t)CASES[i].from + total);
            total += (uint64_t)atom->count;
            count++;
            atom_release(&scene.runtime->atoms, atom);
        }
        cr_assert(count == CASES[i].count && total == CASES[i].total, "case %zu", i);
        scene_free(&scene);
    }
}

Test(vm_feed, a_list_is_one_atom) {
    Scene scene;
    PtProgram program = program_of(FROM_SOURCES, 1);
    scene_init(&scene, &program, MAX_ATOM);
    const int64_t numbers[] = {1, 2, 3};
    Feed *feed = &scene.runtime->feeds[0];
    Atom *atom;
    cr_assert_eq(feed->kind->next(feed, &atom), FEED_END, "the empty list");
    feed->list = (PtList){numbers, 3};
    cr_assert_eq(feed->kind->next(feed, &atom), FEED_ATOM);
    cr_assert(atom->count == 3 && atom->events == (const char *)numbers);
    atom_release(&scene.runtime->atoms, atom);
    cr_assert_eq(feed->kind->next(feed, &atom), FEED_END);
    scene_free(&scene);
}
