/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/rounds.h"

#include "base/memory.h"
#include "engine/company.h"
#include "base/fast.h"
#include "engine/needs.h"
#include "engine/volley.h"

#include <math.h>
#include <string.h>

enum { FEWEST = 3, MOST_ROUNDS = 64 };

struct tf_rounds {
    tf_volley *volley;
    int *order; /* transitions, those of one condition together */
    int round;  /* of the cycle: so many events each row still to come has had */

    /* rows still to come, in step */
    uint32_t *row, *next_row;
    double *from, *next_from; /* no event before this moment */

    /* the same by the transition of their next event, and its moment; NAN: it cannot happen now */
    int16_t *first;           /* of r->row */
    uint32_t *sorted_row;
    double *sorted_from, *moment;
};

/* ---- memory ------------------------------------------------------------------ */

static void order_transitions(const tf_model *model, int *order)
{
    size_t n = 0;

    for (size_t c = 0; c < model->n_conditions; ++c)
        for (size_t k = 0; k < model->n_transitions; ++k)
            if (model->transitions[k].condition == (int)c)
                order[n++] = (int)k;
}

tf_rounds *tf_rounds_create(const tf_plan *plan, uint32_t capacity)
{
    tf_rounds *r = TF_NEW(tf_rounds, 1);

    if (!r)
        return NULL;
    r->volley = tf_volley_create(plan, capacity);
    r->order = TF_NEW(int, plan->model->n_transitions);
    r->row = tf_alloc_aligned(capacity, sizeof *r->row);
    r->next_row = tf_alloc_aligned(capacity, sizeof *r->next_row);
    r->from = tf_alloc_aligned(capacity, sizeof *r->from);
    r->next_from = tf_alloc_aligned(capacity, sizeof *r->next_from);
    r->moment = tf_alloc_aligned(capacity, sizeof *r->moment);
    r->first = tf_alloc_aligned(capacity, sizeof *r->first);
    r->sorted_row = tf_alloc_aligned(capacity, sizeof *r->sorted_row);
    r->sorted_from = tf_alloc_aligned(capacity, sizeof *r->sorted_from);
    if (r->volley && r->order && r->row && r->next_row && r->from && r->next_from && r->moment && r->first && r->sorted_row && r->sorted_from) {
        order_transitions(plan->model, r->order);
        return r;
    }
    tf_rounds_destroy(r);
    return NULL;
}

void tf_rounds_destroy(tf_rounds *r)
{
    if (!r)
        return;
    tf_volley_destroy(r->volley);
    tf_free(r->order);
    tf_free(r->row);
    tf_free(r->next_row);
    tf_free(r->from);
    tf_free(r->next_from);
    tf_free(r->moment);
    tf_free(r->first);
    tf_free(r->sorted_row);
    tf_free(r->sorted_from);
    tf_free(r);
}

/* ---- the next event ---------------------------------------------------------- */

/* TF_NONE: none of its clocks can run out now, however little is left. */
static int16_t next_transition(const tf_block *block, uint32_t row)
{
    uint64_t bits = block->out[0][row];
    int first = TF_NONE;

    if (block->n_words == 1 && bits && !(bits & (bits - 1)))
        return (int16_t)__builtin_ctzll(bits);
    (void)tf_block_next_event(block, row, block->start, &first);
    return (int16_t)first;
}

/* The rows that have an event, by transition as ordered; ends[k]: where those of transition k end. */
static trefoil_status sort_by_transition(trefoil_context *context, const tf_block *block, tf_rounds *r, uint32_t n, uint32_t *ends)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n_transitions = block->plan->model->n_transitions;
    uint32_t counts[TF_MAX_TRANSITIONS] = { 0 }, begin = 0;

    for (uint32_t i = 0; i < n; ++i) {
        r->first[i] = next_transition(block, r->row[i]);
        if (r->first[i] != TF_NONE)
            counts[r->first[i]]++;
        else
            TRY(tf_needs_check(context, block, r->row[i]));
    }
    for (size_t o = 0; o < n_transitions; ++o) {
        ends[r->order[o]] = begin;
        begin += counts[r->order[o]];
    }
    for (uint32_t i = 0; i < n; ++i)
        if (r->first[i] != TF_NONE) {
            uint32_t at = ends[r->first[i]]++;
            r->sorted_row[at] = r->row[i];
            r->sorted_from[at] = r->from[i];
        }
out:
    return status;
}

/* Moments of events of one transition, as tf_block_next_event has them. */
static inline __attribute__((always_inline)) void find_moments_in(tf_need need, bool relative, bool scale, const double *restrict clock,
                                                                  const uint16_t *restrict segment, const uint32_t *restrict row,
                                                                  const double *restrict from, double start, double end, double *restrict moment,
                                                                  uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double all = need.base[segment[row[i]]], at;
        all = relative ? all * need.relative[row[i]] : all;
        all = scale ? all * need.scale[row[i]] : all;
        at = tf_on_time_grid(end - -clock[row[i]] / all * (end - start));
        at = at < from[i] ? from[i] : at > end ? end : at;
        moment[i] = all > 0.0 ? at : (double)NAN;
    }
}

TF_FAST static void find_moments(tf_need need, const double *clock, const uint16_t *segment, const uint32_t *row, const double *from, double start,
                                 double end, double *moment, uint32_t n)
{
    if (need.relative && need.scale)
        find_moments_in(need, true, true, clock, segment, row, from, start, end, moment, n);
    else if (need.relative)
        find_moments_in(need, true, false, clock, segment, row, from, start, end, moment, n);
    else if (need.scale)
        find_moments_in(need, false, true, clock, segment, row, from, start, end, moment, n);
    else
        find_moments_in(need, false, false, clock, segment, row, from, start, end, moment, n);
}

/* ---- rounds ------------------------------------------------------------------ */

/* Sorted rows [from, to), whose next event is k: those that no plugin touches and who survive it come to the volley, and to sorted row `*end` and
 * on; others go through it by themselves. */
static trefoil_status gather(trefoil_context *context, tf_block *block, tf_rounds *r, int k, uint32_t from, uint32_t to, uint32_t *end)
{
    trefoil_status status = TREFOIL_DONE;
    bool fits = tf_volley_fits(r->volley, block, k), mixed = block->plan->model->transitions[k].fatality != TF_NONE;
    uint32_t begin = *end, n = begin;

    find_moments(block->needs->of[k], block->people.clock[k], block->people.segment, r->sorted_row + from, r->sorted_from + from, block->start,
                 block->end, r->moment + from, to - from);
    for (uint32_t j = from; j < to; ++j) {
        uint32_t row = r->sorted_row[j];
        if (isnan(r->moment[j])) {
            TRY(tf_needs_check(context, block, row));
        } else if (fits && !(block->company && tf_company_touched(block->company, k, row)) && !(mixed && tf_block_fatal(block, k, row))) {
            r->sorted_row[n] = row;
            r->sorted_from[n] = r->sorted_from[j];
            r->moment[n++] = r->moment[j];
        } else {
            TRY(tf_block_live_row(context, block, row, r->sorted_from[j], r->round));
        }
    }
    tf_volley_add(r->volley, k, r->sorted_row + begin, r->moment + begin, n - begin);
    *end = n;
out:
    return status;
}

/* The volley of sorted rows [from, to), those of a condition; a volley of too few goes one by one.  Rows with more to come are listed for the next
 * round. */
static trefoil_status fire(trefoil_context *context, tf_block *block, tf_rounds *r, int condition, uint32_t from, uint32_t to, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;

    if (to - from < FEWEST) {
        for (uint32_t j = from; j < to; ++j)
            TRY(tf_block_live_row(context, block, r->sorted_row[j], r->sorted_from[j], r->round));
        return TREFOIL_DONE;
    }
    tf_volley_fire(r->volley, block, condition);
    for (uint32_t j = from; j < to; ++j) {
        r->next_row[*n_next] = r->sorted_row[j];
        r->next_from[*n_next] = r->moment[j];
        *n_next += tf_block_has_event(block, r->sorted_row[j]);
    }
out:
    return status;
}

static trefoil_status run_round(trefoil_context *context, tf_block *block, tf_rounds *r, uint32_t n, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_transition *transitions = block->plan->model->transitions;
    size_t n_transitions = block->plan->model->n_transitions;
    uint32_t ends[TF_MAX_TRANSITIONS], from = 0;

    TRY(sort_by_transition(context, block, r, n, ends));
    for (size_t o = 0; o < n_transitions;) {
        int condition = transitions[r->order[o]].condition;
        uint32_t begin = from, end = from;
        tf_volley_begin(r->volley);
        for (; o < n_transitions && transitions[r->order[o]].condition == condition; ++o) {
            if (from < ends[r->order[o]])
                TRY(gather(context, block, r, r->order[o], from, ends[r->order[o]], &end));
            from = ends[r->order[o]];
        }
        TRY(fire(context, block, r, condition, begin, end, n_next));
    }
out:
    return status;
}

static void swap_lists(tf_rounds *r)
{
    uint32_t *row = r->row;
    double *from = r->from;

    r->row = r->next_row;
    r->from = r->next_from;
    r->next_row = row;
    r->next_from = from;
}

trefoil_status tf_rounds_run(trefoil_context *context, tf_block *block, const uint32_t *rows, const double *from, uint32_t n)
{
    trefoil_status status = TREFOIL_DONE;
    tf_rounds *r = block->rounds;
    bool together = !tf_plan_has_times(block->plan);

    memcpy(r->row, rows, n * sizeof *rows);
    memcpy(r->from, from, n * sizeof *from);
    for (r->round = 0; together && r->round < MOST_ROUNDS && n >= FEWEST; ++r->round) {
        uint32_t n_next = 0;
        TRY(run_round(context, block, r, n, &n_next));
        swap_lists(r);
        n = n_next;
    }
    for (uint32_t i = 0; i < n; ++i)
        TRY(tf_block_live_row(context, block, r->row[i], r->from[i], r->round));
out:
    return status;
}
