/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin with one fault: it charges nothing, until strike() is called, in the draw, from the time to the time and at the age and sex its settings say. */
#ifndef TREFOIL_TESTS_FAULT_H
#define TREFOIL_TESTS_FAULT_H

#include "trefoil/plugin.h"

static void strike(const trefoil_call *call, double *cost);

enum { FROM_TIME, IN_DRAW, AT_AGE, TO_TIME, OF_SEX };
static const trefoil_param params[] = {
    {"from_time", "When the fault begins", "a", "assumption", 2, 0, 0, 1000, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"in_draw", "The draw in which it happens; -1: all", "1", "assumption", -1, 0, -1, 1000000, TREFOIL_INTEGER, TREFOIL_FIXED, NULL},
    {"at_age", "The age now at which it happens; 0: all", "a", "assumption", 0, 0, 0, 200, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"to_time", "When the fault ends", "a", "assumption", 1000, 0, 0, 1000, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"of_sex", "Whom it happens to: 0 men, 1 women; -1: all", "1", "assumption", -1, 0, -1, 1, TREFOIL_INTEGER, TREFOIL_FIXED, NULL},
};

enum { AGE, SEX, COST };
static const trefoil_column columns[] = {
    [AGE] = {"age", "a", TREFOIL_F64, TREFOIL_READ},
    [SEX] = {"sex", "1", TREFOIL_F64, TREFOIL_READ},
    [COST] = {"cost.fees", "GBP", TREFOIL_F64, TREFOIL_ADD},
};

static int32_t run(const trefoil_call *call)
{
    const double *p = call->params;

    if (call->n > 0 && call->time >= p[FROM_TIME] && call->time <= p[TO_TIME] && (p[IN_DRAW] < 0 || call->draw == p[IN_DRAW]) &&
        (p[AT_AGE] <= 0 || trefoil_in(call, AGE)[0] == p[AT_AGE]) && (p[OF_SEX] < 0 || trefoil_in(call, SEX)[0] == p[OF_SEX]))
        strike(call, trefoil_out(call, COST));
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {{.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(columns), .run = run}};
static const trefoil_category categories[] = {{"fees", "Fees", "nhs"}};

#define FAULTY(id_, summary_)                                                                                               \
    const trefoil_plugin trefoil_plugin_v1 = {                                                                              \
        TREFOIL_PLUGIN_HEADER,           .id = "org.example." id_,      .name = id_,                                          \
        .version = "1.0.0",              .summary = summary_,           .licence = "MIT",                                    \
        .params = TREFOIL_LIST(params),  .hooks = TREFOIL_LIST(hooks),  .categories = TREFOIL_LIST(categories),              \
    }

#endif
