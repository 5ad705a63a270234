/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All subgroups of a cohort, draw by draw. */
#include "engine/alike.h"
#include "engine/tally.h"

#include "base/memory.h"

#include <omp.h>
#include <string.h>

/* What simulating people takes; NULL in expected mode. */
typedef struct crowd {
    tf_odds **odds;   /* [subgroup] */
    tf_alike **rooms; /* [thread]: for the subgroup it simulates, or NULL */
    size_t *busy;     /* [thread]: which that is */
    double *totals, *years; /* [subgroup][lane][strategy][measure][2], and [measure][year] */
    int threads;
} crowd;

struct tf_cohort {
    const tf_plan *plan;
    tf_trace **traces;    /* [subgroup] */
    double *parameters;   /* as drawn */
    tf_machine *machine;
    tf_outcome *outcomes; /* [strategy] */
    crowd *crowd;
};

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to follow a cohort");
}

static size_t n_subgroups(const tf_cohort *cohort)
{
    return cohort->plan->scenario->n_subgroups;
}

/* ---- making ------------------------------------------------------------------ */

static bool allocate_outcomes(tf_cohort *cohort)
{
    const tf_layout *layout = cohort->plan->layout;
    size_t n = layout->n_groups * layout->n_measures * 2, years = layout->n_year_groups * layout->n_years * layout->n_measures;

    cohort->outcomes = TF_NEW(tf_outcome, layout->n_strategies);
    for (size_t s = 0; cohort->outcomes && s < layout->n_strategies; ++s) {
        tf_outcome *o = &cohort->outcomes[s];
        *o = (tf_outcome){ .total = TF_NEW(double, n), .variance = TF_NEW(double, n), .difference_variance = TF_NEW(double, n),
                           .by_year = TF_NEW(double, years), .covariance = TF_NEW(double, 2 * layout->n_groups) };
        if (!o->total || !o->variance || !o->difference_variance || !o->by_year || !o->covariance)
            return false;
    }
    return cohort->outcomes != NULL;
}

/* Sizes of what a lane of a subgroup adds up, over all strategies. */
static size_t totals_of_lane(const tf_layout *layout)
{
    return layout->n_strategies * layout->n_measures * 2;
}

static size_t years_of_lane(const tf_layout *layout)
{
    return layout->n_year_groups ? layout->n_strategies * layout->n_measures * layout->n_years : 0;
}

static void free_crowd(tf_cohort *cohort)
{
    crowd *of = cohort->crowd;

    if (!of)
        return;
    for (size_t g = 0; of->odds && g < n_subgroups(cohort); ++g)
        tf_odds_destroy(cohort->traces[g], of->odds[g]);
    for (int t = 0; of->rooms && t < of->threads; ++t)
        tf_alike_destroy(of->rooms[t]);
    tf_free(of->odds);
    tf_free(of->rooms);
    tf_free(of->busy);
    tf_free(of->totals);
    tf_free(of->years);
    tf_free(of);
    cohort->crowd = NULL;
}

static trefoil_status create_crowd(trefoil_context *context, tf_cohort *cohort, int threads)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_layout *layout = cohort->plan->layout;
    size_t n = n_subgroups(cohort), lanes = n * TF_LANES;
    crowd *of = cohort->crowd = TF_NEW(crowd, 1);

    if (!of)
        return starve(context);
    of->threads = threads > TF_LANES ? TF_LANES : threads;
    of->odds = TF_NEW(tf_odds *, n);
    of->rooms = TF_NEW(tf_alike *, of->threads);
    of->busy = TF_NEW(size_t, of->threads);
    of->totals = TF_NEW(double, lanes * totals_of_lane(layout));
    of->years = TF_NEW(double, lanes * years_of_lane(layout));
    if (!of->odds || !of->rooms || !of->busy || !of->totals || !of->years)
        return starve(context);
    for (size_t g = 0; g < n; ++g)
        TRY(tf_odds_create(context, cohort->traces[g], &of->odds[g]));
out:
    return status;
}

void tf_cohort_destroy(tf_cohort *cohort)
{
    if (!cohort)
        return;
    free_crowd(cohort);
    for (size_t g = 0; cohort->traces && g < n_subgroups(cohort); ++g)
        tf_trace_destroy(cohort->traces[g]);
    tf_free(cohort->traces);
    if (cohort->outcomes)
        tf_outcomes_free(cohort->outcomes, cohort->plan->layout->n_strategies);
    tf_free(cohort->parameters);
    tf_machine_destroy(cohort->machine);
    tf_free(cohort);
}

/* ---- what one expects -------------------------------------------------------- */

static void clear_outcomes(tf_cohort *cohort)
{
    const tf_layout *layout = cohort->plan->layout;
    size_t n = layout->n_groups * layout->n_measures * 2, years = layout->n_year_groups * layout->n_years * layout->n_measures;

    for (size_t s = 0; s < layout->n_strategies; ++s) {
        memset(cohort->outcomes[s].total, 0, n * sizeof(double));
        memset(cohort->outcomes[s].by_year, 0, years * sizeof(double));
    }
}

/* The groups of a subgroup's people, one per grouping; its strata are alike. */
static const int *groups_of(const tf_plan *plan, size_t subgroup)
{
    size_t k = 0;

    while (plan->population->strata[k].subgroup != subgroup)
        ++k;
    return &plan->groups[k * plan->scenario->n_groupings];
}

/* A subgroup's totals of a strategy, times `weight`, to those of its groups. */
static void add_outcome(tf_cohort *cohort, size_t subgroup, size_t strategy, double weight, const double *totals, const double *years)
{
    const tf_plan *plan = cohort->plan;
    const tf_layout *layout = plan->layout;
    const int *groups = groups_of(plan, subgroup);
    tf_outcome *outcome = &cohort->outcomes[strategy];

    for (size_t g = 0; g < plan->scenario->n_groupings; ++g) {
        size_t group = (size_t)groups[g];
        int year_group = layout->groups[group].year_index;
        for (size_t m = 0; m < 2 * layout->n_measures; ++m)
            outcome->total[2 * group * layout->n_measures + m] += weight * totals[m];
        for (size_t y = 0; year_group >= 0 && y < layout->n_years; ++y)
            for (size_t m = 0; m < layout->n_measures; ++m)
                outcome->by_year[tf_at_year(layout, (size_t)year_group, y, m)] += weight * years[m * layout->n_years + y];
    }
}

static trefoil_status expect_all(trefoil_context *context, tf_cohort *cohort, uint32_t draw)
{
    trefoil_status status = TREFOIL_DONE;

    clear_outcomes(cohort);
    for (size_t g = 0; g < n_subgroups(cohort); ++g) {
        tf_trace *trace = cohort->traces[g];
        double people = cohort->plan->scenario->n_subgroups == 1 ? (double)cohort->plan->scenario->cohort
                                                                  : (double)cohort->plan->scenario->cohort * trace->subgroup->weight;
        for (size_t s = 0; s < cohort->plan->layout->n_strategies; ++s) {
            TRY(tf_trace_expect(context, trace, s, draw));
            add_outcome(cohort, g, s, people, trace->state.totals, trace->state.years);
        }
    }
out:
    return status;
}

/* ---- people ------------------------------------------------------------------ */

/* The thread's room for a subgroup; NULL when memory is exhausted. */
static tf_alike *room_for(tf_cohort *cohort, int thread, size_t subgroup)
{
    crowd *of = cohort->crowd;

    if (!of->rooms[thread] || of->busy[thread] != subgroup) {
        tf_alike_destroy(of->rooms[thread]);
        of->rooms[thread] = tf_alike_create(cohort->traces[subgroup]);
        of->busy[thread] = subgroup;
    }
    return of->rooms[thread];
}

static trefoil_status live_all(trefoil_context *context, tf_cohort *cohort, uint32_t draw)
{
    crowd *of = cohort->crowd;
    const tf_layout *layout = cohort->plan->layout;
    size_t tasks = n_subgroups(cohort) * TF_LANES;
    trefoil_status first = TREFOIL_DONE;

#pragma omp parallel for schedule(dynamic, 1) num_threads(of->threads)
    for (size_t task = 0; task < tasks; ++task) {
        size_t g = task / TF_LANES;
        tf_alike *room = room_for(cohort, omp_get_thread_num(), g);
        trefoil_status status = !room ? TREFOIL_NO_MEMORY
                                      : tf_alike_live(context, room, cohort->traces[g], of->odds[g], g, draw, (uint32_t)(task % TF_LANES),
                                                      of->totals + task * totals_of_lane(layout), of->years + task * years_of_lane(layout));
        if (status != TREFOIL_DONE)
#pragma omp critical(trefoil_cohort)
            first = status;
    }
    return first == TREFOIL_NO_MEMORY ? starve(context) : first;
}

/* Persons stand for people: how many each, in a subgroup. */
static double weight_of(const tf_population *population, size_t subgroup)
{
    uint64_t people = 0, persons = 0;

    for (size_t k = 0; k < population->n_strata; ++k)
        if (population->strata[k].subgroup == subgroup) {
            people += population->strata[k].people;
            persons += population->strata[k].sample;
        }
    return (double)people / (double)persons;
}

/* Totals of all lanes, in their order; `years` only. */
static void add_lanes(const double *lanes, size_t stride, size_t n, double *sums)
{
    memset(sums, 0, n * sizeof *sums);
    for (size_t l = 0; l < TF_LANES; ++l)
        for (size_t i = 0; i < n; ++i)
            sums[i] += lanes[l * stride + i];
}

/* Lane l of a measure in a group: its subgroups' lanes, weighted. */
static void lanes_of(const tf_cohort *cohort, size_t group, size_t strategy, size_t measure, double *lanes)
{
    const tf_plan *plan = cohort->plan;
    size_t per_lane = totals_of_lane(plan->layout), at = strategy * 2 * plan->layout->n_measures + measure;

    memset(lanes, 0, TF_LANES * sizeof *lanes);
    for (size_t g = 0; g < n_subgroups(cohort); ++g) {
        const int *groups = groups_of(plan, g);
        double weight = 0.0;
        for (size_t k = 0; k < plan->scenario->n_groupings; ++k)
            if ((size_t)groups[k] == group)
                weight = weight_of(plan->population, g);
        for (size_t l = 0; weight > 0.0 && l < TF_LANES; ++l)
            lanes[l] += weight * cohort->crowd->totals[(g * TF_LANES + l) * per_lane + at];
    }
}

static double sum_of(const double *lanes)
{
    double sum = 0.0;

    for (int l = 0; l < TF_LANES; ++l)
        sum += lanes[l];
    return sum;
}

/* Variances of a group's totals, and of their differences from the comparator's; and the covariances of discounted cost and QALYs. */
static void add_variances(tf_cohort *cohort, size_t group, size_t strategy)
{
    const tf_plan *plan = cohort->plan;
    tf_outcome *outcome = &cohort->outcomes[strategy];
    double people[TF_LANES], all, residuals[2][2][TF_LANES] = { 0 }; /* [own, difference][cost, qaly] */

    lanes_of(cohort, group, strategy, 2 * (size_t)plan->places.persons, people);
    all = sum_of(people);
    for (size_t m = 0; m < 2 * plan->layout->n_measures; ++m) {
        double lanes[2][TF_LANES], e[2][TF_LANES], other[TF_LANES];
        size_t at = 2 * group * plan->layout->n_measures + m;
        lanes_of(cohort, group, strategy, m, lanes[0]);
        lanes_of(cohort, group, plan->layout->comparator, m, other);
        for (int l = 0; l < TF_LANES; ++l)
            lanes[1][l] = lanes[0][l] - other[l];
        for (int d = 0; d < 2; ++d)
            tf_lane_residuals(lanes[d], people, sum_of(lanes[d]), all, e[d]);
        outcome->variance[at] = m / 2 == (size_t)plan->places.persons ? 0.0 : tf_lane_covariance(e[0], e[0]);
        outcome->difference_variance[at] = tf_lane_covariance(e[1], e[1]);
        for (int d = 0; d < 2 && m % 2 == TF_DISCOUNTED; ++d)
            if (m / 2 == (size_t)plan->places.cost || m / 2 == (size_t)plan->places.qaly)
                memcpy(residuals[d][m / 2 == (size_t)plan->places.qaly], e[d], sizeof e[d]);
    }
    for (int d = 0; d < 2; ++d)
        outcome->covariance[tf_at_covariance(group, d)] = tf_lane_covariance(residuals[d][0], residuals[d][1]);
}

static trefoil_status simulate_all(trefoil_context *context, tf_cohort *cohort, uint32_t draw)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_layout *layout = cohort->plan->layout;
    size_t totals = 2 * layout->n_measures, years = layout->n_measures * layout->n_years;

    for (size_t g = 0; g < n_subgroups(cohort); ++g)
        TRY(tf_odds_fill(context, cohort->traces[g], draw, cohort->crowd->odds[g]));
    TRY(live_all(context, cohort, draw));
    clear_outcomes(cohort);
    for (size_t g = 0; g < n_subgroups(cohort); ++g) {
        tf_course_state *sums = &cohort->traces[g]->state;
        const double *lanes = cohort->crowd->totals + g * TF_LANES * totals_of_lane(layout);
        const double *lane_years = cohort->crowd->years + g * TF_LANES * years_of_lane(layout);
        for (size_t s = 0; s < layout->n_strategies; ++s) {
            add_lanes(lanes + s * totals, totals_of_lane(layout), totals, sums->totals);
            if (sums->years)
                add_lanes(lane_years + s * years, years_of_lane(layout), years, sums->years);
            add_outcome(cohort, g, s, weight_of(cohort->plan->population, g), sums->totals, sums->years);
        }
    }
    for (size_t s = 0; s < layout->n_strategies; ++s)
        for (size_t group = 0; group < layout->n_groups; ++group)
            add_variances(cohort, group, s);
out:
    return status;
}

/* ---- draws ------------------------------------------------------------------- */

static trefoil_status evaluate(trefoil_context *context, tf_cohort *cohort, uint32_t draw)
{
    trefoil_status status;
    const tf_plan *plan = cohort->plan;

    TRY(tf_parameters_draw_with(context, plan->model->parameters, plan->seed, draw, &cohort->machine, cohort->parameters));
    for (size_t g = 0; g < n_subgroups(cohort); ++g)
        TRY(tf_trace_evaluate(context, cohort->traces[g], cohort->parameters, draw));
out:
    return status;
}

trefoil_status tf_cohort_create(trefoil_context *context, const tf_plan *plan, tf_cohort **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_cohort *cohort = TF_NEW(tf_cohort, 1);

    *made = NULL;
    if (!cohort)
        return starve(context);
    cohort->plan = plan;
    cohort->machine = tf_machine_create();
    cohort->parameters = TF_NEW(double, tf_parameters_count(plan->model->parameters));
    cohort->traces = TF_NEW(tf_trace *, plan->scenario->n_subgroups);
    if (!cohort->machine || !cohort->parameters || !cohort->traces || !allocate_outcomes(cohort)) {
        status = starve(context);
        goto out;
    }
    TRY(tf_effects_check(context, plan));
    for (size_t g = 0; g < n_subgroups(cohort); ++g)
        TRY(tf_trace_create(context, plan, g, &cohort->traces[g]));
    TRY(evaluate(context, cohort, 0));
    TRY(expect_all(context, cohort, 0));
    *made = cohort;
    cohort = NULL;
out:
    tf_cohort_destroy(cohort);
    return status;
}

trefoil_status tf_cohort_run(trefoil_context *context, tf_cohort *cohort, int threads, tf_sink sink)
{
    trefoil_status status = TREFOIL_DONE;
    bool expected = cohort->plan->scenario->expected;
    const char *what = expected ? "following cohorts" : "simulating";
    uint32_t last = cohort->plan->scenario->draws;

    if (!expected)
        TRY(create_crowd(context, cohort, threads > 0 ? threads : omp_get_max_threads()));
    for (uint32_t d = 0; d <= last; ++d) {
        double began = omp_get_wtime();
        if (sink.has && sink.has(sink.self, d))
            continue;
        if (tf_interrupted(context)) {
            status = TREFOIL_INTERRUPTED;
            goto out;
        }
        TRY(evaluate(context, cohort, d));
        TRY(expected ? expect_all(context, cohort, d) : simulate_all(context, cohort, d));
        tf_draw draw = { d, cohort->parameters, cohort->outcomes, omp_get_wtime() - began };
        TRY(sink.take(sink.self, context, cohort->plan->layout, &draw));
        if (d % 256 == 0 || !expected)
            tf_progress(context, what, d, last);
    }
    tf_progress(context, what, 1, 1);
out:
    free_crowd(cohort);
    return status;
}
