// lower_foreign.c - foreign functions: how the types of their signatures cross to C, and their calls.
#include "compiler/lower_internal.h"

#include "lang/foreign_type.h"
#include "vm/program.h"

// ---- types -------------------------------------------------------------------------------------------------------------

// Where a value is that crosses.
typedef enum Place { PLACE_ARGUMENT, PLACE_RESULT, PLACE_FIELD } Place;

static CoreForeignType *add_type(Builder *b, int kind, CoreType *type, uint32_t size) {
    CoreProgram *core = b->lower->core;
    CoreForeignType *foreign = ARENA_NEW(b->lower->arena, CoreForeignType);
    *foreign = (CoreForeignType){.kind = kind, .type = type, .size = size, .align = size, .number = core->foreign_types.count};
    vec_push(b->lower->arena, &core->foreign_types, foreign);
    return foreign;
}

static CoreForeignType *add_number(Builder *b, CoreType *type, int number) {
    static const struct {
        int kind;
        uint32_t size;
    } numbers[] = {
#define C_NUMBER(NAME, name, bytes) [C_##NAME] = {PT_FOREIGN_##NAME, bytes},
#include "lang/c_numbers.def"
#undef C_NUMBER
    };
    if (number) return add_type(b, numbers[number].kind, type, numbers[number].size);
    return add_type(b, type->kind == CORE_INT ? PT_FOREIGN_INT64 : PT_FOREIGN_FLOAT64, type, 8);
}

// As C does: each field at its natural alignment.
static CoreForeignType *finish_struct(Builder *b, CoreForeignType *type) {
    type->offsets = ARENA_ARRAY(b->lower->arena, uint32_t, type->field_count);
    type->align = 1;
    for (int i = 0; i < type->field_count; i++) {
        const CoreForeignType *field = type->fields[i];
        if (field->align > type->align) type->align = field->align;
        type->offsets[i] = (type->size + field->align - 1) / field->align * field->align;
        type->size = type->offsets[i] + field->size;
    }
    type->size = (type->size + type->align - 1) / type->align * type->align;
    return type;
}

static CoreForeignType *add_bytes(Builder *b, CoreType *type) {
    CoreForeignType *bytes = add_type(b, PT_FOREIGN_STRUCT, type, 0);
    bytes->field_count = 2;
    bytes->fields = ARENA_ARRAY(b->lower->arena, const CoreForeignType *, 2);
    bytes->fields[0] = add_type(b, PT_FOREIGN_POINTER, type, 8);
    bytes->fields[1] = add_number(b, b->lower->core->integer, C_NONE);
    return finish_struct(b, bytes);
}

// `written`: the type in the signature; NULL within a record, where no number type of C can stand.
static CoreForeignType *foreign_type(Builder *b, const Ast *written, CoreType *type, Place place) {
    switch (type->kind) {
    case CORE_INT:
    case CORE_FLOAT: return add_number(b, type, written ? written->op : C_NONE);
    case CORE_BOOL: return add_type(b, PT_FOREIGN_BOOL, type, 1);
    case CORE_BYTES: return place == PLACE_ARGUMENT ? add_type(b, PT_FOREIGN_POINTER, type, 8) : add_bytes(b, type);
    case CORE_STRUCT: break;
    case CORE_UNIT: return add_type(b, PT_FOREIGN_VOID, type, 0);
    default: return add_type(b, PT_FOREIGN_POINTER, type, 8); // a String, or an Option of one
    }
    const CoreVariant *fields = &type->variants[0];
    CoreForeignType *foreign = add_type(b, PT_FOREIGN_STRUCT, type, 0);
    foreign->field_count = fields->field_count;
    foreign->fields = ARENA_ARRAY(b->lower->arena, const CoreForeignType *, fields->field_count);
    const Ast *elems = written && written->kind == AST_t_tuple ? written->kid[t_tuple_elems] : NULL;
    for (int i = 0; i < fields->field_count; i++)
        foreign->fields[i] = foreign_type(b, elems ? elems->kid[i] : NULL, fields->fields[i].type, PLACE_FIELD);
    return finish_struct(b, foreign);
}

// ---- functions -----------------------------------------------------------------------------------------------------------

static const char *text_of(Lower *lower, const Ast *string) {
    return arena_copy_string(lower->arena, string->text, string->length);
}

static void declare(Builder *b, const Def *def) {
    Lower *lower = b->lower;
    const Ast *ast = def->ast, *params = ast->kid[fn_params], *symbol = ast->kid[fn_symbol];
    CoreForeign foreign = {.name = lower_name_of(lower, def), .library = text_of(lower, ast->kid[fn_library])};
    foreign.symbol = symbol ? text_of(lower, symbol) : def->name;
    foreign.pure = ast->flags & FLAG_PURE;
    foreign.span = def->span;
    foreign.library_span = ast->kid[fn_library]->span;
    foreign.symbol_span = symbol ? symbol->span : def->span;
    foreign.param_count = params->kid_count;
    foreign.params = ARENA_ARRAY(lower->arena, const CoreForeignType *, params->kid_count + 1);
    foreign.param_names = ARENA_ARRAY(lower->arena, const char *, params->kid_count + 1);
    for (int i = 0; i < params->kid_count; i++) {
        const Ast *parameter = params->kid[i];
        CoreType *type = lower_type(b, def->type->args[i]);
        foreign.params[i] = foreign_type(b, parameter->kid[parameter_type], type, PLACE_ARGUMENT);
        foreign.param_names[i] = parameter->kid[parameter_pattern]->name;
    }
    CoreType *result = lower_type(b, def->type->args[params->kid_count]);
    foreign.result = foreign_type(b, ast->kid[fn_result], result, PLACE_RESULT);
    map_put(lower->arena, &lower->foreign, def, box_number(lower->core->foreign.count));
    vec_push(lower->arena, &lower->core->foreign, foreign);
}

CoreOperand lower_call_foreign(Builder *b, Def *def, const CoreOperand *args, int count, Span span) {
    if (!map_get(&b->lower->foreign, def)) declare(b, def);
    int number = unbox_number(map_get(&b->lower->foreign, def));
    CoreType *result = b->lower->core->foreign.items[number].result->type;
    bool nothing = result == b->lower->core->unit;
    CoreOperand dst = nothing ? operand_unit() : builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL_FOREIGN, nothing ? -1 : dst.local, count, 0, span);
    inst->index = number;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    return dst;
}
