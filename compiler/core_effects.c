// core_effects.c - what the code of each workflow does that a run must know of: whether it calls `effect_key`, asks for time
// or chance, or calls foreign functions that are not pure. All functions that can be reached from the workflow's are looked at; a
// call of a closure reaches the code of all closures of its type.
#include <string.h>

#include "compiler/core.h"

typedef struct Walk {
    CoreProgram *program;
    bool *seen;       // by number of the function
    bool *seen_types; // by number of the type
    VEC(CoreFn *) rest;
    unsigned effects;
} Walk;

static void reach(Walk *walk, CoreFn *fn) {
    if (!fn || walk->seen[fn->id]) return;
    walk->seen[fn->id] = true;
    vec_push(walk->program->arena, &walk->rest, fn);
}

typedef void Visit(Walk *walk, CoreFn *fn, const CoreInst *inst);

static void each_inst(Walk *walk, CoreFn *fn, const CoreBlock *block, Visit *visit) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        visit(walk, fn, inst);
        for (int k = 0; k < inst->block_count; k++) each_inst(walk, fn, inst->blocks[k], visit);
    }
}

static void reach_closure(Walk *walk, CoreFn *fn, const CoreInst *inst) {
    (void)fn;
    if (inst->op == CORE_OP_CLOSURE_NEW && walk->seen_types[inst->type->id]) reach(walk, inst->fn);
}

static void reach_type(Walk *walk, const CoreType *type) {
    if (walk->seen_types[type->id]) return;
    walk->seen_types[type->id] = true;
    for (int i = 0; i < walk->program->fns.count; i++)
        each_inst(walk, walk->program->fns.items[i], walk->program->fns.items[i]->body, reach_closure);
}

static bool asks_time_or_chance(const CoreInst *inst) {
    static const char *const names[] = {"pt_task_now", "pt_task_random", "pt_task_random_below"};
    for (size_t i = 0; inst->op == CORE_OP_CALL_BUILTIN && i < sizeof names / sizeof *names; i++)
        if (strcmp(inst->text, names[i]) == 0) return true;
    return false;
}

static void look(Walk *walk, CoreFn *fn, const CoreInst *inst) {
    if (inst->op == CORE_OP_EFFECT_KEY) walk->effects |= EFFECT_KEYS;
    if (asks_time_or_chance(inst)) walk->effects |= EFFECT_OPEN;
    if (inst->op == CORE_OP_CALL_FOREIGN && !walk->program->foreign.items[inst->index].pure) walk->effects |= EFFECT_FOREIGN;
    if (inst->op == CORE_OP_CALL || inst->op == CORE_OP_TRY || inst->op == CORE_OP_FRAME_NEW || inst->op == CORE_OP_CLOSURE_NEW)
        reach(walk, inst->fn);
    if (inst->op == CORE_OP_CALL_CLOSURE) reach_type(walk, core_operand_type(walk->program, fn, inst->args[0]));
    if (inst->op == CORE_OP_STATE_FIND) reach(walk, walk->program->tasks.items[inst->index].init);
}

static void reach_task(Walk *walk, const CoreTask *task) {
    reach(walk, task->init);
    reach(walk, task->on_atom);
    reach(walk, task->on_end);
    if (!task->async) return;
    reach(walk, task->async->flush);
    reach(walk, task->async->fail);
    reach(walk, task->async->on_error);
}

static unsigned effects_of(CoreProgram *program, const CoreWorkflow *workflow) {
    Walk walk = {.program = program,
                 .seen = ARENA_ARRAY(program->arena, bool, program->fns.count + 1),
                 .seen_types = ARENA_ARRAY(program->arena, bool, program->types.count + 1)};
    for (int i = 0; i < workflow->inputs.count; i++) reach(&walk, workflow->inputs.items[i].stage);
    for (int i = 0; i < workflow->exchanges.count; i++) reach(&walk, workflow->exchanges.items[i]->stage);
    for (int i = 0; i < workflow->tasks.count; i++) reach_task(&walk, &program->tasks.items[workflow->tasks.items[i]]);
    while (walk.rest.count) {
        CoreFn *fn = walk.rest.items[--walk.rest.count];
        each_inst(&walk, fn, fn->body, look);
    }
    return walk.effects;
}

void core_find_effects(CoreProgram *program) {
    bool any = false;
    for (int i = 0; i < program->fns.count; i++) any |= program->fns.items[i]->keys > 0;
    if (!any) return; // then nobody wants to know
    for (int i = 0; i < program->workflows.count; i++)
        program->workflows.items[i].effects = effects_of(program, &program->workflows.items[i]);
}
