/* SPDX-License-Identifier: MIT */
/* Pays and counts in every way there is, and changes nothing else: plainly, per event and while in a state. */
#include "trefoil/plugin.h"

enum { EVENT, STATE, YEARLY, EACH, DURING, FACTOR, GAIN, EXTRA };
#define REAL(id, text, amount) \
    {.name = id, .label = text, .unit = "1", .source = "assumption", .value = amount, .min = -1e4, .max = 1e4, .kind = TREFOIL_REAL}

static const trefoil_param params[] = {
    {.name = "event", .label = "A transition", .source = "assumption", .kind = TREFOIL_NAME, .text = "ill.well.acute"},
    {.name = "state", .label = "A state", .source = "assumption", .kind = TREFOIL_NAME, .text = "ill.ill"},
    REAL("yearly", "Cost of a year of life", 10),
    REAL("each", "Cost of an event", 200),
    REAL("during", "Cost of a year in the state", 70),
    REAL("factor", "Ratio of quality of life", 0.9),
    REAL("gain", "Addition to quality of life", 0.01),
    REAL("extra", "Addition while in the state", -0.05),
};

enum { PLAIN_COST, PLAIN_USE, PLAIN_MEASURE, PER_COST, PER_USE, WHILE_COST, WHILE_USE };
static const trefoil_column uses[] = {
    [PLAIN_COST] = {"cost.yearly", "GBP", TREFOIL_F64, TREFOIL_ADD},
    [PLAIN_USE] = {"use.visit", "1", TREFOIL_F64, TREFOIL_ADD},
    [PLAIN_MEASURE] = {"measure.smiles", "1", TREFOIL_F64, TREFOIL_ADD},
    [PER_COST] = {"per.{event}.cost.each", "GBP", TREFOIL_F64, TREFOIL_ADD},
    [PER_USE] = {"per.{event}.use.visit", "1", TREFOIL_F64, TREFOIL_ADD},
    [WHILE_COST] = {"while.{state}.cost.during", "GBP/a", TREFOIL_F64, TREFOIL_ADD},
    [WHILE_USE] = {"while.{state}.use.visit", "1/a", TREFOIL_F64, TREFOIL_ADD},
};

static void fill(const trefoil_call *call, uint32_t column, double value)
{
    double *out = trefoil_out(call, column);

    for (uint32_t i = 0; i < call->n; ++i)
        out[i] = value;
}

static int32_t use(const trefoil_call *call)
{
    fill(call, PLAIN_COST, call->params[YEARLY] * call->step);
    fill(call, PLAIN_USE, 1.0 * call->step);
    fill(call, PLAIN_MEASURE, 5.0 * call->step);
    fill(call, PER_COST, call->params[EACH]);
    fill(call, PER_USE, 2.0);
    fill(call, WHILE_COST, call->params[DURING]);
    fill(call, WHILE_USE, 3.0);
    return TREFOIL_OK;
}

enum { QUALITY, QUALITY_WHILE };
static const trefoil_column ratios[] = {{"utility", "1", TREFOIL_F64, TREFOIL_SCALE}};
static const trefoil_column additions[] = {
    [QUALITY] = {"utility", "1", TREFOIL_F64, TREFOIL_ADD},
    [QUALITY_WHILE] = {"while.{state}.utility", "1", TREFOIL_F64, TREFOIL_ADD},
};

static int32_t scale(const trefoil_call *call)
{
    fill(call, QUALITY, call->params[FACTOR]);
    return TREFOIL_OK;
}

static int32_t add(const trefoil_call *call)
{
    fill(call, QUALITY, call->params[GAIN]);
    fill(call, QUALITY_WHILE, call->params[EXTRA]);
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(uses), .run = use},
    {.stage = TREFOIL_STAGE_UTILITY, .columns = TREFOIL_LIST(ratios), .run = scale},
    {.stage = TREFOIL_STAGE_UTILITY, .columns = TREFOIL_LIST(additions), .run = add},
};
static const trefoil_category categories[] = {
    {"yearly", "By the year", "nhs"}, {"each", "By the event", "nhs"}, {"during", "While in the state", "nhs"}};

TREFOIL_EXPORT const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "test.trefoil.payer",
    .name = "Payer",
    .version = "1.0.0",
    .summary = "Pays and counts in every way there is, and changes nothing else.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
    .categories = TREFOIL_LIST(categories),
};
