#include <string.h>

#include "vm/duration.h"
#include "vm/hex.h"
#include "vm/json_text.h"
#include "vm/map.h"
#include "vm/option.h"

static bool read_value(JsonReader *r, const PtDesc *desc, char *value);

// ---- brackets and commas ----

static bool enter(JsonReader *r) {
    r->at++;
    return ++r->depth <= JSON_NESTING || json_fail(r, r->at - 1, "this is nested deeper than %d levels", JSON_NESTING);
}

static bool take_token(JsonReader *r, char token, const char *what) {
    if (json_peek(r) != token) return json_expected_token(r, what);
    r->at++;
    return true;
}

// The opening bracket of a value of this type.
static bool open_bracket(JsonReader *r, char bracket, const char *what, const PtDesc *desc) {
    return json_peek(r) == bracket ? enter(r) : json_expected_of(r, what, desc);
}

typedef enum Next { NEXT_ITEM, NEXT_END, NEXT_WRONG } Next;

// Skips what is between elements, and the closing bracket.
static Next next_item(JsonReader *r, char close, bool first) {
    int next = json_peek(r);
    if (next == close) {
        r->at++;
        r->depth--;
        return NEXT_END;
    }
    if (first) return NEXT_ITEM;
    if (next == ',') {
        r->at++;
        return NEXT_ITEM;
    }
    json_expected_token(r, close == '}' ? "`,` or `}`" : "`,` or `]`");
    return NEXT_WRONG;
}

// A key of an object, and the colon behind it.
static bool take_key(JsonReader *r, PtString *key) {
    if (json_peek(r) != '"') return json_expected_token(r, "a key in quotes");
    return json_take_string(r, key) && take_token(r, ':', "`:`");
}

// ---- what nobody asked for ----

static bool skip_value(JsonReader *r);

static bool skip_items(JsonReader *r, char close) {
    if (!enter(r)) return false;
    for (bool first = true;; first = false) {
        Next next = next_item(r, close, first);
        if (next != NEXT_ITEM) return next == NEXT_END;
        PtString key;
        if ((close == '}' && !take_key(r, &key)) || !skip_value(r)) return false;
    }
}

static bool skip_value(JsonReader *r) {
    PtString text;
    r->field = NULL;
    switch (json_peek(r)) {
    case '{': return skip_items(r, '}');
    case '[': return skip_items(r, ']');
    case '"': return json_take_string(r, &text);
    case 't': return json_take_word(r, "true") || json_expected(r, "a value");
    case 'f': return json_take_word(r, "false") || json_expected(r, "a value");
    case 'n': return json_take_word(r, "null") || json_expected(r, "a value");
    default: return json_skip_number(r);
    }
}

// ---- records ----

static bool same_name(const char *name, const PtString *text) {
    int64_t i = 0;
    while (i < text->size && name[i] && name[i] == text->data[i]) i++;
    return i == text->size && !name[i];
}

// The number of the field with this name, looked for from `guess` on; field_count if there is none.
static uint64_t find_field(const PtVariant *of, const PtString *name, uint64_t guess) {
    for (uint64_t i = guess; i < of->field_count; i++)
        if (same_name(of->fields[i].name, name)) return i;
    for (uint64_t i = 0; i < guess && i < of->field_count; i++)
        if (same_name(of->fields[i].name, name)) return i;
    return of->field_count;
}

// Where the value of a field goes: for one that is boxed into memory of its own.
static char *place_of(JsonReader *r, const PtField *field, char *value) {
    char *place = value + field->offset;
    if (!field->boxed) return place;
    char *box = pt_alloc(r->context, field->desc->size);
    memcpy(place, &box, sizeof box);
    return box;
}

static bool read_field(JsonReader *r, const PtField *field, char *value) {
    r->field = field->name;
    return read_value(r, field->desc, place_of(r, field, value));
}

// A field that is not there is None, if it is an Option.
static bool fill_missing(JsonReader *r, const PtVariant *of, const char *type, const uint64_t *seen, const char *start,
                         char *value) {
    for (uint64_t i = 0; i < of->field_count; i++) {
        const PtField *field = &of->fields[i];
        if (seen[i / 64] >> (i % 64) & 1) continue;
        if (!json_is_option(field->desc))
            return json_fail(r, start, "the field `%s` of %s is missing", field->name, of->name ? of->name : type);
        *(int64_t *)place_of(r, field, value) = OPTION_NONE;
    }
    return true;
}

// An object with the fields of a record or variant.
static bool read_fields(JsonReader *r, const PtVariant *of, const PtDesc *desc, char *value) {
    const char *outer = r->field, *start = r->at;
    uint64_t count = of->field_count, found = 0, guess = 0, seen[count / 64 + 1];
    memset(seen, 0, sizeof seen);
    if (!open_bracket(r, '{', "an object", desc)) return false;
    for (bool first = true;; first = false) {
        Next next = next_item(r, '}', first);
        if (next == NEXT_WRONG) return false;
        if (next == NEXT_END) break;
        PtString key;
        if (!take_key(r, &key)) return false;
        uint64_t i = find_field(of, &key, guess);
        if (!(i < count ? read_field(r, &of->fields[i], value) : skip_value(r))) return false;
        if (i == count) continue;
        uint64_t bit = (uint64_t)1 << (i % 64);
        found += !(seen[i / 64] & bit);
        seen[i / 64] |= bit;
        guess = i + 1;
    }
    r->field = outer;
    return found == count || fill_missing(r, of, desc->name, seen, start, value);
}

static bool read_tuple(JsonReader *r, const PtVariant *of, const PtDesc *desc, char *value) {
    const char *outer = r->field, *start = r->at;
    uint64_t count = of ? of->field_count : 0, found = 0;
    if (!open_bracket(r, '[', "an array", desc)) return false;
    for (;; found++) {
        Next next = next_item(r, ']', !found);
        if (next == NEXT_WRONG) return false;
        if (next == NEXT_END) break;
        r->field = outer;
        bool fine = found < count ? read_value(r, of->fields[found].desc, place_of(r, &of->fields[found], value)) : skip_value(r);
        if (!fine) return false;
    }
    r->field = outer;
    if (found == count) return true;
    return json_fail(r, start, "expected an array of %llu for %s, found one of %llu", (unsigned long long)count, desc->name,
                     (unsigned long long)found);
}

static bool read_struct(JsonReader *r, const PtDesc *desc, char *value) {
    const PtVariant *of = &desc->variants[0];
    return of->field_count && !of->fields[0].name ? read_tuple(r, of, desc, value) : read_fields(r, of, desc, value);
}

// ---- enums ----

static bool unknown_variant(JsonReader *r, const char *at, const PtDesc *desc, const PtString *name) {
    json_fail(r, at, "%s has no variant `", desc->name);
    buf_append(r->message, name->data, (size_t)name->size);
    buf_puts(r->message, "`");
    return false;
}

static const PtVariant *find_variant(JsonReader *r, const PtDesc *desc, const PtString *name, const char *at) {
    for (uint64_t i = 0; i < desc->variant_count; i++)
        if (same_name(desc->variants[i].name, name)) return &desc->variants[i];
    unknown_variant(r, at, desc, name);
    return NULL;
}

static bool read_named_variant(JsonReader *r, const PtDesc *desc, char *value) {
    const char *at = r->at;
    PtString name;
    if (!json_take_string(r, &name)) return false;
    const PtVariant *variant = find_variant(r, desc, &name, at);
    if (!variant) return false;
    *(int64_t *)value = variant - desc->variants;
    return !variant->field_count ||
           json_fail(r, at, "the variant `%s` of %s has fields: {\"%s\": {...}}", variant->name, desc->name, variant->name);
}

static bool read_enum(JsonReader *r, const PtDesc *desc, char *value) {
    int next = json_peek(r);
    if (next == '"') return read_named_variant(r, desc, value);
    if (next != '{') return json_expected_of(r, "a variant", desc);
    if (!enter(r)) return false;
    json_peek(r);
    const char *at = r->at;
    PtString name;
    if (!take_key(r, &name)) return false;
    const PtVariant *variant = find_variant(r, desc, &name, at);
    if (!variant) return false;
    *(int64_t *)value = variant - desc->variants;
    json_peek(r);
    if (!read_fields(r, variant, desc, value) || !take_token(r, '}', "`}` behind the variant")) return false;
    r->depth--;
    return true;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

bool json_is_option(const PtDesc *desc) {
    if (desc->kind != PT_ENUM || desc->variant_count != 2) return false;
    if (!starts_with(desc->name, "Option[") && !starts_with(desc->name, "option.Option[")) return false;
    return desc->variants[OPTION_SOME].field_count == 1 && !desc->variants[OPTION_NONE].field_count;
}

bool json_is_nullable(const PtDesc *desc) {
    return json_is_option(desc) && !json_is_option(desc->variants[OPTION_SOME].fields[0].desc);
}

static bool read_option(JsonReader *r, const PtDesc *desc, char *value) {
    const PtField *content = &desc->variants[OPTION_SOME].fields[0];
    bool none = json_peek(r) == 'n' && json_take_word(r, "null");
    *(int64_t *)value = none ? OPTION_NONE : OPTION_SOME;
    if (none) return true;
    if (!json_is_nullable(desc)) return read_enum(r, desc, value);
    return read_value(r, content->desc, place_of(r, content, value));
}

// ---- lists, sets, maps ----

// Values in a row, in memory that grows.
typedef struct Row {
    char *data;
    uint64_t size; // of one
    uint64_t count;
    uint64_t capacity;
} Row;

// Where the next value goes.
static char *row_next(JsonReader *r, Row *row) {
    if (row->count == row->capacity) {
        row->capacity = row->capacity ? 2 * row->capacity : 4;
        char *data = pt_alloc(r->context, (int64_t)(row->capacity * row->size));
        if (row->count) memcpy(data, row->data, row->count * row->size);
        row->data = data;
    }
    return row->data + row->count++ * row->size;
}

static bool read_row(JsonReader *r, const PtDesc *elem, const PtDesc *desc, Row *row) {
    const char *outer = r->field;
    *row = (Row){.size = elem->size};
    if (!open_bracket(r, '[', "an array", desc)) return false;
    for (bool first = true;; first = false) {
        Next next = next_item(r, ']', first);
        if (next != NEXT_ITEM) {
            r->field = outer;
            return next == NEXT_END;
        }
        r->field = outer;
        if (!read_value(r, elem, row_next(r, row))) return false;
    }
}

static PtList list_of(const Row *row) {
    return (PtList){row->data, (int64_t)row->count};
}

static bool read_list(JsonReader *r, const PtDesc *desc, PtList *list) {
    Row row;
    if (!read_row(r, desc->elem, desc, &row)) return false;
    *list = list_of(&row);
    return true;
}

static bool build(JsonReader *r, const PtDesc *desc, const Row *keys, const Row *values, PtMap *map) {
    PtList k = list_of(keys), v = list_of(values);
    *map = (PtMap){0};
    if (keys->count) pt_map_build(r->context, map, &k, desc->kind == PT_SET ? NULL : &v, desc->elem, desc->mapped);
    map->edit = 0; // it is a part of a value, which has no right to edit
    return true;
}

static bool read_set(JsonReader *r, const PtDesc *desc, PtMap *set) {
    Row row, nothing = {0};
    return read_row(r, desc->elem, desc, &row) && build(r, desc, &row, &nothing, set);
}

// An object: the keys are Strings.
static bool read_object(JsonReader *r, const PtDesc *desc, PtMap *map) {
    const char *outer = r->field;
    Row keys = {.size = sizeof(PtString)}, values = {.size = desc->mapped->size};
    if (!open_bracket(r, '{', "an object", desc)) return false;
    for (bool first = true;; first = false) {
        Next next = next_item(r, '}', first);
        r->field = outer;
        if (next == NEXT_WRONG) return false;
        if (next == NEXT_END) return build(r, desc, &keys, &values, map);
        PtString *key = (PtString *)row_next(r, &keys);
        if (!take_key(r, key) || !read_value(r, desc->mapped, row_next(r, &values))) return false;
    }
}

static bool read_pair(JsonReader *r, const PtDesc *desc, char *key, char *value) {
    const char *outer = r->field;
    if (!open_bracket(r, '[', "an array of a key and a value", desc)) return false;
    if (!read_value(r, desc->elem, key) || !take_token(r, ',', "`,` and a value")) return false;
    r->field = outer;
    if (!read_value(r, desc->mapped, value) || !take_token(r, ']', "`]` behind the value")) return false;
    r->depth--;
    return true;
}

// An array of pairs: keys of other types.
static bool read_pairs(JsonReader *r, const PtDesc *desc, PtMap *map) {
    const char *outer = r->field;
    Row keys = {.size = desc->elem->size}, values = {.size = desc->mapped->size};
    if (!open_bracket(r, '[', "an array of pairs", desc)) return false;
    for (bool first = true;; first = false) {
        Next next = next_item(r, ']', first);
        r->field = outer;
        if (next == NEXT_WRONG) return false;
        if (next == NEXT_END) return build(r, desc, &keys, &values, map);
        char *key = row_next(r, &keys), *value = row_next(r, &values);
        if (!read_pair(r, desc, key, value)) return false;
    }
}

// ---- the rest ----

static bool read_string(JsonReader *r, PtString *string) {
    return json_peek(r) == '"' ? json_take_string(r, string) : json_expected(r, "a String");
}

static bool read_bool(JsonReader *r, uint8_t *value) {
    json_peek(r);
    *value = json_take_word(r, "true");
    return *value || json_take_word(r, "false") || json_expected(r, "a Bool");
}

static bool read_duration(JsonReader *r, int64_t *value) {
    static const char what[] = "a Duration, like \"1500ms\",";
    const char *at = json_peek(r) == '"' ? r->at : NULL;
    PtString text;
    if (!at) return json_expected(r, what);
    if (!json_take_string(r, &text)) return false;
    if (duration_parse(text.data, (size_t)text.size, value)) return true;
    r->at = at;
    return json_expected(r, what);
}

static bool read_bytes(JsonReader *r, PtString *bytes) {
    static const char what[] = "pairs of hexadecimal digits, in quotes,";
    const char *at = json_peek(r) == '"' ? r->at : NULL;
    PtString text;
    if (!at) return json_expected(r, what);
    if (!json_take_string(r, &text)) return false;
    char *data = pt_alloc(r->context, text.size / 2);
    bool fine = text.size % 2 == 0;
    for (int64_t i = 0; fine && i < text.size / 2; i++) {
        int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        fine = high >= 0 && low >= 0;
        if (fine) data[i] = (char)(high << 4 | low);
    }
    *bytes = (PtString){data, text.size / 2};
    if (fine) return true;
    r->at = at;
    return json_expected(r, what);
}

static bool read_value(JsonReader *r, const PtDesc *desc, char *value) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: return read_tuple(r, NULL, desc, value);
    case PT_INT: json_peek(r); return json_take_int(r, (int64_t *)value);
    case PT_FLOAT: json_peek(r); return json_take_float(r, (double *)value);
    case PT_BOOL: return read_bool(r, (uint8_t *)value);
    case PT_STRING: return read_string(r, (PtString *)value);
    case PT_LIST: return read_list(r, desc, (PtList *)value);
    case PT_STRUCT: return read_struct(r, desc, value);
    case PT_ENUM: return json_is_option(desc) ? read_option(r, desc, value) : read_enum(r, desc, value);
    case PT_BYTES: return read_bytes(r, (PtString *)value);
    case PT_DURATION: return read_duration(r, (int64_t *)value);
    case PT_MAP:
        return desc->elem->kind == PT_STRING ? read_object(r, desc, (PtMap *)value) : read_pairs(r, desc, (PtMap *)value);
    case PT_SET: return read_set(r, desc, (PtMap *)value);
    case PT_FN:
    case PT_FUTURE:
    case PT_FRAME:
    case PT_ANY: break; // the compiler has refused it
    }
    return json_fail(r, r->at, "a value of type %s cannot be read", desc->name);
}

bool json_read(JsonReader *r, const PtDesc *desc, void *value) {
    r->depth = 0;
    r->field = NULL;
    if (!read_value(r, desc, value)) return false;
    r->field = NULL;
    return json_peek(r) == JSON_END || json_expected(r, "the end");
}
