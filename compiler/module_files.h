// module_files.h - which file a module is: the program and the modules beside it.
#ifndef COMPILER_MODULE_FILES_H
#define COMPILER_MODULE_FILES_H

#include "lang/load.h"

// What two paths to one file have in common; NULL, with errno, if there is no such file. In the arena.
const char *module_file_identity(Arena *arena, const char *path);
// Finds modules in the directory of the file that imports them. `context` must live as long.
Loader module_files_loader(Context *context);

#endif
