// `portals explain`: the page about a diagnostic code, or a list of all codes.
#include <stdlib.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/embed.h"
#include "compiler/help.h"

typedef struct CodeMeaning {
    int code;
    const char *meaning;
} CodeMeaning;

static const CodeMeaning codes[] = {
#define DIAG(code, name, severity, meaning) {code, meaning},
#include "lang/diag.def"
#undef DIAG
};

static int list_codes(void) {
    Buf out = {0};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) buf_printf(&out, "E%04d  %s\n", codes[i].code, codes[i].meaning);
    return command_put(&out);
}

// The number in `E0301`, `e301` or `301`; -1 if it is none of these.
static int parse_code(const char *text) {
    if (*text == 'E' || *text == 'e') text++;
    size_t digits = strspn(text, "0123456789");
    return digits && digits <= 4 && !text[digits] ? atoi(text) : -1;
}

static const EmbeddedFile *find_page(int code) {
    int count;
    const EmbeddedFile *pages = embed_pages(&count);
    for (int i = 0; i < count; i++)
        if (parse_code(pages[i].name) == code) return &pages[i];
    return NULL;
}

// Of a page's Markdown, headings lose their sign, and what stands between fences is indented instead.
static void put_page(const EmbeddedFile *page, Buf *out) {
    bool fenced = false;
    for (const char *line = page->text, *end = line + page->size; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next + 1 : end;
        if (strncmp(line, "```", 3) == 0) {
            fenced = !fenced;
        } else {
            if (!fenced && strncmp(line, "# ", 2) == 0) line += 2;
            if (fenced && *line != '\n') buf_puts(out, "    ");
            buf_append(out, line, (size_t)(next - line));
        }
        line = next;
    }
}

static int explain(const char *text) {
    const EmbeddedFile *page = find_page(parse_code(text));
    if (!page) return command_usage_error("explain", "no diagnostic has the code", text);
    Buf out = {0};
    put_page(page, &out);
    return command_put(&out);
}

int command_explain(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_explain);
    if (argc == 0) return list_codes();
    if (argc > 1) return command_usage_error("explain", "one code at a time; unexpected", argv[1]);
    return explain(argv[0]);
}
