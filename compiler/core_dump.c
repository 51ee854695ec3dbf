// core_dump.c - the core as text, for people and golden tests, and for hashing (core_hash.c).
#include "compiler/core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/program.h"

// Whether functions and locals are printed with their names: for people; for ids that cover the code of all that is called; for
// ids that do not.
typedef enum Names { NAMES_SHOWN, NAMES_LEFT_OUT, NAMES_OF_CALLED } Names;

typedef struct Dump {
    const CoreProgram *program;
    const CoreFn *fn;
    Buf *out;
    Names names;
    int depth;
} Dump;

// ---- operands --------------------------------------------------------------------------------------------------------------

static void put_string(Buf *out, const char *text, size_t length) {
    buf_putc(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_puts(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u{%x}", c);
        else
            buf_putc(out, (char)c);
    }
    buf_putc(out, '"');
}

// With as many digits as it takes to read back as the same number, and never like an Int.
static void put_float(Buf *out, double value) {
    char text[40];
    int digits = 15;
    do snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtod(text, NULL) != value && !isnan(value) && ++digits <= 17);
    buf_puts(out, text);
    if (isfinite(value) && !strpbrk(text, ".e")) buf_puts(out, ".0");
}

static void put_operand(Dump *d, CoreOperand operand) {
    switch (operand.kind) {
    case OPERAND_LOCAL: buf_printf(d->out, "%%%d", operand.local); break;
    case OPERAND_UNIT: buf_puts(d->out, "()"); break;
    case OPERAND_INT: buf_printf(d->out, "%lld", (long long)operand.int_value); break;
    case OPERAND_FLOAT: put_float(d->out, operand.float_value); break;
    case OPERAND_BOOL: buf_puts(d->out, operand.int_value ? "true" : "false"); break;
    case OPERAND_STRING: put_string(d->out, operand.text, operand.length); break;
    }
}

static void put_local(Dump *d, int local) {
    const CoreLocal *info = &d->fn->locals.items[local];
    buf_printf(d->out, "%%%d", local);
    if (info->name && d->names == NAMES_SHOWN) buf_printf(d->out, " %s", info->name);
    buf_printf(d->out, ": %s", info->type->name);
}

// ---- instructions ----------------------------------------------------------------------------------------------------------

static const char *op_text(CoreOp op) {
    static const char *const texts[] = {
#define OP(name, text, operands, result) text,
#include "compiler/core.def"
#undef OP
    };
    return texts[op];
}

// The name of a field where it has one, else its number.
static void put_field(Buf *out, const CoreVariant *variant, int index) {
    const char *name = variant->fields[index].name;
    if (name)
        buf_printf(out, ".%s", name);
    else
        buf_printf(out, ".%d", index);
}

static void put_task_field(Dump *d, const CoreInst *inst) {
    const CoreTask *task = &d->program->tasks.items[inst->index];
    buf_printf(d->out, " %s.%s", task->name, task->fields[inst->variant].name);
}

static void put_builtin(Dump *d, const CoreInst *inst) {
    buf_printf(d->out, " %s", inst->text);
    for (int i = 0; i < inst->type_count; i++) buf_printf(d->out, "%s%s", i ? ", " : "[", inst->types[i]->name);
    if (inst->type_count) buf_putc(d->out, ']');
}

static void put_portal(Dump *d, const CoreInst *inst, const char *const *portals) {
    buf_printf(d->out, " %s %s", d->program->tasks.items[inst->index].name, portals[inst->variant]);
}

// What tasks that wait name.
static void put_async(Dump *d, const CoreInst *inst) {
    const CoreTask *task = &d->program->tasks.items[inst->index];
    switch (inst->op) {
    case CORE_OP_REQUEST: put_portal(d, inst, task->async->replies); break;
    case CORE_OP_ASK:
    case CORE_OP_ASK_ONLY: put_portal(d, inst, task->async->asks); break;
    case CORE_OP_FUTURE_OF:
    case CORE_OP_AWAITED: buf_printf(d->out, " %s", inst->type->name); break;
    case CORE_OP_START:
    case CORE_OP_PROMISE:
    case CORE_OP_SLEEP:
    case CORE_OP_SPAWN:
    case CORE_OP_FIRST_OF: buf_printf(d->out, " %s", task->name); break;
    default: break;
    }
}

// A name within a task, without what it is within: that has numbers in it, which change with the graph.
static const char *last_name(const char *name) {
    const char *last = name;
    for (; *name && *name != '['; name++)
        if (*name == '.') last = name + 1;
    return last;
}

static void put_global(Dump *d, const char *name) {
    buf_printf(d->out, " %s", d->names == NAMES_OF_CALLED ? last_name(name) : name);
}

// What goes with the name of a function, where its code does not.
static void put_called(Dump *d, const CoreInst *inst) {
    const CoreFn *fn = inst->fn;
    if (d->names != NAMES_OF_CALLED) {
        buf_printf(d->out, " %s", d->names == NAMES_SHOWN ? fn->name : "function");
        return;
    }
    buf_printf(d->out, " %s", inst->op != CORE_OP_CALL ? "function" : fn->task ? fn->title : fn->name);
    for (int i = 0; i < fn->param_count; i++) buf_printf(d->out, "%s%s", i ? ", " : "(", fn->locals.items[i].type->name);
    buf_printf(d->out, ") -> %s", fn->result->name);
}

static void put_foreign_type(Buf *out, const CoreForeignType *type) {
    static const char *const names[] = {
        [PT_FOREIGN_VOID] = "void",      [PT_FOREIGN_BOOL] = "bool",       [PT_FOREIGN_INT8] = "int8",
        [PT_FOREIGN_INT16] = "int16",    [PT_FOREIGN_INT32] = "int32",     [PT_FOREIGN_INT64] = "int64",
        [PT_FOREIGN_UINT8] = "uint8",    [PT_FOREIGN_UINT16] = "uint16",   [PT_FOREIGN_UINT32] = "uint32",
        [PT_FOREIGN_UINT64] = "uint64",  [PT_FOREIGN_FLOAT32] = "float32", [PT_FOREIGN_FLOAT64] = "float64",
        [PT_FOREIGN_POINTER] = "pointer"};
    if (type->kind != PT_FOREIGN_STRUCT) {
        buf_puts(out, names[type->kind]);
        return;
    }
    for (int i = 0; i < type->field_count; i++) {
        buf_puts(out, i ? ", " : "{");
        put_foreign_type(out, type->fields[i]);
    }
    buf_putc(out, '}');
}

// Also what the code of C is known by, which no hash can cover.
static void put_foreign(Dump *d, const CoreForeign *foreign) {
    buf_printf(d->out, " %s from ", foreign->symbol);
    put_string(d->out, foreign->library, strlen(foreign->library));
    for (int i = 0; i < foreign->param_count; i++) {
        buf_puts(d->out, i ? ", " : "(");
        put_foreign_type(d->out, foreign->params[i]);
    }
    buf_puts(d->out, foreign->param_count ? ") -> " : "() -> ");
    put_foreign_type(d->out, foreign->result);
}

// What an instruction names besides its operands.
static void put_subject(Dump *d, const CoreInst *inst) {
    const CoreProgram *program = d->program;
    switch (inst->op) {
    case CORE_OP_ZERO:
    case CORE_OP_MAP_GET:
    case CORE_OP_MAP_RECAST:
    case CORE_OP_ANY_NEW:
    case CORE_OP_ANY_IS:
    case CORE_OP_ANY_GET:
    case CORE_OP_STRUCT_NEW:
    case CORE_OP_LIST_NEW: buf_printf(d->out, " %s", inst->type->name); break;
    case CORE_OP_STRUCT_GET:
        buf_putc(d->out, ' ');
        put_field(d->out, &core_operand_type(program, d->fn, inst->args[0])->variants[0], inst->index);
        break;
    case CORE_OP_ENUM_NEW: buf_printf(d->out, " %s.%s", inst->type->name, inst->type->variants[inst->index].name); break;
    case CORE_OP_ENUM_GET: {
        const CoreVariant *variant = &core_operand_type(program, d->fn, inst->args[0])->variants[inst->variant];
        buf_printf(d->out, " %s", variant->name);
        put_field(d->out, variant, inst->index);
        break;
    }
    case CORE_OP_CLOSURE_NEW:
    case CORE_OP_TRY:
    case CORE_OP_FRAME_NEW:
    case CORE_OP_CALL: put_called(d, inst); break;
    case CORE_OP_CALL_BUILTIN: put_builtin(d, inst); break;
    case CORE_OP_CALL_FOREIGN: put_foreign(d, &program->foreign.items[inst->index]); break;
    case CORE_OP_GLOBAL_GET:
    case CORE_OP_GLOBAL_SET: put_global(d, program->globals.items[inst->index].name); break;
    case CORE_OP_ASSERT: buf_printf(d->out, " `%s`", inst->text); break;
    case CORE_OP_AT:
        if (inst->args[0].kind == OPERAND_UNIT) break;
        __attribute__((fallthrough));
    case CORE_OP_STATE_FIND:
    case CORE_OP_STATE_KEY:
    case CORE_OP_EFFECT_KEY:
    case CORE_OP_STATE_RESET:
        buf_printf(d->out, " %s", program->tasks.items[inst->index].name);
        if (inst->op == CORE_OP_STATE_FIND && inst->variant == FIND_BESIDE) buf_puts(d->out, " beside");
        break;
    case CORE_OP_STATE_GET:
    case CORE_OP_STATE_LOOK:
    case CORE_OP_STATE_TAKE:
    case CORE_OP_STATE_SET: put_task_field(d, inst); break;
    case CORE_OP_EMIT: // what a task emits goes to one channel, whichever that is
        if (d->names == NAMES_OF_CALLED) break;
        __attribute__((fallthrough));
    case CORE_OP_HELD:
    case CORE_OP_SEND:
    case CORE_OP_SINK: buf_printf(d->out, " #%d", inst->index); break;
    case CORE_OP_CONFIG_SOURCE:
    case CORE_OP_CONFIG_SINK: buf_printf(d->out, " #%d.%d", inst->index, inst->variant); break;
    case CORE_OP_START ... CORE_OP_AWAITED: put_async(d, inst); break;
    default: break;
    }
}

static void put_block(Dump *d, const CoreBlock *block);

static void put_indent(Dump *d) {
    for (int i = 0; i < d->depth; i++) buf_puts(d->out, "  ");
}

static void put_body(Dump *d, const CoreBlock *block) {
    buf_puts(d->out, "{\n");
    put_block(d, block);
    put_indent(d);
    buf_putc(d->out, '}');
}

static void put_blocks(Dump *d, const CoreInst *inst) {
    buf_putc(d->out, ' ');
    put_body(d, inst->blocks[0]);
    if (inst->op != CORE_OP_IF || inst->blocks[1]->insts.count == 0) return;
    buf_puts(d->out, " else ");
    put_body(d, inst->blocks[1]);
}

// What a frame keeps where the instruction waits.
static void put_kept(Dump *d, const CoreInst *inst) {
    const CoreWait *point = &d->fn->points.items[inst->wait - 1];
    buf_puts(d->out, " keeping");
    if (point->local_count == 0) buf_puts(d->out, " nothing");
    for (int i = 0; i < point->local_count; i++) buf_printf(d->out, "%s%%%d", i ? ", " : " ", point->locals[i]);
}

// core_moves, which looks at the code of what is called, chooses among these.
static CoreOp plain_op(CoreOp op) {
    return op == CORE_OP_STATE_LOOK || op == CORE_OP_STATE_TAKE ? CORE_OP_STATE_GET : op;
}

static void put_inst(Dump *d, const CoreInst *inst) {
    if (d->names == NAMES_OF_CALLED && inst->op == CORE_OP_MAP_SHARE) return;
    put_indent(d);
    if (inst->dst >= 0) {
        put_local(d, inst->dst);
        buf_puts(d->out, " = ");
    }
    buf_puts(d->out, op_text(d->names == NAMES_OF_CALLED ? plain_op(inst->op) : inst->op));
    put_subject(d, inst);
    for (int i = 0; i < inst->arg_count; i++) {
        buf_puts(d->out, i ? ", " : " ");
        put_operand(d, inst->args[i]);
    }
    if (inst->wait && d->names == NAMES_SHOWN) put_kept(d, inst);
    if (inst->block_count) put_blocks(d, inst);
    buf_putc(d->out, '\n');
}

static void put_block(Dump *d, const CoreBlock *block) {
    d->depth++;
    for (int i = 0; i < block->insts.count; i++) put_inst(d, block->insts.items[i]);
    d->depth--;
}

// ---- declarations ------------------------------------------------------------------------------------------------------------

static void put_fields(Buf *out, const CoreField *fields, int count) {
    for (int i = 0; i < count; i++) {
        buf_puts(out, i ? ", " : "(");
        if (fields[i].name) buf_printf(out, "%s: ", fields[i].name);
        buf_printf(out, "%s%s", fields[i].boxed ? "boxed " : "", fields[i].type->name);
    }
    if (count) buf_putc(out, ')');
}

// The named types; all others say what they are.
void core_dump_type(const CoreType *type, Buf *out) {
    if (type->kind == CORE_STRUCT && type->variants[0].name) {
        buf_printf(out, "record %s", type->name);
        put_fields(out, type->variants[0].fields, type->variants[0].field_count);
        buf_putc(out, '\n');
    }
    if (type->kind == CORE_ENUM) {
        buf_printf(out, "enum %s\n", type->name);
        for (int i = 0; i < type->variant_count; i++) {
            buf_printf(out, "  %s", type->variants[i].name);
            put_fields(out, type->variants[i].fields, type->variants[i].field_count);
            buf_putc(out, '\n');
        }
    }
}

static void put_portals(Buf *out, const char *role, const char *const *portals, int count) {
    for (int i = 0; i < count; i++) buf_printf(out, "%s%s", i ? ", " : role, portals[i]);
    if (count) buf_putc(out, '\n');
}

static void put_task_async(Buf *out, const CoreAsync *async) {
    if (async->busy >= 0) buf_puts(out, "  exclusive\n");
    put_portals(out, "  asks ", async->asks, async->ask_count);
    put_portals(out, "  replies ", async->replies, async->reply_count);
    if (async->held >= 0) buf_printf(out, "  holds #%d\n", async->held);
    const CoreFn *fns[] = {async->flush, async->fail, async->on_error};
    static const char *const roles[] = {"flush", "fail", "on_error"};
    for (int i = 0; i < 3; i++)
        if (fns[i]) buf_printf(out, "  %s: %s\n", roles[i], fns[i]->name);
}

static void put_task(Buf *out, const CoreTask *task) {
    buf_printf(out, "task %s key %s", task->name, task->key->name);
    if (task->field_count) buf_puts(out, " state ");
    put_fields(out, task->fields, task->field_count);
    buf_putc(out, '\n');
    const CoreFn *fns[] = {task->init, task->on_atom, task->on_end, task->touch};
    static const char *const roles[] = {"init", "on_atom", "on_end", "touch"};
    for (int i = 0; i < 4; i++)
        if (fns[i]) buf_printf(out, "  %s: %s\n", roles[i], fns[i]->name);
    if (task->async) put_task_async(out, task->async);
}

static void put_workflow(Buf *out, const CoreProgram *program, const CoreWorkflow *workflow, int number) {
    static const char *const inputs[] = {"input", "requests", "replies"};
    buf_printf(out, "workflow %s -> stream #%d\n", workflow->name, program->sources.count + number);
    for (int i = 0; i < workflow->inputs.count; i++)
        buf_printf(out, "  %s #%d: %s\n", inputs[workflow->inputs.items[i].kind], workflow->inputs.items[i].stream,
                   workflow->inputs.items[i].stage->name);
    for (int i = 0; i < workflow->channels.count; i++) {
        const CoreChannel *channel = &workflow->channels.items[i];
        buf_printf(out, "  channel #%d: %s -> ", i, channel->event->name);
        if (channel->stream < 0)
            buf_puts(out, "nowhere\n");
        else
            buf_printf(out, "stream #%d\n", channel->stream);
    }
    if (workflow->dead) buf_printf(out, "  errors to stream #%d\n", workflow->dead);
    for (int i = 0; i < workflow->exchanges.count; i++) {
        const CoreExchange *exchange = workflow->exchanges.items[i];
        const char *key = exchange->key_is_event ? "itself" : exchange->key->name;
        buf_printf(out, "  exchange #%d: %s key %s -> %s, level %d\n", i, exchange->event->name, key, exchange->stage->name,
                   exchange->level);
    }
    for (int i = 0; i < workflow->tasks.count; i++)
        buf_printf(out, "  task %s\n", program->tasks.items[workflow->tasks.items[i]].name);
}

static void put_graph(Buf *out, const CoreProgram *program) {
    static const char *const sources[] = {"from",       "range", "lines", "stdin", "empty", "next",
                                          "json_lines", "csv",   "atoms", "every", "inbox"};
    static const char *const sinks[] = {"print", "write", "write_json", "write_csv", "outbox"};
    for (int i = 0; i < program->params.count; i++) {
        const CoreGlobal *global = &program->globals.items[program->params.items[i].global];
        buf_printf(out, "param %s: %s\n", program->params.items[i].name, global->type->name);
    }
    for (int i = 0; i < program->sources.count; i++) {
        const CoreSource *source = &program->sources.items[i];
        buf_printf(out, "stream #%d %s: %s = %s\n", i, source->name, source->event->name, sources[source->kind]);
    }
    for (int i = 0; i < program->sinks.count; i++)
        buf_printf(out, "sink #%d: %s = %s\n", i, program->sinks.items[i].event->name, sinks[program->sinks.items[i].kind]);
    for (int i = 0; i < program->tasks.count; i++) put_task(out, &program->tasks.items[i]);
    for (int i = 0; i < program->workflows.count; i++) put_workflow(out, program, &program->workflows.items[i], i);
}

static void put_fn(Dump *d) {
    buf_printf(d->out, "\nfn %s(", d->names == NAMES_SHOWN ? d->fn->name : "");
    for (int i = 0; i < d->fn->param_count; i++) {
        if (i) buf_puts(d->out, ", ");
        put_local(d, i);
    }
    buf_printf(d->out, ") -> %s\n", d->fn->result->name);
    put_block(d, d->fn->body);
}

void core_dump_code(const CoreProgram *program, const CoreFn *fn, Buf *out) {
    put_fn(&(Dump){program, fn, out, NAMES_LEFT_OUT, 0});
}

void core_dump_own_code(const CoreProgram *program, const CoreFn *fn, Buf *out) {
    put_fn(&(Dump){program, fn, out, NAMES_OF_CALLED, 0});
}

void core_dump(const CoreProgram *program, Buf *out) {
    for (int i = 0; i < program->types.count; i++) core_dump_type(program->types.items[i], out);
    put_graph(out, program);
    for (int i = 0; i < program->fns.count; i++) put_fn(&(Dump){program, program->fns.items[i], out, NAMES_SHOWN, 0});
}
