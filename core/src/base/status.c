/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/status.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PLACELESS = 0, PLACED = 1, FAILURE = 2 }; /* the order in which reasons are told */

typedef struct reason {
    int kind;
    int line;
    char *file; /* NULL unless PLACED */
    char *text; /* the whole sentence, place included */
} reason;

struct trefoil_context {
    trefoil_listener listener;
    pthread_mutex_t recording; /* guards the reasons                     */
    pthread_mutex_t speaking;  /* guards the listener and the last report */
    reason *reasons;           /* sorted by kind, file and line; stable   */
    size_t count, capacity;
    bool failed;               /* a failure was recorded: later ones are its consequences */
    char *result;              /* text for people */
    bool lost;                 /* a reason was lost because memory ran out */
    atomic_size_t mistakes;
    atomic_int interrupted;
    const char *reported; /* what was last reported, and when */
    struct timespec reported_at;
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "interrupting from a signal handler needs a lock-free flag");

const char *trefoil_status_text(trefoil_status status)
{
    switch (status) {
#define X(symbol, value, sentence) \
    case symbol:                   \
        return sentence;
        TREFOIL_STATUS_LIST(X)
#undef X
    }
    return "an unknown status";
}

int trefoil_exit_status(trefoil_status status)
{
    switch (status) {
    case TREFOIL_DONE:
        return 0;
    case TREFOIL_USER_MISTAKE:
        return 2;
    case TREFOIL_INTERRUPTED:
        return 130;
    case TREFOIL_NO_MEMORY:
    case TREFOIL_FILE_FAILED:
    case TREFOIL_STORE_FAILED:
    case TREFOIL_PLUGIN_FAILED:
    case TREFOIL_NUMBER_FAILED:
    case TREFOIL_DIFFERS:
        return 1;
    case TREFOIL_BUG:
        return 3;
    }
    return 3;
}

trefoil_context *trefoil_context_create(const trefoil_listener *listener)
{
    trefoil_context *context = TF_NEW(trefoil_context, 1);

    if (context == NULL) {
        return NULL;
    }
    if (listener != NULL) {
        context->listener = *listener;
    }
    if (pthread_mutex_init(&context->recording, NULL) != 0) {
        tf_free(context);
        return NULL;
    }
    if (pthread_mutex_init(&context->speaking, NULL) != 0) {
        pthread_mutex_destroy(&context->recording);
        tf_free(context);
        return NULL;
    }
    atomic_init(&context->mistakes, 0);
    atomic_init(&context->interrupted, 0);
    return context;
}

static void free_reason(reason *r)
{
    tf_free(r->file);
    tf_free(r->text);
}

void tf_forget(trefoil_context *context)
{
    pthread_mutex_lock(&context->recording);
    for (size_t k = 0; k < context->count; k++) {
        free_reason(&context->reasons[k]);
    }
    context->count = 0;
    context->failed = context->lost = false;
    pthread_mutex_unlock(&context->recording);
    atomic_store(&context->mistakes, 0);
}

void trefoil_context_destroy(trefoil_context *context)
{
    if (context == NULL) {
        return;
    }
    for (size_t k = 0; k < context->count; k++) {
        free_reason(&context->reasons[k]);
    }
    tf_free(context->reasons);
    tf_free(context->result);
    pthread_mutex_destroy(&context->recording);
    pthread_mutex_destroy(&context->speaking);
    tf_free(context);
}

size_t trefoil_context_reasons(const trefoil_context *context)
{
    return context->count + (context->lost ? 1 : 0);
}

const char *trefoil_context_reason(const trefoil_context *context, size_t k)
{
    if (k < context->count) {
        return context->reasons[k].text;
    }
    return k == context->count && context->lost ? "there was not enough memory to keep every reason" : "";
}

void trefoil_context_interrupt(trefoil_context *context)
{
    atomic_store(&context->interrupted, 1);
}

bool tf_interrupted(const trefoil_context *context)
{
    return context != NULL && atomic_load_explicit(&context->interrupted, memory_order_relaxed) != 0;
}

size_t tf_mistakes(const trefoil_context *context)
{
    return atomic_load(&context->mistakes);
}

static int compare(const reason *a, const reason *b)
{
    int order = a->kind - b->kind;

    if (order == 0 && a->kind == PLACED) {
        order = strcmp(a->file, b->file);
    }
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* Where `r` goes: behind all that are not after it. */
static size_t position(const trefoil_context *context, const reason *r)
{
    size_t low = 0, high = context->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(&context->reasons[middle], r) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool told_before(const trefoil_context *context, const reason *r, size_t at)
{
    while (at > 0 && compare(&context->reasons[at - 1], r) == 0) {
        at--;
        if (strcmp(context->reasons[at].text, r->text) == 0) {
            return true;
        }
    }
    return false;
}

/* Keeps `r`, or frees it when it was told before. */
static void keep(trefoil_context *context, reason *r)
{
    void *items = context->reasons;
    size_t at = position(context, r);

    if (told_before(context, r, at)) {
        free_reason(r);
        return;
    }
    if (tf_reserve(&items, &context->capacity, context->count + 1, sizeof *r) != 0) {
        context->lost = true;
        free_reason(r);
        return;
    }
    context->reasons = items;
    memmove(&context->reasons[at + 1], &context->reasons[at], (context->count - at) * sizeof *r);
    context->reasons[at] = *r;
    context->count++;
}

/* "prefix" and the formatted text behind it; NULL if memory is exhausted. */
TF_PRINTF(2, 0)
static char *write_sentence(const char *prefix, const char *format, va_list arguments)
{
    va_list again;
    size_t head = strlen(prefix);
    int length;
    char *text = NULL;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return NULL;
    }
    text = tf_alloc(head + (size_t)length + 1, 1);
    if (text != NULL) {
        memcpy(text, prefix, head);
        vsnprintf(text + head, (size_t)length + 1, format, arguments);
    }
    return text;
}

/* "file:line: ", allocated; NULL if memory is exhausted. */
static char *write_place(tf_place place)
{
    size_t size;
    char *text;

    if (place.file == NULL) {
        return tf_strdup("");
    }
    size = strlen(place.file) + 16;
    text = tf_alloc(size, 1);
    if (text != NULL && place.line > 0) {
        snprintf(text, size, "%s:%d: ", place.file, place.line);
    } else if (text != NULL) {
        snprintf(text, size, "%s: ", place.file);
    }
    return text;
}

trefoil_status tf_fail(trefoil_context *context, trefoil_status status, const char *format, ...)
{
    va_list arguments;
    reason r = {.kind = FAILURE};

    if (context == NULL) {
        return status;
    }
    va_start(arguments, format);
    pthread_mutex_lock(&context->recording);
    if (!context->failed) {
        context->failed = true;
        r.text = write_sentence("", format, arguments);
        if (r.text != NULL) {
            keep(context, &r);
        } else {
            context->lost = true;
        }
    }
    pthread_mutex_unlock(&context->recording);
    va_end(arguments);
    return status;
}

trefoil_status tf_mistake(trefoil_context *context, tf_place place, const char *format, ...)
{
    va_list arguments;
    reason r = {.kind = place.file != NULL ? PLACED : PLACELESS, .line = place.file != NULL ? place.line : 0};
    char *prefix;
    bool complete;

    if (context == NULL) {
        return TREFOIL_USER_MISTAKE;
    }
    prefix = write_place(place);
    r.file = tf_strdup(place.file);
    va_start(arguments, format);
    r.text = prefix != NULL ? write_sentence(prefix, format, arguments) : NULL;
    va_end(arguments);
    tf_free(prefix);
    complete = r.text != NULL && (place.file == NULL || r.file != NULL);
    pthread_mutex_lock(&context->recording);
    if (complete) {
        keep(context, &r);
    } else {
        context->lost = true;
        free_reason(&r);
    }
    pthread_mutex_unlock(&context->recording);
    atomic_fetch_add(&context->mistakes, 1);
    return TREFOIL_USER_MISTAKE;
}

trefoil_status tf_bug_at(trefoil_context *context, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    const char *inside = strstr(file, "core/src/");
    char *text;

    va_start(arguments, format);
    text = write_sentence("", format, arguments);
    va_end(arguments);
    tf_fail(context, TREFOIL_BUG, "defect of trefoil %s in %s:%d: %s; please report it with the scenario", TREFOIL_VERSION,
            inside != NULL ? inside : file, line, text != NULL ? text : format);
    tf_free(text);
    return TREFOIL_BUG;
}

void tf_say(trefoil_context *context, int level, const char *format, ...)
{
    va_list arguments;
    char *line;

    if (context == NULL || context->listener.log == NULL) {
        return;
    }
    va_start(arguments, format);
    line = write_sentence("", format, arguments);
    va_end(arguments);
    if (line == NULL) {
        return;
    }
    pthread_mutex_lock(&context->speaking);
    context->listener.log(context->listener.self, level, line);
    pthread_mutex_unlock(&context->speaking);
    tf_free(line);
}

/* Is it time to report again?  The beginning and the end of a stage always are. */
static bool report_is_due(trefoil_context *context, const char *what, double done, double total)
{
    struct timespec now;
    double seconds;

    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds = (double)(now.tv_sec - context->reported_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - context->reported_at.tv_nsec);
    if (what == context->reported && done > 0 && done < total && seconds < 0.1) {
        return false;
    }
    context->reported = what;
    context->reported_at = now;
    return true;
}

void tf_progress(trefoil_context *context, const char *what, double done, double total)
{
    if (context == NULL || context->listener.progress == NULL) {
        return;
    }
    pthread_mutex_lock(&context->speaking);
    if (report_is_due(context, what, done, total)) {
        context->listener.progress(context->listener.self, what, done, total);
    }
    pthread_mutex_unlock(&context->speaking);
}

const char *trefoil_context_result(const trefoil_context *context)
{
    return context->result;
}

trefoil_status tf_result(trefoil_context *context, const char *text)
{
    tf_free(context->result);
    context->result = tf_strdup(text);
    return text && !context->result ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the text of the results") : TREFOIL_DONE;
}
