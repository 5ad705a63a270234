/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading it takes over a signal of the whole process. */
#include "trefoil/plugin.h"

#include <signal.h>

__attribute__((constructor)) static void be_deaf(void)
{
    signal(SIGUSR1, SIG_IGN);
}

static int32_t run(const trefoil_call *call)
{
    (void)call;
    return TREFOIL_OK;
}

static const trefoil_column columns[] = {{"age", "a", TREFOIL_F64, TREFOIL_READ}};
static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_ENROL, .columns = TREFOIL_LIST(columns), .run = run}};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,        .id = "org.example.signals",        .name = "Signals",
    .version = "1.0.0",           .summary = "It listens to nobody.", .licence = "MIT",
    .hooks = TREFOIL_LIST(hooks),
};
