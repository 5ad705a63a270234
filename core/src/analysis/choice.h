/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sample says of the decision: the fully incremental analysis of the means, and at a threshold the net benefits, how probable it is
 * that each strategy is the best, what a wrong choice costs, and what it would be worth to know (EVPI).  All per person.  With one draw
 * (point estimates) probabilities, losses and errors are NAN.
 */
#ifndef TF_ANALYSIS_CHOICE_H
#define TF_ANALYSIS_CHOICE_H

#include "analysis/cea.h"
#include "analysis/psa.h"

/* A strategy in the fully incremental analysis; the fields are those of tf_option (cea.h). */
typedef struct tf_place_held {
    tf_estimate cost, effect, more_cost, more_effect;
    double ly; /* NAN when not known */
    tf_standing standing;
    tf_quadrant quadrant; /* of the difference from the comparator */
    double ratio;         /* more_cost / more_effect of the means where the quadrant gives it a meaning */
    size_t previous;
    double step_cost, step_effect, icer, icer_mcse;
} tf_place_held;

/* `places` has room for psa->n_strategies. */
trefoil_status tf_psa_places(trefoil_context *context, const tf_psa *psa, tf_place_held *places) TF_MUST_USE;

/* One strategy at one threshold. */
typedef struct tf_prospect {
    tf_estimate nmb, more_nmb; /* more: than the comparator */
    double nhb;                /* nmb / threshold; NAN at threshold 0 */
    double p_best;             /* share of draws in which it has the highest net benefit, ties shared */
    double loss, loss_mcse;    /* expected loss: mean of (best of the draw - this) */
} tf_prospect;

typedef struct tf_choice {
    double threshold;
    size_t best;           /* highest mean net benefit; the earlier of equals */
    double ceaf;           /* p_best of the best: the acceptability frontier */
    double evpi, evpi_mcse; /* the loss of the best */
    tf_prospect *prospects;
    size_t n_prospects;
} tf_choice;

trefoil_status tf_choice_create(trefoil_context *context, const tf_psa *psa, double threshold, tf_choice **choice) TF_MUST_USE;
void tf_choice_destroy(tf_choice *choice);

/* The strategy with the highest mean net benefit. */
size_t tf_psa_best(const tf_psa *psa, double threshold);
double tf_mean(const double *values, size_t n);
/* Standard error of the mean; NAN for fewer than two. */
double tf_mean_error(const double *values, size_t n);

#endif
