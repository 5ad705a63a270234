/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addressed random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011), a pure function of the seed and of
 * coordinates.  There is no generator state.  Key: the 64-bit seed.  Counter, 128 bits: purpose 32 | person 40 | time 16 |
 * draw 20 | index 20.  The strategy is not a coordinate, so that a person has the same luck under every strategy.
 */
#ifndef TF_RANDOM_STREAM_H
#define TF_RANDOM_STREAM_H

#include "random/maths.h"

#include <gsl/gsl_rng.h>
#include <stdint.h>

enum { TF_PERSON_BITS = 40, TF_TIME_BITS = 16, TF_DRAW_BITS = 20, TF_INDEX_BITS = 20 };

typedef struct tf_coordinates {
    uint32_t purpose; /* tf_purpose() of what the number is for                */
    uint64_t person;  /* < 2^40                                                */
    uint32_t time;    /* cycle, or occurrence of a transition; < 2^16          */
    uint32_t draw;    /* < 2^20                                                */
} tf_coordinates;

/* One block: four 32-bit words. */
void tf_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The ten rounds, in place. */
static inline void tf_philox_rounds(uint32_t c[4], uint32_t key_0, uint32_t key_1)
{
    for (int round = 0; round < 10; round++) {
        uint64_t p = UINT64_C(0xD2511F53) * c[0], q = UINT64_C(0xCD9E8D57) * c[2];

        c[0] = (uint32_t)(q >> 32) ^ c[1] ^ key_0;
        c[1] = (uint32_t)q;
        c[2] = (uint32_t)(p >> 32) ^ c[3] ^ key_1;
        c[3] = (uint32_t)p;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

/* The counter as one number of 128 bits, lowest word first.  A block holds two uniforms: its lowest 20 bits hold index / 2, and
 * even indices use words 0 and 1 of the block, odd ones 2 and 3; so 2^21 indices are addressable. */
static inline void tf_counter(tf_coordinates at, uint32_t index, uint32_t counter[4])
{
    counter[0] = at.draw << 20 | (index >> 1 & 0xfffffu);
    counter[1] = (uint32_t)(at.person & 0xffu) << 24 | (at.time & 0xffffu) << 8 | (at.draw >> 12 & 0xffu);
    counter[2] = (uint32_t)(at.person >> 8);
    counter[3] = at.purpose;
}

/* (k + 0.5) / 2^53 with k = high * 2^21 + the upper 21 bits of low.  The sum rounds to even; the very last k would give 1. */
static inline double tf_to_uniform(uint32_t high, uint32_t low)
{
    double u = ((double)high * 2097152.0 + ((double)(int32_t)(low >> 11) + 0.5)) * 0x1p-53;

    return u < 1.0 ? u : 0x1.fffffffffffffp-1;
}

/* The 64 bits behind the index-th uniform: high word, low word. */
static inline void tf_words(uint64_t seed, tf_coordinates at, uint32_t index, uint32_t pair[2])
{
    uint32_t c[4];

    tf_counter(at, index, c);
    tf_philox_rounds(c, (uint32_t)seed, (uint32_t)(seed >> 32));
    pair[0] = index & 1 ? c[2] : c[0];
    pair[1] = index & 1 ? c[3] : c[1];
}

/* The index-th uniform in (0,1), 53 bits: (k + 0.5) / 2^53.  (Inlined because passing the coordinates by memory costs more than
 * the number itself.) */
static inline double tf_uniform(uint64_t seed, tf_coordinates at, uint32_t index)
{
    uint32_t pair[2];

    tf_words(seed, at, index, pair);
    return tf_to_uniform(pair[0], pair[1]);
}

/* The index-th unit exponential, -log(uniform), by trefoil's own logarithm: same bits on every machine. */
static inline double tf_exponential(uint64_t seed, tf_coordinates at, uint32_t index)
{
    return -tf_log(tf_uniform(seed, at, index));
}

/* out[i] = tf_uniform or tf_exponential at {purpose, person[i], time, draw} and index 0, to the bit, for 0 <= i < n; several times
 * as fast. */
void tf_uniforms(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out);
void tf_exponentials(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out);

/* tf_exponentials of purposes and at times that differ by row. */
void tf_exponentials_at(uint64_t seed, const uint32_t *purpose, const uint64_t *person, const uint32_t *time, uint32_t draw, uint32_t n, double *out);

/* 32-bit FNV-1a of "owner/name": what a stream is for.  Collisions are refused when a model and its plugins are read. */
uint32_t tf_purpose(const char *owner, const char *name);

/* A gsl_rng over one stream: positions at `at`, index 0, and consumes indices in order.  53-bit get_double.  The rng is
 * created with gsl_rng_alloc(tf_rng_type()). */
const gsl_rng_type *tf_rng_type(void);
void tf_rng_at(gsl_rng *rng, uint64_t seed, tf_coordinates at);

#endif
