// audit.h - what a data directory says of its run, read without changing it: what the next life of the run has to live up to.
#ifndef TESTS_SIM_AUDIT_H
#define TESTS_SIM_AUDIT_H

#include "base/buf.h"
#include "tests/sim/sim_disk.h"

// Of standard output.
typedef struct AuditOutput {
    uint64_t length;   // committed
    uint64_t before;   // by the epoch before; 0 if that is not in the log
    uint64_t released; // as far as is recorded
    uint64_t bytes_at; // from here on the log has its bytes
    bool has_bytes;
} AuditOutput;

typedef struct Audit {
    int code; // -ENOENT: there is no run yet
    Buf message;
    uint64_t epoch;
    bool is_finished;
    bool has_dropped; // a record that was never complete
    AuditOutput output;
    uint64_t input; // how many bytes of standard input are not needed any more
    bool needs_input;
    uint64_t atoms;  // that wait
    uint64_t *cells; // the ids of those that are left: what a task waits for
    size_t cell_count, cell_capacity;
    uint64_t outbox_atoms; // written, and not taken
    uint64_t map_entries;  // written, of Maps and Sets that are kept by entry
} Audit;

// To be released with audit_free.
void audit_read(Audit *audit, SimDisk *disk, const char *path);
void audit_free(Audit *audit);
// Where standard output goes on in the next life.
uint64_t audit_start(const Audit *audit);

#endif
