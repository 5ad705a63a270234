/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shared object that is no plugin. */
#include "trefoil/plugin.h"

TREFOIL_EXPORT int32_t not_a_plugin(void);
int32_t not_a_plugin(void)
{
    return TREFOIL_OK;
}
