// running_host.c - what comes from the prompt: requests to portals, atoms for inboxes, and the end of both.
#include "compiler/repl/running_internal.h"

bool running_ask(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    return running_complain(out, NULL, "portals cannot be asked yet");
}

bool running_push(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    return running_complain(out, NULL, "there are no inboxes yet");
}

bool running_seal(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    return running_complain(out, NULL, "there are no inboxes yet");
}
