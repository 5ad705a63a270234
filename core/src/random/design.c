/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/design.h"

#include "base/memory.h"
#include "random/stream.h"

#include <gsl/gsl_qrng.h>
#include <math.h>

const char *const tf_design_names[] = {"random", "latin", "sobol", NULL};

/* Draw 0 of a parameter's stream is used by nothing else (the base case has no luck): permutation and shift are addressed there, by
 * "persons" above 2^32. */
enum { ROUNDS = 7, SHIFT = 255 };

static double inside(double u)
{
    return u <= 0 ? 0x1p-54 : u < 1 ? u : 0x1.fffffffffffffp-1;
}

double tf_design_random(uint64_t seed, uint32_t purpose, uint32_t draw)
{
    return tf_uniform(seed, (tf_coordinates){.purpose = purpose, .draw = draw}, 0);
}

/* ---- Latin hypercube --------------------------------------------------------------------------- */

/* A Feistel network permutes 2^(2 half) numbers, whatever its rounds do. */
static uint32_t feistel(uint64_t seed, uint32_t purpose, unsigned half, uint32_t x)
{
    const uint32_t mask = (1u << half) - 1;
    uint32_t left = x >> half, right = x & mask;

    for (uint64_t round = 1; round <= ROUNDS; round++) {
        uint32_t pair[2], was = right;

        tf_words(seed, (tf_coordinates){.purpose = purpose, .person = round << 32 | right}, 0, pair);
        right = left ^ (pair[0] & mask);
        left = was;
    }
    return left << half | right;
}

uint32_t tf_design_permute(uint64_t seed, uint32_t purpose, uint32_t n, uint32_t i)
{
    unsigned half = 1;

    while (1u << 2 * half < n) {
        half++;
    }
    do {
        i = feistel(seed, purpose, half, i);
    } while (i >= n); /* walks along its cycle, which comes back to a number below n */
    return i;
}

double tf_design_latin(uint64_t seed, uint32_t purpose, uint32_t draws, uint32_t draw)
{
    uint32_t stratum = tf_design_permute(seed, purpose, draws, draw - 1);

    return inside(((double)stratum + tf_design_random(seed, purpose, draw)) / (double)draws);
}

/* ---- Sobol ------------------------------------------------------------------------------------- */

struct tf_sobol {
    uint32_t direction[TF_SOBOL_MOST][TF_SOBOL_BITS]; /* in units of 2^-30 */
};

/* From point n to n + 1 the sequence (Antonov and Saleev 1979) adds, without carry, the direction of the lowest bit that n has not set;
 * from 2^j - 1 to 2^j that is direction j. */
static void learn(gsl_qrng *generator, unsigned dimensions, uint32_t draws, tf_sobol *sobol)
{
    uint32_t before[TF_SOBOL_MOST] = {0};
    double point[TF_SOBOL_MOST];

    for (uint32_t n = 1, bit = 0; n < draws; n++) {
        gsl_qrng_get(generator, point);
        for (unsigned k = 0; k < dimensions; k++) {
            uint32_t now = (uint32_t)ldexp(point[k], 30);

            if (n == 1u << bit) {
                sobol->direction[k][bit] = now ^ before[k];
            }
            before[k] = now;
        }
        bit += n == 1u << bit;
    }
}

tf_sobol *tf_sobol_create(unsigned dimensions, uint32_t draws)
{
    tf_sobol *sobol = TF_NEW(tf_sobol, 1);
    gsl_qrng *generator = sobol != NULL ? gsl_qrng_alloc(gsl_qrng_sobol, dimensions) : NULL;

    if (generator == NULL) {
        tf_free(sobol);
        return NULL;
    }
    learn(generator, dimensions, draws, sobol);
    gsl_qrng_free(generator);
    return sobol;
}

void tf_sobol_destroy(tf_sobol *sobol)
{
    tf_free(sobol);
}

double tf_sobol_point(const tf_sobol *sobol, unsigned dimension, uint32_t i)
{
    uint32_t gray = i ^ i >> 1, sum = 0;

    for (unsigned bit = 0; bit < TF_SOBOL_BITS; bit++) {
        sum ^= gray >> bit & 1 ? sobol->direction[dimension][bit] : 0;
    }
    return ldexp((double)sum, -30);
}

double tf_design_sobol(const tf_sobol *sobol, unsigned dimension, uint64_t seed, uint32_t purpose, uint32_t draw)
{
    double shift = tf_uniform(seed, (tf_coordinates){.purpose = purpose, .person = (uint64_t)SHIFT << 32}, 0);
    double u = tf_sobol_point(sobol, dimension, draw - 1) + shift;

    return inside(u < 1 ? u : u - 1);
}
