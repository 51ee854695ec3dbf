#include "lang/check_internal.h"

#include <assert.h>
#include <string.h>

// Signatures and bodies of declarations. A body is checked when its turn comes, or earlier if its type is needed.

// ---- parameters ------------------------------------------------------------------------------------------------------

void check_parameter_types(Checker *c, Ast *params, Type **types, StreamUse streams) {
    for (int i = 0; i < params->kid_count; i++) types[i] = resolve_type(c, params->kid[i]->kid[parameter_type], streams);
}

void check_bind_parameters(Checker *c, Ast *params, Type **types) {
    Map seen = {0};
    for (int i = 0; i < params->kid_count; i++) {
        Ast *pattern = params->kid[i]->kid[parameter_pattern];
        check_pattern(c, pattern, types[i]);
        infer_irrefutable(c, pattern);
        if (pattern->kind != AST_p_name) continue;
        Def *earlier = map_get(&seen, pattern->name);
        if (earlier) report_duplicate(c, pattern->name, pattern->span, earlier->span, "parameter");
        map_put(c->arena, &seen, pattern->name, pattern->def);
    }
}

static bool mentions_parameter(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (mentions_parameter(type->args[i])) return true;
    return false;
}

void check_parameter_defaults(Checker *c, Def *def, Ast *params) {
    for (int i = 0; i < params->kid_count; i++) {
        Ast *parameter = params->kid[i], *value = parameter->kid[parameter_value];
        if (!value) continue;
        Type *type = parameter->kid[parameter_type]->type;
        if (mentions_parameter(type)) {
            report_unavailable(c, value->span, NULL, "a default value for a parameter of generic type");
            continue;
        }
        Body body;
        infer_begin(c, &body, def, def->module);
        Expect expect = {.type = type, .reason = "parameter type", .why = parameter->kid[parameter_type]->span};
        if (type_is_task(type))
            check_task_expr(c, value, &expect);
        else if (type_is(type, BUILTIN_PORTAL))
            check_portal_argument(c, value, &expect);
        else
            check_expr(c, value, &expect);
        infer_end(c);
    }
}

// ---- signatures ------------------------------------------------------------------------------------------------------

static void function_signature(Checker *c, Def *def) {
    Ast *params = def->ast->kid[fn_params], *result = def->ast->kid[fn_result];
    StreamUse streams = def->module == c->stream_module ? STREAM_AND_TASK : STREAM_FORBIDDEN;
    Type *type = type_new(c->arena, TYPE_FN, params->kid_count + 1);
    c->foreign = def->foreign;
    check_parameter_types(c, params, type->args, streams);
    type->args[params->kid_count] = result ? resolve_type(c, result, streams) : c->unit_type;
    c->foreign = false;
    def->type = type;
    if (def->foreign) check_foreign(c, def);
    if (type_measure(type, MAX_TYPE_SIZE) > 0) return;
    report_too_big(c, def->span);
    def->type = c->error_type;
}

// Every program has these flags, so that `--stats` could not mean a param.
static bool is_flag(const char *name) {
    static const char *const flags[] = {
#define FLAG(number, name, value, doc) name,
#include "vm/flags.def"
#undef FLAG
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i], name) == 0) return true;
    return false;
}

// Values of a `param` come from the command line.
static void param_signature(Checker *c, Def *def) {
    if (is_flag(def->name)) {
        Diag *diag = diag_add(c->diags, DIAG_RESERVED_PARAM, def->span, "a param cannot be called `%s`", def->name);
        diag_here(c->diags, diag, "`--%s` is a flag that every program has", def->name);
        diag_help(c->diags, diag, "give the param another name");
    }
    Ast *annotation = def->ast->kid[param_type];
    if (annotation) {
        def->type = resolve_type(c, annotation, STREAM_FORBIDDEN);
    } else if (!def->ast->kid[param_value]) {
        Diag *diag = diag_add(c->diags, DIAG_BAD_ANNOTATION, def->span, "the param `%s` needs a type or a default", def->name);
        diag_here(c->diags, diag, "nothing says what type it has");
        diag_help(c->diags, diag, "write its type: `param %s: String`", def->name);
        def->type = c->error_type;
    }
}

static Type *stream_of(Checker *c, Type *event) {
    return event->kind == TYPE_ERROR ? event : type_con(c->arena, c->program->stream_type, &event, 1);
}

static Ast *stream_annotation(const Def *def) {
    switch (def->kind) {
    case DEF_STREAM: return def->ast->kid[stream_type];
    case DEF_USE: return def->ast->kid[use_type];
    default: return def->ast->kid[workflow_result];
    }
}

// `stream s: T` has events of type T; the result of a workflow is written as a stream: `workflow w -> Stream[T]`.
static void stream_signature(Checker *c, Def *def) {
    bool stream = def->kind != DEF_WORKFLOW;
    Ast *annotation = stream_annotation(def);
    if (!annotation) return;
    Type *type = resolve_type(c, annotation, STREAM_ALLOWED);
    bool written = type_is(type, BUILTIN_STREAM);
    def->type = stream && !written ? stream_of(c, type) : type;
    if (stream != written || type->kind == TYPE_ERROR) return;
    Diag *diag =
        diag_add(c->diags, DIAG_BAD_ANNOTATION, annotation->span,
                 stream ? "a `stream` is annotated with the type of its events" : "the result of a workflow is a stream");
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    const char *wanted =
        stream ? report_type(c, type_resolve(type)->args[0]) : arena_printf(c->arena, "Stream[%s]", report_type(c, type));
    diag_help(c->diags, diag, "write `%s`", wanted);
    def->type = c->error_type;
}

static void signature(Checker *c, Def *def) {
    switch (def->kind) {
    case DEF_FN: function_signature(c, def); return;
    case DEF_CONST:
        if (def->ast->kid[const_type]) def->type = resolve_type(c, def->ast->kid[const_type], STREAM_FORBIDDEN);
        return;
    case DEF_PARAM: param_signature(c, def); return;
    case DEF_USE:
        if (check_is_portal(def))
            check_portal_signature(c, def);
        else
            stream_signature(c, def);
        return;
    case DEF_STREAM: stream_signature(c, def); return;
    case DEF_PORTAL: check_portal_signature(c, def); return;
    case DEF_WORKFLOW:
        stream_signature(c, def);
        check_workflow_signature(c, def);
        return;
    case DEF_SEQUENCER: def->type = check_sequencer_type(c, def->ast); return;
    case DEF_TASK: check_task_signature(c, def); return;
    case DEF_CONNECT:
    case DEF_SPLITTER:
    case DEF_TEST: return;
    default: assert(!"a value definition");
    }
}

void check_signature(Checker *c, Def *def) {
    Def **outer = c->tparams; // of the task, for a function within one
    int outer_count = c->tparam_count;
    c->module = def->module;
    resolve_enter_tparams(c, def);
    signature(c, def);
    c->tparams = outer;
    c->tparam_count = outer_count;
}

// ---- bodies ----------------------------------------------------------------------------------------------------------

void check_function_body(Checker *c, Def *def, Def *task) {
    Ast *ast = def->ast, *result = ast->kid[fn_result];
    if (def->type->kind == TYPE_ERROR) return;
    Frame frame = {.result = {.type = def->type->args[def->type->arg_count - 1]}};
    if (result) frame.result = (Expect){.type = frame.result.type, .reason = "result type", .why = result->span};
    int mark = infer_open(c);
    c->body->task = task;
    c->body->frame = &frame;
    check_bind_parameters(c, ast->kid[fn_params], def->type->args);
    if (ast->kid[fn_body]) check_value(c, ast->kid[fn_body], &frame.result);
    infer_close(c, mark);
}

static void function_body(Checker *c, Def *def) {
    Body body;
    check_parameter_defaults(c, def, def->ast->kid[fn_params]);
    infer_begin(c, &body, def, def->module);
    check_function_body(c, def, NULL);
    infer_end(c);
}

// The value of a constant or param; `pattern` is what takes it apart, or NULL.
static void value_body(Checker *c, Def *def, Ast *value, Ast *annotation, Ast *pattern) {
    if (!value) return;
    Body body;
    infer_begin(c, &body, def, def->module);
    Expect expect = {.type = def->type, .reason = "annotation", .why = annotation ? annotation->span : (Span){0}};
    check_expr(c, value, def->type ? &expect : NULL);
    if (pattern) {
        check_pattern(c, pattern, def->type ? def->type : value->type);
        infer_irrefutable(c, pattern);
    }
    infer_end(c);
    if (!def->type) def->type = value->type;
}

// The constants that a pattern binds; those of further alternatives are the same ones.
static void pattern_types(Ast *pattern) {
    if (pattern->def && pattern->def->kind == DEF_CONST) pattern->def->type = pattern->type;
    for (int i = 0; i < pattern->kid_count; i++)
        if (pattern->kid[i]) pattern_types(pattern->kid[i]);
}

static void const_body(Checker *c, Def *def) {
    Ast *pattern = def->ast->kid[const_pattern];
    bool takes_apart = pattern->kind != AST_p_name;
    value_body(c, def, def->ast->kid[const_value], def->ast->kid[const_type], takes_apart ? pattern : NULL);
    pattern->type = def->type;
    if (takes_apart) pattern_types(pattern);
}

static void param_body(Checker *c, Def *def) {
    value_body(c, def, def->ast->kid[param_value], def->ast->kid[param_type], NULL);
    Type *type = def->type;
    bool scalar = type_is(type, BUILTIN_INT) || type_is(type, BUILTIN_FLOAT) || type_is(type, BUILTIN_BOOL) ||
                  type_is(type, BUILTIN_STRING) || type_is(type, BUILTIN_DURATION);
    if (scalar || type_resolve(type)->kind == TYPE_ERROR) return;
    report_unavailable(c, def->span, "a param is an Int, Float, Bool, String or Duration", "a param of type %s",
                       report_type(c, type));
}

void check_not_a_stream(Checker *c, const Def *def, const Ast *value) {
    const char *what = def->kind == DEF_STREAM ? "stream" : "workflow";
    Diag *diag = diag_add(c->diags, DIAG_BAD_STREAM, value->span, "the %s `%s` must be a stream, found %s", what, def->name,
                          report_type(c, value->type));
    diag_here(c->diags, diag, "this is %s", report_type(c, value->type));
    bool block = value->kind == AST_block && value->kid[block_stmts]->kid_count > 0;
    diag_help(c->diags, diag, "%s",
              block ? "let the block end with the stream that the workflow passes on"
                    : "begin with a source such as `from([1, 2])`, or with another stream");
}

static void stream_body(Checker *c, Def *def) {
    bool stream = def->kind == DEF_STREAM;
    Ast *value = def->ast->kid[stream ? (int)stream_value : (int)workflow_value];
    Ast *annotation = stream_annotation(def);
    int errors_before = c->diags->errors;
    value_body(c, def, value, annotation, NULL);
    if (type_resolve(value->type)->kind == TYPE_ERROR || type_is(value->type, BUILTIN_STREAM)) return;
    if (!annotation && c->diags->errors == errors_before) check_not_a_stream(c, def, value);
    def->type = c->error_type;
}

static void test_body_of(Checker *c, Def *def) {
    Body body;
    Frame frame = {.ignores_result = true};
    infer_begin(c, &body, def, def->module);
    body.frame = &frame;
    check_ignored(c, def->ast->kid[test_body]);
    infer_end(c);
}

void check_body(Checker *c, Def *def) {
    if (def->state != NOT_YET) return;
    def->state = UNDER_WAY;
    switch (def->kind) {
    case DEF_FN: function_body(c, def); break;
    case DEF_CONST: const_body(c, def); break;
    case DEF_PARAM: param_body(c, def); break;
    case DEF_STREAM: stream_body(c, def); break;
    case DEF_WORKFLOW:
        if (def->parametric)
            check_workflow_body(c, def);
        else
            stream_body(c, def);
        check_errors_to(c, def);
        break;
    case DEF_SEQUENCER: break;
    case DEF_CONNECT: check_connect_body(c, def); break;
    case DEF_SPLITTER: check_splitter_body(c, def); break;
    case DEF_TASK: check_task_body(c, def); break;
    case DEF_PORTAL: check_portal_body(c, def); break;
    case DEF_TEST: test_body_of(c, def); break;
    case DEF_USE: break; // it is elsewhere
    default: assert(!"a value definition");
    }
    def->state = DONE;
}

// ---- types on demand -------------------------------------------------------------------------------------------------

static Type *cyclic(Checker *c, Def *def) {
    if (def->parametric) return check_recursive_body(c, def);
    bool stream = def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || def->kind == DEF_SPLITTER;
    Diag *diag = diag_add(c->diags, stream ? DIAG_STREAM_CYCLE : DIAG_CYCLIC_DEFINITION, def->span,
                          stream ? "the stream `%s` needs itself" : "the value of `%s` needs itself", def->name);
    diag_here(c->diags, diag, stream ? "its events would come back to it" : "to compute it, one must already have it");
    if (stream) check_help_cycle(c, diag, def);
    def->type = c->error_type;
    return def->type;
}

Type *check_def_type(Checker *c, Def *def) {
    if (def->type) return def->type;
    if (def->kind == DEF_CONST && def->owner) {
        if (def->owner->state == UNDER_WAY) return cyclic(c, def->owner);
        check_body(c, def->owner);
        return def->type;
    }
    if (def->state == UNDER_WAY) return cyclic(c, def);
    check_body(c, def);
    return def->type;
}
