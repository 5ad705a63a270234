/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the same luck is worth: people have the same luck under every strategy, so that a difference between two strategies errs less than if
 * each had been tried on people of its own.  Both errors come from the same sums per person; they are first order, of the luck of the
 * people alone, whatever the draws of parameters.
 */
#ifndef TF_ANALYSIS_PAIRING_H
#define TF_ANALYSIS_PAIRING_H

#include "analysis/estimate.h"

typedef struct tf_pairing {
    double difference;  /* from the comparator, per person: mean over draws, or the base case's */
    double paired;      /* Monte Carlo error with the same people */
    double independent; /* ... that people of their own would give under each strategy: the root of both variances' sum */
    double reduction;   /* independent^2 / paired^2: how many times as many people would be needed; NAN when paired is 0 */
} tf_pairing;

/* Was anything left to luck?  Not where expected values were computed. */
bool tf_pairing_exists(const tf_layout *layout, const tf_sample *sample);

/* Of a measure over everybody.  NAN all over without people or for the comparator; errors of 0 where nothing is left to luck. */
tf_pairing tf_pairing_of(const tf_layout *layout, ptrdiff_t persons, const tf_sample *sample, size_t strategy, size_t measure, int discounted);
/* Of net monetary benefit, discounted, at a threshold. */
tf_pairing tf_pairing_of_benefit(const tf_layout *layout, ptrdiff_t persons, const tf_sample *sample, size_t strategy, double threshold);

#endif
