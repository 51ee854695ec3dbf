#include "base/buf.h"
#include "compiler/foreign.h"
#include "vm/foreign_library.h"

static void report_refused(Context *context, const Def *def) {
    Diag *diag = diag_add(&context->diags, DIAG_FOREIGN_REFUSED, def->span, "`--no-ffi` refuses programs with foreign functions");
    diag_here(&context->diags, diag, "`%s` is one", def->name);
    diag_help(&context->diags, diag, "run it without `--no-ffi`, if you trust its libraries: their code can do anything");
}

static void report(Context *context, const Def *def, ForeignFault fault, Buf *what, Buf *help) {
    const Ast *library = def->ast->kid[fn_library], *symbol = def->ast->kid[fn_symbol];
    bool is_library = fault == FOREIGN_NO_LIBRARY;
    Span span = is_library ? library->span : symbol ? symbol->span : def->span;
    Diag *diag = diag_add(&context->diags, is_library ? DIAG_NO_LIBRARY : DIAG_NO_FOREIGN_FN, span, "%s", buf_text(what));
    diag_here(&context->diags, diag, is_library ? "`%s` is declared to be in it" : "`%s` is declared to be that", def->name);
    if (help->length) diag_help(&context->diags, diag, "%s", buf_text(help));
}

// What the grammar and the checker accept as names has no zero bytes.
static void look_for(Context *context, const Def *def) {
    const Ast *library = def->ast->kid[fn_library], *symbol = def->ast->kid[fn_symbol];
    Buf what = {0}, help = {0}, name = {0}, path = {0};
    void *address;
    buf_append(&path, library->text, library->length);
    if (symbol)
        buf_append(&name, symbol->text, symbol->length);
    else
        buf_puts(&name, def->name);
    ForeignFault fault = foreign_find(buf_text(&path), buf_text(&name), &address, &what, &help);
    if (fault != FOREIGN_FOUND) report(context, def, fault, &what, &help);
    buf_free(&what);
    buf_free(&help);
    buf_free(&name);
    buf_free(&path);
}

bool foreign_check(Context *context, const Program *program, bool refused) {
    if (refused && program->foreign.count) {
        report_refused(context, program->foreign.items[0]);
        return false;
    }
    for (int i = 0; i < program->foreign.count; i++) look_for(context, program->foreign.items[i]);
    return context->diags.errors == 0;
}
