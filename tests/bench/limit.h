/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measured limit: the columns of a block streamed through the operations that every person and year cost, with nothing decided on the way. */
#ifndef TF_BENCH_LIMIT_H
#define TF_BENCH_LIMIT_H

#include <stddef.h>

/*
 * Nanoseconds per person-cycle on one thread, the least of five.  `clocks` columns are charged with a rate times a column of relative hazards, of which
 * there are `relatives`, and searched for those that ran out; each column of relatives is multiplied anew by another; `sums` weighted sums are added
 * up over people, discounted and not.  Nothing happens to anybody: it is what these
 * columns cost a strategy that lives alone, before there is a model.
 */
double limit_measure(size_t clocks, size_t relatives, size_t sums);

#endif
