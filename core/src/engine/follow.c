/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cohort followed through the states of its condition. */
#include "engine/trace_inside.h"

#include "base/fast.h"

#include <math.h>
#include <string.h>

/* ---- probabilities ----------------------------------------------------------- */

/* A plugin's ratio acts on rates; on a probability as on the rate it stands for: 1 - (1 - p)^ratio. */
static double scaled(tf_timing timing, double amount, double ratio)
{
    if (ratio == 1.0 || timing == TF_RATE)
        return amount * ratio;
    return amount >= 1.0 ? (ratio > 0.0 ? 1.0 : 0.0) : -expm1(ratio * log1p(-amount));
}

/* Probabilities per cycle of the transitions out of a state, by the model's conversion of rates. */
static void convert(const tf_trace *trace, const tf_series_set *series, const tf_moves *moves, size_t moment, size_t stay, double *chances)
{
    size_t slot = moves->count ? trace->slot[trace->plan->model->transitions[moves->items[0]].from] + stay : 0;
    const tf_model *model = trace->plan->model;
    double cycle = trace->plan->cycle, rates = 0.0, alive = 1.0;

    for (size_t i = 0; i < moves->count; ++i) {
        const tf_transition *t = &model->transitions[moves->items[i]];
        chances[i] = tf_series_at(series, t->amount, moment, stay);
        if (trace->acting)
            chances[i] = scaled(t->timing, chances[i], tf_effects_hazard(trace->acting, moves->items[i], moment, slot));
        if (t->timing == TF_RATE)
            rates += chances[i];
    }
    for (size_t i = 0; i < moves->count; ++i) {
        const tf_transition *t = &model->transitions[moves->items[i]];
        if (t->timing == TF_RATE && model->conversion == TF_CONVERT_COMPETING)
            chances[i] = rates > 0.0 ? chances[i] / rates * -expm1(-rates * cycle) : 0.0;
        else if (t->timing == TF_RATE)
            chances[i] = -expm1(-chances[i] * cycle);
        if (model->states[t->to].dead)
            alive -= chances[i];
    }
    for (size_t i = 0; model->conversion == TF_CONVERT_DEATH_FIRST && i < moves->count; ++i)
        if (!model->states[model->transitions[moves->items[i]].to].dead)
            chances[i] *= alive;
}

trefoil_status tf_trace_chances(trefoil_context *context, const tf_trace *trace, const tf_series_set *series, size_t s, size_t strategy,
                                uint32_t draw, size_t moment, size_t stay, double *chances)
{
    const tf_plan *plan = trace->plan;
    const tf_moves *moves = &trace->moves[s];
    double sum = 0.0;

    convert(trace, series, moves, moment, stay, chances);
    for (size_t i = 0; i < moves->count; ++i)
        sum += chances[i];
    if (sum <= 1.0 + 1e-9)
        return TREFOIL_DONE;
    return tf_mistake(context, tf_formulas_place(plan->model->formulas, plan->model->transitions[moves->items[0]].amount),
                      "the probabilities of leaving '%s' sum to %.6g, more than 1, in cycle %zu under [strategy %s] in draw %u",
                      plan->model->states[s].name, sum, moment + 1, plan->scenario->strategies[strategy].name, (unsigned)draw);
}

/* ---- counting ---------------------------------------------------------------- */

/* An amount to a measure that is discounted like costs; none where it is -1. */
static void add_costs(tf_trace *trace, int measure, double amount, const tf_sum *sum, size_t year)
{
    if (measure < 0)
        return;
    tf_trace_add(trace, measure, amount * sum->costs[TF_PLAIN], amount * sum->costs[TF_WORTH]);
    tf_trace_add_year(trace, year, measure, amount * sum->costs[TF_PLAIN]);
}

void tf_trace_pay(tf_trace *trace, const tf_series_set *series, const tf_flow *flow, size_t moment, size_t stay, const tf_sum *sum, size_t year)
{
    double amount = tf_series_at(series, flow->amount, moment, stay);
    double money = flow->price == TF_NONE ? amount : amount * tf_series_at(series, flow->price, moment, stay);

    add_costs(trace, flow->use, amount, sum, year);
    add_costs(trace, flow->category, money, sum, year);
    if (flow->category >= 0)
        add_costs(trace, trace->plan->places.cost, money, sum, year);
    if (flow->qaly >= 0) {
        tf_trace_add(trace, flow->qaly, amount * sum->effects[TF_PLAIN], amount * sum->effects[TF_WORTH]);
        tf_trace_add_year(trace, year, flow->qaly, amount * sum->effects[TF_PLAIN]);
    }
}

/* What plugins add to people of a state, or to those who make a transition out of it. */
static void pay_effects(tf_trace *trace, const tf_series_set *series, size_t s, int transition, size_t moment, size_t stay, const tf_sum *sum,
                        size_t year)
{
    for (size_t f = 0; f < tf_effects_flows(trace->acting); ++f) {
        double amount, money;
        const tf_row_flow *flow = tf_effects_flow(trace->acting, f, moment, trace->slot[s] + stay, &amount);
        if (amount == 0.0 || flow->utility || flow->transition != transition || (flow->state != TF_NONE && flow->state != (int)s))
            continue;
        money = flow->flow.price == TF_NONE ? amount : amount * tf_series_at(series, flow->flow.price, moment, stay);
        add_costs(trace, flow->measure, amount, sum, year);
        add_costs(trace, flow->flow.use, amount, sum, year);
        add_costs(trace, flow->flow.category, money, sum, year);
        if (flow->flow.category >= 0)
            add_costs(trace, trace->plan->places.cost, money, sum, year);
    }
}

static double utility_of(const tf_trace *trace, const tf_series_set *series, size_t s, size_t moment, size_t stay)
{
    const tf_model *model = trace->plan->model;
    double quality = model->norm == TF_NONE ? 1.0 : tf_series_at(series, model->norm, moment, stay);

    if (model->states[s].utility != TF_NONE)
        quality *= tf_series_at(series, model->states[s].utility, moment, stay);
    if (trace->acting)
        quality = tf_effects_utility(trace->acting, (int)s, moment, trace->slot[s] + stay, quality);
    return quality < model->utility_max ? quality : model->utility_max;
}

void tf_trace_pay_state(tf_trace *trace, const tf_series_set *series, size_t s, size_t moment, size_t stay, const tf_sum *sum, size_t year)
{
    const tf_plan *plan = trace->plan;
    double quality = utility_of(trace, series, s, moment, stay), plain = sum->effects[TF_PLAIN], worth = sum->effects[TF_WORTH];

    tf_trace_add(trace, plan->places.ly, plain, worth);
    tf_trace_add(trace, plan->places.years[s], plain, worth);
    tf_trace_add(trace, plan->places.qaly, quality * plain, quality * worth);
    tf_trace_add_year(trace, year, plan->places.ly, plain);
    tf_trace_add_year(trace, year, plan->places.years[s], plain);
    tf_trace_add_year(trace, year, plan->places.qaly, quality * plain);
    for (size_t f = 0; f < plan->state_flows[s].count; ++f)
        tf_trace_pay(trace, series, &plan->state_flows[s].items[f], moment, stay, sum, year);
    if (trace->acting)
        pay_effects(trace, series, s, TF_NONE, moment, stay, sum, year);
}

void tf_trace_pay_event(tf_trace *trace, const tf_series_set *series, size_t k, size_t moment, size_t stay, const tf_sum *sum,
                        const double fatal[2], size_t year)
{
    const tf_plan *plan = trace->plan;
    const tf_transition *t = &plan->model->transitions[k];
    bool death = plan->model->states[t->to].dead;
    double dead[2] = { death ? sum->effects[TF_PLAIN] : fatal[TF_PLAIN], death ? sum->effects[TF_WORTH] : fatal[TF_WORTH] };

    tf_trace_add(trace, plan->places.event[k], sum->effects[TF_PLAIN], sum->effects[TF_WORTH]);
    tf_trace_add_year(trace, year, plan->places.event[k], sum->effects[TF_PLAIN]);
    tf_trace_add(trace, plan->places.deaths, dead[TF_PLAIN], dead[TF_WORTH]);
    tf_trace_add_year(trace, year, plan->places.deaths, dead[TF_PLAIN]);
    if (t->fatal != TF_NONE && plan->death_event[t->fatal] >= 0) {
        tf_trace_add(trace, plan->death_event[t->fatal], fatal[TF_PLAIN], fatal[TF_WORTH]);
        tf_trace_add_year(trace, year, plan->death_event[t->fatal], fatal[TF_PLAIN]);
    }
    for (size_t f = 0; f < plan->event_flows[k].count; ++f)
        tf_trace_pay(trace, series, &plan->event_flows[k].items[f], moment, stay, sum, year);
    if (trace->acting)
        pay_effects(trace, series, (size_t)t->from, (int)k, moment, stay, sum, year);
}

static tf_sum weigh(double share, const double *costs, const double *effects)
{
    return (tf_sum){ { share * costs[0], share * costs[1] }, { share * effects[0], share * effects[1] } };
}

static void accumulate(tf_sum *to, double share, const double *costs, const double *effects)
{
    to->costs[0] += share * costs[0];
    to->costs[1] += share * costs[1];
    to->effects[0] += share * effects[0];
    to->effects[1] += share * effects[1];
}

/* People seen in their states at boundary t. */
void tf_trace_see(tf_trace *trace, const tf_series_set *series, size_t t)
{
    const tf_model *model = trace->plan->model;
    const tf_weight *costs = &trace->boundaries.costs[t], *effects = &trace->boundaries.effects[t];
    bool years = trace->state.years != NULL;

    for (size_t s = 0; s < model->n_states; ++s) {
        const double *now = &trace->state.now[trace->slot[s]];
        if (model->states[s].dead)
            continue;
        if (trace->plain_state[s] && !years) {
            double share = 0.0, c[2] = { costs->here[0] + costs->before[0], costs->here[1] + costs->before[1] };
            double e[2] = { effects->here[0] + effects->before[0], effects->here[1] + effects->before[1] };
            for (size_t k = 0; k < trace->stays[s]; ++k)
                share += now[k];
            accumulate(&trace->state.states[s], share, c, e);
            continue;
        }
        for (size_t k = 0; k < trace->stays[s]; ++k) {
            tf_sum here, before;
            if (now[k] == 0.0)
                continue;
            here = weigh(now[k], costs->here, effects->here);
            before = weigh(now[k], costs->before, effects->before);
            tf_trace_pay_state(trace, series, s, t, k, &here, trace->boundaries.year_here[t]);
            if (t > 0)
                tf_trace_pay_state(trace, series, s, t - 1, k, &before, trace->boundaries.year_before[t]);
        }
    }
}

/* ---- moving ------------------------------------------------------------------ */

void tf_trace_count(tf_trace *trace, const tf_series_set *series, int k, double people, double fatal, size_t t, size_t stay)
{
    const tf_weight *costs = &trace->boundaries.costs[t + 1], *effects = &trace->boundaries.effects[t + 1];

    if (trace->plain_event[k] && !trace->state.years) {
        accumulate(&trace->state.events[k], people, costs->event, effects->event);
        trace->state.fatal[2 * (size_t)k] += fatal * effects->event[0];
        trace->state.fatal[2 * (size_t)k + 1] += fatal * effects->event[1];
    } else {
        tf_sum sum = weigh(people, costs->event, effects->event);
        double died[2] = { fatal * effects->event[0], fatal * effects->event[1] };
        tf_trace_pay_event(trace, series, (size_t)k, t, stay, &sum, died, trace->boundaries.year_before[t + 1]);
    }
}

/* A share of all makes transition k in the cycle after boundary t. */
static void move(tf_trace *trace, const tf_series_set *series, int k, double share, size_t t, size_t stay)
{
    const tf_transition *transition = &trace->plan->model->transitions[k];
    double fatal = transition->fatality == TF_NONE ? 0.0 : tf_series_at(series, transition->fatality, t, stay);

    if (trace->acting && transition->fatality != TF_NONE)
        fatal = tf_effects_fatality(trace->acting, k, t, trace->slot[transition->from] + stay, fatal);
    fatal *= share;
    trace->state.next[trace->slot[transition->to]] += share - fatal;
    if (fatal != 0.0)
        trace->state.next[trace->slot[transition->fatal]] += fatal;
    tf_trace_count(trace, series, k, share, fatal, t, stay);
}

static trefoil_status step(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw, size_t t)
{
    const tf_model *model = trace->plan->model;
    tf_course_state *state = &trace->state;

    memset(state->next, 0, trace->n_slots * sizeof *state->next);
    for (size_t s = 0; s < model->n_states; ++s) {
        const tf_moves *moves = &trace->moves[s];
        double *chances = &state->chances[moves->first];
        for (size_t k = 0; k < trace->stays[s]; ++k) {
            double here = state->now[trace->slot[s] + k], left = here;
            if (here == 0.0)
                continue;
            if (!moves->constant && (k == 0 || moves->by_stay) &&
                tf_trace_chances(context, trace, series, s, strategy, draw, t, k, chances) != TREFOIL_DONE)
                return TREFOIL_USER_MISTAKE;
            for (size_t i = 0; i < moves->count; ++i) {
                double share = here * chances[i];
                left -= share;
                if (share != 0.0)
                    move(trace, series, moves->items[i], share, t, k);
            }
            state->next[trace->slot[s] + (k + 1 < trace->stays[s] ? k + 1 : k)] += left;
        }
    }
    double *swap = state->now;
    state->now = state->next;
    state->next = swap;
    return TREFOIL_DONE;
}

/* ---- a steady model ---------------------------------------------------------- */

/* Eight doubles at once: element-wise, so that the bits are those of a loop. */
typedef double eight __attribute__((vector_size(8 * sizeof(double))));
enum { EIGHTS = (TF_MAX_STATES + 7) / 8 };

/* Shares from boundary to boundary, by probabilities [from][to], each state's added up with every weight of tf_boundaries.both.  `eights`, a
 * constant, is how many hold all states. */
static inline __attribute__((always_inline)) void follow_eights(int eights, size_t n, const tf_boundaries *boundaries,
                                                                eight chance[][EIGHTS], double *now, eight *sums)
{
    for (size_t t = 0; t <= boundaries->n_cycles; ++t) {
        eight weights, next[EIGHTS] = { { 0.0 } };
        memcpy(&weights, boundaries->both[t], sizeof weights);
        for (size_t s = 0; s < n; ++s) {
            sums[s] += now[s] * weights;
            for (int i = 0; i < eights; ++i)
                next[i] += chance[s][i] * now[s];
        }
        memcpy(now, next, (size_t)eights * sizeof *next);
    }
}

TF_FAST static void follow_shares(size_t n, const tf_boundaries *boundaries, eight chance[][EIGHTS], double *now, eight *sums)
{
    if (n <= 8)
        follow_eights(1, n, boundaries, chance, now, sums);
    else
        follow_eights(EIGHTS, n, boundaries, chance, now, sums);
}

/* The states' weighted sums, and so the events': a transition's share is a constant part of its state's people. */
static void follow_steady(tf_trace *trace)
{
    const tf_model *model = trace->plan->model;
    const size_t n = model->n_states;
    double now[8 * EIGHTS] = { 0 }, chance[TF_MAX_STATES][8 * EIGHTS], sums[TF_MAX_STATES][TF_BOTH];
    eight chances[TF_MAX_STATES][EIGHTS], seen[TF_MAX_STATES];

    memset(chance, 0, n * sizeof *chance);
    memset(seen, 0, n * sizeof *seen);
    for (size_t s = 0; s < n; ++s) {
        now[s] = trace->state.now[s];
        chance[s][s] = 1.0;
        for (size_t i = 0; i < trace->moves[s].count; ++i) {
            double p = trace->state.chances[trace->moves[s].first + i];
            chance[s][model->transitions[trace->moves[s].items[i]].to] += p;
            chance[s][s] -= p;
        }
    }
    memcpy(chances, chance, n * sizeof *chance);
    follow_shares(n, &trace->boundaries, chances, now, seen);
    memcpy(sums, seen, n * sizeof *seen);
    for (size_t s = 0; s < n; ++s) {
        trace->state.states[s] = weigh(1.0, sums[s], sums[s] + 2);
        for (size_t i = 0; i < trace->moves[s].count; ++i) {
            double p = trace->state.chances[trace->moves[s].first + i];
            trace->state.events[trace->moves[s].items[i]] = weigh(p, sums[s] + 4, sums[s] + 6);
        }
    }
}

/* ---- the whole --------------------------------------------------------------- */

trefoil_status tf_trace_shares(trefoil_context *context, const tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw,
                               double *shares)
{
    const tf_plan *plan = trace->plan;
    const tf_model *model = plan->model;
    double first = 1.0;

    for (size_t s = 0; s < model->n_states; ++s)
        first -= shares[s] = model->states[s].initial == TF_NONE ? 0.0 : tf_series_at(series, model->states[s].initial, 0, 0);
    if (first < -1e-9)
        return tf_mistake(context, (tf_place){ model->path, 0 },
                          "[condition %s]: the initial shares of its states sum to %.6g, more than 1, under [strategy %s] in draw %u",
                          model->conditions[0].name, 1.0 - first, plan->scenario->strategies[strategy].name, (unsigned)draw);
    shares[0] += first > 0.0 ? first : 0.0;
    return TREFOIL_DONE;
}

static trefoil_status begin(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
{
    trefoil_status status;
    const tf_model *model = trace->plan->model;
    tf_course_state *state = &trace->state;
    double shares[TF_MAX_STATES];

    TRY(tf_trace_shares(context, trace, series, strategy, draw, shares));
    memset(state->now, 0, trace->n_slots * sizeof *state->now);
    for (size_t s = 0; s < model->n_states; ++s) {
        const tf_moves *moves = &trace->moves[s];
        state->now[trace->slot[s]] = shares[s];
        if (moves->constant && moves->count)
            TRY(tf_trace_chances(context, trace, series, s, strategy, draw, 0, 0, &state->chances[moves->first]));
    }
out:
    return status;
}

void tf_trace_settle(tf_trace *trace, const tf_series_set *series)
{
    const tf_model *model = trace->plan->model;

    if (trace->state.years)
        return;
    for (size_t s = 0; s < model->n_states; ++s)
        if (trace->plain_state[s] && !model->states[s].dead)
            tf_trace_pay_state(trace, series, s, 0, 0, &trace->state.states[s], 0);
    for (size_t k = 0; k < model->n_transitions; ++k)
        if (trace->plain_event[k])
            tf_trace_pay_event(trace, series, k, 0, 0, &trace->state.events[k], &trace->state.fatal[2 * k], 0);
}

trefoil_status tf_trace_follow(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
{
    trefoil_status status;

    TRY(begin(context, trace, series, strategy, draw));
    if (trace->steady) {
        follow_steady(trace);
    } else {
        for (size_t t = 0; t < trace->n_cycles; ++t) {
            tf_trace_see(trace, series, t);
            TRY(step(context, trace, series, strategy, draw, t));
        }
        tf_trace_see(trace, series, trace->n_cycles);
    }
    tf_trace_settle(trace, series);
out:
    return status;
}
