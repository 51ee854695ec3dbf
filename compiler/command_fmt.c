// `portals fmt`: put programs into the canonical layout.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/file.h"
#include "compiler/help.h"
#include "lang/format.h"

typedef enum FmtMode {
    FMT_WRITE, // rewrite files
    FMT_CHECK, // name those that would change
} FmtMode;

static bool is_stdin(const char *path) {
    return strcmp(path, "-") == 0;
}

static bool read_text(const char *path, Buf *text) {
    bool fine = is_stdin(path) ? file_read_stream(stdin, text) : file_read(path, text);
    if (!fine) fprintf(stderr, "error: cannot read `%s`: %s\n", is_stdin(path) ? "standard input" : path, strerror(errno));
    return fine;
}

static bool format_text(Context *context, const char *path, const Buf *text, Buf *formatted) {
    const char *name = is_stdin(path) ? "<stdin>" : path;
    uint32_t file = source_add(&context->sources, name, text->length ? text->data : "", text->length, false);
    FormatResult result = format_file(context, file, formatted);
    if (result == FORMAT_ERRORS) command_report_diags(context);
    if (result == FORMAT_FAULTY)
        fprintf(stderr, "error: `%s` cannot be formatted, by a mistake of the formatter, please report it; it stays as it is\n",
                name);
    return result == FORMAT_DONE;
}

static int write_file(const char *path, const Buf *formatted) {
    if (file_replace(path, formatted->data, formatted->length)) return STATUS_OK;
    fprintf(stderr, "error: cannot write `%s`: %s\n", path, strerror(errno));
    return STATUS_FAILED;
}

static int name_file(const char *path) {
    Buf line = {0};
    buf_printf(&line, "%s\n", path);
    command_write(line.data, line.length);
    buf_free(&line);
    return STATUS_FAILED;
}

static int put_out(const char *path, FmtMode mode, const Buf *text, const Buf *formatted) {
    bool same = text->length == formatted->length && (!text->length || memcmp(text->data, formatted->data, text->length) == 0);
    if (mode == FMT_WRITE && is_stdin(path)) return command_write(formatted->data, formatted->length) ? STATUS_OK : STATUS_FAILED;
    if (same) return STATUS_OK;
    return mode == FMT_WRITE ? write_file(path, formatted) : name_file(path);
}

static int format_one(const char *path, FmtMode mode) {
    Arena arena = {0};
    Context context;
    context_init(&context, &arena);
    Buf text = {0}, formatted = {0};
    int status = STATUS_FAILED;
    if (read_text(path, &text) && format_text(&context, path, &text, &formatted)) status = put_out(path, mode, &text, &formatted);
    buf_free(&formatted);
    buf_free(&text);
    arena_free(&arena);
    return status;
}

int command_fmt(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_fmt);
    FmtMode mode = FMT_WRITE;
    int files = 0, status = STATUS_OK;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            mode = FMT_CHECK;
        else if (argv[i][0] == '-' && !is_stdin(argv[i]))
            return command_usage_error("fmt", "unknown option", argv[i]);
        else
            argv[files++] = argv[i];
    }
    if (!files) return command_usage_error("fmt", "which files are to be formatted? `-` stands for standard input", NULL);
    for (int i = 0; i < files; i++)
        if (format_one(argv[i], mode) != STATUS_OK) status = STATUS_FAILED;
    return status;
}
