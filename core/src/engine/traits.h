/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people are like: risk factors and relative risks of rows that share a cell.  The same arithmetic, row by row, serves the
 * reference population and the people of a run, so that the same person has the same bits in both.
 */
#ifndef TF_ENGINE_TRAITS_H
#define TF_ENGINE_TRAITS_H

#include "engine/prepare.h"

/* Rows [from, to) of columns; all in one cell. */
typedef struct tf_rows {
    uint32_t from, to;
    int cell;
    double *const *luck;     /* [risk]: normal score (normal, lognormal) or uniform (bernoulli) of each row, for life */
    uint8_t *const *state;   /* [condition]: state within the condition, 0 = first */
    double *const *risk;     /* [risk]: value now */
    double *const *relative; /* [relative set]: relative risk now */
} tf_rows;

/* The risk factors `which` (bits) <- their natural values at the cell; and then the effects on them of the states people are in. */
#define TF_ALL UINT64_MAX
void tf_traits_natural(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which);
void tf_traits_effects(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which);
/* One relative set from risk and state. */
void tf_traits_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative);
/* The same without terms of states (they are taken as 1), into `out`. */
void tf_traits_relative_of_risks(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative, double *out);

/* The same for the single row rows->from: one risk factor with the effects of states, and one relative set.  Same bits as the loops. */
void tf_traits_row_risk(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, size_t risk);
void tf_traits_row_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative);

/* Shares of a condition's states at the start, in a cell: upto[s] is the share in states 1..s given not the first, `total` the share not in
 * the first. */
typedef struct tf_shares {
    double total, upto[TF_MAX_STATES];
    int n;
} tf_shares;
tf_shares tf_traits_shares(const tf_plan *plan, const tf_prepared *prepared, int condition, int cell);

/* The state within the condition at uniform v in (0,1), given not the first. */
static inline int tf_traits_state(const tf_shares *shares, double v)
{
    int s = 1;
    while (s < shares->n - 1 && v >= shares->upto[s])
        ++s;
    return s;
}

/* P(not in the first state) of each row, its relative risk in the condition's initial set being up to date. */
void tf_traits_onset(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int condition, double *onset);

#endif
