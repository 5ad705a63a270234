/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list whose items are nowhere. */
#include "trefoil/plugin.h"

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.example.bad-list",
    .name = "Bad list",
    .version = "1.0.0",
    .summary = "Its hooks are nowhere.",
    .licence = "MIT",
    .hooks = {NULL, 3, (uint32_t)sizeof(trefoil_hook)},
};
