/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One of every fault a table can have.  Each is told, all at once. */
#include "trefoil/plugin.h"

static const trefoil_param params[] = {
    {"Uptake", "Not a name", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"twice", "Declared twice", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"twice", "Declared twice", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"outside", "Outside its limits", "1", "assumption", 2, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"wide", "Wider than a beta can be", "1", "assumption", 0.5, 0.6, 0, 1, TREFOIL_REAL, TREFOIL_BETA, NULL},
    {"sure", "Fixed, yet uncertain", "1", "assumption", 0.5, 0.1, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"skewed", "Uniform about another value", "1", "assumption", 0.9, 0, 0, 1, TREFOIL_REAL, TREFOIL_UNIFORM, NULL},
    {"half", "Not a whole number", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_INTEGER, TREFOIL_FIXED, NULL},
    {"dial", "A switch of three positions", "1", "assumption", 1, 0, 0, 2, TREFOIL_SWITCH, TREFOIL_FIXED, NULL},
    {"nothing", "A name without a text", NULL, NULL, 0, 0, 0, 0, TREFOIL_NAME, TREFOIL_FIXED, NULL},
    {"bare", "No unit and no source", NULL, NULL, 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"strange", "Of a kind nobody knows", "1", "assumption", 0.5, 0, 0, 1, 9, TREFOIL_FIXED, NULL},
    {"title", "A name that is taken", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
    {"whole", "Whole numbers by fifth", "1", "assumption", 1, 0, 0, 1, TREFOIL_INTEGER | TREFOIL_BY_IMD, TREFOIL_FIXED, NULL},
    {"split", "By fifth", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL | TREFOIL_BY_IMD, TREFOIL_FIXED, NULL},
    {"split_q3", "A fifth of the one before", "1", "assumption", 0.5, 0, 0, 1, TREFOIL_REAL, TREFOIL_FIXED, NULL},
};

static const trefoil_column risk_columns[] = {
    {"agee", "a", TREFOIL_F64, TREFOIL_READ},         {"age", "a", TREFOIL_F64, TREFOIL_ADD},
    {"imd", "a", TREFOIL_F64, TREFOIL_READ},          {"hazard.chd.well.mi", "1", TREFOIL_F64, TREFOIL_SCALE},
    {"in.chd", "1", TREFOIL_F64, TREFOIL_READ},       {"risk.{factor}", "1", TREFOIL_F64, TREFOIL_READ},
    {"risk.{factor", "1", TREFOIL_F64, TREFOIL_READ}, {"sex", "1", TREFOIL_I32, TREFOIL_READ},
    {"sex", "1", TREFOIL_F64, TREFOIL_READ},          {"time", "a", TREFOIL_F64, 77},
    {"utility", "1", TREFOIL_F64, TREFOIL_KEEP},      {"memory", "1", TREFOIL_F64, TREFOIL_KEEP},
    {"expected.ly if wanted", "a", TREFOIL_F64, TREFOIL_LOOKUP}, {"ratio if half", "1", TREFOIL_F64, TREFOIL_DRAW},
    {NULL, NULL, TREFOIL_F64, TREFOIL_READ},
};
static const trefoil_column use_columns[] = {{"memory", "1", TREFOIL_F64, TREFOIL_WORK}};

static int32_t run(const trefoil_call *call)
{
    (void)call;
    return TREFOIL_OK;
}

static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_RISK, .columns = TREFOIL_LIST(risk_columns), .run = run},
    {.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(use_columns), .run = NULL},
    {.stage = 12, .run = run},
};
static const char *const states[] = {"in", "out", "out", NULL};
static const trefoil_move moves[] = {{"in", "away"}, {"in", "out"}};
static const char *const alone[] = {"here", NULL};
static const trefoil_process processes[] = {{"", "A process", states, TREFOIL_LIST(moves)},
                                            {"alone", NULL, alone, {NULL, 0, 0}}};
static const trefoil_category categories[] = {{"fees", "Fees", NULL}};
static const char *const needs[] = {"org.example.wishes/1", NULL};

static int32_t prepare(const trefoil_call *call, void **plan)
{
    (void)call;
    *plan = NULL;
    return TREFOIL_OK;
}

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "Bad Table",
    .name = "Bad table",
    .version = "new",
    .summary = "Two\nlines.",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
    .processes = TREFOIL_LIST(processes),
    .categories = TREFOIL_LIST(categories),
    .needs = needs,
    .prepare = prepare,
};
