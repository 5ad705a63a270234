/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <stdlib.h>

static void strike(const trefoil_call *call, double *cost)
{
    void *volatile lost = malloc(1 << 20);

    (void)call;
    cost[0] = lost == NULL;
}

FAULTY("leaks", "A hook that takes memory and never gives it back.");
