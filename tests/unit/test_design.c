/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include "base/memory.h"
#include "model/arrangement.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_up(void)
{
    gsl_set_error_handler_off();
    folder_make();
}

TestSuite(design, .init = set_up, .fini = folder_remove);

/* ---- designs ------------------------------------------------------------------ */

Test(design, latin_puts_one_draw_into_each_stratum)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 16, 17, 100, 1000, 4096, 5001};

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t n = sizes[s], moved = 0, alike = 0;
        unsigned *hits = calloc(n, sizeof *hits);

        cr_assert_not_null(hits);
        for (uint32_t d = 1; d <= n; d++) {
            double u = tf_design_latin(7, tf_purpose("parameter", "a"), n, d);

            cr_assert(u > 0 && u < 1);
            hits[(uint32_t)(u * n)]++;
            moved += (uint32_t)(u * n) != d - 1;
            alike += (uint32_t)(u * n) == (uint32_t)(tf_design_latin(7, tf_purpose("parameter", "b"), n, d) * n);
        }
        for (uint32_t k = 0; k < n; k++) {
            cr_assert_eq(hits[k], 1, "%u strata: %u draws in stratum %u", n, hits[k], k);
        }
        /* Another parameter's order is another: fixed points of a random permutation are Poisson(1). */
        cr_expect(n < 100 || (moved > n - 15 && alike < 15), "%u strata: %u moved, %u alike", n, moved, alike);
        free(hits);
    }
    cr_expect_neq(tf_design_latin(7, 1, 1000, 1), tf_design_latin(8, 1, 1000, 1));
    cr_expect_lt(tf_design_latin(7, 1, 1048575, 1048575), 1);
}

/* All 24 orders of 4, over many purposes: chi-squared with 23 degrees of freedom; 58.6 is exceeded once in 15,000. */
Test(design, permutations_are_even)
{
    enum { N = 24000 };
    unsigned seen[256] = {0}, orders = 0;
    double chi = 0;

    for (uint32_t p = 0; p < N; p++) {
        unsigned code = 0;

        for (uint32_t i = 0; i < 4; i++) {
            code = code << 2 | tf_design_permute(3, p, 4, i);
        }
        seen[code]++;
    }
    for (size_t c = 0; c < 256; c++) {
        orders += seen[c] > 0;
        chi += seen[c] > 0 ? pow(seen[c] - N / 24.0, 2) / (N / 24.0) : 0;
    }
    cr_expect_eq(orders, 24);
    cr_expect_lt(chi, 58.6);
}

Test(design, sobol_is_gsl_s_sequence_from_any_point)
{
    gsl_qrng *gsl = gsl_qrng_alloc(gsl_qrng_sobol, TF_SOBOL_MOST);
    tf_sobol *sobol = tf_sobol_create(TF_SOBOL_MOST, 3000), *one = tf_sobol_create(1, 1);
    double point[TF_SOBOL_MOST];

    cr_assert(gsl != NULL && sobol != NULL && one != NULL);
    for (unsigned k = 0; k < TF_SOBOL_MOST; k++) {
        cr_expect_eq(tf_sobol_point(sobol, k, 0), 0);
    }
    for (uint32_t i = 1; i < 3000; i++) {
        gsl_qrng_get(gsl, point);
        for (unsigned k = 0; k < TF_SOBOL_MOST; k++) {
            cr_assert_eq(tf_sobol_point(sobol, k, i), point[k], "point %u, dimension %u", i, k);
        }
    }
    /* The shift: a single draw is uniform over seeds, so means of functions are not biased. */
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        double u = tf_design_sobol(sobol, 5, seed, 9, 1);

        cr_assert(u > 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    cr_expect_float_eq(sum / 20000, 0.5, 6 * sqrt(1.0 / 12 / 20000));
    cr_expect_float_eq(squares / 20000, 1.0 / 3, 6 * sqrt(4.0 / 45 / 20000));
    cr_expect(tf_design_sobol(one, 0, 1, 9, 1) > 0);
    tf_sobol_destroy(one);
    tf_sobol_destroy(sobol);
    gsl_qrng_free(gsl);
}

/* ---- parameters --------------------------------------------------------------- */

enum { MOST = 64, DRAWS = 512 };

typedef struct bench {
    trefoil_context *context;
    tf_register reg;
    tf_scenario scenario;
    tf_joint_spec joints[3];
    size_t n_joints;
    tf_parameters *parameters;
} bench;

static void add_row(bench *b, const char *name, const char *value)
{
    char why[TF_WHY_SIZE];
    tf_evidence row = {.name = (char *)(uintptr_t)name, .source = (char[]){"Smith 2020"}, .grade = TF_PUBLISHED};

    row.place = (tf_place){"register.csv", (int)b->reg.n_rows + 2};
    row.number.distribution = tf_distribution_fixed(0);
    if (*value == '=') {
        row.formula = (char *)(uintptr_t)(value + 1);
    } else {
        cr_assert(tf_number_parse(value, &row.number, why), "%s", why);
    }
    cr_assert_eq(tf_register_add(b->context, &b->reg, &row), TREFOIL_DONE);
}

static void open_bench(bench *b, tf_design design, uint32_t draws)
{
    *b = (bench){.context = trefoil_context_create(NULL), .scenario = {.design = design, .draws = draws}};
    b->scenario.design_place = (tf_place){"s.ini", 5};
    add_row(b, "uptake", "0.6 ~ beta(se 0.05)");
    add_row(b, "cost", "100 ~ gamma(se 20)");
    add_row(b, "rr", "0.78 ~ lognormal(0.70 to 0.87)");
    add_row(b, "fixed", "3");
    add_row(b, "spend", "=cost * uptake");
}

static trefoil_status arrange(bench *b)
{
    cr_assert_eq(tf_parameters_create(b->context, &b->reg, &b->scenario, &b->parameters), TREFOIL_DONE);
    return tf_parameters_arrange(b->context, b->parameters, &b->scenario, b->joints, b->n_joints);
}

static void close_bench(bench *b)
{
    tf_parameters_destroy(b->parameters);
    tf_register_free(&b->reg);
    trefoil_context_destroy(b->context);
}

static void draw(const bench *b, uint64_t seed, uint32_t d, double *values)
{
    cr_assert_eq(tf_parameters_draw(b->context, b->parameters, seed, d, values), TREFOIL_DONE);
}

/* The mean of a smooth function over a run's draws, for one seed. */
static double mean_of(const bench *b, uint64_t seed)
{
    double values[MOST], sum = 0;

    for (uint32_t d = 1; d <= DRAWS; d++) {
        draw(b, seed, d, values);
        sum += values[4] * values[2] * values[2];
    }
    return sum / DRAWS;
}

/* E(cost uptake rr^2) = 100 x 0.6 x exp(2 mu + 2 s^2), mu = log 0.78 and s by its 95% interval. */
Test(design, means_converge_faster_and_stay_unbiased)
{
    enum { SEEDS = 60 };
    double s = (log(0.87) - log(0.70)) / (2 * 1.959963984540054), truth = 60 * exp(2 * log(0.78) + 2 * s * s), error[3];

    for (int design = 0; design < 3; design++) {
        double sum = 0, squares = 0;
        bench b;

        open_bench(&b, (tf_design)design, DRAWS);
        cr_assert_eq(arrange(&b), TREFOIL_DONE);
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            double off = mean_of(&b, seed) - truth;

            sum += off;
            squares += off * off;
        }
        error[design] = sqrt(squares / SEEDS);
        cr_expect_float_eq(sum / SEEDS, 0, 5 * error[design] / sqrt(SEEDS), "%s is biased by %g, error %g", tf_design_names[design],
                           sum / SEEDS, error[design]);
        close_bench(&b);
    }
    cr_expect_lt(error[TF_DESIGN_LATIN], 0.25 * error[TF_DESIGN_RANDOM], "%g %g", error[1], error[0]);
    cr_expect_lt(error[TF_DESIGN_SOBOL], 0.25 * error[TF_DESIGN_RANDOM], "%g %g", error[2], error[0]);
}

Test(design, draws_do_not_depend_on_what_else_is_drawn)
{
    for (int design = 0; design < 3; design++) {
        double values[MOST], again[MOST], more[MOST];
        tf_evidence extra = {.name = (char[]){"zeta"}, .place = {"register.csv", 9}};
        bench b;

        open_bench(&b, (tf_design)design, 100);
        cr_assert_eq(arrange(&b), TREFOIL_DONE);
        draw(&b, 1, 0, values);
        cr_expect_float_eq(values[0], 0.6, 1e-12);
        draw(&b, 1, 41, values);
        for (uint32_t d = 100; d >= 1; d--) { /* in any order */
            draw(&b, 1, d, again);
            cr_expect_float_eq(again[4], again[0] * again[1], 1e-12);
            cr_expect_eq(again[3], 3);
        }
        draw(&b, 1, 41, again);
        cr_expect_eq(memcmp(values, again, 5 * sizeof *values), 0);
        if (design == TF_DESIGN_RANDOM) {
            cr_expect_eq(values[0], tf_distribution_quantile(&tf_parameters_row(b.parameters, 0)->number.distribution,
                                                             tf_uniform(1, (tf_coordinates){.purpose = tf_purpose("parameter", "uptake"),
                                                                                            .draw = 41}, 0)));
        }
        /* One more, last by name: nothing changes under any design.  First by name: under Sobol all may. */
        extra.number.distribution = tf_parameters_row(b.parameters, 0)->number.distribution;
        cr_assert_eq(tf_parameters_add(b.context, b.parameters, &extra), 5);
        cr_assert_eq(tf_parameters_arrange(b.context, b.parameters, &b.scenario, NULL, 0), TREFOIL_DONE);
        draw(&b, 1, 41, more);
        cr_expect_eq(memcmp(values, more, 5 * sizeof *values), 0);
        cr_expect_neq(more[5], more[0]);
        extra.name = (char[]){"alpha"};
        cr_assert_eq(tf_parameters_add(b.context, b.parameters, &extra), 6);
        cr_assert_eq(tf_parameters_arrange(b.context, b.parameters, &b.scenario, NULL, 0), TREFOIL_DONE);
        draw(&b, 1, 41, more);
        cr_expect_eq(memcmp(values, more, 5 * sizeof *values) == 0, design != TF_DESIGN_SOBOL);
        close_bench(&b);
    }
}

Test(design, sobol_refuses_more_parameters_than_it_has_dimensions)
{
    char names[41][8];
    bench b;

    open_bench(&b, TF_DESIGN_SOBOL, 10);
    for (int i = 0; i < 37; i++) {
        snprintf(names[i], sizeof names[i], "p%02d", i);
        add_row(&b, names[i], "1 ~ normal(se 1)");
    }
    cr_expect_eq(arrange(&b), TREFOIL_DONE);
    tf_parameters_destroy(b.parameters);
    add_row(&b, "q", "1 ~ normal(se 1)");
    cr_expect_eq(arrange(&b), TREFOIL_USER_MISTAKE);
    cr_expect_str_eq(trefoil_context_reason(b.context, 0), "s.ini:5: [uncertainty] design = sobol: 41 parameters are uncertain, and the "
                                                           "sequence has 40 dimensions; use latin");
    close_bench(&b);
}

/* ---- joints ------------------------------------------------------------------- */

static const double alphas[] = {12, 30, 58};

static void add_dirichlet(bench *b, const char *members)
{
    static char name[] = "shares";
    tf_joint_spec *joint = &b->joints[b->n_joints++];

    *joint = (tf_joint_spec){.name = name, .place = {"m.ini", 7}, .members_place = {"m.ini", 8}, .alpha = (double *)(uintptr_t)alphas};
    cr_assert_eq(tf_list_split(&joint->members, members, ','), 0);
}

static void add_covariance(bench *b, const char *path)
{
    static char name[] = "weibull";

    b->joints[b->n_joints++] =
        (tf_joint_spec){.name = name, .place = {"m.ini", 3}, .covariance = (char *)(uintptr_t)path, .covariance_place = {"m.ini", 4}};
}

static void add_members(bench *b)
{
    add_row(b, "shape", "0.9");
    add_row(b, "a", "0.12");
    add_row(b, "scale", "-4 ~ normal(se 0.2)");
    add_row(b, "b", "0.3");
    add_row(b, "c", "0.58");
    add_row(b, "later", "=a + b + c");
}

#define COVARIANCE "name,mean,shape,scale,cost\nshape,0.9,0.01,-0.012,0.5\nscale,-4,-0.012,0.04,0.2\ncost,100,0.5,0.2,400\n"

/* Six standard errors: of a mean sqrt(v / n), of a covariance sqrt((v w + c^2) / n). */
Test(design, joints_have_their_means_and_covariances)
{
    enum { N = 20000 };
    static const size_t at[] = {5, 7, 1};
    static const double mean[] = {0.9, -4, 100}, covariance[3][3] = {{0.01, -0.012, 0.5}, {-0.012, 0.04, 0.2}, {0.5, 0.2, 400}};
    double sum[3] = {0}, products[3][3] = {{0}}, shares[3] = {0}, squares[3] = {0};
    static const size_t share[] = {6, 8, 9};
    double values[MOST];
    bench b;

    open_bench(&b, TF_DESIGN_RANDOM, N);
    add_members(&b);
    add_covariance(&b, folder_write("covariance.csv", COVARIANCE));
    add_dirichlet(&b, "a,b,c");
    cr_assert_eq(arrange(&b), TREFOIL_DONE, "%s", trefoil_context_reasons(b.context) ? trefoil_context_reason(b.context, 0) : "");
    draw(&b, 1, 0, values);
    cr_expect_float_eq(values[5], 0.9, 1e-12);
    cr_expect_float_eq(values[10], 1, 1e-12);
    for (uint32_t d = 1; d <= N; d++) {
        draw(&b, 11, d, values);
        cr_assert_float_eq(values[6] + values[8] + values[9], 1, 1e-15, "draw %u: off by %g", d, values[6] + values[8] + values[9] - 1);
        cr_assert_float_eq(values[10], 1, 1e-15);
        cr_assert_float_eq(values[4], values[0] * values[1], 1e-12); /* a formula sees the joint's cost */
        for (int i = 0; i < 3; i++) {
            sum[i] += values[at[i]] - mean[i];
            shares[i] += values[share[i]];
            squares[i] += values[share[i]] * values[share[i]];
            for (int j = 0; j < 3; j++) {
                products[i][j] += (values[at[i]] - mean[i]) * (values[at[j]] - mean[j]);
            }
        }
    }
    for (int i = 0; i < 3; i++) {
        double p = alphas[i] / 100, variance = p * (1 - p) / 101;

        cr_expect_float_eq(sum[i] / N, 0, 6 * sqrt(covariance[i][i] / N));
        cr_expect_float_eq(shares[i] / N, p, 6 * sqrt(variance / N));
        cr_expect_float_eq(squares[i] / N - pow(shares[i] / N, 2), variance, 6 * variance * sqrt(2.5 / N));
        for (int j = 0; j < 3; j++) {
            cr_expect_float_eq(products[i][j] / N, covariance[i][j],
                               6 * sqrt((covariance[i][i] * covariance[j][j] + covariance[i][j] * covariance[i][j]) / N));
        }
    }
    /* The file's digest is part of the run's identity; who is not in a joint is drawn as ever. */
    const char *digest;
    cr_expect_eq(tf_arrangement_joints(tf_parameters_arrangement(b.parameters)), 2);
    cr_expect_str_eq(tf_arrangement_joint(tf_parameters_arrangement(b.parameters), 0, &digest), "weibull");
    cr_expect_eq(strlen(digest), 64);
    tf_arrangement_joint(tf_parameters_arrangement(b.parameters), 1, &digest);
    cr_expect_null(digest);
    cr_expect_eq(values[0], tf_distribution_quantile(&tf_parameters_row(b.parameters, 0)->number.distribution,
                                                     tf_design_random(11, tf_purpose("parameter", "uptake"), N)));
    tf_list_free(&b.joints[1].members);
    close_bench(&b);
    folder_forget("covariance.csv");
}

Test(design, joints_name_every_mistake)
{
    const char *path = folder_write("covariance.csv", "name,mean,shape,scala,cost,spend\n"
                                                "shape,0.91,0.01,0,0,0\nscala,-4,0,0.04,0,0\ncost,100,0,0,400,0\nspend,60,0,0,0,1\n");
    static const char *const expected[] = {
        "covariance.csv:2: [joint weibull] shape: the mean here is 0.91, but the base case is 0.9 (register.csv, line 7)",
        "covariance.csv:3: [joint weibull] scala: the model has no such parameter; did you mean 'scale'?",
        "covariance.csv:5: [joint weibull] spend: the parameter is computed: spend = cost * uptake",
        "m.ini:8: [joint shares] shape: the parameter is in [joint weibull] already",
        "m.ini:8: [joint shares] shape: the mean here is 0.12, but the base case is 0.9 (register.csv, line 7)",
        "m.ini:8: [joint shares] shape: the parameter is in [joint shares] already",
    };
    bench b;
    size_t found = 0;

    open_bench(&b, TF_DESIGN_RANDOM, 10);
    add_members(&b);
    add_covariance(&b, path);
    add_dirichlet(&b, "shape,b,c");
    cr_expect_eq(arrange(&b), TREFOIL_USER_MISTAKE);
    for (size_t i = 0; i < trefoil_context_reasons(b.context); i++) {
        const char *reason = trefoil_context_reason(b.context, i), *slash = strrchr(reason, '/');

        for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
            found += strcmp(reason, expected[k]) == 0 || (slash != NULL && strcmp(slash + 1, expected[k]) == 0);
        }
    }
    cr_expect_eq(trefoil_context_reasons(b.context), 4);
    cr_expect_eq(found, 4, "%s", trefoil_context_reason(b.context, 3));
    tf_list_free(&b.joints[1].members);
    close_bench(&b);

    path = folder_write("covariance.csv", "name,mean,shape,scale\nshape,0.9,0.01,0.03\nscale,-4,0.03,0.04\n");
    open_bench(&b, TF_DESIGN_RANDOM, 10);
    add_members(&b);
    add_covariance(&b, path);
    cr_expect_eq(arrange(&b), TREFOIL_USER_MISTAKE);
    cr_assert_eq(trefoil_context_reasons(b.context), 1);
    cr_expect(strstr(trefoil_context_reason(b.context, 0), "covariance.csv:3: with 'scale' the covariances are not positive definite") != NULL, "%s",
              trefoil_context_reason(b.context, 0));
    close_bench(&b);

    /* Without draws a value may be moved away from the joint's mean. */
    path = folder_write("covariance.csv", "name,mean,shape,scale\nshape,0.7,0.01,0\nscale,-4,0,0.04\n");
    open_bench(&b, TF_DESIGN_RANDOM, 0);
    add_members(&b);
    add_covariance(&b, path);
    cr_expect_eq(arrange(&b), TREFOIL_DONE);
    close_bench(&b);
    folder_forget("covariance.csv");
}

Test(design, a_sample_goes_with_a_design_but_not_with_a_joint)
{
    const char *path = folder_write("sample.csv", "shape,cost\n1,2\n3,4\n");
    double values[MOST];
    uint32_t draws;
    tf_evidence late = {.name = (char[]){"late"}, .place = {"register.csv", 20}};
    bench b;

    open_bench(&b, TF_DESIGN_SOBOL, 2);
    add_members(&b);
    cr_assert_eq(tf_parameters_create(b.context, &b.reg, &b.scenario, &b.parameters), TREFOIL_DONE);
    cr_assert_eq(tf_parameters_sample(b.context, b.parameters, path, (tf_place){0}, &draws), TREFOIL_DONE);
    late.number.distribution = tf_parameters_row(b.parameters, 0)->number.distribution;
    cr_assert_eq(tf_parameters_add(b.context, b.parameters, &late), 11);
    cr_assert_eq(tf_parameters_arrange(b.context, b.parameters, &b.scenario, NULL, 0), TREFOIL_DONE);
    cr_expect(tf_parameters_sampled(b.parameters, 1) && !tf_parameters_sampled(b.parameters, 0) && !tf_parameters_sampled(b.parameters, 11));
    draw(&b, 1, 2, values);
    cr_expect_eq(values[1], 4);
    cr_expect_eq(values[5], 3);
    cr_expect_float_eq(values[4], 4 * values[0], 1e-12);
    cr_expect_neq(values[0], 0.6);
    cr_expect_neq(values[11], values[0]);
    add_dirichlet(&b, "shape,b,c");
    cr_expect_eq(tf_parameters_arrange(b.context, b.parameters, &b.scenario, b.joints, 1), TREFOIL_USER_MISTAKE);
    cr_expect(told(b.context, "m.ini:8: [joint shares] shape: the sample of [uncertainty] draws this parameter already"));
    tf_list_free(&b.joints[0].members);
    close_bench(&b);
    folder_forget("sample.csv");
}

Test(design, joint_sections_are_read_with_all_their_mistakes)
{
    static const char *const expected[] = {
        "j.ini:1: [joint 2x]: a name is a letter followed by letters, digits and '_'",
        "j.ini:3: [joint both]: expected 'covariance', or 'dirichlet' and 'alpha'",
        "j.ini:7: [joint none]: expected 'covariance', or 'dirichlet' and 'alpha'",
        "j.ini:10: [joint few] alpha: 2 numbers for the 3 parameters of 'dirichlet'",
        "j.ini:13: [joint sign] alpha: '-2': expected a number above 0",
        "j.ini:13: [joint sign] alpha: 'x': expected a number above 0",
        "j.ini:15: [joint one] dirichlet: 1 parameter; expected 2 to 256",
        "j.ini:23: [joint file] unknwon: no such setting",
    };
    const char *path = folder_write("j.ini", "[joint 2x]\ncovariance = a.csv\n[joint both]\ncovariance = a.csv\ndirichlet = a, b\nalpha = 1, 2\n"
                                       "[joint none]\n[joint few]\ndirichlet = a, b, c\nalpha = 1, 2\n[joint sign]\ndirichlet = a, b, c\n"
                                       "alpha = 1, -2, x\n[joint one]\ndirichlet = a\nalpha = 1\n[joint good]\ndirichlet = a, b\n"
                                       "alpha = 1, 2.5\n[other]\n[joint file]\ncovariance = sub/a.csv\nunknwon = 1\n");
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;
    tf_joint_spec *joints = NULL;
    size_t n = 0;

    cr_assert_eq(tf_config_read(context, path, (tf_place){0}, &config), TREFOIL_DONE);
    cr_expect_eq(tf_joints_read(context, config, path, &joints, &n), TREFOIL_DONE);
    (void)tf_config_find(config, "other");
    cr_assert_eq(n, 2);
    cr_expect_str_eq(joints[0].name, "good");
    cr_expect_eq(joints[0].alpha[1], 2.5);
    cr_expect_str_eq(joints[0].members.items[1], "b");
    cr_expect_eq(joints[0].members_place.line, 18);
    cr_expect_eq(joints[0].place.file, path);
    cr_expect(strstr(joints[1].covariance, "/sub/a.csv") != NULL);
    cr_expect_eq(joints[1].covariance_place.line, 22);
    cr_expect_eq(tf_config_finish(context, config), TREFOIL_DONE);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        cr_expect(told(context, expected[i]), "not told: %s", expected[i]);
    }
    tf_joints_free(joints, n);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
    folder_forget("j.ini");
}

Test(design, survives_want_of_memory_at_every_call)
{
    const char *path = folder_write("covariance.csv", COVARIANCE);
    bool done = false;
    long n = 0;

    while (!done && n < 10000) {
        double values[MOST];
        void *memory;
        trefoil_status status;
        bench b;

        open_bench(&b, TF_DESIGN_SOBOL, 10);
        add_members(&b);
        add_covariance(&b, path);
        add_dirichlet(&b, "a,b,c");
        cr_assert_eq(tf_parameters_create(b.context, &b.reg, &b.scenario, &b.parameters), TREFOIL_DONE);
        tf_memory_fail_at(++n);
        status = tf_parameters_arrange(b.context, b.parameters, &b.scenario, b.joints, b.n_joints);
        memory = tf_alloc(1, 1);
        done = memory == NULL;
        tf_memory_fail_at(0);
        tf_free(memory);
        cr_assert(status == TREFOIL_DONE || (!done && status == TREFOIL_NO_MEMORY), "allocation %ld: status %d", n, (int)status);
        if (status == TREFOIL_DONE) {
            draw(&b, 1, 1, values);
        }
        tf_list_free(&b.joints[1].members);
        close_bench(&b);
    }
    cr_expect(n > 10);
    folder_forget("covariance.csv");
}
