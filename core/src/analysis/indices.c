/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inequality.h"

#include "analysis/concentration.h"
#include "analysis/dispersion.h"
#include "analysis/gini.h"
#include "analysis/slope.h"
#include "analysis/theil.h"
#include "analysis/welfare.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

enum { FIFTHS = 5 };

/* ---- the indices --------------------------------------------------------------- */

typedef struct both {
    tf_ranking *social, *by_health;
} both;

static const tf_slope line = {.link = TF_LINEAR, .weighted = true};

static tf_index sii(const both *d) { return tf_sii(d->social, &line); }
static tf_index rii_mean(const both *d) { return tf_rii_mean(d->social, &line); }
static tf_index rii_ratio(const both *d) { return tf_rii_ratio(d->social, &line); }
static tf_index concentration(const both *d) { return tf_concentration(d->social); }
static tf_index generalised(const both *d) { return tf_concentration_generalised(d->social); }
static tf_index gini(const both *d) { return tf_gini(d->by_health); }
static tf_index theil_t(const both *d) { return tf_theil_t(d->social); }
static tf_index theil_l(const both *d) { return tf_theil_l(d->social); }
static tf_index variance(const both *d) { return tf_between_group_variance(d->social); }
static tf_index variation(const both *d) { return tf_coefficient_of_variation(d->social); }
static tf_index disparity(const both *d) { return tf_index_of_disparity(d->social, true); }
static tf_index risk(const both *d) { return tf_attributable_risk(d->social, true); }
static tf_index fraction(const both *d) { return tf_attributable_fraction(d->social, true); }
static tf_index atkinson_1(const both *d) { return tf_aversion_index(d->social, TF_ATKINSON, 1); }
static tf_index atkinson_robson(const both *d) { return tf_aversion_index(d->social, TF_ATKINSON, 10.95); }
static tf_index ede_robson(const both *d) { return tf_ede(d->social, TF_ATKINSON, 10.95); }
static tf_index kolm_robson(const both *d) { return tf_aversion_index(d->social, TF_KOLM, 0.15); }

/* `linear`: its change is the index of the changes.  `ratio`: 1 when all are equal, not 0.  `good`: for goods only.  `level`: not a distance
 * from equality. */
static const struct {
    const char *name;
    tf_index (*find)(const both *d);
    bool linear, ratio, good, level;
} table[] = {
    {.name = "sii", .find = sii, .linear = true},
    {.name = "rii_mean", .find = rii_mean},
    {.name = "rii_ratio", .find = rii_ratio, .ratio = true},
    {.name = "concentration_index", .find = concentration},
    {.name = "concentration_generalised", .find = generalised, .linear = true},
    {.name = "gini", .find = gini},
    {.name = "theil_t", .find = theil_t},
    {.name = "theil_l", .find = theil_l},
    {.name = "between_group_variance", .find = variance},
    {.name = "coefficient_of_variation", .find = variation},
    {.name = "index_of_disparity_weighted", .find = disparity},
    {.name = "attributable_risk", .find = risk, .linear = true},
    {.name = "attributable_fraction", .find = fraction},
    {.name = "atkinson(1)", .find = atkinson_1, .good = true},
    {.name = "atkinson(10.95)", .find = atkinson_robson, .good = true},
    {.name = "atkinson_ede(10.95)", .find = ede_robson, .good = true, .level = true},
    {.name = "kolm(0.15)", .find = kolm_robson, .good = true},
};
enum { INDICES = sizeof table / sizeof *table };

/* How far from equality. */
static double distance(size_t index, double value)
{
    return fabs(table[index].ratio ? log(value) : value);
}

/* ---- one draw ------------------------------------------------------------------ */

typedef struct search {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_sample *sample;
    ptrdiff_t persons;
    size_t fifths[FIFTHS];
    double *values, *changes; /* [index][draw] */
} search;

static void free_both(both *d)
{
    tf_ranking_destroy(d->social);
    tf_ranking_destroy(d->by_health);
    *d = (both){0};
}

static trefoil_status make_both(trefoil_context *context, const double *people, const double *health, both *d)
{
    static const double rank[FIFTHS] = {1, 2, 3, 4, 5};
    trefoil_status status;

    TRY(tf_ranking_create(context, FIFTHS, people, health, NULL, rank, &d->social));
    TRY(tf_ranking_by_health(context, d->social, &d->by_health));
out:
    return status;
}

/* Every index of some values; reasons instead of numbers where they are not defined. */
static trefoil_status find_all(trefoil_context *context, const double *people, const double *health, tf_index found[INDICES])
{
    both d = {0};
    trefoil_status status = make_both(context, people, health, &d);

    for (size_t i = 0; status == TREFOIL_DONE && i < INDICES; i++) {
        found[i] = table[i].find(&d);
    }
    free_both(&d);
    return status;
}

/* The five fifths of a strategy and of the comparator in one outcome. */
typedef struct fifths {
    double people[FIFTHS], a[FIFTHS], b[FIFTHS], change[FIFTHS];
    tf_pair pairs[FIFTHS];
    const char *undefined;
} fifths;

static fifths look(const search *at, const tf_outcome *outcomes, const tf_run_index *of)
{
    fifths seen = {0};

    for (size_t g = 0; g < FIFTHS; g++) {
        const tf_estimand estimand = {.strategy = of->strategy, .group = at->fifths[g], .measure = of->measure,
                                      .discounted = of->discounted, .per_person = true};

        seen.people[g] = outcomes[of->strategy].total[tf_at(at->layout, at->fifths[g], (size_t)at->persons, TF_UNDISCOUNTED)];
        seen.pairs[g] = tf_estimand_pair(at->layout, at->persons, outcomes, &estimand);
        seen.a[g] = seen.pairs[g].a;
        seen.b[g] = seen.pairs[g].b;
        seen.change[g] = seen.a[g] - seen.b[g];
        if (!(seen.people[g] > 0) || isnan(seen.a[g]) || isnan(seen.b[g])) {
            seen.undefined = "a group has no people";
        }
    }
    return seen;
}

/* First-order variances of all indices and their changes, by central differences in each fifth. */
static trefoil_status first_order(const search *at, const fifths *seen, double value[INDICES], double change[INDICES])
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t g = 0; g < FIFTHS; g++) {
        tf_index at_a[2][INDICES], at_b[2][INDICES];
        double step_a = 1e-6 * fmax(fabs(seen->a[g]), 1e-6), step_b = 1e-6 * fmax(fabs(seen->b[g]), 1e-6);

        for (int up = 0; up < 2; up++) {
            double a[FIFTHS], b[FIFTHS];

            memcpy(a, seen->a, sizeof a);
            memcpy(b, seen->b, sizeof b);
            a[g] += up ? step_a : -step_a;
            b[g] += up ? step_b : -step_b;
            TRY(find_all(at->context, seen->people, a, at_a[up]));
            TRY(find_all(at->context, seen->people, b, at_b[up]));
        }
        for (size_t i = 0; i < INDICES; i++) {
            double da = (at_a[1][i].value - at_a[0][i].value) / (2 * step_a);
            double db = (at_b[1][i].value - at_b[0][i].value) / (2 * step_b);

            value[i] += tf_pair_variance(&seen->pairs[g], da, 0);
            change[i] += tf_pair_variance(&seen->pairs[g], da, -db);
        }
    }
out:
    return status;
}

/* ---- all draws ----------------------------------------------------------------- */

/* Note draw k; a draw in which an index is not defined makes it undefined. */
static trefoil_status note_draw(const search *at, size_t k, size_t n, const fifths *seen, tf_run_index *indices, double narrower[INDICES])
{
    tf_index a[INDICES], b[INDICES], c[INDICES];
    trefoil_status status = TREFOIL_DONE;

    TRY(find_all(at->context, seen->people, seen->a, a));
    TRY(find_all(at->context, seen->people, seen->b, b));
    TRY(find_all(at->context, seen->people, seen->change, c));
    for (size_t i = 0; i < INDICES; i++) {
        const char *why = a[i].undefined ? a[i].undefined : b[i].undefined;
        double before = distance(i, b[i].value), after = distance(i, a[i].value);

        if (why) {
            indices[i].undefined = why;
            continue;
        }
        at->values[i * n + k] = a[i].value;
        at->changes[i * n + k] = table[i].linear && !c[i].undefined ? c[i].value : a[i].value - b[i].value;
        narrower[i] += after < before ? 1 : after == before ? 0.5 : 0;
    }
out:
    return status;
}

/* All indices of one strategy and outcome. */
static trefoil_status measure(const search *at, tf_run_index *indices)
{
    const size_t n = tf_sample_size(at->sample);
    double narrower[INDICES] = {0}, variance_of_value[INDICES] = {0}, variance_of_change[INDICES] = {0};
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n; k++) {
        fifths seen = look(at, tf_sample_at(at->sample, k), &indices[0]);

        if (seen.undefined) {
            for (size_t i = 0; i < INDICES; i++) {
                indices[i].undefined = seen.undefined;
            }
            return TREFOIL_DONE;
        }
        TRY(note_draw(at, k, n, &seen, indices, narrower));
        if (n == 1) {
            TRY(first_order(at, &seen, variance_of_value, variance_of_change));
        }
    }
    for (size_t i = 0; i < INDICES; i++) {
        if (indices[i].undefined) {
            continue;
        }
        indices[i].value = tf_estimate_values(at->values + i * n, n, variance_of_value[i]);
        if (indices[i].strategy != at->layout->comparator) {
            indices[i].change = tf_estimate_values(at->changes + i * n, n, variance_of_change[i]);
            indices[i].p_narrower = at->sample->n_draws > 1 && !table[i].level ? narrower[i] / (double)n : (double)NAN;
        }
    }
out:
    return status;
}

static bool is_good(const char *name)
{
    return strcmp(name, "ly") == 0 || strcmp(name, "qaly") == 0;
}

static trefoil_status measure_all(const search *at, tf_inequality *made)
{
    static const tf_estimate nothing = {NAN, NAN, NAN, NAN};
    trefoil_status status = TREFOIL_DONE;

    for (size_t s = 0; s < at->layout->n_strategies; s++) {
        for (size_t m = 0; m < at->layout->n_measures; m++) {
            const char *name = at->layout->measures[m].name;
            tf_run_index found[INDICES];

            if (!tf_is_outcome(name)) {
                continue;
            }
            for (size_t i = 0; i < INDICES; i++) {
                found[i] = (tf_run_index){.strategy = s, .measure = m, .discounted = tf_outcome_discounting(name), .name = table[i].name,
                                          .value = nothing, .change = nothing, .p_narrower = NAN};
            }
            TRY(measure(at, found));
            for (size_t i = 0; i < INDICES; i++) {
                if (is_good(name) || !table[i].good) {
                    made->indices[made->n_indices++] = found[i];
                }
            }
        }
    }
out:
    return status;
}

trefoil_status tf_inequality_indices(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, tf_inequality *inequality)
{
    static const char *const names[FIFTHS] = {"1", "2", "3", "4", "5"};
    search at = {.context = context, .layout = layout, .sample = sample, .persons = tf_find_measure(layout, "persons")};
    size_t n = tf_sample_size(sample);
    trefoil_status status;

    for (size_t g = 0; g < FIFTHS; g++) {
        ptrdiff_t found = tf_find_group(layout, "imd", names[g]);

        if (found < 0 || at.persons < 0) {
            return TREFOIL_DONE;
        }
        at.fifths[g] = (size_t)found;
    }
    inequality->indices = TF_NEW(tf_run_index, layout->n_strategies * layout->n_measures * INDICES);
    at.values = TF_NEW(double, INDICES * n);
    at.changes = TF_NEW(double, INDICES * n);
    if (!inequality->indices || !at.values || !at.changes) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the indices of inequality");
    } else {
        status = measure_all(&at, inequality);
    }
    tf_free(at.values);
    tf_free(at.changes);
    return status;
}

const tf_run_index *tf_inequality_index(const tf_inequality *inequality, size_t strategy, size_t measure_at, const char *name)
{
    for (size_t k = 0; k < inequality->n_indices; k++) {
        const tf_run_index *index = &inequality->indices[k];

        if (index->strategy == strategy && index->measure == measure_at && strcmp(index->name, name) == 0) {
            return index;
        }
    }
    return NULL;
}
