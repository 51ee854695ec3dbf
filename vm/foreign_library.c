#include "vm/foreign_library.h"

#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

// ---- names that are meant ----

// What is installed is `libz.so.1`; `libz.so` is for linkers, comes with another package, and may be a text.
typedef struct Candidate {
    const char *name; // as it was written
    char *found;      // the best one, or NULL
} Candidate;

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

// Whether the file is `name` and a version, which may lack its `lib` and `.so`.
static bool is_version_of(const char *file, const char *name) {
    if (!begins(name, "lib") && begins(file, "lib")) file += strlen("lib");
    if (!begins(file, name)) return false;
    file += strlen(name);
    if (!strstr(name, ".so")) {
        if (!begins(file, ".so")) return false;
        file += strlen(".so");
    }
    return file[0] == '.' && file[1] >= '0' && file[1] <= '9';
}

static void try_file(Candidate *candidate, const char *file) {
    if (!is_version_of(file, candidate->name)) return;
    bool better = !candidate->found || strlen(file) < strlen(candidate->found) ||
                  (strlen(file) == strlen(candidate->found) && strcmp(file, candidate->found) > 0);
    if (!better) return;
    free(candidate->found);
    candidate->found = strdup(file);
}

static void look_in(Candidate *candidate, const char *directory) {
    DIR *dir = opendir(directory);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));) try_file(candidate, entry->d_name);
    closedir(dir);
}

static void suggest(const char *library, Buf *help) {
    static const char *const DIRECTORIES[] = {
        "/lib",   "/usr/lib",   "/usr/local/lib",         "/lib/x86_64-linux-gnu",     "/usr/lib/x86_64-linux-gnu",
        "/lib64", "/usr/lib64", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"};
    Candidate candidate = {.name = library};
    for (size_t i = 0; !strchr(library, '/') && i < sizeof DIRECTORIES / sizeof *DIRECTORIES; i++)
        look_in(&candidate, DIRECTORIES[i]);
    if (candidate.found)
        buf_printf(help, "did you mean `%s`?", candidate.found);
    else if (strchr(library, '/'))
        buf_puts(help, "a name with a slash is a path, relative to the working directory");
    else
        buf_puts(help, "write the name of the file as it is installed, such as \"libz.so.1\", or a path such as \"./libown.so\"");
    free(candidate.found);
}

// ---- libraries ----

// dlerror says `NAME: cannot open shared object file: No such file or directory`, of what the library needs, too.
static void explain(const char *library, const char *error, Buf *what) {
    static const char MISSING[] = ": cannot open shared object file: No such file or directory";
    size_t size = strlen(library);
    if (strncmp(error, library, size) == 0 && strcmp(error + size, MISSING) == 0)
        buf_printf(what, "the library `%s` cannot be found", library);
    else
        buf_printf(what, "the library `%s` cannot be loaded: %s", library, error);
}

static void *load(const char *library, Buf *what, Buf *help) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle) return handle;
    const char *error = dlerror();
    explain(library, error ? error : "no reason is given", what);
    suggest(library, help);
    return NULL;
}

// ---- functions ----

static bool is_data(void *address) {
    Dl_info info;
    ElfW(Sym) *symbol = NULL;
    if (!dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol || info.dli_saddr != address) return false;
    return ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT;
}

ForeignFault foreign_find(const char *library, const char *symbol, void **address, Buf *what, Buf *help) {
    void *handle = load(library, what, help);
    *address = NULL;
    if (!handle) return FOREIGN_NO_LIBRARY;
    void *found = dlsym(handle, symbol);
    if (found && !is_data(found)) {
        *address = found;
        return FOREIGN_FOUND;
    }
    if (found)
        buf_printf(what, "`%s` of the library `%s` is no function", symbol, library);
    else
        buf_printf(what, "the library `%s` has no function `%s`", library, symbol);
    if (!found)
        buf_printf(help,
                   "`nm -D --defined-only` shows what a library has; in C++, names are changed unless it says `extern \"C\"`");
    return FOREIGN_NO_SYMBOL;
}

// ---- all of a program ----

static void put_where(const PtProgram *program, const PtForeign *foreign, const Buf *help, Buf *message) {
    const PtPosition *position = &program->positions[foreign->position];
    buf_printf(message, "  --> %s:%u:%u\n", position->file, position->line, position->column);
    if (help->length) buf_printf(message, "   = help: %.*s\n", (int)help->length, help->data);
}

bool foreign_find_all(const PtProgram *program, Buf *message) {
    bool all = true;
    for (uint64_t i = 0; i < program->extern_count && all; i++) {
        const PtForeign *foreign = &program->externs[i];
        Buf what = {0}, help = {0};
        all = foreign_find(foreign->library, foreign->symbol, foreign->address, &what, &help) == FOREIGN_FOUND;
        if (!all) {
            buf_printf(message, "error: extern `%s`: %s\n", foreign->name, buf_text(&what));
            put_where(program, foreign, &help, message);
        }
        buf_free(&what);
        buf_free(&help);
    }
    return all;
}

bool foreign_has_none(const PtProgram *program, Buf *message) {
    if (!program->extern_count) return true;
    const Buf help = {0};
    buf_printf(message, "error: extern `%s`: `--no-ffi` refuses programs that call foreign functions\n", program->externs->name);
    put_where(program, program->externs, &help, message);
    return false;
}
