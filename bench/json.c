// Reads lines of JSON by yajl, as bench/json.portals does: json SALES DEAR. Without DEAR it only takes the tokens, and does
// nothing with them.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

typedef struct Text {
    const char *data;
    size_t size;
} Text;

typedef enum Field { USER, ITEM, NAME, PRICE, PAID, TAGS, CITY, FIELDS } Field;

typedef struct Sale {
    int64_t user, item;
    Text name;
    double price;
    bool paid;
    Text tags[16];
    size_t tag_count;
    Text city;
    Field field;
} Sale;

static int on_null(void *sale) {
    (void)sale;
    return 0;
}

static int on_bool(void *data, int value) {
    Sale *sale = data;
    sale->paid = value;
    return sale->field == PAID;
}

static int64_t int_of(const char *at, size_t size) {
    int64_t value = 0;
    bool negative = size && *at == '-';
    for (size_t i = negative; i < size; i++) value = value * 10 + (at[i] - '0');
    return negative ? -value : value;
}

static int on_number(void *data, const char *at, size_t size) {
    Sale *sale = data;
    switch (sale->field) {
    case USER: sale->user = int_of(at, size); return 1;
    case ITEM: sale->item = int_of(at, size); return 1;
    case PRICE: sale->price = strtod(at, NULL); return 1; // a comma or bracket stands behind it
    default: return 0;
    }
}

static int on_string(void *data, const unsigned char *at, size_t size) {
    Sale *sale = data;
    Text text = {(const char *)at, size};
    switch (sale->field) {
    case NAME: sale->name = text; return 1;
    case CITY: sale->city = text; return 1;
    case TAGS: sale->tags[sale->tag_count++] = text; return sale->tag_count < 16;
    default: return 0;
    }
}

static int on_key(void *data, const unsigned char *at, size_t size) {
    static const char *const names[] = {"user", "item", "name", "price", "paid", "tags", "city"};
    Sale *sale = data;
    for (Field field = USER; field < FIELDS; field++)
        if (strlen(names[field]) == size && memcmp(names[field], at, size) == 0) sale->field = field;
    return 1;
}

static int on_bracket(void *sale) {
    (void)sale;
    return 1;
}

static int take_bool(void *data, int value) {
    (void)data, (void)value;
    return 1;
}

static int take_number(void *data, const char *at, size_t size) {
    (void)data, (void)at, (void)size;
    return 1;
}

static int take_string(void *data, const unsigned char *at, size_t size) {
    (void)data, (void)at, (void)size;
    return 1;
}

static const yajl_callbacks BUILD = {on_null,    on_bool, NULL,       NULL,       on_number, on_string,
                                     on_bracket, on_key,  on_bracket, on_bracket, on_bracket};
static const yajl_callbacks TOKENS = {on_bracket, take_bool,   NULL,       NULL,       take_number, take_string,
                                      on_bracket, take_string, on_bracket, on_bracket, on_bracket};

static void put(FILE *out, const Sale *sale) {
    if (!sale->paid || sale->price <= 990.0) return;
    fprintf(out, "%lld %lld %.*s %zu %.*s\n", (long long)sale->user, (long long)sale->item, (int)sale->name.size, sale->name.data,
            sale->tag_count, (int)sale->city.size, sale->city.data);
}

int main(int argc, char **argv) {
    FILE *in = fopen(argv[1], "r"), *out = argc > 2 ? fopen(argv[2], "w") : NULL;
    Sale sale = {0};
    yajl_handle yajl = yajl_alloc(out ? &BUILD : &TOKENS, NULL, &sale);
    yajl_config(yajl, yajl_allow_multiple_values, 1);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, in)) > 0;) {
        sale.tag_count = 0;
        if (yajl_parse(yajl, (const unsigned char *)line, (size_t)size) != yajl_status_ok) return 1;
        if (out) put(out, &sale);
    }
    yajl_free(yajl);
    return out && fclose(out) != 0;
}
