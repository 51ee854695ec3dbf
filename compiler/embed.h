// embed.h - the files that are part of the compiler's executable, so that it needs none beside it.
#ifndef COMPILER_EMBED_H
#define COMPILER_EMBED_H

#include <stddef.h>

// vm/hot.c as LLVM bitcode.
extern const char embed_hot_bitcode[], embed_hot_bitcode_end[];
// libportals_vm.a: what a built program is linked with.
extern const char embed_vm_archive[], embed_vm_archive_end[];

typedef struct EmbeddedFile {
    const char *name; // "list", "E0301"
    const char *text; // not zero-terminated
    size_t size;
} EmbeddedFile;

// The modules of the standard library that are in scope everywhere; `*count` is set.
const EmbeddedFile *embed_stdlib(int *count);
// Those that are loaded when a program imports them, likewise.
const EmbeddedFile *embed_imported(int *count);
// The pages of `portals explain`, likewise.
const EmbeddedFile *embed_pages(int *count);

#endif
