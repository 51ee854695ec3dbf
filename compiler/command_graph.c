// `portals graph`: the dataflow as a graph, for Graphviz or as a picture.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/graphviz.h"
#include "compiler/help.h"
#include "lang/topology_dot.h"

typedef struct GraphArgs {
    CommandFiles files;
    const char *output; // or NULL: standard output
    const char *format; // of `output`
    DotDetail detail;
} GraphArgs;

static int set_output(GraphArgs *args, const char *path) {
    args->output = path;
    args->format = graphviz_format(path);
    if (args->format) return STATUS_OK;
    return command_usage_error("graph", "the name of a picture ends with `.svg`, `.png`, `.pdf` or `.dot`, not", path);
}

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_graph_args(int argc, char **argv, GraphArgs *args) {
    const char **files = (const char **)argv; // the files come to stand in front, one after the other
    args->files.items = files;
    int status = STATUS_OK;
    for (int i = 0; i < argc && status == STATUS_OK; i++) {
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) {
            if (i + 1 == argc) return command_usage_error("graph", "a value is missing after", argv[i]);
            status = set_output(args, argv[++i]);
        } else if (strncmp(argv[i], "--output=", 9) == 0) {
            status = set_output(args, argv[i] + 9);
        } else if (strcmp(argv[i], "--simple") == 0) {
            args->detail = DOT_SIMPLE;
        } else if (argv[i][0] == '-') {
            return command_usage_error("graph", "unknown option", argv[i]);
        } else {
            files[args->files.count++] = argv[i];
        }
    }
    if (status == STATUS_OK && !args->files.count) return command_usage_error("graph", "the graph of which program?", NULL);
    return status;
}

static int put_graph(const GraphArgs *args, Buf *graph) {
    if (!args->output) return command_write(graph->data, graph->length) ? STATUS_OK : STATUS_FAILED;
    char *error = NULL;
    bool fine = graphviz_write(graph, args->output, args->format, &error);
    if (!fine) fprintf(stderr, "error: %s\n", error ? error : "out of memory");
    free(error);
    return fine ? STATUS_OK : STATUS_FAILED;
}

int command_graph(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_graph);
    GraphArgs args = {.detail = DOT_FULL};
    int status = parse_graph_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    Compilation compilation;
    Buf graph = {0};
    status = STATUS_FAILED;
    if (command_compile(&compilation, &args.files, (CodegenOptions){0}, "topology")) {
        topology_dot(&compilation.context, compilation.program, compilation.topology, args.detail, &graph);
        status = put_graph(&args, &graph);
    }
    buf_free(&graph);
    pipeline_close(&compilation);
    return status;
}
