// Files and modules: what load_modules finds through a Loader, and the examples that it parses.
#include <criterion/criterion.h>
#include <string.h>

#include "lang/examples.h"
#include "lang/load.h"

// ---- files of a test -------------------------------------------------------------------------------------------------------

typedef struct TestFile {
    const char *path, *identity;
    const char *text; // NULL: it cannot be read
} TestFile;

typedef struct Files {
    Arena arena;
    Context context;
    const TestFile *items;
    int count;
    int reads;
    Module *main;
} Files;

static const TestFile *find_path(const Files *files, const char *path) {
    for (int i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0) return &files->items[i];
    return NULL;
}

static Found find(void *data, const char *from, Symbol name, ModuleFile *file) {
    Files *files = data;
    const char *slash = strrchr(from, '/');
    int directory = slash ? (int)(slash + 1 - from) : 0;
    file->path = arena_printf(&files->arena, "%.*s%s.portals", directory, from, name);
    const TestFile *found = find_path(files, file->path);
    file->identity = found ? found->identity : NULL;
    return found ? FOUND_FILE : FOUND_NOTHING;
}

static bool read_text(void *data, const ModuleFile *file, const char **text, size_t *length, const char **reason) {
    Files *files = data;
    const TestFile *found = find_path(files, file->path);
    files->reads++;
    *text = found->text;
    *length = found->text ? strlen(found->text) : 0;
    *reason = "it is locked";
    return found->text;
}

static const char *similar(void *data, const char *from, Symbol name) {
    (void)data, (void)from;
    return strcmp(name, "geomtry") == 0 ? "geometry" : NULL;
}

static Module *add(Files *files, const char *name, const char *path, const char *identity, const char *text, bool library) {
    Module *module = ARENA_NEW(&files->arena, Module);
    module->name = intern_text(&files->context.names, name);
    module->identity = identity ? intern_text(&files->context.names, identity) : NULL;
    module->file = source_add(&files->context.sources, path, text, strlen(text), library);
    module->library = module->shipped = library;
    vec_push(&files->arena, &files->context.modules, module);
    return module;
}

static const char LIST[] = "/// Example: `[1].size() == 1`\nfn size[T](list: List[T]) -> Int\n";

// Loads a program, which is the first of the files, with a library of one module.
static void load(Files *files, const TestFile *items, int count, ExamplesOf examples) {
    *files = (Files){.items = items, .count = count};
    context_init(&files->context, &files->arena);
    add(files, "list", "<stdlib>/list.portals", NULL, LIST, true);
    files->main = add(files, "", items[0].path, items[0].identity, items[0].text, false);
    Loader loader = {files, find, read_text, similar};
    load_modules(&files->context, files->main, &loader, examples);
    cr_assert_eq(files->context.diags.errors, 0, "what is missing is for the checker to tell");
}

#define LOAD(files, items) load((files), (items), (int)(sizeof(items) / sizeof *(items)), EXAMPLES_OF_PROGRAM)

static const Import *import_of(const Module *module, int number) {
    cr_assert(number < module->imports.count);
    return &module->imports.items[number];
}

// ---- modules -----------------------------------------------------------------------------------------------------------------

Test(load, a_module_is_loaded_once) {
    static const TestFile items[] = {
        {"p/main.portals", "main", "import a\nimport b\nimport c\n"},
        {"p/a.portals", "a", "import b\nimport a\nimport main\n"},
        {"p/b.portals", "b", "import a\n"},
        {"p/c.portals", "b", "import a\n"}, // the same file by another name
    };
    Files files;
    LOAD(&files, items);
    cr_expect_eq(files.context.modules.count, 4, "the library, the program, a and b");
    cr_expect_eq(files.reads, 2);
    const Module *a = import_of(files.main, 0)->module, *b = import_of(files.main, 1)->module;
    cr_expect_str_eq(a->name, "a");
    cr_expect_str_eq(b->name, "b");
    cr_expect_eq(import_of(files.main, 2)->module, b);
    cr_expect_eq(import_of(a, 0)->module, b);
    cr_expect_eq(import_of(a, 1)->module, a);
    cr_expect_eq(import_of(a, 2)->module, files.main);
    cr_expect_eq(import_of(b, 0)->module, a);
    arena_free(&files.arena);
}

Test(load, a_file_comes_before_the_library) {
    static const TestFile without[] = {{"main.portals", "main", "import list\n"}};
    static const TestFile with[] = {{"main.portals", "main", "import list\n"}, {"list.portals", "list", ""}};
    Files files;
    LOAD(&files, without);
    cr_expect(import_of(files.main, 0)->module->library);
    arena_free(&files.arena);
    LOAD(&files, with);
    cr_expect_not(import_of(files.main, 0)->module->library);
    arena_free(&files.arena);
}

Test(load, what_is_not_there) {
    static const TestFile items[] = {{"p/main.portals", "main", "import geomtry\nimport x\nimport locked\n"},
                                     {"p/locked.portals", "locked", NULL}};
    Files files;
    LOAD(&files, items);
    for (int i = 0; i < 3; i++) cr_expect_null(import_of(files.main, i)->module);
    cr_expect(strstr(import_of(files.main, 0)->missing, "no file `p/geomtry.portals`"));
    cr_expect_str_eq(import_of(files.main, 0)->help, "did you mean `geometry`?");
    cr_expect(strstr(import_of(files.main, 1)->help, "a file `NAME.portals`"));
    cr_expect_str_eq(import_of(files.main, 2)->missing, "`p/locked.portals` cannot be read: it is locked");
    cr_expect_null(import_of(files.main, 2)->help);
    arena_free(&files.arena);
}

// ---- examples ----------------------------------------------------------------------------------------------------------------

static const char *text_of(const Files *files, Span span) {
    const char *text = source_file(&files->context.sources, span.file)->text;
    return arena_copy_string((Arena *)&files->arena, text + span.start, span.end - span.start);
}

// The expression that an example asserts.
static const Ast *asserted(const Ast *test) {
    cr_assert_eq(test->kind, AST_test);
    cr_assert(test->flags & FLAG_EXAMPLE);
    const Ast *stmts = test->kid[test_body]->kid[block_stmts];
    cr_assert_eq(stmts->kid_count, 1);
    cr_assert_eq(stmts->kid[0]->kind, AST_assert);
    return stmts->kid[0]->kid[assert_value];
}

Test(load, examples_are_parsed_where_they_stand) {
    static const TestFile items[] = {{"main.portals", "main",
                                      "// Example: `no`\n"
                                      "/// Text.\n"
                                      "  ///  Example: `f(1) == \"`\"` and more\r\n"
                                      "/// Example: none\n"
                                      "//// Example: `no`\n"
                                      "/// An Example: `no`\n"
                                      "fn f(x: Int) -> String = \"/// Example: `no`\"\n"
                                      "record R {\n"
                                      "  /// Example: `R(1).x == 1`\n"
                                      "  x: Int\n"
                                      "}\n"
                                      "/// Example: `true`"}};
    Files files;
    LOAD(&files, items);
    cr_assert_eq(files.main->examples.count, 3);
    Ast **examples = files.main->examples.items;
    cr_expect_str_eq(text_of(&files, asserted(examples[0])->span), "f(1) == \"`\"");
    cr_expect_str_eq(examples[0]->kid[test_title]->text, "f: f(1) == \"`\"");
    cr_expect_str_eq(text_of(&files, asserted(examples[1])->span), "R(1).x == 1");
    cr_expect_str_eq(examples[1]->kid[test_title]->text, "R: R(1).x == 1");
    cr_expect_str_eq(examples[2]->kid[test_title]->text, "example: true");
    for (int i = 0; i < 3; i++) cr_expect_null(ast_verify(&files.arena, examples[i]));
    cr_expect_eq(files.context.modules.items[0]->examples.count, 0, "those of the library are not asked for");
    arena_free(&files.arena);
}

Test(load, examples_of_the_library_belong_to_the_program) {
    static const TestFile items[] = {{"main.portals", "main", "/// Example: `true`\n"}};
    Files files;
    load(&files, items, 1, EXAMPLES_OF_LIBRARY);
    cr_assert_eq(files.main->examples.count, 1);
    cr_expect_str_eq(files.main->examples.items[0]->kid[test_title]->text, "list.size: [1].size() == 1");
    cr_expect_eq(files.context.modules.items[0]->examples.count, 0);
    arena_free(&files.arena);
}
