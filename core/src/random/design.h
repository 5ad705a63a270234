/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the probabilistic draws 1..K of a run lie in the space of parameters.  Every design gives each parameter a uniform in each
 * draw as a pure function of the seed, the parameter's purpose, the draw and K; nothing is stored from draw to draw, so that threads
 * and interruptions cannot matter.
 *
 *   random  independent uniforms
 *   latin   Latin hypercube: the K draws fall one into each of K equal strata, in an order of the parameter's own (a Feistel
 *           permutation over Philox, walked until it falls below K), at a random place inside the stratum
 *   sobol   GSL's Sobol sequence from its point 0 on, one dimension a parameter, shifted around the circle by a random number of
 *           the parameter's own (Cranley and Patterson 1976), so that every single draw is uniform and estimates are not biased
 */
#ifndef TF_RANDOM_DESIGN_H
#define TF_RANDOM_DESIGN_H

#include "base/status.h"

#include <stdint.h>

typedef enum tf_design { TF_DESIGN_RANDOM, TF_DESIGN_LATIN, TF_DESIGN_SOBOL } tf_design;
extern const char *const tf_design_names[]; /* by tf_design, NULL-terminated */

/* GSL's Sobol sequence has as many dimensions; a run has draws up to 2^20 - 1. */
enum { TF_SOBOL_MOST = 40, TF_SOBOL_BITS = 20 };

/* The uniform of a stream in draw d >= 1. */
double tf_design_random(uint64_t seed, uint32_t purpose, uint32_t draw);
/* The same of K = draws draws by Latin hypercube, 1 <= draw <= draws < 2^20. */
double tf_design_latin(uint64_t seed, uint32_t purpose, uint32_t draws, uint32_t draw);
/* A permutation of 0..n-1, 1 <= n < 2^20, of the purpose's own: where i < n goes. */
uint32_t tf_design_permute(uint64_t seed, uint32_t purpose, uint32_t n, uint32_t i);

typedef struct tf_sobol tf_sobol;
/* For draws 1..draws (< 2^20) in 1 <= dimensions <= TF_SOBOL_MOST; NULL if memory is exhausted. */
tf_sobol *tf_sobol_create(unsigned dimensions, uint32_t draws);
void tf_sobol_destroy(tf_sobol *sobol);
/* The i-th point of the unshifted sequence, i >= 0: a multiple of 2^-30 in [0, 1).  Point 0 is all zeros; gsl_qrng_get gives 1, 2, 3 ... */
double tf_sobol_point(const tf_sobol *sobol, unsigned dimension, uint32_t i);
/* The shifted uniform of draw d >= 1: of point d - 1. */
double tf_design_sobol(const tf_sobol *sobol, unsigned dimension, uint64_t seed, uint32_t purpose, uint32_t draw);

#endif
