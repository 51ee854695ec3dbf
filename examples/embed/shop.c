// shop.c - a program in C that runs a program in Portals: two branches of a shop, each an instance of shop.portals with a data
// directory of its own, on a thread of its own.
//
// A day at a branch goes like this: open the books where they were closed, send the orders, print the receipts, ask what is left
// on the shelf, close. The second day begins with all orders of the first one again, as they come from a sender who does not know
// which of them have arrived: they have numbers, so nothing is sold twice.
//
//   make -C examples/embed run
//
// What a real server would do otherwise: it would take orders from the network instead of a table, and put the numbers of the
// receipts that it has sent into the same transaction as the receipts.
#include <portals.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Branch {
    const char *name;
    const char *stock;       // the param of the program, as `name=value`
    const char *const *days; // orders, one a line of JSON: an atom each
    PortalsProgram *program;
    char directory[256];
    FILE *out; // what it has to say, put together when both have closed
    char *text;
    size_t length;
    uint64_t sent; // the number of the last receipt that has been printed
    int failed;
} Branch;

enum { DAYS = 2, ORDERS = 3 };

static const char *const NORTH[DAYS * ORDERS] = {
    "{\"customer\": \"ann\", \"item\": \"tea\", \"count\": 2}",
    "{\"customer\": \"bob\", \"item\": \"tea\", \"count\": 1}\n{\"customer\": \"bob\", \"item\": \"cup\", \"count\": 4}",
    "{\"customer\": \"cleo\", \"item\": \"cup\", \"count\": 9}",
    "{\"customer\": \"ann\", \"item\": \"tea\", \"count\": 5}",
    "{\"customer\": \"dan\", \"item\": \"pot\", \"count\": 1}",
    "{\"customer\": \"bob\", \"item\": \"tea\", \"count\": 7}",
};
static const char *const SOUTH[DAYS * ORDERS] = {
    "{\"customer\": \"eve\", \"item\": \"pot\", \"count\": 1}",  "{\"customer\": \"fay\", \"item\": \"tea\", \"count\": 30}",
    "{\"customer\": \"eve\", \"item\": \"pot\", \"count\": 2}",  "{\"customer\": \"gus\", \"item\": \"cup\", \"count\": 20}",
    "{\"customer\": \"fay\", \"item\": \"tea\", \"count\": 10}", "{\"customer\": \"fay\", \"item\": \"tea\", \"count\": 1}",
};

// All errors are the same to this program: it says what the library says, and gives up.
static int complain(Branch *branch, const char *what, const PortalsError *error) {
    fprintf(branch->out, "%s: %s: %s: %s\n", branch->name, what, portals_code_name(error->code), error->message);
    branch->failed = 1;
    return 0;
}

static int open_branch(Branch *branch, PortalsInstance **shop) {
    PortalsError error;
    const char *params[] = {branch->stock};
    PortalsOptions options = {.size = sizeof options, .data = branch->directory, .params = params, .param_count = 1};
    if (portals_start(branch->program, &options, shop, &error)) return complain(branch, "cannot open", &error);
    uint64_t known;
    if (portals_acknowledged(*shop, "orders", &known, &error)) return complain(branch, "cannot look", &error);
    fprintf(branch->out, "%s: open; the last order in the books is number %llu\n", branch->name, (unsigned long long)known);
    return 1;
}

// Sends the orders up to that of today, each with its number. Those of the days before have arrived already.
static int send_orders(Branch *branch, PortalsInstance *shop, int day) {
    PortalsError error;
    for (uint64_t number = 1; number <= (uint64_t)(day + 1) * ORDERS; number++) {
        const char *order = branch->days[number - 1];
        switch (portals_push(shop, "orders", number, order, PORTALS_TEXT, PORTALS_FOREVER, &error)) {
        case PORTALS_OK: break;
        case PORTALS_DUPLICATE:
            fprintf(branch->out, "%s: order %llu was here before\n", branch->name, (unsigned long long)number);
            break;
        default: return complain(branch, "cannot send an order", &error);
        }
    }
    // From here on the orders survive whatever happens, also to this process. That they have been worked on is another thing.
    if (portals_checkpoint(shop, &error)) return complain(branch, "cannot save", &error);
    if (portals_wait_quiet(shop, PORTALS_FOREVER, &error)) return complain(branch, "cannot wait", &error);
    return 1;
}

// Prints the receipts that have not been printed, and then says that they are not needed any more.
static int print_receipts(Branch *branch, PortalsInstance *shop) {
    PortalsError error;
    PortalsAtom receipts = {0};
    int code;
    while ((code = portals_read(shop, "receipts", branch->sent, &receipts, PORTALS_NO_WAIT, &error)) == PORTALS_OK) {
        fprintf(branch->out, "%s: receipts %llu\n%s", branch->name, (unsigned long long)receipts.number, receipts.json);
        branch->sent = receipts.number;
    }
    portals_atom_free(&receipts);
    if (code != PORTALS_TIMEOUT) return complain(branch, "cannot read", &error);
    if (portals_taken(shop, "receipts", branch->sent, &error)) return complain(branch, "cannot clear", &error);
    return 1;
}

static int ask_stock(Branch *branch, PortalsInstance *shop) {
    static const char *const items[] = {"\"tea\"", "\"cup\"", "\"pot\""};
    PortalsError error;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        char *left;
        if (portals_ask(shop, "stock_of", items[i], PORTALS_TEXT, PORTALS_MILLISECONDS(10000), &left, NULL, &error))
            return complain(branch, "cannot ask", &error);
        fprintf(branch->out, "%s: %s: %s left\n", branch->name, items[i], left);
        portals_free(left);
    }
    return 1;
}

static void work_a_day(Branch *branch, int day) {
    PortalsError error;
    PortalsInstance *shop = NULL;
    if (open_branch(branch, &shop) && send_orders(branch, shop, day) && print_receipts(branch, shop)) ask_stock(branch, shop);
    if (portals_close(shop, &error)) complain(branch, "cannot close", &error);
}

static void *run_branch(void *user) {
    Branch *branch = user;
    for (int day = 0; day < DAYS && !branch->failed; day++) work_a_day(branch, day);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s LIBSHOP.so DIRECTORY\n", argv[0]);
        return 2;
    }
    PortalsError error;
    PortalsProgram *program;
    if (portals_load(argv[1], &program, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    Branch branches[] = {{.name = "north", .stock = "stock=12", .days = NORTH},
                         {.name = "south", .stock = "stock=25", .days = SOUTH}};
    pthread_t threads[2];
    mkdir(argv[2], 0777);
    for (int i = 0; i < 2; i++) {
        Branch *branch = &branches[i];
        branch->program = program;
        snprintf(branch->directory, sizeof branch->directory, "%s/%s", argv[2], branch->name);
        branch->out = open_memstream(&branch->text, &branch->length);
        if (!branch->out || pthread_create(&threads[i], NULL, run_branch, branch)) return 1;
    }
    int failed = 0;
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        fclose(branches[i].out);
        fputs(branches[i].text, stdout);
        free(branches[i].text);
        failed |= branches[i].failed;
    }
    portals_unload(program);
    return failed;
}
