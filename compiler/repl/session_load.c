// session_load.c - files at the prompt: those that are loaded, the modules that are imported, and all definitions as one program.
#include "compiler/repl/session_internal.h"
#include "lang/topology_dot.h"
#include "lang/topology_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/file.h"
#include "compiler/module_files.h"
#include "vm/memory.h"

// ---- modules ---------------------------------------------------------------------------------------------------------

// A module that was read, and stays as it was then until an import, or a file, is read anew.
typedef struct ModuleText {
    char *identity;
    char *text;
    size_t length;
} ModuleText;

void session_forget_modules(Session *session) {
    for (int i = 0; i < session->modules.count; i++) {
        ModuleText *module = session->modules.items[i];
        free(module->identity);
        free(module->text);
        free(module);
    }
    session->modules.count = 0;
}

static ModuleText *find_text(const Session *session, const char *identity) {
    for (int i = 0; i < session->modules.count; i++) {
        ModuleText *module = session->modules.items[i];
        if (strcmp(module->identity, identity) == 0) return module;
    }
    return NULL;
}

static void remember(Session *session, const char *identity, const char *text, size_t length) {
    ModuleText *module = MEMORY_NEW(ModuleText, 1);
    *module = (ModuleText){session_copy(identity, strlen(identity)), session_copy(text, length), length};
    vec_push(&session->arena, &session->modules, module);
}

static Found find(void *data, const char *from, Symbol name, ModuleFile *file) {
    Build *build = data;
    return build->loader.find(build->loader.data, from, name, file);
}

static bool read_module(void *data, const ModuleFile *file, const char **text, size_t *length, const char **reason) {
    Build *build = data;
    const ModuleText *known = file->shipped ? NULL : find_text(build->session, file->identity);
    if (known) {
        *text = known->text;
        *length = known->length;
        return true;
    }
    if (!build->loader.read(build->loader.data, file, text, length, reason)) return false;
    if (!file->shipped) remember(build->session, file->identity, *text, *length);
    return true;
}

static const char *similar(void *data, const char *from, Symbol name) {
    Build *build = data;
    return build->loader.similar(build->loader.data, from, name);
}

Loader session_loader(Build *build) {
    build->loader = module_files_loader(&build->context);
    return (Loader){.data = build, .find = find, .read = read_module, .similar = similar};
}

// ---- files -----------------------------------------------------------------------------------------------------------

bool session_load(Session *session, const char *path, Buf *out) {
    Buf bytes = {0};
    if (!file_read(path, &bytes)) {
        buf_printf(out, "error: cannot read `%s`: %s\n", path, strerror(errno));
        buf_free(&bytes);
        return false;
    }
    Text *text = text_new(path, bytes.data ? bytes.data : "", bytes.length);
    buf_free(&bytes);
    session_forget_modules(session);
    Entered entered = session_define(session, text, session_word(session, path), out);
    text_release(text);
    return entered == ENTERED_DEFINITION;
}

// ---- programs --------------------------------------------------------------------------------------------------------

static void add_all(Build *build) {
    Session *session = build->session;
    for (int i = 0; i < session->all.count; i++) {
        Definition *definition = session->all.items[i];
        if (definition->is_it) continue;
        build_add(build, definition, build_form_of(definition, false));
    }
    build->wanted.count = 0; // all of it is there
}

// All definitions as one program; without any, it has a file, too.
static bool check_all(Build *build) {
    build->looked_at = text_new("<run>", "", 0);
    build_text(build, build->looked_at);
    build->own = UINT32_MAX; // what was warned of is known
    add_all(build);
    build->context.prompt = false; // nothing more comes
    return build_check(build);
}

bool session_compile(Session *session, SessionProgram *out, Buf *complaint) {
    SessionCode *code = MEMORY_NEW(SessionCode, 1);
    code->stays = true;
    Build *build = &code->build;
    build_begin(session, build);
    build->asks_from_outside = build->stays = true;
    bool compiled = check_all(build) && build_lower(build, TESTS_LEFT_OUT) &&
                    code_make(session, build->core, OPTIMISE_TO_START, code, &build->error);
    build_say(build, complaint);
    *out = (SessionProgram){code->program, code, session->version};
    if (!compiled) session_program_free(out);
    return compiled;
}

void session_program_free(SessionProgram *program) {
    if (program->code) {
        code_drop(program->code);
        build_end(&program->code->build);
        free(program->code);
    }
    *program = (SessionProgram){0};
}

bool session_graph(Session *session, GraphForm form, Buf *out, Buf *complaint) {
    Build build;
    build_begin(session, &build);
    if (check_all(&build)) build.topology = topology_build(&build.context, build.program);
    build_say(&build, complaint);
    bool fine = build.topology;
    if (fine && form == GRAPH_TEXT) topology_text(&build.context, build.topology, out);
    if (fine && form == GRAPH_DOT) topology_dot(&build.context, build.program, build.topology, DOT_FULL, out);
    build_end(&build);
    return fine;
}
