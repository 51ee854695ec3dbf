#include "compiler/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_usage_error(const char *command, const char *message, const char *what) {
    fprintf(stderr, "error: %s%s%s%s\n", message, what ? " `" : "", what ? what : "", what ? "`" : "");
    fprintf(stderr, "  = help: `portals%s%s --help` shows the usage\n", command ? " " : "", command ? command : "");
    return STATUS_USAGE;
}

bool command_wants_help(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

static bool wants_colour(void) {
    const char *no = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no && *no);
}

void command_report_diags(const Context *context) {
    Buf out = {0};
    diag_render(&context->diags, &context->sources, wants_colour(), &out);
    if (out.length) fwrite(out.data, 1, out.length, stderr);
    buf_free(&out);
}

void command_report(const Compilation *compilation) {
    command_report_diags(&compilation->context);
    if (compilation->error) fprintf(stderr, "error: %s\n", compilation->error);
}

bool command_compile(Compilation *compilation, const CommandFiles *files, CodegenOptions options, const char *last) {
    bool fine = pipeline_open(compilation, files->items, files->count, options) && pipeline_run(compilation, last);
    command_report(compilation);
    return fine;
}

bool command_write(const char *text, size_t length) {
    bool fine = (!length || fwrite(text, 1, length, stdout) == length) && fflush(stdout) == 0;
    if (!fine) perror("error: cannot write to standard output");
    return fine;
}

int command_put(Buf *out) {
    bool fine = command_write(out->data, out->length);
    buf_free(out);
    return fine ? STATUS_OK : STATUS_FAILED;
}

int command_show(const char *text) {
    return command_write(text, strlen(text)) ? STATUS_OK : STATUS_FAILED;
}
