#include <stdlib.h>
#include "vm/cells.h"
#include "vm/context.h"
#include "vm/memory.h"
struct Cells {
    Partition *partition;
    Cell **items;
    uint64_t count;
    uint64_t *dirty;
    uint64_t dirty_count;
    uint64_t next;
};
uint64_t cells_count(const Cells *c) {
    return c->count;
}
Cell *cells_at(const Cells *c, uint64_t i) {
    return c->items[i];
}
Cell *cells_find(const Cells *c, uint64_t id) {
    for (uint64_t i = 0; i < c->count; i++)
        if (c->items[i]->id == id) return c->items[i];
    return NULL;
}
const uint64_t *cells_dirty(const Cells *c, uint64_t *count) {
    *count = c->dirty_count;
    return c->dirty;
}
void cells_clean(Cells *c) {
    c->dirty_count = 0;
}
bool cells_reserve(struct Partition *p, uint64_t id) {
    (void)p;
    (void)id;
    return true;
}
bool cells_restore(struct Partition *p, const Cell *cell) {
    (void)p;
    (void)cell;
    return true;
}
uint64_t cells_next_id(const Cells *c) {
    return c->next;
}
void cells_set_next_id(Cells *c, uint64_t id) {
    c->next = id;
}
