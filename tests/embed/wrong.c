// What comes from the network may be anything: texts that are changed at random go into inboxes and portals. Nothing of a wrong
// one may have an effect, and the run must not notice. Usage: wrong LIBEVERYTHING.so COUNT SEED
#include "check.h"

static uint64_t seed;

static uint64_t chance(uint64_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static const char *const GOOD[] = {
    "{\"id\": 1, \"item\": \"tea\", \"price\": 1.5}",
    "[{\"id\": 1, \"item\": \"\\u00e4\", \"price\": -1e3}, {\"id\": 2, \"item\": \"\", \"price\": 0}]",
    "{\"price\": 3, \"item\": \"a \\\"b\\\" \\n\", \"id\": -9223372036854775808}\n{\"id\": 7, \"item\": \"x\", \"price\": 2}\n",
};
static const char *const PIECES[] = {
    "{",    "}",    "[",       "]",  "\"", "\\", ",",    ":",        "null",    "1e999", "9223372036854775808",
    "\xff", "\xc3", "\\ud800", "\n", "0",  "-",  "true", "[[[[[[[[", "{\"a\":", " ",     "item",
};

enum { MOST = 4000 };

// One piece more, some bytes less, one byte another, or many times the same.
static size_t change(char *text, size_t length) {
    size_t at = length ? chance(length) : 0;
    const char *piece = PIECES[chance(sizeof PIECES / sizeof *PIECES)];
    size_t size = strlen(piece), times = chance(20) ? 1 : 1 + chance(100);
    switch (chance(3)) {
    case 0:
        if (length + size * times > MOST) return length;
        memmove(text + at + size * times, text + at, length - at);
        for (size_t i = 0; i < times; i++) memcpy(text + at + i * size, piece, size);
        return length + size * times;
    case 1:
        size = chance(length - at + 1);
        memmove(text + at, text + at + size, length - at - size);
        return length - size;
    default:
        if (length) text[at] = (char)chance(256);
        return length;
    }
}

static void nowhere(void *user, const char *text, size_t length) {
    (void)user;
    (void)text;
    (void)length;
}

static PortalsInstance *run;
static uint64_t pushed;

static void push_changed(void) {
    static char text[MOST + 1];
    const char *good = GOOD[chance(sizeof GOOD / sizeof *GOOD)];
    size_t length = strlen(good);
    memcpy(text, good, length);
    for (uint64_t i = chance(4); i-- > 0;) length = change(text, length);
    PortalsError error;
    char *exact = malloc(length ? length : 1), *reply; // what lies behind it is not to be read
    memcpy(exact, text, length);
    int code;
    if (chance(8)) {
        code = portals_push(run, "orders", pushed + 1, exact, length, PORTALS_FOREVER, &error);
        pushed += code == PORTALS_OK;
    } else {
        code = portals_ask(run, "describe", exact, length, PORTALS_FOREVER, &reply, NULL, &error);
        portals_free(reply);
    }
    free(exact);
    if (code != PORTALS_OK && code != PORTALS_E_VALUE) SAY("%s: %s", portals_code_name(code), error.message);
    if (code && !*error.message) SAY("%s without a message", portals_code_name(code));
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    PortalsProgram *program;
    PortalsError error;
    PortalsOptions options = {.size = sizeof options, .print = nowhere, .epoch = PORTALS_MILLISECONDS(5)};
    seed = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    if (portals_load(argv[1], &program, &error) || portals_start(program, &options, &run, &error)) {
        puts(error.message);
        return 1;
    }
    for (long i = atol(argv[2]); i > 0; i--) {
        RUN(push_changed);
        PortalsAtom atom = {0};
        while (i % 100 == 0 && portals_read(run, "passed", 0, &atom, PORTALS_NO_WAIT, NULL) == PORTALS_OK)
            portals_taken(run, "passed", atom.number, NULL);
        portals_atom_free(&atom);
    }
    running = "the end";
    if (portals_wait_quiet(run, PORTALS_FOREVER, &error) || portals_close(run, &error)) SAY("%s", error.message);
    portals_unload(program);
    printf("wrong: %d passed, %d failed\n", passed ? 1 : 0, failed);
    return failed || is_wrong;
}
