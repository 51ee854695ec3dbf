// `portals run`: compile in memory and run.
#include <stdio.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/jit.h"

int command_run(int argc, char **argv) {
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) return command_show(help_run);
    if (argc == 0) return command_usage_error("run", "which program is to be run?", NULL);
    if (argv[0][0] == '-') return command_usage_error("run", "options of the program come after its file; unexpected", argv[0]);
    Compilation compilation;
    int status = STATUS_FAILED;
    if (command_compile(&compilation, argv[0], (CodegenOptions){.cpu = "native", .optimise = OPTIMISE_TO_START}, "llvm-opt")) {
        char *error = NULL;
        status = jit_run(compilation.codegen, argc, argv, &error);
        if (error) fprintf(stderr, "error: %s\n", error);
        if (status < 0) status = STATUS_FAILED;
    }
    pipeline_close(&compilation);
    return status;
}
