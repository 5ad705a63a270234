/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of information against closed forms, and its laws. */
#include "analysis/inquiry.h"
#include "base/memory.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 10000 };

static double uniform(uint32_t what, size_t k)
{
    return tf_uniform(17, (tf_coordinates){.purpose = what, .person = k}, 0);
}

/* Strata, so that the parameter's own sample carries almost no error. */
static double stratum(size_t k)
{
    return ((double)k + 0.5) / N;
}

/* Nothing (cost 0, effect 0) against something with two parameters, at threshold 1. */
static tf_psa *make(double (*benefit)(double a, double b), double (*first)(size_t k), double (*second)(size_t k))
{
    tf_psa *psa = TF_NEW(tf_psa, 1);

    *psa = (tf_psa){.n_strategies = 2, .n_draws = N, .n_parameters = 2, .people = NAN};
    psa->strategies = TF_NEW(char *, 2);
    psa->parameters = TF_NEW(char *, 2);
    psa->strategies[0] = tf_strdup("nothing");
    psa->strategies[1] = tf_strdup("something");
    psa->parameters[0] = tf_strdup("a");
    psa->parameters[1] = tf_strdup("b");
    psa->draws = TF_NEW(int64_t, N);
    psa->cost = TF_NEW(double, 2 * N);
    psa->effect = TF_NEW(double, 2 * N);
    psa->values = TF_NEW(double, 2 * N);
    for (size_t k = 0; k < N; k++) {
        psa->draws[k] = (int64_t)k + 1;
        psa->values[k] = first(k);
        psa->values[N + k] = second(k);
        psa->effect[N + k] = benefit(psa->values[k], psa->values[N + k]);
    }
    return psa;
}

static double unit_loss(double mean, double sd) /* E max(0, normal(mean, sd)) - max(0, mean) */
{
    double z = fabs(mean) / sd;

    return sd * gsl_ran_ugaussian_pdf(z) - fabs(mean) * gsl_cdf_ugaussian_Q(z);
}

static trefoil_status ask(trefoil_context *context, const tf_psa *psa, const char *const *sets, size_t n_sets, const char *studies,
                          tf_inquiry **inquiry)
{
    static const double one = 1;
    char path[64] = "/tmp/trefoil-study-XXXXXX";
    tf_questions questions = {.thresholds = &one, .n_thresholds = 1, .sets = sets, .n_sets = n_sets};
    trefoil_status status;
    int file;

    if (studies != NULL) {
        file = mkstemp(path);
        cr_assert_geq(file, 0);
        cr_assert_eq(write(file, studies, strlen(studies)), (ssize_t)strlen(studies));
        close(file);
        questions.studies = path;
    }
    status = tf_inquiry_create(context, psa, &questions, inquiry);
    if (studies != NULL) {
        unlink(path);
    }
    return status;
}

static void expect_near(const char *what, const tf_worth *worth, double exact, double share)
{
    cr_expect(fabs(worth->value - exact) <= 3 * worth->se, "%s: %g, exactly %g, se %g", what, worth->value, exact, worth->se);
    cr_expect(fabs(worth->value - exact) <= share * exact, "%s: %g, exactly %g", what, worth->value, exact);
    cr_expect(worth->se > 0 && worth->se < 0.3 * exact, "%s: se %g of %g", what, worth->se, exact);
}

/* ---- two normals: the toy of the voi package -------------------------------------------------- */

static double toy_a(size_t k)
{
    return 1 + tf_normal_quantile(stratum(k));
}

static double toy_b(size_t k)
{
    return 2 * tf_normal_quantile(stratum(k * 3819 % N)); /* a lattice with the first */
}

static double difference(double a, double b)
{
    return a - b;
}

Test(learning, two_normals)
{
    static const char *const sets[] = {"a", "b", "a,b"};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa = make(difference, toy_a, toy_b);
    tf_inquiry *q = NULL;
    const double exact[] = {0.08331547, unit_loss(1, 2), 0.47981071}, evsi[] = {unit_loss(1, sqrt(0.5)), unit_loss(1, sqrt(10.0 / 11)), 0.08211761};

    cr_assert_eq(ask(context, psa, sets, 3, "[study s]\nn = 1, 10, 100\noutcome = normal(mean = a, sd = 1)\n", &q), TREFOIL_DONE);
    cr_expect_float_eq(unit_loss(1, sqrt(100.0 / 101)), 0.08211761, 1e-8);
    cr_expect_lt(fabs(q->choices[0]->evpi - 0.47981071), 3 * q->choices[0]->evpi_mcse);
    cr_expect_float_eq(q->choices[0]->evpi, 0.47981071, 0.03);
    for (size_t k = 0; k < 3; k++) {
        expect_near(sets[k], &q->sets[k].worths[0], exact[k], 0.08);
        expect_near("EVSI", &q->trials[0].evsi[k], evsi[k], 0.12);
    }
    cr_expect_float_eq(q->sets[2].worths[0].raw, q->choices[0]->evpi, 1e-6, "knowing both is knowing all");
    cr_expect_eq(q->broken.count, 0);
    tf_inquiry_destroy(q);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

/* ---- normal, binomial and Poisson data -------------------------------------------------------- */

static double oracle_a(size_t k)
{
    return 100 + 400 * tf_normal_quantile(stratum(k));
}

static double noise(size_t k)
{
    return tf_normal_quantile(uniform(2, k));
}

static double plus_noise(double a, double b)
{
    return a + 50 * b;
}

Test(learning, normal_normal)
{
    static const char *const sets[] = {"each"};
    static const double exact[] = {29.42, 66.66, 88.48, 99.66, 111.17}; /* closed form, n = 50, 200, 500, 1,000, 5,000 */
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa = make(plus_noise, oracle_a, noise);
    tf_inquiry *q = NULL;

    cr_assert_eq(ask(context, psa, sets, 1,
                     "[study s]\nn = 50, 200, 500, 1000, 5000\noutcome = normal(mean = a, sd = 6000)\n"
                     "people_per_year = 1000\nhorizon = 3\nreports_after = 1.5\ndiscount = 0.1\nimplementation = 0.5\n"
                     "cost_fixed = 10000\ncost_per_person = 40\n",
                     &q),
                 TREFOIL_DONE);
    cr_assert_eq(q->n_sets, 2);
    expect_near("EVPPI", &q->sets[0].worths[0], 114.54, 0.02);
    for (size_t k = 0; k < 5; k++) {
        expect_near("EVSI", &q->trials[0].evsi[k], exact[k], k == 0 ? 0.15 : 0.05);
    }
    /* Half of the second year at 1.1^-1 and the third at 1.1^-2, half of the people. */
    cr_expect_float_eq(tf_study_people(&q->trials[0].study, 200), 500 * (0.5 / 1.1 + 1 / 1.21), 1e-9);
    cr_expect_eq(tf_study_cost(&q->trials[0].study, 200), 18000);
    cr_expect_float_eq(tf_trial_benefit(q, &q->trials[0], 1, 0), q->trials[0].evsi[1].value * 500 * (0.5 / 1.1 + 1 / 1.21) - 18000, 1e-6);
    cr_expect_eq(tf_trial_best(q, &q->trials[0], 0), 2, "640 x 88 - 30,000 is more than 640 x 67 - 18,000 and 640 x 100 - 50,000");
    tf_inquiry_destroy(q);

    /* A trial of two arms of 200, recruited in a quarter of a year, which reports 1.25 years later; until then people go without. */
    cr_assert_eq(ask(context, psa, sets, 1,
                     "[study s]\nn = 200\noutcome = normal(mean = a, sd = 6000)\npeople_per_year = 1000\nhorizon = 3\nreports_after = 1.25\n"
                     "recruits_per_year = 1600\narms = 2\nuntil_report = comparator\ndiscount = 0.1\nimplementation = 0.5\n"
                     "cost_fixed = 10000\ncost_per_person = 40\n",
                     &q),
                 TREFOIL_DONE);
    {
        const tf_study *study = &q->trials[0].study;
        const tf_choice *choice = q->choices[0];
        const double gain = choice->prospects[choice->best].more_nmb.value, delayed = 500 * (1 + 0.5 / 1.1) - 200;

        cr_expect_float_eq(tf_study_time(study, 200), 1.5, 1e-12);
        cr_expect_float_eq(tf_study_people(study, 200), 500 * (0.5 / 1.1 + 1 / 1.21), 1e-9);
        cr_expect_float_eq(tf_study_delayed(study, 200), delayed, 1e-9);
        cr_expect_float_eq(tf_study_delayed(study, 800), 500 * (1 + 1 / 1.1 + 0.25 / 1.21) - 800, 1e-9);
        cr_expect_eq(tf_study_people(study, 1600), 0, "the horizon comes before the report");
        cr_expect_eq(tf_study_delayed(study, 1000000), 0, "more in the study than outside");
        cr_expect_eq(tf_study_cost(study, 200), 26000);
        cr_expect_gt(gain, 0);
        cr_expect_float_eq(tf_trial_delay(q, &q->trials[0], 0, 0), gain * delayed, 1e-6);
        cr_expect_float_eq(tf_trial_benefit(q, &q->trials[0], 0, 0),
                           q->trials[0].evsi[0].value * 500 * (0.5 / 1.1 + 1 / 1.21) - 26000 - gain * delayed, 1e-6);
        cr_expect_float_eq(tf_trial_error(q, &q->trials[0], 0, 0),
                           hypot(q->trials[0].evsi[0].se * 500 * (0.5 / 1.1 + 1 / 1.21), choice->prospects[choice->best].more_nmb.mcse * delayed), 1e-9);
    }
    tf_inquiry_destroy(q);

    /* The best for all but those in the other arm. */
    cr_assert_eq(ask(context, psa, sets, 1, "[study s]\nn = 200\noutcome = normal(mean = a, sd = 6000)\npeople_per_year = 1000\nhorizon = 3\narms = 3\n", &q),
                 TREFOIL_DONE);
    cr_expect_eq(tf_study_delayed(&q->trials[0].study, 200), 400);
    tf_inquiry_destroy(q);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

static double beta_a(size_t k)
{
    return gsl_cdf_beta_Pinv(stratum(k), 3, 7);
}

static double over_a_quarter(double a, double b)
{
    return 1000 * (a - 0.25) + 20 * b;
}

/* E max(0, 1000 (posterior mean - 0.25)) - 50 over the beta-binomial. */
static double beta_binomial(int n)
{
    double sum = 0;

    for (int x = 0; x <= n; x++) {
        double p = exp(gsl_sf_lnchoose((unsigned)n, (unsigned)x) + gsl_sf_lnbeta(3 + x, 7 + n - x) - gsl_sf_lnbeta(3, 7));

        sum += p * fmax(0, 1000 * ((3.0 + x) / (10 + n) - 0.25));
    }
    return sum - 50;
}

static double gamma_a(size_t k)
{
    return gsl_cdf_gamma_Pinv(stratum(k), 4, 0.5);
}

static double under_two(double a, double b)
{
    return 100 * (1.8 - a) + 5 * b;
}

/* E max(0, 100 (1.8 - posterior mean)) over the negative binomial; the mean rate is 2, so doing nothing is worth 0. */
static double gamma_poisson(double time)
{
    double sum = 0;

    for (int x = 0; x < 2000; x++) {
        double p = exp(gsl_sf_lngamma(4 + x) - gsl_sf_lngamma(4) - gsl_sf_lnfact((unsigned)x) + 4 * log(2 / (2 + time)) +
                       x * log(time / (2 + time)));

        sum += p * fmax(0, 100 * (1.8 - (4 + x) / (2 + time)));
    }
    return sum;
}

Test(learning, counts)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa;
    tf_inquiry *q = NULL;

    gsl_set_error_handler_off();
    psa = make(over_a_quarter, beta_a, noise);
    cr_assert_eq(ask(context, psa, NULL, 0, "[study s]\nn = 5, 40, 300\noutcome = binomial(p = a)\n", &q), TREFOIL_DONE);
    for (size_t k = 0; k < 3; k++) {
        expect_near("binomial", &q->trials[0].evsi[k], beta_binomial((int)q->trials[0].study.sizes[k]), 0.06);
    }
    tf_inquiry_destroy(q);
    tf_psa_destroy(psa);
    psa = make(under_two, gamma_a, noise);
    cr_assert_eq(ask(context, psa, NULL, 0, "[study s]\nn = 1, 10, 100\noutcome = poisson(rate = a, years = 0.5)\n", &q), TREFOIL_DONE);
    for (size_t k = 0; k < 3; k++) {
        expect_near("Poisson", &q->trials[0].evsi[k], gamma_poisson(0.5 * (double)q->trials[0].study.sizes[k]), 0.06);
    }
    tf_inquiry_destroy(q);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

/* ---- laws and refusals ------------------------------------------------------------------------ */

Test(learning, bounds)
{
    tf_worth worth = {.value = 10, .se = 1, .raw = 10};

    tf_worth_bound(&worth, 11, 0);
    cr_expect_eq(worth.guard, TF_HOLDS);
    cr_expect_eq(worth.value, 10);
    tf_worth_bound(&worth, 8, 0);
    cr_expect_eq(worth.guard, TF_CLIPPED, "two errors over");
    cr_expect_eq(worth.value, 8);
    cr_expect_eq(worth.raw, 10);
    tf_worth_bound(&worth, 3, 1);
    cr_expect_eq(worth.guard, TF_VIOLATED, "3.5 errors of the difference over");
    cr_expect_eq(worth.value, 8, "what is wrong is not hidden");
    cr_expect_str_eq(tf_guard_words(TF_HOLDS), "");
    cr_expect(strstr(tf_guard_words(TF_CLIPPED), "less than its error") != NULL);
}

typedef struct bad_study {
    const char *text, *words;
} bad_study;

static const bad_study bad_studies[] = {
    {"[study s]\nn = 10\noutcome = normal(mean = aa, sd = 1)\n", ":3: 'aa': neither a number nor a parameter of the sample; did you mean 'a'?"},
    {"[study s]\nn = 10\noutcome = normal(mean = a)\n", ":3: normal: 'sd' is missing"},
    {"[study s]\nn = 10\noutcome = normal(mean = a, sd = b)\n", "a standard deviation is above 0"},
    {"[study s]\nn = 10\noutcome = binomial(p = b)\n", "a probability lies between 0 and 1"},
    {"[study s]\nn = 10\noutcome = poisson(rate = b)\n", "a rate is not negative"},
    {"[study s]\nn = 10\noutcome = weibull(a = b)\n", "an outcome is normal, binomial or poisson"},
    {"[study s]\nn = 10\noutcome = normal\n", "expected normal(mean = ..., sd = ...)"},
    {"[study s]\nn = 10\noutcome = normal(mean = 1, sd = 1)\n", "no parameter is observed"},
    {"[study s]\nn = 10\n", "tell what the study observes"},
    {"[study s]\nn = 10, 5\noutcome = normal(mean = a, sd = 1)\n", "ascending whole numbers"},
    {"[study s]\noutcome = normal(mean = a, sd = 1)\n", "'n' is missing"},
    {"[study s]\nn = 10\nlearns = a\n", "'learns' and 'prior_size' belong together"},
    {"[study s]\nn = 10\noutcome = normal(mean = a, sd = 1)\nhorizon = 10\n", "'people_per_year' and 'horizon' belong together"},
    {"[study s]\nn = 10\noutcome = normal(mean = a, sd = 1)\ncost = 10\n", "no such setting"},
    {"[trial s]\nn = 10\n", "no section [study NAME]"},
};

Test(learning, mistakes_are_told)
{
    static const char *const unknown[] = {"uptke"};
    tf_psa *psa = make(difference, toy_a, toy_b);
    tf_inquiry *q = NULL;
    trefoil_context *context;

    for (size_t k = 0; k < sizeof bad_studies / sizeof *bad_studies; k++) {
        bool found = false;

        context = trefoil_context_create(NULL);
        cr_expect_eq(ask(context, psa, NULL, 0, bad_studies[k].text, &q), TREFOIL_USER_MISTAKE, "study %zu", k);
        cr_expect_null(q);
        for (size_t r = 0; r < trefoil_context_reasons(context); r++) {
            found = found || strstr(trefoil_context_reason(context, r), bad_studies[k].words) != NULL;
        }
        cr_expect(found, "study %zu: expected '%s', not '%s'", k, bad_studies[k].words,
                  trefoil_context_reasons(context) > 0 ? trefoil_context_reason(context, 0) : "nothing");
        trefoil_context_destroy(context);
    }
    context = trefoil_context_create(NULL);
    cr_expect_eq(ask(context, psa, unknown, 1, NULL, &q), TREFOIL_USER_MISTAKE);
    cr_expect(strstr(trefoil_context_reason(context, 0), "the sample has no parameter 'uptke'") != NULL);
    trefoil_context_destroy(context);
    psa->n_draws = 49; /* the arrays are longer than that, which does no harm */
    context = trefoil_context_create(NULL);
    cr_expect_eq(ask(context, psa, (const char *const[]){"a"}, 1, NULL, &q), TREFOIL_USER_MISTAKE);
    cr_expect(strstr(trefoil_context_reason(context, 0), "at least 50 draws") != NULL);
    trefoil_context_destroy(context);
    psa->n_draws = N;
    tf_psa_destroy(psa);
}

Test(learning, thresholds)
{
    static const char *const bad[] = {"", "1,,2", "2,1", "-1,2", "a", "0:10", "0:10:0", "10:0:1", "0:1e9:1", "0:1:1:1"};
    double *t = NULL;
    size_t n = 0;

    cr_assert_eq(tf_thresholds_parse(NULL, "0:1:0.1", &t, &n), TREFOIL_DONE);
    cr_expect_eq(n, 11);
    cr_expect_float_eq(t[10], 1, 1e-12);
    tf_free(t);
    cr_assert_eq(tf_thresholds_parse(NULL, "20000, 30000", &t, &n), TREFOIL_DONE);
    cr_expect_eq(n, 2);
    cr_expect_eq(t[1], 30000);
    tf_free(t);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        trefoil_context *context = trefoil_context_create(NULL);

        cr_expect_eq(tf_thresholds_parse(context, bad[k], &t, &n), TREFOIL_USER_MISTAKE, "'%s'", bad[k]);
        cr_expect_null(t);
        trefoil_context_destroy(context);
    }
}

Test(learning, memory_may_run_out)
{
    tf_psa *psa = make(difference, toy_a, toy_b);

    psa->n_draws = 60;
    for (long n = 1; n < 150; n += 3) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_inquiry *q = NULL;
        trefoil_status status;

        tf_memory_fail_at(n);
        status = ask(context, psa, (const char *const[]){"a,b"}, 1, "[study s]\nn = 10\noutcome = normal(mean = a, sd = 1)\n", &q);
        tf_memory_fail_at(0);
        cr_expect(status == TREFOIL_DONE || status == TREFOIL_NO_MEMORY || status == TREFOIL_USER_MISTAKE, "at %ld: %d", n, (int)status);
        tf_inquiry_destroy(q);
        trefoil_context_destroy(context);
    }
    psa->n_draws = N;
    tf_psa_destroy(psa);
}
