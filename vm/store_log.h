// store_log.h - the store on disk: a directory with a log of records in segments and a sorted snapshot. spec/storage.md has the
// format, with byte tables.
#ifndef VM_STORE_LOG_H
#define VM_STORE_LOG_H

// In the directory: a name that the run which holds it may use for files that it removes at once.
#define STORE_SPILL_TEMPORARY "spill.tmp"

#include "vm/env.h"
#include "vm/store.h"

typedef enum StoreAccess {
    STORE_WRITE, // makes the directory if it is not there; locks it
    STORE_READ,  // looks at it as it is, also while a run writes to it; takes no lock and changes nothing
} StoreAccess;

typedef struct StoreLogOptions {
    const char *path;
    const char *app; // the name of the program; STORE_READ: NULL takes any
    StoreAccess access;
    uint64_t segment_size;   // of a segment of the log, in bytes; 0: the default
    uint64_t snapshot_after; // how much is logged before a snapshot is due, if twice the last snapshot is less; 0: the default
} StoreLogOptions;

// Opens the directory; `env` must live longer than the store. 0, or a negated errno value with `message` in words (without
// `error:` in front): in use by another process, made by another app, of a newer format, damaged.
int store_log_open(Env *env, const StoreLogOptions *options, Store **out, Buf *message);
// The name of the app that the directory belongs to.
const char *store_log_app(const Store *store);
// What recovery has to tell although it succeeded: a last record that was not complete and was dropped. Empty: nothing.
const char *store_log_notice(const Store *store);
// Checks everything there is, each block of the snapshot, too. 0, or a negated errno value: message() names the first damage.
int store_log_verify(Store *store);

#endif
