// Libraries and functions of C are found, or what is said of them (vm/foreign_library.h).
#include <criterion/criterion.h>
#include <string.h>

#include "vm/foreign_library.h"

typedef struct Case {
    const char *library, *symbol;
    ForeignFault fault;
    const char *what, *help; // how they begin
} Case;

static const Case CASES[] = {
    {"libm.so.6", "cos", FOREIGN_FOUND, "", ""},
    {"libm.so.6", "cosine", FOREIGN_NO_SYMBOL, "the library `libm.so.6` has no function `cosine`", "`nm -D"},
    {"libc.so.6", "environ", FOREIGN_NO_SYMBOL, "`environ` of the library `libc.so.6` is no function", ""},
    {"libnothing.so.1", "f", FOREIGN_NO_LIBRARY, "the library `libnothing.so.1` cannot be found", "write the name"},
    {"./libm.so.6", "cos", FOREIGN_NO_LIBRARY, "the library `./libm.so.6` cannot be found", "a name with a slash"},
    {"c", "strlen", FOREIGN_NO_LIBRARY, "the library `c` cannot be found", "did you mean `libc.so.6`?"},
    {"Makefile", "f", FOREIGN_NO_LIBRARY, "the library `Makefile` cannot be found", "write the name"},
    {"./Makefile", "f", FOREIGN_NO_LIBRARY, "the library `./Makefile` cannot be loaded: ", "a name with a slash"},
};

static bool begins(Buf *text, const char *with) {
    return strncmp(buf_text(text), with, strlen(with)) == 0 && (*with || !text->length);
}

Test(foreign_library, finds_functions_or_says_why_not) {
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const Case *c = &CASES[i];
        Buf what = {0}, help = {0};
        void *address;
        ForeignFault fault = foreign_find(c->library, c->symbol, &address, &what, &help);
        cr_expect_eq(fault, c->fault, "%s %s", c->library, c->symbol);
        cr_expect_eq(address != NULL, fault == FOREIGN_FOUND);
        cr_expect(begins(&what, c->what), "%s %s: %s", c->library, c->symbol, buf_text(&what));
        cr_expect(begins(&help, c->help), "%s %s: %s", c->library, c->symbol, buf_text(&help));
        buf_free(&what);
        buf_free(&help);
    }
}

static const PtPosition POSITIONS[] = {{"a.portals", 3, 20}};

Test(foreign_library, a_program_is_found_as_a_whole) {
    void *first = NULL, *second = NULL;
    PtForeign externs[] = {{.name = "cos", .library = "libm.so.6", .symbol = "cos", .address = &first},
                           {.name = "c", .library = "libm.so.6", .symbol = "no_such_function", .address = &second}};
    PtProgram program = {.positions = POSITIONS, .position_count = 1, .externs = externs, .extern_count = 1};
    Buf message = {0};
    cr_assert(foreign_find_all(&program, &message));
    cr_assert_not_null(first);
    cr_assert(!foreign_has_none(&program, &message));
    cr_assert_str_eq(buf_text(&message), "error: extern `cos`: `--no-ffi` refuses programs that call foreign functions\n"
                                         "  --> a.portals:3:20\n");
    message.length = 0;
    program.extern_count = 2;
    cr_assert(!foreign_find_all(&program, &message));
    cr_assert(strstr(buf_text(&message), "error: extern `c`: the library `libm.so.6` has no function `no_such_function`\n"
                                         "  --> a.portals:3:20\n"));
    buf_free(&message);
}
