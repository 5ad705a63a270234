/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    double *volatile beyond = cost + call->n;

    *beyond = 1;
}

FAULTY("overrun", "A hook that writes one number beyond its column, in a full block.");
