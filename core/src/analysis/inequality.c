/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inequality.h"

#include "analysis/gap.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

typedef struct inquiry {
    const tf_layout *layout;
    const tf_sample *sample;
    ptrdiff_t persons;
    size_t most, least;
    double *values, *changes;
} inquiry;

static const tf_estimate nothing = {NAN, NAN, NAN, NAN};

static tf_pair look(const inquiry *at, const tf_outcome *outcomes, const tf_gap *gap, size_t group)
{
    const tf_estimand estimand = {.strategy = gap->strategy, .group = group, .measure = gap->measure, .discounted = gap->discounted,
                                  .per_person = true};

    return tf_estimand_pair(at->layout, at->persons, outcomes, &estimand);
}

/* First-order variances by linearisation; the two groups are different people. */
static void first_order(const tf_gap *gap, const tf_pair *least, const tf_pair *most, double *value, double *change)
{
    if (!gap->relative) {
        *value = least->variance_a + most->variance_a;
        *change = tf_pair_variance(least, 1, -1) + tf_pair_variance(most, 1, -1);
        return;
    }
    *value = tf_pair_variance(least, 1 / most->a, 0) + tf_pair_variance(most, least->a / (most->a * most->a), 0);
    *change = tf_pair_variance(least, 1 / most->a, -1 / most->b) +
              tf_pair_variance(most, -least->a / (most->a * most->a), least->b / (most->b * most->b));
}

/* Why the gap is not defined in these outcomes, or NULL. */
static const char *obstacle(const tf_gap *gap, const tf_pair *least, const tf_pair *most)
{
    if (isnan(least->a) || isnan(most->a)) {
        return "a group has no people";
    }
    if (gap->relative && !(least->a > 0 && most->a > 0 && least->b > 0 && most->b > 0)) {
        return "a value is 0 or below in some draw";
    }
    return NULL;
}

static double value_of(const tf_gap *gap, double most, double least)
{
    return gap->relative ? tf_gap_relative(most, least) : tf_gap_absolute(most, least);
}

static double width(const tf_gap *gap, double least, double most)
{
    return fabs(gap->relative ? log(value_of(gap, most, least)) : value_of(gap, most, least));
}

static void measure_gap(const inquiry *at, tf_gap *gap)
{
    const size_t n = tf_sample_size(at->sample);
    const bool own = gap->strategy == at->layout->comparator;
    double narrower = 0, variance = 0, variance_of_change = 0;

    gap->value = gap->change = nothing;
    gap->p_narrower = NAN;
    for (size_t k = 0; k < n; k++) {
        const tf_outcome *outcomes = tf_sample_at(at->sample, k);
        tf_pair least = look(at, outcomes, gap, at->least), most = look(at, outcomes, gap, at->most);
        double before, after;

        gap->undefined = obstacle(gap, &least, &most);
        if (gap->undefined != NULL) {
            return;
        }
        at->values[k] = value_of(gap, most.a, least.a);
        at->changes[k] = gap->relative ? value_of(gap, most.a, least.a) - value_of(gap, most.b, least.b)
                                       : value_of(gap, most.a - most.b, least.a - least.b);
        before = width(gap, least.b, most.b);
        after = width(gap, least.a, most.a);
        narrower += after < before ? 1 : after == before ? 0.5 : 0;
        if (k == 0) {
            first_order(gap, &least, &most, &variance, &variance_of_change);
        }
    }
    gap->value = tf_estimate_values(at->values, n, variance);
    if (!own) {
        gap->change = tf_estimate_values(at->changes, n, variance_of_change);
        gap->p_narrower = at->sample->n_draws > 1 ? narrower / (double)n : (double)NAN;
    }
}

/* "<intervention>.<measure>": what a plugin counts, such as people treated. */
static bool is_of_plugin(const char *name)
{
    static const char *const others[] = {"cost.", "use.", "path."};

    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        if (strncmp(name, others[k], strlen(others[k])) == 0) {
            return false;
        }
    }
    return strchr(name, '.') != NULL;
}

bool tf_is_outcome(const char *name)
{
    return strcmp(name, "ly") == 0 || strcmp(name, "qaly") == 0 || strcmp(name, "cost") == 0 || strcmp(name, "deaths") == 0 ||
           strncmp(name, "event.", 6) == 0 || strncmp(name, "years.", 6) == 0 || is_of_plugin(name);
}

int tf_outcome_discounting(const char *name)
{
    return strcmp(name, "qaly") == 0 || strcmp(name, "cost") == 0 ? TF_DISCOUNTED : TF_UNDISCOUNTED;
}

static void measure_all(const inquiry *at, tf_inequality *made)
{
    for (size_t s = 0; s < at->layout->n_strategies; s++) {
        for (size_t m = 0; m < at->layout->n_measures; m++) {
            const char *name = at->layout->measures[m].name;

            for (int relative = 0; tf_is_outcome(name) && relative < 2; relative++) {
                tf_gap *gap = &made->gaps[made->n_gaps++];

                *gap = (tf_gap){.strategy = s, .measure = m, .relative = relative != 0};
                gap->discounted = tf_outcome_discounting(name);
                measure_gap(at, gap);
            }
        }
    }
}

trefoil_status tf_inequality_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample,
                                    tf_inequality **inequality)
{
    const size_t n = tf_sample_size(sample);
    const ptrdiff_t most = tf_find_group(layout, "imd", "1"), least = tf_find_group(layout, "imd", "5");
    tf_inequality *made = TF_NEW(tf_inequality, 1);
    inquiry at = {.layout = layout, .sample = sample, .persons = tf_find_measure(layout, "persons"), .values = TF_NEW(double, n),
                  .changes = TF_NEW(double, n)};
    trefoil_status status = TREFOIL_DONE;

    *inequality = NULL;
    if (made != NULL) {
        made->gaps = TF_NEW(tf_gap, 2 * layout->n_measures * layout->n_strategies);
    }
    if (made == NULL || made->gaps == NULL || at.values == NULL || at.changes == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the analysis of inequality");
        goto out;
    }
    if (most < 0 || least < 0) {
        made->unavailable = "the results are not split by imd, or lack its most or least deprived fifth";
    } else if (n == 0) {
        made->unavailable = "no draw is finished";
    } else {
        at.most = made->most = (size_t)most;
        at.least = made->least = (size_t)least;
        measure_all(&at, made);
    }
    if (n > 0) {
        TRY(tf_inequality_indices(context, layout, sample, made));
    }
    *inequality = made;
    made = NULL;
out:
    tf_free(at.values);
    tf_free(at.changes);
    tf_inequality_destroy(made);
    return status;
}

void tf_inequality_destroy(tf_inequality *inequality)
{
    if (inequality != NULL) {
        tf_free(inequality->gaps);
        tf_free(inequality->indices);
        tf_cuts_free(&inequality->cuts);
        tf_free(inequality);
    }
}

const tf_gap *tf_inequality_find(const tf_inequality *inequality, size_t strategy, size_t measure, bool relative)
{
    for (size_t k = 0; k < inequality->n_gaps; k++) {
        const tf_gap *gap = &inequality->gaps[k];

        if (gap->strategy == strategy && gap->measure == measure && gap->relative == relative) {
            return gap;
        }
    }
    return NULL;
}
