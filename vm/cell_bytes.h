// cell_bytes.h - cells as bytes: what epochs record of tasks that wait (spec/encoding.md, E3 `F`).
//
//   u32 task, u8 CellKind, u8 CellState, u8 CELL_HAS_... and CELL_IS_DROPPED, u64 due, u64 next
//   a CELL_ASK: the name of the portal, u8 1 if CELL_BEHIND; a CELL_QUEUED: u32 place; a CELL_FORK: u64 future
//   with a waiter, or one that was dropped: u8 ActivationKind, u8 late; of a request: u8 replied, the name of the portal, u64
//   asker, u64 hash, u64 future;
//                  of a spawn: u64 future
//   the key, by encode_value
//   the value, the waiter, the start frame, if it has them: each a u32 with its size, then encode_value of an Any or a frame
//
// A name is a u32 with its size, then its bytes. What refers to code comes last, and in parts whose sizes are known, so that all
// else can be read by a program that does not have the code. How many refer to a cell is not recorded: it is counted again when
// they are read.
#ifndef VM_CELL_BYTES_H
#define VM_CELL_BYTES_H

#include "vm/bytes.h"
#include "vm/cells.h"
#include "vm/encode.h"
#include "vm/store.h"

enum { CELL_HAS_VALUE = 1, CELL_HAS_WAITER = 2, CELL_HAS_START = 4, CELL_IS_DROPPED = 8 };

typedef enum CellPart { PART_VALUE, PART_WAITER, PART_START, CELL_PARTS } CellPart;

// A cell as it is being read. The front has numbers; what stands behind the key is only found.
typedef struct CellItem {
    Cell cell;            // without references, hash and numbers of portals; the task is that of the schema
    uint8_t parts;        // CELL_HAS_..., CELL_IS_DROPPED
    StoreBytes portal;    // CELL_ASK: that was asked
    StoreBytes requested; // ACTIVATION_REQUEST: that it replies to
    Bytes part[CELL_PARTS];
} CellItem;

// What is known of a task that waits, or whose companion does; NULL if it is none.
const PtAsync *cell_async(const PtProgram *program, uint64_t task);
// `task`: its id in the schema.
void cell_put(Buf *out, const PtProgram *program, uint32_t task, const Cell *cell);

// These read a cell in steps; false, with `*error` in words, if it is none.
//
// The front, which every program can read: `bytes` are what is left then.
bool cell_take_front(CellItem *item, uint64_t id, Bytes *bytes, const char **error);
// The key, into `to`, and where the parts are.
bool cell_take_key(CellItem *item, const PtDesc *desc, void *to, Decoder *decoder);
// A part, into the cell; nothing if it has none. `decoder` is about other bytes when this returns.
bool cell_take_part(CellItem *item, CellPart part, Decoder *decoder);
// Whether the frames fit together: each goes on with what the one that it waits for gives.
bool cell_frames_fit(const PtProgram *program, const void *frame);

#endif
