// app_path.h - the paths by which one application names what another one has: `/Cart/workflows/orders`.
#ifndef LANG_APP_PATH_H
#define LANG_APP_PATH_H

#include "lang/check.h"

// What the word in the middle of a path says.
typedef enum PathKind { PATH_STREAM, PATH_WORKFLOW, PATH_SEQUENCER, PATH_SPLITTER, PATH_PORTAL, PATH_KINDS } PathKind;

typedef struct AppPath {
    Symbol app;
    PathKind kind;
    Symbol name;
} AppPath;

// Takes the text of a string apart. False if it is no path.
bool app_path_parse(Context *context, const Ast *string, AppPath *path);
// The word of a kind: `workflows`.
const char *app_path_word(PathKind kind);
// The application of this name; NULL if it is not one of the run.
Module *app_path_app(const Program *program, Symbol name);
// Whether a `use` of one kind can have such a path.
bool app_path_fits(UseKind use, PathKind path);
// What a `use` is of, in words: `stream`.
const char *app_path_used(UseKind use);
// What the path leads to; NULL if there is nothing of this kind and name.
Def *app_path_find(const Program *program, const AppPath *path);
// The path of what an application declares; NULL if it is nothing that such a `use` can have.
const char *app_path_of(Arena *arena, UseKind use, const Def *def);

#endif
