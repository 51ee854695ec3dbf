// abi.h - the functions of the VM that compiled code calls. Those of hot.c are also compiled to bitcode and inlined into it.
//
// Conventions, also for the functions of the standard library that have no body in Portals (pt_string_lower, ...):
// the context comes first; scalars (Int, Duration, Float, Bool) pass and return by value, everything else by pointer to a value
// in the layout of value.h; a result that is no scalar goes to an `out` pointer right after the context (a result of () is void);
// a type parameter is a descriptor after the arguments, and behind them comes that of the result if it is a generic enum. Nothing
// passed by pointer is kept. Errors do not return: they leave the atom through pt_trap.
#ifndef VM_ABI_H
#define VM_ABI_H

#include "vm/program.h"

typedef enum PtTrap {
    PT_TRAP_OVERFLOW,
    PT_TRAP_DIVISION_BY_ZERO,
    PT_TRAP_STACK,  // recursion too deep
    PT_TRAP_MEMORY, // the atom needs more memory than it may have
    PT_TRAP_POLL,   // who runs the program wants it to stop: with no event would it go on
} PtTrap;

// The end of a channel's buffer that is being filled: compiled code keeps these in registers while it runs.
struct PtCursor {
    char *next;
    char *end;
};

// What an entry is to hold again.
typedef struct PtSaved {
    char *entry;
    uint64_t size;
    const char *bytes;
} PtSaved;

// The call of a handler that may be undone (`on error`).
typedef struct PtTry {
    void (*body)(PtContext *, struct PtTry *);
    PtCursor *cursor; // of the channel that takes what the body emits; NULL if that is nothing
    uint64_t channel;
    const PtSaved *saved; // the entries that it works on
    uint64_t saved_count;
    // Behind this lies what compiled code hands over to itself.
} PtTry;

// The numbers of the pieces of a failure, in the order of the fields of `Failure` (stdlib/error.portals).
enum { PT_FAILURE_MESSAGE, PT_FAILURE_POSITION, PT_FAILURE_KEY };

// ---- hot.c: inlined ----
// `size` bytes of the atom's arena, aligned to 8, not zeroed. Traps when the atom's limit is reached.
void *pt_alloc(PtContext *context, int64_t size);
// The block of globals.
void *pt_globals(PtContext *context);
// The cursors of the channels of the running workflow.
PtCursor *pt_channels(PtContext *context);
// Remembers which event of the atom is being processed, for error messages.
void pt_at_event(PtContext *context, int64_t index);
// Goes over to the event in a slot of an exchange.
void pt_at_slot(PtContext *context, const void *slot);
// The hash of the key of the event in the slot.
uint64_t pt_known_hash(PtContext *context);
// Makes ready what the events that come after number `index` of `count` slots will be looked up in. `text`: where a key that is a
// String lies in a slot of `size` bytes, or -1. `state`: where a pointer lies in the states of an entry, or -1.
void pt_prefetch(PtContext *context, uint32_t task, const void *slots, int64_t index, int64_t count, int64_t size, int64_t text,
                 int64_t state);
// Whether events go through exchanges in the running step: with several partitions always, with one where that pays.
bool pt_partitioned(PtContext *context);
// Makes a slot of `size` bytes in an exchange of this level, for the partition that owns the key with this hash. Its order is
// filled in.
void *pt_send(PtContext *context, uint32_t exchange, uint64_t hash, int64_t size, uint32_t level);
// The same for the partition that owns the key (), whatever the key of the event is.
void *pt_send_single(PtContext *context, uint32_t exchange, uint64_t hash, int64_t size, uint32_t level);
// Remembers which entry of which task is being worked on, for error messages; NULL: none. The functions that find entries do so.
void pt_at_entry(PtContext *context, uint32_t task, void *entry);
// Traps if the stack is nearly used up; called on entry of recursive functions.
void pt_check_stack(PtContext *context, uint32_t position);
// The time of the step, in nanoseconds since 1970.
int64_t pt_task_now(PtContext *context);
bool pt_equal_string(const PtString *a, const PtString *b);
uint64_t pt_hash_int(int64_t key);
uint64_t pt_hash_string(const PtString *key);
// Of a type that has `words` in its descriptor and is no Int: that many.
uint64_t pt_hash_words(const uint64_t *key, int64_t words);
// The entry of `key` in the state of task number `task`, or NULL if it is new. The entry begins with the key.
void *pt_find_int(PtContext *context, uint32_t task, uint64_t hash, int64_t key);
void *pt_find_string(PtContext *context, uint32_t task, uint64_t hash, const PtString *key);
void *pt_find_words(PtContext *context, uint32_t task, uint64_t hash, const uint64_t *key, int64_t words);
// The same for any type of key, by its descriptor, and for the one entry of an unkeyed task.
void *pt_find_key(PtContext *context, uint32_t task, uint64_t hash, const void *key);
void *pt_find_unit(PtContext *context, uint32_t task);
// The latter beside the entry that is being worked on, which stays that.
void *pt_find_beside(PtContext *context, uint32_t task);
// Must come before a change of an entry's field, if the field's type has pointers, or if not.
void pt_touch(PtContext *context, uint32_t task, void *entry);
void pt_touch_plain(PtContext *context, uint32_t task, void *entry);
// Notes that the key had an event in this atom; for tasks that have on_atom, after every find.
void pt_mark(PtContext *context, uint32_t task, void *entry);
// The states of the entry have their initial values, and its byte at PtTask.gone is 1: if it still is when the step is committed,
// the entry is dropped.
void pt_reset(PtContext *context, uint32_t task, void *entry);

// ---- called ----
// The entry for a `key` that was not found: that of the store, or a new one (its key copied into the heap, its fields
// initialised). `hash` is the hash of the key by the pt_hash_... of its type.
void *pt_insert(PtContext *context, uint32_t task, uint64_t hash, const void *key);
// An entry was found that is gone: its states get the initial values of a new one, and its byte at PtTask.gone is 0.
void pt_revive(PtContext *context, uint32_t task, void *entry);
// The same as pt_insert for an entry that pt_find_beside has not found.
void *pt_insert_beside(PtContext *context, uint32_t task);
// The number of the atom at hand in its stream, from 1; at the end of the workflow that of the atom that would come next in the
// first stream that it takes.
int64_t pt_atom_number(PtContext *context);
// The key of a call of `effect_key` at this place (a hash of it), in code of the task that works on the entry.
void pt_effect_key(PtContext *context, PtString *out, uint32_t task, const void *entry, int64_t place);
// Room for one more value of `size` bytes at `next`, the end of the channel's buffer: moves the buffer if it must and
// returns where `next` is now; the new end is in pt_channels(context)[channel].end.
char *pt_grow(PtContext *context, uint32_t channel, char *next, int64_t size);
// Where the channel's next event goes, with room for `size` bytes from there on; NULL if the atom's limit does not allow that.
char *pt_reserve(PtContext *context, uint32_t channel, int64_t size);
// Notes the place in the canonical order of what goes to the channel next. Only where events go through exchanges.
void pt_tag(PtContext *context, uint32_t channel);
uint64_t pt_hash(const PtDesc *desc, const void *value);
bool pt_equal(const PtDesc *desc, const void *a, const void *b);
// Less than, equal to or greater than 0.
int32_t pt_compare(const PtDesc *desc, const void *a, const void *b);
void pt_show(PtContext *context, PtString *out, const PtDesc *desc, const void *value);
void pt_concat(PtContext *context, PtString *out, const PtString *parts, int64_t count);
// Calls `body`; if that fails, goes back: the entries are as before, the channel is empty, and the result is false.
bool pt_try(PtContext *context, PtTry *attempt);
// The first of the events in a channel of which pt_try has emptied, or not yet filled, what there was before.
char *pt_held(PtContext *context, uint32_t channel);
// A piece of what is known of the failure that pt_try came back with last.
void pt_failure_text(PtContext *context, PtString *out, int64_t piece);

// Of tasks that wait (PtAsync; cells.h). `entry` is that of the key at hand. Functions that run handlers get the cursors that
// their caller works with.
//
// A handler begins, for an event, `on atom` or `on end`: `start` is its start frame.
void pt_start(PtContext *context, PtCursor *cursors, uint32_t task, void *entry, void *start);
// The handler of a request to portal number `portal` of PtAsync.replies.
void pt_request(PtContext *context, PtCursor *cursors, uint32_t task, void *entry, void *start, uint32_t portal,
                const PtAddress *from);
// A reply came: `value` by the outcome. `any`: the number of the Any that holds a value of its type.
void pt_answer(PtContext *context, PtCursor *cursors, const PtAddress *to, uint64_t outcome, const void *value, uint64_t any);
// Where the reply of the running request goes; it counts as given. Only once for each.
void pt_reply_to(PtContext *context, PtAddress *out);
// A new future, for the reply of portal number `portal` of PtAsync.asks, which is to be sent to the address.
void pt_ask(PtContext *context, uint32_t task, void *entry, uint32_t portal, PtAddress *out);
// An address for a reply that nobody wants.
void pt_ask_only(PtContext *context, uint32_t task, void *entry, uint32_t portal, PtAddress *out);
int64_t pt_promise(PtContext *context, uint32_t task, void *entry);
int64_t pt_sleep(PtContext *context, uint32_t task, void *entry, int64_t duration);
// The future of what begins with this start frame, behind the running segment. There is an Any for the type of its result, unless
// that is ().
int64_t pt_spawn(PtContext *context, uint32_t task, void *entry, void *start);
// The future of whatever of these comes first. `any`: the number of the Any that holds a list of such futures.
int64_t pt_any(PtContext *context, uint32_t task, void *entry, const PtList *futures, uint64_t any, uint32_t position);
// Only the first call for a promise counts. `any` holds the value.
void pt_complete(PtContext *context, int64_t promise, void *any);
// How the future came out, and what is there by that; NULL: it has not.
const void *pt_await(PtContext *context, int64_t future, uint64_t *outcome, uint32_t position);
// The running activation waits for the future, in this frame, for so many nanoseconds at most; negative: without a limit.
void pt_suspend(PtContext *context, int64_t future, void *frame, int64_t within);
// Ends the segment with an `Error` that was waited for.
_Noreturn void pt_raise(PtContext *context, const void *error, uint32_t position);

// Puts an event into a sink.
void pt_sink(PtContext *context, uint32_t sink, const void *event);
void pt_log(PtContext *context, const PtDesc *desc, const void *value);
// Settings of sources and sinks, during setup.
void pt_config_source_int(PtContext *context, uint32_t source, uint32_t setting, int64_t value);
void pt_config_source_string(PtContext *context, uint32_t source, uint32_t setting, const PtString *value);
void pt_config_source_list(PtContext *context, uint32_t source, uint32_t setting, const PtList *value);
// Of a source of CSV: the type that its records are read as.
void pt_config_source_record(PtContext *context, int64_t source, const PtDesc *desc);
void pt_config_sink_string(PtContext *context, uint32_t sink, uint32_t setting, const PtString *value);
// Ends the atom with a run-time error at positions[position].
_Noreturn void pt_trap(PtContext *context, PtTrap trap, uint32_t position);
_Noreturn void pt_trap_index(PtContext *context, int64_t index, int64_t size, uint32_t position);
// The key, of this type, is not in the map.
_Noreturn void pt_trap_key(PtContext *context, const PtDesc *desc, const void *key, uint32_t position);
_Noreturn void pt_fail(PtContext *context, const PtString *message, uint32_t position);
// `text` is the condition that is false; `desc` the type of the two values that it compares, or NULL if it does not.
_Noreturn void pt_assert_failed(PtContext *context, const char *text, const PtDesc *desc, const void *left, const void *right,
                                uint32_t position);

// ---- foreign functions (PtProgram.externs). `what` says in messages what crosses: "the argument `size` of `crc32`" ----
// Calls function number `number`. args[i] points to the value of params[i] as C has it; a Bool is one byte, 0 or 1. `result` is
// the place for that of the result, aligned to 16, with room for 8 bytes at least and else for whole words; NULL if there is
// none. Nothing of this is kept. Only the compiler has it, for code that it runs itself: what it builds calls the functions
// directly.
void pt_foreign(PtContext *context, uint32_t number, const void *const *args, void *result);
// A zero-terminated copy, in the arena of the atom. Traps if there is a zero byte in the text.
const char *pt_foreign_text(PtContext *context, const PtString *text, const char *what, uint32_t position);
// Copies what C gives. They trap if it is NULL (bytes may be if they are none), is no UTF-8, or has a negative size.
void pt_foreign_string(PtContext *context, PtString *out, const char *text, const char *what, uint32_t position);
void pt_foreign_bytes(PtContext *context, PtString *out, const void *data, int64_t size, const char *what, uint32_t position);
// The number is out of the range of `type`, a number type of C. Of a result `type` is Int, and the number was an unsigned one.
_Noreturn void pt_trap_foreign_int(PtContext *context, int64_t number, const char *type, const char *what, uint32_t position);
_Noreturn void pt_trap_foreign_float(PtContext *context, double number, const char *what, uint32_t position);

// ---- entry ----
// The main function of a program: parses the command line, runs, returns the exit status (0, 1 or 2).
int pt_main(const PtProgram *program, int argc, char **argv);

#endif
