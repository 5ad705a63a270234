/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People of a cohort against their own expectation: conventions of cycles, time in a state, subgroups, decision trees, plugins; and what is
 * refused when they are simulated, with the reason. */
#include "engine/run.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <math.h>

#define PLUGINS TF_BINARY_DIR "/tests/plugins"
#define SETS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum { MOST_SETS = 16, MOST_VALUES = 8192 };

static const char scenario_text[] =
    "[scenario]\ntitle = A cohort\n[run]\nmode = people\n[population]\ncohort = 40000\nages = 60-60\n[model]\nfile = model.ini\n"
    "[time]\nhorizon = 10 years\n[economics]\nprice_year = none\ndiscount_costs = 0.1\ndiscount_effects = 0.05\n[output]\nby_year =\n"
    "[strategy base]\n[strategy other]\nparameters.rr = 0.5\nparameters.dear = 3\n";

static const char evidence_text[] = "name,label,value,unit,price_year,source,grade,note\nrr,Ratio,1,1,,made up,assumption,\n"
                                    "dear,Factor,1,1,,made up,assumption,\nr,Rate,0.1,1/a,,made up,assumption,\n";

/* What was run: totals[strategy][group][measure][2] and their variances. */
typedef struct totals {
    double total[MOST_VALUES], variance[MOST_VALUES], difference_variance[MOST_VALUES];
    char names[64][64];
    size_t n_strategies, n_groups, n_measures;
    double by_year[MOST_VALUES];
    size_t n_years;
} totals;

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    totals *to = self;
    size_t n = layout->n_groups * layout->n_measures * 2, n_years = layout->n_year_groups * layout->n_years * layout->n_measures;

    (void)context;
    to->n_strategies = layout->n_strategies;
    to->n_groups = layout->n_groups;
    to->n_measures = layout->n_measures;
    to->n_years = n_years;
    cr_assert(layout->n_strategies * n <= MOST_VALUES && layout->n_measures <= 64 && layout->n_strategies * n_years <= MOST_VALUES);
    for (size_t m = 0; m < layout->n_measures; ++m)
        snprintf(to->names[m], 64, "%s", layout->measures[m].name);
    for (size_t s = 0; s < layout->n_strategies; ++s) {
        memcpy(to->total + s * n, draw->outcomes[s].total, n * sizeof(double));
        memcpy(to->variance + s * n, draw->outcomes[s].variance, n * sizeof(double));
        memcpy(to->difference_variance + s * n, draw->outcomes[s].difference_variance, n * sizeof(double));
        memcpy(to->by_year + s * n_years, draw->outcomes[s].by_year, n_years * sizeof(double));
    }
    return TREFOIL_DONE;
}

static totals *run(const char *const *sets, const char *more, int threads)
{
    trefoil_context *context = trefoil_context_create(NULL);
    totals *made = calloc(1, sizeof *made);
    const char *all[MOST_SETS];
    tf_run *open = NULL;
    size_t n = 0;
    char path[128];

    for (; sets[n]; n++)
        all[n] = sets[n];
    if (more)
        all[n++] = more;
    strcpy(path, folder_file("scenario.ini"));
    if (tf_run_open(context, path, all, n, PLUGINS, &open) != TREFOIL_DONE)
        print_reasons(context);
    cr_assert(open, "%s", n ? all[0] : "no settings");
    cr_assert(tf_run_go(context, open, (tf_run_options){ threads, 0 }, (tf_sink){ .take = take, .self = made }) == TREFOIL_DONE);
    tf_run_close(open);
    trefoil_context_destroy(context);
    return made;
}

static void write_files(const char *scenario, const char *model)
{
    folder_write("scenario.ini", scenario);
    folder_write("model.ini", model);
    folder_write("evidence.csv", evidence_text);
    folder_write("weights.csv", "weight\n0.5\n1\n1\n2\n0\n1\n1\n1\n1\n1\n0.25\n");
}

static void remove_files(void)
{
    folder_forget("scenario.ini");
    folder_forget("model.ini");
    folder_forget("evidence.csv");
    folder_forget("weights.csv");
    folder_remove();
}

static size_t measure(const totals *of, const char *name)
{
    for (size_t m = 0; m < of->n_measures; ++m)
        if (strcmp(of->names[m], name) == 0)
            return m;
    cr_assert(false, "no measure %s", name);
    return 0;
}

static double total(const totals *of, size_t strategy, const char *name, int discounted)
{
    return of->total[(strategy * of->n_groups * of->n_measures + measure(of, name)) * 2 + (size_t)discounted];
}

/* Everything that was simulated within four of its errors of what is expected: every strategy, group, measure, discounted or not. */
static void compare(const char *what, const totals *people, const totals *expected)
{
    size_t n = people->n_strategies * people->n_groups * people->n_measures * 2, tried = 0;

    cr_assert(people->n_measures == expected->n_measures && people->n_groups == expected->n_groups);
    for (size_t i = 0; i < n; ++i) {
        double error = sqrt(people->variance[i]), off = fabs(people->total[i] - expected->total[i]);
        tried += error > 0.0;
        cr_expect(off <= 4.5 * error + 1e-9 * (1 + fabs(expected->total[i])), "%s: strategy %zu, %s%s: %.8g instead of %.8g, %.1f errors off",
                  what, i / (2 * people->n_measures * people->n_groups), people->names[i / 2 % people->n_measures],
                  i % 2 ? " discounted" : "", people->total[i], expected->total[i], off / error);
    }
    cr_expect(tried * 2 > n, "%s: of %zu values only %zu vary", what, n, tried);
}

static void agree(const char *const *sets)
{
    totals *people = run(sets, NULL, 2), *expected = run(sets, "run:mode=expected", 1);

    compare(sets[0] ? sets[0] : "as it is", people, expected);
    free(people);
    free(expected);
}

static const char course[] =
    "[model]\ntitle = A course\nclock = discrete\nconversion = %s\nevents = %s\nevidence = evidence.csv\n"
    "[cost care]\n[resource visit]\nunit = 1\nprice = 10 + cycle\ncategory = care\n"
    "[condition ill]\nstates = well, ill, worse, dead, killed\ndead = dead, killed\ninitial.ill = 0.2\ninitial.worse = 0.1\n"
    "[start]\ncost.care = 50 * dear\nuse.visit = 1\nqaly = -0.01\n"
    "[state ill.well]\nutility = 0.9\n"
    "[state ill.ill]\nutility = 0.6 - 0.05 * min(years_in_state, 2)\ncost.care = 100 * (time < 4 and dear or 1)\nuse.visit = 4\ntunnel = 4\n"
    "[state ill.worse]\nutility = 0.4\ncost.care = 400 * dear\n"
    "[transition ill.well.ill]\nrate = r * rr * 3\nfatality = 0.1 + 0.01 * cycle\nfatal = ill.killed\ncost.care = 70\nqaly = -0.02\n"
    "[transition ill.well.dead]\nrate = 0.001 * age\n"
    "[transition ill.ill.well]\ntime = weibull(1.4, 3)\n"
    "[transition ill.ill.worse]\ntime = gompertz(0.1, r)\nclock = forward\nuse.visit = 2\n"
    "[transition ill.ill.dead]\ntime = gompertz(0.1, 0.0001 / rr)\nclock = age\n"
    "[transition ill.worse.dead]\nrate = 4 * r\n";

Test(alike, people_meet_their_expectation)
{
    static const char *const conversions[] = { "separate", "competing", "death-first" };
    char model[2400];

    folder_make();
    for (int c = 0; c < 3; ++c) {
        snprintf(model, sizeof model, course, conversions[c], c == 1 ? "weighted" : "counted");
        write_files(scenario_text, model);
        agree((const char *const[]){ NULL });
    }
    agree(SETS("time:correction=end", "economics:discount_costs_at=middle", "economics:discounting=continuous"));
    agree(SETS("time:correction=life-table", "time:cycle=3 months"));
    agree(SETS("time:correction=half-cycle", "time:cycle=6 months", "economics:discounting=per-cycle"));
    agree(SETS("time:correction=simpson", "time:correction_effects=darth", "economics:discounting=exponential"));
    agree(SETS("time:correction=weights", "time:weights=weights.csv", "output:by_year=all"));
    agree(SETS("time:correction=all", "population:persons=10000"));
    remove_files();
}

/* To the bit, whatever the threads; a lane's people are the same whatever the strategies. */
Test(alike, does_not_depend_on_threads)
{
    char model[2400];
    totals *one, *three;

    folder_make();
    snprintf(model, sizeof model, course, "competing", "counted");
    write_files(scenario_text, model);
    one = run(SETS("output:by_year=all", "population:cohort=5003"), NULL, 1);
    three = run(SETS("output:by_year=all", "population:cohort=5003"), NULL, 3);
    cr_expect(memcmp(one, three, sizeof *one) == 0);
    cr_expect_eq(total(one, 0, "persons", 0), 5003);
    free(one);
    free(three);
    remove_files();
}

static const char tree[] = "[model]\ntitle = A tree\nkind = paths\nevidence = evidence.csv\n[cost care]\n[start]\ncost.care = 5\n"
                           "[path cured]\nprobability = 1 - 0.3 * rr\nqaly = 0.9\nly = 1\n"
                           "[path not_cured]\nprobability = 0.2 * rr\nqaly = 0.5\ncost.care = 100 * dear\nly = 1\n"
                           "[path dead]\nprobability = 0.1 * rr\ncost.care = 1000\nly = 0.3\n";

Test(alike, decision_trees)
{
    totals *people, *expected;

    folder_make();
    write_files(scenario_text, tree);
    agree((const char *const[]){ NULL });
    people = run(SETS("run:mode=people"), NULL, 1);
    expected = run(SETS("run:mode=expected"), NULL, 1);
    cr_expect_eq(total(people, 1, "path.cured", 0) + total(people, 1, "path.not_cured", 0) + total(people, 1, "path.dead", 0), 40000);
    for (size_t d = 0; d < 2; ++d) { /* the same luck under both strategies: the difference errs less than if luck were new */
        size_t at = (people->n_measures + measure(people, "qaly")) * 2 + d, base = measure(people, "qaly") * 2 + d;
        cr_expect_lt(people->difference_variance[at], people->variance[at] + people->variance[base]);
    }
    free(people);
    free(expected);
    remove_files();
}

static void refused(const char *scenario, const char *model, const char *const *sets, const char *reason)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_run *open = NULL;
    bool said = false;
    char path[128];
    size_t n = 0;

    while (sets[n])
        n++;
    write_files(scenario, model);
    strcpy(path, folder_file("scenario.ini"));
    cr_expect(tf_run_open(context, path, sets, n, PLUGINS, &open) == TREFOIL_USER_MISTAKE, "%s", reason);
    for (size_t i = 0; i < trefoil_context_reasons(context); ++i)
        said = said || strstr(trefoil_context_reason(context, i), reason);
    cr_expect(said, "expected '%s'", reason);
    if (!said)
        print_reasons(context);
    tf_run_close(open);
    trefoil_context_destroy(context);
}

/* ---- subgroups --------------------------------------------------------------- */

static const char subgroups[] = "[subgroup men]\nweight = 0.25\nage = 50\nparameters.r = 2 * r\n"
                                "[subgroup women]\nweight = 0.45\nsex = female\nage = 70\n"
                                "[subgroup old]\nweight = 0.3\nsex = female\nage = 80\nimd = 1\nparameters.r = 0.3\nparameters.dear = 2\n";

/* Groups 1 to 3 sum to the whole: to the last bit, or as whole steps that were each rounded to a double. */
static void check_sums(const totals *of, const char *what, double relative)
{
    for (size_t s = 0; s < of->n_strategies; ++s)
        for (size_t i = 0; i < of->n_measures * 2; ++i) {
            const double *all = &of->total[s * of->n_groups * of->n_measures * 2];
            double sum = 0;
            for (size_t g = 1; g < of->n_groups; ++g)
                sum += all[g * of->n_measures * 2 + i];
            cr_expect(fabs(all[i] - sum) <= relative * fabs(sum), "%s, %s: %.17g is not the sum %.17g", what, of->names[i / 2], all[i], sum);
        }
}

Test(alike, subgroups_sum_to_the_whole)
{
    static const char *const parts[] = { "population:ages=50-50", "population:ages=70-70", "population:ages=80-80" };
    static const char *const sexes[] = { "population:sex=male", "population:sex=female", "population:sex=female" };
    static const char *const rates[] = { "parameters:r=0.2", "parameters:r=0.1", "parameters:r=0.3" };
    static const double weights[] = { 0.25, 0.45, 0.3 };
    char model[2400], scenario[2000];
    totals *whole, *people, *own[3];

    folder_make();
    snprintf(model, sizeof model, course, "death-first", "counted");
    snprintf(scenario, sizeof scenario, "%s%s", scenario_text, subgroups);
    write_files(scenario, model);
    whole = run(SETS("run:mode=expected"), NULL, 1);
    people = run(SETS("run:mode=people"), NULL, 2);
    cr_assert_eq(whole->n_groups, 4);
    check_sums(whole, "expected", 0);
    check_sums(people, "people", 0);
    compare("subgroups", people, whole);
    write_files(scenario_text, model);
    for (int g = 0; g < 3; ++g) { /* a cohort of each alone */
        const char *const sets[] = { "run:mode=expected", parts[g], sexes[g], rates[g], g == 2 ? "parameters:dear=2" : "parameters:dear=1", NULL };
        own[g] = run(sets, NULL, 1);
        for (size_t i = 0; i < whole->n_measures * 2; ++i)
            cr_expect(fabs(whole->total[((size_t)g + 1) * whole->n_measures * 2 + i] - weights[g] * own[g]->total[i]) <=
                          1e-9 * (1 + fabs(own[g]->total[i])), "subgroup %d, %s", g, whole->names[i / 2]);
        free(own[g]);
    }
    free(whole);
    free(people);
    remove_files();
}

static const char rates[] = "[model]\ntitle = Rates\nevidence = evidence.csv\n[cost care]\n[condition ill]\nstates = well, ill, dead\ndead = dead\n"
                            "[start]\ncost.care = 50 * dear\n[state ill.ill]\nutility = 0.5\ncost.care = 100\n"
                            "[transition ill.well.ill]\nrate = r * rr\n[transition ill.well.dead]\nrate = 0.02 * r\n"
                            "[transition ill.ill.dead]\nrate = r\n";

/* P(dead at t) of well -> ill -> dead with rates a, b and c = deaths of the well. */
static double died(double a, double b, double c, double t)
{
    return 1 - exp(-(a + c) * t) - a * (exp(-(a + c) * t) - exp(-b * t)) / (b - a - c);
}

Test(alike, subgroups_on_the_continuous_clock)
{
    static const double r[] = { 0.2, 0.1, 0.3 }, weights[] = { 0.25, 0.45, 0.3 }, dear[] = { 1, 1, 2 };
    char scenario[2000];
    totals *people;

    folder_make();
    snprintf(scenario, sizeof scenario, "%s%s", scenario_text, subgroups);
    write_files(scenario, rates);
    people = run(SETS("time:clock=continuous"), NULL, 2);
    check_sums(people, "continuous", 4e-16);
    for (size_t s = 0; s < 2; ++s)
        for (size_t g = 0; g < 3; ++g) {
            size_t at = ((s * 4 + g + 1) * people->n_measures + measure(people, "deaths")) * 2;
            double n = 40000 * weights[g], share = died(r[g] * (s ? 0.5 : 1), r[g], 0.02 * r[g], 10);
            cr_expect(fabs(people->total[at] - n * share) <= 4 * sqrt(n * share * (1 - share)), "subgroup %zu: %g instead of %g", g,
                      people->total[at], n * share);
        }
    for (size_t g = 0; g < 3; ++g) { /* what everybody costs at the start, and nothing else in it */
        size_t at = ((g + 1) * people->n_measures + measure(people, "cost.care")) * 2, years = ((g + 1) * people->n_measures + measure(people, "years.ill.ill")) * 2;
        cr_expect(fabs(people->total[at] - 100 * people->total[years] - 50 * dear[g] * 40000 * weights[g]) < 1e-3);
    }
    free(people);
    remove_files();
}

/* ---- plugins ----------------------------------------------------------------- */

static const char with_plugins[] =
    "[scenario]\ntitle = Plugins\n[run]\nmode = expected\n[population]\ncohort = 40000\nages = 60-60\n[model]\nfile = model.ini\n"
    "[time]\nhorizon = 12 years\ncycle = 1 year\n[economics]\nprice_year = none\n[output]\nby_year =\n"
    "[strategy base]\n[strategy idle]\ninterventions = idle\n[strategy busy]\ninterventions = busy, payer\n"
    "[intervention idle]\nplugin = tonic\n[intervention busy]\nplugin = tonic\nonset = 0.6\nrecovery = 2.5\nodds = 0.5\n"
    "[intervention payer]\nplugin = payer\nevent = ill.well.ill\nstate = ill.ill\n";

static const char plain[] = "[model]\ntitle = Plain\nclock = discrete\n[cost care]\n[resource visit]\nunit = 1\nprice = 10\ncategory = care\n"
                            "[condition ill]\nstates = well, ill, dead, killed\ndead = dead, killed\ninitial.ill = 0.1\n"
                            "[state ill.well]\nutility = 0.9\n[state ill.ill]\nutility = 0.6\ncost.care = 100\n"
                            "[transition ill.well.ill]\n%s\nfatality = 0.2\nfatal = ill.killed\n[transition ill.well.dead]\nrate = 0.02\n"
                            "[transition ill.ill.well]\n%s\n[transition ill.ill.dead]\nrate = 0.05\n";

Test(alike, plugins_that_scale_and_add)
{
    char model[1600];
    totals *expected, *people;
    size_t n;

    folder_make();
    for (int c = 0; c < 2; ++c) {
        snprintf(model, sizeof model, plain, c ? "probability = 0.1" : "rate = 0.12", c ? "probability = 0.2" : "rate = 0.3");
        write_files(with_plugins, model);
        expected = run(SETS("run:mode=expected"), NULL, 1);
        n = expected->n_measures * 2;
        cr_expect(memcmp(expected->total, expected->total + n, n * sizeof(double)) == 0, "a plugin without effects changes something");
        people = run(SETS("run:mode=people"), NULL, 1); /* the same plugins, called for every person */
        compare(c ? "probabilities" : "rates", people, expected);
        cr_expect_gt(fabs(total(expected, 2, "event.ill.well.ill", 0) - total(expected, 0, "event.ill.well.ill", 0)), 100);
        cr_expect(fabs(total(expected, 2, "cost.each", 0) - 200 * total(expected, 2, "event.ill.well.ill", 0)) < 1e-6);
        cr_expect(fabs(total(expected, 2, "cost.during", 0) - 70 * total(expected, 2, "years.ill.ill", 0)) < 1e-6);
        cr_expect(fabs(total(expected, 2, "payer.smiles", 1) - 5 * total(expected, 2, "ly", 1)) < 1e-6);
        free(people);
        free(expected);
    }
    remove_files();
}

/* Several plugins on one hazard, one fatality and one quality of life are one that does what they do together. */
Test(alike, plugins_act_together)
{
    static const char together[] =
        "[scenario]\ntitle = Together\n[population]\ncohort = 4000\nages = 60-60\n[model]\nfile = model.ini\n[time]\nhorizon = 8 years\n"
        "[economics]\nprice_year = none\n[output]\nby_year =\n[strategy base]\n[strategy several]\ninterventions = a, b, c, p, q\n"
        "[strategy one]\ninterventions = whole, pay\n[intervention a]\nplugin = tonic\nonset = 0.5\nrecovery = 4\nodds = 0.5\n"
        "[intervention b]\nplugin = tonic\nonset = 4\nodds = 4\n[intervention c]\nplugin = tonic\nonset = 0.25\nrecovery = 0.5\n"
        "[intervention whole]\nplugin = tonic\nonset = 0.5\nrecovery = 2\nodds = 2\n[intervention p]\nplugin = payer\nevent = ill.well.ill\n"
        "factor = 0.5\ngain = 0.25\nextra = 0\n[intervention q]\nplugin = payer\nevent = ill.well.ill\nfactor = 0.5\ngain = -0.125\nextra = 0\n"
        "[intervention pay]\nplugin = payer\nevent = ill.well.ill\nfactor = 0.25\ngain = 0.125\nextra = 0\n";
    static const char *const names[] = { "event.ill.well.ill", "event.ill.ill.well", "years.ill.ill", "deaths", "ly", "qaly" };
    static const char *const modes[][3] = { { "run:mode=expected" }, { "run:mode=people" }, { "run:mode=people", "time:clock=continuous" } };
    char model[1600];

    folder_make();
    snprintf(model, sizeof model, plain, "rate = 0.3", "rate = 0.3");
    write_files(together, model);
    for (size_t m = 0; m < sizeof modes / sizeof *modes; ++m) {
        totals *made = run(modes[m], NULL, 1);
        for (size_t n = 0; n < sizeof names / sizeof *names; ++n) {
            cr_expect_eq(total(made, 1, names[n], 1), total(made, 2, names[n], 1), "%s %zu", names[n], m);
            cr_expect_neq(total(made, 1, names[n], 1), total(made, 0, names[n], 1), "%s %zu", names[n], m);
        }
        free(made);
    }
    remove_files();
}

/* ---- the continuous clock ------------------------------------------------------ */

static const char hazards[] =
    "[model]\ntitle = Hazards\nages = 50-100\nevidence = evidence.csv\n[cost care]\n[resource visit]\nunit = 1\nprice = 10 + age\ncategory = care\n"
    "[utility]\nnorm = 1 - 0.002 * age\n"
    "[condition ill]\nstates = well, ill, dead, killed\ndead = dead, killed\ninitial.ill = 0.2\n[start]\ncost.care = 50 * dear\nqaly = -0.01\n"
    "[state ill.ill]\nutility = 0.6\ncost.care = 100 * dear\nuse.visit = 4\n"
    "[transition ill.well.ill]\nrate = r * rr * 3\nfatality = 0.01 * (age - 50)\nfatal = ill.killed\ncost.care = 70\nqaly = -0.02\n"
    "[transition ill.well.dead]\nrate = 0.001 * age\n[transition ill.ill.well]\nrate = 0.5\nuse.visit = 2\n"
    "[transition ill.ill.dead]\nrate = r * exp(0.05 * (age - 60))\n";

Test(alike, continuous_people_meet_their_expectation)
{
    char scenario[2400];

    folder_make();
    write_files(scenario_text, hazards);
    agree((const char *const[]){ NULL });
    agree(SETS("economics:discounting=continuous", "time:cycle=3 months", "output:by_year=all"));
    agree(SETS("economics:discounting=exponential", "time:clock=continuous", "economics:discount_effects=0"));
    snprintf(scenario, sizeof scenario, "%s[strategy helped]\ninterventions = coach, payer\n[intervention coach]\nplugin = coach\nmove = ill.well.ill\n"
             "from_age = 63\neffect = 0.3\n[intervention payer]\nplugin = payer\nevent = ill.ill.well\nstate = ill.ill\n", scenario_text);
    write_files(scenario, hazards);
    agree(SETS("time:horizon=8 years"));
    snprintf(scenario, sizeof scenario, "%s[strategy helped]\ninterventions = tonic\n[intervention tonic]\nplugin = tonic\n", scenario_text);
    refused(scenario, hazards, SETS("run:mode=expected"), "asks how long people have been in their state, on the continuous clock");
    remove_files();
}

/* ---- conventions that are refused ---------------------------------------------------------------- */

Test(alike, refusals_say_why)
{
    static const char two[] = "[model]\ntitle = Two\nclock = discrete\n%s[condition a]\nstates = x, y\n[condition b]\nstates = x, y\n"
                              "[transition a.x.y]\n%s\n[transition b.x.y]\nrate = 0.1\n";
    static const char *const none[] = { NULL };
    char model[2400], text[2400];

    folder_make();
    snprintf(model, sizeof model, two, "correction = end\n", "rate = 0.1");
    refused(scenario_text, model, none, "'end' needs people who are all alike");
    snprintf(model, sizeof model, two, "", "rate = 0.1 * time");
    refused(scenario_text, model, none, "'time' is known to people who are all alike only");
    snprintf(model, sizeof model, two, "", "time = weibull(1, 2)");
    refused(scenario_text, model, none, "under the discrete clock the time of an event is known to people who are all alike only");
    snprintf(model, sizeof model, two, "", "rate = 0.1");
    refused(scenario_text, model, SETS("economics:discount_costs_at=end"), "discount_costs_at: this needs people who are all alike");
    refused(scenario_text, rates, SETS("economics:discounting=per-cycle"), "discounting = per-cycle: amounts are discounted at the very moment");
    refused(scenario_text, rates, SETS("time:correction=half-cycle"), "times are exact under the continuous clock");
    refused(scenario_text, "[model]\ntitle = x\n[condition a]\nstates = x, y\n[transition a.x.y]\ntime = weibull(1, 2)\n",
            SETS("run:mode=expected"), "[transition a.x.y] time: expected mode on the continuous clock follows rates");
    refused(scenario_text, "[model]\ntitle = x\nconversion = competing\n[condition a]\nstates = x, y\n[transition a.x.y]\nrate = 1\n", none,
            "conversion = competing: under the continuous clock rates are hazards");
    snprintf(model, sizeof model, course, "separate", "counted");
    refused(scenario_text, model, SETS("time:clock=continuous"), "tunnel = 4: under the continuous clock time in a state is exact");
    snprintf(model, sizeof model, two, "", "time = weibul(1, 2)");
    refused(scenario_text, model, none, "did you mean 'weibull'");
    snprintf(model, sizeof model, two, "", "time = gompertz(1)");
    refused(scenario_text, model, none, "expected gompertz(shape, rate)");
    refused(scenario_text, "[model]\ntitle = x\n[condition a]\nstates = x, y\n[transition a.x.y]\ntime = weibull(0, 2)\n", none,
            "[transition a.x.y] time = 0: expected a number from 1e-09");
    refused(scenario_text, "[model]\ntitle = x\n[condition a]\nstates = x, y\n[transition a.x.y]\nrate = 1\nclock = forward\n", none,
            "it says from when `time` counts, but there is none");
    snprintf(text, sizeof text, "%s[subgroup a]\nweight = 0.5\n[subgroup b]\nweight = 0.4\n", scenario_text);
    refused(text, rates, none, "the weights of the subgroups sum to 0.9, not to 1");
    snprintf(text, sizeof text, "%s[subgroup a]\nweight = 0.5\n[subgroup b]\nweight = 0.5\nparameters.s = 1\n", scenario_text);
    refused(text, rates, none, "[subgroup b] parameters.s: the model has no such parameter");
    refused(text, rates, SETS("population:cohort=7"), "0.5 of 7 people are no whole number");
    snprintf(text, sizeof text, "%s[strategy kept]\ninterventions = c\n[intervention c]\nplugin = keeper\n", with_plugins);
    snprintf(model, sizeof model, plain, "rate = 0.1", "rate = 0.1");
    refused(text, model, none, "[intervention c] remembers every person (column 'joined'); mode = expected follows people of a state who are all alike");
    refused(text, model, none, "[intervention c] draws luck for every person (column 'luck')");
    refused(text, model, none, "[intervention c] watches what happened to every person (column 'count.ill.well.ill')");
    remove_files();
}
