/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built for a plugin ABI of the future: its table goes by another name. */
#include "trefoil/plugin.h"

extern TREFOIL_EXPORT const uint32_t trefoil_plugin_v2;
const uint32_t trefoil_plugin_v2 = 64;
