// core_verify_graph.c - the shape of what surrounds the functions: types have a size, numbers name things that exist, handlers
// have the parameters that code generation gives them, and events go to channels of their type.
#include "compiler/core_verify.h"

#include <string.h>

typedef VEC(CoreType *) TypeStack;
typedef VEC(const CoreFn *) FnStack;

// ---- types -----------------------------------------------------------------------------------------------------------------

typedef enum Progress { UNSEEN, OPEN, FINITE } Progress;

// Pushes the types of the fields that `type` holds by value; false if one of them is a type that is being looked at already.
static bool push_fields(CoreProgram *program, const CoreType *type, const Progress *progress, TypeStack *stack) {
    for (int i = 0; i < type->variant_count; i++) {
        for (int j = 0; j < type->variants[i].field_count; j++) {
            const CoreField *field = &type->variants[i].fields[j];
            if (field->boxed || progress[field->type->id] == FINITE) continue;
            if (progress[field->type->id] == OPEN) return false;
            vec_push(program->arena, stack, field->type);
        }
    }
    return true;
}

static bool is_finite(CoreProgram *program, CoreType *root, Progress *progress, TypeStack *stack) {
    vec_push(program->arena, stack, root);
    while (stack->count) {
        CoreType *type = stack->items[stack->count - 1];
        if (progress[type->id] == UNSEEN) {
            progress[type->id] = OPEN;
            if (!push_fields(program, type, progress, stack)) return false;
        } else {
            progress[type->id] = FINITE;
            stack->count--;
        }
    }
    return true;
}

static const char *verify_types(CoreProgram *program) {
    Progress *progress = ARENA_ARRAY(program->arena, Progress, program->types.count);
    TypeStack stack = {0};
    for (int i = 0; i < program->types.count; i++) {
        CoreType *type = program->types.items[i];
        if (type->kind == CORE_STRUCT && type->variant_count != 1)
            return arena_printf(program->arena, "%s has no fields", type->name);
        if (!is_finite(program, type, progress, &stack))
            return arena_printf(program->arena, "%s contains itself by value", type->name);
    }
    return NULL;
}

// ---- handlers ----------------------------------------------------------------------------------------------------------------

// A function that the VM calls: (param), or () if that is NULL, without a result.
static bool is_handler(const CoreProgram *program, const CoreFn *fn, const CoreType *param) {
    if (!fn) return true;
    if (fn->result != program->unit || fn->param_count != (param ? 1 : 0)) return false;
    return !param || fn->locals.items[0].type == param;
}

// (Entry, then so many other parameters), without a result, or none at all.
static bool is_async_handler(const CoreProgram *program, const CoreFn *fn, int others) {
    if (!fn) return true;
    return fn->result == program->unit && fn->param_count == 1 + others && fn->locals.items[0].type == program->entry;
}

static const char *verify_async(const CoreProgram *program, const CoreTask *task) {
    const CoreAsync *async = task->async;
    bool good = is_async_handler(program, async->flush, 0) && is_async_handler(program, async->fail, 3) &&
                is_async_handler(program, async->on_error, 1);
    if (!async->error) return "no type of errors";
    if (!good) return "flush, fail or on_error has the wrong type";
    if (async->fail && async->fail->locals.items[1].type != program->integer) return "fail takes no number of a portal";
    if (async->globals >= program->tasks.count) return "no such companion";
    for (int i = 0; async->busy >= 0 && i < 3; i++)
        if (async->busy + i >= task->field_count || task->fields[async->busy + i].type != program->integer)
            return "an exclusive task has three Ints for itself";
    return NULL;
}

static const char *verify_tasks(CoreProgram *program) {
    for (int i = 0; i < program->tasks.count; i++) {
        const CoreTask *task = &program->tasks.items[i];
        CoreFn *handlers[] = {task->init, task->on_atom, task->on_end};
        bool good = is_handler(program, task->touch, NULL);
        for (int j = 0; j < 3; j++) good = good && is_handler(program, handlers[j], program->entry);
        if (!good) return arena_printf(program->arena, "task %s: a handler has the wrong type", task->name);
        const char *fault = task->async ? verify_async(program, task) : NULL;
        if (fault) return arena_printf(program->arena, "task %s: %s", task->name, fault);
        if (task->workflow < 0 || task->workflow >= program->workflows.count)
            return arena_printf(program->arena, "task %s: no such workflow", task->name);
    }
    return NULL;
}

static const char *verify_params(CoreProgram *program) {
    if (!is_handler(program, program->setup, NULL)) return "setup has the wrong type";
    for (int i = 0; i < program->params.count; i++) {
        const CoreParam *param = &program->params.items[i];
        if (param->global < 0 || param->global >= program->globals.count || !is_handler(program, param->make_default, NULL))
            return arena_printf(program->arena, "param %s: no such global, or a wrong default", param->name);
    }
    return NULL;
}

// ---- workflows ---------------------------------------------------------------------------------------------------------------

typedef struct Walk {
    CoreProgram *program;
    const CoreWorkflow *workflow;
    bool *seen; // functions, by id
    FnStack left;
} Walk;

static void walk_to(Walk *walk, const CoreFn *fn) {
    if (!fn || walk->seen[fn->id]) return;
    walk->seen[fn->id] = true;
    vec_push(walk->program->arena, &walk->left, fn);
}

static bool emits_rightly(const Walk *walk, const CoreFn *fn, const CoreInst *emit) {
    if (emit->index < 0 || emit->index >= walk->workflow->channels.count) return false;
    CoreOperand event = emit->args[0];
    if (event.kind == OPERAND_LOCAL && event.local >= fn->locals.count) return true; // a fault of the function
    return core_operand_type(walk->program, fn, event) == walk->workflow->channels.items[emit->index].event;
}

static bool sends_rightly(const Walk *walk, const CoreFn *fn, const CoreInst *send) {
    if (send->index < 0 || send->index >= walk->workflow->exchanges.count) return false;
    const CoreExchange *exchange = walk->workflow->exchanges.items[send->index];
    if (send->exchange != exchange) return false;
    const CoreType *types[] = {exchange->event, exchange->by_hash ? walk->program->integer : exchange->key};
    for (int i = 0; i < 2; i++) {
        CoreOperand operand = send->args[i];
        if (operand.kind == OPERAND_LOCAL && operand.local >= fn->locals.count) return true; // a fault of the function
        if (core_operand_type(walk->program, fn, operand) != types[i]) return false;
    }
    return true;
}

static const char *walk_block(Walk *walk, const CoreFn *fn, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_CALL || inst->op == CORE_OP_FRAME_NEW || inst->op == CORE_OP_CLOSURE_NEW) walk_to(walk, inst->fn);
        if (inst->op == CORE_OP_EMIT && !emits_rightly(walk, fn, inst))
            return arena_printf(walk->program->arena, "%s: workflow %s has no channel %d of this type", fn->name,
                                walk->workflow->name, inst->index);
        if (inst->op == CORE_OP_SEND && !sends_rightly(walk, fn, inst))
            return arena_printf(walk->program->arena, "%s: workflow %s has no exchange %d of this type", fn->name,
                                walk->workflow->name, inst->index);
        for (int j = 0; j < inst->block_count; j++) {
            const char *fault = walk_block(walk, fn, inst->blocks[j]);
            if (fault) return fault;
        }
    }
    return NULL;
}

static int stream_count(const CoreProgram *program) {
    return program->sources.count + program->workflows.count;
}

static const CoreType *stream_event(const CoreProgram *program, int stream, const CoreType *otherwise) {
    return stream < program->sources.count ? program->sources.items[stream].event : otherwise;
}

// The VM makes the dead letters: they are DeadAtoms.
static bool has_letters(const CoreWorkflow *workflow) {
    for (int i = 0; i < workflow->channels.count; i++) {
        const CoreType *event = workflow->channels.items[i].event;
        if (workflow->channels.items[i].stream == workflow->dead)
            return event->kind == CORE_STRUCT && event->variants[0].field_count == 2 &&
                   event->variants[0].fields[0].type->kind == CORE_LIST && event->variants[0].fields[1].type->kind == CORE_STRUCT;
    }
    return false;
}

static const char *walk_workflow(Walk *walk) {
    const CoreWorkflow *workflow = walk->workflow;
    if (workflow->dead && !has_letters(workflow)) return "no channel for its dead letters";
    for (int i = 0; i < workflow->inputs.count; i++) {
        const CoreInput *input = &workflow->inputs.items[i];
        if (input->stream < 0 || input->stream >= stream_count(walk->program) || input->stage->param_count != 1)
            return "a wrong input";
        const CoreType *event = input->stage->locals.items[0].type;
        if (stream_event(walk->program, input->stream, event) != event || input->stage->result != walk->program->unit)
            return "a stage of the wrong type";
        walk_to(walk, input->stage);
    }
    for (int i = 0; i < workflow->channels.count; i++)
        if (workflow->channels.items[i].stream >= stream_count(walk->program)) return "a channel to no stream";
    for (int i = 0; i < workflow->exchanges.count; i++) {
        const CoreExchange *exchange = workflow->exchanges.items[i];
        int params = exchange->stage->param_count;
        if (params < 1 || params > 2 || exchange->stage->locals.items[0].type != exchange->event || exchange->level < 1 ||
            (params == 2 && exchange->stage->locals.items[1].type != exchange->key) ||
            (exchange->key_is_event && exchange->key != exchange->event) || exchange->task < 0 ||
            exchange->task >= walk->program->tasks.count)
            return "a wrong exchange";
        walk_to(walk, exchange->stage);
    }
    for (int i = 0; i < workflow->tasks.count; i++) {
        if (workflow->tasks.items[i] < 0 || workflow->tasks.items[i] >= walk->program->tasks.count) return "a wrong task";
        const CoreTask *task = &walk->program->tasks.items[workflow->tasks.items[i]];
        walk_to(walk, task->on_atom);
        walk_to(walk, task->on_end);
        if (!task->async) continue;
        walk_to(walk, task->async->flush);
        walk_to(walk, task->async->fail);
        walk_to(walk, task->async->on_error);
    }
    while (walk->left.count) {
        const CoreFn *fn = walk->left.items[--walk->left.count];
        const char *fault = walk_block(walk, fn, fn->body);
        if (fault) return fault;
    }
    return NULL;
}

static const char *verify_workflows(CoreProgram *program) {
    Walk walk = {.program = program, .seen = ARENA_ARRAY(program->arena, bool, program->fns.count)};
    for (int i = 0; i < program->workflows.count; i++) {
        walk.workflow = &program->workflows.items[i];
        memset(walk.seen, 0, sizeof(bool) * (size_t)program->fns.count);
        const char *fault = walk_workflow(&walk);
        if (fault) return arena_printf(program->arena, "workflow %s: %s", walk.workflow->name, fault);
    }
    return NULL;
}

const char *core_verify_graph(CoreProgram *program) {
    const char *fault = verify_types(program);
    if (!fault) fault = verify_params(program);
    if (!fault) fault = verify_tasks(program);
    if (!fault) fault = verify_workflows(program);
    return fault;
}
