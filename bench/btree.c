// btree.c - the baseline of map.portals and map_state.portals: a plain B-tree of integers to integers that is changed in place.
// `btree COUNT ROUNDS` puts in COUNT pseudo-random keys, looks all of them up ROUNDS times, prints the sum of what it finds, and
// on standard error what each took. `btree COUNT update UPDATES` puts in the numbers below COUNT, then updates pseudo-random
// ones.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 31, HALF = MOST / 2 }; // entries in a node

typedef struct Node {
    int count;
    int leaf;
    int64_t keys[MOST];
    int64_t values[MOST];
    struct Node *links[]; // MOST + 1, unless it is a leaf
} Node;

static Node *node_new(int leaf) {
    Node *node = malloc(sizeof *node + (leaf ? 0 : (MOST + 1) * sizeof(Node *)));
    if (!node) abort();
    node->count = 0;
    node->leaf = leaf;
    return node;
}

static int place_in(const Node *node, int64_t key) {
    const int64_t *at = node->keys;
    for (int rest = node->count; rest > 1;) {
        int half = rest / 2;
        at = at[half - 1] < key ? at + half : at;
        rest -= half;
    }
    int place = (int)(at - node->keys);
    return place < node->count ? place + (*at < key) : place;
}

static const int64_t *find(const Node *node, int64_t key) {
    while (1) {
        int place = place_in(node, key);
        if (place < node->count && node->keys[place] == key) return &node->values[place];
        if (node->leaf) return NULL;
        node = node->links[place];
    }
}

// Makes room for an entry at a place, and in an inner node for a link behind it.
static void open_gap(Node *node, int place) {
    size_t behind = (size_t)(node->count - place);
    memmove(node->keys + place + 1, node->keys + place, behind * sizeof(int64_t));
    memmove(node->values + place + 1, node->values + place, behind * sizeof(int64_t));
    if (!node->leaf) memmove(node->links + place + 2, node->links + place + 1, behind * sizeof(Node *));
    node->count++;
}

// Splits the full node that a link of `above`, which is not full, leads to.
static void split(Node *above, int place) {
    Node *left = above->links[place], *right = node_new(left->leaf);
    right->count = MOST - HALF - 1;
    memcpy(right->keys, left->keys + HALF + 1, (size_t)right->count * sizeof(int64_t));
    memcpy(right->values, left->values + HALF + 1, (size_t)right->count * sizeof(int64_t));
    if (!left->leaf) memcpy(right->links, left->links + HALF + 1, (size_t)(right->count + 1) * sizeof(Node *));
    left->count = HALF;
    open_gap(above, place);
    above->keys[place] = left->keys[HALF];
    above->values[place] = left->values[HALF];
    above->links[place + 1] = right;
}

// Full nodes are split on the way down.
static Node *insert(Node *root, int64_t key, int64_t value) {
    if (root->count == MOST) {
        Node *above = node_new(0);
        above->links[0] = root;
        split(above, 0);
        root = above;
    }
    for (Node *node = root;;) {
        int place = place_in(node, key);
        if (place < node->count && node->keys[place] == key) {
            node->values[place] = value;
            return root;
        }
        if (node->leaf) {
            open_gap(node, place);
            node->keys[place] = key;
            node->values[place] = value;
            return root;
        }
        if (node->links[place]->count == MOST) {
            split(node, place);
            if (key == node->keys[place]) {
                node->values[place] = value;
                return root;
            }
            place += key > node->keys[place];
        }
        node = node->links[place];
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// The same keys in the same order as in map.portals.
static uint64_t next(uint64_t key) {
    return key * 6364136223846793005u + 1442695040888963407u;
}

static int64_t sum(const Node *root, int64_t count) {
    int64_t sum = 0;
    uint64_t key = 1;
    for (int64_t i = 0; i < count; i++) {
        key = next(key);
        const int64_t *value = find(root, (int64_t)key);
        if (!value) abort();
        sum += *value;
    }
    return sum;
}

static int64_t sum_of(const Node *node) {
    int64_t sum = 0;
    for (int i = 0; i < node->count; i++) sum += node->values[i];
    for (int i = 0; !node->leaf && i <= node->count; i++) sum += sum_of(node->links[i]);
    return sum;
}

// As map_state.portals does it.
static int update(int64_t count, int64_t updates) {
    Node *root = node_new(1);
    double start = now();
    for (int64_t i = 0; i < count; i++) root = insert(root, i, i);
    double inserted = now();
    for (int64_t i = count; i < count + updates; i++) {
        int64_t x = (int64_t)next((uint64_t)i);
        root = insert(root, (x < 0 ? ~x : x) % count, i);
    }
    double done = now();
    printf("(%" PRId64 ", %" PRId64 ")\n", count, sum_of(root));
    fprintf(stderr, "insert %.1f ns, update %.1f ns\n", (inserted - start) / (double)count, (done - inserted) / (double)updates);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[2], "update") == 0 && atoll(argv[1]) > 0 && atoll(argv[3]) > 0)
        return update(atoll(argv[1]), atoll(argv[3]));
    int64_t count = argc == 3 ? strtoll(argv[1], NULL, 10) : 0, rounds = argc == 3 ? strtoll(argv[2], NULL, 10) : -1;
    if (count <= 0 || rounds < 0) {
        fputs("usage: btree COUNT ROUNDS | COUNT update UPDATES\n", stderr);
        return 2;
    }
    Node *root = node_new(1);
    uint64_t key = 1;
    double start = now();
    for (int64_t i = 0; i < count; i++) {
        key = next(key);
        root = insert(root, (int64_t)key, i);
    }
    double inserted = now();
    int64_t total = 0;
    for (int64_t i = 0; i < rounds; i++) total += sum(root, count);
    double done = now();
    printf("%" PRId64 "\n", total);
    fprintf(stderr, "insert %.1f ns, find %.1f ns\n", (inserted - start) / (double)count,
            rounds ? (done - inserted) / (double)(count * rounds) : 0.0);
    return 0; // the tree is given back with the process
}
