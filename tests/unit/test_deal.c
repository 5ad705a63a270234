/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms of deals against figures worked out by hand or in closed form. */
#include "deals.h"

#include "analysis/staircase.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

/* ---- the schedule -------------------------------------------------------------------------- */

Test(deal, schedules_are_piecewise_linear)
{
    tf_schedule tiers = {.n = 2, .knots = {1000, 5000}, .rates = {400, 350, 300}};
    tf_schedule corridor = {.n = 4, .origin = 1, .knots = {0.92, 0.97, 1.03, 1.08}, .rates = {0.8, 0.5, 0, 0.5, 0.8}};
    tf_schedule milestones = {.n = 2, .knots = {0.5, 0.8}, .steps = {100, 250}};

    cr_expect_eq(tf_schedule_at(&tiers, 500), 200000);
    cr_expect_eq(tf_schedule_at(&tiers, 6000), 400 * 1000 + 350 * 4000 + 300 * 1000);
    cr_expect_eq(tf_schedule_jump(&tiers, 0), 0);
    tiers.all_unit = true;
    cr_expect_eq(tf_schedule_at(&tiers, 999), 399600);
    cr_expect_eq(tf_schedule_at(&tiers, 1000), 350000, "the whole bill falls when the tier is reached");
    cr_expect_eq(tf_schedule_jump(&tiers, 0), -50000);
    cr_expect_eq(tf_schedule_jump(&tiers, 1), -250000);
    /* The Affordable Care Act's corridor: 2.5% of the target at 1.08, and 80% of what is beyond it. */
    cr_expect_eq(tf_schedule_at(&corridor, 1), 0);
    cr_expect_eq(tf_schedule_at(&corridor, 1.03), 0);
    cr_expect_float_eq(tf_schedule_at(&corridor, 1.05), 0.01, 1e-12);
    cr_expect_float_eq(tf_schedule_at(&corridor, 1.08), 0.025, 1e-12);
    cr_expect_float_eq(tf_schedule_at(&corridor, 1.2), 0.025 + 0.8 * 0.12, 1e-12);
    cr_expect_float_eq(tf_schedule_at(&corridor, 0.8), -(0.025 + 0.8 * 0.12), 1e-12);
    cr_expect_eq(tf_schedule_at(&milestones, 0.49), 0);
    cr_expect_eq(tf_schedule_at(&milestones, 0.5), 100);
    cr_expect_eq(tf_schedule_at(&milestones, 1), 350);
    cr_expect(tf_schedule_ascends(&corridor));
    corridor.knots[1] = 0.9;
    cr_expect(!tf_schedule_ascends(&corridor));
}

/* ---- will it fire? ------------------------------------------------------------------------- */

static const char guarantee[] =
    DEAL(1)
    "[numbers]\npatients = 50\npromised = 0.65\n"
    "[metric response]\nvalue = promised\nbasis = measured\npatients = patients\npromise = promised\n"
    "[term refund]\nkind = outcome\npayer = industry.rebate\npayee = icb.drugs\nof = response\n"
    "knots = promised\nrates = -1000000, 0\norigin = promised\n";

Test(deal, a_guarantee_fires_as_the_binomial_has_it)
{
    /* A population guarantee of 65%: the probability that fewer than 65% of N patients respond, at a true rate. */
    static const struct {
        double patients, truth, p;
        int digits;
    } cases[] = {{50, 0.60, 0.76, 2},   {50, 0.70, 0.22, 2},   {200, 0.60, 0.92, 2},
                 {200, 0.70, 0.054, 3}, {500, 0.60, 0.988, 3}, {500, 0.70, 0.007, 3}};
    enum { DRAWS = 5000 };
    deals of;
    tf_deal *deal;

    deals_begin(&of, DRAWS, false);
    deal = deals_read(&of, guarantee);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const tf_change changes[] = {{TF_CHANGE_LEVER, 0, cases[k].patients}, {TF_CHANGE_TRUTH, 0, cases[k].truth}};
        tf_settlement *s = deals_settle(&of, deal, changes, 2);
        double exact = gsl_cdf_binomial_P((unsigned)ceil(0.65 * cases[k].patients) - 1, cases[k].truth, (unsigned)cases[k].patients);

        cr_expect_float_eq(deals_fires(s, 0), exact, 1.01 / DRAWS, "N = %g at %g: %g, exactly %g", cases[k].patients, cases[k].truth,
                           deals_fires(s, 0), exact);
        cr_expect_float_eq(exact, cases[k].p, 0.5001 * pow(10, -cases[k].digits));
        tf_settlement_destroy(s);
    }
    tf_deal_destroy(deal);
    deals_end(&of);
}

Test(deal, an_imperfect_test_lowers_what_is_measured)
{
    static const char text[] =
        DEAL(1)
        "[numbers]\npromised = 0.65\ntrue_rate = 0.70\n"
        "[metric response]\nvalue = true_rate\nbasis = measured\npatients = 200\nsensitivity = 0.90\nspecificity = 0.95\n"
        "[term refund]\nkind = outcome\npayer = industry.rebate\npayee = icb.drugs\nof = response\n"
        "knots = promised\nrates = -1000000, 0\norigin = promised\n";
    tf_measurement m = tf_measurement_exact();
    tf_settlement *s;
    tf_deal *deal;
    deals of;
    double sum = 0;

    m.sensitivity = 0.90;
    m.specificity = 0.95;
    cr_expect_float_eq(tf_measurement_expected(&m, 0.70), 0.645, 1e-12, "64.5%% are measured where 70%% respond");
    m.completeness = 0.8;
    cr_expect_float_eq(tf_measurement_expected(&m, 0.70), 0.8 * 0.645, 1e-12);
    m.undocumented = 1;
    cr_expect_float_eq(tf_measurement_expected(&m, 0.70), 0.8 * 0.645 + 0.2, 1e-12, "an undocumented case is paid as a success");
    deals_begin(&of, 2000, false);
    deal = deals_read(&of, text);
    s = deals_settle(&of, deal, NULL, 0);
    for (size_t d = 0; d < s->draws; d++) {
        sum += s->seen[d];
        cr_expect_eq(s->truth[d], 0.70);
        cr_expect_eq(s->due[d], 0, "the truth keeps its promise");
    }
    cr_expect_float_eq(sum / 2000, 0.645, 2e-4);
    cr_expect(deals_fires(s, 0) > 0.5, "the guarantee fires more often than not for a product that beats its promise: %g",
              deals_fires(s, 0));
    tf_settlement_destroy(s);
    tf_deal_destroy(deal);
    deals_end(&of);
}

Test(deal, binomial_quantiles_invert_the_distribution)
{
    static const double ns[] = {1, 7, 50, 2000}, ps[] = {0, 0.003, 0.5, 0.93, 1}, us[] = {1e-6, 0.1, 0.5, 0.77, 0.9999};

    gsl_set_error_handler_off();
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 5; j++) {
            for (size_t k = 0; k < 5; k++) {
                double q = tf_binomial_quantile(ns[i], ps[j], us[k]);

                cr_expect(gsl_cdf_binomial_P((unsigned)q, ps[j], (unsigned)ns[i]) >= us[k] || ps[j] == 1);
                cr_expect(q == 0 || ps[j] == 1 || gsl_cdf_binomial_P((unsigned)q - 1, ps[j], (unsigned)ns[i]) < us[k]);
            }
        }
    }
}

/* ---- shared savings ------------------------------------------------------------------------ */

/* First-pound sharing: nothing below the minimum saving rate a, then half of all that is saved, at most `cap` of the benchmark.  With the measured
 * saving N(s, sd^2), E[pay] = share [s (F(zc) - F(za)) + sd (f(za) - f(zc))] + cap (1 - F(zc)), z(x) = (x - s) / sd, c = cap / share. */
static double closed_form(double s, double sd, double a, double share, double cap)
{
    double za = (a - s) / sd, zc = (cap / share - s) / sd;

    return share * (s * (gsl_cdf_ugaussian_P(zc) - gsl_cdf_ugaussian_P(za)) +
                    sd * (gsl_ran_ugaussian_pdf(za) - gsl_ran_ugaussian_pdf(zc))) +
           cap * (1 - gsl_cdf_ugaussian_P(zc));
}

Test(deal, shared_savings_pay_as_the_closed_form_has_it)
{
    static const char text[] =
        DEAL(1)
        "[numbers]\nbenchmark = 100000000\nminimum = 0.02\n"
        "[metric saving]\nvalue = 0\nbasis = measured\nsd = %g\n"
        "[term share]\nkind = share\npayer = icb.contracts\npayee = provider.share\nof = saving\nschedule = all-unit\nknots = minimum\n"
        "rates = 0, 0.5\ntimes = benchmark\ncap = 0.10 * benchmark\n";
    static const struct {
        double sd, p[3], pay[3]; /* true saving 0, 2%, 4%; pay in % of the benchmark */
    } table[] = {{0.010, {0.023, 0.50, 0.98}, {0.027, 0.70, 1.98}}, {0.025, {0.21, 0.50, 0.79}, {0.36, 1.00, 1.94}},
                 {0.040, {0.31, 0.50, 0.69}, {0.70, 1.30, 2.09}}};
    enum { DRAWS = 20000 };
    char filled[600];
    deals of;

    deals_begin(&of, DRAWS, false);
    for (size_t k = 0; k < 3; k++) {
        tf_deal *deal;

        snprintf(filled, sizeof filled, text, table[k].sd);
        deal = deals_read(&of, filled);
        for (size_t j = 0; j < 3; j++) {
            const tf_change truth = {TF_CHANGE_TRUTH, 0, 0.02 * (double)j};
            tf_settlement *s = deals_settle(&of, deal, &truth, 1);
            double pay = deals_mean(s, 0) / 1e6, exact = 100 * closed_form(truth.value, table[k].sd, 0.02, 0.5, 0.10);

            cr_expect_float_eq(pay, exact, 1e-3, "sd %g, saving %g: %g%%, in closed form %g%%", table[k].sd, truth.value, pay, exact);
            cr_expect_float_eq(exact, table[k].pay[j], table[k].pay[j] < 0.1 ? 0.00051 : 0.0051);
            cr_expect_float_eq(deals_fires(s, 0), table[k].p[j], table[k].p[j] < 0.1 ? 0.00051 : 0.0051);
            tf_settlement_destroy(s);
        }
        tf_deal_destroy(deal);
    }
    deals_end(&of);
}

/* ---- instalments --------------------------------------------------------------------------- */

Test(deal, instalments_stop_with_the_response)
{
    /* 1.651 million in five yearly instalments at 3.5%: 365,666 each; with a tenth of responses lost a year and payment at the ends of years whose
     * start the response saw, their expected present value is 1.362 million. */
    static const char text[] =
        DEAL(5)
        "[numbers]\nprice = 1651000\nrate = 0.035\nloss = 0.10\n"
        "[metric instalment]\nvalue = price * rate / (1 - (1 + rate) ^ -5)\n"
        "[metric responding]\nvalue = (1 - loss) ^ (year - 1)\n"
        "[term annuity]\nkind = price\npayer = nhse.specialised\npayee = industry.revenue\nof = responding\nrate = instalment\nlag = 0\n";
    tf_settlement *s;
    tf_deal *deal;
    deals of;
    double total = 0, present = 0;

    deals_begin(&of, 1, false);
    deal = deals_read(&of, text);
    s = deals_settle(&of, deal, NULL, 0);
    cr_expect_float_eq((double)s->paid[0] / 100, 365666, 0.5);
    cr_expect_float_eq(5 * (double)s->paid[0] / 100, 1.828e6, 500);
    for (size_t t = 0; t < 5; t++) {
        total += (double)s->paid[t] / 100;
        present += (double)s->paid[t] / 100 * pow(1.035, -(double)(t + 1));
    }
    cr_expect_float_eq(present, 1.362e6, 500, "%g", present);
    cr_expect(total < 5 * (double)s->paid[0] / 100);
    tf_settlement_destroy(s);
    tf_deal_destroy(deal);
    deals_end(&of);
}

Test(deal, shapley_shares_sum_to_the_effect)
{
    /* Two programmes avoid 120 and 150 events per 1,000 alone and 252 together: 111 and 141 are theirs. */
    static const double events[] = {0, 120, 150, 252};
    static const double three[] = {0, 1, 2, 4, 3, 5, 9, 14};
    double shares[3]; /* signed as what their absence costs */

    tf_shapley(events, 2, shares);
    cr_expect_float_eq(-shares[0], 111, 1e-9);
    cr_expect_float_eq(-shares[1], 141, 1e-9);
    tf_shapley(three, 3, shares);
    cr_expect_float_eq(-shares[0] - shares[1] - shares[2], 14, 1e-12);
    cr_expect_float_eq(-shares[0], 1 / 3. * 1 + 1 / 6. * (4 - 2) + 1 / 6. * (5 - 3) + 1 / 3. * (14 - 9), 1e-12);
    /* 60% at a hazard ratio of 0.8 and 50% at 0.7, independently: 120 + 150 less what both would have avoided. */
    cr_expect_float_eq(1000 * (1 - (1 - 0.6 * 0.2) * (1 - 0.5 * 0.3)), 252, 1e-9);
}
