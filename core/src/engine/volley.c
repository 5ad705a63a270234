/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/volley.h"

#include "base/memory.h"
#include "base/fast.h"
#include "engine/moment.h"
#include "engine/needs.h"
#include "engine/traits.h"
#include "engine/utility.h"
#include "random/stream.h"

#include <math.h>
#include <string.h>

enum {
    RARE = 4, /* less than one row in so many, for whom a pass over all is too much */
    FEW = 3   /* less than so many rows, too few to begin loops for */
};

/* Rows [from, to) of a volley that have something in common: their segment, their transition, or both. */
typedef struct stretch {
    uint32_t from, to;
    uint16_t segment;
    int transition;
} stretch;

typedef struct stretches {
    stretch *items;
    size_t count;
} stretches;

/* Each row's amount and present value, times `times`, to the lanes of a measure in a segment. */
typedef struct posting {
    const tf_valued *amount; /* [row of the volley] */
    double times, shift;
    tf_valued *lanes;
    double *year;
} posting;

struct tf_volley {
    const tf_plan *plan;
    bool *plain; /* [transition]: rows survive it if it is not fatal to them, and are elsewhere afterwards */
    uint64_t *risks_read, *conditions_read; /* [condition]: bits: what its relative sets and effects look at */

    /* the rows as they come, and how many of each segment */
    uint32_t n;
    uint32_t *came, *places;
    uint16_t *came_to;
    double *came_at;

    /* the rows side by side */
    stretches by_segment, by_transition, by_both;
    posting *postings; /* of a stretch */
    size_t n_postings;
    uint32_t *hit, *purpose, *time;
    uint16_t *segment, *transition;
    uint8_t *lane;
    uint64_t *person, *out[TF_OUT_WORDS];
    double *at, *part;               /* the moment, and which part of the cycle is left */
    tf_valued *as_costs, *as_effects;  /* years left of the cycle, and their present values */
    tf_valued *once_cost, *once_effect; /* 1, and what it is worth at the moment */
    double *clock, *drawn;
    double *luck[TF_MAX_RISKS], *risk[TF_MAX_RISKS];
    double *before[TF_MAX_ALL_STATES], *relative[TF_MAX_ALL_STATES]; /* relative sets before the event, and after */
    uint8_t *state[TF_MAX_CONDITIONS];
};

/* ---- memory ------------------------------------------------------------------ */

static void find_plain(tf_volley *v)
{
    const tf_model *model = v->plan->model;

    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        v->plain[k] = (t->timing == TF_RATE || t->timing == TF_AFTER) && !model->states[t->to].dead && t->from != t->to;
    }
}

static void find_reads(tf_volley *v)
{
    const tf_plan *plan = v->plan;
    const tf_model *model = plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c) {
        uint64_t risks = plan->acts_on[c], conditions = 0;
        for (size_t r = 0; r < model->n_risks; ++r)
            for (size_t a = 0; risks >> r & 1 && a < plan->n_actors[r]; ++a)
                conditions |= UINT64_C(1) << model->states[plan->actors[r][a]].condition;
        for (size_t set = 0; set < model->n_relatives; ++set)
            for (size_t t = plan->first_term[set]; plan->sets_of[c] >> set & 1 && t < plan->first_term[set + 1]; ++t) {
                if (plan->terms[t].risk != TF_NONE)
                    risks |= UINT64_C(1) << plan->terms[t].risk;
                else
                    conditions |= UINT64_C(1) << plan->terms[t].condition;
            }
        v->risks_read[c] = risks;
        v->conditions_read[c] = conditions;
    }
}

/* What an event can bring at most: itself and years of two states, and up to three measures of each of their flows. */
static size_t most_postings(const tf_plan *plan)
{
    size_t most = 0;

    for (size_t k = 0; k < plan->model->n_transitions; ++k) {
        const tf_transition *t = &plan->model->transitions[k];
        size_t flows = plan->event_flows[k].count + plan->state_flows[t->from].count + plan->state_flows[t->to].count;
        most = most > 3 + 3 * flows ? most : 3 + 3 * flows;
    }
    return most;
}

static bool allocate_rows(tf_volley *v, uint32_t capacity)
{
    const tf_model *model = v->plan->model;
    tf_valued **pairs[] = { &v->as_costs, &v->as_effects, &v->once_cost, &v->once_effect };
    double **columns[] = { &v->came_at, &v->at, &v->part, &v->clock, &v->drawn };
    uint32_t **numbers[] = { &v->came, &v->places, &v->hit, &v->purpose, &v->time };
    uint16_t **names[] = { &v->came_to, &v->segment, &v->transition };
    bool fine = (v->lane = tf_alloc_aligned(capacity, sizeof *v->lane)) && (v->person = tf_alloc_aligned(capacity, sizeof *v->person));

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        fine = (*numbers[i] = tf_alloc_aligned(capacity, sizeof(uint32_t))) && fine;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        fine = (*names[i] = tf_alloc_aligned(capacity, sizeof(uint16_t))) && fine;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
        fine = (*columns[i] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i)
        fine = (*pairs[i] = tf_alloc_aligned(capacity, sizeof(tf_valued))) && fine;
    for (size_t w = 0; w < TF_OUT_WORDS; ++w)
        fine = (v->out[w] = tf_alloc_aligned(capacity, sizeof *v->out[w])) && fine;
    for (size_t r = 0; r < model->n_risks; ++r)
        fine = (v->luck[r] = tf_alloc_aligned(capacity, sizeof(double))) && (v->risk[r] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    for (size_t r = 0; r < model->n_relatives; ++r)
        fine = (v->before[r] = tf_alloc_aligned(capacity, sizeof(double))) && (v->relative[r] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    for (size_t c = 0; c < model->n_conditions; ++c)
        fine = (v->state[c] = tf_alloc_aligned(capacity, sizeof(uint8_t))) && fine;
    return fine;
}

tf_volley *tf_volley_create(const tf_plan *plan, uint32_t capacity)
{
    tf_volley *v = TF_NEW(tf_volley, 1);

    if (!v)
        return NULL;
    v->plan = plan;
    v->plain = TF_NEW(bool, plan->model->n_transitions);
    v->risks_read = TF_NEW(uint64_t, plan->model->n_conditions);
    v->conditions_read = TF_NEW(uint64_t, plan->model->n_conditions);
    v->by_segment.items = TF_NEW(stretch, capacity);
    v->by_transition.items = TF_NEW(stretch, capacity);
    v->by_both.items = TF_NEW(stretch, capacity);
    v->postings = TF_NEW(posting, most_postings(plan));
    if (!allocate_rows(v, capacity) || !v->plain || !v->risks_read || !v->conditions_read || !v->by_segment.items || !v->by_transition.items ||
        !v->by_both.items || !v->postings) {
        tf_volley_destroy(v);
        return NULL;
    }
    find_plain(v);
    find_reads(v);
    return v;
}

void tf_volley_destroy(tf_volley *v)
{
    if (!v)
        return;
    void *all[] = { v->plain,      v->risks_read, v->conditions_read, v->by_segment.items, v->by_transition.items, v->by_both.items, v->postings,
                    v->came,       v->places,     v->came_to,         v->came_at,          v->hit,                 v->time,          v->segment,
                    v->transition, v->lane,       v->person,          v->at,               v->part,                v->as_costs,      v->as_effects,
                    v->once_cost,  v->once_effect, v->clock,          v->drawn,              v->purpose };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        tf_free(all[i]);
    for (size_t w = 0; w < TF_OUT_WORDS; ++w)
        tf_free(v->out[w]);
    for (size_t r = 0; r < TF_MAX_RISKS; ++r) {
        tf_free(v->luck[r]);
        tf_free(v->risk[r]);
    }
    for (size_t r = 0; r < TF_MAX_ALL_STATES; ++r) {
        tf_free(v->before[r]);
        tf_free(v->relative[r]);
    }
    for (size_t c = 0; c < TF_MAX_CONDITIONS; ++c)
        tf_free(v->state[c]);
    tf_free(v);
}

/* ---- rows -------------------------------------------------------------------- */

bool tf_volley_fits(const tf_volley *v, const tf_block *block, int k)
{
    return v->plain[k] && !(block->bound && (block->bound->risks || block->bound->utility));
}

void tf_volley_begin(tf_volley *v)
{
    v->n = 0;
}

void tf_volley_add(tf_volley *v, int k, const uint32_t *rows, const double *at, uint32_t n)
{
    for (uint32_t j = 0; j < n; ++j, ++v->n) {
        v->came[v->n] = rows[j];
        v->came_to[v->n] = (uint16_t)k;
        v->came_at[v->n] = at[j];
    }
}

/* Rows of a segment together, and within it rows of a transition; only the latter where there are more segments than rows. */
static void place_rows(const tf_block *block, tf_volley *v)
{
    const uint16_t *segment = block->people.segment;
    uint32_t *places = v->places, n_segments = (uint32_t)block->n_segments, first = 0;
    bool together = n_segments > 1 && n_segments <= v->n;

    if (together) {
        memset(places, 0, n_segments * sizeof *places);
        for (uint32_t j = 0; j < v->n; ++j)
            places[segment[v->came[j]]]++;
        for (uint32_t s = 0; s < n_segments; ++s) {
            uint32_t here = places[s];
            places[s] = first;
            first += here;
        }
    }
    for (uint32_t j = 0; j < v->n; ++j) {
        uint32_t row = v->came[j], i = together ? places[segment[row]]++ : j;
        v->hit[i] = row;
        v->segment[i] = segment[row];
        v->transition[i] = v->came_to[j];
        v->at[i] = v->came_at[j];
    }
}

static void extend(stretches *list, bool same, uint32_t i, uint16_t segment, uint16_t transition)
{
    if (!same)
        list->items[list->count++] = (stretch){ i, i, segment, transition };
    list->items[list->count - 1].to = i + 1;
}

static void find_stretches(tf_volley *v)
{
    v->by_segment.count = v->by_transition.count = v->by_both.count = 0;
    for (uint32_t i = 0; i < v->n; ++i) {
        uint16_t segment = v->segment[i], transition = v->transition[i];
        bool there = i && segment == v->segment[i - 1], that = i && transition == v->transition[i - 1];
        extend(&v->by_segment, there, i, segment, transition);
        extend(&v->by_transition, that, i, segment, transition);
        extend(&v->by_both, there && that, i, segment, transition);
    }
}

static void gather(const double *restrict column, const uint32_t *restrict row, uint32_t n, double *restrict out)
{
    for (uint32_t i = 0; i < n; ++i)
        out[i] = column[row[i]];
}

static void gather_states(const uint8_t *restrict column, const uint32_t *restrict row, uint32_t n, uint8_t *restrict out)
{
    for (uint32_t i = 0; i < n; ++i)
        out[i] = column[row[i]];
}

static void scatter(double *restrict column, const uint32_t *restrict row, uint32_t n, const double *restrict from)
{
    for (uint32_t i = 0; i < n; ++i)
        column[row[i]] = from[i];
}

/* ---- clocks ------------------------------------------------------------------ */

/* The clock of a transition as columns of the volley. */
typedef struct charging {
    const double *base, *scale; /* [segment], [row of the block] or NULL */
    double *clock;              /* [row of the block] */
    uint64_t bit, *out;         /* [row of the volley] */
} charging;

static charging charging_of(const tf_block *block, const tf_volley *v, int k)
{
    const tf_need *need = &block->needs->of[k];
    return (charging){ need->base, need->scale, block->people.clock[k], UINT64_C(1) << k % 64, v->out[k / 64] };
}

/* Row i's clock, whose relative risk changes: the rest of the cycle is given back at the old hazard and charged at the new one. */
static inline __attribute__((always_inline)) double recharged(charging c, bool scale, const tf_volley *v, uint32_t i, double was, double before,
                                                              double after)
{
    double base = c.base[v->segment[i]], ratio = scale ? c.scale[v->hit[i]] : 1.0, old = base * before, new = base * after;

    old = scale ? old * ratio : old;
    new = scale ? new * ratio : new;
    return (was + v->part[i] * old) - v->part[i] * new;
}

static inline __attribute__((always_inline)) void recharge_in(charging c, bool scale, const tf_volley *v, const double *restrict before,
                                                              const double *restrict after)
{
    const uint32_t *restrict row = v->hit;
    double *restrict clock = c.clock;
    uint64_t *restrict out = c.out;

#pragma GCC ivdep
    for (uint32_t i = 0; i < v->n; ++i) {
        double was = clock[row[i]], now = recharged(c, scale, v, i, was, before[i], after[i]);
        now = was < HUGE_VAL ? now : was;
        clock[row[i]] = now;
        out[i] = (out[i] & ~c.bit) | (now <= 0.0 ? c.bit : 0);
    }
}

/* Where the clock runs. */
TF_FAST static void recharge(charging c, const tf_volley *v, const double *before, const double *after)
{
    if (c.scale)
        recharge_in(c, true, v, before, after);
    else
        recharge_in(c, false, v, before, after);
}

/* The same of those clocks that few rows have: `few` (bits), states of another condition. */
static void recharge_few(tf_block *block, tf_volley *v, int condition, size_t other, uint64_t few)
{
    const tf_transition_list *affected = &block->plan->affected[condition];
    const uint8_t *state = block->people.state[other];
    int first = block->plan->model->conditions[other].first_state;

    for (uint32_t i = 0; i < v->n; ++i) {
        uint32_t row = v->hit[i];
        if (!(few >> state[row] & 1))
            continue;
        for (size_t j = 0; j < affected->count; ++j) {
            const tf_transition *t = &block->plan->model->transitions[affected->items[j]];
            if (t->from != first + state[row])
                continue;
            charging c = charging_of(block, v, affected->items[j]);
            c.clock[row] = recharged(c, c.scale != NULL, v, i, c.clock[row], v->before[t->relative][i], v->relative[t->relative][i]);
            c.out[i] = (c.out[i] & ~c.bit) | (c.clock[row] <= 0.0 ? c.bit : 0);
        }
    }
}

static void recharge_affected(tf_block *block, tf_volley *v, int condition)
{
    const tf_model *model = block->plan->model;
    const tf_transition_list *affected = &block->plan->affected[condition];
    uint64_t few[TF_MAX_CONDITIONS] = { 0 };

    for (size_t i = 0; i < affected->count; ++i) {
        const tf_transition *t = &model->transitions[affected->items[i]];
        uint32_t n = (uint32_t)block->in_state[t->from];
        if (n * RARE >= block->n)
            recharge(charging_of(block, v, affected->items[i]), v, v->before[t->relative], v->relative[t->relative]);
        else if (n)
            few[t->condition] |= UINT64_C(1) << (t->from - model->conditions[t->condition].first_state);
    }
    for (size_t c = 0; c < model->n_conditions; ++c)
        if (few[c])
            recharge_few(block, v, condition, c, few[c]);
}

/* What is left of the other clocks out of the state is kept. */
static void leave_state(tf_block *block, tf_volley *v, const stretch *here)
{
    const tf_transition_list *list = &block->plan->out[block->plan->model->transitions[here->transition].from];

    for (size_t i = 0; i < list->count; ++i) {
        int k = list->items[i];
        double *clock = block->people.clock[k], *kept = block->people.kept[k];
        uint64_t *out = v->out[k / 64], bit = UINT64_C(1) << k % 64;
        for (uint32_t j = here->from; k != here->transition && j < here->to; ++j) {
            uint32_t row = v->hit[j];
            if (kept && clock[row] < HUGE_VAL)
                kept[row] = tf_left(clock[row] + v->part[j] * tf_need_at(&block->needs->of[k], v->segment[j], row));
            clock[row] = HUGE_VAL;
            out[j] &= ~bit;
        }
    }
}

/* The nth transition out of the state where the rows go, or TF_NONE. */
static int way_out(const tf_block *block, const stretch *here, size_t nth)
{
    const tf_transition_list *out = &block->plan->out[block->plan->model->transitions[here->transition].to];
    return nth < out->count ? out->items[nth] : TF_NONE;
}

/* New clocks of the nth ways out, into v->drawn; false if no row has any. */
static bool draw_clocks(const tf_block *block, tf_volley *v, size_t nth)
{
    bool any = false;

    for (size_t s = 0; s < v->by_transition.count; ++s) {
        const stretch *here = &v->by_transition.items[s];
        int k = way_out(block, here, nth);
        for (uint32_t i = here->from; i < here->to; ++i) {
            v->purpose[i] = k == TF_NONE ? 0 : block->plan->model->transitions[k].purpose_clock;
            v->time[i] = k == TF_NONE ? 0 : tf_fired(block, k, v->hit[i]);
        }
        any = any || k != TF_NONE;
    }
    if (any)
        tf_exponentials_at(block->plan->seed, v->purpose, v->person, v->time, block->prepared->draw, v->n, v->drawn);
    return any;
}

/* Clocks that rows have just come to need: what was kept, or those drawn; into v->clock. */
static void deal(tf_block *block, tf_volley *v, const stretch *here, int k)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    double *kept = block->people.kept[k];

    for (uint32_t i = here->from; t->timing == TF_AFTER && i < here->to; ++i)
        v->clock[i] = tf_quantity(&block->prepared->quantities, t->amount, block->segments[v->segment[i]].cell);
    if (t->timing == TF_AFTER)
        return;
    memcpy(v->clock + here->from, v->drawn + here->from, (here->to - here->from) * sizeof *v->clock);
    for (uint32_t i = here->from; kept && i < here->to; ++i) {
        double *left = &kept[v->hit[i]];
        v->clock[i] = isnan(*left) ? v->clock[i] : *left;
        *left = (double)NAN;
    }
}

static inline __attribute__((always_inline)) void arm_in(charging c, bool relative, bool scale, const tf_volley *v, stretch here,
                                                         const double *restrict ratios)
{
    const uint32_t *restrict row = v->hit;
    const uint16_t *restrict segment = v->segment;
    const double *restrict part = v->part, *restrict start = v->clock;
    double *restrict clock = c.clock;
    uint64_t *restrict out = c.out;

#pragma GCC ivdep
    for (uint32_t i = here.from; i < here.to; ++i) {
        double need = c.base[segment[i]], now;
        need = relative ? need * ratios[row[i]] : need;
        need = scale ? need * c.scale[row[i]] : need;
        now = start[i] - part[i] * need;
        clock[row[i]] = now;
        out[i] = (out[i] & ~c.bit) | (now <= 0.0 ? c.bit : 0);
    }
}

/* Clocks start at v->clock, charged for the rest of the cycle. */
TF_FAST static void arm(charging c, const tf_volley *v, stretch here, const double *relative)
{
    if (relative && c.scale)
        arm_in(c, true, true, v, here, relative);
    else if (relative)
        arm_in(c, true, false, v, here, relative);
    else if (c.scale)
        arm_in(c, false, true, v, here, relative);
    else
        arm_in(c, false, false, v, here, relative);
}

static void enter_states(tf_block *block, tf_volley *v)
{
    for (size_t nth = 0; draw_clocks(block, v, nth); ++nth)
        for (size_t s = 0; s < v->by_transition.count; ++s) {
            const stretch *here = &v->by_transition.items[s];
            int k = way_out(block, here, nth);
            if (k == TF_NONE)
                continue;
            deal(block, v, here, k);
            arm(charging_of(block, v, k), v, *here, block->needs->of[k].relative);
        }
}

/* ---- traits ------------------------------------------------------------------ */

/* What the relative sets of a condition look at, and the sets as they stand. */
static void read_traits(const tf_block *block, tf_volley *v, int condition)
{
    const tf_plan *plan = block->plan;
    const tf_columns_of_people *people = &block->people;
    uint64_t acts_on = plan->acts_on[condition];

    for (size_t c = 0; c < plan->model->n_conditions; ++c)
        if (v->conditions_read[condition] >> c & 1)
            gather_states(people->state[c], v->hit, v->n, v->state[c]);
    for (size_t r = 0; r < plan->model->n_risks; ++r) {
        if (acts_on >> r & 1)
            gather(people->luck[r], v->hit, v->n, v->luck[r]);
        else if (v->risks_read[condition] >> r & 1)
            gather(people->risk[r], v->hit, v->n, v->risk[r]);
    }
    for (size_t set = 0; set < plan->model->n_relatives; ++set)
        if (plan->sets_of[condition] >> set & 1)
            gather(people->relative[set], v->hit, v->n, v->before[set]);
}

/* What change_traits does for a stretch, row by row. */
static void change_traits_of_few(const tf_block *block, tf_rows rows, uint64_t risks, uint64_t sets)
{
    const tf_plan *plan = block->plan;

    for (uint32_t to = rows.to; rows.from < to; ++rows.from) {
        for (uint64_t bits = risks; bits; bits &= bits - 1)
            tf_traits_row_risk(plan, block->prepared, &rows, (size_t)__builtin_ctzll(bits));
        for (uint64_t bits = sets; bits; bits &= bits - 1)
            tf_traits_row_relative(plan, block->prepared, &rows, __builtin_ctzll(bits));
    }
}

/* The risk factors that the states of a condition act on, and the relative risks these or the states stand in. */
static void change_traits(tf_block *block, tf_volley *v, int condition)
{
    const tf_plan *plan = block->plan;
    uint64_t acts_on = plan->acts_on[condition], sets = plan->sets_of[condition];

    read_traits(block, v, condition);
    for (size_t s = 0; s < v->by_segment.count; ++s) {
        const stretch *here = &v->by_segment.items[s];
        tf_rows rows = { here->from, here->to, block->segments[here->segment].cell, v->luck, v->state, v->risk, v->relative };
        if (here->to - here->from < FEW) {
            change_traits_of_few(block, rows, acts_on, sets);
            continue;
        }
        tf_traits_natural(plan, block->prepared, &rows, acts_on);
        tf_traits_effects(plan, block->prepared, &rows, acts_on);
        for (size_t set = 0; set < plan->model->n_relatives; ++set)
            if (sets >> set & 1)
                tf_traits_relative(plan, block->prepared, &rows, (int)set);
    }
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (acts_on >> r & 1)
            scatter(block->people.risk[r], v->hit, v->n, v->risk[r]);
    for (size_t set = 0; set < plan->model->n_relatives; ++set)
        if (sets >> set & 1)
            scatter(block->people.relative[set], v->hit, v->n, v->relative[set]);
}

/* ---- sums -------------------------------------------------------------------- */

/* Two rows side by side. */
typedef double two_valued __attribute__((vector_size(2 * sizeof(tf_valued)), aligned(sizeof(tf_valued)), may_alias));

/* What was noted is added, rounded row by row. */
TF_FAST static void post(const posting *postings, size_t n, const uint8_t *restrict lane, uint32_t from, uint32_t to)
{
    for (const posting *p = postings; p < postings + n; ++p) {
        const tf_valued *restrict amount = p->amount;
        tf_valued *restrict lanes = p->lanes;
        double times = p->times, shift = p->shift;
        two_valued all = { 0.0, 0.0, 0.0, 0.0 };
        uint32_t i = from;
        for (; i + 1 < to; i += 2) {
            two_valued steps = (times * *(const two_valued *)&amount[i] + shift) - shift;
            all += steps;
            lanes[lane[i]] += (tf_valued){ steps[0], steps[1] };
            lanes[lane[i + 1]] += (tf_valued){ steps[2], steps[3] };
        }
        if (i < to) {
            tf_valued steps = (times * amount[i] + shift) - shift;
            all[0] += steps[0];
            lanes[lane[i]] += steps;
        }
        *p->year += all[0] + all[2];
    }
}

static void note(const tf_block *block, tf_volley *v, const stretch *here, int measure, double times, const tf_valued *amount)
{
    v->postings[v->n_postings++] = (posting){ amount, times, block->shifts[measure], (tf_valued *)tf_sums(&block->tally, here->segment, measure),
                                              &block->tally.year[here->segment * block->tally.n_measures + (size_t)measure] };
}

static void note_flows(const tf_block *block, tf_volley *v, const stretch *here, const tf_flows *flows, double sign, const tf_valued *costs,
                       const tf_valued *effects)
{
    size_t first = (size_t)block->segments[here->segment].cell * block->plan->n_flows;

    for (size_t f = 0; f < flows->count; ++f) {
        const tf_flow *flow = &flows->items[f];
        double each = sign * block->prepared->amount[first + flow->index], money = sign * block->prepared->money[first + flow->index];
        if (flow->qaly >= 0)
            note(block, v, here, flow->qaly, each, effects);
        if (flow->use >= 0)
            note(block, v, here, flow->use, each, costs);
        if (flow->category >= 0)
            note(block, v, here, flow->category, money, costs);
    }
}

/* The rows are in `state` for the rest of the cycle after all (sign 1), or are not (-1). */
static void amend_state(tf_block *block, tf_volley *v, const stretch *here, int state, int sign)
{
    const tf_bound *bound = block->bound;
    size_t at = here->segment * block->tally.n_states + (size_t)state;
    double *lanes = &block->tally.occupied[at * TF_LANES];
    int n = sign * (int)(here->to - here->from);

    for (uint32_t i = here->from; i < here->to; ++i)
        lanes[v->lane[i]] += sign;
    block->tally.n_occupied[at] += n;
    block->in_state[state] += n;
    note(block, v, here, block->plan->places.years[state], sign, v->as_effects);
    note_flows(block, v, here, &block->plan->state_flows[state], sign, v->as_costs, v->as_effects);
    for (size_t f = 0; bound && bound->flow_state[state] && f < bound->n_flows; ++f)
        for (uint32_t i = here->from; bound->flows[f].state == state && i < here->to; ++i) {
            const tf_row_flow *flow = &bound->flows[f];
            double each = sign * flow->amount[v->hit[i]];
            tf_add_row_flow(block, flow, v->hit[i], each * v->as_costs[i][0], each * v->as_costs[i][1]);
        }
}

/* Quality of life for the rest of the cycle is that of the new combination of states. */
static void change_quality(tf_block *block, tf_volley *v, const stretch *here)
{
    const tf_plan *plan = block->plan;
    const tf_transition *t = &plan->model->transitions[here->transition];
    int step = 0;

    for (int p = 0; p < plan->n_profile_conditions; ++p)
        if (plan->profile_condition[p] == t->condition)
            step = plan->profile_stride[p] * (t->to - t->from);
    for (uint32_t i = here->from; i < here->to; ++i) {
        uint32_t row = v->hit[i];
        size_t first = (size_t)v->segment[i] * block->tally.n_profiles;
        int cell = block->segments[v->segment[i]].cell, from = block->people.profile[row], to = from + step, lane = v->lane[i];
        double change = tf_utility_of_profile(plan, block->prepared, cell, to) - tf_utility_of_profile(plan, block->prepared, cell, from);
        block->people.profile[row] = (uint16_t)to;
        block->tally.profiles[(first + (size_t)from) * TF_LANES + (size_t)lane] -= 1.0;
        block->tally.profiles[(first + (size_t)to) * TF_LANES + (size_t)lane] += 1.0;
        block->tally.n_profile[first + (size_t)from]--;
        block->tally.n_profile[first + (size_t)to]++;
        tf_add(block, row, plan->places.qaly, change * v->as_effects[i][0], change * v->as_effects[i][1]);
    }
}

/* ---- a volley ---------------------------------------------------------------- */

/* tf_rest_of_cycle and tf_worth_at, where all of the cycle is worth the same. */
TF_FAST static void value_annually(double end, double years, double cost_factor, double effect_factor, const double *restrict at, uint32_t n,
                                   double *restrict part, tf_valued *restrict as_costs, tf_valued *restrict as_effects,
                                   tf_valued *restrict once_cost, tf_valued *restrict once_effect)
{
    for (uint32_t i = 0; i < n; ++i) {
        double left = end - at[i];
        part[i] = left / years;
        as_costs[i] = (tf_valued){ left, left * cost_factor };
        as_effects[i] = (tf_valued){ left, left * effect_factor };
    }
    for (uint32_t i = 0; i < n; ++i) {
        once_cost[i] = (tf_valued){ 1.0, cost_factor };
        once_effect[i] = (tf_valued){ 1.0, effect_factor };
    }
}

/* What is left of the cycle, and what happens now, with their present values. */
static void value_moments(const tf_block *block, tf_volley *v)
{
    if (block->costs.method == TF_DISCOUNT_ANNUAL) {
        value_annually(block->end, block->end - block->start, block->cost_factor, block->effect_factor, v->at, v->n, v->part, v->as_costs,
                       v->as_effects, v->once_cost, v->once_effect);
        return;
    }
    for (uint32_t i = 0; i < v->n; ++i) {
        tf_rest rest = tf_rest_of_cycle(block, v->at[i]);
        v->part[i] = rest.part;
        v->as_costs[i] = (tf_valued){ rest.years, rest.costs };
        v->as_effects[i] = (tf_valued){ rest.years, rest.effects };
        v->once_cost[i] = (tf_valued){ 1.0, tf_worth_at(block, block->costs, block->cost_factor, v->at[i]) };
        v->once_effect[i] = (tf_valued){ 1.0, tf_worth_at(block, block->effects, block->effect_factor, v->at[i]) };
    }
}

static void count_event(tf_block *block, tf_volley *v, const stretch *here)
{
    const tf_bound *bound = block->bound;
    int k = here->transition;

    note(block, v, here, block->plan->places.event[k], 1.0, v->once_effect);
    note_flows(block, v, here, &block->plan->event_flows[k], 1.0, v->once_cost, v->once_effect);
    for (size_t f = 0; bound && bound->flow_event[k] && f < bound->n_flows; ++f)
        for (uint32_t i = here->from; bound->flows[f].transition == k && i < here->to; ++i) {
            double each = bound->flows[f].amount[v->hit[i]];
            tf_add_row_flow(block, &bound->flows[f], v->hit[i], each, each * v->once_cost[i][1]);
        }
}

/* What all the rest asks of each row: who it is, which clocks ran out ... */
static void read_rows(const tf_block *block, tf_volley *v)
{
    for (uint32_t i = 0; i < v->n; ++i) {
        v->person[i] = block->people.person[v->hit[i]];
        v->lane[i] = block->people.lane[v->hit[i]];
    }
    for (size_t w = 0; w < block->n_words; ++w)
        for (uint32_t i = 0; i < v->n; ++i)
            v->out[w][i] = block->out[w][v->hit[i]];
}

/* ... and the event's clock is spent, and the row is where it goes. */
static void begin_event(tf_block *block, tf_volley *v, const stretch *here)
{
    tf_columns_of_people *people = &block->people;
    int k = here->transition;
    const tf_transition *t = &block->plan->model->transitions[k];
    uint8_t *state = people->state[t->condition], to = (uint8_t)(t->to - block->plan->model->conditions[t->condition].first_state);
    double *clock = people->clock[k], *entered = people->entered[t->condition], *count = people->count[k];
    uint64_t *out = v->out[k / 64], bit = UINT64_C(1) << k % 64;

    for (uint32_t i = here->from; i < here->to; ++i) {
        uint32_t row = v->hit[i];
        clock[row] = HUGE_VAL;
        state[row] = to;
        out[i] &= ~bit;
    }
    for (uint32_t i = here->from; entered && i < here->to; ++i)
        entered[v->hit[i]] = v->at[i];
    for (uint32_t i = here->from; people->fired[k] && i < here->to; ++i)
        people->fired[k][v->hit[i]]++;
    for (uint32_t i = here->from; count && i < here->to; ++i)
        count[v->hit[i]] += 1.0;
}

void tf_volley_fire(tf_volley *v, tf_block *block, int condition)
{
    const tf_model *model = block->plan->model;
    const stretches *shots = &v->by_transition, *parts = &v->by_both;

    place_rows(block, v);
    find_stretches(v);
    read_rows(block, v);
    value_moments(block, v);
    for (size_t s = 0; s < shots->count; ++s) {
        begin_event(block, v, &shots->items[s]);
        leave_state(block, v, &shots->items[s]);
    }
    change_traits(block, v, condition);
    recharge_affected(block, v, condition);
    enter_states(block, v);
    for (size_t w = 0; w < block->n_words; ++w)
        for (uint32_t i = 0; i < v->n; ++i)
            block->out[w][v->hit[i]] = v->out[w][i];
    for (size_t s = 0; s < parts->count; ++s) {
        const stretch *here = &parts->items[s];
        v->n_postings = 0;
        count_event(block, v, here);
        amend_state(block, v, here, model->transitions[here->transition].from, -1);
        amend_state(block, v, here, model->transitions[here->transition].to, 1);
        post(v->postings, v->n_postings, v->lane, here->from, here->to);
    }
    for (size_t s = 0; block->plan->in_profile[condition] && s < shots->count; ++s)
        change_quality(block, v, &shots->items[s]);
}
