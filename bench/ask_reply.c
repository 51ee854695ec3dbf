// What bench/ask_reply.portals does, by hand: `ask_reply COUNT BATCH`. One side puts requests into a queue and notes in a hash
// table what goes on with the reply; the other side takes a batch of them and puts replies into a second queue; then the first
// side takes these. No state is kept, nothing can be undone.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Message {
    uint64_t id;
    int64_t value;
} Message;

typedef struct Queue {
    Message *items;
    uint64_t first, last, mask;
} Queue;

typedef struct Asker Asker;

// What waits for a reply: what is called with it.
typedef struct Pending {
    uint64_t id; // 0: a free place
    void (*resume)(Asker *asker, int64_t n, int64_t reply);
    int64_t n;
} Pending;

struct Asker {
    Queue requests, replies;
    Pending *table;
    uint64_t mask, next_id, sum;
};

static uint64_t size_for(uint64_t count) {
    uint64_t size = 64;
    while (size < 2 * count) size *= 2;
    return size;
}

static void *allocate(uint64_t count, uint64_t size) {
    void *memory = calloc(count, size);
    if (!memory) abort();
    return memory;
}

static Queue new_queue(uint64_t batch) {
    uint64_t size = size_for(batch);
    return (Queue){.items = allocate(size, sizeof(Message)), .mask = size - 1};
}

static void put(Queue *queue, Message message) {
    queue->items[queue->last++ & queue->mask] = message;
}

static uint64_t place_of(uint64_t id, uint64_t mask) {
    return (id * 0x9e3779b97f4a7c15 >> 32) & mask;
}

static void ask(Asker *asker, int64_t n, void (*resume)(Asker *, int64_t, int64_t)) {
    uint64_t id = ++asker->next_id, i = place_of(id, asker->mask);
    while (asker->table[i].id) i = (i + 1) & asker->mask;
    asker->table[i] = (Pending){id, resume, n};
    put(&asker->requests, (Message){id, n});
}

// Those behind it that would not be found any more move up.
static void remove_at(Asker *asker, uint64_t hole) {
    for (uint64_t i = (hole + 1) & asker->mask; asker->table[i].id; i = (i + 1) & asker->mask) {
        uint64_t wanted = place_of(asker->table[i].id, asker->mask);
        if (((i - wanted) & asker->mask) < ((i - hole) & asker->mask)) continue;
        asker->table[hole] = asker->table[i];
        hole = i;
    }
    asker->table[hole].id = 0;
}

static void answer(Asker *asker, Message reply) {
    uint64_t i = place_of(reply.id, asker->mask);
    while (asker->table[i].id != reply.id) i = (i + 1) & asker->mask;
    Pending pending = asker->table[i];
    remove_at(asker, i);
    pending.resume(asker, pending.n, reply.value);
}

static void go_on(Asker *asker, int64_t n, int64_t reply) {
    (void)n;
    asker->sum = asker->sum * 31 + (uint64_t)reply;
}

static __attribute__((noinline)) void serve(Asker *asker) {
    Queue *from = &asker->requests;
    while (from->first != from->last) {
        Message request = from->items[from->first++ & from->mask];
        put(&asker->replies, (Message){request.id, 2 * request.value});
    }
}

static __attribute__((noinline)) void take(Asker *asker) {
    Queue *from = &asker->replies;
    while (from->first != from->last) answer(asker, from->items[from->first++ & from->mask]);
}

int main(int argc, char **argv) {
    int64_t count = argc > 1 ? atoll(argv[1]) : 10000000, batch = argc > 2 ? atoll(argv[2]) : 1000;
    if (batch < 1) return 2;
    uint64_t size = size_for((uint64_t)batch);
    Asker asker = {
        .requests = new_queue((uint64_t)batch),
        .replies = new_queue((uint64_t)batch),
        .table = allocate(size, sizeof(Pending)),
        .mask = size - 1,
    };
    for (int64_t n = 0; n < count;) {
        for (int64_t end = n + batch < count ? n + batch : count; n < end; n++) ask(&asker, n, go_on);
        serve(&asker);
        take(&asker);
    }
    printf("%" PRId64 "\n", (int64_t)asker.sum);
    return 0;
}
