// env_io.h - reads and writes that do not stop half-way, of any Env. Results below 0 are negated errno values.
#ifndef VM_ENV_IO_H
#define VM_ENV_IO_H

#include "vm/env.h"

// Up to `size` bytes; fewer only at the end of the file. Returns how many.
int64_t read_all_at(Env *env, int file, void *to, size_t size, uint64_t offset);
// All `size` bytes, which the file must have; 0, or -EIO if it has not.
int read_exactly_at(Env *env, int file, void *to, size_t size, uint64_t offset);
// Writes all of `bytes`; 0.
int write_all(Env *env, int file, const char *bytes, size_t size);
int write_all_at(Env *env, int file, const char *bytes, size_t size, uint64_t offset);
// A new file is there after a crash only if its directory says so, too: that of the file with this path. 0.
int sync_directory_of(Env *env, const char *path);

#endif
