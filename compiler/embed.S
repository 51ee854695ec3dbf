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

// A module of the standard library, and its EmbeddedFile in the table.
.macro module name
    embed stdlib_\name, "stdlib/\name\().portals"
embed_stdlib_name_\name:
    .asciz "\name"
    .section .data.rel.ro, "aw"
    .balign 8
    .quad embed_stdlib_name_\name, embed_stdlib_\name, embed_stdlib_\name\()_end - embed_stdlib_\name
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
    module int
    module float
    module math
    module duration
    module bytes
    module list
    module map
    module set
embed_stdlib_table_end:

// A page about a diagnostic code, likewise.
.macro page code
    embed explain_\code, "lang/explain/\code\().md"
embed_explain_name_\code:
    .asciz "\code"
    .section .data.rel.ro, "aw"
    .balign 8
    .quad embed_explain_name_\code, embed_explain_\code, embed_explain_\code\()_end - embed_explain_\code
.endm

    .balign 8
    .globl embed_pages_table, embed_pages_table_end
embed_pages_table:
    .include "gen/explain.inc"
embed_pages_table_end:

    .section .note.GNU-stack, "", @progbits
