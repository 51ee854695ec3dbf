// core_analyse.c - what each function can do: call itself, fail, emit, wait. By the strongly connected components of the call
// graph.
//
// The graph has a node for each function and one for each type: that of a function type stands for "any closure of this type",
// and leads to the code of all closures of it that the program makes. Who calls a closure emits nothing by that: a closure that
// does has got the cursors from who made it. So what emits is found by a graph of its own, in which that one leads to the
// closure's code.
#include "compiler/core.h"

typedef struct Node {
    VEC(int) edges;
    int next_edge; // the next one to look at
    int order;     // 1 + when it was reached; 0: not yet
    int low;       // the lowest order that can be reached from here
    bool on_stack;
    bool calls_itself;
    bool recursive, can_fail, emits, waits;
} Node;

typedef struct Graph {
    CoreProgram *program;
    bool for_emits;
    Node *nodes; // functions, then types
    int count;
    VEC(int) path;  // from the root to the node at hand
    VEC(int) stack; // nodes whose component is not complete
    int reached;
} Graph;

// ---- building ------------------------------------------------------------------------------------------------------------

static int fn_node(const CoreFn *fn) {
    return fn->id;
}

static int type_node(const Graph *graph, const CoreType *type) {
    return graph->program->fns.count + type->id;
}

static void add_edge(Graph *graph, int from, int to) {
    vec_push(graph->program->arena, &graph->nodes[from].edges, to);
    if (from == to) graph->nodes[from].calls_itself = true;
}

static bool is_constant(const CoreInst *inst) {
    for (int i = 0; i < inst->arg_count; i++)
        if (inst->args[i].kind == OPERAND_LOCAL) return false;
    return true;
}

// Whether the instruction itself may end the atom: by a check, or for want of memory.
static bool may_fail(const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_INT_ADD:
    case CORE_OP_INT_SUB:
    case CORE_OP_INT_MUL:
    case CORE_OP_INT_NEG:
    case CORE_OP_INT_DIV:
    case CORE_OP_INT_REM: {
        bool division = inst->op == CORE_OP_INT_DIV || inst->op == CORE_OP_INT_REM;
        if (!division || inst->args[1].kind != OPERAND_INT) return true;
        int64_t divisor = inst->args[1].int_value;
        return divisor == 0 || divisor == -1;
    }
    case CORE_OP_LIST_AT:
    case CORE_OP_MAP_AT:
    case CORE_OP_MAP_KEY_AT:
    case CORE_OP_MAP_VALUE_AT:
    case CORE_OP_CALL_BUILTIN:
    case CORE_OP_CALL_FOREIGN:
    case CORE_OP_SHOW:
    case CORE_OP_CONCAT:
    case CORE_OP_ANY_NEW:
    case CORE_OP_STATE_FIND:
    case CORE_OP_EFFECT_KEY:
    case CORE_OP_ASSERT:
    case CORE_OP_FAIL: return true;
    case CORE_OP_FRAME_NEW ... CORE_OP_RAISE: return inst->op != CORE_OP_FUTURE_OF && inst->op != CORE_OP_AWAITED;
    case CORE_OP_SINK: return inst->variant;
    case CORE_OP_LIST_NEW: return !is_constant(inst);
    case CORE_OP_CLOSURE_NEW: return inst->arg_count > 0;
    case CORE_OP_STRUCT_NEW:
    case CORE_OP_ENUM_NEW: {
        const CoreVariant *variant = &inst->type->variants[inst->op == CORE_OP_ENUM_NEW ? inst->index : 0];
        for (int i = 0; i < variant->field_count; i++)
            if (variant->fields[i].boxed) return true;
        return false;
    }
    default: return false;
    }
}

// Whether it puts events into channels. The handlers that these run and the functions by which the VM passes on what they emit
// work with the cursors of who calls; to have them costs little.
static bool may_emit(const CoreInst *inst) {
    return inst->op == CORE_OP_EMIT || inst->op == CORE_OP_HELD || inst->op == CORE_OP_START || inst->op == CORE_OP_REQUEST ||
           inst->op == CORE_OP_ANSWER;
}

static void add_inst(Graph *graph, CoreFn *fn, const CoreInst *inst) {
    Node *node = &graph->nodes[fn_node(fn)];
    if (may_fail(inst)) node->can_fail = true;
    if (may_emit(inst)) node->emits = true;
    if (inst->op == CORE_OP_AWAIT) node->waits = true;
    if (inst->op == CORE_OP_CALL || inst->op == CORE_OP_TRY) add_edge(graph, fn_node(fn), fn_node(inst->fn));
    if (inst->op == CORE_OP_CLOSURE_NEW)
        add_edge(graph, graph->for_emits ? fn_node(fn) : type_node(graph, inst->type), fn_node(inst->fn));
    if (inst->op == CORE_OP_CALL_CLOSURE && !graph->for_emits) {
        CoreType *type = core_operand_type(graph->program, fn, inst->args[0]);
        add_edge(graph, fn_node(fn), type_node(graph, type));
    }
    if (inst->op == CORE_OP_STATE_FIND) {
        CoreFn *init = graph->program->tasks.items[inst->index].init;
        if (init) add_edge(graph, fn_node(fn), fn_node(init));
    }
}

static void add_block(Graph *graph, CoreFn *fn, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        add_inst(graph, fn, inst);
        for (int j = 0; j < inst->block_count; j++) add_block(graph, fn, inst->blocks[j]);
    }
}

// ---- components (Tarjan), without recursion: call chains can be as long as the program -------------------------------------

static void reach(Graph *graph, int n) {
    Node *node = &graph->nodes[n];
    node->order = node->low = ++graph->reached;
    node->on_stack = true;
    vec_push(graph->program->arena, &graph->path, n);
    vec_push(graph->program->arena, &graph->stack, n);
}

// The nodes of the stack from `start` on are a component; all that they lead to is known.
static void finish_component(Graph *graph, int start) {
    bool can_fail = false, emits = false, waits = false;
    bool recursive = graph->stack.count - start > 1 || graph->nodes[graph->stack.items[start]].calls_itself;
    for (int i = start; i < graph->stack.count; i++) {
        Node *node = &graph->nodes[graph->stack.items[i]];
        can_fail |= node->can_fail;
        emits |= node->emits;
        waits |= node->waits;
        for (int j = 0; j < node->edges.count; j++) {
            can_fail |= graph->nodes[node->edges.items[j]].can_fail;
            emits |= graph->nodes[node->edges.items[j]].emits;
            waits |= graph->nodes[node->edges.items[j]].waits;
        }
    }
    for (int i = start; i < graph->stack.count; i++) {
        Node *node = &graph->nodes[graph->stack.items[i]];
        node->recursive = recursive;
        node->can_fail = can_fail || recursive; // the stack has an end
        node->emits = emits;
        node->waits = waits;
        node->on_stack = false;
    }
    graph->stack.count = start;
}

static void leave(Graph *graph, int n) {
    Node *node = &graph->nodes[n];
    graph->path.count--;
    if (graph->path.count) {
        Node *caller = &graph->nodes[graph->path.items[graph->path.count - 1]];
        if (node->low < caller->low) caller->low = node->low;
    }
    if (node->low != node->order) return;
    int start = graph->stack.count - 1;
    while (graph->stack.items[start] != n) start--;
    finish_component(graph, start);
}

static void visit(Graph *graph, int root) {
    if (graph->nodes[root].order) return;
    reach(graph, root);
    while (graph->path.count) {
        int n = graph->path.items[graph->path.count - 1];
        Node *node = &graph->nodes[n];
        if (node->next_edge == node->edges.count) {
            leave(graph, n);
            continue;
        }
        int to = node->edges.items[node->next_edge++];
        Node *other = &graph->nodes[to];
        if (!other->order)
            reach(graph, to);
        else if (other->on_stack && other->order < node->low)
            node->low = other->order;
    }
}

static const Node *analyse(CoreProgram *program, bool for_emits) {
    Graph graph = {.program = program, .for_emits = for_emits, .count = program->fns.count + program->types.count};
    graph.nodes = ARENA_ARRAY(program->arena, Node, graph.count);
    for (int i = 0; i < program->fns.count; i++) add_block(&graph, program->fns.items[i], program->fns.items[i]->body);
    for (int i = 0; i < graph.count; i++) visit(&graph, i);
    return graph.nodes;
}

void core_analyse(CoreProgram *program) {
    const Node *nodes = analyse(program, false), *emits = analyse(program, true);
    for (int i = 0; i < program->fns.count; i++) {
        CoreFn *fn = program->fns.items[i];
        fn->recursive = nodes[i].recursive;
        fn->can_fail = nodes[i].can_fail;
        fn->emits = emits[i].emits;
        fn->waits = nodes[i].waits;
    }
}
