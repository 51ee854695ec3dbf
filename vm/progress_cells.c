// What an epoch has changed of the cells: of all that tasks wait for, and of what waits.
#include "vm/cell_bytes.h"
#include "vm/keys.h"
#include "vm/progress.h"

static void put_cell(Partition *partition, uint64_t id) {
    const Runtime *runtime = partition->runtime;
    const Cell *cell = cells_find(partition->cells, id);
    Buf *body = &partition->record;
    size_t item = store_item_begin(body);
    key_put_cell(body, id);
    store_item_middle(body, item);
    if (cell) cell_put(body, runtime->program, runtime->epochs.ids.task[cell->task], cell);
    store_item_end(body, item, cell ? STORE_PUT : STORE_DELETE);
}

void progress_put_cells(Partition *partition) {
    if (!partition->cells) return;
    uint64_t count;
    const uint64_t *ids = cells_dirty(partition->cells, &count);
    for (uint64_t i = 0; i < count; i++) put_cell(partition, ids[i]);
    cells_clean(partition->cells);
}

uint64_t progress_next_cell(const Runtime *runtime) {
    uint64_t next = 0;
    for (uint64_t i = 0; i < runtime->options.partitions; i++) {
        const Cells *cells = runtime->partitions[i].cells;
        if (cells && cells_next_id(cells) > next) next = cells_next_id(cells);
    }
    return next;
}
