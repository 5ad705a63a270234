/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of published cases: one line each. */
#include "library/validate.h"

#include <stddef.h>

const tf_kind tf_kinds[] = {
    {"sample", tf_case_sample},
    {"equity", tf_case_equity},
    {"scenario", tf_case_scenario},
    {NULL, NULL},
};
