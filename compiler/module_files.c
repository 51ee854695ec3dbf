#include "compiler/module_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/embed.h"
#include "compiler/file.h"

const char *module_file_identity(Arena *arena, const char *path) {
    char *real = realpath(path, NULL);
    if (!real) return NULL;
    const char *identity = arena_copy_string(arena, real, strlen(real));
    free(real);
    return identity;
}

// ---- modules -----------------------------------------------------------------------------------------------------------

static const char ENDING[] = ".portals";

// The length of the directory in a path, with its slash; 0 if it has none.
static int directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash + 1 - path) : 0;
}

static const EmbeddedFile *shipped_module(const char *name) {
    int count;
    const EmbeddedFile *modules = embed_imported(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(modules[i].name, name) == 0) return &modules[i];
    return NULL;
}

static Found find(void *data, const char *from, Symbol name, ModuleFile *file) {
    Context *context = data;
    file->path = arena_printf(context->arena, "%.*s%s%s", directory_length(from), from, name, ENDING);
    file->identity = module_file_identity(context->arena, file->path);
    file->shipped = NULL;
    if (!file->identity && errno == ENOENT) {
        file->shipped = shipped_module(name);
        if (!file->shipped) return FOUND_NOTHING;
        file->path = file->identity = arena_printf(context->arena, "<stdlib>/%s%s", name, ENDING);
    }
    if (!file->identity) file->identity = file->path; // reading it will say what is wrong
    return FOUND_FILE;
}

static bool read_module(void *data, const ModuleFile *file, const char **text, size_t *length, const char **reason) {
    Context *context = data;
    if (file->shipped) {
        const EmbeddedFile *module = file->shipped;
        *text = module->text;
        *length = module->size;
        return true;
    }
    Buf bytes = {0};
    bool fine = file_read(file->path, &bytes);
    *reason = fine ? NULL : strerror(errno);
    *length = bytes.length;
    *text = arena_copy_string(context->arena, buf_text(&bytes), bytes.length);
    buf_free(&bytes);
    return fine;
}

typedef struct Names {
    VEC(const char *) items;
} Names;

// The modules in a directory, but for one of the name that is looked for.
static void add_file_names(Context *context, const char *directory, Symbol name, Names *names) {
    DIR *listing = opendir(directory);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        size_t length = strlen(entry->d_name), ending = sizeof ENDING - 1;
        if (length <= ending || strcmp(entry->d_name + length - ending, ENDING) != 0) continue;
        if (length - ending == strlen(name) && strncmp(entry->d_name, name, length - ending) == 0) continue; // leads nowhere
        vec_push(context->arena, &names->items, arena_copy_string(context->arena, entry->d_name, length - ending));
    }
    if (listing) closedir(listing);
}

static const char *similar(void *data, const char *from, Symbol name) {
    Context *context = data;
    Names names = {0};
    int length = directory_length(from);
    add_file_names(context, length ? arena_copy_string(context->arena, from, (size_t)length) : ".", name, &names);
    for (int i = 0; i < context->modules.count; i++)
        if (context->modules.items[i]->library) vec_push(context->arena, &names.items, context->modules.items[i]->name);
    int count;
    const EmbeddedFile *modules = embed_imported(&count);
    for (int i = 0; i < count; i++) vec_push(context->arena, &names.items, modules[i].name);
    return diag_nearest(name, names.items.items, names.items.count);
}

Loader module_files_loader(Context *context) {
    return (Loader){.data = context, .find = find, .read = read_module, .similar = similar};
}
