// running_data.c - a data directory, opened so that nothing in it changes: it is read only, what the run does is kept in memory
// behind it (store_memory.h), and files that the program writes to are copied first (env_overlay.h).
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/env_overlay.h"
#include "vm/store_log.h"
#include "vm/store_memory.h"

// What recovery had to tell although it succeeded.
static void say_opened(const Running *running, Store *base, Buf *out) {
    const Runtime *runtime = running->runtime;
    const char *notice = store_log_notice(base);
    if (*notice) buf_printf(out, "note: %s\n", notice);
    buf_printf(out, "`%s` is open at epoch %llu", running->data, (unsigned long long)store_memory_first(running->store));
    if (running->state == RUNNING_ENDED) {
        buf_puts(out, ": its run has ended\n");
        return;
    }
    buf_puts(out, ", with ");
    running_count(out, runtime->counts.events_before, "event");
    buf_puts(out, " done; it stays as it is, and so do the files that the program writes to\n");
}

static bool close_data(Running *running, Buf *out) {
    buf_printf(out, "`%s` is closed, and is as it was\n", running->data);
    running_end(running);
    return true;
}

bool running_data(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    if (!*arguments && running->data) return close_data(running, out);
    if (!*arguments)
        return running_complain(out, "`:data DIR` opens what `portals run --data DIR` keeps",
                                "which data directory is to be opened?");
    SessionProgram program;
    if (!running_compile(running, &program, out)) return false;
    Buf message = {0};
    Store *base;
    const StoreLogOptions options = {.path = arguments, .access = STORE_READ};
    if (store_log_open(running->options.env, &options, &base, &message) != 0) {
        running_complain(out, NULL, "%s", buf_text(&message));
        buf_free(&message);
        session_program_free(&program);
        return false;
    }
    running_end(running);
    running->data = strdup(arguments);
    running->overlay = env_overlay_new(running->options.env);
    prompt_env_init(&running->written, running->overlay, running->options.stop, running->options.reads_stdin);
    running->written.out = out;
    buf_free(&message);
    if (!running_open(running, store_memory_over(base), &program, out)) return false;
    say_opened(running, base, out);
    return true;
}

// Once the new definitions are there, there is no way back to the old ones: what does not fit is mended, and tried again.
bool running_data_again(Running *running, Buf *out) {
    SessionProgram program;
    if (!running_compile(running, &program, out)) return false;
    running_replace(running, &program);
    const Mark last = running->marks[running->mark_count - 1];
    if (!running_recover(running, &last, out)) return false;
    buf_puts(out, "definitions have changed: the run goes on with them\n");
    return true;
}
