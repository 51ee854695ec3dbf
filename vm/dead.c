#include "vm/dead.h"

#include <string.h>

#include "vm/error.h"
#include "vm/skip.h"
#include "vm/timers.h"

// ---- the letter ----
//
// An atom of one event, whose buffer has all that belongs to it alone:
//
//   [DeadAtom] [the events, where they do not lie in a row in the atom that failed] [the texts of the error]

typedef struct Letter {
    const PtDesc *desc; // of a DeadAtom
    const PtDesc *event;
    const PtDesc *stored; // as the failed atom has it: with its key, perhaps
    const Atom *failed;
    bool shares; // the events of the failed atom
} Letter;

enum { EVENTS, ERROR }; // the fields of a DeadAtom
enum { ERROR_TEXTS = 4 };

static const PtField *field_of(const PtDesc *record, uint64_t number) {
    return &record->variants[0].fields[number];
}

// In the order of the fields.
static void error_texts(const Failure *failure, const Buf *texts[ERROR_TEXTS]) {
    texts[0] = &failure->message;
    texts[1] = &failure->position;
    texts[2] = &failure->key;
    texts[3] = &failure->event;
}

static uint64_t round_up(uint64_t size) {
    return (size + 7) / 8 * 8;
}

static uint64_t events_size(const Letter *letter) {
    return letter->shares ? 0 : round_up((uint64_t)letter->failed->count * letter->event->size);
}

static uint64_t letter_size(const Letter *letter, const Failure *failure) {
    const Buf *texts[ERROR_TEXTS];
    error_texts(failure, texts);
    uint64_t size = round_up(letter->desc->size) + events_size(letter);
    for (int i = 0; i < ERROR_TEXTS; i++) size += texts[i]->length;
    return size;
}

static void copy_events(const Letter *letter, char *to) {
    const Atom *failed = letter->failed;
    if (!failed->events) {
        for (int64_t i = 0; i < failed->count; i++) ((int64_t *)to)[i] = (int64_t)((uint64_t)failed->first + (uint64_t)i);
        return;
    }
    uint64_t size = letter->event->size, stride = event_stride(letter->stored);
    for (uint64_t i = 0; i < (uint64_t)failed->count; i++) memcpy(to + i * size, failed->events + i * stride, size);
}

static void write_error(const PtDesc *desc, const Failure *failure, char *error, char *room) {
    const Buf *texts[ERROR_TEXTS];
    error_texts(failure, texts);
    for (int i = 0; i < ERROR_TEXTS; i++) {
        *(PtString *)(error + field_of(desc, (uint64_t)i)->offset) = (PtString){room, (int64_t)texts[i]->length};
        if (texts[i]->length) memcpy(room, texts[i]->data, texts[i]->length);
        room += texts[i]->length;
    }
}

static void write_letter(const Letter *letter, const Failure *failure, char *to) {
    const PtField *events = field_of(letter->desc, EVENTS), *error = field_of(letter->desc, ERROR);
    char *copies = to + round_up(letter->desc->size);
    memset(to, 0, letter->desc->size);
    if (!letter->shares) copy_events(letter, copies);
    *(PtList *)(to + events->offset) = (PtList){letter->shares ? letter->failed->events : copies, letter->failed->count};
    write_error(error->desc, failure, to + error->offset, copies + events_size(letter));
}

// NULL without memory.
static Atom *make_letter(Workflow *workflow, const Letter *letter, Atom *failed) {
    AtomPool *pool = &workflow->runtime->atoms;
    Atom *atom = atom_new(pool);
    uint64_t size = letter_size(letter, &workflow->failure);
    if (size > atom->capacity && !atom_grow(atom, size, UINT64_MAX)) {
        atom_release(pool, atom);
        return NULL;
    }
    write_letter(letter, &workflow->failure, atom->buffer);
    atom->events = atom->buffer;
    atom->count = 1;
    atom->bytes = size;
    if (letter->shares || letter->event->has_pointers) {
        atom_hold_input(atom, failed);
        atom->bytes += failed->bytes;
    }
    return atom;
}

static bool send_letter(Workflow *workflow, uint64_t stream, Atom *failed) {
    Runtime *runtime = workflow->runtime;
    Letter letter = {
        .desc = runtime_event(runtime, workflow->code->dead),
        .event = runtime_event_alone(runtime, stream),
        .stored = runtime_event(runtime, stream),
        .failed = failed,
    };
    letter.shares = failed->events && letter.event == letter.stored;
    Atom *atom = make_letter(workflow, &letter, failed);
    if (!atom) return false;
    stream_publish(runtime, workflow->code->dead, atom);
    runtime->counts.dead++;
    return true;
}

// ---- requests and replies ----

static void begin_refusal(Workflow *workflow) {
    failure_move(&workflow->refusal, &workflow->failure);
    workflow->refuses = true;
}

// What fails even so is not to be helped.
static StepResult end_refusal(Workflow *workflow, StepResult result) {
    workflow->refuses = false;
    failure_clear(&workflow->refusal);
    if (result == STEP_FAILED) error_fail(workflow->runtime, &workflow->failure);
    return result;
}

// The atom is taken again, alone.
static StepResult refuse_atom(Workflow *workflow, uint64_t input) {
    begin_refusal(workflow);
    workflow->retry = (Retry){.input = input, .single = 1};
    StepResult result = workflow_take_from(workflow, input);
    workflow->retry = (Retry){0};
    return end_refusal(workflow, result);
}

StepResult dead_wake(Workflow *workflow) {
    if (workflow->failure.is_fatal || !workflow->goes_on) {
        error_fail(workflow->runtime, &workflow->failure);
        return STEP_FAILED;
    }
    if (!workflow->wake_singly) { // which of them it was is not known
        workflow->wake_singly = (uint64_t)WAKE_LIMIT * workflow->runtime->options.partitions;
        failure_clear(&workflow->failure);
        return STEP_DONE;
    }
    begin_refusal(workflow);
    return end_refusal(workflow, timers_step(workflow));
}

// ---- all ----

static bool goes_on_without(Workflow *workflow, uint64_t stream, Atom *failed) {
    Runtime *runtime = workflow->runtime;
    if (workflow->failure.is_fatal) return false;
    if (workflow->code->dead) return runtime->streams[stream].kind != PT_INPUT_EVENTS || send_letter(workflow, stream, failed);
    return runtime->options.skip_atom && !runtime->has_skipped && skip_atom(runtime, &workflow->failure, stream, failed);
}

StepResult dead_atom(Workflow *workflow, uint64_t input) {
    Runtime *runtime = workflow->runtime;
    AtomQueue *queue = &workflow->queues[input];
    const PtInput *code = &workflow->code->inputs[input];
    if (!goes_on_without(workflow, code->stream, queue_at(queue, 0))) {
        error_fail(runtime, &workflow->failure);
        return STEP_FAILED;
    }
    if (code->kind != PT_INPUT_EVENTS) return refuse_atom(workflow, input);
    atom_release(&runtime->atoms, queue_pop(queue));
    runtime->counts.atoms++;
    return STEP_DONE;
}
