// check.h - what the tests of portals.h share: what is expected, and how many tests there were.
#ifndef TESTS_EMBED_CHECK_H
#define TESTS_EMBED_CHECK_H

#include <portals.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed;
static const char *running;
static bool is_wrong;

#define TEST(name) static void name(void)
#define RUN(name) run_test(#name, name)

static inline void run_test(const char *name, void (*test)(void)) {
    running = name;
    is_wrong = false;
    test();
    if (is_wrong)
        failed++;
    else
        passed++;
}

#define SAY(...) (is_wrong = true, printf("FAIL %s (%s:%d): ", running, __FILE__, __LINE__), printf(__VA_ARGS__), puts(""))

// A condition.
#define CHECK(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition)) SAY("%s", #condition);                                                                                 \
    } while (0)

// A call, its code, and a part of the message (which `error` has).
#define EXPECT(wanted, call) EXPECT_MESSAGE(wanted, "", call)
#define EXPECT_MESSAGE(wanted, part, call)                                                                                       \
    do {                                                                                                                         \
        int code = (call);                                                                                                       \
        if (code != (wanted))                                                                                                    \
            SAY("%s is %s (%s), not %s", #call, portals_code_name(code), error.message, #wanted);                                \
        else if (error.code != code || !strstr(error.message, (part)) || (code == PORTALS_OK) == !!*error.message)               \
            SAY("%s says %d, `%s`, not `%s`", #call, error.code, error.message, (part));                                         \
    } while (0)

#define CHECK_TEXT(wanted, text)                                                                                                 \
    do {                                                                                                                         \
        const char *seen = (text);                                                                                               \
        if (!seen || strcmp(seen, (wanted)) != 0) SAY("`%s`, not `%s`", seen ? seen : "NULL", (wanted));                         \
    } while (0)

static inline int report(const char *what) {
    printf("%s: %d passed, %d failed\n", what, passed, failed);
    return failed ? 1 : 0;
}

#endif
