// portals.h - Portals programs inside of C and C++ programs. Link with libportals (pkg-config --cflags --libs portals). The
// guide, with programs, is spec/embedding.md; what is guaranteed has clauses M... there.
//
// clang-format off
//
//   PortalsOptions options = {.size = sizeof options, .data = "shop.data"};
//   PortalsProgram *program;   // a shared object, made by `portals build --shared shop.portals -o libshop.so`
//   PortalsInstance *shop;     // a run of it
//   PortalsError error;
//   if (portals_load("./libshop.so", &program, &error) || portals_start(program, &options, &shop, &error))
//       return complain(error.message);
//   portals_push(shop, "orders", 1, "{\"item\": \"tea\"}", PORTALS_TEXT, PORTALS_FOREVER, &error);
//   portals_checkpoint(shop, &error);   // order number 1 survives whatever happens now
//   portals_close(shop, NULL);          // the next portals_start with the same data goes on
//   portals_unload(program);
//
// clang-format on
//
// Threads. Any thread may call any function at any time, also several threads with one instance; but portals_close and
// portals_unload are the last call with what they end. An instance has a thread of its own on which the program runs, and some
// helpers; all of them have all signals blocked, so signals stay the host's. Two instances share nothing that can be changed.
// A process that has instances may fork only to call exec.
//
// Blocking. Only functions with a `wait` block for long, no longer than it says, and those of which it is said.
//
// Errors. Functions that return int give PORTALS_OK (0), a code above 0 for what is no mistake (such as PORTALS_TIMEOUT), or an
// error below 0. With `error` not NULL, *error gets the code and the message after each call, also where it went well (then the
// message is empty). Where a result is an error, nothing has happened, unless it is said here what has.
//
// The library never ends the process, never writes to standard output or error but for what `print` and `log` callbacks could
// take, installs no signal handlers, and reads no environment but TMPDIR. An assertion that fails is a bug of the library.
#ifndef PORTALS_H
#define PORTALS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of this header: major * 10000 + minor * 100 + patch. What was compiled with it runs with every library of the same major and
// minor version, or of a later minor version as long as major is not 0.
#define PORTALS_VERSION 200

// Of the library that is running.
int portals_version(void);
// Of the interface between programs and the library: shared objects made for another one are refused (PORTALS_E_ABI).
int portals_abi(void);

// ---- codes -------------------------------------------------------------------------------------------------------------------

typedef enum PortalsCode {
    PORTALS_OK = 0,
    PORTALS_DUPLICATE = 1, // an atom with this number or a later one was pushed before: nothing was done
    PORTALS_TIMEOUT = 2,   // `wait` is over; what was asked for may still come
    PORTALS_ENDED = 3,     // all inboxes were sealed, all that was in them was worked on: there is no more, nothing can be pushed

    PORTALS_E_ARGUMENT = -1,   // NULL where a value must be, a size that is none, a number 0
    PORTALS_E_MEMORY = -2,     // the system has no memory left (or no thread, or no file)
    PORTALS_E_LOAD = -3,       // no such file, or one that cannot be loaded
    PORTALS_E_PROGRAM = -4,    // it was not made by `portals build --shared`
    PORTALS_E_ABI = -5,        // it was, but for another version of Portals
    PORTALS_E_OPTION = -6,     // a param that the program does not have or that has a wrong value, or an option out of its range
    PORTALS_E_DATA = -7,       // the data directory cannot be used: of another program, damaged, not writable
    PORTALS_E_BUSY = -8,       // it is in use, by another instance or process
    PORTALS_E_NAME = -9,       // the program has no inbox, outbox or portal of this name
    PORTALS_E_VALUE = -10,     // the text is no JSON of the type: the message says where (line:column) and what was expected
    PORTALS_E_TOO_LARGE = -11, // an atom of more bytes than max_atom or max_inbox
    PORTALS_E_SEALED = -12,    // the inbox was sealed
    PORTALS_E_REPLY = -13,     // who replies to the request has failed: the message is that of its Error
    PORTALS_E_STOPPED = -14,   // the instance was told to stop (portals_stop); after the next start it goes on
    PORTALS_E_FAILED = -15,    // the run has failed: the message is the diagnostic, with position, workflow, task and key
} PortalsCode;

enum { PORTALS_MESSAGE = 2048 };

// Owned by the caller, and written as a whole by each call that is given it.
typedef struct PortalsError {
    int code;                      // a PortalsCode
    char message[PORTALS_MESSAGE]; // zero-terminated UTF-8, cut if it is longer; portals_status has all of that of a run
} PortalsError;

// What a code says in general ("the data directory is in use"). Never NULL, a constant.
const char *portals_message(int code);
// Its name ("PORTALS_E_BUSY"). Never NULL, a constant.
const char *portals_code_name(int code);

// How long to wait, in nanoseconds.
#define PORTALS_NO_WAIT ((int64_t)0)
#define PORTALS_FOREVER ((int64_t)-1)
#define PORTALS_MILLISECONDS(n) ((int64_t)(n) * 1000000)

// For a length: the text ends at its zero byte.
#define PORTALS_TEXT ((size_t)-1)

// ---- programs ----------------------------------------------------------------------------------------------------------------

// A program that has been loaded. It does not change, and can be run by any number of instances.
typedef struct PortalsProgram PortalsProgram;

// Loads the shared object at `path` (as dlopen finds it: a name without a slash is looked for where libraries are). Runs nothing
// of it. *program is NULL if it fails: PORTALS_E_LOAD, _PROGRAM, _ABI, _MEMORY, _ARGUMENT.
int portals_load(const char *path, PortalsProgram **program, PortalsError *error);
// Ends the use of `program` by the caller; it stays in memory as long as instances run it. NULL is ignored.
void portals_unload(PortalsProgram *program);
// The name of the application. Valid as long as the program, as all texts of it.
const char *portals_name(const PortalsProgram *program);

typedef enum PortalsKind {
    PORTALS_INBOX,  // `stream orders: Order = inbox()`: takes atoms of events of `type`
    PORTALS_OUTBOX, // `workflow receipts = ... |> outbox`: gives atoms of events of `type`
    PORTALS_PORTAL, // takes a request of `type`, gives a reply of type `reply`
    PORTALS_PARAM,  // a value of `type`
} PortalsKind;

typedef struct PortalsItem {
    const char *name;
    const char *type;  // as it is written in the program: "Order", "(String, Int)"
    const char *reply; // PORTALS_PORTAL; else NULL
    const char *doc;   // PORTALS_PARAM, where the program says something; else NULL
} PortalsItem;

// How many of a kind the program has.
size_t portals_count(const PortalsProgram *program, PortalsKind kind);
// Number `index`, below that count, in the order of the program. PORTALS_E_ARGUMENT if there is none.
int portals_item(const PortalsProgram *program, PortalsKind kind, size_t index, PortalsItem *item);

// ---- instances ---------------------------------------------------------------------------------------------------------------

// A run of a program.
typedef struct PortalsInstance PortalsInstance;

typedef enum PortalsLevel {
    PORTALS_NOTE,    // of the library: what recovery has to tell
    PORTALS_LOG,     // by `log` in the program, or a sink that writes to standard error
    PORTALS_WARNING, // something was dropped, as the program or the options allow
} PortalsLevel;

// Callbacks are called on threads of the instance, by one at a time. They must return soon, and not call functions of the same
// instance, but portals_stop. The text is UTF-8, of `length` bytes, not zero-terminated, and gone when they return.
typedef void PortalsLog(void *user, PortalsLevel level, const char *text, size_t length);
typedef void PortalsPrint(void *user, const char *text, size_t length);

// All zero but for `size` is a run in memory, on one partition, with the defaults of all params. The texts are not used any more
// when portals_start has returned.
typedef struct PortalsOptions {
    size_t size;      // sizeof(PortalsOptions): later versions add fields at the end
    const char *data; // the directory that keeps the run, made if it is not there; NULL: nothing is kept
    // `name=value`, as on the command line without the dashes: "limit=10", "text=book.txt", "shop.limit=10". Also the options
    // that every program has (`portals run` shows them by --help), such as "skip-atom=failed.txt" and "rebind", but for `data`.
    const char *const *params;
    size_t param_count;
    unsigned partitions; // how many threads share the state, up to 64; 0: one
    int64_t epoch;       // nanoseconds from one commit to the disk to the next; 0: 50 ms
    uint64_t max_atom;   // how many bytes an atom may have; 0: 256 MiB
    uint64_t max_queue;  // how many bytes of atoms wait in memory in one queue, before others go to the disk; 0: 64 MiB
    uint64_t max_inbox;  // how many bytes of atoms wait in one inbox, before a push waits; 0: 16 MiB
    uint64_t max_outbox; // how many wait in one outbox, before what leads there stands still; 0: 64 MiB
    uint64_t seed;       // of the program's random numbers; 0: by chance
    PortalsLog *log;     // NULL: to standard error, but for notes
    PortalsPrint *print; // takes what sinks print; whole lines, once they are committed. NULL: to standard output
    void *user;          // for the callbacks
} PortalsOptions;

// Begins a run, or goes on with the one in the data directory. Blocks until it has been recovered, which takes as long as reading
// what is kept. The instance is to be closed. *instance is NULL if it fails: PORTALS_E_ARGUMENT, _OPTION, _DATA, _BUSY, _MEMORY,
// or _FAILED if the program does so before it takes anything. A run that has ended can be started: it gives what has not been
// taken, and PORTALS_ENDED to all else.
int portals_start(PortalsProgram *program, const PortalsOptions *options, PortalsInstance **instance, PortalsError *error);
// Asks the run to stop: at the next atom, or by leaving what waits. Returns at once. It may also be called in a signal handler
// and in callbacks. From then on the other functions return PORTALS_E_STOPPED, also those that wait.
void portals_stop(PortalsInstance *instance);
// Stops, waits for the thread (so long as an atom takes, and to make all durable that was committed), and frees the instance,
// whatever it returns. NULL is ignored. Atoms that were pushed and are not acknowledged are not kept: they are to be pushed again
// after the next portals_start, which goes on from there (portals_checkpoint before makes sure of them). PORTALS_E_FAILED: the
// run failed, now or before; PORTALS_E_MEMORY: it ended without memory. In both cases the data directory has all that was
// acknowledged.
int portals_close(PortalsInstance *instance, PortalsError *error);

typedef enum PortalsState {
    PORTALS_RUNNING, // it has something to do
    PORTALS_QUIET,   // all that was pushed has been worked on, and is committed; it waits for more, or for the time
    PORTALS_HAS_ENDED,
    PORTALS_HAS_STOPPED, // as portals_stop asked for
    PORTALS_HAS_FAILED,
} PortalsState;

typedef struct PortalsStatus {
    PortalsState state;
    int code;         // why it is over: PORTALS_ENDED, _E_STOPPED, _E_FAILED, _E_MEMORY; PORTALS_OK as long as it is not
    uint64_t epoch;   // the last one that is committed
    uint64_t events;  // that sources have given, in all runs that went on from each other
    uint64_t atoms;   // that went through workflows, in this run
    uint64_t dead;    // of these, that failed and became dead letters
    char *message;    // PORTALS_HAS_FAILED: the whole diagnostic, to be freed by portals_free; else NULL
    const char *file; // and where in the program it happened, if that is known: as long as the program; else NULL
    unsigned line, column;
} PortalsStatus;

// Writes *status. Does not wait for the run.
int portals_status(PortalsInstance *instance, PortalsStatus *status, PortalsError *error);
// Waits until the run is quiet, or over. PORTALS_OK, PORTALS_TIMEOUT, or why it is over: PORTALS_ENDED, _E_STOPPED, _E_FAILED,
// _E_MEMORY.
int portals_wait_quiet(PortalsInstance *instance, int64_t wait, PortalsError *error);
// Waits until it is over. PORTALS_TIMEOUT, PORTALS_ENDED, PORTALS_E_STOPPED, _E_FAILED or _E_MEMORY.
int portals_wait_end(PortalsInstance *instance, int64_t wait, PortalsError *error);
// For loops of events (poll, epoll, libuv): a file that is readable after something has changed that other functions tell: atoms
// in an outbox, acknowledgements, the state. It belongs to the instance: read nothing from it. Below 0 a PortalsCode.
int portals_poll_fd(PortalsInstance *instance);
// It is not readable any more, until the next change. Call it before looking at what has changed.
void portals_poll_clear(PortalsInstance *instance);

// ---- inboxes -----------------------------------------------------------------------------------------------------------------
//
// Each atom has a number that its sender chooses: above 0, and above all before it in this inbox; gaps are fine. It is the
// protection against duplicates: who does not know whether a push was kept pushes again, with the same number.
//
//   pushed          in memory; may be lost with the process
//   acknowledged    durable (without a data directory: worked on), and worked on exactly once, whatever happens then

// Puts an atom into the inbox: `json` is events of the inbox's type, in the form of `json_lines`: one on each line, or all of
// them in one array, if an event of the type is no array itself. (No event at all is an atom, too.) Either all of it is taken,
// or nothing. Waits while the inbox is full (max_inbox). The text is not used any more when it returns. PORTALS_OK, _DUPLICATE,
// _TIMEOUT (nothing was done), _ENDED, _E_ARGUMENT, _E_NAME, _E_VALUE, _E_TOO_LARGE, _E_SEALED, _E_STOPPED, _E_FAILED, _E_MEMORY.
int portals_push(PortalsInstance *instance, const char *inbox, uint64_t number, const char *json, size_t length, int64_t wait,
                 PortalsError *error);
// *number: the last atom that is acknowledged, and with it all before; 0: none. What a host sends again after a restart is what
// comes behind it.
int portals_acknowledged(PortalsInstance *instance, const char *inbox, uint64_t *number, PortalsError *error);
// Waits until atom `number` is acknowledged: at most as long as an epoch, if nothing else is in the way. PORTALS_OK, _TIMEOUT,
// _E_NAME, _E_ARGUMENT (an atom that was never pushed), or why that will not happen: _E_STOPPED, _E_FAILED, _E_MEMORY.
int portals_wait_acknowledged(PortalsInstance *instance, const char *inbox, uint64_t number, int64_t wait, PortalsError *error);
// There will be no more atoms in this inbox; `inbox` NULL: in none, and no portal will be asked any more. When all sources have
// ended and all is done, the run ends; one with portals does so only after NULL. To seal again is no mistake.
int portals_seal(PortalsInstance *instance, const char *inbox, PortalsError *error);

// ---- outboxes ----------------------------------------------------------------------------------------------------------------
//
// The atoms of an outbox have numbers from 1 on. They can be read once they are committed: what has been read will never be
// undone. An outbox keeps an atom until it is taken, also over restarts. So a reader that stores its results together with the
// number, and asks for what comes behind that, has each atom exactly once.

// Begins as all zeroes. The memory is used again by the next portals_read with it, and freed by portals_atom_free.
typedef struct PortalsAtom {
    uint64_t number;
    const char *json; // the events as `json_lines` has them, each with a newline behind it; also zero-terminated
    size_t length;
    size_t events;
    size_t capacity; // of `json`
} PortalsAtom;

// The first atom behind number `after` that has not been taken. Waits for one. PORTALS_OK, _TIMEOUT (there is none yet), _ENDED
// (there will be none), _E_NAME, _E_ARGUMENT, _E_STOPPED, _E_FAILED (what is committed is given before that), _E_MEMORY.
int portals_read(PortalsInstance *instance, const char *outbox, uint64_t after, PortalsAtom *atom, int64_t wait,
                 PortalsError *error);
void portals_atom_free(PortalsAtom *atom);
// The atoms up to `number` are the reader's: the outbox drops them, with the next epoch. Less than was said before, or more than
// there is, is PORTALS_E_ARGUMENT.
int portals_taken(PortalsInstance *instance, const char *outbox, uint64_t number, PortalsError *error);

// ---- portals -----------------------------------------------------------------------------------------------------------------

// Sends a request, JSON of the portal's type, to the task that replies to it, and waits for the reply: *reply is its JSON,
// zero-terminated, to be freed by portals_free (NULL if it fails). *length: of the reply, or NULL. The request is an atom like
// others: what it changes is kept, and the reply is given when that is committed. PORTALS_OK, _TIMEOUT (it may still have its
// effect; the reply is dropped), _ENDED, _E_NAME, _E_VALUE, _E_TOO_LARGE, _E_REPLY, _E_STOPPED (the same holds), _E_FAILED,
// _E_MEMORY, _E_ARGUMENT.
int portals_ask(PortalsInstance *instance, const char *portal, const char *json, size_t json_length, int64_t wait, char **reply,
                size_t *length, PortalsError *error);
// Frees what this library has said is to be freed by it. NULL is ignored.
void portals_free(void *memory);

// ---- durability --------------------------------------------------------------------------------------------------------------

// All that was pushed, said to be taken, or sealed before is durable when it returns, and the directory begins to make a
// snapshot, which makes the next start faster. Without a data directory, that is worked on. Blocks as long as the disk takes, and
// the atom that runs; where an outbox is full, until what keeps the inboxes from being emptied has been taken.
int portals_checkpoint(PortalsInstance *instance, PortalsError *error);

#ifdef __cplusplus
}
#endif

#endif
