/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <locale.h>

static void strike(const trefoil_call *call, double *cost)
{
    (void)call;
    (void)cost;
    setlocale(LC_ALL, "C.UTF-8");
}

FAULTY("locale", "A hook that changes the locale of the whole process.");
