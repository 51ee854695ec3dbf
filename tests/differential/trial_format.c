// trial_format.c - the canonical layout of a program says the same as the program.
#include <stdio.h>
#include <stdlib.h>

#include "compiler/pipeline.h"
#include "lang/format.h"
#include "tests/differential/trial.h"

static bool format_text(const char *text, size_t length, Buf *formatted) {
    Arena arena = {0};
    Context context;
    context_init(&context, &arena);
    uint32_t file = source_add(&context.sources, "formatted", text, length, false);
    bool ok = format_file(&context, file, formatted) == FORMAT_DONE;
    arena_free(&arena);
    return ok;
}

static bool same(const Buf *a, const Buf *b) {
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static bool write_text(const char *path, const Buf *text) {
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(text->data, 1, text->length, file) == text->length;
    return file && fclose(file) == 0 && ok;
}

// The text of the core without what depends on the layout: line and column in the names of closures.
static void put_core(Buf *out, const CoreProgram *core) {
    static const char CLOSURE[] = ".closure";
    Buf text = {0};
    core_dump(core, &text);
    for (char *at = (char *)buf_text(&text), *found; at; at = found) {
        found = strstr(at, CLOSURE);
        if (found) found += strlen(CLOSURE);
        buf_append(out, at, found ? (size_t)(found - at) : strlen(at));
        if (found) found += strspn(found, "0123456789_");
    }
    buf_free(&text);
}

static bool same_core(const char *path, const CoreProgram *core, const CodegenOptions *options) {
    Compilation c;
    Buf expected = {0}, found = {0};
    bool ok = pipeline_open(&c, &path, 1, *options) && pipeline_run(&c, "core");
    put_core(&expected, core);
    if (ok) put_core(&found, c.core);
    ok = ok && same(&expected, &found);
    pipeline_close(&c);
    buf_free(&expected);
    buf_free(&found);
    return ok;
}

static const char *compare(const char *path, const Compilation *compilation, Buf *once, Buf *twice) {
    const SourceFile *source = source_file(&compilation->context.sources, compilation->apps.items[0]->file);
    char formatted_path[500];
    if (!format_text(source->text, source->length, once)) return "it cannot be formatted";
    if (!format_text(once->data, once->length, twice) || !same(once, twice)) return "its layout is not stable";
    snprintf(formatted_path, sizeof formatted_path, "%s.formatted", path);
    if (!write_text(formatted_path, once)) exit(2);
    bool ok = same_core(formatted_path, compilation->core, &compilation->options);
    remove(formatted_path);
    return ok ? NULL : "in its canonical layout it is another program";
}

bool trial_format(const char *path, const Compilation *compilation, Buf *story) {
    Buf once = {0}, twice = {0};
    const char *wrong = compare(path, compilation, &once, &twice);
    if (wrong) buf_printf(story, "portals fmt: %s\n", wrong);
    buf_free(&once);
    buf_free(&twice);
    return !wrong;
}
