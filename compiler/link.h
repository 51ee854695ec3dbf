// link.h - makes files: an object file of a program, an executable that needs nothing but libc, or a shared object for a process
// that has libportals. Error texts are allocated with malloc, for the caller to free.
#ifndef COMPILER_LINK_H
#define COMPILER_LINK_H

#include "compiler/codegen.h"

// Compiles the module to an object file, which has the symbols pt_program and, by the options, main. The module can only be freed
// after that.
bool link_object(Codegen *codegen, const char *path, char **error);
// Links an object file with the VM, by the system's C compiler ($CC, or cc).
bool link_executable(const char *object, const char *output, char **error);
// Makes a shared object of it, in which only pt_program can be seen.
bool link_shared(const char *object, const char *output, char **error);

typedef enum LinkKind { LINK_EXECUTABLE, LINK_SHARED } LinkKind;

// Compiles and links, through a temporary object file.
bool link_program(Codegen *codegen, LinkKind kind, const char *output, char **error);

#endif
