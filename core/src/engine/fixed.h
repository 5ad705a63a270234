/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums that do not depend on how the work was cut.  What a person adds is first rounded to a power of two (a grid); doubles on a grid
 * add without rounding while their sum stays below 2^53 steps, so the sums of a block are exact in any order.  Above that, sums are
 * 128-bit integers of the same steps.
 *
 *   years, QALYs, counts   steps of 2^-36 (half a millisecond);       a block may sum to 32,768 per lane and measure
 *   resources, and the measures of plugins   steps of 2^-32;          524,288
 *   money                  steps of 2^-24 (six millionths of a penny); 134 million
 */
#ifndef TF_ENGINE_FIXED_H
#define TF_ENGINE_FIXED_H

#include <math.h>
#include <stdint.h>

__extension__ typedef __int128 tf_steps;

typedef enum tf_grid_kind { TF_GRID_TIME, TF_GRID_USE, TF_GRID_MONEY } tf_grid_kind;

static inline double tf_grid_steps(tf_grid_kind kind) /* per unit */
{
    return kind == TF_GRID_MONEY ? 0x1p24 : kind == TF_GRID_USE ? 0x1p32 : 0x1p36;
}

/* Sums of a block must stay below this per lane, and in a year; checked when they leave the block.  It is a quarter of what doubles hold exactly:
 * within a cycle, whose sums are made as if nothing happened in it, they are greater. */
static inline double tf_grid_limit(tf_grid_kind kind)
{
    return kind == TF_GRID_MONEY ? 0x1p27 : kind == TF_GRID_USE ? 0x1p19 : 0x1p15;
}

/* The nearest step: adding 1.5 * 2^(52-bits) and taking it off again leaves just that many fraction bits.  |x| below the limit. */
static inline double tf_grid_shift(tf_grid_kind kind)
{
    return kind == TF_GRID_MONEY ? 0x1.8p28 : kind == TF_GRID_USE ? 0x1.8p20 : 0x1.8p16;
}

static inline double tf_on_grid(double shift, double x)
{
    return (x + shift) - shift;
}

static inline double tf_on_time_grid(double x)
{
    return tf_on_grid(0x1.8p16, x);
}

#endif
