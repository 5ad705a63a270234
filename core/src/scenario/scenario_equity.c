/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [equity]: who bears what a strategy displaces, and who is told apart. */
#include "scenario/scenario_private.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MOST_K = 20, YORK_K = 15000 };
static const char starved[] = "there is not enough memory";

/* ---- one setting ------------------------------------------------------------- */

/* `text` as at most `most` numbers within limits; -1 when it is not. */
static ptrdiff_t numbers_of(const char *text, double lo, double hi, double *numbers, size_t most)
{
    tf_list list = {0};
    ptrdiff_t n = tf_list_split(&list, text, ',') == 0 && list.count <= most ? (ptrdiff_t)list.count : -1;

    for (size_t i = 0; n > 0 && i < list.count; i++)
        if (!tf_parse_number(list.items[i], &numbers[i]) || numbers[i] < lo || numbers[i] > hi)
            n = -1;
    tf_list_free(&list);
    return n;
}

static const char *take_k(tf_equity_spec *spec, const char *text)
{
    double numbers[MOST_K], *copy;
    ptrdiff_t n = numbers_of(text, 1, 1e12, numbers, MOST_K);

    if (n < 1)
        return "expected money per QALY displaced, 1 or more: 15000, 20000";
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t other = 0; other < i; other++)
            if (numbers[i] <= numbers[other] && numbers[i] >= numbers[other])
                return "a number is stated twice";
    copy = TF_NEW(double, n);
    if (!copy)
        return starved;
    memcpy(copy, numbers, (size_t)n * sizeof *copy);
    tf_free(spec->k);
    spec->k = copy;
    spec->n_k = (size_t)n;
    return NULL;
}

static const char *take_gradient(tf_equity_spec *spec, const char *text)
{
    tf_list list = {0};

    if (tf_list_split(&list, text, ',') != 0) {
        tf_list_free(&list);
        return starved;
    }
    for (size_t i = 0; i < list.count; i++) {
        bool twice = tf_list_find(&list, list.items[i]) != (ptrdiff_t)i;

        if (*list.items[i] == '\0' || twice) {
            tf_list_free(&list);
            return twice ? "a gradient is named twice" : "expected flat, moderate, steep, own or a measure of the run such as cost.community";
        }
    }
    if (list.count == 0)
        return "expected flat, moderate, steep, own or a measure of the run such as cost.community";
    tf_list_free(&spec->gradients);
    spec->gradients = list;
    return NULL;
}

static const char *take_own(tf_equity_spec *spec, const char *text)
{
    double numbers[TF_FIFTHS], sum = 0;
    ptrdiff_t n = numbers_of(text, 0, 1, numbers, TF_FIFTHS);

    for (ptrdiff_t q = 0; q < n; q++)
        sum += numbers[q];
    if (n != TF_FIFTHS || fabs(sum - 1) > 1e-9)
        return "expected the five fifths' shares of what is displaced, most deprived first, that sum to 1";
    memcpy(spec->own, numbers, sizeof numbers);
    spec->has_own = true;
    return NULL;
}

static const char *take_qale(tf_equity_spec *spec, const char *text)
{
    double numbers[TF_FIFTHS];

    if (numbers_of(text, 1e-6, 150, numbers, TF_FIFTHS) != TF_FIFTHS)
        return "expected quality-adjusted life expectancy of the five fifths in years, most deprived first";
    memcpy(spec->qale, numbers, sizeof numbers);
    spec->has_qale = true;
    return NULL;
}

static const char *take_aversion(tf_equity_spec *spec, const char *text)
{
    double number;

    if (numbers_of(text, 0, 100, &number, 1) != 1)
        return "expected an aversion from 0 to 100";
    spec->aversion = number;
    spec->has_aversion = true;
    return NULL;
}

/* "icb: A | B" */
static const char *take_plus(tf_equity_spec *spec, const char *name, const char *text)
{
    static const char expected[] = "expected a dimension and its groups: icb: NHS Kent and Medway | NHS Devon";
    const char *colon = strchr(text, ':');
    tf_plus_spec made = {0}, *more;
    tf_text dimension = {0};
    const char *wrong = NULL;

    if (!tf_is_name(name) || !colon)
        return tf_is_name(name) ? expected : "a name is a letter followed by letters, digits and '_'";
    for (size_t i = 0; i < spec->n_plus; i++)
        if (strcmp(spec->plus[i].name, name) == 0)
            return "these people were named already";
    tf_text_addf(&dimension, "%.*s", (int)(colon - text), text);
    made.name = tf_strdup(name);
    made.dimension = dimension.failed ? NULL : tf_strdup(tf_trim(dimension.chars));
    tf_text_free(&dimension);
    more = tf_realloc(spec->plus, spec->n_plus + 1, sizeof *more);
    spec->plus = more ? more : spec->plus;
    if (!made.name || !made.dimension || !more || tf_list_split(&made.groups, colon + 1, '|') != 0)
        wrong = starved;
    for (size_t i = 0; !wrong && i < made.groups.count; i++)
        wrong = *made.groups.items[i] == '\0' ? expected : NULL;
    if (wrong || made.groups.count == 0) {
        tf_free(made.name);
        tf_free(made.dimension);
        tf_list_free(&made.groups);
        return wrong ? wrong : expected;
    }
    spec->plus[spec->n_plus++] = made;
    return NULL;
}

const char *tf_equity_spec_take(tf_equity_spec *spec, const char *key, const char *text)
{
    const char *wrong;

    if (strcmp(key, "k") == 0)
        wrong = take_k(spec, text);
    else if (strcmp(key, "gradient") == 0)
        wrong = take_gradient(spec, text);
    else if (strcmp(key, "shares") == 0)
        wrong = take_own(spec, text);
    else if (strcmp(key, "qale") == 0)
        wrong = take_qale(spec, text);
    else if (strcmp(key, "aversion") == 0)
        wrong = take_aversion(spec, text);
    else if (strncmp(key, "plus.", 5) == 0)
        wrong = take_plus(spec, key + 5, text);
    else
        return "no such setting: expected k, gradient, shares, qale, aversion or plus.NAME";
    if (!wrong && (tf_list_add(&spec->texts, key) != 0 || tf_list_add(&spec->texts, text) != 0))
        return starved;
    return wrong;
}

const char *tf_equity_spec_finish(tf_equity_spec *spec, const char *currency, double threshold)
{
    if (spec->n_k == 0) {
        spec->k = TF_NEW(double, 1);
        if (!spec->k)
            return starved;
        spec->k[spec->n_k++] = strcmp(currency, "GBP") == 0 ? YORK_K : threshold;
    }
    if (spec->gradients.count == 0 && tf_list_split(&spec->gradients, "flat, moderate, steep", ',') != 0)
        return starved;
    if (!spec->has_aversion)
        spec->aversion = 10.95; /* the median of Robson et al. 2017 */
    return tf_list_find(&spec->gradients, "own") >= 0 && !spec->has_own ? "gradient own needs shares" : NULL;
}

void tf_equity_spec_free(tf_equity_spec *spec)
{
    for (size_t i = 0; i < spec->n_plus; i++) {
        tf_free(spec->plus[i].name);
        tf_free(spec->plus[i].dimension);
        tf_list_free(&spec->plus[i].groups);
    }
    tf_free(spec->plus);
    tf_free(spec->k);
    tf_list_free(&spec->gradients);
    tf_list_free(&spec->texts);
    *spec = (tf_equity_spec){0};
}

/* ---- the section ------------------------------------------------------------- */

static void take(tf_scenario_reader *reader, size_t section, const char *key)
{
    const char *text = tf_config_text(reader->config, section, key);
    const char *wrong = text ? tf_equity_spec_take(&reader->scenario->equity, key, text) : NULL;

    if (wrong == starved)
        reader->starved = true;
    else if (wrong)
        tf_scenario_wrong(reader, section, key, "%s", wrong);
}

void tf_scenario_read_equity(tf_scenario_reader *reader)
{
    static const char *const keys[] = {"k", "gradient", "shares", "qale", "aversion"};
    tf_scenario *scenario = reader->scenario;
    ptrdiff_t found = tf_config_find(reader->config, "equity");
    const char *wrong;

    for (size_t i = 0; found >= 0 && i < sizeof keys / sizeof *keys; i++)
        take(reader, (size_t)found, keys[i]);
    for (size_t i = 0; found >= 0 && i < tf_config_keys(reader->config, (size_t)found); i++)
        if (strncmp(tf_config_key(reader->config, (size_t)found, i), "plus.", 5) == 0)
            take(reader, (size_t)found, tf_config_key(reader->config, (size_t)found, i));
    if (found >= 0)
        scenario->equity.place = tf_scenario_place(reader, (size_t)found, "gradient");
    wrong = tf_equity_spec_finish(&scenario->equity, scenario->currency ? scenario->currency : "",
                                  scenario->thresholds ? scenario->thresholds[0] : 0);
    if (wrong == starved)
        reader->starved = true;
    else if (wrong)
        tf_scenario_wrong(reader, (size_t)found, "gradient", "%s", wrong);
}
