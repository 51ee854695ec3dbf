// `portals build`: make an executable, or a shared object.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/link.h"

typedef struct BuildArgs {
    CommandFiles files;
    const char *output;
    const char *cpu;
    bool no_ffi;
    LinkKind kind;
} BuildArgs;

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_build_args(int argc, char **argv, BuildArgs *args) {
    const char **files = (const char **)argv; // the files come to stand in front, one after the other
    args->files.items = files;
    for (int i = 0; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0)
            value = &args->output;
        else if (strcmp(argv[i], "--cpu") == 0)
            value = &args->cpu;
        if (value) {
            if (i + 1 == argc) return command_usage_error("build", "a value is missing after", argv[i]);
            *value = argv[++i];
        } else if (strncmp(argv[i], "--cpu=", 6) == 0) {
            args->cpu = argv[i] + 6;
        } else if (strncmp(argv[i], "--output=", 9) == 0) {
            args->output = argv[i] + 9;
        } else if (strcmp(argv[i], "--no-ffi") == 0) {
            args->no_ffi = true;
        } else if (strcmp(argv[i], "--shared") == 0) {
            args->kind = LINK_SHARED;
        } else if (argv[i][0] == '-') {
            return command_usage_error("build", "unknown option", argv[i]);
        } else {
            files[args->files.count++] = argv[i];
        }
    }
    if (!args->files.count) return command_usage_error("build", "which program is to be built?", NULL);
    if (!args->output && args->kind == LINK_SHARED)
        return command_usage_error("build", "where does the shared object go? `-o libNAME.so` is missing", NULL);
    if (!args->output) return command_usage_error("build", "where does the executable go? `-o EXE` is missing", NULL);
    return STATUS_OK;
}

// Portals of a shared object can be asked by the program that loads it.
static bool compile(Compilation *compilation, const BuildArgs *args) {
    CodegenOptions options = {.cpu = args->cpu,
                              .optimise = OPTIMISE_FULLY,
                              .with_main = args->kind == LINK_EXECUTABLE,
                              .foreign = FOREIGN_DIRECTLY,
                              .no_ffi = args->no_ffi};
    bool fine = pipeline_open(compilation, args->files.items, args->files.count, options);
    compilation->ask_from_outside = args->kind == LINK_SHARED;
    fine = fine && pipeline_run(compilation, "llvm-opt");
    command_report(compilation);
    return fine;
}

int command_build(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_build);
    BuildArgs args = {0};
    int status = parse_build_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    Compilation compilation;
    status = STATUS_FAILED;
    if (compile(&compilation, &args)) {
        char *error = NULL;
        if (link_program(compilation.codegen, args.kind, args.output, &error))
            status = STATUS_OK;
        else
            fprintf(stderr, "error: %s\n", error);
        free(error);
    }
    pipeline_close(&compilation);
    return status;
}
