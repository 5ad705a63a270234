/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/manners.h"

#include "base/memory.h"

#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

static unsigned control_word(void)
{
#if defined(__SSE__)
    return _mm_getcsr() & ~0x3fu;
#else
    return 0;
#endif
}

tf_manners tf_manners_now(void)
{
    tf_manners now = {fegetround(), control_word(), uselocale((locale_t)0), setlocale(LC_ALL, NULL), ""};

    for (size_t k = 0; k + 1 < sizeof now.name && (now.name[k] = now.locale[k]) != '\0'; k++) {
    }
    return now;
}

const char *tf_manners_broken(const tf_manners *before)
{
    const char *what = NULL;

    if (fegetround() != before->rounding) {
        what = "the rounding mode of the whole process";
        fesetround(before->rounding);
    }
    if (control_word() != before->control) {
        what = what != NULL ? what : "the floating-point control word (flush-to-zero) of the whole process";
#if defined(__SSE__)
        _mm_setcsr(before->control);
#endif
    }
    if (uselocale((locale_t)0) != before->thread) {
        what = what != NULL ? what : "the locale of its thread";
        uselocale(before->thread);
    }
    if (setlocale(LC_ALL, NULL) != before->locale) {
        what = what != NULL ? what : "the locale of the whole process";
        setlocale(LC_ALL, before->name);
    }
    return what;
}

/* ---- around loading --------------------------------------------------------------------------------------------- */

enum { SIGNALS = 32 };

struct tf_process {
    tf_manners manners;
    char *locale;
    struct sigaction handlers[SIGNALS];
};

tf_process *tf_process_remember(void)
{
    tf_process *process = TF_NEW(tf_process, 1);

    if (process == NULL) {
        return NULL;
    }
    process->manners = tf_manners_now();
    process->locale = tf_strdup(process->manners.locale);
    for (int s = 1; s < SIGNALS; s++) {
        sigaction(s, NULL, &process->handlers[s]);
    }
    if (process->locale == NULL) {
        tf_free(process);
        return NULL;
    }
    return process;
}

static bool same_handler(const struct sigaction *a, const struct sigaction *b)
{
    return (a->sa_flags & SA_SIGINFO) == (b->sa_flags & SA_SIGINFO) &&
           ((a->sa_flags & SA_SIGINFO) != 0 ? a->sa_sigaction == b->sa_sigaction : a->sa_handler == b->sa_handler);
}

void tf_process_restore(tf_process *before, const char *doing, tf_list *faults)
{
    const char *what = tf_manners_broken(&before->manners);
    char line[256];

    if (what != NULL) {
        snprintf(line, sizeof line, "%s changed %s%s", doing, what,
                 strstr(what, "control word") != NULL ? "; do not link with -ffast-math or change MXCSR" : "");
        tf_list_add(faults, line);
        setlocale(LC_ALL, before->locale);
    }
    for (int s = 1; s < SIGNALS; s++) {
        struct sigaction now;

        if (sigaction(s, NULL, &now) == 0 && !same_handler(&now, &before->handlers[s])) {
            snprintf(line, sizeof line, "%s changed a signal handler of the whole process", doing);
            tf_list_add(faults, line);
            sigaction(s, &before->handlers[s], NULL);
        }
    }
    tf_free(before->locale);
    tf_free(before);
}
