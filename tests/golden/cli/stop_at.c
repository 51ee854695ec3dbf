// Loaded before a program: its clock runs so fast that each step is an epoch, and each is written before the next step. The process
// ends, like one that is killed, where it has made files durable as often as STOP_AT says.
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int file) {
    static int count;
    const char *at = getenv("STOP_AT");
    (void)file; // what a process has written outlives it
    if (at && ++count == atoi(at)) kill(getpid(), SIGKILL);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static long ahead;
    int code = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock != CLOCK_MONOTONIC) return code;
    usleep(100);
    time->tv_sec += ++ahead / 500;
    time->tv_nsec += ahead % 500 * 2000000;
    if (time->tv_nsec >= 1000000000) time->tv_nsec -= 1000000000, time->tv_sec++;
    return code;
}
