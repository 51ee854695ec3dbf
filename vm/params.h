// params.h - the command line of a program: its params, and what every program understands.
#ifndef VM_PARAMS_H
#define VM_PARAMS_H

#include "vm/runtime.h"

typedef enum ParamsResult {
    PARAMS_RUN,
    PARAMS_HELP,    // --help
    PARAMS_VERSION, // --version
    PARAMS_WRONG,   // there is a message
    PARAMS_FAILED,  // computing a default has failed: runtime->failure says why
} ParamsResult;

typedef enum Stats { STATS_NONE, STATS_SHOW } Stats;

typedef struct Params {
    const char **values; // by number of the param; NULL: not given. The texts are those of argv.
    RuntimeOptions options;
    Stats stats;
    bool refuses_foreign; // functions: a program that calls some does not start
    const char *dashes;   // in front of names, as they were given
} Params;

// Reads the command line; argv[0] is the name of the program. PARAMS_WRONG: `message` says why. params_free in any case.
ParamsResult params_parse(Params *params, const PtProgram *program, int argc, char **argv, Buf *message);
// The same with texts of `name=value`, which have no dashes, nor have the names in messages.
ParamsResult params_parse_plain(Params *params, const PtProgram *program, size_t count, char **texts, Buf *message);
void params_free(Params *params);
// Sets the globals of the params: to what was given, or to their defaults. PARAMS_RUN, PARAMS_WRONG or PARAMS_FAILED.
ParamsResult params_apply(const Params *params, Runtime *runtime, Buf *message);
// The text of --help.
void params_help(Runtime *runtime, const char *name, Buf *out);

#endif
