// env.h - the one door to the operating system. All clocks, files, signals, threads and address space of the VM come through an
// Env, so that a test or a simulation can take the system's place. Nothing else in vm/ calls the system.
//
// Results below 0 are negated errno values. An interrupted call returns -EINTR and may be repeated.
#ifndef VM_ENV_H
#define VM_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENV_STDIN = 0, ENV_STDOUT = 1, ENV_STDERR = 2 };

typedef enum EnvOpen {
    ENV_READ,
    ENV_WRITE, // also for reading; makes the file if there is none; leaves what it holds
    // Like ENV_WRITE, past the page cache where the file system can do so: addresses, sizes and offsets of `write_at` are
    // multiples of ENV_ALIGN. Reads need no alignment.
    ENV_DIRECT,
} EnvOpen;

enum { ENV_ALIGN = 4096 };

typedef enum EnvKind { ENV_FILE, ENV_DIRECTORY, ENV_OTHER } EnvKind;

typedef struct EnvStat {
    EnvKind kind;
    uint64_t size;          // of an ENV_FILE, else 0
    uint64_t device, inode; // together the identity of a file
} EnvStat;

// How long to wait at most, in nanoseconds.
static const uint64_t ENV_POLL = 0, ENV_BLOCK = UINT64_MAX;

typedef struct Env Env;
typedef struct EnvJob EnvJob;

struct Env {
    // ---- files: numbers as the system gives them ----
    int (*open)(Env *env, const char *path, EnvOpen mode);
    int (*close)(Env *env, int file);
    int (*stat)(Env *env, int file, EnvStat *out);
    // Cuts the file off, or fills it up with zeroes.
    int (*resize)(Env *env, int file, uint64_t size);
    // Makes the file at least `size` bytes long, with room on the disk for all of it: writes below do not find the disk full.
    int (*allocate)(Env *env, int file, uint64_t size);
    // Returns when what was written and the length of the file are on the disk.
    int (*sync)(Env *env, int file);
    // Up to `size` bytes; 0 at the end of the file. `read_at` needs an ENV_FILE.
    int64_t (*read)(Env *env, int file, void *to, size_t size);
    int64_t (*read_at)(Env *env, int file, void *to, size_t size, uint64_t offset);
    // May write less than `size`.
    int64_t (*write)(Env *env, int file, const void *bytes, size_t size);
    int64_t (*write_at)(Env *env, int file, const void *bytes, size_t size, uint64_t offset);
    // The first `size` bytes of an ENV_FILE, read only, until `unmap`. What lies behind the end of the file must not be touched.
    int (*map)(Env *env, int file, size_t size, const void **out);
    void (*unmap)(Env *env, const void *start, size_t size);
    // An exclusive lock on the whole file, held until it is closed or the process ends; -EAGAIN: another process has it.
    int (*lock)(Env *env, int file);
    // Greater than 0 if a read of one of the files would not block (data, the end, or an error); 0 if all would when the time is
    // over; -EINTR after a signal. Without files it waits for the time.
    int (*wait_readable)(Env *env, const int *files, size_t count, uint64_t time);

    // ---- directories: changes are on the disk after sync_directory ----
    int (*make_directory)(Env *env, const char *path); // 0 also if it is there
    // Calls `visit` with each name in it, but for . and .., in any order.
    int (*list)(Env *env, const char *path, void (*visit)(void *user, const char *name), void *user);
    int (*rename)(Env *env, const char *from, const char *to); // replaces `to`
    int (*remove)(Env *env, const char *path);
    int (*sync_directory)(Env *env, const char *path);
    // A name that no other process uses, for files that are removed at once. Valid as long as the Env.
    const char *scratch;

    // ---- threads ----
    // Calls body(argument, i) for each i below `count`, at once where there are threads, and returns when all have returned. What
    // was written before a call is seen in it, and what it wrote is seen after. One at a time; not from within a body.
    void (*run_all)(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument);
    // Begins to run body(argument) in a thread of its own. `finish` waits for it, and must be called once.
    EnvJob *(*start)(Env *env, void (*body)(void *argument), void *argument);
    bool (*is_done)(Env *env, EnvJob *job);
    void (*finish)(Env *env, EnvJob *job);

    // ---- time: nanoseconds of a clock that never goes back ----
    uint64_t (*now)(Env *env);
    // The same clock, which costs less to read, and may be some milliseconds behind.
    uint64_t (*now_roughly)(Env *env);

    // Nanoseconds since 1970 (UTC). People set this clock, also back.
    int64_t (*clock)(Env *env);
    // 64 bits by chance.
    uint64_t (*random)(Env *env);

    // ---- signals: SIGINT or SIGTERM once it has come, else 0 ----
    int (*stop_signal)(Env *env);

    // ---- memory ----
    // Address space without memory behind it, a multiple of 64 KiB; NULL if refused.
    void *(*reserve)(Env *env, size_t size);
    // Makes a part of it usable; zeroed at first. False if the system has no memory.
    bool (*commit)(Env *env, void *start, size_t size);
    // Gives the memory of a committed part back; it reads as anything later.
    void (*discard)(Env *env, void *start, size_t size);
    void (*unreserve)(Env *env, void *start, size_t size);
    // The most memory the process has had at one time, in bytes.
    uint64_t (*peak_memory)(Env *env);
    // The address below which the running thread's stack should not grow.
    char *(*stack_limit)(Env *env);

    // ---- bells: by which a thread that waits for files is woken by another one ----
    // A file that wait_readable finds readable from a `ring` on, by any thread, until `hush`. Closed by `close`.
    int (*bell)(Env *env);
    void (*ring)(Env *env, int bell);
    void (*hush)(Env *env, int bell);
};

// The real system: SIGINT and SIGTERM ask for a stop (a second one kills), SIGPIPE is ignored, until env_real_free. One at a
// time.
Env *env_real_new(void);
void env_real_free(Env *env);

#endif
