/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [subgroup NAME]: the parts of a cohort. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <math.h>

#define KIND "subgroup"
enum { MOST_SUBGROUPS = 200, OLDEST = 100 }; /* each has a range of identities of its own, of 256 */

static void read_subgroup(tf_scenario_reader *reader, size_t section, const char *name)
{
    static const char *const sexes[] = {"male", "female", NULL};
    tf_scenario *scenario = reader->scenario;
    tf_subgroup_spec *spec = &scenario->subgroups[scenario->n_subgroups++];

    spec->own.name = tf_strdup(name);
    spec->own.place = tf_scenario_place(reader, section, "");
    reader->starved |= !spec->own.name;
    if (tf_config_require(reader->context, reader->config, section, "weight", "the subgroup's share of the cohort, as in weight = 0.3"))
        spec->weight = tf_config_number(reader->context, reader->config, section, "weight", 1e-9, 1, 1);
    spec->sex = tf_config_choice(reader->context, reader->config, section, "sex", sexes, scenario->sex);
    spec->age = (int)tf_config_integer(reader->context, reader->config, section, "age", 0, OLDEST, scenario->age_min);
    spec->imd = (int)tf_config_integer(reader->context, reader->config, section, "imd", 1, 5, scenario->imd + 1) - 1;
    tf_scenario_read_changes(reader, section, &spec->own);
}

/* A cohort that is not divided is one subgroup. */
static void make_whole(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    tf_subgroup_spec *spec = &scenario->subgroups[scenario->n_subgroups++];

    spec->own.name = tf_strdup("cohort");
    spec->own.place = scenario->cohort_place;
    spec->weight = 1;
    spec->sex = scenario->sex;
    spec->age = scenario->age_min;
    spec->imd = scenario->imd;
    reader->starved |= !spec->own.name;
}

static void check_weights(tf_scenario_reader *reader)
{
    const tf_scenario *scenario = reader->scenario;
    double sum = 0;

    for (size_t g = 0; g < scenario->n_subgroups; g++)
        sum += scenario->subgroups[g].weight;
    if (fabs(sum - 1) > 1e-9)
        tf_mistake(reader->context, scenario->subgroups[0].own.place, "[subgroup %s] weight: the weights of the subgroups sum to %.9g, not to 1",
                   scenario->subgroups[0].own.name, sum);
}

static void find_ages(tf_scenario *scenario)
{
    for (size_t g = 0; g < scenario->n_subgroups; g++) {
        int age = scenario->subgroups[g].age;
        scenario->age_min = g == 0 || age < scenario->age_min ? age : scenario->age_min;
        scenario->age_max = g == 0 || age > scenario->age_max ? age : scenario->age_max;
    }
}

void tf_scenario_read_subgroups(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    const char *name;
    size_t n = 0;

    for (size_t i = 0; i < tf_config_sections(reader->config); i++)
        n += tf_config_section_is(reader->config, i, KIND, NULL);
    scenario->divided = n > 0;
    if (n > 0 && scenario->cohort == 0) {
        for (size_t i = 0; i < tf_config_sections(reader->config); i++)
            if (tf_config_section_is(reader->config, i, KIND, &name)) {
                tf_config_know_section(reader->config, i);
                tf_mistake(reader->context, tf_config_section_place(reader->config, i),
                           "[subgroup %s]: subgroups divide a cohort; state its size under [population], as in cohort = 1000", name);
            }
        return;
    }
    if (scenario->cohort == 0)
        return;
    if (n > MOST_SUBGROUPS) {
        tf_mistake(reader->context, scenario->cohort_place, "a cohort may have at most %d subgroups", (int)MOST_SUBGROUPS);
        n = MOST_SUBGROUPS;
    }
    scenario->subgroups = TF_NEW(tf_subgroup_spec, n + 1);
    if (!scenario->subgroups) {
        reader->starved = true;
        return;
    }
    for (size_t i = 0; i < tf_config_sections(reader->config); i++)
        if (scenario->n_subgroups < MOST_SUBGROUPS && tf_scenario_named(reader, i, KIND, &name))
            read_subgroup(reader, i, name);
    if (scenario->n_subgroups == 0)
        make_whole(reader);
    else if (!reader->starved)
        check_weights(reader);
    find_ages(scenario);
}

void tf_subgroups_clear(tf_scenario *scenario)
{
    for (size_t g = 0; g < scenario->n_subgroups; g++) {
        tf_free(scenario->subgroups[g].own.name);
        tf_settings_clear(scenario->subgroups[g].own.changes, scenario->subgroups[g].own.n_changes);
    }
    tf_free(scenario->subgroups);
}
