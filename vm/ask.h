// ask.h - asking a portal from outside, in a program that was compiled for that (CompileOptions.ask_from_outside). See host.h for
// who may call these.
//
// The compiler adds for each portal a hidden inbox of requests, a task that asks, and a hidden outbox of replies. So a request is
// an atom like others: it is durable when it is acknowledged, and is answered once. As long as the hidden inboxes are open, the
// tasks that reply do not end, nor what is behind them; ask_seal_all lets the run end.
#ifndef VM_ASK_H
#define VM_ASK_H

#include "vm/inbox.h"
#include "vm/outbox.h"

typedef struct Asker Asker;

// What asks the portal of this name (of several applications `App.name`). NULL, with a message, if there is no such portal, or
// the program was not compiled for being asked. It lives as long as the runtime.
Asker *ask_find(Runtime *runtime, const char *portal, Buf *message);
size_t ask_count(const Runtime *runtime);
Asker *ask_at(Runtime *runtime, size_t number);
const char *ask_name(const Asker *asker);
// The types of requests and replies.
const PtDesc *ask_request_desc(const Asker *asker);
const PtDesc *ask_reply_desc(const Asker *asker);

// Sends a request, one value in JSON, or a value of the type `desc`. *id: 0 for the next number that there is, which it is set
// to; or a number of the host's own, greater than all before, which it may send again after a crash (inbox.h). A request whose
// type holds functions or Anys cannot be sent from outside: PUSHED_WRONG, with a message.
Pushed ask_json(Asker *asker, uint64_t *id, const char *text, size_t size, uint64_t wait, Buf *message);
Pushed ask_value(Asker *asker, uint64_t *id, PtValue request, uint64_t wait, Buf *message);
// The last number that came in, and the last one that is durable.
uint64_t ask_sent(const Asker *asker);
uint64_t ask_acknowledged(const Asker *asker);

typedef enum Answer {
    ANSWER,       // the reply
    ANSWER_ERROR, // the handler has failed: its message
    ANSWER_NONE,  // it is not there (yet)
    ANSWER_WRONG, // the reply cannot be written as JSON
} Answer;

// The reply to the request `id`: in JSON, without newline, or what went wrong, appended to `out`. Once it has been read it can be
// asked for no more. With `wait` (nanoseconds) it waits for it; the thread of the run itself must not.
Answer ask_reply_json(Asker *asker, uint64_t id, uint64_t wait, Buf *out);
// The same with the value, which is handed to `take` while it lives; of ANSWER_ERROR the message is appended to `out`.
Answer ask_reply_value(Asker *asker, uint64_t id, uint64_t wait, void (*take)(void *user, PtValue reply), void *user, Buf *out);
// The smallest id of a reply that is there and has not been read; 0: there is none. After a crash these may be of requests of an
// earlier run.
uint64_t ask_next_reply(Asker *asker);

// No portal will be asked from outside any more, so that the run can end.
void ask_seal_all(Runtime *runtime);

#endif
