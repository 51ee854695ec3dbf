// embed.S - the contents of embed.h. The assembler finds the files in the directories of -I.

// The bytes of a file between the symbols embed_NAME and embed_NAME_end.
.macro embed name, file
    .section .rodata
    .globl embed_\name, embed_\name\()_end
    .balign 16
embed_\name:
    .incbin "\file"
embed_\name\()_end:
    .byte 0
.endm

// A file and its EmbeddedFile in a table. `group` keeps the symbols of the tables apart.
.macro entry group, name, file
    embed \group\()_\name, "\file"
embed_\group\()_name_\name:
    .asciz "\name"
    .section .data.rel.ro, "aw"
    .balign 8
    .quad embed_\group\()_name_\name, embed_\group\()_\name, embed_\group\()_\name\()_end - embed_\group\()_\name
.endm

// A module of the standard library.
.macro module name
    entry stdlib, \name, "stdlib/\name\().portals"
.endm

// One that is there only for programs that import it.
.macro imported name
    entry imported, \name, "stdlib/\name\().portals"
.endm

// A page about a diagnostic code.
.macro page code
    entry explain, \code, "lang/explain/\code\().md"
.endm

    embed hot_bitcode, "hot.bc"
    embed vm_archive, "libportals_vm.a"

    .section .data.rel.ro, "aw"
    .balign 8
    .globl embed_stdlib_table, embed_stdlib_table_end
embed_stdlib_table:
    module option
    module result
    module stream
    module string
    module task
    module id
    module int
    module float
    module math
    module duration
    module error
    module bytes
    module list
    module machine
    module promise
    module map
    module set
    module json
embed_stdlib_table_end:

    .balign 8
    .globl embed_imported_table, embed_imported_table_end
embed_imported_table:
    imported actor
embed_imported_table_end:

    .balign 8
    .globl embed_pages_table, embed_pages_table_end
embed_pages_table:
    .include "gen/explain.inc"
embed_pages_table_end:

    .section .note.GNU-stack, "", @progbits
