/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inequality.h"

#include "analysis/concentration.h"
#include "analysis/cut.h"
#include "analysis/dispersion.h"
#include "analysis/gap.h"
#include "analysis/gini.h"
#include "analysis/slope.h"
#include "analysis/theil.h"
#include "analysis/welfare.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

/* ---- the indices --------------------------------------------------------------- */

typedef struct both {
    tf_ranking *social, *by_health;
    const tf_cut *cut;
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

static tf_index range(const both *d) { return tf_range(d->social); }
static tf_index range_ratio(const both *d) { return tf_range_ratio(d->social); }

/* A part of Theil's T or L along the dimension of a crossed cut. */
static tf_index split(const both *d, const char *dimension, bool t, bool between)
{
    for (size_t k = 0; k < d->cut->n_sides; k++) {
        const tf_cut_side *side = &d->cut->sides[k];

        if (strcmp(side->dimension, dimension) == 0) {
            tf_theil_split parts = t ? tf_theil_t_split(d->social, side->part, side->n_parts)
                                     : tf_theil_l_split(d->social, side->part, side->n_parts);

            return parts.undefined ? tf_index_undefined(parts.undefined) : tf_index_of(between ? parts.between : parts.within, NAN);
        }
    }
    return tf_index_undefined("the groups do not have this dimension");
}

/* `linear`: its change is the index of the changes.  `ratio`: 1 when all are equal, not 0.  `good`: for goods only.  `level`: not a distance
 * from equality.  `social`: for ranked cuts only.  `other`: not of the fifths, which have gaps.  `side`: for cuts crossed with this dimension. */
typedef struct entry {
    const char *name;
    tf_index (*find)(const both *d);
    bool linear, ratio, good, level, social, other;
    const char *side;
    bool t, between;
} entry;
#define SPLIT(dimension)                                                                                       \
    {.name = "theil_t_between(" dimension ")", .side = dimension, .t = true, .between = true},                 \
    {.name = "theil_t_within(" dimension ")", .side = dimension, .t = true},                                   \
    {.name = "theil_l_between(" dimension ")", .side = dimension, .between = true},                            \
    {.name = "theil_l_within(" dimension ")", .side = dimension}
static const entry table[] = {
    {.name = "sii", .find = sii, .linear = true, .social = true},
    {.name = "rii_mean", .find = rii_mean, .social = true},
    {.name = "rii_ratio", .find = rii_ratio, .ratio = true, .social = true},
    {.name = "concentration_index", .find = concentration, .social = true},
    {.name = "concentration_generalised", .find = generalised, .linear = true, .social = true},
    {.name = "range", .find = range, .other = true},
    {.name = "range_ratio", .find = range_ratio, .ratio = true, .other = true},
    {.name = "gini", .find = gini},
    {.name = "theil_t", .find = theil_t},
    {.name = "theil_l", .find = theil_l},
    SPLIT("region"),
    SPLIT("icb"),
    SPLIT("imd"),
    SPLIT("sex"),
    SPLIT("age"),
    {.name = "between_group_variance", .find = variance},
    {.name = "coefficient_of_variation", .find = variation},
    {.name = "index_of_disparity_weighted", .find = disparity},
    {.name = "attributable_risk", .find = risk, .linear = true, .social = true},
    {.name = "attributable_fraction", .find = fraction, .social = true},
    {.name = "atkinson(1)", .find = atkinson_1, .good = true},
    {.name = "atkinson(10.95)", .find = atkinson_robson, .good = true},
    {.name = "atkinson_ede(10.95)", .find = ede_robson, .good = true, .level = true},
    {.name = "kolm(0.15)", .find = kolm_robson, .good = true},
};
enum { INDICES = sizeof table / sizeof *table };

/* Has a cut this index at all? */
static bool applies(const tf_cut *cut, const entry *index, bool good)
{
    bool has_side = index->side == NULL;

    for (size_t k = 0; k < cut->n_sides && !has_side; k++) {
        has_side = strcmp(cut->sides[k].dimension, index->side) == 0;
    }
    return has_side && (good || !index->good) && (cut->ranked || !index->social) && (!index->other || strcmp(cut->name, "imd") != 0);
}

/* How far from equality. */
static double distance(size_t index, double value)
{
    return fabs(table[index].ratio ? log(value) : value);
}

/* ---- one draw ------------------------------------------------------------------ */

/* One strategy, outcome and cut; the arrays are by group but `values` and `changes`, [index][draw]. */
typedef struct search {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_sample *sample;
    const tf_cut *cut;
    bool used[INDICES];
    double *people, *rank, *a, *b, *change, *values, *changes;
    tf_pair *pairs;
} search;

/* Every index of some values; reasons instead of numbers where they are not defined. */
static trefoil_status find_all(const search *at, const double *health, tf_index found[INDICES])
{
    both d = {.cut = at->cut};
    trefoil_status status;

    TRY(tf_ranking_create(at->context, at->cut->n, at->people, health, NULL, at->cut->ranked ? at->rank : NULL, &d.social));
    TRY(tf_ranking_by_health(at->context, d.social, &d.by_health));
    for (size_t i = 0; i < INDICES; i++) {
        if (at->used[i]) {
            found[i] = table[i].side ? split(&d, table[i].side, table[i].t, table[i].between) : table[i].find(&d);
        }
    }
out:
    tf_ranking_destroy(d.social);
    tf_ranking_destroy(d.by_health);
    return status;
}

/* The groups of a strategy and of the comparator in one outcome; why not, or NULL. */
static const char *look(search *at, const tf_outcome *outcomes, const tf_run_index *of)
{
    const char *undefined = NULL;
    ptrdiff_t persons = tf_find_measure(at->layout, "persons");

    for (size_t g = 0; g < at->cut->n; g++) {
        const tf_cut_group *group = &at->cut->groups[g];

        at->people[g] = persons < 0 ? 0 : tf_cut_total(at->layout, group, &outcomes[of->strategy], (size_t)persons, TF_UNDISCOUNTED);
        at->pairs[g] = tf_cut_pair(at->layout, group, outcomes, of->strategy, of->measure, of->discounted);
        at->rank[g] = group->rank;
        at->a[g] = at->pairs[g].a;
        at->b[g] = at->pairs[g].b;
        at->change[g] = at->a[g] - at->b[g];
        if (!(at->people[g] > 0) || isnan(at->a[g]) || isnan(at->b[g])) {
            undefined = "a group has no people";
        }
    }
    return undefined;
}

/* Every index with one value moved up and down. */
static trefoil_status move(const search *at, double *values, size_t g, double step, tf_index found[2][INDICES])
{
    const double was = values[g];
    trefoil_status status = TREFOIL_DONE;

    for (int up = 0; up < 2; up++) {
        values[g] = was + (up ? step : -step);
        TRY(find_all(at, values, found[up]));
    }
out:
    values[g] = was;
    return status;
}

/* First-order variances of all indices and their changes, by central differences in each group. */
static trefoil_status first_order(const search *at, double value[INDICES], double change[INDICES])
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t g = 0; g < at->cut->n; g++) {
        tf_index at_a[2][INDICES], at_b[2][INDICES];
        double step_a = 1e-6 * fmax(fabs(at->a[g]), 1e-6), step_b = 1e-6 * fmax(fabs(at->b[g]), 1e-6);

        TRY(move(at, at->a, g, step_a, at_a));
        TRY(move(at, at->b, g, step_b, at_b));
        for (size_t i = 0; i < INDICES; i++) {
            if (at->used[i]) {
                double da = (at_a[1][i].value - at_a[0][i].value) / (2 * step_a);
                double db = (at_b[1][i].value - at_b[0][i].value) / (2 * step_b);

                value[i] += tf_pair_variance(&at->pairs[g], da, 0);
                change[i] += tf_pair_variance(&at->pairs[g], da, -db);
            }
        }
    }
out:
    return status;
}

/* ---- all draws ----------------------------------------------------------------- */

/* Note draw k; a draw in which an index is not defined makes it undefined. */
static trefoil_status note_draw(const search *at, size_t k, size_t n, tf_run_index *indices, double narrower[INDICES])
{
    tf_index a[INDICES], b[INDICES], c[INDICES];
    trefoil_status status = TREFOIL_DONE;

    TRY(find_all(at, at->a, a));
    TRY(find_all(at, at->b, b));
    TRY(find_all(at, at->change, c));
    for (size_t i = 0; i < INDICES; i++) {
        const char *why;

        if (!at->used[i]) {
            continue;
        }
        why = a[i].undefined ? a[i].undefined : b[i].undefined;
        if (why) {
            indices[i].undefined = why;
        } else {
            double before = distance(i, b[i].value), after = distance(i, a[i].value);

            at->values[i * n + k] = a[i].value;
            at->changes[i * n + k] = table[i].linear && !c[i].undefined ? c[i].value : a[i].value - b[i].value;
            narrower[i] += after < before ? 1 : after == before ? 0.5 : 0;
        }
    }
out:
    return status;
}

/* All indices of one strategy, outcome and cut. */
static trefoil_status measure(search *at, tf_run_index *indices)
{
    const size_t n = tf_sample_size(at->sample);
    double narrower[INDICES] = {0}, variance_of_value[INDICES] = {0}, variance_of_change[INDICES] = {0};
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n; k++) {
        const char *undefined = look(at, tf_sample_at(at->sample, k), &indices[0]);

        if (undefined) {
            for (size_t i = 0; i < INDICES; i++) {
                indices[i].undefined = undefined;
            }
            return TREFOIL_DONE;
        }
        TRY(note_draw(at, k, n, indices, narrower));
        if (n == 1) {
            TRY(first_order(at, variance_of_value, variance_of_change));
        }
    }
    for (size_t i = 0; i < INDICES; i++) {
        if (!at->used[i] || indices[i].undefined) {
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

/* Fifths have every outcome; other cuts those that sum up a life. */
static bool is_measured(const tf_cut *cut, const char *name)
{
    static const char *const lives[] = {"ly", "qaly", "cost", "deaths"};

    for (size_t k = 0; k < sizeof lives / sizeof *lives; k++) {
        if (strcmp(name, lives[k]) == 0) {
            return true;
        }
    }
    return strcmp(cut->name, "imd") == 0 && tf_is_outcome(name);
}

static trefoil_status measure_cut(search *at, tf_inequality *made)
{
    static const tf_estimate nothing = {NAN, NAN, NAN, NAN};
    trefoil_status status = TREFOIL_DONE;

    for (size_t s = 0; s < at->layout->n_strategies; s++) {
        for (size_t m = 0; m < at->layout->n_measures; m++) {
            const char *name = at->layout->measures[m].name;
            tf_run_index found[INDICES];

            if (!is_measured(at->cut, name)) {
                continue;
            }
            for (size_t i = 0; i < INDICES; i++) {
                found[i] = (tf_run_index){.strategy = s, .measure = m, .discounted = tf_outcome_discounting(name), .group_by = at->cut->name,
                                          .name = table[i].name, .value = nothing, .change = nothing, .p_narrower = NAN};
                at->used[i] = applies(at->cut, &table[i], is_good(name));
            }
            TRY(measure(at, found));
            for (size_t i = 0; i < INDICES; i++) {
                if (at->used[i]) {
                    made->indices[made->n_indices++] = found[i];
                }
            }
        }
    }
out:
    return status;
}

static bool give_room(search *at, size_t groups, size_t draws)
{
    at->people = TF_NEW(double, groups);
    at->rank = TF_NEW(double, groups);
    at->a = TF_NEW(double, groups);
    at->b = TF_NEW(double, groups);
    at->change = TF_NEW(double, groups);
    at->pairs = TF_NEW(tf_pair, groups);
    at->values = TF_NEW(double, INDICES * draws);
    at->changes = TF_NEW(double, INDICES * draws);
    return at->people && at->rank && at->a && at->b && at->change && at->pairs && at->values && at->changes;
}

static void take_room(search *at)
{
    tf_free(at->people);
    tf_free(at->rank);
    tf_free(at->a);
    tf_free(at->b);
    tf_free(at->change);
    tf_free(at->pairs);
    tf_free(at->values);
    tf_free(at->changes);
}

trefoil_status tf_inequality_indices(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, tf_inequality *inequality)
{
    search at = {.context = context, .layout = layout, .sample = sample};
    trefoil_status status;

    TRY(tf_cuts_create(context, layout, NULL, tf_sample_at(sample, 0), false, &inequality->cuts));
    inequality->indices = TF_NEW(tf_run_index, inequality->cuts.count * layout->n_strategies * layout->n_measures * INDICES);
    if (!inequality->indices || !give_room(&at, layout->n_groups, tf_sample_size(sample))) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the indices of inequality");
        goto out;
    }
    for (size_t c = 0; c < inequality->cuts.count; c++) {
        at.cut = &inequality->cuts.items[c];
        if (at.cut->n > 1 && (at.cut->n == TF_FIFTHS || strcmp(at.cut->name, "imd") != 0)) {
            TRY(measure_cut(&at, inequality));
        }
    }
out:
    take_room(&at);
    return status;
}

const tf_run_index *tf_inequality_index(const tf_inequality *inequality, size_t strategy, size_t measure_at, const char *name)
{
    for (size_t k = 0; k < inequality->n_indices; k++) {
        const tf_run_index *index = &inequality->indices[k];

        if (index->strategy == strategy && index->measure == measure_at && strcmp(index->group_by, "imd") == 0 &&
            strcmp(index->name, name) == 0) {
            return index;
        }
    }
    return NULL;
}
