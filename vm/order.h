// order.h - the canonical order, where several partitions have worked on an atom (spec/semantics.md, S3). Every event or line
// that they put out, and every slot that they send, has a tag, its place in the order. What a partition makes in one phase for
// one slice is in order already, a piece; order_merge puts pieces together.
//
// A tag has as many words as the workflow has levels of exchanges, plus two: the number of the atom's event; for each exchange
// that was passed, and at last for the channel or output, a number that grows as things go out. What went out earlier on the way
// has fewer of them, and zeroes behind. No two tags of an atom are equal.
#ifndef VM_ORDER_H
#define VM_ORDER_H

#include "vm/workflow.h"

static inline size_t order_tag_words(const PtWorkflow *code) {
    return code->levels + 2;
}

int order_compare(const OrderWord *a, const OrderWord *b, size_t words);
// Appends the tag of what the running event puts out now.
void order_tag(Partition *partition, Buf *tags);

// Notes what the partition has put out since the last call as the pieces of a slice in a phase.
void order_note_pieces(Partition *partition, uint32_t slice, uint64_t phase);

// Where the pieces of a port come from: `phases` of all partitions.
typedef struct PieceQuery {
    const Workflow *workflow;
    uint32_t slice;
    uint32_t port;
    uint64_t phases;
} PieceQuery;

uint32_t order_channel_port(uint64_t channel);
uint32_t order_output_port(const Workflow *workflow, uint64_t output);
uint32_t order_lane_port(const Workflow *workflow, uint64_t exchange, uint32_t partition);

// How many bytes the pieces have in all.
uint64_t order_size(const PieceQuery *query);
// The same, of the events or lines whose place is before this one, where a partition has failed.
uint64_t order_size_before(const PieceQuery *query, const OrderWord *place);
// Writes the events, lines or slots of all pieces to `to`, in order.
void order_merge(const PieceQuery *query, char *to);
// If all bytes are in one piece, where they are; else NULL.
const char *order_single(const PieceQuery *query);

// Forgets all pieces of the workflow, and what they are pieces of.
void order_clear(Workflow *workflow);

#endif
