// records.h - text that compiled code takes apart: the events of the sources `json_lines` and `csv` are Strings, each a line or
// record of the file; where a workflow takes them, they become values. By the conventions of abi.h; `desc` is the type of the
// values.
#ifndef VM_RECORDS_H
#define VM_RECORDS_H

#include "vm/abi.h"

// The value of the running event of this source. Traps if it is none: the message names file, line and column.
void pt_json_line(PtContext *context, void *out, const PtString *line, int64_t source, const PtDesc *desc);
void pt_csv_record(PtContext *context, void *out, const PtString *record, int64_t source, const PtDesc *desc);
// The same where the values are Result[T, Error] (stdlib/error.portals): what is wrong is an Err.
void pt_json_line_or_error(PtContext *context, void *out, const PtString *line, int64_t source, const PtDesc *desc);
void pt_csv_record_or_error(PtContext *context, void *out, const PtString *record, int64_t source, const PtDesc *desc);

// ---- the module `json` (stdlib/json.portals) ----

// `result` is the type Result[T, String].
void pt_json_parse(PtContext *context, void *out, const PtString *text, const PtDesc *t, const PtDesc *result);
void pt_json_to_string(PtContext *context, PtString *out, const void *value, const PtDesc *t);

#endif
