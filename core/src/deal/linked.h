/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links along the numbers that break-even values and the zone of possible agreement vary.  A link changes the scenario itself, so that another value of
 * a number it rests on asks for another run.  A few runs along such a number are made; between them outcomes lie on straight lines, draw by draw, as
 * the same people have the same luck in all of them.
 */
#ifndef TF_DEAL_LINKED_H
#define TF_DEAL_LINKED_H

#include "deal/settle.h"

enum { TF_LINKED_ALONG = 6 /* runs along one number */, TF_LINKED_ACROSS = 3 /* along each of two */, TF_LINKED_RUNS = 9 };

typedef struct tf_linked_axis {
    size_t lever, n;
    double values[TF_LINKED_ALONG]; /* ascending */
} tf_linked_axis;

/* Runs along one number, or on the grid of two. */
typedef struct tf_linked_grid {
    size_t n_axes;
    tf_linked_axis axes[2];
    tf_sample *samples[TF_LINKED_RUNS]; /* [b * axes[0].n + a]; owned; NULL: the scenario refuses these values */
} tf_linked_grid;

typedef struct tf_linked {
    tf_linked_grid *grids;
    size_t n_grids;
} tf_linked;

/* Which runs the deal asks for: its grids, without samples.  A number of [zone] is varied over the zone's range, one of `solve` from 0 to twice what it is. */
trefoil_status tf_linked_plan(trefoil_context *context, const tf_deal *deal, tf_linked *linked) TF_MUST_USE;
void tf_linked_free(tf_linked *linked);
size_t tf_linked_runs(const tf_linked_grid *grid);
/* levers[lever]: the deal's numbers, at their means, in the k-th run of a grid. */
void tf_linked_levers(const tf_deal *deal, const tf_linked_grid *grid, size_t k, double *levers);

/* Does a link rest on the number? */
bool tf_link_follows(const tf_deal *deal, size_t lever);
/* The range in which break-even values of the number can be sought: that of the runs which the scenario did not refuse, around what the number is;
 * false: anywhere. */
bool tf_linked_range(const tf_deal *deal, size_t lever, double *lo, double *hi);

/*
 * The run as the changes' links have it, in *made, to be destroyed; NULL: they change nothing.  TREFOIL_USER_MISTAKE, in words, where
 * no run was made: outside of the range, or next to values that the scenario refuses.
 */
trefoil_status tf_linked_at(trefoil_context *context, const tf_deal *deal, const tf_source *source, const tf_change *changes, size_t n,
                            tf_source **made) TF_MUST_USE;

/* A sample of `draws` draws (0: a base case alone) in which everything is 0: totals and years only, all other arrays NULL.  NULL: no memory. */
tf_sample *tf_linked_sample(const tf_layout *layout, size_t draws);

#endif
