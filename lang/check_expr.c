#include "lang/check_internal.h"

// Expressions, bidirectionally: what is expected flows inward (to branches, elements, closures), what is found flows outward.

bool check_is_expr(const Ast *node) {
    return node->kind >= AST_int && node->kind <= AST_ask;
}

Type *check_satisfies(Checker *c, Ast *node, Type *type, const Expect *expect) {
    if (!expect) return type;
    if (type_is(type, BUILTIN_NEVER)) {
        infer_diverges(c, expect->type);
        return type;
    }
    UnifyResult result = unify(c, expect->type, type);
    if (result == UNIFY_OK) return type;
    report_mismatch(c, node, type, expect, result);
    return c->error_type;
}

// ---- literals --------------------------------------------------------------------------------------------------------

static Type *check_int(Checker *c, Ast *node, const Expect *expect) {
    (void)node, (void)expect;
    return c->int_type;
}

static Type *check_float(Checker *c, Ast *node, const Expect *expect) {
    (void)node, (void)expect;
    return c->float_type;
}

static Type *check_bool(Checker *c, Ast *node, const Expect *expect) {
    (void)node, (void)expect;
    return c->bool_type;
}

static Type *check_string(Checker *c, Ast *node, const Expect *expect) {
    (void)node, (void)expect;
    return c->string_type;
}

static Type *check_interp(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    Ast *parts = node->kid[interp_parts];
    for (int i = 0; i < parts->kid_count; i++) {
        Type *type = check_expr(c, parts->kid[i], NULL);
        infer_trait(c, TRAIT_SHOWN, type, parts->kid[i]->span);
    }
    return c->string_type;
}

// ---- tuples and lists ------------------------------------------------------------------------------------------------

static Type *check_tuple(Checker *c, Ast *node, const Expect *expect) {
    Ast *elems = node->kid[tuple_elems];
    Type *expected = expect ? type_resolve(expect->type) : NULL;
    bool inward = expected && expected->kind == TYPE_TUPLE && expected->arg_count == elems->kid_count;
    Type *type = type_new(c->arena, TYPE_TUPLE, elems->kid_count);
    for (int i = 0; i < elems->kid_count; i++) {
        Expect element = {.reason = inward ? expect->reason : NULL, .why = inward ? expect->why : (Span){0}};
        element.type = inward ? expected->args[i] : NULL;
        Type *found = check_expr(c, elems->kid[i], inward ? &element : NULL);
        // Where the element diverges or is wrong, the tuple still has the type that is expected.
        type->args[i] = inward ? element.type : found;
    }
    return type;
}

// The type of the elements that are expected of a list, if a list is.
static Type *expected_element(Checker *c, const Expect *expect) {
    Type *type = expect ? type_resolve(expect->type) : NULL;
    return type && type->kind == TYPE_CON && type->def == c->program->list_type ? type->args[0] : NULL;
}

static Type *list_of(Checker *c, Type *element) {
    return type_con(c->arena, c->program->list_type, &element, 1);
}

// `[..a, ..b]` may be a list or a map; without an expectation it is a list.
static bool is_map_of_spreads(const Ast *elems, const Expect *expect) {
    if (!elems->kid_count || !expect || !type_is(expect->type, BUILTIN_MAP)) return false;
    for (int i = 0; i < elems->kid_count; i++)
        if (elems->kid[i]->kind != AST_spread) return false;
    return true;
}

static Type *check_list(Checker *c, Ast *node, const Expect *expect) {
    Ast *elems = node->kid[list_lit_elems];
    if (is_map_of_spreads(elems, expect)) {
        node->kind = AST_map_lit;
        return check_map(c, node, expect);
    }
    Type *inward = expected_element(c, expect);
    Expect element = {.type = inward};
    if (inward)
        element = (Expect){.type = inward, .reason = expect->reason, .why = expect->why};
    else
        element.type = infer_var(c, ORIGIN_ELEMENT, node->span, NULL, NULL);
    Type *list = list_of(c, element.type);
    for (int i = 0; i < elems->kid_count; i++) {
        Ast *elem = elems->kid[i];
        if (elem->kind == AST_spread) {
            Expect whole = {.type = list, .reason = element.reason, .why = element.why};
            infer_set(c, elem, list);
            check_expr(c, elem->kid[spread_value], &whole);
        } else {
            check_expr(c, elem, &element);
        }
        if (!element.reason) element = (Expect){.type = element.type, .reason = "element", .why = elem->span};
    }
    return list;
}

// ---- blocks and branches ---------------------------------------------------------------------------------------------

// Nothing happens when such an expression is evaluated, but that the program may stop.
static bool has_no_effect(const Ast *node) {
    switch (node->kind) {
    case AST_int:
    case AST_float:
    case AST_bool:
    case AST_string:
    case AST_interp:
    case AST_name:
    case AST_member:
    case AST_index:
    case AST_list_lit:
    case AST_tuple:
    case AST_unary:
    case AST_binary: return true;
    default: return false;
    }
}

static void check_used(Checker *c, const Ast *stmt, Type *type) {
    type = type_resolve(type);
    bool silent = type->kind == TYPE_ERROR || type_is_unit(type) || type_is(type, BUILTIN_STREAM) || type_is(type, BUILTIN_NEVER);
    const Def *owner = c->body ? c->body->owner : NULL;
    if (silent || !has_no_effect(stmt) || (owner && owner->kind == DEF_WORKFLOW)) return; // there it is no stream: said later
    Diag *diag = diag_add(c->diags, DIAG_UNUSED_VALUE, stmt->span, "the value of this expression is not used");
    diag_here(c->diags, diag, "computed and dropped");
    if (owner && owner->kind == DEF_TASK) diag_help(c->diags, diag, "`emit` puts an event out");
}

static Type *check_statement(Checker *c, Ast *stmt) {
    Type *type = check_ignored(c, stmt);
    check_used(c, stmt, type);
    return type;
}

void check_ignored_body(Checker *c, Ast *block) {
    Type *type = check_ignored(c, block);
    const Ast *stmts = block->kid[block_stmts];
    if (stmts->kid_count) check_used(c, stmts->kid[stmts->kid_count - 1], type);
}

static Type *check_block(Checker *c, Ast *node, const Expect *expect) {
    Ast *stmts = node->kid[block_stmts];
    int mark = infer_open(c);
    bool diverges = false;
    Type *type = c->unit_type;
    for (int i = 0; i < stmts->kid_count; i++) {
        Ast *stmt = stmts->kid[i];
        bool last = i == stmts->kid_count - 1;
        if (last && check_is_expr(stmt))
            type = check_expr(c, stmt, expect);
        else
            diverges |= type_is(check_statement(c, stmt), BUILTIN_NEVER);
        if (last && !diverges && !check_is_expr(stmt)) type = check_satisfies(c, stmt, c->unit_type, expect);
    }
    infer_close(c, mark);
    return diverges && type_is_unit(type) ? c->never_type : type;
}

// The branches of an `if` or `match`, which must agree: on what is expected, else on what the first one gives.
typedef struct Join {
    const Expect *expect;
    Expect first;
    Type *type; // of the whole; NULL: no branch yet that gives a value
} Join;

static void join_branch(Checker *c, Join *join, Ast *branch, const char *what) {
    Type *type = check_value(c, branch, join->expect);
    if (type_is(type, BUILTIN_NEVER)) return;
    if (!join->type) join->type = join->expect ? join->expect->type : type;
    if (join->expect || type_resolve(type)->kind == TYPE_ERROR) return;
    join->first = (Expect){.type = type, .reason = what, .why = branch->span};
    join->expect = &join->first;
}

static void check_condition(Checker *c, Ast *condition, const char *note) {
    Expect expect = {.type = c->bool_type, .note = note};
    check_expr(c, condition, &expect);
}

Ast *check_drop_value(Checker *c, Ast *node) {
    if (type_is_unit(node->type) || type_is(node->type, BUILTIN_NEVER)) return node;
    Span end = {node->span.file, node->span.end, node->span.end};
    Ast *unit = ast_new(c->arena, AST_tuple, end), *block = ast_new(c->arena, AST_block, node->span);
    unit->kid[tuple_elems] = ast_list(c->arena, end);
    block->kid[block_stmts] = ast_list(c->arena, node->span);
    ast_append(c->arena, block->kid[block_stmts], node);
    ast_append(c->arena, block->kid[block_stmts], unit);
    infer_set(c, unit, c->unit_type);
    infer_set(c, block, c->unit_type);
    return block;
}

// A branch whose value nobody takes; true if it comes to an end.
static bool ignore_branch(Checker *c, Ast **branch) {
    Type *type = check_ignored(c, *branch);
    if (type_resolve(type)->kind != TYPE_ERROR) *branch = check_drop_value(c, *branch);
    return !type_is(type, BUILTIN_NEVER);
}

static Type *check_if(Checker *c, Ast *node, const Expect *expect) {
    check_condition(c, node->kid[if_condition], "the condition of an `if` is a Bool");
    if (!node->kid[if_otherwise]) {
        ignore_branch(c, &node->kid[if_then]);
        return c->unit_type;
    }
    Join join = {.expect = expect};
    join_branch(c, &join, node->kid[if_then], "branch");
    join_branch(c, &join, node->kid[if_otherwise], "branch");
    return join.type ? join.type : c->never_type;
}

static Type *ignore_if(Checker *c, Ast *node) {
    check_condition(c, node->kid[if_condition], "the condition of an `if` is a Bool");
    bool ends = ignore_branch(c, &node->kid[if_then]);
    ends |= !node->kid[if_otherwise] || ignore_branch(c, &node->kid[if_otherwise]);
    return infer_set(c, node, ends ? c->unit_type : c->never_type);
}

// Checks the scrutinee, and each arm by `body`, which returns true if the arm comes to an end.
static bool check_arms(Checker *c, Ast *node, Join *join) {
    Type *type = check_expr(c, node->kid[match_value], NULL);
    Ast *arms = node->kid[match_arms];
    MatchRow *rows = ARENA_ARRAY(c->arena, MatchRow, arms->kid_count + 1);
    bool ends = false;
    for (int i = 0; i < arms->kid_count; i++) {
        Ast *arm = arms->kid[i];
        int mark = infer_open(c);
        check_pattern(c, arm->kid[arm_pattern], type);
        if (arm->kid[arm_guard]) check_condition(c, arm->kid[arm_guard], "a guard is a Bool");
        if (join)
            join_branch(c, join, arm->kid[arm_body], "arm");
        else
            ends |= ignore_branch(c, &arm->kid[arm_body]);
        infer_close(c, mark);
        rows[i] = (MatchRow){arm->kid[arm_pattern], arm->kid[arm_guard] != NULL};
    }
    infer_match(c, MATCH_ARMS, node, node->kid[match_value]->span, rows, arms->kid_count);
    return ends;
}

static Type *check_match(Checker *c, Ast *node, const Expect *expect) {
    Join join = {.expect = expect};
    check_arms(c, node, &join);
    return join.type ? join.type : c->never_type;
}

static Type *ignore_match(Checker *c, Ast *node) {
    bool ends = check_arms(c, node, NULL);
    return infer_set(c, node, ends ? c->unit_type : c->never_type);
}

static Type *ignore_block(Checker *c, Ast *node) {
    Ast *stmts = node->kid[block_stmts];
    int mark = infer_open(c);
    bool diverges = false;
    Type *last = c->unit_type;
    for (int i = 0; i < stmts->kid_count; i++) {
        last = i + 1 < stmts->kid_count ? check_statement(c, stmts->kid[i]) : check_ignored(c, stmts->kid[i]);
        diverges |= type_is(last, BUILTIN_NEVER);
    }
    infer_close(c, mark);
    bool value = stmts->kid_count && check_is_expr(stmts->kid[stmts->kid_count - 1]);
    Type *type = value ? last : c->unit_type;
    return infer_set(c, node, diverges && type_is_unit(type) ? c->never_type : type);
}

// `x == 1` on a line of its own does nothing: most likely an assignment was meant.
static Type *ignore_comparison(Checker *c, Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_UNUSED_COMPARISON, node->span, "the result of this comparison is not used");
    diag_here(c->diags, diag, "compares, and does nothing else");
    diag_help(c->diags, diag, "an assignment is written with one `=`");
    return infer_set(c, node, c->error_type);
}

static Type *ignore_too_deep(Checker *c, Ast *node) {
    report_too_big(c, node->span);
    return infer_set(c, node, c->error_type);
}

static Type *ignore_within(Checker *c, Ast *node) {
    switch (node->kind) {
    case AST_if: return ignore_if(c, node);
    case AST_match: return ignore_match(c, node);
    case AST_block: return ignore_block(c, node);
    case AST_ask: return check_ask_only(c, node);
    case AST_spawn: return check_spawn_only(c, node);
    default: break;
    }
    if (node->kind == AST_binary && node->op == OP_EQ) return ignore_comparison(c, node);
    return check_is_expr(node) ? check_expr(c, node, NULL) : check_stmt(c, node);
}

Type *check_ignored(Checker *c, Ast *node) {
    if (c->depth >= MAX_DEPTH) return ignore_too_deep(c, node);
    c->depth++;
    Type *type = ignore_within(c, node);
    c->depth--;
    check_dropped(c, node, type);
    return type;
}

Type *check_value(Checker *c, Ast *node, const Expect *expect) {
    if (check_is_expr(node)) return check_expr(c, node, expect);
    Type *type = check_stmt(c, node);
    return check_satisfies(c, node, type, expect);
}

// ---- what has no meaning of its own -----------------------------------------------------------------------------------

static Type *check_stray_then(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    return check_then_as_value(c, node);
}

static Type *misplaced(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    const char *what = node->kind == AST_range    ? "a range"
                       : node->kind == AST_spread ? "`..`"
                       : node->kind == AST_arg    ? "`name: value`"
                                                  : "this";
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "%s has no meaning here", what);
    if (node->kind == AST_range) {
        diag_here(c->diags, diag, "a range stands only behind `in`");
        diag_help(c->diags, diag, "`for i in 0..n` counts; the source `range(from, to)` makes a stream of integers");
    } else {
        diag_here(c->diags, diag, "expected an expression");
    }
    return c->error_type;
}

// ---- dispatch --------------------------------------------------------------------------------------------------------

typedef Type *CheckKind(Checker *c, Ast *node, const Expect *expect);

static CheckKind *const checks[AST_KIND_COUNT] = {
    [AST_int] = check_int,       [AST_float] = check_float,     [AST_bool] = check_bool,     [AST_string] = check_string,
    [AST_interp] = check_interp, [AST_name] = check_name,       [AST_ctor] = check_ctor,     [AST_tuple] = check_tuple,
    [AST_list_lit] = check_list, [AST_map_lit] = check_map,     [AST_call] = check_call,     [AST_member] = check_member,
    [AST_index] = check_index,   [AST_unary] = check_unary,     [AST_binary] = check_binary, [AST_range] = misplaced,
    [AST_pipe] = check_pipe,     [AST_then] = check_stray_then, [AST_cast] = check_cast,     [AST_closure] = check_closure,
    [AST_block] = check_block,   [AST_if] = check_if,           [AST_match] = check_match,   [AST_await] = check_await,
    [AST_try] = check_try,       [AST_spawn] = check_spawn,     [AST_ask] = check_ask,       [AST_spread] = misplaced,
    [AST_arg] = misplaced,       [AST_entry] = misplaced,       [AST_type_arg] = misplaced,
};

Type *check_expr(Checker *c, Ast *node, const Expect *expect) {
    if (c->depth >= MAX_DEPTH) {
        report_too_big(c, node->span);
        return infer_set(c, node, c->error_type);
    }
    c->depth++;
    Type *type = checks[node->kind](c, node, expect);
    c->depth--;
    if (type_measure(type, MAX_TYPE_SIZE) <= 0) {
        report_too_big(c, node->span);
        type = c->error_type;
    }
    // The inner places of a block, `if` or `match` have been checked against what is expected already.
    return infer_set(c, node, check_satisfies(c, node, type, expect));
}
