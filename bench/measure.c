// measure.c - runs a command and says what it took: `measure OUT COMMAND...` sends its standard output to the file OUT and
// prints "SECONDS PEAK_KIB CPU_SECONDS" (wall clock, peak resident memory, time of the processors). The status is the command's.
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double in_seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int run(const char *out, char **command) {
    int file = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
        perror(out);
        return 126;
    }
    execvp(command[0], command);
    perror(command[0]);
    return 127;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: measure OUT COMMAND...\n", stderr);
        return 2;
    }
    double start = now();
    pid_t child = fork();
    if (child == 0) _exit(run(argv[1], argv + 2));
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("measure");
        return 1;
    }
    double seconds = now() - start;
    printf("%.6f %ld %.6f\n", seconds, usage.ru_maxrss, in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
