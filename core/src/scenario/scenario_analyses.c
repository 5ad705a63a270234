/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [scenario-analysis NAME]: variants of the scenario, each a list of assignments as after --set. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <string.h>

#define KIND "scenario-analysis"

/* "set", "set_2", "set_3" ... */
static bool is_set(const char *key)
{
    return strcmp(key, "set") == 0 || (strncmp(key, "set_", 4) == 0 && key[4] != '\0' && strspn(key + 4, "0123456789") == strlen(key + 4));
}

static bool is_good_name(tf_scenario_reader *reader, size_t section, const char *name)
{
    tf_place place = tf_config_section_place(reader->config, section);

    if (tf_is_name(name) && strcmp(name, "base") != 0)
        return true;
    if (*name == '\0')
        tf_mistake(reader->context, place, "[" KIND "]: a name is missing: [" KIND " NAME]");
    else if (strcmp(name, "base") == 0)
        tf_mistake(reader->context, place, "[" KIND " base]: 'base' is the scenario itself; choose another name");
    else
        tf_mistake(reader->context, place, "[" KIND " %s]: a name is a letter followed by letters, digits and '_'", name);
    return false;
}

static void read_analysis(tf_scenario_reader *reader, size_t section, const char *name)
{
    tf_scenario *scenario = reader->scenario;
    tf_analysis_spec *spec = &scenario->analyses[scenario->n_analyses++];
    size_t keys = tf_config_keys(reader->config, section);

    spec->name = tf_strdup(name);
    spec->title = tf_scenario_text(reader, section, "title", name);
    spec->place = tf_scenario_place(reader, section, "");
    spec->sets = TF_NEW(tf_setting, keys);
    reader->starved |= !spec->name || !spec->sets;
    for (size_t k = 0; spec->sets && k < keys; k++) {
        const char *key = tf_config_key(reader->config, section, k);
        tf_setting *set = &spec->sets[spec->n_sets];
        if (!is_set(key))
            continue;
        *set = (tf_setting){.key = tf_strdup(key), .text = tf_scenario_text(reader, section, key, NULL),
                            .place = tf_scenario_place(reader, section, key)};
        reader->starved |= !set->key;
        spec->n_sets++;
    }
    (void)tf_config_text(reader->config, section, "set"); /* so that a misspelt key is told of it */
    if (spec->n_sets == 0)
        tf_mistake(reader->context, spec->place,
                   "[" KIND " %s]: 'set' is missing: what differs from the scenario, set = \"section:key=value\"", name);
}

void tf_scenario_read_analyses(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    const char *name;
    size_t n = 0;

    for (size_t i = 0; i < tf_config_sections(reader->config); i++)
        n += tf_config_section_is(reader->config, i, KIND, NULL);
    scenario->analyses = TF_NEW(tf_analysis_spec, n);
    if (!scenario->analyses) {
        reader->starved = true;
        return;
    }
    for (size_t i = 0; i < tf_config_sections(reader->config); i++) {
        if (!tf_config_section_is(reader->config, i, KIND, &name))
            continue;
        if (is_good_name(reader, i, name))
            read_analysis(reader, i, name);
        else
            tf_config_know_section(reader->config, i);
    }
}

void tf_analyses_clear(tf_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n_analyses; i++) {
        tf_free(scenario->analyses[i].name);
        tf_free(scenario->analyses[i].title);
        tf_settings_clear(scenario->analyses[i].sets, scenario->analyses[i].n_sets);
    }
    tf_free(scenario->analyses);
}
