#include "vm/context.h"

#include <stdlib.h>
#include <string.h>

#include "vm/cells.h"
#include "vm/drop.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/recover.h"
#include "vm/show.h"

enum {
    REGION_CHUNK = 8 * 1024, // small atoms that wait hold no more; larger ones double it
    SCRATCH_LIMIT = 1 << 20, // how much of it is kept
    LANE_MINIMUM = 64 * 1024,
};

static const uint64_t HEAP_RESERVE = (uint64_t)1 << 40;

// ---- regions ----

static void use_chunk(Partition *partition, const Region *region) {
    partition->context.next = region->chunks->bytes;
    partition->context.end = region->chunks->bytes + region->chunks->size;
}

static void use_region(Partition *partition, Region *region) {
    partition->region = region;
    use_chunk(partition, region);
    partition->start = partition->context.next;
}

// Small steps go on in one region. One that is not small gets another, so that what the others have made does not hold all that
// memory.
static bool add_memory(Partition *partition, uint64_t size) {
    Region *region = partition->region;
    if (partition->start == region->chunks->bytes || region->chunks->older) return region_add(region, size);
    Region *fresh = region_take(&partition->regions, size);
    if (!fresh) return false;
    partition->earlier = region;
    use_region(partition, fresh);
    return true;
}

void *pt_region_extend(PtContext *context, uint64_t size) {
    Partition *partition = partition_of(context);
    Region *region = partition->region;
    uint64_t limit = partition->runtime->options.max_atom * REGION_FACTOR;
    if (size > limit || region->size + size > limit || !add_memory(partition, size)) trap_memory(partition);
    use_chunk(partition, partition->region);
    char *result = context->next;
    context->next += size;
    return result;
}

// ---- life ----

static bool take_memory(Partition *partition) {
    if (!heap_init(&partition->heap, partition->runtime->env, partition->runtime->program->closures, HEAP_RESERVE)) return false;
    Region *region = region_take(&partition->regions, 0);
    if (!region) {
        heap_free(&partition->heap);
        return false;
    }
    use_region(partition, region);
    return true;
}

static bool has_async(const PtProgram *program) {
    for (uint64_t i = 0; i < program->task_count; i++)
        if (program->tasks[i].async) return true;
    return false;
}

bool partition_init(Partition *partition, Runtime *runtime, uint32_t number) {
    const PtProgram *program = runtime->program;
    *partition = (Partition){
        .runtime = runtime,
        .number = number,
        .is_durable = runtime->epochs.store,
        .regions = {.chunk = REGION_CHUNK},
        .epoch_stamp = STAMP_STEP,
        .map_stamp = 1,
    };
    scratch_init(&partition->maps);
    if (!take_memory(partition)) return false;
    uint32_t count = runtime->options.partitions;
    PtContext *context = &partition->context;
    context->tables = MEMORY_NEW_APART(Table, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++) table_init(&context->tables[i], &program->tasks[i]);
    context->globals = runtime->globals;
    context->event = -1;
    context->stamp = STAMP_STEP;
    context->partitions = count;
    context->tracks = partition->tracks = partition->is_durable || count > 1;
    partition->sinks = MEMORY_NEW_APART(SinkPart, program->sink_count);
    if (has_async(program)) partition->cells = cells_new(partition);
    return true;
}

static void free_sinks(Partition *partition) {
    for (uint64_t i = 0; i < partition->runtime->program->sink_count; i++) {
        buf_free(&partition->sinks[i].bytes);
        buf_free(&partition->sinks[i].ends);
        buf_free(&partition->sinks[i].tags);
    }
    free(partition->sinks);
}

void partition_free(Partition *partition) {
    PtContext *context = &partition->context;
    for (uint64_t i = 0; i < partition->runtime->program->task_count; i++) table_free(&context->tables[i]);
    free(context->tables);
    cells_free(partition->cells);
    region_release(partition->region);
    if (partition->globals) region_release(partition->globals);
    region_pool_free(&partition->regions);
    limbo_free(&partition->limbo);
    touches_free(&partition->touches);
    free(partition->drops.items);
    call_counts_free(&partition->calls);
    heap_free(&partition->heap);
    free_sinks(partition);
    free(partition->sorted);
    buf_free(&partition->scratch);
    scratch_free(&partition->maps);
    buf_free(&partition->record);
    buf_free(&partition->complaint);
    csv_parser_free(partition->csv);
    free(partition->throttled);
    failure_free(&partition->failure);
    failure_free(&partition->caught);
}

// ---- steps ----

bool partition_guard(Partition *partition, PartitionBody *body, void *argument) {
    partition->context.stack_limit = partition->runtime->env->stack_limit(partition->runtime->env);
    Escape here;
    partition->escape = partition->guard = &here;
    if (ESCAPE_SET(&here)) return false;
    body(partition, argument);
    return true;
}

bool partition_end_setup(Partition *partition) {
    Region *region = region_take(&partition->regions, 0);
    if (!region) return false;
    partition->globals = partition->region;
    partition->append_end = partition->append_limit = NULL;
    use_region(partition, region);
    return true;
}

void partition_begin(Partition *partition, Workflow *workflow, uint64_t step) {
    PtContext *context = &partition->context;
    partition->workflow = workflow;
    partition->part = &workflow->parts[partition->number];
    partition->step = step;
    context->channels = partition->part->cursors;
    context->lanes = partition->part->lanes;
    context->stamp = step * STAMP_STEP;
    context->time = 0;
    partition->random_count = 0;
    call_counts_clear(&partition->calls);
    context->exchanges = context->partitions > 1;
    throttles_begin(partition);
    context->tracks = partition->tracks || workflow->goes_on;
    if (context->tracks)
        for (uint64_t i = 0; i < partition->runtime->program->task_count; i++) table_begin_step(&context->tables[i]);
    cells_begin_step(partition->cells);
    partition_take(partition, PHASE_EVENTS, NULL, 0);
}

void partition_take(Partition *partition, Phase phase, const Atom *input, uint64_t stream) {
    PtContext *context = &partition->context;
    partition->phase = phase;
    partition->input = input;
    partition->first_event = 0;
    partition->stream = stream;
    context->event = -1;
    context->entry = NULL;
    context->order = (const OrderWord *)&context->event; // its low half
    context->order_count = 1;
    context->order_next = 0;
}

uint64_t partition_sort_marked(Partition *partition, uint64_t task) {
    Table *table = &partition->context.tables[task];
    uint64_t count = partition->sorted_count = table->marked_count;
    partition->handled = task;
    table->marked_count = 0;
    if (count > partition->sorted_capacity) {
        free(partition->sorted);
        partition->sorted = MEMORY_NEW(SortedEntry, count);
        partition->sorted_capacity = count;
    }
    for (uint64_t k = 0; k < count; k++) partition->sorted[k] = table_sortable(table->key, table->marked[k]);
    table_sort(table->key, partition->sorted, count);
    return count;
}

void partition_run_marked(Partition *partition, uint64_t task, uint64_t k) {
    char *entry = partition->sorted[k].entry;
    partition->context.event = -1;
    pt_at_entry(&partition->context, (uint32_t)task, entry);
    partition->runtime->program->tasks[task].on_atom(&partition->context, entry);
}

void partition_commit(Partition *partition) {
    PtContext *context = &partition->context;
    drops_commit(partition);
    if (!touches_commit(&partition->touches, context->tables, &partition->heap, &partition->limbo, partition->step) ||
        !cells_commit(partition))
        trap_heap(partition);
}

void partition_undo(Partition *partition) {
    const PtProgram *program = partition->runtime->program;
    cells_undo(partition);
    drops_undo(partition);
    touches_undo(&partition->touches, partition->context.tables, program->task_count, &partition->heap, &partition->limbo);
}

void partition_hold_memory(Partition *partition, Atom *atom) {
    partition->is_held = true;
    atom_hold_region(atom, partition->region);
    if (partition->earlier) atom_hold_region(atom, partition->earlier);
}

// The next step begins where memory is free.
static void end_memory(Partition *partition) {
    PtContext *context = &partition->context;
    Region *region = partition->region;
    if (partition->earlier) region_release(partition->earlier);
    partition->earlier = NULL;
    partition->append_end = partition->append_limit = NULL;
    if (!partition->is_held && !region->chunks->older) context->next = partition->start;
    partition->is_held = false;
    if (region->references == 1) {
        region_rewind(region);
        use_region(partition, region);
    } else if (region_has_rest(region, (size_t)(context->end - context->next))) {
        partition->start = context->next;
    } else {
        Region *fresh = region_take(&partition->regions, 0);
        if (fresh) {
            region_release(region);
            use_region(partition, fresh);
        } else {
            partition->start = context->next;
        }
    }
}

void partition_rewind(Partition *partition) {
    end_memory(partition);
}

void partition_end(Partition *partition, uint64_t oldest) {
    end_memory(partition);
    touches_clear(&partition->touches);
    drops_end(partition);
    limbo_release(&partition->limbo, &partition->heap, oldest);
    while (cells_end_step(partition)) limbo_release(&partition->limbo, &partition->heap, oldest);
    partition->workflow = NULL;
    partition->input = NULL;
}

// ---- functions of compiled code that need the partition ----

void *pt_insert(PtContext *context, uint32_t task, uint64_t hash, const void *key) {
    Partition *partition = partition_of(context);
    Table *table = &context->tables[task];
    void *owned = pt_alloc(context, table->key->size);
    if (table->key->size) memcpy(owned, key, table->key->size);
    if (!heap_own(&partition->heap, table->key, owned)) trap_heap(partition);
    heap_forget(&partition->heap);
    char *entry = table_insert(table, hash, owned);
    if (!entry) trap_heap(partition);
    pt_at_entry(context, task, entry);
    if (partition->is_durable && recover_entry(partition, task, entry)) {
        table_note_stored(entry);
        return entry;
    }
    if (context->tracks) pt_touch(context, task, entry);
    table_note_new(entry);
    table->task->init(context, entry);
    pt_at_entry(context, task, entry);
    return entry;
}

void *pt_insert_beside(PtContext *context, uint32_t task) {
    char *entry = context->entry;
    uint64_t number = context->task;
    void *inserted = pt_insert(context, task, 0, &(char){0});
    pt_at_entry(context, (uint32_t)number, entry);
    return inserted;
}

int64_t pt_atom_number(PtContext *context) {
    const Partition *partition = partition_of(context);
    if (partition->input) return (int64_t)partition->input->number;
    const Workflow *workflow = partition->workflow;
    return (int64_t)workflow->runtime->streams[workflow->code->inputs[0].stream].produced + 1;
}

void pt_lane_grow(PtContext *context, Lane *lane, uint64_t size) {
    Partition *partition = partition_of(context);
    uint64_t used = (uint64_t)(lane->next - lane->start), capacity = 2 * (uint64_t)(lane->end - lane->start);
    uint64_t limit = partition->runtime->options.max_atom * REGION_FACTOR;
    if (capacity < LANE_MINIMUM) capacity = LANE_MINIMUM;
    if (capacity < used + size) capacity = used + size;
    char *start = used + size <= limit ? realloc(lane->start, capacity) : NULL;
    if (!start) trap_memory(partition);
    *lane = (Lane){start + used, start + capacity, start};
}

// Shows into the scratch buffer, which stays valid until the next call.
static Buf *show_to_scratch(Partition *partition, const PtDesc *desc, const void *value) {
    Buf *scratch = &partition->scratch;
    if (scratch->capacity > SCRATCH_LIMIT) buf_free(scratch);
    scratch->length = 0;
    const Runtime *runtime = partition->runtime;
    if (!show_value(scratch, desc, value, runtime->program, SHOW_PLAIN, runtime->options.max_atom)) trap_output(partition);
    return scratch;
}

void pt_show(PtContext *context, PtString *out, const PtDesc *desc, const void *value) {
    if (desc->kind == PT_STRING) {
        *out = *(const PtString *)value;
        return;
    }
    const Buf *text = show_to_scratch(partition_of(context), desc, value);
    char *copy = pt_alloc(context, (int64_t)text->length);
    memcpy(copy, text->data, text->length);
    *out = (PtString){copy, (int64_t)text->length};
}

void pt_log(PtContext *context, const PtDesc *desc, const void *value) {
    Partition *partition = partition_of(context);
    Buf *text = show_to_scratch(partition, desc, value);
    buf_putc(text, '\n');
    write_all(partition->runtime->env, ENV_STDERR, text->data, text->length);
}
