/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/variant.h"

#include "base/memory.h"
#include "store/export.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void tf_variant_free(tf_variant *variant)
{
    tf_free(variant->cost);
    tf_free(variant->qaly);
    tf_free(variant->cost_error);
    tf_free(variant->qaly_error);
    *variant = (tf_variant){0};
}

bool tf_variant_refused(trefoil_status status)
{
    return status == TREFOIL_USER_MISTAKE || status == TREFOIL_NUMBER_FAILED || status == TREFOIL_PLUGIN_FAILED;
}

/* ---- what a run gives ------------------------------------------------------------------------ */

typedef struct catch {
    tf_variant *variant;
    uint32_t draws; /* taken, the base case apart */
} catch;

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    catch *of = self;
    tf_variant *v = of->variant;
    ptrdiff_t persons = tf_find_measure(layout, "persons"), cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");

    if (persons < 0 || cost < 0 || qaly < 0) {
        return tf_bug(context, "a run without persons, cost or qaly");
    }
    of->draws += draw->draw > 0;
    for (size_t s = 0; s < layout->n_strategies; s++) {
        const tf_outcome *outcome = &draw->outcomes[s];
        const double people = outcome->total[tf_at(layout, 0, (size_t)persons, TF_UNDISCOUNTED)];
        const size_t money = tf_at(layout, 0, (size_t)cost, TF_DISCOUNTED), health = tf_at(layout, 0, (size_t)qaly, TF_DISCOUNTED);

        if (draw->draw == 0) {
            v->cost_error[s] = sqrt(outcome->difference_variance[money]) / people;
            v->qaly_error[s] = sqrt(outcome->difference_variance[health]) / people;
        }
        if (of->draws <= 1) { /* the first draw replaces the base case */
            v->cost[s] = v->qaly[s] = 0;
        }
        v->cost[s] += (outcome->total[money] / people - v->cost[s]) / fmax(of->draws, 1);
        v->qaly[s] += (outcome->total[health] / people - v->qaly[s]) / fmax(of->draws, 1);
    }
    return TREFOIL_DONE;
}

static trefoil_status make_room(trefoil_context *context, const tf_layout *layout, tf_variant *made)
{
    const size_t n = layout->n_strategies;

    *made = (tf_variant){n, layout->comparator, TF_NEW(double, n), TF_NEW(double, n), TF_NEW(double, n), TF_NEW(double, n)};
    if (!made->cost || !made->qaly || !made->cost_error || !made->qaly_error) {
        tf_variant_free(made);
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the outcomes of a run");
    }
    return TREFOIL_DONE;
}

/* ---- assignments ----------------------------------------------------------------------------- */

/* Those of every run, then `more`, then the draws, and a NULL.  Only the list and the last text are owned. */
static const char **assignments(const tf_variants *of, const char *const *more, size_t n, const char *draws)
{
    const char **all = TF_NEW(const char *, of->n_sets + n + 1);

    for (size_t i = 0; all && i < of->n_sets; i++) {
        all[i] = of->sets[i];
    }
    for (size_t i = 0; all && i < n; i++) {
        all[of->n_sets + i] = more[i];
    }
    if (all) {
        all[of->n_sets + n] = draws;
    }
    return all;
}

static trefoil_status open_run(tf_variants *of, trefoil_context *context, const char *const *more, size_t n, uint32_t draws, tf_run **run)
{
    char text[48];
    const char **all;
    trefoil_status status;

    snprintf(text, sizeof text, "uncertainty:draws=%" PRIu32, draws);
    all = assignments(of, more, n, text);
    if (!all) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for assignments");
    }
    status = tf_run_open_compared(context, of->path, all, of->n_sets + n + 1, of->plugin_dir, run);
    tf_free(all);
    return status;
}

/* ---- a context of each run's own ------------------------------------------------------------- */

static const char stage[] = "sensitivity, runs";

typedef struct ear {
    tf_variants *of;
    trefoil_context *child;
} ear;

static void hear(void *self, const char *what, double done, double total)
{
    const ear *of = self;

    (void)what;
    if (tf_interrupted(of->of->context)) {
        trefoil_context_interrupt(of->child);
    }
    tf_progress(of->of->context, stage, (double)of->of->done + (total > 0 ? fmin(done / total, 1) : 0), (double)of->of->planned);
}

trefoil_status tf_variants_open(tf_variants *of, tf_run **run)
{
    return open_run(of, of->context, NULL, 0, 0, run);
}

/* What the child has to say: refusals into `why`, anything else into the context. */
static trefoil_status pass_on(tf_variants *of, const trefoil_context *child, trefoil_status status, tf_text *why)
{
    const size_t n = trefoil_context_reasons(child);

    if (!tf_variant_refused(status)) {
        return status == TREFOIL_DONE ? status : tf_fail(of->context, status, "%s", n ? trefoil_context_reason(child, 0) : trefoil_status_text(status));
    }
    for (size_t k = 0; k < n; k++) {
        const char *reason = trefoil_context_reason(child, k);

        tf_text_addf(why, "%s%s", k ? "; " : "", strncmp(reason, "--set: ", 7) == 0 ? reason + 7 : reason);
    }
    tf_text_add(why, n ? "" : trefoil_status_text(status));
    return why->failed ? tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a reason") : status;
}

trefoil_status tf_variants_run(tf_variants *of, const char *const *more, size_t n, uint32_t draws, tf_variant *made, tf_text *why)
{
    ear listens = {of, NULL};
    const trefoil_listener listener = {.progress = hear, .self = &listens};
    trefoil_context *child = listens.child = trefoil_context_create(&listener);
    trefoil_status status = TREFOIL_DONE;
    tf_run *run = NULL;
    catch caught = {made, 0};

    *made = (tf_variant){0};
    if (!child) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a run");
    }
    if (tf_interrupted(of->context)) {
        status = TREFOIL_INTERRUPTED;
        goto out;
    }
    TRY(open_run(of, child, more, n, draws, &run));
    TRY(make_room(child, &run->layout, made));
    TRY(tf_run_go(child, run, of->options, (tf_sink){.take = take, .self = &caught}));
out:
    if (status != TREFOIL_DONE) {
        tf_variant_free(made);
    }
    tf_run_close(run);
    status = status == TREFOIL_INTERRUPTED ? status : pass_on(of, child, status, why);
    trefoil_context_destroy(child);
    of->done++;
    tf_progress(of->context, stage, (double)of->done, (double)(of->planned > of->done ? of->planned : of->done));
    return status;
}

/* ---- scenario analyses ----------------------------------------------------------------------- */

static const char **texts_of(const tf_analysis_spec *spec)
{
    const char **texts = TF_NEW(const char *, spec->n_sets);

    for (size_t i = 0; texts && i < spec->n_sets; i++) {
        texts[i] = spec->sets[i].text;
    }
    return texts;
}

trefoil_status tf_variants_analysis(tf_variants *of, const tf_analysis_spec *spec, uint32_t draws, tf_variant *made)
{
    const char **texts = texts_of(spec);
    tf_text why = {0};
    trefoil_status status;

    if (!texts) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for assignments");
    }
    status = tf_variants_run(of, texts, spec->n_sets, draws, made, &why);
    if (tf_variant_refused(status)) {
        status = tf_mistake(of->context, spec->place, "[scenario-analysis %s]: %s", spec->name, why.chars);
    }
    tf_text_free(&why);
    tf_free(texts);
    return status;
}

static trefoil_status check_one(tf_variants *of, const tf_analysis_spec *spec)
{
    trefoil_context *child = trefoil_context_create(NULL);
    const char **texts = texts_of(spec);
    trefoil_status status = TREFOIL_NO_MEMORY;
    tf_text why = {0};
    tf_run *run = NULL;

    if (child && texts) {
        status = open_run(of, child, texts, spec->n_sets, 0, &run);
        status = pass_on(of, child, status, &why);
    }
    if (tf_variant_refused(status)) {
        status = tf_mistake(of->context, spec->place, "[scenario-analysis %s]: %s", spec->name, why.chars);
    }
    tf_run_close(run);
    tf_text_free(&why);
    tf_free(texts);
    trefoil_context_destroy(child);
    return status;
}

trefoil_status tf_variants_check(tf_variants *of, const tf_scenario *scenario)
{
    trefoil_status result = TREFOIL_DONE;

    for (size_t i = 0; i < scenario->n_analyses; i++) {
        trefoil_status status = check_one(of, &scenario->analyses[i]);

        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            return status;
        }
        result = status != TREFOIL_DONE ? status : result;
    }
    return result;
}
