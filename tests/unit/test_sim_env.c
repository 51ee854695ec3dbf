// The simulated environment: what survives a crash, and that a seed decides everything.
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/sim/env_sim.h"
#include "tests/sim/sim_random.h"

enum { SEEDS = 300, SECTORS = 8, BLOCK = SECTORS * SIM_SECTOR };

static Env *begin(SimDisk *disk) {
    return sim_env_new(disk, &(SimOptions){.seed = 1});
}

static int open_file(Env *env, const char *path, EnvOpen mode) {
    int file = env->open(env, path, mode);
    cr_assert(file > ENV_STDERR, "%s: %d", path, file);
    return file;
}

// Writes `size` times `letter`.
static void put(Env *env, int file, char letter, size_t size, uint64_t offset) {
    char bytes[BLOCK];
    memset(bytes, letter, size);
    cr_assert_eq(env->write_at(env, file, bytes, size, offset), (int64_t)size);
}

// A file that is on the disk: `size` times `letter`.
static void put_safe(SimDisk *disk, const char *path, char letter, size_t size) {
    char bytes[BLOCK];
    memset(bytes, letter, size);
    sim_disk_put(disk, path, bytes, size);
}

static size_t count(const Buf *bytes, char letter) {
    size_t found = 0;
    for (size_t i = 0; i < bytes->length; i++) found += bytes->data[i] == letter;
    return found;
}

static void check(SimDisk *disk, const char *path, const char *expected) {
    const Buf *bytes = sim_disk_content(disk, path);
    cr_assert_eq(bytes != NULL, expected != NULL, "%s", path);
    if (expected) cr_assert(bytes->length == strlen(expected) && !memcmp(bytes->data, expected, bytes->length), "%s", path);
}

// ---- what survives ----

Test(sim_env, what_was_synced_survives) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "d/f", "old", 3);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        Env *env = begin(disk);
        int file = open_file(env, "d/f", ENV_WRITE);
        cr_assert_eq(env->resize(env, file, 0), 0);
        cr_assert_eq(env->write(env, file, "safe", 4), 4);
        cr_assert_eq(env->sync(env, file), 0);
        put(env, file, 'x', 100, 4);
        sim_env_free(env);
        sim_disk_crash(disk, seed, SIM_MIXED);
        const Buf *bytes = sim_disk_content(disk, "d/f");
        cr_assert(bytes && bytes->length >= 4 && memcmp(bytes->data, "safe", 4) == 0);
    }
    sim_disk_free(disk);
}

Test(sim_env, a_process_that_dies_loses_nothing) {
    SimDisk *disk = sim_disk_new();
    Env *env = begin(disk);
    env->write(env, open_file(env, "f", ENV_WRITE), "abc", 3);
    sim_env_free(env);
    check(disk, "f", "abc");
    sim_disk_crash(disk, 1, SIM_DROPPED);
    check(disk, "f", NULL);
    sim_disk_free(disk);
}

// What a block of `a` looks like after a crash if a block of `b` was written over it, and not synced.
static const Buf *crash_block(SimDisk *disk, uint64_t seed, SimUnsynced unsynced) {
    put_safe(disk, "f", 'a', BLOCK);
    Env *env = begin(disk);
    put(env, open_file(env, "f", ENV_WRITE), 'b', BLOCK, 0);
    cr_assert_eq(count(sim_disk_content(disk, "f"), 'b'), BLOCK);
    sim_env_free(env);
    sim_disk_crash(disk, seed, unsynced);
    const Buf *bytes = sim_disk_content(disk, "f");
    cr_assert_eq(bytes->length, BLOCK);
    return bytes;
}

static bool is_whole(const char *sector) {
    for (size_t i = 1; i < SIM_SECTOR; i++)
        if (sector[i] != *sector) return false;
    return *sector == 'a' || *sector == 'b';
}

Test(sim_env, a_write_is_kept_dropped_torn_or_corrupted) {
    SimDisk *disk = sim_disk_new();
    bool torn_at[SECTORS + 1] = {0};
    size_t mixed[3] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        cr_assert_eq(count(crash_block(disk, seed, SIM_KEPT), 'b'), BLOCK);
        cr_assert_eq(count(crash_block(disk, seed, SIM_DROPPED), 'a'), BLOCK);
        const Buf *torn = crash_block(disk, seed, SIM_TORN);
        for (size_t i = 0; i < SECTORS; i++) cr_assert(is_whole(torn->data + i * SIM_SECTOR));
        torn_at[count(torn, 'b') / SIM_SECTOR] = true;
        const Buf *corrupted = crash_block(disk, seed, SIM_CORRUPTED);
        for (size_t i = 0; i < SECTORS; i++)
            cr_assert(!is_whole(corrupted->data + i * SIM_SECTOR) || corrupted->data[i * SIM_SECTOR] == 'b');
        const Buf *any = crash_block(disk, seed, SIM_MIXED);
        mixed[count(any, 'b') == BLOCK ? 0 : count(any, 'a') == BLOCK ? 1 : 2]++;
    }
    for (size_t i = 0; i <= SECTORS; i++) cr_assert(torn_at[i], "%zu sectors", i);
    for (size_t i = 0; i < 3; i++) cr_assert_gt(mixed[i], SEEDS / 10);
    sim_disk_free(disk);
}

Test(sim_env, noise_stays_within_the_write) {
    SimDisk *disk = sim_disk_new();
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        put_safe(disk, "f", 'a', BLOCK);
        Env *env = begin(disk);
        put(env, open_file(env, "f", ENV_WRITE), 'b', 1000, 700);
        sim_env_free(env);
        sim_disk_crash(disk, seed, SIM_CORRUPTED);
        const Buf *bytes = sim_disk_content(disk, "f");
        for (size_t i = 0; i < BLOCK; i++) cr_assert((i >= 700 && i < 1700) || bytes->data[i] == 'a', "%zu", i);
    }
    sim_disk_free(disk);
}

// Of two writes to different places either may survive alone; of two to the same place the older one never hides the newer one.
Test(sim_env, writes_survive_in_any_combination) {
    SimDisk *disk = sim_disk_new();
    bool seen[2][2] = {{0}}, over[3] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        put_safe(disk, "f", '0', 3);
        Env *env = begin(disk);
        int file = open_file(env, "f", ENV_WRITE);
        put(env, file, '1', 1, 0);
        put(env, file, '1', 1, 1);
        put(env, file, '1', 1, 2);
        put(env, file, '2', 1, 2);
        sim_env_free(env);
        sim_disk_crash(disk, seed, SIM_TORN);
        const char *bytes = sim_disk_content(disk, "f")->data;
        seen[bytes[0] - '0'][bytes[1] - '0'] = true;
        over[bytes[2] - '0'] = true;
    }
    cr_assert(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
    cr_assert(over[0] && over[1] && over[2]);
    sim_disk_free(disk);
}

Test(sim_env, a_length_can_survive_without_its_bytes) {
    SimDisk *disk = sim_disk_new();
    bool zeroes = false, nothing = false;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        sim_disk_put(disk, "f", "", 0);
        Env *env = begin(disk);
        put(env, open_file(env, "f", ENV_WRITE), 'b', 100, 0);
        sim_env_free(env);
        sim_disk_crash(disk, seed, SIM_MIXED);
        const Buf *bytes = sim_disk_content(disk, "f");
        zeroes |= bytes->length == 100 && count(bytes, 0) == 100;
        nothing |= bytes->length == 0;
    }
    cr_assert(zeroes && nothing);
    sim_disk_free(disk);
}

// ---- names ----

static void replace(Env *env) {
    int file = open_file(env, "d/new", ENV_WRITE);
    env->write(env, file, "new", 3);
    env->sync(env, file);
    env->close(env, file);
    cr_assert_eq(env->rename(env, "d/new", "d/f"), 0);
}

Test(sim_env, a_rename_is_old_or_new) {
    bool seen[2] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        SimDisk *disk = sim_disk_new();
        sim_disk_put(disk, "d/f", "old", 3);
        Env *env = begin(disk);
        replace(env);
        sim_env_free(env);
        check(disk, "d/f", "new");
        check(disk, "d/new", NULL);
        sim_disk_crash(disk, seed, SIM_MIXED);
        bool is_new = memcmp(sim_disk_content(disk, "d/f")->data, "new", 3) == 0;
        check(disk, "d/f", is_new ? "new" : "old");
        cr_assert(!is_new || !sim_disk_content(disk, "d/new"));
        seen[is_new] = true;
        sim_disk_free(disk);
    }
    cr_assert(seen[0] && seen[1]);
}

Test(sim_env, names_are_safe_after_sync_directory) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "d/f", "old", 3);
    sim_disk_put(disk, "d/gone", "x", 1);
    Env *env = begin(disk);
    replace(env);
    cr_assert_eq(env->remove(env, "d/gone"), 0);
    cr_assert_eq(env->make_directory(env, "d/e"), 0);
    cr_assert_eq(env->sync_directory(env, "d"), 0);
    cr_assert_eq(env->remove(env, "d/f"), 0);
    sim_env_free(env);
    sim_disk_crash(disk, 1, SIM_DROPPED);
    check(disk, "d/f", "new");
    check(disk, "d/gone", NULL);
    env = begin(disk);
    cr_assert_eq(env->make_directory(env, "d/e"), 0);
    cr_assert_eq(env->make_directory(env, "d/f"), -ENOTDIR);
    cr_assert_eq(env->remove(env, "d"), -ENOTEMPTY);
    cr_assert_eq(env->rename(env, "d/none", "d/f"), -ENOENT);
    cr_assert_eq(env->open(env, "d/f/g", ENV_WRITE), -ENOTDIR);
    cr_assert_eq(env->open(env, "d/e", ENV_WRITE), -EISDIR);
    sim_env_free(env);
    sim_disk_free(disk);
}

Test(sim_env, a_removed_file_lives_until_it_is_closed) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "f", "abc", 3);
    Env *env = begin(disk);
    int file = open_file(env, "f", ENV_READ);
    env->remove(env, "f");
    env->sync_directory(env, ".");
    char bytes[4];
    cr_assert_eq(env->read(env, file, bytes, 4), 3);
    cr_assert_eq(env->read(env, file, bytes, 4), 0);
    cr_assert_eq(env->write(env, file, bytes, 1), -EBADF);
    cr_assert_eq(env->close(env, file), 0);
    cr_assert_eq(env->close(env, file), -EBADF);
    sim_env_free(env);
    sim_disk_free(disk);
}

static void add_letter(void *user, const char *name) {
    ((int *)user)[*name - 'a']++;
}

Test(sim_env, a_list_has_all_names) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "/data/a", "", 0);
    sim_disk_put(disk, "/data/b/f", "", 0);
    sim_disk_put(disk, "/data/c", "", 0);
    Env *env = begin(disk);
    int seen[26] = {0};
    cr_assert_eq(env->list(env, "/data/", add_letter, seen), 0);
    cr_assert(seen[0] == 1 && seen[1] == 1 && seen[2] == 1);
    cr_assert_eq(env->list(env, "/data/a", add_letter, seen), -ENOTDIR);
    cr_assert_eq(env->list(env, "/none", add_letter, seen), -ENOENT);
    sim_env_free(env);
    sim_disk_free(disk);
}

// ---- lives ----

// A life that does a bit of everything; returns how many of its calls failed.
static size_t live(Env *env) {
    size_t failed = 0;
    failed += env->make_directory(env, "d") < 0;
    int file = env->open(env, "d/f", ENV_WRITE);
    failed += file < 0;
    for (uint64_t i = 0; i < 5; i++) {
        char bytes[BLOCK];
        memset(bytes, 'a' + (char)i, sizeof bytes);
        failed += env->write_at(env, file, bytes, sizeof bytes, i * 1000) < 0;
        failed += i % 2 && env->sync(env, file) < 0;
        failed += env->write(env, ENV_STDOUT, "out\n", 4) < 0;
    }
    failed += env->allocate(env, file, 100000) < 0;
    failed += env->resize(env, file, 5000) < 0;
    failed += env->close(env, file) < 0;
    failed += env->rename(env, "d/f", "d/g") < 0;
    failed += env->sync_directory(env, "d") < 0;
    failed += env->remove(env, "d/g") < 0;
    return failed;
}

// What is there after a life that crashed at a step, and the crash; 0 if it did not crash.
static uint64_t crash_digest(uint64_t seed, uint64_t crash_at, SimSites *sites) {
    SimDisk *disk = sim_disk_new();
    Env *env = sim_env_new(disk, &(SimOptions){.seed = seed, .crash_at = crash_at, .sites = sites});
    size_t failed = live(env);
    bool crashed = sim_env_crashed(env);
    cr_assert_eq(crashed, failed > 0);
    cr_assert_eq(env->stop_signal(env), crashed ? SIGTERM : 0);
    cr_assert_eq(sim_env_steps(env), crashed ? crash_at : sim_env_steps(env));
    uint64_t sum = hash_bytes(sim_env_output(env, ENV_STDOUT)->data, sim_env_output(env, ENV_STDOUT)->length);
    sim_env_free(env);
    sim_disk_crash(disk, seed, SIM_MIXED);
    sum += sim_disk_digest(disk);
    sim_disk_free(disk);
    return crashed ? sum : 0;
}

Test(sim_env, a_seed_decides_everything) {
    SimSites sites = {0};
    uint64_t steps = 0, different = 0;
    while (crash_digest(1, steps + 1, &sites)) steps++;
    cr_assert_eq(steps, 20);
    for (uint64_t seed = 0; seed < 50; seed++)
        for (uint64_t at = 1; at <= steps; at++) {
            uint64_t first = crash_digest(seed, at, &sites);
            cr_assert_eq(first, crash_digest(seed, at, &sites), "seed %zu, step %zu", (size_t)seed, (size_t)at);
            different += first != crash_digest(seed + 1, at, &sites);
        }
    cr_assert_gt(different, 500);
    cr_assert_eq(sites.count, 11, "%zu call sites", sites.count);
    for (size_t i = 0; i < sites.count; i++) {
        cr_assert_gt(sites.sites[i].crashes, 0);
        cr_assert_gt(sites.sites[i].steps, sites.sites[i].crashes);
    }
    sim_sites_free(&sites);
}

Test(sim_env, after_a_crash_nothing_changes) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "f", "abc", 3);
    Env *env = sim_env_new(disk, &(SimOptions){.seed = 1, .crash_at = 2, .input = "x", .input_size = 1});
    int file = open_file(env, "f", ENV_WRITE);
    EnvStat stat;
    char byte;
    const void *map;
    cr_assert_eq(env->read_at(env, file, &byte, 1, 0), -EIO);
    uint64_t before = sim_disk_digest(disk);
    cr_assert_eq(env->open(env, "g", ENV_WRITE), -EIO);
    cr_assert_eq(env->stat(env, file, &stat), -EIO);
    cr_assert_eq(env->resize(env, file, 0), -EIO);
    cr_assert_eq(env->sync(env, file), -EIO);
    cr_assert_eq(env->read(env, ENV_STDIN, &byte, 1), -EIO);
    cr_assert_eq(env->write(env, ENV_STDOUT, "a", 1), -EIO);
    cr_assert_eq(env->write_at(env, file, "a", 1, 0), -EIO);
    cr_assert_eq(env->map(env, file, 3, &map), -EIO);
    cr_assert_eq(env->lock(env, file), -EIO);
    cr_assert_eq(env->remove(env, "f"), -EIO);
    cr_assert_eq(env->wait_readable(env, &file, 1, ENV_BLOCK), -EINTR);
    cr_assert_eq(env->close(env, file), -EIO);
    cr_assert_eq(sim_disk_digest(disk), before);
    cr_assert_eq(sim_env_output(env, ENV_STDOUT)->length, 0);
    cr_assert_eq(sim_env_steps(env), 2);
    sim_env_free(env);
    sim_disk_free(disk);
}

Test(sim_env, a_step_can_fail) {
    SimDisk *disk = sim_disk_new();
    enum { OPEN = 2, RENAME = 18 }; // without these, others cannot succeed
    sim_disk_put(disk, "d/x", "", 0);
    for (uint64_t at = 1; at <= 20; at++) {
        Env *env = sim_env_new(disk, &(SimOptions){.seed = at, .fail_at = at, .code = -ENOSPC});
        size_t failed = live(env);
        cr_assert(failed == 1 || (failed > 1 && (at == OPEN || at == RENAME)), "step %zu: %zu", (size_t)at, failed);
        cr_assert(!sim_env_crashed(env));
        sim_env_free(env);
        env = begin(disk);
        env->remove(env, "d/f");
        env->remove(env, "d/g");
        sim_env_free(env);
    }
    sim_disk_free(disk);
}

// The data of a sync that failed may be lost although it can be read and a later sync succeeds.
Test(sim_env, a_second_sync_does_not_help) {
    SimDisk *disk = sim_disk_new();
    bool lost = false, kept = false;
    for (uint64_t seed = 0; seed < 50; seed++) {
        put_safe(disk, "f", 'a', 10);
        Env *env = sim_env_new(disk, &(SimOptions){.seed = seed, .fail_at = 3, .code = -EIO});
        int file = open_file(env, "f", ENV_WRITE);
        put(env, file, 'b', 10, 0);
        cr_assert_eq(env->sync(env, file), -EIO);
        cr_assert_eq(count(sim_disk_content(disk, "f"), 'b'), 10);
        cr_assert_eq(env->sync(env, file), 0);
        sim_env_free(env);
        sim_disk_crash(disk, seed, SIM_KEPT);
        lost |= count(sim_disk_content(disk, "f"), 'b') == 0;
        kept |= count(sim_disk_content(disk, "f"), 'b') == 10;
    }
    cr_assert(lost && kept);
    sim_disk_free(disk);
}

Test(sim_env, a_lock_ends_with_its_process) {
    SimDisk *disk = sim_disk_new();
    Env *first = begin(disk), *second = begin(disk);
    cr_assert_eq(first->lock(first, open_file(first, "lock", ENV_WRITE)), 0);
    int file = open_file(second, "lock", ENV_WRITE);
    cr_assert_eq(second->lock(second, file), -EAGAIN);
    sim_env_free(first);
    cr_assert_eq(second->lock(second, file), 0);
    cr_assert_eq(second->lock(second, file), 0);
    sim_env_free(second);
    sim_disk_free(disk);
}

// ---- the rest ----

Test(sim_env, reads_and_writes_can_be_short) {
    SimDisk *disk = sim_disk_new();
    Env *env = sim_env_new(disk, &(SimOptions){.seed = 3, .short_one_in = 2, .input = "abcdefgh", .input_size = 8});
    int file = open_file(env, "f", ENV_DIRECT);
    char *blocks = aligned_alloc(ENV_ALIGN, 16 * ENV_ALIGN), text[9] = "";
    memset(blocks, 'x', 16 * ENV_ALIGN);
    size_t calls = 0;
    for (uint64_t at = 0; at < 16 * ENV_ALIGN; calls++) {
        int64_t put = env->write_at(env, file, blocks + at, (size_t)(16 * ENV_ALIGN - at), at);
        cr_assert(put > 0 && put % ENV_ALIGN == 0);
        at += (uint64_t)put;
    }
    cr_assert_gt(calls, 1);
    cr_assert_eq(env->write_at(env, file, blocks, 100, 0), -EINVAL);
    cr_assert_eq(env->write_at(env, file, blocks + 8, ENV_ALIGN, 0), -EINVAL);
    for (size_t got = 0; got < 8;) got += (size_t)env->read(env, ENV_STDIN, text + got, 8 - got);
    cr_assert_str_eq(text, "abcdefgh");
    cr_assert_eq(env->read(env, ENV_STDIN, text, 8), 0);
    free(blocks);
    sim_env_free(env);
    sim_disk_free(disk);
}

Test(sim_env, a_map_is_what_was_there) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "f", "abc", 3);
    Env *env = begin(disk);
    const void *map;
    cr_assert_eq(env->map(env, open_file(env, "f", ENV_READ), 100, &map), 0);
    cr_assert_eq(memcmp(map, "abc", 3), 0);
    env->unmap(env, map, 100);
    sim_env_free(env);
    sim_disk_free(disk);
}

static void note_order(void *argument, size_t i) {
    Buf *order = argument;
    buf_putc(order, (char)('0' + i));
}

static void count_up(void *argument) {
    ++*(int *)argument;
}

// What bodies, jobs and the clock did, as text.
static Buf schedule(SimDisk *disk, uint64_t seed) {
    Buf text = {0};
    Env *env = sim_env_new(disk, &(SimOptions){.seed = seed});
    env->run_all(env, 5, note_order, &text);
    int runs[2] = {0}, looks = 0;
    EnvJob *first = env->start(env, count_up, &runs[0]), *second = env->start(env, count_up, &runs[1]);
    while (!env->is_done(env, first)) looks++;
    cr_assert_eq(runs[0], 1);
    buf_printf(&text, " %d %d %llu", looks, runs[1], (unsigned long long)env->now(env));
    env->finish(env, first);
    env->finish(env, second);
    cr_assert(runs[0] == 1 && runs[1] == 1);
    sim_env_free(env);
    return text;
}

Test(sim_env, a_seed_decides_the_schedule) {
    SimDisk *disk = sim_disk_new();
    size_t different = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        Buf a = schedule(disk, seed), b = schedule(disk, seed), c = schedule(disk, seed + 1);
        cr_assert_str_eq(buf_text(&a), buf_text(&b));
        different += memcmp(a.data, buf_text(&c), 5) != 0;
        buf_free(&a);
        buf_free(&b);
        buf_free(&c);
    }
    cr_assert_gt(different, 90);
    sim_disk_free(disk);
}

Test(sim_env, a_stop_can_be_asked_for) {
    SimDisk *disk = sim_disk_new();
    Env *env = sim_env_new(disk, &(SimOptions){.stop_at = 2});
    env->close(env, open_file(env, "f", ENV_WRITE));
    cr_assert_eq(env->stop_signal(env), SIGTERM);
    cr_assert(!sim_env_crashed(env));
    cr_assert_eq(env->close(env, open_file(env, "f", ENV_READ)), 0);
    sim_env_free(env);
    sim_disk_free(disk);
}
