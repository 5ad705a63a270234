/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that evaluate formulas share. */
#ifndef TF_MODEL_FORMULA_INSIDE_H
#define TF_MODEL_FORMULA_INSIDE_H

#include "model/expression.h"

typedef struct tf_stated {
    tf_expression expression;
    char *what, *file;
    int line;
    bool varies;
    double min, max;
} tf_stated;

struct tf_formulas {
    const tf_tables *tables;
    const tf_parameters *parameters;
    tf_machine *machine; /* compiles; evaluations make their own */
    double *facts[TF_CELL_FACTS];
    bool course; /* formulas are evaluated along a course, and may use its facts */
    tf_stated *items;
    size_t count, capacity;
};

/* Is the value finite and within the formula's limits? */
bool tf_stated_within(const tf_stated *item, double value);
/* A mistake: the value is not; `where` is a text such as " in cycle 3". */
trefoil_status tf_stated_outside(trefoil_context *context, const tf_stated *item, const char *where, uint32_t draw, double value);

#endif
