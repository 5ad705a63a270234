/* SPDX-License-Identifier: MIT */
/* Knows people one by one: half of them join, and those who do fall ill half as often until they first have. */
#include "trefoil/plugin.h"

enum { JOINED, LUCK };
static const trefoil_column enrols[] = {
    [JOINED] = {"joined", "1", TREFOIL_F64, TREFOIL_KEEP},
    [LUCK] = {"luck", "1", TREFOIL_F64, TREFOIL_DRAW},
};
enum { STILL, FELL, RATIO };
static const trefoil_column acts[] = {
    [STILL] = {"joined", "1", TREFOIL_F64, TREFOIL_KEEP},
    [FELL] = {"count.ill.well.ill", "1", TREFOIL_F64, TREFOIL_READ},
    [RATIO] = {"hazard.ill.well.ill", "1", TREFOIL_F64, TREFOIL_SCALE},
};

static int32_t enrol(const trefoil_call *call)
{
    for (uint32_t i = 0; call->cycle == 0 && i < call->n; ++i)
        trefoil_out(call, JOINED)[i] = trefoil_in(call, LUCK)[i] < 0.5 ? 1.0 : 0.0;
    return TREFOIL_OK;
}

static int32_t act(const trefoil_call *call)
{
    for (uint32_t i = 0; i < call->n; ++i) {
        if (trefoil_in(call, FELL)[i] > 0.0)
            trefoil_out(call, STILL)[i] = 0.0;
        trefoil_out(call, RATIO)[i] = trefoil_in(call, STILL)[i] > 0.0 ? 0.5 : 1.0;
    }
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_ENROL, .columns = TREFOIL_LIST(enrols), .run = enrol},
    {.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(acts), .run = act},
};

TREFOIL_EXPORT const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "test.trefoil.keeper",
    .name = "Keeper",
    .version = "1.0.0",
    .summary = "Knows people one by one.",
    .licence = "MIT",
    .hooks = TREFOIL_LIST(hooks),
};
