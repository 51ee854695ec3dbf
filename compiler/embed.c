#include "compiler/embed.h"

// Defined in embed.S.
extern const EmbeddedFile embed_stdlib_table[], embed_stdlib_table_end[];

const EmbeddedFile *embed_stdlib(int *count) {
    *count = (int)(embed_stdlib_table_end - embed_stdlib_table);
    return embed_stdlib_table;
}
