// `portals check`: report mistakes, show what a pass makes.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/command.h"
#include "compiler/diag_json.h"
#include "compiler/help.h"

static int show_check_help(void) {
    Buf out = {0};
    int count;
    const Pass *passes = pipeline_passes(&count);
    buf_puts(&out, help_check);
    for (int i = 0; i < count; i++) buf_printf(&out, "  %-30s %s\n", passes[i].name, passes[i].about);
    return command_put(&out);
}

static const Pass *find_pass(const char *name) {
    int count;
    const Pass *passes = pipeline_passes(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(passes[i].name, name) == 0) return &passes[i];
    return NULL;
}

typedef struct CheckArgs {
    CommandFiles files;
    const Pass *dump; // or NULL
    bool json;
    bool outside;
    bool no_ffi;
} CheckArgs;

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_check_args(int argc, char **argv, CheckArgs *args) {
    const char **files = (const char **)argv; // the files come to stand in front, one after the other
    args->files.items = files;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--dump=", 7) == 0) {
            args->dump = find_pass(argv[i] + 7);
            if (!args->dump) return command_usage_error("check", "no pass has the name", argv[i] + 7);
        } else if (strcmp(argv[i], "--json") == 0) {
            args->json = true;
        } else if (strcmp(argv[i], "--no-ffi") == 0) {
            args->no_ffi = true;
        } else if (strcmp(argv[i], "--outside") == 0) {
            args->outside = true;
        } else if (argv[i][0] == '-') {
            return command_usage_error("check", "unknown option", argv[i]);
        } else {
            files[args->files.count++] = argv[i];
        }
    }
    if (!args->files.count) return command_usage_error("check", "which program is to be checked?", NULL);
    if (args->json && args->dump) return command_usage_error("check", "--json and --dump both write to standard output", NULL);
    return STATUS_OK;
}

// Behind diagnostics that a person reads: where there is more.
static void offer_explanation(const Diags *diags) {
    if (!diags->items.count || !isatty(STDERR_FILENO)) return;
    fprintf(stderr, "\n`portals explain E%04d` tells more\n", (int)diag_sorted(diags)[0]->code);
}

static void report(Compilation *compilation, const CheckArgs *args, Buf *out) {
    if (args->json) {
        diag_json(&compilation->context.diags, &compilation->context.sources, out);
        if (compilation->error) fprintf(stderr, "error: %s\n", compilation->error);
    } else {
        command_report(compilation);
        offer_explanation(&compilation->context.diags);
    }
}

static int check(const CheckArgs *args) {
    Compilation compilation;
    CodegenOptions options = {
        .cpu = "native", .optimise = OPTIMISE_FULLY, .foreign = FOREIGN_DIRECTLY, .with_main = true, .no_ffi = args->no_ffi};
    Buf out = {0};
    bool fine = pipeline_open(&compilation, args->files.items, args->files.count, options);
    compilation.ask_from_outside = args->outside;
    fine = fine && pipeline_run(&compilation, args->dump ? args->dump->name : "core");
    report(&compilation, args, &out);
    if (fine && args->dump) args->dump->dump(&compilation, &out);
    if (!command_write(out.data, out.length)) fine = false;
    buf_free(&out);
    pipeline_close(&compilation);
    return fine ? STATUS_OK : STATUS_FAILED;
}

int command_check(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return show_check_help();
    CheckArgs args = {0};
    int status = parse_check_args(argc, argv, &args);
    return status == STATUS_OK ? check(&args) : status;
}
