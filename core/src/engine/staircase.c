/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/staircase.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A setting that may differ by fifth: the places of its five values among an intervention's parameters. */
typedef struct family {
    tf_step step;
    size_t intervention; /* of the scenario */
    size_t first;        /* value of the most deprived fifth; the others follow */
} family;

typedef struct staircase {
    trefoil_context *context;
    tf_scenario *scenario;
    tf_staircase_spec *spec;
    const tf_model *model;
    const tf_interventions *interventions;
    double shares[TF_QUINTILES];
    family *families;
    size_t n_families;
    unsigned steps, of_comparator; /* bits by tf_step: those that are stated, but for opportunity cost; those that concern the comparator */
    size_t capacity;
} staircase;

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the strategies of a staircase");
}

static bool uses(const tf_strategy_spec *strategy, size_t intervention)
{
    for (size_t i = 0; i < strategy->n_interventions; ++i)
        if (strategy->interventions[i] == intervention)
            return true;
    return false;
}

/* ---- what a step makes equal ------------------------------------------------- */

/* "[staircase] uptake: 'suport.uptake': <why>; did you mean 'support.uptake'?"; frees the names. */
static trefoil_status wrong(const staircase *s, tf_step step, const char *text, const char *why, tf_list *names)
{
    const char *near = tf_nearest(text, (const char *const *)names->items, names->count);
    trefoil_status status = tf_mistake(s->context, s->spec->places[step], "[staircase] %s: '%s': %s%s%s%s", tf_step_names[step], text, why,
                                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");

    tf_list_free(names);
    return status;
}

/* Does a step concern a strategy: the one taken apart, or for uptake one of equal_uptake? */
static bool concerns(const staircase *s, tf_step step, size_t strategy)
{
    return (s->spec->takes_apart && strategy == s->spec->strategy) ||
           (step == TF_STEP_UPTAKE && tf_list_find(&s->spec->equal_uptake, s->scenario->strategies[strategy].name) >= 0);
}

/* Does a step concern a strategy that has the intervention? */
static bool concerns_intervention(const staircase *s, tf_step step, size_t intervention)
{
    for (size_t i = 0; i < s->scenario->n_strategies; ++i)
        if (concerns(s, step, i) && uses(&s->scenario->strategies[i], intervention))
            return true;
    return false;
}

/* Look for "intervention.setting"; `names` gets all there are. */
static bool find_family(const staircase *s, tf_step step, const char *text, family *found, tf_list *names)
{
    bool there = false;

    for (size_t i = 0; i < s->interventions->n_items; ++i) {
        const tf_intervention *item = &s->interventions->items[i];
        if (!concerns_intervention(s, step, i))
            continue;
        for (size_t p = 0; p < item->n_parameters; ++p) {
            trefoil_param of;
            tf_text name = { 0 };
            if (!tf_plugin_family(item->plugin, p, &of) || item->plugin->values[p].quintile != 1)
                continue;
            tf_text_addf(&name, "%s.%s", item->spec->name, of.name);
            if (!name.failed && strcmp(name.chars, text) == 0) {
                *found = (family){ step, i, p };
                there = true;
            }
            if (!name.failed)
                (void)tf_list_add(names, name.chars);
            tf_text_free(&name);
        }
    }
    return there;
}

static trefoil_status add_setting(staircase *s, tf_step step, const char *text)
{
    family found = { 0 };
    tf_list names = { 0 };

    if (!find_family(s, step, text, &found, &names))
        return wrong(s, step, text,
                     step == TF_STEP_UPTAKE && s->spec->equal_uptake.count
                         ? "expected intervention.setting, of the strategies named, that a plugin lets differ by deprivation"
                         : "expected intervention.setting, of this strategy, that a plugin lets differ by deprivation", &names);
    tf_list_free(&names);
    for (size_t i = 0; i < s->n_families; ++i)
        if (s->families[i].intervention == found.intervention && s->families[i].first == found.first)
            return tf_mistake(s->context, s->spec->places[step], "[staircase] %s: '%s' is named twice", tf_step_names[step], text);
    s->families[s->n_families++] = found;
    if (uses(&s->scenario->strategies[s->scenario->comparator], found.intervention))
        s->of_comparator |= 1u << step;
    return TREFOIL_DONE;
}

/* Conditions, risk factors and the utility norm of the model; not conditions of plugins, which begin with nobody in them. */
static bool list_needs(const tf_model *model, tf_list *names)
{
    bool whole = true;

    for (size_t c = 0; c < model->n_conditions; ++c)
        if (model->conditions[c].owner == TF_NONE)
            whole = tf_list_add(names, model->conditions[c].name) == 0 && whole;
    for (size_t r = 0; r < model->n_risks; ++r)
        whole = tf_list_add(names, model->risks[r].name) == 0 && whole;
    return (model->norm == TF_NONE || tf_list_add(names, "utility") == 0) && whole;
}

/* `model` becomes all there are; the others must be among them. */
static trefoil_status read_need(staircase *s)
{
    tf_list names = { 0 }, *need = &s->spec->equal[TF_STEP_NEED];

    if (!list_needs(s->model, &names)) {
        tf_list_free(&names);
        return starve(s->context);
    }
    if (need->count == 1 && strcmp(need->items[0], "model") == 0) {
        tf_list_free(need);
        *need = names;
        return TREFOIL_DONE;
    }
    for (size_t i = 0; i < need->count; ++i)
        if (tf_list_find(&names, need->items[i]) < 0)
            return wrong(s, TF_STEP_NEED, need->items[i], "expected conditions or risk factors of the model, utility, or model for all of them", &names);
    tf_list_free(&names);
    return TREFOIL_DONE;
}

static trefoil_status read_steps(staircase *s)
{
    trefoil_status result = TREFOIL_DONE, status;
    size_t room = 0;

    for (size_t step = 0; step < TF_STEPS; ++step)
        room += s->spec->equal[step].count;
    s->families = TF_NEW(family, room);
    if (!s->families)
        return starve(s->context);
    for (unsigned step = 0; step < TF_STEP_OPPORTUNITY_COST; ++step) {
        const tf_list *equal = &s->spec->equal[step];
        if (!equal->count)
            continue;
        s->steps |= 1u << step;
        if (step == TF_STEP_NEED) {
            s->of_comparator |= 1u << step;
            if ((status = read_need(s)) != TREFOIL_DONE)
                result = status;
            continue;
        }
        for (size_t i = 0; i < equal->count; ++i)
            if ((status = add_setting(s, (tf_step)step, equal->items[i])) != TREFOIL_DONE)
                result = status;
    }
    return result;
}

/* Has the strategy a setting under the step? */
static bool has_setting(const staircase *s, tf_step step, size_t strategy)
{
    for (size_t f = 0; f < s->n_families; ++f)
        if (s->families[f].step == step && uses(&s->scenario->strategies[strategy], s->families[f].intervention))
            return true;
    return false;
}

/* Uptake may name settings of several strategies: each needs one of its own, or with equal_uptake = all stays as it is. */
static trefoil_status check_uptake(staircase *s)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = s->scenario;

    for (size_t i = 0; i < scenario->n_strategies && s->spec->equal[TF_STEP_UPTAKE].count; ++i) {
        const bool taken = s->spec->takes_apart && i == s->spec->strategy;
        if (!concerns(s, TF_STEP_UPTAKE, i) || has_setting(s, TF_STEP_UPTAKE, i))
            continue;
        if (taken || !s->spec->all_uptake)
            status = tf_mistake(s->context, taken ? s->spec->places[TF_STEP_UPTAKE] : s->spec->uptake_place,
                                "[staircase] %s: uptake names no setting of strategy '%s'", taken ? "uptake" : "equal_uptake",
                                scenario->strategies[i].name);
        else
            tf_say(s->context, TREFOIL_LOG_INFO, "[staircase] equal_uptake: uptake names no setting of strategy '%s', which is left as it is",
                   scenario->strategies[i].name);
    }
    return status;
}

/* ---- the strategies ---------------------------------------------------------- */

/* The family's parameters, in order of fifths. */
static tf_fifths fifths_of(const staircase *s, const family *of)
{
    tf_fifths fifths;

    for (size_t q = 0; q < TF_QUINTILES; ++q)
        fifths.parameters[q] = (size_t)s->interventions->items[of->intervention].parameters[of->first + q];
    return fifths;
}

static bool keep_changes(const tf_strategy_spec *of, tf_strategy_spec *spec)
{
    bool whole = true;

    for (; whole && spec->n_changes < of->n_changes; ++spec->n_changes) {
        const tf_setting *change = &of->changes[spec->n_changes];
        tf_setting *copy = &spec->changes[spec->n_changes];
        *copy = (tf_setting){ tf_strdup(change->key), tf_strdup(change->text), change->place };
        whole = copy->key && copy->text;
    }
    return whole;
}

static bool fill(const staircase *s, const tf_strategy_spec *of, unsigned which, tf_strategy_spec *spec)
{
    const tf_list *need = &s->spec->equal[TF_STEP_NEED];
    tf_text title = { 0 };
    bool whole;

    *spec = (tf_strategy_spec){ .name = tf_staircase_name(of->name, which), .place = s->spec->place,
                                .interventions = TF_NEW(size_t, of->n_interventions), .n_interventions = of->n_interventions,
                                .changes = TF_NEW(tf_setting, of->n_changes), .means = TF_NEW(tf_fifths, s->n_families) };
    memcpy(spec->shares, s->shares, sizeof spec->shares);
    if (spec->name)
        tf_text_addf(&title, "%s%s", of->title, strchr(spec->name, ':'));
    spec->title = title.chars;
    whole = spec->name && spec->interventions && spec->changes && spec->means && !title.failed;
    for (size_t i = 0; whole && i < of->n_interventions; ++i)
        spec->interventions[i] = of->interventions[i];
    for (size_t f = 0; whole && f < s->n_families; ++f)
        if (which >> s->families[f].step & 1 && uses(of, s->families[f].intervention))
            spec->means[spec->n_means++] = fifths_of(s, &s->families[f]);
    whole = whole && keep_changes(of, spec);
    for (size_t i = 0; whole && which >> TF_STEP_NEED & 1 && i < need->count; ++i)
        whole = tf_list_add(&spec->levelled, need->items[i]) == 0;
    return whole;
}

static trefoil_status add(staircase *s, size_t of, unsigned which)
{
    tf_scenario *scenario = s->scenario;
    char *name = tf_staircase_name(scenario->strategies[of].name, which);
    bool there = false, whole = name != NULL;
    void *strategies = scenario->strategies;

    for (size_t i = 0; whole && i < scenario->n_strategies; ++i)
        there = there || strcmp(scenario->strategies[i].name, name) == 0;
    tf_free(name);
    if (!whole)
        return starve(s->context);
    if (!which || there)
        return TREFOIL_DONE;
    if (tf_reserve(&strategies, &s->capacity, scenario->n_strategies + 1, sizeof *scenario->strategies))
        return starve(s->context);
    scenario->strategies = strategies;
    whole = fill(s, &scenario->strategies[of], which, &scenario->strategies[scenario->n_strategies]);
    scenario->n_strategies++;
    s->spec->n_extra++;
    return whole ? TREFOIL_DONE : starve(s->context);
}

/* Are they the first few of the steps? */
static bool is_beginning(unsigned which, unsigned steps)
{
    unsigned left = steps & ~which;

    return left == 0 || (left & (0u - left)) > which;
}

/* All subsets of the steps; or the sequence of the first k, and uptake alone, which is how NICE looks at a programme; and that of others. */
static trefoil_status add_all(staircase *s)
{
    trefoil_status status = TREFOIL_DONE;
    size_t own = s->scenario->n_strategies;

    for (unsigned which = 1; s->spec->takes_apart && which < 1u << TF_STEP_OPPORTUNITY_COST; ++which) {
        if ((which & s->steps) != which || (!s->spec->shapley && !is_beginning(which, s->steps) && which != 1u << TF_STEP_UPTAKE))
            continue;
        TRY(add(s, s->spec->strategy, which));
        TRY(add(s, s->scenario->comparator, which & s->of_comparator));
    }
    for (size_t i = 0; i < own; ++i)
        if (tf_list_find(&s->spec->equal_uptake, s->scenario->strategies[i].name) >= 0 && has_setting(s, TF_STEP_UPTAKE, i))
            TRY(add(s, i, 1u << TF_STEP_UPTAKE));
    tf_say(s->context, TREFOIL_LOG_INFO, "[staircase] adds %zu strategies to %zu: the run takes about %.1f times as long%s",
           s->spec->n_extra, own, (double)s->scenario->n_strategies / (double)own,
           s->spec->takes_apart && s->spec->shapley ? "; shapley = no leaves the sequence alone" : "");
out:
    return status;
}

static void share_people(staircase *s, const tf_population *population)
{
    for (size_t i = 0; i < population->n_strata; ++i)
        s->shares[population->strata[i].imd] += (double)population->strata[i].people / (double)population->people;
}

trefoil_status tf_staircase_expand(trefoil_context *context, tf_scenario *scenario, const tf_model *model,
                                   const tf_interventions *interventions, const tf_population *population)
{
    staircase s = { .context = context, .scenario = scenario, .spec = &scenario->staircase, .model = model,
                    .interventions = interventions };
    trefoil_status status = TREFOIL_DONE;

    if (!scenario->staircase.stated)
        return TREFOIL_DONE;
    if (model->n_paths)
        return tf_mistake(context, scenario->staircase.place, "[staircase]: a decision tree has no fifths");
    share_people(&s, population);
    TRY(read_steps(&s));
    TRY(check_uptake(&s));
    TRY(add_all(&s));
out:
    tf_free(s.families);
    return status;
}

char *tf_staircase_name(const char *strategy, unsigned which)
{
    tf_text name = { 0 };
    const char *before = ":equal ";

    tf_text_add(&name, strategy);
    for (size_t step = 0; step < TF_STEPS; ++step)
        if (which >> step & 1) {
            tf_text_addf(&name, "%s%s", before, tf_step_names[step]);
            before = "+";
        }
    if (name.failed)
        tf_text_free(&name);
    return name.chars;
}
