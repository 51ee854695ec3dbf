" Portals. Words that are keywords only in their places are highlighted where a line begins with them, or nearly so.
if exists("b:current_syntax")
  finish
endif

syn keyword portalsReserved let var fn if else match for in while return emit await try spawn as
syn keyword portalsBoolean true false

syn match portalsDeclaration "^\s*\%(\%(exclusive\|local\|use\)\s\+\)\?\%(app\|import\|param\|type\|record\|enum\|stream\|workflow\|task\|portal\|sequencer\|splitter\|connect\|generator\|test\)\ze\s\+[A-Za-z_\"]"
syn match portalsDeclaration "^\s*extern\ze\s\+\""
syn match portalsDeclaration "^\s*extern\s\+\"[^\"]*\"\s\+\zs\%(pure\)\ze\s\+fn\>"
syn match portalsItem "^\s*\%(global\s\+\)\?state\ze\s\+\l"
syn match portalsItem "^\s*\%(global\s\+\)\?on\s\+\%(event\|ask\|atom\|end\|error\|next\)\>"
syn match portalsHeader "\s\zs\%(key\|asks\|replies\|errors\s\+to\|on\|expires\)\ze\s\+[A-Za-z0-9_(]"
syn match portalsStatement "\%(^\|[{;]\|=>\)\s*\zs\%(log\|reply\|fail\|assert\|reset\|connect\|sequencer\)\ze\s*[\"(\[{!A-Za-z0-9_-]"
syn match portalsOperatorWord "\<ask\ze\s\+[a-z_]\|\<\%(then\|within\)\ze\s\+[A-Za-z0-9_(]"

syn match portalsType "\<\u\w*"
syn match portalsOperator "|>\|=>\|->\|||\|&&\|\.\.\|[-+*/%=<>!|]"
syn match portalsMember "\.\@<!\.\l\w*"
syn match portalsNumber "\<\d[0-9_]*\%(\.\d[0-9_]*\)\?\%([eE][+-]\?\d\+\)\?\>\|\<0x[0-9A-Fa-f_]\+\>"
syn match portalsNumber "\<\d[0-9_]*\.\%(ms\|min\|s\|h\)\>"

syn region portalsString start=+"+ end=+"+ oneline contains=portalsEscape,portalsInterpolation
syn match portalsEscape "\\[ntr0\\"{}]\|\\u{\x\{1,8}}" contained
syn region portalsInterpolation matchgroup=portalsBrace start="{" end="}" contained contains=TOP
syn region portalsBlock start="{" end="}" contained containedin=portalsInterpolation contains=TOP

syn match portalsComment "//.*$" contains=portalsTodo
syn match portalsDocumentation "///\%(/\)\@!.*$"
syn keyword portalsTodo TODO FIXME contained

hi def link portalsReserved Keyword
hi def link portalsDeclaration Keyword
hi def link portalsItem Keyword
hi def link portalsHeader Keyword
hi def link portalsStatement Keyword
hi def link portalsOperatorWord Keyword
hi def link portalsBoolean Boolean
hi def link portalsType Type
hi def link portalsOperator Operator
hi def link portalsNumber Number
hi def link portalsString String
hi def link portalsEscape SpecialChar
hi def link portalsBrace Delimiter
hi def link portalsComment Comment
hi def link portalsDocumentation SpecialComment
hi def link portalsTodo Todo

let b:current_syntax = "portals"
