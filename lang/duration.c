#include "lang/duration.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    int64_t nanoseconds;
} units[] = {
#define UNIT(name, nanoseconds) {name, nanoseconds},
#include "vm/units.def"
#undef UNIT
};

const char *duration_unit_name(unsigned number) {
    return number < sizeof units / sizeof *units ? units[number].name : NULL;
}

int64_t duration_unit(const char *name) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0) return units[i].nanoseconds;
    return 0;
}
