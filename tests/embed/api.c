// Every function and every code of portals.h. Usage: api LIBEVERYTHING.so LIBPLAIN.so DIRECTORY (a new one)
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *everything_path, *plain_path, *directory;
static PortalsProgram *program;
static PortalsError error;

#define SOON PORTALS_MILLISECONDS(100000)

static const char *data_path(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

// ---- what the callbacks have been told ----

typedef struct Heard {
    pthread_mutex_t lock;
    char text[3][4096]; // by level; [PORTALS_WARNING] also has what is printed
    size_t length[3];
} Heard;

static void hear(Heard *heard, int what, const char *text, size_t length) {
    pthread_mutex_lock(&heard->lock);
    if (heard->length[what] + length < sizeof heard->text[what]) {
        memcpy(heard->text[what] + heard->length[what], text, length);
        heard->length[what] += length;
    }
    pthread_mutex_unlock(&heard->lock);
}

static void on_log(void *user, PortalsLevel level, const char *text, size_t length) {
    hear(user, level == PORTALS_WARNING ? PORTALS_LOG : level, text, length);
}

static void on_print(void *user, const char *text, size_t length) {
    hear(user, PORTALS_WARNING, text, length);
}

static PortalsInstance *start_with(PortalsOptions options) {
    PortalsInstance *instance = NULL;
    options.size = sizeof options;
    if (!options.log) options.log = on_log;
    if (!options.print) options.print = on_print;
    static Heard nobody = {.lock = PTHREAD_MUTEX_INITIALIZER};
    if (!options.user) options.user = &nobody;
    EXPECT(PORTALS_OK, portals_start(program, &options, &instance, &error));
    return instance;
}

static PortalsInstance *start(const char *data) {
    return start_with((PortalsOptions){.data = data});
}

// ---- programs ----

TEST(versions) {
    CHECK(portals_version() == PORTALS_VERSION);
    CHECK(portals_abi() > 0);
}

TEST(codes_have_names_and_messages) {
    for (int code = PORTALS_E_FAILED; code <= PORTALS_ENDED; code++) {
        CHECK(strncmp(portals_code_name(code), "PORTALS_", 8) == 0);
        CHECK(strcmp(portals_message(code), "unknown code") != 0);
    }
    CHECK_TEXT("PORTALS_E_BUSY", portals_code_name(PORTALS_E_BUSY));
    CHECK_TEXT("the data directory is in use", portals_message(PORTALS_E_BUSY));
    CHECK_TEXT("?", portals_code_name(77));
    CHECK_TEXT("unknown code", portals_message(-77));
}

// M1.2
TEST(loading_what_is_no_program) {
    PortalsProgram *none = (PortalsProgram *)&error;
    EXPECT_MESSAGE(PORTALS_E_LOAD, "nowhere.so", portals_load("./nowhere.so", &none, &error));
    CHECK(!none);
    EXPECT(PORTALS_E_LOAD, portals_load(directory, &none, &error));
    FILE *file = fopen(data_path("garbage.so"), "w");
    fputs("this is no shared object, but a text that is long enough to have a head", file);
    fclose(file);
    EXPECT(PORTALS_E_LOAD, portals_load(data_path("garbage.so"), &none, &error));
    EXPECT_MESSAGE(PORTALS_E_PROGRAM, "no program of Portals", portals_load("libm.so.6", &none, &error));
    EXPECT_MESSAGE(PORTALS_E_ABI, "interface 10", portals_load(data_path("libold.so"), &none, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_load(NULL, &none, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_load(everything_path, NULL, &error));
    CHECK(portals_load("./nowhere.so", &none, NULL) == PORTALS_E_LOAD);
    portals_unload(NULL);
}

static void check_item(PortalsKind kind, size_t index, const char *name, const char *type, const char *reply) {
    PortalsItem item;
    CHECK(portals_item(program, kind, index, &item) == PORTALS_OK);
    CHECK_TEXT(name, item.name);
    CHECK_TEXT(type, item.type);
    CHECK(!reply == !item.reply);
    if (reply) CHECK_TEXT(reply, item.reply);
}

// M1.5
TEST(what_a_program_has) {
    CHECK_TEXT("Everything", portals_name(program));
    CHECK(portals_count(program, PORTALS_INBOX) == 2 && portals_count(program, PORTALS_OUTBOX) == 2);
    CHECK(portals_count(program, PORTALS_PORTAL) == 2 && portals_count(program, PORTALS_PARAM) == 2);
    check_item(PORTALS_INBOX, 0, "orders", "Order", NULL);
    check_item(PORTALS_INBOX, 1, "numbers", "Int", NULL);
    check_item(PORTALS_OUTBOX, 0, "passed", "Order", NULL);
    check_item(PORTALS_OUTBOX, 1, "sums", "Int", NULL);
    check_item(PORTALS_PORTAL, 0, "double", "Int", "Int");
    check_item(PORTALS_PORTAL, 1, "describe", "Order", "String");
    check_item(PORTALS_PARAM, 0, "greeting", "String", NULL);
    PortalsItem item;
    CHECK(portals_item(program, PORTALS_PARAM, 0, &item) == PORTALS_OK && item.doc);
    CHECK(portals_item(program, PORTALS_PARAM, 2, &item) == PORTALS_E_ARGUMENT);
    CHECK(portals_item(program, (PortalsKind)9, 0, &item) == PORTALS_E_ARGUMENT);
    CHECK(portals_item(NULL, PORTALS_PARAM, 0, &item) == PORTALS_E_ARGUMENT);
    CHECK(portals_count(NULL, PORTALS_PARAM) == 0);
    CHECK_TEXT("", portals_name(NULL));
}

// ---- options ----

static void refuse(PortalsOptions options, int wanted, const char *part) {
    PortalsInstance *instance = (PortalsInstance *)&error;
    EXPECT_MESSAGE(wanted, part, portals_start(program, &options, &instance, &error));
    CHECK(!instance);
}

// M2.2
TEST(wrong_options) {
    const char *one[1];
    PortalsOptions options = {.size = sizeof options};
#define WITH(...)                                                                                                                \
    (PortalsOptions) {                                                                                                           \
        .size = sizeof(PortalsOptions), __VA_ARGS__                                                                              \
    }
#define PARAM(text) (one[0] = (text), WITH(.params = one, .param_count = 1))
    refuse((PortalsOptions){0}, PORTALS_E_ARGUMENT, "sizeof");
    refuse((PortalsOptions){.size = sizeof options + 1}, PORTALS_E_ARGUMENT, "sizeof");
    refuse(WITH(.partitions = 65), PORTALS_E_OPTION, "64");
    refuse(WITH(.epoch = -1), PORTALS_E_OPTION, "epoch");
    refuse(WITH(.data = ""), PORTALS_E_OPTION, "data directory");
    refuse(WITH(.param_count = 1), PORTALS_E_ARGUMENT, "params");
    refuse(PARAM(NULL), PORTALS_E_ARGUMENT, "params[0]");
    refuse(PARAM("factor=x"), PORTALS_E_OPTION, "`factor` needs an Int");
    refuse(PARAM("factr=1"), PORTALS_E_OPTION, "did you mean `factor`");
    refuse(PARAM("factor"), PORTALS_E_OPTION, "`factor` needs a value");
    refuse(PARAM("--factor=1"), PORTALS_E_OPTION, "unknown option `--factor`");
    refuse(PARAM("partitions=0"), PORTALS_E_OPTION, "`partitions` needs a number from 1");
    refuse(PARAM("rebind=1"), PORTALS_E_OPTION, "`rebind` takes no value");
    refuse(PARAM("data=somewhere"), PORTALS_E_OPTION, "a field of PortalsOptions");
    refuse(PARAM(""), PORTALS_E_OPTION, "");
    refuse(PARAM("help"), PORTALS_E_OPTION, "command line");
    refuse(PARAM("stats"), PORTALS_E_OPTION, "command line");
    PortalsInstance *instance;
    EXPECT(PORTALS_E_ARGUMENT, portals_start(NULL, &options, &instance, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_start(program, NULL, &instance, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_start(program, &options, NULL, &error));
    CHECK(portals_close(NULL, &error) == PORTALS_OK);
    portals_stop(NULL);
}

// M2.1
TEST(wrong_data_directories) {
    char path[512];
    snprintf(path, sizeof path, "%s", data_path("busy"));
    PortalsInstance *holder = start(path);
    refuse(WITH(.data = path), PORTALS_E_BUSY, "in use by another process or instance");
    portals_close(holder, NULL);
    refuse(WITH(.data = everything_path), PORTALS_E_DATA, "file of this name");
    refuse(WITH(.data = data_path("no/such/parent")), PORTALS_E_DATA, "");
    PortalsProgram *plain;
    PortalsInstance *instance;
    EXPECT(PORTALS_OK, portals_load(plain_path, &plain, &error));
    PortalsOptions options = WITH(.data = path);
    EXPECT_MESSAGE(PORTALS_E_DATA, "belongs to the app Everything", portals_start(plain, &options, &instance, &error));
    portals_unload(plain);
}

// ---- a run ----

static void read_one(PortalsInstance *instance, const char *outbox, uint64_t after, uint64_t number, const char *json) {
    PortalsAtom atom = {0};
    EXPECT(PORTALS_OK, portals_read(instance, outbox, after, &atom, SOON, &error));
    CHECK(atom.number == number);
    CHECK_TEXT(json, atom.json);
    CHECK(atom.length == strlen(json));
    portals_atom_free(&atom);
    CHECK(!atom.json && !atom.capacity);
}

// M3.1 M4.1
TEST(atoms_go_in_and_come_out) {
    PortalsInstance *run = start(NULL);
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "1\n2", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 7, "[5, 10]", 7, SOON, &error));
    EXPECT(PORTALS_DUPLICATE, portals_push(run, "numbers", 7, "4", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_DUPLICATE, portals_push(run, "numbers", 3, "4", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 8, NULL, 0, SOON, &error));
    EXPECT(PORTALS_OK, portals_wait_acknowledged(run, "numbers", 8, SOON, &error));
    uint64_t number;
    EXPECT(PORTALS_OK, portals_acknowledged(run, "numbers", &number, &error));
    CHECK(number == 8);
    read_one(run, "sums", 0, 1, "1000\n1500\n");
    read_one(run, "sums", 1, 2, "1700\n1800\n");
    PortalsAtom atom = {0};
    EXPECT(PORTALS_TIMEOUT, portals_read(run, "sums", 2, &atom, PORTALS_NO_WAIT, &error));
    EXPECT(PORTALS_TIMEOUT, portals_read(run, "sums", 2, &atom, PORTALS_MILLISECONDS(20), &error));
    EXPECT(PORTALS_OK, portals_taken(run, "sums", 1, &error));
    EXPECT(PORTALS_OK, portals_taken(run, "sums", 1, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_taken(run, "sums", 0, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_taken(run, "sums", 3, &error));
    read_one(run, "sums", 0, 2, "1700\n1800\n");
    EXPECT(PORTALS_OK, portals_checkpoint(run, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
}

TEST(an_atom_reuses_its_memory) {
    PortalsInstance *run = start(NULL);
    PortalsAtom atom = {0};
    for (uint64_t i = 1; i <= 50; i++) EXPECT(PORTALS_OK, portals_push(run, "numbers", i, "1000", 4, SOON, &error));
    for (uint64_t i = 1; i <= 50 && !is_wrong; i++) {
        EXPECT(PORTALS_OK, portals_read(run, "sums", atom.number, &atom, SOON, &error));
        CHECK(atom.number == i && atom.events == 1 && (uint64_t)atoi(atom.json) == i && atom.json[atom.length] == '\0');
    }
    portals_atom_free(&atom);
    portals_atom_free(NULL);
    portals_close(run, NULL);
}

// M3.2
TEST(wrong_values_leave_nothing) {
    PortalsInstance *run = start_with((PortalsOptions){.max_atom = 100000});
    EXPECT_MESSAGE(PORTALS_E_VALUE, "line 1, column 1: expected an Int",
                   portals_push(run, "numbers", 1, "true", PORTALS_TEXT, SOON, &error));
    EXPECT_MESSAGE(PORTALS_E_VALUE, "line 2", portals_push(run, "numbers", 1, "1\n\"2\"", PORTALS_TEXT, SOON, &error));
    EXPECT_MESSAGE(PORTALS_E_VALUE, "item",
                   portals_push(run, "orders", 1, "{\"id\": 1, \"price\": 2}", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_E_VALUE,
           portals_push(run, "orders", 1, "{\"id\": 1, \"item\": \"\xff\", \"price\": 2}", PORTALS_TEXT, SOON, &error));
    char *huge = malloc(200001);
    memset(huge, ' ', 200000);
    huge[200000] = '\0';
    EXPECT(PORTALS_E_TOO_LARGE, portals_push(run, "numbers", 1, huge, 200000, SOON, &error));
    free(huge);
    EXPECT(PORTALS_E_ARGUMENT, portals_push(run, "numbers", 0, "1", 1, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_push(run, "numbers", 1, NULL, 3, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_push(run, NULL, 1, "1", 1, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_push(NULL, "numbers", 1, "1", 1, SOON, &error));
    EXPECT_MESSAGE(PORTALS_E_NAME, "`orders`, `numbers`", portals_push(run, "number", 1, "1", 1, SOON, &error));
    EXPECT(PORTALS_E_NAME, portals_push(run, "sums", 1, "1", 1, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "1", 1, SOON, &error));
    read_one(run, "sums", 0, 1, "1000\n");
    portals_close(run, NULL);
}

// What the run could not take is not pushed: it would be lost.
TEST(an_atom_that_grows_too_large) {
    PortalsProgram *wide;
    PortalsInstance *run;
    PortalsOptions options = WITH(.max_atom = 1000);
    char text[400];
    size_t length = 0;
    for (int i = 0; i < 100; i++) length += (size_t)sprintf(text + length, "[]\n");
    EXPECT(PORTALS_OK, portals_load(data_path("libwide.so"), &wide, &error));
    options.data = data_path("wide");
    EXPECT(PORTALS_OK, portals_start(wide, &options, &run, &error));
    EXPECT(PORTALS_E_TOO_LARGE, portals_push(run, "lists", 1, text, length, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "lists", 1, text, length / 2, SOON, &error));
    EXPECT(PORTALS_OK, portals_checkpoint(run, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
    portals_unload(wide);
}

TEST(names_and_nulls) {
    PortalsInstance *run = start(NULL);
    PortalsAtom atom = {0};
    PortalsStatus status;
    uint64_t number;
    char *reply;
    EXPECT(PORTALS_E_NAME, portals_acknowledged(run, "sums", &number, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_acknowledged(run, "orders", NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_acknowledged(NULL, "orders", &number, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_wait_acknowledged(run, "orders", 1, SOON, &error));
    EXPECT(PORTALS_E_NAME, portals_wait_acknowledged(run, "order", 1, SOON, &error));
    EXPECT(PORTALS_E_NAME, portals_seal(run, "sums", &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_seal(NULL, "orders", &error));
    EXPECT(PORTALS_E_NAME, portals_read(run, "orders", 0, &atom, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_read(run, "sums", 0, NULL, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_read(run, NULL, 0, &atom, SOON, &error));
    EXPECT(PORTALS_E_NAME, portals_taken(run, "said", 0, &error));
    EXPECT_MESSAGE(PORTALS_E_NAME, "`double`, `describe`", portals_ask(run, "triple", "1", 1, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_ask(run, "double", "1", 1, SOON, NULL, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_ask(run, "double", NULL, 0, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_ask(run, NULL, "1", 1, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_ask(NULL, "double", "1", 1, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_checkpoint(NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_status(run, NULL, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_status(NULL, &status, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_wait_quiet(NULL, SOON, &error));
    EXPECT(PORTALS_E_ARGUMENT, portals_wait_end(NULL, SOON, &error));
    CHECK(portals_poll_fd(NULL) == PORTALS_E_ARGUMENT);
    portals_poll_clear(NULL);
    portals_free(NULL);
    // Without a place for the error, too.
    CHECK(portals_push(run, "number", 1, "1", 1, SOON, NULL) == PORTALS_E_NAME);
    CHECK(portals_push(run, "numbers", 1, "1", 1, SOON, NULL) == PORTALS_OK);
    CHECK(portals_close(run, NULL) == PORTALS_OK);
}

// ---- portals ----

static void ask_for(PortalsInstance *run, const char *portal, const char *request, const char *wanted) {
    char *reply;
    size_t length = 0;
    EXPECT(PORTALS_OK, portals_ask(run, portal, request, PORTALS_TEXT, SOON, &reply, &length, &error));
    CHECK_TEXT(wanted, reply);
    CHECK(length == strlen(wanted));
    portals_free(reply);
}

// M5.1 M5.2 M5.3
TEST(portals_can_be_asked) {
    const char *params[] = {"factor=3"};
    PortalsInstance *run = start_with((PortalsOptions){.params = params, .param_count = 1});
    ask_for(run, "double", "14", "42");
    ask_for(run, "describe", "{\"id\": 1, \"item\": \"tea\", \"price\": 0.5}", "\"tea (1)\"");
    ask_for(run, "describe", "{\"id\": 1, \"item\": \"cup\", \"price\": 0.5}", "\"cup (2)\"");
    char *reply;
    EXPECT_MESSAGE(PORTALS_E_REPLY, "no negative numbers", portals_ask(run, "double", "-1", 2, SOON, &reply, NULL, &error));
    CHECK(!reply);
    EXPECT(PORTALS_E_VALUE, portals_ask(run, "double", "\"x\"", 3, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_VALUE, portals_ask(run, "double", "1 2", 3, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_TIMEOUT, portals_ask(run, "double", "1000", 4, PORTALS_MILLISECONDS(30), &reply, NULL, &error));
    ask_for(run, "double", "2", "6");
    portals_close(run, NULL);
}

// ---- callbacks ----

// M2.3
TEST(what_is_printed_and_logged) {
    Heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const char *params[] = {"greeting=good day,"};
    PortalsInstance *run = start_with((PortalsOptions){.params = params, .param_count = 1, .user = &heard});
    EXPECT(PORTALS_OK,
           portals_push(run, "orders", 1, "{\"id\": 1, \"item\": \"Ann\", \"price\": 1.5}", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "10", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_wait_quiet(run, SOON, &error));
    portals_close(run, NULL);
    CHECK_TEXT("good day, Ann\n", heard.text[PORTALS_WARNING]);
    CHECK_TEXT("10\n", heard.text[PORTALS_LOG]);
    CHECK_TEXT("", heard.text[PORTALS_NOTE]);
}

// ---- going on, ending, failing ----

// M4.2 M6.1 M6.2
TEST(a_run_goes_on) {
    char path[512];
    snprintf(path, sizeof path, "%s", data_path("goes_on"));
    PortalsInstance *run = start(path);
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 5, "1\n2", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 6, "4", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_checkpoint(run, &error));
    EXPECT(PORTALS_OK, portals_wait_quiet(run, SOON, &error));
    EXPECT(PORTALS_OK, portals_taken(run, "sums", 1, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
    Heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    run = start_with((PortalsOptions){.data = path, .user = &heard});
    CHECK(strstr(heard.text[PORTALS_NOTE], "resumed at epoch"));
    uint64_t number;
    EXPECT(PORTALS_OK, portals_acknowledged(run, "numbers", &number, &error));
    CHECK(number == 6);
    EXPECT(PORTALS_DUPLICATE, portals_push(run, "numbers", 6, "4", PORTALS_TEXT, SOON, &error));
    read_one(run, "sums", 0, 2, "1750\n");
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 7, "1000", PORTALS_TEXT, SOON, &error));
    read_one(run, "sums", 2, 3, "1751\n");
    EXPECT(PORTALS_OK, portals_close(run, &error));
}

// M3.6 M4.3
TEST(a_run_ends) {
    char path[512];
    snprintf(path, sizeof path, "%s", data_path("ends"));
    PortalsInstance *run = start(path);
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "1", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_seal(run, "numbers", &error));
    EXPECT(PORTALS_OK, portals_seal(run, "numbers", &error));
    EXPECT(PORTALS_E_SEALED, portals_push(run, "numbers", 2, "1", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_TIMEOUT, portals_wait_end(run, PORTALS_MILLISECONDS(20), &error));
    EXPECT(PORTALS_OK, portals_seal(run, NULL, &error));
    EXPECT(PORTALS_ENDED, portals_wait_end(run, SOON, &error));
    EXPECT(PORTALS_ENDED, portals_wait_quiet(run, SOON, &error));
    PortalsStatus status;
    PortalsAtom atom = {0};
    char *reply;
    EXPECT(PORTALS_OK, portals_status(run, &status, &error));
    CHECK(status.state == PORTALS_HAS_ENDED && status.code == PORTALS_ENDED && !status.message && status.events == 1);
    EXPECT(PORTALS_ENDED, portals_push(run, "numbers", 3, "1", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_ENDED, portals_ask(run, "double", "1", 1, SOON, &reply, NULL, &error));
    read_one(run, "sums", 0, 1, "1000\n");
    EXPECT(PORTALS_ENDED, portals_read(run, "sums", 1, &atom, SOON, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
    run = start(path);
    EXPECT(PORTALS_ENDED, portals_wait_end(run, SOON, &error));
    read_one(run, "sums", 0, 1, "1000\n");
    EXPECT(PORTALS_OK, portals_taken(run, "sums", 1, &error));
    EXPECT(PORTALS_OK, portals_checkpoint(run, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
    run = start(path);
    EXPECT(PORTALS_ENDED, portals_read(run, "sums", 0, &atom, SOON, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
}

static void seal_and_die(const char *path) {
    PortalsInstance *run = start(path);
    if (portals_seal(run, "numbers", &error) || portals_checkpoint(run, &error)) _exit(1);
    raise(SIGKILL);
}

// M6.1 M6.3
TEST(an_end_survives_a_checkpoint) {
    for (int life = 0; life < 10 && !is_wrong; life++) {
        char path[512], name[32];
        snprintf(name, sizeof name, "sealed%d", life);
        snprintf(path, sizeof path, "%s", data_path(name));
        pid_t host = fork();
        if (host == 0) seal_and_die(path);
        int status;
        waitpid(host, &status, 0);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        PortalsInstance *run = start(path);
        EXPECT(PORTALS_E_SEALED, portals_push(run, "numbers", 1, "1", 1, SOON, &error));
        portals_close(run, NULL);
    }
}

// M8.1 M8.2
TEST(a_run_fails) {
    char path[512];
    snprintf(path, sizeof path, "%s", data_path("fails"));
    PortalsInstance *run = start(path);
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "2", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_OK, portals_wait_acknowledged(run, "numbers", 1, SOON, &error));
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 2, "0", PORTALS_TEXT, SOON, &error));
    EXPECT_MESSAGE(PORTALS_E_FAILED, "division by zero", portals_wait_end(run, SOON, &error));
    PortalsStatus status;
    PortalsAtom atom = {0};
    EXPECT(PORTALS_OK, portals_status(run, &status, &error));
    CHECK(status.state == PORTALS_HAS_FAILED && status.code == PORTALS_E_FAILED);
    CHECK(status.message && strstr(status.message, "event 1 of atom 2 of stream `numbers`"));
    CHECK(status.file && strstr(status.file, "everything.portals") && status.line == 39 && status.column > 1);
    portals_free(status.message);
    read_one(run, "sums", 0, 1, "500\n");
    EXPECT(PORTALS_E_FAILED, portals_read(run, "sums", 1, &atom, SOON, &error));
    EXPECT(PORTALS_E_FAILED, portals_push(run, "numbers", 3, "1", PORTALS_TEXT, SOON, &error));
    EXPECT(PORTALS_E_FAILED, portals_checkpoint(run, &error));
    EXPECT(PORTALS_E_FAILED, portals_close(run, &error));
    // The atom is acknowledged like others: the run meets it again, until it is told to pass over it.
    uint64_t number;
    run = start(path);
    EXPECT(PORTALS_OK, portals_acknowledged(run, "numbers", &number, &error));
    CHECK(number == 2);
    EXPECT_MESSAGE(PORTALS_E_FAILED, "division by zero", portals_wait_end(run, SOON, &error));
    EXPECT(PORTALS_E_FAILED, portals_close(run, &error));
    Heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    char skip[600];
    snprintf(skip, sizeof skip, "skip-atom=%s.skipped", path);
    const char *params[] = {skip};
    run = start_with((PortalsOptions){.data = path, .params = params, .param_count = 1, .user = &heard});
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 3, "10", PORTALS_TEXT, SOON, &error));
    read_one(run, "sums", 1, 2, "600\n");
    CHECK(strstr(heard.text[PORTALS_LOG], "warning: division by zero"));
    EXPECT(PORTALS_OK, portals_close(run, &error));
}

TEST(a_run_is_stopped) {
    PortalsInstance *run = start(NULL);
    EXPECT(PORTALS_OK, portals_wait_quiet(run, SOON, &error));
    PortalsStatus status;
    EXPECT(PORTALS_OK, portals_status(run, &status, &error));
    CHECK(status.state == PORTALS_QUIET && status.code == PORTALS_OK);
    portals_stop(run);
    char *reply;
    PortalsAtom atom = {0};
    EXPECT(PORTALS_E_STOPPED, portals_push(run, "numbers", 1, "1", 1, SOON, &error));
    EXPECT(PORTALS_E_STOPPED, portals_ask(run, "double", "1", 1, SOON, &reply, NULL, &error));
    EXPECT(PORTALS_E_STOPPED, portals_wait_end(run, SOON, &error));
    EXPECT(PORTALS_E_STOPPED, portals_read(run, "sums", 0, &atom, SOON, &error));
    EXPECT(PORTALS_E_STOPPED, portals_checkpoint(run, &error));
    EXPECT(PORTALS_OK, portals_status(run, &status, &error));
    CHECK(status.state == PORTALS_HAS_STOPPED && status.code == PORTALS_E_STOPPED);
    EXPECT(PORTALS_OK, portals_close(run, &error));
}

// M1.4
TEST(a_program_that_needs_no_host) {
    Heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    PortalsProgram *plain;
    PortalsInstance *run;
    const char *params[] = {"most=4"};
    PortalsOptions options =
        WITH(.params = params, .param_count = 1, .partitions = 2, .print = on_print, .log = on_log, .user = &heard);
    EXPECT(PORTALS_OK, portals_load(plain_path, &plain, &error));
    EXPECT(PORTALS_OK, portals_start(plain, &options, &run, &error));
    portals_unload(plain); // the run has it
    EXPECT(PORTALS_ENDED, portals_wait_end(run, SOON, &error));
    EXPECT(PORTALS_OK, portals_close(run, &error));
    CHECK_TEXT("0\n1\n4\n9\n", heard.text[PORTALS_WARNING]);
}

// ---- waiting ----

// M7.3
TEST(an_event_loop_is_woken) {
    PortalsInstance *run = start(NULL);
    EXPECT(PORTALS_OK, portals_wait_quiet(run, SOON, &error));
    struct pollfd poll_for = {.fd = portals_poll_fd(run), .events = POLLIN};
    CHECK(poll_for.fd >= 0);
    portals_poll_clear(run);
    EXPECT(PORTALS_OK, portals_push(run, "numbers", 1, "1", 1, SOON, &error));
    PortalsAtom atom = {0};
    int code;
    do {
        CHECK(poll(&poll_for, 1, 100000) == 1);
        portals_poll_clear(run);
        code = portals_read(run, "sums", 0, &atom, PORTALS_NO_WAIT, &error);
    } while (code == PORTALS_TIMEOUT && !is_wrong);
    CHECK(code == PORTALS_OK);
    portals_atom_free(&atom);
    portals_close(run, NULL);
}

// The run may be through with an atom before the push of it has returned.
TEST(each_atom_ends_in_quiet) {
    PortalsInstance *run = start(NULL);
    PortalsAtom atom = {0};
    for (uint64_t i = 1; i <= 500 && !is_wrong; i++) {
        EXPECT(PORTALS_OK, portals_push(run, "numbers", i, "1000", 4, SOON, &error));
        EXPECT(PORTALS_OK, portals_wait_quiet(run, SOON, &error));
        EXPECT(PORTALS_OK, portals_read(run, "sums", i - 1, &atom, PORTALS_NO_WAIT, &error));
    }
    portals_atom_free(&atom);
    portals_close(run, NULL);
}

// M3.5
TEST(a_full_inbox_makes_a_push_wait) {
    PortalsInstance *run = start_with((PortalsOptions){.max_inbox = 4000, .max_outbox = 2000, .epoch = PORTALS_MILLISECONDS(1)});
    char text[2000];
    size_t length = 0;
    for (int i = 0; i < 50; i++) length += (size_t)sprintf(text + length, "1\n");
    int code = PORTALS_OK;
    uint64_t number = 0;
    while (code == PORTALS_OK && number < 1000)
        code = portals_push(run, "numbers", ++number, text, length, PORTALS_MILLISECONDS(200), &error);
    CHECK(code == PORTALS_TIMEOUT); // nobody takes what comes out
    PortalsAtom atom = {0};
    EXPECT(PORTALS_OK, portals_read(run, "sums", 0, &atom, SOON, &error));
    do { // as long as the inbox is full, something comes out when something is taken
        EXPECT(PORTALS_OK, portals_taken(run, "sums", atom.number, &error));
        EXPECT(PORTALS_OK, portals_read(run, "sums", atom.number, &atom, SOON, &error));
        code = portals_push(run, "numbers", number, text, length, PORTALS_NO_WAIT, &error);
    } while (code == PORTALS_TIMEOUT && !is_wrong);
    CHECK(code == PORTALS_OK);
    portals_atom_free(&atom);
    portals_close(run, NULL);
}

// ---- the host's own ----

static volatile sig_atomic_t terms, pipes;

static void on_signal(int number) {
    if (number == SIGTERM) terms++;
    if (number == SIGPIPE) pipes++;
}

// M2.3
TEST(signals_are_the_hosts) {
    struct sigaction mine = {.sa_handler = on_signal}, now;
    sigaction(SIGTERM, &mine, NULL);
    sigaction(SIGPIPE, &mine, NULL);
    PortalsInstance *run = start(NULL);
    kill(getpid(), SIGTERM);
    ask_for(run, "double", "4", "8");
    CHECK(terms == 1);
    sigaction(SIGTERM, NULL, &now);
    CHECK(now.sa_handler == on_signal);
    sigaction(SIGINT, NULL, &now);
    CHECK(now.sa_handler == SIG_DFL);
    portals_close(run, NULL);
    sigaction(SIGTERM, NULL, &now);
    CHECK(now.sa_handler == on_signal && !pipes);
    signal(SIGTERM, SIG_DFL);
}

TEST(a_closed_pipe_fails_the_run_only) {
    int ends[2], before = dup(1);
    CHECK(pipe(ends) == 0);
    close(ends[0]);
    fflush(stdout);
    dup2(ends[1], 1);
    PortalsInstance *run = NULL;
    PortalsOptions options = WITH(.log = on_log, .user = &(Heard){.lock = PTHREAD_MUTEX_INITIALIZER});
    int started = portals_start(program, &options, &run, &error);
    portals_push(run, "orders", 1, "{\"id\": 1, \"item\": \"Ann\", \"price\": 1}", PORTALS_TEXT, SOON, &error);
    int code = portals_wait_end(run, SOON, &error);
    dup2(before, 1);
    close(before);
    close(ends[1]);
    CHECK(started == PORTALS_OK && code == PORTALS_E_FAILED && strstr(error.message, "standard output"));
    CHECK(!pipes);
    portals_close(run, NULL);
}

// A decimal comma is not in JSON.
// M2.5
TEST(the_locale_is_the_hosts) {
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) return;
    PortalsInstance *run = start(NULL);
    EXPECT(PORTALS_OK,
           portals_push(run, "orders", 1, "{\"id\": 1, \"item\": \"x\", \"price\": 1.5}", PORTALS_TEXT, SOON, &error));
    read_one(run, "passed", 0, 1, "{\"id\":1,\"item\":\"x\",\"price\":1.5}\n");
    CHECK(strcmp(setlocale(LC_ALL, NULL), "C") != 0);
    portals_close(run, NULL);
    setlocale(LC_ALL, "C");
}

static size_t count_files(void) {
    size_t count = 0;
    for (int file = 0; file < 256; file++) count += fcntl(file, F_GETFD) >= 0;
    return count;
}

TEST(nothing_is_left_open) {
    size_t before = count_files();
    for (int i = 0; i < 5; i++) {
        PortalsInstance *run = start(data_path("files"));
        EXPECT(PORTALS_OK, portals_push(run, "numbers", (uint64_t)i + 1, "1", 1, SOON, &error));
        EXPECT(PORTALS_OK, portals_close(run, &error));
    }
    CHECK(count_files() == before);
}

// ---- several at once ----

enum { PUSHES = 200, PUSHERS = 4 };

static void *push_many(void *user) {
    PortalsInstance *run = user;
    PortalsError mine;
    for (uint64_t i = 1; i <= PUSHES; i++) { // all want the same numbers: each is taken once
        int code = portals_push(run, "numbers", i, "1000", 4, SOON, &mine);
        if (code != PORTALS_OK && code != PORTALS_DUPLICATE) return (void *)1;
        if (i % 50 == 0) {
            char *reply = NULL;
            if (portals_ask(run, "double", "21", 2, SOON, &reply, NULL, &mine) || strcmp(reply, "42") != 0) return (void *)1;
            portals_free(reply);
        }
    }
    return NULL;
}

TEST(several_threads_call_one_instance) {
    PortalsInstance *run = start_with((PortalsOptions){.partitions = 2});
    pthread_t threads[PUSHERS];
    PortalsAtom atom = {0};
    for (int i = 0; i < PUSHERS; i++) CHECK(pthread_create(&threads[i], NULL, push_many, run) == 0);
    for (uint64_t i = 0; i < PUSHES && !is_wrong; i++) EXPECT(PORTALS_OK, portals_read(run, "sums", i, &atom, SOON, &error));
    CHECK_TEXT("200\n", atom.json);
    for (int i = 0; i < PUSHERS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        CHECK(!wrong);
    }
    portals_atom_free(&atom);
    portals_close(run, NULL);
}

static void *live(void *user) {
    PortalsError mine;
    PortalsInstance *run = NULL;
    Heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    PortalsOptions options = WITH(.data = user, .print = on_print, .log = on_log, .user = &heard);
    for (uint64_t life = 1; life <= 3; life++) {
        if (portals_start(program, &options, &run, &mine)) return (void *)1;
        int code = portals_push(run, "numbers", life, "1000", 4, SOON, &mine);
        if (!code) code = portals_checkpoint(run, &mine);
        if (portals_close(run, &mine) || code) return (void *)1;
    }
    return NULL;
}

// M2.1
TEST(instances_do_not_meet) {
    pthread_t threads[3];
    char paths[3][512];
    for (int i = 0; i < 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/apart%d", directory, i);
        CHECK(pthread_create(&threads[i], NULL, live, paths[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        CHECK(!wrong);
        PortalsInstance *run = start(paths[i]);
        read_one(run, "sums", 2, 3, "3\n");
        portals_close(run, NULL);
    }
}

static PortalsInstance *to_be_stopped;

static void on_alarm(int number) {
    (void)number;
    portals_stop(to_be_stopped);
}

// M7.1 M7.2
TEST(who_waits_is_told_of_a_stop) {
    PortalsInstance *run = to_be_stopped = start(NULL);
    PortalsAtom atom = {0};
    signal(SIGALRM, on_alarm);
    ualarm(20000, 0);
    EXPECT(PORTALS_E_STOPPED, portals_read(run, "sums", 0, &atom, PORTALS_FOREVER, &error));
    portals_close(run, NULL);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    everything_path = argv[1];
    plain_path = argv[2];
    directory = argv[3];
    if (portals_load(everything_path, &program, &error)) {
        puts(error.message);
        return 1;
    }
    RUN(versions);
    RUN(codes_have_names_and_messages);
    RUN(loading_what_is_no_program);
    RUN(what_a_program_has);
    RUN(wrong_options);
    RUN(wrong_data_directories);
    RUN(atoms_go_in_and_come_out);
    RUN(an_atom_reuses_its_memory);
    RUN(wrong_values_leave_nothing);
    RUN(an_atom_that_grows_too_large);
    RUN(names_and_nulls);
    RUN(portals_can_be_asked);
    RUN(what_is_printed_and_logged);
    RUN(a_run_goes_on);
    RUN(a_run_ends);
    RUN(an_end_survives_a_checkpoint);
    RUN(a_run_fails);
    RUN(a_run_is_stopped);
    RUN(a_program_that_needs_no_host);
    RUN(an_event_loop_is_woken);
    RUN(each_atom_ends_in_quiet);
    RUN(a_full_inbox_makes_a_push_wait);
    RUN(signals_are_the_hosts);
    RUN(a_closed_pipe_fails_the_run_only);
    RUN(the_locale_is_the_hosts);
    RUN(nothing_is_left_open);
    RUN(several_threads_call_one_instance);
    RUN(instances_do_not_meet);
    RUN(who_waits_is_told_of_a_stop);
    portals_unload(program);
    return report("api");
}
