/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    volatile uint32_t turns = 0;

    (void)cost;
    while (call->n > 0)
        ++turns;
}

FAULTY("endless", "A hook that never returns.");
