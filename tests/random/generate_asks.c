// generate_asks SEED - a random program of portals, always the same for the same seed: workflows whose tasks ask each other, also
// in circles and of exclusive keys; some of what they ask fails. Each line that it puts out is a result of an event, or what a
// task has counted: which lines come follows from the program alone, the order in which they come does not.
//
// So what a request is answered with depends on the request only, what tasks keep are sums, and each segment does what it does
// before it waits for something that cannot have come already: what is undone when the next segment fails is known then. Nothing
// waits for ever: only the first tasks ask in circles, so many steps deep as a request says; all others ask those behind them.
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/random/chance.h"

enum { PORTALS = 7, ASKERS = 4, TEXT = 1 << 16, MOST_ASKED = 10, DEEPEST = 3 };

typedef struct Portal {
    uint32_t keys; // 0: none
    bool is_exclusive;
    bool fails;
    bool has_events;
    int cost; // how many requests it makes for one, with those that they make
} Portal;

typedef struct Generator {
    uint64_t random;
    Portal portals[PORTALS];
    int portal_count, circle_count; // the first ones ask in circles
    int asker_count;
    bool has_meeting, has_bank;
    int from;       // the portal whose task is made; -1: one that only asks
    int asked;      // what this handler has asked for so far
    int local;      // the number of the next local variable
    bool may_raise; // in this handler
    bool is_exclusive;
    bool has_asked[PORTALS + 3];
    char functions[TEXT], body[TEXT];
    int functions_size, body_size;
} Generator;

enum { MEETING = PORTALS, BANK, ECHO, ASKED };

enum { PRESENT = 16 }; // a form: that of `try_one`, with the value of `v` in `y`

static uint32_t any(Generator *g, uint32_t count) {
    return chance_any(&g->random, count);
}

static bool one_in(Generator *g, uint32_t count) {
    return any(g, count) == 0;
}

__attribute__((format(printf, 2, 3))) static void put(Generator *g, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g->body_size += vsnprintf(g->body + g->body_size, (size_t)(TEXT - g->body_size), format, args);
    va_end(args);
    if (g->body_size >= TEXT) exit(2);
}

// ---- what is asked ----

typedef struct Call {
    int portal;
    char text[80];
} Call;

static bool is_in_circle(const Generator *g, int portal) {
    return portal >= 0 && portal < g->circle_count;
}

// Of somebody behind the one that asks. False: there is none, or it would ask for too much.
static bool choose(Generator *g, const char *x, int times, Call *call) {
    int first = g->from < 0 ? 0 : is_in_circle(g, g->from) ? g->circle_count : g->from + 1;
    if (first >= g->portal_count) return false;
    call->portal = first + (int)any(g, (uint32_t)(g->portal_count - first));
    int cost = g->portals[call->portal].cost * times;
    if (g->asked + cost > (g->from < 0 ? 6 * MOST_ASKED : MOST_ASKED)) return false;
    g->asked += cost;
    g->has_asked[call->portal] = true;
    snprintf(call->text, sizeof call->text, "ask p%d(((%s * %u + %u) %% 1009, d))", call->portal, x, 1 + any(g, 50),
             any(g, 1000));
    return true;
}

static bool may_be_raised(const Generator *g, const Call *call) {
    return g->may_raise || !g->portals[call->portal].fails;
}

static void note_raised(Generator *g, const Call *call) {
    if (g->from >= 0 && g->portals[call->portal].fails) g->portals[g->from].fails = true;
}

// ---- forms of asking: statements that add something to `v` ----

static void try_one(Generator *g, const Call *call) {
    put(g, "    match try await %s {\n      Ok(n) => v += n\n      Err(e) => v += e.message.size()\n    }\n", call->text);
}

static void one(Generator *g, const Call *call) {
    note_raised(g, call);
    put(g, "    v += await %s\n", call->text);
}

// A second call beside `call`, both of which may fail; false, with `call` alone put out, if there is none.
static bool another(Generator *g, const Call *call, Call *other) {
    if (!choose(g, "v", 1, other) || !may_be_raised(g, other)) {
        one(g, call);
        return false;
    }
    note_raised(g, call);
    note_raised(g, other);
    return true;
}

static void a_pair(Generator *g, const Call *call) {
    Call other;
    if (!another(g, call, &other)) return;
    int n = g->local++;
    put(g, "    let (a%d, b%d) = await (%s, %s)\n    v += a%d * 3 + b%d\n", n, n, call->text, other.text, n, n);
}

static void a_list(Generator *g, const Call *call) {
    note_raised(g, call);
    int n = g->local++;
    put(g, "    var asked%d: List[Future[Int]] = []\n    for y in [v, v + 1] { asked%d = [..asked%d, %s] }\n", n, n, n,
        call->text);
    if (one_in(g, 2))
        put(g, "    for n in await asked%d { v += n }\n", n);
    else
        put(g, "    for future in asked%d { v += await future }\n", n);
}

static void a_loop(Generator *g, const Call *call) {
    note_raised(g, call);
    put(g, "    for y in [v, v + 3] { v += await %s }\n", call->text);
}

static void a_block(Generator *g, const Call *call) {
    Call other;
    if (!another(g, call, &other)) return;
    int n = g->local++;
    put(g, "    let block%d = spawn {\n", n);
    if (one_in(g, 2)) put(g, "      await sleep(%u.ms)\n", 1 + any(g, 3));
    put(g, "      spawned += 1\n      1 + await %s\n    }\n", call->text);
    put(g, "    let beside%d = await %s\n    v += beside%d + await block%d\n", n, other.text, n, n);
}

static void the_first(Generator *g, const Call *call) {
    note_raised(g, call);
    put(g, "    v += await any([%s, %s])\n", call->text, call->text);
}

static void in_time(Generator *g, const Call *call) {
    note_raised(g, call);
    int n = g->local++;
    put(g, "    let late%d = %s\n    match await late%d within %u.ms {\n      Some(n) => v += n\n", n, call->text, n,
        1 + any(g, 4));
    put(g, "      None => v += await late%d\n    }\n", n);
}

static void in_blocks(Generator *g, const Call *call) {
    note_raised(g, call);
    int n = g->local++;
    put(g, "    let outer%d = spawn {\n      let inner%d = spawn { await %s }\n", n, n, call->text);
    put(g, "      spawned += 1\n      1 + await inner%d\n    }\n    v += await outer%d\n", n, n);
}

static void try_the_first(Generator *g, const Call *call) {
    put(g, "    match try await any([%s, %s]) {\n      Ok(n) => v += n\n", call->text, call->text);
    put(g, "      Err(e) => v += e.message.size()\n    }\n");
}

static void by_promise(Generator *g, const Call *call) {
    int n = g->local++;
    put(g, "    let promise%d = promise[Int]()\n    spawn {\n      match try await %s {\n", n, call->text);
    put(g, "        Ok(n) => promise%d.complete(n)\n        Err(e) => promise%d.complete(e.message.size())\n      }\n    }\n", n,
        n);
    put(g, "    v += await promise%d.future()\n", n);
}

static void in_recursion(Generator *g, const Call *call) {
    note_raised(g, call);
    int n = g->local++;
    g->functions_size += snprintf(g->functions + g->functions_size, (size_t)(TEXT - g->functions_size),
                                  "  fn down%d(v: Int, steps: Int, d: Int) -> Int =\n"
                                  "    if steps == 0 { v %% 7 } else { down%d(v + 1, steps - 1, d) * 2 + await %s }\n",
                                  n, n, call->text);
    put(g, "    v += down%d(v %% 100, 2, d)\n", n);
}

static bool is_one_of(uint32_t form, const char *forms) {
    return strchr(forms, (char)('a' + form)) != NULL;
}

static void ask_by(Generator *g) {
    uint32_t form = any(g, 15);
    if (g->is_exclusive && form == 8) form = 1;
    Call call;
    if (!choose(g, is_one_of(form, "defin") ? "y" : "v", is_one_of(form, "deglo") ? 2 : 1, &call)) return;
    // If nobody hears of an error it is one of the run; and its message says where it was awaited.
    if ((form == 9 || form == 7) && g->portals[call.portal].fails) form = 0;
    if (!is_one_of(form, "abijmo") && !may_be_raised(g, &call)) form = is_one_of(form, "defn") ? PRESENT : 0;
    if (is_one_of(form, "finq")) put(g, "    if v >= 0 {\n    let y = v\n");
    switch (form) {
    case 2: a_pair(g, &call); break;
    case 3: a_list(g, &call); break;
    case 4: a_loop(g, &call); break;
    case 5: a_block(g, &call); break;
    case 6: the_first(g, &call); break;
    case 7: in_time(g, &call); break;
    case 8: by_promise(g, &call); break;
    case 9: put(g, "    %s\n", call.text); break;
    case 10: one(g, &call); break;
    case 13: in_blocks(g, &call); break;
    case 14: try_the_first(g, &call); break;
    case 11: in_recursion(g, &call); break;
    default: try_one(g, &call);
    }
    if (is_one_of(form, "finq")) put(g, "    }\n");
    put(g, "    v = v %% 10007\n");
}

static void wait_for_time(Generator *g) {
    switch (any(g, g->is_exclusive ? 2 : 3)) {
    case 0: put(g, "    await sleep(%u.ms)\n", 1 + any(g, 3)); break;
    case 1: put(g, "    spawn { await sleep(%u.ms); spawned += 1 }\n", 1 + any(g, 3)); break;
    default: {
        int n = g->local++;
        put(g, "    let never%d = promise[Int]()\n", n);
        put(g, "    match await never%d.future() within %u.ms {\n", n, 1 + any(g, 3));
        put(g, "      Some(_) => fail \"nobody completes it\"\n      None => v += 1\n    }\n");
    }
    }
}

static void ask_in_circle(Generator *g) {
    int to = (int)any(g, (uint32_t)g->circle_count), twice = one_in(g, 4);
    g->has_asked[to] = true;
    const char *x = one_in(g, 2) ? "v % 1009" : "(v * 5 + d) % 1009";
    if (g->portals[to].fails) g->portals[g->from].fails = true;
    if (twice)
        put(g,
            "    if d > 0 {\n      let (a, b) = await (ask p%d((%s, d - 1)), ask p%d((x, d - 1)))\n      v += a + b * 2\n    }\n",
            to, x, to);
    else if (one_in(g, 2))
        put(g, "    if d > 0 { v += await ask p%d((%s, d - 1)) }\n", to, x);
    else
        put(g,
            "    if d > 0 {\n      match try await ask p%d((%s, d - 1)) {\n        Ok(n) => v += n\n        Err(e) => v += "
            "e.message.size()\n"
            "      }\n    }\n",
            to, x);
    put(g, "    v = v %% 10007\n");
}

// An exclusive key cannot wait for itself.
static void ask_itself(Generator *g) {
    const Portal *portal = &g->portals[g->from];
    g->has_asked[g->from] = true;
    put(g, "    match try await ask p%d((x + %u, d)) {\n", g->from, portal->keys);
    put(g, "      Ok(_) => fail \"it has waited for itself\"\n      Err(_) => v += 1\n    }\n");
}

static void statements(Generator *g, int count) {
    while (count-- > 0) {
        if (one_in(g, 6))
            wait_for_time(g);
        else
            ask_by(g);
        if (one_in(g, 3)) put(g, "    middle += 1\n");
        if (g->may_raise && one_in(g, 4)) {
            put(g, "    if v %% %u == 1 { fail \"at {v} for {x}\" }\n", 5 + any(g, 12));
            if (g->from >= 0) g->portals[g->from].fails = true;
        }
    }
}

// ---- tasks ----

static void begin(Generator *g, int from) {
    g->from = from;
    g->local = 0;
    g->body_size = g->functions_size = 0;
    g->body[0] = g->functions[0] = 0;
    for (int i = 0; i < ASKED; i++) g->has_asked[i] = false;
}

static void put_asked(const Generator *g) {
    bool is_first = true;
    for (int i = 0; i < ASKED; i++) {
        if (!g->has_asked[i]) continue;
        printf("%s", is_first ? " asks " : ", ");
        is_first = false;
        if (i < PORTALS)
            printf("p%d", i);
        else
            printf("%s", i == BANK ? "bank" : i == ECHO ? "echo" : "meeting");
    }
}

static void put_states(void) {
    printf(" {\n  state began: Int = 0\n  state middle: Int = 0\n  state done: Int = 0\n  state sum: Int = 0\n"
           "  state spawned: Int = 0\n  state events: Int = 0\n");
}

// Who replies has the number of its portal.
static void replier(Generator *g, int number) {
    Portal *portal = &g->portals[number];
    begin(g, number);
    g->asked = 0;
    g->may_raise = !one_in(g, 3);
    g->is_exclusive = portal->is_exclusive;
    bool is_guarded = portal->is_exclusive && !g->may_raise;
    put(g, "  on ask (x, d) {\n");
    if (is_guarded) put(g, "    if busy { fail \"somebody else is here\" }\n    busy = true\n");
    put(g, "    began += 1\n    var v = x + %u\n", any(g, 100));
    if (g->may_raise && one_in(g, 3)) {
        put(g, "    if x %% %u == 2 { fail \"not {x}\" }\n", 5 + any(g, 9));
        portal->fails = true;
    }
    statements(g, (int)any(g, 3));
    if (is_in_circle(g, number)) ask_in_circle(g);
    if (portal->is_exclusive && one_in(g, 2)) ask_itself(g);
    statements(g, (int)any(g, 2));
    if (is_guarded) put(g, "    busy = false\n");
    if (one_in(g, 3))
        put(g, "    done += 1\n    sum = (sum + v) %% 10007\n    reply v\n  }\n");
    else
        put(g, "    reply v\n    done += 1\n    sum = (sum + v) %% 10007\n  }\n");
    portal->cost = 1 + g->asked * (is_in_circle(g, number) ? DEEPEST + 1 : 1);
    if (portal->has_events) {
        g->may_raise = false;
        put(g, "  on event x {\n    let d = x %% %d\n    var v = x\n", DEEPEST);
        if (is_guarded) put(g, "    if busy { fail \"somebody else is here\" }\n    busy = true\n");
        statements(g, 1);
        if (is_guarded) put(g, "    busy = false\n");
        put(g, "    events += 1\n    emit \"event {x} of p%d: {v} \"\n  }\n", number);
    }
    printf("\n%stask P%d: %s -> String", portal->is_exclusive ? "exclusive " : "", number, portal->has_events ? "Int" : "Never");
    if (portal->keys) printf(" key k: Int");
    put_asked(g);
    printf(" replies p%d", number);
    put_states();
    if (is_guarded) printf("  state busy: Bool = false\n");
    printf("%s%s  on end { emit \"p%d %s {began} {middle} {done} {sum} {spawned} {events}\" }\n}\n", g->functions, g->body,
           number, portal->keys ? "{k}" : "");
    printf("\nworkflow w%d = ", number);
    if (!portal->has_events)
        printf("empty()");
    else if (portal->keys)
        printf("range(0, %u, atom: %u) |> key(n => n %% %u)", 3 + any(g, 12), 1 + any(g, 4), portal->keys);
    else
        printf("range(0, %u, atom: %u)", 3 + any(g, 12), 1 + any(g, 4));
    printf(" |> P%d\n", number);
}

static void meet(Generator *g, int number) {
    g->has_asked[MEETING] = true;
    if (number < 2 && g->has_meeting && g->asker_count > 1)
        put(g, "    v += await ask meeting((x, %d))\n", number + 3); // with the other one
    int n = g->local++;
    put(g, "    let (first%d, second%d) = await (ask meeting((x + %d, x)), ask meeting((x + %d, 7)))\n", n, n,
        (number + 1) * 1000, (number + 1) * 1000);
    put(g, "    if first%d != second%d || first%d != x + 7 { fail \"{first%d} and {second%d} have met\" }\n", n, n, n, n, n);
}

static void transfer(Generator *g) {
    g->has_asked[BANK] = true;
    put(g, "    let amount = x %% 30 + 1\n    match try await ask bank((x %% 5, -amount)) {\n      Ok(_) =>\n        match try "
           "await ask bank((x %% 3, amount)) {\n"
           "          Ok(_) => paid += 1\n          Err(_) => {\n            let left = await ask bank((x %% 5, amount + 1000))\n"
           "            if left < -50 { fail \"{left}\" }\n            paid += 1\n          }\n        }\n"
           "      Err(error) => {\n        if !error.message.starts_with(\"no more\") { fail error.message }\n        paid += "
           "1\n      }\n    }\n");
}

static void asker(Generator *g, int number, uint32_t events) {
    uint32_t keys = any(g, 5);
    bool catches = !one_in(g, 3), is_exclusive = one_in(g, 3);
    begin(g, -1);
    g->asked = 0;
    g->may_raise = false;
    g->is_exclusive = is_exclusive;
    put(g, "  on event x {\n    began += 1\n    let d = x %% %d\n    var v = x\n", DEEPEST + 1);
    if (g->has_meeting && (number < 2 || one_in(g, 2))) meet(g, number);
    bool has_paid = g->has_bank && one_in(g, 2);
    if (has_paid) transfer(g);
    g->may_raise = catches;
    statements(g, 1 + (int)any(g, 4));
    bool has_global = one_in(g, 4);
    put(g, "    done += 1\n%s    emit \"a%d {x} {v}\"\n  }\n", has_global ? "    all += x\n" : "", number);
    if (catches) put(g, "  on error e {\n    events += 1\n    emit \"a%d {e.event} failed: {e.message}\"\n  }\n", number);
    if (one_in(g, 3)) {
        g->has_asked[ECHO] = true; // how often is open
        put(g, "  on atom { if await ask echo(began) < 0 { fail \"{began}\" } }\n");
    }
    if (has_global) put(g, "  global on end { emit \"a%d {all}, {await ask echo(all)}\" }\n", number);
    g->has_asked[ECHO] = g->has_asked[ECHO] || has_global;
    g->may_raise = false;
    put(g, "  on end {\n    let d = began %% %d\n    let x = began\n    var v = x\n", DEEPEST + 1);
    if (one_in(g, 2)) statements(g, 1);
    put(g, "    emit \"a%d %s {began} {middle} {done} {x} {v} {sum} {spawned} {events}%s\"\n  }\n", number, keys ? "{k}" : "",
        has_paid ? " {paid}" : "");
    printf("\n%stask A%d: Int -> String%s", is_exclusive ? "exclusive " : "", number, keys ? " key k: Int" : "");
    put_asked(g);
    put_states();
    if (has_global) printf("  global state all: Int = 0\n");
    if (has_paid) printf("  state paid: Int = 0\n");
    printf("%s%s}\n", g->functions, g->body);
    printf("\nworkflow v%d = range(0, %u, atom: %u)", number, events, 1 + any(g, 5));
    if (keys) printf(" |> key(n => n %% %u)", keys);
    printf(" |> A%d\n", number);
}

// Who comes first to a place waits for the second one.
static void meeting(Generator *g) {
    bool keyed = one_in(g, 2);
    printf("\nportal meeting: (Int, Int) -> Int%s\n", keyed ? " key (place, _) => place" : "");
    printf("\ntask Meeting: Never -> String replies meeting {\n  state waiting: Map[Int, (Int, Promise[Int])] = [:]\n  state "
           "met: Int = 0\n"
           "  on ask (place, n) {\n    match waiting.get(place) {\n      Some((m, promise)) => {\n        waiting = "
           "waiting.remove(place)\n"
           "        promise.complete(n)\n        met += 1\n        reply m + n\n      }\n      None => {\n"
           "        let promise = promise[Int]()\n        waiting[place] = (n, promise)\n        let m = await promise.future()\n"
           "        met += 1\n        reply m + n\n      }\n    }\n  }\n");
    printf("  on end {\n    if waiting.size() > 0 { fail \"{waiting.size()} wait for somebody\" }\n    emit \"{met} have met\"\n "
           " }\n}\n");
    printf("\nworkflow meetings = empty() |> Meeting\n");
}

// Nobody gets a loan of more than 50; in all there is what there was.
static void bank(Generator *g) {
    bool is_exclusive = one_in(g, 2);
    printf("\nportal bank: (Int, Int) -> Int key (account, _) => account\n");
    printf("\n%stask Bank: Never -> String key account: Int replies bank {\n  state balance: Int = 0\n  on ask (_, amount) {\n"
           "    if amount > 1000 {\n      balance += amount - 1000\n      reply balance\n    } else {\n"
           "      if balance + amount < -50 { fail \"no more for {account}\" }\n",
           is_exclusive ? "exclusive " : "");
    if (is_exclusive) printf("      await sleep(1.ms)\n");
    printf("      balance += amount\n      if balance < -50 { fail \"{account} has got too much\" }\n"
           "      if amount %% 4 == 3 { fail \"not {amount}\" }\n      reply balance\n    }\n  }\n"
           "  on end { emit \"{balance}\" }\n}\n");
    printf("\nworkflow banks = empty() |> Bank\n");
    printf("\ntask Sum: String -> String {\n  state sum: Int = 0\n  on event amount { sum += amount.to_int().or(1000) }\n"
           "  on end { emit \"{sum} in all\" }\n}\n");
    printf("\nworkflow summed = banks |> key(_ => ()) |> Sum\n");
}

static void choose_portals(Generator *g) {
    g->portal_count = 1 + (int)any(g, PORTALS);
    g->circle_count = (int)any(g, 4);
    if (g->circle_count > g->portal_count) g->circle_count = g->portal_count;
    for (int i = 0; i < g->portal_count; i++) {
        Portal *portal = &g->portals[i];
        portal->keys = one_in(g, 4) ? 0 : 1 + any(g, 6);
        portal->is_exclusive = i >= g->circle_count && one_in(g, 3);
        portal->has_events = one_in(g, 4);
        portal->fails = i < g->circle_count;
        printf("\nportal p%d: (Int, Int) -> Int", i);
        if (portal->keys) printf(" key (x, _) => x %% %u", portal->keys);
        printf("\n");
    }
}

static void put_out(const Generator *g) {
    printf("\nworkflow counted = union(");
    for (int i = 0; i < g->portal_count; i++) printf("w%d, ", i);
    printf("%s%sempty()) |> write(counts)\n", g->has_meeting ? "meetings, " : "", g->has_bank ? "summed, " : "");
    printf("\nworkflow printed = union(");
    for (int i = 0; i < g->asker_count; i++) printf("v%d, ", i);
    printf("empty()) |> print\n");
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    static Generator g;
    g.random = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 8; i++) any(&g, 2);
    printf("// generate_asks %s\napp Asks\n\nparam counts: String\n", argv[1]);
    printf("\nportal echo: Int -> Int\n\ntask Echo: Never -> Never replies echo { on ask n { reply n } }\n\nworkflow echoes = "
           "empty() |> Echo\n");
    choose_portals(&g);
    g.asker_count = 1 + (int)any(&g, ASKERS);
    g.has_meeting = one_in(&g, 2);
    g.has_bank = one_in(&g, 2);
    if (g.has_meeting) meeting(&g);
    if (g.has_bank) bank(&g);
    for (int i = g.portal_count; i-- > 0;) replier(&g, i);
    uint32_t events = 4 + any(&g, 16);
    for (int i = 0; i < g.asker_count; i++) asker(&g, i, i < 2 ? events : 4 + any(&g, 16));
    put_out(&g);
    return 0;
}
