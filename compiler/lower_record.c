#include "compiler/lower_internal.h"

// Calls of functions of the VM that stand for nothing in the program: those of vm/records.h and vm/throttle.h.

static CoreInst *call_vm(Builder *b, const char *name, int dst, int arg_count, CoreType *type, Span span) {
    CoreInst *call = builder_inst(b, CORE_OP_CALL_BUILTIN, dst, arg_count, 0, span);
    call->text = name;
    if (!type) return call;
    call->types = ARENA_NEW(b->lower->arena, CoreType *);
    call->types[0] = type;
    call->type_count = 1;
    return call;
}

// ---- text ------------------------------------------------------------------------------------------------------------------

static bool is_library_type(const Type *type, const char *module, const char *name) {
    return type->kind == TYPE_CON && def_is_of_library(type->def, module, name);
}

// Result[T, Error]: what cannot be read is an Err.
static bool holds_errors(Type *record) {
    record = type_resolve(record);
    return is_library_type(record, "result", "Result") && is_library_type(type_resolve(record->args[1]), "error", "Error");
}

CoreOperand lower_parse(Builder *b, Node *node, CoreOperand text) {
    const Stream *stream = node->inputs.items[0]->from;
    bool json = stream->source->kind == NODE_JSON_LINES, errors = holds_errors(node->event);
    const char *name = json     ? errors ? "pt_json_line_or_error" : "pt_json_line"
                       : errors ? "pt_csv_record_or_error"
                                : "pt_csv_record";
    CoreType *type = lower_type(b, node->event);
    CoreOperand value = builder_local(b, type, NULL);
    CoreInst *call = call_vm(b, name, value.local, 2, type, stream->source->span);
    call->args[0] = text;
    call->args[1] = operand_int(stream->number);
    bool *generic = ARENA_ARRAY(b->lower->arena, bool, 3);
    generic[2] = true; // the value goes to where a pointer says, whatever it is
    call->generic = generic;
    return value;
}

void lower_record_type(Builder *b, const Stream *stream, int source) {
    Type *record = type_resolve(stream->record);
    if (holds_errors(record)) record = record->args[0];
    call_vm(b, "pt_config_source_record", -1, 1, lower_type(b, record), stream->source->span)->args[0] = operand_int(source);
}

// ---- throttles -------------------------------------------------------------------------------------------------------------

void lower_throttle(Builder *b, GraphLower *graph, Node *node) {
    Lower *lower = graph->lower;
    CoreOperand events = lower_static(lower, node->within, node->args[0]), per = lower_static(lower, node->within, node->args[1]);
    CoreInst *config = call_vm(lower->setup, "pt_config_throttle", -1, 4, NULL, node->span);
    int number = lower->throttles++;
    config->args[0] = operand_int(number);
    config->args[1] = operand_int(graph->number);
    config->args[2] = events;
    config->args[3] = per;
    call_vm(b, "pt_throttle", -1, 1, NULL, node->span)->args[0] = operand_int(number);
}
