// complete.c - completion: commands, files, what commands are about, and names, which the session knows.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "compiler/repl/commands.h"

// ---- commands and files ------------------------------------------------------------------------------------------------

static void complete_command(const char *word, size_t length, NameList *out) {
    size_t count;
    const Command *commands = commands_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(commands[i].name, word, length) != 0) continue;
        char *name = NULL;
        if (asprintf(&name, "%s%s", commands[i].name, *commands[i].arguments ? " " : "") < 0) continue;
        name_list_add(out, name, strlen(name));
        free(name);
    }
}

static bool is_directory(const char *directory, const char *name) {
    char *path = NULL;
    struct stat stat_of_it;
    if (asprintf(&path, "%s/%s", directory, name) < 0) return false;
    bool is = stat(path, &stat_of_it) == 0 && S_ISDIR(stat_of_it.st_mode);
    free(path);
    return is;
}

// Names in the directory that the path has got to; those that begin with a dot only if the path does.
static void complete_file(const char *path, size_t length, NameList *out) {
    const char *slash = memrchr(path, '/', length);
    size_t before = slash ? (size_t)(slash - path) + 1 : 0;
    char *directory = slash ? strndup(path, before) : strdup(".");
    DIR *entries = directory ? opendir(directory) : NULL;
    out->start += before;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (strncmp(entry->d_name, path + before, length - before) != 0) continue;
        if (entry->d_name[0] == '.' && (length == before || strspn(entry->d_name, ".") == strlen(entry->d_name))) continue;
        char *name = NULL;
        if (asprintf(&name, "%s%s", entry->d_name, is_directory(directory, entry->d_name) ? "/" : "") < 0) continue;
        name_list_add(out, name, strlen(name));
        free(name);
    }
    if (entries) closedir(entries);
    free(directory);
}

// ---- what is defined -----------------------------------------------------------------------------------------------------

static bool is_name_byte(char c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static const char *skip_text(const char *at, const char *text) {
    size_t length = strlen(text);
    return strncmp(at, text, length) == 0 ? at + length : NULL;
}

// The name that a line declares after one of the words; NULL: none.
static const char *declared(const char *line, const char *const *words) {
    const char *next;
    for (; *words; words++)
        if ((next = skip_text(line, *words)) && is_name_byte(*next)) return next;
    return NULL;
}

// Declarations begin at the start of a line.
static void complete_defined(Prompt *p, const char *const *words, const char *word, size_t length, NameList *out) {
    Buf text = {0};
    session_list(p->session, &text);
    for (const char *line = buf_text(&text); line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *name = declared(line, words);
        size_t size = 0;
        while (name && is_name_byte(name[size])) size++;
        if (name && strncmp(name, word, length) == 0) name_list_add(out, name, size);
    }
    buf_free(&text);
}

static const char *const TASK_WORDS[] = {"task ", "exclusive task ", "local task ", NULL};
static const char *const PORTAL_WORDS[] = {"portal ", "use portal ", NULL};
static const char *const STREAM_WORDS[] = {"stream ", NULL};

static void complete_names(Prompt *p, const char *line, size_t start, size_t cursor, NameList *out) {
    Buf text = {0};
    if (start == 0) buf_append(&text, p->text.data, p->text.length); // the lines before it
    size_t before = text.length;
    buf_append(&text, line + start, cursor - start);
    session_names(p->session, buf_text(&text), text.length, out);
    out->start = out->start >= before ? out->start - before + start : cursor;
    buf_free(&text);
}

static void complete_arguments(Prompt *p, const Command *command, const char *line, size_t start, size_t cursor, NameList *out) {
    const char *const *words = NULL;
    out->start = start;
    switch (command->takes) {
    case TAKES_NOTHING: return;
    case TAKES_COMMAND: complete_command(line + start, cursor - start, out); return;
    case TAKES_FILE: complete_file(line + start, cursor - start, out); return;
    case TAKES_NAMES: complete_names(p, line, start, cursor, out); return;
    case TAKES_TASK: words = TASK_WORDS; break;
    case TAKES_PORTAL: words = PORTAL_WORDS; break;
    case TAKES_STREAM: words = STREAM_WORDS; break;
    }
    bool is_name = true;
    for (size_t i = start; i < cursor; i++) is_name &= is_name_byte(line[i]);
    if (is_name)
        complete_defined(p, words, line + start, cursor - start, out);
    else
        complete_names(p, line, start, cursor, out);
}

void prompt_complete(void *user, const char *line, size_t cursor, NameList *out) {
    Prompt *p = user;
    size_t word = 0, end;
    while (word < cursor && line[word] == ' ') word++;
    if (word == cursor || line[word] != ':' || p->text.length) {
        complete_names(p, line, 0, cursor, out);
        return;
    }
    for (end = ++word; end < cursor && line[end] != ' ';) end++;
    if (end == cursor) {
        out->start = word;
        complete_command(line + word, end - word, out);
    } else {
        const Command *command = commands_find(line + word, end - word);
        while (end < cursor && line[end] == ' ') end++;
        if (command) complete_arguments(p, command, line, end, cursor, out);
    }
    name_list_sort(out);
}
