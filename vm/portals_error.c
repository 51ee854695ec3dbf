#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/exhausted.h"
#include "vm/escape.h"
#include "vm/portals_internal.h"

typedef struct CodeText {
    int code;
    const char *name;
    const char *text;
} CodeText;

#define CODE(code, text) {code, #code, text}

static const CodeText CODES[] = {
    CODE(PORTALS_OK, "no error"),
    CODE(PORTALS_DUPLICATE, "an atom with this number or a later one was pushed before"),
    CODE(PORTALS_TIMEOUT, "the time is over"),
    CODE(PORTALS_ENDED, "the run has ended"),
    CODE(PORTALS_E_ARGUMENT, "an argument is missing or wrong"),
    CODE(PORTALS_E_MEMORY, "out of memory"),
    CODE(PORTALS_E_LOAD, "the shared object cannot be loaded"),
    CODE(PORTALS_E_PROGRAM, "the shared object is no program of Portals"),
    CODE(PORTALS_E_ABI, "the program was compiled for another version of Portals"),
    CODE(PORTALS_E_OPTION, "a param or an option is wrong"),
    CODE(PORTALS_E_DATA, "the data directory cannot be used"),
    CODE(PORTALS_E_BUSY, "the data directory is in use"),
    CODE(PORTALS_E_NAME, "the program has nothing of this name"),
    CODE(PORTALS_E_VALUE, "the value does not fit its type"),
    CODE(PORTALS_E_TOO_LARGE, "the atom is too large"),
    CODE(PORTALS_E_SEALED, "the inbox was sealed"),
    CODE(PORTALS_E_REPLY, "who replies has failed"),
    CODE(PORTALS_E_STOPPED, "the run was stopped"),
    CODE(PORTALS_E_FAILED, "the run has failed"),
};

static const CodeText *find_code(int code) {
    static const CodeText unknown = {0, "?", "unknown code"};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (CODES[i].code == code) return &CODES[i];
    return &unknown;
}

const char *portals_message(int code) {
    return find_code(code)->text;
}

const char *portals_code_name(int code) {
    return find_code(code)->name;
}

void portals_free(void *memory) {
    free(memory);
}

// ---- messages ----

int portals_say(Buf *message, int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    message->length = 0;
    buf_vprintf(message, format, args);
    va_end(args);
    return code;
}

void portals_put_diagnostic(Buf *message, const char *text, size_t length) {
    static const char ERROR[] = "error: ";
    size_t prefix = sizeof ERROR - 1;
    if (length >= prefix && memcmp(text, ERROR, prefix) == 0) {
        text += prefix;
        length -= prefix;
    }
    while (length && text[length - 1] == '\n') length--;
    buf_append(message, text, length);
}

size_t portals_length(const char *text, size_t length) {
    return length == PORTALS_TEXT && text ? strlen(text) : length;
}

// A text that is too long is cut between two characters.
static void fill(PortalsError *error, int code, const char *text, size_t length) {
    if (!error) return;
    if (length >= PORTALS_MESSAGE) {
        length = PORTALS_MESSAGE - 1;
        while (length && ((unsigned char)text[length] & 0xc0) == 0x80) length--;
    }
    error->code = code;
    if (length) memcpy(error->message, text, length);
    error->message[length] = '\0';
}

// ---- calls ----

static void leave(void *user) {
    ESCAPE_TO((Escape *)user);
}

typedef struct Call {
    PortalsBody *body;
    void *argument;
    Buf message;
} Call;

// By itself, since what it keeps in registers is gone when it is left.
static __attribute__((noinline)) int run_call(Call *call) {
    Escape here;
    ExhaustedPlace before = exhausted_handle((ExhaustedPlace){leave, &here});
    int code = PORTALS_E_MEMORY;
    if (!ESCAPE_SET(&here)) code = call->body(call->argument, &call->message);
    exhausted_handle(before);
    return code;
}

int portals_call(PortalsBody *body, void *argument, PortalsError *error) {
    // Numbers have a point, whatever the host's language is. This locale is always there, and needs no memory.
    locale_t locale = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    Call call = {body, argument, {0}};
    int code = run_call(&call);
    if (code != PORTALS_OK && (!call.message.length || code == PORTALS_E_MEMORY))
        fill(error, code, portals_message(code), strlen(portals_message(code)));
    else
        fill(error, code, call.message.data, code == PORTALS_OK ? 0 : call.message.length);
    buf_free(&call.message);
    uselocale(locale);
    return code;
}

int portals_wrong_argument(void *argument, Buf *message) {
    const char *name = argument;
    return name ? portals_say(message, PORTALS_E_ARGUMENT, "`%s` is missing or wrong", name) : PORTALS_E_ARGUMENT;
}
