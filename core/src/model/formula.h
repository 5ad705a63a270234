/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Formulas of a model file: Lua expressions over parameters and tables, evaluated once per draw -- per cell of sex, age
 * and quintile when they use one -- and never per person.  In scope: every parameter by its name; every table as
 * `table.column`; `male` (1 or 0), `female`, `age` (years), `imd` (1..5, 1 = most deprived); and the
 * functions of Lua's math library by their bare names (abs, ceil, exp, floor, log, max, min, sqrt), and pick(i, a, b, c
 * ...), the i-th of what follows, as in pick(imd, rr_q1, rr_q2, rr_q3, rr_q4, rr_q5); the survival functions of
 * model/survival.h.  Where people are all alike on the discrete clock (tf_alike_needs; always in expected mode) also `cycle` (1 is the first), `time` (years since the start, at the start of
 * the cycle) and `years_in_state` (since the state was entered, at the start of the cycle); `age` is then the age at that moment.  Nothing else: no text, tables,
 * functions or loops, so that every formula ends (model/expression.h).
 */
#ifndef TF_MODEL_FORMULA_H
#define TF_MODEL_FORMULA_H

#include "model/parameter.h"
#include "world/grid.h"

/* What it takes for people to be all alike, in words. */
extern const char tf_alike_needs[];

/* The named tables of a model. */
typedef struct tf_tables {
    char **names;
    tf_grid **grids; /* owned; while a model is read, NULL for a table whose file is wrong */
    size_t count;
} tf_tables;

typedef struct tf_formulas tf_formulas;

/* A set of formulas over tables and parameters; both must outlive it.  `parameters` NULL: their files are wrong, which
 * was recorded, and formulas that name one are refused without another mistake. */
trefoil_status tf_formulas_create(trefoil_context *context, const tf_tables *tables, const tf_parameters *parameters,
                                  tf_formulas **formulas) TF_MUST_USE;
void tf_formulas_destroy(tf_formulas *formulas);

/* Add a formula; `what` ("[transition chd.none.mi] rate") and `place` are for messages; values must lie in [min, max].
 * Returns its index, or -1 after recording a mistake: syntax, an unknown name (with the nearest). */
int tf_formulas_add(trefoil_context *context, tf_formulas *formulas, const char *text, const char *what, tf_place place,
                    double min, double max);
/* The same with a status: TREFOIL_USER_MISTAKE, TREFOIL_NO_MEMORY; the index in `formula`, untouched on failure. */
trefoil_status tf_formulas_read(trefoil_context *context, tf_formulas *formulas, const char *text, const char *what,
                                tf_place place, double min, double max, int *formula) TF_MUST_USE;
size_t tf_formulas_count(const tf_formulas *formulas);
const char *tf_formulas_text(const tf_formulas *formulas, int formula);
/* Where it stands. */
tf_place tf_formulas_place(const tf_formulas *formulas, int formula);
/* From now on formulas may use the facts of a course, and are evaluated along one (model/course.h) instead of by cell. */
void tf_formulas_set_course(tf_formulas *formulas);
/* Does it depend on sex, age or quintile (directly or through a table)? */
bool tf_formulas_varies(const tf_formulas *formulas, int formula);

/* The values of all formulas in one draw. */
typedef struct tf_quantities {
    size_t count;
    double **cells; /* cells[formula]: TF_CELLS values, or NULL when the formula does not vary */
    double *scalar; /* scalar[formula]: its value when it does not vary                         */
} tf_quantities;

static inline double tf_quantity(const tf_quantities *quantities, int formula, int cell)
{
    return quantities->cells[formula] ? quantities->cells[formula][cell] : quantities->scalar[formula];
}

/* Evaluate all formulas for the cells of ages age_min..100 (other cells are left 0).  `parameters`: values of the draw.
 * A value that is not finite or outside its limits is a mistake naming formula, sex, age, quintile, draw and value.
 * Thread-safe: makes its own Lua state (kept in `quantities` storage is the caller's: zero-initialise, reuse between
 * draws, free with tf_quantities_free). */
trefoil_status tf_formulas_evaluate(trefoil_context *context, const tf_formulas *formulas, const double *parameters,
                                    uint32_t draw, int age_min, tf_quantities *quantities);
void tf_quantities_free(tf_quantities *quantities);

#endif
