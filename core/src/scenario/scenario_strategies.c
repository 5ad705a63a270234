/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [intervention NAME] and [strategy NAME]: what is compared. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <string.h>

bool tf_scenario_named(tf_scenario_reader *reader, size_t i, const char *kind, const char **name)
{
    tf_place place = tf_config_section_place(reader->config, i);

    if (!tf_config_section_is(reader->config, i, kind, name))
        return false;
    if (tf_is_name(*name))
        return true;
    tf_config_know_section(reader->config, i);
    if (**name == '\0')
        tf_mistake(reader->context, place, "[%s]: a name is missing: [%s NAME]", kind, kind);
    else
        tf_mistake(reader->context, place, "[%s %s]: a name is a letter followed by letters, digits and '_'", kind, *name);
    return false;
}

static size_t count_sections(tf_scenario_reader *reader, const char *kind)
{
    size_t n = 0;

    for (size_t i = 0; i < tf_config_sections(reader->config); i++)
        n += tf_config_section_is(reader->config, i, kind, NULL);
    return n;
}

/* ---- interventions ----------------------------------------------------------- */

static void read_intervention(tf_scenario_reader *reader, size_t section, const char *name)
{
    static const char *const ours[] = {"plugin", "title", NULL};
    tf_scenario *scenario = reader->scenario;
    tf_intervention_spec *spec = &scenario->interventions[scenario->n_interventions++];

    tf_config_require(reader->context, reader->config, section, "plugin", "the plugin that carries out the intervention");
    spec->name = tf_strdup(name);
    spec->title = tf_scenario_text(reader, section, "title", name);
    spec->plugin = tf_scenario_text(reader, section, "plugin", "");
    spec->place = tf_scenario_place(reader, section, "");
    spec->plugin_place = tf_scenario_place(reader, section, "plugin");
    tf_scenario_settings(reader, section, ours, &spec->settings, &spec->n_settings);
    tf_config_know_section(reader->config, section);
    reader->starved |= !spec->name;
}

static void read_interventions(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    const char *name;

    scenario->interventions = TF_NEW(tf_intervention_spec, count_sections(reader, "intervention"));
    if (!scenario->interventions) {
        reader->starved = true;
        return;
    }
    for (size_t i = 0; i < tf_config_sections(reader->config); i++)
        if (tf_scenario_named(reader, i, "intervention", &name))
            read_intervention(reader, i, name);
}

/* ---- strategies -------------------------------------------------------------- */

static ptrdiff_t find_intervention(tf_scenario_reader *reader, size_t section, const char *name, bool *used)
{
    const tf_scenario *scenario = reader->scenario;
    const char *near = NULL, **names;

    for (size_t i = 0; i < scenario->n_interventions; i++) {
        if (scenario->interventions[i].name && strcmp(scenario->interventions[i].name, name) == 0) {
            used[i] = true;
            return (ptrdiff_t)i;
        }
    }
    names = TF_NEW(const char *, scenario->n_interventions);
    if (!names) {
        reader->starved = true;
        return -1;
    }
    for (size_t i = 0; i < scenario->n_interventions; i++)
        names[i] = scenario->interventions[i].name ? scenario->interventions[i].name : "";
    near = tf_nearest(name, names, scenario->n_interventions);
    tf_free(names);
    if (near)
        tf_scenario_wrong(reader, section, "interventions", "there is no [intervention %s]; did you mean '%s'?", name, near);
    else
        tf_scenario_wrong(reader, section, "interventions", "there is no [intervention %s]", name);
    return -1;
}

static void read_uses(tf_scenario_reader *reader, size_t section, tf_strategy_spec *spec, bool *used)
{
    tf_list list = {0};

    tf_scenario_list(reader, section, "interventions", &list);
    spec->interventions = TF_NEW(size_t, list.count);
    reader->starved |= !spec->interventions;
    for (size_t i = 0; spec->interventions && i < list.count; i++) {
        ptrdiff_t found = find_intervention(reader, section, list.items[i], used);
        bool twice = false;
        if (found < 0)
            continue;
        for (size_t j = 0; j < spec->n_interventions; j++)
            twice |= spec->interventions[j] == (size_t)found;
        if (twice)
            tf_scenario_wrong(reader, section, "interventions", "'%s' is listed twice", list.items[i]);
        else
            spec->interventions[spec->n_interventions++] = (size_t)found;
    }
    tf_list_free(&list);
}

void tf_scenario_read_changes(tf_scenario_reader *reader, size_t section, tf_strategy_spec *spec)
{
    static const char prefix[] = "parameters.";
    size_t n = tf_config_keys(reader->config, section);

    spec->changes = TF_NEW(tf_setting, n);
    reader->starved |= !spec->changes;
    for (size_t k = 0; spec->changes && k < n; k++) {
        const char *key = tf_config_key(reader->config, section, k);
        tf_setting *change = &spec->changes[spec->n_changes];

        if (strncmp(key, prefix, sizeof prefix - 1) != 0)
            continue;
        change->key = tf_strdup(key + sizeof prefix - 1);
        change->text = tf_scenario_text(reader, section, key, NULL);
        change->place = tf_scenario_place(reader, section, key);
        reader->starved |= !change->key;
        spec->n_changes++;
    }
}

static void read_strategy(tf_scenario_reader *reader, size_t section, const char *name, bool *used)
{
    tf_scenario *scenario = reader->scenario;
    tf_strategy_spec *spec = &scenario->strategies[scenario->n_strategies++];

    spec->name = tf_strdup(name);
    spec->title = tf_scenario_text(reader, section, "title", name);
    spec->place = tf_scenario_place(reader, section, "");
    reader->starved |= !spec->name;
    read_uses(reader, section, spec, used);
    tf_scenario_read_changes(reader, section, spec);
}

static void report_unused(tf_scenario_reader *reader, const bool *used)
{
    const tf_scenario *scenario = reader->scenario;

    for (size_t i = 0; i < scenario->n_interventions; i++)
        if (!used[i] && scenario->interventions[i].name)
            tf_mistake(reader->context, scenario->interventions[i].place, "[intervention %s]: no strategy uses it",
                       scenario->interventions[i].name);
}

void tf_scenario_read_strategies(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t n = count_sections(reader, "strategy");
    const char *name;
    bool *used;

    read_interventions(reader);
    scenario->strategies = TF_NEW(tf_strategy_spec, n);
    used = TF_NEW(bool, scenario->n_interventions);
    if (scenario->strategies && used && !reader->starved) {
        for (size_t i = 0; i < tf_config_sections(reader->config); i++)
            if (tf_scenario_named(reader, i, "strategy", &name))
                read_strategy(reader, i, name, used);
        if (n == 0)
            tf_mistake(reader->context, (tf_place){scenario->path, 0}, "no [strategy NAME] section: at least one is needed");
        if (!reader->starved && scenario->n_strategies == n) /* what a strategy with a faulty name uses is not known */
            report_unused(reader, used);
    } else {
        reader->starved = true;
    }
    tf_free(used);
}
