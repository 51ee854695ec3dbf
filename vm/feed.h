// feed.h - sources at run time. A feed makes the atoms of its stream, one at a time, when the runtime asks for the next one.
#ifndef VM_FEED_H
#define VM_FEED_H

#include "base/buf.h"
#include "vm/atom.h"
#include "vm/env.h"

typedef struct Runtime Runtime;
typedef struct Feed Feed;
typedef struct Lines Lines;
typedef struct Stream Stream;

// The numbers of the settings (pt_config_source_...), by kind of source.
enum { FROM_LIST = 0 };
enum { RANGE_FROM = 0, RANGE_TO = 1, RANGE_ATOM = 2 };
enum { LINES_PATH = 0, LINES_ATOM = 1 };
enum { STDIN_ATOM = 0 };
enum { ATOMS_LISTS = 0 };
enum { EVERY_PERIOD = 0, EVERY_TICKS = 1 };
enum { FEED_SETTINGS = 3 };

typedef enum FeedStatus {
    FEED_ATOM,   // here is an atom
    FEED_WAIT,   // nothing has arrived, or it is not time yet
    FEED_END,    // there are no more
    FEED_FAILED, // the runtime has the message
} FeedStatus;

// What a kind of source can do.
typedef struct FeedKind {
    // Checks the settings and opens what there is to open. False with a failure, or without after a stop signal.
    bool (*open)(Feed *feed);
    // Makes the next atom. FEED_WAIT: not before something can be read from feed->file, or before feed->wake.
    FeedStatus (*next)(Feed *feed, Atom **out);
    void (*close)(Feed *feed);
    // After `open`, in a run that goes on: continues at feed->position, or, where that cannot be read again, with feed->rest.
    // False with a failure, if the input is not what it was. NULL: the position says everything.
    bool (*resume)(Feed *feed);
    // What tells whether the input before the position is still the same; 0: it cannot be read again. Or NULL.
    uint64_t (*fingerprint)(Feed *feed);
    // Appends what has been read of an input that cannot be read again, and not been handed over. Or NULL.
    void (*put_rest)(const Feed *feed, Buf *out);
} FeedKind;

struct Feed {
    Runtime *runtime;
    const PtSource *source;
    const FeedKind *kind;
    int64_t numbers[FEED_SETTINGS]; // settings
    PtString text;
    PtList list;
    uint64_t position;    // how much has been taken: integers, bytes or atoms
    uint64_t events;      // that have been taken
    uint64_t lines_taken; // of text, where events may have several
    uint64_t wake;        // env->now when it is worth asking again; 0: that does not depend on the time
    uint64_t started;     // env->now when it was asked first
    uint64_t first;       // the position then
    uint64_t expected;    // the fingerprint at the position where an earlier run stopped
    Buf rest;             // what that run had read and not taken
    Buf failure;          // that it fails with when it is asked again; empty: none
    bool at_end;          // it has said so, which takes effect when it is asked again
    bool ended;
    const PtDesc *record; // CSV: the type that records are read as
    Buf header;           // CSV: the first line, from which on
    int32_t *columns;     // it is known which field each column is (csv.h); else NULL
    size_t column_count;
    const Stream *made;       // FEED_NEXT: what the generator puts out
    uint64_t position_before; // FEED_NEXT: at the start of this run
    Lines *lines;             // of the kinds that read text
    struct Inbox *inbox;      // PT_SOURCE_INBOX
    int file;                 // that they read, or -1
    EnvStat stat;             // of that file
};

extern const FeedKind FEED_FROM, FEED_ATOMS, FEED_RANGE, FEED_EMPTY; // feed_memory.c
extern const FeedKind FEED_NEXT;                                     // feed_next.c
extern const FeedKind FEED_EVERY;                                    // feed_every.c
extern const FeedKind FEED_LINES, FEED_CSV, FEED_STDIN;              // feed_lines.c

extern const FeedKind FEED_INBOX; // feed_inbox.c

void feed_init(Feed *feed, Runtime *runtime, const PtSource *source);
void feed_close(Feed *feed);
// Of kinds that have nothing to open or close.
bool feed_open_always(Feed *feed);
void feed_close_nothing(Feed *feed);
// Where events of type () lie.
extern const char FEED_NO_BYTES[1];
// The file that it reads, for messages.
const char *feed_file_name(const Feed *feed);
// False, with a failure, if the number of events in an atom is not positive.
bool feed_check_atom(Feed *feed, int64_t atom);
// Takes the first line of CSV. False, with a failure, if it does not fit the type of the records. (feed_csv.c)
bool feed_take_header(Feed *feed, const PtString *line, uint64_t number);
// The header as a part of what is kept with the source, in front of the rest: written, and taken off feed->rest again.
void feed_put_header(const Feed *feed, Buf *out);
bool feed_restore_header(Feed *feed);

#endif
