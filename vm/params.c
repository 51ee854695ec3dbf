#include "vm/params.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vm/duration.h"
#include "vm/error.h"
#include "vm/foreign_library.h"
#include "vm/memory.h"
#include "vm/number.h"
#include "vm/show.h"
#include "vm/utf8.h"

typedef struct Flag {
    const char *name;
    const char *value; // what it takes, or NULL
    const char *doc;
} Flag;

typedef enum FlagNumber {
#define FLAG(number, name, value, doc) FLAG_##number,
#include "vm/flags.def"
#undef FLAG
    FLAG_COUNT
} FlagNumber;

static const Flag FLAGS[FLAG_COUNT] = {
#define FLAG(number, name, value, doc) {name, value, doc},
#include "vm/flags.def"
#undef FLAG
};

static __attribute__((format(printf, 2, 3))) ParamsResult wrong(Buf *message, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_puts(message, "error: ");
    buf_vprintf(message, format, args);
    buf_putc(message, '\n');
    va_end(args);
    return PARAMS_WRONG;
}

// ---- names ----

enum { NAME_LIMIT = 32 }; // longer names get no hint

// How many letters must be changed, added, left out or swapped to make `b` of `a`.
static unsigned distance(const char *a, size_t a_size, const char *b) {
    size_t b_size = strlen(b);
    if (a_size > NAME_LIMIT || b_size > NAME_LIMIT) return NAME_LIMIT;
    unsigned rows[NAME_LIMIT + 1][NAME_LIMIT + 1];
    for (size_t i = 0; i <= a_size; i++) {
        for (size_t k = 0; k <= b_size; k++) {
            if (!i || !k) {
                rows[i][k] = (unsigned)(i + k);
                continue;
            }
            unsigned best = rows[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            if (rows[i - 1][k] + 1 < best) best = rows[i - 1][k] + 1;
            if (rows[i][k - 1] + 1 < best) best = rows[i][k - 1] + 1;
            bool swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
            if (swapped && rows[i - 2][k - 2] + 1 < best) best = rows[i - 2][k - 2] + 1;
            rows[i][k] = best;
        }
    }
    return rows[a_size][b_size];
}

// What a param is called without its application: all of it, unless there are several.
static const char *short_name(const PtParam *param) {
    const char *dot = strchr(param->name, '.');
    return dot ? dot + 1 : param->name;
}

typedef struct Nearest {
    const char *name; // that is looked for
    size_t size;
    const char *found; // or NULL
    unsigned distance;
} Nearest;

static void try_name(Nearest *nearest, const char *candidate) {
    unsigned far = distance(nearest->name, nearest->size, candidate);
    if (far >= nearest->distance) return;
    nearest->distance = far;
    nearest->found = candidate;
}

static void hint(const PtProgram *program, const char *dashes, const char *name, size_t size, Buf *message) {
    Nearest nearest = {.name = name, .size = size, .distance = (unsigned)size / 3 + 2};
    for (FlagNumber i = 0; i < FLAG_COUNT; i++) try_name(&nearest, FLAGS[i].name);
    for (uint64_t i = 0; i < program->param_count; i++) {
        try_name(&nearest, short_name(&program->params[i]));
        try_name(&nearest, program->params[i].name);
    }
    if (nearest.found)
        buf_printf(message, "   = help: did you mean `%s%s`?\n", dashes, nearest.found);
    else if (*dashes)
        buf_puts(message, "   = help: `--help` shows what there is\n");
}

static bool is_name(const char *name, size_t size, const char *candidate) {
    return strlen(candidate) == size && memcmp(name, candidate, size) == 0;
}

// ---- parsing ----

static ParamsResult parse_number(const Params *params, FlagNumber flag, const char *text, int64_t least, int64_t most,
                                 uint64_t *out, Buf *message) {
    int64_t number;
    bool is_number = number_parse_int(text, strlen(text), &number);
    if (is_number && number >= least && number <= most) {
        *out = (uint64_t)number;
        return PARAMS_RUN;
    }
    buf_printf(message, "error: `%s%s` needs a number ", params->dashes, FLAGS[flag].name);
    if (most == INT64_MAX)
        buf_printf(message, "from %lld on, not `%s`\n", (long long)least, text);
    else
        buf_printf(message, "from %lld to %lld, not `%s`\n", (long long)least, (long long)most, text);
    return PARAMS_WRONG;
}

static const int64_t EPOCH_LIMIT = 1000 * 1000; // milliseconds

static ParamsResult set_flag(Params *params, FlagNumber flag, const char *value, Buf *message) {
    RuntimeOptions *options = &params->options;
    uint64_t number = 0;
    ParamsResult result = PARAMS_RUN;
    switch (flag) {
    case FLAG_STATS: params->stats = STATS_SHOW; return PARAMS_RUN;
    case FLAG_REBIND: options->rebind = true; return PARAMS_RUN;
    case FLAG_NO_FFI: params->refuses_foreign = true; return PARAMS_RUN;
    case FLAG_DROP_FRAMES: options->drop_frames = true; return PARAMS_RUN;
    case FLAG_HELP: return PARAMS_HELP;
    case FLAG_VERSION: return PARAMS_VERSION;
    case FLAG_DATA:
        options->data = value;
        if (!*value) return wrong(message, "`%s%s` needs the name of a directory", params->dashes, FLAGS[flag].name);
        return PARAMS_RUN;
    case FLAG_EPOCH:
        result = parse_number(params, flag, value, 1, EPOCH_LIMIT, &number, message);
        options->epoch = number * 1000 * 1000;
        return result;
    case FLAG_PARTITIONS:
        result = parse_number(params, flag, value, 1, PARTITION_LIMIT, &number, message);
        options->partitions = (uint32_t)number;
        return result;
    case FLAG_STEP: return parse_number(params, flag, value, 1, INT64_MAX, &options->step, message);
    case FLAG_SEED: return parse_number(params, flag, value, 0, INT64_MAX, &options->seed, message);
    case FLAG_MAX_ATOM:
        result = parse_number(params, flag, value, 1, INT64_MAX, &number, message);
        options->max_atom = number > INT64_MAX / REGION_FACTOR ? INT64_MAX / REGION_FACTOR : number;
        return result;
    case FLAG_SKIP_ATOM:
        options->skip_atom = value;
        if (!*value) return wrong(message, "`%s%s` needs the name of a file", params->dashes, FLAGS[flag].name);
        return PARAMS_RUN;
    case FLAG_MAX_QUEUE: return parse_number(params, flag, value, 1, INT64_MAX, &options->max_queue, message);
    case FLAG_MAX_SPILL: return parse_number(params, flag, value, 1, INT64_MAX, &options->max_spill, message);
    case FLAG_COUNT: break;
    }
    return result;
}

// The command line as it is being read.
typedef struct Reader {
    const PtProgram *program;
    const char *dashes;
    char **next;
    char **end;
    Buf *message;
} Reader;

// The value of an option: what follows the `=`, or the next argument; NULL, with a message, if there is none.
static const char *take_value(Reader *reader, const char *name, size_t size) {
    if (name[size] == '=') return name + size + 1;
    if (reader->next < reader->end) return *reader->next++;
    buf_printf(reader->message, "error: `%s%.*s` needs a value\n", reader->dashes, (int)size, name);
    return NULL;
}

static ParamsResult read_flag(Reader *reader, Params *params, FlagNumber flag, const char *name, size_t size) {
    const char *value = "";
    if (FLAGS[flag].value)
        value = take_value(reader, name, size);
    else if (name[size] == '=')
        return wrong(reader->message, "`%s%s` takes no value", reader->dashes, FLAGS[flag].name);
    return value ? set_flag(params, flag, value, reader->message) : PARAMS_WRONG;
}

// The name behind that of the only application, which may stand before it.
static void leave_out_app(const PtProgram *program, const char **name, size_t *size) {
    size_t app = strlen(program->name);
    if (!app || *size <= app || (*name)[app] != '.' || memcmp(*name, program->name, app) != 0) return;
    *name += app + 1;
    *size -= app + 1;
}

static void say_ambiguous(Reader *reader, const PtParam *one, const PtParam *other) {
    buf_printf(reader->message, "error: several applications have a param `%s`\n", short_name(one));
    buf_printf(reader->message, "   = help: write `%s%s` or `%s%s`\n", reader->dashes, one->name, reader->dashes, other->name);
}

// The param of this name, of whatever application if only one of them has it. NULL if there is none, or several: then there is a
// message.
static const PtParam *find_param(Reader *reader, const char *name, size_t size) {
    const PtProgram *program = reader->program;
    const PtParam *found = NULL;
    leave_out_app(program, &name, &size);
    for (uint64_t i = 0; i < program->param_count; i++) {
        const PtParam *param = &program->params[i];
        if (is_name(name, size, param->name)) return param;
        if (!is_name(name, size, short_name(param))) continue;
        if (found) {
            say_ambiguous(reader, found, param);
            return NULL;
        }
        found = param;
    }
    return found;
}

static ParamsResult read_param(Reader *reader, Params *params, const PtParam *param, const char *name, size_t size) {
    const char *value = take_value(reader, name, size);
    params->values[param - reader->program->params] = value;
    return value ? PARAMS_RUN : PARAMS_WRONG;
}

static ParamsResult read_argument(Reader *reader, Params *params) {
    const char *argument = *reader->next++;
    size_t dashes = strlen(reader->dashes);
    if (strncmp(argument, reader->dashes, dashes) != 0) return wrong(reader->message, "unexpected argument `%s`", argument);
    const char *name = argument + dashes;
    size_t size = strcspn(name, "=");
    for (FlagNumber i = 0; i < FLAG_COUNT; i++)
        if (is_name(name, size, FLAGS[i].name)) return read_flag(reader, params, i, name, size);
    const PtParam *param = find_param(reader, name, size);
    if (param) return read_param(reader, params, param, name, size);
    if (reader->message->length) return PARAMS_WRONG;
    buf_printf(reader->message, "error: unknown option `%s%.*s`\n", reader->dashes, (int)size, name);
    hint(reader->program, reader->dashes, name, size, reader->message);
    return PARAMS_WRONG;
}

static ParamsResult parse(Params *params, Reader *reader) {
    *params = (Params){.values = MEMORY_NEW(const char *, reader->program->param_count),
                       .options = {.max_atom = DEFAULT_MAX_ATOM},
                       .dashes = reader->dashes};
    ParamsResult result = PARAMS_RUN;
    while (result == PARAMS_RUN && reader->next < reader->end) result = read_argument(reader, params);
    return result;
}

ParamsResult params_parse(Params *params, const PtProgram *program, int argc, char **argv, Buf *message) {
    return parse(params, &(Reader){program, "--", argc > 0 ? argv + 1 : argv, argv + argc, message});
}

ParamsResult params_parse_plain(Params *params, const PtProgram *program, size_t count, char **texts, Buf *message) {
    return parse(params, &(Reader){program, "", texts, texts + count, message});
}

void params_free(Params *params) {
    free(params->values);
}

// ---- values ----

static bool parse_bool(const char *text, uint8_t *out) {
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

// Writes the value that `text` stands for to the param's global. NULL, or what was expected.
static const char *parse_value(const PtDesc *desc, const char *text, void *to) {
    size_t size = strlen(text);
    switch ((PtKind)desc->kind) {
    case PT_INT: return number_parse_int(text, size, to) ? NULL : "an Int";
    case PT_FLOAT: return number_parse_float(text, size, to) ? NULL : "a Float";
    case PT_BOOL: return parse_bool(text, to) ? NULL : "`true` or `false`";
    case PT_DURATION: return duration_parse(text, size, to) ? NULL : "a number and a unit (ns, us, ms, s, m, h, d), such as `5s`";
    case PT_STRING:
        if (utf8_valid(text, size) != size) return "a text in UTF-8";
        *(PtString *)to = (PtString){text, (int64_t)size};
        return NULL;
    default: return "a value that is written in the program";
    }
}

static void make_default(Partition *partition, void *argument) {
    const PtParam *param = argument;
    param->make_default(&partition->context);
}

static ParamsResult apply(const Params *params, const PtParam *param, Runtime *runtime, Buf *message) {
    const char *text = params->values[param - runtime->program->params];
    Partition *partition = &runtime->partitions[0];
    if (text) {
        const char *expected = parse_value(param->desc, text, partition->context.globals + param->offset);
        if (!expected) return PARAMS_RUN;
        buf_printf(message, "error: `%s%s` needs %s, not `%s`\n", params->dashes, param->name, expected, text);
        return PARAMS_WRONG;
    }
    if (!param->make_default)
        return wrong(message, "the program needs a value: `%s%s=%s`", params->dashes, param->name, param->desc->name);
    return partition_guard(partition, make_default, (void *)param) ? PARAMS_RUN : PARAMS_FAILED;
}

// Defaults may call them already.
static bool find_foreign(const Params *params, Runtime *runtime) {
    if (params->refuses_foreign && !foreign_has_none(runtime->program, &runtime->failure)) return false;
    return foreign_find_all(runtime->program, &runtime->failure);
}

ParamsResult params_apply(const Params *params, Runtime *runtime, Buf *message) {
    ParamsResult result = find_foreign(params, runtime) ? PARAMS_RUN : PARAMS_FAILED;
    for (uint64_t i = 0; i < runtime->program->param_count && result == PARAMS_RUN; i++)
        result = apply(params, &runtime->program->params[i], runtime, message);
    return result;
}

// ---- help ----

enum { HELP_COLUMN = 24, DEFAULT_LIMIT = 60 };

static void help_line(Buf *out, const char *name, const char *value, const char *doc) {
    size_t start = out->length;
    buf_printf(out, "  --%s%s%s", name, value ? "=" : "", value ? value : "");
    if (doc) {
        do buf_putc(out, ' ');
        while (out->length - start < HELP_COLUMN);
        for (const char *c = doc; *c; c++) {
            if (*c == '\n')
                buf_printf(out, "\n%*s", HELP_COLUMN, "");
            else
                buf_putc(out, *c);
        }
    }
    buf_putc(out, '\n');
}

static bool is_simple(const PtDesc *desc) {
    return desc->kind == PT_INT || desc->kind == PT_FLOAT || desc->kind == PT_BOOL || desc->kind == PT_STRING ||
           desc->kind == PT_DURATION;
}

// False if it is too long. A duration is shown as the command line takes it.
static bool show_default(const PtParam *param, const void *value, Buf *out) {
    if (param->desc->kind != PT_DURATION) return show_value(out, param->desc, value, NULL, SHOW_LITERAL, DEFAULT_LIMIT);
    duration_show(out, *(const int64_t *)value, DURATION_ARGUMENT);
    return true;
}

// The default of a param, if it is simple and short enough to be shown.
static void help_default(Runtime *runtime, const PtParam *param, Buf *out) {
    Partition *partition = &runtime->partitions[0];
    if (!param->make_default) {
        buf_printf(out, "%*s(must be given)\n", HELP_COLUMN, "");
    } else if (is_simple(param->desc) && partition_guard(partition, make_default, (void *)param)) {
        Buf value = {0};
        if (show_default(param, partition->context.globals + param->offset, &value))
            buf_printf(out, "%*s(default: %s)\n", HELP_COLUMN, "", buf_text(&value));
        buf_free(&value);
    }
}

void params_help(Runtime *runtime, const char *name, Buf *out) {
    const PtProgram *program = runtime->program;
    buf_printf(out, "Usage: %s [OPTION]...\n", name);
    if (program->param_count) buf_puts(out, "\nParameters of the program:\n");
    for (uint64_t i = 0; i < program->param_count; i++) {
        help_line(out, program->params[i].name, program->params[i].desc->name, program->params[i].doc);
        help_default(runtime, &program->params[i], out);
    }
    buf_puts(out, "\nOptions:\n");
    for (FlagNumber i = 0; i < FLAG_COUNT; i++) help_line(out, FLAGS[i].name, FLAGS[i].value, FLAGS[i].doc);
}
