/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/precision.h"

#include "analysis/estimate.h"
#include "base/memory.h"
#include "store/export.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { TRIAL_DRAWS = 24, TRIAL_PERSONS = 2000, LEAST_DRAWS = 50, DRAW_WORTH = 5000 };

/* ---- watching -------------------------------------------------------------------------------- */

trefoil_status tf_precision_create(trefoil_context *context, const tf_run *run, tf_sink inner, tf_precision **precision)
{
    tf_precision *made = TF_NEW(tf_precision, 1);

    *precision = NULL;
    if (made) {
        *made = (tf_precision){.scenario = run->scenario, .inner = inner, .n_strategies = run->layout.n_strategies,
                               .persons = (double)run->population->persons, .watched = TF_NEW(struct tf_watched, run->layout.n_strategies)};
    }
    if (!made || !made->watched) {
        tf_precision_destroy(made);
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to watch the error of a run");
    }
    *precision = made;
    return TREFOIL_DONE;
}

void tf_precision_destroy(tf_precision *precision)
{
    if (precision) {
        tf_free(precision->watched);
        tf_free(precision);
    }
}

/* The quantity in one draw, of a strategy against the comparator, and its first-order variance. */
static void look(const tf_scenario *scenario, const tf_layout *layout, const tf_outcome *outcomes, size_t strategy, double *value, double *luck)
{
    const ptrdiff_t persons = tf_find_measure(layout, "persons"), cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");
    tf_estimand estimand = {.strategy = strategy, .discounted = TF_DISCOUNTED, .difference = true, .per_person = true};
    const double threshold = scenario->n_thresholds > 0 ? scenario->thresholds[0] : 0;
    double money, health;

    estimand.measure = (size_t)cost;
    money = tf_estimand_value(layout, persons, outcomes, &estimand);
    *luck = tf_estimand_variance(layout, persons, outcomes, &estimand);
    estimand.measure = (size_t)qaly;
    health = tf_estimand_value(layout, persons, outcomes, &estimand);
    if (scenario->mcse_of == TF_MCSE_QALY) {
        *luck = tf_estimand_variance(layout, persons, outcomes, &estimand);
    } else if (scenario->mcse_of == TF_MCSE_NMB) {
        *luck = tf_benefit_variance(layout, persons, outcomes, strategy, true, threshold);
    }
    *value = scenario->mcse_of == TF_MCSE_COST ? money : scenario->mcse_of == TF_MCSE_QALY ? health : threshold * health - money;
}

static void watch(tf_precision *of, const tf_layout *layout, const tf_outcome *outcomes, bool base)
{
    if (base && of->scenario->draws > 0) {
        return;
    }
    of->draws += !base;
    for (size_t s = 0; s < of->n_strategies; s++) {
        struct tf_watched *w = &of->watched[s];
        double value, luck, off;

        look(of->scenario, layout, outcomes, s, &value, &luck);
        w->luck += luck;
        if (!base) {
            off = value - w->mean;
            w->mean += off / of->draws;
            w->squares += off * (value - w->mean);
        }
    }
}

double tf_precision_error(const tf_precision *precision)
{
    const double n = precision->draws;
    double most = 0;

    for (size_t s = 0; s < precision->n_strategies; s++) {
        const struct tf_watched *w = &precision->watched[s];

        most = fmax(most, precision->scenario->draws == 0 ? w->luck : n < 2 ? (double)INFINITY : w->squares / (n - 1) / n);
    }
    return sqrt(most);
}

static bool is_met(const tf_precision *of)
{
    const uint32_t least = of->scenario->draws < LEAST_DRAWS ? of->scenario->draws : LEAST_DRAWS;

    return of->draws >= least && tf_precision_error(of) <= of->scenario->mcse;
}

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    tf_precision *of = self;
    trefoil_status status = TREFOIL_DONE;

    watch(of, layout, draw->outcomes, draw->draw == 0);
    of->met = is_met(of);
    if (of->inner.take && of->scenario->draws == 0 && !of->met && !of->last) {
        of->again = true;
        return TREFOIL_DONE;
    }
    if (of->inner.take) {
        status = of->inner.take(of->inner.self, context, layout, draw);
    }
    of->met = of->inner.take ? of->met : of->draws >= of->enough;
    /* Nothing failed: tf_precision_go knows why the run ends here. */
    return status == TREFOIL_DONE && of->met && of->scenario->draws > 0 ? TREFOIL_INTERRUPTED : status;
}

/* Enough draws are there: none is missing. */
static bool has(void *self, uint32_t draw)
{
    const tf_precision *of = self;

    return (of->met && of->division && of->division->ranks) || (of->inner.has && of->inner.has(of->inner.self, draw));
}

trefoil_status tf_precision_resume(trefoil_context *context, tf_precision *precision, tf_store *store)
{
    tf_sample *sample = NULL;
    trefoil_status status = tf_store_sample(context, store, &sample);

    if (status == TREFOIL_DONE) {
        if (sample->base) {
            watch(precision, tf_store_layout(store), sample->base, true);
        }
        for (size_t k = 0; k < sample->n_draws; k++) {
            watch(precision, tf_store_layout(store), sample->outcomes[k], false);
        }
        precision->met = (sample->base || sample->n_draws > 0) && is_met(precision);
    }
    tf_sample_destroy(sample);
    return status;
}

trefoil_status tf_precision_go(trefoil_context *context, tf_run *run, tf_run_options options, tf_precision *precision)
{
    const tf_division none = {0}, *division = precision->division ? precision->division : &none;
    trefoil_status status;

    if (precision->met && !division->ranks) {
        return TREFOIL_DONE;
    }
    status = tf_run_divided(context, run, options, division, (tf_sink){take, has, precision, .in_order = true});
    return status == TREFOIL_INTERRUPTED && precision->met ? TREFOIL_DONE : status;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* A round number that is not smaller. */
static double round_up(double n)
{
    double step = n < 1000 ? 10 : n < 10000 ? 100 : 1000;

    return step * ceil(n / step);
}

/* Persons for one strategy, from its trial. */
static double persons_for(const tf_precision *trial, const struct tf_watched *w)
{
    const double k = trial->draws, wanted = trial->scenario->mcse * trial->scenario->mcse, most_draws = trial->scenario->draws;
    const double within = w->luck / k, individual = within * trial->persons;
    const double parameter = k > 1 ? fmax(0, w->squares / (k - 1) - within) : 0;
    const double fewest = most_draws < LEAST_DRAWS ? most_draws : LEAST_DRAWS;
    double n = parameter > 0 ? sqrt(DRAW_WORTH * individual / parameter) : (double)INFINITY;

    if (fewest * wanted > parameter) { /* no more than what meets it in the fewest draws */
        n = fmin(n, individual / (fewest * wanted - parameter));
    }
    if (most_draws * wanted > parameter) { /* no fewer than what meets it in the most draws */
        n = fmax(n, individual / (most_draws * wanted - parameter));
    }
    return n;
}

static int64_t clamp(double n, int64_t least, int64_t most)
{
    n = round_up(n);
    return !(n < (double)most) ? most : n < (double)least ? (least < most ? least : most) : (int64_t)n;
}

int64_t tf_precision_more(const tf_precision *precision, int64_t most)
{
    const double ratio = tf_precision_error(precision) / precision->scenario->mcse;

    /* A tenth more: the error is known from 16 batches only. */
    return clamp(fmax(1.1 * ratio * ratio, 1.25) * precision->persons, 1, most);
}

static trefoil_status run_trial(trefoil_context *context, tf_run *run, tf_run_options options, int64_t least, int64_t *persons)
{
    tf_precision *trial = NULL;
    trefoil_status status;
    double n = 0;

    TRY(tf_precision_create(context, run, (tf_sink){0}, &trial));
    trial->enough = run->scenario->draws < TRIAL_DRAWS ? run->scenario->draws : TRIAL_DRAWS;
    TRY(tf_precision_go(context, run, options, trial));
    if (run->scenario->draws == 0) {
        n = 1.1 * pow(tf_precision_error(trial) / run->scenario->mcse, 2) * trial->persons;
    }
    for (size_t s = 0; s < trial->n_strategies && run->scenario->draws > 0; s++) {
        if (s != run->layout.comparator) {
            n = fmax(n, persons_for(trial, &trial->watched[s]));
        }
    }
    *persons = clamp(n, least, *persons);
    tf_say(context, TREFOIL_LOG_INFO, "[run] mcse: a trial with %.0f people (%" PRIu32 " draws) suggests %" PRId64 " people%s", trial->persons,
           trial->draws, *persons, run->scenario->draws > 0 ? " in each draw" : "");
out:
    tf_precision_destroy(trial);
    return status;
}

trefoil_status tf_precision_choose(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets, const char *plugin_dir,
                                   tf_run_options options, const tf_run *run, int64_t *persons)
{
    const int64_t least = (int64_t)(run->population->n_strata > 200 ? run->population->n_strata : 200);
    const int64_t n = least > TRIAL_PERSONS / 4 ? 4 * least : TRIAL_PERSONS;
    const char **all;
    trefoil_status status;
    tf_run *small = NULL;
    char text[64];

    if (run->scenario->expected || n >= *persons) {
        return TREFOIL_DONE;
    }
    all = TF_NEW(const char *, n_sets + 1);
    if (!all) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for assignments");
    }
    for (size_t i = 0; i < n_sets; i++) {
        all[i] = sets[i];
    }
    snprintf(text, sizeof text, "population:persons=%" PRId64, n);
    all[n_sets] = text;
    TRY(tf_run_open(context, path, all, n_sets + 1, plugin_dir, &small));
    if (run->plan->hook_limit > 0) {
        TRY(tf_run_isolate(context, small, run->plan->hook_limit));
    }
    TRY(run_trial(context, small, options, least, persons));
out:
    tf_run_close(small);
    tf_free(all);
    return status;
}

/* ---- telling --------------------------------------------------------------------------------- */

void tf_precision_tell(const tf_precision *precision, tf_text *text)
{
    static const char *const quantities[] = {"net benefit", "cost", "QALYs"};
    const tf_scenario *scenario = precision->scenario;

    tf_text_addf(text, "A standard error of %.10g in %s per person against the comparator was asked for", scenario->mcse,
                 quantities[scenario->mcse_of]);
    if (scenario->mcse_of == TF_MCSE_NMB) {
        tf_text_addf(text, ", at %.10g per QALY", scenario->thresholds[0]);
    }
    tf_text_addf(text, ". %.0f %s", precision->persons, precision->persons == 1 ? "person" : "people");
    if (scenario->draws > 0) {
        tf_text_addf(text, " in each of %" PRIu32 " draws", precision->draws);
    }
    tf_text_addf(text, " gave %.3g", tf_precision_error(precision));
    if (precision->met) {
        tf_text_add(text, ".");
    } else if (scenario->draws == 0) {
        tf_text_add(text, ": it is not met, because no more people were allowed.");
    } else {
        const double needed = precision->draws * pow(tf_precision_error(precision) / scenario->mcse, 2);
        const double unit = pow(10, fmax(0, floor(log10(needed)) - 1)); /* two digits are known */

        tf_text_addf(text, ": it is not met, because no more draws were allowed; about %.*g would be needed.", needed < 1e9 ? 12 : 2,
                     unit * ceil(needed / unit));
    }
}
