// service.h - what lies outside of the simulated system, and is told to do something by what a program logs: lines `effect KEY
// WHAT`. It does what it is told with each key once. A crash takes nothing of it back.
#ifndef TESTS_SIM_SERVICE_H
#define TESTS_SIM_SERVICE_H

#include <stdbool.h>

#include "base/buf.h"

// What it is told in a text, line by line, moves from there to `effects`; what is not a whole line has not arrived, and goes.
void service_hear(Buf *text, Buf *effects);
// Does what it is told, in `done`: lines `KEY WHAT`. False if a key was known with something else, with that in `complaint`.
bool service_do(Buf *done, const Buf *effects, Buf *complaint);

#endif
