// vm_testing.h - what the tests of the VM share: an environment with files in memory that can fail in chosen ways, and the
// descriptors of a few types.
#ifndef TESTS_UNIT_VM_TESTING_H
#define TESTS_UNIT_VM_TESTING_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "vm/context.h"
#include "vm/entry.h"
#include "vm/env.h"
#include "vm/library.h"
#include "vm/runtime.h"

// ---- a fake environment ----

enum { FAKE_FILES = 8, FAKE_NOWHERE = -1 };

typedef struct FakeFile {
    const char *name;
    Buf bytes;
    size_t at; // of sequential reads
    EnvKind kind;
    size_t chunk;    // reads and writes take at most so many bytes at a time; 0: all
    int64_t fail_at; // a read or write from this offset on fails with `code`; FAKE_NOWHERE: none does
    int code;
    size_t claimed_size; // what stat says instead of the size; 0: the size
    uint64_t inode;      // what stat says instead of the number; 0: the number
    size_t wait_every;   // a read that begins at a multiple of this would block once; 0: none
    size_t waited_at;
    size_t syncs; // how often it was synced
} FakeFile;

typedef struct FakeEnv {
    Env env;
    Env *real;
    FakeFile files[FAKE_FILES]; // 0 to 2: the standard ones
    uint64_t time;
    uint64_t tick; // how far each look at the clock moves it
    int64_t clock; // since 1970
    int signal;
    uint64_t signal_after; // the signal comes when it has been asked for so often
    uint64_t waits;
} FakeEnv;

static inline FakeFile *fake_file(Env *env, int file) {
    return &((FakeEnv *)env)->files[file];
}

static inline int fake_open(Env *env, const char *path, EnvOpen mode) {
    FakeEnv *fake = (FakeEnv *)env;
    for (int i = 3; i < FAKE_FILES; i++) {
        FakeFile *file = &fake->files[i];
        if (!file->name && mode != ENV_READ) *file = (FakeFile){.name = path, .fail_at = FAKE_NOWHERE};
        if (file->name && strcmp(file->name, path) == 0) return i;
    }
    return -ENOENT;
}

static inline int fake_close(Env *env, int file) {
    return fake_file(env, file)->code == -EDQUOT ? -EDQUOT : 0;
}

static inline int fake_stat(Env *env, int file, EnvStat *out) {
    FakeFile *f = fake_file(env, file);
    *out = (EnvStat){.kind = f->kind, .size = f->claimed_size ? f->claimed_size : f->bytes.length};
    out->inode = f->inode ? f->inode : (uint64_t)file;
    return 0;
}

static inline int fake_resize(Env *env, int file, uint64_t size) {
    Buf *bytes = &fake_file(env, file)->bytes;
    if (size > bytes->length) memset(buf_reserve(bytes, size - bytes->length), 0, size - bytes->length);
    bytes->length = (size_t)size;
    return 0;
}

static inline int fake_allocate(Env *env, int file, uint64_t size) {
    return size > fake_file(env, file)->bytes.length ? fake_resize(env, file, size) : 0;
}

static inline int fake_sync(Env *env, int file) {
    FakeFile *f = fake_file(env, file);
    f->syncs++;
    return f->fail_at >= 0 && f->bytes.length >= (size_t)f->fail_at ? f->code : 0;
}

static inline size_t fake_limit(const FakeFile *f, size_t at, size_t size) {
    if (f->chunk && size > f->chunk) size = f->chunk;
    if (f->fail_at >= 0 && at + size > (size_t)f->fail_at) size = (size_t)f->fail_at - at;
    return size;
}

static inline int64_t fake_read_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    FakeFile *f = fake_file(env, file);
    if (f->fail_at >= 0 && offset >= (uint64_t)f->fail_at) return f->code;
    size_t rest = offset < f->bytes.length ? f->bytes.length - offset : 0;
    size = fake_limit(f, offset, size < rest ? size : rest);
    if (size) memcpy(to, f->bytes.data + offset, size);
    return (int64_t)size;
}

static inline int64_t fake_read(Env *env, int file, void *to, size_t size) {
    FakeFile *f = fake_file(env, file);
    int64_t got = fake_read_at(env, file, to, size, f->at);
    if (got > 0) f->at += (size_t)got;
    return got;
}

static inline int64_t fake_write(Env *env, int file, const void *bytes, size_t size) {
    FakeFile *f = fake_file(env, file);
    if (f->fail_at >= 0 && f->bytes.length >= (size_t)f->fail_at) return f->code;
    size = fake_limit(f, f->bytes.length, size);
    buf_append(&f->bytes, bytes, size);
    return (int64_t)size;
}

static inline int64_t fake_write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    FakeFile *f = fake_file(env, file);
    if (f->fail_at >= 0 && offset >= (uint64_t)f->fail_at) return f->code;
    size = fake_limit(f, offset, size);
    fake_allocate(env, file, offset + size);
    if (size) memcpy(f->bytes.data + offset, bytes, size);
    return (int64_t)size;
}

static inline int fake_map(Env *env, int file, size_t size, const void **out) {
    (void)size;
    *out = fake_file(env, file)->bytes.data;
    return 0;
}

static inline void fake_unmap(Env *env, const void *start, size_t size) {
    (void)env, (void)start, (void)size;
}

static inline int fake_lock(Env *env, int file) {
    (void)env, (void)file;
    return 0;
}

static inline int fake_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    if (time && time != ENV_BLOCK) ((FakeEnv *)env)->time += time;
    if (time == ENV_BLOCK) {
        ((FakeEnv *)env)->waits++;
        return 1;
    }
    int ready = 0;
    for (size_t i = 0; i < count; i++) {
        FakeFile *f = fake_file(env, files[i]);
        bool first = f->wait_every && f->at % f->wait_every == 0 && f->waited_at != f->at + 1;
        if (first) f->waited_at = f->at + 1;
        ready += !first;
    }
    return ready;
}

static inline uint64_t fake_now(Env *env) {
    return ((FakeEnv *)env)->time += ((FakeEnv *)env)->tick;
}

static inline int64_t fake_clock(Env *env) {
    return ((FakeEnv *)env)->clock;
}

static inline int fake_stop_signal(Env *env) {
    FakeEnv *fake = (FakeEnv *)env;
    if (fake->signal_after) fake->signal_after--;
    return fake->signal_after ? 0 : fake->signal;
}

static inline void fake_run_all(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    Env *real = ((FakeEnv *)env)->real;
    real->run_all(real, count, body, argument);
}

// Files are in memory, time is counted, there are no directories, and everything else is real.
static inline void fake_init(FakeEnv *fake) {
    *fake = (FakeEnv){.real = env_real_new(), .tick = 1000};
    fake->env = *fake->real;
    fake->env.open = fake_open;
    fake->env.close = fake_close;
    fake->env.stat = fake_stat;
    fake->env.resize = fake_resize;
    fake->env.allocate = fake_allocate;
    fake->env.sync = fake_sync;
    fake->env.read = fake_read;
    fake->env.read_at = fake_read_at;
    fake->env.write = fake_write;
    fake->env.write_at = fake_write_at;
    fake->env.map = fake_map;
    fake->env.unmap = fake_unmap;
    fake->env.lock = fake_lock;
    fake->env.make_directory = NULL;
    fake->env.list = NULL;
    fake->env.rename = NULL;
    fake->env.remove = NULL;
    fake->env.sync_directory = NULL;
    fake->env.run_all = fake_run_all;
    fake->env.wait_readable = fake_wait_readable;
    fake->env.now = fake_now;
    fake->env.now_roughly = fake_now;
    fake->env.clock = fake_clock;
    fake->env.stop_signal = fake_stop_signal;
    for (int i = 0; i < FAKE_FILES; i++) fake->files[i].fail_at = FAKE_NOWHERE;
    for (int i = 0; i < 3; i++) fake->files[i].kind = ENV_OTHER;
}

static inline void fake_free(FakeEnv *fake) {
    for (int i = 0; i < FAKE_FILES; i++) buf_free(&fake->files[i].bytes);
    env_real_free(fake->real);
}

// A file with a content, for reading.
static inline FakeFile *fake_add(FakeEnv *fake, int number, const char *name, const char *bytes, size_t size) {
    FakeFile *file = &fake->files[number];
    file->name = name;
    buf_append(&file->bytes, bytes, size);
    return file;
}

static inline const char *fake_text(FakeEnv *fake, int file) {
    return buf_text(&fake->files[file].bytes);
}

// ---- types ----

static const PtDesc UNIT = {.name = "()", .kind = PT_UNIT, .size = 0, .align = 1};
static const PtDesc INT = {.name = "Int", .kind = PT_INT, .size = 8, .align = 8};
static const PtDesc FLOAT = {.name = "Float", .kind = PT_FLOAT, .size = 8, .align = 8};
static const PtDesc BOOL = {.name = "Bool", .kind = PT_BOOL, .size = 1, .align = 1};
static const PtDesc STRING = {.name = "String", .kind = PT_STRING, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc INTS = {.name = "List[Int]", .elem = &INT, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc STRINGS = {
    .name = "List[String]", .elem = &STRING, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

// (Int, String)
typedef struct Pair {
    int64_t number;
    PtString text;
} Pair;

static const PtField PAIR_FIELDS[] = {{NULL, &INT, 0, 0}, {NULL, &STRING, 8, 0}};
static const PtVariant PAIR_VARIANT[] = {{NULL, PAIR_FIELDS, 2}};
static const PtDesc PAIR = {.name = "(Int, String)",
                            .variants = PAIR_VARIANT,
                            .variant_count = 1,
                            .kind = PT_STRUCT,
                            .size = 24,
                            .align = 8,
                            .has_pointers = 1};
static const PtDesc PAIRS = {
    .name = "List[(Int, String)]", .elem = &PAIR, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

// enum Chain { Link(value: Int, next: Chain), End }
typedef struct Chain {
    int64_t tag;
    int64_t value;
    struct Chain *next;
} Chain;

enum { CHAIN_LINK, CHAIN_END };

static const PtDesc CHAIN;
static const PtField CHAIN_FIELDS[] = {{"value", &INT, 8, 0}, {"next", &CHAIN, 16, 1}};
static const PtVariant CHAIN_VARIANTS[] = {{"Link", CHAIN_FIELDS, 2}, {"End", NULL, 0}};
static const PtDesc CHAIN = {
    .name = "Chain", .variants = CHAIN_VARIANTS, .variant_count = 2, .kind = PT_ENUM, .size = 24, .align = 8, .has_pointers = 1};

// A chain of 0, 1, ... size - 1, in one piece of memory that the caller frees.
static inline Chain *chain_new(int64_t size) {
    Chain *links = calloc((size_t)size + 1, sizeof(Chain));
    for (int64_t i = 0; i < size; i++) links[i] = (Chain){CHAIN_LINK, i, &links[i + 1]};
    links[size].tag = CHAIN_END;
    return links;
}

static inline PtString text_of(const char *text) {
    return (PtString){text, (int64_t)strlen(text)};
}

static inline bool text_is(PtString string, const char *text) {
    return (size_t)string.size == strlen(text) && (!string.size || memcmp(string.data, text, (size_t)string.size) == 0);
}

// ---- a context without a program ----

static const PtProgram NO_PROGRAM = {.abi = PT_ABI, .name = "none"};

typedef struct Scene {
    FakeEnv fake;
    Runtime *runtime;
    PtContext *context;
} Scene;

static inline void scene_init(Scene *scene, const PtProgram *program, uint64_t max_atom) {
    fake_init(&scene->fake);
    scene->runtime = runtime_new(program, &scene->fake.env, NULL, &(RuntimeOptions){.max_atom = max_atom});
    scene->context = &scene->runtime->partitions[0].context;
}

static inline void scene_free(Scene *scene) {
    runtime_free(scene->runtime);
    fake_free(&scene->fake);
}

#endif
