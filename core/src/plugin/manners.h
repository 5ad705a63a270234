/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What belongs to the whole process and a plugin must leave as it was: rounding, flush-to-zero, the locale, signal handlers. */
#ifndef TF_PLUGIN_MANNERS_H
#define TF_PLUGIN_MANNERS_H

#include "base/text.h"

#include <locale.h>

/* What is cheap to look at around every hook. */
typedef struct tf_manners {
    int rounding;
    unsigned control;   /* MXCSR without its sticky flags; 0 where there is none */
    locale_t thread;    /* the thread's own locale */
    const char *locale; /* the name of the process's, and the begin of a copy of it */
    char name[16];
} tf_manners;

tf_manners tf_manners_now(void);
/* What was changed since, in words ("the rounding mode of the whole process"), changed back; NULL: nothing. */
const char *tf_manners_broken(const tf_manners *before);

/* All of it, around loading a library.  NULL when memory is exhausted. */
typedef struct tf_process tf_process;
tf_process *tf_process_remember(void);
/* Add to `faults` what was changed ("<doing> changed ..."), change it back, and forget. */
void tf_process_restore(tf_process *before, const char *doing, tf_list *faults);

#endif
