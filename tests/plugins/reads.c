/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    double *age = trefoil_out(call, AGE);

    (void)cost;
    age[0] = 30;
}

FAULTY("reads", "A hook that writes to a column it may only read.");
