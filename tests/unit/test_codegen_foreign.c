// How foreign functions are called directly: on each of the machines whose conventions are known, whichever this one is, the call
// is the one that clang makes of the same signature in C (clang -S -emit-llvm --target=aarch64-linux-gnu).
#include <criterion/criterion.h>

#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/codegen.h"
#include "compiler/pipeline.h"

typedef struct Case {
    const char *signature, *args;
    const char *aarch64, *x86_64; // the call, without the names of values
} Case;

#define MIXED "a: Float, b: (Int, Int), c: (Float32, Float32), d: Bool"

static const Case CASES[] = {
    // On AArch64 nothing is known about the rest of the register of a small integer, also of one that is returned.
    {"a: Int8, b: UInt16, c: Int32, d: Bool) -> Int8", "1, 2, 3, true", "i8 (i8, i16, i32, i8)",
     "signext i8 (i8 signext, i16 zeroext, i32 signext, i8 zeroext)"},
    {") -> UInt32", "", "i32 ()", "zeroext i32 ()"},
    {") -> Bool", "", "i8 ()", "zeroext i8 ()"},
    {"a: Int, b: String, c: Bytes, d: Float32) -> Float", "1, \"\", bytes.of_hex(\"\"), 1.5", "double (i64, ptr, ptr, float)",
     "double (i64, ptr, ptr, float)"},
    {"a: (Float32, Float32, Float32)) -> (Float32, Float32)", "(1.0, 2.0, 3.0)", "[2 x float] ([3 x float] alignstack(8))",
     "double (double, double)"},
    {"a: (Float, Float, Float, Float)) -> ((Float, Float), Float)", "(1.0, 2.0, 3.0, 4.0)",
     "[3 x double] ([4 x double] alignstack(8))", "void (ptr sret([3 x i64]), ptr byval([4 x i64]))"},
    {"a: (Float, Float32)) -> (Float32, Float)", "(1.0, 2.0)", "[2 x i64] ([2 x i64])", "{ double, double } (double, double)"},
    {"a: (Float32, Float32, Float32, Float32, Float32)) -> (Float, Float, Float, Float, Float)", "(1.0, 2.0, 3.0, 4.0, 5.0)",
     "void (ptr sret([5 x i64]), ptr)", "void (ptr sret([5 x i64]), ptr byval([3 x i64]))"},
    {"a: (Int8, Int16)) -> (Int8, Bool, Int32)", "(1, 2)", "i64 (i64)", "i64 (i64)"},
    {"a: (Int, Int8)) -> Bytes", "(1, 2)", "[2 x i64] ([2 x i64])", "{ i64, i64 } (i64, i64)"},
    {"a: (Int, Int, Int8)) -> (Bytes, Int8)", "(1, 2, 3)", "void (ptr sret([3 x i64]), ptr)",
     "void (ptr sret([3 x i64]), ptr byval([3 x i64]))"},
    {MIXED ") -> (Int32, Float)", "1.5, (1, 2), (1.0, 2.0), true", "[2 x i64] (double, [2 x i64], [2 x float] alignstack(8), i8)",
     "{ i64, double } (double, i64, i64, double, i8 zeroext)"},
    // When registers run out.
    {"a: Int, b: Int, c: Int, d: Int, e: Int, f: (Int, Int), g: (Int, Float), h: Int) -> ()",
     "1, 2, 3, 4, 5, (6, 7), (8, 1.0), 9", "void (i64, i64, i64, i64, i64, [2 x i64], [2 x i64], i64)",
     "void (i64, i64, i64, i64, i64, ptr byval([2 x i64]), i64, double, i64)"},
};

// The IR of a program that calls a function of this signature, for the machine.
static void compile(LLVMTargetMachineRef machine, const Case *c, Buf *ir) {
    char path[] = "/tmp/test_codegen_foreign.XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    FILE *out = fdopen(file, "w");
    fprintf(out, "extern \"libc.so.6\" fn f(%s = \"abs\"\n", c->signature);
    fprintf(out, "workflow main = from([1]) |> map(_ => f(%s)) |> print\n", c->args);
    fclose(out);
    Compilation compilation;
    CodegenOptions options = {.machine = machine, .foreign = FOREIGN_DIRECTLY, .optimise = OPTIMISE_FULLY};
    bool fine = pipeline_open(&compilation, (const char *const[]){path}, 1, options) && pipeline_run(&compilation, "llvm");
    cr_assert(fine, "%s: %s", c->signature, compilation.error);
    codegen_dump(compilation.codegen, ir);
    pipeline_close(&compilation);
    unlink(path);
}

// The one call of an address that was loaded, as in CASES: of `%7 = call i8 %6(i8 %5) #0` that is `i8 (i8)`.
static void find_call(const char *ir, Buf *call) {
    const char *at = ir;
    do {
        at = strstr(at, "call ");
        cr_assert(at, "%s", ir);
        at += strlen("call ");
    } while (memchr(at, '@', strcspn(at, "(")));
    const char *end = strstr(at, ") #") + 1;
    while (at < end) {
        size_t name = *at == ' ' && at[1] == '%' ? 2 + strcspn(at + 2, "(,) ") : 0;
        if (name && at[name] == '(') buf_puts(call, " "); // what is called
        if (!name) buf_printf(call, "%c", *at++);
        at += name;
    }
}

static void check(const char *triple, const Case *c, const char *expected) {
    LLVMTargetRef target;
    char *error = NULL;
    cr_assert_not(LLVMGetTargetFromTriple(triple, &target, &error), "%s", error);
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(target, triple, "generic", "", LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault);
    Buf ir = {0}, call = {0};
    compile(machine, c, &ir);
    find_call(buf_text(&ir), &call);
    cr_expect_str_eq(buf_text(&call), expected, "%s: %s: %s instead of %s", triple, c->signature, buf_text(&call), expected);
    buf_free(&ir);
    buf_free(&call);
    LLVMDisposeTargetMachine(machine);
}

Test(codegen_foreign, calls_are_those_of_c) {
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        check("aarch64-unknown-linux-gnu", &CASES[i], CASES[i].aarch64);
        check("x86_64-pc-linux-gnu", &CASES[i], CASES[i].x86_64);
    }
}
