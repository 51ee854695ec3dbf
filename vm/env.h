// env.h - the one door to the operating system. All clocks, files, signals and address space of the VM come through an Env, so
// that a test or a simulation can take the system's place. Nothing else in vm/ calls the system.
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
    ENV_WRITE, // makes the file if there is none; leaves what it holds
} EnvOpen;

typedef enum EnvKind { ENV_FILE, ENV_DIRECTORY, ENV_OTHER } EnvKind;

typedef struct EnvStat {
    EnvKind kind;
    uint64_t size;          // of an ENV_FILE, else 0
    uint64_t device, inode; // together the identity of a file
} EnvStat;

typedef enum EnvWait { ENV_POLL, ENV_BLOCK } EnvWait;

typedef struct Env Env;

struct Env {
    // ---- files: numbers as the system gives them ----
    int (*open)(Env *env, const char *path, EnvOpen mode);
    int (*close)(Env *env, int file);
    int (*stat)(Env *env, int file, EnvStat *out);
    int (*truncate)(Env *env, int file);
    // Up to `size` bytes; 0 at the end of the file. `read_at` needs an ENV_FILE.
    int64_t (*read)(Env *env, int file, void *to, size_t size);
    int64_t (*read_at)(Env *env, int file, void *to, size_t size, uint64_t offset);
    // May write less than `size`.
    int64_t (*write)(Env *env, int file, const void *bytes, size_t size);
    // Greater than 0 if a read of one of the files would not block (data, the end, or an error); 0 if all would; -EINTR after a
    // signal.
    int (*wait_readable)(Env *env, const int *files, size_t count, EnvWait wait);

    // ---- time: nanoseconds of a clock that never goes back ----
    uint64_t (*now)(Env *env);

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
};

// The real system: SIGINT and SIGTERM ask for a stop (a second one kills), SIGPIPE is ignored, until env_real_free. One at a
// time.
Env *env_real_new(void);
void env_real_free(Env *env);

#endif
