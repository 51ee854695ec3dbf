#include "vm/epoch.h"

#include "vm/error.h"

static const uint64_t EPOCH_TIME = 50 * 1000 * 1000;
static const uint64_t EPOCH_BYTES = 1 << 20;

bool epoch_due(const Runtime *runtime) {
    if (sinks_waiting(runtime) >= EPOCH_BYTES) return true;
    return runtime->env->now(runtime->env) - runtime->epochs.started >= EPOCH_TIME;
}

// The key of a position in a record.
typedef struct PositionKey {
    uint32_t what; // PositionOf
    uint32_t number;
} PositionKey;

typedef enum PositionOf { POSITION_SOURCE = 1, POSITION_OUTPUT = 2 } PositionOf;

// Sources: how much has been taken. Outputs: how many bytes will have been released.
static int append_record(Runtime *runtime) {
    uint64_t feeds = runtime->program->source_count, outputs = runtime->sinks.output_count, count = feeds + outputs;
    Buf body = {0};
    for (uint64_t i = 0; i < count; i++) {
        const Output *output = &runtime->sinks.outputs[i - feeds];
        PositionKey key =
            i < feeds ? (PositionKey){POSITION_SOURCE, (uint32_t)i} : (PositionKey){POSITION_OUTPUT, (uint32_t)(i - feeds)};
        uint64_t value = i < feeds ? runtime->feeds[i].position : output->released + output->committed;
        store_put_item(&body, STORE_PUT, (StoreBytes){&key, sizeof key}, (StoreBytes){&value, sizeof value});
    }
    Store *store = runtime->epochs.store;
    StoreBytes part = {body.data, body.length};
    int code = store->append(store, &(StoreRecord){runtime->epochs.number + 1, &part, 1});
    buf_free(&body);
    return code;
}

bool epoch_commit(Runtime *runtime) {
    Epochs *epochs = &runtime->epochs;
    uint64_t durable = 0;
    int code = append_record(runtime);
    if (!code) code = epochs->store->sync(epochs->store, &durable);
    if (code) {
        error_set(runtime, "cannot store an epoch: %s", error_text(code));
        return false;
    }
    epochs->number++;
    runtime->counts.epochs++;
    bool ok = durable < epochs->number || sinks_release(runtime);
    epochs->started = runtime->env->now(runtime->env);
    return ok;
}
