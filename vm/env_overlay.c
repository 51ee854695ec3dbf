#include "vm/env_overlay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "vm/env_io.h"
#include "vm/env_wrap.h"
#include "vm/memory.h"

// A file that is not what it is outside.
typedef struct Layer {
    char *path; // the real one
    char *copy; // where it lies; NULL: it is gone
} Layer;

typedef struct Overlay {
    EnvWrap wrap;
    Layer *layers;
    size_t count;
    size_t capacity;
    char *scratch; // the directory of the copies
    bool is_made;  // it is there
    uint64_t next; // number of a copy
} Overlay;

enum { COPIED_AT_ONCE = 1 << 20 };

static Overlay *overlay_of(Env *env) {
    return (Overlay *)env;
}

// ---- paths ----

static char *join(const char *directory, const char *name) {
    Buf path = {0};
    buf_printf(&path, "%s/%s", directory, name);
    buf_putc(&path, '\0');
    return path.data;
}

// The real path, also of what is not there: then that of its directory, and its name. NULL, with errno, if there is no such
// directory.
static char *real_path(const char *path) {
    char *whole = realpath(path, NULL);
    if (whole || errno != ENOENT) return whole;
    const char *slash = strrchr(path, '/');
    char *front = slash ? memory_new((size_t)(slash - path) + 2, 1) : NULL;
    if (front) memcpy(front, path, slash == path ? 1 : (size_t)(slash - path));
    char *directory = realpath(front ? front : ".", NULL);
    free(front);
    if (!directory) return NULL;
    whole = join(strcmp(directory, "/") == 0 ? "" : directory, slash ? slash + 1 : path);
    free(directory);
    return whole;
}

static Layer *find(const Overlay *overlay, const char *real) {
    for (size_t i = 0; i < overlay->count; i++)
        if (strcmp(overlay->layers[i].path, real) == 0) return &overlay->layers[i];
    return NULL;
}

// Takes over `real`.
static Layer *find_or_add(Overlay *overlay, char *real) {
    Layer *found = find(overlay, real);
    if (found) {
        free(real);
        return found;
    }
    overlay->layers = memory_grow(overlay->layers, overlay->count, &overlay->capacity, sizeof(Layer));
    overlay->layers[overlay->count] = (Layer){.path = real};
    return &overlay->layers[overlay->count++];
}

// ---- copies ----

// The name of a new one; NULL with *code.
static char *new_copy(Overlay *overlay, int *code) {
    Env *inner = overlay->wrap.inner;
    *code = overlay->is_made ? 0 : inner->make_directory(inner, overlay->scratch);
    if (*code) return NULL;
    overlay->is_made = true;
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)overlay->next++);
    return join(overlay->scratch, name);
}

static int copy_bytes(Env *inner, int from, int to, uint64_t size) {
    char *bytes = memory_new(COPIED_AT_ONCE, 1);
    int code = 0;
    for (uint64_t at = 0; at < size && !code;) {
        size_t part = size - at < COPIED_AT_ONCE ? (size_t)(size - at) : COPIED_AT_ONCE;
        code = read_exactly_at(inner, from, bytes, part, at);
        if (!code) code = write_all_at(inner, to, bytes, part, at);
        at += part;
    }
    free(bytes);
    return code;
}

// A file that can be read is copied; of what is none, or not there, the copy is empty.
static int fill_copy(Env *inner, const char *path, const char *copy) {
    int to = inner->open(inner, copy, ENV_WRITE);
    if (to < 0) return to;
    int from = inner->open(inner, path, ENV_READ), code = from < 0 && from != -ENOENT ? from : 0;
    EnvStat stat;
    if (from >= 0) {
        code = inner->stat(inner, from, &stat);
        if (!code && stat.kind == ENV_DIRECTORY) code = -EISDIR;
        if (!code && stat.kind == ENV_FILE) code = copy_bytes(inner, from, to, stat.size);
        inner->close(inner, from);
    }
    inner->close(inner, to);
    return code;
}

// Gives the layer a copy: of what is outside, or (`from` NULL) an empty one.
static int give_copy(Overlay *overlay, Layer *layer, const char *from) {
    Env *inner = overlay->wrap.inner;
    int code;
    char *copy = new_copy(overlay, &code);
    if (!copy) return code;
    code = fill_copy(inner, from ? from : copy, copy);
    if (code) {
        inner->remove(inner, copy);
        free(copy);
    } else {
        layer->copy = copy;
    }
    return code;
}

// A pipe waits for somebody at its other end: it is not opened to be copied.
static bool is_special(const char *real) {
    struct stat st;
    return stat(real, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

// ---- files ----

static int open_for_writing(Overlay *overlay, const char *path, EnvOpen mode) {
    Env *inner = overlay->wrap.inner;
    char *real = real_path(path);
    if (!real) return -errno;
    size_t known = overlay->count;
    Layer *layer = find_or_add(overlay, real);
    bool is_new = overlay->count > known;
    int code = layer->copy ? 0 : give_copy(overlay, layer, is_new && !is_special(layer->path) ? layer->path : NULL);
    if (!code) return inner->open(inner, layer->copy, mode);
    if (is_new) free(overlay->layers[--overlay->count].path);
    return code;
}

static int overlay_open(Env *env, const char *path, EnvOpen mode) {
    Overlay *overlay = overlay_of(env);
    Env *inner = overlay->wrap.inner;
    if (mode != ENV_READ) return open_for_writing(overlay, path, mode);
    char *real = real_path(path);
    const Layer *layer = real ? find(overlay, real) : NULL;
    free(real);
    if (!layer) return inner->open(inner, path, mode);
    return layer->copy ? inner->open(inner, layer->copy, mode) : -ENOENT;
}

// Nothing of it is to last.
static int overlay_sync(Env *env, int file) {
    (void)env, (void)file;
    return 0;
}

static int overlay_sync_directory(Env *env, const char *path) {
    (void)env, (void)path;
    return 0;
}

// ---- directories ----

static int overlay_make_directory(Env *env, const char *path) {
    char *real = realpath(path, NULL);
    int code = real ? 0 : -errno;
    free(real);
    (void)env;
    return code == -ENOENT ? -EROFS : code;
}

typedef struct Listing {
    const Overlay *overlay;
    const char *directory; // the real path
    void (*visit)(void *user, const char *name);
    void *user;
} Listing;

static void visit_outside(void *user, const char *name) {
    const Listing *listing = user;
    char *path = join(listing->directory, name);
    if (!find(listing->overlay, path)) listing->visit(listing->user, name);
    free(path);
}

static int overlay_list(Env *env, const char *path, void (*visit)(void *user, const char *name), void *user) {
    const Overlay *overlay = overlay_of(env);
    Env *inner = overlay->wrap.inner;
    char *real = realpath(path, NULL);
    if (!real) return -errno;
    Listing listing = {overlay, real, visit, user};
    int code = inner->list(inner, path, visit_outside, &listing);
    size_t size = strlen(real);
    for (size_t i = 0; i < overlay->count && !code; i++) {
        const Layer *layer = &overlay->layers[i];
        const char *name = strncmp(layer->path, real, size) == 0 && layer->path[size] == '/' ? layer->path + size + 1 : NULL;
        if (name && layer->copy && !strchr(name, '/')) visit(user, name);
    }
    free(real);
    return code;
}

// 0 if there is something at the path. Without opening it: that might be a pipe.
static int look_for(const Overlay *overlay, const char *real) {
    const Layer *layer = find(overlay, real);
    struct stat st;
    if (layer) return layer->copy ? 0 : -ENOENT;
    return stat(real, &st) == 0 ? 0 : -errno;
}

// What is outside stays there, and is seen no more.
static int hide(Overlay *overlay, const char *path) {
    Env *inner = overlay->wrap.inner;
    char *real = real_path(path);
    int code = real ? look_for(overlay, real) : -errno;
    if (code) {
        free(real);
        return code;
    }
    Layer *layer = find_or_add(overlay, real);
    if (layer->copy) inner->remove(inner, layer->copy);
    free(layer->copy);
    layer->copy = NULL;
    return 0;
}

static int overlay_remove(Env *env, const char *path) {
    return hide(overlay_of(env), path);
}

static int overlay_rename(Env *env, const char *from, const char *to) {
    Overlay *overlay = overlay_of(env);
    Env *inner = overlay->wrap.inner;
    char *real_from = real_path(from), *real_to = real_from ? real_path(to) : NULL;
    int file = real_to ? look_for(overlay, real_from) : -errno;
    if (!file) file = open_for_writing(overlay, from, ENV_WRITE);
    if (file < 0) {
        free(real_from);
        free(real_to);
        return file;
    }
    inner->close(inner, file);
    Layer *target = find_or_add(overlay, real_to);
    Layer *source = find(overlay, real_from);
    free(real_from);
    if (source == target) return 0;
    if (target->copy) inner->remove(inner, target->copy);
    free(target->copy);
    target->copy = source->copy;
    source->copy = NULL;
    return 0;
}

// ---- life ----

Env *env_overlay_new(Env *inner) {
    Overlay *overlay = MEMORY_NEW(Overlay, 1);
    env_wrap_init(&overlay->wrap, inner);
    Env *env = &overlay->wrap.env;
    env->open = overlay_open;
    env->sync = overlay_sync;
    env->make_directory = overlay_make_directory;
    env->list = overlay_list;
    env->rename = overlay_rename;
    env->remove = overlay_remove;
    env->sync_directory = overlay_sync_directory;
    Buf scratch = {0};
    buf_printf(&scratch, "%s-%llx", inner->scratch, (unsigned long long)inner->random(inner));
    buf_putc(&scratch, '\0');
    overlay->scratch = scratch.data;
    return env;
}

void env_overlay_free(Env *env) {
    Overlay *overlay = overlay_of(env);
    Env *inner = overlay->wrap.inner;
    for (size_t i = 0; i < overlay->count; i++) {
        if (overlay->layers[i].copy) inner->remove(inner, overlay->layers[i].copy);
        free(overlay->layers[i].copy);
        free(overlay->layers[i].path);
    }
    if (overlay->is_made) inner->remove(inner, overlay->scratch);
    free(overlay->layers);
    free(overlay->scratch);
    free(overlay);
}

size_t env_overlay_copies(const Env *env) {
    const Overlay *overlay = (const Overlay *)env;
    size_t copies = 0;
    for (size_t i = 0; i < overlay->count; i++) copies += overlay->layers[i].copy != NULL;
    return copies;
}
