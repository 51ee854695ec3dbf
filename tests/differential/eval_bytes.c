// eval_bytes.c - the functions of the library on Bytes.
#include <ctype.h>

#include "tests/differential/eval.h"

static const Value *option(Eval *eval, const Value *value) {
    Value *made = value_items(eval->arena, value ? 1 : 0);
    made->integer = value ? 0 : 1; // Some, None
    if (value) made->items[0] = value;
    return made;
}

static const Value *part(Eval *eval, const Value *bytes, int64_t from, int64_t to) {
    if (from < 0) from = 0;
    if (to > bytes->size) to = bytes->size;
    return from < to ? value_string(eval->arena, bytes->text + from, (size_t)(to - from)) : value_string(eval->arena, "", 0);
}

static bool is_at(const Value *bytes, int64_t at, const Value *found) {
    for (int64_t i = 0; i < found->size; i++)
        if (at + i >= bytes->size || bytes->text[at + i] != found->text[i]) return false;
    return true;
}

static const Value *index_of(Eval *eval, const Value *bytes, const Value *found) {
    for (int64_t at = 0; at + found->size <= bytes->size; at++)
        if (is_at(bytes, at, found)) return option(eval, value_int(eval->arena, at));
    return option(eval, NULL);
}

static const Value *concat(Eval *eval, const Value *a, const Value *b) {
    if (!eval_spend(eval, (uint64_t)(a->size + b->size))) return NULL;
    Buf both = {0};
    buf_append(&both, a->text, (size_t)a->size);
    buf_append(&both, b->text, (size_t)b->size);
    const Value *made = value_string(eval->arena, both.data, both.length);
    buf_free(&both);
    return made;
}

// How many bytes a character has that begins with this one; 0: none does.
static int64_t character_size(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

static bool is_character(const unsigned char *at, int64_t size) {
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = at[0] & (0xff >> (size + 1));
    for (int64_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) return false;
        code = code << 6 | (at[i] & 0x3f);
    }
    return code >= LEAST[size] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

static bool is_text(const Value *bytes) {
    for (int64_t at = 0, size; at < bytes->size; at += size) {
        const unsigned char *first = (const unsigned char *)bytes->text + at;
        size = character_size(*first);
        if (!size || at + size > bytes->size || (size > 1 && !is_character(first, size))) return false;
    }
    return true;
}

static const Value *to_hex(Eval *eval, const Value *bytes) {
    Buf text = {0};
    for (int64_t i = 0; i < bytes->size; i++) buf_printf(&text, "%02x", (unsigned char)bytes->text[i]);
    const Value *made = eval_spend(eval, text.length) ? value_string(eval->arena, text.data, text.length) : NULL;
    buf_free(&text);
    return made;
}

static int digit(char c) {
    return c <= '9' ? c - '0' : tolower(c) - 'a' + 10;
}

static const Value *from_hex(Eval *eval, const Value *text) {
    for (int64_t i = 0; i < text->size; i++)
        if (!isxdigit((unsigned char)text->text[i])) return option(eval, NULL);
    if (text->size % 2) return option(eval, NULL);
    char *bytes = arena_alloc(eval->arena, (size_t)text->size + 1);
    for (int64_t i = 0; i < text->size / 2; i++) bytes[i] = (char)(digit(text->text[2 * i]) * 16 + digit(text->text[2 * i + 1]));
    return option(eval, value_string(eval->arena, bytes, (size_t)text->size / 2));
}

static const Value *from_list(Eval *eval, const Value *list) {
    char *bytes = arena_alloc(eval->arena, (size_t)list->size + 1);
    for (int64_t i = 0; i < list->size; i++) {
        if (list->items[i]->integer < 0 || list->items[i]->integer > 255) return option(eval, NULL);
        bytes[i] = (char)list->items[i]->integer;
    }
    return option(eval, value_string(eval->arena, bytes, (size_t)list->size));
}

static const Value *byte_at(Eval *eval, const Value *bytes, int64_t i) {
    return value_int(eval->arena, (unsigned char)bytes->text[i]);
}

static const Value *to_list(Eval *eval, const Value *bytes) {
    if (!eval_spend(eval, (uint64_t)bytes->size)) return NULL;
    Value *list = value_items(eval->arena, bytes->size);
    for (int64_t i = 0; i < bytes->size; i++) list->items[i] = byte_at(eval, bytes, i);
    return list;
}

const Value *eval_bytes_builtin(Eval *eval, const CoreInst *inst, const Value **args) {
    const char *name = inst->text + strlen("pt_bytes_");
    const Value *bytes = args[0];
    if (strcmp(name, "size") == 0) return value_int(eval->arena, bytes->size);
    if (strcmp(name, "slice") == 0) return part(eval, bytes, args[1]->integer, args[2]->integer);
    if (strcmp(name, "concat") == 0) return concat(eval, bytes, args[1]);
    if (strcmp(name, "starts_with") == 0) return value_int(eval->arena, is_at(bytes, 0, args[1]));
    if (strcmp(name, "index_of") == 0) return index_of(eval, bytes, args[1]);
    if (strcmp(name, "from_string") == 0) return bytes;
    if (strcmp(name, "to_string") == 0) return option(eval, is_text(bytes) ? bytes : NULL);
    if (strcmp(name, "to_hex") == 0) return to_hex(eval, bytes);
    if (strcmp(name, "from_hex") == 0) return from_hex(eval, bytes);
    if (strcmp(name, "from_list") == 0) return from_list(eval, bytes);
    if (strcmp(name, "to_list") == 0) return to_list(eval, bytes);
    if (strcmp(name, "get") != 0) return NULL;
    int64_t i = args[1]->integer;
    return option(eval, i >= 0 && i < bytes->size ? byte_at(eval, bytes, i) : NULL);
}
