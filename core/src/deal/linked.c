/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/linked.h"

#include "analysis/estimate.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the runs of a deal's links");
}

/* ---- which runs ---------------------------------------------------------------------------- */

bool tf_link_follows(const tf_deal *deal, size_t lever)
{
    for (size_t l = 0; l < deal->n_links; l++) {
        const tf_expression *value = &deal->links[l].value;

        for (size_t k = 0; k < value->n_symbols; k++) {
            const tf_name *name = &deal->names[value->symbols[k].index];

            if (name->kind == TF_NAME_NUMBER && name->index == lever) {
                return true;
            }
        }
    }
    return false;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* n - 1 values from lo to hi, and what the number is now. */
static tf_linked_axis axis_of(const tf_deal *deal, size_t lever, double lo, double hi, size_t n)
{
    const double base = deal->levers[lever].number.distribution.mean;
    const bool inside = base > lo && base < hi;
    tf_linked_axis axis = {.lever = lever};

    n -= inside;
    for (size_t k = 0; k < n; k++) {
        axis.values[axis.n++] = k + 1 == n ? hi : lo + (double)k / (double)(n - 1) * (hi - lo);
        if (inside && fabs(axis.values[axis.n - 1] - base) <= 1e-9 * (hi - lo)) {
            axis.n--; /* it comes by itself */
        }
    }
    if (inside) {
        axis.values[axis.n++] = base;
    }
    qsort(axis.values, axis.n, sizeof *axis.values, ascending);
    return axis;
}

static ptrdiff_t zone_side(const tf_deal *deal, size_t lever)
{
    return tf_list_find(&deal->zone, deal->levers[lever].name);
}

static void range_of(const tf_deal *deal, size_t lever, double *lo, double *hi)
{
    const double base = deal->levers[lever].number.distribution.mean;
    const ptrdiff_t side = zone_side(deal, lever);

    *lo = fmin(0, 2 * base);
    *hi = base == 0 ? 1 : fmax(0, 2 * base);
    if (side >= 0) {
        *lo = fmin(base, deal->zone_from[side]);
        *hi = fmax(base, deal->zone_to[side]);
    }
}

trefoil_status tf_linked_plan(trefoil_context *context, const tf_deal *deal, tf_linked *linked)
{
    size_t across = 0; /* how many of the zone's numbers are followed */

    *linked = (tf_linked){.grids = TF_NEW(tf_linked_grid, deal->n_levers + 1)};
    if (linked->grids == NULL) {
        return no_memory(context);
    }
    for (size_t lever = 0; lever < deal->n_levers; lever++) {
        across += tf_link_follows(deal, lever) && zone_side(deal, lever) >= 0;
    }
    for (size_t lever = 0; lever < deal->n_levers; lever++) {
        const bool sought = tf_list_find(&deal->solve, deal->levers[lever].name) >= 0, varied = zone_side(deal, lever) >= 0 && across == 1;
        double lo, hi;

        if (tf_link_follows(deal, lever) && (sought || varied)) {
            range_of(deal, lever, &lo, &hi);
            linked->grids[linked->n_grids++] = (tf_linked_grid){.n_axes = 1, .axes = {axis_of(deal, lever, lo, hi, TF_LINKED_ALONG)}};
        }
    }
    if (across == 2) {
        tf_linked_grid *grid = &linked->grids[linked->n_grids++];

        grid->n_axes = 2;
        for (int side = 0; side < 2; side++) {
            grid->axes[side] = axis_of(deal, (size_t)tf_deal_lever(deal, deal->zone.items[side]), deal->zone_from[side], deal->zone_to[side],
                                       TF_LINKED_ACROSS);
        }
    }
    return TREFOIL_DONE;
}

size_t tf_linked_runs(const tf_linked_grid *grid)
{
    return grid->axes[0].n * (grid->n_axes == 2 ? grid->axes[1].n : 1);
}

void tf_linked_free(tf_linked *linked)
{
    for (size_t g = 0; g < linked->n_grids; g++) {
        for (size_t k = 0; k < TF_LINKED_RUNS; k++) {
            tf_sample_destroy(linked->grids[g].samples[k]);
        }
    }
    tf_free(linked->grids);
    *linked = (tf_linked){0};
}

void tf_linked_levers(const tf_deal *deal, const tf_linked_grid *grid, size_t k, double *levers)
{
    for (size_t l = 0; l < deal->n_levers; l++) {
        levers[l] = deal->levers[l].number.distribution.mean;
    }
    levers[grid->axes[0].lever] = grid->axes[0].values[k % grid->axes[0].n];
    if (grid->n_axes == 2) {
        levers[grid->axes[1].lever] = grid->axes[1].values[k / grid->axes[0].n];
    }
}

bool tf_linked_range(const tf_deal *deal, size_t lever, double *lo, double *hi)
{
    const double base = deal->levers[lever].number.distribution.mean;

    for (size_t g = 0; deal->linked != NULL && g < deal->linked->n_grids; g++) {
        const tf_linked_grid *grid = &deal->linked->grids[g];

        if (grid->n_axes == 1 && grid->axes[0].lever == lever) {
            *lo = *hi = base;
            for (size_t k = grid->axes[0].n; k-- > 0 && (grid->axes[0].values[k] >= base || grid->samples[k] != NULL);) {
                *lo = fmin(*lo, grid->axes[0].values[k]);
            }
            for (size_t k = 0; k < grid->axes[0].n && (grid->axes[0].values[k] <= base || grid->samples[k] != NULL); k++) {
                *hi = fmax(*hi, grid->axes[0].values[k]);
            }
            return true;
        }
    }
    return false;
}

/* ---- between them -------------------------------------------------------------------------- */

/* Of the strategies of a draw, in one piece of memory. */
static tf_outcome *make_outcomes(const tf_layout *layout)
{
    const size_t total = layout->n_groups * layout->n_measures * 2, by_year = layout->n_year_groups * layout->n_years * layout->n_measures;
    char *piece = tf_alloc(layout->n_strategies, sizeof(tf_outcome) + (total + by_year) * sizeof(double));
    tf_outcome *outcomes = (tf_outcome *)(void *)piece;
    double *numbers = (double *)(void *)(piece + layout->n_strategies * sizeof(tf_outcome));

    for (size_t s = 0; outcomes != NULL && s < layout->n_strategies; s++) {
        outcomes[s] = (tf_outcome){.total = numbers, .by_year = numbers + total};
        numbers += total + by_year;
    }
    return outcomes;
}

tf_sample *tf_linked_sample(const tf_layout *layout, size_t draws)
{
    tf_sample *made = TF_NEW(tf_sample, 1);
    bool whole = made != NULL;

    if (whole) {
        *made = (tf_sample){.n_draws = draws, .draws = TF_NEW(uint32_t, draws), .outcomes = TF_NEW(tf_outcome *, draws)};
        whole = made->draws != NULL && made->outcomes != NULL;
    }
    for (size_t k = 0; k < draws && whole; k++) {
        made->draws[k] = (uint32_t)k + 1;
        made->outcomes[k] = make_outcomes(layout);
        whole = made->outcomes[k] != NULL;
    }
    if (whole && draws == 0) {
        made->base = make_outcomes(layout);
        whole = made->base != NULL;
    }
    if (!whole) {
        tf_sample_destroy(made);
        return NULL;
    }
    return made;
}

static void add_part(const tf_layout *layout, double part, const tf_sample *from, tf_sample *to)
{
    const size_t n = layout->n_groups * layout->n_measures * 2 + layout->n_year_groups * layout->n_years * layout->n_measures;

    for (size_t d = 0; d < tf_sample_size(to); d++) {
        for (size_t s = 0; s < layout->n_strategies; s++) {
            const double *numbers = tf_sample_at(from, d)[s].total; /* and the years behind */
            double *sums = tf_sample_at(to, d)[s].total;

            for (size_t i = 0; i < n; i++) {
                sums[i] += part * numbers[i];
            }
        }
    }
}

/* Where x lies: from values[*at] a part of the way to the next; false: outside. */
static bool find(const tf_linked_axis *axis, double x, size_t *at, double *part)
{
    const double slack = 1e-9 * (axis->values[axis->n - 1] - axis->values[0]);

    for (*at = 0; *at + 2 < axis->n && x > axis->values[*at + 1]; ++*at) {
    }
    *part = (x - axis->values[*at]) / (axis->values[*at + 1] - axis->values[*at]);
    return x >= axis->values[0] - slack && x <= axis->values[axis->n - 1] + slack;
}

static const tf_change *change_of(const tf_change *changes, size_t n, size_t lever)
{
    for (size_t c = 0; c < n; c++) {
        if (changes[c].of == TF_CHANGE_LEVER && changes[c].index == lever) {
            return &changes[c];
        }
    }
    return NULL;
}

/* The grid of exactly those changed numbers that links follow. */
static const tf_linked_grid *grid_of(const tf_deal *deal, const tf_change *changes, size_t n)
{
    size_t followed = 0;

    for (size_t c = 0; c < n; c++) {
        followed += changes[c].of == TF_CHANGE_LEVER && tf_link_follows(deal, changes[c].index);
    }
    for (size_t g = 0; followed > 0 && g < deal->linked->n_grids; g++) {
        const tf_linked_grid *grid = &deal->linked->grids[g];
        size_t found = 0;

        for (size_t a = 0; a < grid->n_axes; a++) {
            found += change_of(changes, n, grid->axes[a].lever) != NULL;
        }
        if (found == grid->n_axes && followed == grid->n_axes) {
            return grid;
        }
    }
    return NULL;
}

static trefoil_status refuse(trefoil_context *context, const tf_deal *deal, const tf_linked_axis *axis, double x)
{
    return tf_mistake(context, (tf_place){deal->path, 0}, "no run was made with %s = %g", deal->levers[axis->lever].name, x);
}

trefoil_status tf_linked_at(trefoil_context *context, const tf_deal *deal, const tf_source *source, const tf_change *changes, size_t n,
                            tf_source **made)
{
    const tf_linked_grid *grid = deal->linked != NULL ? grid_of(deal, changes, n) : NULL;
    const tf_layout *layout = tf_source_layout(source);
    size_t at[2] = {0, 0};
    double part[2] = {0, 0};
    tf_sample *blend;
    trefoil_status status = TREFOIL_DONE;

    *made = NULL;
    if (grid == NULL) {
        return TREFOIL_DONE;
    }
    for (size_t a = 0; a < grid->n_axes; a++) {
        const double x = change_of(changes, n, grid->axes[a].lever)->value;

        if (!find(&grid->axes[a], x, &at[a], &part[a])) {
            return refuse(context, deal, &grid->axes[a], x);
        }
    }
    blend = tf_linked_sample(layout, tf_source_sample(source)->n_draws);
    if (blend == NULL) {
        return no_memory(context);
    }
    for (size_t corner = 0; corner < (size_t)1 << grid->n_axes; corner++) {
        const size_t a = corner & 1, b = corner >> 1;
        const double share = (a ? part[0] : 1 - part[0]) * (grid->n_axes == 1 ? 1 : b ? part[1] : 1 - part[1]);
        const tf_sample *sample = fabs(share) > 1e-9 ? grid->samples[(at[1] + b) * grid->axes[0].n + at[0] + a] : NULL;

        if (fabs(share) > 1e-9 && sample == NULL) {
            status = refuse(context, deal, &grid->axes[0], change_of(changes, n, grid->axes[0].lever)->value);
            goto out;
        }
        if (sample != NULL) {
            add_part(layout, share, sample, blend);
        }
    }
    TRY(tf_source_create(context, layout, tf_source_scenario(source), blend, made));
    tf_source_keep(*made, blend);
    blend = NULL;
out:
    tf_sample_destroy(blend);
    return status;
}
