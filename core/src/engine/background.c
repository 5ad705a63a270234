/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/background.h"

#include "base/memory.h"
#include "engine/run.h"
#include "world/expectancy.h"

#include <math.h>
#include <string.h>

/* Sums over residents (life, quality) or simulated people (norm), to be divided by them. */
typedef struct adder {
    const tf_run *run;
    tf_background *groups;
    double *residents, *simulated; /* by group */
    int *at;                       /* the groups of a stratum, by grouping */
} adder;

/* Residents are of all ages; groupings by age leave out those who are younger or older than the people simulated. */
static void add_residents(const adder *to, const tf_stratum *stratum, const tf_expectancy *expectancy)
{
    const tf_scenario *scenario = to->run->scenario;
    const bool outside = stratum->age < scenario->age_min || stratum->age > scenario->age_max;
    const double n = (double)stratum->people;
    tf_stratum inside = *stratum;
    size_t count;

    inside.age = outside ? scenario->age_min : stratum->age;
    count = tf_layout_groups_of(scenario, &to->run->layout, &to->run->selection, &inside, to->at);
    for (size_t g = 0; g < count; ++g) {
        tf_background *group = &to->groups[to->at[g]];
        if (outside && (scenario->groupings[g].dimensions & TF_DIM_AGE))
            continue;
        group->residents[stratum->imd] += n;
        to->residents[to->at[g]] += n;
        if (!expectancy)
            continue;
        group->life += n * expectancy->life[stratum->sex][0][stratum->imd];
        group->quality += n * expectancy->quality[stratum->sex][0][stratum->imd];
    }
}

static void add_simulated(const adder *to, const tf_stratum *stratum, const tf_expectancy *expectancy)
{
    const double n = (double)stratum->people;
    size_t count = tf_layout_groups_of(to->run->scenario, &to->run->layout, &to->run->selection, stratum, to->at);

    for (size_t g = 0; expectancy && g < count; ++g) {
        to->groups[to->at[g]].norm += n * expectancy->norm[stratum->sex][stratum->age];
        to->simulated[to->at[g]] += n;
    }
}

static void divide(const adder *to, const tf_expectancy *expectancy)
{
    for (size_t g = 0; g < to->run->layout.n_groups; ++g) {
        tf_background *group = &to->groups[g];
        group->life = expectancy && to->residents[g] > 0 ? group->life / to->residents[g] : (double)NAN;
        group->quality = expectancy && to->residents[g] > 0 ? group->quality / to->residents[g] : (double)NAN;
        group->norm = expectancy && to->simulated[g] > 0 ? group->norm / to->simulated[g] : (double)NAN;
    }
}

trefoil_status tf_background_find(trefoil_context *context, tf_run *run)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = run->scenario;
    const size_t n = run->layout.n_groups;
    tf_population *residents = NULL;
    tf_expectancy *expectancy = NULL;
    adder to = { .run = run, .groups = TF_NEW(tf_background, n), .residents = TF_NEW(double, n), .simulated = TF_NEW(double, n),
                 .at = TF_NEW(int, 1 + scenario->n_groupings) };

    if (!run->geography)
        goto out;
    if (!to.groups || !to.residents || !to.simulated || !to.at) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the residents of %zu groups", n);
        goto out;
    }
    TRY(tf_population_read(context, scenario->geography, run->geography, &run->selection, 0, TF_AGES - 1, true, 0,
                           scenario->persons_place, &residents));
    TRY(tf_expectancy_read(context, scenario->geography, scenario->discount_effects, scenario->geography_place, &expectancy));
    for (size_t s = 0; s < residents->n_strata; ++s)
        add_residents(&to, &residents->strata[s], expectancy);
    for (size_t s = 0; s < run->population->n_strata; ++s)
        add_simulated(&to, &run->population->strata[s], expectancy);
    divide(&to, expectancy);
    run->layout.background = to.groups;
    to.groups = NULL;
out:
    tf_population_destroy(residents);
    tf_free(expectancy);
    tf_free(to.groups);
    tf_free(to.residents);
    tf_free(to.simulated);
    tf_free(to.at);
    return status;
}

/* ---- does the run have what [equity] names? ------------------------------------ */

static bool has_dimension(const tf_layout *layout, const char *dimension)
{
    for (size_t g = 0; g < layout->n_groups; ++g)
        if (strcmp(layout->groups[g].group_by, dimension) == 0)
            return true;
    return false;
}

static trefoil_status check_plus(trefoil_context *context, const tf_layout *layout, tf_place place, const tf_plus_spec *plus,
                                 const char **names)
{
    size_t n = 0;

    if (!has_dimension(layout, plus->dimension))
        return tf_mistake(context, place, "[equity] plus.%s: results are not split by '%s'; list it under [output] groups",
                          plus->name, plus->dimension);
    for (size_t g = 0; g < layout->n_groups; ++g)
        if (strcmp(layout->groups[g].group_by, plus->dimension) == 0)
            names[n++] = layout->groups[g].group;
    for (size_t i = 0; i < plus->groups.count; ++i) {
        const char *wanted = plus->groups.items[i], *near = tf_nearest(wanted, names, n);
        bool known = false;
        for (size_t k = 0; k < n && !known; ++k)
            known = strcmp(names[k], wanted) == 0;
        if (!known)
            return tf_mistake(context, place, "[equity] plus.%s: there is no %s '%s'%s%s%s", plus->name,
                              plus->dimension, wanted, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return TREFOIL_DONE;
}

static trefoil_status check_gradient(trefoil_context *context, const tf_layout *layout, tf_place place, const char *gradient,
                                     const char **names)
{
    static const char *const known[] = { "flat", "moderate", "steep", "own" };
    const size_t n_known = sizeof known / sizeof *known;
    const char *near;

    for (size_t k = 0; k < n_known; ++k) {
        if (strcmp(gradient, known[k]) == 0)
            return TREFOIL_DONE;
        names[k] = known[k];
    }
    if (tf_layout_measure(layout, gradient) >= 0)
        return TREFOIL_DONE;
    for (size_t m = 0; m < layout->n_measures; ++m)
        names[n_known + m] = layout->measures[m].name;
    near = tf_nearest(gradient, names, n_known + layout->n_measures);
    return tf_mistake(context, place,
                      "[equity] gradient: '%s' is neither flat, moderate, steep, own nor a measure of this run%s%s%s", gradient,
                      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

trefoil_status tf_background_check(trefoil_context *context, const tf_layout *layout, const tf_equity_spec *spec)
{
    trefoil_status status = TREFOIL_DONE;
    const char **names = TF_NEW(const char *, layout->n_measures + layout->n_groups + 4);

    if (!names)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of groups");
    for (size_t i = 0; i < spec->gradients.count; ++i)
        if (check_gradient(context, layout, spec->place, spec->gradients.items[i], names) != TREFOIL_DONE)
            status = TREFOIL_USER_MISTAKE;
    for (size_t i = 0; i < spec->n_plus; ++i)
        if (check_plus(context, layout, spec->place, &spec->plus[i], names) != TREFOIL_DONE)
            status = TREFOIL_USER_MISTAKE;
    tf_free(names);
    return status;
}
