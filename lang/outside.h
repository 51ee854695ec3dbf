// outside.h - portals that can be asked from outside of the program. For each portal `p` of an application three declarations are
// added to its tree, before it is checked, as if they were written at its end:
//
//   stream   .ask.p    an inbox of pairs of a number and a request
//   task     .Ask.p    keyed by that number: asks, waits, and puts out the number and a Result
//   workflow .reply.p  from the one through the other to an outbox
//
// Names with dots cannot be written, so that they clash with nothing; what is shown to people leaves them out. A portal to which
// no workflow replies has none of these (topology_portal.c).
#ifndef LANG_OUTSIDE_H
#define LANG_OUTSIDE_H

#include "lang/context.h"

// The application must have been parsed without errors, and not been checked.
void outside_add(Context *context, Module *app);

// After a check: forgets what was said about these declarations, which is what was said about those of the program, too; unless
// these have no error.
void outside_drop_diags(Context *context);

// Whether a name is one of theirs.
static inline bool outside_is_hidden(Symbol name) {
    return *name == '.';
}

// What a name of the library is called in these declarations, whatever the application declares: NULL if it is no such name.
Symbol outside_library_name(Context *context, Symbol name);

#endif
