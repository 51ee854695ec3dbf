#include "tests/sim/env_sim.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_random.h"
#include "vm/memory.h"

enum { BELL = 1 << 20 }; // the one that there is: no file, so no I/O step
enum { FIRST_FILE = ENV_STDERR + 1, MAX_TICK = 100000, SLOW_ONE_IN = 4 };

// A file that is open.
typedef struct SimOpen {
    SimNode *node;
    EnvOpen mode;
    uint64_t at; // of `read` and `write`
} SimOpen;

typedef struct SimEnv {
    Env env;
    Env *real; // for memory
    SimDisk *disk;
    SimOptions options;
    SimOpen **files; // by number, from FIRST_FILE on; NULL: free
    size_t file_count, file_capacity;
    Buf outputs[2]; // standard output and error
    size_t input_at;
    uint64_t random, time, steps, changes, syncs;
    bool crashed;
    bool partial; // during the step at which it crashes: it still happens, perhaps not all of it
} SimEnv;

static SimEnv *sim_of(const Env *env) {
    return (SimEnv *)(uintptr_t)env;
}

// ---- steps ----

void sim_sites_free(SimSites *sites) {
    free(sites->sites);
    *sites = (SimSites){0};
}

static void note_site(SimSites *sites, const void *address, const void *caller, bool crashes) {
    size_t i = 0;
    while (i < sites->count && (sites->sites[i].address != address || sites->sites[i].caller != caller)) i++;
    if (i == sites->count) {
        sites->sites = memory_grow(sites->sites, sites->count, &sites->capacity, sizeof *sites->sites);
        sites->sites[sites->count++] = (SimSite){.address = address, .caller = caller};
    }
    sites->sites[i].steps++;
    sites->sites[i].crashes += crashes;
}

typedef enum StepKind { STEP_LOOKS, STEP_CHANGES, STEP_SYNCS } StepKind;

static bool is_crash_point(const SimEnv *sim, StepKind kind) {
    const SimOptions *options = &sim->options;
    return sim->steps == options->crash_at || (kind != STEP_LOOKS && sim->changes == options->crash_at_change) ||
           (kind == STEP_SYNCS && sim->syncs == options->crash_at_sync);
}

// Makes an I/O step. Below 0: that is its result; it happens nevertheless if `partial` is set.
static int make_step(SimEnv *sim, StepKind kind, const void *address, const void *caller) {
    sim->partial = false;
    if (sim->crashed) return -EIO;
    sim->steps++;
    sim->changes += kind != STEP_LOOKS;
    sim->syncs += kind == STEP_SYNCS;
    sim->crashed = is_crash_point(sim, kind);
    if (sim->options.sites) note_site(sim->options.sites, address, caller, sim->crashed);
    if (sim->crashed) {
        sim->partial = sim_coin(&sim->random);
        return -EIO;
    }
    return sim->steps == sim->options.fail_at ? sim->options.code : 0;
}

#ifdef SIM_CALLERS
#define CALLER __builtin_return_address(1)
#else
#define CALLER NULL
#endif

// In a function of the env itself, so that the address is in the code that called it.
#define STEP(env, kind) make_step(sim_of(env), kind, __builtin_return_address(0), CALLER)

static bool happens(const SimEnv *sim, int code) {
    return code == 0 || sim->partial;
}

// How much of `size` bytes is read or written in this step.
static size_t share(SimEnv *sim, size_t size) {
    uint64_t chance = sim->options.short_one_in;
    if (sim->partial) return (size_t)sim_below(&sim->random, size + 1);
    if (!chance || size < 2 || sim_below(&sim->random, chance)) return size;
    return 1 + (size_t)sim_below(&sim->random, size - 1);
}

// ---- opening ----

static SimOpen *opened(const SimEnv *sim, int file) {
    size_t i = (size_t)(file - FIRST_FILE);
    return file >= FIRST_FILE && i < sim->file_count ? sim->files[i] : NULL;
}

static SimNode *file_node(const SimEnv *sim, int file) {
    SimOpen *open = opened(sim, file);
    return open && open->node->kind == ENV_FILE ? open->node : NULL;
}

static SimNode *writable_node(const SimEnv *sim, int file) {
    SimOpen *open = opened(sim, file);
    return open && open->mode != ENV_READ ? open->node : NULL;
}

static int add_open(SimEnv *sim, SimNode *node, EnvOpen mode) {
    size_t i = 0;
    while (i < sim->file_count && sim->files[i]) i++;
    if (i == sim->file_count) {
        sim->files = memory_grow(sim->files, sim->file_count, &sim->file_capacity, sizeof(SimOpen *));
        sim->file_count++;
    }
    sim->files[i] = MEMORY_NEW(SimOpen, 1);
    *sim->files[i] = (SimOpen){.node = node, .mode = mode};
    node->opened++;
    return FIRST_FILE + (int)i;
}

static void remove_open(SimEnv *sim, size_t i) {
    SimOpen *open = sim->files[i];
    if (open->node->lock == open) open->node->lock = NULL;
    open->node->opened--;
    free(open);
    sim->files[i] = NULL;
}

static int find_or_create(SimEnv *sim, const char *path, EnvOpen mode, SimNode **out) {
    int code = sim_disk_find(sim->disk, path, out);
    if (code == -ENOENT && mode != ENV_READ) code = sim_disk_create(sim->disk, path, ENV_FILE, out);
    if (code == 0 && mode != ENV_READ && (*out)->kind == ENV_DIRECTORY) code = -EISDIR;
    return code;
}

static int sim_open(Env *env, const char *path, EnvOpen mode) {
    SimEnv *sim = sim_of(env);
    SimNode *node;
    int code = STEP(env, mode == ENV_READ ? STEP_LOOKS : STEP_CHANGES);
    if (!happens(sim, code)) return code;
    int found = find_or_create(sim, path, mode, &node);
    if (code < 0 || found < 0) return code < 0 ? code : found;
    return add_open(sim, node, mode);
}

static int sim_close(Env *env, int file) {
    SimEnv *sim = sim_of(env);
    if (file == BELL) return 0;
    int code = STEP(env, STEP_LOOKS);
    if (sim->crashed || (file >= 0 && file < FIRST_FILE)) return code;
    if (!opened(sim, file)) return -EBADF;
    remove_open(sim, (size_t)(file - FIRST_FILE)); // also if it fails
    return code;
}

// ---- size and durability ----

static int sim_stat(Env *env, int file, EnvStat *out) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_LOOKS);
    if (code < 0) return code;
    if (file >= 0 && file < FIRST_FILE) {
        *out = (EnvStat){.kind = ENV_OTHER, .inode = (uint64_t)file};
        return 0;
    }
    SimOpen *open = opened(sim, file);
    if (!open) return -EBADF;
    *out = (EnvStat){.kind = open->node->kind, .size = open->node->content.length, .device = 1, .inode = open->node->number};
    return 0;
}

static int sim_resize(Env *env, int file, uint64_t size) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    SimNode *node = writable_node(sim, file);
    if (!happens(sim, code)) return code;
    if (!node) return -EINVAL;
    sim_node_resize(node, size);
    return code;
}

static int sim_allocate(Env *env, int file, uint64_t size) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    SimNode *node = writable_node(sim, file);
    if (!happens(sim, code)) return code;
    if (!node) return -EBADF;
    if (size > node->content.length) sim_node_resize(node, size);
    return code;
}

// What a process cannot do that is gone at once: take back what the sync that failed may have left in the memory of the system,
// where the next process finds it and can never sync it. So it gets one step for that.
static void fail_sync(SimEnv *sim, SimNode *node) {
    sim_node_fail_sync(node, &sim->random);
    if (sim->options.crash_at == sim->steps + 1) sim->options.crash_at++;
    if (sim->options.crash_at_change == sim->changes + 1) sim->options.crash_at_change++;
}

static int sim_sync(Env *env, int file) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_SYNCS);
    SimNode *node = file_node(sim, file);
    if (!node) return code < 0 ? code : -EINVAL;
    if (happens(sim, code))
        sim_node_sync(node);
    else if (!sim->crashed)
        fail_sync(sim, node);
    return code;
}

// ---- reading and writing ----

static size_t copy_part(SimEnv *sim, void *to, size_t size, const char *from, size_t length, uint64_t offset) {
    size_t rest = offset < length ? length - (size_t)offset : 0;
    size = share(sim, size < rest ? size : rest);
    if (size) memcpy(to, from + offset, size);
    return size;
}

static int64_t sim_read(Env *env, int file, void *to, size_t size) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_LOOKS);
    if (code < 0) return code;
    if (file == ENV_STDIN) {
        size_t piece = sim->options.input_piece;
        if (piece && piece < size) size = piece;
        size_t got = copy_part(sim, to, size, sim->options.input, sim->options.input_size, sim->input_at);
        sim->input_at += got;
        return (int64_t)got;
    }
    SimNode *node = file_node(sim, file);
    if (!node) return opened(sim, file) ? -EISDIR : -EBADF;
    size_t got = copy_part(sim, to, size, node->content.data, node->content.length, opened(sim, file)->at);
    opened(sim, file)->at += got;
    return (int64_t)got;
}

static int64_t sim_read_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_LOOKS);
    if (code < 0) return code;
    if (file >= 0 && file < FIRST_FILE) return -ESPIPE;
    SimNode *node = file_node(sim, file);
    if (!node) return opened(sim, file) ? -EISDIR : -EBADF;
    return (int64_t)copy_part(sim, to, size, node->content.data, node->content.length, offset);
}

// A direct write ends where the next one may begin. At a crash the last block is on its way as a whole: which of its sectors have
// arrived is for sim_disk_crash to say.
static size_t whole_blocks(const SimEnv *sim, size_t size) {
    if (sim->partial) return (size + ENV_ALIGN - 1) / ENV_ALIGN * ENV_ALIGN;
    size_t whole = size / ENV_ALIGN * ENV_ALIGN;
    return whole ? whole : ENV_ALIGN;
}

// How much of a write to a file happens; `code` is below 0 if it crashes in the middle.
static int64_t write_part(SimEnv *sim, int file, const void *bytes, size_t size, uint64_t offset, int code) {
    SimNode *node = writable_node(sim, file);
    if (!node) return code < 0 ? code : -EBADF;
    if (opened(sim, file)->mode == ENV_DIRECT && ((uintptr_t)bytes | size | offset) % ENV_ALIGN) return -EINVAL;
    size_t put = share(sim, size);
    if (opened(sim, file)->mode == ENV_DIRECT && put < size) put = whole_blocks(sim, put);
    sim_node_write(node, bytes, put, offset);
    return code < 0 ? code : (int64_t)put;
}

// The service outside hears all of it, also where the process crashes before it knows, or nothing.
static int64_t tell_service(SimEnv *sim, const void *bytes, size_t size) {
    bool was_gone = sim->crashed;
    int code = STEP(&sim->env, STEP_CHANGES);
    if (was_gone || (sim->crashed && sim_coin(&sim->random))) return code;
    buf_append(&sim->outputs[ENV_STDERR - ENV_STDOUT], bytes, size);
    return sim->crashed ? code : (int64_t)size;
}

static int64_t sim_write(Env *env, int file, const void *bytes, size_t size) {
    SimEnv *sim = sim_of(env);
    if (file == ENV_STDERR && sim->options.has_service) return tell_service(sim, bytes, size);
    int code = STEP(env, STEP_CHANGES);
    if (!happens(sim, code)) return code;
    if (file == ENV_STDOUT || file == ENV_STDERR) {
        size_t put = share(sim, size);
        buf_append(&sim->outputs[file - ENV_STDOUT], bytes, put);
        return code < 0 ? code : (int64_t)put;
    }
    SimOpen *open = opened(sim, file);
    int64_t put = write_part(sim, file, bytes, size, open ? open->at : 0, code);
    if (put > 0) open->at += (uint64_t)put;
    return put;
}

static int64_t sim_write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    return happens(sim, code) ? write_part(sim, file, bytes, size, offset, code) : code;
}

// A copy of no more than there is, so that the address sanitizer sees who looks behind the end of the file.
static int sim_map(Env *env, int file, size_t size, const void **out) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_LOOKS);
    *out = NULL;
    if (code < 0 || !size) return code;
    SimNode *node = file_node(sim, file);
    if (!node) return -EBADF;
    size_t there = size < node->content.length ? size : node->content.length;
    char *copy = memory_new(there, 1);
    if (there) memcpy(copy, node->content.data, there);
    *out = copy;
    return 0;
}

static void sim_unmap(Env *env, const void *start, size_t size) {
    (void)env, (void)size;
    free((void *)(uintptr_t)start);
}

static int sim_lock(Env *env, int file) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_LOOKS);
    if (code < 0) return code;
    SimOpen *open = opened(sim, file);
    if (!open) return -EBADF;
    if (open->node->lock && open->node->lock != open) return -EAGAIN;
    open->node->lock = open;
    return 0;
}

static int sim_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    SimEnv *sim = sim_of(env);
    (void)files;
    if (sim->crashed) return -EINTR; // by the signal that stop_signal tells of
    if (time == ENV_BLOCK) return 1;
    sim->time += time;
    int ready = 0;
    for (size_t i = 0; i < count; i++) ready += sim_below(&sim->random, 4) > 0;
    return ready;
}

static int sim_bell(Env *env) {
    (void)env;
    return BELL;
}

// The host is of the same thread: nobody waits meanwhile.
static void sim_ring(Env *env, int bell) {
    (void)env, (void)bell;
}

// ---- directories ----

static int sim_make_directory(Env *env, const char *path) {
    SimEnv *sim = sim_of(env);
    SimNode *node;
    int code = STEP(env, STEP_CHANGES);
    if (!happens(sim, code)) return code;
    int made = sim_disk_create(sim->disk, path, ENV_DIRECTORY, &node);
    if (made == -EEXIST) made = sim_disk_find(sim->disk, path, &node) == 0 && node->kind == ENV_FILE ? -ENOTDIR : 0;
    return code < 0 ? code : made;
}

// The names are copied before, because a visitor may change the directory.
static void visit_names(SimEnv *sim, const SimNode *node, void (*visit)(void *user, const char *name), void *user) {
    size_t count = node->names.count, *order = MEMORY_NEW(size_t, count);
    char **names = MEMORY_NEW(char *, count);
    sim_shuffle(&sim->random, order, count);
    for (size_t i = 0; i < count; i++) names[i] = strdup(node->names.names[order[i]].name);
    for (size_t i = 0; i < count; i++) {
        visit(user, names[i]);
        free(names[i]);
    }
    free(names);
    free(order);
}

static int sim_list(Env *env, const char *path, void (*visit)(void *user, const char *name), void *user) {
    SimEnv *sim = sim_of(env);
    SimNode *node;
    int code = STEP(env, STEP_LOOKS);
    if (code == 0) code = sim_disk_find(sim->disk, path, &node);
    if (code < 0) return code;
    if (node->kind != ENV_DIRECTORY) return -ENOTDIR;
    visit_names(sim, node, visit, user);
    return 0;
}

static int sim_rename(Env *env, const char *from, const char *to) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    if (!happens(sim, code)) return code;
    int renamed = sim_disk_rename(sim->disk, from, to);
    return code < 0 ? code : renamed;
}

static int sim_remove(Env *env, const char *path) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    if (!happens(sim, code)) return code;
    int removed = sim_disk_remove(sim->disk, path);
    return code < 0 ? code : removed;
}

static int sim_sync_directory(Env *env, const char *path) {
    SimEnv *sim = sim_of(env);
    int code = STEP(env, STEP_CHANGES);
    if (!happens(sim, code)) return code;
    int synced = sim_disk_sync_directory(sim->disk, path);
    return code < 0 ? code : synced;
}

// ---- threads ----

static void sim_run_all(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    size_t *order = MEMORY_NEW(size_t, count);
    sim_shuffle(&sim_of(env)->random, order, count);
    for (size_t i = 0; i < count; i++) body(argument, order[i]);
    free(order);
}

struct EnvJob {
    void (*body)(void *argument); // NULL: it has run
    void *argument;
    uint64_t looks; // so often is_done says no
};

static void run_job(EnvJob *job) {
    void (*body)(void *argument) = job->body;
    job->body = NULL;
    if (body) body(job->argument);
}

// Of a slow job, who looks now and then and gives up first gets the result only by `finish`.
static EnvJob *sim_start(Env *env, void (*body)(void *argument), void *argument) {
    uint64_t *random = &sim_of(env)->random, one_in = sim_of(env)->options.slow_one_in;
    EnvJob *job = MEMORY_NEW(EnvJob, 1);
    *job = (EnvJob){body, argument,
                    sim_below(random, one_in ? one_in : SLOW_ONE_IN) ? sim_below(random, 4) : 30 + sim_below(random, 70)};
    if (sim_coin(random)) run_job(job);
    return job;
}

static bool sim_is_done(Env *env, EnvJob *job) {
    (void)env;
    if (job->looks) {
        job->looks--;
        return false;
    }
    run_job(job);
    return true;
}

static void sim_finish(Env *env, EnvJob *job) {
    (void)env;
    run_job(job);
    free(job);
}

// ---- time and signals ----

static uint64_t sim_now(Env *env) {
    SimEnv *sim = sim_of(env);
    uint64_t max = sim->options.max_tick ? sim->options.max_tick : MAX_TICK;
    return sim->time += 1 + sim_below(&sim->random, max);
}

// Goes on from one life of a schedule to the next as little as the other clock does.
static int64_t sim_clock(Env *env) {
    const int64_t start = (int64_t)1700000000 * 1000000000;
    return start + (int64_t)sim_of(env)->time;
}

static uint64_t sim_random_bits(Env *env) {
    return sim_random(&sim_of(env)->random);
}

static int sim_stop_signal(Env *env) {
    const SimEnv *sim = sim_of(env);
    bool stopped = sim->options.stop_at && sim->steps >= sim->options.stop_at;
    return sim->crashed || stopped ? SIGTERM : 0;
}

// ---- life ----

static void set_functions(Env *env) {
    env->open = sim_open;
    env->close = sim_close;
    env->stat = sim_stat;
    env->resize = sim_resize;
    env->allocate = sim_allocate;
    env->sync = sim_sync;
    env->read = sim_read;
    env->read_at = sim_read_at;
    env->write = sim_write;
    env->write_at = sim_write_at;
    env->map = sim_map;
    env->unmap = sim_unmap;
    env->lock = sim_lock;
    env->wait_readable = sim_wait_readable;
    env->bell = sim_bell;
    env->ring = sim_ring;
    env->hush = sim_ring;
    env->make_directory = sim_make_directory;
    env->list = sim_list;
    env->rename = sim_rename;
    env->remove = sim_remove;
    env->sync_directory = sim_sync_directory;
    env->run_all = sim_run_all;
    env->start = sim_start;
    env->is_done = sim_is_done;
    env->finish = sim_finish;
    env->now = sim_now;
    env->now_roughly = sim_now;
    env->clock = sim_clock;
    env->random = sim_random_bits;
    env->stop_signal = sim_stop_signal;
}

Env *sim_env_new(SimDisk *disk, const SimOptions *options) {
    SimEnv *sim = MEMORY_NEW(SimEnv, 1);
    sim->real = env_real_new();
    assert(sim->real);
    sim->env = *sim->real;
    set_functions(&sim->env);
    sim->disk = disk;
    sim->options = *options;
    sim->random = options->seed;
    return &sim->env;
}

void sim_env_free(Env *env) {
    SimEnv *sim = sim_of(env);
    for (size_t i = 0; i < sim->file_count; i++)
        if (sim->files[i]) remove_open(sim, i);
    free(sim->files);
    for (size_t i = 0; i < sizeof sim->outputs / sizeof *sim->outputs; i++) buf_free(&sim->outputs[i]);
    env_real_free(sim->real);
    free(sim);
}

uint64_t sim_env_steps(const Env *env) {
    return sim_of(env)->steps;
}

bool sim_env_crashed(const Env *env) {
    return sim_of(env)->crashed;
}

const Buf *sim_env_output(const Env *env, int file) {
    assert(file == ENV_STDOUT || file == ENV_STDERR);
    return &sim_of(env)->outputs[file - ENV_STDOUT];
}
