/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims a risk factor for itself, and draws random numbers. */
#include "trefoil/plugin.h"

enum { LUCK, SMOKER };
static const trefoil_column columns[] = {
    [LUCK] = {"luck", "1", TREFOIL_F64, TREFOIL_DRAW},
    [SMOKER] = {"risk.smoker", "1", TREFOIL_F64, TREFOIL_SET},
};

static int32_t run(const trefoil_call *call)
{
    double *smoker = trefoil_out(call, SMOKER);

    for (uint32_t i = 0; i < call->n; ++i)
        smoker[i] = trefoil_happens(call, LUCK, i, 0.1);
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_RISK, .columns = TREFOIL_LIST(columns), .run = run}};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.example.sets",
    .name = "Sets",
    .version = "1.0.0",
    .summary = "A tenth of people smoke each year, whoever they are.",
    .licence = "MIT",
    .hooks = TREFOIL_LIST(hooks),
};
