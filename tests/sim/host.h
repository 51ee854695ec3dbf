// host.h - the host of the program boxes.portals: it pushes sales, asks a portal, reads and takes what is put out, a little each
// time that the run waits for it. It lives on another machine: what it knows stays when the run crashes.
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include "tests/sim/run.h"

enum { HOST_BOXES = 3 };
extern const char *const HOST_BOX_NAMES[HOST_BOXES];

// Of an outbox: the atoms that it has ever read, in a row.
typedef struct HostBox {
    Buf text;
    size_t *ends; // of the atoms in the text
    size_t count, capacity;
    uint64_t taken; // the last number that it has said it took
} HostBox;

enum { HOST_ASKS = 40 };

typedef struct SimHost {
    uint64_t seed;   // of what it pushes
    uint64_t random; // of when
    uint64_t atoms;  // how many it pushes
    uint64_t acknowledged, asks_acknowledged;
    bool answered[HOST_ASKS + 1];
    HostBox boxes[HOST_BOXES];
    Buf wrong; // what should not be; empty: nothing
} SimHost;

void sim_host_init(SimHost *host, uint64_t seed);
SimHost sim_host_copy(const SimHost *host);
void sim_host_free(SimHost *host);
// A life of the program with its host: what entry_main does, and what the host does.
void sim_host_live(SimHost *host, const PtProgram *program, Env *env, const EntrySizes *sizes, int argc, char **argv,
                   int *status);
// Whether both have got the same. The story gets what is different.
bool sim_host_agrees(const SimHost *host, const SimHost *expected, Buf *story);

#endif
