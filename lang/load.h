// load.h - the files of a program: from the one that is named to all that it imports. Nothing in lang/ reads files: a Loader
// does.
#ifndef LANG_LOAD_H
#define LANG_LOAD_H

#include "lang/context.h"

// A file that may be a module.
typedef struct ModuleFile {
    const char *path;     // as messages show it
    const char *identity; // equal for two paths to one file
    const void *shipped;  // it comes with the compiler: for the Loader, where; else NULL
} ModuleFile;

typedef enum Found {
    FOUND_FILE,
    FOUND_NOTHING, // there is no such file
} Found;

// How files are found and read. All texts belong to the context's arena.
typedef struct Loader {
    void *data;
    // The file of the module `name` that the file with the path `from` imports. `file->path` is set in any case.
    Found (*find)(void *data, const char *from, Symbol name, ModuleFile *file);
    // Its text. False with a reason in words.
    bool (*read)(void *data, const ModuleFile *file, const char **text, size_t *length, const char **reason);
    // The name of a module in the directory of `from` that may be meant by one that is not there; or NULL.
    const char *(*similar)(void *data, const char *from, Symbol name);
} Loader;

// Whose examples are parsed, so that they are checked and can be run.
typedef enum ExamplesOf {
    EXAMPLES_OF_PROGRAM, // of its files
    EXAMPLES_OF_NOTHING,
    EXAMPLES_OF_LIBRARY, // of the modules of the library; they become examples of the program, which sees those as any program
                         // does
} ExamplesOf;

// Expects the library and then the applications in context->modules; `main` is the first of these (NULL: there is only the
// library). Parses them, unless they are parsed, and loads and parses each module that one of them imports: once, whatever path
// leads to it. An import that is not found is told of by the checker.
void load_modules(Context *context, Module *main, const Loader *loader, ExamplesOf examples);

#endif
