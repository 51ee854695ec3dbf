// foreign_library.h - foreign functions, before anything runs: where they are. A library is looked for as the system does it: by
// LD_LIBRARY_PATH, the cache of ldconfig and the usual directories, or, if there is a slash in its name, at that path, which is
// relative to the working directory. It stays loaded. Used by programs that start, and by the compiler for its diagnostics.
#ifndef VM_FOREIGN_LIBRARY_H
#define VM_FOREIGN_LIBRARY_H

#include "base/buf.h"
#include "vm/program.h"

typedef enum ForeignFault {
    FOREIGN_FOUND,
    FOREIGN_NO_LIBRARY, // it is not there, or is none
    FOREIGN_NO_SYMBOL,  // the library has nothing of this name, or no function
} ForeignFault;

// Loads the library, of which only constructors run, and finds the function: *address. If it is not there, `what` tells so, and
// `help` (either may stay empty) how to mend it, both without a line feed.
ForeignFault foreign_find(const char *library, const char *symbol, void **address, Buf *what, Buf *help);
// Finds all functions that the program calls. False with a message.
bool foreign_find_all(const PtProgram *program, Buf *message);
// Whether the program calls none. False with a message.
bool foreign_has_none(const PtProgram *program, Buf *message);

#endif
