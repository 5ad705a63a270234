/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/traits.h"

#include "base/fast.h"
#include "engine/lookup.h"
#include "random/maths.h"

/* ---- risk factors ------------------------------------------------------------ */

TF_FAST static void natural_normal(const double *luck, double location, double scale, double min, double max, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double v = location + scale * luck[i];
        x[i] = v < min ? min : v > max ? max : v;
    }
}

TF_FAST static void natural_lognormal(const double *luck, double location, double scale, double min, double max, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double v = tf_exp2(location + scale * luck[i]);
        x[i] = v < min ? min : v > max ? max : v;
    }
}

static void natural_bernoulli(const double *luck, double share, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = luck[i] < share ? 1.0 : 0.0;
}

static void natural(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, size_t r)
{
    const tf_risk *risk = &plan->model->risks[r];
    size_t at = (size_t)rows->cell * plan->model->n_risks + r;
    const double *luck = rows->luck[r] + rows->from;
    double *x = rows->risk[r] + rows->from;
    uint32_t n = rows->to - rows->from;

    if (risk->family == TF_RISK_NORMAL)
        natural_normal(luck, prepared->location[at], prepared->scale[at], risk->min, risk->max, x, n);
    else if (risk->family == TF_RISK_LOGNORMAL)
        natural_lognormal(luck, prepared->location[at], prepared->scale[at], risk->min, risk->max, x, n);
    else
        natural_bernoulli(luck, prepared->location[at], x, n);
}

void tf_traits_natural(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which)
{
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (which >> r & 1)
            natural(plan, prepared, rows, r);
}

void tf_traits_effects(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which)
{
    for (size_t a = 0; a < plan->n_acts; ++a) {
        const tf_act *act = &plan->acts[a];
        size_t at = tf_act_at(plan, rows->cell, act);
        if (which >> act->risk & 1)
            tf_lookup_act(rows->state[act->condition] + rows->from, plan->model->conditions[act->condition].n_states, &prepared->act_scale[at],
                          &prepared->act_add[at], rows->risk[act->risk] + rows->from, rows->to - rows->from);
    }
}

/* ---- relative risks ---------------------------------------------------------- */

enum {
    AT_ONCE = 4, /* columns taken in one pass over the rows; more are taken in more passes */
    PICKED = 128 /* rows from which those are picked whose factors are not 0 */
};

/* 2^(base + sum of slope x x) over risk factors: e^(sum of log(ratio) (x - centre)) with logarithms to base 2 and the centres taken out of the
 * sum.  Normal and lognormal ones count from their mean in the cell, so that a relative risk of 1 is a person at the mean. */
typedef struct slopes {
    const double *x[AT_ONCE];
    double slope[AT_ONCE], base;
} slopes;

/* `n_terms`, a constant; the sum goes on from `out` unless `whole`, when it is the exponent. */
static inline __attribute__((always_inline)) void slope_in(const slopes *s, int n_terms, bool whole, double *restrict out, uint32_t n)
{
    const double *restrict a = s->x[0], *restrict b = s->x[1], *restrict c = s->x[2], *restrict d = s->x[3];
    double sa = s->slope[0], sb = s->slope[1], sc = s->slope[2], sd = s->slope[3], base = s->base;

    for (uint32_t i = 0; i < n; ++i) {
        double sum = (whole ? base : out[i]) + sa * a[i];
        sum = n_terms > 1 ? sum + sb * b[i] : sum;
        sum = n_terms > 2 ? sum + sc * c[i] : sum;
        sum = n_terms > 3 ? sum + sd * d[i] : sum;
        out[i] = whole ? tf_exp2(sum) : sum;
    }
}

TF_FAST static void power_of_slopes(const slopes *s, size_t n_terms, double *out, uint32_t n)
{
    switch (n_terms) {
    case 1: slope_in(s, 1, true, out, n); break;
    case 2: slope_in(s, 2, true, out, n); break;
    case 3: slope_in(s, 3, true, out, n); break;
    default: slope_in(s, AT_ONCE, true, out, n);
    }
}

TF_FAST static void add_slopes(const slopes *s, double *out, uint32_t n)
{
    slope_in(s, AT_ONCE, false, out, n);
}

TF_FAST static void exponentiate(double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = tf_exp2(x[i]);
}

static void fill(double *x, double value, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = value;
}

/* Terms [from, from + AT_ONCE) of `n_terms`; beyond them slopes of 0. */
static slopes slopes_of(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative, size_t from, size_t n_terms)
{
    size_t first = plan->first_term[relative];
    const double *slope = &prepared->slope[tf_term_at(plan, rows->cell, first)];
    slopes some = { .base = *tf_base(plan, prepared, rows->cell, relative) };

    for (size_t i = 0; i < AT_ONCE; ++i) {
        bool used = from + i < n_terms;
        int risk = plan->terms[first + (used ? from + i : from)].risk;
        some.x[i] = rows->risk[risk] + rows->from;
        some.slope[i] = used ? slope[from + i] : 0.0;
    }
    return some;
}

/* Of a risk factor that people have or have not: one of two ratios.  False where it is anything but 0 or 1, as plugins may say. */
TF_FAST static bool either(const double *restrict x, double without, double with, double *restrict out, uint32_t n)
{
    uint64_t other = 0;

    for (uint32_t i = 0; i < n; ++i) {
        out[i] = x[i] == 0.0 ? without : with;
        other |= x[i] != 0.0 && x[i] != 1.0 ? 1 : 0;
    }
    return other == 0;
}

static bool has_or_has_not(const tf_plan *plan, const slopes *s, int relative, double *out, uint32_t n)
{
    int risk = plan->terms[plan->first_term[relative]].risk;

    return plan->model->risks[risk].family == TF_RISK_BERNOULLI &&
           either(s->x[0], tf_exp2(s->base + s->slope[0] * 0.0), tf_exp2(s->base + s->slope[0] * 1.0), out, n);
}

void tf_traits_relative_of_risks(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative, double *out)
{
    size_t n_terms = plan->n_slopes[relative];
    uint32_t n = rows->to - rows->from;
    double *into = out + rows->from;
    slopes some;

    if (n_terms == 0) {
        fill(into, 1.0, n);
    } else if (n_terms <= AT_ONCE) {
        some = slopes_of(plan, prepared, rows, relative, 0, n_terms);
        if (n_terms > 1 || !has_or_has_not(plan, &some, relative, into, n))
            power_of_slopes(&some, n_terms, into, n);
    } else {
        fill(into, *tf_base(plan, prepared, rows->cell, relative), n);
        for (size_t from = 0; from < n_terms; from += AT_ONCE) {
            some = slopes_of(plan, prepared, rows, relative, from, n_terms);
            add_slopes(&some, into, n);
        }
        exponentiate(into, n);
    }
}

static void pick(const double *x, const uint32_t *which, uint32_t n, double *out)
{
    for (uint32_t i = 0; i < n; ++i)
        out[i] = x[which[i]];
}

/* The rows' products of factors, x, go in; those that are not 0 are multiplied by what the risk factors say, with these rows' risk factors put
 * side by side. */
static void multiply_nonzero(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative, double *x, uint32_t n)
{
    double picked[TF_MAX_RISKS][PICKED], of_risks[PICKED], *risk[TF_MAX_RISKS];
    uint32_t which[PICKED + TF_LOOKUP_SPARE];

    for (uint32_t from = 0; from < n; from += PICKED) {
        uint32_t count = tf_lookup_nonzero(x + from, n - from < PICKED ? n - from : PICKED, which);
        tf_rows some = { 0, count, rows->cell, NULL, NULL, risk, NULL };
        if (count == 0)
            continue;
        for (size_t t = plan->first_term[relative]; t < plan->first_term[relative] + plan->n_slopes[relative]; ++t) {
            int r = plan->terms[t].risk;
            risk[r] = picked[r];
            pick(rows->risk[r] + rows->from + from, which, count, picked[r]);
        }
        tf_traits_relative_of_risks(plan, prepared, &some, relative, of_risks);
        for (uint32_t i = 0; i < count; ++i)
            x[from + which[i]] *= of_risks[i];
    }
}

/* 2^(base + sum over risk factors) x (product over states), here and in the row's own version below. */
void tf_traits_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative)
{
    size_t first = plan->first_factor[relative], n_factors = plan->first_factor[relative + 1] - first;
    double *x = rows->relative[relative] + rows->from;
    uint32_t n = rows->to - rows->from;
    tf_lookup factors[TF_MAX_CONDITIONS];
    bool spared = prepared->sets_spare[rows->cell] >> relative & 1;

    for (size_t f = 0; f < n_factors; ++f) {
        int condition = plan->factors[first + f].condition;
        factors[f] = (tf_lookup){ tf_factor_ratios(plan, prepared, rows->cell, first + f), rows->state[condition] + rows->from,
                                  plan->model->conditions[condition].n_states };
    }
    if (spared || (n_factors && !plan->n_slopes[relative]))
        tf_lookup_product(factors, n_factors, x, n);
    else
        tf_traits_relative_of_risks(plan, prepared, rows, relative, rows->relative[relative]);
    if (spared)
        multiply_nonzero(plan, prepared, rows, relative, x, n);
    else if (n_factors && plan->n_slopes[relative])
        tf_lookup_multiply(factors, n_factors, x, n);
}

/* ---- one row ----------------------------------------------------------------- */

static double natural_of(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, size_t r)
{
    const tf_risk *risk = &plan->model->risks[r];
    size_t at = (size_t)rows->cell * plan->model->n_risks + r;
    double luck = rows->luck[r][rows->from], v;

    if (risk->family == TF_RISK_BERNOULLI)
        return luck < prepared->location[at] ? 1.0 : 0.0;
    v = prepared->location[at] + prepared->scale[at] * luck;
    v = risk->family == TF_RISK_LOGNORMAL ? tf_exp2(v) : v;
    return v < risk->min ? risk->min : v > risk->max ? risk->max : v;
}

void tf_traits_row_risk(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, size_t r)
{
    uint32_t i = rows->from;
    double x = natural_of(plan, prepared, rows, r);

    for (size_t a = 0; a < plan->n_acts; ++a) {
        const tf_act *act = &plan->acts[a];
        size_t at = tf_act_at(plan, rows->cell, act) + rows->state[act->condition][i];
        if (act->risk == (int)r)
            x = x * prepared->act_scale[at] + prepared->act_add[at];
    }
    rows->risk[r][i] = x;
}

void tf_traits_row_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative)
{
    const tf_term_place *terms = &plan->terms[plan->first_term[relative]];
    const double *slope = &prepared->slope[tf_term_at(plan, rows->cell, plan->first_term[relative])];
    uint32_t i = rows->from;
    double sum = *tf_base(plan, prepared, rows->cell, relative), product = 1.0;

    for (size_t f = plan->first_factor[relative]; f < plan->first_factor[relative + 1]; ++f)
        product *= tf_factor_ratios(plan, prepared, rows->cell, f)[rows->state[plan->factors[f].condition][i]];
    if (product != 0.0 && plan->n_slopes[relative]) { /* at 0 it cannot happen to this person, whatever the risk factors */
        for (size_t t = 0; t < plan->n_slopes[relative]; ++t)
            sum += slope[t] * rows->risk[terms[t].risk][i];
        product = tf_exp2(sum) * product;
    }
    rows->relative[relative][i] = product;
}

/* ---- who has a condition at the start ---------------------------------------- */

tf_shares tf_traits_shares(const tf_plan *plan, const tf_prepared *prepared, int condition, int cell)
{
    const tf_condition *c = &plan->model->conditions[condition];
    tf_shares shares = { .n = c->n_states };

    for (int s = 1; s < c->n_states; ++s) {
        int formula = plan->model->states[c->first_state + s].initial;
        shares.total += formula == TF_NONE ? 0.0 : tf_quantity(&prepared->quantities, formula, cell);
        shares.upto[s] = shares.total;
    }
    for (int s = 1; s < c->n_states && shares.total > 0.0; ++s)
        shares.upto[s] /= shares.total;
    return shares;
}

TF_FAST static void onset_of(double h, const double *relative, double *onset, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        onset[i] = 1.0 - tf_exp(-h * relative[i]);
}

void tf_traits_onset(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int condition, double *onset)
{
    double h = prepared->onset[(size_t)condition * TF_CELLS + (size_t)rows->cell];
    int set = plan->model->conditions[condition].initial_relative;

    if (set == TF_NONE)
        for (uint32_t i = rows->from; i < rows->to; ++i)
            onset[i] = h;
    else
        onset_of(h, rows->relative[set] + rows->from, onset + rows->from, rows->to - rows->from);
}
