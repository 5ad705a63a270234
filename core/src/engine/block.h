/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A block: people who share sex and age at the start, as columns.  Rows of one piece of a stratum stand together (a segment), because they
 * share what rates depend on.  A thread has one workspace: the block as it was made, and the working copy that a strategy lives through.
 */
#ifndef TF_ENGINE_BLOCK_H
#define TF_ENGINE_BLOCK_H

#include "engine/binding.h"
#include "engine/prepare.h"
#include "engine/tally.h"

/* Rows [from, to) of one piece. */
typedef struct tf_segment {
    uint32_t from, to;
    size_t piece;     /* of the plan                  */
    size_t local;     /* its place in the unit's tally */
    int area_board;   /* index of the board           */
    int imd;          /* 0..4                         */
    int cell;         /* at the current age           */
} tf_segment;

typedef struct tf_column {
    void *data;
    size_t width;
} tf_column;

typedef struct tf_columns_of_people {
    uint64_t *person;
    uint8_t *lane;
    uint16_t *segment;
    uint16_t *profile;
    uint8_t *dead;
    double *luck[TF_MAX_RISKS], *risk[TF_MAX_RISKS];
    double *relative[TF_MAX_ALL_STATES];
    uint8_t *state[TF_MAX_CONDITIONS];
    double *entered[TF_MAX_CONDITIONS]; /* when, in years of the run, where somebody asks; else NULL */
    double *clock[TF_MAX_TRANSITIONS]; /* hazard left to spend; INFINITY when not in the from-state          */
    double *kept[TF_MAX_TRANSITIONS];  /* what was left of the clock when the from-state was left; NAN: draw it when needed.  NULL where
                                          the from-state cannot be entered again after another transition has left it */
    uint16_t *fired[TF_MAX_TRANSITIONS]; /* how often it fired; NULL where it cannot fire twice */
    double *count[TF_MAX_TRANSITIONS]; /* firings in the previous cycle, where a plugin asks; else NULL      */

    tf_column *all; /* every column above that exists; ... */
    size_t n_all, n_life; /* ... those from n_life on are asked only while people are made, and need not go with them */
} tf_columns_of_people;

enum { TF_OUT_WORDS = TF_MAX_TRANSITIONS / 64 };

typedef struct tf_block {
    const tf_plan *plan;
    const tf_prepared *prepared;
    uint32_t capacity;
    uint32_t n;     /* rows */
    uint32_t n_dead; /* of these, not yet removed */
    int sex, age;   /* at the start */
    tf_columns_of_people people;
    tf_segment *segments;
    size_t n_segments;
    int *in_state;  /* [state]: rows in it */

    /* this cycle */
    uint32_t cycle;
    double start, end;           /* years since the start of the run */
    tf_discount costs, effects;
    double cost_factor, effect_factor; /* annual discounting: of this cycle */
    uint32_t sorted;             /* rows up to here stand in their segments' ranges; later ones joined since */
    const bool *has;             /* [condition]: it exists for these people */
    double *const *scale;        /* [transition]: hazard ratios of hooks, NULL where there are none; NULL: no hooks at all */
    struct tf_company *company;  /* the strategies that share this life, or NULL */
    struct tf_needs *needs;      /* of the cycle's charging and events ... */
    struct tf_rounds *rounds;    /* ... and their workspace */
    uint64_t *out[TF_OUT_WORDS]; /* bit k % 64 of word k / 64: transition k's clock has run out within the cycle; 0: the row has no events */
    size_t n_words;
    uint32_t *due;               /* rows with events */
    tf_stretch *stretches;       /* workspace of compacting */
    double *scratch; /* two numbers of each row */
    tf_block_tally tally;
    tf_grid_kind *grids;         /* [measure] */
    double *shifts;              /* [measure]: tf_grid_shift */
    tf_bound *bound;             /* hooks of the strategy, or NULL */
} tf_block;

/* Memory of one block; NULL with a reason recorded when exhausted. */
tf_block *tf_block_create(trefoil_context *context, const tf_plan *plan, uint32_t capacity);
void tf_block_destroy(tf_block *block);

/* Make the people of pieces (rows of the unit from `skip` on, at most `most`, which is no more than the capacity): identities, traits, states, first clocks. */
void tf_block_make(tf_block *block, const tf_prepared *prepared, const tf_unit *unit, uint32_t skip, uint32_t most);
/* Copy what tf_block_make made into a working block of the same plan and capacity ... */
void tf_block_copy(tf_block *to, const tf_block *from);
/* ... or take them, so that `from` has none; ... */
void tf_block_take(tf_block *to, tf_block *from);
/* ... or copy all but the people. */
void tf_block_copy_frame(tf_block *to, const tf_block *from);

/* Live through the whole horizon under a strategy, with the hooks bound to the block; sums go to the strategy's of `units`. */
trefoil_status tf_block_live(trefoil_context *context, tf_block *block, size_t strategy, tf_unit_tally *units) TF_MUST_USE;

/* The steps of a life, for those who take them one by one: sums at 0 and people counted; a cycle opened (the dead removed, birthdays); counts
 * of the last cycle forgotten; the cycle's sums as if nothing happened in it; its clocks and events; its year closed if it ends one.
 * `prepared`: with the settings of the strategy, for its hooks. */
void tf_block_begin(tf_block *block, const tf_prepared *prepared);
void tf_block_open_cycle(tf_block *block, uint32_t cycle);
void tf_block_forget_counts(tf_block *block);
void tf_block_count_cycle(tf_block *block, double weight);
trefoil_status tf_block_run_clocks(trefoil_context *context, tf_block *block) TF_MUST_USE;
/* The same in two steps, between which others may join who stand charged to the cycle's end: rows from `late` on, to whom nothing happens before
 * their moments. */
void tf_block_charge(tf_block *block);
trefoil_status tf_block_live_events(trefoil_context *context, tf_block *block, uint32_t late, const double *moments) TF_MUST_USE;
/* Does the cycle end a year of the run? */
static inline bool tf_block_ends_year(const tf_block *block)
{
    return (size_t)block->end > (size_t)block->start;
}
/* What was added since the last time goes to `year` of those of the `n` units whose strategy has what is counted. */
trefoil_status tf_block_end_year(trefoil_context *context, tf_block *block, size_t year, const size_t *strategies, size_t n, tf_unit_tally *units)
    TF_MUST_USE;
/* The block's sums go to the same units. */
trefoil_status tf_block_leave(trefoil_context *context, tf_block *block, const size_t *strategies, size_t n, tf_unit_tally *units) TF_MUST_USE;

/* Total the unit's costs, once all its blocks have lived. */
trefoil_status tf_block_close_unit(trefoil_context *context, const tf_plan *plan, tf_unit_tally *unit) TF_MUST_USE;

/* The risk factors `risks` and relative sets `sets` (bits) of a segment's people, plugin effects included ... */
void tf_block_traits(tf_block *block, const tf_segment *segment, uint64_t risks, uint64_t sets);
/* ... and those of one row that change with its state of a condition. */
void tf_block_row_traits(tf_block *block, uint32_t row, int condition);
/* Draw the clock of a transition the row has just come to need. */
void tf_block_arm(tf_block *block, int transition, uint32_t row);
/* The moment of a row's next event in the cycle, not before `from`, and its transition; HUGE_VAL and *transition as it was: no event. */
double tf_block_next_event(const tf_block *block, uint32_t row, double from, int *transition);
/* Live through the rest of the cycle event by event, none before the moment `from`, after so many `events` of the cycle. */
trefoil_status tf_block_live_row(trefoil_context *context, tf_block *block, uint32_t row, double from, int events) TF_MUST_USE;
/* A row comes to the block's people (sign 1) or goes (-1), in the states it is in. */
void tf_block_occupy(tf_block *block, uint32_t row, double sign);
/* Would the transition be fatal to the row, if it were its next event?  Of events that kill some; what kills all is known by its state. */
bool tf_block_fatal(const tf_block *block, int transition, uint32_t row);
/* Fire one transition of a row at a moment of the cycle. */
void tf_block_fire(tf_block *block, int transition, uint32_t row, double at);
/* Remove the dead unless they are few, and bring those who joined to their segments. */
void tf_block_compact(tf_block *block);

/* How often the transition has fired for the row, before what comes next. */
static inline uint32_t tf_fired(const tf_block *block, int transition, uint32_t row)
{
    const uint16_t *fired = block->people.fired[transition];
    return fired ? fired[row] : 0;
}

/* Add to a measure of a row's segment and lane, rounded to its grid. */
static inline void tf_add(tf_block *block, uint32_t row, int measure, double amount, double discounted)
{
    size_t segment = block->people.segment[row], lane = block->people.lane[row];
    double shift = block->shifts[measure];

    double *pair = tf_sums(&block->tally, segment, measure) + 2 * lane, steps = tf_on_grid(shift, amount);

    pair[0] += steps;
    pair[1] += tf_on_grid(shift, discounted);
    block->tally.year[segment * block->tally.n_measures + (size_t)measure] += steps;
}

/* Note whether a row's clock stands at or below 0. */
static inline void tf_mark_out(tf_block *block, int transition, uint32_t row, bool out)
{
    uint64_t *word = &block->out[transition / 64][row], bit = UINT64_C(1) << transition % 64;

    *word = out ? *word | bit : *word & ~bit;
}

static inline bool tf_block_has_event(const tf_block *block, uint32_t row)
{
    uint64_t any = block->out[0][row];

    for (size_t w = 1; w < block->n_words; ++w)
        any |= block->out[w][row];
    return any != 0;
}

/* Does a plugin's flow run for the row now: it lives, and is in the flow's state if it has one? */
static inline bool tf_row_flow_on(const tf_block *block, const tf_row_flow *flow, uint32_t row)
{
    if (block->people.dead[row])
        return false;
    if (flow->state == TF_NONE)
        return true;
    const tf_state *state = &block->plan->model->states[flow->state];
    return block->people.state[state->condition][row] ==
           flow->state - block->plan->model->conditions[state->condition].first_state;
}

/* Count `amount` (already times years, and its present value) of a flow of a row. */
void tf_add_row_flow(tf_block *block, const tf_row_flow *flow, uint32_t row, double amount, double discounted);

#endif
