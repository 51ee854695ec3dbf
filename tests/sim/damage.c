#include "tests/sim/damage.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/host.h"
#include "tests/sim/run.h"
#include "tests/sim/sim_random.h"
#include "vm/memory.h"

enum { HOST_SEED = 5, STOPPED = 128 + SIGTERM, MOST_STEPS = 1000 };

typedef struct DamageFile {
    char *path;
    Buf bytes;
} DamageFile;

typedef enum PlanNeeds { NOTHING, SNAPSHOT = 1, MAP_ENTRIES = 2, WAITING_ATOMS = 4, CELLS = 8, OUTBOX_ATOMS = 16 } PlanNeeds;

// How a run comes to be stopped.
typedef struct Plan {
    const char *name;
    RunProgram program;
    EntrySizes sizes;
    uint64_t stop_at; // or later, when the rest is so
    PlanNeeds needs;
} Plan;

static const Plan PLANS[] = {
    {"without snapshot", RUN_WORDS, {32768, 0}, 50, NOTHING},
    {"with snapshot", RUN_WORDS, {8192, 16384}, 90, SNAPSHOT},
    {"maps by entry", RUN_MAPS, {8192, 16384}, 90, SNAPSHOT | MAP_ENTRIES},
    {"atoms that wait", RUN_LETTERS, {32768, 0}, 50, WAITING_ATOMS},
    {"continuations that wait", RUN_WAITS, {32768, 0}, 50, CELLS},
    {"keys that wait", RUN_CARTS, {8192, 16384}, 90, SNAPSHOT | CELLS},
    {"what waits for the host", RUN_BOXES, {32768, 0}, 150, OUTBOX_ATOMS},
};

enum { SCENES = sizeof PLANS / sizeof *PLANS };

// A run that was stopped.
typedef struct Scene {
    const Plan *plan;
    Buf written[RUN_FILES], out; // what it must write and print in the end
    DamageFile *files;           // of the data directory, and what it wrote
    size_t count, capacity;
    uint64_t printed;
    SimHost host, expected; // RUN_BOXES: when it was stopped, and in the end
} Scene;

struct DamageScenes {
    Buf text; // what the runs read
    Scene scenes[SCENES];
};

typedef enum DamageKind {
    DAMAGE_FLIP,
    DAMAGE_CUT,
    // The same where the anchor is gone, which could tell that there has been more.
    DAMAGE_FLIP_UNANCHORED,
    DAMAGE_CUT_UNANCHORED,
    DAMAGE_KINDS
} DamageKind;

typedef struct Damage {
    const Scene *scene;
    const DamageFile *file;
    DamageKind kind;
    size_t at;
} Damage;

// ---- scenes ----

static void add_file(Scene *scene, SimDisk *disk, const char *path) {
    const Buf *content = sim_disk_content(disk, path);
    if (!content) return;
    scene->files = memory_grow(scene->files, scene->count, &scene->capacity, sizeof *scene->files);
    DamageFile *file = &scene->files[scene->count++];
    *file = (DamageFile){.path = strdup(path)};
    buf_append(&file->bytes, content->data, content->length);
}

typedef struct Listing {
    Scene *scene;
    SimDisk *disk;
} Listing;

static void add_data_file(void *user, const char *name) {
    Listing *listing = user;
    char path[100];
    snprintf(path, sizeof path, RUN_DATA "/%s", name);
    add_file(listing->scene, listing->disk, path);
}

static void keep_files(Scene *scene, SimDisk *disk) {
    Listing listing = {scene, disk};
    Env *env = sim_env_new(disk, &(SimOptions){.seed = 1});
    env->list(env, RUN_DATA, add_data_file, &listing);
    sim_env_free(env);
    for (size_t i = 0; i < RUN_FILES; i++) add_file(scene, disk, RUN_FILE_NAMES[i]);
}

static SimDisk *new_disk(const DamageScenes *scenes) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "text", scenes->text.data, scenes->text.length);
    sim_disk_put(disk, "out/other", "", 0);
    return disk;
}

static Life new_life(const Scene *scene, uint64_t seed, unsigned partitions) {
    return (Life){
        .program = scene->plan->program,
        .options = {.seed = seed, .max_tick = 6 * 1000 * 1000, .slow_one_in = 1000},
        .sizes = {8192, 32768},
        .partitions = partitions,
        .step = 4,
        .keeps_run = true,
    };
}

static bool make_expected(const DamageScenes *scenes, Scene *scene) {
    SimDisk *disk = new_disk(scenes);
    Life life = new_life(scene, 1, 1);
    life.keeps_run = false;
    sim_host_init(&scene->expected, HOST_SEED);
    if (scene->plan->program == RUN_BOXES) life.host = &scene->expected;
    life_run(&life, disk);
    bool ok = life.status == 0;
    for (size_t i = 0; i < RUN_FILES && ok; i++) {
        const Buf *file = sim_disk_content(disk, RUN_FILE_NAMES[i]);
        buf_append(&scene->written[i], file->data, file->length);
    }
    buf_append(&scene->out, life.out.data, life.out.length);
    life_free(&life);
    sim_disk_free(disk);
    return ok;
}

static bool has_snapshot(const Scene *scene) {
    for (size_t i = 0; i < scene->count; i++)
        if (strstr(scene->files[i].path, "/snapshot-")) return true;
    return false;
}

static bool has_what_it_needs(const Scene *scene, SimDisk *disk) {
    Audit audit;
    audit_read(&audit, disk, RUN_DATA);
    PlanNeeds needs = scene->plan->needs;
    bool ok = !audit.is_finished && has_snapshot(scene) == !!(needs & SNAPSHOT) &&
              (!(needs & MAP_ENTRIES) || audit.map_entries) && (!(needs & WAITING_ATOMS) || audit.atoms) &&
              (!(needs & CELLS) || audit.cell_count > 3) && (!(needs & OUTBOX_ATOMS) || audit.outbox_atoms > 3);
    if (scene->out.length && !(needs & CELLS)) ok = ok && scene->printed && scene->printed < scene->out.length;
    audit_free(&audit);
    return ok;
}

static void forget_files(Scene *scene) {
    while (scene->count) {
        DamageFile *file = &scene->files[--scene->count];
        free(file->path);
        buf_free(&file->bytes);
    }
}

// Some epochs.
static bool stop_scene(const DamageScenes *scenes, Scene *scene, uint64_t stop_at) {
    SimDisk *disk = new_disk(scenes);
    Life life = new_life(scene, 2, 2);
    life.sizes = scene->plan->sizes;
    life.options.stop_at = stop_at;
    sim_host_free(&scene->host);
    sim_host_init(&scene->host, HOST_SEED);
    if (scene->plan->program == RUN_BOXES) life.host = &scene->host;
    life_run(&life, disk);
    scene->printed = life.out.length;
    keep_files(scene, disk);
    bool ok = life.status == STOPPED && has_what_it_needs(scene, disk);
    life_free(&life);
    sim_disk_free(disk);
    return ok;
}

static bool make_scene(const DamageScenes *scenes, Scene *scene) {
    if (!make_expected(scenes, scene)) return false;
    for (uint64_t stop_at = scene->plan->stop_at; stop_at < MOST_STEPS; stop_at += 5) {
        if (stop_scene(scenes, scene, stop_at)) return true;
        forget_files(scene);
    }
    return false;
}

DamageScenes *damage_prepare(void) {
    DamageScenes *scenes = MEMORY_NEW(DamageScenes, 1);
    uint64_t random = 3;
    run_make_text(&random, &scenes->text);
    bool ok = true;
    for (size_t i = 0; i < SCENES && ok; i++) {
        scenes->scenes[i].plan = &PLANS[i];
        ok = make_scene(scenes, &scenes->scenes[i]);
    }
    if (ok) return scenes;
    damage_free(scenes);
    return NULL;
}

void damage_free(DamageScenes *scenes) {
    for (size_t i = 0; i < SCENES; i++) {
        Scene *scene = &scenes->scenes[i];
        forget_files(scene);
        free(scene->files);
        for (size_t k = 0; k < RUN_FILES; k++) buf_free(&scene->written[k]);
        buf_free(&scene->out);
        sim_host_free(&scene->host);
        sim_host_free(&scene->expected);
    }
    buf_free(&scenes->text);
    free(scenes);
}

// ---- ways to damage ----

uint64_t damage_count(const DamageScenes *scenes) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < SCENES; i++)
        for (size_t k = 0; k < scenes->scenes[i].count; k++) bytes += scenes->scenes[i].files[k].bytes.length;
    return bytes * DAMAGE_KINDS;
}

static Damage find_damage(const DamageScenes *scenes, uint64_t number) {
    uint64_t at = number / DAMAGE_KINDS;
    for (size_t i = 0; i < SCENES; i++)
        for (size_t k = 0; k < scenes->scenes[i].count; k++) {
            const DamageFile *file = &scenes->scenes[i].files[k];
            if (at < file->bytes.length)
                return (Damage){&scenes->scenes[i], file, (DamageKind)(number % DAMAGE_KINDS), (size_t)at};
            at -= file->bytes.length;
        }
    return (Damage){0};
}

static bool is_unanchored(const Damage *damage) {
    return damage->kind == DAMAGE_FLIP_UNANCHORED || damage->kind == DAMAGE_CUT_UNANCHORED;
}

static void put_damaged(SimDisk *disk, const Damage *damage) {
    Buf bytes = {0};
    buf_append(&bytes, damage->file->bytes.data, damage->file->bytes.length);
    if (damage->kind == DAMAGE_CUT || damage->kind == DAMAGE_CUT_UNANCHORED)
        bytes.length = damage->at;
    else
        bytes.data[damage->at] ^= (char)(1 + hash_u64(damage->at) % 255);
    sim_disk_put(disk, damage->file->path, bytes.data, bytes.length);
    buf_free(&bytes);
}

static void put_files(SimDisk *disk, const Damage *damage) {
    for (size_t i = 0; i < damage->scene->count; i++) {
        const DamageFile *file = &damage->scene->files[i];
        if (is_unanchored(damage) && strcmp(file->path, RUN_DATA "/anchor") == 0) continue;
        if (file == damage->file)
            put_damaged(disk, damage);
        else
            sim_disk_put(disk, file->path, file->bytes.data, file->bytes.length);
    }
}

// ---- what comes of it ----

__attribute__((format(printf, 2, 3))) static bool wrong(Buf *story, const char *format, ...) {
    char text[600];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    buf_printf(story, "  WRONG: %s\n", text);
    return false;
}

static bool names_damage(const char *message) {
    static const char *const NAMES[] = {"damaged",   "missing", "changed", "shorter", "belongs to", "not a data directory",
                                        "has format"};
    if (!strstr(message, "error: ")) return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strstr(message, NAMES[i])) return true;
    return false;
}

// Without the anchor the run may have gone back, and print again what it printed before.
static bool check_output(const Damage *damage, const Life *life, Buf *story) {
    uint64_t all = damage->scene->out.length, most = all - damage->scene->printed, size = life->out.length;
    bool is_over = life->status == 0;
    for (uint64_t start = is_unanchored(damage) ? 0 : damage->scene->printed; start <= damage->scene->printed; start++) {
        bool fits = is_over ? size == all - start : size <= most;
        if (fits && (!size || memcmp(damage->scene->out.data + start, life->out.data, size) == 0)) return true;
    }
    return wrong(story, "it prints something else, status %d", life->status);
}

static bool check_life(const Damage *damage, Life *life, SimDisk *disk, Buf *story) {
    const char *text = buf_text(&life->err);
    if (life->status != 0 && life->status != 1) return wrong(story, "status %d: %s", life->status, text);
    if (!check_output(damage, life, story)) return false;
    if (life->status == 1) return names_damage(text) || wrong(story, "it does not name the damage: %s", text);
    for (size_t i = 0; i < RUN_FILES; i++) {
        const Buf *file = sim_disk_content(disk, RUN_FILE_NAMES[i]), *right = &damage->scene->written[i];
        if (!file || file->length != right->length || memcmp(file->data, right->data, right->length) != 0)
            return wrong(story, "%s has something else: %s", RUN_FILE_NAMES[i], text);
    }
    return !life->host || sim_host_agrees(life->host, &damage->scene->expected, story);
}

SimTotals damage_run(const DamageScenes *scenes, uint64_t number, Buf *story) {
    static const char *const NAMES[] = {"changed", "cut off", "changed, without the anchor", "cut off, without the anchor"};
    Damage damage = find_damage(scenes, number);
    buf_printf(story, "damage %" PRIu64 ": %s, %s %s at %zu of %zu\n", number, damage.scene->plan->name, damage.file->path,
               NAMES[damage.kind], damage.at, damage.file->bytes.length);
    SimDisk *disk = new_disk(scenes);
    put_files(disk, &damage);
    Life life = new_life(damage.scene, number, 1 + (unsigned)(hash_u64(number) % 3));
    SimHost host = sim_host_copy(&damage.scene->host);
    if (life.program == RUN_BOXES) life.host = &host;
    life_run(&life, disk);
    bool ok = check_life(&damage, &life, disk, story);
    if (ok && host.wrong.length && !is_unanchored(&damage)) ok = wrong(story, "%s", buf_text(&host.wrong));
    sim_host_free(&host);
    buf_printf(story, "  status %d: %s", life.status, buf_text(&life.err));
    SimTotals totals = {.schedules = 1,
                        .failures = !ok,
                        .lives = 1,
                        .steps = life.steps,
                        .losses = life.status == 1,
                        .digest = hash_bytes(life.err.data, life.err.length) + sim_disk_digest(disk)};
    life_free(&life);
    sim_disk_free(disk);
    return totals;
}
