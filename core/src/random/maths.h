/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exp, log and the inverse normal as plain arithmetic, without libm: the same bits on every machine and for every
 * vector width, and inlined so that compilers vectorise loops over them.  Relative error below 2 units in the last place
 * (tests/unit/test_maths.c measures it against libm over the whole range).
 */
#ifndef TF_RANDOM_MATHS_H
#define TF_RANDOM_MATHS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Before a function whose loops should be compiled for each vector width and chosen at load.  (Sanitizers start after the
 * choice is made, so they get the portable code, which has the same bits.) */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define TF_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TF_CLONES
#endif

/* e^x for -700 <= x <= 700; arguments outside are clamped to that range. */
static inline double tf_exp(double x)
{
    const double log2e = 1.4426950408889634, ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: rounds to an integer held in the low bits */
    double k, r, r2, r4, p, q, s;
    uint64_t bits;

    x = x < -700.0 ? -700.0 : x;
    x = x > 700.0 ? 700.0 : x;
    k = x * log2e + shift;
    memcpy(&bits, &k, sizeof bits);
    k -= shift;
    r = (x - k * ln2_hi) - k * ln2_lo;
    /* Taylor to degree 13 on |r| <= ln(2)/2, truncation below 2^-58, in Estrin's order: short chains of dependent operations. */
    r2 = r * r;
    r4 = r2 * r2;
    p = (1.0 / 39916800.0 + r * (1.0 / 479001600.0)) + r2 * (1.0 / 6227020800.0);
    q = (1.0 / 5040.0 + r * (1.0 / 40320.0)) + r2 * (1.0 / 362880.0 + r * (1.0 / 3628800.0));
    s = (1.0 / 6.0 + r * (1.0 / 24.0)) + r2 * (1.0 / 120.0 + r * (1.0 / 720.0));
    p = s + r4 * (q + r4 * p);
    p = r + r2 * (0.5 + r * p); /* e^r - 1 */
    bits = (bits + 1023) << 52;
    memcpy(&k, &bits, sizeof k);
    return k + k * p;
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
