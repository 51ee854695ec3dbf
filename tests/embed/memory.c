// M2.4 Without memory an instance ends, and not the process. The C library's functions are replaced by ones that fail from the
// Nth call on, for a while; what was acknowledged before is there after. Usage: memory LIBEVERYTHING.so DIRECTORY STEP
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counts; // what is allocated
static atomic_long left;   // until there is no memory
static atomic_long used;

static bool refuses(void) {
    if (!atomic_load(&counts)) return false;
    atomic_fetch_add(&used, 1);
    if (atomic_fetch_sub(&left, 1) > 0) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    return refuses() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return refuses() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return refuses() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return refuses() ? NULL : __libc_memalign(alignment, size);
}

static PortalsProgram *program;
static const char *path;

static void nowhere(void *user, const char *text, size_t length) {
    (void)user;
    (void)text;
    (void)length;
}

static void nothing(void *user, PortalsLevel level, const char *text, size_t length) {
    (void)user;
    (void)level;
    (void)text;
    (void)length;
}

// Each call goes well, or says that there is no memory; a run may also have failed by that, or its data not be readable.
static bool judge(int code, const char *what, const PortalsError *error) {
    bool fine = code >= 0 || code == PORTALS_E_MEMORY || strstr(error->message, "memory");
    if (!fine) SAY("%s: %s: %s", what, portals_code_name(code), error->message);
    return code >= 0;
}

static uint64_t known;

static void work(PortalsInstance *run) {
    PortalsError error;
    PortalsAtom atom = {0};
    char *reply;
    for (uint64_t i = 1; i <= 3; i++)
        judge(portals_push(run, "orders", known + i, "{\"id\": 1, \"item\": \"tea\", \"price\": 1}", PORTALS_TEXT,
                           PORTALS_FOREVER, &error),
              "push", &error);
    judge(portals_ask(run, "double", "4", 1, PORTALS_MILLISECONDS(3000), &reply, NULL, &error), "ask", &error);
    portals_free(reply);
    judge(portals_read(run, "passed", 0, &atom, PORTALS_MILLISECONDS(3000), &error), "read", &error);
    judge(portals_checkpoint(run, &error), "checkpoint", &error);
    portals_atom_free(&atom);
}

static uint64_t acknowledged(PortalsInstance *run) {
    uint64_t number = 0;
    portals_acknowledged(run, "orders", &number, NULL);
    return number;
}

static size_t count_files(void) {
    size_t count = 0;
    for (int file = 0; file < 256; file++) count += fcntl(file, F_GETFD) >= 0;
    return count;
}

static void live(long limit) {
    PortalsError error;
    size_t files = count_files();
    PortalsInstance *run = NULL;
    PortalsOptions options = {.size = sizeof options, .data = path, .print = nowhere, .log = nothing, .partitions = 2};
    atomic_store(&left, limit);
    atomic_store(&counts, true);
    if (judge(portals_start(program, &options, &run, &error), "start", &error)) work(run);
    atomic_store(&counts, false);
    uint64_t number = run ? acknowledged(run) : 0;
    judge(portals_close(run, &error), "close", &error);
    if (count_files() != files) SAY("%zu files are left open", count_files() - files);
    // With memory everything is as it was acknowledged.
    if (portals_start(program, &options, &run, &error)) {
        SAY("start again: %s", error.message);
        return;
    }
    if (acknowledged(run) < number || acknowledged(run) < known) SAY("atom %llu is gone", (unsigned long long)number);
    known = acknowledged(run);
    PortalsAtom atom = {0};
    while (portals_read(run, "passed", 0, &atom, PORTALS_NO_WAIT, NULL) == PORTALS_OK)
        portals_taken(run, "passed", atom.number, NULL);
    portals_atom_free(&atom);
    if (portals_close(run, &error)) SAY("close again: %s", error.message);
}

static long next_limit;

static void live_once(void) {
    live(next_limit);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    PortalsError error;
    path = argv[2];
    long step = atol(argv[3]);
    if (portals_load(argv[1], &program, &error)) {
        puts(error.message);
        return 1;
    }
    do {
        atomic_store(&used, 0);
        RUN(live_once);
        next_limit += step + next_limit / 20;
    } while (atomic_load(&used) >= next_limit - step - (next_limit - step) / 20 && !failed);
    printf("  out of memory at up to %ld allocations\n", next_limit);
    return report("memory");
}
