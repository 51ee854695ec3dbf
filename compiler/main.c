// main.c - the command `portals`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <llvm-c/Core.h>

#include "compiler/help.h"
#include "compiler/inspect.h"
#include "compiler/jit.h"
#include "compiler/link.h"
#include "compiler/pipeline.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

static int usage_error(const char *command, const char *message, const char *what) {
    fprintf(stderr, "error: %s%s%s%s\n", message, what ? " `" : "", what ? what : "", what ? "`" : "");
    fprintf(stderr, "  = help: `portals%s%s --help` shows the usage\n", command ? " " : "", command ? command : "");
    return STATUS_USAGE;
}

// ---- reporting ---------------------------------------------------------------------------------------------------------

static bool wants_colour(void) {
    const char *no = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no && *no);
}

// Prints all diagnostics and the error of the compilation, if any.
static void report(Compilation *compilation) {
    Buf out = {0};
    diag_render(&compilation->context.diags, &compilation->context.sources, wants_colour(), &out);
    if (out.length) fwrite(out.data, 1, out.length, stderr);
    buf_free(&out);
    if (compilation->error) fprintf(stderr, "error: %s\n", compilation->error);
}

// Compiles up to the pass `last`, reporting what there is to report.
static bool compile(Compilation *compilation, const char *path, CodegenOptions options, const char *last) {
    bool fine = pipeline_open(compilation, path, options) && pipeline_run(compilation, last);
    report(compilation);
    return fine;
}

static bool write_out(const char *text, size_t length) {
    bool fine = (!length || fwrite(text, 1, length, stdout) == length) && fflush(stdout) == 0;
    if (!fine) perror("error: cannot write to standard output");
    return fine;
}

static int show_text(const char *text) {
    return write_out(text, strlen(text)) ? STATUS_OK : STATUS_FAILED;
}

// ---- run ---------------------------------------------------------------------------------------------------------------

static int command_run(int argc, char **argv) {
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) return show_text(help_run);
    if (argc == 0) return usage_error("run", "which program is to be run?", NULL);
    if (argv[0][0] == '-') return usage_error("run", "options of the program come after its file; unexpected", argv[0]);
    Compilation compilation;
    int status = STATUS_FAILED;
    if (compile(&compilation, argv[0], (CodegenOptions){.cpu = "native", .optimise = OPTIMISE_TO_START}, "llvm-opt")) {
        char *error = NULL;
        status = jit_run(compilation.codegen, argc, argv, &error);
        if (error) fprintf(stderr, "error: %s\n", error);
        if (status < 0) status = STATUS_FAILED;
    }
    pipeline_close(&compilation);
    return status;
}

// ---- build -------------------------------------------------------------------------------------------------------------

typedef struct BuildArgs {
    const char *file;
    const char *output;
    const char *cpu;
} BuildArgs;

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_build_args(int argc, char **argv, BuildArgs *args) {
    for (int i = 0; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0)
            value = &args->output;
        else if (strcmp(argv[i], "--cpu") == 0)
            value = &args->cpu;
        if (value) {
            if (i + 1 == argc) return usage_error("build", "a value is missing after", argv[i]);
            *value = argv[++i];
        } else if (strncmp(argv[i], "--cpu=", 6) == 0) {
            args->cpu = argv[i] + 6;
        } else if (strncmp(argv[i], "--output=", 9) == 0) {
            args->output = argv[i] + 9;
        } else if (argv[i][0] == '-') {
            return usage_error("build", "unknown option", argv[i]);
        } else if (args->file) {
            return usage_error("build", "this version builds one file at a time; unexpected", argv[i]);
        } else {
            args->file = argv[i];
        }
    }
    if (!args->file) return usage_error("build", "which program is to be built?", NULL);
    if (!args->output) return usage_error("build", "where does the executable go? `-o EXE` is missing", NULL);
    return STATUS_OK;
}

static int command_build(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return show_text(help_build);
    BuildArgs args = {.cpu = "x86-64-v2"};
    int status = parse_build_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    Compilation compilation;
    status = STATUS_FAILED;
    if (compile(&compilation, args.file, (CodegenOptions){.cpu = args.cpu, .optimise = OPTIMISE_FULLY, .with_main = true},
                "llvm-opt")) {
        char *error = NULL;
        if (link_program(compilation.codegen, args.output, &error))
            status = STATUS_OK;
        else
            fprintf(stderr, "error: %s\n", error);
        free(error);
    }
    pipeline_close(&compilation);
    return status;
}

// ---- check -------------------------------------------------------------------------------------------------------------

static int show_check_help(void) {
    Buf out = {0};
    int count;
    const Pass *passes = pipeline_passes(&count);
    buf_puts(&out, help_check);
    for (int i = 0; i < count; i++) buf_printf(&out, "  %-30s %s\n", passes[i].name, passes[i].about);
    bool fine = write_out(out.data, out.length);
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
    if (compile(&compilation, file, options, dump ? dump->name : "core")) {
        Buf out = {0};
        if (dump) dump->dump(&compilation, &out);
        status = write_out(out.data, out.length) ? STATUS_OK : STATUS_FAILED;
        buf_free(&out);
    }
    pipeline_close(&compilation);
    return status;
}

static int command_check(int argc, char **argv) {
    const char *file = NULL;
    const Pass *dump = NULL;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return show_check_help();
        if (strncmp(argv[i], "--dump=", 7) == 0) {
            dump = find_pass(argv[i] + 7);
            if (!dump) return usage_error("check", "no pass has the name", argv[i] + 7);
        } else if (argv[i][0] == '-') {
            return usage_error("check", "unknown option", argv[i]);
        } else if (file) {
            return usage_error("check", "this version checks one file at a time; unexpected", argv[i]);
        } else {
            file = argv[i];
        }
    }
    if (!file) return usage_error("check", "which program is to be checked?", NULL);
    return check(file, dump);
}

// ---- inspect -----------------------------------------------------------------------------------------------------------

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_inspect_args(int argc, char **argv, InspectArgs *args) {
    for (int i = 0; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "--task") == 0)
            value = &args->task;
        else if (strcmp(argv[i], "--limit") == 0)
            value = &args->limit;
        if (value) {
            if (i + 1 == argc) return usage_error("inspect", "a value is missing after", argv[i]);
            *value = argv[++i];
        } else if (strncmp(argv[i], "--task=", 7) == 0) {
            args->task = argv[i] + 7;
        } else if (strncmp(argv[i], "--limit=", 8) == 0) {
            args->limit = argv[i] + 8;
        } else if (strcmp(argv[i], "--json") == 0) {
            args->json = true;
        } else if (strcmp(argv[i], "--verify") == 0) {
            args->verify = true;
        } else if (argv[i][0] == '-') {
            return usage_error("inspect", "unknown option", argv[i]);
        } else if (args->directory) {
            return usage_error("inspect", "one directory at a time; unexpected", argv[i]);
        } else {
            args->directory = argv[i];
        }
    }
    if (!args->directory) return usage_error("inspect", "which data directory?", NULL);
    if (args->limit && !inspect_is_number(args->limit)) return usage_error("inspect", "--limit takes a number, not", args->limit);
    if (args->verify && (args->json || args->task || args->limit))
        return usage_error("inspect", "--verify looks at everything, and goes with no other option", NULL);
    return STATUS_OK;
}

static int command_inspect(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return show_text(help_inspect);
    InspectArgs args = {0};
    int status = parse_inspect_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    return inspect_directory(&args) ? STATUS_OK : STATUS_FAILED;
}

// ---- main --------------------------------------------------------------------------------------------------------------

static int show_version(void) {
    unsigned major, minor, patch;
    LLVMGetVersion(&major, &minor, &patch);
    char text[100];
    snprintf(text, sizeof text, "portals %s (LLVM %u.%u.%u)\n", PORTALS_VERSION, major, minor, patch);
    return show_text(text);
}

// What a later version will have; see L17 of spec/language.md.
static bool is_planned(const char *command) {
    static const char *const planned[] = {"repl", "graph", "fmt", "test", "doc"};
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++)
        if (strcmp(planned[i], command) == 0) return true;
    return false;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs(help_portals, stderr);
        return STATUS_USAGE;
    }
    const char *command = argv[1];
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0 || strcmp(command, "help") == 0)
        return show_text(help_portals);
    if (strcmp(command, "--version") == 0) return show_version();
    if (strcmp(command, "run") == 0) return command_run(argc - 2, argv + 2);
    if (strcmp(command, "build") == 0) return command_build(argc - 2, argv + 2);
    if (strcmp(command, "check") == 0) return command_check(argc - 2, argv + 2);
    if (strcmp(command, "inspect") == 0) return command_inspect(argc - 2, argv + 2);
    return usage_error(NULL, is_planned(command) ? "this version of Portals does not have the command" : "unknown command",
                       command);
}
