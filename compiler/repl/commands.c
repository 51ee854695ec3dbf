// commands.c - the table of commands, those that are done here, and how a line finds its command.
#include "compiler/repl/commands.h"

#include <stdlib.h>

#include "lang/diag.h"

// ---- colours ---------------------------------------------------------------------------------------------------------

static const char NAME_COLOUR[] = "\033[1;36m", NO_COLOUR_ANY_MORE[] = "\033[0m";

static void put_name(const Prompt *p, Buf *out, const char *name) {
    buf_printf(out, "%s:%s%s", p->colour ? NAME_COLOUR : "", name, p->colour ? NO_COLOUR_ANY_MORE : "");
}

static bool complain(Buf *out, const char *message, const char *help) {
    buf_printf(out, "error: %s\n", message);
    if (help) buf_printf(out, "  = help: %s\n", help);
    return false;
}

// ---- what they do ----------------------------------------------------------------------------------------------------

static const char GENERAL_HELP[] =
    "Anything else is a definition, which may replace an earlier one, or an expression; it goes on on the next line until\n"
    "it is whole, and an empty line ends it. `it` is the last value. A command may be abbreviated.\n"
    "Tab completes names, Up and Ctrl-R bring earlier inputs back, Ctrl-C stops what is running, Ctrl-D ends.\n";

static void put_usage(const Prompt *p, Buf *out, const Command *command, int width) {
    put_name(p, out, command->name);
    int length = (int)(strlen(command->name) + strlen(command->arguments)) + 2;
    buf_printf(out, " %s%*s%s\n", command->arguments, width > length ? width - length : 2, "", command->about);
}

static bool help_all(Prompt *p, Buf *out) {
    size_t count;
    const Command *commands = commands_all(&count);
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, "  ");
        put_usage(p, out, &commands[i], 26);
    }
    buf_printf(out, "\n%s", GENERAL_HELP);
    return true;
}

static bool say_unknown(Buf *out, const char *word, size_t length);

static bool help(Prompt *p, const char *arguments, Buf *out) {
    if (!*arguments) return help_all(p, out);
    if (*arguments == ':') arguments++;
    const Command *command = commands_find(arguments, strlen(arguments));
    if (!command) return say_unknown(out, arguments, strlen(arguments));
    put_usage(p, out, command, 0);
    buf_puts(out, command->more);
    return true;
}

static bool quit(Prompt *p, const char *arguments, Buf *out) {
    (void)arguments, (void)out;
    p->is_over = true;
    return true;
}

static bool load(Prompt *p, const char *arguments, Buf *out) {
    if (!*arguments) return complain(out, "which file is to be loaded?", "`:load FILE` takes the declarations of a file");
    return session_load(p->session, arguments, out);
}

static bool type(Prompt *p, const char *arguments, Buf *out) {
    if (!*arguments) return complain(out, "the type of what?", "`:type EXPRESSION` tells a type, and evaluates nothing");
    return session_type(p->session, arguments, strlen(arguments), out);
}

static bool list(Prompt *p, const char *arguments, Buf *out) {
    (void)arguments;
    session_list(p->session, out);
    return true;
}

static bool toggle_time(Prompt *p, const char *arguments, Buf *out) {
    (void)arguments;
    p->is_timed = !p->is_timed;
    buf_printf(out, "answers %s how long they took\n", p->is_timed ? "say" : "do not say any more");
    return true;
}

static const Command COMMANDS[] = {
    {"help", "[COMMAND]", "this list, or what there is to know about a command", "", TAKES_COMMAND, .run = help},
    {"load", "FILE", "takes the declarations of a file",
     "Those of its imports, too. What an earlier load of the same file had defined, and the file has no longer, is gone.\n",
     TAKES_FILE, .run = load},
    {"type", "EXPRESSION", "the type of an expression, which is not evaluated", "", TAKES_NAMES, true, .run = type},
    {"list", "", "the definitions so far", "", TAKES_NOTHING, .run = list},
    {"time", "", "says, or no longer says, how long answers took",
     "The first figure is the time that went by, the second one that of the processor for the program.\n", TAKES_NOTHING,
     .run = toggle_time},
    {"run", "[N]", "runs the streams that are defined, or N atoms of them",
     "The first time, and after a redefinition, it begins anew; else it goes on. Ctrl-C stops it between two atoms.\n",
     TAKES_NOTHING, .runs = running_run},
    {"step", "", "takes one atom, and shows what it consumed, changed, asked and emitted", "", TAKES_NOTHING,
     .runs = running_step},
    {"back", "[N]", "undoes the last step, or N", "", TAKES_NOTHING, .runs = running_back},
    {"state", "TASK [KEY]", "the state of a task, or of one key", "KEY is an expression, such as `\"god\"` or `(1, 2)`.\n",
     TAKES_TASK, true, .runs = running_state},
    {"pending", "", "what waits: continuations, with their position and values", "", TAKES_NOTHING, .runs = running_pending},
    {"ask", "PORTAL(REQUEST)", "asks a portal, and runs until the reply is there", "", TAKES_PORTAL, true, .runs = running_ask},
    {"push", "STREAM VALUE, ...", "puts an atom into an inbox", "", TAKES_STREAM, true, .runs = running_push},
    {"end", "", "ends all inboxes, so that the run can end", "", TAKES_NOTHING, .runs = running_seal},
    {"data", "DIR", "opens the data directory of a run, to look at and go on from",
     "The program must have been loaded before. Nothing in the directory, and no file that the program writes, is changed.\n"
     "`:data` closes it. If it cannot be opened, the run that there was stays, and none begins before another `:data`: it\n"
     "would write to these files.\n",
     TAKES_FILE, .runs = running_data},
    {"graph", "[FILE]", "shows the dataflow as text, or draws it into FILE.svg", "", TAKES_FILE, .runs = running_graph},
    {"quit", "", "ends", "", TAKES_NOTHING, .run = quit},
};

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

const Command *commands_all(size_t *count) {
    *count = COMMAND_COUNT;
    return COMMANDS;
}

// ---- finding them ----------------------------------------------------------------------------------------------------

static bool is_prefix(const Command *command, const char *word, size_t length) {
    return strncmp(command->name, word, length) == 0 && strlen(command->name) >= length;
}

const Command *commands_find(const char *word, size_t length) {
    const Command *found = NULL;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!is_prefix(&COMMANDS[i], word, length)) continue;
        if (COMMANDS[i].name[length] == '\0') return &COMMANDS[i];
        if (found) return NULL;
        found = &COMMANDS[i];
    }
    return length ? found : NULL;
}

static bool say_ambiguous(Buf *out, const char *word, size_t length) {
    const char *between = "";
    buf_printf(out, "error: `:%.*s` can be ", (int)length, word);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!is_prefix(&COMMANDS[i], word, length)) continue;
        buf_printf(out, "%s`:%s`", between, COMMANDS[i].name);
        between = " or ";
    }
    buf_putc(out, '\n');
    return false;
}

static bool say_unknown(Buf *out, const char *word, size_t length) {
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (length && is_prefix(&COMMANDS[i], word, length)) return say_ambiguous(out, word, length);
        names[i] = COMMANDS[i].name;
    }
    char *name = strndup(word, length);
    const char *nearest = name && length ? diag_nearest(name, names, COMMAND_COUNT) : NULL;
    buf_printf(out, "error: there is no command `:%.*s`\n  = help: ", (int)length, word);
    if (nearest)
        buf_printf(out, "did you mean `:%s`?\n", nearest);
    else
        buf_puts(out, "`:help` lists the commands\n");
    free(name);
    return false;
}

// ---- lines -----------------------------------------------------------------------------------------------------------

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_spaces(const char *text, size_t length, size_t at) {
    while (at < length && is_space(text[at])) at++;
    return at;
}

static size_t skip_word(const char *text, size_t length, size_t at) {
    while (at < length && text[at] && !is_space(text[at])) at++;
    return at;
}

bool commands_is_command(const char *text, size_t length) {
    size_t start = skip_spaces(text, length, 0);
    return start < length && text[start] == ':';
}

bool commands_takes_input(const char *text, size_t length, size_t *start) {
    size_t word = skip_spaces(text, length, 0) + 1, end = skip_word(text, length, word);
    const Command *command = commands_find(text + word, end - word);
    *start = skip_spaces(text, length, end);
    return command && command->has_input && *start < length;
}

// Commands that take nothing say so, instead of leaving something out.
static bool check_arguments(const Command *command, const char *arguments, Buf *out) {
    if (!*arguments || *command->arguments) return true;
    buf_printf(out, "error: `:%s` takes no arguments\n", command->name);
    return false;
}

bool commands_run(Prompt *p, const char *text, Buf *out) {
    size_t length = strlen(text);
    while (length && is_space(text[length - 1])) length--;
    size_t word = skip_spaces(text, length, 0) + 1, end = skip_word(text, length, word);
    const Command *command = commands_find(text + word, end - word);
    if (!command) return say_unknown(out, text + word, end - word);
    size_t start = skip_spaces(text, length, end);
    char *arguments = strndup(text + start, length - start);
    bool fine = check_arguments(command, arguments, out) &&
                (command->run ? command->run(p, arguments, out) : command->runs(p->running, arguments, out));
    free(arguments);
    return fine;
}
