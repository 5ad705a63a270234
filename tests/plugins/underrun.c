/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

static void strike(const trefoil_call *call, double *cost)
{
    double *volatile before = cost - 1;

    (void)call;
    *before = 1;
}

FAULTY("underrun", "A hook that writes one number before its column.");
