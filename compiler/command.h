// command.h - the commands of `portals`: one file each (command_NAME.c), listed in main.c, and what they share (command.c).
#ifndef COMPILER_COMMAND_H
#define COMPILER_COMMAND_H

#include "compiler/pipeline.h"

// What a command returns: the exit status.
enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

// Each takes the arguments behind its name.
int command_run(int argc, char **argv);
int command_build(int argc, char **argv);
int command_check(int argc, char **argv);
int command_test(int argc, char **argv);
int command_doc(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_fmt(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_repl(int argc, char **argv);

// Says on standard error what is wrong with the arguments (`what`, quoted, or NULL) and where help is; STATUS_USAGE.
int command_usage_error(const char *command, const char *message, const char *what);
// True if --help or -h is among the arguments.
bool command_wants_help(int argc, char **argv);
// Prints all diagnostics to standard error.
void command_report_diags(const Context *context);
// The same, and the error of the compilation, if there is one.
void command_report(const Compilation *compilation);
// The files of a program, each an application: arguments of the command.
typedef struct CommandFiles {
    const char *const *items;
    int count;
} CommandFiles;

// Compiles up to the pass `last`, and prints to standard error all diagnostics and the error, if any. False if it failed; the
// compilation is to be closed in any case.
bool command_compile(Compilation *compilation, const CommandFiles *files, CodegenOptions options, const char *last);
// Writes to standard output; false, after a message, if that is impossible.
bool command_write(const char *text, size_t length);
// Writes what is in the buffer, frees it and returns the exit status.
int command_put(Buf *out);
// Writes a text and returns the exit status.
int command_show(const char *text);

#endif
