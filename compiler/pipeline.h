// pipeline.h - the way of a program from text to native code, as a table of passes.
#ifndef COMPILER_PIPELINE_H
#define COMPILER_PIPELINE_H

#include "compiler/codegen.h"
#include "compiler/core.h"
#include "lang/load.h"
#include "lang/topology.h"

// What of a program is compiled.
typedef enum TestMode {
    TESTS_LEFT_OUT, // they are checked, but nothing is made of them
    TESTS_ALONE,    // instead of the streams
} TestMode;

// One compilation and what its passes have made so far.
typedef struct Compilation {
    Arena arena;
    Context context;
    CodegenOptions options;
    TestMode tests;
    ExamplesOf examples;
    bool is_observed; // the events of all streams of workflows can be looked at (vm/trace.h), also of those that nobody takes
    bool ask_from_outside; // portals can be asked from outside of the program (lang/outside.h)
    VEC(Module *) apps;    // in the order of their files
    Program *program;
    Topology *topology;
    CoreProgram *core;
    Codegen *codegen;
    char *error; // of the back end or the file system, where it is no diagnostic; in the arena or allocated
} Compilation;

typedef struct Pass {
    const char *name;           // for --dump
    const char *about;          // what the dump shows
    bool (*run)(Compilation *); // NULL: the pass only shows what the one before it made
    void (*dump)(Compilation *, Buf *out);
} Pass;

// In order; `*count` is set.
const Pass *pipeline_passes(int *count);

// Reads the standard library and a program: one file or more, each an application. False if one cannot be read
// (compilation->error). What they import is read when they are parsed.
bool pipeline_open(Compilation *compilation, const char *const *paths, int count, CodegenOptions options);
// The standard library and a program without text, whose examples are those of the library.
void pipeline_open_library(Compilation *compilation, CodegenOptions options);
// Runs all passes up to the one with this name. False when one failed: there are diagnostics, or compilation->error.
bool pipeline_run(Compilation *compilation, const char *last);
// The passes of the core: from a program as lowering made it to one that code can be made of. False, with an error text in its
// arena, if the compiler has made a mistake.
bool pipeline_prepare(CoreProgram *core, char **error);
// Adds the modules of the standard library, which are not parsed yet, to an empty context.
void pipeline_add_library(Context *context);
void pipeline_close(Compilation *compilation);

#endif
