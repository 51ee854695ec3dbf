// `portals check`: report mistakes, show what a pass makes.
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"

static int show_check_help(void) {
    Buf out = {0};
    int count;
    const Pass *passes = pipeline_passes(&count);
    buf_puts(&out, help_check);
    for (int i = 0; i < count; i++) buf_printf(&out, "  %-30s %s\n", passes[i].name, passes[i].about);
    bool fine = command_write(out.data, out.length);
    buf_free(&out);
    return fine ? STATUS_OK : STATUS_FAILED;
}

static const Pass *find_pass(const char *name) {
    int count;
    const Pass *passes = pipeline_passes(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(passes[i].name, name) == 0) return &passes[i];
    return NULL;
}

static int check(const char *file, const Pass *dump) {
    Compilation compilation;
    int status = STATUS_FAILED;
    CodegenOptions options = {.cpu = "native", .optimise = OPTIMISE_FULLY, .with_main = true};
    if (command_compile(&compilation, file, options, dump ? dump->name : "core")) {
        Buf out = {0};
        if (dump) dump->dump(&compilation, &out);
        status = command_write(out.data, out.length) ? STATUS_OK : STATUS_FAILED;
        buf_free(&out);
    }
    pipeline_close(&compilation);
    return status;
}

int command_check(int argc, char **argv) {
    const char *file = NULL;
    const Pass *dump = NULL;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return show_check_help();
        if (strncmp(argv[i], "--dump=", 7) == 0) {
            dump = find_pass(argv[i] + 7);
            if (!dump) return command_usage_error("check", "no pass has the name", argv[i] + 7);
        } else if (argv[i][0] == '-') {
            return command_usage_error("check", "unknown option", argv[i]);
        } else if (file) {
            return command_usage_error("check", "this version checks one file at a time; unexpected", argv[i]);
        } else {
            file = argv[i];
        }
    }
    if (!file) return command_usage_error("check", "which program is to be checked?", NULL);
    return check(file, dump);
}
