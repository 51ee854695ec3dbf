// files.h - source files on disk: the program and the modules beside it.
#ifndef COMPILER_FILES_H
#define COMPILER_FILES_H

#include "base/buf.h"
#include "lang/load.h"

// Appends the bytes of a file. False with errno.
bool files_read(const char *path, Buf *out);
// What two paths to one file have in common; NULL, with errno, if there is no such file. In the arena.
const char *files_identity(Arena *arena, const char *path);
// Finds modules in the directory of the file that imports them. `context` must live as long.
Loader files_loader(Context *context);

#endif
