/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is paid on is measured, and what is measured is not what is true.  Of a share (or count) x
 *
 *   expected   completeness x [sensitivity x + (1 - specificity)(1 - x)] + (1 - completeness) x undocumented + bias
 *   measured   that, plus N(0, area_sd^2) that stays with the area for all years, plus N(0, sd^2) afresh each year;
 *              with `patients` N a share is measured on N people: Binomial(N, expected) / N
 *
 * `undocumented` is what a case without a record counts as: 0 a failure, 1 a success.  With specificity 1 and undocumented 0 the formula
 * holds for counts and amounts, too.  Luck comes in as uniforms, by inversion: more luck never measures less.
 */
#ifndef TF_DEAL_MEASUREMENT_H
#define TF_DEAL_MEASUREMENT_H

#include <stdbool.h>

typedef struct tf_measurement {
    double sensitivity, specificity, completeness, undocumented, bias, area_sd, sd;
} tf_measurement;

/* Nothing comes between truth and measurement. */
tf_measurement tf_measurement_exact(void);
/* Does the truth have to be a share, from 0 to 1? */
bool tf_measurement_of_share(const tf_measurement *m);

double tf_measurement_expected(const tf_measurement *m, double truth);
/* `patients` 0: not a sample of people.  0 < luck < 1, one for the year's sample and one for the area. */
double tf_measurement_drawn(const tf_measurement *m, double truth, double patients, double sample_luck, double area_luck);

/* The smallest k with P(Binomial(n, p) <= k) >= u, for 0 <= p <= 1. */
double tf_binomial_quantile(double n, double p, double u);

#endif
