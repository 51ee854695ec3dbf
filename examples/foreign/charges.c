// charges.c - stands for a service on the network that takes money: a small library of C for examples/foreign/charges.portals.
// What it has done is a file of lines `KEY AMOUNT RECEIPT`, one a charge. A second charge with the same key does nothing, and
// gives the receipt of the first, as such services do with an idempotency key.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

enum { KEY_SIZE = 32, LINE_SIZE = 128 };

// The receipt of the charge with this key; 0: there is none. `last`: that of the last charge.
static int64_t find(FILE *file, const char *key, int64_t *last) {
    char line[LINE_SIZE];
    rewind(file);
    *last = 0;
    while (fgets(line, sizeof line, file)) {
        long long amount, receipt;
        if (strlen(line) <= KEY_SIZE || sscanf(line + KEY_SIZE, " %lld %lld", &amount, &receipt) != 2) continue;
        *last = receipt;
        if (strncmp(line, key, KEY_SIZE) == 0) return receipt;
    }
    return 0;
}

// The receipt, from 1; -1: the service cannot be reached.
int64_t charge(const char *path, const char *key, int64_t amount) {
    FILE *file = fopen(path, "a+");
    if (!file || strlen(key) != KEY_SIZE) return -1;
    flock(fileno(file), LOCK_EX); // of several partitions, and of several processes
    int64_t last, receipt = find(file, key, &last);
    if (!receipt) {
        receipt = last + 1;
        fprintf(file, "%s %lld %lld\n", key, (long long)amount, (long long)receipt);
    }
    return fclose(file) == 0 ? receipt : -1;
}
