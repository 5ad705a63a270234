/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons: what went wrong, where in the user's input, in words.  Private to the library. */
#ifndef TF_BASE_STATUS_H
#define TF_BASE_STATUS_H

#include "trefoil/trefoil.h"

#include <stdbool.h>

#define TF_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#define TF_MUST_USE __attribute__((warn_unused_result))

/* Run `expression`; on failure leave through the label `out` with `status` set. */
#define TRY(expression)                     \
    do {                                    \
        status = (expression);              \
        if (status != TREFOIL_DONE)         \
            goto out;                       \
    } while (0)

/* A place in the user's input.  `file` NULL: no place; `line` 0: the file as a whole.  The text lives as long
 * as the object that gave the place. */
typedef struct tf_place {
    const char *file;
    int line;
} tf_place;

/* Record that the world failed (file, memory, disk, plugin): keeps the first reason only, and returns `status`.
 * [any: a mutex guards the list] */
trefoil_status tf_fail(trefoil_context *context, trefoil_status status, const char *format, ...) TF_PRINTF(3, 4);

/* Record one of possibly many mistakes in the user's input, and return TREFOIL_USER_MISTAKE.  Callers go on to find more;
 * `tf_mistakes` says at the end whether there were any.  Written "file:line: text" when there is a place.  Duplicated
 * reasons are kept once. */
trefoil_status tf_mistake(trefoil_context *context, tf_place place, const char *format, ...) TF_PRINTF(3, 4);

/* How many mistakes were recorded so far, repeated ones each time: a step that leaves the number as it was found nothing wrong. */
size_t tf_mistakes(const trefoil_context *context);

/* No reasons and mistakes any more: somebody else tells them. */
void tf_forget(trefoil_context *context);

/* One line to the listener, if there is one. */
void tf_say(trefoil_context *context, int level, const char *format, ...) TF_PRINTF(3, 4);
void tf_progress(trefoil_context *context, const char *what, double done, double total);

/* Keep a text for trefoil_context_result; it is copied, NULL forgets. */
trefoil_status tf_result(trefoil_context *context, const char *text);

/* Has the user asked to stop? */
bool tf_interrupted(const trefoil_context *context);

/* Report a defect of our own with file and line; returns TREFOIL_BUG.  On in release builds. */
#define tf_bug(context, ...) tf_bug_at((context), __FILE__, __LINE__, __VA_ARGS__)
trefoil_status tf_bug_at(trefoil_context *context, const char *file, int line, const char *format, ...) TF_PRINTF(4, 5);

#endif
