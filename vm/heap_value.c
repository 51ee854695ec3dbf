// Values of the heap: taking them in and letting them go. Both visit the pointers of a value with a stack of their own, since a
// value may be as deep as it is large.
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/heap.h"
#include "vm/map_node.h"
#include "vm/memory.h"

enum {
    TASKS_KEPT = 4096,     // how much of the stack is kept for next time
    FORWARDS_KEPT = 64,    // how many places for copies are kept for next time, which takes clearing them
    FORWARD_MINIMUM = 256, // what is smaller, and refers to nothing, is copied again rather than looked up
    SHARE_RATIO = 4,       // a part of a block is shared if it is at least this part of it
};

// What to do with each kind of pointer. False: stop.
typedef struct Visitor {
    bool (*string)(Heap *heap, PtString *string);
    bool (*list)(Heap *heap, const PtDesc *elem, PtList *list);
    bool (*box)(Heap *heap, const PtDesc *desc, void **box);
    bool (*closure)(Heap *heap, void **closure);
    bool (*node)(Heap *heap, const PtDesc *map, MapNode **node); // which may be NULL
    void (*future)(Heap *heap, uint64_t future);
} Visitor;

static void push(Heap *heap, const PtDesc *desc, void *values, uint64_t count) {
    heap->tasks = memory_grow(heap->tasks, heap->task_count, &heap->task_capacity, sizeof(HeapTask));
    heap->tasks[heap->task_count++] = (HeapTask){desc, values, count};
}

static void push_closure(Heap *heap, char *closure) {
    int64_t code;
    memcpy(&code, closure, sizeof code);
    const PtClosure *info = &heap->closures[code];
    for (uint64_t i = 0; i < info->field_count; i++)
        if (info->fields[i].desc->has_pointers) push(heap, info->fields[i].desc, closure + info->fields[i].offset, 1);
}

static bool visit_fields(Heap *heap, const Visitor *visitor, const PtVariant *variant, char *value) {
    for (uint64_t i = 0; i < variant->field_count; i++) {
        const PtField *field = &variant->fields[i];
        char *at = value + field->offset;
        if (field->boxed) {
            if (!visitor->box(heap, field->desc, (void **)at)) return false;
        } else if (field->desc->kind == PT_STRING) {
            if (!visitor->string(heap, (PtString *)at)) return false;
        } else if (field->desc->has_pointers) {
            push(heap, field->desc, at, 1);
        }
    }
    return true;
}

// Where a node is counted: pointers to nodes lead to the start of their block.
static HeapBlock *node_block(const MapNode *node) {
    return (HeapBlock *)node - 1;
}

// Nodes below lie anywhere: one would wait for each.
static void fetch_below(const MapNode *node) {
    for (uint32_t i = 0; i <= node->count; i++) __builtin_prefetch(node_block(map_node_links(node)[i].node), 1);
}

// The links of the node, and its entries later.
static bool visit_node(Heap *heap, const Visitor *visitor, const PtDesc *map, MapNode *node) {
    const PtDesc *k = map->elem, *v = map->mapped;
    if (k->has_pointers) push(heap, k, map_node_key(node, k, 0), node->count);
    if (v->has_pointers) push(heap, v, map_node_value(node, v, 0), node->count);
    if (map_node_is_leaf(node)) return true;
    fetch_below(node);
    for (uint32_t i = 0; i <= node->count; i++)
        if (!visitor->node(heap, map, &map_node_links(node)[i].node)) return false;
    return true;
}

static bool visit(Heap *heap, const Visitor *visitor, const PtDesc *desc, char *value) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT:
    case PT_INT:
    case PT_FLOAT:
    case PT_DURATION:
    case PT_BOOL: return true;
    case PT_BYTES:
    case PT_STRING: return visitor->string(heap, (PtString *)value);
    case PT_LIST: return visitor->list(heap, desc->elem, (PtList *)value);
    case PT_STRUCT: return visit_fields(heap, visitor, &desc->variants[0], value);
    case PT_ENUM: return visit_fields(heap, visitor, &desc->variants[*(const int64_t *)value], value);
    case PT_MAP:
    case PT_SET: ((PtMap *)value)->edit = 0; return visitor->node(heap, desc, (MapNode **)&((PtMap *)value)->root);
    case PT_FUTURE: visitor->future(heap, *(const uint64_t *)value); return true;
    case PT_FRAME:
    case PT_ANY:
    case PT_FN: return visitor->closure(heap, (void **)value);
    }
    return true;
}

// Visits what `desc` and `value` lead to, and what the visitor pushes on the way.
static bool visit_all(Heap *heap, const Visitor *visitor, const PtDesc *desc, void *value) {
    if (!desc->has_pointers) return true;
    bool ok = visit(heap, visitor, desc, value);
    while (ok && heap->task_count) {
        HeapTask *top = &heap->tasks[heap->task_count - 1];
        HeapTask task = *top;
        if (!task.desc || task.count <= 1) {
            heap->task_count--;
        } else {
            top->values += task.desc->size;
            top->count--;
        }
        if (!task.desc)
            heap_delete(heap, (HeapBlock *)task.values);
        else if (!task.count)
            ok = visit_node(heap, visitor, task.desc, (MapNode *)task.values);
        else
            ok = visit(heap, visitor, task.desc, task.values);
    }
    heap->task_count = 0;
    if (heap->task_capacity > TASKS_KEPT) {
        free(heap->tasks);
        heap->tasks = NULL;
        heap->task_capacity = 0;
    }
    return ok;
}

// ---- what has been copied already ----

static HeapForward *find_forward(const Heap *heap, const void *from, uint64_t size) {
    size_t i = hash_u64((uint64_t)(uintptr_t)from ^ size << 48) & (heap->forward_capacity - 1);
    while (heap->forwards[i].from && (heap->forwards[i].from != from || heap->forwards[i].size != size))
        i = (i + 1) & (heap->forward_capacity - 1);
    return &heap->forwards[i];
}

static void grow_forwards(Heap *heap) {
    HeapForward *old = heap->forwards;
    size_t old_capacity = heap->forward_capacity;
    heap->forward_capacity = old_capacity ? old_capacity * 2 : 64;
    heap->forwards = MEMORY_NEW(HeapForward, heap->forward_capacity);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].from) *find_forward(heap, old[i].from, old[i].size) = old[i];
    free(old);
}

void heap_forget(Heap *heap) {
    if (!heap->forward_count) return;
    heap->forward_count = 0;
    if (heap->forward_capacity <= FORWARDS_KEPT) {
        memset(heap->forwards, 0, heap->forward_capacity * sizeof(HeapForward));
        return;
    }
    free(heap->forwards);
    heap->forwards = NULL;
    heap->forward_capacity = 0;
}

// Memory of `size` bytes for a copy of the `from_size` bytes, with a reference for the caller. *made: it is new, and to be
// filled. NULL if the heap is full.
static void *place_once(Heap *heap, const void *from, uint64_t from_size, uint64_t size, bool *made) {
    if (heap->forward_count * 2 >= heap->forward_capacity) grow_forwards(heap);
    HeapForward *forward = find_forward(heap, from, from_size);
    *made = !forward->from;
    if (!*made) {
        heap_retain(heap_block(heap, forward->to));
        return forward->to;
    }
    void *copy = heap_new(heap, size);
    if (!copy) return NULL;
    *forward = (HeapForward){from, from_size, copy};
    heap->forward_count++;
    return copy;
}

// A copy of `size` bytes.
static void *copy_once(Heap *heap, const void *from, uint64_t size, bool *made) {
    void *copy = place_once(heap, from, size, size, made);
    if (copy && *made) memcpy(copy, from, size);
    return copy;
}

// A copy of what refers to nothing.
static void *copy_small(Heap *heap, const void *from, uint64_t size) {
    void *copy = heap_new(heap, size);
    if (copy) memcpy(copy, from, size);
    return copy;
}

// ---- owning ----

static bool worth_sharing(const HeapBlock *block, uint64_t size) {
    return size >= block->size / SHARE_RATIO;
}

static bool own_string(Heap *heap, PtString *string) {
    const char *from = string->data;
    uint64_t size = (uint64_t)string->size;
    string->data = NULL;
    if (!size) return true;
    bool inside = heap_has(heap, from);
    if (inside) {
        HeapBlock *block = heap_block(heap, from);
        if (worth_sharing(block, size)) {
            heap_retain(block);
            string->data = from;
            return true;
        }
    }
    bool made;
    char *copy = size < FORWARD_MINIMUM ? copy_small(heap, from, size) : copy_once(heap, from, size, &made);
    string->data = copy;
    if (!copy) string->size = 0;
    return copy;
}

static bool own_list(Heap *heap, const PtDesc *elem, PtList *list) {
    const void *from = list->data;
    uint64_t size = (uint64_t)list->size * elem->size;
    list->data = NULL;
    if (!size) return true;
    if (heap_has(heap, from)) {
        HeapBlock *block = heap_block(heap, from);
        if (worth_sharing(block, size)) {
            heap_retain(block);
            list->data = from;
            return true;
        }
    }
    bool made;
    void *copy = copy_once(heap, from, size, &made);
    if (!copy)
        list->size = 0;
    else if (made && elem->has_pointers)
        push(heap, elem, copy, (uint64_t)list->size);
    list->data = copy;
    return copy;
}

static bool own_box(Heap *heap, const PtDesc *desc, void **box) {
    void *from = *box;
    if (!from) return true;
    if (heap_has(heap, from)) {
        heap_retain(heap_block(heap, from));
        return true;
    }
    bool made;
    if (!desc->has_pointers && desc->size < FORWARD_MINIMUM) return (*box = copy_small(heap, from, desc->size));
    *box = copy_once(heap, from, desc->size, &made);
    if (*box && made) push(heap, desc, *box, 1);
    return *box;
}

// What refers to nothing, and so need not be visited: most frames, and most closures that change with each event.
static bool is_leaf(const PtClosure *code, const void *closure) {
    if (!code->is_plain) return false;
    return code->desc->kind != PT_FRAME || !*(void *const *)((const char *)closure + PT_FRAME_CALLER);
}

// Where the counts of a closure are: pointers to closures lead to the start of their block.
static HeapBlock *closure_block(void *closure) {
    return (HeapBlock *)closure - 1;
}

static bool own_closure(Heap *heap, void **closure) {
    void *from = *closure;
    if (!from) return true;
    if (heap_has(heap, from)) {
        heap_retain(closure_block(from));
        return true;
    }
    int64_t number;
    memcpy(&number, from, sizeof number);
    const PtClosure *code = &heap->closures[number];
    if (code->size == PT_CLOSURE_NUMBER) {
        *closure = (void *)&code->number;
        return true;
    }
    bool is_small = code->size < FORWARD_MINIMUM || code->desc->kind == PT_FRAME; // nothing else refers to a frame but what waits
    if (is_small && is_leaf(code, from)) return (*closure = copy_small(heap, from, code->size));
    bool made;
    *closure = copy_once(heap, from, code->size, &made);
    if (*closure && made) push_closure(heap, *closure);
    return *closure;
}

// The copy has no more room than it needs: in the heap no node ever gets other entries. It bears the same number.
static bool own_node(Heap *heap, const PtDesc *map, MapNode **node) {
    const MapNode *from = *node;
    if (!from) return true;
    if (heap_has(heap, from)) {
        heap_retain(node_block(from));
        return true;
    }
    const PtDesc *k = map->elem, *v = map->mapped;
    MapNodeKind kind = map_node_is_leaf(from) ? MAP_LEAF : MAP_INNER;
    bool made;
    MapNode *copy = *node = place_once(heap, from, from->bytes, map_node_bytes(k, v, from->count, kind), &made);
    if (!copy || !made) return copy;
    map_node_init(copy, k, v, from->count, kind);
    map_node_copy(copy, from, k, v);
    copy->edit = from->edit;
    push(heap, map, copy, 0);
    return true;
}

static void own_future(Heap *heap, uint64_t future) {
    if (future && heap->futures.retain) heap->futures.retain(heap->futures.user, future);
}

static const Visitor OWN = {own_string, own_list, own_box, own_closure, own_node, own_future};

bool heap_own(Heap *heap, const PtDesc *desc, void *value) {
    return visit_all(heap, &OWN, desc, value);
}

// ---- releasing ----

// What a block refers to is visited before the block is freed.
static bool release_string(Heap *heap, PtString *string) {
    if (!string->data) return true;
    HeapBlock *block = heap_block(heap, string->data);
    if (heap_drop(block)) heap_delete(heap, block);
    return true;
}

// Takes a reference back; NULL if it was not the last one, or there is none. Else the block is freed behind what is pushed now.
static HeapBlock *release_block(Heap *heap, const void *inside) {
    if (!inside) return NULL;
    HeapBlock *block = heap_block(heap, inside);
    if (!heap_drop(block)) return NULL;
    push(heap, NULL, block, 1);
    return block;
}

// The list may be a part of what its block holds; all of it goes.
static bool release_list(Heap *heap, const PtDesc *elem, PtList *list) {
    HeapBlock *block = release_block(heap, list->data);
    if (block && elem->has_pointers) push(heap, elem, block + 1, block->size / elem->size);
    return true;
}

static bool release_box(Heap *heap, const PtDesc *desc, void **box) {
    HeapBlock *block = release_block(heap, *box);
    if (block) push(heap, desc, block + 1, 1);
    return true;
}

static bool release_closure(Heap *heap, void **closure) {
    if (!*closure || !heap_has(heap, *closure)) return true;
    HeapBlock *block = closure_block(*closure);
    if (!heap_drop(block)) return true;
    int64_t number;
    memcpy(&number, *closure, sizeof number);
    if (is_leaf(&heap->closures[number], *closure)) {
        heap_delete(heap, block);
        return true;
    }
    push(heap, NULL, block, 1);
    push_closure(heap, *closure);
    return true;
}

static bool release_node(Heap *heap, const PtDesc *map, MapNode **node) {
    if (!*node || !heap_drop(node_block(*node))) return true;
    push(heap, NULL, node_block(*node), 1);
    push(heap, map, *node, 0);
    return true;
}

static void release_future(Heap *heap, uint64_t future) {
    if (future && heap->futures.release) heap->futures.release(heap->futures.user, future);
}

static const Visitor RELEASE = {release_string, release_list, release_box, release_closure, release_node, release_future};

void heap_release(Heap *heap, const PtDesc *desc, void *value) {
    visit_all(heap, &RELEASE, desc, value);
}
