/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the name of a column means: the grammar of trefoil/plugin.h, first alone (is it a name that could be meant?),
 * then against a model (which state, transition, category ... is it?).
 */
#ifndef TF_PLUGIN_COLUMN_H
#define TF_PLUGIN_COLUMN_H

#include "base/text.h"
#include "model/model.h"

typedef enum tf_column_kind {
    TF_COLUMN_ABSENT, /* optional, and the model has none: its pointer is NULL */
    TF_COLUMN_OWN,    /* KEEP, WORK, DRAW, STREAM                              */
    TF_COLUMN_AGE,
    TF_COLUMN_SEX,
    TF_COLUMN_IMD,
    TF_COLUMN_ICB,
    TF_COLUMN_TIME,
    TF_COLUMN_RISK,     /* index: risk factor                                 */
    TF_COLUMN_IN,       /* index: state                                       */
    TF_COLUMN_YEARS_IN, /* index: condition                                   */
    TF_COLUMN_COUNT,    /* index: transition                                  */
    TF_COLUMN_HAZARD,   /* index: condition; from, to: states, TF_NONE for all */
    TF_COLUMN_BRANCH,   /* index: transition, with a case fatality            */
    TF_COLUMN_COST,     /* target: category                                   */
    TF_COLUMN_USE,      /* target: resource                                   */
    TF_COLUMN_UTILITY,
    TF_COLUMN_MEASURE,       /* the name's second part                        */
    TF_COLUMN_PER_COST,      /* index: transition; target: category           */
    TF_COLUMN_PER_USE,       /* index: transition; target: resource           */
    TF_COLUMN_WHILE_COST,    /* index: state; target: category                */
    TF_COLUMN_WHILE_USE,     /* index: state; target: resource                */
    TF_COLUMN_WHILE_UTILITY, /* index: state                                  */
    TF_COLUMN_EXPECTED       /* a measure of usual care: the name after "expected." */
} tf_column_kind;

typedef struct tf_column_ref {
    tf_column_kind kind;
    int index, from, to, target; /* TF_NONE where the list above names none */
} tf_column_ref;

/* Could `name` (braces already replaced) be a column of this access and stage?  Otherwise false, and why in words. */
bool tf_column_form(const char *name, uint32_t access, uint32_t stage, tf_text *why);

/* The unit the column must have, or NULL where any will do (money, resources, the plugin's own). */
const char *tf_column_unit(const char *name, uint32_t access);

/* What it is in this model; false, with why, if the model lacks it. */
bool tf_column_find(const tf_model *model, const char *name, uint32_t access, uint32_t stage, tf_column_ref *ref,
                    tf_text *why);

/* Does a HAZARD column cover a transition?  Those that leave a state at an exact time have no hazard. */
bool tf_column_covers(const tf_model *model, const tf_column_ref *ref, int transition);

/* The parameter a declared name hangs on, "places" of "expected.ly if places"; NULL: none. */
const char *tf_column_condition(const char *name);

/*
 * Replace "{self}" and "{parameter}" by texts, and leave a condition off: `text_of(self, key)` gives the text of a key, or NULL if there is none.
 * The result is the caller's to free; NULL, with why, for an unknown key or an open brace (or, without why, when memory
 * is exhausted).  `*empty` tells whether a key's text was empty.
 */
char *tf_column_resolve(const char *name, const char *(*text_of)(const void *self, const char *key), const void *self,
                        bool *empty, tf_text *why);

#endif
