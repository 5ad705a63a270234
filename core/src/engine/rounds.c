/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/rounds.h"

#include "base/memory.h"
#include "engine/company.h"
#include "engine/needs.h"
#include "engine/volley.h"

#include <math.h>

enum { FEWEST = 3, MOST_ROUNDS = 64 };

struct tf_rounds {
    tf_volley *volley;

    /* rows still to come, in step */
    uint32_t *row, *next_row;
    double *from, *next_from; /* no event before this moment */
    double *moment;           /* of the next event ... */
    int16_t *first;           /* ... and its transition */
    uint32_t *order;          /* positions by first transition */
};

/* ---- memory ------------------------------------------------------------------ */

tf_rounds *tf_rounds_create(const tf_plan *plan, uint32_t capacity)
{
    tf_rounds *r = TF_NEW(tf_rounds, 1);

    if (!r)
        return NULL;
    r->volley = tf_volley_create(plan, capacity);
    r->row = tf_alloc_aligned(capacity, sizeof *r->row);
    r->next_row = tf_alloc_aligned(capacity, sizeof *r->next_row);
    r->from = tf_alloc_aligned(capacity, sizeof *r->from);
    r->next_from = tf_alloc_aligned(capacity, sizeof *r->next_from);
    r->moment = tf_alloc_aligned(capacity, sizeof *r->moment);
    r->first = tf_alloc_aligned(capacity, sizeof *r->first);
    r->order = tf_alloc_aligned(capacity, sizeof *r->order);
    if (r->volley && r->row && r->next_row && r->from && r->next_from && r->moment && r->first && r->order)
        return r;
    tf_rounds_destroy(r);
    return NULL;
}

void tf_rounds_destroy(tf_rounds *r)
{
    if (!r)
        return;
    tf_volley_destroy(r->volley);
    tf_free(r->row);
    tf_free(r->next_row);
    tf_free(r->from);
    tf_free(r->next_from);
    tf_free(r->moment);
    tf_free(r->first);
    tf_free(r->order);
    tf_free(r);
}

/* ---- the next event ---------------------------------------------------------- */

/* As tf_block_next_event, for models without times to event. */
static int16_t next_event(const tf_block *block, uint32_t row, double from, double *moment)
{
    uint16_t segment = block->people.segment[row];
    double left = -1.0, at;
    int first = TF_NONE;

    for (size_t w = 0; w < block->n_words; ++w)
        for (uint64_t bits = block->out[w][row]; bits; bits &= bits - 1) {
            int k = (int)(w * 64) + __builtin_ctzll(bits);
            double need = tf_need_at(&block->needs->of[k], segment, row), since = -block->people.clock[k][row] / need;
            if (!(need > 0.0) || since <= left)
                continue;
            left = since;
            first = k;
        }
    at = tf_on_time_grid(block->end - left * (block->end - block->start));
    *moment = at < from ? from : at > block->end ? block->end : at;
    return (int16_t)first;
}

/* Positions of the rows that have an event, by transition; ends[k]: where those of transition k end. */
static void sort_by_transition(const tf_block *block, tf_rounds *r, uint32_t n, uint32_t *ends)
{
    size_t n_transitions = block->plan->model->n_transitions;
    uint32_t counts[TF_MAX_TRANSITIONS] = { 0 }, begin = 0;

    for (uint32_t i = 0; i < n; ++i) {
        r->first[i] = next_event(block, r->row[i], r->from[i], &r->moment[i]);
        if (r->first[i] != TF_NONE)
            counts[r->first[i]]++;
    }
    for (size_t k = 0; k < n_transitions; ++k) {
        ends[k] = begin;
        begin += counts[k];
    }
    for (uint32_t i = 0; i < n; ++i)
        if (r->first[i] != TF_NONE)
            r->order[ends[r->first[i]]++] = i;
}

/* ---- rounds ------------------------------------------------------------------ */

/* Rows at positions order[from, to), whose next event is k: those that no plugin touches and who survive it in a volley, others one by one.
 * Rows with more to come are listed for the next round. */
static trefoil_status fire(trefoil_context *context, tf_block *block, tf_rounds *r, int k, uint32_t from, uint32_t to, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;
    tf_volley *volley = r->volley;
    bool together = to - from >= FEWEST && tf_volley_fits(volley, block, k);
    bool mixed = block->plan->model->transitions[k].fatality != TF_NONE;

    tf_volley_begin(volley);
    for (uint32_t j = from; j < to; ++j) {
        uint32_t i = r->order[j], row = r->row[i];
        if (together && !(block->company && tf_company_touched(block->company, k, row)) && !(mixed && tf_block_fatal(block, k, row)))
            tf_volley_add(volley, block, row, r->moment[i]);
        else
            TRY(tf_block_live_row(context, block, row, r->from[i]));
    }
    if (!tf_volley_fire(volley, block, k))
        return TREFOIL_DONE;
    for (uint32_t j = from; j < to; ++j) {
        uint32_t i = r->order[j], row = r->row[i];
        r->next_row[*n_next] = row;
        r->next_from[*n_next] = r->moment[i];
        *n_next += tf_block_has_event(block, row) && !block->people.dead[row];
    }
out:
    return status;
}

static trefoil_status run_round(trefoil_context *context, tf_block *block, tf_rounds *r, uint32_t n, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;
    uint32_t ends[TF_MAX_TRANSITIONS], from = 0;

    sort_by_transition(block, r, n, ends);
    for (size_t k = 0; k < block->plan->model->n_transitions; ++k) {
        if (from < ends[k])
            TRY(fire(context, block, r, (int)k, from, ends[k], n_next));
        from = ends[k];
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

trefoil_status tf_rounds_run(trefoil_context *context, tf_block *block, const uint32_t *rows, uint32_t n)
{
    trefoil_status status = TREFOIL_DONE;
    tf_rounds *r = block->rounds;
    bool together = !tf_plan_has_times(block->plan);

    for (uint32_t i = 0; i < n; ++i) {
        r->row[i] = rows[i];
        r->from[i] = block->start;
    }
    for (int round = 0; together && round < MOST_ROUNDS && n >= FEWEST; ++round) {
        uint32_t n_next = 0;
        TRY(run_round(context, block, r, n, &n_next));
        swap_lists(r);
        n = n_next;
    }
    for (uint32_t i = 0; i < n; ++i)
        TRY(tf_block_live_row(context, block, r->row[i], r->from[i]));
out:
    return status;
}
