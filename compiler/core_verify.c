// core_verify.c - the shape of the core, checked: what core.h and core.def promise to code generation.
//
// One walk over each function checks each instruction, and that locals are assigned before use on every path. For that a set of
// assigned locals is kept with a trail of the changes: what a branch assigned is undone at its end, and where paths meet, what
// all of them assigned is assigned again.
#include "compiler/core_verify.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

typedef VEC(int) Locals;

// Where control goes on after several paths: from the end of an `if`, or out of a loop.
typedef struct Merge {
    int base;   // length of the trail before the paths part
    int paths;  // how many have come
    Locals all; // assigned on all of them, beyond the base
} Merge;

typedef struct Verify {
    CoreProgram *program;
    const CoreFn *fn;
    const CoreInst *inst;
    const char *fault; // the first one
    bool *assigned;    // by local
    Locals trail;      // in the order of assignment
    bool reachable;
    Merge *loop_exit; // of the nearest loop
} Verify;

static const char *op_text(CoreOp op) {
    static const char *const texts[] = {
#define OP(name, text, operands, result) text,
#include "compiler/core.def"
#undef OP
    };
    return texts[op];
}

__attribute__((format(printf, 2, 3))) static void fault(Verify *v, const char *format, ...) {
    if (v->fault) return;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    Arena *arena = v->program->arena;
    if (v->inst)
        v->fault = arena_printf(arena, "%s: %s: %s", v->fn->name, op_text(v->inst->op), text);
    else if (v->fn)
        v->fault = arena_printf(arena, "%s: %s", v->fn->name, text);
    else
        v->fault = arena_copy_string(arena, text, strlen(text));
}

static bool check(Verify *v, bool holds, const char *what) {
    if (!holds) fault(v, "%s", what);
    return holds && !v->fault;
}

static bool in_range(Verify *v, int index, int count, const char *what) {
    if (index < 0 || index >= count) fault(v, "%s %d of %d", what, index, count);
    return !v->fault;
}

static void same_type(Verify *v, const CoreType *expected, const CoreType *found, const char *what) {
    if (expected != found) fault(v, "%s is %s, not %s", what, found->name, expected->name);
}

// ---- assignment ----------------------------------------------------------------------------------------------------------

static void assign(Verify *v, int local) {
    if (v->assigned[local]) return;
    v->assigned[local] = true;
    vec_push(v->program->arena, &v->trail, local);
}

static void undo(Verify *v, int base) {
    while (v->trail.count > base) v->assigned[v->trail.items[--v->trail.count]] = false;
}

// One more path reaches the place.
static void merge_path(Verify *v, Merge *merge) {
    if (!v->reachable) return;
    if (merge->paths++ == 0) {
        merge->all.count = 0;
        for (int i = merge->base; i < v->trail.count; i++) vec_push(v->program->arena, &merge->all, v->trail.items[i]);
        return;
    }
    int kept = 0;
    for (int i = 0; i < merge->all.count; i++)
        if (v->assigned[merge->all.items[i]]) merge->all.items[kept++] = merge->all.items[i];
    merge->all.count = kept;
}

// Goes on where the paths have met.
static void merge_finish(Verify *v, Merge *merge) {
    undo(v, merge->base);
    for (int i = 0; i < merge->all.count; i++) assign(v, merge->all.items[i]);
    v->reachable = merge->paths > 0;
}

// ---- operands --------------------------------------------------------------------------------------------------------------

static CoreType *arg_type(Verify *v, int i) {
    return core_operand_type(v->program, v->fn, v->inst->args[i]);
}

static void check_args(Verify *v) {
    const CoreInst *inst = v->inst;
    for (int i = 0; i < inst->arg_count; i++) {
        if (inst->args[i].kind != OPERAND_LOCAL) continue;
        int local = inst->args[i].local;
        if (!in_range(v, local, v->fn->locals.count, "local")) return;
        if (v->reachable && !v->assigned[local]) fault(v, "%%%d may not be assigned", local);
    }
    if (inst->dst >= 0) in_range(v, inst->dst, v->fn->locals.count, "local");
}

static void arg_is(Verify *v, int i, CoreType *type) {
    if (!v->fault) same_type(v, type, arg_type(v, i), "an operand");
}

// `dst` holds a value of `type`. Results need not be kept.
static void result_is(Verify *v, CoreType *type) {
    if (!v->fault && v->inst->dst >= 0) same_type(v, type, v->fn->locals.items[v->inst->dst].type, "the result");
}

static bool arg_kind(Verify *v, int i, CoreTypeKind kind, const char *what) {
    return !v->fault && check(v, arg_type(v, i)->kind == kind, what);
}

// Operands from `first` on are the values of the fields.
static void check_fields(Verify *v, const CoreField *fields, int count, int first) {
    if (!check(v, v->inst->arg_count - first == count, "one operand a field")) return;
    for (int i = 0; i < count; i++) arg_is(v, first + i, fields[i].type);
}

static void check_params(Verify *v, CoreType **params, int count, int first) {
    if (!check(v, v->inst->arg_count - first == count, "one operand a parameter")) return;
    for (int i = 0; i < count; i++) arg_is(v, first + i, params[i]);
}

// ---- instructions ------------------------------------------------------------------------------------------------------------

static void check_arithmetic(Verify *v, CoreType *type) {
    for (int i = 0; i < v->inst->arg_count; i++) arg_is(v, i, type);
    result_is(v, type);
}

// Durations are added, subtracted and negated like the Ints that they are.
static CoreType *number_type(Verify *v) {
    CoreOp op = v->inst->op;
    bool sum = op == CORE_OP_INT_ADD || op == CORE_OP_INT_SUB || op == CORE_OP_INT_NEG;
    return sum && arg_type(v, 0) == v->program->duration ? v->program->duration : v->program->integer;
}

static void check_comparison(Verify *v) {
    arg_is(v, 1, arg_type(v, 0));
    CoreTypeKind kind = arg_type(v, 0)->kind;
    check(v,
          kind != CORE_FN && kind != CORE_ANY && kind != CORE_ENTRY && kind != CORE_FUTURE && kind != CORE_FRAME &&
              kind != CORE_NEVER,
          "values that can be compared");
    result_is(v, v->program->boolean);
}

static void check_struct(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_STRUCT_NEW) {
        if (!check(v, inst->type && inst->type->kind == CORE_STRUCT, "a struct")) return;
        check_fields(v, inst->type->variants[0].fields, inst->type->variants[0].field_count, 0);
        result_is(v, inst->type);
        return;
    }
    if (!arg_kind(v, 0, CORE_STRUCT, "a struct")) return;
    const CoreVariant *variant = &arg_type(v, 0)->variants[0];
    if (in_range(v, inst->index, variant->field_count, "field")) result_is(v, variant->fields[inst->index].type);
}

static void check_enum(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_ENUM_NEW) {
        if (!check(v, inst->type && inst->type->kind == CORE_ENUM, "an enum")) return;
        if (!in_range(v, inst->index, inst->type->variant_count, "variant")) return;
        check_fields(v, inst->type->variants[inst->index].fields, inst->type->variants[inst->index].field_count, 0);
        result_is(v, inst->type);
        return;
    }
    if (!arg_kind(v, 0, CORE_ENUM, "an enum")) return;
    if (inst->op == CORE_OP_ENUM_TAG) {
        result_is(v, v->program->integer);
        return;
    }
    const CoreType *type = arg_type(v, 0);
    if (!in_range(v, inst->variant, type->variant_count, "variant")) return;
    const CoreVariant *variant = &type->variants[inst->variant];
    if (in_range(v, inst->index, variant->field_count, "field")) result_is(v, variant->fields[inst->index].type);
}

static void check_list(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_LIST_NEW) {
        if (!check(v, inst->type && inst->type->kind == CORE_LIST, "a list")) return;
        for (int i = 0; i < inst->arg_count; i++) arg_is(v, i, inst->type->elem);
        result_is(v, inst->type);
        return;
    }
    if (!arg_kind(v, 0, CORE_LIST, "a list")) return;
    for (int i = 1; i < inst->arg_count; i++) arg_is(v, i, v->program->integer);
    CoreType *list = arg_type(v, 0);
    if (inst->op == CORE_OP_LIST_SIZE)
        result_is(v, v->program->integer);
    else
        result_is(v, inst->op == CORE_OP_LIST_PART ? list : list->elem);
}

// The types of a Set and of the Map of its elements to ().
static bool are_one_layout(const CoreProgram *program, const CoreType *set, const CoreType *map) {
    bool kinds = set->kind == CORE_SET && map->kind == CORE_MAP;
    return kinds && set->elem == map->elem && map->mapped == program->unit;
}

static bool is_option_of(const CoreType *type, const CoreType *value) {
    if (!type || type->kind != CORE_ENUM || type->variant_count != 2) return false;
    const CoreVariant *some = &type->variants[0], *none = &type->variants[1];
    return some->field_count == 1 && some->fields[0].type == value && none->field_count == 0;
}

static void check_recast(Verify *v) {
    CoreType *from = arg_type(v, 0), *to = v->inst->type;
    bool same = to && (are_one_layout(v->program, from, to) || are_one_layout(v->program, to, from));
    if (check(v, same, "a set and a map of ()")) result_is(v, to);
}

static void check_map(Verify *v) {
    const CoreInst *inst = v->inst;
    CoreType *map = arg_type(v, 0);
    if (inst->op == CORE_OP_MAP_RECAST) {
        check_recast(v);
        return;
    }
    if (inst->op == CORE_OP_MAP_SHARE) {
        check(v, inst->args[0].kind == OPERAND_LOCAL && (map->kind == CORE_MAP || map->kind == CORE_SET), "a local with a map");
        return;
    }
    if (!check(v, map->kind == CORE_MAP, "a map")) return;
    bool place = inst->op == CORE_OP_MAP_KEY_AT || inst->op == CORE_OP_MAP_VALUE_AT;
    arg_is(v, 1, place ? v->program->integer : map->elem);
    if (inst->op == CORE_OP_MAP_HAS)
        result_is(v, v->program->boolean);
    else if (inst->op != CORE_OP_MAP_GET)
        result_is(v, inst->op == CORE_OP_MAP_KEY_AT ? map->elem : map->mapped);
    else if (check(v, is_option_of(inst->type, map->mapped), "the Option of a value"))
        result_is(v, inst->type);
}

static void check_closure(Verify *v) {
    const CoreInst *inst = v->inst;
    if (!check(v, inst->type && inst->type->kind == CORE_FN && inst->fn, "a function type and a function")) return;
    const CoreFn *fn = inst->fn;
    check(v, fn->param_count - fn->captured == inst->type->param_count, "as many parameters as its type");
    check(v, fn->result == inst->type->result, "a function with the result of its type");
    check(v, inst->arg_count == fn->captured, "one operand a captured value");
    for (int i = 0; i < inst->type->param_count && !v->fault; i++)
        same_type(v, inst->type->params[i], fn->locals.items[fn->captured + i].type, "a parameter");
    for (int i = 0; i < inst->arg_count && !v->fault; i++) arg_is(v, i, fn->locals.items[i].type);
    result_is(v, inst->type);
}

static void check_any(Verify *v) {
    const CoreInst *inst = v->inst;
    bool makes = inst->op == CORE_OP_ANY_NEW;
    if (!check(v, inst->type && inst->type->kind != CORE_ENTRY, "the type of a value")) return;
    arg_is(v, 0, makes ? inst->type : v->program->any);
    result_is(v, makes ? v->program->any : inst->op == CORE_OP_ANY_IS ? v->program->boolean : inst->type);
}

static void check_call(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_CALL) {
        if (!check(v, inst->fn && inst->arg_count == inst->fn->param_count, "a function and its arguments")) return;
        for (int i = 0; i < inst->arg_count; i++) arg_is(v, i, inst->fn->locals.items[i].type);
        result_is(v, inst->fn->result);
    } else if (check(v, inst->arg_count > 0, "a closure") && arg_kind(v, 0, CORE_FN, "a closure")) {
        CoreType *type = arg_type(v, 0);
        check_params(v, type->params, type->param_count, 1);
        result_is(v, type->result);
    }
}

static void check_global(Verify *v) {
    if (!in_range(v, v->inst->index, v->program->globals.count, "global")) return;
    CoreType *type = v->program->globals.items[v->inst->index].type;
    if (v->inst->op == CORE_OP_GLOBAL_GET)
        result_is(v, type);
    else
        arg_is(v, 0, type);
}

static void check_state(Verify *v) {
    const CoreInst *inst = v->inst;
    if (!in_range(v, inst->index, v->program->tasks.count, "task")) return;
    const CoreTask *task = &v->program->tasks.items[inst->index];
    if (inst->op == CORE_OP_STATE_FIND) {
        arg_is(v, 0, task->key);
        result_is(v, v->program->entry);
        check(v, inst->variant == FIND_ENTRY || (inst->variant == FIND_BESIDE && task->key == v->program->unit), "a way to find");
        return;
    }
    arg_is(v, 0, v->program->entry);
    if (inst->op == CORE_OP_STATE_RESET) {
        check(v, task->drops && task->key != v->program->unit, "a task whose entries are dropped");
    } else if (inst->op == CORE_OP_STATE_KEY) {
        result_is(v, task->key);
    } else if (in_range(v, inst->variant, task->field_count, "state")) {
        CoreType *type = task->fields[inst->variant].type;
        if (inst->op == CORE_OP_STATE_SET)
            arg_is(v, 1, type);
        else
            result_is(v, type);
        if (inst->op == CORE_OP_STATE_LOOK || inst->op == CORE_OP_STATE_TAKE)
            check(v, type->kind == CORE_MAP || type->kind == CORE_SET, "a state with a map");
    }
}

static CoreType *source_setting(CoreProgram *program, const CoreSource *source, int setting) {
    switch (source->kind) {
    case SOURCE_FROM: return setting == SETTING_FROM_LIST ? source->event : NULL; // that of the elements
    case SOURCE_RANGE: return setting <= SETTING_RANGE_ATOM ? program->integer : NULL;
    case SOURCE_LINES:
    case SOURCE_JSON_LINES:
    case SOURCE_CSV:
        if (setting == SETTING_LINES_PATH) return program->string;
        return setting == SETTING_LINES_ATOM ? program->integer : NULL;
    case SOURCE_STDIN: return setting == SETTING_STDIN_ATOM ? program->integer : NULL;
    case SOURCE_EVERY:
        if (setting == SETTING_EVERY_PERIOD) return program->duration;
        return setting == SETTING_EVERY_TICKS ? program->integer : NULL;
    case SOURCE_ATOMS: return setting == SETTING_ATOMS_LISTS ? core_type_list(program, source->event) : NULL; // likewise
    case SOURCE_EMPTY:
    case SOURCE_INBOX:
    case SOURCE_NEXT: return NULL;
    }
    return NULL;
}

static void check_config(Verify *v) {
    const CoreInst *inst = v->inst;
    CoreProgram *program = v->program;
    if (inst->op == CORE_OP_CONFIG_SINK) {
        if (!in_range(v, inst->index, program->sinks.count, "sink")) return;
        CoreSinkKind kind = program->sinks.items[inst->index].kind;
        bool path = kind != SINK_PRINT && kind != SINK_OUTBOX && inst->variant == SETTING_WRITE_PATH;
        if (check(v, path, "a setting of the sink")) arg_is(v, 0, program->string);
        return;
    }
    if (!in_range(v, inst->index, program->sources.count, "source") || !check(v, inst->variant >= 0, "a setting")) return;
    const CoreSource *source = &program->sources.items[inst->index];
    CoreType *type = source_setting(program, source, inst->variant);
    if (!check(v, type, "a setting of the source")) return;
    if (source->kind != SOURCE_FROM && source->kind != SOURCE_ATOMS)
        arg_is(v, 0, type);
    else if (arg_kind(v, 0, CORE_LIST, "a list"))
        same_type(v, type, arg_type(v, 0)->elem, "an element");
}

// Which channels there are depends on the workflow that runs the function: see core_verify_graph.
static void check_try(Verify *v) {
    const CoreInst *inst = v->inst;
    int entries = inst->variant;
    check(v, inst->index >= 0 && entries >= 0 && entries <= inst->arg_count, "a channel and entries");
    if (v->fault || !check(v, inst->fn && inst->arg_count - entries == inst->fn->param_count, "a function and its arguments"))
        return;
    for (int i = 0; i < entries; i++)
        if (in_range(v, inst->tasks[i], v->program->tasks.count, "task")) arg_is(v, i, v->program->entry);
    for (int i = entries; i < inst->arg_count; i++) arg_is(v, i, inst->fn->locals.items[i - entries].type);
    check(v, inst->fn->result == v->program->unit, "a function without a result");
    result_is(v, v->program->boolean);
}

static void check_effect(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_TRY) {
        check_try(v);
    } else if (inst->op == CORE_OP_HELD) {
        check(v, inst->index >= 0 && inst->type && inst->type->kind == CORE_LIST, "a channel and a list");
        result_is(v, inst->type);
    } else if (inst->op == CORE_OP_SINK) {
        if (in_range(v, inst->index, v->program->sinks.count, "sink")) arg_is(v, 0, v->program->sinks.items[inst->index].event);
    } else if (inst->op == CORE_OP_ASSERT) {
        if (!check(v, inst->arg_count == 1 || inst->arg_count == 3, "its operands")) return;
        arg_is(v, 0, v->program->boolean);
        if (inst->arg_count == 3) same_type(v, arg_type(v, 1), arg_type(v, 2), "what is compared");
    } else if (inst->op == CORE_OP_FAIL) {
        arg_is(v, 0, v->program->string);
    } else if (inst->op == CORE_OP_EMIT) {
        check(v, inst->index >= 0, "a channel");
    } else if (inst->op == CORE_OP_SEND) {
        check(v, inst->index >= 0, "an exchange");
    } else if (inst->op == CORE_OP_AT && inst->args[0].kind != OPERAND_UNIT) {
        arg_is(v, 0, v->program->entry);
        in_range(v, inst->index, v->program->tasks.count, "task");
    }
}

static void check_async(Verify *v) {
    const char *what = core_verify_async(v->program, v->fn, v->inst);
    if (what) fault(v, "%s", what);
}

// ---- control -----------------------------------------------------------------------------------------------------------------

static void check_block(Verify *v, const CoreBlock *block);

static void check_branches(Verify *v) {
    const CoreInst *inst = v->inst;
    check(v, inst->block_count == 2, "its blocks");
    arg_is(v, 0, v->program->boolean);
    Merge merge = {.base = v->trail.count};
    bool reachable = v->reachable;
    for (int i = 0; i < inst->block_count && !v->fault; i++) {
        v->reachable = reachable;
        check_block(v, inst->blocks[i]);
        merge_path(v, &merge);
        undo(v, merge.base);
    }
    merge_finish(v, &merge);
}

static void check_loop(Verify *v) {
    const CoreInst *inst = v->inst;
    if (!check(v, inst->block_count == 1, "one body")) return;
    Merge merge = {.base = v->trail.count};
    Merge *outer = v->loop_exit;
    v->loop_exit = &merge;
    if (inst->op == CORE_OP_FOR_RANGE) {
        check_arithmetic(v, v->program->integer);
    } else if (inst->op == CORE_OP_FOR_LIST && arg_kind(v, 0, CORE_LIST, "a list")) {
        result_is(v, arg_type(v, 0)->elem);
    }
    if (inst->op != CORE_OP_LOOP) {
        merge_path(v, &merge); // no rounds at all
        if (inst->dst >= 0 && !v->fault) assign(v, inst->dst);
    }
    if (!v->fault) check_block(v, inst->blocks[0]);
    v->loop_exit = outer;
    merge_finish(v, &merge);
}

static void check_leave(Verify *v) {
    const CoreInst *inst = v->inst;
    if (inst->op == CORE_OP_RETURN) {
        if (v->fn->result == v->program->never)
            fault(v, "a function that never returns");
        else
            arg_is(v, 0, v->fn->result);
    } else if (inst->op == CORE_OP_BREAK || inst->op == CORE_OP_CONTINUE) {
        if (!check(v, v->loop_exit, "a loop around it")) return;
        if (inst->op == CORE_OP_BREAK) merge_path(v, v->loop_exit);
    }
    v->reachable = false;
}

static void check_foreign(Verify *v) {
    if (!in_range(v, v->inst->index, v->program->foreign.count, "foreign function")) return;
    const CoreForeign *foreign = &v->program->foreign.items[v->inst->index];
    if (!check(v, v->inst->arg_count == foreign->param_count, "as many arguments as C takes")) return;
    for (int i = 0; i < foreign->param_count; i++) arg_is(v, i, foreign->params[i]->type);
    if (v->inst->dst >= 0) result_is(v, foreign->result->type);
}

static void check_value(Verify *v) {
    const CoreInst *inst = v->inst;
    switch (inst->op) {
    case CORE_OP_COPY: result_is(v, arg_type(v, 0)); break;
    case CORE_OP_ZERO:
        if (check(v, inst->type, "a type")) result_is(v, inst->type);
        break;
    case CORE_OP_NOT: check_arithmetic(v, v->program->boolean); break;
    case CORE_OP_PARTITIONED: result_is(v, v->program->boolean); break;
    case CORE_OP_ATOM_NUMBER: result_is(v, v->program->integer); break;
    case CORE_OP_EFFECT_KEY:
        in_range(v, v->inst->index, v->program->tasks.count, "task");
        arg_is(v, 0, v->program->entry);
        result_is(v, v->program->string);
        break;
    case CORE_OP_SHOW: result_is(v, v->program->string); break;
    case CORE_OP_CONCAT: check_arithmetic(v, v->program->string); break;
    case CORE_OP_DURATION:
        arg_is(v, 0, v->program->integer);
        result_is(v, v->program->duration);
        break;
    case CORE_OP_CALL_FOREIGN: check_foreign(v); break;
    case CORE_OP_CALL_BUILTIN: check(v, inst->text, "the name of a function"); break;
    default: assert(!"an instruction"); break;
    }
}

static void check_op(Verify *v) {
    CoreOp op = v->inst->op;
    if (op >= CORE_OP_INT_ADD && op <= CORE_OP_INT_MUL_WRAP)
        check_arithmetic(v, number_type(v));
    else if (op >= CORE_OP_FLOAT_ADD && op <= CORE_OP_FLOAT_NEG)
        check_arithmetic(v, v->program->floating);
    else if (op >= CORE_OP_EQ && op <= CORE_OP_GE)
        check_comparison(v);
    else if (op == CORE_OP_STRUCT_NEW || op == CORE_OP_STRUCT_GET)
        check_struct(v);
    else if (op >= CORE_OP_ENUM_NEW && op <= CORE_OP_ENUM_GET)
        check_enum(v);
    else if (op >= CORE_OP_LIST_NEW && op <= CORE_OP_LIST_PART)
        check_list(v);
    else if (op >= CORE_OP_MAP_AT && op <= CORE_OP_MAP_SHARE)
        check_map(v);
    else if (op == CORE_OP_CLOSURE_NEW)
        check_closure(v);
    else if (op >= CORE_OP_ANY_NEW && op <= CORE_OP_ANY_GET)
        check_any(v);
    else if (op == CORE_OP_CALL || op == CORE_OP_CALL_CLOSURE)
        check_call(v);
    else if (op == CORE_OP_GLOBAL_GET || op == CORE_OP_GLOBAL_SET)
        check_global(v);
    else if (op >= CORE_OP_STATE_FIND && op <= CORE_OP_STATE_RESET)
        check_state(v);
    else if (op == CORE_OP_CONFIG_SOURCE || op == CORE_OP_CONFIG_SINK)
        check_config(v);
    else if (op >= CORE_OP_EMIT && op <= CORE_OP_FAIL)
        check_effect(v);
    else if (op >= CORE_OP_FRAME_NEW && op <= CORE_OP_RAISE)
        check_async(v);
    else if (op == CORE_OP_IF)
        check_branches(v);
    else if (op >= CORE_OP_LOOP && op <= CORE_OP_FOR_LIST)
        check_loop(v);
    else if (op >= CORE_OP_BREAK)
        check_leave(v);
    else
        check_value(v);
    if (op == CORE_OP_FAIL || op == CORE_OP_RAISE) v->reachable = false;
}

static bool ends(CoreOp op) {
    return op >= CORE_OP_BREAK || op == CORE_OP_FAIL || op == CORE_OP_RAISE;
}

// How many operands core.def says; -1 for any number.
static int operand_count(CoreOp op) {
    enum { V = -1 };
    static const signed char counts[] = {
#define OP(name, text, operands, result) operands,
#include "compiler/core.def"
#undef OP
    };
    return counts[op];
}

static void check_inst(Verify *v, const CoreInst *inst) {
    const CoreInst *outer = v->inst;
    v->inst = inst;
    int count = operand_count(inst->op);
    if (check(v, count < 0 || inst->arg_count == count, "the number of its operands")) check_args(v);
    if (!v->fault) check_op(v);
    bool loop = inst->op >= CORE_OP_LOOP && inst->op <= CORE_OP_FOR_LIST;
    if (!v->fault && inst->dst >= 0 && !loop) assign(v, inst->dst);
    v->inst = outer;
}

static void check_block(Verify *v, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count && !v->fault; i++) {
        check_inst(v, block->insts.items[i]);
        if (ends(block->insts.items[i]->op) && i + 1 < block->insts.count) fault(v, "code after the end of a block");
    }
}

static void check_fn(Verify *v, const CoreFn *fn) {
    v->fn = fn;
    v->inst = NULL;
    if (!check(v, fn->param_count <= fn->locals.count && fn->captured <= fn->param_count, "its parameters")) return;
    v->assigned = ARENA_ARRAY(v->program->arena, bool, fn->locals.count);
    v->trail.count = 0;
    v->reachable = true;
    for (int i = 0; i < fn->param_count; i++) assign(v, i);
    check_block(v, fn->body);
    v->inst = NULL;
    check(v, v->fault || !v->reachable, "the end of the function can be reached");
}

const char *core_verify(CoreProgram *program) {
    Verify v = {.program = program, .fault = core_verify_graph(program)};
    for (int i = 0; i < program->fns.count && !v.fault; i++) check_fn(&v, program->fns.items[i]);
    return v.fault;
}
