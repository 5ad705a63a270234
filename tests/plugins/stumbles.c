/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As a fault of the machine rather than of the program: it is gone the next time, when FAULT_IS_GONE stands in the environment. */
#include "fault.h"

#include <stdlib.h>

static void strike(const trefoil_call *call, double *cost)
{
    const double *volatile nowhere = NULL;

    (void)call;
    if (!getenv("FAULT_IS_GONE"))
        cost[0] = *nowhere;
}

FAULTY("stumbles", "A hook that reads from nowhere, once.");
