/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Short tables of numbers by state, looked up for many rows; and which rows are marked.  Where the processor holds a table of eight in a register (AVX-512) no memory is
 * asked; elsewhere, and for longer tables, plain loops do it.  Same bits.
 */
#ifndef TF_ENGINE_LOOKUP_H
#define TF_ENGINE_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

/* value[state[i]] of row i; `n` values. */
typedef struct tf_lookup {
    const double *value;
    const uint8_t *state;
    int n;
} tf_lookup;

/* x[i] *= the product of what `n_tables`, at least one, say of row i, multiplied in their order. */
void tf_lookup_multiply(const tf_lookup *tables, size_t n_tables, double *x, uint32_t rows);
/* x[i] = that product. */
void tf_lookup_product(const tf_lookup *tables, size_t n_tables, double *x, uint32_t rows);
/* x[i] = x[i] scale[state[i]] + add[state[i]]; `n` values each. */
void tf_lookup_act(const uint8_t *state, int n, const double *scale, const double *add, double *x, uint32_t rows);

/* Rows whose marks are not 0 and that are not dead, into `which`, which has room for TF_LOOKUP_SPARE more; returns their number.  And rows whose
 * x is not 0 (-0 counts as not 0). */
enum { TF_LOOKUP_SPARE = 8 };
uint32_t tf_lookup_marked(const uint64_t *marks, const uint8_t *dead, uint32_t rows, uint32_t *which);
uint32_t tf_lookup_nonzero(const double *x, uint32_t rows, uint32_t *which);

#endif
