// ast_dump.c - the tree as text: one node a line, children indented, absent and empty ones left out.
//
//   fn name=double
//     params:
//       parameter
//         pattern: p_name name=x
#include "lang/ast.h"
#include "lang/types.h"

static void dump_text(const char *text, size_t length, Buf *out) {
    buf_putc(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_puts(out, "\\n");
        else if (c < 0x20 || c == 0x7F)
            buf_printf(out, "\\u{%x}", c);
        else
            buf_putc(out, (char)c);
    }
    buf_putc(out, '"');
}

static const char *handler_text(HandlerKind kind) {
    static const char *const texts[] = {
        [HANDLER_EVENT] = "event", [HANDLER_ASK] = "ask",     [HANDLER_ATOM] = "atom",
        [HANDLER_END] = "end",     [HANDLER_ERROR] = "error", [HANDLER_NEXT] = "next",
    };
    return texts[kind];
}

static const char *use_text(UseKind kind) {
    static const char *const texts[] = {
        [USE_PORTAL] = "portal", [USE_STREAM] = "stream", [USE_SPLITTER] = "splitter", [USE_SEQUENCER] = "sequencer"};
    return texts[kind];
}

static void dump_op(const Ast *node, Buf *out) {
    switch (node->kind) {
    case AST_unary:
    case AST_binary: buf_printf(out, " %s", operator_text((Operator)node->op)); break;
    case AST_assign: buf_printf(out, " %s=", node->op ? operator_text((Operator)node->op) : ""); break;
    case AST_handler: buf_printf(out, " on %s", handler_text((HandlerKind)node->op)); break;
    case AST_use: buf_printf(out, " %s", use_text((UseKind)node->op)); break;
    default: break;
    }
}

static void dump_flags(const Ast *node, Buf *out) {
    if (node->flags & FLAG_LOCAL) buf_puts(out, " local");
    if (node->flags & FLAG_EXCLUSIVE) buf_puts(out, " exclusive");
    if (node->flags & FLAG_GLOBAL) buf_puts(out, " global");
    if (node->flags & FLAG_PURE) buf_puts(out, " pure");
    if (node->flags & FLAG_UNTUPLE) buf_puts(out, " untuple");
    if (node->flags & FLAG_PARENS) buf_puts(out, " parens");
    if (node->flags & FLAG_UNWANTED) buf_puts(out, " unwanted");
}

static void dump_value(const Ast *node, Buf *out) {
    switch (node->kind) {
    case AST_int: buf_printf(out, " %lld", (long long)node->int_value); break;
    case AST_float: buf_printf(out, " %.17g", node->float_value); break;
    case AST_bool: buf_puts(out, node->int_value ? " true" : " false"); break;
    case AST_string:
        buf_putc(out, ' ');
        dump_text(node->text, node->length, out);
        break;
    default: break;
    }
}

static void dump_line(const Ast *node, Buf *out) {
    buf_puts(out, ast_kind_name(node->kind));
    if (node->qualifier || node->name)
        buf_printf(out, " name=%s%s%s", node->qualifier ? node->qualifier : "", node->qualifier ? "." : "",
                   node->name ? node->name : "");
    dump_op(node, out);
    dump_value(node, out);
    dump_flags(node, out);
    if (node->type) {
        buf_puts(out, " : ");
        type_show(node->type, out);
    }
    if (node->doc) {
        buf_puts(out, " doc=");
        dump_text(node->doc, strlen(node->doc), out);
    }
    buf_putc(out, '\n');
}

static void dump_node(const Ast *node, const char *role, int indent, Buf *out) {
    if (!node || (node->kind == AST_list && node->kid_count == 0)) return;
    for (int i = 0; i < indent; i++) buf_puts(out, "  ");
    if (node->kind == AST_list) {
        buf_printf(out, "%s:\n", role);
    } else {
        if (role) buf_printf(out, "%s: ", role);
        dump_line(node, out);
    }
    for (int i = 0; i < node->kid_count; i++)
        dump_node(node->kid[i], node->kind == AST_list ? NULL : ast_role_name(node->kind, i), indent + 1, out);
}

void ast_dump(const Ast *node, Buf *out) {
    dump_node(node, node->kind == AST_list ? "list" : NULL, 0, out);
}
