/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/distribution.h"
#include "random/quantiles.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static double uniform(uint32_t k)
{
    return tf_uniform(2024, (tf_coordinates){3, k, 0, 0}, 0);
}

static tf_distribution read(const char *text)
{
    tf_number number;
    char why[TF_WHY_SIZE] = "";

    cr_assert(tf_number_parse(text, &number, why), "'%s': %s", text, why);
    return number.distribution;
}

static bool near(double a, double b, double relative)
{
    return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

static const char *const shapes[] = {
    "0.62 ~ beta(se 0.05)",   "0.01 ~ beta(se 0.02)",      "~ beta(97, 73)",       "120 ~ gamma(se 30)",      "~ gamma(0.4, 2)",
    "-3 ~ normal(se 2)",      "1.4 ~ lognormal(se 0.3)",   "~ lognormal(0, 0.5)",  "~ uniform(-1, 4)",        "5 ~ uniform(sd 1)",
    "~ triangular(1, 2, 10)", "7 ~ triangular(se 1)",      "~ triangular(0, 0, 3)", "~ triangular(0, 3, 3)",  "~ gamma(5000, 0.1)",
    /* where GSL's inverses do not converge */
    "~ beta(0.02, 2.5)",      "~ gamma(0.05, 1)",          "~ beta(1e6, 2.5)",     "~ gamma(50000, 1)",
    "~ beta(90000, 300000)",
};
enum { HARD = 5 };

Test(distribution, draws_have_the_mean_and_standard_deviation_they_say)
{
    enum { N = 20000 };

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(shapes) - HARD; k++) {
        tf_distribution d = read(shapes[k]);
        double sum = 0, squares = 0, fourth = 0, mean, variance;

        for (uint32_t i = 0; i < N; i++) {
            double x = tf_distribution_quantile(&d, uniform(i + (uint32_t)k * N)) - d.mean;

            sum += x;
            squares += x * x;
            fourth += x * x * x * x;
        }
        mean = sum / N;
        variance = squares / N;
        cr_assert_lt(fabs(mean), 6 * d.sd / sqrt(N), "%s: mean off by %g", shapes[k], mean);
        cr_assert_lt(fabs(variance - d.sd * d.sd), 6 * sqrt((fourth / N - variance * variance) / N), "%s: sd %g", shapes[k],
                     sqrt(variance));
    }
}

Test(distribution, quantiles_rise_and_invert_the_distribution_function)
{
    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(shapes); k++) {
        tf_distribution d = read(shapes[k]);
        double last = -INFINITY;

        for (int i = 1; i < 1000; i++) {
            double x = tf_distribution_quantile(&d, i / 1000.0), back = i / 1000.0;

            cr_assert_geq(x, last, "%s at %d", shapes[k], i);
            last = x;
            switch (d.family) {
            case TF_NORMAL:
                back = gsl_cdf_gaussian_P(x - d.a, d.b);
                break;
            case TF_LOGNORMAL:
                back = gsl_cdf_lognormal_P(x, d.a, d.b);
                break;
            case TF_BETA:
                back = gsl_cdf_beta_P(x, d.a, d.b);
                break;
            case TF_GAMMA:
                back = gsl_cdf_gamma_P(x, d.a, d.b);
                break;
            case TF_UNIFORM:
                back = gsl_cdf_flat_P(x, d.a, d.b);
                break;
            case TF_TRIANGULAR: /* the area of the triangle left of x, or what is right of it taken away */
                back = x < d.b ? 0.5 * (x - d.a) * 2 / (d.c - d.a) * (x - d.a) / (d.b - d.a)
                               : 1 - 0.5 * (d.c - x) * 2 / (d.c - d.a) * (d.c - x) / (d.c - d.b);
                back = d.b >= d.c && x >= d.c ? 1 : back;
                break;
            case TF_FIXED:
                break;
            }
            /* GSL's own distribution function has steps of 1e-8 for large parameters. */
            cr_assert_lt(fabs(back - i / 1000.0), k < COUNT(shapes) - HARD ? 1e-8 : 1e-7, "%s at %d: %g", shapes[k], i, back);
        }
        cr_assert(isfinite(tf_distribution_quantile(&d, 0x1p-54)) && isfinite(tf_distribution_quantile(&d, 1 - 0x1p-53)));
    }
}

/* Where GSL's distribution functions fail: the limits of tiny standard errors are known. */
Test(distribution, small_standard_errors_are_nearly_normal)
{
    static const double relative[] = {1e-3, 1e-4, 1e-5, 1e-6, 1e-8};
    char why[TF_WHY_SIZE];

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(relative); k++) {
        for (int f = TF_BETA; f <= TF_GAMMA; f++) {
            double mean = 0.3, sd = mean * relative[k], last = -INFINITY;
            tf_distribution d, cut;

            cr_assert(tf_distribution_from_mean((tf_family)f, mean, sd, -INFINITY, INFINITY, &d, why));
            cut = d;
            cut.min = mean;
            for (int i = 1; i < 500; i++) {
                double u = i / 500.0, x = tf_distribution_quantile(&d, u), z = (x - mean) / sd, above;

                /* The skewness moves a quantile by less than 2 (z^2 + 1) sd/mean / 6. */
                cr_assert_lt(fabs(z - gsl_cdf_ugaussian_Pinv(u)), (z * z + 1) * relative[k] / 3 + 1e-15 / relative[k] + 1e-9,
                             "%s %g at %g: %.10g", tf_family_name((tf_family)f), relative[k], u, z);
                cr_assert_geq(x, last);
                last = x;
                above = tf_distribution_quantile(&cut, u);
                cr_assert_lt(fabs((above - mean) / sd - gsl_cdf_ugaussian_Qinv((1 - u) / 2)), 4 * relative[k] + 1e-15 / relative[k] + 1e-9);
            }
        }
    }
    /* Either side of the parameter where the method changes. */
    for (int i = 1; i < 100; i++) {
        tf_distribution below = read("~ gamma(99999, 1)"), beyond = read("~ gamma(100001, 1)");
        double u = i / 100.0, z = (tf_distribution_quantile(&below, u) - below.mean) / below.sd;

        cr_assert_lt(fabs((tf_distribution_quantile(&beyond, u) - beyond.mean) / beyond.sd - z), 1e-6);
        below = read("~ beta(99999, 300000)");
        beyond = read("~ beta(100001, 300000)");
        z = (tf_distribution_quantile(&below, u) - below.mean) / below.sd;
        cr_assert_lt(fabs((tf_distribution_quantile(&beyond, u) - beyond.mean) / beyond.sd - z), 1e-6);
    }
}

Test(distribution, fixed_numbers_do_not_vary)
{
    tf_distribution d = tf_distribution_fixed(0.62);
    char text[64];

    for (int i = 1; i < 10; i++) {
        cr_assert_eq(tf_distribution_quantile(&d, i / 10.0), 0.62);
    }
    cr_assert_eq(d.sd, 0);
    tf_distribution_print(&d, text, sizeof text);
    cr_assert_str_eq(text, "0.62");
    cr_assert_str_eq(tf_family_name(TF_FIXED), "fixed");
    cr_assert_str_eq(tf_family_name(TF_TRIANGULAR), "triangular");
}

Test(distribution, truncation_is_by_inversion)
{
    char why[TF_WHY_SIZE];
    static const double cuts[][2] = {{-1, 1}, {2, INFINITY}, {-INFINITY, -3}, {8, 9}, {-9, -8.5}};

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(cuts); k++) {
        tf_distribution d = read("0 ~ normal(se 1)");
        double last = -INFINITY, mass;

        d.min = cuts[k][0];
        d.max = cuts[k][1];
        mass = cuts[k][0] > 0 ? gsl_cdf_ugaussian_Q(d.min) - gsl_cdf_ugaussian_Q(d.max)
                              : gsl_cdf_ugaussian_P(d.max) - gsl_cdf_ugaussian_P(d.min);
        for (int i = 1; i < 200; i++) {
            double u = i / 200.0, x = tf_distribution_quantile(&d, u);
            double share = cuts[k][0] > 0 ? (gsl_cdf_ugaussian_Q(d.min) - gsl_cdf_ugaussian_Q(x)) / mass
                                          : (gsl_cdf_ugaussian_P(x) - gsl_cdf_ugaussian_P(d.min)) / mass;

            cr_assert(x >= d.min && x <= d.max && x > last, "cut %zu at %g: %.17g", k, u, x);
            cr_assert_lt(fabs(share - u), 1e-8, "cut %zu at %g: %g", k, u, share);
            last = x;
        }
    }
    /* Nothing of the distribution is left: the nearest limit. */
    tf_distribution d = read("0 ~ uniform(se 1)");
    d.min = 5;
    d.max = 6;
    cr_assert_eq(tf_distribution_quantile(&d, 0.3), 5);
    /* The base case must be allowed. */
    cr_assert_not(tf_distribution_from_mean(TF_NORMAL, 2, 1, 0, 1, &d, why));
    cr_assert_not_null(strstr(why, "outside the allowed range"));
    cr_assert_not(tf_distribution_from_mean(TF_NORMAL, 2, 1, 3, 1, &d, why));
    cr_assert(tf_distribution_from_mean(TF_NORMAL, 0.9, 1, 0, 1, &d, why));
    for (int i = 0; i < 1000; i++) {
        double x = tf_distribution_quantile(&d, (i + 0.5) / 1000);

        cr_assert(x >= 0 && x <= 1);
    }
}

Test(distribution, mean_and_standard_error_give_the_natural_parameters)
{
    static const struct {
        const char *text;
        double a, b, c, mean, sd;
    } known[] = {
        /* beta: m(1-m)/se^2 - 1 = 93.24; gamma: (m/se)^2 = 16 and se^2/m; lognormal: ln(1 + (se/m)^2) = ln(1.25). */
        {"0.62 ~ beta(se 0.05)", 0.62 * 93.24, 0.38 * 93.24, 0, 0.62, 0.05},
        {"120 ~ gamma(sd 30)", 16, 7.5, 0, 120, 30},
        {"2 ~ lognormal(se 1)", 0.69314718055994531 - 0.5 * 0.22314355131420976, 0.4723807270774388, 0, 2, 1},
        {"-1 ~ normal(sd 0.25)", -1, 0.25, 0, -1, 0.25},
        {"3 ~ uniform(se 1)", 3 - 1.7320508075688772, 3 + 1.7320508075688772, 0, 3, 1},
        {"3 ~ triangular(se 1)", 3 - 2.449489742783178, 3, 3 + 2.449489742783178, 3, 1},
        {"~ beta(97, 73)", 97, 73, 0, 97.0 / 170, 0.037855},
        {"0.57 ~ beta(97, 73)", 97, 73, 0, 0.57, 0.037855},
        {"~ gamma(4, 25)", 4, 25, 0, 100, 50},
        {"~ triangular(0, 1, 5)", 0, 1, 5, 2, 1.0801234497346435},
        {"~ uniform(2, 8)", 2, 8, 0, 5, 1.7320508075688772},
        {"0.78 ~ lognormal(0.76 to 0.80)", -0.2484613592984996, 0.013085150, 0, 0.78, 0.0102077},
        {"10 ~ normal(8.04 to 11.96)", 10, 1.0000183, 0, 10, 1.0000183},
        {"0.42~beta( se  0.1 )@nice_ng238", 0.42 * 23.36, 0.58 * 23.36, 0, 0.42, 0.1},
    };

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(known); k++) {
        tf_distribution d = read(known[k].text);

        cr_assert(near(d.a, known[k].a, 1e-12) && near(d.c, known[k].c, 1e-12), "%s: %.17g %.17g", known[k].text, d.a, d.c);
        cr_assert(near(d.b, known[k].b, 1e-5), "%s: %.17g", known[k].text, d.b);
        cr_assert(near(d.mean, known[k].mean, 1e-15), "%s: mean %.17g", known[k].text, d.mean);
        cr_assert(near(d.sd, known[k].sd, 2e-4), "%s: sd %.17g", known[k].text, d.sd);
    }
}

Test(distribution, intervals_come_back_as_quantiles)
{
    static const struct {
        const char *text;
        double mean, lo, hi;
        bool at_its_place; /* the interval itself, not only its width */
    } known[] = {
        {"0.78 ~ lognormal(0.7 to 0.869142857)", 0.78, 0.7, 0.869142857, true},
        {"5 ~ normal(3 to 7)", 5, 3, 7, true},
        {"5 ~ uniform(3 to 7)", 5, 3, 7, true},
        {"5 ~ triangular(3 to 7)", 5, 3, 7, true},
        {"0.62 ~ beta(0.52 to 0.72)", 0.62, 0.52, 0.72, false},
        {"0.02 ~ beta(0.001 to 0.06)", 0.02, 0.001, 0.06, false},
        {"0.5 ~ beta(0.1 to 0.9)", 0.5, 0.1, 0.9, true},
        {"100 ~ gamma(60 to 150)", 100, 60, 150, false},
        {"1 ~ gamma(0.01 to 4)", 1, 0.01, 4, false},
    };

    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(known); k++) {
        tf_distribution d = read(known[k].text);
        double lo = tf_distribution_quantile(&d, 0.025), hi = tf_distribution_quantile(&d, 0.975);

        cr_assert_eq(d.mean, known[k].mean);
        cr_assert(near(hi - lo, known[k].hi - known[k].lo, 1e-8), "%s: %g to %g", known[k].text, lo, hi);
        if (known[k].at_its_place) {
            cr_assert(near(lo, known[k].lo, 1e-7) && near(hi, known[k].hi, 1e-7), "%s: %g to %g", known[k].text, lo, hi);
        }
        if (d.family != TF_LOGNORMAL) {
            double sum = 0;

            for (int i = 0; i < 4000; i++) {
                sum += tf_distribution_quantile(&d, (i + 0.5) / 4000);
            }
            cr_assert(near(sum / 4000, d.mean, 2e-3), "%s: mean %g", known[k].text, sum / 4000);
        }
    }
}

static void round_trip(const tf_distribution *d)
{
    char text[200];
    tf_distribution again;

    tf_distribution_print(d, text, sizeof text);
    again = read(text);
    cr_assert(again.family == d->family && memcmp(&again.a, &d->a, 3 * sizeof d->a) == 0 && again.mean == d->mean && again.sd == d->sd,
              "%s", text);
}

Test(distribution, what_is_printed_reads_back_to_the_same_bits)
{
    gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(shapes); k++) {
        tf_distribution d = read(shapes[k]);

        round_trip(&d);
    }
    for (uint32_t k = 0; k < 5000; k++) {
        static const double scale[] = {1, 1e-6, 300, 1e7};
        tf_family family = (tf_family)(1 + k % 6);
        double mean = uniform(3 * k) * (family == TF_BETA ? 1 : scale[k / 6 % 4]), sd = mean * uniform(3 * k + 1) * 0.9;
        tf_distribution d;
        tf_number number;
        char why[TF_WHY_SIZE], text[200];

        if (tf_distribution_from_mean(family, mean, sd, -INFINITY, INFINITY, &d, why)) {
            round_trip(&d);
        } else {
            cr_assert_eq(family, TF_BETA, "%s", why);
        }
        d = tf_distribution_fixed(mean - sd);
        round_trip(&d);
        /* The other ways of writing. */
        snprintf(text, sizeof text, "~ %s(%.17g, %.17g%s)", tf_family_name(family), mean, mean + sd,
                 family == TF_TRIANGULAR ? ", 1e9" : "");
        if (tf_number_parse(text, &number, why)) {
            round_trip(&number.distribution);
        }
        snprintf(text, sizeof text, "%.17g ~ lognormal(%.17g to %.17g)", mean, mean - 0.5 * sd, mean + sd);
        d = read(text);
        round_trip(&d);
    }
}

Test(distribution, sources_are_kept)
{
    tf_number number;
    char why[TF_WHY_SIZE];

    cr_assert(tf_number_parse("0.62 ~ beta(se 0.05) @ nice_ng238", &number, why));
    cr_assert_str_eq(number.source, "nice_ng238");
    cr_assert(tf_number_parse(" 0.62 @ \"Smith 2019, table 2 (a@b)\" ", &number, why));
    cr_assert_str_eq(number.source, "\"Smith 2019, table 2 (a@b)\"");
    cr_assert_eq(number.distribution.family, TF_FIXED);
    cr_assert_eq(number.distribution.mean, 0.62);
    cr_assert(tf_number_parse("0.62", &number, why));
    cr_assert_str_eq(number.source, "");
}

Test(distribution, says_what_is_wrong)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "expected a number"},
        {"  ", "expected a number"},
        {"abc", "'abc' is not a number"},
        {"0,62", "write a decimal point"},
        {"1,200", "no separators of thousands"},
        {"62%", "write a share of one, 0.62, instead of 62%"},
        {"0.62 ~ beta(se 5%)", "0.05, instead of 5%"},
        {"010", "not a number"},
        {"nan", "not a number"},
        {"0.62 ~", "family is missing"},
        {"0.62 ~ betta(se 0.05)", "did you mean 'beta'?"},
        {"0.62 ~ weibull(1, 2)", "no family 'weibull'; expected normal"},
        {"0.62 ~ fixed(0.62)", "written alone"},
        {"0.62 ~ beta", "'(' is missing"},
        {"0.62 ~ beta(se 0.05", "')' is missing"},
        {"0.62 ~ beta(se 0.05) extra", "unexpected 'extra'"},
        {"0.62 ~ beta(se 0.5)", "standard error below 0.4854"},
        {"1.2 ~ beta(se 0.1)", "between 0 and 1, not 1.2"},
        {"-1 ~ gamma(se 0.1)", "above 0, not -1"},
        {"0 ~ lognormal(se 0.1)", "above 0, not 0"},
        {"0.62 ~ beta(se 0)", "must be above 0"},
        {"0.62 ~ beta(se -0.1)", "must be above 0"},
        {"0.62 ~ beta(se)", "a number is missing"},
        {"~ beta(se 0.05)", "mean is missing before"},
        {"~ beta(0.5 to 0.7)", "mean is missing before"},
        {"0.62 ~ beta(97, 73)", "0.62 is not the mean of beta(97, 73), which is 0.570588"},
        {"0.78 ~ lognormal(0.76, 0.80)", "a 95% interval is written LO to HI"},
        {"~ beta(0, 73)", "both must be above 0"},
        {"~ beta(1)", "2 parameters"},
        {"~ beta(1, 2, 3)", "2 parameters"},
        {"~ triangular(1, 2)", "3 parameters"},
        {"~ triangular(3, 2, 5)", "ascending"},
        {"~ uniform(5, 2)", "min must be below max"},
        {"~ normal(0, 0)", "above 0"},
        {"~ gamma(2, x)", "'x' is not a number"},
        {"~ gamma(2, )", "a number is missing"},
        {"0.9 ~ lognormal(0.76 to 0.80)", "outside its 95% interval"},
        {"0.78 ~ lognormal(0.80 to 0.76)", "must ascend"},
        {"0.78 ~ lognormal(-0.1 to 0.9)", "must be above 0"},
        {"0.78 ~ lognormal(0.76 to 1e80)", "too wide"},
        {"0.5 ~ beta(0.2 to 1.2)", "leaves the range of a beta"},
        {"0.001 ~ beta(0 to 0.9)", "no beta of mean 0.001"},
        {"1 ~ gamma(0 to 1000)", "no gamma of mean 1"},
        {"2 ~ uniform(1 to 9)", "not the middle"},
        {"0.62 @", "source is missing"},
        {"0.62 @ Smith 2019", "in quotes"},
        {"0.62 @ \"Smith 2019", "not closed"},
        {"0.62 ~ beta(se 0.05) ~ beta(se 0.05)", "unexpected"},
        {"1e300 ~ lognormal(1, 2)", "not the mean"},
        {"~ lognormal(800, 1)", "too large"},
    };
    tf_number number;
    char why[TF_WHY_SIZE];

    gsl_set_error_handler_off();
    memset(&number, 0x5a, sizeof number);
    for (size_t k = 0; k < COUNT(bad); k++) {
        why[0] = '\0';
        cr_assert_not(tf_number_parse(bad[k].text, &number, why), "'%s'", bad[k].text);
        cr_assert_not_null(strstr(why, bad[k].words), "'%s': %s", bad[k].text, why);
    }
    cr_assert_eq(((unsigned char *)&number)[7], 0x5a, "a failure writes nothing");
    cr_assert_not(tf_number_parse(NULL, &number, why));
}

Test(distribution, polynomials_are_as_good_as_inversion)
{
    static const char *const texts[] = {"~ beta(200, 3)", "~ beta(130, 45)", "~ beta(230, 230)", "~ beta(0.5, 0.5)", "~ beta(12, 56)",
                                        "~ gamma(100, 20)", "~ gamma(20, 0.0001)", "~ gamma(1, 1701)", "~ gamma(0.3, 2)"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        tf_number number;
        char why[TF_WHY_SIZE];
        tf_quantiles *quantiles;
        double worst = 0;

        cr_assert(tf_number_parse(texts[i], &number, why), "%s", why);
        quantiles = tf_quantiles_create(&number.distribution);
        cr_assert_not_null(quantiles);
        for (int k = 1; k < 3000; k++) {
            double u = k / 3000.0 * (k % 7 ? 1 : 0.002), exact = tf_distribution_quantile(&number.distribution, u);

            worst = fmax(worst, fabs(tf_quantiles_at(quantiles, u) / exact - 1));
        }
        cr_expect_lt(worst, 1e-10, "%s: %g", texts[i], worst);
        tf_quantiles_destroy(quantiles);
    }
}
