// store_lmdb.h - a store on LMDB, to compare others with: each record is one blob, each value of the snapshot an entry. Its
// durability and its order of keys are LMDB's, so that little is left that could be wrong in the same way.
#ifndef TESTS_REFERENCE_STORE_LMDB_H
#define TESTS_REFERENCE_STORE_LMDB_H

#include "vm/store.h"

// Opens the directory, which is made if it is not there; NULL if that fails. For keys of at most 500 bytes.
Store *store_lmdb_open(const char *path);

#endif
