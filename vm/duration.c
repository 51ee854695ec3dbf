#include "vm/duration.h"

#include <string.h>

#include "vm/library.h"
#include "vm/number.h"
#include "vm/show.h"

typedef struct Unit {
    const char *name;
    int64_t nanoseconds;
} Unit;

static const Unit UNITS[] = {
#define UNIT(name, nanoseconds) {name, nanoseconds},
#include "vm/units.def"
#undef UNIT
};
enum { UNIT_COUNT = sizeof UNITS / sizeof *UNITS, SECONDS = 3 };

static const Unit *largest_unit(int64_t nanoseconds) {
    if (nanoseconds == 0) return &UNITS[SECONDS];
    const Unit *unit = &UNITS[UNIT_COUNT - 1];
    while (nanoseconds % unit->nanoseconds) unit--;
    return unit;
}

void duration_show(Buf *out, int64_t nanoseconds, DurationStyle style) {
    const Unit *unit = largest_unit(nanoseconds);
    // `-5.s` negates 5 seconds, but there is no Int to negate for the smallest duration.
    bool smallest = nanoseconds == INT64_MIN && style == DURATION_EXPRESSION;
    if (smallest) buf_putc(out, '(');
    show_int(out, nanoseconds / unit->nanoseconds);
    if (smallest) buf_putc(out, ')');
    if (style == DURATION_EXPRESSION) buf_putc(out, '.');
    buf_puts(out, unit->name);
}

bool duration_parse(const char *text, size_t size, int64_t *nanoseconds) {
    size_t digits = 0;
    while (digits < size && strchr("+-0123456789", text[digits])) digits++;
    int64_t count;
    if (!number_parse_int(text, digits, &count)) return false;
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        const char *name = UNITS[i].name;
        if (strlen(name) != size - digits || memcmp(name, text + digits, size - digits) != 0) continue;
        return !__builtin_mul_overflow(count, UNITS[i].nanoseconds, nanoseconds);
    }
    return false;
}

// ---- the library's function ----

int64_t pt_duration_to_ns(PtContext *context, int64_t duration) {
    (void)context;
    return duration;
}
