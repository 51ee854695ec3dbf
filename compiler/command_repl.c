// `portals repl`: the prompt. What it is made of is in compiler/repl/.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "compiler/repl/interrupt.h"
#include "compiler/repl/prompt.h"

typedef struct Arguments {
    const char *file; // or NULL
    bool no_ffi;
} Arguments;

// STATUS_OK, or STATUS_USAGE after a message.
static int parse(int argc, char **argv, Arguments *out) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--no-ffi") == 0)
            out->no_ffi = true;
        else if (argv[i][0] == '-')
            return command_usage_error("repl", "unknown option", argv[i]);
        else if (out->file)
            return command_usage_error("repl", "only one file can be loaded; unexpected", argv[i]);
        else
            out->file = argv[i];
    }
    return STATUS_OK;
}

// The parts know each other: what runs is shown at the prompt, and what is defined there runs.
static bool open_session(Prompt *prompt, const Arguments *arguments, Env *env, char **error) {
    RunningOptions running = {env, prompt->stop, terminal_is_edited(prompt->terminal), prompt_show, prompt};
    prompt->running = running_new(&running);
    SessionOptions session = {prompt->colour,       arguments->no_ffi, env, prompt->stop, running_watch,
                              running_is_under_way, prompt->running};
    prompt->session = session_new(&session, error);
    if (!prompt->session) return false;
    running_use(prompt->running, prompt->session);
    return true;
}

static void close(Prompt *prompt) {
    running_free(prompt->running);
    if (prompt->session) session_free(prompt->session);
    buf_free(&prompt->text);
    buf_free(&prompt->line);
    buf_free(&prompt->out);
}

static int run(Prompt *prompt, const Arguments *arguments, Env *env) {
    char *error = NULL;
    bool fine = open_session(prompt, arguments, env, &error) && prompt_run(prompt, arguments->file);
    if (error) fprintf(stderr, "error: %s\n", error);
    free(error);
    bool is_wrong = prompt->was_wrong && !terminal_is_edited(prompt->terminal);
    close(prompt);
    return fine && !is_wrong ? STATUS_OK : STATUS_FAILED;
}

int command_repl(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_repl);
    Arguments arguments = {0};
    int status = parse(argc, argv, &arguments);
    if (status != STATUS_OK) return status;
    Env *env = env_real_new();
    Prompt prompt = {.stop = interrupt_flag()};
    TerminalOptions options = {.stop = prompt.stop, .complete = prompt_complete, .user = &prompt};
    prompt.terminal = env ? terminal_new(&options) : NULL;
    if (prompt.terminal) {
        prompt.colour = terminal_has_colour(prompt.terminal);
        interrupt_begin(terminal_is_edited(prompt.terminal) ? terminal_leave : NULL, prompt.terminal);
        status = run(&prompt, &arguments, terminal_env(prompt.terminal, env));
        interrupt_end();
        terminal_free(prompt.terminal);
    } else {
        fputs("error: there is no memory\n", stderr);
        status = STATUS_FAILED;
    }
    if (env) env_real_free(env);
    return status;
}
