#include "lang/topology_internal.h"

// A workflow with parameters becomes a part of each workflow that uses it: its body is evaluated again for each use, with the
// nodes of the streams that are given bound to its parameters. What else is given, and its types, are noted in the
// WorkflowUse, in whose terms lowering reads the functions and settings of the nodes.

// Few lines can use workflows within workflows so often that there is no end to it in practice.
// What is nested deeply in each of many of them would use up the stack before a node is made.
enum { MAX_USE_DEPTH = 200, MAX_USED_NODES = 10000, MAX_NESTING = 4000 };

// ---- types -----------------------------------------------------------------------------------------------------------

Type *topology_type(Builder *b, const WorkflowUse *within, Type *type, Span span) {
    if (!within) return type;
    Arena *arena = b->context->arena;
    Type *closed = type_substitute(arena, type, within->def->tparams, within->types, within->def->tparam_count);
    if (b->too_large || type_measure(closed, MAX_TYPE_SIZE) > 0) return closed;
    b->too_large = true;
    Diag *diag = diag_add(&b->context->diags, DIAG_TOO_DEEP, span, "this has a type that is too large");
    diag_here(&b->context->diags, diag, "beyond the compiler's limit");
    topology_label_use(b->context, diag, within);
    diag_help(&b->context->diags, diag, "use records and enums for large types");
    return closed;
}

// ---- static parameters -----------------------------------------------------------------------------------------------

static int parameter_number(const Def *workflow, const Def *name) {
    const Ast *params = workflow->ast->kid[workflow_params];
    for (int i = 0; i < params->kid_count; i++)
        if (params->kid[i]->kid[parameter_pattern]->def == name) return i;
    return -1;
}

Ast *topology_argument(WorkflowUse **within, Ast *expr) {
    while (*within && expr->kind == AST_name) {
        int number = parameter_number((*within)->def, expr->def);
        if (number < 0) break;
        expr = (*within)->args[number];
        *within = (*within)->outer;
    }
    return expr;
}

// ---- uses ------------------------------------------------------------------------------------------------------------

static void label_use(Context *context, Diag *diag, const WorkflowUse *use) {
    if (use->span.file == diag->labels[0].span.file)
        diag_label(&context->diags, diag, use->span, "in this use of `%s`", use->def->name);
}

void topology_label_use(Context *context, Diag *diag, const WorkflowUse *within) {
    if (!within) return;
    while (within->outer) within = within->outer;
    label_use(context, diag, within);
}

void topology_label_uses(Context *context, Diag *diag, const WorkflowUse *one, const WorkflowUse *other) {
    while (one->span.start == other->span.start && one->outer && other->outer) {
        one = one->outer;
        other = other->outer;
    }
    label_use(context, diag, one);
    label_use(context, diag, other);
}

// Once one was too large, nothing more is evaluated: what was reported says it all. False for the caller to return.
static bool too_large(Builder *b, Span span, const char *what, const char *where, int limit) {
    b->too_large = true;
    Diag *diag = diag_add(&b->context->diags, DIAG_TOO_DEEP, span, "%s", what);
    diag_here(&b->context->diags, diag, where, limit);
    topology_label_use(b->context, diag, b->within);
    diag_help(&b->context->diags, diag, "a use copies the whole graph: do the work in functions or tasks");
    return false;
}

static bool is_shallow(Builder *b, const Ast *call) {
    if (b->too_large) return false;
    if (b->depth < MAX_USE_DEPTH) return true;
    return too_large(b, call->span, "workflows are used within workflows too deeply", "more than %d levels", MAX_USE_DEPTH);
}

bool topology_enter(Builder *b, Span span) {
    if (b->too_large) return false;
    if (b->used_nodes >= MAX_USED_NODES)
        return too_large(b, span, "workflows with parameters are used too often",
                         "their graphs have more than %d parts, all uses together", MAX_USED_NODES);
    if (b->nesting >= MAX_NESTING)
        return too_large(b, span, "workflows that use each other are nested too deeply",
                         "more than %d levels, through all that they use", MAX_NESTING);
    b->nesting++;
    return true;
}

static WorkflowUse *use_new(Builder *b, Ast *call) {
    const Ast *callee = call->kid[call_callee];
    WorkflowUse *use = ARENA_NEW(b->context->arena, WorkflowUse);
    *use = (WorkflowUse){.def = callee->def, .outer = b->within, .span = callee->span, .args = call->kid[call_args]->kid};
    use->types = topology_types(b, callee);
    use->number = b->topology->use_count++;
    Static arguments = {.use = use};
    vec_push(b->context->arena, &b->topology->statics, arguments);
    return use;
}

// The arguments that are streams belong to the graph in which the workflow is used; all are there before the first is bound,
// since the workflow may be used within its own arguments.
static bool bind_streams(Builder *b, WorkflowUse *use, Node *given) {
    const Ast *params = use->def->ast->kid[workflow_params];
    Node **nodes = ARENA_ARRAY(b->context->arena, Node *, params->kid_count);
    for (int i = 0; i < params->kid_count; i++) {
        if (!topology_takes_stream(use->def, i)) continue;
        nodes[i] = use->args[i] ? topology_evaluate(b, use->args[i]) : given;
        if (!nodes[i]) return false;
    }
    for (int i = 0; i < params->kid_count; i++) {
        const Ast *pattern = params->kid[i]->kid[parameter_pattern];
        if (nodes[i] && pattern->kind == AST_p_name) map_put(b->context->arena, &use->bindings, pattern->def, nodes[i]);
    }
    return true;
}

Node *topology_evaluate_use(Builder *b, Ast *call, Node *given) {
    if (!is_shallow(b, call)) return NULL;
    WorkflowUse *use = use_new(b, call);
    b->used_nodes++;
    if (!bind_streams(b, use, given)) return NULL;
    b->within = use;
    b->depth++;
    Node *result = topology_evaluate(b, use->def->ast->kid[workflow_value]);
    b->depth--;
    b->within = use->outer;
    return result;
}
