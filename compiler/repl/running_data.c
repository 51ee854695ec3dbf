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

// Takes over the program and the directory's store. The run that there was is back if that one cannot be recovered.
static bool open_run(Running *running, const char *directory, Store *base, const SessionProgram *program, Buf *out) {
    Running before = running_set_aside(running);
    running->data = strdup(directory);
    running->overlay = env_overlay_new(running->options.env);
    prompt_env_init(&running->written, running->overlay, running->options.stop, running->options.reads_stdin);
    running->written.out = out;
    if (!running_open(running, store_memory_over(base), program, out)) {
        running_put_back(running, &before);
        return false;
    }
    running_end(&before);
    say_opened(running, base, out);
    return true;
}

static bool open_data(Running *running, const char *directory, Buf *out) {
    SessionProgram program;
    if (!running_compile(running, &program, out)) return false;
    Buf message = {0};
    Store *base;
    const StoreLogOptions options = {.path = directory, .access = STORE_READ};
    bool is_read = store_log_open(running->options.env, &options, &base, &message) == 0;
    if (!is_read) {
        running_complain(out, NULL, "%s", buf_text(&message));
        session_program_free(&program);
    }
    buf_free(&message);
    return is_read && open_run(running, directory, base, &program, out);
}

// Who wanted to look at what a run has done would lose it by a run that begins anew, and so writes the same files.
static void say_refused(const Running *running, Buf *out) {
    buf_printf(out, "`%s` is not open; ", running->refused);
    if (running->data) {
        buf_printf(out, "`%s` still is\n", running->data);
        return;
    }
    buf_puts(out, running->state == RUNNING_NOT ? "there is no run" : "the run is the one that there was");
    buf_puts(out, ", and none begins before `:data DIR` opens a directory, or `:data` gives up\n");
}

// There is no directory any more that is open, or should be.
static bool close_data(Running *running, Buf *out) {
    if (!running->data && !running->refused)
        return running_complain(out, "`:data DIR` opens what `portals run --data DIR` keeps",
                                "which data directory is to be opened?");
    if (running->data) {
        buf_printf(out, "`%s` is closed, and is as it was\n", running->data);
        running_end(running);
    } else {
        buf_puts(out,
                 "no data directory is open: `:run` and `:step` can begin a run, which writes to the files of the program\n");
    }
    running_set_refused(running, NULL);
    return true;
}

bool running_data(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    if (!*arguments) return close_data(running, out);
    bool fine = open_data(running, arguments, out);
    running_set_refused(running, fine ? NULL : arguments);
    if (!fine) say_refused(running, out);
    return fine;
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
