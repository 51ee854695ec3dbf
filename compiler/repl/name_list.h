// name_list.h - names, as completion offers them.
#ifndef COMPILER_REPL_NAME_LIST_H
#define COMPILER_REPL_NAME_LIST_H

#include <stddef.h>

// Starts as all zeroes.
typedef struct NameList {
    char **items;
    size_t count;
    size_t capacity;
    size_t start; // where in the text what they complete begins
} NameList;

// Appends a copy of the first `length` bytes. Without memory the name is left out.
void name_list_add(NameList *list, const char *name, size_t length);
// Afterwards the names are sorted, each once.
void name_list_sort(NameList *list);
void name_list_free(NameList *list);

#endif
