#include "compiler/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/env.h"
#include "vm/inspect.h"
#include "vm/store_log.h"

bool inspect_is_number(const char *text) {
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static uint64_t limit_of(const InspectArgs *args) {
    return args->limit ? strtoull(args->limit, NULL, 10) : UINT64_MAX; // what is too large is the largest
}

// Where output goes, until that fails or a signal comes.
typedef struct Output {
    Env *env;
    int code;
} Output;

static bool write_output(void *user, const char *bytes, size_t size) {
    Output *output = user;
    Env *env = output->env;
    while (size && !output->code && !env->stop_signal(env)) {
        int64_t written = env->write(env, ENV_STDOUT, bytes, size);
        if (written == -EINTR) continue;
        if (written < 0) {
            output->code = (int)written;
            break;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return !size;
}

static bool show(Store *store, const InspectArgs *args, Output *output, Buf *message) {
    InspectOptions options = {
        .format = args->verify ? INSPECT_CHECK
                  : args->json ? INSPECT_JSON
                               : INSPECT_TEXT,
        .app = store_log_app(store),
        .task = args->task,
        .limit = limit_of(args),
        .write = write_output,
        .user = output,
    };
    InspectResult result = inspect(store, &options, message);
    if (output->code && output->code != -EPIPE)
        buf_printf(message, "cannot write to standard output: %s", strerror(-output->code));
    return result == INSPECT_DONE;
}

static bool verify(Store *store, Buf *message) {
    if (store_log_verify(store) == 0) return true;
    buf_puts(message, store->message(store));
    return false;
}

bool inspect_directory(const InspectArgs *args) {
    Env *env = env_real_new();
    if (!env) {
        fputs("error: out of memory\n", stderr);
        return false;
    }
    Output output = {.env = env};
    Buf message = {0};
    Store *store;
    StoreLogOptions options = {.path = args->directory, .access = STORE_READ};
    bool fine = store_log_open(env, &options, &store, &message) == 0;
    if (fine) {
        fine = (!args->verify || verify(store, &message)) && show(store, args, &output, &message);
        if (*store_log_notice(store)) fprintf(stderr, "warning: %s\n", store_log_notice(store));
        store->close(store);
    }
    if (message.length) fprintf(stderr, "error: %s\n", buf_text(&message));
    buf_free(&message);
    env_real_free(env);
    return fine;
}
