/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [time]: when people start, how long they are followed, and the step at which hazards are looked at again. */
#include "scenario/scenario_private.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 110 }; /* years: from birth to the last age of the life tables and beyond */

/* Units of time; a year has 12 months, and 52 weeks by the convention of cycles. */
static const struct {
    const char *name, *plural;
    int per_year;
} units[] = {{"year", "years", 1}, {"month", "months", 12}, {"week", "weeks", 52}};

/* "3 months": a number of units; the number in `n` and how many of the unit a year has in `per_year`. */
static bool parse_duration(const char *text, double *n, int *per_year)
{
    char copy[64], *space, *unit;

    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    space = strpbrk(copy, " \t");
    if (!space)
        return false;
    *space = '\0';
    unit = tf_trim(space + 1);
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        if (strcmp(unit, units[u].name) != 0 && strcmp(unit, units[u].plural) != 0)
            continue;
        *per_year = units[u].per_year;
        return tf_parse_number(copy, n);
    }
    return false;
}

static double read_horizon(tf_scenario_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "horizon");
    double years;
    int per_year = 1;

    if (!text || strcmp(text, "lifetime") == 0)
        return (double)INFINITY;
    if ((tf_parse_number(text, &years) || parse_duration(text, &years, &per_year)) && years > 0 && years / per_year <= LONGEST)
        return years / per_year;
    tf_scenario_wrong(reader, section, "horizon", "expected lifetime, or a time above 0 and up to %d years such as '40 years'", LONGEST);
    return (double)INFINITY;
}

static double read_cycle(tf_scenario_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "cycle");
    double n;
    int per_year, whole;

    if (!text)
        return 1;
    if (!parse_duration(text, &n, &per_year) || n < 1 || n > 1000 || n != floor(n)) {
        tf_scenario_wrong(reader, section, "cycle", "expected a step such as '1 year', '3 months', '1 month' or '1 week'");
        return 1;
    }
    whole = (int)n;
    if (per_year % whole != 0 && whole % per_year != 0) {
        tf_scenario_wrong(reader, section, "cycle", "a cycle divides a year evenly or is a whole number of years (12 months, 52 weeks)");
        return 1;
    }
    return n / per_year;
}

const char *const tf_correction_names[] = {"none", "half-cycle", "simpson", "start", "end", "life-table", "all", "darth", "weights", NULL};

static tf_correction read_correction(tf_scenario_reader *reader, size_t section, const char *key)
{
    const char *text = tf_config_text(reader->config, section, key);

    return !text ? TF_CORRECT_UNSTATED
                 : (tf_correction)(1 + tf_config_choice(reader->context, reader->config, section, key, tf_correction_names, 0));
}

static void read_corrections(tf_scenario_reader *reader, size_t section)
{
    tf_scenario *scenario = reader->scenario;

    scenario->correction = read_correction(reader, section, "correction");
    scenario->correction_place = tf_scenario_place(reader, section, "correction");
    scenario->correction_effects_place = tf_scenario_place(reader, section, "correction_effects");
    scenario->correction_effects = read_correction(reader, section, "correction_effects");
    scenario->weights = tf_scenario_file(reader, section, "weights");
    scenario->weights_place = tf_scenario_place(reader, section, "weights");
}

static void read_clock(tf_scenario_reader *reader, size_t section)
{
    static const char *const clocks[] = {"continuous", "discrete", NULL};
    tf_scenario *scenario = reader->scenario;

    scenario->clock_place = tf_scenario_place(reader, section, "clock");
    if (tf_config_text(reader->config, section, "clock"))
        scenario->clock = (tf_clock_choice)(1 + tf_config_choice(reader->context, reader->config, section, "clock", clocks, 0));
    else
        (void)tf_config_choice(reader->context, reader->config, section, "clock", clocks, 0); /* a known setting */
}

void tf_scenario_read_time(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = (size_t)tf_config_find(reader->config, "time");

    scenario->start = tf_config_number(reader->context, reader->config, section, "start", 1990, 2100, 2026);
    scenario->horizon = read_horizon(reader, section);
    scenario->cycle = read_cycle(reader, section);
    if (scenario->open_years > scenario->horizon)
        scenario->open_years = (int)ceil(scenario->horizon); /* nobody joins when the run is over */
    if (scenario->cycle > scenario->horizon)
        tf_scenario_wrong(reader, section, "cycle", "a cycle is not longer than the horizon");
    read_clock(reader, section);
    read_corrections(reader, section);
}
