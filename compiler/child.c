#include "compiler/child.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

bool set_error(char **error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (vasprintf(error, format, args) < 0) *error = NULL;
    va_end(args);
    return false;
}

bool child_wait(pid_t child, const char *program, int *status, char **error) {
    int ended;
    while (waitpid(child, &ended, 0) < 0)
        if (errno != EINTR) return set_error(error, "cannot wait for `%s`: %s", program, strerror(errno));
    if (WIFSIGNALED(ended)) return set_error(error, "`%s` was ended by signal %d", program, WTERMSIG(ended));
    *status = WEXITSTATUS(ended);
    return true;
}
