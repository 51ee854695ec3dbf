// The kill test of programs that embed others: a host process is killed at random, and begun again, until it has sent all its
// orders and read all receipts. In each life it sends again what is behind the last acknowledged order, and some before that.
// What it has read it keeps with its number, as a host should; in the end that must be what a run gives to which nothing happens.
//
// M3.3 M3.4 M6.3
//
// Usage: kill LIBKILL.so DIRECTORY KILLS SEED. A kill counts if its life has kept something, and left something to do.
#include <portals.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORDERS = 4000, ITEMS = 7, AGAIN = 10, MOST_EVENTS = 4, LINE = 128, RECORD = 1 << 16 };

static const char *library, *directory;
static uint64_t seed;

static uint64_t chance(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

// ---- the orders ----

static int events_of(uint64_t number) {
    return 1 + (int)(number % MOST_EVENTS);
}

static int item_of(uint64_t number, int event) {
    return (int)((number * 5 + (uint64_t)event * 3) % ITEMS);
}

static int count_of(uint64_t number, int event) {
    return (int)(number % 9) + event;
}

static size_t write_order(uint64_t number, char *to) {
    size_t length = 0;
    for (int i = 0; i < events_of(number); i++)
        length += (size_t)sprintf(to + length, "{\"number\": %llu, \"item\": %d, \"count\": %d}\n", (unsigned long long)number,
                                  item_of(number, i), count_of(number, i));
    return length;
}

// ---- what the host keeps: records `=NUMBER LENGTH`, a newline, and the receipts ----

typedef struct Kept {
    int file;
    uint64_t number; // of the last atom of receipts
    off_t size;
} Kept;

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1);
    *size = 0;
    if (!file) return text;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    text = realloc(text, *size + 1);
    *size = fread(text, 1, *size, file);
    text[*size] = '\0';
    fclose(file);
    return text;
}

// Calls `each` for every whole record; returns where the last one ends.
static size_t read_records(const char *text, size_t size,
                           void (*each)(void *user, uint64_t number, const char *lines, size_t length), void *user) {
    size_t at = 0;
    for (;;) {
        unsigned long long number;
        size_t length;
        int head = 0;
        if (sscanf(text + at, "=%llu %zu%n", &number, &length, &head) != 2 || text[at + (size_t)head] != '\n') return at;
        if (at + (size_t)head + 1 + length > size) return at;
        each(user, number, text + at + head + 1, length);
        at += (size_t)head + 1 + length;
    }
}

static void note_number(void *user, uint64_t number, const char *lines, size_t length) {
    (void)lines;
    (void)length;
    *(uint64_t *)user = number;
}

// What was being written when the host was killed is written again.
static Kept open_kept(const char *path) {
    Kept kept = {0};
    size_t size;
    char *text = read_file(path, &size);
    kept.size = (off_t)read_records(text, size, note_number, &kept.number);
    kept.file = open(path, O_WRONLY | O_CREAT, 0666);
    if (ftruncate(kept.file, kept.size)) exit(9);
    lseek(kept.file, kept.size, SEEK_SET);
    free(text);
    return kept;
}

static void keep(Kept *kept, const PortalsAtom *atom) {
    static char record[RECORD];
    int head = snprintf(record, sizeof record, "=%llu %zu\n", (unsigned long long)atom->number, atom->length);
    size_t size = (size_t)head + atom->length;
    if (size > sizeof record) exit(9);
    memcpy(record + head, atom->json, atom->length);
    if (write(kept->file, record, size) != (ssize_t)size) exit(9);
    kept->number = atom->number;
}

// ---- a life of the host ----

static void fail(const char *what, int code, const PortalsError *error) {
    printf("FAIL %s: %s: %s\n", what, portals_code_name(code), error->message);
    fflush(stdout);
    _exit(3);
}

static PortalsInstance *begin(unsigned partitions) {
    PortalsError error;
    PortalsProgram *program;
    PortalsInstance *run;
    char data[512];
    snprintf(data, sizeof data, "%s/data", directory);
    PortalsOptions options = {
        .size = sizeof options, .data = data, .partitions = partitions, .epoch = PORTALS_MILLISECONDS(2), .max_inbox = 20000};
    int code = portals_load(library, &program, &error);
    if (!code) code = portals_start(program, &options, &run, &error);
    if (code) fail("start", code, &error);
    portals_unload(program);
    return run;
}

static void push_one(PortalsInstance *run, uint64_t number, bool again) {
    PortalsError error;
    char order[MOST_EVENTS * LINE];
    size_t length = write_order(number, order);
    int code = portals_push(run, "orders", number, order, length, PORTALS_FOREVER, &error);
    if (code != (again ? PORTALS_DUPLICATE : PORTALS_OK)) fail("push", code, &error);
}

static void read_all(PortalsInstance *run, Kept *kept, PortalsAtom *atom, int64_t wait) {
    PortalsError error;
    int code;
    while ((code = portals_read(run, "receipts", kept->number, atom, wait, &error)) == PORTALS_OK) {
        keep(kept, atom);
        if (chance() % 8 == 0 && (code = portals_taken(run, "receipts", kept->number, &error))) fail("taken", code, &error);
    }
    if (code != PORTALS_TIMEOUT && code != PORTALS_ENDED) fail("read", code, &error);
}

// A reply is never behind what was read before.
static void ask_one(PortalsInstance *run) {
    static long sums[ITEMS];
    PortalsError error;
    char request[16], *reply;
    int item = (int)(chance() % ITEMS);
    snprintf(request, sizeof request, "%d", item);
    int code = portals_ask(run, "sum_of", request, PORTALS_TEXT, PORTALS_FOREVER, &reply, NULL, &error);
    if (code) fail("ask", code, &error);
    if (atol(reply) < sums[item]) fail("a sum has become less", 0, &error);
    sums[item] = atol(reply);
    portals_free(reply);
}

static void live(unsigned partitions) {
    PortalsError error;
    PortalsAtom atom = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/kept", directory);
    Kept kept = open_kept(path);
    PortalsInstance *run = begin(partitions);
    uint64_t known;
    int code = portals_acknowledged(run, "orders", &known, &error);
    if (code) fail("acknowledged", code, &error);
    for (uint64_t i = known > AGAIN ? known - AGAIN + 1 : 1; i <= ORDERS; i++) {
        push_one(run, i, i <= known);
        uint64_t what = chance() % 200;
        if (what < 40) read_all(run, &kept, &atom, PORTALS_NO_WAIT);
        if (what == 40 && (code = portals_checkpoint(run, &error))) fail("checkpoint", code, &error);
        if (what == 41) ask_one(run);
    }
    portals_seal(run, NULL, NULL);
    read_all(run, &kept, &atom, PORTALS_FOREVER);
    code = portals_wait_end(run, PORTALS_FOREVER, &error);
    if (code != PORTALS_ENDED) fail("end", code, &error);
    code = portals_close(run, &error);
    if (code) fail("close", code, &error);
    portals_atom_free(&atom);
    close(kept.file);
    exit(0);
}

// ---- killing ----

static off_t size_of_kept(void) {
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s/kept", directory);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

// True if the life was killed; *counts: it has kept something.
static bool live_and_be_killed(unsigned partitions, uint64_t milliseconds, bool *counts) {
    off_t before = size_of_kept();
    fflush(stdout);
    pid_t host = fork();
    if (host == 0) live(partitions);
    if (milliseconds) {
        usleep((useconds_t)(milliseconds * 1000));
        kill(host, SIGKILL);
    }
    int status;
    waitpid(host, &status, 0);
    *counts = size_of_kept() > before;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        printf("FAIL the host died with status %x\n", status);
        exit(1);
    }
    return false;
}

// ---- what must have come ----

typedef struct Expected {
    char *text;
    size_t length, at;
    uint64_t last;
    bool wrong;
} Expected;

static Expected expect(void) {
    Expected all = {.text = malloc((size_t)ORDERS * MOST_EVENTS * LINE)};
    long sums[ITEMS] = {0}, sum = 0;
    for (uint64_t number = 1; number <= ORDERS; number++) {
        for (int i = 0; i < events_of(number); i++) {
            int item = item_of(number, i), count = count_of(number, i);
            sums[item] += count;
            sum += count;
            all.length += (size_t)sprintf(all.text + all.length, "{\"number\": %llu, \"item\": %d, \"sum\": %ld, \"all\": %ld}\n",
                                          (unsigned long long)number, item, sums[item], sum);
        }
    }
    return all;
}

static void compare(void *user, uint64_t number, const char *lines, size_t length) {
    Expected *expected = user;
    bool fine = number == expected->last + 1 && expected->at + length <= expected->length &&
                memcmp(expected->text + expected->at, lines, length) == 0;
    if (!fine && !expected->wrong)
        printf("FAIL receipts %llu behind %llu: %.200s\n  instead of %.200s\n", (unsigned long long)number,
               (unsigned long long)expected->last, lines, expected->text + (expected->at < expected->length ? expected->at : 0));
    expected->wrong |= !fine;
    expected->last = number;
    expected->at += length;
}

static bool has_come_once(void) {
    char path[512];
    snprintf(path, sizeof path, "%s/kept", directory);
    size_t size;
    char *text = read_file(path, &size);
    Expected expected = expect();
    read_records(text, size, compare, &expected);
    if (!expected.wrong && expected.at != expected.length)
        printf("FAIL only %zu bytes of %zu have come\n", expected.at, expected.length);
    bool fine = !expected.wrong && expected.at == expected.length;
    free(expected.text);
    free(text);
    return fine;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    library = argv[1];
    const char *base = argv[2];
    int wanted = atoi(argv[3]), counted = 0, lives = 0, histories = 0;
    seed = strtoull(argv[4], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    static const unsigned partitions[] = {1, 2, 4};
    while (counted < wanted) {
        char history[400];
        snprintf(history, sizeof history, "%s/%d", base, ++histories);
        directory = history;
        mkdir(history, 0777);
        bool counts;
        uint64_t longer = 0; // with each life: on a slow machine, too, one comes so far that it keeps something
        while (live_and_be_killed(partitions[lives % 3], counted < wanted ? 20 + chance() % 120 + longer : 0, &counts)) {
            counted += counts;
            longer += counts ? 0 : 10;
            lives++;
            chance();
        }
        lives++;
        if (!has_come_once()) {
            printf("  (seed %s, in %s)\n", argv[4], history);
            return 1;
        }
    }
    printf("  killed %d times in %d lives of %d runs: every receipt came once\n", counted, lives, histories);
    return 0;
}
