/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events: one person, one cycle, exact times.  The cycle's sums were made as if nothing happened in it; every change of state
 * puts that right for the rest of the cycle.
 */
#include "engine/block.h"
#include "engine/company.h"
#include "engine/hazard.h"
#include "engine/moment.h"
#include "engine/needs.h"
#include "engine/utility.h"
#include "random/stream.h"

#include <math.h>

enum { MOST_EVENTS = 10000 }; /* of one person in one cycle: beyond it a rate is infinite for all purposes */

static int cell_of(const tf_block *block, uint32_t row)
{
    return block->segments[block->people.segment[row]].cell;
}

/* ---- sums -------------------------------------------------------------------- */

void tf_add_row_flow(tf_block *block, const tf_row_flow *flow, uint32_t row, double amount, double discounted)
{
    double price = 1.0;

    if (flow->measure >= 0) {
        tf_add(block, row, flow->measure, amount, discounted);
        return;
    }
    if (flow->flow.use >= 0)
        tf_add(block, row, flow->flow.use, amount, discounted);
    if (flow->flow.price != TF_NONE)
        price = tf_quantity(&block->prepared->quantities, flow->flow.price, cell_of(block, row));
    if (flow->flow.category >= 0)
        tf_add(block, row, flow->flow.category, amount * price, discounted * price);
}

static void add_flow(tf_block *block, uint32_t row, const tf_flow *flow, double times, double discounted, double discounted_effects)
{
    size_t at = (size_t)cell_of(block, row) * block->plan->n_flows + flow->index;
    double amount = block->prepared->amount[at], money = block->prepared->money[at];

    if (flow->qaly >= 0)
        tf_add(block, row, flow->qaly, amount * times, amount * discounted_effects);
    if (flow->use >= 0)
        tf_add(block, row, flow->use, amount * times, amount * discounted);
    if (flow->category >= 0)
        tf_add(block, row, flow->category, money * times, money * discounted);
}

static void add_state_flows(tf_block *block, uint32_t row, int state, double years, double costs, double effects)
{
    const tf_flows *flows = &block->plan->state_flows[state];

    for (size_t f = 0; f < flows->count; ++f)
        add_flow(block, row, &flows->items[f], years, costs, effects);
    if (!block->bound || !block->bound->flow_state[state])
        return;
    for (size_t f = 0; f < block->bound->n_flows; ++f) {
        const tf_row_flow *flow = &block->bound->flows[f];
        if (flow->state == state && !flow->utility)
            tf_add_row_flow(block, flow, row, flow->amount[row] * years, flow->amount[row] * costs);
    }
}

/* The row is in `state` for the rest of the cycle after all (sign 1), or is not (sign -1). */
static inline void amend_state(tf_block *block, uint32_t row, int state, double sign, tf_rest left)
{
    if (block->plan->model->states[state].dead)
        return;
    tf_add(block, row, block->plan->places.years[state], sign * left.years, sign * left.effects);
    if (block->plan->state_flows[state].count || (block->bound && block->bound->flow_state[state]))
        add_state_flows(block, row, state, sign * left.years, sign * left.costs, sign * left.effects);
}

static void occupy(tf_block *block, uint32_t row, int state, double sign)
{
    size_t segment = block->people.segment[row], lane = block->people.lane[row];
    size_t at = segment * block->tally.n_states + (size_t)state;

    block->tally.occupied[at * TF_LANES + lane] += sign;
    block->tally.n_occupied[at] += sign > 0.0 ? 1 : -1;
    block->in_state[state] += sign > 0.0 ? 1 : -1;
}

static void occupy_profile(tf_block *block, uint32_t row, double sign)
{
    size_t segment = block->people.segment[row], lane = block->people.lane[row];
    size_t at = segment * block->tally.n_profiles + block->people.profile[row];

    block->tally.profiles[at * TF_LANES + lane] += sign;
    block->tally.n_profile[at] += sign > 0.0 ? 1 : -1;
}

void tf_block_occupy(tf_block *block, uint32_t row, double sign)
{
    const tf_model *model = block->plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c)
        if (block->has[c])
            occupy(block, row, model->conditions[c].first_state + block->people.state[c][row], sign);
    occupy_profile(block, row, sign);
    block->tally.alive[block->people.segment[row] * TF_LANES + block->people.lane[row]] += sign;
    block->tally.n_alive[block->people.segment[row]] += sign > 0.0 ? 1 : -1;
}

static double quality(const tf_block *block, uint32_t row)
{
    double plain = tf_utility_of_profile(block->plan, block->prepared, cell_of(block, row), block->people.profile[row]);
    return tf_utility_has_rows(block) ? plain + tf_utility_extra(block, row) : plain;
}

/* ---- clocks ------------------------------------------------------------------ */

/* The hazard that the last `part` of a cycle spends of a transition; for the whole cycle the same product as the block's. */
static double need_of(const tf_block *block, int k, uint32_t row, double part)
{
    const tf_need *factors = &block->needs->of[k];
    double years = block->end - block->start, need;

    if (block->plan->model->transitions[k].timing != TF_TIME)
        return part * tf_need_at(factors, block->people.segment[row], row);
    tf_hazard hazard = tf_hazard_of_row(block, k, row);
    need = *tf_rate(block->plan, block->prepared, cell_of(block, row), (size_t)k);
    need *= part > 0.0 ? tf_hazard_between(&hazard, block->end - part * years, block->end) : 0.0;
    need = factors->relative ? need * factors->relative[row] : need;
    return factors->scale ? need * factors->scale[row] : need;
}

/* Clocks that run, and what `part` of the cycle spends of each: they stand charged to its end. */
typedef struct charges {
    int n, transition[TF_MAX_TRANSITIONS];
    double spent[TF_MAX_TRANSITIONS];
} charges;

/* Of the clocks that the states of a condition affect: before its hazards change ... */
static void find_charges(const tf_block *block, uint32_t row, int condition, double part, charges *charged)
{
    const tf_transition_list *affected = &block->plan->affected[condition];

    charged->n = 0;
    for (size_t i = 0; i < affected->count; ++i) {
        int k = affected->items[i];
        if (!(block->people.clock[k][row] < HUGE_VAL))
            continue;
        charged->transition[charged->n] = k;
        charged->spent[charged->n++] = need_of(block, k, row, part);
    }
}

/* ... and afterwards: what was spent is given back, and charged again at the new hazards. */
static void charge_again(tf_block *block, uint32_t row, double part, const charges *charged)
{
    for (int i = 0; i < charged->n; ++i) {
        int k = charged->transition[i];
        double *clock = &block->people.clock[k][row];
        *clock = (*clock + charged->spent[i]) - need_of(block, k, row, part);
        tf_mark_out(block, k, row, *clock <= 0.0);
    }
}

/* ---- states ------------------------------------------------------------------ */

static void leave_state(tf_block *block, uint32_t row, int state, double part)
{
    const tf_transition_list *out = &block->plan->out[state];
    tf_columns_of_people *people = &block->people;

    for (size_t i = 0; i < out->count; ++i) {
        int k = out->items[i];
        if (people->kept[k] && people->clock[k][row] < HUGE_VAL)
            people->kept[k][row] = tf_left(people->clock[k][row] + need_of(block, k, row, part));
        people->clock[k][row] = HUGE_VAL;
        tf_mark_out(block, k, row, false);
    }
}

static void enter_state(tf_block *block, uint32_t row, int state, double at, double part)
{
    const tf_transition_list *out = &block->plan->out[state];
    int condition = block->plan->model->states[state].condition;

    block->people.state[condition][row] = (uint8_t)(state - block->plan->model->conditions[condition].first_state);
    if (block->people.entered[condition])
        block->people.entered[condition][row] = at;
    if (block->plan->model->clock == TF_CONTINUOUS)
        for (size_t i = 0; i < out->count; ++i) {
            int k = out->items[i];
            tf_block_arm(block, k, row);
            block->people.clock[k][row] -= need_of(block, k, row, part);
            tf_mark_out(block, k, row, block->people.clock[k][row] <= 0.0);
        }
}

static void move_profile(tf_block *block, uint32_t row)
{
    const tf_plan *plan = block->plan;
    int profile = 0;

    for (int p = 0; p < plan->n_profile_conditions; ++p)
        profile += plan->profile_stride[p] * block->people.state[plan->profile_condition[p]][row];
    if (profile == block->people.profile[row])
        return;
    occupy_profile(block, row, -1.0);
    block->people.profile[row] = (uint16_t)profile;
    occupy_profile(block, row, 1.0);
}

static void change_state(tf_block *block, uint32_t row, int from, int to, double at, tf_rest left)
{
    const tf_plan *plan = block->plan;
    int condition = plan->model->states[to].condition;
    bool felt = plan->in_profile[condition] || tf_utility_has_rows(block);
    double before = felt ? quality(block, row) : 0.0;
    charges charged;

    leave_state(block, row, from, left.part);
    find_charges(block, row, condition, left.part, &charged);
    block->people.state[condition][row] = (uint8_t)(to - plan->model->conditions[condition].first_state);
    tf_block_row_traits(block, row, condition);
    charge_again(block, row, left.part, &charged);
    enter_state(block, row, to, at, left.part);
    if (from == to)
        return;
    amend_state(block, row, from, -1.0, left);
    amend_state(block, row, to, 1.0, left);
    occupy(block, row, from, -1.0);
    occupy(block, row, to, 1.0);
    if (felt) {
        move_profile(block, row);
        double change = quality(block, row) - before;
        if (change != 0.0)
            tf_add(block, row, plan->places.qaly, change * left.years, change * left.effects);
    }
}

/* ---- death ------------------------------------------------------------------- */

static void stop_plain_flows(tf_block *block, uint32_t row, tf_rest left)
{
    for (size_t f = 0; block->bound && f < block->bound->n_flows; ++f) {
        const tf_row_flow *flow = &block->bound->flows[f];
        double scale = flow->spread ? 1.0 / (block->end - block->start) : 1.0;
        if (flow->state != TF_NONE || flow->transition != TF_NONE || flow->utility || flow->amount[row] == 0.0)
            continue;
        tf_add_row_flow(block, flow, row, -flow->amount[row] * scale * left.years, -flow->amount[row] * scale * left.costs);
    }
}

static void die(tf_block *block, uint32_t row, int dead_state, double at, tf_rest left)
{
    const tf_plan *plan = block->plan;
    tf_columns_of_people *people = &block->people;
    double lost = quality(block, row);
    size_t n = plan->model->n_conditions;

    tf_add(block, row, plan->places.deaths, 1.0, tf_worth_at(block, block->effects, block->effect_factor, at));
    tf_add(block, row, plan->places.ly, -left.years, -left.effects);
    tf_add(block, row, plan->places.qaly, -lost * left.years, -lost * left.effects);
    stop_plain_flows(block, row, left);
    occupy_profile(block, row, -1.0);
    block->tally.alive[people->segment[row] * TF_LANES + people->lane[row]] -= 1.0;
    block->tally.n_alive[people->segment[row]]--;
    for (size_t c = 0; c < n; ++c) {
        int state = plan->model->conditions[c].first_state + people->state[c][row];
        if (!block->has[c])
            continue;
        amend_state(block, row, state, -1.0, left);
        occupy(block, row, state, -1.0);
    }
    amend_state(block, row, dead_state, 1.0, left);
    occupy(block, row, dead_state, 1.0);
    people->state[plan->model->states[dead_state].condition][row] =
        (uint8_t)(dead_state - plan->model->conditions[plan->model->states[dead_state].condition].first_state);
    for (size_t w = 0; w < block->n_words; ++w) /* nobody looks at the clocks of the dead */
        block->out[w][row] = 0;
    people->dead[row] = 1;
    block->n_dead++;
}

/* ---- an event ---------------------------------------------------------------- */

static void charge_event(tf_block *block, int k, uint32_t row, double at)
{
    const tf_plan *plan = block->plan;
    const tf_flows *flows = &plan->event_flows[k];
    double costs = tf_worth_at(block, block->costs, block->cost_factor, at);
    double effects = tf_worth_at(block, block->effects, block->effect_factor, at);

    tf_add(block, row, plan->places.event[k], 1.0, effects);
    if (block->people.count[k])
        block->people.count[k][row] += 1.0;
    for (size_t f = 0; f < flows->count; ++f)
        add_flow(block, row, &flows->items[f], 1.0, costs, effects);
    if (!block->bound || !block->bound->flow_event[k])
        return;
    for (size_t f = 0; f < block->bound->n_flows; ++f) {
        const tf_row_flow *flow = &block->bound->flows[f];
        if (flow->transition == k)
            tf_add_row_flow(block, flow, row, flow->amount[row], flow->amount[row] * costs);
    }
}

bool tf_block_fatal(const tf_block *block, int k, uint32_t row)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    double p, odds = 1.0;

    if (t->fatality == TF_NONE)
        return false;
    p = tf_quantity(&block->prepared->quantities, t->fatality, cell_of(block, row));
    if (block->bound && block->bound->branch[k])
        odds = block->bound->branch[k][row];
    if (odds != 1.0)
        p = p * odds / (1.0 - p + p * odds);
    return tf_uniform(block->plan->seed, (tf_coordinates){ t->purpose_branch, block->people.person[row], tf_fired(block, k, row),
                                                          block->prepared->draw }, 0) < p;
}

void tf_block_fire(tf_block *block, int k, uint32_t row, double at)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    tf_columns_of_people *people = &block->people;
    tf_rest left = tf_rest_of_cycle(block, at);
    bool fatal;

    charge_event(block, k, row, at);
    fatal = tf_block_fatal(block, k, row);
    if (people->fired[k])
        people->fired[k][row]++;
    people->clock[k][row] = HUGE_VAL;
    tf_mark_out(block, k, row, false);
    if (fatal) {
        if (block->plan->death_event[t->fatal] >= 0)
            tf_add(block, row, block->plan->death_event[t->fatal], 1.0, tf_worth_at(block, block->effects, block->effect_factor, at));
        die(block, row, t->fatal, at, left);
    } else if (block->plan->model->states[t->to].dead) {
        die(block, row, t->to, at, left);
    } else {
        change_state(block, row, t->from, t->to, at, left);
    }
}

/* ---- a cycle, event by event ------------------------------------------------- */

/* Which part of the cycle was left when a clock ran out that stands `below` 0 at its end, of the `need` of the whole cycle. */
static double part_since(const tf_block *block, int k, uint32_t row, double below, double need)
{
    double years = block->end - block->start;
    tf_hazard hazard;

    if (block->plan->model->transitions[k].timing != TF_TIME)
        return below / need;
    hazard = tf_hazard_of_row(block, k, row);
    return (block->end - tf_hazard_moment(&hazard, block->start, block->end,
                                          below / need * tf_hazard_between(&hazard, block->start, block->end))) / years;
}

/* The clock that ran out first: charged to the cycle's end it stands at or below 0, by as much as was charged since it ran out.  Returns the
 * part of the cycle that was left then, or -1 if none ran out. */
static double find_first(const tf_block *block, uint32_t row, int *first)
{
    double left = -1.0;

    for (size_t w = 0; w < block->n_words; ++w)
        for (uint64_t bits = block->out[w][row]; bits; bits &= bits - 1) {
            int k = (int)(w * 64) + __builtin_ctzll(bits);
            double need = need_of(block, k, row, 1.0);
            if (!(need > 0.0)) /* it cannot happen now, however little is left */
                continue;
            double since = part_since(block, k, row, -block->people.clock[k][row], need);
            if (since > left) { /* at one moment: in the model's order */
                left = since;
                *first = k;
            }
        }
    return left;
}

double tf_block_next_event(const tf_block *block, uint32_t row, double from, int *transition)
{
    double left = find_first(block, row, transition), at;

    if (left < 0.0)
        return HUGE_VAL;
    at = tf_on_time_grid(block->end - left * (block->end - block->start));
    return at < from ? from : at > block->end ? block->end : at;
}

trefoil_status tf_block_live_row(trefoil_context *context, tf_block *block, uint32_t row, double from, int events)
{
    double at = from;

    for (; events < MOST_EVENTS; ++events) {
        int first = TF_NONE;
        double next = tf_block_next_event(block, row, at, &first);
        if (first == TF_NONE)
            return tf_needs_check(context, block, row);
        if (block->company && tf_company_touched(block->company, first, row)) {
            tf_company_part(block->company, row, at);
            return TREFOIL_DONE;
        }
        tf_block_fire(block, first, row, next);
        at = next;
        if (block->people.dead[row] || !tf_block_has_event(block, row))
            return TREFOIL_DONE;
    }
    return tf_fail(context, TREFOIL_NUMBER_FAILED,
                   "person %llu, draw %u, cycle %u: more than %d events in one cycle; some rate is too high for a person to live through",
                   (unsigned long long)block->people.person[row], block->prepared->draw, block->cycle, MOST_EVENTS);
}
