#include "compiler/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENOUGH = 65 << 20 }; // bytes: the parser refuses longer texts

bool file_read_stream(FILE *stream, Buf *out) {
    enum { BLOCK = 1 << 16 };
    size_t got;
    do {
        got = fread(buf_reserve(out, BLOCK), 1, BLOCK, stream);
        out->length += got;
    } while (got == BLOCK && out->length < ENOUGH);
    return !ferror(stream);
}

bool file_read(const char *path, Buf *out) {
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool fine = file_read_stream(file, out);
    int error = errno;
    fclose(file);
    errno = error;
    return fine;
}

// ---- replacing ----

static bool write_all(int file, const char *text, size_t length) {
    while (length) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno != EINTR) return false;
        if (written < 0) continue;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

// Writes a new file beside `path`, whose name goes to `temporary`: the path with XXXXXX behind it.
static bool write_beside(const char *path, char *temporary, const char *text, size_t length) {
    struct stat old;
    if (stat(path, &old) < 0) return false;
    int file = mkstemp(temporary);
    if (file < 0) return false;
    bool fine = write_all(file, text, length) && fchmod(file, old.st_mode & 07777) == 0 && fsync(file) == 0;
    int error = errno;
    if (close(file) < 0 && fine) {
        fine = false;
        error = errno;
    }
    if (!fine) unlink(temporary);
    errno = error;
    return fine;
}

static bool replace(const char *path, char *temporary, const char *text, size_t length) {
    if (!write_beside(path, temporary, text, length)) return false;
    if (rename(temporary, path) == 0) return true;
    int error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

bool file_replace(const char *path, const char *text, size_t length) {
    char *target = realpath(path, NULL);
    if (!target) return false;
    Buf temporary = {0};
    buf_puts(&temporary, target);
    buf_puts(&temporary, ".XXXXXX");
    buf_text(&temporary);
    bool fine = replace(target, temporary.data, text, length);
    int error = errno;
    buf_free(&temporary);
    free(target);
    errno = error;
    return fine;
}
