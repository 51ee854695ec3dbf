// main.c - the command `portals`: finds the command that is named and runs it.
#include <stdio.h>
#include <string.h>

#include <llvm-c/Core.h>

#include "compiler/command.h"
#include "compiler/help.h"

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
    {"run", command_run},     {"build", command_build}, {"check", command_check},     {"test", command_test},
    {"fmt", command_fmt},     {"doc", command_doc},     {"explain", command_explain}, {"inspect", command_inspect},
    {"graph", command_graph}, {"repl", command_repl},
};

static int show_version(void) {
    unsigned major, minor, patch;
    LLVMGetVersion(&major, &minor, &patch);
    char text[100];
    snprintf(text, sizeof text, "portals %s (LLVM %u.%u.%u)\n", PORTALS_VERSION, major, minor, patch);
    return command_show(text);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs(help_portals, stderr);
        return STATUS_USAGE;
    }
    const char *command = argv[1];
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0 || strcmp(command, "help") == 0)
        return command_show(help_portals);
    if (strcmp(command, "--version") == 0) return show_version();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(command, commands[i].name) == 0) return commands[i].run(argc - 2, argv + 2);
    return command_usage_error(NULL, "unknown command", command);
}
