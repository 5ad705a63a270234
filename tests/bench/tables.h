/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain program's tables, taken from a draw that the engine prepared. */
#ifndef TF_BENCH_TABLES_H
#define TF_BENCH_TABLES_H

#include "engine/prepare.h"
#include "engine/run.h"
#include "plain.h"

/* Fills `tables` (free its cells with free()); false, after saying why on stderr, if the model is not the one that the plain program knows. */
bool tables_take(const tf_run *run, const tf_prepared *prepared, plain_tables *tables);

/* People of the run's sample, made afresh with the plain program's own random numbers; free() them.  NULL without memory. */
plain_person *tables_people(const tf_run *run, const plain_tables *tables, unsigned long seed, size_t *n);

const char *tables_move_name(int move);

#endif
