/* SPDX-License-Identifier: MIT */
/*
 * Adherence support: people to whom a medicine is prescribed are offered a programme, some enrol, and while enrolled
 * they take up the medicine again more readily.  An offer is accepted or declined by which of two clocks rings first,
 * so that a person decides once, the same under every strategy; who qualifies, where not all do, is drawn once too.
 */
#include "trefoil/plugin.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    FIFTHS = 5, /* values of a parameter that may differ */
    MEDICINE = 0, ODDS_RATIO, ELIGIBLE = ODDS_RATIO + FIFTHS, OFFER_RATE = ELIGIBLE + FIFTHS, UPTAKE = OFFER_RATE + FIFTHS, LAPSE = UPTAKE + FIFTHS,
    COST = LAPSE + FIFTHS, SETUP, AGE_MIN, AGE_MAX, QUINTILE_FROM, QUINTILE_TO, ONLY_LAPSED, RISK, RISK_MIN, PLACES,
    YEARS
};

#define SANTO "Santo 2016 Eur J Prev Cardiol 23:1065, adjusted for publication bias: 1.35 (95% 1.09 to 1.68)"
#define CHECK "assumption: as the NHS Health Check, 0.526 of offers (Patel 2020 BMJ Open 10:e042963)"
#define BY_FIFTH (TREFOIL_REAL | TREFOIL_BY_IMD)

static const trefoil_param params[] = {
    {"medicine", "Condition of the model with the states lapsed and taking", 0, 0, 0, 0, 0, 0, TREFOIL_NAME,
     TREFOIL_FIXED, "statin"},
    {"odds_ratio", "Odds of taking the medicine, enrolled against not", "1", SANTO, 1.35, 0.15, 0.01, 100, BY_FIFTH,
     TREFOIL_LOGNORMAL, 0},
    {"eligible", "Share of people who qualify for a place, of those that the settings below allow", "1", "assumption", 1, 0,
     0, 1, BY_FIFTH, TREFOIL_FIXED, 0},
    {"offer_rate", "Rate at which eligible people are offered a place", "1/a", "assumption", 0.5, 0, 0, 50, BY_FIFTH,
     TREFOIL_FIXED, 0},
    {"uptake", "Share who accept the offer", "1", CHECK, 0.526, 0.05, 0, 1, BY_FIFTH, TREFOIL_BETA, 0},
    {"lapse", "Rate of leaving the programme", "1/a", "assumption", 0.3, 0.05, 0, 50, BY_FIFTH, TREFOIL_GAMMA, 0},
    {"cost_per_person_year", "Cost of the programme while enrolled", "GBP/a", "assumption", 40, 8, 0, 1e6, TREFOIL_REAL,
     TREFOIL_GAMMA, 0},
    {"setup_cost", "Cost of enrolling a person, once", "GBP", "assumption", 15, 3, 0, 1e6, TREFOIL_REAL, TREFOIL_GAMMA,
     0},
    {"age_min", "Youngest age offered a place", "a", "assumption", 40, 0, 0, 120, TREFOIL_INTEGER, TREFOIL_FIXED, 0},
    {"age_max", "Oldest age offered a place", "a", "assumption", 120, 0, 0, 120, TREFOIL_INTEGER, TREFOIL_FIXED, 0},
    {"quintile_from", "Most deprived fifth offered places (1 is the most deprived)", "1", "assumption", 1, 0, 1, 5,
     TREFOIL_INTEGER, TREFOIL_FIXED, 0},
    {"quintile_to", "Least deprived fifth offered places", "1", "assumption", 5, 0, 1, 5, TREFOIL_INTEGER,
     TREFOIL_FIXED, 0},
    {"only_lapsed", "Offer only to people who do not take what is prescribed", "1", "assumption", 0, 0, 0, 1,
     TREFOIL_SWITCH, TREFOIL_FIXED, 0},
    {"risk", "Risk factor to target by; none if empty", 0, 0, 0, 0, 0, 0, TREFOIL_NAME, TREFOIL_FIXED, ""},
    {"risk_min", "Least value of the risk factor that is offered a place", "1", "assumption", 0, 0, 0, 1e9,
     TREFOIL_REAL, TREFOIL_FIXED, 0},
    {"places", "New enrolments per year and board; 0 for no limit", "1/a", "assumption", 0, 0, 0, 1e9, TREFOIL_REAL,
     TREFOIL_FIXED, 0},
    {"years", "Years from the start for which places are offered; 0 for ever", "a", "assumption", 0, 0, 0, 1000, TREFOIL_REAL,
     TREFOIL_FIXED, 0},
};

enum {
    H_AGE, H_IMD, H_LAPSED, H_TAKING, H_ENROLLED, H_RISK, H_POOL_LAPSED, H_POOL_TAKING, H_NEW_LAPSED,
    H_NEW_TAKING, H_OFFERED, H_QUINTILE = H_OFFERED + FIFTHS, H_YEAR, H_PART, H_LUCK, H_PLACE, H_ENROL, H_DECLINE, H_LEAVE, H_RESTART
};

static const trefoil_column hazard_columns[] = {
    [H_AGE] = {"age", "a", TREFOIL_F64, TREFOIL_READ},
    [H_IMD] = {"imd", "1", TREFOIL_F64, TREFOIL_READ},
    [H_LAPSED] = {"in.{medicine}.lapsed", "1", TREFOIL_F64, TREFOIL_READ},
    [H_TAKING] = {"in.{medicine}.taking", "1", TREFOIL_F64, TREFOIL_READ},
    [H_ENROLLED] = {"in.{self}.enrolled", "1", TREFOIL_F64, TREFOIL_READ},
    [H_RISK] = {"risk.{risk}", "1", TREFOIL_F64, TREFOIL_READ | TREFOIL_OPTIONAL},
    [H_POOL_LAPSED] = {"expected.years.{medicine}.lapsed if places", "a", TREFOIL_F64, TREFOIL_LOOKUP},
    [H_POOL_TAKING] = {"expected.years.{medicine}.taking if places", "a", TREFOIL_F64, TREFOIL_LOOKUP},
    [H_NEW_LAPSED] = {"expected.event.{medicine}.off.lapsed if places", "1", TREFOIL_F64, TREFOIL_LOOKUP | TREFOIL_OPTIONAL},
    [H_NEW_TAKING] = {"expected.event.{medicine}.off.taking if places", "1", TREFOIL_F64, TREFOIL_LOOKUP | TREFOIL_OPTIONAL},
    /* Share of the board's pool that had its offer, by fifth. */
    [H_OFFERED] = {"offered_q1 if places", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_OFFERED + 1] = {"offered_q2 if places", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_OFFERED + 2] = {"offered_q3 if places", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_OFFERED + 3] = {"offered_q4 if places", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_OFFERED + 4] = {"offered_q5 if places", "1", TREFOIL_F64, TREFOIL_KEEP},
    [H_QUINTILE] = {"quintile if places", "1", TREFOIL_F64, TREFOIL_WORK},
    [H_YEAR] = {"year if places", "a", TREFOIL_F64, TREFOIL_WORK},
    [H_PART] = {"part if places", "a", TREFOIL_F64, TREFOIL_WORK},
    [H_LUCK] = {"luck", "1", TREFOIL_F64, TREFOIL_STREAM},
    [H_PLACE] = {"place", "1", TREFOIL_F64, TREFOIL_KEEP}, /* of the person in the order of who qualifies */
    [H_ENROL] = {"hazard.{self}.not_offered.enrolled", "1", TREFOIL_F64, TREFOIL_SCALE},
    [H_DECLINE] = {"hazard.{self}.not_offered.declined", "1", TREFOIL_F64, TREFOIL_SCALE},
    [H_LEAVE] = {"hazard.{self}.enrolled.lapsed", "1", TREFOIL_F64, TREFOIL_SCALE},
    [H_RESTART] = {"hazard.{medicine}.lapsed.taking", "1", TREFOIL_F64, TREFOIL_SCALE},
};

/* takers[i]: how many of row i's board would enrol in this cycle, if all who wait were offered a place at the full rate. */
static void count_takers(const trefoil_call *call, double *takers)
{
    double *quintile = trefoil_out(call, H_QUINTILE), *year = trefoil_out(call, H_YEAR),
           *part = trefoil_out(call, H_PART);
    const double *at[] = {quintile, year};
    uint32_t last = call->params[ONLY_LAPSED] != 0 ? H_POOL_LAPSED : H_POOL_TAKING;

    for (uint32_t i = 0; i < call->n; ++i) {
        takers[i] = 0;
        year[i] = floor(call->time);
    }
    for (int q = (int)call->params[QUINTILE_FROM]; q <= (int)call->params[QUINTILE_TO]; ++q) {
        const double *offered = trefoil_in(call, H_OFFERED + (uint32_t)q - 1);
        double share = -expm1(-call->params[OFFER_RATE + q - 1] * call->step) * call->params[UPTAKE + q - 1] *
                       call->params[ELIGIBLE + q - 1];

        for (uint32_t i = 0; i < call->n; ++i)
            quintile[i] = q;
        for (uint32_t column = H_POOL_LAPSED; column <= last; ++column) {
            call->host->lookup(call, column, at, part);
            for (uint32_t i = 0; i < call->n; ++i)
                takers[i] += share * part[i] * (1.0 - offered[i]);
        }
    }
}

/* The rate at which those still waiting are offered a place, such that the board's enrolments fill its places and no
 * more: where they would be more, every fifth has the same part of its offers.  The share of the eligible who had their
 * offer is followed for every fifth of the board: offers add to it, new prescriptions dilute it. */
static void share_places(const trefoil_call *call, double *rate)
{
    const double *lapsed = trefoil_in(call, H_POOL_LAPSED), *taking = trefoil_in(call, H_POOL_TAKING);
    const double *new_lapsed = trefoil_in(call, H_NEW_LAPSED), *new_taking = trefoil_in(call, H_NEW_TAKING);
    const double *p = call->params, *imd = trefoil_in(call, H_IMD);
    double *part = trefoil_out(call, H_PART), *kept = trefoil_out(call, H_YEAR), places = p[PLACES] * call->step;

    count_takers(call, rate);
    for (uint32_t i = 0; i < call->n; ++i) {
        double renewed = ((new_lapsed ? new_lapsed[i] : 0) + (new_taking ? new_taking[i] : 0)) * call->step;
        double prescribed = lapsed[i] + taking[i];

        part[i] = rate[i] > places ? places / rate[i] : 1.0;
        rate[i] = 0;
        kept[i] = prescribed > renewed ? 1.0 - renewed / prescribed : 0.0;
    }
    for (int q = (int)p[QUINTILE_FROM]; q <= (int)p[QUINTILE_TO]; ++q) {
        double *offered = trefoil_out(call, H_OFFERED + (uint32_t)q - 1), most = -expm1(-p[OFFER_RATE + q - 1] * call->step);

        for (uint32_t i = 0; i < call->n; ++i) {
            double share = most * part[i];

            if (imd[i] == q) /* a share so near to 1 that it rounds to it is that of the full rate */
                rate[i] = share < 1.0 ? -log1p(-share) / call->step : p[OFFER_RATE + q - 1];
            offered[i] = (offered[i] + (1.0 - offered[i]) * share) * kept[i];
        }
    }
}

/* The end of the run of rows from `from` on, before `n`, that have one value in a column.  People of one fifth, age, sex or board mostly stand
 * together: what depends on these alone is found once for a run, and plain loops over its rows do the rest, many times faster than one that
 * looks up every row's parameters. */
static uint32_t alike(const double *column, uint32_t from, uint32_t n)
{
    enum { STRIDE = 16 }; /* each of so many rows is as the one before it */
    uint32_t to = from + 1;

    while (to < n && n - to >= STRIDE && memcmp(column + to, column + to - 1, STRIDE * sizeof *column) == 0)
        to += STRIDE;
    while (to < n && column[to] == column[from])
        ++to;
    return to;
}

/* Rows [from, to) are of one fifth and one age: `open` says whether people like these are offered places.  Where places are limited, the rates
 * of offers are already in the column of enrolments. */
static void offer(const trefoil_call *call, int q, bool open, uint32_t from, uint32_t to)
{
    const double *p = call->params, *risk = trefoil_in(call, H_RISK);
    const double *lapsed = trefoil_in(call, H_LAPSED), *taking = trefoil_in(call, H_TAKING);
    double *enrol = trefoil_out(call, H_ENROL), *decline = trefoil_out(call, H_DECLINE), *place = trefoil_out(call, H_PLACE);
    double full = p[OFFER_RATE + q - 1], eligible = p[ELIGIBLE + q - 1], uptake = p[UPTAKE + q - 1];
    double also_taking = p[ONLY_LAPSED] != 0 ? 0.0 : 1.0, least = p[RISK_MIN];

    if (call->cycle == 0 && eligible < 1)
        for (uint32_t i = from; i < to; ++i)
            place[i] = call->host->uniform(call, H_LUCK, i, 0);
    if (!open) {
        for (uint32_t i = from; i < to; ++i)
            enrol[i] = decline[i] = 0.0;
        return;
    }
    if (p[PLACES] <= 0)
        for (uint32_t i = from; i < to; ++i)
            enrol[i] = full;
    if (eligible < 1)
        for (uint32_t i = from; i < to; ++i)
            enrol[i] *= place[i] < eligible ? 1.0 : 0.0;
    if (risk)
        for (uint32_t i = from; i < to; ++i)
            enrol[i] *= risk[i] >= least ? 1.0 : 0.0;
    for (uint32_t i = from; i < to; ++i) {
        double offers = enrol[i] * (lapsed[i] + also_taking * taking[i]);

        enrol[i] = offers * uptake;
        decline[i] = offers * (1.0 - uptake);
    }
}

/* Rows [from, to) are of one fifth. */
static void support(const trefoil_call *call, int q, uint32_t from, uint32_t to)
{
    const double *p = call->params, *enrolled = trefoil_in(call, H_ENROLLED);
    double *leave = trefoil_out(call, H_LEAVE), *restart = trefoil_out(call, H_RESTART);
    double lapse = p[LAPSE + q - 1], gain = p[ODDS_RATIO + q - 1] - 1.0;

    for (uint32_t i = from; i < to; ++i) {
        leave[i] = lapse;
        restart[i] = 1.0 + enrolled[i] * gain;
    }
}

static int32_t offer_and_support(const trefoil_call *call)
{
    const double *p = call->params, *age = trefoil_in(call, H_AGE), *imd = trefoil_in(call, H_IMD);
    bool ended = p[YEARS] > 0 && call->time >= p[YEARS];

    if (p[QUINTILE_FROM] > p[QUINTILE_TO])
        return call->host->fail(call, TREFOIL_FAILED, "quintile_from is above quintile_to");
    if (!trefoil_in(call, H_RISK) && p[RISK_MIN] > 0)
        return call->host->fail(call, TREFOIL_FAILED,
                                "risk_min is set, but the model has no such risk factor; name it by risk");
    if (p[PLACES] > 0)
        share_places(call, trefoil_out(call, H_ENROL));
    for (uint32_t from = 0, to; from < call->n; from = to) { /* what people have in common is settled once for all of them */
        int q = (int)imd[from];

        to = alike(imd, from, alike(age, from, call->n));
        offer(call, q, !ended && q >= p[QUINTILE_FROM] && q <= p[QUINTILE_TO] && age[from] >= p[AGE_MIN] &&
                       age[from] < p[AGE_MAX] + 1, from, to);
        support(call, q, from, to);
    }
    return TREFOIL_OK;
}

enum { U_SETUP, U_COST };

static const trefoil_column use_columns[] = {
    [U_SETUP] = {"per.{self}.not_offered.enrolled.cost.programme", "GBP", TREFOIL_F64, TREFOIL_ADD},
    [U_COST] = {"while.{self}.enrolled.cost.programme", "GBP/a", TREFOIL_F64, TREFOIL_ADD},
};

static int32_t charge(const trefoil_call *call)
{
    double *setup = trefoil_out(call, U_SETUP), *cost = trefoil_out(call, U_COST);

    for (uint32_t i = 0; i < call->n; ++i) {
        setup[i] = call->params[SETUP];
        cost[i] = call->params[COST];
    }
    return TREFOIL_OK;
}

static const char *const states[] = {"not_offered", "declined", "enrolled", "lapsed", NULL};
static const trefoil_move moves[] = {{"not_offered", "enrolled"}, {"not_offered", "declined"}, {"enrolled", "lapsed"}};
static const trefoil_process processes[] = {{"", "Adherence programme", states, TREFOIL_LIST(moves)}};
static const trefoil_category categories[] = {{"programme", "Adherence programme", "nhs"}};
static const trefoil_hook hooks[] = {
    {.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(hazard_columns), .run = offer_and_support},
    {.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(use_columns), .run = charge},
};

const trefoil_plugin trefoil_plugin_v1 = {
    TREFOIL_PLUGIN_HEADER,
    .id = "org.trefoil.adherence",
    .name = "Adherence programme",
    .version = "1.0.0",
    .summary = "People to whom a medicine is prescribed are offered support; while enrolled, their odds of taking it "
               "are higher.",
    .licence = "MIT",
    .params = TREFOIL_LIST(params),
    .hooks = TREFOIL_LIST(hooks),
    .processes = TREFOIL_LIST(processes),
    .categories = TREFOIL_LIST(categories),
};
