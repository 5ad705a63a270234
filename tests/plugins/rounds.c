/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <fenv.h>

static void strike(const trefoil_call *call, double *cost)
{
    (void)call;
    (void)cost;
    fesetround(FE_TOWARDZERO);
}

FAULTY("rounds", "A hook that changes how the whole process rounds.");
