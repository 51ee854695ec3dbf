// `portals run`: compile in memory and run.
#include <stdio.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/jit.h"

// Its own name, where a program's arguments begin: the files as they were given.
static char *program_name(Compilation *compilation, const CommandFiles *files) {
    char *name = arena_printf(&compilation->arena, "%s", files->items[0]);
    for (int i = 1; i < files->count; i++) name = arena_printf(&compilation->arena, "%s %s", name, files->items[i]);
    return name;
}

int command_run(int argc, char **argv) {
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) return command_show(help_run);
    if (argc == 0) return command_usage_error("run", "which program is to be run?", NULL);
    if (argv[0][0] == '-') return command_usage_error("run", "options of the program come after its file; unexpected", argv[0]);
    CommandFiles files = {(const char *const *)argv, 0};
    while (files.count < argc && argv[files.count][0] != '-') files.count++;
    bool no_ffi = false; // known before the libraries are loaded
    for (int i = files.count; i < argc; i++) no_ffi |= strcmp(argv[i], "--no-ffi") == 0;
    int before = files.count - 1; // the last file stands where a program's own name does
    Compilation compilation;
    int status = STATUS_FAILED;
    if (command_compile(&compilation, &files, (CodegenOptions){.cpu = "native", .optimise = OPTIMISE_TO_START, .no_ffi = no_ffi},
                        "llvm-opt")) {
        char *error = NULL;
        argv[before] = program_name(&compilation, &files);
        status = jit_run(compilation.codegen, argc - before, argv + before, &error);
        if (error) fprintf(stderr, "error: %s\n", error);
        if (status < 0) status = STATUS_FAILED;
    }
    pipeline_close(&compilation);
    return status;
}
