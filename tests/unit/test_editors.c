// The files for editors: that they are JSON, and know the keywords that the scanner (scan.l) and the layout (layout.c) know.
#include <ctype.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <yajl/yajl_tree.h>

#include "base/buf.h"

#define GRAMMAR "editors/vscode/portals.tmLanguage.json"

static void read_file(const char *path, Buf *out) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s: the tests run from the root of the repository", path);
    size_t got;
    while ((got = fread(buf_reserve(out, 4096), 1, 4096, file)) > 0) out->length += got;
    fclose(file);
    buf_text(out);
}

static yajl_val read_json(const char *path) {
    Buf text = {0};
    char error[500] = "";
    read_file(path, &text);
    yajl_val json = yajl_tree_parse(text.data, error, sizeof error);
    cr_assert_not_null(json, "%s: %s", path, error);
    buf_free(&text);
    return json;
}

static yajl_val find(yajl_val json, const char *key) {
    const char *path[] = {key, NULL};
    return yajl_tree_get(json, path, yajl_t_any);
}

Test(editors, json) {
    static const char *const paths[] = {GRAMMAR, "editors/vscode/package.json", "editors/vscode/language-configuration.json"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) yajl_tree_free(read_json(paths[i]));
}

// ---- keywords ----

// Adds the words between `before` and `after` in a text to `words`, each as " word ".
static void find_words(const char *text, const char *before, const char *after, Buf *words) {
    while ((text = strstr(text, before))) {
        text += strlen(before);
        size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        if (length && !strncmp(text + length, after, strlen(after))) buf_printf(words, " %.*s ", (int)length, text);
    }
}

static void find_keywords(const char *path, Buf *words) {
    Buf text = {0};
    read_file(path, &text);
    find_words(text.data, "{\"", "\", T_", words);
    find_words(text.data, "is_text(token, \"", "\")", words);
    buf_free(&text);
}

static bool has_word(Buf *words, const char *word, size_t length) {
    char spaced[100];
    snprintf(spaced, sizeof spaced, " %.*s ", (int)length, word);
    return strstr(buf_text(words), spaced) != NULL;
}

// The words that the alternatives of a pattern of the grammar are made of: of two letters or more, not behind a backslash, and
// not in a class of characters.
static void words_of_pattern(const char *pattern, Buf *words) {
    bool in_class = false;
    for (const char *p = pattern; *p;) {
        size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        if (length > 1 && !in_class) buf_printf(words, " %.*s ", (int)length, p);
        if (length) {
            p += length;
        } else if (*p == '\\' && p[1]) {
            p += 2;
        } else {
            in_class = *p == '[' || (in_class && *p != ']');
            p++;
        }
    }
}

// All patterns below a rule of the grammar.
static void words_of_rule(yajl_val rule, Buf *words) {
    yajl_val match = find(rule, "match"), patterns = find(rule, "patterns");
    if (match) words_of_pattern(YAJL_GET_STRING(match), words);
    for (size_t i = 0; patterns && i < YAJL_GET_ARRAY(patterns)->len; i++)
        words_of_rule(YAJL_GET_ARRAY(patterns)->values[i], words);
}

static void words_of_grammar(Buf *words) {
    static const char *const rules[] = {"function",  "declaration",   "foreign",  "item",    "header",
                                        "statement", "operator_word", "constant", "reserved"};
    yajl_val grammar = read_json(GRAMMAR), repository = find(grammar, "repository");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        yajl_val rule = find(repository, rules[i]);
        cr_assert_not_null(rule, "%s", rules[i]);
        words_of_rule(rule, words);
    }
    yajl_tree_free(grammar);
}

// Each word of `some` is one of `all`.
static void check_words(Buf *some, Buf *all, const char *what) {
    int count = 0;
    for (const char *word = buf_text(some); *word; count++) {
        while (*word == ' ') word++;
        size_t length = strcspn(word, " ");
        if (!length) break;
        cr_expect(has_word(all, word, length), "`%.*s` %s", (int)length, word, what);
        word += length;
    }
    cr_expect_gt(count, 50);
}

Test(editors, keywords) {
    Buf known = {0}, grammar = {0}, vim = {0}, syntax = {0};
    find_keywords("lang/scan.l", &known);
    find_keywords("lang/layout.c", &known);
    words_of_grammar(&grammar);
    check_words(&known, &grammar, "is not in the TextMate grammar");
    check_words(&grammar, &known, "is no keyword, but in the TextMate grammar");

    read_file("editors/vim/syntax/portals.vim", &syntax);
    for (char *p = syntax.data; *p;) { // all words of it
        size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        if (length) buf_printf(&vim, " %.*s ", (int)length, p);
        p += length ? length : 1;
    }
    check_words(&known, &vim, "is not in the syntax for Vim");
    buf_free(&known);
    buf_free(&grammar);
    buf_free(&vim);
    buf_free(&syntax);
}
