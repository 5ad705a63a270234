/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may not change when the work is cut in another way, and what must add up exactly. */
#include "engine/tally.h"
#include "lives.h"

#define PLUGINS TF_BINARY_DIR "/tests/plugins"
#define MANCHESTER LIVES_MODELS "manchester.ini"
#define lives_manchester(...) lives_of(MANCHESTER, (const char *const[LIVES_MOST_SETS]){__VA_ARGS__}, (tf_run_options){0, 0}, PLUGINS)

static const tf_run_options any = {0, 0};

static size_t cells(const lives *of)
{
    return of->run->layout.n_groups * of->run->layout.n_measures * 2;
}

static bool same_bytes(const lives *a, const lives *b)
{
    const tf_layout *layout = &a->run->layout;
    size_t n = cells(a) * sizeof(double), n_year = layout->n_year_groups * layout->n_years * layout->n_measures * sizeof(double);

    cr_assert_eq(a->n_outcomes, b->n_outcomes);
    cr_assert_eq(cells(a), cells(b));
    for (size_t i = 0; i < a->n_outcomes; ++i)
        if (memcmp(a->outcomes[i].total, b->outcomes[i].total, n) || memcmp(a->outcomes[i].variance, b->outcomes[i].variance, n) ||
            memcmp(a->outcomes[i].difference_variance, b->outcomes[i].difference_variance, n) ||
            memcmp(a->outcomes[i].covariance, b->outcomes[i].covariance, 2 * layout->n_groups * sizeof(double)) ||
            memcmp(a->outcomes[i].by_year, b->outcomes[i].by_year, n_year))
            return false;
    return true;
}

/* ---- cutting the work -------------------------------------------------------------------------------------------- */

Test(invariance, threads_and_blocks)
{
    static const tf_run_options cuts[] = {{2, 0}, {5, 1}, {1, 16}, {2, 64}, {5, 512}, {1, 1000}, {2, 4096}};
    const char *const sets[] = {"uncertainty:draws=2", "population:persons=3000", NULL}, *const other[] = {"uncertainty:draws=2",
                                "population:persons=3000", "uncertainty:seed=2", NULL};
    lives first = lives_of(MANCHESTER, sets, (tf_run_options){1, 0}, PLUGINS);

    cr_expect_eq(first.n_outcomes, 3 * 3);
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; ++k) {
        lives of = lives_of(MANCHESTER, sets, cuts[k], PLUGINS);
        cr_expect(same_bytes(&first, &of), "%d threads, blocks of %u", cuts[k].threads, cuts[k].block);
        lives_forget(&of);
    }
    lives of = lives_of(MANCHESTER, other, any, PLUGINS);
    cr_expect(!same_bytes(&first, &of), "the seed makes no difference");
    lives_forget(&of);
    lives_forget(&first);
    /* Draws differ in luck even when nothing is uncertain; who began acute, and when, decides who leaves that state in the first weeks */
    of = lives_england("model:file=after.ini", "population:persons=20000", "uncertainty:draws=1", "time:horizon=12 weeks",
                       "time:cycle=1 week");
    cr_expect_neq(lives_total(&of, 0, 0, "event.ill.acute.later", 0), lives_total(&of, 1, 0, "event.ill.acute.later", 0));
    lives_forget(&of);
}

/* Everybody of a place, alone and among the people of all England: they live the same lives. */
Test(invariance, the_same_people_in_a_larger_run)
{
    const char *const england[] = {"population:areas=england", "population:ages=90-90", "population:persons=20000", "output:groups=icb",
                                   "output:by_year=all", "time:horizon=10 years", NULL};
    const char *const alone[] = {"population:ages=89-90", "population:persons=all", "output:groups=icb,imd,age", "output:by_year=all",
                                 "output:age_band=1", "time:horizon=10 years", NULL};
    const char *const both[] = {"population:areas=NHS Cheshire and Merseyside, NHS Greater Manchester", "population:ages=89-90",
                                "population:persons=all", "output:groups=icb*age", "output:by_year=all", "output:age_band=1",
                                "time:horizon=10 years", NULL};
    lives small = lives_of(MANCHESTER, alone, any, PLUGINS), large = lives_of(MANCHESTER, both, (tf_run_options){2, 100}, PLUGINS);
    const tf_layout *layout = &small.run->layout;

    for (int age = 89; age <= 90; ++age) {
        char mine[8], theirs[64];
        snprintf(mine, sizeof mine, "%d-%d", age, age);
        snprintf(theirs, sizeof theirs, "NHS Greater Manchester*%d-%d", age, age);
        size_t a = lives_group(&small, "age", mine), b = lives_group(&large, "icb*age", theirs);
        cr_expect_gt(lives_people(&small, a), 1000);
        for (size_t s = 0; s < 2; ++s)
            for (size_t m = 0; m < layout->n_measures; ++m)
                for (int d = 0; d < 2; ++d)
                    cr_expect_eq(small.outcomes[s].total[tf_at(layout, a, m, d)], large.outcomes[s].total[tf_at(&large.run->layout, b, m, d)],
                                 "age %d, strategy %zu, %s", age, s, layout->measures[m].name);
    }
    lives_forget(&small);
    lives_forget(&large);
    /* A sample of England does not depend on blocks either, though strata of many boards share them */
    lives one = lives_of(MANCHESTER, england, (tf_run_options){1, 16}, PLUGINS);
    lives two = lives_of(MANCHESTER, england, (tf_run_options){2, 1000}, PLUGINS);
    cr_expect(same_bytes(&one, &two));
    lives_forget(&one);
    lives_forget(&two);
}

/* Every step-th outcome.  Luck belongs to people and not to cycles, hazards change at birthdays only: what is left is rounding, of the time of an event
 * to 2^-36 of a year, and of what a cycle adds to 2^-36 of a year or 2^-24 of a pound or unit. */
static void compare_cycles(const lives *a, const lives *b, size_t step)
{
    const tf_layout *layout = &a->run->layout;
    double worst[2] = {0.0, 0.0};

    for (size_t i = 0; i < a->n_outcomes; i += step)
        for (size_t k = 0; k < cells(a); ++k) {
            int measure = (int)(k / 2 % layout->n_measures), money = tf_measure_grid(a->run->plan, measure) == TF_GRID_MONEY;
            double x = a->outcomes[i].total[k], y = b->outcomes[i].total[k], off = x == y ? 0.0 : fabs(x - y) / (fabs(x) + fabs(y));
            worst[money] = off > worst[money] ? off : worst[money];
            cr_expect_leq(off, money ? 1e-6 : 1e-9, "%s: %.17g and %.17g", layout->measures[measure].name, x, y);
        }
    for (size_t i = 0; i < a->n_outcomes; i += step)
        for (size_t k = 0; k < layout->n_year_groups * layout->n_years * layout->n_measures; ++k) {
            double x = a->outcomes[i].by_year[k], y = b->outcomes[i].by_year[k];
            cr_expect_leq(fabs(x - y), 1e-6 * (fabs(x) + fabs(y)) + 1e-3, "%s in a year: %.17g and %.17g",
                          layout->measures[k % layout->n_measures].name, x, y);
        }
    cr_log_info("cycles: worst relative difference %.2g of years and events, %.2g of money and uses", worst[0], worst[1]);
}

Test(invariance, splitting_a_cycle)
{
    static const char *const models[] = {"model:file=exponential.ini", "model:file=gompertz.ini", "model:file=illness_death.ini",
                                         "model:file=fatality.ini", "model:file=after.ini", "model:file=exits.ini"};
    static const char *const cycles[] = {"time:cycle=6 months", "time:cycle=1 month", "time:cycle=1 week"};
    static const char *const discounting[] = {"economics:discounting=annual", "economics:discounting=continuous"};

    for (size_t m = 0; m < sizeof models / sizeof *models; ++m)
        for (int d = 0; d < 2; ++d) {
            lives year = lives_england(models[m], "population:persons=20000", "time:horizon=30 years", discounting[d]);
            for (int c = 0; c < 2; ++c) {
                lives part = lives_england(models[m], "population:persons=20000", "time:horizon=30 years", discounting[d], cycles[c]);
                compare_cycles(&year, &part, 1);
                lives_forget(&part);
            }
            lives_forget(&year);
        }
    /* With risk factors, states that act on them, rates by age, and the same ratio of a plugin in every cycle */
    lives year = lives_manchester("time:cycle=1 year");
    for (int c = 0; c < 3; ++c) {
        lives part = lives_manchester(cycles[c]);
        compare_cycles(&year, &part, 1);
        lives_forget(&part);
    }
    lives_forget(&year);
}

/* ---- what adds up ------------------------------------------------------------------------------------------------ */

/* The states of a condition share the life-years: `exact` in every bit, else to 1e-9. */
static void check_person_time(const lives *of, bool exact)
{
    const tf_layout *layout = &of->run->layout;
    const tf_model *model = of->run->model;
    char name[128];

    for (size_t i = 0; i < of->n_outcomes; ++i)
        for (size_t g = 0; g < layout->n_groups; ++g)
            for (int d = 0; d < 2; ++d)
                for (size_t c = 0; c < model->n_conditions; ++c) {
                    /* a process that the strategy does without has no states to be in */
                    bool there = of->run->plan->strategy_has[i % layout->n_strategies * model->n_conditions + c];
                    double sum = 0.0, ly = there ? lives_total(of, i, g, "ly", d) : 0.0;
                    for (int s = 0; s < model->conditions[c].n_states; ++s) {
                        const tf_state *state = &model->states[model->conditions[c].first_state + s];
                        snprintf(name, sizeof name, "years.%s.%s", model->conditions[c].name, state->name);
                        if (!state->dead)
                            sum += lives_total(of, i, g, name, d);
                    }
                    cr_expect(exact ? sum == ly : fabs(sum - ly) <= 1e-9 * ly, "%s, outcome %zu, %s %s, %d: %.17g of %.17g",
                              model->conditions[c].name, i, layout->groups[g].group_by, layout->groups[g].group, d, sum, ly);
                    cr_expect(!there || ly > 0.0);
                }
}

/* Groups of every grouping sum to the total, categories to the cost, years to the whole. */
static void check_sums(const lives *of)
{
    const tf_layout *layout = &of->run->layout;

    for (size_t i = 0; i < of->n_outcomes; ++i)
        for (size_t m = 0; m < layout->n_measures; ++m) {
            double years = 0.0, whole = of->outcomes[i].total[tf_at(layout, 0, m, 0)];
            for (int d = 0; d < 2; ++d)
                for (size_t g = 1, next; g < layout->n_groups; g = next) {
                    double sum = 0.0, size = 0.0, total = of->outcomes[i].total[tf_at(layout, 0, m, d)];
                    for (next = g; next < layout->n_groups && !strcmp(layout->groups[next].group_by, layout->groups[g].group_by); ++next) {
                        sum += of->outcomes[i].total[tf_at(layout, next, m, d)];
                        size += fabs(of->outcomes[i].total[tf_at(layout, next, m, d)]);
                    }
                    cr_expect(fabs(sum - total) <= 1e-9 * size, "%s by %s: %.17g of %.17g", layout->measures[m].name,
                              layout->groups[g].group_by, sum, total);
                }
            for (size_t y = 0; y < layout->n_years; ++y)
                years += of->outcomes[i].by_year[tf_at_year(layout, 0, y, m)];
            cr_expect(fabs(years - whole) <= 1e-9 * fabs(whole), "%s by year: %.17g of %.17g", layout->measures[m].name, years, whole);
        }
}

static void check_costs(const lives *of)
{
    const tf_layout *layout = &of->run->layout;

    for (size_t i = 0; i < of->n_outcomes; ++i)
        for (int d = 0; d < 2; ++d) {
            double sum = 0.0, cost = lives_total(of, i, 0, "cost", d);
            for (size_t m = 0; m < layout->n_measures; ++m)
                if (strncmp(layout->measures[m].name, "cost.", 5) == 0)
                    sum += of->outcomes[i].total[tf_at(layout, 0, m, d)];
            cr_expect(fabs(sum - cost) <= 1e-9 * cost);
        }
}

/* What costs and QALYs have in common is no more than each has. */
static void check_covariances(const lives *of)
{
    const tf_layout *layout = &of->run->layout;
    size_t some = 0;

    for (size_t i = 0; i < of->n_outcomes; ++i)
        for (size_t g = 0; g < layout->n_groups; ++g)
            for (int difference = 0; difference < 2; ++difference) {
                const double *v = difference ? of->outcomes[i].difference_variance : of->outcomes[i].variance;
                double limit = sqrt(v[lives_at(of, g, "cost", TF_DISCOUNTED)] * v[lives_at(of, g, "qaly", TF_DISCOUNTED)]);
                double covariance = of->outcomes[i].covariance[tf_at_covariance(g, difference)];
                cr_expect_leq(fabs(covariance), limit * (1 + 1e-9));
                some += covariance != 0.0;
            }
    cr_expect_gt(some, of->n_outcomes);
}

Test(invariance, person_time_is_conserved)
{
    lives sample = lives_manchester("uncertainty:draws=1");
    /* Everybody has weight 1, and so few people and years that sums in steps of 2^-36 fit a double */
    lives everyone = lives_manchester("population:areas=QOC", "population:ages=90-90",
                                      "population:persons=all", "uncertainty:draws=1");

    check_person_time(&sample, false);
    check_sums(&sample);
    check_costs(&sample);
    check_covariances(&sample);
    check_person_time(&everyone, true);
    check_sums(&everyone);
    check_costs(&everyone);
    cr_expect_lt(lives_total(&everyone, 0, 0, "ly", 0), 0x1p17);
    lives_forget(&sample);
    lives_forget(&everyone);
}

/* What a plugin pays follows time and events as the engine counts them. */
Test(invariance, payments_of_plugins)
{
    static const char *const cycles[] = {"time:cycle=1 year", "time:cycle=3 months"};

    for (int c = 0; c < 2; ++c) {
        lives of = lives_manchester(cycles[c], "uncertainty:draws=0", "output:by_year=all");
        for (int d = 0; d < 2; ++d) {
            double ly = lives_total(&of, 2, 0, "ly", d), events = lives_total(&of, 2, 0, "event.ill.well.acute", d);
            double years = lives_total(&of, 2, 0, "years.ill.ill", d), qaly = lives_total(&of, 0, 0, "qaly", d);
            const struct {
                const char *measure;
                double expected;
            } sums[] = {{"ly", lives_total(&of, 0, 0, "ly", d)},
                        {"cost.yearly", 10 * ly},
                        {"cost.each", 200 * events},
                        {"cost.during", 70 * years},
                        {"use.visit", ly + 2 * events + 3 * years},
                        {"payer.smiles", 5 * ly},
                        {"qaly", 0.9 * qaly + 0.01 * ly - 0.05 * years},
                        {"cost.care", lives_total(&of, 0, 0, "cost.care", d) + 11 * (ly + 2 * events + 3 * years)}};
            for (size_t k = 0; k < sizeof sums / sizeof *sums; ++k) {
                double got = lives_total(&of, 2, 0, sums[k].measure, d);
                cr_expect(fabs(got - sums[k].expected) <= 1e-7 * sums[k].expected, "%s: %.17g instead of %.17g", sums[k].measure, got,
                          sums[k].expected);
            }
            cr_expect_gt(events, 0.0);
            cr_expect_gt(years, 0.0);
        }
        lives_forget(&of);
    }
}

/* The same of the shipped model, with the shipped plugins. */
Test(invariance, cardiometabolic_model)
{
    static const char *const people[] = {"population:areas=QOC", "population:ages=90-90", "population:persons=all", "uncertainty:draws=1",
                                         "output:groups=imd,sex", "output:by_year=all", NULL};
    static const char *const cycles[] = {"population:persons=600", "uncertainty:draws=0", "time:cycle=1 month", "output:by_year=all", NULL};
    static const char *const years[] = {"population:persons=600", "uncertainty:draws=0", "output:by_year=all", NULL};
    const char *scenario = TF_SOURCE_DIR "/tests/cli/invariance.ini", *plugins = TF_BINARY_DIR "/plugins";
    lives everyone = lives_of(scenario, people, any, plugins);

    cr_assert_eq(everyone.n_outcomes, 2 * 4);
    check_person_time(&everyone, true);
    check_sums(&everyone);
    check_costs(&everyone);
    lives_forget(&everyone);

    /* Programmes plan by the cycle; usual care does not */
    lives year = lives_of(scenario, years, any, plugins), month = lives_of(scenario, cycles, any, plugins);
    compare_cycles(&year, &month, 4);
    lives_forget(&year);
    lives_forget(&month);
}

/* ---- Monte Carlo errors are honest ------------------------------------------------------------------------------- */

enum { SEEDS = 100 };

static double spread(const double *x, int n)
{
    double mean = 0.0, sum = 0.0;

    for (int i = 0; i < n; ++i)
        mean += x[i] / n;
    for (int i = 0; i < n; ++i)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (n - 1));
}

/* Over seeds, estimates spread as their errors say: the spread of 100 is known to 7%. */
Test(invariance, errors_are_honest)
{
    static const struct {
        const char *measure, *by, *group;
        int discounted;
    } asked[] = {{"ly", "all", "all", 0}, {"cost", "all", "all", 1}, {"qaly", "all", "all", 1}, {"event.ill.well.acute", "all", "all", 0},
                 {"ly", "imd", "1", 0},   {"qaly", "imd", "5", 1}};
    enum { ASKED = sizeof asked / sizeof *asked };
    static double mean[ASKED][SEEDS], change[ASKED][SEEDS];
    double error[ASKED] = {0}, change_error[ASKED] = {0};

    for (int k = 0; k < SEEDS; ++k) {
        char seed[64];
        snprintf(seed, sizeof seed, "uncertainty:seed=%d", 1000 + k);
        lives of = lives_manchester(seed, "population:persons=2000", "uncertainty:reference=16", "output:by_year=all");
        for (int a = 0; a < ASKED; ++a) {
            size_t group = lives_group(&of, asked[a].by, asked[a].group), at = lives_at(&of, group, asked[a].measure, asked[a].discounted);
            mean[a][k] = of.outcomes[0].total[at];
            change[a][k] = of.outcomes[1].total[at] - mean[a][k];
            error[a] += sqrt(of.outcomes[0].variance[at]) / SEEDS;
            change_error[a] += sqrt(of.outcomes[1].difference_variance[at]) / SEEDS;
        }
        lives_forget(&of);
    }
    for (int a = 0; a < ASKED; ++a) {
        double ratio = spread(mean[a], SEEDS) / error[a], paired = spread(change[a], SEEDS) / change_error[a];
        cr_log_info("%s %s %s: spread over error %.3f, of the paired difference %.3f; pairing divides the error by %.1f", asked[a].measure,
                    asked[a].by, asked[a].group, ratio, paired, sqrt(2) * error[a] / change_error[a]);
        cr_expect(fabs(ratio - 1) <= 0.25, "%s %s: spread over error %g", asked[a].measure, asked[a].group, ratio);
        cr_expect(fabs(paired - 1) <= 0.25, "difference of %s %s: spread over error %g", asked[a].measure, asked[a].group, paired);
        cr_expect_lt(change_error[a], error[a]);
    }
}
