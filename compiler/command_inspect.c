// `portals inspect`: show what a data directory holds.
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/inspect.h"

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_inspect_args(int argc, char **argv, InspectArgs *args) {
    for (int i = 0; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "--task") == 0)
            value = &args->task;
        else if (strcmp(argv[i], "--limit") == 0)
            value = &args->limit;
        if (value) {
            if (i + 1 == argc) return command_usage_error("inspect", "a value is missing after", argv[i]);
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
            return command_usage_error("inspect", "unknown option", argv[i]);
        } else if (args->directory) {
            return command_usage_error("inspect", "one directory at a time; unexpected", argv[i]);
        } else {
            args->directory = argv[i];
        }
    }
    if (!args->directory) return command_usage_error("inspect", "which data directory?", NULL);
    if (args->limit && !inspect_is_number(args->limit))
        return command_usage_error("inspect", "--limit takes a number, not", args->limit);
    if (args->verify && (args->json || args->task || args->limit))
        return command_usage_error("inspect", "--verify looks at everything, and goes with no other option", NULL);
    return STATUS_OK;
}

int command_inspect(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_inspect);
    InspectArgs args = {0};
    int status = parse_inspect_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    return inspect_directory(&args) ? STATUS_OK : STATUS_FAILED;
}
