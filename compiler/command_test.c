// `portals test`: run the tests of files, and the examples of documentation comments.
#include <stdio.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/jit.h"
#include "vm/run_test.h"

typedef struct TestArgs {
    char **files; // those arguments that are no options
    int file_count;
    const char *filter; // or NULL: all tests
    bool library, no_ffi;
} TestArgs;

typedef struct TestCounts {
    int passed, failed;
    int skipped;     // by the filter
    bool has_failed; // a file could not be compiled, or the result not be written
} TestCounts;

// ---- running -----------------------------------------------------------------------------------------------------------

static bool show_result(const char *name, bool passed, Buf *message) {
    Buf line = {0};
    buf_printf(&line, "%s %s\n", passed ? "ok" : "FAILED", name);
    buf_append(&line, message->data, message->length);
    bool fine = command_write(line.data, line.length);
    buf_free(&line);
    return fine;
}

static void run_one(const PtProgram *program, Env *env, uint64_t number, TestCounts *counts) {
    Buf message = {0};
    bool passed = run_test(program, env, number, &message);
    ++*(passed ? &counts->passed : &counts->failed);
    if (!show_result(program->tests[number].name, passed, &message)) counts->has_failed = true;
    buf_free(&message);
}

static void run_all(const PtProgram *program, const TestArgs *args, TestCounts *counts) {
    Env *env = env_real_new();
    if (!env) {
        fputs("error: out of memory\n", stderr);
        counts->has_failed = true;
        return;
    }
    for (uint64_t i = 0; i < program->test_count; i++) {
        if (args->filter && !strstr(program->tests[i].name, args->filter))
            counts->skipped++;
        else
            run_one(program, env, i, counts);
    }
    env_real_free(env);
}

static void run_compiled(Compilation *compilation, const TestArgs *args, TestCounts *counts) {
    char *error = NULL;
    Jit *jit = jit_new(compilation->codegen, &error);
    if (jit) {
        run_all(jit_program(jit), args, counts);
        jit_free(jit);
        return;
    }
    fprintf(stderr, "error: %s\n", error);
    counts->has_failed = true;
}

// The tests of a file; of the library, if `file` is NULL.
static void run_file(const char *file, const TestArgs *args, TestCounts *counts) {
    Compilation compilation;
    CodegenOptions options = {.cpu = "native", .optimise = OPTIMISE_TO_START, .no_ffi = args->no_ffi};
    bool opened = true;
    if (file)
        opened = pipeline_open(&compilation, &file, 1, options);
    else
        pipeline_open_library(&compilation, options);
    compilation.tests = TESTS_ALONE;
    bool compiled = opened && pipeline_run(&compilation, "llvm-opt");
    command_report(&compilation);
    if (compiled)
        run_compiled(&compilation, args, counts);
    else
        counts->has_failed = true;
    pipeline_close(&compilation);
}

// ---- the command -------------------------------------------------------------------------------------------------------

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_test_args(int argc, char **argv, TestArgs *args) {
    args->files = argv;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--filter") == 0) {
            if (i + 1 == argc) return command_usage_error("test", "a value is missing after", argv[i]);
            args->filter = argv[++i];
        } else if (strncmp(argv[i], "--filter=", 9) == 0) {
            args->filter = argv[i] + 9;
        } else if (strcmp(argv[i], "--library") == 0) {
            args->library = true;
        } else if (strcmp(argv[i], "--no-ffi") == 0) {
            args->no_ffi = true;
        } else if (argv[i][0] == '-') {
            return command_usage_error("test", "unknown option", argv[i]);
        } else {
            argv[args->file_count++] = argv[i];
        }
    }
    if (!args->file_count && !args->library) return command_usage_error("test", "the tests of which file?", NULL);
    return STATUS_OK;
}

static int show_counts(const TestArgs *args, const TestCounts *counts) {
    char text[100];
    snprintf(text, sizeof text, "%d passed, %d failed\n", counts->passed, counts->failed);
    bool written = command_write(text, strlen(text));
    bool nothing = args->filter && counts->skipped && !counts->passed && !counts->failed;
    if (nothing) fprintf(stderr, "error: no test has `%s` in its name\n", args->filter);
    return written && !nothing && !counts->failed && !counts->has_failed ? STATUS_OK : STATUS_FAILED;
}

int command_test(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_test);
    TestArgs args = {0};
    int status = parse_test_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    TestCounts counts = {0};
    if (args.library) run_file(NULL, &args, &counts);
    for (int i = 0; i < args.file_count; i++) run_file(args.files[i], &args, &counts);
    return show_counts(&args, &counts);
}
