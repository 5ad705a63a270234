/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/staircase.h"

#include "analysis/inequality.h"
#include "analysis/slope.h"
#include "base/memory.h"
#include "engine/staircase.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

enum { FIFTHS = 5, SETS = 1 << TF_STEPS };

const char *const tf_stair_index_names[] = {"absolute_gap", "sii"};
static const char net[] = "net_qaly";

/* What a set of equal steps is compared by: strategies of the store, or -1 where that set was not run. */
typedef struct arms {
    ptrdiff_t strategy[SETS], comparator[SETS]; /* by sets of the steps of `search`, without opportunity cost */
} arms;

typedef struct search {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_scenario *scenario;
    const tf_sample *sample;
    const tf_dcea *dcea;
    size_t persons, cost, fifths[FIFTHS];
    int steps[TF_STEPS]; /* those that are stated, in order; opportunity cost last */
    size_t n_steps;
    bool opportunity;    /* is it among them? */
    double k;
    const char *gradient;
    arms arms;
    double *values; /* [set][draw] of one outcome and index */
    double *parts;  /* [step, rest, total][draw] */
} search;

/* ---- which strategies ---------------------------------------------------------- */

/* The set as bits of tf_step. */
static unsigned steps_of(const search *s, unsigned set)
{
    unsigned which = 0;

    for (size_t k = 0; k < s->n_steps; k++) {
        which |= set >> k & 1 ? 1u << s->steps[k] : 0;
    }
    return which;
}

static ptrdiff_t find_strategy(const search *s, const char *of, unsigned which, bool *starved)
{
    char *name = tf_staircase_name(of, which);
    ptrdiff_t found = -1;

    *starved = *starved || name == NULL;
    for (size_t k = 0; name != NULL && k < s->layout->n_strategies + s->layout->n_extra; k++) {
        if (strcmp(s->layout->strategies[k], name) == 0) {
            found = (ptrdiff_t)k;
        }
    }
    tf_free(name);
    return found;
}

/* The sets of the first k steps are needed, or all of them. */
static bool is_needed(unsigned set, bool shapley)
{
    return shapley || (set & (set + 1)) == 0;
}

/* The comparator has a strategy of its own for every set of steps that concern it. */
static trefoil_status find_arms(search *s)
{
    const char *strategy = s->layout->strategies[s->scenario->staircase.strategy];
    const char *comparator = s->layout->strategies[s->layout->comparator];
    unsigned sets = 1u << (s->n_steps - s->opportunity), concerns = 0;
    bool starved = false;

    for (unsigned set = 1; set < sets; set++) {
        concerns |= find_strategy(s, comparator, steps_of(s, set), &starved) >= 0 ? set : 0;
    }
    for (unsigned set = 0; set < sets; set++) {
        s->arms.strategy[set] = find_strategy(s, strategy, steps_of(s, set), &starved);
        s->arms.comparator[set] = find_strategy(s, comparator, steps_of(s, set & concerns), &starved);
    }
    if (starved) {
        return tf_fail(s->context, TREFOIL_NO_MEMORY, "not enough memory for the staircase of inequality");
    }
    for (unsigned set = 0; set < sets; set++) {
        if (is_needed(set, s->scenario->staircase.shapley) && (s->arms.strategy[set] < 0 || s->arms.comparator[set] < 0)) {
            return tf_fail(s->context, TREFOIL_STORE_FAILED, "the store lacks a strategy of its staircase");
        }
    }
    return TREFOIL_DONE;
}

static void find_steps(search *s)
{
    const tf_staircase_spec *spec = &s->scenario->staircase;

    for (int step = 0; step < TF_STEPS; step++) {
        if (spec->equal[step].count > 0) {
            s->steps[s->n_steps++] = step;
        }
    }
    s->opportunity = spec->equal[TF_STEP_OPPORTUNITY_COST].count > 0;
    s->k = tf_staircase_k(s->scenario, s->dcea->spec);
    s->gradient = s->opportunity ? tf_staircase_gradient(s->scenario, s->dcea->spec) : NULL;
}

double tf_staircase_k(const tf_scenario *scenario, const tf_equity_spec *spec)
{
    return scenario->staircase.k > 0 ? scenario->staircase.k : spec->k[0];
}

const char *tf_staircase_gradient(const tf_scenario *scenario, const tf_equity_spec *spec)
{
    const char *stated = scenario->staircase.equal[TF_STEP_OPPORTUNITY_COST].items[0];

    return strcmp(stated, "equity") == 0 ? tf_dcea_local(spec) : stated;
}

/* ---- one value ----------------------------------------------------------------- */

/* The outcome whose spread is taken apart. */
typedef struct subject {
    const char *name;
    size_t measure;
    int discounting;
    bool net; /* less the opportunity cost of the money */
} subject;

static double change(const search *s, const tf_outcome *outcomes, size_t set, size_t group, size_t measure, int discounting)
{
    size_t at = tf_at(s->layout, group, measure, discounting);

    return outcomes[s->arms.strategy[set]].total[at] - outcomes[s->arms.comparator[set]].total[at];
}

/* QALYs lost by the residents of each fifth; false: the gradient cannot be had. */
static bool lose(const search *s, const tf_outcome *outcomes, size_t set, bool equal, double *lost)
{
    const tf_cut *imd = tf_cuts_find(&s->dcea->cuts, "imd");
    double shares[FIFTHS + 1], cost = 0;

    if (tf_dcea_shares(s->layout, s->dcea->spec, imd, &outcomes[s->layout->comparator], equal ? "flat" : s->gradient, shares) != NULL) {
        return false;
    }
    for (size_t g = 0; g < FIFTHS; g++) {
        cost += change(s, outcomes, set, s->fifths[g], s->cost, TF_DISCOUNTED);
    }
    for (size_t g = 0; g < FIFTHS; g++) {
        lost[g] = shares[g] * cost / s->k;
    }
    return true;
}

/* Of fifth g: those simulated; for what falls on all of them, residents. */
static double people_of(const search *s, const tf_outcome *outcomes, const subject *of, size_t arm, size_t g)
{
    return of->net ? s->dcea->residents[g] : outcomes[s->arms.strategy[arm]].total[tf_at(s->layout, s->fifths[g], s->persons, TF_UNDISCOUNTED)];
}

static trefoil_status slope(const search *s, const double *people, const double *changes, double *value)
{
    static const double rank[FIFTHS] = {1, 2, 3, 4, 5};
    const tf_slope line = {.link = TF_LINEAR, .weighted = true};
    tf_ranking *d = NULL;
    trefoil_status status;

    TRY(tf_ranking_create(s->context, FIFTHS, people, changes, NULL, rank, &d));
    *value = tf_sii(d, &line).value;
out:
    tf_ranking_destroy(d);
    return status;
}

/* v(set) in one draw. */
static trefoil_status value_of(const search *s, const tf_outcome *outcomes, const subject *of, tf_stair_index index, size_t set, double *value)
{
    size_t arm = s->opportunity ? set & ~((size_t)1 << (s->n_steps - 1)) : set;
    double people[FIFTHS], changes[FIFTHS], lost[FIFTHS] = {0};
    trefoil_status status = TREFOIL_DONE;

    for (size_t g = 0; g < FIFTHS; g++) {
        people[g] = people_of(s, outcomes, of, arm, g);
        if (!(people[g] > 0)) {
            *value = NAN;
            return TREFOIL_DONE;
        }
    }
    if (of->net && !lose(s, outcomes, arm, set != arm, lost)) {
        *value = NAN;
        return TREFOIL_DONE;
    }
    for (size_t g = 0; g < FIFTHS; g++) {
        changes[g] = (change(s, outcomes, arm, s->fifths[g], of->measure, of->discounting) - lost[g]) / people[g];
    }
    if (index == TF_STAIR_GAP) {
        *value = changes[FIFTHS - 1] - changes[0];
    } else {
        TRY(slope(s, people, changes, value));
    }
out:
    return status;
}

/* ---- contributions ------------------------------------------------------------- */

void tf_shapley(const double *v, size_t n, double *c)
{
    double weight[16]; /* of a set of that size */

    weight[0] = 1.0 / (double)n;
    for (size_t size = 1; size < n; size++) {
        weight[size] = weight[size - 1] * (double)size / (double)(n - size);
    }
    for (size_t i = 0; i < n; i++) {
        c[i] = 0;
        for (size_t set = 0; set < (size_t)1 << n; set++) {
            size_t size = 0;

            for (size_t k = 0; k < n; k++) {
                size += set >> k & 1;
            }
            if (!(set >> i & 1)) {
                c[i] += weight[size] * (v[set] - v[set | (size_t)1 << i]);
            }
        }
    }
}

/* Of one draw, into `parts`. */
static void take_apart(const search *s, const double v[SETS], size_t n, bool shapley, size_t draw, size_t n_draws)
{
    double c[TF_STEPS];

    if (shapley) {
        tf_shapley(v, n, c);
    }
    for (size_t k = 0; k < n; k++) {
        size_t before = ((size_t)1 << k) - 1;

        s->parts[k * n_draws + draw] = shapley ? c[k] : v[before] - v[before | (size_t)1 << k];
    }
    s->parts[n * n_draws + draw] = v[((size_t)1 << n) - 1];
    s->parts[(n + 1) * n_draws + draw] = v[0];
}

/* What the index of changes of 1 in fifth g, and none elsewhere, is: the index is linear in the changes. */
static trefoil_status weight_of(const search *s, tf_stair_index index, const double *people, size_t g, double *weight)
{
    double changes[FIFTHS] = {0};

    changes[g] = 1;
    if (index == TF_STAIR_GAP) {
        *weight = changes[FIFTHS - 1] - changes[0];
        return TREFOIL_DONE;
    }
    return slope(s, people, changes, weight);
}

/* First-order variance of v(set) in the one outcome there is; NAN when its comparator is not the run's, as what two other strategies differ by is
 * not kept, and when there are draws, whose spread tells. */
static trefoil_status variance_of(const search *s, const subject *of, tf_stair_index index, size_t set, double *variance)
{
    const tf_outcome *outcomes = tf_sample_at(s->sample, 0);
    const size_t arm = s->opportunity ? set & ~((size_t)1 << (s->n_steps - 1)) : set;
    double people[FIFTHS], lost[FIFTHS + 1] = {0}, of_gains = 0, of_cost = 0, together = 0;
    trefoil_status status = TREFOIL_DONE;

    *variance = NAN;
    if (tf_sample_size(s->sample) > 1 || s->arms.comparator[arm] != (ptrdiff_t)s->layout->comparator) {
        return TREFOIL_DONE;
    }
    if (of->net && tf_dcea_shares(s->layout, s->dcea->spec, tf_cuts_find(&s->dcea->cuts, "imd"), &outcomes[s->layout->comparator],
                                  set != arm ? "flat" : s->gradient, lost) != NULL) {
        return TREFOIL_DONE;
    }
    for (size_t g = 0; g < FIFTHS; g++) {
        people[g] = people_of(s, outcomes, of, arm, g);
    }
    for (size_t g = 0; g < FIFTHS; g++) {
        const tf_outcome *o = &outcomes[s->arms.strategy[arm]];
        double weight;

        TRY(weight_of(s, index, people, g, &weight));
        weight /= people[g];
        of_gains += weight * weight * o->difference_variance[tf_at(s->layout, s->fifths[g], of->measure, of->discounting)];
        of_cost -= weight * lost[g] / s->k;
        together += of->net ? weight * o->covariance[tf_at_covariance(s->fifths[g], true)] : 0;
    }
    *variance = fmax(0, of_gains + 2 * of_cost * together +
                            of_cost * of_cost * outcomes[s->arms.strategy[arm]].difference_variance[tf_at(s->layout, 0, s->cost, TF_DISCOUNTED)]);
out:
    return status;
}

static tf_estimate estimate(double *values, size_t n, double first_order)
{
    for (size_t k = 0; k < n; k++) {
        if (isnan(values[k])) {
            return (tf_estimate){NAN, NAN, NAN, NAN};
        }
    }
    return tf_estimate_values(values, n, first_order);
}

static trefoil_status add_items(const search *s, const subject *of, tf_stair_index index, size_t n, bool shapley, tf_staircase *made)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n_draws = tf_sample_size(s->sample);
    double total, first_order;

    for (size_t k = 0; k < n + 2; k++) {
        int step = k < n ? s->steps[k] : k == n ? TF_STAIR_REST : TF_STAIR_TOTAL;

        first_order = NAN; /* of a step: what two strategies differ by that are neither the comparator */
        if (k >= n) {
            TRY(variance_of(s, of, index, k == n ? ((size_t)1 << n) - 1 : 0, &first_order));
        }
        made->items[made->n_items++] = (tf_stair){.outcome = of->name, .index = index, .shapley = shapley, .step = step,
                                                  .value = estimate(&s->parts[k * n_draws], n_draws, first_order)};
    }
    total = made->items[made->n_items - 1].value.value;
    for (size_t k = 0; k < n + 2; k++) {
        tf_stair *item = &made->items[made->n_items - n - 2 + k];

        item->share = total != 0 ? item->value.value / total : (double)NAN;
    }
out:
    return status;
}

static trefoil_status take_subject(search *s, const subject *of, tf_staircase *made)
{
    size_t n = of->net ? s->n_steps : s->n_steps - s->opportunity, n_draws = tf_sample_size(s->sample);
    bool shapley = s->scenario->staircase.shapley;
    trefoil_status status = TREFOIL_DONE;

    for (tf_stair_index index = 0; index < TF_STAIR_INDICES; index++) {
        for (unsigned set = 0; set < 1u << n; set++) {
            for (size_t k = 0; k < n_draws && is_needed(set, shapley); k++) {
                TRY(value_of(s, tf_sample_at(s->sample, k), of, index, set, &s->values[set * n_draws + k]));
            }
        }
        for (int method = 0; method <= (int)shapley; method++) {
            for (size_t k = 0; k < n_draws; k++) {
                double v[SETS] = {0};

                for (unsigned set = 0; set < 1u << n; set++) {
                    v[set] = is_needed(set, shapley) ? s->values[set * n_draws + k] : 0;
                }
                take_apart(s, v, n, method == 1, k, n_draws);
            }
            TRY(add_items(s, of, index, n, method == 1, made));
        }
    }
out:
    return status;
}

/* ---- the whole ----------------------------------------------------------------- */

static trefoil_status take_all(search *s, tf_staircase *made)
{
    const tf_list *outcomes = &s->scenario->staircase.outcomes;
    ptrdiff_t qaly = tf_find_measure(s->layout, "qaly");
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < outcomes->count; k++) {
        ptrdiff_t measure = tf_find_measure(s->layout, outcomes->items[k]);
        subject of = {outcomes->items[k], (size_t)measure, tf_outcome_discounting(outcomes->items[k]), false};

        if (measure >= 0) {
            TRY(take_subject(s, &of, made));
        }
    }
    if (s->opportunity && qaly >= 0 && s->dcea->unavailable == NULL && s->dcea->n_views > 0) {
        subject of = {net, (size_t)qaly, TF_DISCOUNTED, true};

        TRY(take_subject(s, &of, made));
    }
out:
    return status;
}

static bool find_people(search *s)
{
    static const char *const names[FIFTHS] = {"1", "2", "3", "4", "5"};
    ptrdiff_t persons = tf_find_measure(s->layout, "persons"), cost = tf_find_measure(s->layout, "cost");
    bool found = persons >= 0 && cost >= 0;

    for (size_t g = 0; g < FIFTHS; g++) {
        ptrdiff_t group = tf_find_group(s->layout, "imd", names[g]);

        found = found && group >= 0;
        s->fifths[g] = (size_t)group;
    }
    s->persons = (size_t)persons;
    s->cost = (size_t)cost;
    return found;
}

trefoil_status tf_staircase_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                                   const tf_dcea *dcea, tf_staircase **staircase)
{
    search s = {.context = context, .layout = layout, .scenario = scenario, .sample = sample, .dcea = dcea};
    size_t n = tf_sample_size(sample);
    tf_staircase *made = NULL;
    trefoil_status status = TREFOIL_DONE;

    *staircase = NULL;
    if (!scenario->staircase.takes_apart || layout->n_extra == 0 || n == 0 || !find_people(&s)) {
        return TREFOIL_DONE;
    }
    find_steps(&s);
    made = TF_NEW(tf_staircase, 1);
    s.values = TF_NEW(double, SETS * n);
    s.parts = TF_NEW(double, (TF_STEPS + 2) * n);
    if (made != NULL) {
        made->strategy = scenario->staircase.strategy;
        made->items = TF_NEW(tf_stair, (scenario->staircase.outcomes.count + 1) * TF_STAIR_INDICES * 2 * (TF_STEPS + 2));
    }
    if (made == NULL || made->items == NULL || s.values == NULL || s.parts == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the staircase of inequality");
        goto out;
    }
    TRY(find_arms(&s));
    TRY(take_all(&s, made));
    *staircase = made;
    made = NULL;
out:
    tf_free(s.values);
    tf_free(s.parts);
    tf_staircase_destroy(made);
    return status;
}

void tf_staircase_destroy(tf_staircase *staircase)
{
    if (staircase != NULL) {
        tf_free(staircase->items);
        tf_free(staircase);
    }
}

const tf_stair *tf_staircase_find(const tf_staircase *staircase, const char *outcome, tf_stair_index index, bool shapley, int step)
{
    for (size_t k = 0; k < staircase->n_items; k++) {
        const tf_stair *item = &staircase->items[k];

        if (strcmp(item->outcome, outcome) == 0 && item->index == index && item->shapley == shapley && item->step == step) {
            return item;
        }
    }
    return NULL;
}

const char *tf_stair_name(int step)
{
    return step == TF_STAIR_REST ? "rest" : step == TF_STAIR_TOTAL ? "total" : tf_step_names[step];
}
