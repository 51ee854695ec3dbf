// file.h - reading and replacing the files of programs.
#ifndef COMPILER_FILE_H
#define COMPILER_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

// Both: false, with errno set, if that fails. Neither reads more than the parser takes, and a little.
bool file_read(const char *path, Buf *out);
bool file_read_stream(FILE *stream, Buf *out);

// Replaces the contents of a file as a whole: at any moment it has the old ones or the new ones. Its permissions stay; if `path`
// is a symbolic link, what it leads to is replaced. False, with errno set, and the file as it was, if that fails.
bool file_replace(const char *path, const char *text, size_t length);

#endif
