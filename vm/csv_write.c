#include <csv.h>
#include <math.h>
#include <string.h>

#include "vm/csv.h"
#include "vm/duration.h"
#include "vm/json.h"
#include "vm/option.h"
#include "vm/show.h"

// Without quotes this would be read as something else: nothing as an Option that is None.
static bool needs_quotes(const char *text, size_t size) {
    if (!size) return true;
    for (size_t i = 0; i < size; i++)
        if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r') return true;
    return false;
}

static void put_text(Buf *out, const char *text, size_t size) {
    if (!needs_quotes(text, size)) {
        buf_append(out, text, size);
        return;
    }
    size_t room = 2 * size + 2;
    out->length += csv_write(buf_reserve(out, room), room, size ? text : "", size);
}

static bool put_float(Buf *out, double value) {
    if (isfinite(value)) show_float(out, value);
    return isfinite(value);
}

static bool put_field(Buf *out, const PtDesc *desc, const char *value) {
    switch ((PtKind)desc->kind) {
    case PT_INT: show_int(out, *(const int64_t *)value); break;
    case PT_FLOAT: return put_float(out, *(const double *)value);
    case PT_BOOL: buf_puts(out, *value ? "true" : "false"); break;
    case PT_STRING: put_text(out, ((const PtString *)value)->data, (size_t)((const PtString *)value)->size); break;
    case PT_DURATION: duration_show(out, *(const int64_t *)value, DURATION_ARGUMENT); break;
    case PT_ENUM: buf_puts(out, desc->variants[*(const int64_t *)value].name); break;
    default: break; // the compiler has refused it
    }
    return true;
}

void csv_write_header(Buf *out, const PtDesc *desc) {
    const PtVariant *of = &desc->variants[0];
    for (uint64_t i = 0; i < of->field_count; i++) {
        if (i) buf_putc(out, ',');
        buf_puts(out, of->fields[i].name);
    }
}

bool csv_write_record(Buf *out, const PtDesc *desc, const void *value) {
    const PtVariant *of = &desc->variants[0];
    bool fine = true;
    for (uint64_t i = 0; i < of->field_count && fine; i++) {
        const PtField *field = &of->fields[i];
        const char *at = (const char *)value + field->offset;
        if (i) buf_putc(out, ',');
        if (!json_is_option(field->desc)) {
            fine = put_field(out, field->desc, at);
        } else if (*(const int64_t *)at == OPTION_SOME) {
            const PtField *content = &field->desc->variants[OPTION_SOME].fields[0];
            fine = put_field(out, content->desc, at + content->offset);
        }
    }
    return fine;
}
