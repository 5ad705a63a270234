/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/lookup.h"

#include "base/fast.h"

#include <stdbool.h>
#include <string.h>

/* ---- any processor ----------------------------------------------------------- */

TF_FAST static void multiply(const tf_lookup *t, size_t n_tables, double *restrict x, uint32_t n)
{
    const double *restrict a = t[0].value, *restrict b = t[n_tables > 1].value;
    const uint8_t *restrict in_a = t[0].state, *restrict in_b = t[n_tables > 1].state;

    switch (n_tables) {
    case 1:
        for (uint32_t i = 0; i < n; ++i)
            x[i] *= a[in_a[i]];
        break;
    case 2:
        for (uint32_t i = 0; i < n; ++i)
            x[i] *= a[in_a[i]] * b[in_b[i]];
        break;
    default:
        for (uint32_t i = 0; i < n; ++i) {
            double product = a[in_a[i]] * b[in_b[i]];
            for (size_t j = 2; j < n_tables; ++j)
                product *= t[j].value[t[j].state[i]];
            x[i] *= product;
        }
    }
}

TF_FAST static void act(const uint8_t *in, const double *scale, const double *add, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = x[i] * scale[in[i]] + add[in[i]];
}

static uint32_t marked(const uint64_t *marks, const uint8_t *dead, uint32_t n, uint32_t *which)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; ++i) {
        which[count] = i;
        count += marks[i] != 0 && !dead[i];
    }
    return count;
}

static uint32_t nonzero(const double *x, uint32_t n, uint32_t *which)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; ++i) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        which[count] = i;
        count += bits != 0;
    }
    return count;
}

/* ---- a table in a register --------------------------------------------------- */

#ifdef TF_WIDE
#include <immintrin.h>

enum { WIDTH = 8, MOST_TABLES = 16 };

static void multiply_wide(const tf_lookup *t, size_t n_tables, bool onto, double *x, uint32_t n) __asm__("tf_lookup_multiply.arch_x86_64_v4");
static void act_wide(const uint8_t *in, int n_values, const double *scale, const double *add, double *x, uint32_t n)
    __asm__("tf_lookup_act.arch_x86_64_v4");
static uint32_t nonzero_wide(const double *x, uint32_t n, uint32_t *which) __asm__("tf_lookup_nonzero.arch_x86_64_v4");
static uint32_t marked_wide(const uint64_t *marks, const uint8_t *dead, uint32_t n, uint32_t *which) __asm__("tf_lookup_marked.arch_x86_64_v4");

/* Rows [from, n), at most WIDTH of them. */
static inline TF_WIDE __mmask8 rows_from(uint32_t from, uint32_t n)
{
    return (__mmask8)(n - from >= WIDTH ? 0xff : (1U << (n - from)) - 1);
}

static inline TF_WIDE __m512d table_of(const double *value, int n)
{
    return _mm512_maskz_loadu_pd((__mmask8)((1U << n) - 1), value);
}

static inline TF_WIDE __m512i states_at(const uint8_t *state, __mmask8 rows)
{
    return _mm512_cvtepu8_epi64(_mm_maskz_loadu_epi8(rows, state));
}

static TF_WIDE void multiply_wide(const tf_lookup *t, size_t n_tables, bool onto, double *x, uint32_t n)
{
    __m512d table[MOST_TABLES];

    for (size_t j = 0; j < n_tables; ++j)
        table[j] = table_of(t[j].value, t[j].n);
    for (uint32_t i = 0; i < n; i += WIDTH) {
        __mmask8 rows = rows_from(i, n);
        __m512d product = _mm512_permutexvar_pd(states_at(t[0].state + i, rows), table[0]);
        for (size_t j = 1; j < n_tables; ++j)
            product = _mm512_mul_pd(product, _mm512_permutexvar_pd(states_at(t[j].state + i, rows), table[j]));
        if (onto)
            product = _mm512_mul_pd(_mm512_maskz_loadu_pd(rows, x + i), product);
        _mm512_mask_storeu_pd(x + i, rows, product);
    }
}

static TF_WIDE void act_wide(const uint8_t *in, int n_values, const double *scale, const double *add, double *x, uint32_t n)
{
    __m512d scales = table_of(scale, n_values), adds = table_of(add, n_values);

    for (uint32_t i = 0; i < n; i += WIDTH) {
        __mmask8 rows = rows_from(i, n);
        __m512i state = states_at(in + i, rows);
        __m512d scaled = _mm512_mul_pd(_mm512_maskz_loadu_pd(rows, x + i), _mm512_permutexvar_pd(state, scales));
        _mm512_mask_storeu_pd(x + i, rows, _mm512_add_pd(scaled, _mm512_permutexvar_pd(state, adds)));
    }
}

static TF_WIDE uint32_t marked_wide(const uint64_t *marks, const uint8_t *dead, uint32_t n, uint32_t *which)
{
    __m256i row = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; i += WIDTH) {
        __mmask8 rows = rows_from(i, n), alive = (__mmask8)_mm_testn_epi8_mask(_mm_maskz_loadu_epi8(rows, dead + i), _mm_set1_epi8(-1));
        __m512i mark = _mm512_maskz_loadu_epi64(rows, marks + i);
        __mmask8 found = _mm512_mask_test_epi64_mask(rows & alive, mark, mark);
        _mm256_storeu_si256((__m256i *)(void *)(which + count), _mm256_maskz_compress_epi32(found, row));
        count += (uint32_t)__builtin_popcount(found);
        row = _mm256_add_epi32(row, _mm256_set1_epi32(WIDTH));
    }
    return count;
}

static TF_WIDE uint32_t nonzero_wide(const double *x, uint32_t n, uint32_t *which)
{
    __m256i row = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; i += WIDTH) {
        __mmask8 rows = rows_from(i, n);
        __m512i bits = _mm512_maskz_loadu_epi64(rows, x + i);
        __mmask8 found = _mm512_test_epi64_mask(bits, bits);
        _mm256_storeu_si256((__m256i *)(void *)(which + count), _mm256_maskz_compress_epi32(found, row));
        count += (uint32_t)__builtin_popcount(found);
        row = _mm256_add_epi32(row, _mm256_set1_epi32(WIDTH));
    }
    return count;
}

static bool is_wide(void)
{
    return __builtin_cpu_supports("x86-64-v4");
}

static bool fit(const tf_lookup *t, size_t n_tables)
{
    bool all = n_tables <= MOST_TABLES;

    for (size_t j = 0; j < n_tables; ++j)
        all = all && t[j].n <= WIDTH;
    return all && is_wide();
}
#else
static bool is_wide(void)
{
    return false;
}

static bool fit(const tf_lookup *t, size_t n_tables)
{
    (void)t, (void)n_tables;
    return is_wide();
}

static void multiply_wide(const tf_lookup *t, size_t n_tables, bool onto, double *x, uint32_t n)
{
    (void)onto;
    multiply(t, n_tables, x, n);
}

static void act_wide(const uint8_t *in, int n_values, const double *scale, const double *add, double *x, uint32_t n)
{
    (void)n_values;
    act(in, scale, add, x, n);
}

static uint32_t marked_wide(const uint64_t *marks, const uint8_t *dead, uint32_t n, uint32_t *which)
{
    return marked(marks, dead, n, which);
}

static uint32_t nonzero_wide(const double *x, uint32_t n, uint32_t *which)
{
    return nonzero(x, n, which);
}
#endif

/* ---- for others -------------------------------------------------------------- */

void tf_lookup_multiply(const tf_lookup *tables, size_t n_tables, double *x, uint32_t rows)
{
    if (fit(tables, n_tables))
        multiply_wide(tables, n_tables, true, x, rows);
    else
        multiply(tables, n_tables, x, rows);
}

void tf_lookup_product(const tf_lookup *tables, size_t n_tables, double *x, uint32_t rows)
{
    if (fit(tables, n_tables)) {
        multiply_wide(tables, n_tables, false, x, rows);
        return;
    }
    for (uint32_t i = 0; i < rows; ++i)
        x[i] = 1.0;
    multiply(tables, n_tables, x, rows);
}

void tf_lookup_act(const uint8_t *state, int n, const double *scale, const double *add, double *x, uint32_t rows)
{
    tf_lookup table = { scale, state, n };

    if (fit(&table, 1))
        act_wide(state, n, scale, add, x, rows);
    else
        act(state, scale, add, x, rows);
}

uint32_t tf_lookup_marked(const uint64_t *marks, const uint8_t *dead, uint32_t rows, uint32_t *which)
{
    return is_wide() ? marked_wide(marks, dead, rows, which) : marked(marks, dead, rows, which);
}

uint32_t tf_lookup_nonzero(const double *x, uint32_t rows, uint32_t *which)
{
    return is_wide() ? nonzero_wide(x, rows, which) : nonzero(x, rows, which);
}
