/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One draw made ready: parameters drawn, formulas evaluated in every cell, and the normalisers found from a reference population, so
 * that simulating a person needs only look-ups.  Read-only while people are simulated.
 */
#ifndef TF_ENGINE_PREPARE_H
#define TF_ENGINE_PREPARE_H

#include "engine/discount.h"
#include "engine/plan.h"

typedef struct tf_prepared {
    uint32_t draw; /* 0: base case */
    double *parameters;
    tf_quantities quantities;
    double *rate;    /* [cell][transition]: hazard per year of a person whose relative risk is 1; 0 where the model does not reach.
                        Discrete clock: probability per cycle for TF_PROBABILITY.  TF_TIME: what the family's hazard is multiplied by */
    double *onset;   /* [condition][cell]: H of "P(not in the first state) = 1 - exp(-H x RR)", or the share itself where the condition
                        has no relative set */
    double *location, *scale; /* [cell][risk]: of the normal score (lognormal: of the logarithm to base 2); bernoulli: location is the share */
    double *utility; /* [cell][profile] */
    double *slope;   /* [cell][term], terms of all relative sets in order: logarithm to base 2 of the ratio per unit (risk factors) */
    double *base;    /* [cell][relative set]: what is added to the sum of slope x risk factor, so that it is 0 at the means */
    double *ratio;     /* [cell][term] */
    double *factor;    /* [cell][state of a factor]: its ratio, 1 where no term says otherwise */
    double *act_scale, *act_add; /* [cell][state of an act]: 1 and 0 where it has no effect */
    double *amount;    /* [cell][flow]: units, money or quality of a flow of the plan ... */
    double *money;     /* [cell][flow]: ... and what it costs */
    uint64_t *risks_change; /* [cell]: risk factors (bits) that differ from the cell a year younger ... */
    uint64_t *sets_change;  /* [cell]: ... and relative sets, by their ratios or through their risk factors */
    uint64_t *sets_spare;   /* [cell]: relative sets (bits) of which some state spares the risk factors: its ratio is 0, so that they do not matter */
    tf_discount costs, effects;
    void **plans;    /* [intervention]: what prepare() made */
    const struct tf_prepared *like; /* all but parameters and plans are this one's; NULL: its own */
} tf_prepared;

static inline double *tf_rate(const tf_plan *plan, const tf_prepared *prepared, int cell, size_t transition)
{
    return &prepared->rate[(size_t)cell * plan->model->n_transitions + transition];
}

static inline size_t tf_term_at(const tf_plan *plan, int cell, size_t term)
{
    return (size_t)cell * plan->first_term[plan->model->n_relatives] + term;
}

static inline double *tf_base(const tf_plan *plan, const tf_prepared *prepared, int cell, int relative)
{
    return &prepared->base[(size_t)cell * plan->model->n_relatives + (size_t)relative];
}

/* Ratios of a factor by state of its condition. */
static inline const double *tf_factor_ratios(const tf_plan *plan, const tf_prepared *prepared, int cell, size_t factor)
{
    return &prepared->factor[(size_t)cell * plan->n_factor_states + plan->factors[factor].first];
}

/* Where the tables of an act begin, by state of its condition. */
static inline size_t tf_act_at(const tf_plan *plan, int cell, const tf_act *act)
{
    return (size_t)cell * plan->n_act_states + act->first;
}

/* `subgroup` and `strategy`: what they change, in this order; NULL: nothing. */
trefoil_status tf_prepare(trefoil_context *context, const tf_plan *plan, uint32_t draw, const tf_changes *subgroup, const tf_changes *strategy,
                          tf_prepared **prepared) TF_MUST_USE;
/* The same draw with other settings of plugins: what the model says is shared with `like`, which must outlive it.  The changes of both
 * strategies must be alike (tf_changes_alike), and the subgroup the same. */
trefoil_status tf_prepare_like(trefoil_context *context, const tf_plan *plan, const tf_prepared *like, const tf_changes *subgroup,
                               const tf_changes *strategy, tf_prepared **prepared) TF_MUST_USE;
void tf_prepared_destroy(const tf_plan *plan, tf_prepared *prepared);

#endif
