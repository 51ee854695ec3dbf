// encoded.c - the linker gives each call of encode_value in the VM to what is here (--wrap): what is written of a value is read
// at once, and must be an equal value that is written as the same bytes. The process dies if it is not.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "vm/abi.h"
#include "vm/encode.h"

void __real_encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program);
void __wrap_encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program);

static void *take_memory(void *arena, uint64_t size) {
    return arena_alloc(arena, size);
}

static void require(bool fact, const PtDesc *desc, const char *what) {
    if (fact) return;
    fprintf(stderr, "a value of type %s: %s\n", desc->name, what);
    abort();
}

static void check_bytes(const char *bytes, size_t size, const PtDesc *desc, const void *value, const PtProgram *program) {
    Arena arena = {0};
    Buf again = {0};
    void *read = arena_alloc(&arena, desc->size + 1);
    Decoder decoder = {.at = bytes, .end = bytes + size, .alloc = take_memory, .user = &arena, .program = program};
    bool fine = decode_value(&decoder, desc, read);
    require(fine && decoder.at == bytes + size, desc, fine ? "bytes are left over" : decoder.error);
    require(pt_equal(desc, value, read) && pt_equal(desc, read, value), desc, "what was read is another one");
    __real_encode_value(&again, desc, read, program);
    require(again.length == size && (!size || memcmp(again.data, bytes, size) == 0), desc, "it is written in another way then");
    buf_free(&again);
    arena_free(&arena);
}

void __wrap_encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program) {
    size_t start = out->length;
    __real_encode_value(out, desc, value, program);
    check_bytes(out->data + start, out->length - start, desc, value, program);
}
