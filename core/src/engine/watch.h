/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a process is among the hooks of plugins, in memory that another process reads: so that a crash or an endless loop can be named. */
#ifndef TF_ENGINE_WATCH_H
#define TF_ENGINE_WATCH_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

enum { TF_NO_STAGE = 99 }; /* prepare() */

typedef struct tf_spot {
    uint32_t intervention; /* of the scenario */
    uint32_t stage;        /* TREFOIL_STAGE_ENROL ..., TF_NO_STAGE */
    uint32_t cycle, draw;
} tf_spot;

typedef struct tf_watch {
    tf_spot spot;       /* the hook that runs, or ran last */
    struct timespec began;
    atomic_uint inside; /* it runs */
    atomic_uint calls;  /* how many were made */
} tf_watch;

static inline void tf_watch_enter(tf_watch *watch, tf_spot spot)
{
    if (!watch)
        return;
    watch->spot = spot;
    clock_gettime(CLOCK_MONOTONIC, &watch->began);
    atomic_fetch_add(&watch->calls, 1);
    atomic_store(&watch->inside, 1);
}

static inline void tf_watch_leave(tf_watch *watch)
{
    if (watch)
        atomic_store(&watch->inside, 0);
}

/* A page that is wiped in a copy of the process (fork), so that a copy knows itself; NULL where the system cannot do that.  Set it to 1. */
int *tf_original_create(void);
void tf_original_destroy(int *original);
/* Has this process children? */
int tf_has_children(void);

#endif
