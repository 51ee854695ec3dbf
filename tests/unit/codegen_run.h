// codegen_run.h - compiles and runs the core programs of tests, and compares what they print.
#ifndef TESTS_UNIT_CODEGEN_RUN_H
#define TESTS_UNIT_CODEGEN_RUN_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/jit.h"
#include "compiler/link.h"
#include "tests/unit/core_builder.h"

typedef struct Outcome {
    int status; // of the process
    char out[8192];
    char err[8192];
} Outcome;

static inline void read_all(int from, char *to, size_t capacity) {
    size_t length = 0;
    ssize_t got;
    while (length < capacity - 1 && (got = read(from, to + length, capacity - 1 - length)) > 0) length += (size_t)got;
    to[length] = '\0';
    close(from);
}

// Ends the stage, unless that is done, and finishes the program.
static inline void finish(Builder *b) {
    end_fn(b);
    if (!core_block_ends(b->block)) DO(b, RETURN, UNIT);
    const char *fault = core_verify(b->core);
    cr_assert_null(fault, "%s", fault);
    core_layout(b->core);
    core_analyse(b->core);
    fault = core_wait(b->core);
    cr_assert_null(fault, "%s", fault);
}

static inline Codegen *compile_with(Builder *b, const CodegenOptions *options) {
    char *error = NULL;
    Codegen *codegen = codegen_new(b->core, options, &error);
    cr_assert(codegen, "%s", error);
    cr_assert(codegen_optimise(codegen, &error), "%s", error);
    return codegen;
}

static inline Codegen *compile(Builder *b, Optimise optimise, bool with_main) {
    return compile_with(b, &(CodegenOptions){.cpu = "native", .optimise = optimise, .with_main = with_main});
}

// In a process of its own, through the JIT, with the memory of `b` as it is.
static inline void run_with(Builder *b, const CodegenOptions *options, Outcome *outcome) {
    int out[2], err[2];
    cr_assert(pipe(out) == 0 && pipe(err) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        close(out[0]);
        close(err[0]);
        char *argv[] = {"test", NULL}, *error = NULL;
        Codegen *codegen = compile_with(b, options);
        int status = jit_run(codegen, 1, argv, &error);
        if (error) fprintf(stderr, "error: %s\n", error);
        codegen_free(codegen);
        fflush(NULL);
        _exit(status < 0 ? 99 : status);
    }
    close(out[1]);
    close(err[1]);
    read_all(out[0], outcome->out, sizeof outcome->out);
    read_all(err[0], outcome->err, sizeof outcome->err);
    int status;
    cr_assert(waitpid(child, &status, 0) == child);
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline void run(Builder *b, Optimise optimise, Outcome *outcome) {
    run_with(b, &(CodegenOptions){.cpu = "native", .optimise = optimise}, outcome);
}

// The program prints `out` and ends well, optimised or not. Closes the builder.
static inline void expect_output(Builder *b, const char *out) {
    finish(b);
    for (int i = 0; i < 2; i++) {
        Optimise optimise = i ? OPTIMISE_FULLY : OPTIMISE_NOT;
        Outcome outcome;
        run(b, optimise, &outcome);
        cr_expect_str_eq(outcome.out, out, "O%d printed:\n%s\nnot:\n%s\n%s", optimise, outcome.out, out, outcome.err);
        cr_expect_eq(outcome.status, 0, "O%d: status %d: %s", optimise, outcome.status, outcome.err);
    }
    builder_close(b);
}

// The program fails with this message, at the place all instructions come from.
static inline void expect_failure(Builder *b, const char *message) {
    finish(b);
    for (int i = 0; i < 2; i++) {
        Optimise optimise = i ? OPTIMISE_FULLY : OPTIMISE_NOT;
        Outcome outcome;
        run(b, optimise, &outcome);
        cr_expect_eq(outcome.status, 1, "O%d: status %d: %s", optimise, outcome.status, outcome.err);
        cr_expect(strstr(outcome.err, message), "O%d: no `%s` in:\n%s", optimise, message, outcome.err);
        cr_expect(strstr(outcome.err, "test.portals:2:3"), "O%d: no place in:\n%s", optimise, outcome.err);
    }
    builder_close(b);
}

#endif
