/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [economics]: how costs and effects are counted, and what they are compared with. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <string.h>

const char *const tf_discounting_names[] = {"annual", "continuous", "exponential", "per-cycle", NULL};

static void set_thresholds(tf_scenario_reader *reader, const double *thresholds, size_t n)
{
    tf_scenario *scenario = reader->scenario;

    scenario->thresholds = TF_NEW(double, n);
    if (scenario->thresholds) {
        memcpy(scenario->thresholds, thresholds, n * sizeof *thresholds);
        scenario->n_thresholds = n;
    } else {
        reader->starved = true;
    }
}

static void read_thresholds(tf_scenario_reader *reader, size_t section)
{
    static const double usual[] = {20000, 25000, 30000, 35000};
    enum { MOST = 100 };
    double thresholds[MOST], last = 0;
    tf_list list = {0};
    size_t n = 0;

    tf_scenario_list(reader, section, "thresholds", &list);
    if (list.count > MOST)
        tf_scenario_wrong(reader, section, "thresholds", "at most %d thresholds", (int)MOST);
    for (size_t i = 0; i < list.count && i < MOST; i++) {
        if (!tf_parse_number(list.items[i], &thresholds[n]) || thresholds[n] <= 0)
            tf_scenario_wrong(reader, section, "thresholds", "'%s': expected money per QALY above 0", list.items[i]);
        else if (thresholds[n] <= last)
            tf_scenario_wrong(reader, section, "thresholds", "'%s': expected ascending numbers", list.items[i]);
        else
            last = thresholds[n++];
    }
    if (list.count == 0 && !reader->starved && tf_config_text(reader->config, section, "thresholds"))
        tf_scenario_wrong(reader, section, "thresholds", "expected at least one number");
    if (n > 0)
        set_thresholds(reader, thresholds, n);
    else
        set_thresholds(reader, usual, sizeof usual / sizeof usual[0]);
    tf_list_free(&list);
}

/* A currency is a code such as GBP. */
static void read_currency(tf_scenario_reader *reader, size_t section)
{
    char *currency = tf_scenario_text(reader, section, "currency", "GBP");

    reader->scenario->currency = currency;
    if (currency && (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
        tf_scenario_wrong(reader, section, "currency", "expected a code of three capitals such as GBP");
}

static tf_discount_moment read_moment(tf_scenario_reader *reader, size_t section, const char *key)
{
    static const char *const moments[] = {"counted", "start", "middle", "end", NULL};

    return (tf_discount_moment)tf_config_choice(reader->context, reader->config, section, key, moments, 0);
}

void tf_scenario_read_economics(tf_scenario_reader *reader)
{
    static const char *const perspectives[] = {"nhs_pss", "nhs", "public_sector", "societal", NULL};
    tf_scenario *scenario = reader->scenario;
    size_t section = tf_scenario_section(reader, "economics", "at least the price_year");
    int perspective = tf_config_choice(reader->context, reader->config, section, "perspective", perspectives, 0);

    scenario->perspective = tf_strdup(perspectives[perspective]);
    reader->starved |= !scenario->perspective;
    read_currency(reader, section);
    tf_scenario_require(reader, section, "price_year", "the year of prices that costs are stated in");
    scenario->price_year = tf_scenario_text(reader, section, "price_year", "");
    scenario->discount_costs = tf_config_number(reader->context, reader->config, section, "discount_costs", 0, 0.2, 0.035);
    scenario->discount_effects = tf_config_number(reader->context, reader->config, section, "discount_effects", 0, 0.2, 0.035);
    scenario->discounting =
        (tf_discounting)tf_config_choice(reader->context, reader->config, section, "discounting", tf_discounting_names, 0);
    scenario->moment_costs = read_moment(reader, section, "discount_costs_at");
    scenario->moment_effects = read_moment(reader, section, "discount_effects_at");
    scenario->discounting_place = tf_scenario_place(reader, section, "discounting");
    scenario->moment_costs_place = tf_scenario_place(reader, section, "discount_costs_at");
    scenario->moment_effects_place = tf_scenario_place(reader, section, "discount_effects_at");
    read_thresholds(reader, section);
}

void tf_scenario_read_comparator(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = (size_t)tf_config_find(reader->config, "economics");
    const char *text = tf_config_text(reader->config, section, "comparator"), *near, **names;

    if (!text)
        return;
    names = TF_NEW(const char *, scenario->n_strategies);
    if (!names) {
        reader->starved = true;
        return;
    }
    for (size_t i = 0; i < scenario->n_strategies; i++) {
        names[i] = scenario->strategies[i].name ? scenario->strategies[i].name : "";
        if (strcmp(names[i], text) == 0) {
            scenario->comparator = i;
            text = NULL;
            break;
        }
    }
    if (text) {
        near = tf_nearest(text, names, scenario->n_strategies);
        tf_scenario_wrong(reader, section, "comparator", "there is no [strategy %s]%s%s%s", text, near ? "; did you mean '" : "",
                          near ? near : "", near ? "'?" : "");
    }
    tf_free(names);
}
