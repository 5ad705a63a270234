/* SPDX-License-Identifier: MIT */
/* The intervention of the files in tests/cli/broken: one setting of each kind, one effect. */
#include "trefoil/plugin.h"

enum { UPTAKE, EFFECT, FROM_AGE, ACTIVE, MOVE };

static const trefoil_param params[] = {
    {.name = "uptake", .label = "Share who take part", .unit = "1", .source = "assumption", .value = 0.5, .sd = 0.1, .min = 0, .max = 1,
     .kind = TREFOIL_REAL, .family = TREFOIL_BETA},
    {.name = "effect", .label = "Hazard ratio of those who take part", .unit = "1", .source = "assumption", .value = 0.9, .sd = 0.02,
     .min = 0.1, .max = 2, .kind = TREFOIL_REAL, .family = TREFOIL_LOGNORMAL},
    {.name = "from_age", .label = "Youngest age", .unit = "a", .source = "assumption", .value = 41, .max = 110, .kind = TREFOIL_INTEGER},
    {.name = "active", .label = "Is it offered at all", .unit = "1", .source = "assumption", .value = 1, .max = 1, .kind = TREFOIL_SWITCH},
    {.name = "move", .label = "Transition it makes rarer", .unit = "1", .source = "assumption", .kind = TREFOIL_NAME,
     .text = "life.alive.dead"},
};

static int32_t hazard(const trefoil_call *call)
{
    const double *age = trefoil_in(call, 0), *p = call->params;
    double *ratio = trefoil_out(call, 1), mean = 1 - p[UPTAKE] * (1 - p[EFFECT]);

    for (uint32_t i = 0; i < call->n; i++)
        ratio[i] = p[ACTIVE] > 0 && age[i] >= p[FROM_AGE] ? mean : 1.0;
    return TREFOIL_OK;
}

static const trefoil_column columns[] = {
    {.name = "age", .unit = "a", .type = TREFOIL_F64, .access = TREFOIL_READ},
    {.name = "hazard.{move}", .unit = "1", .type = TREFOIL_F64, .access = TREFOIL_SCALE},
};

static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(columns), .run = hazard},
};

TREFOIL_EXPORT const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "test.trefoil.coach",
    .name = "Coach",
    .version = "1.0.0",
    .summary = "A coach makes one transition rarer among those who take part.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
};
