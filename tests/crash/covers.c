// covers REFERENCE PART... - what the lives of a run have put out, one after the other, must be the reference: each goes on where
// the one before it stopped, or repeats the end of what was there. Nothing may be missing. Exit status 0, or 1 with a message.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
    char *bytes;
    size_t size;
} Text;

static Text read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    Text text = {0};
    size_t capacity = 0, got = 0;
    do {
        text.size += got;
        if (text.size == capacity) text.bytes = realloc(text.bytes, capacity = capacity ? 2 * capacity : 1 << 16);
        if (!text.bytes) exit(2);
    } while ((got = fread(text.bytes + text.size, 1, capacity - text.size, file)) > 0);
    fclose(file);
    return text;
}

// The last place, up to `covered`, where the part stands in the reference; false if there is none.
static int find_place(const Text *reference, const Text *part, size_t covered, size_t *place) {
    for (size_t at = covered + 1; at-- > 0;) {
        if (part->size > reference->size - at || memcmp(reference->bytes + at, part->bytes, part->size) != 0) continue;
        *place = at;
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    Text reference = read_text(argv[1]);
    size_t covered = 0, repeated = 0;
    for (int i = 2; i < argc; i++) {
        Text part = read_text(argv[i]);
        size_t place;
        if (!find_place(&reference, &part, covered, &place)) {
            printf("%s: %zu bytes that do not go on behind the %zu bytes before\n", argv[i], part.size, covered);
            return 1;
        }
        repeated += place + part.size < covered ? part.size : covered - place;
        if (place + part.size > covered) covered = place + part.size;
        free(part.bytes);
    }
    if (covered != reference.size) printf("%zu bytes of %zu have gone out\n", covered, reference.size);
    printf("%zu\n", repeated);
    free(reference.bytes);
    return covered != reference.size;
}
