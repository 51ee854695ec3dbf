// schema_testing.h - a program with something of everything, for tests of schemas and of what shows them. It has no code.
#ifndef TESTS_UNIT_SCHEMA_TESTING_H
#define TESTS_UNIT_SCHEMA_TESTING_H

#include "tests/unit/encode_testing.h"
#include "vm/schema.h"
#include "vm/show.h"

enum { TASK_COUNT, TASK_LAST, TASK_PLAIN, TASKS };

// All of it can be changed.
typedef struct Model {
    PtField count_fields[2];
    PtField last_fields[3];
    PtTask tasks[TASKS];
    PtSource sources[2];
    PtSink sinks[2];
    PtInput main_inputs[2];
    PtInput report_inputs[1];
    PtChannel channels[2];
    uint64_t main_tasks[2];
    uint64_t report_tasks[1];
    PtWorkflow workflows[2];
    PtClosure closures[2];
    PtPosition positions[2];
    PtProgram program;
} Model;

// source text, numbers;
// workflow main = union of both |> Count (String -> n: Int, f: function) |> Last (Int -> last: All, chain: Chain, seen: (Int,
// String)) workflow report = main |> Plain |> print
static inline void model_init(Model *m) {
    *m = (Model){
        .count_fields = {{"n", &INT, 16, 0}, {"f", &FUNCTION, 24, 0}},
        .last_fields = {{"last", &ALL, 8, 0}, {"chain", &CHAIN, 8 + sizeof(All), 0}, {"seen", &PAIR, 32 + sizeof(All), 0}},
        .sources = {{.name = "text", .desc = &STRING, .kind = PT_SOURCE_LINES},
                    {.name = "numbers", .desc = &INT, .kind = PT_SOURCE_RANGE, .position = 1}},
        .sinks = {{.desc = &STRING, .kind = PT_SINK_PRINT, .position = 1}, {.desc = &PAIR, .kind = PT_SINK_WRITE, .position = 1}},
        .main_inputs = {{.stream = 0}, {.stream = 1}},
        .report_inputs = {{.stream = 2}},
        .channels = {{&PAIR, 2}, {&INT, -1}},
        .main_tasks = {TASK_COUNT, TASK_LAST},
        .report_tasks = {TASK_PLAIN},
        .positions = {{"prog.portals", 1, 7}, {"prog.portals", 30, 500}},
    };
    m->tasks[TASK_COUNT] =
        (PtTask){.name = "Count", .key = &STRING, .fields = m->count_fields, .field_count = 2, .entry_size = 32};
    m->tasks[TASK_LAST] =
        (PtTask){.name = "Last", .key = &INT, .fields = m->last_fields, .field_count = 3, .entry_size = 56 + sizeof(All)};
    m->tasks[TASK_PLAIN] = (PtTask){.name = "Plain", .key = &UNIT};
    m->workflows[0] = (PtWorkflow){.name = "main",
                                   .inputs = m->main_inputs,
                                   .input_count = 2,
                                   .channels = m->channels,
                                   .channel_count = 2,
                                   .tasks = m->main_tasks,
                                   .task_count = 2};
    m->workflows[1] = (PtWorkflow){
        .name = "report", .inputs = m->report_inputs, .input_count = 1, .tasks = m->report_tasks, .task_count = 1, .position = 1};
    memcpy(m->closures, CLOSURES, sizeof CLOSURES);
    m->program = (PtProgram){
        .abi = PT_ABI,
        .name = "prog",
        .sources = m->sources,
        .source_count = 2,
        .sinks = m->sinks,
        .sink_count = 2,
        .tasks = m->tasks,
        .task_count = TASKS,
        .workflows = m->workflows,
        .workflow_count = 2,
        .closures = m->closures,
        .closure_count = 2,
        .positions = m->positions,
        .position_count = 2,
    };
}

// Task Last has other states then: last: All, nest: Nest, words: Set[String].
static inline void model_init_with_maps(Model *m) {
    model_init(m);
    m->last_fields[1] = (PtField){"nest", &NEST, 8 + sizeof(All), 0};
    m->last_fields[2] = (PtField){"words", &WORD_SET, 32 + sizeof(All), 0};
}

#endif
