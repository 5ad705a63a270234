/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/traits.h"

#include "engine/fast.h"
#include "random/maths.h"

enum { CHUNK = 128 };

/* ---- risk factors ------------------------------------------------------------ */

TF_FAST static void natural_normal(const double *luck, double location, double scale, double min, double max, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double v = location + scale * luck[i];
        v = v < min ? min : v;
        x[i] = v > max ? max : v;
    }
}

TF_FAST static void natural_lognormal(const double *luck, double location, double scale, double min, double max, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        double v = tf_exp(location + scale * luck[i]);
        v = v < min ? min : v;
        x[i] = v > max ? max : v;
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

TF_FAST static void act(const uint8_t *in, uint8_t local, double scale, double add, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = in[i] == local ? x[i] * scale + add : x[i];
}

static void state_effect(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int s, size_t risk)
{
    const tf_state *state = &plan->model->states[s];
    const uint8_t *in = rows->state[state->condition];
    uint8_t local = (uint8_t)(s - plan->model->conditions[state->condition].first_state);

    for (size_t e = 0; e < state->n_effects; ++e) {
        const tf_risk_effect *effect = &state->effects[e];
        if (effect->risk != (int)risk)
            continue;
        double scale = effect->scale == TF_NONE ? 1.0 : tf_quantity(&prepared->quantities, effect->scale, rows->cell);
        double add = effect->add == TF_NONE ? 0.0 : tf_quantity(&prepared->quantities, effect->add, rows->cell);
        act(in + rows->from, local, scale, add, rows->risk[risk] + rows->from, rows->to - rows->from);
    }
}

void tf_traits_natural(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which)
{
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (which >> r & 1)
            natural(plan, prepared, rows, r);
}

void tf_traits_effects(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, uint64_t which)
{
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        for (size_t a = 0; which >> r & 1 && a < plan->n_actors[r]; ++a)
            state_effect(plan, prepared, rows, plan->actors[r][a], r);
}

/* ---- relative risks ---------------------------------------------------------- */

/* Normal and lognormal risk factors count from their mean in the cell, so that a relative risk of 1 is a person at the mean. */

/* exp(sum of slope x (x - centre)) of up to 4 risk factors in one pass over the rows; more are summed in passes of 4. */
typedef struct slopes {
    const double *x[4];
    double slope[4], at[4];
} slopes;

TF_FAST static void sum_slopes(const slopes *s, int n_terms, double *restrict out, uint32_t n)
{
    const double *restrict a = s->x[0], *restrict b = s->x[1], *restrict c = s->x[2], *restrict d = s->x[3];
    double sa = s->slope[0], sb = s->slope[1], sc = s->slope[2], sd = s->slope[3];
    double aa = s->at[0], ab = s->at[1], ac = s->at[2], ad = s->at[3];

    switch (n_terms) {
    case 1:
        for (uint32_t i = 0; i < n; ++i)
            out[i] += sa * (a[i] - aa);
        break;
    case 2:
        for (uint32_t i = 0; i < n; ++i)
            out[i] = out[i] + sa * (a[i] - aa) + sb * (b[i] - ab);
        break;
    case 3:
        for (uint32_t i = 0; i < n; ++i)
            out[i] = out[i] + sa * (a[i] - aa) + sb * (b[i] - ab) + sc * (c[i] - ac);
        break;
    default:
        for (uint32_t i = 0; i < n; ++i)
            out[i] = out[i] + sa * (a[i] - aa) + sb * (b[i] - ab) + sc * (c[i] - ac) + sd * (d[i] - ad);
    }
}

TF_FAST static void exponentiate(double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = tf_exp(x[i]);
}

static void fill(double *x, double value, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] = value;
}

TF_FAST static void multiply_where(const uint8_t *in, uint8_t local, double ratio, double *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] *= in[i] == local ? ratio : 1.0;
}

void tf_traits_relative_of_risks(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative, double *out)
{
    size_t first = plan->first_term[relative], n_terms = plan->first_term[relative + 1] - first;
    const double *log_ratio = &prepared->log_ratio[tf_term_at(plan, rows->cell, first)];
    const double *centre = &prepared->centre[(size_t)rows->cell * plan->model->n_risks];
    uint32_t n = rows->to - rows->from;
    double *into = out + rows->from;
    slopes some;
    int filled = 0;

    if (!n_terms || plan->terms[first].risk == TF_NONE) {
        fill(into, 1.0, n);
        return;
    }
    fill(into, 0.0, n);
    for (size_t t = 0; t < n_terms && plan->terms[first + t].risk != TF_NONE; ++t) {
        int risk = plan->terms[first + t].risk;
        some.x[filled] = rows->risk[risk] + rows->from;
        some.slope[filled] = log_ratio[t];
        some.at[filled++] = centre[risk];
        if (filled == 4 || t + 1 == n_terms || plan->terms[first + t + 1].risk == TF_NONE) {
            for (int unused = filled; unused < 4; ++unused)
                some.x[unused] = some.x[0], some.slope[unused] = some.at[unused] = 0.0;
            sum_slopes(&some, filled, into, n);
            filled = 0;
        }
    }
    exponentiate(into, n);
}

TF_FAST static void multiply(double *x, const double *by, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        x[i] *= by[i];
}

/* exp(sum over risk factors) x (product over states), in that order here and in the row's own version below. */
void tf_traits_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative)
{
    size_t first = plan->first_term[relative], n_terms = plan->first_term[relative + 1] - first;
    const double *ratio = &prepared->ratio[tf_term_at(plan, rows->cell, first)];
    double product[CHUNK];

    tf_traits_relative_of_risks(plan, prepared, rows, relative, rows->relative[relative]);
    if (!n_terms || plan->terms[first + n_terms - 1].risk != TF_NONE)
        return;
    for (uint32_t from = rows->from; from < rows->to; from += CHUNK) {
        uint32_t n = rows->to - from < CHUNK ? rows->to - from : CHUNK;
        for (uint32_t i = 0; i < n; ++i)
            product[i] = 1.0;
        for (size_t t = 0; t < n_terms; ++t) {
            const tf_term_place *term = &plan->terms[first + t];
            if (term->risk == TF_NONE)
                multiply_where(rows->state[term->condition] + from, term->local, ratio[t], product, n);
        }
        multiply(rows->relative[relative] + from, product, n);
    }
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
    v = risk->family == TF_RISK_LOGNORMAL ? tf_exp(v) : v;
    v = v < risk->min ? risk->min : v;
    return v > risk->max ? risk->max : v;
}

void tf_traits_row_risk(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, size_t r)
{
    uint32_t i = rows->from;
    double x = natural_of(plan, prepared, rows, r);

    for (size_t a = 0; a < plan->n_actors[r]; ++a) {
        const tf_state *state = &plan->model->states[plan->actors[r][a]];
        if (rows->state[state->condition][i] != plan->actors[r][a] - plan->model->conditions[state->condition].first_state)
            continue;
        for (size_t e = 0; e < state->n_effects; ++e) {
            const tf_risk_effect *effect = &state->effects[e];
            double scale = effect->scale == TF_NONE ? 1.0 : tf_quantity(&prepared->quantities, effect->scale, rows->cell);
            double add = effect->add == TF_NONE ? 0.0 : tf_quantity(&prepared->quantities, effect->add, rows->cell);
            if (effect->risk == (int)r)
                x = x * scale + add;
        }
    }
    rows->risk[r][i] = x;
}

void tf_traits_row_relative(const tf_plan *plan, const tf_prepared *prepared, const tf_rows *rows, int relative)
{
    size_t first = plan->first_term[relative], n = plan->first_term[relative + 1] - first, t = 0;
    const tf_term_place *terms = &plan->terms[first];
    const double *log_ratio = &prepared->log_ratio[tf_term_at(plan, rows->cell, first)];
    const double *ratio = &prepared->ratio[tf_term_at(plan, rows->cell, first)];
    const double *centre = &prepared->centre[(size_t)rows->cell * plan->model->n_risks];
    uint32_t i = rows->from;
    double log_sum = 0.0, product = 1.0;
    size_t n_risks = t;

    while (n_risks < n && terms[n_risks].risk != TF_NONE)
        ++n_risks;
    for (t = n_risks; t < n; ++t)
        product *= rows->state[terms[t].condition][i] == terms[t].local ? ratio[t] : 1.0;
    if (product != 0.0 && n_risks) { /* at 0 it cannot happen to this person, whatever the risk factors */
        for (t = 0; t < n_risks; ++t)
            log_sum += log_ratio[t] * (rows->risk[terms[t].risk][i] - centre[terms[t].risk]);
        product = tf_exp(log_sum) * product;
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
