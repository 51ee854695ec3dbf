#include "lang/check_internal.h"

#include <assert.h>
#include <string.h>

// Exhaustiveness and reachability after Maranget, "Warnings for pattern matching" (JFP 2007): a row of patterns is useful
// after others if it matches a value that none of them does. A match covers everything if a row of wildcards is useless after
// its arms; the value that shows the contrary is built on the way back.
//
// The search is exponential at worst, so it has a budget; when that is spent, nothing is claimed to be covered.

typedef enum PatKind { PAT_WILD, PAT_OR, PAT_CTOR, PAT_TUPLE, PAT_BOOL, PAT_LITERAL, PAT_LIST } PatKind;

typedef struct Pat {
    PatKind kind;
    int count;          // of args; BOOL: the value
    struct Pat **args;  // OR: the alternatives
    const Def *ctor;    // CTOR
    const Ast *literal; // LITERAL
    int prefix;         // LIST: how many args stand before `..`; -1: there is none
} Pat;

// Rows of patterns; each row has as many as `width` says where it is used.
typedef struct Matrix {
    VEC(Pat **) rows;
} Matrix;

typedef struct Matcher {
    Arena scratch;
    Pat *wild;
    int work;
    bool spent;
} Matcher;

// What a value begins with: a constructor, with room for what is in it.
typedef struct Head {
    PatKind kind;
    int arity; // BOOL: the value
    const Def *ctor;
    const Ast *literal;
} Head;

// ---- from the tree ---------------------------------------------------------------------------------------------------

static Pat *pat_new(Matcher *m, PatKind kind, int count) {
    Pat *pat = ARENA_NEW(&m->scratch, Pat);
    pat->kind = kind;
    pat->count = count;
    pat->prefix = -1;
    pat->args = ARENA_ARRAY(&m->scratch, Pat *, count + 1);
    return pat;
}

static Pat *from_tree(Matcher *m, const Ast *node);

static Pat *from_list(Matcher *m, PatKind kind, const Ast *list) {
    Pat *pat = pat_new(m, kind, 0);
    pat->args = ARENA_ARRAY(&m->scratch, Pat *, list->kid_count + 1);
    for (int i = 0; i < list->kid_count; i++) {
        if (list->kid[i]->kind == AST_p_rest)
            pat->prefix = pat->count;
        else
            pat->args[pat->count++] = from_tree(m, list->kid[i]);
    }
    return pat;
}

static Pat *from_literal(Matcher *m, const Ast *value) {
    Pat *pat = pat_new(m, value->kind == AST_bool ? PAT_BOOL : PAT_LITERAL, 0);
    if (value->kind == AST_bool)
        pat->count = value->int_value != 0;
    else
        pat->literal = value;
    return pat;
}

static Pat *from_tree(Matcher *m, const Ast *node) {
    switch (node->kind) {
    case AST_p_as: return from_tree(m, node->kid[p_as_pattern]);
    case AST_p_literal: return from_literal(m, node->kid[p_literal_value]);
    case AST_p_tuple: return from_list(m, PAT_TUPLE, node->kid[p_tuple_elems]);
    case AST_p_list: return from_list(m, PAT_LIST, node->kid[p_list_elems]);
    case AST_p_or: return from_list(m, PAT_OR, node->kid[p_or_alternatives]);
    case AST_p_ctor: {
        Pat *pat = from_list(m, PAT_CTOR, node->kid[p_ctor_args]);
        pat->ctor = node->def;
        return pat;
    }
    default: return m->wild;
    }
}

// ---- literals --------------------------------------------------------------------------------------------------------

// A number without its sign, which is returned.
static bool strip_sign(const Ast **literal) {
    bool negative = false;
    while ((*literal)->kind == AST_unary) {
        negative = !negative;
        *literal = (*literal)->kid[unary_value];
    }
    return negative;
}

static bool same_literal(const Ast *a, const Ast *b) {
    bool a_negative = strip_sign(&a), b_negative = strip_sign(&b);
    if (a->kind != b->kind) return false;
    if (a->kind == AST_string) return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
    if (a->kind == AST_int) {
        uint64_t x = (uint64_t)a->int_value, y = (uint64_t)b->int_value;
        return (a_negative ? -x : x) == (b_negative ? -y : y);
    }
    return (a_negative ? -a->float_value : a->float_value) == (b_negative ? -b->float_value : b->float_value);
}

// ---- rows ------------------------------------------------------------------------------------------------------------

static bool spend(Matcher *m, int work) {
    m->work -= work;
    if (m->work < 0) m->spent = true;
    return !m->spent;
}

// What a head contains: nothing for literals.
static int head_width(const Head *head) {
    return head->kind == PAT_BOOL || head->kind == PAT_LITERAL ? 0 : head->arity;
}

static bool has_head(const Pat *pat, const Head *head) {
    if (pat->kind == PAT_WILD) return true;
    if (pat->kind != head->kind) return false;
    switch (pat->kind) {
    case PAT_CTOR: return pat->ctor == head->ctor;
    case PAT_BOOL: return pat->count == head->arity;
    case PAT_LITERAL: return same_literal(pat->literal, head->literal);
    case PAT_LIST: return pat->prefix < 0 ? pat->count == head->arity : pat->count <= head->arity;
    default: return true;
    }
}

// `row` with what its first pattern, which has the head, says of the inside, in place of that pattern.
static Pat **open_row(Matcher *m, Pat *first, Pat **row, int width, const Head *head) {
    int arity = head_width(head);
    Pat **opened = ARENA_ARRAY(&m->scratch, Pat *, arity + width);
    int suffix = first->kind == PAT_LIST && first->prefix >= 0 ? first->count - first->prefix : 0;
    for (int i = 0; i < arity; i++) {
        if (first->kind == PAT_WILD)
            opened[i] = m->wild;
        else if (first->kind != PAT_LIST || first->prefix < 0 || i < first->prefix)
            opened[i] = first->args[i];
        else if (i >= arity - suffix)
            opened[i] = first->args[first->count - (arity - i)];
        else
            opened[i] = m->wild;
    }
    for (int i = 1; i < width; i++) opened[arity + i - 1] = row[i];
    return opened;
}

static void add_opened(Matcher *m, Matrix *out, Pat *first, Pat **row, int width, const Head *head) {
    if (first->kind == PAT_OR) {
        for (int i = 0; i < first->count && !m->spent; i++) add_opened(m, out, first->args[i], row, width, head);
        return;
    }
    if (!spend(m, 1) || !has_head(first, head)) return;
    if (spend(m, head_width(head) + width)) vec_push(&m->scratch, &out->rows, open_row(m, first, row, width, head));
}

// The rows that match a value with this head.
static Matrix specialise(Matcher *m, const Matrix *rows, int width, const Head *head) {
    Matrix out = {0};
    for (int i = 0; i < rows->rows.count && !m->spent; i++)
        add_opened(m, &out, rows->rows.items[i][0], rows->rows.items[i], width, head);
    return out;
}

static bool has_wild(const Pat *pat) {
    if (pat->kind == PAT_WILD) return true;
    for (int i = 0; pat->kind == PAT_OR && i < pat->count; i++)
        if (has_wild(pat->args[i])) return true;
    return false;
}

// The rows that match a value whose head occurs in none of them, without their first pattern.
static Matrix without_heads(Matcher *m, const Matrix *rows) {
    Matrix out = {0};
    for (int i = 0; i < rows->rows.count && spend(m, 1); i++)
        if (has_wild(rows->rows.items[i][0])) vec_push(&m->scratch, &out.rows, rows->rows.items[i] + 1);
    return out;
}

// ---- heads of a column -----------------------------------------------------------------------------------------------

// The heads that occur at the beginning of the rows.
typedef struct Column {
    PatKind kind;       // WILD: none
    const Def *type;    // CTOR
    bool *variants;     // CTOR: which occur
    int variant_count;  // CTOR: how many of them
    bool bools[2];      // BOOL
    int longest;        // LIST: the longest without `..`
    int prefix, suffix; // LIST: the longest before and behind `..`
    int arity;          // TUPLE
} Column;

static void add_list_head(Column *column, const Pat *pat) {
    if (pat->prefix < 0) {
        if (pat->count > column->longest) column->longest = pat->count;
        return;
    }
    int suffix = pat->count - pat->prefix;
    if (pat->prefix > column->prefix) column->prefix = pat->prefix;
    if (suffix > column->suffix) column->suffix = suffix;
}

static void add_head(Matcher *m, Column *column, const Pat *pat) {
    if (!spend(m, 1) || pat->kind == PAT_WILD) return;
    if (pat->kind == PAT_OR) {
        for (int i = 0; i < pat->count; i++) add_head(m, column, pat->args[i]);
        return;
    }
    column->kind = pat->kind;
    if (pat->kind == PAT_BOOL) column->bools[pat->count] = true;
    if (pat->kind == PAT_TUPLE) column->arity = pat->count;
    if (pat->kind == PAT_LIST) add_list_head(column, pat);
    if (pat->kind != PAT_CTOR) return;
    if (!column->variants) {
        column->type = pat->ctor->owner;
        if (!spend(m, column->type->member_count)) return;
        column->variants = ARENA_ARRAY(&m->scratch, bool, column->type->member_count);
    }
    if (!column->variants[pat->ctor->index]) column->variant_count++;
    column->variants[pat->ctor->index] = true;
}

static Column heads(Matcher *m, const Matrix *rows) {
    Column column = {.longest = -1};
    for (int i = 0; i < rows->rows.count && !m->spent; i++) add_head(m, &column, rows->rows.items[i][0]);
    return column;
}

// ---- usefulness ------------------------------------------------------------------------------------------------------

// Whether `row` matches a value that `rows` do not: such a value, as a row of patterns; else NULL.
static Pat **useful(Matcher *m, const Matrix *rows, Pat **row, int width, int depth);

static Pat **useful_head(Matcher *m, const Matrix *rows, Pat *first, Pat **row, int width, int depth, const Head *head) {
    Matrix opened = specialise(m, rows, width, head);
    if (m->spent) return NULL;
    int arity = head_width(head);
    Pat **inner = useful(m, &opened, open_row(m, first, row, width, head), arity + width - 1, depth + 1);
    if (!inner) return NULL;
    Pat *value = pat_new(m, head->kind, head->arity);
    value->ctor = head->ctor;
    value->literal = head->literal;
    for (int i = 0; i < arity; i++) value->args[i] = inner[i];
    Pat **result = ARENA_ARRAY(&m->scratch, Pat *, width);
    result[0] = value;
    for (int i = 1; i < width; i++) result[i] = inner[arity + i - 1];
    return result;
}

// The row begins with `_`, and there are values whose head no row has: `missing` is one.
static Pat **useful_default(Matcher *m, const Matrix *rows, Pat **row, int width, int depth, Pat *missing) {
    Matrix rest = without_heads(m, rows);
    Pat **inner = useful(m, &rest, row + 1, width - 1, depth + 1);
    if (!inner) return NULL;
    Pat **result = ARENA_ARRAY(&m->scratch, Pat *, width);
    result[0] = missing;
    for (int i = 1; i < width; i++) result[i] = inner[i - 1];
    return result;
}

static Pat *missing_variant(Matcher *m, const Column *column) {
    int index = 0;
    while (column->variants[index]) index++;
    const Def *ctor = column->type->members[index];
    Pat *pat = pat_new(m, PAT_CTOR, ctor->member_count);
    pat->ctor = ctor;
    for (int i = 0; i < pat->count; i++) pat->args[i] = m->wild;
    return pat;
}

static Pat **useful_variants(Matcher *m, const Matrix *rows, Pat **row, int width, int depth, const Column *column) {
    if (column->variant_count < column->type->member_count)
        return useful_default(m, rows, row, width, depth, missing_variant(m, column));
    for (int i = 0; i < column->type->member_count && !m->spent; i++) {
        const Def *ctor = column->type->members[i];
        Head head = {.kind = PAT_CTOR, .arity = ctor->member_count, .ctor = ctor};
        Pat **found = useful_head(m, rows, row[0], row, width, depth, &head);
        if (found) return found;
    }
    return NULL;
}

static Pat **useful_bools(Matcher *m, const Matrix *rows, Pat **row, int width, int depth, const Column *column) {
    for (int value = 1; value >= 0; value--) {
        if (column->bools[value]) continue;
        Pat *missing = pat_new(m, PAT_BOOL, 0);
        missing->count = value;
        return useful_default(m, rows, row, width, depth, missing);
    }
    for (int value = 1; value >= 0; value--) {
        Head head = {.kind = PAT_BOOL, .arity = value};
        Pat **found = useful_head(m, rows, row[0], row, width, depth, &head);
        if (found) return found;
    }
    return NULL;
}

// Lists longer than every pattern distinguishes are matched alike: one length stands for all of them.
static Pat **useful_lengths(Matcher *m, const Matrix *rows, Pat *first, Pat **row, int width, int depth, const Column *column) {
    int least = first->kind == PAT_LIST ? first->count : 0;
    int most = column->prefix + column->suffix;
    if (column->longest + 1 > most) most = column->longest + 1;
    if (least > most) most = least;
    for (int length = least; length <= most && !m->spent; length++) {
        Head head = {.kind = PAT_LIST, .arity = length};
        Pat **found = useful_head(m, rows, first, row, width, depth, &head);
        if (found && length == most) found[0]->prefix = length; // any longer one, too
        if (found) return found;
    }
    return NULL;
}

static Pat **useful_wild(Matcher *m, const Matrix *rows, Pat **row, int width, int depth) {
    Column column = heads(m, rows);
    if (m->spent) return NULL;
    switch (column.kind) {
    case PAT_TUPLE: {
        Head head = {.kind = PAT_TUPLE, .arity = column.arity};
        return useful_head(m, rows, row[0], row, width, depth, &head);
    }
    case PAT_CTOR: return useful_variants(m, rows, row, width, depth, &column);
    case PAT_BOOL: return useful_bools(m, rows, row, width, depth, &column);
    case PAT_LIST: return useful_lengths(m, rows, row[0], row, width, depth, &column);
    default: return useful_default(m, rows, row, width, depth, m->wild);
    }
}

static Pat **useful_alternatives(Matcher *m, const Matrix *rows, Pat **row, int width, int depth) {
    Pat **chosen = ARENA_ARRAY(&m->scratch, Pat *, width);
    for (int i = 0; i < row[0]->count && spend(m, width); i++) {
        memcpy(chosen, row, sizeof *chosen * (size_t)width);
        chosen[0] = row[0]->args[i];
        Pat **found = useful(m, rows, chosen, width, depth + 1);
        if (found) return found;
    }
    return NULL;
}

static Pat **useful(Matcher *m, const Matrix *rows, Pat **row, int width, int depth) {
    if (depth >= MAX_MATCH_DEPTH) m->spent = true;
    if (!spend(m, 1)) return NULL;
    if (rows->rows.count == 0) return row; // matches whatever is in it
    if (width == 0) return NULL;
    Pat *first = row[0];
    Head head = {.kind = first->kind, .arity = first->count, .ctor = first->ctor, .literal = first->literal};
    switch (first->kind) {
    case PAT_WILD: return useful_wild(m, rows, row, width, depth);
    case PAT_OR: return useful_alternatives(m, rows, row, width, depth);
    case PAT_LIST:
        if (first->prefix >= 0) {
            Column column = heads(m, rows);
            add_list_head(&column, first);
            return useful_lengths(m, rows, first, row, width, depth, &column);
        }
        return useful_head(m, rows, first, row, width, depth, &head);
    default: return useful_head(m, rows, first, row, width, depth, &head);
    }
}

// ---- what is said ----------------------------------------------------------------------------------------------------

static void show(const Pat *pat, Buf *out);

static void show_args(const Pat *pat, const char *open, const char *close, Buf *out) {
    buf_puts(out, open);
    for (int i = 0; i < pat->count; i++) {
        if (i) buf_puts(out, ", ");
        show(pat->args[i], out);
    }
    if (pat->kind == PAT_LIST && pat->prefix >= 0) buf_puts(out, pat->count ? ", .." : "..");
    buf_puts(out, close);
}

static void show(const Pat *pat, Buf *out) {
    switch (pat->kind) {
    case PAT_CTOR:
        buf_puts(out, pat->ctor->name);
        if (pat->count) show_args(pat, "(", ")", out);
        return;
    case PAT_TUPLE: show_args(pat, "(", ")", out); return;
    case PAT_LIST: show_args(pat, "[", "]", out); return;
    case PAT_BOOL: buf_puts(out, pat->count ? "true" : "false"); return;
    default: buf_putc(out, '_'); return;
    }
}

static void note_guards(Checker *c, Diag *diag, const MatchSet *set) {
    for (int i = 0; i < set->count; i++) {
        if (!set->rows[i].guarded) continue;
        diag_note(c->diags, diag, "what has a guard is not counted, since the guard may be false");
        return;
    }
}

static void report_missing(Checker *c, const MatchSet *set, const char *missing) {
    Diag *diag;
    switch (set->kind) {
    case MATCH_ARMS:
        diag = diag_add(c->diags, DIAG_NOT_EXHAUSTIVE, set->span, "this `match` does not cover every value");
        diag_here(c->diags, diag, "missing: %s", missing);
        note_guards(c, diag, set);
        diag_help(c->diags, diag, "add an arm for what is missing, or `_ => ...` for all that is left");
        return;
    case MATCH_HANDLERS:
        diag =
            diag_add(c->diags, DIAG_NOT_EXHAUSTIVE, set->span, "the handlers of `%s` do not cover every event", set->node->name);
        diag_here(c->diags, diag, "missing: %s", missing);
        note_guards(c, diag, set);
        diag_help(c->diags, diag, "add an `on event` for what is missing, or `on event _ { }` to do nothing");
        return;
    case MATCH_REQUESTS:
        diag = diag_add(c->diags, DIAG_NOT_EXHAUSTIVE, set->span, "the handlers for `%s` do not cover every request",
                        set->node->name);
        diag_here(c->diags, diag, "missing: %s", missing);
        note_guards(c, diag, set);
        diag_help(c->diags, diag, "add an `on ask` for what is missing");
        return;
    case MATCH_IRREFUTABLE:
        diag = diag_add(c->diags, DIAG_REFUTABLE, set->span, "this pattern does not match every value");
        diag_here(c->diags, diag, "not matched: %s", missing);
        diag_help(c->diags, diag, "use `match`, which has an arm for each case");
        return;
    }
}

static void report_unreachable(Checker *c, const MatchSet *set, int index) {
    if (c->module->library || set->kind == MATCH_IRREFUTABLE) return;
    const char *what = set->kind == MATCH_ARMS ? "arm" : "handler";
    Diag *diag = diag_add(c->diags, DIAG_UNREACHABLE, set->rows[index].pattern->span, "this %s can never be reached", what);
    diag_here(c->diags, diag, "the %ss before it match everything that this one does", what);
}

enum { SHOWN_MISSING = 3 };

// Up to three values that no row matches, in words; NULL if there are none.
static const char *find_missing(Checker *c, Matcher *m, Matrix *rows) {
    Buf text = {0};
    for (int i = 0; i <= SHOWN_MISSING; i++) {
        Pat **value = useful(m, rows, &m->wild, 1, 0);
        if (!value) break;
        if (i == SHOWN_MISSING) {
            buf_puts(&text, " and more");
            break;
        }
        buf_puts(&text, i ? ", `" : "`");
        show(value[0], &text);
        buf_putc(&text, '`');
        vec_push(&m->scratch, &rows->rows, value);
    }
    const char *result = text.length ? arena_copy_string(c->arena, text.data, text.length) : NULL;
    buf_free(&text);
    return result;
}

static void find_unreachable(Checker *c, Matcher *m, const MatchSet *set, Matrix *rows) {
    for (int i = 0; i < set->count; i++) {
        Pat **row = ARENA_NEW(&m->scratch, Pat *);
        row[0] = from_tree(m, set->rows[i].pattern);
        bool needed = set->count == 1 || useful(m, rows, row, 1, 0) != NULL;
        if (!needed && !m->spent) report_unreachable(c, set, i);
        if (!set->rows[i].guarded) vec_push(&m->scratch, &rows->rows, row);
    }
}

void match_check(Checker *c, const MatchSet *set) {
    Matcher m = {.work = MAX_MATCH_WORK};
    m.wild = pat_new(&m, PAT_WILD, 0);
    Matrix rows = {0};
    find_unreachable(c, &m, set, &rows);
    m.work = MAX_MATCH_WORK;
    m.spent = false;
    const char *missing = find_missing(c, &m, &rows);
    if (missing) {
        report_missing(c, set, missing);
    } else if (m.spent) {
        Diag *diag =
            diag_add(c->diags, DIAG_TOO_DEEP, set->span, "these patterns are too many to tell whether they cover every value");
        diag_here(c->diags, diag, "beyond the compiler's limit");
        diag_help(c->diags, diag, "match in several steps, or end with `_`");
    }
    arena_free(&m.scratch);
}
