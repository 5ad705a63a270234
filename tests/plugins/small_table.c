/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table that forgot to say how large it is. */
#include "trefoil/plugin.h"

const trefoil_plugin trefoil_plugin_v1 = {.size = 0, .id = "org.example.small-table", .name = "Small table"};
