/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading it changes how the whole process rounds. */
#include "trefoil/plugin.h"

#include <fenv.h>

__attribute__((constructor)) static void round_upwards(void)
{
    fesetround(FE_UPWARD);
}

static int32_t run(const trefoil_call *call)
{
    (void)call;
    return TREFOIL_OK;
}

static const trefoil_column columns[] = {{"age", "a", TREFOIL_F64, TREFOIL_READ}};
static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_ENROL, .columns = TREFOIL_LIST(columns), .run = run}};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.example.rounding",
    .name = "Rounding",
    .version = "1.0.0",
    .summary = "It rounds upwards, and everybody with it.",
    .licence = "MIT",
    .hooks = TREFOIL_LIST(hooks),
};
