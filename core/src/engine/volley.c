/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/volley.h"

#include "base/memory.h"
#include "engine/company.h"
#include "engine/fast.h"
#include "engine/moment.h"
#include "engine/traits.h"
#include "engine/utility.h"
#include "random/stream.h"

#include <math.h>
#include <string.h>

enum { FEWEST = 6, MOST_ROUNDS = 64 };

struct tf_volley {
    const tf_plan *plan;
    bool *plain; /* [transition]: may be fired in volleys */

    /* rows still to come, in step */
    uint32_t *row, *next_row;
    double *from, *next_from; /* no event before this moment */
    double *moment;           /* of the next event ... */
    int16_t *first;           /* ... and its transition */
    uint32_t *order;          /* positions by first transition */

    /* one volley */
    uint32_t *hit;
    uint32_t n;
    double *at, *years, *part, *costs, *effects, *once, *amount, *discounted, *gained;
    uint64_t *person;
    uint32_t *time;
    double *base;             /* [transition][segment] */
    size_t segments;

    /* the rows of a volley side by side */
    double *luck[TF_MAX_RISKS], *risk[TF_MAX_RISKS], *relative[TF_MAX_ALL_STATES];
    uint8_t *state[TF_MAX_CONDITIONS];
    uint64_t *risks_read, *conditions_read; /* [condition]: bits: what its relative sets and effects look at */
};

/* ---- memory ------------------------------------------------------------------ */

static bool is_plain(const tf_plan *plan, size_t k)
{
    const tf_transition *t = &plan->model->transitions[k];
    return t->timing != TF_PROBABILITY && t->fatality == TF_NONE && !plan->model->states[t->to].dead && t->from != t->to &&
           !plan->in_profile[t->condition];
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

static bool allocate(tf_volley *v, uint32_t capacity)
{
    const tf_model *model = v->plan->model;
    uint32_t **numbers[] = { &v->row, &v->next_row, &v->order, &v->hit, &v->time };
    double **columns[] = { &v->from, &v->next_from, &v->moment, &v->at, &v->years, &v->part, &v->costs, &v->effects,
                           &v->once, &v->amount, &v->discounted, &v->gained };
    bool fine = true;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        fine = (*numbers[i] = tf_alloc_aligned(capacity, sizeof(uint32_t))) && fine;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
        fine = (*columns[i] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    for (size_t r = 0; r < model->n_risks; ++r) {
        fine = (v->luck[r] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
        fine = (v->risk[r] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    }
    for (size_t r = 0; r < model->n_relatives; ++r)
        fine = (v->relative[r] = tf_alloc_aligned(capacity, sizeof(double))) && fine;
    for (size_t c = 0; c < model->n_conditions; ++c)
        fine = (v->state[c] = tf_alloc_aligned(capacity, sizeof(uint8_t))) && fine;
    v->first = tf_alloc_aligned(capacity, sizeof *v->first);
    v->person = tf_alloc_aligned(capacity, sizeof *v->person);
    v->base = tf_alloc_aligned(model->n_transitions * capacity, sizeof *v->base);
    v->plain = TF_NEW(bool, model->n_transitions);
    v->risks_read = TF_NEW(uint64_t, model->n_conditions);
    v->conditions_read = TF_NEW(uint64_t, model->n_conditions);
    return fine && v->first && v->person && v->base && v->plain && v->risks_read && v->conditions_read;
}

tf_volley *tf_volley_create(const tf_plan *plan, uint32_t capacity)
{
    tf_volley *v = TF_NEW(tf_volley, 1);

    if (!v)
        return NULL;
    v->plan = plan;
    if (!allocate(v, capacity)) {
        tf_volley_destroy(v);
        return NULL;
    }
    for (size_t k = 0; k < plan->model->n_transitions; ++k)
        v->plain[k] = !tf_plan_has_times(plan) && is_plain(plan, k);
    find_reads(v);
    return v;
}

void tf_volley_destroy(tf_volley *v)
{
    if (!v)
        return;
    void *all[] = { v->row,   v->next_row, v->order,   v->hit,     v->time,    v->from,       v->next_from, v->moment,
                    v->first, v->at,      v->years,   v->part,    v->costs,      v->effects,   v->once,
                    v->amount, v->discounted, v->gained, v->person, v->base, v->plain,   v->risks_read, v->conditions_read };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        tf_free(all[i]);
    for (size_t r = 0; r < TF_MAX_RISKS; ++r) {
        tf_free(v->luck[r]);
        tf_free(v->risk[r]);
    }
    for (size_t r = 0; r < TF_MAX_ALL_STATES; ++r)
        tf_free(v->relative[r]);
    for (size_t c = 0; c < TF_MAX_CONDITIONS; ++c)
        tf_free(v->state[c]);
    tf_free(v);
}

/* ---- hazards ----------------------------------------------------------------- */

/* The factors of a transition's need: the hazard a whole cycle spends of it is base x relative x scale, in that order. */
typedef struct hazard {
    const double *base; /* [segment] */
    const uint16_t *segment;
    const double *relative, *scale; /* [row], or NULL */
} hazard;

static hazard hazard_of(const tf_block *block, const tf_volley *v, int k)
{
    int relative = block->plan->model->transitions[k].relative;

    return (hazard){ &v->base[(size_t)k * v->segments], block->people.segment, relative == TF_NONE ? NULL : block->people.relative[relative],
                     block->scale ? block->scale[k] : NULL };
}

static inline double need_at(hazard h, bool relative, bool scale, uint32_t row)
{
    double need = h.base[h.segment[row]];

    need = relative ? need * h.relative[row] : need;
    return scale ? need * h.scale[row] : need;
}

static void find_bases(const tf_block *block, tf_volley *v)
{
    double years = block->end - block->start;

    v->segments = block->n_segments;
    for (size_t s = 0; s < block->n_segments; ++s)
        for (size_t k = 0; k < block->plan->model->n_transitions; ++k)
            v->base[k * v->segments + s] = *tf_rate(block->plan, block->prepared, block->segments[s].cell, k) * years;
}

/* ---- clocks ------------------------------------------------------------------ */

static inline __attribute__((always_inline)) void charge_in(hazard h, bool relative, bool scale, double *restrict clock,
                                                            const uint32_t *restrict row, const double *restrict part, double sign, uint32_t n,
                                                            uint64_t bit, uint64_t *restrict out)
{
#pragma GCC ivdep
    for (uint32_t i = 0; i < n; ++i) {
        double was = clock[row[i]], now = was + sign * part[i] * need_at(h, relative, scale, row[i]);
        now = was < HUGE_VAL ? now : was;
        clock[row[i]] = now;
        out[row[i]] = (out[row[i]] & ~bit) | (now <= 0.0 ? bit : 0);
    }
}

/* Give back (sign 1) or charge (-1) the rest of the cycle, where the clock runs. */
TF_FAST static void charge(hazard h, double *clock, const uint32_t *row, const double *part, double sign, uint32_t n, uint64_t bit, uint64_t *out)
{
    if (h.relative && h.scale)
        charge_in(h, true, true, clock, row, part, sign, n, bit, out);
    else if (h.relative)
        charge_in(h, true, false, clock, row, part, sign, n, bit, out);
    else if (h.scale)
        charge_in(h, false, true, clock, row, part, sign, n, bit, out);
    else
        charge_in(h, false, false, clock, row, part, sign, n, bit, out);
}

static void charge_rest(tf_block *block, tf_volley *v, int k, double sign)
{
    charge(hazard_of(block, v, k), block->people.clock[k], v->hit, v->part, sign, v->n, UINT64_C(1) << k % 64, block->out[k / 64]);
}

static void charge_affected(tf_block *block, tf_volley *v, int condition, double sign)
{
    const tf_transition_list *affected = &block->plan->affected[condition];

    for (size_t i = 0; i < affected->count; ++i)
        if (block->in_state[block->plan->model->transitions[affected->items[i]].from])
            charge_rest(block, v, affected->items[i], sign);
}

/* What is left of the clocks out of the state is kept. */
static void leave_state(tf_block *block, tf_volley *v, int state)
{
    const tf_transition_list *out = &block->plan->out[state];

    for (size_t i = 0; i < out->count; ++i) {
        int k = out->items[i];
        double *clock = block->people.clock[k], *kept = block->people.kept[k];
        hazard h = hazard_of(block, v, k);
        for (uint32_t j = 0; j < v->n; ++j) {
            uint32_t row = v->hit[j];
            if (clock[row] < HUGE_VAL)
                kept[row] = fmax(clock[row] + v->part[j] * need_at(h, h.relative, h.scale, row), 0.0);
            clock[row] = HUGE_VAL;
            tf_mark_out(block, k, row, false);
        }
    }
}

/* Clocks of rows that have just come to need them: what was kept, or a new one. */
static void arm(tf_block *block, tf_volley *v, int k, const tf_segment *segment)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    double *kept = block->people.kept[k];
    bool draw = false;

    for (uint32_t i = 0; i < v->n; ++i) {
        v->amount[i] = kept[v->hit[i]];
        draw = draw || isnan(v->amount[i]);
    }
    if (t->timing == TF_AFTER)
        for (uint32_t i = 0; i < v->n; ++i)
            v->amount[i] = tf_quantity(&block->prepared->quantities, t->amount, segment->cell);
    else if (draw) {
        for (uint32_t i = 0; i < v->n; ++i)
            v->time[i] = block->people.fired[k][v->hit[i]];
        tf_exponentials_at(block->plan->seed, t->purpose_clock, v->person, v->time, block->prepared->draw, v->n, v->discounted);
        for (uint32_t i = 0; i < v->n; ++i)
            v->amount[i] = isnan(v->amount[i]) ? v->discounted[i] : v->amount[i];
    }
    for (uint32_t i = 0; i < v->n; ++i) {
        block->people.clock[k][v->hit[i]] = v->amount[i];
        kept[v->hit[i]] = (double)NAN;
    }
}

static void enter_state(tf_block *block, tf_volley *v, int state, const tf_segment *segment)
{
    const tf_transition_list *out = &block->plan->out[state];
    double *entered = block->people.entered[block->plan->model->states[state].condition];

    for (uint32_t i = 0; i < v->n; ++i)
        entered[v->hit[i]] = v->at[i];
    for (size_t i = 0; i < out->count; ++i) {
        int k = out->items[i];
        arm(block, v, k, segment);
        charge_rest(block, v, k, -1.0);
    }
}

/* ---- traits ------------------------------------------------------------------ */

static void gather(const double *restrict column, const uint32_t *restrict row, uint32_t n, double *restrict out)
{
    for (uint32_t i = 0; i < n; ++i)
        out[i] = column[row[i]];
}

static void scatter(double *restrict column, const uint32_t *restrict row, uint32_t n, const double *restrict from)
{
    for (uint32_t i = 0; i < n; ++i)
        column[row[i]] = from[i];
}

/* The risk factors that the states of a condition act on, and the relative risks these or the states stand in. */
static void change_traits(tf_block *block, tf_volley *v, int condition, const tf_segment *segment)
{
    const tf_plan *plan = block->plan;
    const tf_columns_of_people *people = &block->people;
    uint64_t acts_on = plan->acts_on[condition], sets = plan->sets_of[condition];
    tf_rows rows = { 0, v->n, segment->cell, v->luck, v->state, v->risk, v->relative };

    for (size_t c = 0; c < plan->model->n_conditions; ++c)
        for (uint32_t i = 0; v->conditions_read[condition] >> c & 1 && i < v->n; ++i)
            v->state[c][i] = people->state[c][v->hit[i]];
    for (size_t r = 0; r < plan->model->n_risks; ++r) {
        if (acts_on >> r & 1)
            gather(people->luck[r], v->hit, v->n, v->luck[r]);
        else if (v->risks_read[condition] >> r & 1)
            gather(people->risk[r], v->hit, v->n, v->risk[r]);
    }
    tf_traits_natural(plan, block->prepared, &rows, acts_on);
    tf_traits_effects(plan, block->prepared, &rows, acts_on);
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (acts_on >> r & 1)
            scatter(people->risk[r], v->hit, v->n, v->risk[r]);
    for (size_t set = 0; sets >> set; ++set)
        if (sets >> set & 1) {
            tf_traits_relative(plan, block->prepared, &rows, (int)set);
            scatter(people->relative[set], v->hit, v->n, v->relative[set]);
        }
}

/* ---- sums -------------------------------------------------------------------- */

/* Add amount[i] and discounted[i], times `times`, of each row to a measure. */
static void add(tf_block *block, const tf_volley *v, size_t segment, int measure, double times, const double *amount, const double *discounted)
{
    double shift = block->shifts[measure], *sums = tf_sums(&block->tally, segment, measure), all = 0.0;

    for (uint32_t i = 0; i < v->n; ++i) {
        double *pair = sums + 2 * block->people.lane[v->hit[i]], steps = tf_on_grid(shift, times * amount[i]);
        pair[0] += steps;
        pair[1] += tf_on_grid(shift, times * discounted[i]);
        all += steps;
    }
    block->tally.year[segment * block->tally.n_measures + (size_t)measure] += all;
}

static void add_flows(tf_block *block, const tf_volley *v, size_t segment, const tf_flows *flows, const double *amount, const double *costs,
                      const double *effects)
{
    for (size_t f = 0; f < flows->count; ++f) {
        const tf_flow *flow = &flows->items[f];
        size_t at = (size_t)block->segments[segment].cell * block->plan->n_flows + flow->index;
        double each = block->prepared->amount[at], money = block->prepared->money[at];
        if (flow->qaly >= 0)
            add(block, v, segment, flow->qaly, each, amount, effects);
        if (flow->use >= 0)
            add(block, v, segment, flow->use, each, amount, costs);
        if (flow->category >= 0)
            add(block, v, segment, flow->category, money, amount, costs);
    }
}

/* The rows are in `state` for the rest of the cycle after all (sign 1), or are not (-1). */
static void amend_state(tf_block *block, tf_volley *v, size_t segment, int state, double sign)
{
    const tf_bound *bound = block->bound;
    double *years = v->years, *costs = v->costs, *effects = v->effects;

    add(block, v, segment, block->plan->places.years[state], sign, years, effects);
    if (block->plan->state_flows[state].count) {
        for (uint32_t i = 0; i < v->n; ++i) {
            v->amount[i] = sign * years[i];
            v->discounted[i] = sign * costs[i];
            v->gained[i] = sign * effects[i];
        }
        add_flows(block, v, segment, &block->plan->state_flows[state], v->amount, v->discounted, v->gained);
    }
    for (size_t f = 0; bound && bound->flow_state[state] && f < bound->n_flows; ++f)
        for (uint32_t i = 0; bound->flows[f].state == state && i < v->n; ++i) {
            const tf_row_flow *flow = &bound->flows[f];
            double each = flow->amount[v->hit[i]];
            tf_add_row_flow(block, flow, v->hit[i], each * (sign * years[i]), each * (sign * costs[i]));
        }
}

static void occupy(tf_block *block, const tf_volley *v, size_t segment, int state, int sign)
{
    size_t at = segment * block->tally.n_states + (size_t)state;
    double *lanes = &block->tally.occupied[at * TF_LANES];

    for (uint32_t i = 0; i < v->n; ++i)
        lanes[block->people.lane[v->hit[i]]] += sign;
    block->tally.n_occupied[at] += sign * (int)v->n;
    block->in_state[state] += sign * (int)v->n;
}

/* ---- a volley ---------------------------------------------------------------- */

/* What is left of the cycle: in years, present values, and as part of the cycle. */
static void measure_rest(const tf_block *block, tf_volley *v)
{
    for (uint32_t i = 0; i < v->n; ++i) {
        tf_rest rest = tf_rest_of_cycle(block, v->at[i]);
        v->years[i] = rest.years;
        v->costs[i] = rest.costs;
        v->effects[i] = rest.effects;
        v->part[i] = rest.part;
    }
}

static void count_event(tf_block *block, tf_volley *v, int k, size_t segment)
{
    const tf_plan *plan = block->plan;
    const tf_bound *bound = block->bound;
    for (uint32_t i = 0; i < v->n; ++i) {
        v->once[i] = 1.0;
        v->amount[i] = tf_worth_at(block, block->costs, block->cost_factor, v->at[i]);
        v->discounted[i] = tf_worth_at(block, block->effects, block->effect_factor, v->at[i]);
    }
    add(block, v, segment, plan->places.event[k], 1.0, v->once, v->discounted);
    add_flows(block, v, segment, &plan->event_flows[k], v->once, v->amount, v->discounted);
    for (size_t f = 0; bound && bound->flow_event[k] && f < bound->n_flows; ++f)
        for (uint32_t i = 0; bound->flows[f].transition == k && i < v->n; ++i) {
            double each = bound->flows[f].amount[v->hit[i]];
            tf_add_row_flow(block, &bound->flows[f], v->hit[i], each, each * v->amount[i]);
        }
    for (uint32_t i = 0; i < v->n; ++i) {
        uint32_t row = v->hit[i];
        if (block->people.count[k])
            block->people.count[k][row] += 1.0;
        block->people.fired[k][row]++;
        block->people.clock[k][row] = HUGE_VAL;
        block->people.kept[k][row] = (double)NAN;
        tf_mark_out(block, k, row, false);
    }
}

/* Fire transition k for the rows hit, all of one segment, at moments `at`. */
static void fire(tf_block *block, tf_volley *v, int k, size_t segment)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    const tf_segment *place = &block->segments[segment];
    uint8_t local = (uint8_t)(t->to - block->plan->model->conditions[t->condition].first_state);

    measure_rest(block, v);
    count_event(block, v, k, segment);
    for (uint32_t i = 0; i < v->n; ++i)
        v->person[i] = block->people.person[v->hit[i]];
    leave_state(block, v, t->from);
    charge_affected(block, v, t->condition, 1.0);
    for (uint32_t i = 0; i < v->n; ++i)
        block->people.state[t->condition][v->hit[i]] = local;
    change_traits(block, v, t->condition, place);
    charge_affected(block, v, t->condition, -1.0);
    enter_state(block, v, t->to, place);
    amend_state(block, v, segment, t->from, -1.0);
    amend_state(block, v, segment, t->to, 1.0);
    occupy(block, v, segment, t->from, -1);
    occupy(block, v, segment, t->to, 1);
}

/* ---- rounds ------------------------------------------------------------------ */

static bool fits(const tf_block *block, const tf_volley *v, int k)
{
    return v->plain[k] && !(block->bound && (block->bound->risks || block->bound->utility));
}

/* Positions of the rows that have an event, by transition; ends[k]: where those of transition k end. */
static void sort_by_transition(const tf_block *block, tf_volley *v, uint32_t n, uint32_t ends[TF_MAX_TRANSITIONS])
{
    uint32_t counts[TF_MAX_TRANSITIONS] = { 0 }, begin = 0;

    for (uint32_t i = 0; i < n; ++i) {
        int first = TF_NONE;
        v->moment[i] = tf_block_next_event(block, v->row[i], v->from[i], &first);
        v->first[i] = (int16_t)first;
        if (first != TF_NONE)
            counts[first]++;
    }
    for (size_t k = 0; k < TF_MAX_TRANSITIONS; ++k) {
        ends[k] = begin;
        begin += counts[k];
    }
    for (uint32_t i = 0; i < n; ++i)
        if (v->first[i] != TF_NONE)
            v->order[ends[v->first[i]]++] = i;
}

/* Rows at positions order[from, to), whose next event is k: those of one segment that no plugin touches in a volley, others one by one.
 * Rows with more to come are listed for the next round; returns their number. */
static trefoil_status fire_slice(trefoil_context *context, tf_block *block, tf_volley *v, int k, uint32_t from, uint32_t to, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;
    bool together = to - from >= FEWEST && fits(block, v, k);
    size_t segment = block->people.segment[v->row[v->order[from]]];
    uint32_t n = 0;

    for (uint32_t j = from; j < to; ++j) {
        uint32_t i = v->order[j], row = v->row[i];
        if (together && !(block->company && tf_company_touched(block->company, k, row))) {
            v->at[n] = v->moment[i];
            v->hit[n++] = row;
        } else
            TRY(tf_block_live_row(context, block, row, v->from[i]));
    }
    if (!n)
        return TREFOIL_DONE;
    v->n = n;
    fire(block, v, k, segment);
    for (uint32_t j = 0; j < n; ++j)
        if (tf_block_has_event(block, v->hit[j])) {
            v->next_row[*n_next] = v->hit[j];
            v->next_from[(*n_next)++] = v->at[j];
        }
out:
    return status;
}

static uint32_t end_of_segment(const tf_block *block, const tf_volley *v, uint32_t from, uint32_t to)
{
    uint32_t end = from + 1;

    if (block->n_segments == 1)
        return to;
    while (end < to && block->people.segment[v->row[v->order[end]]] == block->people.segment[v->row[v->order[from]]])
        ++end;
    return end;
}

static trefoil_status run_round(trefoil_context *context, tf_block *block, tf_volley *v, uint32_t n, uint32_t *n_next)
{
    trefoil_status status = TREFOIL_DONE;
    uint32_t ends[TF_MAX_TRANSITIONS], from = 0;

    sort_by_transition(block, v, n, ends);
    for (int k = 0; k < TF_MAX_TRANSITIONS; ++k)
        while (from < ends[k]) {
            uint32_t to = end_of_segment(block, v, from, ends[k]);
            TRY(fire_slice(context, block, v, k, from, to, n_next));
            from = to;
        }
out:
    return status;
}

static void swap_lists(tf_volley *v)
{
    uint32_t *row = v->row;
    double *from = v->from;

    v->row = v->next_row;
    v->from = v->next_from;
    v->next_row = row;
    v->next_from = from;
}

trefoil_status tf_volley_run(trefoil_context *context, tf_block *block, const uint32_t *rows, uint32_t n)
{
    trefoil_status status = TREFOIL_DONE;
    tf_volley *v = block->volley;

    for (uint32_t i = 0; i < n; ++i) {
        v->row[i] = rows[i];
        v->from[i] = block->start;
    }
    if (n >= FEWEST)
        find_bases(block, v);
    for (int round = 0; round < MOST_ROUNDS && n >= FEWEST; ++round) {
        uint32_t n_next = 0;
        TRY(run_round(context, block, v, n, &n_next));
        swap_lists(v);
        n = n_next;
    }
    for (uint32_t i = 0; i < n; ++i)
        TRY(tf_block_live_row(context, block, v->row[i], v->from[i]));
out:
    return status;
}
