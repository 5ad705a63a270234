/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Published cases, reproduced.  A case is a folder with
 *   case.ini       [case] title = ..., kind = ...; every other section belongs to the kind
 *   expected.csv   strategy,quantity,value,tolerance,source[,note]: what was published; one row, one verdict
 * and whatever files the two name.
 *
 * A kind says how a case is computed.  To add one: write a function of type tf_kind_run in a file of its own (case_<kind>.c), declare it
 * at the end of this header, and give it a line in kinds.c.  It is called once per case; it reads its own sections of `config` (the
 * getters of scenario/config.h; relative paths with tf_config_file), computes, and answers the rows of `expected` it understands, by
 * tf_case_answer for whatever it has or row by row through tf_answer_row.  What it does not answer is reported as a failure of that row.
 * It returns a failure only when nothing could be computed; mistakes in the case's own files are recorded as everywhere.  Unknown keys
 * and sections are reported afterwards, by tf_config_finish.
 *
 * `tolerance` is one of
 *   0.0005          the greatest absolute difference
 *   1e-9 relative   times the published value's size
 *   5%              the same, in per cent
 *   4 mcse          times the standard error that the kind states with its answer
 *   text            value is a word, and must be the same
 *   listed          not judged: shown with `note`, which tells why it cannot be met (a published error, another definition)
 */
#ifndef TF_LIBRARY_VALIDATE_H
#define TF_LIBRARY_VALIDATE_H

#include "base/table.h"
#include "scenario/config.h"

typedef enum tf_tolerance { TF_ABSOLUTE, TF_RELATIVE, TF_ERRORS, TF_WORD, TF_LISTED } tf_tolerance;

typedef struct tf_expected {
    const char *strategy, *quantity, *text, *source, *note; /* as written; they live as long as the case */
    tf_place place;
    tf_tolerance kind;
    double value, tolerance; /* `value` is NAN when `text` is a word */
    /* the kind's answer */
    bool answered;
    double answer, mcse;
    char word[64];
} tf_expected;

typedef struct tf_case {
    const char *name, *folder, *title; /* name: the folder's last part */
    tf_config *config;                 /* case.ini */
    tf_expected *expected;
    size_t n_expected;
} tf_case;

typedef trefoil_status (*tf_kind_run)(trefoil_context *context, tf_case *self);

typedef struct tf_kind {
    const char *name;
    tf_kind_run run;
} tf_kind;

/* Every kind there is; ends with a NULL name. */
extern const tf_kind tf_kinds[];

/* Answer one row; `mcse` 0 when the answer has no error of its own. */
void tf_answer_row(tf_expected *row, double value, double mcse);
void tf_answer_word(tf_expected *row, const char *word);
/* Answer every row with this strategy and quantity (case ignored); returns how many there were. */
size_t tf_case_answer(tf_case *self, const char *strategy, const char *quantity, double value, double mcse);
size_t tf_case_answer_word(tf_case *self, const char *strategy, const char *quantity, const char *word);

/* ---- the kinds ------------------------------------------------------------------------------- */

trefoil_status tf_case_sample(trefoil_context *context, tf_case *self);
trefoil_status tf_case_equity(trefoil_context *context, tf_case *self);
trefoil_status tf_case_scenario(trefoil_context *context, tf_case *self) TF_MUST_USE; /* case_scenario.c */

#endif
