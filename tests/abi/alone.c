/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header before anything else, twice, and in use: compiled as C11, C17 and C++11. */
#include "trefoil/plugin.h"
#include "trefoil/plugin.h"

static const trefoil_param params[] = {
    {"rate", "A rate", "1/a", "assumption", 0.1, 0.0, 0.0, 1.0, TREFOIL_REAL, TREFOIL_FIXED, NULL}};
static const trefoil_column columns[] = {{"luck", "1", TREFOIL_F64, TREFOIL_DRAW},
                                         {"on", "1", TREFOIL_F64, TREFOIL_KEEP}};

static int32_t run(const trefoil_call *call)
{
    for (uint32_t i = 0; i < call->n; ++i)
        trefoil_out(call, 1)[i] = trefoil_happens(call, 0, i, call->params[0]) * trefoil_in(call, 0)[i];
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {{TREFOIL_STAGE_ENROL, 0, TREFOIL_LIST(columns), run}};

#ifdef __cplusplus
extern "C"
#endif
    const trefoil_plugin trefoil_plugin_v1 = {
        (uint32_t)sizeof(trefoil_plugin),
        TREFOIL_ABI_MINOR,
        "org.example.alone",
        "Alone",
        "1.0.0",
        "The header compiles alone.",
        "MIT",
        NULL,
        TREFOIL_LIST(params),
        TREFOIL_LIST(hooks),
        {NULL, 0, 0},
        {NULL, 0, 0},
        NULL,
        NULL,
        NULL,
        NULL,
};
