/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the parameters of a run are drawn together: by which design (random/design.h), and which of them jointly.
 *
 * A parameter's numbers are addressed by its own name under every design.  Under `random` and `latin` one parameter more changes no
 * other's draws.  Under `sobol` the dimensions go to the drawn parameters in the order of their names, so that one more or one fewer
 * moves those after it to other dimensions.
 */
#ifndef TF_MODEL_ARRANGEMENT_H
#define TF_MODEL_ARRANGEMENT_H

#include "model/parameter.h"

typedef struct tf_arrangement tf_arrangement;

/*
 * From now on `parameters`, which has all its rows, are drawn by the scenario's design and its joints and the model's (n of them).
 * Mistakes, with file and line: names a joint does not know; a parameter in two joints, or in a joint and in the sample, or computed by a formula, or in one with the
 * same luck as another; means of a joint that are not the base case, more than 0.5% off (looked at only if there are draws: a one-way
 * analysis may set a value); all that tf_multinormal_read tells; more drawn parameters than a Sobol sequence has dimensions.
 */
trefoil_status tf_arrangement_create(trefoil_context *context, const tf_parameters *parameters, const tf_scenario *scenario,
                                     const tf_joint_spec *joints, size_t n, tf_arrangement **made) TF_MUST_USE;
void tf_arrangement_destroy(tf_arrangement *arrangement);

/* The uniform of parameter i in draw d >= 1. */
double tf_arrangement_uniform(const tf_arrangement *arrangement, size_t i, uint64_t seed, uint32_t draw);
/* Is parameter i drawn with others?  Then tf_arrangement_draw writes its value. */
bool tf_arrangement_joins(const tf_arrangement *arrangement, size_t i);
/* values[i] of all that are drawn jointly, in draw d >= 1.  Thread-safe. */
void tf_arrangement_draw(const tf_arrangement *arrangement, uint64_t seed, uint32_t draw, double *values);

/* The files of covariances behind it: the k-th joint's name and the digest of its file, NULL for a Dirichlet. */
size_t tf_arrangement_joints(const tf_arrangement *arrangement);
const char *tf_arrangement_joint(const tf_arrangement *arrangement, size_t k, const char **digest);

#endif
