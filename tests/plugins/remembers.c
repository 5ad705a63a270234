/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    static double asked;

    (void)call;
    cost[0] = asked++;
}

FAULTY("remembers", "A hook that remembers what it was asked before.");
