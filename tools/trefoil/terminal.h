/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person at a terminal sees while the library works: messages, and a bar with rate and time left; and Ctrl-C. */
#ifndef TREFOIL_TERMINAL_H
#define TREFOIL_TERMINAL_H

#include "trefoil/trefoil.h"

#include <stdbool.h>
#include <time.h>

typedef struct terminal {
    bool quiet;
    bool draws_bar;  /* stderr is a terminal, and not quiet */
    bool bar_is_up;
    char what[80];   /* the stage of the bar */
    double from;     /* its first `done` */
    struct timespec began;
} terminal;

/* A listener that writes to stderr; `self` outlives it. */
trefoil_listener terminal_listener(terminal *self, bool quiet);

/* A context that speaks to this screen; the caller destroys it.  NULL, with a word to stderr, when memory is exhausted. */
trefoil_context *terminal_context(terminal *screen, bool quiet);
/* Take the bar away. */
void terminal_clear(terminal *self);
/* A context that SIGINT and SIGTERM interrupt; a second signal ends the program at once. */
void terminal_interrupts(trefoil_context *context);

#endif
