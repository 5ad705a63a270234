/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain program for the four-state model of four_states_model.ini: what a researcher would write in an hour with GSL. */
#ifndef TF_BENCH_FOUR_H
#define TF_BENCH_FOUR_H

#include <stddef.h>

enum { FOUR_BATCHES = 16 };

/* Sums over a batch of people: years, discounted QALYs and costs, deaths. */
typedef struct four_sums {
    double people, ly, qaly, cost, deaths;
} four_sums;

/* `n` people aged 25 for at most 75 years; persons are dealt to batches in turn. */
void four_simulate(size_t n, unsigned long seed, four_sums batch[FOUR_BATCHES]);

#endif
