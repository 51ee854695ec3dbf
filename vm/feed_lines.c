// Sources of text: the lines of a file, or of standard input.
//
// Bytes are read in blocks (regions); the lines of an atom are parts of them, never copied. Only a line that a block ends in the
// middle of moves, to the front of the next block:
//
//   block   [ line \n line \n line \n li ]      start: of what is not yet cut into lines
//                                     ^start ^end
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/utf8.h"

enum {
    BLOCK = 256 * 1024,
    READ_MINIMUM = 16 * 1024, // less room than that in a block: the next one
    FIRST_LINES = 1024,
};

struct Lines {
    RegionPool blocks;
    Region *block;
    char *start;    // of what has been read and not yet cut
    char *searched; // up to here there is no line end after `start`
    char *end;
    char *limit;     // of the block
    char *name;      // of the file
    bool at_end;     // nothing more can be read
    uint64_t offset; // bytes read
    uint64_t line;   // number of the line at `start`
    bool quoted;     // CSV: `searched` is within quotes
    uint64_t taken;  // bytes of the atom that is being made
    Atom *part;      // that atom, while the rest of it has to be waited for, or cannot be had; else NULL
};

static bool is_csv(const Feed *feed) {
    return feed->source->kind == PT_SOURCE_CSV;
}

const char *feed_file_name(const Feed *feed) {
    return feed->lines->name ? feed->lines->name : "standard input";
}

static bool failed_to_read(Feed *feed, const char *why) {
    const char *name = feed->lines->name;
    if (error_set(feed->runtime, name ? "cannot read `%s`: %s" : "cannot read %s: %s", name ? name : "standard input", why))
        error_position(feed->runtime, feed->source->position);
    return false;
}

// ---- reading ----

// Makes room for more bytes; what has not been cut moves to the next block. False with a failure.
static bool make_room(Feed *feed) {
    Lines *lines = feed->lines;
    if (lines->block && lines->limit - lines->end >= READ_MINIMUM) return true;
    size_t rest = (size_t)(lines->end - lines->start);
    Region *block = region_take(&lines->blocks, 2 * rest > BLOCK ? 2 * rest : BLOCK);
    if (!block) return failed_to_read(feed, error_text(-ENOMEM));
    char *bytes = block->chunks->bytes;
    if (rest) memcpy(bytes, lines->start, rest);
    if (lines->block) region_release(lines->block);
    lines->block = block;
    lines->start = bytes;
    lines->searched = lines->end = bytes + rest;
    lines->limit = bytes + block->chunks->size;
    return true;
}

static int64_t read_some(Feed *feed) {
    Lines *lines = feed->lines;
    Env *env = feed->runtime->env;
    size_t room = (size_t)(lines->limit - lines->end);
    if (feed->stat.kind == ENV_FILE) return env->read_at(env, feed->file, lines->end, room, lines->offset);
    return env->read(env, feed->file, lines->end, room);
}

// Reads more bytes, or finds the end of the file. FEED_ATOM: go on; FEED_WAIT: the run is to stop.
static FeedStatus read_more(Feed *feed) {
    Lines *lines = feed->lines;
    if (!make_room(feed)) return FEED_FAILED;
    int64_t got;
    do {
        got = read_some(feed);
        if (got == -EINTR && feed->runtime->env->stop_signal(feed->runtime->env)) return FEED_WAIT;
    } while (got == -EINTR);
    const char *fault = NULL;
    if (got < 0)
        fault = error_text(got);
    else if (!got && lines->offset < feed->stat.size)
        fault = "the file became shorter while it was read";
    if (fault) {
        failed_to_read(feed, fault);
        return FEED_FAILED;
    }
    lines->at_end = got == 0;
    lines->end += got;
    lines->offset += (uint64_t)got;
    return FEED_ATOM;
}

// ---- cutting ----

static char *find_byte(char *from, char *to, char byte) {
    return from < to ? memchr(from, byte, (size_t)(to - from)) : NULL;
}

// A line end within quotes is none.
static bool ends_quoted(bool quoted, char *from, char *to) {
    for (char *at; (at = find_byte(from, to, '"')); from = at + 1) quoted = !quoted;
    return quoted;
}

// The end of the line at `start`, where its line end is, or NULL if that has not been read.
static char *find_line_end(const Feed *feed) {
    Lines *lines = feed->lines;
    for (char *from = lines->searched;;) {
        char *at = find_byte(from, lines->end, '\n');
        lines->searched = at ? at : lines->end;
        if (is_csv(feed)) lines->quoted = ends_quoted(lines->quoted, from, lines->searched);
        if (!at || !lines->quoted) return at;
        from = at + 1;
    }
}

// A record of CSV may have several lines.
static uint64_t count_lines(const Feed *feed, char *from, char *to) {
    uint64_t count = 1;
    if (is_csv(feed))
        for (char *at; (at = find_byte(from, to, '\n')); from = at + 1) count++;
    return count;
}

// A line without anything separates records, where a record has several fields. It stays in front of the next one, so that the
// lines can be counted.
static bool is_blank(const Feed *feed, const char *from, const char *to) {
    if (!is_csv(feed) || feed->column_count < 2) return false;
    while (from < to && (*from == '\n' || *from == '\r')) from++;
    return from == to;
}

static bool check_line(Feed *feed, const PtString *line, uint64_t number) {
    size_t valid = utf8_valid(line->data, (size_t)line->size);
    if (valid == (size_t)line->size) return true;
    if (error_set(feed->runtime, "%s:%llu:%zu: invalid UTF-8: byte 0x%02x", feed_file_name(feed), (unsigned long long)number,
                  utf8_count(line->data, valid) + 1, (unsigned char)line->data[valid]))
        error_position(feed->runtime, feed->source->position);
    return false;
}

static bool fail_size(Feed *feed, const char *what) {
    if (error_set(feed->runtime, "%s:%llu: %s has more than %llu bytes", feed_file_name(feed),
                  (unsigned long long)feed->lines->line, what, (unsigned long long)feed->runtime->options.max_atom)) {
        error_position(feed->runtime, feed->source->position);
        error_note(feed->runtime, "help: `--max-atom` sets the limit");
    }
    return false;
}

static PtString *add_event(Atom *atom) {
    size_t used = (size_t)atom->count * sizeof(PtString);
    if (used + sizeof(PtString) > atom->capacity) { // the buffer may have been one of other events
        size_t capacity = atom->capacity < FIRST_LINES * sizeof(PtString) ? FIRST_LINES : atom->capacity / sizeof(PtString) * 2;
        PtString *events = MEMORY_NEW(PtString, capacity);
        if (used) memcpy(events, atom->buffer, used);
        free(atom->buffer);
        atom->buffer = (char *)events;
        atom->capacity = capacity * sizeof(PtString);
    }
    return (PtString *)atom->buffer + atom->count++;
}

// Adds the line from `start` to `stop` to the atom; `next` is where the line after it begins. False with a failure.
static bool cut_line(Feed *feed, Atom *atom, char *stop, char *next) {
    Lines *lines = feed->lines;
    PtString line = {lines->start, stop - lines->start};
    if (line.size && next > stop && stop[-1] == '\r') line.size--;
    if (!check_line(feed, &line, lines->line)) return false;
    if (is_csv(feed) && !feed->columns) {
        if (!feed_take_header(feed, &line, lines->line)) return false;
        feed->lines_taken = lines->line + count_lines(feed, lines->start, stop) - 1;
    } else {
        if (!atom->region_count || atom->regions[atom->region_count - 1] != lines->block) atom_hold_region(atom, lines->block);
        if (!atom->count) atom->first = (int64_t)lines->line;
        *add_event(atom) = line;
    }
    lines->taken += (uint64_t)(next - lines->start);
    lines->line += count_lines(feed, lines->start, stop);
    lines->start = lines->searched = next;
    return true;
}

// What the atom takes in memory, text and lines.
static bool is_too_large(const Feed *feed, const Atom *atom) {
    uint64_t bytes = feed->lines->taken + (uint64_t)atom->count * sizeof(PtString);
    return bytes > feed->runtime->options.max_atom;
}

// Cuts lines that have been read, up to `limit` in the atom. False with a failure.
static bool cut_lines(Feed *feed, Atom *atom, int64_t limit) {
    Lines *lines = feed->lines;
    while (atom->count < limit) {
        char *stop = find_line_end(feed), *next = stop ? stop + 1 : NULL;
        bool blank = is_blank(feed, lines->start, stop ? stop : lines->end);
        if (stop && blank) {
            lines->searched = next;
            continue;
        }
        if (!stop) {
            if (!lines->at_end || lines->start == lines->end || blank) break;
            stop = next = lines->end;
        }
        if (!cut_line(feed, atom, stop, next)) return false;
        if (is_too_large(feed, atom)) return fail_size(feed, "the atom");
    }
    return true;
}

// A line whose end has not been read yet may be too long already.
static bool check_rest(Feed *feed) {
    uint64_t rest = (uint64_t)(feed->lines->end - feed->lines->start);
    return rest <= feed->runtime->options.max_atom || fail_size(feed, "the line");
}

static FeedStatus give_up(Feed *feed, Atom *atom, FeedStatus status) {
    atom_release(&feed->runtime->atoms, atom);
    return status;
}

// What has been cut stays with what has not been: it comes again in a run that goes on.
static FeedStatus put_off(Feed *feed, Atom *atom, FeedStatus status) {
    feed->lines->part = atom;
    return status;
}

static FeedStatus hand_over(Feed *feed, Atom *atom, Atom **out) {
    if (!atom->count) return give_up(feed, atom, FEED_END);
    feed->position += feed->lines->taken;
    feed->lines_taken = feed->lines->line - 1;
    atom->events = atom->buffer;
    atom->bytes += (uint64_t)atom->count * sizeof(PtString);
    *out = atom;
    return FEED_ATOM;
}

// ---- files ----

static Lines *lines_new(Feed *feed) {
    Lines *lines = MEMORY_NEW(Lines, 1);
    *lines = (Lines){.blocks = {.chunk = BLOCK}, .line = feed->lines_taken + 1};
    feed->lines = lines;
    return lines;
}

static bool open_lines(Feed *feed) {
    if (!feed_check_atom(feed, feed->numbers[LINES_ATOM])) return false;
    Lines *lines = lines_new(feed);
    Env *env = feed->runtime->env;
    size_t size = (size_t)feed->text.size;
    lines->name = memory_new(size + 1, 1);
    if (size) memcpy(lines->name, feed->text.data, size);
    if (strlen(lines->name) != size) return failed_to_read(feed, "its name contains a zero byte");
    feed->file = env->open(env, lines->name, ENV_READ);
    if (feed->file == -EINTR) return false; // by a stop signal, which says enough
    if (feed->file < 0) return failed_to_read(feed, error_text(feed->file));
    int code = env->stat(env, feed->file, &feed->stat);
    if (code < 0) return failed_to_read(feed, error_text(code));
    if (feed->stat.kind == ENV_DIRECTORY) return failed_to_read(feed, error_text(-EISDIR));
    return true;
}

// False if a read could block: then what is committed has to go out before.
static bool is_readable(Feed *feed) {
    Env *env = feed->runtime->env;
    return feed->stat.kind == ENV_FILE || env->wait_readable(env, &feed->file, 1, ENV_POLL) > 0;
}

static Atom *start_atom(Feed *feed) {
    feed->lines->taken = 0;
    return atom_new(&feed->runtime->atoms);
}

static FeedStatus next_lines(Feed *feed, Atom **out) {
    Lines *lines = feed->lines;
    Atom *atom = lines->part ? lines->part : start_atom(feed);
    lines->part = NULL;
    for (;;) {
        if (!cut_lines(feed, atom, feed->numbers[LINES_ATOM])) return put_off(feed, atom, FEED_FAILED);
        if (atom->count == feed->numbers[LINES_ATOM] || lines->at_end) return hand_over(feed, atom, out);
        if (!check_rest(feed)) return put_off(feed, atom, FEED_FAILED);
        if (!is_readable(feed)) return put_off(feed, atom, FEED_WAIT);
        FeedStatus status = read_more(feed);
        if (status != FEED_ATOM) return put_off(feed, atom, status);
    }
}

static void close_lines(Feed *feed) {
    Lines *lines = feed->lines;
    if (!lines) return;
    if (lines->part) atom_release(&feed->runtime->atoms, lines->part);
    if (lines->name && feed->file >= 0) feed->runtime->env->close(feed->runtime->env, feed->file);
    if (lines->block) region_release(lines->block);
    region_pool_free(&lines->blocks);
    free(lines->name);
    free(lines);
    feed->lines = NULL;
}

// ---- going on ----

enum {
    FINGERPRINT = 4096,      // how many bytes before the position are looked at
    FINGERPRINT_UNKNOWN = 2, // they could not be read then
};

// Of the last bytes before the position, with their number; odd. 0 or a negated errno value.
static int read_fingerprint(Feed *feed, uint64_t *out) {
    char bytes[FINGERPRINT];
    size_t size = feed->position < FINGERPRINT ? (size_t)feed->position : FINGERPRINT;
    int code = read_exactly_at(feed->runtime->env, feed->file, bytes, size, feed->position - size);
    if (code < 0) return code;
    *out = hash_bytes(bytes, size) | 1;
    return 0;
}

// An error must not become the fingerprint of something else, which nobody could go on with; it shows soon elsewhere.
static uint64_t lines_fingerprint(Feed *feed) {
    uint64_t fingerprint;
    if (feed->stat.kind != ENV_FILE) return 0;
    return read_fingerprint(feed, &fingerprint) ? FINGERPRINT_UNKNOWN : fingerprint;
}

// What was read comes again first.
static bool resume_stream(Feed *feed) {
    Lines *lines = feed->lines;
    size_t rest = feed->rest.length;
    Region *block = region_take(&lines->blocks, 2 * rest > BLOCK ? 2 * rest : BLOCK);
    if (!block) return failed_to_read(feed, error_text(-ENOMEM));
    char *bytes = block->chunks->bytes;
    if (rest) memcpy(bytes, feed->rest.data, rest);
    lines->block = block;
    lines->start = lines->searched = bytes;
    lines->end = bytes + rest;
    lines->limit = bytes + block->chunks->size;
    return true;
}

static bool fail_changed(Feed *feed, const char *why) {
    failed_to_read(feed, why);
    error_note(feed->runtime, "help: put back the file that was read before, or start anew with another directory");
    return false;
}

static bool resume_lines(Feed *feed) {
    Lines *lines = feed->lines;
    if (!feed->expected) return resume_stream(feed);
    if (feed->stat.kind != ENV_FILE) return fail_changed(feed, "it was a file when the run began, and is none now");
    if (feed->stat.size < feed->position) return fail_changed(feed, "it has become shorter than what was read of it before");
    uint64_t found;
    int code = read_fingerprint(feed, &found);
    if (code) return failed_to_read(feed, error_text(code));
    if (feed->expected != FINGERPRINT_UNKNOWN && found != feed->expected)
        return fail_changed(feed, "it is not the file that was read before, or what was read has been changed");
    lines->offset = feed->position;
    if (!feed->position) lines->line = 1;
    return true;
}

// The lines of an atom that is not complete, then what is not cut.
static void put_rest(const Feed *feed, Buf *out) {
    const Lines *lines = feed->lines;
    if (!lines || feed->stat.kind == ENV_FILE) return;
    const PtString *part = lines->part ? (const PtString *)lines->part->buffer : NULL;
    for (int64_t i = 0; part && i < lines->part->count; i++) {
        buf_append(out, part[i].data, (size_t)part[i].size);
        buf_putc(out, '\n');
    }
    if (lines->end > lines->start) buf_append(out, lines->start, (size_t)(lines->end - lines->start));
}

// ---- CSV ----

// An earlier run has left the header in front of the rest.
static bool open_csv(Feed *feed) {
    return open_lines(feed) && feed_restore_header(feed);
}

static void put_csv_rest(const Feed *feed, Buf *out) {
    feed_put_header(feed, out);
    put_rest(feed, out);
}

// ---- standard input ----

static bool open_stdin(Feed *feed) {
    if (!feed_check_atom(feed, feed->numbers[STDIN_ATOM])) return false;
    for (Feed *other = feed->runtime->feeds; other < feed; other++)
        if (other->source->kind == PT_SOURCE_STDIN) {
            lines_new(feed);
            return failed_to_read(feed, "another source of the program reads it");
        }
    lines_new(feed);
    feed->file = ENV_STDIN;
    return true;
}

// An atom is what has arrived: complete lines, or the rest at the end.
static FeedStatus next_stdin(Feed *feed, Atom **out) {
    Lines *lines = feed->lines;
    Atom *atom = start_atom(feed);
    for (;;) {
        if (!cut_lines(feed, atom, feed->numbers[STDIN_ATOM])) return put_off(feed, atom, FEED_FAILED);
        if (atom->count || lines->at_end) return hand_over(feed, atom, out);
        if (!check_rest(feed)) return give_up(feed, atom, FEED_FAILED);
        if (!is_readable(feed)) return give_up(feed, atom, FEED_WAIT);
        FeedStatus status = read_more(feed);
        if (status != FEED_ATOM) return give_up(feed, atom, status);
    }
}

const FeedKind FEED_LINES = {
    .open = open_lines,
    .next = next_lines,
    .close = close_lines,
    .resume = resume_lines,
    .fingerprint = lines_fingerprint,
    .put_rest = put_rest,
};

const FeedKind FEED_CSV = {
    .open = open_csv,
    .next = next_lines,
    .close = close_lines,
    .resume = resume_lines,
    .fingerprint = lines_fingerprint,
    .put_rest = put_csv_rest,
};

const FeedKind FEED_STDIN = {
    .open = open_stdin,
    .next = next_stdin,
    .close = close_lines,
    .resume = resume_stream,
    .put_rest = put_rest,
};
