#include "tests/differential/eval.h"

#include <inttypes.h>

enum { MAX_DEPTH = 2000 };

// How control goes on behind an instruction.
typedef enum Flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_STOP } Flow;

typedef struct Frame {
    Eval *eval;
    const CoreFn *fn;
    const Value **locals;
    const Value *result;
} Frame;

// ---- ends --------------------------------------------------------------------------------------------------------------

bool eval_spend(Eval *eval, uint64_t amount) {
    if (eval->end != EVAL_FINE) return false;
    if (eval->fuel < amount) {
        eval->end = EVAL_TOO_LONG;
        return false;
    }
    eval->fuel -= amount;
    return true;
}

const Value *eval_broken(Eval *eval, const char *what, const char *name) {
    eval->end = EVAL_BROKEN;
    eval->message = arena_printf(eval->arena, "%s `%s`", what, name);
    return NULL;
}

const Value *eval_trap(Eval *eval, const CoreInst *inst, const char *message) {
    eval->end = EVAL_FAILED;
    eval->message = message;
    eval->where = inst->span;
    return NULL;
}

// ---- operands ----------------------------------------------------------------------------------------------------------

static const Value *operand(Frame *f, CoreOperand operand) {
    Arena *arena = f->eval->arena;
    switch (operand.kind) {
    case OPERAND_LOCAL: return f->locals[operand.local];
    case OPERAND_UNIT: return value_items(arena, 0);
    case OPERAND_INT:
    case OPERAND_BOOL: return value_int(arena, operand.int_value);
    case OPERAND_FLOAT: return value_float(arena, operand.float_value);
    case OPERAND_STRING: return value_string(arena, operand.text, operand.length);
    }
    return NULL;
}

static const Value *arg(Frame *f, const CoreInst *inst, int i) {
    return operand(f, inst->args[i]);
}

static CoreType *arg_type(Frame *f, const CoreInst *inst, int i) {
    return core_operand_type(f->eval->program, f->fn, inst->args[i]);
}

// All operands from `first` on.
static const Value **args_from(Frame *f, const CoreInst *inst, int first) {
    const Value **args = ARENA_ARRAY(f->eval->arena, const Value *, inst->arg_count + 1);
    for (int i = first; i < inst->arg_count; i++) args[i - first] = arg(f, inst, i);
    return args;
}

static Value *items_of_args(Frame *f, const CoreInst *inst) {
    Value *value = ARENA_NEW(f->eval->arena, Value);
    value->items = args_from(f, inst, 0);
    value->size = inst->arg_count;
    return value;
}

// ---- numbers -----------------------------------------------------------------------------------------------------------

static const Value *divide(Frame *f, const CoreInst *inst, int64_t a, int64_t b) {
    if (b == 0) return eval_trap(f->eval, inst, "division by zero");
    if (b != -1) return value_int(f->eval->arena, inst->op == CORE_OP_INT_DIV ? a / b : a % b);
    if (inst->op == CORE_OP_INT_REM) return value_int(f->eval->arena, 0);
    return a == INT64_MIN ? eval_trap(f->eval, inst, "integer overflow") : value_int(f->eval->arena, -a);
}

// In twice as many bits, where nothing overflows.
static const Value *int_operation(Frame *f, const CoreInst *inst) {
    int64_t a = arg(f, inst, 0)->integer, b = inst->arg_count > 1 ? arg(f, inst, 1)->integer : 0;
    __int128 wide = 0;
    switch (inst->op) {
    case CORE_OP_INT_ADD:
    case CORE_OP_INT_ADD_WRAP: wide = (__int128)a + b; break;
    case CORE_OP_INT_SUB:
    case CORE_OP_INT_SUB_WRAP: wide = (__int128)a - b; break;
    case CORE_OP_INT_MUL:
    case CORE_OP_INT_MUL_WRAP: wide = (__int128)a * b; break;
    case CORE_OP_INT_NEG: wide = -(__int128)a; break;
    default: return divide(f, inst, a, b);
    }
    bool wraps = inst->op >= CORE_OP_INT_ADD_WRAP && inst->op <= CORE_OP_INT_MUL_WRAP;
    if (!wraps && (wide < INT64_MIN || wide > INT64_MAX)) return eval_trap(f->eval, inst, "integer overflow");
    return value_int(f->eval->arena, (int64_t)(uint64_t)(unsigned __int128)wide);
}

static const Value *float_operation(Frame *f, const CoreInst *inst) {
    double a = arg(f, inst, 0)->floating, b = inst->arg_count > 1 ? arg(f, inst, 1)->floating : 0;
    switch (inst->op) {
    case CORE_OP_FLOAT_ADD: return value_float(f->eval->arena, a + b);
    case CORE_OP_FLOAT_SUB: return value_float(f->eval->arena, a - b);
    case CORE_OP_FLOAT_MUL: return value_float(f->eval->arena, a * b);
    case CORE_OP_FLOAT_DIV: return value_float(f->eval->arena, a / b);
    default: return value_float(f->eval->arena, -a);
    }
}

static const Value *comparison(Frame *f, const CoreInst *inst) {
    enum { ENOUGH = 1 << 20 };
    const CoreType *type = arg_type(f, inst, 0);
    const Value *a = arg(f, inst, 0), *b = arg(f, inst, 1);
    if (!eval_spend(f->eval, value_count(type, a, ENOUGH))) return NULL;
    int order = value_compare(type, a, b);
    bool result = false;
    switch (inst->op) {
    case CORE_OP_EQ: result = order == 0; break;
    case CORE_OP_NE: result = order != 0; break;
    case CORE_OP_LT: result = order < 0; break;
    case CORE_OP_LE: result = order <= 0; break;
    case CORE_OP_GT: result = order > 0; break;
    default: result = order >= 0; break;
    }
    return value_int(f->eval->arena, result);
}

// ---- texts, records, lists ---------------------------------------------------------------------------------------------

static const Value *show(Frame *f, const CoreInst *inst) {
    Buf text = {0};
    value_show(&text, arg_type(f, inst, 0), arg(f, inst, 0), VALUE_PLAIN, f->eval->fuel);
    const Value *value = eval_spend(f->eval, text.length) ? value_string(f->eval->arena, text.data, text.length) : NULL;
    buf_free(&text);
    return value;
}

static const Value *concat(Frame *f, const CoreInst *inst) {
    Buf text = {0};
    for (int i = 0; i < inst->arg_count && text.length <= f->eval->fuel; i++)
        buf_append(&text, arg(f, inst, i)->text, (size_t)arg(f, inst, i)->size);
    const Value *value = eval_spend(f->eval, text.length) ? value_string(f->eval->arena, text.data, text.length) : NULL;
    buf_free(&text);
    return value;
}

static const Value *variant(Frame *f, const CoreInst *inst) {
    Value *value = items_of_args(f, inst);
    value->integer = inst->index;
    return value;
}

static const Value *payload(Frame *f, const CoreInst *inst) {
    const Value *value = arg(f, inst, 0);
    if (value->integer != inst->variant) return eval_broken(f->eval, "the payload of another variant in", f->fn->name);
    return value->items[inst->index];
}

static const Value *element(Frame *f, const CoreInst *inst) {
    const Value *list = arg(f, inst, 0);
    int64_t index = arg(f, inst, 1)->integer;
    if (index >= 0 && index < list->size) return list->items[index];
    return eval_trap(f->eval, inst,
                     arena_printf(f->eval->arena, "index %" PRId64 " is out of range: the list has %" PRId64 " element%s", index,
                                  list->size, list->size == 1 ? "" : "s"));
}

static const Value *part(Frame *f, const CoreInst *inst) {
    const Value *list = arg(f, inst, 0);
    int64_t from = arg(f, inst, 1)->integer, to = arg(f, inst, 2)->integer;
    if (from < 0 || from > to || to > list->size) return eval_broken(f->eval, "a part out of range in", f->fn->name);
    Value *value = value_items(f->eval->arena, to - from);
    for (int64_t i = from; i < to; i++) value->items[i - from] = list->items[i];
    return value;
}

static const Value *closure(Frame *f, const CoreInst *inst) {
    Value *value = items_of_args(f, inst);
    value->fn = inst->fn;
    return value;
}

static const Value *any_of(Frame *f, const CoreInst *inst) {
    Value *value = items_of_args(f, inst);
    value->type = inst->type;
    return value;
}

static const Value *any_value(Frame *f, const CoreInst *inst) {
    const Value *value = arg(f, inst, 0);
    if (value->type != inst->type) return eval_broken(f->eval, "another type in the Any in", f->fn->name);
    return value->items[0];
}

// ---- calls -------------------------------------------------------------------------------------------------------------

static Flow run_block(Frame *f, const CoreBlock *block);

const Value *eval_call(Eval *eval, const CoreFn *fn, const Value **args, int count) {
    if (eval->depth == MAX_DEPTH) eval->end = EVAL_TOO_LONG;
    if (!eval_spend(eval, (uint64_t)fn->locals.count + 1)) return NULL;
    Frame frame = {.eval = eval, .fn = fn, .locals = ARENA_ARRAY(eval->arena, const Value *, fn->locals.count + 1)};
    for (int i = 0; i < count; i++) frame.locals[i] = args[i];
    eval->depth++;
    Flow flow = run_block(&frame, fn->body);
    eval->depth--;
    if (flow == FLOW_RETURN) return frame.result;
    return flow == FLOW_STOP ? NULL : eval_broken(eval, "no return in", fn->name);
}

static const Value *call_closure(Frame *f, const CoreInst *inst) {
    const Value *callee = arg(f, inst, 0);
    int captured = callee->fn->captured, given = inst->arg_count - 1;
    const Value **args = ARENA_ARRAY(f->eval->arena, const Value *, captured + given + 1);
    for (int i = 0; i < captured; i++) args[i] = callee->items[i];
    for (int i = 0; i < given; i++) args[captured + i] = arg(f, inst, i + 1);
    return eval_call(f->eval, callee->fn, args, captured + given);
}

static const Value *call_builtin(Frame *f, const CoreInst *inst) {
    const Value *result = eval_builtin(f->eval, inst, args_from(f, inst, 0), inst->arg_count);
    if (!result && f->eval->end == EVAL_FINE) return eval_broken(f->eval, "an unknown function of the library,", inst->text);
    return result;
}

// ---- state -------------------------------------------------------------------------------------------------------------

const Value *eval_entry_value(Eval *eval, Entry *entry) {
    Value *value = ARENA_NEW(eval->arena, Value);
    value->entry = entry;
    return value;
}

static Entry *find_entry(Eval *eval, int task, const Value *key) {
    const EntryList *list = &eval->tasks[task];
    for (int i = 0; i < list->entries.count; i++)
        if (value_compare(eval->program->tasks.items[task].key, list->entries.items[i]->key, key) == 0)
            return list->entries.items[i];
    return NULL;
}

static Entry *new_entry(Eval *eval, int number, const Value *key) {
    const CoreTask *task = &eval->program->tasks.items[number];
    Entry *entry = ARENA_NEW(eval->arena, Entry);
    *entry = (Entry){number, key, ARENA_ARRAY(eval->arena, const Value *, task->field_count + 1), false};
    vec_push(eval->arena, &eval->tasks[number].entries, entry);
    eval->at = entry;
    const Value *args[] = {eval_entry_value(eval, entry)};
    return eval_call(eval, task->init, args, 1) ? entry : NULL;
}

static const Value *find_state(Frame *f, const CoreInst *inst) {
    Eval *eval = f->eval;
    const Value *key = arg(f, inst, 0);
    Entry *entry = find_entry(eval, inst->index, key);
    if (!entry) entry = new_entry(eval, inst->index, key);
    if (!entry) return NULL;
    entry->is_marked = true;
    eval->at = entry;
    return eval_entry_value(eval, entry);
}

// What is kept is charged for as a tree: it will be written as one.
static bool set_state(Frame *f, const CoreInst *inst) {
    const Value *value = arg(f, inst, 1);
    const CoreType *type = arg_type(f, inst, 1);
    if (!eval_spend(f->eval, value_count(type, value, f->eval->fuel + 1))) return false;
    arg(f, inst, 0)->entry->fields[inst->variant] = value;
    return true;
}

// ---- effects -----------------------------------------------------------------------------------------------------------

static Flow effect(Frame *f, const CoreInst *inst) {
    Eval *eval = f->eval;
    const EvalEffects *effects = &eval->effects;
    const Value *value = arg(f, inst, 0);
    const CoreType *type = arg_type(f, inst, 0);
    if (inst->op != CORE_OP_AT && !eval_spend(eval, value_count(type, value, eval->fuel + 1))) return FLOW_STOP;
    switch (inst->op) {
    case CORE_OP_EMIT: effects->emit(effects->user, inst->index, value); break;
    case CORE_OP_SINK: effects->sink(effects->user, inst->index, value); break;
    case CORE_OP_LOG: effects->log(effects->user, type, value); break;
    case CORE_OP_CONFIG_SOURCE: effects->config_source(effects->user, inst->index, inst->variant, value); break;
    case CORE_OP_CONFIG_SINK: break; // a path
    case CORE_OP_AT: eval->at = inst->args[0].kind == OPERAND_UNIT ? NULL : value->entry; break;
    case CORE_OP_FAIL: eval_trap(eval, inst, arena_copy_string(eval->arena, value->text, (size_t)value->size)); return FLOW_STOP;
    default: eval_broken(eval, "an unknown effect in", f->fn->name); return FLOW_STOP;
    }
    return FLOW_NEXT;
}

// ---- control -----------------------------------------------------------------------------------------------------------

// After a round of a loop: whether another one may follow. *flow: how control goes on behind the loop.
static bool goes_on(Flow *flow) {
    bool leaves = *flow == FLOW_BREAK || *flow == FLOW_RETURN || *flow == FLOW_STOP;
    if (*flow == FLOW_BREAK || *flow == FLOW_CONTINUE) *flow = FLOW_NEXT;
    return !leaves;
}

static Flow run_loop(Frame *f, const CoreInst *inst) {
    Flow flow;
    do flow = run_block(f, inst->blocks[0]);
    while (goes_on(&flow));
    return flow;
}

static void set_local(Frame *f, int dst, const Value *value) {
    if (dst >= 0) f->locals[dst] = value;
}

static Flow run_for_range(Frame *f, const CoreInst *inst) {
    Flow flow = FLOW_NEXT;
    int64_t to = arg(f, inst, 1)->integer;
    for (int64_t i = arg(f, inst, 0)->integer; i < to; i++) {
        set_local(f, inst->dst, value_int(f->eval->arena, i));
        flow = run_block(f, inst->blocks[0]);
        if (!goes_on(&flow)) break;
    }
    return flow;
}

static Flow run_for_list(Frame *f, const CoreInst *inst) {
    Flow flow = FLOW_NEXT;
    const Value *list = arg(f, inst, 0);
    for (int64_t i = 0; i < list->size; i++) {
        set_local(f, inst->dst, list->items[i]);
        flow = run_block(f, inst->blocks[0]);
        if (!goes_on(&flow)) break;
    }
    return flow;
}

static Flow control(Frame *f, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_IF: return run_block(f, inst->blocks[arg(f, inst, 0)->integer ? 0 : 1]);
    case CORE_OP_LOOP: return run_loop(f, inst);
    case CORE_OP_FOR_RANGE: return run_for_range(f, inst);
    case CORE_OP_FOR_LIST: return run_for_list(f, inst);
    case CORE_OP_BREAK: return FLOW_BREAK;
    case CORE_OP_CONTINUE: return FLOW_CONTINUE;
    case CORE_OP_RETURN: f->result = arg(f, inst, 0); return FLOW_RETURN;
    default: eval_broken(f->eval, "what cannot be reached was, in", f->fn->name); return FLOW_STOP;
    }
}

// ---- instructions ------------------------------------------------------------------------------------------------------

// The value of an instruction that has one; NULL if it has failed.
static const Value *evaluate(Frame *f, const CoreInst *inst) {
    Eval *eval = f->eval;
    Arena *arena = eval->arena;
    if (inst->op >= CORE_OP_INT_ADD && inst->op <= CORE_OP_INT_MUL_WRAP) return int_operation(f, inst);
    if (inst->op >= CORE_OP_FLOAT_ADD && inst->op <= CORE_OP_FLOAT_NEG) return float_operation(f, inst);
    if (inst->op >= CORE_OP_EQ && inst->op <= CORE_OP_GE) return comparison(f, inst);
    if (inst->op >= CORE_OP_MAP_AT && inst->op <= CORE_OP_MAP_RECAST)
        return eval_map_op(eval, inst, arg_type(f, inst, 0), arg(f, inst, 0), inst->arg_count > 1 ? arg(f, inst, 1) : NULL);
    switch (inst->op) {
    case CORE_OP_COPY: return arg(f, inst, 0);
    case CORE_OP_ZERO: return ARENA_NEW(arena, Value);
    case CORE_OP_NOT: return value_int(arena, !arg(f, inst, 0)->integer);
    case CORE_OP_SHOW: return show(f, inst);
    case CORE_OP_CONCAT: return concat(f, inst);
    case CORE_OP_STRUCT_NEW:
    case CORE_OP_LIST_NEW: return items_of_args(f, inst);
    case CORE_OP_STRUCT_GET: return arg(f, inst, 0)->items[inst->index];
    case CORE_OP_ENUM_NEW: return variant(f, inst);
    case CORE_OP_ENUM_TAG: return value_int(arena, arg(f, inst, 0)->integer);
    case CORE_OP_ENUM_GET: return payload(f, inst);
    case CORE_OP_LIST_SIZE: return value_int(arena, arg(f, inst, 0)->size);
    case CORE_OP_LIST_AT: return element(f, inst);
    case CORE_OP_LIST_PART: return part(f, inst);
    case CORE_OP_CLOSURE_NEW: return closure(f, inst);
    case CORE_OP_DURATION: return arg(f, inst, 0);
    case CORE_OP_ANY_NEW: return any_of(f, inst);
    case CORE_OP_ANY_IS: return value_int(arena, arg(f, inst, 0)->type == inst->type);
    case CORE_OP_ANY_GET: return any_value(f, inst);
    case CORE_OP_CALL: return eval_call(eval, inst->fn, args_from(f, inst, 0), inst->arg_count);
    case CORE_OP_CALL_CLOSURE: return call_closure(f, inst);
    case CORE_OP_CALL_BUILTIN: return call_builtin(f, inst);
    case CORE_OP_PARTITIONED: return value_int(arena, 0);
    case CORE_OP_ATOM_NUMBER: return value_int(arena, 1); // no program here asks for it
    case CORE_OP_GLOBAL_GET: return eval->globals[inst->index];
    case CORE_OP_STATE_FIND: return find_state(f, inst);
    case CORE_OP_STATE_KEY: return arg(f, inst, 0)->entry->key;
    case CORE_OP_STATE_LOOK:
    case CORE_OP_STATE_TAKE:
    case CORE_OP_STATE_GET: return arg(f, inst, 0)->entry->fields[inst->variant];
    default: return eval_broken(eval, "an unknown instruction in", f->fn->name);
    }
}

static Flow run_inst(Frame *f, const CoreInst *inst) {
    Eval *eval = f->eval;
    if (!eval_spend(eval, 1 + (uint64_t)inst->arg_count)) return FLOW_STOP;
    eval->ops[inst->op]++;
    if (inst->op >= CORE_OP_IF) return control(f, inst);
    if (inst->op >= CORE_OP_EMIT) return effect(f, inst);
    if (inst->op == CORE_OP_MAP_SHARE) return FLOW_NEXT; // maps are shared always
    if (inst->op == CORE_OP_STATE_SET) return set_state(f, inst) ? FLOW_NEXT : FLOW_STOP;
    if (inst->op == CORE_OP_GLOBAL_SET) {
        eval->globals[inst->index] = arg(f, inst, 0);
        return FLOW_NEXT;
    }
    const Value *value = evaluate(f, inst);
    if (!value) return FLOW_STOP;
    set_local(f, inst->dst, value);
    return FLOW_NEXT;
}

static Flow run_block(Frame *f, const CoreBlock *block) {
    Flow flow = FLOW_NEXT;
    for (int i = 0; i < block->insts.count && flow == FLOW_NEXT; i++) flow = run_inst(f, block->insts.items[i]);
    return flow;
}

void eval_init(Eval *eval, Arena *arena, const CoreProgram *program, EvalEffects effects, uint64_t fuel) {
    *eval = (Eval){.arena = arena, .program = program, .effects = effects, .fuel = fuel};
    eval->globals = ARENA_ARRAY(arena, const Value *, program->globals.count + 1);
    eval->tasks = ARENA_ARRAY(arena, EntryList, program->tasks.count + 1);
}
