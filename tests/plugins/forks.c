/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <unistd.h>

static int copied; /* one is enough, and copies make no copies */

static void strike(const trefoil_call *call, double *cost)
{
    (void)call;
    if (copied++ == 0)
        cost[0] = fork() < 0;
}

FAULTY("forks", "A hook that makes one copy of the whole program.");
