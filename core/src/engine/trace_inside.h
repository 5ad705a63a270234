/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of expected mode share. */
#ifndef TF_ENGINE_TRACE_INSIDE_H
#define TF_ENGINE_TRACE_INSIDE_H

#include "engine/boundary.h"
#include "engine/effects.h"
#include "engine/trace.h"
#include "model/course.h"

/* Transitions out of a state. */
typedef struct tf_moves {
    bool constant;   /* the same at every moment and stay */
    bool by_stay;    /* depend on time in the state */
    const int *items;
    size_t count, first; /* their place in tf_course_state.chances */
} tf_moves;

/* Sums of a state's or a transition's people over the run, each weighted by the boundaries' weights. */
typedef struct tf_sum {
    double costs[2], effects[2];
} tf_sum;

/* What changes while a strategy is followed in a draw. */
typedef struct tf_course_state {
    double *now, *next;  /* [slot]: shares by state and time in it */
    double *chances;     /* [transition, as placed by tf_moves.first] */
    tf_sum *states;      /* [state] */
    tf_sum *events;      /* [transition] */
    double *fatal;       /* [transition]: weighted share that died of it: effects, plain and worth */
    double *totals;      /* [measure][2], per person */
    double *years;       /* [measure][year], per person; NULL when no group is kept by year */
} tf_course_state;

/* One subgroup's course, and a cohort on it. */
typedef struct tf_trace {
    const tf_plan *plan;
    const tf_subgroup_spec *subgroup;
    const tf_changes *subgroup_changes; /* or NULL */
    tf_course *course;
    tf_boundaries boundaries;
    size_t n_cycles;
    size_t *slot, *stays; /* [state]: first slot, number of them */
    size_t n_slots;
    tf_moves *moves;      /* [state] */
    bool *plain_state, *plain_event; /* payoffs are the same at every moment */
    bool steady; /* nothing at all depends on time: the same step again and again */
    tf_series_set *series; /* [strategy]; 0 is the base's, strategy s is s + 1 */
    double **parameters;  /* the same */
    tf_machine *machine;
    tf_effects **effects; /* [strategy]: of its plugins, or NULL */
    const tf_effects *acting; /* those of the strategy that is followed */
    tf_course_state state;
} tf_trace;

trefoil_status tf_trace_create(trefoil_context *context, const tf_plan *plan, size_t subgroup, tf_trace **trace) TF_MUST_USE;
void tf_trace_destroy(tf_trace *trace);
/* Room for what changes while a strategy is followed (a thread has its own). */
bool tf_trace_allocate(tf_trace *trace);
void tf_trace_release(tf_course_state *state);

/* All formulas of a draw, under every strategy. */
trefoil_status tf_trace_evaluate(trefoil_context *context, tf_trace *trace, const double *drawn, uint32_t draw) TF_MUST_USE;
/* Sums to 0; and what so many people bring at time 0. */
void tf_trace_begin(tf_trace *trace, const tf_series_set *series, double people);
/* What one person expects under a strategy, into state.totals and state.years. */
trefoil_status tf_trace_expect(trefoil_context *context, tf_trace *trace, size_t strategy, uint32_t draw) TF_MUST_USE;

/* Follow the cohort under a strategy; per-person sums into state.totals and state.years. */
trefoil_status tf_trace_follow(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
    TF_MUST_USE;
/* The same on the continuous clock. */
trefoil_status tf_trace_flow(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
    TF_MUST_USE;
/* Add up a decision tree. */
trefoil_status tf_trace_paths(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
    TF_MUST_USE;
/* `people` (or a share) take path p. */
void tf_trace_take(tf_trace *trace, const tf_series_set *series, size_t p, double people);

/* Probabilities per cycle of the transitions out of state s in the cycle after boundary `moment`, by the model's conversion of rates.
 * A mistake if they sum to more than 1. */
trefoil_status tf_trace_chances(trefoil_context *context, const tf_trace *trace, const tf_series_set *series, size_t s, size_t strategy,
                                uint32_t draw, size_t moment, size_t stay, double *chances) TF_MUST_USE;
/* Shares of the states at the start, of which the first has what the others leave.  A mistake if they sum to more than 1. */
trefoil_status tf_trace_shares(trefoil_context *context, const tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw,
                               double *shares) TF_MUST_USE;
/* Time, quality and payoffs of people in a living state, at the payoffs of a moment, in a year of the run ... */
void tf_trace_pay_state(tf_trace *trace, const tf_series_set *series, size_t s, size_t moment, size_t stay, const tf_sum *sum, size_t year);
/* ... and those of who make transition k; `fatal`: effects, plain and worth, of those who die of it. */
void tf_trace_pay_event(tf_trace *trace, const tf_series_set *series, size_t k, size_t moment, size_t stay, const tf_sum *sum,
                        const double fatal[2], size_t year);
/* People (state.now) seen in their states at boundary t. */
void tf_trace_see(tf_trace *trace, const tf_series_set *series, size_t t);
/* `people` make transition k in the cycle after boundary t, of whom `fatal` die of it. */
void tf_trace_count(tf_trace *trace, const tf_series_set *series, int k, double people, double fatal, size_t t, size_t stay);
/* Pay what was only summed up: what states and events bring that bring the same at all times. */
void tf_trace_settle(tf_trace *trace, const tf_series_set *series);

/* `plain` and `worth` of a measure. */
static inline void tf_trace_add(tf_trace *trace, int measure, double plain, double worth)
{
    trace->state.totals[2 * (size_t)measure + TF_PLAIN] += plain;
    trace->state.totals[2 * (size_t)measure + TF_WORTH] += worth;
}

static inline void tf_trace_add_year(tf_trace *trace, size_t year, int measure, double amount)
{
    if (trace->state.years)
        trace->state.years[(size_t)measure * trace->plan->layout->n_years + year] += amount;
}

/* Pay a flow for what `sum` counts, at the amounts of a moment. */
void tf_trace_pay(tf_trace *trace, const tf_series_set *series, const tf_flow *flow, size_t moment, size_t stay, const tf_sum *sum,
                  size_t year);

#endif
