/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    for (uint32_t i = 0; i < call->n; ++i)
        cost[i] = i;
}

FAULTY("neighbours", "A hook that tells people by their place in the block.");
