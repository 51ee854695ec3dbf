#include "tests/sim/host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/lines.h"
#include "tests/sim/sim_random.h"
#include "vm/ask.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/params.h"

const char *const HOST_BOX_NAMES[HOST_BOXES] = {"totals", "taxes", "taxed"};

enum { MIXED_BOX = 2 }; // in which order its events come is open

// A life of the run, as the host sees it.
typedef struct Visit {
    SimHost *host;
    Runtime *runtime;
    uint64_t read[HOST_BOXES]; // in this life, up to which number
} Visit;

__attribute__((format(printf, 2, 3))) static void wrong(SimHost *host, const char *format, ...) {
    if (host->wrong.length) return;
    va_list list;
    va_start(list, format);
    buf_vprintf(&host->wrong, format, list);
    va_end(list);
}

// ---- life ----

void sim_host_init(SimHost *host, uint64_t seed) {
    *host = (SimHost){.seed = seed, .random = seed};
    host->atoms = 20 + sim_below(&host->random, 60);
}

SimHost sim_host_copy(const SimHost *host) {
    SimHost copy = *host;
    copy.wrong = (Buf){0};
    for (int i = 0; i < HOST_BOXES; i++) {
        HostBox *box = &copy.boxes[i];
        const HostBox *from = &host->boxes[i];
        box->text = (Buf){0};
        buf_append(&box->text, from->text.data, from->text.length);
        box->ends = MEMORY_NEW(size_t, from->count);
        box->capacity = from->count;
        if (from->count) memcpy(box->ends, from->ends, from->count * sizeof *box->ends);
    }
    return copy;
}

void sim_host_free(SimHost *host) {
    for (int i = 0; i < HOST_BOXES; i++) {
        buf_free(&host->boxes[i].text);
        free(host->boxes[i].ends);
    }
    buf_free(&host->wrong);
}

// ---- pushing ----

// What the atom of a number is, is always the same.
static void put_atom(const SimHost *host, uint64_t number, Buf *out) {
    uint64_t random = hash_u64(host->seed + number);
    bool array = sim_coin(&random);
    uint64_t events = sim_below(&random, 5);
    if (array) buf_putc(out, '[');
    for (uint64_t i = 0; i < events; i++) {
        if (array && i) buf_puts(out, ", ");
        buf_printf(out, "{\"item\": %" PRIu64 ", \"price\": %" PRIu64 ", \"note\": \"%" PRIu64 ".%" PRIu64 "\"}",
                   sim_below(&random, 7), sim_below(&random, 100), number, i);
        if (!array) buf_putc(out, '\n');
    }
    if (array) buf_putc(out, ']');
}

static void push_wrong(SimHost *host, Inbox *inbox) {
    static const char TEXT[] = "{\"item\": 1, \"price\": 2, \"note\": \"\"}\n{\"item\": 1}";
    Pushed pushed = inbox_push_json(inbox, inbox_pushed(inbox) + 1, TEXT, sizeof TEXT - 1, ENV_POLL, NULL);
    if (pushed != PUSHED_WRONG && pushed != PUSHED_SEALED) wrong(host, "an atom that is wrong was pushed: %d", (int)pushed);
}

static void push_some(Visit *visit, Inbox *inbox) {
    SimHost *host = visit->host;
    if (inbox_acknowledged(inbox) > host->acknowledged) host->acknowledged = inbox_acknowledged(inbox);
    if (!sim_below(&host->random, 8)) push_wrong(host, inbox);
    for (uint64_t count = sim_below(&host->random, 4); count > 0; count--) {
        uint64_t number = inbox_pushed(inbox) + (sim_below(&host->random, 8) > 0);
        if (number > host->atoms || !number) break;
        Buf text = {0};
        put_atom(host, number, &text);
        uint64_t before = inbox_pushed(inbox);
        Pushed pushed = inbox_push_json(inbox, number, text.data, text.length, ENV_POLL, NULL);
        if (pushed != (number > before ? PUSHED : PUSHED_BEFORE) && pushed != PUSHED_FULL && pushed != PUSHED_SEALED)
            wrong(host, "sale %" PRIu64 " behind %" PRIu64 ": %d", number, before, (int)pushed);
        buf_free(&text);
    }
    if (host->acknowledged == host->atoms && sim_coin(&host->random)) inbox_seal(inbox);
}

// ---- asking ----

static void read_reply(SimHost *host, Asker *asker, uint64_t id) {
    Buf reply = {0};
    char expected[40];
    snprintf(expected, sizeof expected, "%" PRIu64, (1000 + id) * 1000 + 1); // it was asked once
    Answer answer = ask_reply_json(asker, id, ENV_POLL, &reply);
    if (answer != ANSWER || strcmp(buf_text(&reply), expected) != 0)
        wrong(host, "the reply to %" PRIu64 " is %s (%d)", id, buf_text(&reply), (int)answer);
    if (id <= HOST_ASKS) host->answered[id] = true;
    buf_free(&reply);
}

static bool has_all_answers(const SimHost *host) {
    for (uint64_t id = 1; id <= HOST_ASKS; id++)
        if (!host->answered[id]) return false;
    return host->asks_acknowledged == HOST_ASKS;
}

static void ask_some(Visit *visit, Asker *asker) {
    SimHost *host = visit->host;
    if (ask_acknowledged(asker) > host->asks_acknowledged) host->asks_acknowledged = ask_acknowledged(asker);
    for (uint64_t count = sim_below(&host->random, 3); count > 0 && ask_sent(asker) < HOST_ASKS; count--) {
        uint64_t id = ask_sent(asker) + 1;
        char request[20];
        snprintf(request, sizeof request, "%" PRIu64, 1000 + id);
        Pushed pushed = ask_json(asker, &id, request, strlen(request), ENV_POLL, NULL);
        if (pushed != PUSHED && pushed != PUSHED_SEALED) wrong(host, "request %" PRIu64 ": %d", id, (int)pushed);
    }
    for (uint64_t id; sim_coin(&host->random) && (id = ask_next_reply(asker));) read_reply(host, asker, id);
    if (has_all_answers(host)) ask_seal_all(visit->runtime);
}

// ---- taking ----

static void note_atom(SimHost *host, int number, uint64_t atom, const Buf *text) {
    HostBox *box = &host->boxes[number];
    if (atom > box->count + 1) {
        wrong(host, "`%s` gives atom %" PRIu64 " after %zu", HOST_BOX_NAMES[number], atom, box->count);
    } else if (atom == box->count + 1) {
        buf_append(&box->text, text->data, text->length);
        box->ends = memory_grow(box->ends, box->count, &box->capacity, sizeof *box->ends);
        box->ends[box->count++] = box->text.length;
    } else {
        size_t from = atom > 1 ? box->ends[atom - 2] : 0, size = box->ends[atom - 1] - from;
        if (size != text->length || memcmp(box->text.data + from, text->data, size) != 0)
            wrong(host, "atom %" PRIu64 " of `%s` is another one than before", atom, HOST_BOX_NAMES[number]);
    }
}

static void read_some(Visit *visit, int number, uint64_t most) {
    SimHost *host = visit->host;
    Outbox *outbox = outbox_find(visit->runtime, HOST_BOX_NAMES[number]);
    Buf text = {0}, message = {0};
    for (; most > 0 && visit->read[number] < outbox_last(outbox); most--) {
        text.length = 0;
        Read read = outbox_read_json(outbox, ++visit->read[number], &text, &message);
        if (read != READ)
            wrong(host, "atom %" PRIu64 " of `%s` cannot be read: %s", visit->read[number], HOST_BOX_NAMES[number],
                  buf_text(&message));
        else
            note_atom(host, number, visit->read[number], &text);
    }
    buf_free(&text);
    buf_free(&message);
}

static void take_some(Visit *visit, int number, bool all) {
    SimHost *host = visit->host;
    Outbox *outbox = outbox_find(visit->runtime, HOST_BOX_NAMES[number]);
    uint64_t taken = outbox_taken(outbox), read = visit->read[number];
    uint64_t next = all || read <= taken ? read : taken + sim_below(&host->random, read - taken + 1);
    outbox_take(outbox, next);
    if (next > host->boxes[number].taken) host->boxes[number].taken = next;
}

static bool act(void *user) {
    Visit *visit = user;
    push_some(visit, inbox_find(visit->runtime, "sales"));
    ask_some(visit, ask_find(visit->runtime, "tax", NULL));
    for (int i = 0; i < HOST_BOXES; i++) {
        if (sim_coin(&visit->host->random)) read_some(visit, i, 1 + sim_below(&visit->host->random, 20));
        if (sim_coin(&visit->host->random)) take_some(visit, i, false);
    }
    return true;
}

// ---- lives ----

// What was acknowledged is there, and what was not taken can be read.
static void look_at_start(Visit *visit) {
    SimHost *host = visit->host;
    uint64_t pushed = inbox_pushed(inbox_find(visit->runtime, "sales"));
    uint64_t asked = ask_sent(ask_find(visit->runtime, "tax", NULL));
    if (pushed < host->acknowledged)
        wrong(host, "sale %" PRIu64 " was acknowledged, but the run has only %" PRIu64, host->acknowledged, pushed);
    if (asked < host->asks_acknowledged)
        wrong(host, "request %" PRIu64 " was acknowledged, but the run has only %" PRIu64, host->asks_acknowledged, asked);
    for (int i = 0; i < HOST_BOXES; i++) {
        const Outbox *outbox = outbox_find(visit->runtime, HOST_BOX_NAMES[i]);
        visit->read[i] = outbox_taken(outbox);
        if (visit->read[i] > host->boxes[i].taken)
            wrong(host, "of `%s` atom %" PRIu64 " counts as taken, but %" PRIu64 " is the last", HOST_BOX_NAMES[i],
                  visit->read[i], host->boxes[i].taken);
        if (outbox_last(outbox) < host->boxes[i].count)
            wrong(host, "`%s` has %" PRIu64 " atoms, but %zu were read", HOST_BOX_NAMES[i], outbox_last(outbox),
                  host->boxes[i].count);
    }
}

static void say(Env *env, const Buf *text) {
    if (text->length) write_all(env, ENV_STDERR, text->data, text->length);
}

static int live(Visit *visit, Env *env, const Params *params) {
    Runtime *runtime = visit->runtime;
    Buf text = {0};
    int status = params_apply(params, runtime, &text) == PARAMS_RUN ? 0 : 1;
    bool is_ready = !status && runtime_setup(runtime), is_over = runtime->epochs.finished && !runtime->failure.length;
    if (!status) entry_show_notes(runtime, &text);
    say(env, &text);
    buf_free(&text);
    if (is_ready || is_over) look_at_start(visit);
    if (is_ready) runtime_run(runtime);
    for (int i = 0; i < HOST_BOXES && (is_ready || is_over); i++) {
        read_some(visit, i, UINT64_MAX);
        take_some(visit, i, true);
    }
    Asker *asker = ask_find(runtime, "tax", NULL);
    for (uint64_t id; (is_ready || is_over) && (id = ask_next_reply(asker));) read_reply(visit->host, asker, id);
    if (!runtime->failure.length && !env->stop_signal(env) && (is_ready || is_over)) host_settle(runtime);
    say(env, &runtime->failure);
    int signal = env->stop_signal(env);
    if (runtime->failure.length) return 1;
    return signal && !runtime->epochs.finished ? 128 + signal : status;
}

static void choose_limits(SimHost *host, HostOptions *options) {
    options->max_inbox = sim_coin(&host->random) ? 0 : 1000 + sim_below(&host->random, 2000);
    options->max_outbox = sim_coin(&host->random) ? 0 : 1 + sim_below(&host->random, 2000);
}

void sim_host_live(SimHost *host, const PtProgram *program, Env *env, const EntrySizes *sizes, int argc, char **argv,
                   int *status) {
    Buf text = {0};
    Params params;
    Store *store = NULL;
    Visit visit = {.host = host};
    *status = params_parse(&params, program, argc, argv, &text) == PARAMS_RUN ? 0 : 2;
    if (!*status && params.options.data && entry_open_store(program, env, sizes, params.options.data, &store, &text)) {
        Buf message = {0};
        buf_printf(&message, "error: %s\n", buf_text(&text));
        say(env, &message);
        buf_free(&message);
        *status = 1;
    }
    if (!*status) {
        choose_limits(host, &params.options.host);
        params.options.host.quiet = act;
        params.options.host.user = &visit;
        visit.runtime = runtime_new(program, env, store, &params.options);
        *status = live(&visit, env, &params);
        runtime_free(visit.runtime);
    }
    if (store) store->close(store);
    params_free(&params);
    buf_free(&text);
}

bool sim_host_agrees(const SimHost *host, const SimHost *expected, Buf *story) {
    for (int i = 0; i < HOST_BOXES; i++) {
        const Buf *text = &host->boxes[i].text, *wanted = &expected->boxes[i].text;
        bool same = i == MIXED_BOX
                        ? lines_same(text, wanted)
                        : text->length == wanted->length && (!text->length || !memcmp(text->data, wanted->data, text->length));
        if (same) continue;
        buf_printf(story, "  WRONG: `%s` has given %zu bytes instead of %zu, or others\n", HOST_BOX_NAMES[i], text->length,
                   wanted->length);
        return false;
    }
    return true;
}
