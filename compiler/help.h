// help.h - the texts of --help, and the version.
#ifndef COMPILER_HELP_H
#define COMPILER_HELP_H

#define PORTALS_VERSION "0.2.0"

extern const char help_portals[];
extern const char help_run[];
extern const char help_build[];
extern const char help_check[];
extern const char help_test[];
extern const char help_doc[];
extern const char help_inspect[];
extern const char help_explain[];
extern const char help_graph[];
extern const char help_repl[];
extern const char help_fmt[];

#endif
