// btree.c - the baseline for maps: a plain B-tree of integers to integers that is changed in place. Puts in a million random
// keys, looks all of them up in another order, and prints what each took.
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

// The same keys in the same order as in the program that this is compared with.
static uint64_t mix(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

int main(int argc, char **argv) {
    int64_t count = argc > 1 ? atoll(argv[1]) : 1000000, sum = 0;
    Node *root = node_new(1);
    double start = now();
    for (int64_t i = 0; i < count; i++) root = insert(root, (int64_t)mix((uint64_t)i), i);
    double inserted = now();
    for (int64_t i = 0; i < count; i++) {
        const int64_t *value = find(root, (int64_t)mix((uint64_t)(i * 7919 % count)));
        sum += value ? *value : -1;
    }
    double done = now();
    printf("insert %.1f ns, find %.1f ns (sum %" PRId64 ")\n", (inserted - start) / (double)count,
           (done - inserted) / (double)count, sum);
    return 0; // the tree is given back with the process
}
