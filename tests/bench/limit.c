/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "limit.h"

#include "base/fast.h"

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

enum { ROWS = 512, CYCLES = 40, BLOCKS = 100, TIMES = 5 };

TF_FAST static void charge(double base, const double *restrict relative, double *restrict clock, uint64_t bit, uint64_t *restrict out)
{
    for (size_t i = 0; i < ROWS; ++i)
        clock[i] -= base * relative[i];
    for (size_t i = 0; i < ROWS; ++i)
        out[i] |= clock[i] <= 0.0 ? bit : 0;
}

TF_FAST static void multiply(const double *restrict by, double *restrict column)
{
    for (size_t i = 0; i < ROWS; ++i)
        column[i] *= by[i];
}

/* Sixteen sums, as results have, with one weight for years and one for what they are worth. */
TF_FAST static void add(const double *restrict column, double years, double worth, double *restrict sums)
{
    for (size_t i = 0; i < ROWS; i += 16)
        for (size_t lane = 0; lane < 16; ++lane) {
            sums[lane] += years * column[i + lane];
            sums[16 + lane] += worth * column[i + lane];
        }
}

static double *make_columns(size_t n, double value)
{
    double *columns = malloc((n ? n : 1) * ROWS * sizeof *columns);

    if (!columns)
        abort();
    for (size_t i = 0; i < n * ROWS; ++i)
        columns[i] = value;
    return columns;
}

double limit_measure(size_t clocks, size_t relatives, size_t sums)
{
    double *clock = make_columns(clocks, 1e9), *relative = make_columns(relatives + 1, 1.0), *by = make_columns(1, 1.0), total[32] = { 0 };
    double least = HUGE_VAL;
    uint64_t out[ROWS] = { 0 };

    for (int time = 0; time < TIMES; ++time) {
        double began = omp_get_wtime();
        for (int cycle = 0; cycle < CYCLES * BLOCKS; ++cycle) {
            for (size_t k = 0; k < relatives; ++k)
                multiply(by, relative + k * ROWS);
            for (size_t k = 0; k < clocks; ++k)
                charge(1e-3, relative + (relatives ? k % relatives : 0) * ROWS, clock + k * ROWS, UINT64_C(1) << k % 64, out);
            for (size_t k = 0; k < sums; ++k)
                add(relative + (relatives ? k % relatives : 0) * ROWS, 1.0, 0.965, total);
        }
        least = fmin(least, omp_get_wtime() - began);
    }
    if (total[0] < 0 || out[0]) /* what is computed is used */
        abort();
    free(clock);
    free(relative);
    free(by);
    return 1e9 * least / ((double)ROWS * CYCLES * BLOCKS);
}
