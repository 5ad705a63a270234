/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <stdlib.h>

static void strike(const trefoil_call *call, double *cost)
{
    (void)call;
    (void)cost;
    exit(0);
}

FAULTY("exits", "A hook that ends the whole program.");
