/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tally.h"

#include "base/memory.h"
#include "base/fast.h"

#include <string.h>

tf_grid_kind tf_measure_grid(const tf_plan *plan, int measure)
{
    const char *name = plan->layout->measures[measure].name;
    static const char *const time_like[] = { "persons", "ly", "qaly", "deaths" };

    if (strncmp(name, "event.", 6) == 0 || strncmp(name, "years.", 6) == 0)
        return TF_GRID_TIME;
    for (size_t i = 0; i < sizeof time_like / sizeof *time_like; ++i)
        if (strcmp(name, time_like[i]) == 0)
            return TF_GRID_TIME;
    return strcmp(name, "cost") == 0 || strncmp(name, "cost.", 5) == 0 ? TF_GRID_MONEY : TF_GRID_USE;
}

/* ---- unit -------------------------------------------------------------------- */

static size_t unit_sums(const tf_unit_tally *tally)
{
    return tally->n_measures * 2 * TF_LANES;
}

bool tf_unit_tally_create(const tf_plan *plan, size_t max_pieces, tf_unit_tally *tally)
{
    *tally = (tf_unit_tally){ .n_measures = plan->layout->n_measures, .n_years = plan->layout->n_years, .capacity = max_pieces };
    tally->sums = tf_alloc_aligned(max_pieces * unit_sums(tally), sizeof *tally->sums);
    if (plan->layout->n_year_groups) {
        tally->by_year = tf_alloc_aligned(max_pieces * tally->n_years * tally->n_measures, sizeof *tally->by_year);
        if (!tally->by_year)
            return false;
    }
    return tally->sums != NULL;
}

void tf_unit_tally_free(tf_unit_tally *tally)
{
    tf_free(tally->sums);
    tf_free(tally->by_year);
    *tally = (tf_unit_tally){ 0 };
}

void tf_unit_tally_clear(tf_unit_tally *tally, size_t n_pieces)
{
    tally->n_pieces = n_pieces;
    memset(tally->sums, 0, n_pieces * unit_sums(tally) * sizeof *tally->sums);
    if (tally->by_year)
        memset(tally->by_year, 0, n_pieces * tally->n_years * tally->n_measures * sizeof *tally->by_year);
}

static size_t unit_years(const tf_unit_tally *tally)
{
    return tally->by_year ? tally->n_years * tally->n_measures : 0;
}

size_t tf_unit_tally_numbers(const tf_unit_tally *tally)
{
    return tally->capacity * (unit_sums(tally) + unit_years(tally));
}

void tf_unit_tally_write(const tf_unit_tally *tally, int64_t *to)
{
    memcpy(to, tally->sums, tally->n_pieces * unit_sums(tally) * sizeof *to);
    if (tally->by_year)
        memcpy(to + tally->capacity * unit_sums(tally), tally->by_year, tally->n_pieces * unit_years(tally) * sizeof *to);
}

tf_unit_tally tf_unit_tally_view(const tf_unit_tally *like, size_t n_pieces, int64_t *numbers)
{
    tf_unit_tally view = *like;

    view.n_pieces = n_pieces;
    view.sums = numbers;
    view.by_year = like->by_year ? numbers + like->capacity * unit_sums(like) : NULL;
    return view;
}

/* ---- draw -------------------------------------------------------------------- */

bool tf_draw_tally_create(const tf_plan *plan, tf_draw_tally *tally)
{
    const tf_layout *layout = plan->layout;

    *tally = (tf_draw_tally){ layout->n_strategies, layout->n_groups, layout->n_measures, layout->n_year_groups, layout->n_years,
                              NULL, NULL };
    tally->sums = tf_alloc_aligned(layout->n_strategies * layout->n_groups * layout->n_measures * 2 * TF_LANES, sizeof *tally->sums);
    tally->by_year =
        tf_alloc_aligned(layout->n_strategies * layout->n_year_groups * layout->n_years * layout->n_measures, sizeof *tally->by_year);
    return tally->sums && tally->by_year;
}

void tf_draw_tally_free(tf_draw_tally *tally)
{
    tf_free(tally->sums);
    tf_free(tally->by_year);
    *tally = (tf_draw_tally){ 0 };
}

bool tf_weighing_create(const tf_plan *plan, tf_weighing *weighing)
{
    const tf_layout *layout = plan->layout;

    weighing->sums = tf_alloc_aligned(layout->n_groups * layout->n_measures * 2 * TF_LANES, sizeof(double));
    weighing->by_year = tf_alloc_aligned(layout->n_year_groups * layout->n_years * layout->n_measures, sizeof(double));
    weighing->used = TF_NEW(bool, layout->n_groups);
    return weighing->sums && weighing->by_year && weighing->used;
}

void tf_weighing_free(tf_weighing *weighing)
{
    tf_free(weighing->sums);
    tf_free(weighing->by_year);
    tf_free(weighing->used);
    *weighing = (tf_weighing){ 0 };
}

TF_FAST static void add_weighted(double weight, const int64_t *from, size_t n, double *to)
{
    for (size_t i = 0; i < n; ++i)
        to[i] += weight * (double)from[i];
}

/* Doubles hold whole steps here; they enter the totals as integers, which are below 2^63 in most units. */
TF_FAST static void add_rounded(double *from, size_t n, tf_steps *to)
{
    for (size_t i = 0; i < n; ++i) {
        double steps = rint(from[i]);
        to[i] += fabs(steps) < 0x1p63 ? (tf_steps)(int64_t)steps : (tf_steps)steps;
        from[i] = 0.0;
    }
}

/* A piece's years, from that in which it joins; of those who join, while the population is open. */
static void weigh_years(const tf_plan *plan, const tf_stratum *stratum, const tf_unit_tally *from, size_t piece, size_t year_group,
                        tf_weighing *weighing)
{
    const tf_layout *layout = plan->layout;
    size_t first = stratum->joins, open = (size_t)plan->scenario->open_years, years = first && open < layout->n_years ? open : layout->n_years;

    if (first < years)
        add_weighted(stratum->weight, &from->by_year[(piece * layout->n_years + first) * layout->n_measures], (years - first) * layout->n_measures,
                     &weighing->by_year[((year_group + (first ? layout->joining : 0)) * layout->n_years + first) * layout->n_measures]);
}

void tf_draw_tally_add(const tf_plan *plan, const tf_unit *unit, size_t strategy, const tf_unit_tally *from, tf_weighing *weighing,
                       tf_draw_tally *to)
{
    const tf_layout *layout = plan->layout;
    size_t per_group = layout->n_measures * 2 * TF_LANES, per_year_group = layout->n_years * layout->n_measures;
    size_t n_groupings = plan->scenario->n_groupings;

    for (size_t p = 0; p < unit->n_pieces; ++p) {
        const tf_piece *piece = &plan->pieces[unit->first_piece + p];
        const tf_stratum *stratum = &plan->population->strata[piece->stratum];
        for (size_t g = 0; g < n_groupings; ++g) {
            int group = plan->groups[piece->stratum * n_groupings + g], year_group = layout->groups[group].year_index;
            weighing->used[group] = true;
            if (stratum->joins == 0)
                add_weighted(stratum->weight, &from->sums[p * per_group], per_group, &weighing->sums[(size_t)group * per_group]);
            if (year_group >= 0)
                weigh_years(plan, stratum, from, p, (size_t)year_group, weighing);
        }
    }
    for (size_t g = 0; g < layout->n_groups; ++g) {
        int year_group = layout->groups[g].year_index;
        if (!weighing->used[g])
            continue;
        weighing->used[g] = false;
        add_rounded(&weighing->sums[g * per_group], per_group, &to->sums[(strategy * layout->n_groups + g) * per_group]);
        size_t step = layout->joining ? layout->joining : layout->n_year_groups;
        for (size_t y = (size_t)year_group; year_group >= 0 && y < layout->n_year_groups; y += step)
            add_rounded(&weighing->by_year[y * per_year_group], per_year_group,
                        &to->by_year[(strategy * layout->n_year_groups + y) * per_year_group]);
    }
}

/* ---- results ----------------------------------------------------------------- */

void tf_lane_residuals(const double *lanes, const double *people, double total, double all_people, double *e)
{
    for (int l = 0; l < TF_LANES; ++l)
        e[l] = all_people > 0.0 ? lanes[l] - total / all_people * people[l] : 0.0;
}

double tf_lane_covariance(const double *a, const double *b)
{
    double sum = 0.0;

    for (int l = 0; l < TF_LANES; ++l)
        sum += a[l] * b[l];
    return sum * TF_LANES / (TF_LANES - 1.0);
}

static double lanes_of(const tf_steps *from, double steps, double *lanes)
{
    tf_steps sum = 0;

    for (int l = 0; l < TF_LANES; ++l) {
        lanes[l] = (double)from[l] / steps;
        sum += from[l];
    }
    return (double)sum / steps;
}

static void finish_group(const tf_plan *plan, const tf_draw_tally *tally, size_t strategy, size_t group, tf_outcome *outcome)
{
    const tf_layout *layout = plan->layout;
    size_t per_group = layout->n_measures * 2 * TF_LANES;
    const tf_steps *mine = &tally->sums[(strategy * layout->n_groups + group) * per_group];
    const tf_steps *other = &tally->sums[(layout->comparator * layout->n_groups + group) * per_group];
    double people[TF_LANES], lanes[TF_LANES], all;
    double residuals[2][2][TF_LANES] = { 0 }; /* [cost, qaly][own, difference] */

    all = lanes_of(&mine[(size_t)plan->places.persons * 2 * TF_LANES], tf_grid_steps(TF_GRID_TIME), people);
    for (size_t m = 0; m < layout->n_measures; ++m)
        for (int d = 0; d < 2; ++d) {
            size_t at = (m * 2 + (size_t)d) * TF_LANES, to = tf_at(layout, group, m, d);
            double steps = tf_grid_steps(tf_measure_grid(plan, (int)m));
            tf_steps difference[TF_LANES];
            outcome->total[to] = lanes_of(&mine[at], steps, lanes);
            double own[TF_LANES], paired[TF_LANES];
            tf_lane_residuals(lanes, people, outcome->total[to], all, own);
            outcome->variance[to] = tf_lane_covariance(own, own);
            for (int l = 0; l < TF_LANES; ++l)
                difference[l] = mine[at + (size_t)l] - other[at + (size_t)l];
            double change = lanes_of(difference, steps, lanes);
            tf_lane_residuals(lanes, people, change, all, paired);
            outcome->difference_variance[to] = tf_lane_covariance(paired, paired);
            if (d == TF_DISCOUNTED && ((int)m == plan->places.cost || (int)m == plan->places.qaly)) {
                memcpy(residuals[(int)m == plan->places.qaly][0], own, sizeof own);
                memcpy(residuals[(int)m == plan->places.qaly][1], paired, sizeof paired);
            }
        }
    for (int difference = 0; difference < 2; ++difference)
        outcome->covariance[tf_at_covariance(group, difference)] = tf_lane_covariance(residuals[0][difference], residuals[1][difference]);
}

/* The people of a group are known, not estimated: weights add up to them exactly, whatever lanes rounded. */
static void count_people(const tf_plan *plan, tf_outcome *outcome)
{
    const tf_layout *layout = plan->layout;
    size_t n_groupings = plan->scenario->n_groupings;

    for (size_t g = 0; g < layout->n_groups; ++g)
        for (int d = 0; d < 2; ++d) {
            outcome->total[tf_at(layout, g, (size_t)plan->places.persons, d)] = 0.0;
            outcome->variance[tf_at(layout, g, (size_t)plan->places.persons, d)] = 0.0;
        }
    for (size_t s = 0; s < plan->population->n_strata; ++s)
        for (size_t g = 0; g < n_groupings; ++g)
            for (int d = 0; d < 2; ++d)
                outcome->total[tf_at(layout, (size_t)plan->groups[s * n_groupings + g], (size_t)plan->places.persons, d)] +=
                    (double)plan->population->strata[s].people;
}

trefoil_status tf_draw_tally_finish(trefoil_context *context, const tf_plan *plan, const tf_draw_tally *tally, tf_outcome **made)
{
    const tf_layout *layout = plan->layout;
    size_t n = layout->n_groups * layout->n_measures * 2, n_year = layout->n_year_groups * layout->n_years * layout->n_measures;
    tf_outcome *outcomes = TF_NEW(tf_outcome, layout->n_strategies);

    *made = outcomes;
    if (!outcomes)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the results of a draw");
    for (size_t s = 0; s < layout->n_strategies; ++s) {
        tf_outcome *o = &outcomes[s];
        o->total = TF_NEW(double, n);
        o->variance = TF_NEW(double, n);
        o->difference_variance = TF_NEW(double, n);
        o->by_year = TF_NEW(double, n_year);
        o->covariance = TF_NEW(double, 2 * layout->n_groups);
        if (!o->total || !o->variance || !o->difference_variance || !o->by_year || !o->covariance) {
            tf_outcomes_free(outcomes, layout->n_strategies);
            *made = NULL;
            return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the results of a draw");
        }
        for (size_t g = 0; g < layout->n_groups; ++g)
            finish_group(plan, tally, s, g, o);
        count_people(plan, o);
        for (size_t i = 0; i < n_year; ++i)
            o->by_year[i] = (double)tally->by_year[s * n_year + i] / tf_grid_steps(tf_measure_grid(plan, (int)(i % layout->n_measures)));
    }
    return TREFOIL_DONE;
}

void tf_outcomes_free(tf_outcome *outcomes, size_t n_strategies)
{
    for (size_t s = 0; outcomes && s < n_strategies; ++s) {
        tf_free(outcomes[s].total);
        tf_free(outcomes[s].variance);
        tf_free(outcomes[s].difference_variance);
        tf_free(outcomes[s].by_year);
        tf_free(outcomes[s].covariance);
    }
    tf_free(outcomes);
}
