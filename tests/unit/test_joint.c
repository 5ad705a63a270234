/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "random/joint.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char path[64];

static void write_file(const char *text)
{
    int file;

    strcpy(path, "/tmp/trefoil-joint-XXXXXX");
    file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

/* Shares of a Dirichlet have mean a/A and variance a(A-a)/(A^2(A+1)). */
Test(joint, dirichlet_shares_have_their_moments)
{
    static const double alphas[][4] = {{1, 1, 1, 1}, {20, 5, 3, 0.5}, {0.01, 0.02, 0.03, 0.04}};
    enum { N = 20000 };

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(alphas); k++) {
        double total = 0, sum[4] = {0}, squares[4] = {0};

        for (int j = 0; j < 4; j++) {
            total += alphas[k][j];
        }
        for (uint32_t i = 0; i < N; i++) {
            double u[4], shares[4], all = 0;

            for (uint32_t j = 0; j < 4; j++) {
                u[j] = tf_uniform(5, (tf_coordinates){(uint32_t)k, i, 0, 0}, j);
            }
            tf_dirichlet(alphas[k], 4, u, shares);
            for (int j = 0; j < 4; j++) {
                cr_assert(shares[j] >= 0 && shares[j] <= 1);
                all += shares[j];
                sum[j] += shares[j];
                squares[j] += shares[j] * shares[j];
            }
            cr_assert_lt(fabs(all - 1), 1e-14);
        }
        for (int j = 0; j < 4; j++) {
            double mean = alphas[k][j] / total, variance = mean * (1 - mean) / (total + 1), got = sum[j] / N;

            cr_assert_lt(fabs(got - mean), 6 * sqrt(variance / N), "row %zu, share %d: %g, not %g", k, j, got, mean);
            cr_assert_lt(fabs(squares[j] / N - got * got - variance), 0.1 * variance, "row %zu, share %d", k, j);
        }
    }
}

Test(joint, dirichlet_of_equal_numbers_is_equal)
{
    static const double alpha[3] = {7, 7, 7}, u[3] = {0.3, 0.3, 0.3}, tiny[2] = {1e-6, 1e-6}, both[2] = {0.2, 0.4};
    double shares[3], one[1];

    tf_dirichlet(alpha, 3, u, shares);
    cr_assert(shares[0] == shares[1] && shares[1] == shares[2] && fabs(shares[0] - 1.0 / 3) < 1e-15);
    tf_dirichlet(alpha, 1, u, one);
    cr_assert_eq(one[0], 1);
    tf_dirichlet(tiny, 2, both, shares);
    cr_assert(shares[0] == 0 && shares[1] == 1, "the larger of two quantiles that underflow takes all");
}

static const char covariance[] = "# source: a made-up example\n"
                                 "name,mean,age,smoker,sbp\n"
                                 "age,0.5,0.04,0.01,-0.002\n"
                                 "smoker,-2,0.01,0.09,0.003\n"
                                 "sbp,100,-0.002,0.003,0.0025\n";

Test(joint, multinormal_draws_have_their_means_and_covariances)
{
    enum { N = 40000 };
    static const double expected[3][3] = {{0.04, 0.01, -0.002}, {0.01, 0.09, 0.003}, {-0.002, 0.003, 0.0025}};
    static const double means[3] = {0.5, -2, 100};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_multinormal *normal = NULL;
    double sum[3] = {0}, products[3][3] = {{0}}, middle[3] = {0.5, 0.5, 0.5}, values[3];

    gsl_set_error_handler_off();
    write_file(covariance);
    cr_assert_eq(tf_multinormal_read(context, path, (tf_place){0}, &normal), TREFOIL_DONE);
    unlink(path);
    cr_assert_eq(tf_multinormal_size(normal), 3);
    cr_assert_str_eq(tf_multinormal_name(normal, 1), "smoker");
    tf_multinormal_draw(normal, middle, values);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(values[i], means[i]);
        cr_assert_eq(tf_multinormal_mean(normal, i), means[i]);
        cr_assert_lt(fabs(tf_multinormal_sd(normal, i) - sqrt(expected[i][i])), 1e-15);
    }
    for (uint32_t k = 0; k < N; k++) {
        double u[3];

        for (uint32_t j = 0; j < 3; j++) {
            u[j] = tf_uniform(6, (tf_coordinates){1, k, 0, 0}, j);
        }
        tf_multinormal_draw(normal, u, values);
        for (int i = 0; i < 3; i++) {
            sum[i] += values[i] - means[i];
            for (int j = 0; j < 3; j++) {
                products[i][j] += (values[i] - means[i]) * (values[j] - means[j]);
            }
        }
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_lt(fabs(sum[i] / N), 6 * sqrt(expected[i][i] / N));
        for (int j = 0; j < 3; j++) {
            double spread = sqrt((expected[i][i] * expected[j][j] + expected[i][j] * expected[i][j]) / N);

            cr_assert_lt(fabs(products[i][j] / N - expected[i][j]), 6 * spread, "covariance %d %d", i, j);
        }
    }
    tf_multinormal_destroy(normal);
    tf_multinormal_destroy(NULL);
    trefoil_context_destroy(context);
}

Test(joint, wrong_covariance_tables_are_refused_with_their_lines)
{
    static const struct {
        const char *text;
        int line;
        const char *words;
        size_t reasons;
    } bad[] = {
        {"name,mean,a,b\na,0,1,0.2\nb,0,0.3,1\n", 3, "not symmetric: the covariance of 'b' and 'a' is 0.3 here and 0.2 at line 2", 1},
        {"name,mean,a,b\na,0,1,2\nb,0,2,1\n", 3, "with 'b' the covariances are not positive definite", 1},
        {"name,mean,a,b,c\na,0,1,.9,-.9\nb,0,.9,1,.9\nc,0,-.9,.9,1\n", 4, "with 'c' the covariances are not positive definite", 1},
        {"name,mean,a,b\na,0,1,0\nc,0,0,1\n", 3, "name 'c', but column 4 is 'b'", 1},
        {"name,mean,a,b\na,0,1,0\n", 2, "1 row, but 2 columns", 1},
        {"name,a,b\na,1,0\nb,0,1\n", 0, "expected the columns name, mean", 1},
        {"a,name,mean\na,1,0\n", 0, "expected the columns name, mean", 1},
        {"name,mean,a,b\na,x,1,0\nb,0,0,\n", 2, "mean = 'x'", 2},
        {"name,mean,a,b\na,0,-1,0\nb,0,0,0\n", 2, "the variance of 'a' is -1", 2},
        {"name,mean,a,b\na,0,1\n", 2, "3 cells, but the header names 4", 1},
    };

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(bad); k++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_multinormal *normal;
        char place[96];
        const char *reason;

        write_file(bad[k].text);
        cr_assert_eq(tf_multinormal_read(context, path, (tf_place){0}, &normal), TREFOIL_USER_MISTAKE);
        unlink(path);
        cr_assert_null(normal);
        reason = trefoil_context_reason(context, 0);
        cr_assert_eq(trefoil_context_reasons(context), bad[k].reasons, "case %zu: %s", k, reason);
        snprintf(place, sizeof place, bad[k].line > 0 ? "%s:%d: " : "%s: ", path, bad[k].line);
        cr_assert(strncmp(reason, place, strlen(place)) == 0 && strstr(reason, bad[k].words) != NULL, "case %zu: %s", k, reason);
        trefoil_context_destroy(context);
    }
}

Test(joint, survives_every_failure_of_memory)
{
    trefoil_status status = TREFOIL_NO_MEMORY;
    long n = 0;

    gsl_set_error_handler_off();
    write_file(covariance);
    while (status != TREFOIL_DONE) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_multinormal *normal;

        tf_memory_fail_at(++n);
        status = tf_multinormal_read(context, path, (tf_place){0}, &normal);
        tf_memory_fail_at(0);
        cr_assert(status == TREFOIL_NO_MEMORY || status == TREFOIL_DONE, "call %ld: %s", n, trefoil_status_text(status));
        cr_assert_eq(normal != NULL, status == TREFOIL_DONE);
        tf_multinormal_destroy(normal);
        trefoil_context_destroy(context);
        cr_assert_lt(n, 1000);
    }
    cr_assert_gt(n, 8, "only %ld calls could fail", n);
    unlink(path);
}
