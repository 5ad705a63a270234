/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parameters of a run: the evidence register's numbers, with the scenario's overrides, and the settings of plugins.
 * One draw of all of them is a vector.  Draw 0 is the base case: every parameter at its mean.  In draw d >= 1 a
 * parameter's uniform is addressed by its name, so that adding a parameter changes no other parameter's draws (but under a Sobol
 * design: model/arrangement.h).
 */
#ifndef TF_MODEL_PARAMETER_H
#define TF_MODEL_PARAMETER_H

#include "scenario/scenario.h"
#include "world/evidence.h"

typedef struct tf_parameters tf_parameters;

/* Takes the register's rows in order; the scenario's [parameters] override values of the same name (unknown names are
 * mistakes with the nearest known name).  Formulas see the parameters above them. */
trefoil_status tf_parameters_create(trefoil_context *context, const tf_register *reg, const tf_scenario *scenario,
                                    tf_parameters **parameters) TF_MUST_USE;
void tf_parameters_destroy(tf_parameters *parameters);

size_t tf_parameters_count(const tf_parameters *parameters);
/* The register row, with overrides applied. */
const tf_evidence *tf_parameters_row(const tf_parameters *parameters, size_t i);
ptrdiff_t tf_parameters_find(const tf_parameters *parameters, const char *name);

/* Append a parameter (a plugin's setting: "programme.uptake_q1"); returns its index, or -1 with a reason. */
ptrdiff_t tf_parameters_add(trefoil_context *context, tf_parameters *parameters, const tf_evidence *row);

/* What its draws are addressed by: tf_purpose("parameter", luck).  Its own name, but for settings of plugins. */
const char *tf_parameters_luck(const tf_parameters *parameters, size_t i);

/* From now on draws are made as the scenario and [joint] sections (the model's, n of them, and the scenario's) have it: see
 * model/arrangement.h.  Call it once, when all parameters are there and before draws are made; joints must outlive the parameters. */
struct tf_arrangement;
trefoil_status tf_parameters_arrange(trefoil_context *context, tf_parameters *parameters, const tf_scenario *scenario,
                                     const tf_joint_spec *joints, size_t n) TF_MUST_USE;
/* NULL before tf_parameters_arrange. */
const struct tf_arrangement *tf_parameters_arrangement(const tf_parameters *parameters);

/* The formula of a parameter; NULL for a number. */
struct tf_expression;
const struct tf_expression *tf_parameters_formula(const tf_parameters *parameters, size_t i);
/* values[i] of a parameter with a formula, from the values before it.  *machine NULL: made when needed. */
struct tf_machine;
trefoil_status tf_parameters_evaluate(trefoil_context *context, const tf_parameters *parameters, size_t i, uint32_t draw,
                                      struct tf_machine **machine, double *values);

/*
 * From now on draws are the rows of a file of joint draws (CSV: columns name parameters, which must be numbers and not formulas); the
 * number of rows in `draws`.  Parameters it does not name are drawn as ever.  Mistakes: unknown names, parameters with formulas.
 */
trefoil_status tf_parameters_sample(trefoil_context *context, tf_parameters *parameters, const char *path, tf_place from,
                                    uint32_t *draws) TF_MUST_USE;

/* Is it a column of the sample? */
bool tf_parameters_sampled(const tf_parameters *parameters, size_t i);

/* Draw by the thousand: betas and gammas by polynomials (random/quantiles.h), the same to 1e-10.  Call it before draws are made. */
trefoil_status tf_parameters_hasten(trefoil_context *context, tf_parameters *parameters) TF_MUST_USE;

/*
 * From now on draws are nested: parameter i is drawn once for `inner` draws in a row, and so is every parameter of the same luck; all others in
 * every draw.  Call it for each parameter that is learned, with the same `inner`, before draws are made.  Not for parameters of a joint or a
 * sample, whose values go with others'.
 */
trefoil_status tf_parameters_nest(trefoil_context *context, tf_parameters *parameters, size_t i, uint32_t inner) TF_MUST_USE;

/* values[0..count-1] of one draw.  Thread-safe: each caller has its own Lua state behind the formula evaluation. */
trefoil_status tf_parameters_draw(trefoil_context *context, const tf_parameters *parameters, uint64_t seed,
                                  uint32_t draw, double *values);
/* The same with the caller's machine, which may be kept for further draws (*machine NULL: made when needed). */
trefoil_status tf_parameters_draw_with(trefoil_context *context, const tf_parameters *parameters, uint64_t seed, uint32_t draw,
                                       struct tf_machine **machine, double *values) TF_MUST_USE;

#endif
