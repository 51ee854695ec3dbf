// core_moves.h - what core_moves.c and core_looks.c share.
#ifndef COMPILER_CORE_MOVES_H
#define COMPILER_CORE_MOVES_H

#include "compiler/core.h"

// What an instruction does with a map that is one of its operands.
typedef enum MapUse {
    MAP_NO_USE,    // it is no local with a map
    MAP_LOOKED_AT, // it reads it, and nothing of it stays when it is done
    MAP_MOVED,     // the copy that it makes, or the function that it calls, takes over the right to edit
    MAP_STORED,    // the copy that it makes lies where there is no right to edit
} MapUse;

// What a function may do with states that hold maps, also by what it calls.
typedef enum StateUse { STATES_LEFT, STATES_READ, STATES_SET } StateUse;

// What is known about all functions of a program, by CoreFn.id, and about single instructions.
typedef struct Looks {
    CoreProgram *program;
    Arena *arena;
    bool **kept; // by local: it, or a copy of it, is moved or stored
    StateUse *states;
    StateUse *closures; // by CoreType.id: the strongest of all functions that are the code of closures of this type
    Map copies;         // COPY and MAP_RECAST whose result is only looked at while their operand stays as it is
} Looks;

bool looks_is_map(const CoreType *type);
// Finds out about all functions. What it makes lives as long as the arena.
Looks looks_at_program(CoreProgram *program, Arena *arena);
// Finds the copies of a function that are only looked at. Makes STATE_LOOK or STATE_TAKE of its STATE_GETs where that is right.
void looks_at_fn(Looks *looks, CoreFn *fn);
MapUse looks_use(const Looks *looks, const CoreFn *fn, const CoreInst *inst, int arg);

#endif
