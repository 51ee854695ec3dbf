// shapes.c - a small library of C for examples/foreign/foreign.portals.
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>

struct point {
    double x, y;
};

struct circle {
    double x, y, radius;
};

// The circle through three points that are not in a row.
struct circle circle_of(struct point a, struct point b, struct point c) {
    double d = 2 * (a.x * (b.y - c.y) + b.x * (c.y - a.y) + c.x * (a.y - b.y));
    double aa = a.x * a.x + a.y * a.y, bb = b.x * b.x + b.y * b.y, cc = c.x * c.x + c.y * c.y;
    struct circle circle = {
        .x = (aa * (b.y - c.y) + bb * (c.y - a.y) + cc * (a.y - b.y)) / d,
        .y = (aa * (c.x - b.x) + bb * (a.x - c.x) + cc * (b.x - a.x)) / d,
    };
    circle.radius = sqrt((a.x - circle.x) * (a.x - circle.x) + (a.y - circle.y) * (a.y - circle.y));
    return circle;
}

// Several threads may call it at once: a program has one for each partition.
int32_t shapes_made(void) {
    static atomic_int made;
    return atomic_fetch_add(&made, 1) + 1;
}
