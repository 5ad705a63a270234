/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hazard ratio that is not a number, from some time on, for people of 60 and over. */
#include "trefoil/plugin.h"

#include <math.h>

enum { EVENT, FROM };
static const trefoil_param params[] = {
    {"event", "A transition of the model", NULL, NULL, 0, 0, 0, 0, TREFOIL_NAME, TREFOIL_FIXED, "stroke.none.first"},
    {"from_time", "When the fault begins", "a", "assumption", 2, 0, 0, 1000, TREFOIL_REAL, TREFOIL_FIXED, NULL},
};

enum { AGE, EFFECT };
static const trefoil_column columns[] = {
    [AGE] = {"age", "a", TREFOIL_F64, TREFOIL_READ},
    [EFFECT] = {"hazard.{event}", "1", TREFOIL_F64, TREFOIL_SCALE},
};

static int32_t run(const trefoil_call *call)
{
    const double *age = trefoil_in(call, AGE);
    double *effect = trefoil_out(call, EFFECT);

    for (uint32_t i = 0; i < call->n; ++i)
        if (call->time >= call->params[FROM] && age[i] >= 60)
            effect[i] = (double)NAN;
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(columns), .run = run}};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.example.nan",
    .name = "Not a number",
    .version = "1.0.0",
    .summary = "A hazard ratio that is not a number, from some time on, for people of 60 and over.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
};
