/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include "base/memory.h"
#include "scenario/scenario.h"

#include <criterion/criterion.h>
#include <math.h>

static void set_up(void)
{
    folder_make();
}

static void tear_down(void)
{
    folder_forget("my-case.ini");
    folder_remove();
}

TestSuite(scenario, .init = set_up, .fini = tear_down);

#define HEAD                                  \
    "[scenario]\ntitle = A case\n"            \
    "[population]\nareas = QOP\npersons = 1000\n" \
    "[model]\nfile = models/m.ini\n"
#define MONEY "[economics]\nprice_year = 2024/25\n"
#define USUAL "[strategy usual]\n"
#define SMALL HEAD MONEY USUAL /* 9 lines and the strategy at line 10 */

static const char FULL[] = "[scenario]\n"                                                           /* 1 */
                           "title = Support for taking medicines\n"
                           "question = 'Is it worth it?'\n"
                           "name = support-2026\n"
                           "[population]\n"                                                         /* 5 */
                           "areas = 'QOP, \"NHS Leicester, Leicestershire and Rutland\"'\n"
                           "ages = 40-79\n"
                           "persons = all\n"
                           "data = facts\n"
                           "[model]\n"                                                              /* 10 */
                           "file = models/m.ini\n"
                           "[time]\n"
                           "start = 2026.25\n"
                           "horizon = 40 years\n"
                           "cycle = 3 months\n"                                                     /* 15 */
                           "[economics]\n"
                           "perspective = public_sector\n"
                           "price_year = 2024/25\n"
                           "discount_costs = 0.035\n"
                           "discount_effects = 0.015\n"                                             /* 20 */
                           "discounting = continuous\n"
                           "thresholds = 15000, 20000.5\n"
                           "comparator = usual\n"
                           "[uncertainty]\n"
                           "draws = 200\n"                                                          /* 25 */
                           "seed = 18446744073709551615\n"
                           "reference = 64\n"
                           "[parameters]\n"
                           "rr = 0.78 ~ lognormal(0.76 to 0.80) @ meta\n"
                           "twice = =rr*2\n"                                                        /* 30 */
                           "[output]\n"
                           "groups = imd, imd * sex, age\n"
                           "by_year = all, imd*sex\n"
                           "age_band = 5\n"
                           "[strategy support]\n"                                                   /* 35 */
                           "title = Support for all\n"
                           "interventions = calls, app\n"
                           "[strategy usual]\n"
                           "[intervention app]\n"
                           "plugin = adherence\n"                                                   /* 40 */
                           "uptake_q1 = 0.4\n"
                           "[intervention calls]\n"
                           "plugin = adherence\n"
                           "title = Telephone calls\n"
                           "uptake_q1 = 0.62 ~ beta(se 0.05)\n";                                    /* 45 */

static tf_scenario *read_text(trefoil_context *context, const char *text)
{
    tf_scenario *scenario = NULL;
    cr_assert_eq(tf_scenario_read(context, folder_write("my-case.ini", text), NULL, 0, &scenario), TREFOIL_DONE);
    cr_assert_not_null(scenario);
    return scenario;
}

Test(scenario, everything_stated)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_scenario *scenario = read_text(context, FULL);
    char path[128];

    print_reasons(context);
    cr_assert_eq(trefoil_context_reasons(context), 0);
    cr_assert_str_eq(scenario->title, "Support for taking medicines");
    cr_assert_str_eq(scenario->question, "Is it worth it?");
    cr_assert_str_eq(scenario->name, "support-2026");
    cr_assert_eq(scenario->areas.count, 2);
    cr_assert_str_eq(scenario->areas.items[1], "NHS Leicester, Leicestershire and Rutland");
    cr_assert_eq(scenario->areas_place.line, 6);
    cr_assert_eq(scenario->areas_place.file, scenario->path);
    cr_assert_eq(scenario->age_min, 40);
    cr_assert_eq(scenario->age_max, 79);
    cr_assert(scenario->everyone);
    snprintf(path, sizeof path, "%s/facts", folder_path);
    cr_assert_str_eq(scenario->geography, path);
    snprintf(path, sizeof path, "%s/models/m.ini", folder_path);
    cr_assert_str_eq(scenario->model, path);
    cr_assert_eq(scenario->model_place.line, 11);
    cr_assert_eq(scenario->start, 2026.25);
    cr_assert_eq(scenario->horizon, 40);
    cr_assert_eq(scenario->cycle, 0.25);
    cr_assert_str_eq(scenario->perspective, "public_sector");
    cr_assert_str_eq(scenario->currency, "GBP");
    cr_assert_str_eq(scenario->price_year, "2024/25");
    cr_assert_eq(scenario->discount_effects, 0.015);
    cr_assert_eq(scenario->discounting, TF_DISCOUNT_CONTINUOUS);
    cr_assert_eq(scenario->n_thresholds, 2);
    cr_assert_eq(scenario->thresholds[1], 20000.5);
    cr_assert_eq(scenario->comparator, 1);
    cr_assert_eq(scenario->draws, 200);
    cr_assert_eq(scenario->seed, UINT64_MAX);
    cr_assert_eq(scenario->reference, 64);
    cr_assert_eq(scenario->n_parameters, 2);
    cr_assert_str_eq(scenario->parameters[1].text, "=rr*2");
    cr_assert_eq(scenario->parameters[1].place.line, 30);
    cr_assert_eq(scenario->n_groupings, 4);
    cr_assert_str_eq(scenario->groupings[0].name, "all");
    cr_assert(scenario->groupings[0].by_year);
    cr_assert_not(scenario->groupings[1].by_year);
    cr_assert_str_eq(scenario->groupings[2].name, "imd*sex");
    cr_assert_eq(scenario->groupings[2].dimensions, TF_DIM_IMD | TF_DIM_SEX);
    cr_assert(scenario->groupings[2].by_year);
    cr_assert_eq(scenario->age_band, 5);
    cr_assert_eq(scenario->n_interventions, 2);
    cr_assert_str_eq(scenario->interventions[1].title, "Telephone calls");
    cr_assert_eq(scenario->interventions[1].plugin_place.line, 43);
    cr_assert_eq(scenario->interventions[1].n_settings, 1);
    cr_assert_str_eq(scenario->interventions[1].settings[0].key, "uptake_q1");
    cr_assert_str_eq(scenario->interventions[1].settings[0].text, "0.62 ~ beta(se 0.05)");
    cr_assert_eq(scenario->interventions[1].settings[0].place.line, 45);
    cr_assert_eq(scenario->n_strategies, 2);
    cr_assert_eq(scenario->strategies[0].n_interventions, 2);
    cr_assert_eq(scenario->strategies[0].interventions[0], 1);
    cr_assert_eq(scenario->strategies[0].interventions[1], 0);
    cr_assert_str_eq(scenario->strategies[1].title, "usual");
    cr_assert_eq(scenario->strategies[1].n_interventions, 0);
    tf_scenario_destroy(scenario);
    trefoil_context_destroy(context);
}

Test(scenario, defaults)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_scenario *scenario = read_text(context, SMALL);
    char path[128];

    print_reasons(context);
    cr_assert_eq(trefoil_context_reasons(context), 0);
    cr_assert_str_eq(scenario->name, "my-case");
    cr_assert_str_eq(scenario->question, "");
    cr_assert_eq(scenario->age_min, 0);
    cr_assert_eq(scenario->age_max, 100);
    cr_assert_not(scenario->everyone);
    cr_assert_eq(scenario->persons, 1000);
    snprintf(path, sizeof path, "%s/england", folder_path);
    cr_assert_str_eq(scenario->geography, path);
    cr_assert_eq(scenario->start, 2026);
    cr_assert(isinf(scenario->horizon));
    cr_assert_eq(scenario->cycle, 1);
    cr_assert_str_eq(scenario->perspective, "nhs_pss");
    cr_assert_eq(scenario->discount_costs, 0.035);
    cr_assert_eq(scenario->discounting, TF_DISCOUNT_ANNUAL);
    cr_assert_eq(scenario->n_thresholds, 4);
    cr_assert_eq(scenario->thresholds[3], 35000);
    cr_assert_eq(scenario->comparator, 0);
    cr_assert_eq(scenario->draws, 0);
    cr_assert_eq(scenario->seed, 1);
    cr_assert_eq(scenario->reference, 256);
    cr_assert_eq(scenario->n_parameters, 0);
    cr_assert_eq(scenario->n_groupings, 3);
    cr_assert_str_eq(scenario->groupings[1].name, "imd");
    cr_assert_str_eq(scenario->groupings[2].name, "sex");
    cr_assert(scenario->groupings[0].by_year);
    cr_assert_not(scenario->groupings[1].by_year);
    cr_assert_eq(scenario->age_band, 10);
    tf_scenario_destroy(scenario);
    trefoil_context_destroy(context);
}

/* One mistake each, and the one reason it gives; lines of SMALL are 1 to 10. */
static const struct {
    const char *text, *reason;
} broken[] = {
    {"[population]\nareas = QOP\npersons = 9\n[model]\nfile = m\n" MONEY USUAL, "my-case.ini: [scenario]: the section is missing"},
    {"[scenario]\n[population]\nareas = QOP\npersons = 9\n[model]\nfile = m\n" MONEY USUAL, "ini:1: [scenario]: 'title' is missing"},
    {HEAD USUAL, "my-case.ini: [economics]: the section is missing"},
    {HEAD "[economics]\nprice_yaer = 2024\nprice_year = 2024\n" USUAL, "ini:9: [economics] price_yaer: no such setting; did you mean 'price_year'?"},
    {HEAD MONEY, "my-case.ini: no [strategy NAME] section"},
    {HEAD MONEY "[strategy]\n" USUAL, "ini:10: [strategy]: a name is missing: [strategy NAME]"},
    {HEAD MONEY "[strategy 2nd]\n" USUAL, "ini:10: [strategy 2nd]: a name is a letter followed by"},
    {SMALL USUAL, "ini:11: [strategy usual]: already begun at line 10"},
    {SMALL "interventions = app\n[intervention apps]\nplugin = p\n[strategy b]\ninterventions = apps\n",
     "ini:11: [strategy usual] interventions = app: there is no [intervention app]; did you mean 'apps'?"},
    {SMALL "interventions = app\n", "ini:11: [strategy usual] interventions = app: there is no [intervention app]"},
    {SMALL "[intervention app]\nplugin = p\n", "ini:11: [intervention app]: no strategy uses it"},
    {SMALL "interventions = app\n[intervention app]\n", "ini:12: [intervention app]: 'plugin' is missing"},
    {SMALL "interventions = app, app\n[intervention app]\nplugin = p\n", "ini:11: [strategy usual] interventions = app, app: 'app' is listed twice"},
    {HEAD MONEY "comparator = usal\n" USUAL, "ini:10: [economics] comparator = usal: there is no [strategy usal]; did you mean 'usual'?"},
    {HEAD MONEY "thresholds = 20000, x\n" USUAL, "ini:10: [economics] thresholds = 20000, x: 'x': expected money per QALY"},
    {HEAD MONEY "thresholds = 30000, 20000\n" USUAL, "ini:10: [economics] thresholds = 30000, 20000: '20000': expected ascending"},
    {HEAD MONEY "thresholds =\n" USUAL, "ini:10: [economics] thresholds = : expected at least one number"},
    {HEAD MONEY "perspective = nsh\n" USUAL, "expected nhs_pss, nhs, public_sector or societal; did you mean 'nhs'?"},
    {HEAD MONEY "currency = pounds\n" USUAL, "ini:10: [economics] currency = pounds: expected a code"},
    {HEAD MONEY "discount_costs = 3.5\n" USUAL, "ini:10: [economics] discount_costs = 3.5: expected a number from 0 to 0.2"},
    {SMALL "[uncertainty]\ndraws = 1048576\n", "ini:12: [uncertainty] draws = 1048576: expected a whole number from 0 to 1048575"},
    {SMALL "[uncertainty]\nseed = -1\n", "ini:12: [uncertainty] seed = -1: expected a whole number from 0 to 18446744073709551615"},
    {SMALL "[uncertainty]\nseed = 18446744073709551616\n", "ini:12: [uncertainty] seed"},
    {SMALL "[time]\ncycle = 5 months\n", "ini:12: [time] cycle = 5 months: a cycle divides a year evenly"},
    {SMALL "[time]\ncycle = 1 monht\n", "ini:12: [time] cycle = 1 monht: expected a step such as"},
    {SMALL "[time]\ncycle = 5 years\nhorizon = 3\n", "ini:12: [time] cycle = 5 years: a cycle is not longer than the horizon"},
    {SMALL "[time]\nhorizon = 111\n", "ini:12: [time] horizon = 111: expected lifetime, or a time"},
    {SMALL "[time]\nhorizon = 0\n", "ini:12: [time] horizon = 0: expected lifetime, or a time"},
    {SMALL "[time]\nstart = 26\n", "ini:12: [time] start = 26: expected a number from 1990 to 2100"},
    {SMALL "[output]\ngroups = imd, sexx\n", "ini:12: [output] groups = imd, sexx: 'sexx' is no dimension"},
    {SMALL "[output]\ngroups = imd*sex, sex*imd\n", "ini:12: [output] groups = imd*sex, sex*imd: 'sex*imd' is listed twice"},
    {SMALL "[output]\ngroups = imd*imd\n", "ini:12: [output] groups = imd*imd: 'imd*imd' names a dimension twice"},
    {SMALL "[output]\nby_year = icb\n", "ini:12: [output] by_year = icb: 'icb' is not among the groups"},
    {SMALL "[output]\nage_band = 0\n", "ini:12: [output] age_band = 0: expected a whole number from 1 to 100"},
    {SMALL "[parameters]\nrr = 0.7 ~ beta\n", "ini:12: [parameters] rr = 0.7 ~ beta: "},
    {SMALL "[outptu]\nage_band = 1\n", "ini:11: [outptu]: no such section; did you mean 'output'?"},
};

Test(scenario, one_mistake_one_reason)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_scenario *scenario = read_text(context, broken[i].text);

        cr_expect_eq(trefoil_context_reasons(context), 1, "%zu reasons for '%s'", trefoil_context_reasons(context), broken[i].reason);
        if (!told(context, broken[i].reason)) {
            cr_expect(false, "not told: %s", broken[i].reason);
            print_reasons(context);
        }
        tf_scenario_destroy(scenario);
        trefoil_context_destroy(context);
    }
}

/* In a copy of SMALL, the value of one key of [population] or [scenario]. */
static const struct {
    const char *set, *reason;
} wrong_sets[] = {
    {"population:ages=79-40", "[population] ages = 79-40: the first age is above the last; did you mean '40-79'?"},
    {"population:ages=40", "expected all, or a range within 0-100 such as 40-79"},
    {"population:ages=40-101", "expected all, or a range"},
    {"population:ages=-5-10", "expected all, or a range"},
    {"population:open=21", "[population] open = 21: expected how many years newcomers join, from 3 to 20, such as '5 years'"},
    {"population:open=5 yaers", "expected how many years newcomers join"},
    {"population:persons=0", "expected all, or a whole number from 1 to 100000000"},
    {"population:persons=1e6", "expected all, or a whole number"},
    {"population:persons=All", "expected all, or a whole number"},
    {"population:persons=", "[population] persons: the value is missing"},
    {"population:areas=QOP, qop", "'qop' is listed twice"},
    {"population:person=5", "[population] person: no such setting; did you mean 'persons'?"},
    {"scenario:name=a/b", "[scenario] name = a/b: expected letters"},
    {"scenario:name=..", "[scenario] name = ..: expected letters"},
    {"model:file=", "[model] file: the value is missing"},
    {"tmie:start=2026", "[tmie]: no such section; did you mean 'time'?"},
    {"nonsense", "expected \"section:key=value\""},
};

Test(scenario, set_is_checked_like_the_file)
{
    for (size_t i = 0; i < sizeof wrong_sets / sizeof wrong_sets[0]; i++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_scenario *scenario = NULL;

        cr_assert_eq(tf_scenario_read(context, folder_write("my-case.ini", SMALL), &wrong_sets[i].set, 1, &scenario), TREFOIL_DONE);
        cr_expect_eq(trefoil_context_reasons(context), 1, "%s", wrong_sets[i].set);
        cr_expect_eq(strncmp(trefoil_context_reason(context, 0), "--set: ", 7), 0);
        cr_expect(told(context, wrong_sets[i].reason), "%s: %s", wrong_sets[i].reason, trefoil_context_reason(context, 0));
        tf_scenario_destroy(scenario);
        trefoil_context_destroy(context);
    }
}

Test(scenario, sets_change_values_and_digest)
{
    static const char *const sets[] = {"population:persons=all", "uncertainty:draws=5", "uncertainty:seed=9", "parameters:rr=0.9"};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_scenario *plain = read_text(context, SMALL), *same = read_text(context, SMALL), *set = NULL, *less = NULL;

    cr_assert_eq(tf_scenario_read(context, folder_file("my-case.ini"), sets, 4, &set), TREFOIL_DONE);
    cr_assert_eq(tf_scenario_read(context, folder_file("my-case.ini"), sets, 3, &less), TREFOIL_DONE);
    cr_assert_eq(trefoil_context_reasons(context), 0);
    cr_assert(set->everyone);
    cr_assert_eq(set->draws, 5);
    cr_assert_eq(set->seed, 9);
    cr_assert_str_eq(set->parameters[0].text, "0.9");
    cr_assert_str_eq(set->parameters[0].place.file, "--set");
    cr_assert_str_eq(plain->digest, same->digest);
    cr_assert_str_neq(plain->digest, set->digest);
    cr_assert_str_neq(less->digest, set->digest);
    cr_assert_eq(strlen(set->digest), 64);
    tf_scenario_destroy(plain);
    tf_scenario_destroy(same);
    tf_scenario_destroy(set);
    tf_scenario_destroy(less);
    trefoil_context_destroy(context);
}

Test(scenario, all_mistakes_at_once_in_order)
{
    static const char text[] = "[scenario]\ntitel = x\n[population]\nareas = QOP\nages = 9-1\npersons = 1,000\n"
                               "[model]\nfile = m.ini ; the model\n[economics]\nprice_year = 2024\nseed = 3\n[strategy a]\n";
    trefoil_context *context = trefoil_context_create(NULL);
    tf_scenario *scenario = read_text(context, text);
    static const char *const order[] = {":1: [scenario]: 'title'", ":2: [scenario] titel: no such setting; did you mean 'title'?",
                                        ":5: [population] ages",   ":6: [population] persons",
                                        ":8: [model] file",        ":11: [economics] seed: no such setting"};

    cr_assert_eq(trefoil_context_reasons(context), 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect(strstr(trefoil_context_reason(context, i), order[i]), "%s", trefoil_context_reason(context, i));
    tf_scenario_destroy(scenario);
    trefoil_context_destroy(context);
}

Test(scenario, memory_runs_out, .timeout = 120)
{
    static const char *const sets[] = {"population:persons=10"};
    bool done = false;
    long n;

    folder_write("my-case.ini", FULL);
    for (n = 1; !done && n < 5000; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_scenario *scenario = NULL;
        trefoil_status status;

        tf_memory_fail_at(n);
        status = tf_scenario_read(context, folder_file("my-case.ini"), sets, 1, &scenario);
        tf_memory_fail_at(0);
        if (status == TREFOIL_DONE) {
            cr_assert_eq(trefoil_context_reasons(context), 0, "call %ld: %s", n, trefoil_context_reason(context, 0));
            done = true;
        } else {
            cr_assert_eq(status, TREFOIL_NO_MEMORY);
            cr_assert_null(scenario);
            cr_assert_geq(trefoil_context_reasons(context), 1);
            cr_assert_not(told(context, "my-case.ini:"), "call %ld: %s", n, trefoil_context_reason(context, 0));
        }
        tf_scenario_destroy(scenario);
        trefoil_context_destroy(context);
    }
    cr_assert(done);
    cr_assert_gt(n, 100);
}
