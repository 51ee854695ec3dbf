// grammar.y - the grammar of Portals, plain LALR(1) without conflicts.
//
// What the grammar cannot decide is decided before it, in layout.c: where statements end (NL within braces, END outside of
// them) and which words are keywords where they stand. What it must read before it can know is read as an expression and
// converted (cover.c): the parameters of closures, the targets of assignments, types in brackets.
//
// Recovery: every list of items in braces, and the file, has a rule `error terminator`. parse.c hides what stands in deeper
// braces until that terminator, so an error spoils one item and no more.

%code requires {
#include "lang/parser.h"
}

%code provides {
// A token as messages show it: `=>`, or "a name".
const char *token_text(int kind);
}

%code {
#include "lang/syntax_error.h"

static void yyerror(const Span *span, Parser *p, const char *message);

#define YYLLOC_DEFAULT(current, rhs, n)                                                                                          \
    ((current) = (n) ? span_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n))                                                             \
                     : (Span){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end})
}

%define api.pure full
%define api.push-pull push
%define api.token.prefix {T_}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%define lr.type ielr
%locations
%expect 0
%param {Parser *p}

%union {
    const Token *token;
    Ast *node;
    AstPair pair;
    Operator op;
    int flag;
}

// Aliases that begin with "a" or "the" and a space are read as they are in messages; others are quoted.
%token <token>
    NAME "a name" CAP "a capitalised name" INT "an integer" FLOAT "a number" STRING "a string"
    STR_BEGIN "a string with interpolation" STR_MID "the next part of the string" STR_END "the end of the interpolation"
%token
    NL "the end of the line" END "the end of the declaration"
    BAD SEMI ";"
    LPAREN "(" RPAREN ")" LBRACK "[" RBRACK "]" LBRACE "{" RBRACE "}"
    COMMA "," COLON ":" DOT "." DOTDOT ".." ARROW "->" FAT "=>" BAR "|" UNDER "_"
    ASSIGN "=" ADD_ASSIGN "+=" SUB_ASSIGN "-=" MUL_ASSIGN "*=" DIV_ASSIGN "/=" REM_ASSIGN "%=" CONCAT_ASSIGN "++="
    ADD_WRAP_ASSIGN "+%=" SUB_WRAP_ASSIGN "-%=" MUL_WRAP_ASSIGN "*%="
    PIPE "|>" OR "||" AND "&&" EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">=" CONCAT "++"
    ADD "+" SUB "-" ADD_WRAP "+%" SUB_WRAP "-%" MUL "*" DIV "/" REM "%" MUL_WRAP "*%" NOT "!"
// Reserved words
%token
    LET "let" VAR "var" FN "fn" IF "if" ELSE "else" MATCH "match" FOR "for" IN "in" WHILE "while" RETURN "return"
    TRUE "true" FALSE "false" EMIT "emit" AWAIT "await" TRY "try" SPAWN "spawn" AS "as"
// Words that are keywords only in their places
%token
    APP "app" IMPORT "import" PARAM "param" TYPE "type" RECORD "record" ENUM "enum" STREAM "stream" WORKFLOW "workflow"
    TASK "task" PORTAL "portal" SEQUENCER "sequencer" SPLITTER "splitter" USE "use" CONNECT "connect" GENERATOR "generator"
    EXCLUSIVE "exclusive" LOCAL "local" TEST "test" EXTERN "extern" PURE "pure"
    STATE "state" GLOBAL "global" ON "on" EVENT "event" ATOM "atom" END_WORD "end" ERROR_WORD "error" NEXT "next"
    KEY "key" ASKS "asks" REPLIES "replies" ERRORS "errors" TO "to" EXPIRES "expires"
    ASK "ask" LOG "log" REPLY "reply" RESET "reset" FAIL "fail" ASSERT "assert" THEN "then" WITHIN "within"

// One of these stands before all others: of a file, or of an input of the prompt.
%token FILE_START "a file" INPUT_START "an input"

%left PIPE
%left THEN
%left OR
%left AND
%nonassoc EQ NE LT LE GT GE
%nonassoc DOTDOT
%left CONCAT
%left ADD SUB ADD_WRAP SUB_WRAP
%left MUL DIV REM MUL_WRAP
%precedence AS

%type <node>
    decl fn fn_body tparams tparam_list tparam parameters parameter_list parameter optional_parameters result optional_type
    initial record fields field enum variants variant variant_fields variant_field_list workflow_dead workflow_value task
    portal_names asks replies portal_name items item state handler expires portal_key use
    input_stmt variable type simple_type types
    block stmts stmt body sequencer connect arms arm guard
    expr opexpr unary postfix primary await awaitable ask if exprs elements element args arg_list arg index_items index_item
    interpolation
    pattern or_pattern simple_pattern patterns pattern_args pattern_list pattern_arg pattern_elems pattern_elem
%type <pair> task_key
%type <token> small capital task_name
%type <op> assign_op
%type <flag> pure

%%

start: FILE_START file | INPUT_START input;

file:
    %empty
|   file decl END               { list_with(p, p->tree->kid[file_items], with_doc(p, $2)); p->lost = false; }
|   file error END              { yyerrok; }
;

// What is typed at the prompt: declarations and statements. There `let`, `fn`, `sequencer` and `connect` declare.
input:
    %empty
|   input decl END              { list_with(p, p->tree->kid[file_items], with_doc(p, $2)); p->lost = false; }
|   input input_stmt END        { list_with(p, p->tree->kid[file_items], $2); p->lost = false; }
|   input error END             { yyerrok; }
;
input_stmt: body | variable;

// ---- names ----

small: NAME | CAP               { $$ = $1; };
capital: CAP | NAME             { $$ = $1; };
task_name: capital              { $$ = check_capital(p, $1, "a task"); };

// ---- declarations ----

decl:
    APP capital                 { $$ = make_named(p, AST_app, @$, $2, NULL); }
|   IMPORT NAME                 { $$ = make_named(p, AST_import, @$, $2, NULL); }
|   PARAM small optional_type initial
                                { $$ = make_named(p, AST_param, @$, check_small(p, $2, "a parameter"), KIDS($3, $4)); }
|   LET pattern optional_type ASSIGN expr
                                { $$ = make(p, AST_const, @$, KIDS($2, $3, $5)); }
|   fn
|   EXTERN STRING pure fn       { $$ = make_foreign(p, @$, make_string(p, $2), $3, $4); }
|   TYPE capital tparams ASSIGN type
                                { $$ = make_named(p, AST_alias, @$, check_capital(p, $2, "a type"), KIDS($3, $5)); }
|   record
|   LOCAL record                { $$ = with_flag($2, FLAG_LOCAL, @$); }
|   enum
|   STREAM small optional_type ASSIGN expr
                                { $$ = make_named(p, AST_stream, @$, check_small(p, $2, "a stream"), KIDS($3, $5)); }
|   WORKFLOW small tparams optional_parameters result workflow_dead workflow_value
                                { $$ = make_named(p, AST_workflow, @$, check_small(p, $2, "a workflow"),
                                                  KIDS($3, $4, $5, $6, $7)); }
|   task
|   EXCLUSIVE task              { $$ = with_flag($2, FLAG_EXCLUSIVE, @$); }
|   GENERATOR small tparams optional_parameters COLON type LBRACE items RBRACE
                                { $$ = make_named(p, AST_generator, @$, check_small(p, $2, "a generator"),
                                                  KIDS($3, $4, $6, $8)); }
|   PORTAL small COLON simple_type ARROW type portal_key
                                { $$ = make_named(p, AST_portal, @$, check_small(p, $2, "a portal"), KIDS($4, $6, $7)); }
|   sequencer
|   connect
|   SPLITTER small ON opexpr    { $$ = make_named(p, AST_splitter, @$, check_small(p, $2, "a splitter"), KIDS($4)); }
|   use
|   TEST STRING block           { $$ = make(p, AST_test, @$, KIDS(make_string(p, $2), $3)); }
;

fn: FN small tparams LPAREN parameters RPAREN result fn_body
                                { $$ = make_named(p, AST_fn, @$, check_small(p, $2, "a function"), KIDS($3, $5, $7, $8, NULL, NULL)); };
pure: %empty                    { $$ = 0; }
|   PURE                        { $$ = FLAG_PURE; }
;
fn_body: %empty                 { $$ = NULL; }
|   ASSIGN expr                 { $$ = $2; }
|   block
;
result: %empty                  { $$ = NULL; }
|   ARROW type                  { $$ = $2; }
;

tparams: %empty                 { $$ = list_of(p, @$, NULL); }
|   LBRACK tparam_list optional_comma RBRACK
                                { $$ = $2; }
;
tparam_list: tparam             { $$ = list_of(p, @$, $1); }
|   tparam_list COMMA tparam    { $$ = list_with(p, $1, $3); }
;
tparam: capital                 { $$ = make_named(p, AST_tparam, @$, check_capital(p, $1, "a type parameter"), NULL); };

optional_parameters: %empty     { $$ = list_of(p, @$, NULL); }
|   LPAREN parameters RPAREN    { $$ = $2; }
;
parameters: %empty              { $$ = list_of(p, @$, NULL); }
|   parameter_list optional_comma
;
parameter_list: parameter       { $$ = list_of(p, @$, $1); }
|   parameter_list COMMA parameter
                                { $$ = list_with(p, $1, $3); }
;
parameter: pattern COLON type initial
                                { $$ = make(p, AST_parameter, @$, KIDS($1, $3, $4)); };
optional_type: %empty           { $$ = NULL; }
|   COLON type                  { $$ = $2; }
;
initial: %empty                 { $$ = NULL; }
|   ASSIGN expr                 { $$ = $2; }
;
optional_comma: %empty | COMMA;
separator: NL | COMMA | COMMA NL;

record: RECORD capital tparams LBRACE fields RBRACE
                                { $$ = make_named(p, AST_record, @$, check_capital(p, $2, "a record"), KIDS($3, $5)); };
fields: %empty                  { $$ = list_of(p, @$, NULL); }
|   fields field separator      { $$ = list_with(p, $1, $2); }
|   fields error NL             { yyerrok; }
;
field: small COLON type         { $$ = with_doc(p, make_named(p, AST_field, @$, check_small(p, $1, "a field"), KIDS($3))); };

enum: ENUM capital tparams LBRACE variants RBRACE
                                { $$ = make_named(p, AST_enum, @$, check_capital(p, $2, "an enum"), KIDS($3, $5)); };
variants: %empty                { $$ = list_of(p, @$, NULL); }
|   variants variant separator  { $$ = list_with(p, $1, $2); }
|   variants error NL           { yyerrok; }
;
variant: capital variant_fields
                                { $$ = with_doc(p, make_named(p, AST_variant, @$, check_capital(p, $1, "a variant"), KIDS($2))); };
variant_fields: %empty          { $$ = list_of(p, @$, NULL); }
|   LPAREN RPAREN               { $$ = list_of(p, @$, NULL); }
|   LPAREN variant_field_list optional_comma RPAREN
                                { $$ = $2; }
;
variant_field_list: field       { $$ = list_of(p, @$, $1); }
|   variant_field_list COMMA field
                                { $$ = list_with(p, $1, $3); }
;

workflow_dead: %empty           { $$ = NULL; }
|   ERRORS TO portal_name       { $$ = $3; }
;
workflow_value: ASSIGN expr     { $$ = $2; }
|   block
;

task: TASK task_name tparams optional_parameters COLON simple_type ARROW type task_key asks replies LBRACE items RBRACE
                                { $$ = make_named(p, AST_task, @$, $2,
                                                  KIDS($3, $4, $6, $8, $9.first, $9.second, $10, $11, $13)); };
task_key: %empty                { $$ = (AstPair){NULL, NULL}; }
|   KEY pattern optional_type   { $$ = (AstPair){$2, $3}; }
;
asks: %empty                    { $$ = list_of(p, @$, NULL); }
|   ASKS portal_names           { $$ = $2; }
;
replies: %empty                 { $$ = list_of(p, @$, NULL); }
|   REPLIES portal_names        { $$ = $2; }
;
portal_names: portal_name       { $$ = list_of(p, @$, $1); }
|   portal_names COMMA portal_name
                                { $$ = list_with(p, $1, $3); }
;
portal_name: NAME               { $$ = make_named(p, AST_name, @$, $1, NULL); }
|   NAME DOT NAME        { $$ = make_member(p, @$, make_named(p, AST_name, @1, $1, NULL), $3); }
;

items: %empty                   { $$ = list_of(p, @$, NULL); }
|   items item NL               { $$ = list_with(p, $1, with_doc(p, $2)); }
|   items error NL              { yyerrok; }
;
item:
    fn
|   state
|   handler
|   GLOBAL state                { $$ = with_flag($2, FLAG_GLOBAL, @$); }
|   GLOBAL handler              { $$ = with_flag($2, FLAG_GLOBAL, @$); }
;
state: STATE small COLON type ASSIGN expr expires
                                { $$ = make_named(p, AST_state, @$, check_small(p, $2, "a state"), KIDS($4, $6, $7)); };
expires: %empty                 { $$ = NULL; }
|   EXPIRES opexpr              { $$ = $2; }
;
handler:
    ON EVENT pattern guard block
                                { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, $3, $4, $5)), HANDLER_EVENT); }
|   ON ASK pattern guard block  { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, $3, $4, $5)), HANDLER_ASK); }
|   ON ASK portal_name pattern guard block
                                { $$ = with_op(make(p, AST_handler, @$, KIDS($3, $4, $5, $6)), HANDLER_ASK); }
|   ON ATOM block               { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, NULL, NULL, $3)), HANDLER_ATOM); }
|   ON END_WORD block           { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, NULL, NULL, $3)), HANDLER_END); }
|   ON ERROR_WORD pattern block { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, $3, NULL, $4)), HANDLER_ERROR); }
|   ON NEXT block               { $$ = with_op(make(p, AST_handler, @$, KIDS(NULL, NULL, NULL, $3)), HANDLER_NEXT); }
;

portal_key: %empty              { $$ = NULL; }
|   KEY expr                    { $$ = $2; }
;
sequencer: SEQUENCER small COLON type
                                { $$ = make_named(p, AST_sequencer, @$, check_small(p, $2, "a sequencer"), KIDS($4)); };
connect: CONNECT opexpr ARROW opexpr
                                { $$ = make(p, AST_connect, @$, KIDS($2, $4)); };

use:
    USE PORTAL small COLON simple_type ARROW type ASSIGN STRING
                                { $$ = with_op(make_named(p, AST_use, @$, check_small(p, $3, "a portal"),
                                                          KIDS($5, $7, make_string(p, $9))), USE_PORTAL); }
|   USE STREAM small COLON type ASSIGN STRING
                                { $$ = with_op(make_named(p, AST_use, @$, check_small(p, $3, "a stream"),
                                                          KIDS($5, NULL, make_string(p, $7))), USE_STREAM); }
|   USE SPLITTER small COLON type ASSIGN STRING
                                { $$ = with_op(make_named(p, AST_use, @$, check_small(p, $3, "a splitter"),
                                                          KIDS($5, NULL, make_string(p, $7))), USE_SPLITTER); }
|   USE SEQUENCER small COLON type ASSIGN STRING
                                { $$ = with_op(make_named(p, AST_use, @$, check_small(p, $3, "a sequencer"),
                                                          KIDS($5, NULL, make_string(p, $7))), USE_SEQUENCER); }
;

// ---- types ----

type: simple_type
|   simple_type ARROW type      { $$ = make_fn_type(p, @$, $1, $3); }
;
simple_type:
    capital                     { $$ = make_named(p, AST_t_name, @$, check_capital(p, $1, "a type"), KIDS(list_of(p, @$, NULL))); }
|   capital LBRACK types optional_comma RBRACK
                                { $$ = make_named(p, AST_t_name, @$, check_capital(p, $1, "a type"), KIDS($3)); }
|   NAME DOT capital     { $$ = make_named(p, AST_t_name, @$, check_capital(p, $3, "a type"), KIDS(list_of(p, @$, NULL)));
                                  $$->qualifier = $1->name; }
|   NAME DOT capital LBRACK types optional_comma RBRACK
                                { $$ = make_named(p, AST_t_name, @$, check_capital(p, $3, "a type"), KIDS($5));
                                  $$->qualifier = $1->name; }
|   LPAREN RPAREN               { $$ = make_tuple(p, AST_t_tuple, @$, list_of(p, @$, NULL)); }
|   LPAREN types optional_comma RPAREN
                                { $$ = make_tuple(p, AST_t_tuple, @$, $2); }
;
types: type                     { $$ = list_of(p, @$, $1); }
|   types COMMA type            { $$ = list_with(p, $1, $3); }
;

// ---- statements ----

block: LBRACE stmts RBRACE      { $$ = make(p, AST_block, @$, KIDS($2)); };
stmts: %empty                   { $$ = list_of(p, @$, NULL); }
|   stmts stmt NL               { $$ = list_with(p, $1, $2); }
|   stmts error NL              { yyerrok; }
;
stmt:
    body
|   LET pattern optional_type ASSIGN expr
                                { $$ = make(p, AST_let, @$, KIDS($2, $3, $5)); }
|   variable
|   sequencer
|   connect
;
variable: VAR small optional_type ASSIGN expr
                                { $$ = make_named(p, AST_var, @$, check_small(p, $2, "a variable"), KIDS($3, $5)); };
// What can also be the body of an arm or a closure.
body:
    expr
|   opexpr assign_op expr       { $$ = make_assign(p, @$, $1, $2, $3); }
|   FOR pattern IN opexpr block { $$ = make(p, AST_for, @$, KIDS($2, $4, $5)); }
|   WHILE opexpr block          { $$ = make(p, AST_while, @$, KIDS($2, $3)); }
|   RETURN                      { $$ = make(p, AST_return, @$, KIDS(NULL)); }
|   RETURN expr                 { $$ = make(p, AST_return, @$, KIDS($2)); }
|   EMIT expr                   { $$ = make(p, AST_emit, @$, KIDS($2)); }
|   LOG expr                    { $$ = make(p, AST_log, @$, KIDS($2)); }
|   REPLY expr                  { $$ = make(p, AST_reply, @$, KIDS($2)); }
|   FAIL expr                   { $$ = make(p, AST_fail, @$, KIDS($2)); }
|   ASSERT expr                 { $$ = make(p, AST_assert, @$, KIDS($2)); }
|   RESET NAME                  { $$ = make_named(p, AST_reset, @$, $2, NULL); }
|   RESET                       { $$ = make(p, AST_reset, @$, KIDS(NULL)); }
;
assign_op:
    ASSIGN                      { $$ = OP_NONE; }
|   ADD_ASSIGN                  { $$ = OP_ADD; }
|   SUB_ASSIGN                  { $$ = OP_SUB; }
|   MUL_ASSIGN                  { $$ = OP_MUL; }
|   DIV_ASSIGN                  { $$ = OP_DIV; }
|   REM_ASSIGN                  { $$ = OP_REM; }
|   CONCAT_ASSIGN               { $$ = OP_CONCAT; }
|   ADD_WRAP_ASSIGN             { $$ = OP_ADD_WRAP; }
|   SUB_WRAP_ASSIGN             { $$ = OP_SUB_WRAP; }
|   MUL_WRAP_ASSIGN             { $$ = OP_MUL_WRAP; }
;

// ---- expressions ----

// Closures are nothing but whole expressions; conditions, guards and operands are `opexpr`.
expr: opexpr
|   opexpr FAT body             { $$ = make_closure(p, @$, $1, $3); }
;
opexpr: unary
|   opexpr PIPE opexpr          { $$ = make(p, AST_pipe, @$, KIDS($1, $3)); }
|   opexpr THEN opexpr          { $$ = make(p, AST_then, @$, KIDS($1, $3)); }
|   opexpr OR opexpr            { $$ = make_binary(p, @$, OP_OR, $1, $3); }
|   opexpr AND opexpr           { $$ = make_binary(p, @$, OP_AND, $1, $3); }
|   opexpr EQ opexpr            { $$ = make_binary(p, @$, OP_EQ, $1, $3); }
|   opexpr NE opexpr            { $$ = make_binary(p, @$, OP_NE, $1, $3); }
|   opexpr LT opexpr            { $$ = make_binary(p, @$, OP_LT, $1, $3); }
|   opexpr LE opexpr            { $$ = make_binary(p, @$, OP_LE, $1, $3); }
|   opexpr GT opexpr            { $$ = make_binary(p, @$, OP_GT, $1, $3); }
|   opexpr GE opexpr            { $$ = make_binary(p, @$, OP_GE, $1, $3); }
|   opexpr DOTDOT opexpr        { $$ = make(p, AST_range, @$, KIDS($1, $3)); }
|   opexpr CONCAT opexpr        { $$ = make_binary(p, @$, OP_CONCAT, $1, $3); }
|   opexpr ADD opexpr           { $$ = make_binary(p, @$, OP_ADD, $1, $3); }
|   opexpr SUB opexpr           { $$ = make_binary(p, @$, OP_SUB, $1, $3); }
|   opexpr ADD_WRAP opexpr      { $$ = make_binary(p, @$, OP_ADD_WRAP, $1, $3); }
|   opexpr SUB_WRAP opexpr      { $$ = make_binary(p, @$, OP_SUB_WRAP, $1, $3); }
|   opexpr MUL opexpr           { $$ = make_binary(p, @$, OP_MUL, $1, $3); }
|   opexpr DIV opexpr           { $$ = make_binary(p, @$, OP_DIV, $1, $3); }
|   opexpr REM opexpr           { $$ = make_binary(p, @$, OP_REM, $1, $3); }
|   opexpr MUL_WRAP opexpr      { $$ = make_binary(p, @$, OP_MUL_WRAP, $1, $3); }
|   opexpr AS simple_type       { $$ = make(p, AST_cast, @$, KIDS($1, $3)); }
;
unary: postfix
|   SUB unary                   { $$ = make_negative(p, @$, $2); }
|   NOT unary                   { $$ = with_op(make(p, AST_unary, @$, KIDS($2)), OP_NOT); }
|   await
|   TRY await                   { $$ = make(p, AST_try, @$, KIDS($2)); }
|   ask
;
await: AWAIT awaitable          { $$ = make(p, AST_await, @$, KIDS($2, NULL)); }
|   AWAIT awaitable WITHIN postfix
                                { $$ = make(p, AST_await, @$, KIDS($2, $4)); }
;
awaitable: postfix | ask;
ask: ASK portal_name LPAREN args RPAREN
                                { $$ = make(p, AST_ask, @$, KIDS($2, $4)); };

postfix: primary
|   postfix DOT small           { $$ = make_member(p, @$, $1, $3); }
|   postfix LPAREN args RPAREN  { $$ = make(p, AST_call, @$, KIDS($1, $3)); }
|   postfix LBRACK index_items optional_comma RBRACK
                                { $$ = make(p, AST_index, @$, KIDS($1, $3)); }
;
args: %empty                    { $$ = list_of(p, @$, NULL); }
|   arg_list optional_comma
;
arg_list: arg                   { $$ = list_of(p, @$, $1); }
|   arg_list COMMA arg          { $$ = list_with(p, $1, $3); }
;
arg: expr
|   NAME COLON expr             { $$ = make_named(p, AST_arg, @$, $1, KIDS($3)); }
|   DOTDOT expr                 { $$ = make(p, AST_spread, @$, KIDS($2)); }
;
index_items: index_item         { $$ = list_of(p, @$, $1); }
|   index_items COMMA index_item
                                { $$ = list_with(p, $1, $3); }
;
index_item: opexpr
|   opexpr ARROW type           { $$ = make_type_arg(p, @$, $1, $3); }
;

primary:
    NAME                        { $$ = make_named(p, AST_name, @$, $1, NULL); }
|   CAP                         { $$ = make_named(p, AST_ctor, @$, $1, NULL); }
|   INT                         { $$ = make_int(p, $1); }
|   FLOAT                       { $$ = make_float(p, $1); }
|   TRUE                        { $$ = make_bool(p, @$, 1); }
|   FALSE                       { $$ = make_bool(p, @$, 0); }
|   STRING                      { $$ = make_string(p, $1); }
|   interpolation STR_END       { list_with(p, $1, $2->length ? make_string(p, $2) : NULL);
                                  $$ = make(p, AST_interp, @$, KIDS($1)); }
|   UNDER                       { $$ = make_wild(p, @$); }
|   LPAREN RPAREN               { $$ = make_tuple(p, AST_tuple, @$, list_of(p, @$, NULL)); }
|   LPAREN exprs optional_comma RPAREN
                                { $$ = make_tuple(p, AST_tuple, @$, $2); }
|   LBRACK RBRACK               { $$ = make(p, AST_list_lit, @$, KIDS(list_of(p, @$, NULL))); }
|   LBRACK COLON RBRACK         { $$ = make(p, AST_map_lit, @$, KIDS(list_of(p, @$, NULL))); }
|   LBRACK elements optional_comma RBRACK
                                { $$ = make_list_or_map(p, @$, $2); }
|   block
|   if
|   MATCH opexpr LBRACE arms RBRACE
                                { $$ = make(p, AST_match, @$, KIDS($2, $4)); }
|   SPAWN block                 { $$ = make(p, AST_spawn, @$, KIDS($2)); }
;
interpolation:
    STR_BEGIN expr              { $$ = list_with(p, list_of(p, @$, $1->length ? make_string(p, $1) : NULL), $2); }
|   interpolation STR_MID expr  { $$ = list_with(p, list_with(p, $1, $2->length ? make_string(p, $2) : NULL), $3); }
;
exprs: expr                     { $$ = list_of(p, @$, $1); }
|   exprs COMMA expr            { $$ = list_with(p, $1, $3); }
;
elements: element               { $$ = list_of(p, @$, $1); }
|   elements COMMA element      { $$ = list_with(p, $1, $3); }
;
element: expr
|   expr COLON expr             { $$ = make(p, AST_entry, @$, KIDS($1, $3)); }
|   DOTDOT expr                 { $$ = make(p, AST_spread, @$, KIDS($2)); }
;
if: IF opexpr block             { $$ = make(p, AST_if, @$, KIDS($2, $3, NULL)); }
|   IF opexpr block ELSE block  { $$ = make(p, AST_if, @$, KIDS($2, $3, $5)); }
|   IF opexpr block ELSE if     { $$ = make(p, AST_if, @$, KIDS($2, $3, $5)); }
;
arms: %empty                    { $$ = list_of(p, @$, NULL); }
|   arms arm separator          { $$ = list_with(p, $1, $2); }
|   arms error NL               { yyerrok; }
;
arm: pattern guard FAT body     { $$ = make(p, AST_arm, @$, KIDS($1, $2, $4)); };
guard: %empty                   { $$ = NULL; }
|   IF opexpr                   { $$ = $2; }
;

// ---- patterns ----

pattern: or_pattern
|   or_pattern AS NAME          { $$ = make_named(p, AST_p_as, @$, $3, KIDS($1)); }
;
or_pattern: simple_pattern
|   or_pattern BAR simple_pattern
                                { $$ = make_or(p, @$, $1, $3); }
;
simple_pattern:
    UNDER                       { $$ = make(p, AST_p_wild, @$, NULL); }
|   NAME                        { $$ = make_named(p, AST_p_name, @$, $1, NULL); }
|   INT                         { $$ = make(p, AST_p_literal, @$, KIDS(make_int(p, $1))); }
|   FLOAT                       { $$ = make(p, AST_p_literal, @$, KIDS(make_float(p, $1))); }
|   SUB INT                     { $$ = make(p, AST_p_literal, @$, KIDS(make_negative(p, @$, make_int(p, $2)))); }
|   SUB FLOAT                   { $$ = make(p, AST_p_literal, @$, KIDS(make_negative(p, @$, make_float(p, $2)))); }
|   TRUE                        { $$ = make(p, AST_p_literal, @$, KIDS(make_bool(p, @$, 1))); }
|   FALSE                       { $$ = make(p, AST_p_literal, @$, KIDS(make_bool(p, @$, 0))); }
|   STRING                      { $$ = make(p, AST_p_literal, @$, KIDS(make_string(p, $1))); }
|   CAP pattern_args            { $$ = make_named(p, AST_p_ctor, @$, $1, KIDS($2)); }
|   CAP DOT CAP pattern_args    { $$ = make_named(p, AST_p_ctor, @$, $3, KIDS($4)); $$->qualifier = $1->name; }
|   NAME DOT CAP pattern_args   { $$ = make_named(p, AST_p_ctor, @$, $3, KIDS($4)); $$->qualifier = $1->name; }
|   LPAREN RPAREN               { $$ = make_tuple(p, AST_p_tuple, @$, list_of(p, @$, NULL)); }
|   LPAREN patterns optional_comma RPAREN
                                { $$ = make_tuple(p, AST_p_tuple, @$, $2); }
|   LBRACK RBRACK               { $$ = make(p, AST_p_list, @$, KIDS(list_of(p, @$, NULL))); }
|   LBRACK pattern_elems optional_comma RBRACK
                                { $$ = make_pattern_list(p, @$, $2); }
;
patterns: pattern               { $$ = list_of(p, @$, $1); }
|   patterns COMMA pattern      { $$ = list_with(p, $1, $3); }
;
pattern_args: %empty            { $$ = list_of(p, @$, NULL); }
|   LPAREN RPAREN               { $$ = list_of(p, @$, NULL); }
|   LPAREN pattern_list optional_comma RPAREN
                                { $$ = $2; }
;
pattern_list: pattern_arg       { $$ = list_of(p, @$, $1); }
|   pattern_list COMMA pattern_arg
                                { $$ = list_with(p, $1, $3); }
;
pattern_arg: pattern
|   NAME COLON pattern          { $$ = make_named(p, AST_p_arg, @$, $1, KIDS($3)); }
;
pattern_elems: pattern_elem     { $$ = list_of(p, @$, $1); }
|   pattern_elems COMMA pattern_elem
                                { $$ = list_with(p, $1, $3); }
;
pattern_elem: pattern
|   DOTDOT                      { $$ = make(p, AST_p_rest, @$, NULL); }
|   DOTDOT UNDER                { $$ = make(p, AST_p_rest, @$, NULL); }
|   DOTDOT NAME                 { $$ = make_named(p, AST_p_rest, @$, $2, NULL); }
;

%%

const char *token_text(int kind) {
    return yysymbol_name(YYTRANSLATE(kind));
}

static int yyreport_syntax_error(const yypcontext_t *context, Parser *p) {
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    bool expected[YYNTOKENS] = {false};
    for (int i = 0; i < count; i++) expected[symbols[i]] = true;
    Expected tokens = {0};
    for (int kind = FIRST_TOKEN; kind <= LAST_TOKEN; kind++) tokens.set[kind - FIRST_TOKEN] = expected[YYTRANSLATE(kind)];
    syntax_error(p, &tokens);
    return 0;
}

// The only other thing that bison complains of is a stack that is full.
static void yyerror(const Span *span, Parser *p, const char *message) {
    (void)message;
    diag_add(&p->context->diags, DIAG_TOO_DEEP, *span, "the program is nested too deeply here");
}
