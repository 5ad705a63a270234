/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [population]: who is simulated. */
#include "scenario/scenario_private.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST = 100, MOST_PERSONS = 100000000, OPEN_LEAST = 3 /* those that budget impact tests look at */, OPEN_MOST = 20 };

static bool parse_age(const char *text, int *age)
{
    int64_t number;

    if (!tf_parse_integer(text, &number) || number < 0 || number > OLDEST)
        return false;
    *age = (int)number;
    return true;
}

static void read_ages(tf_scenario_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "ages"), *dash;
    char first[16] = "";
    int min = 0, max = 0;

    reader->scenario->age_min = 0;
    reader->scenario->age_max = OLDEST;
    if (!text || strcmp(text, "all") == 0)
        return;
    dash = strchr(text, '-');
    if (dash && (size_t)(dash - text) < sizeof first)
        memcpy(first, text, (size_t)(dash - text));
    if (!dash || !parse_age(first, &min) || !parse_age(dash + 1, &max)) {
        tf_scenario_wrong(reader, section, "ages", "expected all, or a range within 0-%d such as 40-79", OLDEST);
    } else if (min > max) {
        tf_scenario_wrong(reader, section, "ages", "the first age is above the last; did you mean '%d-%d'?", max, min);
    } else {
        reader->scenario->age_min = min;
        reader->scenario->age_max = max;
    }
}

/* open = 5 years: newcomers join while the budget impact is reckoned. */
static void read_open(tf_scenario_reader *reader, size_t section)
{
    tf_scenario *scenario = reader->scenario;
    const char *text = tf_config_text(reader->config, section, "open");
    char *end = NULL;
    long years;

    if (!text)
        return;
    years = strtol(text, &end, 10);
    if (end == text || (strcmp(end, "") != 0 && strcmp(end, " years") != 0) || years < OPEN_LEAST || years > OPEN_MOST) {
        tf_scenario_wrong(reader, section, "open", "expected how many years newcomers join, from %d to %d, such as '5 years'", OPEN_LEAST, OPEN_MOST);
        return;
    }
    scenario->open_years = (int)years;
    if (scenario->cohort == 0 && tf_scenario_youngest(scenario) < 0) {
        tf_scenario_wrong(reader, section, "open",
                          "those who join within %ld years are up to %ld years younger than %d; births are not simulated, so that ages start "
                          "at %ld or later",
                          years, years - 1, scenario->age_min, years - 1);
        scenario->open_years = 0;
    }
}

/* cohort = N: people who are all alike, from nowhere in particular. */
static void read_cohort(tf_scenario_reader *reader, size_t section)
{
    static const char *const sexes[] = {"male", "female", NULL};
    tf_scenario *scenario = reader->scenario;

    scenario->cohort_place = tf_scenario_place(reader, section, "cohort");
    scenario->sex = tf_config_choice(reader->context, reader->config, section, "sex", sexes, 1);
    scenario->imd = (int)tf_config_integer(reader->context, reader->config, section, "imd", 1, 5, 3) - 1;
    scenario->cohort = tf_config_integer(reader->context, reader->config, section, "cohort", 1, MOST_PERSONS, 0);
    if (scenario->cohort == 0)
        scenario->cohort = 1; /* wrong, and said so */
    scenario->persons = scenario->cohort;
    if (tf_config_text(reader->config, section, "persons"))
        scenario->persons = tf_config_integer(reader->context, reader->config, section, "persons", 1, scenario->cohort, scenario->cohort);
    if (scenario->age_min != scenario->age_max)
        tf_scenario_wrong(reader, section, "ages", "the people of a cohort are of one age; write it as 60-60");
}

static void read_persons(tf_scenario_reader *reader, size_t section)
{
    tf_scenario *scenario = reader->scenario;
    const char *text;

    if (!tf_scenario_require(reader, section, "persons", "how many people are simulated: all, or a number"))
        return;
    scenario->persons_place = tf_scenario_place(reader, section, "persons");
    text = tf_config_text(reader->config, section, "persons");
    scenario->everyone = strcmp(text, "all") == 0;
    if (scenario->everyone)
        return;
    if (!tf_parse_integer(text, &scenario->persons) || scenario->persons < 1 || scenario->persons > MOST_PERSONS) {
        tf_scenario_wrong(reader, section, "persons", "expected all, or a whole number from 1 to %d", MOST_PERSONS);
        scenario->everyone = true; /* any population will do to find more mistakes */
    }
}

void tf_scenario_read_population(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = tf_scenario_section(reader, "population", "who is simulated");

    if (tf_config_text(reader->config, section, "cohort")) {
        read_ages(reader, section);
        if (!tf_config_text(reader->config, section, "ages"))
            scenario->age_max = scenario->age_min; /* born at the start */
        read_cohort(reader, section);
        read_open(reader, section);
        return;
    }
    if (scenario->expected)
        tf_scenario_wrong(reader, section, "cohort", "mode = expected follows a cohort; state its size, as in cohort = 1000");
    if (tf_scenario_require(reader, section, "areas", "names or codes of areas, or england"))
        tf_scenario_list(reader, section, "areas", &scenario->areas);
    scenario->areas_place = tf_scenario_place(reader, section, "areas");
    for (size_t i = 0; i < scenario->areas.count; i++)
        if (tf_list_find(&scenario->areas, scenario->areas.items[i]) < (ptrdiff_t)i)
            tf_scenario_wrong(reader, section, "areas", "'%s' is listed twice", scenario->areas.items[i]);
    read_ages(reader, section);
    read_open(reader, section);
    read_persons(reader, section);
    scenario->geography = tf_scenario_file(reader, section, "data");
    scenario->geography_place = tf_scenario_place(reader, section, "data");
    if (!scenario->geography && !reader->starved)
        scenario->geography = tf_path_beside(scenario->path, "england");
    reader->starved |= !scenario->geography;
}
