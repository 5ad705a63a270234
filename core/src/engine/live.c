/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block lives through its cycles: hooks, sums, clocks, events, year ends. */
#include "engine/block.h"

#include "base/fast.h"
#include "engine/hazard.h"
#include "engine/lookup.h"
#include "engine/utility.h"
#include "engine/needs.h"
#include "engine/rounds.h"
#include "random/stream.h"

#include <math.h>
#include <string.h>

enum { SMALL_SEGMENT = 128 };

/* ---- sums of a cycle --------------------------------------------------------- */

/* Lengths of a cycle as it counts: years, and their present values as costs and as effects. */
typedef struct span {
    double years, costs, effects;
} span;

#define INLINE static inline __attribute__((always_inline))

INLINE void add_lanes(const double *restrict people, double each, double each_discounted, double *restrict pairs)
{
    for (int l = 0; l < TF_LANES; ++l) {
        pairs[2 * l] += people[l] * each;
        pairs[2 * l + 1] += people[l] * each_discounted;
    }
}

/* `n` people, of each lane so many. */
INLINE void add_people(tf_block_tally *tally, size_t segment, int measure, const double *people, int n, tf_grid_kind grid, double each,
                       double each_discounted)
{
    double shift = tf_grid_shift(grid), steps = tf_on_grid(shift, each);

    add_lanes(people, steps, tf_on_grid(shift, each_discounted), tf_sums(tally, segment, measure));
    tally->year[segment * tally->n_measures + (size_t)measure] += n * steps;
}

INLINE void add_state_flows(tf_block *block, size_t s, const tf_segment *segment, int state, const double *people, int n, span length)
{
    const tf_flows *flows = &block->plan->state_flows[state];

    for (size_t f = 0; f < flows->count; ++f) {
        const tf_flow *flow = &flows->items[f];
        size_t at = (size_t)segment->cell * block->plan->n_flows + flow->index;
        double amount = block->prepared->amount[at], money = block->prepared->money[at];
        if (flow->use >= 0)
            add_people(&block->tally, s, flow->use, people, n, TF_GRID_USE, amount * length.years, amount * length.costs);
        if (flow->category >= 0)
            add_people(&block->tally, s, flow->category, people, n, TF_GRID_MONEY, money * length.years, money * length.costs);
    }
}

TF_FAST static void add_segment_cycle(tf_block *block, size_t s, span length)
{
    const tf_plan *plan = block->plan;
    const tf_segment *segment = &block->segments[s];
    tf_block_tally *tally = &block->tally;

    add_people(tally, s, plan->places.ly, &tally->alive[s * TF_LANES], tally->n_alive[s], TF_GRID_TIME, length.years, length.effects);
    for (size_t state = 0; state < tally->n_states; ++state) {
        const double *people = &tally->occupied[(s * tally->n_states + state) * TF_LANES];
        int n = tally->n_occupied[s * tally->n_states + state];
        if (!n || plan->model->states[state].dead)
            continue;
        add_people(tally, s, plan->places.years[state], people, n, TF_GRID_TIME, length.years, length.effects);
        add_state_flows(block, s, segment, (int)state, people, n, length);
    }
    for (size_t profile = 0; profile < tally->n_profiles; ++profile) {
        if (!tally->n_profile[s * tally->n_profiles + profile])
            continue;
        double quality = tf_utility_of_profile(plan, block->prepared, segment->cell, (int)profile);
        add_people(tally, s, plan->places.qaly, &tally->profiles[(s * tally->n_profiles + profile) * TF_LANES],
                   tally->n_profile[s * tally->n_profiles + profile], TF_GRID_TIME, quality * length.years, quality * length.effects);
    }
}

/* What plugins add to people row by row. */
static void add_row_flows(tf_block *block, span length)
{
    const tf_bound *bound = block->bound;
    const tf_columns_of_people *people = &block->people;

    for (size_t f = 0; f < bound->n_flows; ++f) {
        const tf_row_flow *flow = &bound->flows[f];
        if (flow->transition != TF_NONE || flow->utility)
            continue;
        double scale = flow->spread ? 1.0 / (block->end - block->start) : 1.0;
        for (uint32_t i = 0; i < block->n; ++i)
            if (flow->amount[i] != 0.0 && tf_row_flow_on(block, flow, i))
                tf_add_row_flow(block, flow, i, flow->amount[i] * scale * length.years, flow->amount[i] * scale * length.costs);
    }
    if (tf_utility_has_rows(block))
        for (uint32_t i = 0; i < block->n; ++i) {
            double extra = people->dead[i] ? 0.0 : tf_utility_extra(block, i);
            if (extra != 0.0)
                tf_add(block, i, block->plan->places.qaly, extra * length.years, extra * length.effects);
        }
}

void tf_block_count_cycle(tf_block *block, double weight)
{
    bool discrete = block->plan->model->clock == TF_DISCRETE;
    double years = block->end - block->start;
    span length;

    if (discrete)
        length = (span){ years * weight, years * weight * tf_discount_at(block->costs, block->start),
                         years * weight * tf_discount_at(block->effects, block->start) };
    else
        length = (span){ years, tf_discount_between(block->costs, block->start, block->end),
                         tf_discount_between(block->effects, block->start, block->end) };
    for (size_t s = 0; s < block->n_segments; ++s)
        add_segment_cycle(block, s, length);
    if (block->bound)
        add_row_flows(block, length);
}

/* ---- clocks ------------------------------------------------------------------ */

/* Rows for a cycle: clock -= base x relative x scale; `bit` is set in `out` where it ran out.  `segment`: of each row, where the base is looked
 * up; NULL: all rows have the first. */
static inline __attribute__((always_inline)) void charge_in(const double *restrict base, const uint16_t *restrict segment,
                                                            const double *restrict relative, const double *restrict scale,
                                                            double *restrict clock, uint64_t bit, uint64_t *restrict out, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double need = segment ? base[segment[i]] : base[0], left;
        need = relative ? need * relative[i] : need;
        need = scale ? need * scale[i] : need;
        left = clock[i] - need;
        clock[i] = left;
        out[i] |= left <= 0.0 ? bit : 0;
    }
}

TF_FAST static void charge(const double *base, const uint16_t *segment, const double *relative, const double *scale, double *clock, uint64_t bit,
                           uint64_t *out, uint32_t n)
{
    const double *ratio = relative ? relative : scale;

    switch ((segment ? 3 : 0) + (relative && scale ? 2 : ratio ? 1 : 0)) {
    case 0: charge_in(base, NULL, NULL, NULL, clock, bit, out, n); break;
    case 1: charge_in(base, NULL, ratio, NULL, clock, bit, out, n); break;
    case 2: charge_in(base, NULL, relative, scale, clock, bit, out, n); break;
    case 3: charge_in(base, segment, NULL, NULL, clock, bit, out, n); break;
    case 4: charge_in(base, segment, ratio, NULL, clock, bit, out, n); break;
    default: charge_in(base, segment, relative, scale, clock, bit, out, n);
    }
}

/* The living with events. */
static uint32_t find_due(const tf_block *block, uint32_t *due)
{
    uint32_t count = 0;

    if (block->n_words == 1)
        return tf_lookup_marked(block->out[0], block->people.dead, block->n, due);
    for (uint32_t i = 0; i < block->n; ++i) {
        due[count] = i;
        count += tf_block_has_event(block, i) && !block->people.dead[i];
    }
    return count;
}

static void fill(double *column, uint32_t n, double value)
{
    for (uint32_t i = 0; i < n; ++i)
        column[i] = value;
}

static const double *from_row(const double *column, uint32_t row)
{
    return column ? column + row : NULL;
}

static void charge_transition(tf_block *block, size_t k)
{
    const tf_need *need = &block->needs->of[k];
    double *clock = block->people.clock[k];
    uint64_t bit = UINT64_C(1) << k % 64, *out = block->out[k / 64];

    if (block->n < block->n_segments * SMALL_SEGMENT || block->sorted < block->n) {
        charge(need->base, block->people.segment, need->relative, need->scale, clock, bit, out, block->n);
        return;
    }
    for (size_t s = 0; s < block->n_segments; ++s) {
        uint32_t from = block->segments[s].from;
        charge(&need->base[s], NULL, from_row(need->relative, from), from_row(need->scale, from), clock + from, bit, out + from,
               block->segments[s].to - from);
    }
}

/* Everybody is charged for the whole cycle ... */
void tf_block_charge(tf_block *block)
{
    const tf_model *model = block->plan->model;

    for (size_t w = 0; w < block->n_words; ++w)
        memset(block->out[w], 0, block->n * sizeof *block->out[w]);
    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        if (!block->in_state[t->from] || !block->has[t->condition])
            continue;
        if (t->timing == TF_TIME)
            tf_hazard_charge(block, (int)k, block->needs->of[k].relative, block->needs->of[k].scale);
        else
            charge_transition(block, k);
    }
}

/* ... and those with a clock run out live through the cycle event by event. */
trefoil_status tf_block_live_events(trefoil_context *context, tf_block *block, uint32_t late, const double *moments)
{
    uint32_t n = find_due(block, block->due);
    double *from = block->scratch;

    for (uint32_t i = 0; i < n; ++i)
        from[i] = block->due[i] < late ? block->start : moments[block->due[i] - late];
    return tf_rounds_run(context, block, block->due, from, n);
}

trefoil_status tf_block_run_clocks(trefoil_context *context, tf_block *block)
{
    tf_block_charge(block);
    return tf_block_live_events(context, block, block->n, NULL);
}

/* ---- the discrete clock ------------------------------------------------------ */

/* Probability of a transition over one cycle for a row; ratios act on the rate: 1 - (1 - p)^ratio. */
static double probability(const tf_block *block, int k, uint32_t row)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    const tf_segment *segment = &block->segments[block->people.segment[row]];
    double amount = *tf_rate(block->plan, block->prepared, segment->cell, (size_t)k), ratio = 1.0;

    if (t->relative != TF_NONE)
        ratio *= block->people.relative[t->relative][row];
    if (block->scale && block->scale[k])
        ratio *= block->scale[k][row];
    if (t->timing == TF_RATE)
        return -expm1(-amount * ratio * (block->end - block->start));
    return ratio == 1.0 ? amount : amount >= 1.0 ? (ratio > 0.0 ? 1.0 : 0.0) : -expm1(ratio * log1p(-amount));
}

static int chosen(const tf_block *block, const tf_transition_list *out, uint32_t row, double u)
{
    for (size_t i = 0; i < out->count; ++i) {
        u -= probability(block, out->items[i], row);
        if (u < 0.0)
            return out->items[i];
    }
    return TF_NONE;
}

/* At most one transition of each condition, at the end of the cycle, decided by the states at its start. */
static void run_discrete(tf_block *block)
{
    const tf_plan *plan = block->plan;
    const tf_model *model = plan->model;
    tf_columns_of_people *people = &block->people;

    for (uint32_t row = 0; row < block->n; ++row) {
        int events[TF_MAX_CONDITIONS], n_events = 0;
        if (people->dead[row])
            continue;
        for (size_t c = 0; c < model->n_conditions; ++c) {
            const tf_transition_list *out = &plan->out[model->conditions[c].first_state + people->state[c][row]];
            if (!out->count || !block->has[c])
                continue;
            double u = tf_uniform(plan->seed, (tf_coordinates){ model->conditions[c].purpose_cycle, people->person[row], block->cycle,
                                                                block->prepared->draw }, 0);
            int k = chosen(block, out, row, u);
            if (k != TF_NONE)
                events[n_events++] = k;
        }
        for (int e = 0; e < n_events && !people->dead[row]; ++e)
            tf_block_fire(block, events[e], row, block->end);
    }
}

/* Weight of what is seen at the start of cycle c, of n cycles (c = n: the end of the run). */
static double weight_of(tf_correction correction, uint32_t c, uint32_t n)
{
    switch (correction) {
    case TF_CORRECT_HALF: return c == 0 || c == n ? 0.5 : 1.0;
    case TF_CORRECT_SIMPSON: return c == 0 || c == n ? 1.0 / 3.0 : c % 2 ? 4.0 / 3.0 : 2.0 / 3.0;
    default: return c == n ? 0.0 : 1.0;
    }
}

/* ---- beginnings and ends ----------------------------------------------------- */

/* What everybody brings once, at time 0. */
static void start(tf_block *block, uint32_t row)
{
    const tf_flows *flows = &block->plan->start_flows;
    size_t cell = (size_t)block->segments[block->people.segment[row]].cell;

    for (size_t f = 0; f < flows->count; ++f) {
        const tf_flow *flow = &flows->items[f];
        double amount = block->prepared->amount[cell * block->plan->n_flows + flow->index];
        double money = block->prepared->money[cell * block->plan->n_flows + flow->index];
        if (flow->qaly >= 0)
            tf_add(block, row, flow->qaly, amount, amount);
        if (flow->use >= 0)
            tf_add(block, row, flow->use, amount, amount);
        if (flow->category >= 0)
            tf_add(block, row, flow->category, money, money);
    }
}

static int all_lanes(const double *people)
{
    double sum = 0.0;

    for (int l = 0; l < TF_LANES; ++l)
        sum += people[l];
    return (int)sum;
}

/* Everybody of a segment as tf_block_occupy counts a row. */
static void occupy_all(tf_block *block, size_t s)
{
    const tf_model *model = block->plan->model;
    const tf_columns_of_people *people = &block->people;
    const tf_segment *segment = &block->segments[s];
    tf_block_tally *tally = &block->tally;
    double *occupied = &tally->occupied[s * tally->n_states * TF_LANES], *profiles = &tally->profiles[s * tally->n_profiles * TF_LANES];
    double *alive = &tally->alive[s * TF_LANES];

    for (size_t c = 0; c < model->n_conditions; ++c) {
        double *first = occupied + model->conditions[c].first_state * TF_LANES;
        for (uint32_t i = segment->from; block->has[c] && i < segment->to; ++i)
            first[people->state[c][i] * TF_LANES + people->lane[i]] += 1.0;
    }
    for (uint32_t i = segment->from; i < segment->to; ++i) {
        profiles[people->profile[i] * TF_LANES + people->lane[i]] += 1.0;
        alive[people->lane[i]] += 1.0;
    }
    for (size_t state = 0; state < tally->n_states; ++state) {
        int n = all_lanes(occupied + state * TF_LANES);
        tally->n_occupied[s * tally->n_states + state] = n;
        block->in_state[state] += n;
    }
    for (size_t profile = 0; profile < tally->n_profiles; ++profile)
        tally->n_profile[s * tally->n_profiles + profile] = all_lanes(profiles + profile * TF_LANES);
    tally->n_alive[s] = all_lanes(alive);
}

static void begin_tally(tf_block *block)
{
    tf_block_tally *tally = &block->tally;
    size_t n = block->n_segments;

    memset(tally->sums, 0, n * tally->n_measures * 2 * TF_LANES * sizeof(double));
    memset(tally->occupied, 0, n * tally->n_states * TF_LANES * sizeof(double));
    memset(tally->profiles, 0, n * tally->n_profiles * TF_LANES * sizeof(double));
    memset(tally->alive, 0, n * TF_LANES * sizeof(double));
    memset(tally->n_occupied, 0, n * tally->n_states * sizeof(int));
    memset(tally->n_profile, 0, n * tally->n_profiles * sizeof(int));
    memset(tally->year, 0, n * tally->n_measures * sizeof *tally->year);
    memset(tally->n_alive, 0, n * sizeof *tally->n_alive);
    memset(block->in_state, 0, tally->n_states * sizeof *block->in_state);
    if (!block->n)
        return;
    for (size_t s = 0; s < n; ++s) {
        occupy_all(block, s);
        add_people(tally, s, block->plan->places.persons, &tally->alive[s * TF_LANES], tally->n_alive[s], TF_GRID_TIME, 1.0, 1.0);
    }
    for (uint32_t i = 0; block->plan->start_flows.count && i < block->n; ++i)
        start(block, i);
}

static void silence_other_processes(tf_block *block)
{
    const tf_model *model = block->plan->model;

    for (size_t k = 0; k < model->n_transitions; ++k)
        if (!block->has[model->transitions[k].condition])
            fill(block->people.clock[k], block->n, HUGE_VAL);
}

/* Birthdays: cells move on, and with them the traits of those whose cell differs. */
static void grow_older(tf_block *block)
{
    int age = block->age + (int)floor(block->start);

    for (size_t s = 0; s < block->n_segments; ++s) {
        tf_segment *segment = &block->segments[s];
        int now = tf_cell(block->sex, age, segment->imd);
        uint64_t risks = 0, sets = 0;
        for (int cell = segment->cell; cell != now;) { /* birthdays since the last cycle, usually one */
            cell += TF_QUINTILES;
            risks |= block->prepared->risks_change[cell];
            sets |= block->prepared->sets_change[cell];
        }
        segment->cell = now;
        if ((sets || ((block->bound || block->company) && risks)) && !(block->bound && block->bound->risks))
            tf_block_traits(block, segment, risks, sets);
    }
}

/* Has the strategy what the measure counts? */
static inline bool has_measure(const tf_plan *plan, size_t strategy, size_t measure)
{
    int condition = plan->counted[measure];

    return condition == TF_NONE || plan->strategy_has[strategy * plan->model->n_conditions + (size_t)condition];
}

/* Blocks of fewer people may hold it; only one person's is told. */
static trefoil_status too_large(trefoil_context *context, const tf_block *block, const tf_unit_tally *unit, size_t measure, double sum)
{
    if (unit->block > 1)
        return TREFOIL_NUMBER_FAILED;
    return tf_fail(context, TREFOIL_NUMBER_FAILED,
                   "%s reaches %g for a person aged %d at the start: more than sums can hold exactly",
                   block->plan->layout->measures[measure].name, sum, block->age);
}

/* False if the sum does not fit. */
static inline bool add_steps(int64_t *sum, int64_t steps)
{
    return !__builtin_add_overflow(*sum, steps, sum);
}

/* So many people share a sum that they cannot be counted apart any more. */
static trefoil_status beyond(trefoil_context *context, const tf_plan *plan, size_t measure)
{
    return tf_fail(context, TREFOIL_NUMBER_FAILED, "%s of people simulated together is more than sums can hold exactly",
                   plan->layout->measures[measure].name);
}

trefoil_status tf_block_end_year(trefoil_context *context, tf_block *block, size_t year, const size_t *strategies, size_t n, tf_unit_tally *units)
{
    tf_block_tally *tally = &block->tally;

    for (size_t s = 0; s < block->n_segments; ++s) {
        double *sums = &tally->year[s * tally->n_measures];
        size_t place = (block->segments[s].local * units[strategies[0]].n_years + year) * tally->n_measures;
        for (size_t m = 0; m < tally->n_measures; ++m) {
            double grid = tf_grid_steps(block->grids[m]);
            if (sums[m] == 0.0)
                continue;
            if (!(fabs(sums[m]) < tf_grid_limit(block->grids[m])))
                return too_large(context, block, units, m, sums[m]);
            for (size_t i = 0; i < n; ++i)
                if (has_measure(block->plan, strategies[i], m) && !add_steps(&units[strategies[i]].by_year[place + m], (int64_t)(sums[m] * grid)))
                    return beyond(context, block->plan, m);
            sums[m] = 0.0;
        }
    }
    return TREFOIL_DONE;
}

/* The cost of everything is the sum of its categories, in whole steps.  False if one does not fit. */
static bool add_categories(const tf_plan *plan, int64_t *measures, size_t width)
{
    int64_t *total = measures + (size_t)plan->places.cost * width;
    bool fit = true;

    for (size_t c = 0; c < plan->model->n_categories; ++c) {
        const int64_t *category = measures + (size_t)plan->places.cost_category[c] * width;
        for (size_t i = 0; i < width; ++i)
            fit = add_steps(&total[i], category[i]) && fit;
    }
    return fit;
}

trefoil_status tf_block_close_unit(trefoil_context *context, const tf_plan *plan, tf_unit_tally *unit)
{
    bool fit = true;

    for (size_t p = 0; p < unit->n_pieces; ++p) {
        fit = add_categories(plan, &unit->sums[p * unit->n_measures * 2 * TF_LANES], 2 * TF_LANES) && fit;
        for (size_t y = 0; unit->by_year && y < unit->n_years; ++y)
            fit = add_categories(plan, &unit->by_year[(p * unit->n_years + y) * unit->n_measures], 1) && fit;
    }
    return fit ? TREFOIL_DONE : beyond(context, plan, (size_t)plan->places.cost);
}

/* Lanes in steps, undiscounted before discounted; nothing, and false, if one is not below the limit. */
TF_FAST static bool steps_of_lanes(const double *restrict pairs, double grid, double limit, int64_t *restrict steps)
{
    int too_large = 0;

    for (int i = 0; i < 2 * TF_LANES; ++i)
        too_large |= !(fabs(pairs[i]) < limit);
    for (int l = 0; l < TF_LANES && !too_large; ++l) {
        steps[l] = (int64_t)(pairs[2 * l] * grid);
        steps[TF_LANES + l] = (int64_t)(pairs[2 * l + 1] * grid);
    }
    return !too_large;
}

static double largest(const double *pairs)
{
    double most = pairs[0];

    for (int i = 1; i < 2 * TF_LANES; ++i)
        if (!(fabs(pairs[i]) <= fabs(most)))
            most = pairs[i];
    return most;
}

trefoil_status tf_block_leave(trefoil_context *context, tf_block *block, const size_t *strategies, size_t n, tf_unit_tally *units)
{
    tf_block_tally *tally = &block->tally;
    int64_t steps[2 * TF_LANES];

    for (size_t s = 0; s < block->n_segments; ++s)
        for (size_t m = 0; m < tally->n_measures; ++m) {
            const double *from = tf_sums(tally, s, (int)m);
            if (!steps_of_lanes(from, tf_grid_steps(block->grids[m]), tf_grid_limit(block->grids[m]), steps))
                return too_large(context, block, units, m, largest(from));
            for (size_t each = 0; each < n; ++each) {
                int64_t *to = &units[strategies[each]].sums[(block->segments[s].local * tally->n_measures + m) * 2 * TF_LANES];
                for (int i = 0; i < 2 * TF_LANES && has_measure(block->plan, strategies[each], m); ++i)
                    to[i] += steps[i];
            }
        }
    return TREFOIL_DONE;
}

/* ---- a life ------------------------------------------------------------------ */

void tf_block_begin(tf_block *block, const tf_prepared *prepared)
{
    block->start = block->end = 0.0;
    block->sorted = block->n;
    begin_tally(block);
    if (block->plan->model->clock == TF_CONTINUOUS)
        silence_other_processes(block);
    if (block->bound)
        tf_bound_begin(block->bound, block, prepared);
}

void tf_block_open_cycle(tf_block *block, uint32_t cycle)
{
    block->cycle = cycle;
    block->start = tf_plan_time(block->plan, cycle);
    block->end = tf_plan_time(block->plan, cycle + 1);
    if ((block->n_dead * 3 >= block->n && block->n_dead) || block->sorted < block->n)
        tf_block_compact(block);
    grow_older(block);
    block->cost_factor = tf_discount_at(block->costs, block->start);
    block->effect_factor = tf_discount_at(block->effects, block->start);
    tf_needs_find(block, block->needs);
}

void tf_block_forget_counts(tf_block *block)
{
    for (size_t k = 0; k < block->plan->model->n_transitions; ++k)
        if (block->people.count[k])
            fill(block->people.count[k], block->n, 0.0);
}

static trefoil_status live_cycle(trefoil_context *context, tf_block *block, uint32_t cycle, double weight)
{
    trefoil_status status = TREFOIL_DONE;

    tf_block_open_cycle(block, cycle);
    if (block->bound)
        TRY(tf_bound_run(context, block->bound, block));
    tf_block_forget_counts(block);
    tf_block_count_cycle(block, weight);
    if (block->plan->model->clock == TF_DISCRETE)
        run_discrete(block);
    else
        TRY(tf_block_run_clocks(context, block));
out:
    return status;
}

static void last_boundary(tf_block *block, double weight)
{
    double length = block->end - block->start;

    block->start = block->end;
    block->end += length;
    grow_older(block); /* what plugins said holds on from the last cycle */
    tf_block_count_cycle(block, weight);
}

trefoil_status tf_block_live(trefoil_context *context, tf_block *block, size_t strategy, tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_plan *plan = block->plan;
    uint32_t n_cycles = tf_plan_cycles(plan, block->age);
    size_t year = 0, n_years = units[strategy].n_years;

    block->company = NULL;
    block->has = &plan->strategy_has[strategy * plan->model->n_conditions];
    block->scale = block->bound ? block->bound->scale : NULL;
    tf_block_begin(block, block->prepared);
    for (uint32_t cycle = 0; cycle < n_cycles && block->n > block->n_dead; ++cycle) {
        TRY(live_cycle(context, block, cycle, weight_of(plan->model->correction, cycle, n_cycles)));
        if (units[strategy].by_year && tf_block_ends_year(block)) {
            TRY(tf_block_end_year(context, block, year, &strategy, 1, units));
            year = (size_t)block->end;
        }
    }
    if (plan->model->clock == TF_DISCRETE && plan->model->correction != TF_CORRECT_NONE && block->n > block->n_dead)
        last_boundary(block, weight_of(plan->model->correction, n_cycles, n_cycles));
    if (units[strategy].by_year)
        TRY(tf_block_end_year(context, block, year < n_years ? year : n_years - 1, &strategy, 1, units));
    TRY(tf_block_leave(context, block, &strategy, 1, units));
out:
    return status;
}
