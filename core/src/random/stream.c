/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/stream.h"

void tf_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};

    tf_philox_rounds(c, key[0], key[1]);
    for (int k = 0; k < 4; k++) {
        out[k] = c[k];
    }
}

/* Plain loops over rows, which compilers turn into vector code. */
TF_CLONES
void tf_uniforms(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out)
{
    const uint32_t low = draw << 20, middle = (time & 0xffffu) << 8 | (draw >> 12 & 0xffu);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t c[4] = {low, (uint32_t)(person[i] & 0xffu) << 24 | middle, (uint32_t)(person[i] >> 8), purpose};

        tf_philox_rounds(c, (uint32_t)seed, (uint32_t)(seed >> 32));
        out[i] = tf_to_uniform(c[0], c[1]);
    }
}

TF_CLONES
void tf_exponentials(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out)
{
    tf_uniforms(seed, purpose, person, time, draw, n, out);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = -tf_log(out[i]);
    }
}

TF_CLONES
void tf_exponentials_at(uint64_t seed, const uint32_t *purpose, const uint64_t *person, const uint32_t *time, uint32_t draw, uint32_t n, double *out)
{
    const uint32_t low = draw << 20, middle = draw >> 12 & 0xffu;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t c[4] = {low, (uint32_t)(person[i] & 0xffu) << 24 | (time[i] & 0xffffu) << 8 | middle, (uint32_t)(person[i] >> 8), purpose[i]};

        tf_philox_rounds(c, (uint32_t)seed, (uint32_t)(seed >> 32));
        out[i] = -tf_log(tf_to_uniform(c[0], c[1]));
    }
}

uint32_t tf_purpose(const char *owner, const char *name)
{
    const char *const parts[3] = {owner, "/", name};
    uint32_t hash = 2166136261u;

    for (int k = 0; k < 3; k++) {
        for (const char *c = parts[k]; *c != '\0'; c++) {
            hash = (hash ^ (unsigned char)*c) * 16777619u;
        }
    }
    return hash;
}

/* ---- a gsl_rng over one stream ------------------------------------------------ */

typedef struct state {
    uint64_t seed;
    tf_coordinates at;
    uint32_t index;
} state;

static void rng_set(void *self, unsigned long seed)
{
    *(state *)self = (state){.seed = seed};
}

static unsigned long rng_get(void *self)
{
    state *s = self;
    uint32_t pair[2];

    tf_words(s->seed, s->at, s->index++, pair);
    return pair[0];
}

static double rng_get_double(void *self)
{
    state *s = self;

    return tf_uniform(s->seed, s->at, s->index++);
}

const gsl_rng_type *tf_rng_type(void)
{
    static const gsl_rng_type type = {"trefoil_philox4x32_10", 0xffffffffUL, 0, sizeof(state), rng_set, rng_get, rng_get_double};

    return &type;
}

void tf_rng_at(gsl_rng *rng, uint64_t seed, tf_coordinates at)
{
    *(state *)rng->state = (state){.seed = seed, .at = at, .index = 0};
}
