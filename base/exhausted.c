#include "base/exhausted.h"

#include <stdio.h>
#include <stdlib.h>

// Who allocates knows nothing of instances; the thread does.
static _Thread_local ExhaustedPlace here;

ExhaustedPlace exhausted_handle(ExhaustedPlace place) {
    ExhaustedPlace before = here;
    here = place;
    return before;
}

_Noreturn void exhausted(void) {
    if (here.handler) here.handler(here.user);
    fputs("error: out of memory\n", stderr);
    exit(1);
}
