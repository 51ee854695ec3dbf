// lang_testing.h - a text as the front end sees it, for tests of the parser.
#ifndef TESTS_LANG_TESTING_H
#define TESTS_LANG_TESTING_H

#include <criterion/criterion.h>

#include "lang/parse.h"

typedef struct Parsed {
    Arena arena;
    Context context;
    uint32_t file;
    Ast *tree;
} Parsed;

// Parses `length` bytes as the file t.portals and verifies the tree. Release it with parsed_free.
static inline void parse_bytes(Parsed *parsed, const char *text, size_t length) {
    *parsed = (Parsed){0};
    context_init(&parsed->context, &parsed->arena);
    parsed->file = source_add(&parsed->context.sources, "t.portals", text, length, false);
    parsed->tree = parse_file(&parsed->context, parsed->file);
    const char *problem = ast_verify(&parsed->arena, parsed->tree);
    cr_assert_null(problem, "%s\n%s", problem, text);
}

static inline void parse_text(Parsed *parsed, const char *text) {
    parse_bytes(parsed, text, strlen(text));
}

static inline void parsed_free(Parsed *parsed) {
    arena_free(&parsed->arena);
}

// The first message, or "" if there is none.
static inline const char *first_message(const Parsed *parsed) {
    return parsed->context.diags.items.count ? parsed->context.diags.items.items[0]->message : "";
}

#endif
