// id.h - the record `Id` of stdlib/id.portals, as compiled code lays it out.
#ifndef VM_ID_H
#define VM_ID_H

#include <stdint.h>

typedef struct Id {
    int64_t high;
    int64_t low;
} Id;

#endif
