/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work done in child processes, so that a plugin that crashes, ends the process or never returns costs one piece of work and is named.  A child
 * inherits all that stood in memory when it was started; it gets the number of a piece, does it, and leaves its answer in memory it shares with
 * the parent.  After any failure it is replaced.
 */
#ifndef TF_ENGINE_ISOLATE_H
#define TF_ENGINE_ISOLATE_H

#include "engine/watch.h"
#include "plugin/host.h"

enum { TF_WHY_LOST = 1024 };

typedef struct tf_chores {
    size_t n;           /* pieces */
    int workers;        /* children at once */
    double limit;       /* seconds a hook may take */
    size_t answer_size; /* bytes, at most */
    const tf_interventions *interventions;

    /* In the child, before its first piece. */
    void (*begin)(void *self, int worker, tf_watch *watch);
    /* In the child.  `why` is told when it fails. */
    trefoil_status (*work)(void *self, int worker, size_t piece, void *answer, char why[TF_WHY_LOST]);
    /* In the parent: is the piece of no use any more, since another was lost? */
    bool (*skip)(void *self, size_t piece);
    /* In the parent, one at a time. */
    void (*take)(void *self, size_t piece, void *answer);
    /* In the parent: a plugin failed, in words.  Another status than TREFOIL_DONE ends the work. */
    trefoil_status (*lose)(void *self, size_t piece, const char *why);
    void *self;
} tf_chores;

/* TREFOIL_DONE also when pieces were lost; TREFOIL_INTERRUPTED; the status of a piece that failed for another reason than a plugin. */
trefoil_status tf_isolate(trefoil_context *context, const tf_chores *chores) TF_MUST_USE;

#endif
