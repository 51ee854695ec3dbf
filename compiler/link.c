#include "compiler/link.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/child.h"
#include "compiler/codegen_internal.h"
#include "compiler/embed.h"
#include "vm/program.h"

extern char **environ;

// ---- temporary files ---------------------------------------------------------------------------------------------------------

// Makes an empty file with this ending in the directory for temporary files and opens it. *path is to be freed; NULL on errors.
static int open_temporary(const char *ending, char **path, char **error) {
    const char *directory = getenv("TMPDIR");
    if (!directory || !*directory) directory = "/tmp";
    if (asprintf(path, "%s/portals-XXXXXX%s", directory, ending) < 0) {
        *path = NULL;
        set_error(error, "out of memory");
        return -1;
    }
    int file = mkstemps(*path, (int)strlen(ending));
    if (file >= 0) return file;
    set_error(error, "cannot make a temporary file in %s: %s", directory, strerror(errno));
    free(*path);
    *path = NULL;
    return -1;
}

static void remove_temporary(char *path) {
    if (path) unlink(path);
    free(path);
}

static bool write_all(int file, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

// The VM as a file for the linker; NULL on errors.
static char *write_archive(char **error) {
    char *path;
    int file = open_temporary(".a", &path, error);
    if (file < 0) return NULL;
    bool written = write_all(file, embed_vm_archive, (size_t)(embed_vm_archive_end - embed_vm_archive));
    int reason = errno;
    if (close(file) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written) return path;
    set_error(error, "cannot write `%s`: %s", path, strerror(reason));
    remove_temporary(path);
    return NULL;
}

// ---- linking -----------------------------------------------------------------------------------------------------------------

// Runs a command whose messages the user sees, and waits for it.
static bool run(char *const *command, char **error) {
    pid_t child;
    int failure = posix_spawnp(&child, command[0], NULL, NULL, command, environ);
    if (failure) return set_error(error, "cannot run the linker `%s`: %s", command[0], strerror(failure));
    int status;
    if (!child_wait(child, command[0], &status, error)) return false;
    return status == 0 || set_error(error, "`%s` could not link the program (exit status %d)", command[0], status);
}

// The linker's own message about an output file that cannot be written is long and says little. An existing file stays as it is.
static bool check_output(const char *output, char **error) {
    bool existed = access(output, F_OK) == 0;
    int file = open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
    // A running executable cannot be opened, but the linker replaces it.
    if (file < 0 && errno == ETXTBSY) return true;
    if (file < 0) return set_error(error, "cannot write `%s`: %s", output, strerror(errno));
    close(file);
    if (!existed) unlink(output);
    return true;
}

// `CC` may have options, as in CC="ccache gcc".
static int split_words(char *text, char **words, int capacity) {
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " \t", &rest); word && count < capacity; word = strtok_r(NULL, " \t", &rest))
        words[count++] = word;
    return count;
}

enum { MAX_WORDS = 32, MAX_ARGUMENTS = 16 };

// The compiler, with arguments up to a NULL.
static bool run_linker(const char *const *arguments, char **error) {
    const char *compiler = getenv("CC");
    char *text = strdup(compiler && *compiler ? compiler : "cc"), *command[MAX_WORDS + MAX_ARGUMENTS];
    if (!text) return set_error(error, "out of memory");
    int count = split_words(text, command, MAX_WORDS);
    if (count == 0) command[count++] = "cc";
    do command[count++] = (char *)*arguments;
    while (*arguments++);
    bool linked = run(command, error);
    free(text);
    return linked;
}

bool link_executable(const char *object, const char *output, char **error) {
    if (!check_output(output, error)) return false;
    char *archive = write_archive(error);
    if (!archive) return false;
    bool linked = run_linker(
        (const char *const[]){object, archive, "-o", output, "-Wl,--gc-sections", "-Wl,--strip-debug", "-lm", "-lpthread", NULL},
        error);
    remove_temporary(archive);
    return linked;
}

// A library that has nothing but the name of the real one, which need not be on this machine: what is linked with it says that it
// needs libportals. A process that loads the program has that already.
static bool make_stand_in(const char *path, char **error) {
    return run_linker(
        (const char *const[]){"-shared", "-nostdlib", "-Wl,-soname," PT_LIBRARY, "-x", "c", "/dev/null", "-o", path, NULL},
        error);
}

// Functions are looked up when they are called first: so the library can say that a program is too old for it.
static bool link_with_stand_in(const char *object, const char *stand_in, const char *output, char **error) {
    return run_linker((const char *const[]){"-shared", object, "-o", output, "-Wl,--gc-sections", "-Wl,--strip-debug",
                                            "-Wl,-z,lazy", "-Wl,--no-as-needed", stand_in, "-lm", NULL},
                      error);
}

bool link_shared(const char *object, const char *output, char **error) {
    if (!check_output(output, error)) return false;
    char *stand_in;
    int file = open_temporary(".so", &stand_in, error);
    if (file < 0) return false;
    close(file);
    bool linked = make_stand_in(stand_in, error) && link_with_stand_in(object, stand_in, output, error);
    remove_temporary(stand_in);
    return linked;
}

bool link_object(Codegen *codegen, const char *path, char **error) {
    char *message = NULL;
    if (LLVMTargetMachineEmitToFile(codegen->machine, codegen->module, path, LLVMObjectFile, &message)) {
        set_error(error, "cannot write `%s`: %s", path, message);
        LLVMDisposeMessage(message);
        return false;
    }
    return !codegen->error || set_error(error, "the program cannot be compiled: %s", codegen->error);
}

bool link_program(Codegen *codegen, LinkKind kind, const char *output, char **error) {
    char *object;
    int file = open_temporary(".o", &object, error);
    if (file < 0) return false;
    close(file);
    bool linked = link_object(codegen, object, error) &&
                  (kind == LINK_SHARED ? link_shared(object, output, error) : link_executable(object, output, error));
    remove_temporary(object);
    return linked;
}
