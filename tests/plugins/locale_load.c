/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading it changes the locale of the whole process. */
#include "fault.h"

#include <locale.h>

__attribute__((constructor)) static void speak_otherwise(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

static void strike(const trefoil_call *call, double *cost)
{
    (void)call;
    cost[0] = 0;
}

FAULTY("locale_load", "It speaks another language, and everybody with it.");
