#include "compiler/repl/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static atomic_bool stop;
static struct sigaction before, before_end, before_quit;
static void (*leave)(void *user);
static void *leave_user;

static const char STILL_WAITING[] = "\nwhat is running stops as soon as it comes back to Portals; Ctrl-\\ ends the prompt\n";

static void ask_to_stop(int signal) {
    (void)signal;
    int kept = errno;
    if (atomic_exchange(&stop, true) && write(STDERR_FILENO, STILL_WAITING, sizeof STILL_WAITING - 1) < 0) {
        // There is nobody to tell.
    }
    errno = kept;
}

static void listen(int signal, void (*handler)(int signal), struct sigaction *old) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, old);
}

// The signal comes again when the handler is left.
static void leave_and_end(int signal) {
    leave(leave_user);
    listen(signal, SIG_DFL, NULL);
    raise(signal);
}

atomic_bool *interrupt_flag(void) {
    return &stop;
}

// SIGTERM ends the prompt, which has nothing to bring to an end first, as a run has. Calls of the system that wait are left, so
// that who waits looks at the flag.
void interrupt_begin(void (*leave_first)(void *user), void *user) {
    leave = leave_first;
    leave_user = user;
    listen(SIGINT, leave ? ask_to_stop : SIG_DFL, &before);
    listen(SIGTERM, leave ? leave_and_end : SIG_DFL, &before_end);
    if (leave) listen(SIGQUIT, leave_and_end, &before_quit);
}

void interrupt_end(void) {
    sigaction(SIGINT, &before, NULL);
    sigaction(SIGTERM, &before_end, NULL);
    if (leave) sigaction(SIGQUIT, &before_quit, NULL);
}
