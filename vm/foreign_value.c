// foreign_value.c - Strings and Bytes on their way to C and back, and the numbers that do not fit there.
#include <string.h>

#include "vm/abi.h"
#include "vm/context.h"
#include "vm/error.h"
#include "vm/utf8.h"

const char *pt_foreign_text(PtContext *context, const PtString *text, const char *what, uint32_t position) {
    size_t size = (size_t)text->size;
    if (size && memchr(text->data, 0, size))
        trap_foreign(partition_of(context), position, "%s has a zero byte, where a text of C ends", what);
    char *copy = pt_alloc(context, text->size + 1);
    if (size) memcpy(copy, text->data, size);
    copy[size] = 0;
    return copy;
}

static void copy_bytes(PtContext *context, PtString *out, const void *data, int64_t size) {
    char *copy = size ? pt_alloc(context, size) : NULL;
    if (size) memcpy(copy, data, (size_t)size);
    *out = (PtString){copy, size};
}

void pt_foreign_string(PtContext *context, PtString *out, const char *text, const char *what, uint32_t position) {
    if (!text) trap_foreign(partition_of(context), position, "%s is NULL, where a String is declared", what);
    size_t size = strlen(text), valid = utf8_valid(text, size);
    if (valid < size) trap_foreign(partition_of(context), position, "%s is no String: byte %zu is not UTF-8", what, valid + 1);
    copy_bytes(context, out, text, (int64_t)size);
}

void pt_foreign_bytes(PtContext *context, PtString *out, const void *data, int64_t size, const char *what, uint32_t position) {
    if (size < 0) trap_foreign(partition_of(context), position, "%s has %lld bytes", what, (long long)size);
    if (size && !data) trap_foreign(partition_of(context), position, "%s has %lld bytes at NULL", what, (long long)size);
    copy_bytes(context, out, data, size);
}

_Noreturn void pt_trap_foreign_int(PtContext *context, int64_t number, const char *type, const char *what, uint32_t position) {
    if (strcmp(type, "Int") == 0)
        trap_foreign(partition_of(context), position, "%s is %llu, which is too large for an Int", what,
                     (unsigned long long)number);
    trap_foreign(partition_of(context), position, "%s is %lld, which is no %s", what, (long long)number, type);
}

_Noreturn void pt_trap_foreign_float(PtContext *context, double number, const char *what, uint32_t position) {
    trap_foreign(partition_of(context), position, "%s is %g, which is too large for a Float32", what, number);
}
