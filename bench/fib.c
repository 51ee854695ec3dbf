// fib.c - the baseline of fib.portals, with checked arithmetic: `fib N` prints the Nth Fibonacci number.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int64_t fib(int64_t n) {
    int64_t one, two, sum;
    if (n < 2) return n;
    if (__builtin_sub_overflow(n, 1, &one) || __builtin_sub_overflow(n, 2, &two)) abort();
    if (__builtin_add_overflow(fib(one), fib(two), &sum)) abort();
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: fib N\n", stderr);
        return 2;
    }
    printf("%lld\n", (long long)fib(strtoll(argv[1], NULL, 10)));
    return 0;
}
