/* SPDX-License-Identifier: MIT */
/* Scales hazards and a case fatality by what is known of a state's people: their age, the time, how long they have been there. */
#include "trefoil/plugin.h"

#include <stdbool.h>

enum { ONSET, RECOVERY, ODDS };
#define RATIO(id, text) \
    {.name = id, .label = text, .unit = "1", .source = "assumption", .value = 1, .min = 0, .max = 10, .kind = TREFOIL_REAL}

static const trefoil_param params[] = {
    RATIO("onset", "Hazard ratio of falling ill after three years, below age 70"),
    RATIO("recovery", "Hazard ratio of recovery, in the first two years"),
    RATIO("odds", "Odds ratio of dying of the onset"),
};

enum { TIME, AGE, YEARS, IS_ILL, FALL, RECOVER, DIE };
static const trefoil_column columns[] = {
    [TIME] = {"time", "a", TREFOIL_F64, TREFOIL_READ},
    [AGE] = {"age", "a", TREFOIL_F64, TREFOIL_READ},
    [YEARS] = {"years_in.ill", "a", TREFOIL_F64, TREFOIL_READ},
    [IS_ILL] = {"in.ill.ill", "1", TREFOIL_F64, TREFOIL_READ},
    [FALL] = {"hazard.ill.well.ill", "1", TREFOIL_F64, TREFOIL_SCALE},
    [RECOVER] = {"hazard.ill.ill.well", "1", TREFOIL_F64, TREFOIL_SCALE},
    [DIE] = {"branch.ill.well.ill", "1", TREFOIL_F64, TREFOIL_SCALE},
};

static int32_t scale(const trefoil_call *call)
{
    for (uint32_t i = 0; i < call->n; ++i) {
        bool early = trefoil_in(call, IS_ILL)[i] > 0.0 && trefoil_in(call, YEARS)[i] < 1.5;
        trefoil_out(call, FALL)[i] = trefoil_in(call, TIME)[i] >= 3.0 && trefoil_in(call, AGE)[i] < 70.0 ? call->params[ONSET] : 1.0;
        trefoil_out(call, RECOVER)[i] = early ? call->params[RECOVERY] : 1.0;
        trefoil_out(call, DIE)[i] = call->params[ODDS];
    }
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(columns), .run = scale}};

TREFOIL_EXPORT const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "test.trefoil.tonic",
    .name = "Tonic",
    .version = "1.0.0",
    .summary = "Scales hazards by what is known of all people of a state.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
};
