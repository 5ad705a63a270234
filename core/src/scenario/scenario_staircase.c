/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * [staircase]
 *   strategy = support            which strategy's effect on inequality is taken apart; may be left out with equal_uptake
 *   equal_uptake = all            strategies (or `all`) that are also run with the same uptake in all fifths, which is how NICE looks at them
 *   need = model                  conditions, risk factors and `utility` of the model (or `model`, all of them)
 *   eligibility, offer, uptake, adherence, effect = support.uptake, ...     settings that may differ by fifth
 *   opportunity_cost = equity     how it falls on residents: equity (a board's view of [equity]) | flat | moderate | steep
 *   k = 20000                     money per QALY it is reckoned with; default: the first of [equity]
 *   outcomes = qaly, ly           default qaly
 *   shapley = yes                 average over all orders of the steps, as well as the sequence; no: the sequence alone
 */
#include "scenario/scenario_private.h"

#include <string.h>

enum { MOST_SHAPLEY = 5 };

const char *const tf_step_names[] = {"need", "eligibility", "offer", "uptake", "adherence", "effect", "opportunity_cost", NULL};

/* The index of a strategy that `key` names; -1 after a mistake. */
static ptrdiff_t find_strategy(tf_scenario_reader *reader, size_t section, const char *key, const char *text)
{
    tf_scenario *scenario = reader->scenario;
    const char *near, *names[64];
    size_t n = scenario->n_strategies < 64 ? scenario->n_strategies : 64;

    for (size_t i = 0; i < n; i++) {
        names[i] = scenario->strategies[i].name ? scenario->strategies[i].name : "";
        if (strcmp(names[i], text) == 0) {
            if (i == scenario->comparator)
                tf_scenario_wrong(reader, section, key, "this is the comparator, which has no effect; name another");
            return (ptrdiff_t)i;
        }
    }
    near = tf_nearest(text, names, n);
    tf_scenario_wrong(reader, section, key, "there is no [strategy %s]%s%s%s", text, near ? "; did you mean '" : "", near ? near : "",
                      near ? "'?" : "");
    return -1;
}

static void read_strategy(tf_scenario_reader *reader, size_t section)
{
    tf_staircase_spec *spec = &reader->scenario->staircase;
    const char *text = tf_config_text(reader->config, section, "strategy");
    ptrdiff_t found;

    if (!text && tf_config_text(reader->config, section, "equal_uptake"))
        return;
    spec->takes_apart = true;
    if (!tf_scenario_require(reader, section, "strategy", "whose effect on inequality is taken apart"))
        return;
    found = find_strategy(reader, section, "strategy", text);
    spec->strategy = found < 0 ? 0 : (size_t)found;
}

static void read_equal_uptake(tf_scenario_reader *reader, size_t section)
{
    static const char key[] = "equal_uptake";
    tf_scenario *scenario = reader->scenario;
    tf_staircase_spec *spec = &scenario->staircase;
    const char *text = tf_config_text(reader->config, section, key);

    if (!text)
        return;
    spec->uptake_place = tf_scenario_place(reader, section, key);
    spec->all_uptake = strcmp(text, "all") == 0;
    if (!spec->all_uptake)
        tf_scenario_list(reader, section, key, &spec->equal_uptake);
    for (size_t i = 0; i < spec->equal_uptake.count; i++)
        (void)find_strategy(reader, section, key, spec->equal_uptake.items[i]);
    for (size_t i = 0; spec->all_uptake && i < scenario->n_strategies; i++)
        if (i != scenario->comparator && scenario->strategies[i].name)
            reader->starved |= tf_list_add(&spec->equal_uptake, scenario->strategies[i].name) != 0;
    if (!spec->equal[TF_STEP_UPTAKE].count)
        tf_scenario_wrong(reader, section, key, "uptake is missing: the settings that are made equal");
    for (size_t s = 0; s < TF_STEPS; s++)
        if (!spec->takes_apart && s != TF_STEP_UPTAKE && spec->equal[s].count)
            tf_scenario_wrong(reader, section, tf_step_names[s], "no strategy is taken apart; name it as strategy");
}

static size_t read_steps(tf_scenario_reader *reader, size_t section)
{
    static const char *const gradients[] = {"equity", "flat", "moderate", "steep", NULL};
    tf_staircase_spec *spec = &reader->scenario->staircase;
    size_t run = 0;

    for (size_t s = 0; s < TF_STEPS; s++) {
        const char *key = tf_step_names[s];

        spec->places[s] = tf_scenario_place(reader, section, key);
        if (!tf_config_text(reader->config, section, key))
            continue;
        if (s == TF_STEP_OPPORTUNITY_COST) {
            int gradient = tf_config_choice(reader->context, reader->config, section, key, gradients, 0);
            reader->starved |= tf_list_add(&spec->equal[s], gradients[gradient]) != 0;
        } else
            tf_scenario_list(reader, section, key, &spec->equal[s]);
        run += s != TF_STEP_OPPORTUNITY_COST;
    }
    return run;
}

static void read_outcomes(tf_scenario_reader *reader, size_t section)
{
    tf_staircase_spec *spec = &reader->scenario->staircase;

    if (tf_config_text(reader->config, section, "outcomes"))
        tf_scenario_list(reader, section, "outcomes", &spec->outcomes);
    else
        reader->starved |= tf_list_add(&spec->outcomes, "qaly") != 0;
    spec->outcomes_place = tf_scenario_place(reader, section, "outcomes");
}

static bool by_imd(const tf_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n_groupings; i++)
        if (scenario->groupings[i].dimensions == TF_DIM_IMD)
            return true;
    return false;
}

void tf_scenario_read_staircase(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    ptrdiff_t found = tf_config_find(reader->config, "staircase");
    size_t section = (size_t)found, steps;

    if (found < 0)
        return;
    scenario->staircase.stated = true;
    scenario->staircase.place = tf_scenario_place(reader, section, "");
    read_strategy(reader, section);
    steps = read_steps(reader, section);
    read_equal_uptake(reader, section);
    read_outcomes(reader, section);
    scenario->staircase.k = tf_config_number(reader->context, reader->config, section, "k", 1, 1e12, 0);
    scenario->staircase.shapley = tf_config_switch(reader->context, reader->config, section, "shapley", steps <= MOST_SHAPLEY);
    if (steps == 0 && scenario->staircase.takes_apart)
        tf_mistake(reader->context, scenario->staircase.place,
                   "[staircase]: no step is stated: need, eligibility, offer, uptake, adherence or effect = what it makes equal");
    if (scenario->expected)
        tf_mistake(reader->context, scenario->staircase.place, "[staircase]: this needs people; it cannot be run in expected mode");
    else if (scenario->cohort > 0)
        tf_mistake(reader->context, scenario->staircase.place, "[staircase]: people of a cohort are all alike; it needs areas");
    else if (!by_imd(scenario))
        tf_mistake(reader->context, scenario->staircase.place, "[staircase]: results are not split by deprivation: add imd to [output] groups");
}
