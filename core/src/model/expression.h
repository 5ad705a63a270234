/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One expression over names: what formulas of models and of the evidence register have in common.  The language is the
 * part of Lua that computes a number: + - * / ^ // %, comparisons (== ~= < <= > >=), `and`, `or`, `not`, brackets,
 * numbers, names, and calls of the functions of model/machine.h.  There is no other statement, text, table, loop or
 * function, so every expression ends.  Whole numbers are taken as reals: nothing wraps.  Every name is checked where
 * the expression is read, in branches never taken too.
 */
#ifndef TF_MODEL_EXPRESSION_H
#define TF_MODEL_EXPRESSION_H

#include "base/text.h"
#include "model/formula.h"
#include "model/machine.h"

enum {
    TF_FACT_MALE,
    TF_FACT_FEMALE,
    TF_FACT_AGE,
    TF_FACT_IMD,
    TF_CELL_FACTS, /* the others are known along a course only (model/course.h) */
    TF_FACT_CYCLE = TF_CELL_FACTS,
    TF_FACT_TIME,
    TF_FACT_YEARS_IN_STATE,
    TF_FACTS
};

typedef enum tf_symbol_kind { TF_SYMBOL_PARAMETER, TF_SYMBOL_COLUMN, TF_SYMBOL_FACT } tf_symbol_kind;

/* What a name stands for: a parameter, a column of a table, or a fact of the cell. */
typedef struct tf_symbol {
    tf_symbol_kind kind;
    size_t index;  /* parameter, table or fact */
    size_t column; /* of the table             */
} tf_symbol;

typedef struct tf_expression {
    char *text;
    double constant;    /* its value if it has neither symbols nor code */
    tf_symbol *symbols; /* in the order of the code's arguments         */
    size_t n_symbols, capacity;
    tf_code code; /* bytes NULL: a constant, or the value of its one symbol */
} tf_expression;

/* The names in sight. */
typedef struct tf_scope {
    const tf_parameters *parameters; /* NULL: not known because their file is wrong, and any name passes */
    size_t n_parameters;             /* only the first so many */
    const tf_tables *tables; /* NULL: no tables, and no facts of a cell; a table without grid is not known either */
    bool course; /* facts of a course are known too */
    /* When it is there, all names are the caller's own: words joined by points, each an index (TF_SYMBOL_PARAMETER), or -1 and the
     * reason added to `why`. */
    ptrdiff_t (*find)(void *self, const char *name, tf_text *why);
    void *self;
} tf_scope;

/* Read `text`; `what` ("[utility] norm") and `place` are for messages.  All unknown names are recorded as mistakes,
 * each with the nearest. TREFOIL_USER_MISTAKE also when it uses names that are not known because of an earlier mistake.
 * A failure leaves nothing. */
trefoil_status tf_expression_read(trefoil_context *context, tf_machine *machine, const tf_scope *scope,
                                  const char *text, const char *what, tf_place place,
                                  tf_expression *expression) TF_MUST_USE;
void tf_expression_free(tf_expression *expression);

/* Does it use a table or a fact? */
bool tf_expression_varies(const tf_expression *expression);

/* Is `name` a word of the language, a function or a fact, and so no name for a parameter or a table? */
bool tf_expression_reserves(const char *name);

#endif
