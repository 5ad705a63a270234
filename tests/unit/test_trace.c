/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cohorts and decision trees against what can be worked out by hand, and the mistakes of their files with file and line. */
#include "engine/run.h"
#include "folder.h"
#include "model/survival.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

static const char scenario_text[] = "[scenario]\ntitle = A cohort\n[run]\nmode = expected\n[population]\ncohort = 100\nages = 50-50\n"
                                    "[model]\nfile = model.ini\n[time]\nhorizon = 10 years\n[economics]\nprice_year = none\n"
                                    "discount_costs = 0.1\ndiscount_effects = 0.05\n[output]\nby_year =\n[strategy base]\n[strategy other]\n";

static const char model_text[] = "[model]\ntitle = Alive and dead\nclock = discrete\n"
                                 "[cost care]\n"
                                 "[condition life]\nstates = alive, dead\ndead = dead\n"
                                 "[state life.alive]\nutility = 0.8\ncost.care = 100\n"
                                 "[transition life.alive.dead]\nprobability = 0.2\ncost.care = 1000\nqaly = -0.5\n";

/* The totals of a run's last draw. */
typedef struct totals {
    double *values; /* [strategy][measure][2] */
    tf_run *run;
    uint32_t draws;
} totals;

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    totals *to = self;

    (void)context;
    to->draws = draw->draw;
    for (size_t s = 0; s < layout->n_strategies; ++s)
        memcpy(to->values + 2 * s * layout->n_measures, draw->outcomes[s].total, 2 * layout->n_measures * sizeof(double));
    return TREFOIL_DONE;
}

/* Run scenario.ini of the folder with --set assignments (NULL-terminated). */
static totals run(const char *const *sets)
{
    trefoil_context *context = trefoil_context_create(NULL);
    totals made = { 0 };
    size_t n = 0;
    char path[128];

    while (sets[n])
        n++;
    strcpy(path, folder_file("scenario.ini"));
    if (tf_run_open(context, path, sets, n, NULL, &made.run) != TREFOIL_DONE)
        print_reasons(context);
    cr_assert(made.run, "%s", n ? sets[0] : "no settings");
    made.values = calloc(2 * made.run->layout.n_strategies * made.run->layout.n_measures, sizeof(double));
    cr_assert(tf_run_go(context, made.run, (tf_run_options){ 1, 0 }, (tf_sink){ .take = take, .self = &made }) == TREFOIL_DONE);
    trefoil_context_destroy(context);
    return made;
}

static double per_person(const totals *of, size_t strategy, const char *measure, int discounted)
{
    int m = tf_layout_measure(&of->run->layout, measure);

    cr_assert(m >= 0, "%s", measure);
    return of->values[2 * (strategy * of->run->layout.n_measures + (size_t)m) + (size_t)discounted] / (double)of->run->population->people;
}

static void release(totals *of)
{
    free(of->values);
    tf_run_close(of->run);
}

static void expect(const char *what, double value, double expected)
{
    cr_expect(fabs(value - expected) <= 1e-12 * (1 + fabs(expected)), "%s: %.15g, expected %.15g", what, value, expected);
}

static void expect_run(const char *const *sets, const char *measure, int discounted, double expected)
{
    totals of = run(sets);

    expect(sets[0] ? sets[0] : measure, per_person(&of, 0, measure, discounted), expected);
    release(&of);
}

static void write_files(const char *scenario, const char *model)
{
    folder_write("scenario.ini", scenario);
    folder_write("model.ini", model);
}

static void remove_files(void)
{
    folder_forget("scenario.ini");
    folder_forget("model.ini");
    folder_forget("weights.csv");
    folder_forget("evidence.csv");
    folder_forget("sample.csv");
    folder_remove();
}

#define SETS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Survivors at boundary t are 0.8^t. */
Test(trace, corrections_and_discounting)
{
    double start = 0, end = 0, half = 0, simpson = 0, darth = 0, all = 0, at_end = 0, at_middle = 0, table = 0, deaths = 0, weighted = 0;
    const char *const none[] = { NULL };

    folder_make();
    write_files(scenario_text, model_text);
    for (int t = 0; t <= 10; ++t) {
        double alive = pow(0.8, t), worth = pow(1.05, -t);
        bool edge = t == 0 || t == 10;
        start += t < 10 ? alive * worth : 0;
        at_end += t < 10 ? alive * pow(1.05, -(t + 1)) : 0;
        at_middle += t < 10 ? alive * pow(1.05, -(t + 0.5)) : 0;
        end += t > 0 ? alive * worth : 0;
        half += (edge ? 0.5 : 1) * alive * worth;
        simpson += (edge ? 1.0 / 3 : t % 2 ? 4.0 / 3 : 2.0 / 3) * alive * worth;
        darth += (edge ? 1.0 / 3 : t % 2 ? 2.0 / 3 : 4.0 / 3) * alive * worth;
        all += alive * worth;
        weighted += (t == 3 ? 2 : 0) * alive * worth;
        table += t < 10 ? 0.9 * alive * pow(1.05, -(t + 0.5)) : 0;
        deaths += t > 0 ? 0.2 * pow(0.8, t - 1) * pow(1.1, -t) : 0;
    }
    expect_run(none, "ly", 1, start);
    expect_run(SETS("time:correction=start"), "ly", 1, start);
    expect_run(SETS("economics:discount_effects_at=end"), "ly", 1, at_end);
    expect_run(SETS("economics:discount_effects_at=middle", "economics:discounting=continuous"), "ly", 1, at_middle);
    expect_run(SETS("time:correction=end"), "ly", 1, end);
    expect_run(SETS("time:correction=half-cycle"), "ly", 1, half);
    expect_run(SETS("time:correction=simpson"), "ly", 1, simpson);
    expect_run(SETS("time:correction=darth"), "ly", 1, darth);
    expect_run(SETS("time:correction=all"), "ly", 1, all);
    expect_run(SETS("time:correction=life-table", "economics:discounting=continuous"), "ly", 1, table);
    expect_run(SETS("time:correction_effects=end"), "ly", 1, end);
    folder_write("weights.csv", "weight\n0\n0\n0\n2\n0\n0\n0\n0\n0\n0\n0\n");
    expect_run(SETS("time:correction=weights", "time:weights=weights.csv"), "ly", 1, weighted);
    expect_run(none, "cost", 0, 100 * (1 - pow(0.8, 10)) / 0.2 + 1000 * (1 - pow(0.8, 10)));
    expect_run(none, "qaly", 0, 0.8 * (1 - pow(0.8, 10)) / 0.2 - 0.5 * (1 - pow(0.8, 10)));
    expect_run(SETS("economics:discounting=continuous", "time:correction=weights", "time:weights=weights.csv"), "cost", 1,
               200 * pow(0.8, 3) * pow(1.1, -3) + 1000 * deaths);
    expect_run(SETS("economics:discounting=exponential", "time:correction=weights", "time:weights=weights.csv"), "ly", 1,
               2 * pow(0.8, 3) * exp(-0.15));
    expect_run(SETS("economics:discounting=per-cycle", "time:cycle=6 months", "time:horizon=5 years", "time:correction=weights",
                    "time:weights=weights.csv"), "ly", 1, pow(0.8, 3) * pow(1.025, -3));
    remove_files();
}

static const char rates_text[] = "[model]\ntitle = Rates\nclock = discrete\nconversion = %s\n"
                                 "[condition c]\nstates = a, b, dead\ndead = dead\n"
                                 "[transition c.a.b]\nrate = 0.3\n[transition c.a.dead]\nrate = 0.1\n"
                                 "[transition c.b.dead]\nrate = 0\nfatality = 0.25\nfatal = c.dead\n";

/* Shares in b after a cycle of half a year. */
Test(trace, conversions_of_rates)
{
    const char *const names[] = { "separate", "competing", "death-first" };
    const double shares[] = { 1 - exp(-0.15), 0.75 * (1 - exp(-0.2)), exp(-0.05) * (1 - exp(-0.15)) };
    char model[1024];

    folder_make();
    for (size_t i = 0; i < 3; ++i) {
        snprintf(model, sizeof model, rates_text, names[i]);
        write_files(scenario_text, model);
        expect_run(SETS("time:cycle=6 months", "time:horizon=6 months", "time:correction=end"), "years.c.b", 0, 0.5 * shares[i]);
    }
    remove_files();
}

static const char course_text[] =
    "[model]\ntitle = Time\nclock = discrete\ncorrection = end\n[cost care]\n"
    "[start]\ncost.care = 7\n"
    "[condition c]\nstates = a, b, dead\ndead = dead\n"
    "[state c.b]\ncost.care = cycle <= 2 and 10 or 1\n"
    "[transition c.a.b]\nprobability = rest\n[transition c.a.dead]\nprobability = 0.5\n"
    "[transition c.b.dead]\nprobability = years_in_state >= 2 and 1 or 0\n";

/* Half die at once; the others enter b at boundary 1 and leave it three cycles later, at boundary 4.  At boundaries 1 and 2 care costs 10 (cycles 1
 * and 2), at 3 it costs 1. */
Test(trace, time_in_model_and_in_state)
{
    const char *const none[] = { NULL };

    folder_make();
    write_files(scenario_text, course_text);
    expect_run(none, "years.c.b", 0, 0.5 * 3);
    expect_run(none, "deaths", 0, 1);
    expect_run(none, "cost.care", 0, 7 + 0.5 * (10 + 10 + 1));
    expect_run(none, "event.c.a.b", 0, 0.5);
    remove_files();
}

static const char evidence_text[] = "name,label,value,unit,price_year,source,grade,note\n"
                                    "p,Probability,0.2 ~ beta(2 8),1,,a book,published,\n"
                                    "twice,Twice,= 2 * p,1,,,assumption,\n";

/* A strategy changes a parameter, what is computed from it follows; draws come from a file. */
Test(trace, strategies_and_samples)
{
    const char model[] = "[model]\ntitle = Changed\nclock = discrete\nevidence = evidence.csv\n[condition c]\nstates = a, dead\ndead = dead\n"
                         "[transition c.a.dead]\nprobability = twice / 2\n";
    char scenario[1024], evidence[512];
    totals of;

    folder_make();
    snprintf(scenario, sizeof scenario, "%sparameters.p = p / 4\n", scenario_text);
    snprintf(evidence, sizeof evidence, "%s", evidence_text);
    memcpy(strstr(evidence, "0.2 ~ beta(2 8)"), "0.2            ", 15);
    write_files(scenario, model);
    folder_write("evidence.csv", evidence);
    folder_write("sample.csv", "p\n0.1\n0.4\n");
    of = run(SETS("time:horizon=1 year"));
    expect("base", per_person(&of, 0, "deaths", 0), 0.2);
    expect("other", per_person(&of, 1, "deaths", 0), 0.05);
    release(&of);
    of = run(SETS("time:horizon=1 year", "uncertainty:sample=sample.csv"));
    cr_expect(of.draws == 2);
    expect("base, second draw", per_person(&of, 0, "deaths", 0), 0.4);
    expect("other, second draw", per_person(&of, 1, "deaths", 0), 0.1);
    release(&of);
    remove_files();
}

Test(trace, trees)
{
    const char model[] = "[model]\ntitle = Tree\nkind = paths\n[cost care]\n"
                         "[path well]\nprobability = 0.3\nqaly = 1\nly = 2\n[path ill]\nprobability = 0.7\ncost.care = 50\nqaly = -0.2\n"
                         "strategies = base\n[path treated]\nprobability = 0.7\ncost.care = 80\nqaly = 0.5\nstrategies = other\n";
    totals of;

    folder_make();
    write_files(scenario_text, model);
    of = run((const char *const[]){ NULL });
    expect("qaly", per_person(&of, 0, "qaly", 1), 0.3 - 0.14);
    expect("qaly of the other", per_person(&of, 1, "qaly", 1), 0.3 + 0.35);
    expect("cost", per_person(&of, 0, "cost", 0), 35);
    expect("ly", per_person(&of, 1, "ly", 0), 0.6);
    expect("path", per_person(&of, 1, "path.treated", 0), 0.7);
    expect("its cost", per_person(&of, 1, "path.treated.cost", 0), 56);
    release(&of);
    remove_files();
}

/* The same file for people and for a cohort: 200,000 people are within 4 errors of what is expected of them. */
Test(trace, people_agree_with_their_expectation)
{
    totals people, cohort;
    double p = 1 - pow(0.8, 10), mcse = sqrt(p * (1 - p) / 200000);

    folder_make();
    write_files(scenario_text, model_text);
    cohort = run((const char *const[]){ NULL });
    people = run(SETS("run:mode=people", "population:cohort=200000"));
    expect("deaths", per_person(&cohort, 0, "deaths", 0), p);
    cr_expect(fabs(per_person(&people, 0, "deaths", 0) - p) < 4 * mcse);
    release(&people);
    release(&cohort);
    remove_files();
}

/* ---- mistakes -------------------------------------------------------------------- */

typedef struct fault {
    const char *from, *to; /* in the model (or the scenario) */
    const char *words;
} fault;

static void expect_refusal(const fault *f, bool in_scenario)
{
    trefoil_context *context = trefoil_context_create(NULL);
    const char *text = in_scenario ? scenario_text : model_text, *at = strstr(text, f->from);
    char changed[2048], path[128];
    tf_run *made = NULL;

    cr_assert(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, f->to, at + strlen(f->from));
    write_files(in_scenario ? changed : scenario_text, in_scenario ? model_text : changed);
    strcpy(path, folder_file("scenario.ini"));
    cr_expect(tf_run_open(context, path, NULL, 0, NULL, &made) == TREFOIL_USER_MISTAKE, "%s", f->to);
    cr_expect(told(context, f->words), "%s: expected '%s'", f->to, f->words);
    if (!told(context, f->words))
        print_reasons(context);
    tf_run_close(made);
    trefoil_context_destroy(context);
}

Test(trace, refuses_bad_models_with_file_and_line)
{
    static const fault models[] = {
        { "probability = 0.2", "probability = 0.2 * cycle", "model.ini:12: [transition life.alive.dead] probability = 0.2 * cycle: gives 1.2 in cycle 6" },
        { "dead = dead\n", "dead = dead\n[condition two]\nstates = x, y\n[transition two.x.y]\nprobability = 0.1\n",
          "expected mode follows a cohort through one condition; this model has 2" },
        { "states = alive, dead", "states = alive, stuck, dead", "model.ini:6: [condition life] states" },
        { "probability = 0.2", "probability = p_weibull(time, time + 1, -1, 5)", "model.ini:12: [transition life.alive.dead] probability = p_weibull(time, time + 1, -1, 5): p_weibull: shape must be above 0" },
        { "utility = 0.8", "utility = 1.2", "model.ini:9: [state life.alive] utility = 1.2: expected a number from 0 to 1" },
        { "cost.care = 100", "cost.care = years_in_state\ntunnel = 11", "model.ini:11: [state life.alive] tunnel = 11: longer than the horizon, which is 10 cycles" },
        { "cost.care = 100", "cost.care = 100\ntunnel = 3", "model.ini:11: [state life.alive] tunnel = 3: nothing in or out of the state uses years_in_state" },
        { "probability = 0.2", "probability = 0.2 + time_in_state", "there is no parameter 'time_in_state'" },
        { "states = alive, dead", "states = alive, ill, dead", "model.ini:6: [condition life] states" },
        { "[transition life.alive.dead]\nprobability = 0.2", "[condition x]\nstates = p, q\n[transition life.alive.dead]\nprobability = 0.2", "one condition" },
        { "clock = discrete", "clock = continuous", "needs clock = discrete" },
    };
    static const fault scenarios[] = {
        { "horizon = 10 years", "horizon = 10 years\ncycle = 3 years", "a cohort needs a whole number of them" },
        { "horizon = 10 years", "horizon = 9 years\ncorrection = simpson", "Simpson's rule needs an even number of cycles, but there are 9" },
        { "[strategy other]", "[strategy other]\nparameters.q = 1", "scenario.ini:20: [strategy other] parameters.q: the model has no such parameter" },
        { "discount_costs = 0.1", "discount_costs = 0.1\ndiscount_costs_at = end\n[x]", "no such section" },
    };

    folder_make();
    for (size_t i = 0; i < sizeof models / sizeof *models; ++i)
        expect_refusal(&models[i], false);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; ++i)
        expect_refusal(&scenarios[i], true);
    remove_files();
}

/* ---- survival -------------------------------------------------------------------- */

static void expect_survival(const char *name, double t, double a, double b, double c, double expected)
{
    const tf_survival *family = tf_survival_find(name);
    double parameters[] = { a, b, c }, survival = -1, probability = -1;

    cr_assert(family);
    cr_expect(tf_survival_function(family, t, parameters, &survival) == NULL);
    cr_expect(fabs(survival - expected) < 1e-12, "%s: %.15g, expected %.15g", name, survival, expected);
    cr_expect(tf_survival_probability(family, 0, t, parameters, &probability) == NULL);
    cr_expect(fabs(1 - probability - expected) < 1e-12, "%s: %.15g", name, probability);
    cr_expect(tf_survival_function(family, -1, parameters, &survival) != NULL);
}

Test(trace, survival_families)
{
    const tf_survival *weibull = tf_survival_find("weibull");
    double survival, bad[] = { -1, 2, 0 };

    expect_survival("exponential", 2, 0.3, 0, 0, exp(-0.6));
    expect_survival("weibull", 2, 1.5, 3, 0, exp(-pow(2.0 / 3, 1.5)));
    expect_survival("gompertz", 2, 0.1, 0.05, 0, exp(-0.05 / 0.1 * (exp(0.2) - 1)));
    expect_survival("gompertz", 2, 0, 0.05, 0, exp(-0.1));
    expect_survival("loglogistic", 2, 1.5, 3, 0, 1 / (1 + pow(2.0 / 3, 1.5)));
    expect_survival("lognormal", 2, 0.5, 0.7, 0, gsl_cdf_ugaussian_Q((log(2) - 0.5) / 0.7));
    expect_survival("gengamma", 2, log(3), 1 / 1.5, 1, exp(-pow(2.0 / 3, 1.5))); /* q = 1: Weibull */
    expect_survival("gengamma", 2, 0.5, 0.7, 0, gsl_cdf_ugaussian_Q((log(2) - 0.5) / 0.7)); /* q = 0: lognormal */
    expect_survival("gengamma", 2, 0.5, 0.7, 0.7, gsl_cdf_gamma_Q(2, 1 / 0.49, exp(0.5) * 0.49)); /* q = sigma: gamma */
    cr_expect(tf_survival_function(weibull, 1, bad, &survival) != NULL);
    cr_expect(tf_survival_find("pareto") == NULL);
}
