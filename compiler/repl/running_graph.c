// running_graph.c - the dataflow of what has been defined: as text, or as a picture in a file.
#include <stdlib.h>
#include <string.h>

#include "compiler/graphviz.h"
#include "compiler/repl/running_internal.h"

static bool show_text(Running *running, Buf *out) {
    size_t before = out->length;
    if (!session_graph(running->session, GRAPH_TEXT, out, out)) return false;
    if (out->length == before) buf_puts(out, "there are no streams yet\n");
    return true;
}

static bool write_picture(Running *running, const char *path, Buf *out) {
    const char *format = graphviz_format(path);
    if (!format)
        return running_complain(out, NULL, "the name of a picture ends with `.svg`, `.png`, `.pdf` or `.dot`, not `%s`", path);
    Buf graph = {0};
    char *error = NULL;
    bool fine = session_graph(running->session, GRAPH_DOT, &graph, out);
    if (fine && !graphviz_write(&graph, path, format, &error))
        fine = running_complain(out, NULL, "%s", error ? error : "out of memory");
    if (fine) buf_printf(out, "`%s` is written\n", path);
    buf_free(&graph);
    free(error);
    return fine;
}

bool running_graph(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    return *arguments ? write_picture(running, arguments, out) : show_text(running, out);
}
