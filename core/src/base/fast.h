/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loops over rows are compiled three times (AVX-512, AVX2, baseline) and chosen at run time, on a portable binary.  All three
 * give the same bits: they are element-wise, and multiply-adds are never fused (-ffp-contract=off).  Sanitized builds have one version.
 * TF_WIDE and TF_HALF_WIDE, where they exist, are before a function for AVX-512 or AVX2 alone, which whoever calls it must have found
 * (__builtin_cpu_supports("x86-64-v4"), "x86-64-v3").
 */
#ifndef TF_BASE_FAST_H
#define TF_BASE_FAST_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__OPTIMIZE_SIZE__) && defined(__OPTIMIZE__)
#define TF_FAST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define TF_WIDE __attribute__((target("arch=x86-64-v4")))
#define TF_HALF_WIDE __attribute__((target("arch=x86-64-v3")))
#else
#define TF_FAST
#endif

#endif
