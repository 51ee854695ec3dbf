#include "compiler/repl/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static atomic_bool stop;
static struct sigaction before, before_end;

static const char STILL_WAITING[] = "\nwhat is running stops as soon as it comes back to Portals; Ctrl-\\ ends the prompt\n";

static void ask_to_stop(int signal) {
    (void)signal;
    int kept = errno;
    if (atomic_exchange(&stop, true) && write(STDERR_FILENO, STILL_WAITING, sizeof STILL_WAITING - 1) < 0) {
        // There is nobody to tell.
    }
    errno = kept;
}

atomic_bool *interrupt_flag(void) {
    return &stop;
}

// SIGTERM ends the prompt, which has nothing to bring to an end first, as a run has. Calls of the system that wait are left, so
// that who waits looks at the flag.
void interrupt_begin(bool is_typed) {
    struct sigaction action = {.sa_handler = is_typed ? ask_to_stop : SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before);
    struct sigaction end = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, &end, &before_end);
}

void interrupt_end(void) {
    sigaction(SIGINT, &before, NULL);
    sigaction(SIGTERM, &before_end, NULL);
}
