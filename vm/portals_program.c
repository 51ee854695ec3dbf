// Programs as shared objects: loading, and what they have.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "vm/ask.h"
#include "vm/env_guest.h"
#include "vm/memory.h"
#include "vm/portals_internal.h"

int portals_version(void) {
    return PORTALS_VERSION;
}

int portals_abi(void) {
    return PT_ABI;
}

// ---- life ----

void portals_program_use(PortalsProgram *program) {
    atomic_fetch_add(&program->uses, 1);
}

static void free_program(PortalsProgram *program) {
    for (int kind = 0; kind < PORTALS_KINDS; kind++) free(program->items[kind].items);
    if (program->library) dlclose(program->library);
    free(program);
}

void portals_program_drop(PortalsProgram *program) {
    if (atomic_fetch_sub(&program->uses, 1) == 1) free_program(program);
}

void portals_unload(PortalsProgram *program) {
    if (program) portals_program_drop(program);
}

// ---- what there is ----

static void add_item(PortalsProgram *program, PortalsKind kind, PortalsItem item) {
    PortalsItems *items = &program->items[kind];
    items->items = memory_grow(items->items, items->count, &items->capacity, sizeof item);
    items->items[items->count++] = item;
}

// A run knows what it has of the host's, also one that never begins. The names are texts of the program.
static void list_boxes(PortalsProgram *program, Runtime *runtime) {
    for (size_t i = 0; i < inbox_count(runtime); i++) {
        const Inbox *inbox = inbox_at(runtime, i);
        add_item(program, PORTALS_INBOX, (PortalsItem){.name = inbox_name(inbox), .type = inbox_desc(inbox)->name});
    }
    for (size_t i = 0; i < outbox_count(runtime); i++) {
        const Outbox *outbox = outbox_at(runtime, i);
        add_item(program, PORTALS_OUTBOX, (PortalsItem){.name = outbox_name(outbox), .type = outbox_desc(outbox)->name});
    }
    for (size_t i = 0; i < ask_count(runtime); i++) {
        const Asker *asker = ask_at(runtime, i);
        add_item(
            program, PORTALS_PORTAL,
            (PortalsItem){.name = ask_name(asker), .type = ask_request_desc(asker)->name, .reply = ask_reply_desc(asker)->name});
    }
    for (uint64_t i = 0; i < program->code->param_count; i++) {
        const PtParam *param = &program->code->params[i];
        add_item(program, PORTALS_PARAM, (PortalsItem){.name = param->name, .type = param->desc->name, .doc = param->doc});
    }
}

static int list_items(PortalsProgram *program) {
    Env *env = env_guest_new(&(EnvGuestOptions){0});
    if (!env) return PORTALS_E_MEMORY;
    RuntimeOptions options = {.max_atom = DEFAULT_MAX_ATOM};
    Runtime *runtime = runtime_new(program->code, env, NULL, &options);
    if (runtime) {
        list_boxes(program, runtime);
        runtime_free(runtime);
    }
    env_guest_free(env);
    return runtime ? PORTALS_OK : PORTALS_E_MEMORY;
}

const char *portals_name(const PortalsProgram *program) {
    return program ? program->code->name : "";
}

size_t portals_count(const PortalsProgram *program, PortalsKind kind) {
    return program && (unsigned)kind < PORTALS_KINDS ? program->items[kind].count : 0;
}

int portals_item(const PortalsProgram *program, PortalsKind kind, size_t index, PortalsItem *item) {
    if (!item || index >= portals_count(program, kind)) return PORTALS_E_ARGUMENT;
    *item = program->items[kind].items[index];
    return PORTALS_OK;
}

bool portals_is_name(const PortalsProgram *program, PortalsKind kind, const char *name) {
    const PortalsItems *items = &program->items[kind];
    for (size_t i = 0; i < items->count; i++)
        if (strcmp(items->items[i].name, name) == 0) return true;
    return false;
}

int portals_no_name(const PortalsProgram *program, PortalsKind kind, const char *name, Buf *message) {
    static const char *const ONE[PORTALS_KINDS] = {"inbox", "outbox", "portal", "param"};
    static const char *const MANY[PORTALS_KINDS] = {"inboxes", "outboxes", "portals", "params"};
    const PortalsItems *items = &program->items[kind];
    portals_say(message, 0, "the program has no %s `%s`", ONE[kind], name);
    if (items->count) buf_printf(message, "; its %s are", MANY[kind]);
    for (size_t i = 0; i < items->count; i++) buf_printf(message, "%s `%s`", i ? "," : "", items->items[i].name);
    return PORTALS_E_NAME;
}

// ---- loading ----

typedef struct Load {
    const char *path;
    PortalsProgram *program;
} Load;

// Function by function, since one that was made for another version may need some that are not there: that it is of another
// version can be said only after it is there.
static int open_library(Load *load, Buf *message) {
    PortalsProgram *program = load->program;
    program->library = dlopen(load->path, RTLD_LAZY | RTLD_LOCAL);
    if (!program->library) return portals_say(message, PORTALS_E_LOAD, "cannot load the program: %s", dlerror());
    program->code = dlsym(program->library, "pt_program");
    if (!program->code)
        return portals_say(message, PORTALS_E_PROGRAM,
                           "%s is no program of Portals: it has no `pt_program`; `portals build --shared` makes one", load->path);
    if (program->code->abi != PT_ABI)
        return portals_say(message, PORTALS_E_ABI,
                           "%s was compiled for interface %llu of Portals, and this library has interface %d: build it again",
                           load->path, (unsigned long long)program->code->abi, PT_ABI);
    void *again = dlopen(load->path, RTLD_NOW | RTLD_LOCAL);
    if (!again) return portals_say(message, PORTALS_E_ABI, "%s needs another version of libportals: %s", load->path, dlerror());
    dlclose(again);
    return PORTALS_OK;
}

static int load_program(void *argument, Buf *message) {
    Load *load = argument;
    load->program = MEMORY_NEW(PortalsProgram, 1);
    atomic_init(&load->program->uses, 1);
    int code = open_library(load, message);
    return code ? code : list_items(load->program);
}

int portals_load(const char *path, PortalsProgram **program, PortalsError *error) {
    Load load = {path, NULL};
    if (program) *program = NULL;
    if (!path || !program) return portals_call(portals_wrong_argument, path ? "program" : "path", error);
    int code = portals_call(load_program, &load, error);
    if (code && load.program) free_program(load.program);
    if (!code) *program = load.program;
    return code;
}
