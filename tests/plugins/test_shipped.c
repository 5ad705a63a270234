/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hooks of the shipped interventions, called as the host calls them, against what their READMEs promise. */
#include "plugin/host.h"
#include "trefoil/plugin.h"
#include "unit/folder.h"

#include <criterion/criterion.h>
#include <math.h>

enum { ROWS = 37, COLUMNS = 32, PARAMS = 64 };

/* One call of one hook: every column has ROWS numbers; those not wanted are NULL. */
typedef struct bench {
    tf_plugin *plugin;
    trefoil_hook hook;
    double params[PARAMS];
    double data[COLUMNS][ROWS];
    void *columns[COLUMNS];
    trefoil_host host;
    trefoil_call call;
    double pool[6]; /* what a LOOKUP holds by quintile, [0] for all */
    char said[256];
} bench;

static bench *bench_of(const trefoil_call *call)
{
    return call->internal;
}

static int32_t toy_fail(const trefoil_call *call, int32_t status, const char *text)
{
    snprintf(bench_of(call)->said, sizeof bench_of(call)->said, "%s", text);
    return status;
}

static double toy_uniform(const trefoil_call *call, uint32_t column, uint32_t row, uint32_t k)
{
    (void)column;
    (void)k;
    return ((double)(call->person[row] * 7 % ROWS) + 0.5) / ROWS;
}

static void toy_lookup(const trefoil_call *call, uint32_t column, const double *const *at, double *out)
{
    (void)column;
    for (uint32_t i = 0; i < call->n; i++) {
        out[i] = bench_of(call)->pool[(int)at[0][i]];
    }
}

static const uint64_t *persons(void)
{
    static uint64_t person[ROWS];

    for (uint64_t i = 0; i < ROWS; i++) {
        person[i] = i;
    }
    return person;
}

static void open_bench(bench *b, const char *name)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_list folders = {0};

    *b = (bench){0};
    tf_list_add(&folders, TF_BINARY_DIR "/plugins");
    cr_assert_eq(tf_plugin_load(context, &folders, name, (tf_place){0}, &b->plugin), TREFOIL_DONE);
    tf_list_free(&folders);
    trefoil_context_destroy(context);
    for (size_t i = 0; i < tf_plugin_params(b->plugin); i++) {
        b->params[i] = tf_plugin_param(b->plugin, i).value;
    }
    b->host = (trefoil_host){.size = sizeof b->host, .fail = toy_fail, .uniform = toy_uniform, .lookup = toy_lookup};
    b->call = (trefoil_call){.size = sizeof b->call,
                             .n = ROWS,
                             .host = &b->host,
                             .params = b->params,
                             .columns = b->columns,
                             .person = persons(),
                             .step = 1};
}

static void set(bench *b, const char *param, double value)
{
    bool known = false;

    for (size_t i = 0; i < tf_plugin_params(b->plugin); i++) {
        trefoil_param family;

        if (strcmp(tf_plugin_param(b->plugin, i).name, param) == 0 ||
            (tf_plugin_family(b->plugin, i, &family) && strcmp(family.name, param) == 0)) {
            b->params[i] = value;
            known = true;
        }
    }
    cr_assert(known, "no parameter %s", param);
}

/* Choose a hook; its columns hold what the host puts there: 1 for SCALE, 0 for ADD, KEEP as it was when `keep` is
 * given. */
static void choose(bench *b, uint32_t stage)
{
    for (size_t h = 0; h < tf_plugin_hooks(b->plugin); h++) {
        b->hook = tf_plugin_hook(b->plugin, h);
        if (b->hook.stage == stage) {
            break;
        }
    }
    cr_assert_eq(b->hook.stage, stage);
    cr_assert_leq(tf_hook_columns(&b->hook), COLUMNS);
    b->call.internal = b;
    for (size_t c = 0; c < tf_hook_columns(&b->hook); c++) {
        trefoil_column column = tf_hook_column(&b->hook, c);

        b->columns[c] = column.access == TREFOIL_STREAM ? NULL : b->data[c];
        for (size_t i = 0; i < ROWS; i++) {
            b->data[c][i] = column.access == TREFOIL_SCALE ? 1 : 0;
        }
    }
}

static size_t place_of(const bench *b, const char *column)
{
    for (size_t c = 0; c < tf_hook_columns(&b->hook); c++) {
        const char *name = tf_hook_column(&b->hook, c).name;
        size_t length = strcspn(name, " "); /* "expected.ly if places" */

        if (strlen(column) == length && strncmp(name, column, length) == 0) {
            return c;
        }
    }
    cr_assert_fail("no column %s", column);
    return 0;
}

static double *col(bench *b, const char *column)
{
    return b->data[place_of(b, column)];
}

static void fill(bench *b, const char *column, double value)
{
    for (size_t i = 0; i < ROWS; i++) {
        col(b, column)[i] = value;
    }
}

static void leave_out(bench *b, const char *column)
{
    b->columns[place_of(b, column)] = NULL;
}

static int32_t run(bench *b)
{
    return b->hook.run(&b->call);
}

/* People of every quintile and many ages, in turn not taking, taking, and never prescribed the medicine. */
static void people(bench *b)
{
    choose(b, TREFOIL_STAGE_HAZARD);
    for (size_t i = 0; i < ROWS; i++) {
        col(b, "age")[i] = 30 + 1.5 * (double)i;
        col(b, "imd")[i] = 1 + (double)(i % 5);
        col(b, "in.{medicine}.lapsed")[i] = i % 3 == 0;
        col(b, "in.{medicine}.taking")[i] = i % 3 == 1;
        col(b, "in.{self}.enrolled")[i] = i % 4 == 0;
        col(b, "risk.{risk}")[i] = 100 + 2 * (double)i;
    }
}

#define ENROL "hazard.{self}.not_offered.enrolled"
#define DECLINE "hazard.{self}.not_offered.declined"
#define RESTART "hazard.{medicine}.lapsed.taking"

Test(adherence, offers_to_the_eligible_and_supports_the_enrolled)
{
    bench b;

    open_bench(&b, "adherence");
    people(&b);
    set(&b, "uptake_q1", 0.2);
    set(&b, "age_min", 40);
    set(&b, "age_max", 79);
    set(&b, "quintile_to", 2);
    set(&b, "risk_min", 120);
    cr_expect_eq(run(&b), TREFOIL_OK);
    for (size_t i = 0; i < ROWS; i++) {
        double age = col(&b, "age")[i], imd = col(&b, "imd")[i], offers = col(&b, ENROL)[i] + col(&b, DECLINE)[i];
        bool eligible = age >= 40 && age < 80 && imd <= 2 && i % 3 != 2 && col(&b, "risk.{risk}")[i] >= 120;

        cr_expect_float_eq(offers, eligible ? 0.5 : 0, 1e-15, "row %zu", i);
        cr_expect_float_eq(col(&b, ENROL)[i], offers * (imd == 1 ? 0.2 : 0.526), 1e-15);
        cr_expect_eq(col(&b, RESTART)[i], i % 4 == 0 ? 1.0 + (1.35 - 1.0) : 1.0);
        cr_expect_eq(col(&b, "hazard.{self}.enrolled.lapsed")[i], 0.3);
    }
    people(&b);
    set(&b, "only_lapsed", 1);
    set(&b, "odds_ratio", 1);
    cr_expect_eq(run(&b), TREFOIL_OK);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect(i % 3 == 0 || col(&b, ENROL)[i] == 0);
        cr_expect_eq(col(&b, RESTART)[i], 1.0, "no effect is exactly no effect");
    }
    leave_out(&b, "risk.{risk}");
    cr_expect_eq(run(&b), TREFOIL_FAILED, "a threshold needs a risk factor");
    cr_expect(strstr(b.said, "risk_min") != NULL);
    set(&b, "risk_min", 0);
    cr_expect_eq(run(&b), TREFOIL_OK);
    set(&b, "quintile_from", 4);
    cr_expect_eq(run(&b), TREFOIL_FAILED);
    tf_plugin_destroy(b.plugin);
}

/* People of one fifth, and of one age, stand together in runs of a length. */
static void stand_together(bench *b, size_t length)
{
    people(b);
    for (size_t i = 0; i < ROWS; i++) {
        col(b, "imd")[i] = 1 + (double)(i / length % 5);
        col(b, "age")[i] = 35 + 10 * (double)((i + 3) / length % 5);
    }
}

Test(adherence, is_the_same_in_blocks_of_any_size)
{
    static const char *const effects[] = {ENROL, DECLINE, "hazard.{self}.enrolled.lapsed", RESTART};
    bench whole, part;

    open_bench(&whole, "adherence");
    open_bench(&part, "adherence");
    for (size_t length = 1; length <= ROWS; length++) {
        stand_together(&whole, length);
        stand_together(&part, length);
        set(&whole, "uptake_q2", 0.3);
        set(&part, "uptake_q2", 0.3);
        cr_expect_eq(run(&whole), TREFOIL_OK);
        part.call.n = 0;
        cr_expect_eq(run(&part), TREFOIL_OK);
        for (size_t i = 0; i < ROWS; i++) {
            for (size_t c = 0; c < tf_hook_columns(&part.hook); c++) {
                part.columns[c] = &part.data[c][i];
            }
            part.call.n = 1;
            cr_expect_eq(run(&part), TREFOIL_OK);
        }
        for (size_t e = 0; e < sizeof effects / sizeof *effects; e++) {
            cr_expect_eq(memcmp(col(&whole, effects[e]), col(&part, effects[e]), sizeof whole.data[0]), 0, "%s, %zu", effects[e], length);
        }
    }
    tf_plugin_destroy(whole.plugin);
    tf_plugin_destroy(part.plugin);
}

/* Enrolments of one year in a board where `waiting` of the eligible wait, at the rate the plugin gives; they leave the
 * queue. */
static double enrolments(double rate_enrol, double rate_all, double people_eligible, double *waiting)
{
    double share = -expm1(-rate_all);
    double enrolled = people_eligible * *waiting * share * rate_enrol / rate_all;

    *waiting *= 1 - share;
    return enrolled;
}

Test(adherence, fills_its_places_whomever_they_are_for)
{
    for (int last = 2; last <= 5; last += 3) {
        bench b;
        double waiting = 1, offered[5][ROWS] = {{0}};

        open_bench(&b, "adherence");
        set(&b, "places", 500);
        set(&b, "quintile_to", last);
        for (int q = 0; q <= 5; q++) {
            b.pool[q] = q == 0 ? 50000 : 10000; /* lapsed, and as many taking */
        }
        for (int year = 0; year < 8; year++) {
            double enrolled;

            people(&b);
            fill(&b, "imd", 1);
            fill(&b, "age", 60);
            fill(&b, "in.{medicine}.taking", 1);
            fill(&b, "in.{medicine}.lapsed", 0);
            fill(&b, "expected.years.{medicine}.lapsed", 50000);
            fill(&b, "expected.years.{medicine}.taking", 50000);
            memcpy(col(&b, "offered_q1"), offered, sizeof offered); /* all five, one after another */
            b.call.time = year;
            cr_assert_eq(run(&b), TREFOIL_OK);
            memcpy(offered, col(&b, "offered_q1"), sizeof offered);
            enrolled = enrolments(col(&b, ENROL)[0], col(&b, ENROL)[0] + col(&b, DECLINE)[0], 20000.0 * last, &waiting);
            cr_expect_float_eq(enrolled, 500, 1e-6, "quintiles 1 to %d, year %d: %.9g", last, year, enrolled);
            cr_expect_float_eq(offered[0][0], 1 - waiting, 1e-12);
        }
        set(&b, "places", 1e8); /* more places than people: the rate of offers is the limit */
        cr_assert_eq(run(&b), TREFOIL_OK);
        cr_expect_float_eq(col(&b, ENROL)[0] + col(&b, DECLINE)[0], 0.5, 1e-12);
        tf_plugin_destroy(b.plugin);
    }
}

Test(adherence, is_for_those_who_qualify)
{
    bench b;
    double before = 0, after = 0;

    open_bench(&b, "adherence");
    people(&b);
    fill(&b, "in.{medicine}.lapsed", 1);
    fill(&b, "imd", 1);
    set(&b, "eligible_q1", 0.5);
    cr_assert_eq(run(&b), TREFOIL_OK);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(col(&b, ENROL)[i] > 0, col(&b, "age")[i] >= 40 && col(&b, "place")[i] < 0.5, "row %zu", i);
        before += col(&b, "place")[i] < 0.5;
    }
    b.call.cycle = 7; /* a person qualifies, or does not, for good */
    set(&b, "eligible", 1);
    cr_assert_eq(run(&b), TREFOIL_OK);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(col(&b, ENROL)[i] > 0, col(&b, "age")[i] >= 40);
        after += col(&b, "place")[i] < 0.5;
    }
    cr_expect_eq(before, after);
    cr_expect_float_eq(before / ROWS, 0.5, 1.0 / ROWS);
    tf_plugin_destroy(b.plugin);
}

Test(adherence, shares_its_places_by_the_rates_of_offers)
{
    bench b;
    double first, last;

    open_bench(&b, "adherence");
    people(&b);
    for (int q = 0; q <= 5; q++) {
        b.pool[q] = q == 0 ? 50000 : 10000;
    }
    set(&b, "offer_rate", 0.2);
    set(&b, "offer_rate_q1", 0.8);
    set(&b, "offer_rate_q5", 0);
    set(&b, "uptake", 0.5);
    set(&b, "odds_ratio_q2", 2);
    set(&b, "places", 400);
    fill(&b, "age", 60);
    fill(&b, "in.{medicine}.lapsed", 0);
    fill(&b, "in.{medicine}.taking", 1);
    fill(&b, "expected.years.{medicine}.lapsed", 50000);
    fill(&b, "expected.years.{medicine}.taking", 50000);
    cr_assert_eq(run(&b), TREFOIL_OK);
    first = -expm1(-(col(&b, ENROL)[0] + col(&b, DECLINE)[0]));
    last = -expm1(-(col(&b, ENROL)[3] + col(&b, DECLINE)[3]));
    cr_expect_float_eq(20000 * 0.5 * (first + 3 * last), 400, 1e-9, "the places of the board are filled");
    cr_expect_float_eq(first / last, expm1(-0.8) / expm1(-0.2), 1e-12, "in proportion to what would be offered without a limit");
    cr_expect_eq(col(&b, ENROL)[4], 0);
    cr_expect_float_eq(col(&b, "offered_q1")[4], first, 1e-12, "the board's, whoever asks");
    cr_expect_eq(col(&b, "offered_q5")[0], 0);
    fill(&b, "in.{self}.enrolled", 1);
    cr_assert_eq(run(&b), TREFOIL_OK);
    cr_expect_eq(col(&b, RESTART)[1], 2);
    cr_expect_float_eq(col(&b, RESTART)[2], 1.35, 1e-15);
    tf_plugin_destroy(b.plugin);
}

/* ---- pathway ---------------------------------------------------------------------------------------------------- */

/* The share of rows on the pathway, from a fresh start, in the cycle at `time`. */
static double covered(bench *b, double time, double events, double place[ROWS])
{
    double on = 0;

    choose(b, TREFOIL_STAGE_ENROL);
    fill(b, "imd", 1);
    fill(b, "expected.event.{event}", events);
    if (time > 0) {
        memcpy(col(b, "place"), place, sizeof b->data[0]);
    }
    b->call.time = time;
    b->call.cycle = (uint32_t)time;
    cr_assert_eq(run(b), TREFOIL_OK);
    memcpy(place, col(b, "place"), sizeof b->data[0]);
    for (size_t i = 0; i < ROWS; i++) {
        on += col(b, "on")[i];
    }
    return on / ROWS;
}

Test(pathway, grows_to_its_share_and_within_its_capacity)
{
    bench b;
    double place[ROWS];

    open_bench(&b, "pathway");
    set(&b, "share_q1", 0.8);
    set(&b, "ramp_years", 2);
    cr_expect_float_eq(covered(&b, 0, 100, place), 0.25 * 0.8, 1.0 / ROWS);
    cr_expect_float_eq(covered(&b, 1, 100, place), 0.75 * 0.8, 1.0 / ROWS);
    cr_expect_float_eq(covered(&b, 2, 100, place), 0.8, 1.0 / ROWS);
    set(&b, "capacity", 30);
    cr_expect_float_eq(covered(&b, 2, 100, place), 0.3, 1.0 / ROWS);
    cr_expect_float_eq(covered(&b, 2, 20, place), 0.8, 1.0 / ROWS);
    cr_expect_eq(covered(&b, 2, 0, place), covered(&b, 2, 20, place));

    choose(&b, TREFOIL_STAGE_ENROL); /* who was on it at the event keeps its benefit in the state after */
    set(&b, "share_q1", 0);
    fill(&b, "imd", 1);
    fill(&b, "expected.event.{event}", 20);
    fill(&b, "in.{after}", 1);
    fill(&b, "count.{event}", 1);
    for (size_t i = 0; i < ROWS; i++) {
        col(&b, "on")[i] = (double)(i % 2);
    }
    cr_assert_eq(run(&b), TREFOIL_OK);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(col(&b, "on")[i], 0);
        cr_expect_eq(col(&b, "better")[i], (double)(i % 2));
    }
    tf_plugin_destroy(b.plugin);
}

Test(pathway, changes_what_it_says_and_nothing_else)
{
    bench b;
    double sum = 0;

    open_bench(&b, "pathway");
    choose(&b, TREFOIL_STAGE_HAZARD);
    fill(&b, "imd", 4);
    fill(&b, "on", 1);
    fill(&b, "better", 1);
    cr_expect_eq(run(&b), TREFOIL_OK);
    cr_expect_eq(col(&b, "branch.{event}")[3], 1.0, "by default it changes nothing");
    cr_expect_eq(col(&b, "hazard.{after}.*")[3], 1.0);
    set(&b, "fatality_odds_ratio", 0.9);
    set(&b, "time_to_treatment_change", -0.5);
    set(&b, "hazard_ratio", 0.7);
    cr_expect_eq(run(&b), TREFOIL_OK);
    cr_expect_float_eq(col(&b, "branch.{event}")[3], 0.9 / sqrt(1.178), 1e-12);
    cr_expect_float_eq(col(&b, "hazard.{after}.*")[3], 0.7, 1e-12);
    set(&b, "hazard_ratio_q4", 0.8);
    set(&b, "fatality_odds_ratio_q5", 0.1);
    cr_expect_eq(run(&b), TREFOIL_OK);
    cr_expect_float_eq(col(&b, "branch.{event}")[3], 0.9 / sqrt(1.178), 1e-12, "what differs for another fifth is theirs");
    cr_expect_float_eq(col(&b, "hazard.{after}.*")[3], 0.8, 1e-12);
    leave_out(&b, "hazard.{after}.*");
    cr_expect_eq(run(&b), TREFOIL_FAILED);
    cr_expect(strstr(b.said, "hazard_ratio") != NULL);
    leave_out(&b, "branch.{event}");
    cr_expect_eq(run(&b), TREFOIL_FAILED);
    cr_expect(strstr(b.said, "fatality") != NULL);

    choose(&b, TREFOIL_STAGE_USE);
    set(&b, "setup_cost", 250000);
    set(&b, "bed_days_change", -6);
    set(&b, "cost_per_patient", 850);
    for (size_t i = 0; i < ROWS; i++) {
        col(&b, "on")[i] = (double)(i % 2);
    }
    fill(&b, "expected.ly", ROWS); /* these people are the board */
    b.call.step = 0.75;
    for (b.call.time = 0; b.call.time < 3; b.call.time += b.call.step) {
        cr_expect_eq(run(&b), TREFOIL_OK);
        for (size_t i = 0; i < ROWS; i++) {
            sum += col(&b, "cost.pathway")[i];
        }
    }
    cr_expect_float_eq(sum, 250000, 1e-6, "the set-up cost is charged once: %.9g", sum);
    cr_expect_eq(col(&b, "per.{event}.use.{bed_day}")[3], -6);
    cr_expect_eq(col(&b, "per.{event}.use.{bed_day}")[4], 0);
    cr_expect_eq(col(&b, "per.{event}.cost.pathway")[3], 850);
    cr_expect_eq(col(&b, "per.{event}.use.{outpatient}")[3], 0);
    leave_out(&b, "per.{event}.use.{bed_day}");
    cr_expect_eq(run(&b), TREFOIL_FAILED);
    cr_expect(strstr(b.said, "bed_day") != NULL);

    choose(&b, TREFOIL_STAGE_UTILITY);
    set(&b, "utility_gain", 0.02);
    fill(&b, "imd", 4);
    fill(&b, "better", 1);
    cr_expect_eq(run(&b), TREFOIL_OK);
    cr_expect_eq(col(&b, "while.{after}.utility")[0], 0.02);
    leave_out(&b, "while.{after}.utility");
    cr_expect_eq(run(&b), TREFOIL_FAILED);
    tf_plugin_destroy(b.plugin);
}
