/* SPDX-License-Identifier: MIT */
/*
 * A redesigned pathway after an event.  Every person has a place in the queue for it, drawn once; as the pathway grows,
 * the share of patients it covers passes one place after another.  Who is on it when the event comes is treated by it,
 * then and in the state after.
 */
#include "trefoil/plugin.h"

#include <math.h>

enum {
    FIFTHS = 5, /* values of a parameter that may differ */
    EVENT = 0, AFTER, BED_DAY, OUTPATIENT, COMMUNITY, SHARE, RAMP = SHARE + FIFTHS, CAPACITY, FATALITY, HOURS = FATALITY + FIFTHS,
    PER_HOUR = HOURS + FIFTHS, HAZARD_RATIO, BED_DAYS = HAZARD_RATIO + FIFTHS, OUTPATIENTS, COMMUNITIES, UTILITY,
    COST = UTILITY + FIFTHS, SETUP
};

#define NAME_OF(name, label, text) \
    {name, label, NULL, NULL, 0, 0, 0, 0, TREFOIL_NAME, TREFOIL_FIXED, text}
#define REAL_OF(name, label, unit, value, min, max) \
    {name, label, unit, "assumption", value, 0, min, max, TREFOIL_REAL, TREFOIL_FIXED, NULL}
#define FIFTH_OF(name, label, unit, value, min, max)                                                               \
    {name, label, unit, "assumption", value, 0, min, max, TREFOIL_REAL | TREFOIL_BY_IMD, TREFOIL_FIXED, NULL}
#define SAVER                                                                                                        \
    "derived: Saver 2013 JAMA 309:2480, given alteplase: odds ratio 0.96 (95% 0.95 to 0.98) per 15 minutes sooner, " \
    "to the power of -4"

static const trefoil_param params[] = {
    NAME_OF("event", "Transition of the model after which the pathway begins", "stroke.none.first"),
    NAME_OF("after", "State the event leads to, in which the pathway has its later effects", "stroke.first"),
    NAME_OF("bed_day", "Resource of the model that is a bed-day", "bed_day"),
    NAME_OF("outpatient", "Resource of the model that is an outpatient appointment", "outpatient"),
    NAME_OF("community", "Resource of the model that is a community contact", "community_contact"),
    FIFTH_OF("share", "Share of patients on the new pathway when it is complete", "1", 0.8, 0, 1),
    REAL_OF("ramp_years", "Years from the start until the pathway is complete, growing evenly", "a", 2, 0, 100),
    REAL_OF("capacity", "Patients per board and year; 0 for no limit", "1/a", 0, 0, 1e9),
    FIFTH_OF("fatality_odds_ratio", "Odds that the event is fatal, on the pathway against not", "1", 1, 0.001, 1000),
    FIFTH_OF("time_to_treatment_change", "Change in the time to treatment; negative is sooner", "h", 0, -72, 72),
    {"fatality_or_per_hour", "Odds that the event is fatal, per hour of delay", "1", SAVER, 1.178, 0.0374, 0.1, 10,
     TREFOIL_REAL, TREFOIL_LOGNORMAL, NULL},
    FIFTH_OF("hazard_ratio", "Hazard of whatever ends the state after the event", "1", 1, 0, 1000),
    REAL_OF("bed_days_change", "Change in bed-days per event", "d", 0, -1000, 1000),
    REAL_OF("outpatient_change", "Change in outpatient appointments per event", "1", 0, -1000, 1000),
    REAL_OF("community_change", "Change in community contacts per event", "1", 0, -1000, 1000),
    FIFTH_OF("utility_gain", "Gain in quality of life while in the state after the event", "1", 0, -1, 1),
    REAL_OF("cost_per_patient", "Cost of the pathway per patient on it", "GBP", 0, 0, 1e7),
    REAL_OF("setup_cost", "Cost of setting up the pathway, per board, over the first year", "GBP", 0, 0, 1e10),
};

/* The plugin's memory of a person: place in the queue, on the pathway this cycle, and treated by it at the latest
 * event. */
enum {
    E_IMD, E_EVENTS, E_FIRED, E_AFTER, E_LUCK, E_PLACE, E_ON, E_TREATED, E_BETTER
};
static const trefoil_column enrol_columns[] = {
    [E_IMD] = {"imd", "1", TREFOIL_F64, TREFOIL_READ},
    [E_EVENTS] = {"expected.event.{event}", "1", TREFOIL_F64, TREFOIL_LOOKUP},
    [E_FIRED] = {"count.{event}", "1", TREFOIL_F64, TREFOIL_READ},
    [E_AFTER] = {"in.{after}", "1", TREFOIL_F64, TREFOIL_READ | TREFOIL_OPTIONAL},
    [E_LUCK] = {"luck", "1", TREFOIL_F64, TREFOIL_STREAM},
    [E_PLACE] = {"place", "1", TREFOIL_F64, TREFOIL_KEEP},
    [E_ON] = {"on", "1", TREFOIL_F64, TREFOIL_KEEP},
    [E_TREATED] = {"treated", "1", TREFOIL_F64, TREFOIL_KEEP},
    [E_BETTER] = {"better", "1", TREFOIL_F64, TREFOIL_KEEP}, /* treated if in the state after the event; else on */
};

static int32_t cover(const trefoil_call *call)
{
    const double *imd = trefoil_in(call, E_IMD), *events = trefoil_in(call, E_EVENTS),
                 *fired = trefoil_in(call, E_FIRED);
    const double *after = trefoil_in(call, E_AFTER), *p = call->params;
    double *place = trefoil_out(call, E_PLACE), *on = trefoil_out(call, E_ON), *treated = trefoil_out(call, E_TREATED);
    double *better = trefoil_out(call, E_BETTER), middle = call->time + 0.5 * call->step;
    double grown = middle < p[RAMP] ? middle / p[RAMP] : 1.0;

    for (uint32_t i = 0; call->cycle == 0 && i < call->n; ++i)
        place[i] = call->host->uniform(call, E_LUCK, i, 0);
    for (uint32_t i = 0; i < call->n; ++i) {
        double share = grown * p[SHARE + (int)imd[i] - 1];

        if (p[CAPACITY] > 0 && share * events[i] > p[CAPACITY])
            share = p[CAPACITY] / events[i];
        treated[i] = fired[i] > 0 ? on[i] : treated[i];
        on[i] = place[i] < share ? 1.0 : 0.0;
        better[i] = after && after[i] > 0 ? treated[i] : on[i];
    }
    return TREFOIL_OK;
}

enum { H_IMD, H_ON, H_BETTER, H_FATALITY, H_AFTER };
static const trefoil_column hazard_columns[] = {
    [H_IMD] = {"imd", "1", TREFOIL_F64, TREFOIL_READ},
    [H_ON] = {"on", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_BETTER] = {"better", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_FATALITY] = {"branch.{event}", "1", TREFOIL_F64, TREFOIL_SCALE | TREFOIL_OPTIONAL},
    [H_AFTER] = {"hazard.{after}.*", "1", TREFOIL_F64, TREFOIL_SCALE | TREFOIL_OPTIONAL},
};

static int32_t change_risks(const trefoil_call *call)
{
    const double *imd = trefoil_in(call, H_IMD), *on = trefoil_in(call, H_ON), *better = trefoil_in(call, H_BETTER);
    const double *p = call->params;
    double *fatality = trefoil_out(call, H_FATALITY), *after = trefoil_out(call, H_AFTER), odds_ratio[FIFTHS];

    for (int q = 0; q < FIFTHS; ++q) {
        odds_ratio[q] = p[FATALITY + q] * pow(p[PER_HOUR], p[HOURS + q]);
        if (!fatality && odds_ratio[q] != 1.0)
            return call->host->fail(call, TREFOIL_FAILED,
                                    "the event has no case fatality in the model that a ratio could change");
        if (!after && p[HAZARD_RATIO + q] != 1.0)
            return call->host->fail(call, TREFOIL_FAILED,
                                    "hazard_ratio is not 1, but the model has no hazard that leaves the state `after`");
    }
    for (uint32_t i = 0; fatality && i < call->n; ++i)
        fatality[i] = 1.0 + on[i] * (odds_ratio[(int)imd[i] - 1] - 1.0);
    for (uint32_t i = 0; after && i < call->n; ++i)
        after[i] = 1.0 + better[i] * (p[HAZARD_RATIO + (int)imd[i] - 1] - 1.0);
    return TREFOIL_OK;
}

enum {
    U_ON, U_BED_DAYS, U_OUTPATIENT, U_COMMUNITY, U_PATIENT, U_LIFE_YEARS, U_SETUP
};
static const trefoil_column use_columns[] = {
    [U_ON] = {"on", "1", TREFOIL_F64, TREFOIL_KEEP},
    [U_BED_DAYS] = {"per.{event}.use.{bed_day}", "1", TREFOIL_F64, TREFOIL_ADD | TREFOIL_OPTIONAL},
    [U_OUTPATIENT] = {"per.{event}.use.{outpatient}", "1", TREFOIL_F64, TREFOIL_ADD | TREFOIL_OPTIONAL},
    [U_COMMUNITY] = {"per.{event}.use.{community}", "1", TREFOIL_F64, TREFOIL_ADD | TREFOIL_OPTIONAL},
    [U_PATIENT] = {"per.{event}.cost.pathway", "GBP", TREFOIL_F64, TREFOIL_ADD},
    [U_LIFE_YEARS] = {"expected.ly", "a", TREFOIL_F64, TREFOIL_LOOKUP},
    [U_SETUP] = {"cost.pathway", "GBP", TREFOIL_F64, TREFOIL_ADD},
};

/* What patients use, and the set-up cost: spread over the people of the board, so that in the first year they add up to
 * it. */
static int32_t charge(const trefoil_call *call)
{
    const double *on = trefoil_in(call, U_ON), *people = trefoil_in(call, U_LIFE_YEARS), *p = call->params;
    double *patient = trefoil_out(call, U_PATIENT), *setup = trefoil_out(call, U_SETUP);
    double first_year = call->time < 1.0 ? fmin(call->step, 1.0 - call->time) : 0.0;

    for (uint32_t k = 0; k < 3; ++k) {
        double *use = trefoil_out(call, U_BED_DAYS + k), change = p[BED_DAYS + k];

        if (!use && change != 0.0)
            return call->host->fail(call, TREFOIL_FAILED,
                                    "a resource is to change that the model does not have; name it by bed_day, "
                                    "outpatient or community");
        for (uint32_t i = 0; use && i < call->n; ++i)
            use[i] = on[i] * change;
    }
    for (uint32_t i = 0; i < call->n; ++i) {
        patient[i] = on[i] * p[COST];
        setup[i] = people[i] > 0 ? p[SETUP] * first_year / people[i] : 0.0;
    }
    return TREFOIL_OK;
}

enum { Q_IMD, Q_BETTER, Q_UTILITY };
static const trefoil_column utility_columns[] = {
    [Q_IMD] = {"imd", "1", TREFOIL_F64, TREFOIL_READ},
    [Q_BETTER] = {"better", "1", TREFOIL_F64, TREFOIL_KEEP},
    [Q_UTILITY] = {"while.{after}.utility", "1", TREFOIL_F64, TREFOIL_ADD | TREFOIL_OPTIONAL},
};

static int32_t improve_life(const trefoil_call *call)
{
    const double *imd = trefoil_in(call, Q_IMD), *better = trefoil_in(call, Q_BETTER), *gain = &call->params[UTILITY];
    double *utility = trefoil_out(call, Q_UTILITY);

    for (int q = 0; q < FIFTHS; ++q)
        if (!utility && gain[q] != 0.0)
            return call->host->fail(call, TREFOIL_FAILED, "utility_gain is not 0, but the model has no state `after`");
    for (uint32_t i = 0; utility && i < call->n; ++i)
        utility[i] = better[i] * gain[(int)imd[i] - 1];
    return TREFOIL_OK;
}

static const trefoil_category categories[] = {{"pathway", "New pathway", "nhs"}};
static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_ENROL, .columns = TREFOIL_LIST(enrol_columns), .run = cover},
    {.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(hazard_columns), .run = change_risks},
    {.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(use_columns), .run = charge},
    {.stage = TREFOIL_STAGE_UTILITY, .columns = TREFOIL_LIST(utility_columns), .run = improve_life},
};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.trefoil.pathway",
    .name = "Redesigned pathway",
    .version = "1.0.0",
    .summary = "After an event, a growing share of patients follows a new pathway that changes fatality, later "
               "hazards, resources and utility.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
    .categories = TREFOIL_LIST(categories),
};
