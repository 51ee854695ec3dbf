#include "compiler/embed.h"

// Defined in embed.S.
extern const EmbeddedFile embed_stdlib_table[], embed_stdlib_table_end[], embed_imported_table[], embed_imported_table_end[],
    embed_pages_table[], embed_pages_table_end[];

const EmbeddedFile *embed_stdlib(int *count) {
    *count = (int)(embed_stdlib_table_end - embed_stdlib_table);
    return embed_stdlib_table;
}

const EmbeddedFile *embed_imported(int *count) {
    *count = (int)(embed_imported_table_end - embed_imported_table);
    return embed_imported_table;
}

const EmbeddedFile *embed_pages(int *count) {
    *count = (int)(embed_pages_table_end - embed_pages_table);
    return embed_pages_table;
}
