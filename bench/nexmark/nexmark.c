// nexmark.c - the queries of this folder in C, written by hand: `nexmark QUERY [COUNT]`.
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- events: as in events.portals ----

typedef struct Person {
    int64_t id;
    char name[32];
    const char *state;
} Person;

typedef struct Auction {
    int64_t id, seller, category;
} Auction;

typedef struct Bid {
    int64_t auction, bidder, price, time;
} Bid;

typedef enum Kind { JOINED, OPENED, OFFERED } Kind;

typedef struct Event {
    Kind kind;
    union {
        Person person;
        Auction auction;
        Bid bid;
    };
} Event;

static int64_t wrap_add(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrap_mul(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t mix(int64_t n) {
    int64_t a = wrap_mul(n, 7046029254386353131);
    int64_t b = wrap_mul(wrap_add(a, a / 4294967296), 2685821657736338717);
    return wrap_add(b, b / 4294967296);
}

static int64_t pick(int64_t n, int64_t salt, int64_t limit) {
    int64_t r = mix(wrap_add(wrap_mul(n, 4), salt)) % limit;
    return r < 0 ? r + limit : r;
}

static int64_t recent(int64_t n, int64_t salt, int64_t newest) {
    int64_t id = newest - pick(n, salt, 1000);
    return id > 0 ? id : 0;
}

static const char *const states[] = {"AZ", "CA", "ID", "OR", "WA", "WY"};

static inline Event make_event(int64_t n) {
    int64_t era = n / 50, place = n % 50;
    Event event;
    if (place == 0) {
        event.kind = JOINED;
        event.person.id = era;
        snprintf(event.person.name, sizeof event.person.name, "person %" PRId64, era);
        event.person.state = states[pick(n, 0, 6)];
    } else if (place <= 3) {
        event.kind = OPENED;
        event.auction = (Auction){era * 3 + place - 1, recent(n, 1, era), 10 + pick(n, 2, 5)};
    } else {
        event.kind = OFFERED;
        event.bid = (Bid){recent(n, 0, era * 3 + 2), recent(n, 1, era), 100 + pick(n, 2, 10000), n};
    }
    return event;
}

static int64_t digest_count, digest_sum;

static void digest(int64_t x) {
    digest_count++;
    digest_sum = wrap_add(digest_sum, mix(x));
}

static void *grown(void *items, size_t *capacity, size_t wanted, size_t size) {
    if (wanted <= *capacity) return items;
    size_t larger = *capacity ? *capacity : 4;
    while (larger < wanted) larger *= 2;
    char *moved = realloc(items, larger * size);
    if (!moved) abort();
    memset(moved + *capacity * size, 0, (larger - *capacity) * size);
    *capacity = larger;
    return moved;
}

static int64_t of_bid(const Bid *bid) {
    return wrap_add(wrap_add(wrap_add(bid->auction, bid->bidder), bid->price), bid->time);
}

// ---- queries ----

static void currency(int64_t count) {
    for (int64_t n = 0; n < count; n++) {
        Event event = make_event(n);
        if (event.kind != OFFERED) continue;
        event.bid.price = event.bid.price * 908 / 1000;
        digest(of_bid(&event.bid));
    }
}

static void selection(int64_t count) {
    for (int64_t n = 0; n < count; n++) {
        Event event = make_event(n);
        if (event.kind == OFFERED && event.bid.auction % 123 == 0) digest(event.bid.auction + event.bid.price);
    }
}

// What is known by the number of a person, in a table with open addressing.
typedef struct Entry {
    int64_t key;
    bool used, known;
    Person person;
    int64_t *waiting;
    size_t waiting_count, waiting_capacity;
} Entry;

typedef struct Table {
    Entry *entries;
    size_t mask, count;
} Table;

static Entry *probe(Entry *entries, size_t mask, int64_t key) {
    size_t i = (size_t)mix(key) & mask;
    while (entries[i].used && entries[i].key != key) i = (i + 1) & mask;
    return &entries[i];
}

static Entry *find(Table *table, int64_t key) {
    if (!table->entries || 2 * table->count >= table->mask) {
        size_t mask = 2 * table->mask + 1;
        Entry *entries = calloc(mask + 1, sizeof *entries);
        if (!entries) abort();
        for (size_t i = 0; table->entries && i <= table->mask; i++)
            if (table->entries[i].used) *probe(entries, mask, table->entries[i].key) = table->entries[i];
        free(table->entries);
        table->entries = entries;
        table->mask = mask;
    }
    Entry *entry = probe(table->entries, table->mask, key);
    if (!entry->used) {
        entry->used = true;
        entry->key = key;
        table->count++;
    }
    return entry;
}

static void joined(const Person *person, int64_t auction) {
    digest((int64_t)(strlen(person->name) + strlen(person->state)) + auction);
}

static void join(int64_t count) {
    Table table = {.mask = 1023};
    for (int64_t n = 0; n < count; n++) {
        Event event = make_event(n);
        if (event.kind == JOINED) {
            const char *state = event.person.state;
            if (strcmp(state, "CA") != 0 && strcmp(state, "ID") != 0 && strcmp(state, "OR") != 0) continue;
            Entry *entry = find(&table, event.person.id);
            for (size_t i = 0; i < entry->waiting_count; i++) joined(&event.person, entry->waiting[i]);
            entry->waiting_count = 0;
            entry->known = true;
            entry->person = event.person;
        } else if (event.kind == OPENED && event.auction.category == 10) {
            Entry *entry = find(&table, event.auction.seller);
            if (entry->known) {
                joined(&entry->person, event.auction.id);
                continue;
            }
            entry->waiting = grown(entry->waiting, &entry->waiting_capacity, entry->waiting_count + 1, sizeof(int64_t));
            entry->waiting[entry->waiting_count++] = event.auction.id;
        }
    }
    for (size_t i = 0; i <= table.mask; i++) free(table.entries[i].waiting);
    free(table.entries);
}

// Auctions are numbered without gaps, but that is nothing which a stream processor knows: a table here, too.
typedef struct Offer {
    int64_t auction;
    bool used;
    int64_t category, highest;
} Offer;

typedef struct Offers {
    Offer *items;
    size_t mask, count;
} Offers;

static Offer *probe_offer(Offer *items, size_t mask, int64_t auction) {
    size_t i = (size_t)mix(auction) & mask;
    while (items[i].used && items[i].auction != auction) i = (i + 1) & mask;
    return &items[i];
}

static Offer *find_offer(Offers *offers, int64_t auction) {
    if (!offers->items || 2 * offers->count >= offers->mask) {
        size_t mask = 2 * offers->mask + 1;
        Offer *items = calloc(mask + 1, sizeof *items);
        if (!items) abort();
        for (size_t i = 0; offers->items && i <= offers->mask; i++)
            if (offers->items[i].used) *probe_offer(items, mask, offers->items[i].auction) = offers->items[i];
        free(offers->items);
        offers->items = items;
        offers->mask = mask;
    }
    Offer *offer = probe_offer(offers->items, offers->mask, auction);
    if (!offer->used) {
        *offer = (Offer){.auction = auction, .used = true};
        offers->count++;
    }
    return offer;
}

static void average(int64_t count) {
    Offers offers = {.mask = 511};
    for (int64_t n = 0; n < count; n++) {
        Event event = make_event(n);
        if (event.kind == OPENED) {
            find_offer(&offers, event.auction.id)->category = event.auction.category;
        } else if (event.kind == OFFERED) {
            Offer *offer = find_offer(&offers, event.bid.auction);
            if (event.bid.price > offer->highest) offer->highest = event.bid.price;
        }
    }
    int64_t counts[16] = {0}, sums[16] = {0};
    for (size_t i = 0; i <= offers.mask; i++) {
        const Offer *offer = &offers.items[i];
        if (!offer->used || offer->highest == 0) continue;
        counts[offer->category]++;
        sums[offer->category] += offer->highest;
    }
    for (int64_t i = 0; i < 16; i++)
        if (counts[i]) digest(i + sums[i] / counts[i]);
    free(offers.items);
}

static void highest(int64_t count) {
    const int64_t period = 10000;
    Bid best = {.time = -1};
    for (int64_t n = 0; n < count; n++) {
        Event event = make_event(n);
        if (event.kind != OFFERED) continue;
        if (best.time >= 0 && best.time / period == event.bid.time / period) {
            if (event.bid.price > best.price) best = event.bid;
            continue;
        }
        if (best.time >= 0) digest(of_bid(&best));
        best = event.bid;
    }
    if (best.time >= 0) digest(of_bid(&best));
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(int64_t count);
    } queries[] = {{"currency", currency}, {"selection", selection}, {"join", join}, {"average", average}, {"highest", highest}};
    int64_t count = argc > 2 ? strtoll(argv[2], NULL, 10) : 20000000;
    for (size_t i = 0; argc > 1 && i < sizeof queries / sizeof *queries; i++) {
        if (strcmp(queries[i].name, argv[1]) != 0) continue;
        queries[i].run(count);
        printf("(%" PRId64 ", %" PRId64 ")\n", digest_count, digest_sum);
        return 0;
    }
    fputs("usage: nexmark currency|selection|join|average|highest [COUNT]\n", stderr);
    return 2;
}
