#include "vm/context.h"

#include <stdlib.h>
#include <string.h>

#include "vm/error.h"
#include "vm/memory.h"
#include "vm/show.h"

enum {
    REGION_CHUNK = 256 * 1024,
    SCRATCH_LIMIT = 1 << 20, // how much of it is kept
};

static const uint64_t HEAP_RESERVE = (uint64_t)1 << 40;

// ---- regions ----

static void use_chunk(Partition *partition, const Region *region) {
    partition->context.next = region->chunks->bytes;
    partition->context.end = region->chunks->bytes + region->chunks->size;
}

static void use_region(Partition *partition, Region *region) {
    partition->region = region;
    partition->append_end = partition->append_limit = NULL;
    use_chunk(partition, region);
}

void *pt_region_extend(PtContext *context, uint64_t size) {
    Partition *partition = partition_of(context);
    Region *region = partition->region;
    uint64_t limit = partition->runtime->options.max_atom * REGION_FACTOR;
    if (size > limit || region->size + size > limit || !region_add(region, size)) trap_memory(partition);
    use_chunk(partition, region);
    char *result = context->next;
    context->next += size;
    return result;
}

// ---- life ----

bool partition_init(Partition *partition, Runtime *runtime) {
    const PtProgram *program = runtime->program;
    *partition = (Partition){.runtime = runtime, .regions = {.chunk = REGION_CHUNK}};
    if (!heap_init(&partition->heap, runtime->env, program->closures, HEAP_RESERVE)) return false;
    Region *region = region_take(&partition->regions, 0);
    if (!region) {
        heap_free(&partition->heap);
        return false;
    }
    use_region(partition, region);
    PtContext *context = &partition->context;
    context->tables = MEMORY_NEW(Table, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++) table_init(&context->tables[i], &program->tasks[i]);
    context->globals = memory_new(1, program->global_size);
    context->event = -1;
    context->stamp = STAMP_STEP;
    context->stack_limit = runtime->env->stack_limit(runtime->env);
    return true;
}

void partition_free(Partition *partition) {
    PtContext *context = &partition->context;
    for (uint64_t i = 0; i < partition->runtime->program->task_count; i++) table_free(&context->tables[i]);
    free(context->tables);
    free(context->globals);
    region_release(partition->region);
    if (partition->globals) region_release(partition->globals);
    atom_pool_free(&partition->atoms);
    region_pool_free(&partition->regions);
    limbo_free(&partition->limbo);
    touches_free(&partition->touches);
    heap_free(&partition->heap);
    free(partition->sorted);
    buf_free(&partition->scratch);
}

// ---- steps ----

bool partition_guard(Partition *partition, PartitionBody *body, void *argument) {
    if (_setjmp(partition->escape)) return false;
    body(partition, argument);
    return true;
}

bool partition_end_setup(Partition *partition) {
    Region *region = region_take(&partition->regions, 0);
    if (!region) return false;
    partition->globals = partition->region;
    use_region(partition, region);
    return true;
}

void partition_begin(Partition *partition, Phase phase, Workflow *workflow, const Atom *input, uint64_t stream) {
    PtContext *context = &partition->context;
    partition->phase = phase;
    partition->workflow = workflow;
    partition->input = input;
    partition->stream = stream;
    partition->step++;
    partition->put_out = 0;
    context->channels = workflow->cursors;
    context->stamp += STAMP_STEP;
    context->event = -1;
    context->entry = NULL;
}

void partition_end(Partition *partition) {
    Region *region = partition->region;
    if (region->references == 1) {
        region_rewind(region);
        use_region(partition, region);
    } else {
        Region *fresh = region_take(&partition->regions, 0);
        if (fresh) {
            region_release(region);
            use_region(partition, fresh);
        }
    }
    uint64_t oldest = atom_oldest_step(&partition->atoms);
    limbo_release(&partition->limbo, &partition->heap, oldest);
    partition->workflow = NULL;
    partition->input = NULL;
}

// ---- functions of compiled code that need the partition ----

void *pt_insert(PtContext *context, uint32_t task, uint64_t hash, const void *key) {
    Partition *partition = partition_of(context);
    Table *table = &context->tables[task];
    char *entry = table_insert(table, hash, key);
    if (!entry || !heap_own(&partition->heap, table->key, entry)) trap_heap(partition);
    context->entry = entry;
    context->task = task;
    return entry;
}

// Shows into the scratch buffer, which stays valid until the next call.
static Buf *show_to_scratch(Partition *partition, const PtDesc *desc, const void *value) {
    Buf *scratch = &partition->scratch;
    if (scratch->capacity > SCRATCH_LIMIT) buf_free(scratch);
    scratch->length = 0;
    if (!show_value(scratch, desc, value, SHOW_PLAIN, partition->runtime->options.max_atom)) trap_output(partition);
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
