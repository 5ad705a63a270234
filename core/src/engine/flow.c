/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cohort on the continuous clock: shares p in states follow dp/dt = p Q, hazards Q being constant within a cycle as they are for people who
 * are simulated.  Where p goes in a cycle of length c is p exp(Q c), and the discounted time it spends in states is p times the integral of
 * exp((Q - f I) s) over s from 0 to c, f the force of discounting: the upper blocks of one exponential of a matrix twice the size (Van Loan
 * 1978, IEEE Trans Automat Contr 23:395).  Exact, so there is nothing to correct.
 */
#include "engine/trace_inside.h"

#include "engine/discount.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

enum { UNDISCOUNTED, COSTS, EFFECTS, KINDS };

typedef struct flow {
    size_t n;
    double rates[TF_MAX_TRANSITIONS], fatality[TF_MAX_TRANSITIONS]; /* [transition] */
    double hazards[TF_MAX_STATES][TF_MAX_STATES];        /* Q */
    double move[TF_MAX_STATES][TF_MAX_STATES];           /* exp(Q c) */
    double lived[KINDS][TF_MAX_STATES][TF_MAX_STATES];   /* years in a state of who is in another at the start of the cycle */
    double force[KINDS];
} flow;

static void find_hazards(const tf_trace *trace, const tf_series_set *series, size_t t, flow *of)
{
    const tf_model *model = trace->plan->model;

    memset(of->hazards, 0, sizeof of->hazards);
    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *transition = &model->transitions[k];
        size_t from = (size_t)transition->from, slot = trace->slot[from];
        double rate = tf_series_at(series, transition->amount, t, 0);
        double fatality = transition->fatality == TF_NONE ? 0.0 : tf_series_at(series, transition->fatality, t, 0);
        if (trace->acting) {
            rate *= tf_effects_hazard(trace->acting, (int)k, t, slot);
            fatality = tf_effects_fatality(trace->acting, (int)k, t, slot, fatality);
        }
        of->rates[k] = rate;
        of->fatality[k] = fatality;
        of->hazards[from][from] -= rate;
        of->hazards[from][transition->to] += rate * (1.0 - fatality);
        if (fatality > 0.0)
            of->hazards[from][transition->fatal] += rate * fatality;
    }
}

static trefoil_status integrate(trefoil_context *context, flow *of, double cycle, int kind)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = of->n;
    gsl_matrix *both = gsl_matrix_calloc(2 * n, 2 * n), *grown = gsl_matrix_alloc(2 * n, 2 * n);

    if (!both || !grown) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory to follow a cohort");
        goto out;
    }
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j)
            gsl_matrix_set(both, i, j, cycle * (of->hazards[i][j] - (i == j ? of->force[kind] : 0.0)));
        gsl_matrix_set(both, i, n + i, cycle);
    }
    if (gsl_linalg_exponential_ss(both, grown, GSL_MODE_DEFAULT)) {
        status = tf_fail(context, TREFOIL_NUMBER_FAILED, "hazards of a cohort are too high to be followed");
        goto out;
    }
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            of->lived[kind][i][j] = gsl_matrix_get(grown, i, n + j);
            if (kind == UNDISCOUNTED)
                of->move[i][j] = gsl_matrix_get(grown, i, j);
        }
out:
    gsl_matrix_free(both);
    gsl_matrix_free(grown);
    return status;
}

/* Discounted sums are those of an amount that falls due evenly while it lasts. */
static trefoil_status prepare(trefoil_context *context, flow *of, double cycle)
{
    trefoil_status status;

    TRY(integrate(context, of, cycle, UNDISCOUNTED));
    for (int kind = COSTS; kind < KINDS; ++kind) {
        int like = of->force[kind] == of->force[kind - 1] ? kind - 1 : of->force[kind] == 0.0 ? UNDISCOUNTED : kind;
        if (like == kind)
            TRY(integrate(context, of, cycle, kind));
        else
            memcpy(of->lived[kind], of->lived[like], sizeof of->lived[kind]);
    }
out:
    return status;
}

static double years_in(const flow *of, int kind, const double *now, size_t state)
{
    double sum = 0.0;

    for (size_t i = 0; i < of->n; ++i)
        sum += now[i] * of->lived[kind][i][state];
    return sum;
}

static void pay(tf_trace *trace, const tf_series_set *series, const flow *of, size_t t, double cost_factor, double effect_factor)
{
    const tf_model *model = trace->plan->model;
    size_t last = trace->plan->layout->n_years ? trace->plan->layout->n_years - 1 : 0, year = (size_t)((double)t * trace->plan->cycle + 1e-9);
    tf_sum sums[TF_MAX_STATES];

    year = year < last ? year : last;
    for (size_t s = 0; s < of->n; ++s) {
        double plain = years_in(of, UNDISCOUNTED, trace->state.now, s);
        sums[s] = (tf_sum){ { plain, cost_factor * years_in(of, COSTS, trace->state.now, s) },
                            { plain, effect_factor * years_in(of, EFFECTS, trace->state.now, s) } };
        if (!model->states[s].dead)
            tf_trace_pay_state(trace, series, s, t, 0, &sums[s], year);
    }
    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_sum *from = &sums[model->transitions[k].from];
        double rate = of->rates[k], fatal = rate * of->fatality[k];
        tf_sum sum = { { rate * from->costs[0], rate * from->costs[1] }, { rate * from->effects[0], rate * from->effects[1] } };
        double died[2] = { fatal * from->effects[0], fatal * from->effects[1] };
        tf_trace_pay_event(trace, series, k, t, 0, &sum, died, year);
    }
}

static void move(tf_trace *trace, const flow *of)
{
    for (size_t j = 0; j < of->n; ++j) {
        trace->state.next[j] = 0.0;
        for (size_t i = 0; i < of->n; ++i)
            trace->state.next[j] += trace->state.now[i] * of->move[i][j];
    }
    memcpy(trace->state.now, trace->state.next, of->n * sizeof(double));
}

/* Within a cycle annual discounting is constant: cycles divide a year. */
static double force_of(tf_discount discount)
{
    return discount.method == TF_DISCOUNT_ANNUAL ? 0.0 : discount.force;
}

trefoil_status tf_trace_flow(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
{
    trefoil_status status;
    const tf_plan *plan = trace->plan;
    tf_discount costs = tf_discount_of(plan->scenario->discounting, plan->scenario->discount_costs);
    tf_discount effects = tf_discount_of(plan->scenario->discounting, plan->scenario->discount_effects);
    flow of = { .n = plan->model->n_states, .force = { 0.0, force_of(costs), force_of(effects) } };
    bool constant = !trace->acting;

    for (size_t k = 0; k < plan->model->n_transitions; ++k)
        constant = constant && plan->model->transitions[k].fatality == TF_NONE;
    for (size_t s = 0; s < of.n; ++s)
        constant = constant && trace->moves[s].constant;
    TRY(tf_trace_shares(context, trace, series, strategy, draw, trace->state.now));
    for (size_t t = 0; t < trace->n_cycles; ++t) {
        double start = (double)t * plan->cycle + 1e-12; /* a whole year is not to be missed by rounding */
        if (t == 0 || !constant) {
            find_hazards(trace, series, t, &of);
            TRY(prepare(context, &of, plan->cycle));
        }
        pay(trace, series, &of, t, tf_discount_at(costs, start), tf_discount_at(effects, start));
        move(trace, &of);
    }
out:
    return status;
}
