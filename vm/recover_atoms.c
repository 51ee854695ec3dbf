// The atoms that wait, as the records of a store tell of them. There may be more than memory should hold: the rest goes to a file
// until its turn comes, and then to the backlog of its queue.
#include <stdlib.h>
#include <string.h>

#include "vm/atom_bytes.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/recover_internal.h"

bool recover_damaged(Runtime *runtime, const char *what) {
    error_set(runtime, "cannot resume from `%s`: %s", runtime->options.data, what);
    return false;
}

bool recover_asked(Runtime *runtime) {
    if (error_set(runtime, "cannot resume from `%s`: requests from outside are under way", runtime->options.data))
        error_note(runtime,
                   "help: go on with a program that can be asked from outside (`portals build --shared`, or the prompt) until "
                   "they are answered");
    return false;
}

// ---- what the records say ----

static int open_file(SavedAtoms *atoms) {
    Env *env = atoms->runtime->env;
    if (atoms->file >= 0) return 0;
    int file = env->open(env, atoms->runtime->spill_path, ENV_WRITE);
    if (file < 0) return file;
    atoms->file = file;
    return env->remove(env, atoms->runtime->spill_path);
}

static bool keep_in_file(SavedAtoms *atoms, SavedAtom *saved, Bytes value) {
    int code = open_file(atoms);
    if (!code) code = write_all_at(atoms->runtime->env, atoms->file, value.at, saved->size, atoms->file_size);
    if (code < 0) return recover_damaged(atoms->runtime, error_text(code));
    saved->at = atoms->file_size;
    atoms->file_size += saved->size;
    return true;
}

static void keep_in_memory(SavedAtoms *atoms, SavedAtom *saved, Bytes value) {
    saved->bytes = MEMORY_NEW(char, saved->size);
    if (saved->size) memcpy(saved->bytes, value.at, saved->size);
    atoms->bytes += saved->size;
}

bool saved_atoms_add(SavedAtoms *atoms, uint64_t stream, uint64_t number, StoreOp op, Bytes value) {
    atoms->items = memory_grow(atoms->items, atoms->count, &atoms->capacity, sizeof *atoms->items);
    SavedAtom *saved = &atoms->items[atoms->count];
    *saved = (SavedAtom){stream, number, atoms->count, op != STORE_DELETE, .size = bytes_left(&value)};
    atoms->count++;
    if (!saved->is_there) return true;
    if (atoms->bytes + saved->size > atoms->runtime->options.max_queue) return keep_in_file(atoms, saved, value);
    keep_in_memory(atoms, saved, value);
    return true;
}

// ---- atoms ----

static int compare_atoms(const void *a, const void *b) {
    const SavedAtom *left = a, *right = b;
    if (left->stream != right->stream) return left->stream < right->stream ? -1 : 1;
    if (left->number != right->number) return left->number < right->number ? -1 : 1;
    return left->order < right->order ? -1 : 1;
}

static bool fetch_bytes(SavedAtoms *atoms, SavedAtom *saved) {
    if (saved->bytes) return true;
    saved->bytes = MEMORY_NEW(char, saved->size);
    int code = read_exactly_at(atoms->runtime->env, atoms->file, saved->bytes, saved->size, saved->at);
    return code == 0 || recover_damaged(atoms->runtime, error_text(code));
}

// NULL with a failure.
static Atom *read_atom(Runtime *runtime, const SavedAtom *saved, const PtDesc *desc) {
    AtomRoom room;
    const char *why = "out of memory";
    Atom *atom = NULL;
    if (atom_room_open(&room, &runtime->rooms)) {
        atom = atom_read(runtime, desc, saved->number, bytes_of(saved->bytes, saved->size), &room, &why);
        atom_room_close(&room);
    }
    if (!atom) recover_damaged(runtime, why);
    return atom;
}

static bool restore_atom(SavedAtoms *atoms, SavedAtom *saved, TakeAtom *take, void *user) {
    Runtime *runtime = atoms->runtime;
    const PtProgram *program = runtime->program;
    if (saved->stream >= program->source_count + program->workflow_count) return recover_asked(runtime);
    Stream *stream = &runtime->streams[saved->stream];
    const PtDesc *desc = runtime_event(runtime, saved->stream);
    if (!desc) return true; // nobody takes it
    Atom *atom = fetch_bytes(atoms, saved) ? read_atom(runtime, saved, desc) : NULL;
    free(saved->bytes);
    saved->bytes = NULL;
    if (!atom) return false;
    if (stream->logged < saved->number) stream->logged = saved->number;
    if (saved->number < stream->kept_from) stream->kept_from = saved->number;
    take(user, atom, saved->stream);
    atom_release(&runtime->atoms, atom);
    return !runtime->failure.length;
}

// What is said last of an atom counts.
static bool is_last_word(const SavedAtoms *atoms, size_t i) {
    const SavedAtom *saved = &atoms->items[i], *next = saved + 1;
    return i + 1 == atoms->count || next->stream != saved->stream || next->number != saved->number;
}

bool saved_atoms_restore(SavedAtoms *atoms, TakeAtom *take, void *user) {
    if (atoms->count) qsort(atoms->items, atoms->count, sizeof *atoms->items, compare_atoms);
    for (size_t i = 0; i < atoms->count; i++)
        if (atoms->items[i].is_there && is_last_word(atoms, i) && !restore_atom(atoms, &atoms->items[i], take, user))
            return false;
    return true;
}

void saved_atoms_free(SavedAtoms *atoms) {
    for (size_t i = 0; i < atoms->count; i++) free(atoms->items[i].bytes);
    free(atoms->items);
    if (atoms->file >= 0) atoms->runtime->env->close(atoms->runtime->env, atoms->file);
}
