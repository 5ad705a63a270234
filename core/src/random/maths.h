/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exp, log and the inverse normal as plain arithmetic, without libm: the same bits on every machine and for every
 * vector width, and inlined so that compilers vectorise loops over them.  Relative error below 2 units in the last place, of exp below 1.1
 * (tests/unit/test_maths.c measures it against libm over the whole range).
 */
#ifndef TF_RANDOM_MATHS_H
#define TF_RANDOM_MATHS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TF_ROUNDS 6755399441055744.0 /* 1.5 x 2^52: a number added to it is rounded to an integer, held in the low bits */
#define TF_LN2 0x1.62e42fefa39efp-1

/* 2^k e^r for |r| <= ln(2)/2 and |k| <= 1010, k in the low bits of TF_ROUNDS + k.  e^r is 1 + r + r^2 (1/2 + r P(r)), P of degree 8 being the
 * one of least largest relative error there (Remez's exchange in 50 digits, its coefficients then rounded): below 2^-57.  Estrin's order:
 * short chains of dependent operations. */
static inline double tf_scaled_exp(uint64_t k, double r)
{
    double r2 = r * r, r4 = r2 * r2, p, s, power;

    p = 0x1.a01a011c37c83p-13 + r * 0x1.a019ab35bc73ap-16 + r2 * (0x1.71df5522de3e6p-19 + r * 0x1.289f81a2475e0p-22);
    s = 0x1.5555555555501p-3 + r * 0x1.555555555320ep-5 + r2 * (0x1.111111112882cp-7 + r * 0x1.6c16c17cc0ba4p-10);
    p = s + r4 * (p + r4 * 0x1.ad202b2845af5p-26);
    p = r + r2 * (0.5 + r * p); /* e^r - 1 */
    k = (k + 1023) << 52;
    memcpy(&power, &k, sizeof power);
    return power + power * p;
}

/* In [-most, most]; one comparison, as two would be compiled into paths and not into the least and the greatest. */
static inline double tf_clamp(double x, double most)
{
    return __builtin_fabs(x) > most ? __builtin_copysign(most, x) : x;
}

/* e^x for -700 <= x <= 700; arguments outside are clamped to that range. */
static inline double tf_exp(double x)
{
    const double log2e = 1.4426950408889634, ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
    double k;
    uint64_t bits;

    x = tf_clamp(x, 700.0);
    k = x * log2e + TF_ROUNDS;
    memcpy(&bits, &k, sizeof bits);
    k -= TF_ROUNDS;
    return tf_scaled_exp(bits, (x - k * ln2_hi) - k * ln2_lo);
}

/* 2^x for -1010 <= x <= 1010; arguments outside are clamped to that range.  Cheaper than tf_exp where logarithms are at hand that may as well be
 * to base 2. */
static inline double tf_exp2(double x)
{
    double k;
    uint64_t bits;

    x = tf_clamp(x, 1010.0);
    k = x + TF_ROUNDS;
    memcpy(&bits, &k, sizeof bits);
    return tf_scaled_exp(bits, (x - (k - TF_ROUNDS)) * TF_LN2);
}

/* Natural logarithm of a positive, normal x. */
static inline double tf_log(double x)
{
    const double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
    const uint64_t half_root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    uint64_t bits, m;
    double k, f, s, z, r;
    int64_t e;

    memcpy(&bits, &x, sizeof bits);
    e = (int64_t)(bits - half_root) >> 52;
    m = bits - ((uint64_t)e << 52);
    memcpy(&f, &m, sizeof f);
    /* int64 to double without a conversion instruction that vector units lack: |e| < 2^51. */
    m = (uint64_t)(e + INT64_C(0x4338000000000000));
    memcpy(&k, &m, sizeof k);
    k -= 6755399441055744.0;
    f -= 1.0; /* in [sqrt(1/2)-1, sqrt(2)-1] */
    s = f / (2.0 + f);
    z = s * s;
    r = 1.479819860511658591e-01; /* the minimax series of fdlibm's e_log */
    r = r * z + 1.531383769920937332e-01;
    r = r * z + 1.818357216161805012e-01;
    r = r * z + 2.222219843214978396e-01;
    r = r * z + 2.857142874366239149e-01;
    r = r * z + 3.999999999940941908e-01;
    r = r * z + 6.666666666666735130e-01;
    r = r * z;
    z = 0.5 * f * f;
    return k * ln2_hi - ((z - (s * (z + r) + k * ln2_lo)) - f);
}

/* Standard normal quantile of 0 < p < 1: Wichura's AS 241 (1988), about 16 digits. */
double tf_normal_quantile(double p);
/* The same of `n` numbers, in their place. */
void tf_normal_quantiles(double *p, size_t n);

#endif
