/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hook that gives up, and says why. */
#include "trefoil/plugin.h"

static int32_t run(const trefoil_call *call)
{
    return call->cycle < 1 ? TREFOIL_OK : call->host->fail(call, TREFOIL_FAILED, "one year is enough");
}

static const trefoil_column columns[] = {{"age", "a", TREFOIL_F64, TREFOIL_READ}};
static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_ENROL, .columns = TREFOIL_LIST(columns), .run = run}};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.example.fails",
    .name = "Fails",
    .version = "1.0.0",
    .summary = "It gives up after a year.",
    .licence = "MIT",
    .hooks = TREFOIL_LIST(hooks),
};
