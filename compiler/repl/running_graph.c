// running_graph.c - the dataflow of what has been defined.
#include "compiler/repl/running_internal.h"

bool running_graph(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    return running_complain(out, NULL, "the dataflow cannot be shown yet");
}
