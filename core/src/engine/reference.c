/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/reference.h"

#include "base/memory.h"
#include "base/fast.h"
#include "engine/traits.h"
#include "random/maths.h"
#include "random/stream.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <string.h>

enum { SOBOL_DIMENSIONS = 40, NEWTON_STEPS = 60, FEWEST_ROWS = 32 };

typedef struct reference {
    const tf_plan *plan;
    tf_prepared *prepared;
    uint32_t n;
    size_t n_dimensions;
    double *points;                         /* [dimension][row], Sobol in (0,1)               */
    double *luck[TF_MAX_RISKS], *natural[TF_MAX_RISKS], *risk[TF_MAX_RISKS];
    double *relative[TF_MAX_ALL_STATES];    /* by relative set                               */
    uint8_t *state[TF_MAX_CONDITIONS];
    double *onset[TF_MAX_CONDITIONS];       /* P(not in the first state) of each row          */
    uint8_t *drawn_state[TF_MAX_CONDITIONS]; /* state and onset where nothing is imposed      */
    double *drawn_onset[TF_MAX_CONDITIONS];
    double *place[TF_MAX_CONDITIONS];       /* uniforms: who is not in the first state ...    */
    double *choice[TF_MAX_CONDITIONS];      /* ... and in which of the others                 */
    tf_shares shares[TF_MAX_CONDITIONS];    /* of the states at the start, in the cell at hand */
    double *value, *weight;
    uint8_t *nobody;                        /* zeros: everybody in the first state            */
} reference;

static void free_reference(reference *ref)
{
    for (size_t i = 0; i < TF_MAX_RISKS; ++i) {
        tf_free(ref->luck[i]);
        tf_free(ref->natural[i]);
        tf_free(ref->risk[i]);
    }
    for (size_t i = 0; i < TF_MAX_ALL_STATES; ++i)
        tf_free(ref->relative[i]);
    for (size_t i = 0; i < TF_MAX_CONDITIONS; ++i) {
        tf_free(ref->state[i]);
        tf_free(ref->onset[i]);
        tf_free(ref->drawn_state[i]);
        tf_free(ref->drawn_onset[i]);
        tf_free(ref->place[i]);
        tf_free(ref->choice[i]);
    }
    tf_free(ref->points);
    tf_free(ref->value);
    tf_free(ref->weight);
    tf_free(ref->nobody);
}

static bool allocate(reference *ref)
{
    const tf_model *model = ref->plan->model;
    bool fine = true;

#define COLUMN(where, type) fine = ((where) = tf_alloc_aligned(ref->n, sizeof(type))) != NULL && fine
    for (size_t i = 0; i < model->n_risks; ++i) {
        COLUMN(ref->luck[i], double);
        COLUMN(ref->natural[i], double);
        COLUMN(ref->risk[i], double);
    }
    for (size_t i = 0; i < model->n_relatives; ++i)
        COLUMN(ref->relative[i], double);
    for (size_t i = 0; i < model->n_conditions; ++i) {
        COLUMN(ref->state[i], uint8_t);
        COLUMN(ref->onset[i], double);
        COLUMN(ref->drawn_state[i], uint8_t);
        COLUMN(ref->drawn_onset[i], double);
        COLUMN(ref->place[i], double);
        COLUMN(ref->choice[i], double);
    }
    COLUMN(ref->value, double);
    COLUMN(ref->weight, double);
    COLUMN(ref->nobody, uint8_t);
#undef COLUMN
    ref->points = tf_alloc_aligned(ref->n * SOBOL_DIMENSIONS, sizeof(double));
    return fine && ref->points;
}

/* Dimensions in order of use: risks, then two for each condition; beyond the 40 of GSL's Sobol they are reused, shifted apart. */
static trefoil_status make_points(trefoil_context *context, reference *ref)
{
    gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, SOBOL_DIMENSIONS);
    double point[SOBOL_DIMENSIONS];

    if (!sobol)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the reference population");
    for (uint32_t i = 0; i < ref->n; ++i) {
        gsl_qrng_get(sobol, point);
        for (size_t d = 0; d < SOBOL_DIMENSIONS; ++d)
            ref->points[d * ref->n + i] = point[d];
    }
    gsl_qrng_free(sobol);
    return TREFOIL_DONE;
}

static void shifted(const reference *ref, size_t dimension, int cell, double *out)
{
    static const char purpose[] = "reference shift";
    const double *point = &ref->points[(dimension % SOBOL_DIMENSIONS) * ref->n];
    double shift = tf_uniform(0, (tf_coordinates){ .purpose = tf_purpose("engine", purpose), .person = (uint64_t)cell },
                              (uint32_t)dimension);

    for (uint32_t i = 0; i < ref->n; ++i) {
        double u = point[i] + shift;
        u = u >= 1.0 ? u - 1.0 : u;
        out[i] = u < 0x1p-53 ? 0x1p-53 : u;
    }
}

static tf_rows rows_of(const reference *ref, int cell)
{
    return (tf_rows){ 0, ref->n, cell, ref->luck, ref->state, ref->risk, ref->relative };
}

static void deal_luck(reference *ref, int cell)
{
    const tf_model *model = ref->plan->model;
    tf_rows rows = rows_of(ref, cell);

    for (size_t r = 0; r < model->n_risks; ++r) {
        shifted(ref, r, cell, ref->luck[r]);
        if (model->risks[r].family != TF_RISK_BERNOULLI)
            tf_normal_quantiles(ref->luck[r], ref->n);
    }
    for (size_t c = 0; c < model->n_conditions; ++c) {
        shifted(ref, model->n_risks + 2 * c, cell, ref->place[c]);
        shifted(ref, model->n_risks + 2 * c + 1, cell, ref->choice[c]);
        memset(ref->state[c], 0, ref->n);
    }
    tf_traits_natural(ref->plan, ref->prepared, &rows, TF_ALL);
    for (size_t r = 0; r < model->n_risks; ++r)
        memcpy(ref->natural[r], ref->risk[r], ref->n * sizeof(double));
}

TF_FAST static double mean_onset(const double *relative, uint32_t n, double h, double *slope)
{
    double sum = 0.0, down = 0.0;

    for (uint32_t i = 0; i < n; ++i) {
        double stay = tf_exp(-h * relative[i]);
        sum += 1.0 - stay;
        down += stay * relative[i];
    }
    *slope = down / n;
    return sum / n;
}

/* Newton from the left: the mean onset is concave in H, so the steps do not overshoot. */
static double solve_onset(const double *relative, uint32_t n, double share)
{
    double mean = 0.0, h, slope;

    for (uint32_t i = 0; i < n; ++i)
        mean += relative[i];
    if (share <= 0.0 || mean <= 0.0)
        return 0.0;
    h = share * n / mean;
    for (int step = 0; step < NEWTON_STEPS; ++step) {
        double gap = share - mean_onset(relative, n, h, &slope);
        if (fabs(gap) <= 1e-12 * share || slope <= 0.0)
            break;
        h += gap / slope;
    }
    return h;
}

/* The risk factors of a relative set, with the effects of the states people are in. */
static void refresh_risks(reference *ref, tf_rows *rows, int relative)
{
    const tf_plan *plan = ref->plan;
    uint64_t which = 0;

    for (size_t t = plan->first_term[relative]; t < plan->first_term[relative + 1]; ++t)
        which |= plan->terms[t].risk == TF_NONE ? 0 : UINT64_C(1) << plan->terms[t].risk;
    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (which >> r & 1)
            memcpy(ref->risk[r], ref->natural[r], ref->n * sizeof(double));
    tf_traits_effects(plan, ref->prepared, rows, which);
}

/* Who has condition c, given the conditions before it; those after it count as not yet there, as when people are made.  Solves H first
 * when `solve`. */
static void assign(reference *ref, int c, int cell, bool solve)
{
    const tf_plan *plan = ref->plan;
    tf_prepared *prepared = ref->prepared;
    uint8_t *before[TF_MAX_CONDITIONS];
    tf_rows rows = rows_of(ref, cell);
    const tf_shares *shares = &ref->shares[c];
    int set = plan->model->conditions[c].initial_relative;

    memset(ref->state[c], 0, ref->n);
    if (shares->total <= 0.0) {
        prepared->onset[(size_t)c * TF_CELLS + (size_t)cell] = 0.0;
        memset(ref->onset[c], 0, ref->n * sizeof(double));
        return;
    }
    for (int other = 0; other < (int)plan->model->n_conditions; ++other)
        before[other] = other < c ? ref->state[other] : ref->nobody;
    rows.state = before;
    if (set != TF_NONE) {
        refresh_risks(ref, &rows, set);
        tf_traits_relative(plan, prepared, &rows, set);
    }
    if (solve)
        prepared->onset[(size_t)c * TF_CELLS + (size_t)cell] =
            set == TF_NONE ? shares->total : solve_onset(ref->relative[set], ref->n, shares->total < 0.9999 ? shares->total : 0.9999);
    tf_traits_onset(plan, prepared, &rows, c, ref->onset[c]);
    for (uint32_t i = 0; i < ref->n; ++i)
        if (ref->place[c][i] < ref->onset[c][i])
            ref->state[c][i] = (uint8_t)tf_traits_state(shares, ref->choice[c][i]);
}

/* Draw afresh those of the conditions `which` (bits) that depend on c. */
static void assign_dependents(reference *ref, int c, int cell, uint64_t which)
{
    for (int later = c + 1; later < (int)ref->plan->model->n_conditions; ++later)
        if (which >> later & 1 && ref->plan->depends_on[later] >> c & 1)
            assign(ref, later, cell, false);
}

/* Share of those not in the first state of c who are in `local`. */
static double part_of(const reference *ref, int c, int local)
{
    const tf_shares *shares = &ref->shares[c];

    return local == 0 || shares->total <= 0.0 ? 0.0 : shares->upto[local] - shares->upto[local - 1];
}

/* Multiply `weight` by each row's probability of being in a state of c; for the transition's own condition, by what it is in proportion to. */
static void weigh(reference *ref, int c, int local, bool own)
{
    double part = own ? 1.0 : local ? part_of(ref, c, local) : 0.0;

    if (own && local && !(ref->shares[c].total > 0.0))
        return; /* nobody starts in it: everybody counts alike */

    for (uint32_t i = 0; i < ref->n; ++i)
        ref->weight[i] *= local ? ref->onset[c][i] * part : 1.0 - ref->onset[c][i];
}

/* The ratios of a relative set by state of condition c; NULL if it has none. */
static const double *ratios_of(const reference *ref, int relative, int c, int cell)
{
    const tf_plan *plan = ref->plan;

    for (size_t f = plan->first_factor[relative]; f < plan->first_factor[relative + 1]; ++f)
        if (plan->factors[f].condition == c)
            return tf_factor_ratios(plan, ref->prepared, cell, f);
    return NULL;
}

/* Multiply `value` by the expected ratio over the states of condition c. */
static void soften(reference *ref, int relative, int c, int cell)
{
    const double *by_state = ratios_of(ref, relative, c, cell);
    double others = 0.0;

    if (!by_state)
        return;
    for (int s = 0; s < ref->plan->model->conditions[c].n_states; ++s)
        others += by_state[s] * part_of(ref, c, s);
    for (uint32_t i = 0; i < ref->n; ++i)
        ref->value[i] *= (1.0 - ref->onset[c][i]) * by_state[0] + ref->onset[c][i] * others;
}

/* Which conditions have a state imposed on all rows, and which state; TF_NONE: drawn. */
typedef struct imposition {
    int state[TF_MAX_CONDITIONS];
    int list[TF_MAX_CONDITIONS]; /* conditions imposed one after the other, beside the transition's own */
    int n;
    int fixed;         /* the transition's own condition */
    uint64_t relevant; /* conditions (bits) that matter to the relative set and the from-state, with all they depend on */
    double sum, weights;
} imposition;

/* Add weight x relative risk over the rows as they stand: imposed conditions by their states, the others softened; the weight of a row is the
 * probability that it is in the imposed states. */
static void add_weighted_rows(reference *ref, int relative, int cell, imposition *imposed)
{
    tf_rows rows = rows_of(ref, cell);

    refresh_risks(ref, &rows, relative);
    tf_traits_relative_of_risks(ref->plan, ref->prepared, &rows, relative, ref->value);
    for (uint32_t i = 0; i < ref->n; ++i)
        ref->weight[i] = 1.0;
    for (int c = 0; c < (int)ref->plan->model->n_conditions; ++c) {
        const double *by_state = ratios_of(ref, relative, c, cell);
        int state = imposed->state[c];
        if (state == TF_NONE) {
            soften(ref, relative, c, cell);
            continue;
        }
        weigh(ref, c, state, c == imposed->fixed);
        if (by_state)
            for (uint32_t i = 0; i < ref->n; ++i)
                ref->value[i] *= by_state[state];
    }
    for (uint32_t i = 0; i < ref->n; ++i) {
        imposed->sum += ref->weight[i] * ref->value[i];
        imposed->weights += ref->weight[i];
    }
}

/* A condition in the set's terms must be imposed, not softened, where who is in the transition's from-state depends on it, or where medicines
 * depend on it that act on the set's risk factors: the people in its states then differ in the rest of what counts. */
static bool is_entangled(const reference *ref, int relative, int fixed, int c)
{
    const tf_plan *plan = ref->plan;

    if (plan->depends_on[fixed] >> c & 1)
        return true;
    for (int later = c + 1; later < (int)plan->model->n_conditions; ++later)
        if (plan->depends_on[later] >> c & 1 && plan->acts_on[later] && plan->sets_of[later] >> relative & 1)
            return true;
    return false;
}

static void list_entangled(const reference *ref, int relative, int fixed, imposition *imposed)
{
    const tf_model *model = ref->plan->model;

    for (int c = 0; c < (int)model->n_conditions; ++c)
        if (c != fixed && ratios_of(ref, relative, c, 0) && is_entangled(ref, relative, fixed, c))
            imposed->list[imposed->n++] = c;
}

/* Impose the states of the listed conditions from `depth` on, in every combination; those that depend on them are drawn afresh. */
static void impose(reference *ref, int relative, int cell, int fixed, int depth, imposition *imposed)
{
    int c = depth < imposed->n ? imposed->list[depth] : TF_NONE;

    if (c == TF_NONE) {
        memset(ref->state[fixed], imposed->state[fixed], ref->n);
        assign_dependents(ref, fixed, cell, imposed->relevant);
        for (int d = 0; d < imposed->n; ++d)
            memset(ref->state[imposed->list[d]], imposed->state[imposed->list[d]], ref->n);
        add_weighted_rows(ref, relative, cell, imposed);
        return;
    }
    for (int s = 0; s < ref->plan->model->conditions[c].n_states; ++s) {
        imposed->state[c] = s;
        memset(ref->state[c], s, ref->n);
        assign_dependents(ref, c, cell, imposed->relevant);
        impose(ref, relative, cell, fixed, depth + 1, imposed);
    }
}

/* States imposed one by one need no sampling, so that fewer people do as well: about as many in all as there are rows. */
static uint32_t rows_enough(const reference *ref, const imposition *imposed)
{
    uint32_t combinations = 1;

    for (int d = 0; d < imposed->n; ++d)
        combinations *= (uint32_t)ref->plan->model->conditions[imposed->list[d]].n_states;
    return ref->n / combinations > FEWEST_ROWS ? ref->n / combinations : ref->n < FEWEST_ROWS ? ref->n : FEWEST_ROWS;
}

static uint64_t relevant_to(const reference *ref, int relative, int fixed)
{
    uint64_t relevant = UINT64_C(1) << fixed, all;

    for (size_t c = 0; c < ref->plan->model->n_conditions; ++c)
        if (ref->plan->sets_of[c] >> relative & 1)
            relevant |= UINT64_C(1) << c;
    all = relevant;
    for (size_t c = 0; c < ref->plan->model->n_conditions; ++c)
        if (relevant >> c & 1)
            all |= ref->plan->depends_on[c];
    return all;
}

/* Mean relative risk of the people in a state of the condition `fixed`. */
static double mean_relative(reference *ref, int relative, int fixed, int local, int cell)
{
    imposition imposed = { .fixed = fixed, .relevant = relevant_to(ref, relative, fixed) };
    uint32_t all = ref->n;

    for (size_t c = 0; c < ref->plan->model->n_conditions; ++c)
        imposed.state[c] = TF_NONE;
    imposed.state[fixed] = local;
    list_entangled(ref, relative, fixed, &imposed);
    ref->n = rows_enough(ref, &imposed);
    for (size_t c = 0; c < ref->plan->model->n_conditions; ++c)
        if (imposed.relevant >> c & 1) {
            memcpy(ref->state[c], ref->drawn_state[c], ref->n);
            memcpy(ref->onset[c], ref->drawn_onset[c], ref->n * sizeof(double));
        }
    impose(ref, relative, cell, fixed, 0, &imposed);
    ref->n = all;
    return imposed.weights > 0.0 ? imposed.sum / imposed.weights : 1.0;
}

static bool normalised_from(const tf_model *model, int state)
{
    for (size_t k = 0; k < model->n_transitions; ++k)
        if (model->transitions[k].from == state && model->transitions[k].relative != TF_NONE && model->transitions[k].normalise)
            return true;
    return false;
}

static trefoil_status divide(trefoil_context *context, reference *ref, int c, int local, int cell)
{
    const tf_model *model = ref->plan->model;
    int state = model->conditions[c].first_state + local;
    double mean[64];
    uint64_t known = 0;

    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        double *rate = tf_rate(ref->plan, ref->prepared, cell, k);
        if (t->from != state || t->relative == TF_NONE || !t->normalise || *rate == 0.0)
            continue;
        if (!(known >> t->relative & 1))
            mean[t->relative] = mean_relative(ref, t->relative, c, local, cell);
        known |= UINT64_C(1) << t->relative;
        if (!(mean[t->relative] > 0.0))
            return tf_fail(context, TREFOIL_NUMBER_FAILED,
                           "%s: [transition %s.%s.%s]: its rate is above 0 but nobody's relative risk is (sex %d, age %d, quintile %d)",
                           model->path, model->conditions[c].name, model->states[t->from].name, model->states[t->to].name,
                           cell / (TF_AGES * TF_QUINTILES), cell / TF_QUINTILES % TF_AGES, cell % TF_QUINTILES + 1);
        /* A probability is normalised as the rate it stands for. */
        *rate = t->timing == TF_PROBABILITY && *rate < 1.0 ? -expm1(log1p(-*rate) / mean[t->relative])
                : t->timing == TF_PROBABILITY              ? *rate
                                                           : *rate / mean[t->relative];
    }
    return TREFOIL_DONE;
}

static trefoil_status normalise_cell(trefoil_context *context, reference *ref, int cell)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_model *model = ref->plan->model;

    for (int c = 0; c < (int)model->n_conditions; ++c)
        for (int s = 0; s < model->conditions[c].n_states; ++s)
            if (normalised_from(model, model->conditions[c].first_state + s))
                TRY(divide(context, ref, c, s, cell));
out:
    return status;
}

trefoil_status tf_reference_apply(trefoil_context *context, const tf_plan *plan, tf_prepared *prepared)
{
    trefoil_status status = TREFOIL_DONE;
    reference ref = { .plan = plan, .prepared = prepared, .n = (uint32_t)plan->scenario->reference };

    if (!allocate(&ref)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the reference population");
        goto out;
    }
    TRY(make_points(context, &ref));
    for (int sex = 0; sex < TF_SEXES; ++sex)
        for (int age = tf_scenario_youngest(plan->scenario); age < TF_AGES; ++age)
            for (int imd = 0; imd < TF_QUINTILES; ++imd) {
                int cell = tf_cell(sex, age, imd);
                deal_luck(&ref, cell);
                for (size_t c = 0; c < plan->model->n_conditions; ++c)
                    ref.shares[c] = tf_traits_shares(plan, prepared, (int)c, cell);
                for (size_t c = 0; c < plan->model->n_conditions; ++c) {
                    assign(&ref, (int)c, cell, true);
                    memcpy(ref.drawn_state[c], ref.state[c], ref.n);
                    memcpy(ref.drawn_onset[c], ref.onset[c], ref.n * sizeof(double));
                }
                TRY(normalise_cell(context, &ref, cell));
            }
out:
    free_reference(&ref);
    return status;
}
