/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    const double *volatile nowhere = NULL;

    (void)call;
    cost[0] = *nowhere;
}

FAULTY("crashes", "A hook that reads from nowhere.");
