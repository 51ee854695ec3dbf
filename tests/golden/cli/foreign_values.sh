# What crosses to C and back, also wrongly, run and built: the same. L24.1.3 L24.2.4 L24.2.5 L24.2.6 L24.2.7 L24.2.8 L24.3.4 L24.3.5
# L24.3.6 L24.4.1 L24.4.2
cd "$TMP" || exit
cat >values.c <<'END'
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bytes {
    const unsigned char *data;
    int64_t size;
} Bytes;
typedef struct Person {
    const char *name;
    struct { double x, y; } at;
    Bytes data;
    bool ok;
} Person;

static char buffer[64];
static int64_t calls;

int8_t narrow(int8_t a, uint16_t b, uint32_t c) { return (int8_t)(a + b + (int64_t)c); }
uint64_t wide(uint64_t a) { return a + 1; }
float half(float a) { return a / 2; }
int64_t length(const char *text) { return (int64_t)strlen(text); }
const char *none(void) { return NULL; }
const char *broken(void) { return "ab\xff"; }
const char *reversed(const char *text) { // each call overwrites what the one before gave
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) buffer[i] = text[n - 1 - i];
    buffer[n] = 0;
    return buffer;
}
bool is_null(const unsigned char *data) { return !data; }
Bytes first(const unsigned char *data, int64_t n) { return (Bytes){data, n}; }
Bytes nowhere(int64_t n) { return (Bytes){NULL, n}; }
Person moved(Person p, double by) { p.at.x += by; p.data.size--; p.ok = !p.ok; return p; }
void count(void) { calls++; }
int64_t counted(void) { return calls; }
END
${CC:-cc} -shared -fPIC -o values.so values.c || exit

# try EXPRESSION: the String that it gives.
try() {
    cat >try.portals <<END
app Try

record Point { x: Float, y: Float }
record Person { name: String, at: Point, data: Bytes, ok: Bool }

extern "$TMP/values.so" pure fn narrow(a: Int8, b: UInt16, c: UInt32) -> Int8
extern "$TMP/values.so" pure fn wide(a: UInt64) -> UInt64
extern "$TMP/values.so" pure fn half(a: Float32) -> Float32
extern "$TMP/values.so" pure fn length(text: String) -> Int
extern "$TMP/values.so" pure fn none() -> String
extern "$TMP/values.so" pure fn maybe() -> Option[String] = "none"
extern "$TMP/values.so" pure fn broken() -> String
extern "$TMP/values.so" pure fn reversed(_: String) -> String
extern "$TMP/values.so" pure fn is_null(data: Bytes) -> Bool
extern "$TMP/values.so" pure fn first(data: Bytes, n: Int) -> Bytes
extern "$TMP/values.so" pure fn nowhere(n: Int) -> Bytes
extern "$TMP/values.so" pure fn moved(p: Person, by: Float) -> Person
extern "$TMP/values.so" fn count()
extern "$TMP/values.so" fn counted() -> Int

fn count_all(n: Int) -> Int {
  for _ in 0..n { count() }
  counted()
}
fn unused(n: Int) -> Int {
  let _ = count()
  if n > 0 { count() }
  counted()
}

workflow top = from([1]) |> map(one => $1) |> print
END
    echo "== $1"
    "$PORTALS" run try.portals >run.out 2>&1
    cat run.out
    "$PORTALS" build try.portals -o try && ./try >build.out 2>&1
    cmp run.out build.out || cat build.out
}

try '(narrow(-128, 65535, 65537), narrow(one, one, one), wide(9), half(-5.0), half(0.1))'
try 'narrow(one, one + 65535, 1)'
try 'narrow(one - 200, 1, 1)'
try 'narrow(1, 1, one - 2)'
try 'wide(one - 2)'
try 'wide(one + 9223372036854775806)'
try '(half(1e39 / 1e300), half(1e300 * 1e300), half(1e39))'
try '(length(""), length("grün"), reversed("abc"), reversed(reversed("stop")), [reversed("ab"), reversed("cd")])'
try 'length("a\0b")'
try '(maybe(), maybe() == None)'
try 'none()'
try 'broken()'
try '(is_null(bytes.of_hex("")), first(bytes.of_hex("010203"), 2), first(bytes.of_hex(""), 0), nowhere(0))'
try 'nowhere(one)'
try 'first(bytes.of_hex("01"), one - 2)'
try 'moved(Person("Ada", Point(1.5, 2.5), bytes.of_hex("0102"), true), 10.0)'
try 'moved(Person("A\0da", Point(1.5, 2.5), bytes.of_hex("0102"), true), 10.0)'
try '(count_all(1000), unused(one), [1, 2, 3].map(x => count_all(x)))'
