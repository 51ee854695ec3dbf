// generator_library.h - the functions of the standard library that programs are made of.
#ifndef TESTS_DIFFERENTIAL_GENERATOR_LIBRARY_H
#define TESTS_DIFFERENTIAL_GENERATOR_LIBRARY_H

#include "tests/differential/generator.h"

// An Int that says how often something is done: it must be small.
extern const Type GEN_SMALL;

// All of them, in the generator's memory; returns how many.
int library_fns(Generator *g, const Fn **fns);

#endif
