#include "tests/differential/stats.h"

#include <inttypes.h>
#include <stdio.h>

static void show_ops(const uint64_t *counts) {
    static const char *const NAMES[] = {
#define OP(name, text, operands, result) text,
#include "compiler/core.def"
#undef OP
    };
    int met = 0;
    for (int i = 0; i < CORE_OP_COUNT; i++) {
        printf("  %-14s %12" PRIu64 "%s", NAMES[i], counts[i], i % 3 == 2 ? "\n" : "");
        met += counts[i] > 0;
    }
    printf("\n%d of %d instructions of the core were evaluated\n", met, CORE_OP_COUNT);
}

static void show_asts(const uint64_t *counts) {
    int met = 0;
    printf("nodes of the tree that did not occur:");
    for (int i = 0; i < AST_KIND_COUNT; i++) {
        if (!counts[i]) printf(" %s", ast_kind_name((AstKind)i));
        met += counts[i] > 0;
    }
    printf("\n%d of %d kinds of nodes occurred\n", met, AST_KIND_COUNT);
}

void stats_show(const Coverage *coverage) {
    show_ops(coverage->ops);
    show_asts(coverage->asts);
}
