/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adding up.  While a block lives, its sums are doubles on a grid, per segment, measure and lane; at its end they become integers of
 * the unit; at the unit's end each stratum's integers are weighted and added, in the order of strata, to the draw's 128-bit totals by
 * group.  No step depends on how people were cut into blocks, or which thread took which unit.
 */
#ifndef TF_ENGINE_TALLY_H
#define TF_ENGINE_TALLY_H

#include "engine/fixed.h"
#include "engine/plan.h"

typedef struct tf_block_tally {
    size_t n_measures, n_states, n_profiles;
    double *sums;     /* [segment][measure][lane][2]: undiscounted, discounted side by side, as events add them */
    double *occupied; /* [segment][state][lane]: people in the state now */
    double *profiles; /* [segment][profile][lane]: living people by combination of states that matter to utility */
    double *alive;    /* [segment][lane] */
    int *n_occupied;  /* [segment][state]: over lanes */
    int *n_profile;   /* [segment][profile] */
    double *year;     /* [segment][measure]: undiscounted, of all lanes, in the current year */
    int *n_alive;     /* [segment] */
    size_t capacity;  /* segments */
} tf_block_tally;

/* An amount and its present value. */
typedef double tf_valued __attribute__((vector_size(2 * sizeof(double))));

/* The lanes of a measure: pairs of undiscounted and discounted sums. */
static inline double *tf_sums(const tf_block_tally *tally, size_t segment, int measure)
{
    return &tally->sums[(segment * tally->n_measures + (size_t)measure) * 2 * TF_LANES];
}

/* Which grid a measure is kept on. */
tf_grid_kind tf_measure_grid(const tf_plan *plan, int measure);

/* Sums of one strategy over a unit, in steps. */
typedef struct tf_unit_tally {
    size_t n_pieces, n_measures, n_years;
    int64_t *sums;    /* [piece][measure][2][lane] */
    int64_t *by_year; /* [piece][year][measure]; NULL when no grouping is kept by year */
    size_t capacity;
    uint32_t block;   /* people simulated together at most: sums too large for so many are left to smaller blocks */
} tf_unit_tally;

bool tf_unit_tally_create(const tf_plan *plan, size_t max_pieces, tf_unit_tally *tally);
void tf_unit_tally_free(tf_unit_tally *tally);
void tf_unit_tally_clear(tf_unit_tally *tally, size_t n_pieces);

/* To and from plain memory: how many numbers (for as many pieces as it can hold), written, and seen as a tally of `n_pieces` made like `like`. */
size_t tf_unit_tally_numbers(const tf_unit_tally *tally);
void tf_unit_tally_write(const tf_unit_tally *tally, int64_t *to);
tf_unit_tally tf_unit_tally_view(const tf_unit_tally *like, size_t n_pieces, int64_t *numbers);

/* Sums of one draw: 128-bit steps per strategy. */
typedef struct tf_draw_tally {
    size_t n_strategies, n_groups, n_measures, n_year_groups, n_years;
    tf_steps *sums;    /* [strategy][group][measure][2][lane] */
    tf_steps *by_year; /* [strategy][year group][year][measure] */
} tf_draw_tally;

bool tf_draw_tally_create(const tf_plan *plan, tf_draw_tally *tally);
void tf_draw_tally_free(tf_draw_tally *tally);

/* Space for one unit's weighted sums: `sums` and `by_year` as in tf_draw_tally for one strategy, doubles. */
typedef struct tf_weighing {
    double *sums, *by_year;
    bool *used; /* [group] */
} tf_weighing;
bool tf_weighing_create(const tf_plan *plan, tf_weighing *weighing);
void tf_weighing_free(tf_weighing *weighing);

/* Weight one strategy's unit and add it to the draw.  The caller holds the draw's lock. */
void tf_draw_tally_add(const tf_plan *plan, const tf_unit *unit, size_t strategy, const tf_unit_tally *from, tf_weighing *weighing,
                       tf_draw_tally *to);

/*
 * The variance of a total from its 16 lanes.  Lanes differ a little in how many people of a group they hold, so what is squared is the
 * residual from the group's mean per person: e_l = T_l - (T / W) W_l, W the weighted people; Var(T) = 16/15 sum e_l^2, the
 * linearised variance of a ratio under equal-probability batches (Cochran, Sampling Techniques, 1977, section 6.3).  Of two totals the
 * covariance is the same with the product of their residuals.
 */
void tf_lane_residuals(const double *lanes, const double *people, double total, double all_people, double *e);
double tf_lane_covariance(const double *a, const double *b);

/* Totals, variances and paired variances as results; arrays of `outcomes` are allocated here, freed by tf_outcomes_free. */
trefoil_status tf_draw_tally_finish(trefoil_context *context, const tf_plan *plan, const tf_draw_tally *tally, tf_outcome **outcomes)
    TF_MUST_USE;
void tf_outcomes_free(tf_outcome *outcomes, size_t n_strategies);

#endif
