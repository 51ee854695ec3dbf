// codegen_debug.c - line numbers for debuggers and profilers: every function and instruction of the core knows its place in the
// source. Functions of the library that were inlined are told apart by the file they come from.
#include "compiler/codegen_internal.h"

static LLVMMetadataRef debug_file(Codegen *g, uint32_t number) {
    LLVMMetadataRef *file = &g->debug_files[number];
    if (*file) return *file;
    const char *path = source_file(g->program->sources_text, number)->path;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t directory = slash ? (size_t)(slash - path) : 0;
    *file = LLVMDIBuilderCreateFile(g->debug, name, strlen(name), directory ? path : ".", directory ? directory : 1);
    return *file;
}

static void add_flag(Codegen *g, const char *name, uint32_t value) {
    LLVMAddModuleFlag(g->module, LLVMModuleFlagBehaviorWarning, name, strlen(name), LLVMValueAsMetadata(gen_u32(g, value)));
}

void gen_debug_begin(Codegen *g) {
    const Sources *sources = g->program->sources_text;
    static const char producer[] = "portals";
    enum { DWARF_VERSION = 4 };
    g->debug = LLVMCreateDIBuilder(g->module);
    g->debug_files = ARENA_ARRAY(g->arena, LLVMMetadataRef, sources->files.count);
    const CoreFn *setup = g->program->setup; // is in the program itself
    LLVMMetadataRef file = debug_file(g, setup ? setup->span.file : 0);
    g->debug_unit = LLVMDIBuilderCreateCompileUnit(g->debug, LLVMDWARFSourceLanguageC, file, producer, sizeof producer - 1,
                                                   g->options.optimise != OPTIMISE_NOT, "", 0, 0, "", 0,
                                                   LLVMDWARFEmissionLineTablesOnly, 0, false, false, "", 0, "", 0);
    g->debug_fn_type = LLVMDIBuilderCreateSubroutineType(g->debug, file, NULL, 0, LLVMDIFlagZero);
    add_flag(g, "Debug Info Version", LLVMDebugMetadataVersion());
    add_flag(g, "Dwarf Version", DWARF_VERSION);
}

void gen_debug_fn(Codegen *g, const CoreFn *fn, LLVMValueRef function) {
    LLVMMetadataRef file = debug_file(g, fn->span.file);
    unsigned line = (unsigned)source_position(g->program->sources_text, fn->span.file, fn->span.start).line;
    size_t length;
    const char *symbol = LLVMGetValueName2(function, &length);
    LLVMMetadataRef scope =
        LLVMDIBuilderCreateFunction(g->debug, file, fn->name, strlen(fn->name), symbol, length, file, line, g->debug_fn_type,
                                    true, true, line, LLVMDIFlagZero, g->options.optimise != OPTIMISE_NOT);
    LLVMSetSubprogram(function, scope);
}

// A function may have code of another file (a closure unfolded on the spot): its lines would mislead, and are those of the
// function.
void gen_debug_place(GenFn *f, Span span) {
    Codegen *g = f->g;
    if (span.file != f->fn->span.file) span = f->fn->span;
    Position place = source_position(g->program->sources_text, span.file, span.start);
    LLVMMetadataRef scope = LLVMGetSubprogram(f->function);
    LLVMMetadataRef location =
        LLVMDIBuilderCreateDebugLocation(g->context, (unsigned)place.line, (unsigned)place.column, scope, NULL);
    LLVMSetCurrentDebugLocation2(g->builder, location);
}

void gen_debug_leave(Codegen *g) {
    LLVMSetCurrentDebugLocation2(g->builder, NULL);
}

void gen_debug_end(Codegen *g) {
    LLVMDIBuilderFinalize(g->debug);
    LLVMDisposeDIBuilder(g->debug);
    g->debug = NULL;
}
