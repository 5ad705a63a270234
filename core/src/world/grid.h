/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of facts by sex, single year of age and IMD quintile, dense.  Read from a CSV whose key columns may be any of `sex` (M/F or
 * male/female), `age` (single years) or `age_from` and `age_to` (bands, inclusive), `imd` (1..5, 1 = most deprived); a key column that
 * is absent means "the same for all".  All other columns are values.  Ages above the last row take the last row's values; ages
 * below the first row are a mistake unless a comment line "# below: 0" gives their value.
 */
#ifndef TF_WORLD_GRID_H
#define TF_WORLD_GRID_H

#include "base/table.h"
#include "world/population.h"

enum { TF_CELLS = TF_SEXES * TF_AGES * TF_QUINTILES };

/* The cell of a sex (0,1), age (0..100; above: 100) and quintile (0..4). */
static inline int tf_cell(int sex, int age, int imd)
{
    return (sex * TF_AGES + (age < TF_AGES ? age : TF_AGES - 1)) * TF_QUINTILES + imd;
}

typedef struct tf_grid {
    char *path;
    size_t n_columns;
    char **columns;  /* names of the value columns */
    double **values; /* values[column][cell] */
    char *source, *unit, *value_set; /* from its notes; NULL if absent */
    char digest[65];
} tf_grid;

/* Mistakes: a cell given twice, a cell missing, a text that is no number, no value column. */
trefoil_status tf_grid_read(trefoil_context *context, const char *path, tf_place from, tf_grid **grid) TF_MUST_USE;
void tf_grid_destroy(tf_grid *grid);

#endif
