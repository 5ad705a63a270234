/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine gives for small models, against what can be worked out by hand.  Seeds are fixed; the bound is 4 Monte Carlo errors. */
#include "lives.h"

#include <gsl/gsl_cdf.h>

#define HORIZON 60.0

static double force(double rate)
{
    return log1p(rate);
}

/* Worth of 1 a year to somebody who dies at rate h, over n years, discounted continuously at force d. */
static double annuity(double h, double d, double n)
{
    return h + d == 0.0 ? n : -expm1(-(h + d) * n) / (h + d);
}

/* The same with everything in year y worth (1 + r)^-y. */
static double annual_annuity(double h, double r, int n)
{
    double sum = 0.0;

    for (int y = 0; y < n; ++y)
        sum += pow(1.0 + r, -y) * exp(-h * y) * annuity(h, 0.0, 1.0);
    return sum;
}

/* ---- one rate of death ------------------------------------------------------------------------------------------- */

static void expect_exponential(const lives *of, double costs, double effects)
{
    const double h = 0.05, died = -expm1(-h * HORIZON), alive = annuity(h, 0.0, HORIZON);

    lives_expect(of, "ly", 0, alive);
    lives_expect(of, "years.death.alive", 0, alive);
    lives_expect(of, "deaths", 0, died);
    lives_expect(of, "event.death.alive.dead", 0, died);
    lives_expect(of, "qaly", 0, 0.8 * alive - 0.25 * died);
    lives_expect(of, "use.visit", 0, 3 * alive + 2 * died);
    lives_expect(of, "cost.funeral", 0, 400 * died);
    lives_expect(of, "cost.care", 0, (1000 + 21) * alive + 14 * died);
    lives_expect(of, "cost", 0, 1021 * alive + 414 * died);
    lives_expect(of, "ly", 1, effects);
    lives_expect(of, "years.death.alive", 1, effects);
    lives_expect(of, "qaly", 1, 0.8 * effects - 0.25 * h * effects);
    lives_expect(of, "use.visit", 1, (3 + 2 * h) * costs);
    lives_expect(of, "cost.funeral", 1, 400 * h * costs);
    lives_expect(of, "cost.care", 1, (1021 + 14 * h) * costs);
    lives_expect(of, "cost", 1, (1021 + 414 * h) * costs);
}

Test(engine, exponential_lifetimes)
{
    lives annual = lives_england("model:file=exponential.ini", LIVES_MILLION);
    lives continuous = lives_england("model:file=exponential.ini", LIVES_MILLION, "economics:discounting=continuous");

    expect_exponential(&annual, annual_annuity(0.05, 0.035, (int)HORIZON), annual_annuity(0.05, 0.015, (int)HORIZON));
    expect_exponential(&continuous, annuity(0.05, force(0.035), HORIZON), annuity(0.05, force(0.015), HORIZON));
    lives_forget(&annual);
    lives_forget(&continuous);
}

/* ---- death by age ------------------------------------------------------------------------------------------------ */

/* The hazards of gompertz.csv: [sex][age]. */
static void read_law(double law[2][101])
{
    FILE *file = fopen(LIVES_MODELS "gompertz.csv", "r");
    char line[200], sex;
    int age, n = 0;
    double hazard;

    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%c,%d,%lf", &sex, &age, &hazard) == 3) {
            law[sex == 'F'][age] = hazard;
            n++;
        }
    fclose(file);
    cr_assert_eq(n, 202);
}

Test(engine, gompertz_lifetimes)
{
    static double law[2][101];
    lives of = lives_england("model:file=gompertz.ini", LIVES_MILLION, "time:horizon=lifetime", "economics:discounting=continuous",
                             "output:groups=sex*age", "output:by_year=all");
    const tf_layout *layout = &of.run->layout;
    size_t deaths = (size_t)tf_layout_measure(layout, "deaths");
    double by_year[80] = {0}, all = 0.0;

    read_law(law);
    for (int sex = 0; sex < 2; ++sex)
        for (int age = 40; age <= 41; ++age) {
            char name[32];
            snprintf(name, sizeof name, "%s*%d-%d", sex ? "female" : "male", age, age);
            size_t group = lives_group(&of, "sex*age", name);
            double survival = 1.0, years = 0.0, worth = 0.0, d = force(0.015);
            for (int y = 0; age + y < 111; ++y) {
                double h = law[sex][age + y < 100 ? age + y : 100];
                years += survival * annuity(h, 0.0, 1.0);
                worth += survival * exp(-d * y) * annuity(h, d, 1.0);
                by_year[y] += lives_people(&of, group) * survival * -expm1(-h);
                survival *= exp(-h);
            }
            lives_expect_group(&of, group, "ly", 0, years);
            lives_expect_group(&of, group, "ly", 1, worth);
            all += lives_people(&of, group);
        }
    cr_expect_eq(all, lives_people(&of, 0));
    /* Deaths by year: a wrong age, by a year or at a birthday, moves them by 9% */
    cr_expect_eq(layout->n_years, 71);
    for (size_t y = 0; y < layout->n_years; ++y) {
        double got = of.outcomes[0].by_year[tf_at_year(layout, 0, y, deaths)], weight = all / (double)of.run->population->persons;
        cr_expect(fabs(got - by_year[y]) <= 4.0 * sqrt(by_year[y] * weight) + 1e-6, "deaths in year %zu: %g instead of %g", y, got,
                  by_year[y]);
    }
    lives_forget(&of);
}

/* ---- several transitions ----------------------------------------------------------------------------------------- */

Test(engine, competing_risks)
{
    lives of = lives_england("model:file=competing.ini", LIVES_MILLION);
    double died = -expm1(-0.06 * HORIZON), sum = 0.0;
    static const char *const causes[] = {"event.death.alive.a", "event.death.alive.b", "event.death.alive.c"};

    for (int k = 0; k < 3; ++k) {
        lives_expect(&of, causes[k], 0, died * (k + 1) / 6);
        lives_expect(&of, causes[k], 1, annual_annuity(0.06, 0.015, (int)HORIZON) * 0.01 * (k + 1));
        sum += lives_total(&of, 0, 0, causes[k], 0);
    }
    lives_expect(&of, "deaths", 0, died);
    cr_expect_float_eq(sum, lives_total(&of, 0, 0, "deaths", 0), 1e-9 * sum);
    lives_forget(&of);
}

enum { MOST = 3 };

/* A Markov chain in continuous time: dx/dt = x Q.  Time in each state over n years, discounted at a force, by Runge and Kutta. */
typedef struct chain {
    int n;
    double start[MOST], q[MOST][MOST];
} chain;

static void flow(const chain *of, const double *x, double *dx)
{
    for (int j = 0; j < of->n; ++j) {
        dx[j] = 0.0;
        for (int i = 0; i < of->n; ++i)
            dx[j] += x[i] * of->q[i][j];
    }
}

static void step(const chain *of, double *x, double h)
{
    double k[4][MOST], at[MOST];

    flow(of, x, k[0]);
    for (int r = 1; r < 4; ++r) {
        for (int i = 0; i < of->n; ++i)
            at[i] = x[i] + (r < 3 ? 0.5 : 1.0) * h * k[r - 1][i];
        flow(of, at, k[r]);
    }
    for (int i = 0; i < of->n; ++i)
        x[i] += h / 6.0 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
}

/* Simpson's rule over pairs of steps. */
static void time_in_states(const chain *of, double years, double d, double *out)
{
    const int pairs = 6000;
    double h = years / (2 * pairs), x[MOST];

    memcpy(x, of->start, sizeof x);
    for (int i = 0; i < of->n; ++i)
        out[i] = 0.0;
    for (int s = 0; s < 2 * pairs; ++s) {
        for (int i = 0; i < of->n; ++i)
            out[i] += x[i] * exp(-d * s * h) * h / 3.0 * (s == 0 ? 1 : s % 2 ? 4 : 2);
        step(of, x, h);
    }
    for (int i = 0; i < of->n; ++i)
        out[i] += x[i] * exp(-d * years) * h / 3.0;
}

Test(engine, illness_and_death)
{
    lives of = lives_england("model:file=illness_death.ini", LIVES_MILLION, "economics:discounting=continuous");
    chain model = {2, {0.9, 0.1}, {{-0.3 - 0.04, 0.3}, {1.1, -1.1 - 0.12}}};
    double years[MOST], costs[MOST], effects[MOST];

    time_in_states(&model, HORIZON, 0.0, years);
    time_in_states(&model, HORIZON, force(0.035), costs);
    time_in_states(&model, HORIZON, force(0.015), effects);
    for (int d = 0; d < 2; ++d) {
        const double *as_effect = d ? effects : years, *as_cost = d ? costs : years;
        lives_expect(&of, "years.ill.well", d, as_effect[0]);
        lives_expect(&of, "years.ill.ill", d, as_effect[1]);
        lives_expect(&of, "event.ill.well.ill", d, 0.3 * as_effect[0]);
        lives_expect(&of, "event.ill.ill.well", d, 1.1 * as_effect[1]);
        lives_expect(&of, "deaths", d, 0.04 * as_effect[0] + 0.12 * as_effect[1]);
        lives_expect(&of, "qaly", d, 0.9 * as_effect[0] + 0.54 * as_effect[1]);
        lives_expect(&of, "cost", d, 500 * as_cost[1] + 90 * 0.3 * as_cost[0]);
    }
    lives_forget(&of);
}

Test(engine, several_ways_out)
{
    lives of = lives_england("model:file=exits.ini", LIVES_MILLION, "time:horizon=10 years", "economics:discounting=continuous");
    chain model = {3, {1, 0, 0}, {{-1.4, 0.9, 0.5}, {1.7, -1.9, 0.2}, {0.6, 0, -0.6}}};
    double years[2][MOST];

    time_in_states(&model, 10, 0.0, years[0]);
    time_in_states(&model, 10, force(0.015), years[1]);
    for (int d = 0; d < 2; ++d) {
        lives_expect(&of, "years.place.a", d, years[d][0]);
        lives_expect(&of, "years.place.b", d, years[d][1]);
        lives_expect(&of, "years.place.c", d, years[d][2]);
        lives_expect(&of, "event.place.a.b", d, 0.9 * years[d][0]);
        lives_expect(&of, "event.place.a.c", d, 0.5 * years[d][0]);
        lives_expect(&of, "event.place.b.a", d, 1.7 * years[d][1]);
        lives_expect(&of, "event.place.b.c", d, 0.2 * years[d][1]);
        lives_expect(&of, "event.place.c.a", d, 0.6 * years[d][2]);
    }
    lives_forget(&of);
}

/* Somebody is acute for min(c, T - s) when falling ill at time s, at rate r while well; who begins acute has a uniform rest of c. */
Test(engine, state_of_fixed_length)
{
    static const char *const horizons[] = {"time:horizon=12 years", "time:horizon=26 weeks"};
    const double r = 0.15, c = 0.7, W = 0.8;

    for (int k = 0; k < 2; ++k) {
        lives of = lives_england("model:file=after.ini", LIVES_MILLION, horizons[k], k ? "time:cycle=1 week" : "time:cycle=1 year");
        double T = k ? 0.5 : 12.0, S = fmax(T - c, 0.0), R = T - S; /* who falls ill in the last R years is still acute at the end */
        double late = exp(-r * S) * (R - annuity(r, 0.0, R)), begun = R - R * R / (2 * c);
        double well = W * annuity(r, 0.0, T), acute = W * (-expm1(-r * S) * c + late) + 0.2 * begun;
        lives_expect(&of, "years.ill.well", 0, well);
        lives_expect(&of, "years.ill.acute", 0, acute);
        lives_expect(&of, "years.ill.later", 0, T - well - acute);
        lives_expect(&of, "event.ill.well.acute", 0, W * -expm1(-r * T));
        lives_expect(&of, "event.ill.acute.later", 0, W * -expm1(-r * S) + 0.2 * R / c);
        lives_expect_exact(&of, "ly", 0, T, 1e-12);
        lives_forget(&of);
    }
}

Test(engine, case_fatality)
{
    const double e = 0.08, f = 0.3, back = 0.5, later = 0.005, other = 0.01, o = later + other;
    lives of = lives_england("model:file=fatality.ini", LIVES_MILLION);
    chain model = {2, {1, 0}, {{-e - o, (1 - f) * e}, {back, -back - o}}};
    double years[MOST], none, had;

    time_in_states(&model, HORIZON, 0.0, years);
    none = years[0];
    had = years[1];
    lives_expect(&of, "event.event.none.had", 0, e * none);
    lives_expect(&of, "event.event.had.none", 0, back * had);
    lives_expect(&of, "event.death.alive.event", 0, f * e * none + later * (none + had));
    lives_expect(&of, "event.death.alive.other", 0, other * (none + had));
    lives_expect(&of, "deaths", 0, f * e * none + o * (none + had));
    lives_expect(&of, "years.event.none", 0, none);
    lives_expect(&of, "years.event.had", 0, had);
    lives_forget(&of);
}

/* ---- relative risks ---------------------------------------------------------------------------------------------- */

enum { POINTS = 20000 };

/* The model of relative.ini in a fifth, by the midpoint rule over the quantiles of LDL cholesterol. */
typedef struct fifth {
    double ill[POINTS][2], event[POINTS][2]; /* relative risks without the state, by smoking */
    double smoke, share, H, mean;            /* P(ill | person) = 1 - exp(-H ill), its mean the stated share; mean relative risk */
} fifth;

static double mean_share(const fifth *f, double H)
{
    double sum = 0.0;

    for (int i = 0; i < POINTS; ++i)
        sum += (1 - f->smoke) * -expm1(-H * f->ill[i][0]) + f->smoke * -expm1(-H * f->ill[i][1]);
    return sum / POINTS;
}

static void solve_fifth(int q, fifth *f)
{
    double mean = 3.2 + 0.1 * q, s = sqrt(log1p(0.81 / (mean * mean))), low = 0.0, high = 10.0;

    f->smoke = 0.3 - 0.04 * q;
    f->share = 0.15 + 0.01 * q;
    for (int i = 0; i < POINTS; ++i) {
        double above = exp(log(mean) - s * s / 2 + s * gsl_cdf_ugaussian_Pinv((i + 0.5) / POINTS)) - mean;
        f->ill[i][0] = pow(1.6, above);
        f->ill[i][1] = 2.5 * f->ill[i][0];
        f->event[i][0] = pow(1.5, above);
        f->event[i][1] = 2 * f->event[i][0];
    }
    for (int k = 0; k < 60; ++k) {
        f->H = (low + high) / 2;
        *(mean_share(f, f->H) < f->share ? &low : &high) = f->H;
    }
    f->mean = 0.0;
    for (int i = 0; i < POINTS; ++i)
        for (int smoker = 0; smoker < 2; ++smoker)
            f->mean += (smoker ? f->smoke : 1 - f->smoke) * f->event[i][smoker] * (1 - 2 * expm1(-f->H * f->ill[i][smoker])) / POINTS;
}

Test(engine, relative_risks_have_the_stated_mean)
{
    static fifth f;
    lives of = lives_england("model:file=relative.ini", LIVES_MILLION, "time:horizon=4 years", "uncertainty:reference=4096",
                             "output:groups=imd");

    for (int q = 1; q <= 5; ++q) {
        char name[8];
        snprintf(name, sizeof name, "%d", q);
        size_t group = lives_group(&of, "imd", name);
        solve_fifth(q, &f);
        lives_expect_group(&of, group, "years.ill.ill", 0, 4 * f.share);
        lives_expect_group(&of, group, "event.event.none.had", 0, 0.4 * lives_mean(&of, group, "years.event.none", 0));
        lives_expect_group(&of, group, "event.plain.none.had", 0, 0.1 * f.mean * lives_mean(&of, group, "years.plain.none", 0));
    }
    lives_forget(&of);
}

/* ---- the discrete clock ------------------------------------------------------------------------------------------ */

/* Sums over the trace x(0), x(1) ... x(n) of a matrix of probabilities, each with its weight and present value. */
static void weigh_trace(const chain *of, int n, const char *correction, double rate, double *out, double *moves)
{
    double x[MOST], next[MOST];

    memcpy(x, of->start, sizeof x);
    memset(out, 0, MOST * sizeof *out);
    *moves = 0.0;
    for (int t = 0; t <= n; ++t) {
        double weight = t == n ? 0.0 : 1.0;
        if (strcmp(correction, "half-cycle") == 0)
            weight = t == 0 || t == n ? 0.5 : 1.0;
        if (strcmp(correction, "simpson") == 0)
            weight = t == 0 || t == n ? 1.0 / 3 : t % 2 ? 4.0 / 3 : 2.0 / 3;
        for (int i = 0; i < of->n; ++i)
            out[i] += weight * pow(1 + rate, -t) * x[i];
        if (t < n) /* out of the first state into the second, seen at the end of the cycle */
            *moves += pow(1 + rate, -(t + 1)) * x[0] * of->q[0][1];
        flow(of, x, next);
        memcpy(x, next, sizeof x);
    }
}

/* A copy of markov.ini with another correction of the ends. */
static void write_markov(const char *correction)
{
    FILE *file = fopen(LIVES_MODELS "markov.ini", "r");
    char text[4096], line[256];

    cr_assert_not_null(file);
    text[0] = '\0';
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "correction", 10) == 0)
            snprintf(line, sizeof line, "correction = %s\n", correction);
        cr_assert_lt(strlen(text) + strlen(line), sizeof text);
        strcat(text, line);
    }
    fclose(file);
    folder_write("markov.ini", text);
}

Test(engine, markov_trace)
{
    static const char *const corrections[] = {"none", "half-cycle", "simpson"};
    chain model = {3, {0.75, 0.25, 0}, {{0.83, 0.15, 0.02}, {0.2, 0.7, 0.1}, {0, 0, 1}}};

    folder_make();
    for (int k = 0; k < 3; ++k) {
        char set[160];
        double seen[2][MOST], costs[MOST], moves[3];
        write_markov(corrections[k]);
        snprintf(set, sizeof set, "model:file=%s", folder_file("markov.ini"));
        lives of = lives_england(set, LIVES_MILLION, "time:horizon=30 years");
        weigh_trace(&model, 30, corrections[k], 0.0, seen[0], &moves[0]);
        weigh_trace(&model, 30, corrections[k], 0.015, seen[1], &moves[1]);
        weigh_trace(&model, 30, corrections[k], 0.035, costs, &moves[2]);
        for (int d = 0; d < 2; ++d) {
            lives_expect(&of, "ly", d, seen[d][0] + seen[d][1]);
            lives_expect(&of, "years.life.well", d, seen[d][0]);
            lives_expect(&of, "years.life.ill", d, seen[d][1]);
            lives_expect(&of, "event.life.well.ill", d, moves[d]);
            lives_expect(&of, "qaly", d, 0.9 * seen[d][0] + 0.54 * seen[d][1]);
        }
        lives_expect(&of, "cost", 1, 100 * costs[0] + 900 * costs[1] + 50 * moves[2]);
        lives_forget(&of);
        folder_forget("markov.ini");
    }
    folder_remove();
}

/* After n cycles of a probability p, a share 1 - (1 - p)^n has had it. */
Test(engine, ratios_act_on_the_rate)
{
    static const char *const horizons[] = {"time:horizon=1 year", "time:horizon=4 weeks"};

    for (int weeks = 0; weeks < 2; ++weeks) {
        lives of = lives_england("model:file=ratio.ini", LIVES_MILLION, horizons[weeks], weeks ? "time:cycle=1 week" : "time:cycle=1 year");
        double n = weeks ? 4 : 1, years = weeks ? 4.0 / 52 : 1;
        lives_expect(&of, "event.by_probability.none.had", 0, 1 - 0.5 * (pow(0.7, n) + pow(0.7, 2.5 * n)));
        lives_expect(&of, "event.by_rate.none.had", 0, 1 - 0.5 * (exp(-0.3 * years) + exp(-0.75 * years)));
        lives_forget(&of);
    }
}

/* ---- what is left to no chance ----------------------------------------------------------------------------------- */

/* Worth of a year y to y + 1 at annual discounting is (1 + r)^-y. */
static double worth(double r, int years)
{
    double sum = 0.0;

    for (int y = 0; y < years; ++y)
        sum += pow(1 + r, -y);
    return sum;
}

Test(engine, certainty_is_exact)
{
    static const char *const cycles[] = {"time:cycle=1 year", "time:cycle=6 months", "time:cycle=3 months"};

    for (int k = 0; k < 3; ++k) {
        lives of = lives_england("model:file=certain.ini", "population:persons=20000", cycles[k]);
        double second = 60 - 0.75;
        lives_expect_exact(&of, "ly", 0, 60, 1e-12);
        lives_expect_exact(&of, "years.death.alive", 0, 60, 1e-12);
        lives_expect_exact(&of, "years.phase.first", 0, 0.75, 1e-12);
        lives_expect_exact(&of, "years.phase.second", 0, second, 1e-12);
        lives_expect_exact(&of, "event.phase.first.second", 0, 1, 1e-12);
        lives_expect_exact(&of, "qaly", 0, 0.75 * (0.5 * 0.75 + second) - 0.0625, 1e-12);
        lives_expect_exact(&of, "use.visit", 0, 2 * 0.75, 1e-12);
        lives_expect_exact(&of, "cost.care", 0, (1024.5 + 1) * 0.75 + 16.25 * second, 1e-12);
        lives_expect_exact(&of, "cost.event", 0, 3.125, 1e-12);
        lives_expect_exact(&of, "cost", 0, (1024.5 + 1) * 0.75 + 16.25 * second + 3.125, 1e-12);
        cr_expect_eq(lives_total(&of, 0, 0, "deaths", 0), 0.0);
        cr_expect_eq(lives_total(&of, 0, 0, "event.death.alive.dead", 0), 0.0);
        /* Present values are no sums of powers of two: half a step of 2^-36 of a year, 2^-24 of a pound, each time something is added */
        lives_expect_exact(&of, "ly", 1, worth(0.015, 60), 1e-10);
        lives_expect_exact(&of, "qaly", 1, 0.75 * (worth(0.015, 60) - 0.5 * 0.75) - 0.0625, 1e-10);
        lives_expect_exact(&of, "years.phase.first", 1, 0.75, 1e-10);
        lives_expect_exact(&of, "cost", 1, 16.25 * (worth(0.035, 60) - 0.75) + 1025.5 * 0.75 + 3.125, 1e-8);
        lives_forget(&of);
    }
}

/* A run may end within a cycle. */
Test(engine, a_last_cycle_cut_short)
{
    lives of = lives_england("model:file=certain.ini", "population:persons=20000", "time:horizon=18 months", "output:by_year=all");
    size_t care = (size_t)tf_layout_measure(&of.run->layout, "cost.care");
    double people = lives_people(&of, 0);

    lives_expect_exact(&of, "ly", 0, 1.5, 1e-12);
    lives_expect_exact(&of, "ly", 1, 1 + 0.5 / 1.015, 1e-10);
    lives_expect_exact(&of, "cost", 0, 1025.5 * 0.75 + 3.125 + 16.25 * 0.75, 1e-12);
    cr_assert_eq(of.run->layout.n_years, 2);
    cr_expect_float_eq(of.outcomes[0].by_year[tf_at_year(&of.run->layout, 0, 0, care)] / people, 1025.5 * 0.75 + 16.25 * 0.25, 1e-9);
    cr_expect_float_eq(of.outcomes[0].by_year[tf_at_year(&of.run->layout, 0, 1, care)] / people, 16.25 * 0.5, 1e-9);
    lives_forget(&of);
}

/* With nobody dying, a flow of 1 a year is an annuity. */
Test(engine, annuities)
{
    lives of = lives_england("model:file=certain.ini", "population:persons=20000", "economics:discounting=continuous");
    double a = annuity(0.0, force(0.035), 60), first = annuity(0.0, force(0.035), 0.75), e = annuity(0.0, force(0.015), 60);

    lives_expect_exact(&of, "ly", 1, e, 1e-10);
    lives_expect_exact(&of, "years.phase.first", 1, annuity(0.0, force(0.015), 0.75), 1e-10);
    lives_expect_exact(&of, "cost.care", 1, 1025.5 * first + 16.25 * (a - first), 1e-8);
    lives_expect_exact(&of, "cost.event", 1, 3.125 * pow(1.035, -0.75), 1e-8);
    lives_forget(&of);
}
