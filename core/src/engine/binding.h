/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Binding: what the columns of a strategy's hooks mean to a block.  Every declared column gets a buffer of the workspace and a kind;
 * before a hook runs its columns are filled as its access promises, afterwards they are checked (finite, ratios not negative) and
 * composed, always in order of plugin id.
 */
#ifndef TF_ENGINE_BINDING_H
#define TF_ENGINE_BINDING_H

#include "engine/cells.h"
#include "engine/plan.h"

struct tf_block;
struct tf_prepared;

/* An amount per person that a plugin states for the cycle, with the measures it counts in. */
typedef struct tf_row_flow {
    const double *amount; /* column */
    int transition;       /* charged each time it fires, or TF_NONE */
    int state;            /* accrues per year while in the state, or TF_NONE: while alive */
    bool spread;          /* plain ADD: the column is for the whole cycle, not per year */
    tf_flow flow;         /* measures; flow.amount unused */
    int measure;          /* plugin's own measure, or -1 */
    bool utility;         /* quality of life rather than a sum */
} tf_row_flow;

/* An intervention's memory of a person. */
typedef struct tf_keep {
    const tf_intervention *owner;
    const char *name;
    void *data;
    size_t width;
} tf_keep;

/* Memory of the binding, between guards. */
typedef struct tf_buffer {
    unsigned char *data;
    uint8_t width; /* bytes of a row */
    bool lasts;    /* beyond the hook's call: a person's memory, and effects */
} tf_buffer;

typedef struct tf_bound_hook tf_bound_hook;

/* The hooks of one strategy bound to one block's memory. */
typedef struct tf_bound {
    tf_bound_hook *hooks; /* in order of stage, then of plugin id */
    size_t n_hooks;
    double **scale;       /* [transition]: product of hazard ratios, or NULL where no hook has one; of one column: that column */
    double **branch;      /* [transition]: product of odds ratios on fatality, likewise */
    double *utility_scale, *utility_add; /* likewise */
    tf_row_flow *flows;
    size_t n_flows;
    bool *flow_state;     /* [state]: some flow is tied to it */
    bool *flow_event;     /* [transition] */
    bool risks;           /* some hook acts on risk factors */
    bool utility;         /* some hook acts on quality of life */
    tf_keep *keep;        /* columns that persist with the person */
    size_t n_keep;
    uint32_t capacity;
    const struct tf_prepared *prepared; /* the strategy's: settings, and what prepare() made */
    tf_buffer *buffers;
    size_t n_buffers;
} tf_bound;

/*
 * Bind a strategy's hooks to a block's memory; *bound is NULL for a strategy without hooks.  Mistakes, at the intervention's place: two
 * interventions that SET the same risk factor, a measure of usual care that the run does not have.
 */
trefoil_status tf_bound_create(trefoil_context *context, const tf_plan *plan, size_t strategy, struct tf_block *block, tf_bound **bound)
    TF_MUST_USE;
void tf_bound_destroy(tf_bound *bound);

/* People begin: memory columns to 0, settings of the draw as the strategy has them. */
void tf_bound_begin(tf_bound *bound, const struct tf_block *block, const struct tf_prepared *prepared);
/* Run the hooks of all stages for the cycle; compose their effects. */
trefoil_status tf_bound_run(trefoil_context *context, tf_bound *bound, struct tf_block *block) TF_MUST_USE;
/* Before a hook is called for `n` people, and after: the first of its columns outside of which something was written; its number of columns: none. */
void tf_bound_guard(const tf_bound *bound, const tf_bound_hook *hook, uint32_t n);
size_t tf_bound_overrun(const tf_bound *bound, const tf_bound_hook *hook, uint32_t n);
/* Apply the effects of this cycle on the risk factors `which` (bits) of a row. */
void tf_bound_risks(const tf_bound *bound, struct tf_block *block, uint32_t row, uint64_t which);
/* Rows of one binding become rows `at` to `at + n` of another binding of the same strategy: their memory, and what hooks said for the cycle. */
void tf_bound_copy_rows(const tf_bound *from, const uint32_t *rows, tf_bound *to, uint32_t at, uint32_t n);
/* The memory of a person goes where the person goes. */
void tf_bound_move_rows(tf_bound *bound, const tf_order *order);

/* What plugins make once per draw (their prepare()); one thread at a time. */
trefoil_status tf_bound_prepare(trefoil_context *context, const tf_plan *plan, struct tf_prepared *prepared) TF_MUST_USE;

/* Names of the usual-care measures that "expected." columns ask for, added to `names` once each. */
trefoil_status tf_expected_names(trefoil_context *context, const tf_interventions *interventions, tf_list *names) TF_MUST_USE;

#endif
