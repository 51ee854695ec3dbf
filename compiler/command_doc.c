// `portals doc`: what modules declare, with its documentation, as Markdown.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/command.h"
#include "compiler/help.h"
#include "lang/doc.h"

typedef struct DocArgs {
    const char *subject;   // a module, a function of one, or a file; NULL: the library as a whole
    const char *directory; // where the pages of the library go; NULL: standard output
} DocArgs;

// ---- the library -------------------------------------------------------------------------------------------------------

static const Module *find_module(const Compilation *c, const char *name, size_t length) {
    for (int i = 0; i < c->context.modules.count; i++) {
        const Module *module = c->context.modules.items[i];
        if (module->shipped && strlen(module->name) == length && strncmp(module->name, name, length) == 0) return module;
    }
    return NULL;
}

static bool declares(const Compilation *c, const Module *module, const char *name) {
    int count;
    const char **names = doc_names(&c->context, module, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

// A module that is not there may be a function that some have, or be misspelt.
static int unknown_module(const Compilation *c, const char *name) {
    fprintf(stderr, "error: the library has no module `%s`\n", name);
    const char *modules[c->context.modules.count];
    int count = 0, owners = 0;
    for (int i = 0; i < c->context.modules.count; i++) {
        const Module *module = c->context.modules.items[i];
        if (!module->shipped) continue;
        modules[count++] = module->name;
        if (declares(c, module, name)) fprintf(stderr, "%s `%s.%s`", owners++ ? "," : "  = help: there is", module->name, name);
    }
    const char *similar = owners ? NULL : diag_nearest(name, modules, count);
    if (owners) fputc('\n', stderr);
    if (similar) fprintf(stderr, "  = help: did you mean `%s`?\n", similar);
    if (!owners && !similar) fputs("  = help: `portals doc` lists the modules; a file is named with its ending\n", stderr);
    return STATUS_FAILED;
}

static int unknown_function(const Compilation *c, const Module *module, const char *name) {
    int count;
    const char **names = doc_names(&c->context, module, &count);
    const char *similar = diag_nearest(name, names, count);
    fprintf(stderr, "error: the module `%s` declares no `%s`\n", module->name, name);
    if (similar) fprintf(stderr, "  = help: did you mean `%s.%s`?\n", module->name, similar);
    return STATUS_FAILED;
}

// `list`, or `list.sort`.
static int show_subject(const Compilation *c, const char *subject) {
    size_t length = strcspn(subject, ".");
    const Module *module = find_module(c, subject, length);
    if (!module) return unknown_module(c, subject);
    Buf out = {0};
    if (!subject[length])
        doc_module(&c->context, module, module->name, &out);
    else if (!doc_declaration(&c->context, module, subject + length + 1, &out))
        return unknown_function(c, module, subject + length + 1);
    return command_put(&out);
}

static bool write_page(const char *directory, const char *name, Buf *page) {
    Buf path = {0};
    buf_printf(&path, "%s/%s.md", directory, name);
    FILE *file = fopen(buf_text(&path), "wb");
    bool fine = file && fwrite(page->data, 1, page->length, file) == page->length;
    if (file) fine = fclose(file) == 0 && fine;
    if (!fine) fprintf(stderr, "error: cannot write `%s`: %s\n", buf_text(&path), strerror(errno));
    buf_free(&path);
    buf_free(page);
    return fine;
}

static int write_pages(const Compilation *c, const char *directory) {
    if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "error: cannot make the directory `%s`: %s\n", directory, strerror(errno));
        return STATUS_FAILED;
    }
    Buf index = {0};
    doc_index(&c->context, &index);
    bool fine = write_page(directory, "index", &index);
    for (int i = 0; i < c->context.modules.count && fine; i++) {
        const Module *module = c->context.modules.items[i];
        if (!module->shipped) continue;
        Buf page = {0};
        doc_module(&c->context, module, module->name, &page);
        fine = write_page(directory, module->name, &page);
    }
    return fine ? STATUS_OK : STATUS_FAILED;
}

static int show_index(const Compilation *c) {
    Buf out = {0};
    doc_index(&c->context, &out);
    return command_put(&out);
}

static int document_library(const DocArgs *args) {
    Compilation compilation;
    int status = STATUS_FAILED;
    pipeline_open_library(&compilation, (CodegenOptions){0});
    bool parsed = pipeline_run(&compilation, "ast");
    command_report(&compilation);
    if (parsed && args->directory)
        status = write_pages(&compilation, args->directory);
    else if (parsed)
        status = args->subject ? show_subject(&compilation, args->subject) : show_index(&compilation);
    pipeline_close(&compilation);
    return status;
}

// ---- a file ------------------------------------------------------------------------------------------------------------

static bool is_file(const char *subject) {
    static const char ending[] = ".portals";
    size_t length = strlen(subject);
    return strchr(subject, '/') || (length > sizeof ending - 1 && strcmp(subject + length - (sizeof ending - 1), ending) == 0);
}

// The name of the file, without its directory and ending.
static const char *title_of(Compilation *c, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return arena_copy_string(&c->arena, name, strcspn(name, "."));
}

static int document_file(const char *path) {
    Compilation compilation;
    int status = STATUS_FAILED;
    if (command_compile(&compilation, &(CommandFiles){&path, 1}, (CodegenOptions){0}, "ast")) {
        Buf out = {0};
        doc_module(&compilation.context, compilation.apps.items[0], title_of(&compilation, path), &out);
        status = command_put(&out);
    }
    pipeline_close(&compilation);
    return status;
}

// ---- the command -------------------------------------------------------------------------------------------------------

// Fills in `args`; STATUS_USAGE, after a message, if they are wrong.
static int parse_doc_args(int argc, char **argv, DocArgs *args) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) {
            if (i + 1 == argc) return command_usage_error("doc", "a value is missing after", argv[i]);
            args->directory = argv[++i];
        } else if (strncmp(argv[i], "--output=", 9) == 0) {
            args->directory = argv[i] + 9;
        } else if (argv[i][0] == '-') {
            return command_usage_error("doc", "unknown option", argv[i]);
        } else if (args->subject) {
            return command_usage_error("doc", "one module or file at a time; unexpected", argv[i]);
        } else {
            args->subject = argv[i];
        }
    }
    if (args->subject && args->directory)
        return command_usage_error("doc", "-o writes the pages of the whole library, not only of", args->subject);
    return STATUS_OK;
}

int command_doc(int argc, char **argv) {
    if (command_wants_help(argc, argv)) return command_show(help_doc);
    DocArgs args = {0};
    int status = parse_doc_args(argc, argv, &args);
    if (status != STATUS_OK) return status;
    return args.subject && is_file(args.subject) ? document_file(args.subject) : document_library(&args);
}
