/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [output]: the groups results are split by, and the events that reports show. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <string.h>

static const char *const dimension_names[] = {"imd", "icb", "sex", "age", "region", "subgroup", "all"};
static const unsigned dimension_bits[] = {TF_DIM_IMD, TF_DIM_ICB, TF_DIM_SEX, TF_DIM_AGE, TF_DIM_REGION, TF_DIM_SUBGROUP, 0};
enum { N_DIMENSIONS = 6, N_NAMES = 7 };

/* What one may look for and the population tables do not hold, by a part of its name; NULL: something else. */
static const char *lacking(const char *word)
{
    static const char deprivation[] = "fifths of areas by deprivation (imd), not tenths", place[] = "boards (icb) and regions, no places below boards",
                      ethnicity[] = "no ethnicity";
    static const char *const known[][2] = {{"decile", deprivation}, {"tenth", deprivation}, {"imd10", deprivation}, {"place", place},
                                           {"ward", place}, {"district", place}, {"lsoa", place}, {"lad", place}, {"pcn", place},
                                           {"ethnic", ethnicity}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(word, known[i][0]))
            return known[i][1];
    return NULL;
}

/* One dimension of a grouping; false with a mistake when it is none. */
static bool find_dimension(tf_scenario_reader *reader, size_t section, const char *key, const char *word, unsigned *bit)
{
    const char *near;

    for (size_t i = 0; i < N_DIMENSIONS; i++) {
        if (strcmp(word, dimension_names[i]) != 0)
            continue;
        *bit = dimension_bits[i];
        if (*bit == TF_DIM_SUBGROUP && reader->scenario->cohort == 0)
            tf_scenario_wrong(reader, section, key, "'subgroup' needs a cohort made of [subgroup NAME] sections");
        return true;
    }
    if (lacking(word)) {
        tf_scenario_wrong(reader, section, key, "'%s' cannot be had: the population tables hold %s", word, lacking(word));
        return false;
    }
    near = tf_nearest(word, dimension_names, N_NAMES);
    tf_scenario_wrong(reader, section, key, "'%s' is no dimension: expected imd, icb, region, sex, age or subgroup, or several crossed by '*'%s%s%s",
                      word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return false;
}

/* "imd * sex": its dimensions, and its name without spaces, in `name` (at least 64 bytes).  "all" has none. */
static bool parse_grouping(tf_scenario_reader *reader, size_t section, const char *key, const char *text, unsigned *dimensions,
                           char *name)
{
    tf_list words = {0};
    bool good = true;

    *dimensions = 0;
    name[0] = '\0';
    if (strcmp(text, "all") == 0) {
        strcpy(name, "all");
        return true;
    }
    if (tf_list_split(&words, text, '*') != 0) {
        reader->starved = true;
        good = false;
    }
    for (size_t i = 0; good && i < words.count; i++) {
        unsigned bit = 0;
        good = find_dimension(reader, section, key, words.items[i], &bit);
        if (good && (*dimensions & bit)) {
            tf_scenario_wrong(reader, section, key, "'%s' names a dimension twice", text);
            good = false;
        } else if (good) {
            strcat(strcat(name, i ? "*" : ""), words.items[i]); /* six dimensions at most: 29 characters */
        }
        *dimensions |= bit;
    }
    tf_list_free(&words);
    return good;
}

static tf_grouping *find_grouping(const tf_scenario *scenario, unsigned dimensions)
{
    for (size_t i = 0; i < scenario->n_groupings; i++)
        if (scenario->groupings[i].dimensions == dimensions)
            return &scenario->groupings[i];
    return NULL;
}

static void add_grouping(tf_scenario_reader *reader, const char *name, unsigned dimensions)
{
    tf_scenario *scenario = reader->scenario;
    tf_grouping *grouping = &scenario->groupings[scenario->n_groupings];

    grouping->name = tf_strdup(name);
    grouping->dimensions = dimensions;
    if (grouping->name)
        scenario->n_groupings++;
    else
        reader->starved = true;
}

static void read_list(tf_scenario_reader *reader, size_t section, const char *key, const char *fallback, tf_list *list)
{
    int failed = 0;

    if (!tf_config_text(reader->config, section, key))
        failed = tf_list_split(list, fallback, ',');
    else
        tf_scenario_list(reader, section, key, list);
    reader->starved |= failed != 0;
}

static void read_groupings(tf_scenario_reader *reader, size_t section)
{
    tf_list list = {0};
    unsigned dimensions;
    char name[64];

    read_list(reader, section, "groups", reader->scenario->divided ? "subgroup" : reader->scenario->cohort > 0 ? "" : "imd, sex", &list);
    reader->scenario->groupings = TF_NEW(tf_grouping, list.count + 1);
    if (!reader->scenario->groupings) {
        reader->starved = true;
        tf_list_free(&list);
        return;
    }
    add_grouping(reader, "all", 0);
    for (size_t i = 0; i < list.count; i++) {
        if (!parse_grouping(reader, section, "groups", list.items[i], &dimensions, name))
            continue;
        if (dimensions != 0 && find_grouping(reader->scenario, dimensions))
            tf_scenario_wrong(reader, section, "groups", "'%s' is listed twice", name);
        else if (dimensions != 0)
            add_grouping(reader, name, dimensions);
    }
    tf_list_free(&list);
}

static void read_by_year(tf_scenario_reader *reader, size_t section)
{
    tf_list list = {0};
    unsigned dimensions;
    char name[64];

    read_list(reader, section, "by_year", reader->scenario->expected ? "" : "all", &list);
    for (size_t i = 0; i < list.count; i++) {
        tf_grouping *grouping;
        if (!parse_grouping(reader, section, "by_year", list.items[i], &dimensions, name))
            continue;
        grouping = find_grouping(reader->scenario, dimensions);
        if (grouping)
            grouping->by_year = true;
        else if (!reader->starved)
            tf_scenario_wrong(reader, section, "by_year", "'%s' is not among the groups", name);
    }
    tf_list_free(&list);
}

void tf_scenario_read_output(tf_scenario_reader *reader)
{
    size_t section = (size_t)tf_config_find(reader->config, "output");

    read_groupings(reader, section);
    read_by_year(reader, section);
    if (tf_config_text(reader->config, section, "events"))
        tf_scenario_list(reader, section, "events", &reader->scenario->events);
    reader->scenario->events_place = tf_config_place(reader->config, section, "events");
    reader->scenario->age_band = (int)tf_config_integer(reader->context, reader->config, section, "age_band", 1, 100, 10);
}
