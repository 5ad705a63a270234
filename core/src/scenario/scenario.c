/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include "base/digest.h"
#include "base/memory.h"
#include "scenario/scenario_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DRAWS = 1048575 };

/* ---- what the readers of sections share -------------------------------------- */

char *tf_scenario_text(tf_scenario_reader *reader, size_t section, const char *key, const char *fallback)
{
    const char *text = tf_config_text(reader->config, section, key);
    char *copy;

    if (!text)
        text = fallback;
    if (!text)
        return NULL;
    copy = tf_strdup(text);
    reader->starved |= !copy;
    return copy;
}

void tf_scenario_list(tf_scenario_reader *reader, size_t section, const char *key, tf_list *list)
{
    reader->starved |= tf_config_list(reader->context, reader->config, section, key, list) == TREFOIL_NO_MEMORY;
}

char *tf_scenario_file(tf_scenario_reader *reader, size_t section, const char *key)
{
    const char *text = tf_config_text(reader->config, section, key);
    char *path = tf_config_file(reader->context, reader->config, section, key);

    reader->starved |= text && *text && !path;
    return path;
}

tf_place tf_scenario_place(const tf_scenario_reader *reader, size_t section, const char *key)
{
    tf_place place = tf_config_place(reader->config, section, key);

    if (place.file == tf_config_path(reader->config))
        place.file = reader->scenario->path;
    return place;
}

void tf_scenario_wrong(tf_scenario_reader *reader, size_t section, const char *key, const char *format, ...)
{
    const char *text = tf_config_text(reader->config, section, key), *name = tf_config_section(reader->config, section);
    tf_place place = tf_config_place(reader->config, section, key);
    char expected[512];
    va_list list;

    va_start(list, format);
    vsnprintf(expected, sizeof expected, format, list);
    va_end(list);
    if (text)
        tf_mistake(reader->context, place, "[%s] %s = %s: %s", name, key, text, expected);
    else
        tf_mistake(reader->context, place, "%s%s%s%s: %s", name ? "[" : "", name ? name : "", name ? "] " : "", key, expected);
}

static bool is_one_of(const char *key, const char *const *list)
{
    for (; list && *list; list++)
        if (strcmp(key, *list) == 0)
            return true;
    return false;
}

void tf_scenario_settings(tf_scenario_reader *reader, size_t section, const char *const *not, tf_setting **settings, size_t *n)
{
    size_t keys = tf_config_keys(reader->config, section);

    *n = 0;
    *settings = TF_NEW(tf_setting, keys);
    if (!*settings) {
        reader->starved = true;
        return;
    }
    for (size_t k = 0; k < keys; k++) {
        const char *key = tf_config_key(reader->config, section, k);
        tf_setting *setting = &(*settings)[*n];

        if (is_one_of(key, not))
            continue;
        setting->key = tf_strdup(key);
        setting->text = tf_scenario_text(reader, section, key, NULL);
        setting->place = tf_scenario_place(reader, section, key);
        reader->starved |= !setting->key;
        ++*n;
    }
}

void tf_settings_clear(tf_setting *settings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tf_free(settings[i].key);
        tf_free(settings[i].text);
    }
    tf_free(settings);
}

size_t tf_scenario_section(tf_scenario_reader *reader, const char *name, const char *what)
{
    ptrdiff_t found = tf_config_find(reader->config, name);

    if (found < 0)
        tf_mistake(reader->context, (tf_place){reader->scenario->path, 0}, "[%s]: the section is missing: %s", name, what);
    return (size_t)found;
}

bool tf_scenario_require(tf_scenario_reader *reader, size_t section, const char *key, const char *what)
{
    if (section >= tf_config_sections(reader->config))
        return false; /* said already */
    return tf_config_require(reader->context, reader->config, section, key, what);
}

/* ---- [scenario] -------------------------------------------------------------- */

/* "scenarios/x.ini" gives "x". */
static char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = tf_strdup(slash ? slash + 1 : path), *dot;

    dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

/* Results are written to a folder of that name. */
static bool is_folder_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return *text && *text != '.' && strlen(text) <= 120 && strspn(text, letters) == strlen(text);
}

static void read_title(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = tf_scenario_section(reader, "scenario", "its title and question");
    const char *name = tf_config_text(reader->config, section, "name");

    tf_scenario_require(reader, section, "title", "what is decided, in a line");
    scenario->title = tf_scenario_text(reader, section, "title", "");
    scenario->question = tf_scenario_text(reader, section, "question", "");
    if (name && !is_folder_name(name)) {
        tf_scenario_wrong(reader, section, "name", "expected letters, digits, '-', '_' and '.', for a folder of results");
        name = NULL;
    }
    scenario->name = name ? tf_strdup(name) : base_name(scenario->path);
    reader->starved |= !scenario->name;
}

/* ---- [run] ------------------------------------------------------------------- */

/* mcse = 50, 50 nmb, 20 cost, 0.001 qaly */
static void read_mcse(tf_scenario_reader *reader, size_t section)
{
    static const char *const quantities[] = {"nmb", "cost", "qaly"};
    tf_scenario *scenario = reader->scenario;
    const char *text = tf_config_text(reader->config, section, "mcse"), *space = text ? strchr(text, ' ') : NULL, *word;
    char number[32] = "";
    bool good = false;

    scenario->mcse_place = tf_scenario_place(reader, section, "mcse");
    if (!text)
        return;
    if ((space ? (size_t)(space - text) : strlen(text)) < sizeof number)
        memcpy(number, text, space ? (size_t)(space - text) : strlen(text));
    word = space ? space + strspn(space, " ") : quantities[TF_MCSE_NMB];
    for (int k = 0; k < 3; k++)
        if (strcmp(word, quantities[k]) == 0) {
            scenario->mcse_of = (tf_mcse_of)k;
            good = true;
        }
    if (!good || !tf_parse_number(number, &scenario->mcse) || scenario->mcse <= 0) {
        scenario->mcse = 0;
        tf_scenario_wrong(reader, section, "mcse", "expected a standard error above 0, and of what: 50 nmb (or just 50), 20 cost, 0.001 qaly");
    }
}

/* What a standard error needs, when all else is read. */
static void check_mcse(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = (size_t)tf_config_find(reader->config, "run");

    if (scenario->mcse <= 0)
        return;
    if (scenario->design != TF_DESIGN_RANDOM)
        tf_scenario_wrong(reader, section, "mcse", "needs independent draws, [uncertainty] design = random: that of others is not known while they are made");
    if (scenario->n_strategies < 2)
        tf_scenario_wrong(reader, section, "mcse", "is of a difference between strategies, and there is only one");
    if (scenario->mcse_of == TF_MCSE_NMB && scenario->n_thresholds == 0)
        tf_scenario_wrong(reader, section, "mcse", "net benefit needs [economics] thresholds");
    if (scenario->expected && scenario->draws == 0 && !scenario->sample)
        tf_scenario_wrong(reader, section, "mcse", "an expected run without draws has no Monte Carlo error; state [uncertainty] draws, the most there may be");
}

static void read_run(tf_scenario_reader *reader)
{
    static const char *const modes[] = {"people", "expected", NULL};
    size_t section = (size_t)tf_config_find(reader->config, "run");

    reader->scenario->expected = tf_config_choice(reader->context, reader->config, section, "mode", modes, 0) == 1;
    read_mcse(reader, section);
}

/* ---- [model] and [parameters] ------------------------------------------------ */

static void read_model(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = tf_scenario_section(reader, "model", "the file of the disease model");

    if (tf_scenario_require(reader, section, "file", "the file of the disease model"))
        scenario->model = tf_scenario_file(reader, section, "file");
    scenario->model_place = tf_scenario_place(reader, section, "file");
}

static void read_parameters(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = (size_t)tf_config_find(reader->config, "parameters");
    tf_number number;

    tf_scenario_settings(reader, section, NULL, &scenario->parameters, &scenario->n_parameters);
    for (size_t i = 0; i < scenario->n_parameters; i++) {
        const tf_setting *setting = &scenario->parameters[i];
        if (setting->key && setting->text && setting->text[0] != '=') /* a formula is the model's to read */
            (void)tf_config_uncertain(reader->context, reader->config, section, setting->key, &number);
    }
}

/* ---- [uncertainty] ----------------------------------------------------------- */

static uint64_t read_seed(tf_scenario_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "seed");
    unsigned long long seed;

    if (!text)
        return 1;
    errno = 0;
    seed = strtoull(text, NULL, 10);
    if (*text && strspn(text, "0123456789") == strlen(text) && errno == 0 && (text[0] != '0' || text[1] == '\0'))
        return seed;
    tf_scenario_wrong(reader, section, "seed", "expected a whole number from 0 to 18446744073709551615");
    return 1;
}

static void read_uncertainty(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;
    size_t section = (size_t)tf_config_find(reader->config, "uncertainty");

    scenario->draws = (uint32_t)tf_config_integer(reader->context, reader->config, section, "draws", 0, MOST_DRAWS, 0);
    scenario->seed = read_seed(reader, section);
    scenario->design = (tf_design)tf_config_choice(reader->context, reader->config, section, "design", tf_design_names, TF_DESIGN_RANDOM);
    scenario->design_place = tf_scenario_place(reader, section, "design");
    scenario->sample = tf_scenario_file(reader, section, "sample");
    scenario->sample_place = tf_scenario_place(reader, section, "sample");
    if (scenario->sample && scenario->draws > 0)
        tf_scenario_wrong(reader, section, "draws", "the sample has as many draws as rows; leave this out");
    scenario->reference = (int)tf_config_integer(reader->context, reader->config, section, "reference", 16, 65536, 256);
}

static void read_joints(tf_scenario_reader *reader)
{
    tf_scenario *scenario = reader->scenario;

    reader->starved |=
        tf_joints_read(reader->context, reader->config, scenario->path, &scenario->joints, &scenario->n_joints) != TREFOIL_DONE;
}

/* ---- the whole --------------------------------------------------------------- */

/* Of the file; with --set, of the file's digest and the assignments, a line each. */
static void set_digest(tf_scenario_reader *reader, const char *const *sets, size_t n_sets)
{
    tf_text text = {0};

    memcpy(reader->scenario->digest, tf_config_digest(reader->config), TF_DIGEST_SIZE);
    if (n_sets == 0)
        return;
    tf_text_add(&text, reader->scenario->digest);
    for (size_t i = 0; i < n_sets; i++)
        tf_text_addf(&text, "\n--set %s", sets[i]);
    reader->starved |= text.failed;
    if (!text.failed)
        tf_digest_bytes(text.chars, text.length, reader->scenario->digest);
    tf_text_free(&text);
}

/* In the order in which they need each other. */
static void (*const section_readers[])(tf_scenario_reader *) = {
    read_title,
    read_run,
    tf_scenario_read_population,
    tf_scenario_read_subgroups,
    read_model,
    tf_scenario_read_time,
    tf_scenario_read_economics,
    read_uncertainty,
    read_parameters,
    read_joints,
    tf_scenario_read_output,
    tf_scenario_read_equity,
    tf_scenario_read_strategies,
    tf_scenario_read_comparator,
    tf_scenario_read_analyses,
    check_mcse,
    tf_scenario_read_staircase,
};

static void read_sections(tf_scenario_reader *reader)
{
    for (size_t i = 0; i < sizeof section_readers / sizeof section_readers[0] && !reader->starved; i++)
        section_readers[i](reader);
    if (!reader->starved)
        reader->starved = tf_config_finish(reader->context, reader->config) != TREFOIL_DONE;
}

trefoil_status tf_scenario_read(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets,
                                tf_scenario **scenario)
{
    tf_scenario_reader reader = {.context = context};
    trefoil_status status;

    *scenario = NULL;
    TRY(tf_config_read(context, path, (tf_place){0}, &reader.config));
    for (size_t i = 0; i < n_sets; i++) {
        status = tf_config_set(context, reader.config, sets[i]);
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE)
            goto out;
    }
    reader.scenario = TF_NEW(tf_scenario, 1);
    if (reader.scenario)
        reader.scenario->path = tf_strdup(path);
    if (!reader.scenario || !reader.scenario->path) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", path);
        goto out;
    }
    set_digest(&reader, sets, n_sets);
    read_sections(&reader);
    status = reader.starved ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", path) : TREFOIL_DONE;
    if (status == TREFOIL_DONE) {
        *scenario = reader.scenario;
        reader.scenario = NULL;
    }
out:
    tf_scenario_destroy(reader.scenario);
    tf_config_destroy(reader.config);
    return status;
}

static void strategies_clear(tf_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n_interventions; i++) {
        tf_intervention_spec *spec = &scenario->interventions[i];
        tf_free(spec->name);
        tf_free(spec->title);
        tf_free(spec->plugin);
        tf_settings_clear(spec->settings, spec->n_settings);
    }
    for (size_t i = 0; i < scenario->n_strategies; i++) {
        tf_free(scenario->strategies[i].name);
        tf_free(scenario->strategies[i].title);
        tf_free(scenario->strategies[i].interventions);
        tf_settings_clear(scenario->strategies[i].changes, scenario->strategies[i].n_changes);
        tf_list_free(&scenario->strategies[i].levelled);
        tf_free(scenario->strategies[i].means);
    }
    tf_free(scenario->interventions);
    tf_free(scenario->strategies);
}

void tf_scenario_destroy(tf_scenario *scenario)
{
    if (!scenario)
        return;
    strategies_clear(scenario);
    tf_analyses_clear(scenario);
    tf_subgroups_clear(scenario);
    for (size_t i = 0; i < TF_STEPS; i++)
        tf_list_free(&scenario->staircase.equal[i]);
    tf_list_free(&scenario->staircase.outcomes);
    tf_list_free(&scenario->staircase.equal_uptake);
    tf_settings_clear(scenario->parameters, scenario->n_parameters);
    tf_joints_free(scenario->joints, scenario->n_joints);
    for (size_t i = 0; i < scenario->n_groupings; i++)
        tf_free(scenario->groupings[i].name);
    tf_free(scenario->groupings);
    tf_list_free(&scenario->areas);
    tf_list_free(&scenario->events);
    tf_equity_spec_free(&scenario->equity);
    tf_free(scenario->thresholds);
    tf_free(scenario->path);
    tf_free(scenario->name);
    tf_free(scenario->title);
    tf_free(scenario->question);
    tf_free(scenario->geography);
    tf_free(scenario->weights);
    tf_free(scenario->sample);
    tf_free(scenario->model);
    tf_free(scenario->perspective);
    tf_free(scenario->currency);
    tf_free(scenario->price_year);
    tf_free(scenario);
}
