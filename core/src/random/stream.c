/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/stream.h"

#include "base/fast.h"

void tf_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};

    tf_philox_rounds(c, key[0], key[1]);
    for (int k = 0; k < 4; k++) {
        out[k] = c[k];
    }
}

/* ---- many numbers ------------------------------------------------------------ */

/* Whose numbers, and which: of each person one, of a purpose and time common to all or their own. */
typedef struct asked {
    uint64_t seed;
    const uint64_t *person;
    const uint32_t *purposes, *times; /* [person], or NULL: `purpose` and `time` of all */
    uint32_t purpose, time, draw;
} asked;

/* Any processor: of persons [from, n). */
static void uniforms(const asked *of, uint32_t from, uint32_t n, double *out)
{
    for (uint32_t i = from; i < n; i++) {
        tf_coordinates at = {of->purposes ? of->purposes[i] : of->purpose, of->person[i], of->times ? of->times[i] : of->time, of->draw};
        out[i] = tf_uniform(of->seed, at, 0);
    }
}

#ifdef TF_WIDE
#include <immintrin.h>

/* The same with each word of a counter in the lower half of 64 bits, since a round multiplies 32 by 32 bits; what upper halves hold does not matter. */

static void uniforms_8(const asked *of, uint32_t n, double *out) __asm__("tf_uniforms.arch_x86_64_v4");
static void uniforms_4(const asked *of, uint32_t n, double *out) __asm__("tf_uniforms.arch_x86_64_v3");

TF_WIDE static inline void rounds_8(__m512i c[4], uint64_t seed)
{
    uint32_t key_0 = (uint32_t)seed, key_1 = (uint32_t)(seed >> 32);

    for (int round = 0; round < 10; round++) {
        __m512i p = _mm512_mul_epu32(c[0], _mm512_set1_epi64(0xD2511F53)), q = _mm512_mul_epu32(c[2], _mm512_set1_epi64(0xCD9E8D57));
        c[0] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(q, 32), c[1], _mm512_set1_epi64(key_0), 0x96);
        c[1] = q;
        c[2] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), c[3], _mm512_set1_epi64(key_1), 0x96);
        c[3] = p;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

/* As tf_to_uniform. */
TF_WIDE static inline __m512d to_uniform_8(__m512i high, __m512i low)
{
    __m512i both = _mm512_ternarylogic_epi64(_mm512_slli_epi64(high, 32), low, _mm512_set1_epi64(0xffffffff), 0xf8 /* a | b & c */);
    __m512d u = _mm512_add_pd(_mm512_cvtepu64_pd(_mm512_srli_epi64(both, 11)), _mm512_set1_pd(0.5));

    return _mm512_min_pd(_mm512_mul_pd(u, _mm512_set1_pd(0x1p-53)), _mm512_set1_pd(0x1.fffffffffffffp-1));
}

TF_WIDE static void uniforms_8(const asked *of, uint32_t n, double *out)
{
    for (uint32_t i = 0; i < n; i += 8) {
        __mmask8 rows = (__mmask8)(n - i >= 8 ? 0xff : (1U << (n - i)) - 1);
        __m512i person = _mm512_maskz_loadu_epi64(rows, of->person + i);
        __m512i purpose = of->purposes ? _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(rows, of->purposes + i)) : _mm512_set1_epi64(of->purpose);
        __m512i time = of->times ? _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(rows, of->times + i)) : _mm512_set1_epi64(of->time);
        __m512i low = _mm512_or_epi64(_mm512_slli_epi64(person, 24), _mm512_set1_epi64(of->draw >> 12 & 0xff));
        __m512i c[4] = {_mm512_set1_epi64(of->draw << 20),
                        _mm512_or_epi64(low, _mm512_slli_epi64(_mm512_and_epi64(time, _mm512_set1_epi64(0xffff)), 8)),
                        _mm512_srli_epi64(person, 8), purpose};
        rounds_8(c, of->seed);
        _mm512_mask_storeu_pd(out + i, rows, to_uniform_8(c[0], c[1]));
    }
}

TF_HALF_WIDE static inline void rounds_4(__m256i c[4], uint64_t seed)
{
    uint32_t key_0 = (uint32_t)seed, key_1 = (uint32_t)(seed >> 32);

    for (int round = 0; round < 10; round++) {
        __m256i p = _mm256_mul_epu32(c[0], _mm256_set1_epi64x(0xD2511F53)), q = _mm256_mul_epu32(c[2], _mm256_set1_epi64x(0xCD9E8D57));
        c[0] = _mm256_xor_si256(_mm256_srli_epi64(q, 32), _mm256_xor_si256(c[1], _mm256_set1_epi64x(key_0)));
        c[1] = q;
        c[2] = _mm256_xor_si256(_mm256_srli_epi64(p, 32), _mm256_xor_si256(c[3], _mm256_set1_epi64x(key_1)));
        c[3] = p;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

/* Less than 2^32 each: below the point of 2^52. */
TF_HALF_WIDE static inline __m256d to_doubles_4(__m256i x)
{
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x, _mm256_castpd_si256(_mm256_set1_pd(0x1p52)))), _mm256_set1_pd(0x1p52));
}

TF_HALF_WIDE static inline __m256d to_uniform_4(__m256i high, __m256i low)
{
    __m256i lower = _mm256_set1_epi64x(0xffffffff);
    __m256d above = _mm256_mul_pd(to_doubles_4(_mm256_and_si256(high, lower)), _mm256_set1_pd(2097152.0));
    __m256d below = _mm256_add_pd(to_doubles_4(_mm256_srli_epi64(_mm256_and_si256(low, lower), 11)), _mm256_set1_pd(0.5));

    return _mm256_min_pd(_mm256_mul_pd(_mm256_add_pd(above, below), _mm256_set1_pd(0x1p-53)), _mm256_set1_pd(0x1.fffffffffffffp-1));
}

TF_HALF_WIDE static void uniforms_4(const asked *of, uint32_t n, double *out)
{
    uint32_t i = 0;

    for (; i + 4 <= n; i += 4) {
        __m256i person = _mm256_loadu_si256((const __m256i *)(const void *)(of->person + i));
        __m256i purpose = of->purposes ? _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(const void *)(of->purposes + i)))
                                       : _mm256_set1_epi64x(of->purpose);
        __m256i time = of->times ? _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(const void *)(of->times + i))) : _mm256_set1_epi64x(of->time);
        __m256i low = _mm256_or_si256(_mm256_slli_epi64(person, 24), _mm256_set1_epi64x(of->draw >> 12 & 0xff));
        __m256i c[4] = {_mm256_set1_epi64x(of->draw << 20),
                        _mm256_or_si256(low, _mm256_slli_epi64(_mm256_and_si256(time, _mm256_set1_epi64x(0xffff)), 8)),
                        _mm256_srli_epi64(person, 8), purpose};
        rounds_4(c, of->seed);
        _mm256_storeu_pd(out + i, to_uniform_4(c[0], c[1]));
    }
    uniforms(of, i, n, out);
}

static void find_uniforms(const asked *of, uint32_t n, double *out)
{
    if (__builtin_cpu_supports("x86-64-v4"))
        uniforms_8(of, n, out);
    else if (__builtin_cpu_supports("x86-64-v3"))
        uniforms_4(of, n, out);
    else
        uniforms(of, 0, n, out);
}
#else
static void find_uniforms(const asked *of, uint32_t n, double *out)
{
    uniforms(of, 0, n, out);
}
#endif

TF_FAST static void to_exponentials(double *u, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        u[i] = -tf_log(u[i]);
    }
}

void tf_uniforms(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out)
{
    find_uniforms(&(asked){.seed = seed, .person = person, .purpose = purpose, .time = time, .draw = draw}, n, out);
}

void tf_exponentials(uint64_t seed, uint32_t purpose, const uint64_t *person, uint32_t time, uint32_t draw, uint32_t n, double *out)
{
    tf_uniforms(seed, purpose, person, time, draw, n, out);
    to_exponentials(out, n);
}

void tf_exponentials_at(uint64_t seed, const uint32_t *purpose, const uint64_t *person, const uint32_t *time, uint32_t draw, uint32_t n, double *out)
{
    find_uniforms(&(asked){.seed = seed, .person = person, .purposes = purpose, .times = time, .draw = draw}, n, out);
    to_exponentials(out, n);
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
