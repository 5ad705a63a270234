/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributional cost-effectiveness: opportunity cost on the whole population, equity impact, switch points. */
#include "analysis/equity.h"
#include "analysis/gap.h"
#include "analysis/slope.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static tf_ranking *make(size_t n, const double *people, const double *health, const double *rank)
{
    tf_ranking *made = NULL;

    cr_assert_eq(tf_ranking_create(NULL, n, people, health, NULL, rank, &made), TREFOIL_DONE);
    return made;
}

/* 10,000 recipients, .05 QALYs and 400 pounds each, 15,000 pounds per QALY: what the displaced health does to each fifth. */
Test(equity, toy)
{
    static const double expected[3][5] = {{86.67, 61.67, 41.67, 26.67, 16.67}, {78.67, 59.00, 39.00, 32.00, 24.67},
                                          {70.67, 56.33, 36.33, 37.33, 32.67}};
    static const double slopes[3] = {87.5, 67.5, 47.5};
    const double people[] = {1e6, 1e6, 1e6, 1e6, 1e6}, health[] = {63.199, 67.676, 69.990, 73.184, 75.070}, rank[] = {1, 2, 3, 4, 5};
    const double gain[] = {140, 115, 95, 80, 70};
    const tf_slope linear = {.weighted = true};
    tf_ranking *before = make(5, people, health, rank);

    for (int gradient = TF_FLAT; gradient <= TF_STEEP; gradient++) {
        double shares[5], displaced = 0;
        tf_equity *equity = NULL;
        tf_ranking *net;

        cr_assert(tf_opportunity_shares(before, (tf_gradient)gradient, shares));
        cr_assert_eq(tf_equity_create(NULL, before, gain, 10000 * 400, 15000, shares, &equity), TREFOIL_DONE);
        cr_expect_float_eq(equity->opportunity_cost, 266.67, 0.005);
        cr_expect_float_eq(equity->total_net, 233.33, 0.005);
        for (size_t g = 0; g < 5; g++) {
            cr_expect_float_eq(equity->net[g], expected[gradient][g], 0.005, "gradient %d group %zu", gradient, g);
            cr_expect_float_eq(equity->after->health[g], health[g] + equity->net[g] / 1e6, 1e-13);
            displaced += equity->lost[g];
        }
        cr_expect_float_eq(displaced, equity->opportunity_cost, 1e-10);
        net = make(5, NULL, equity->net, rank);
        cr_expect_float_eq(-tf_sii(net, &linear).value, slopes[gradient], 0.005);
        cr_expect_float_eq(tf_equity_impact(equity, TF_ATKINSON, 0).value, 0, 1e-9);
        cr_expect_float_eq(tf_equity_impact(equity, TF_KOLM, 0).value, 0, 1e-9);
        cr_expect(tf_equity_impact(equity, TF_ATKINSON, 10.95).value > 0, "health goes to the worst off");
        tf_ranking_destroy(net);
        tf_equity_destroy(equity);
    }
    tf_ranking_destroy(before);
}

/* Nicotine replacement for everyone or in proportion to need, by deprivation and region (miqdadasaria/DCEA,
 * nrt_net_health_benefits_sample_distribution.csv): health is larger with the first, fairer with the second. */
Test(equity, nicotine_replacement_flips)
{
    enum { GROUPS = 10 };
    static const double people[GROUPS] = {7279927, 3959316, 5050982, 4616011, 6331048, 6474305, 4701015, 4159448, 6194904, 6501111};
    static const double usual[GROUPS] = {61.925214, 65.953455, 66.816952, 68.975036, 70.344928,
                                         72.213544, 72.648215, 74.561156, 75.597859, 77.323144};
    static const double universal[GROUPS] = {61.925367, 65.953561, 66.817065, 68.975148, 70.345009,
                                             72.213647, 72.648287, 74.56122, 75.597916, 77.323204};
    static const double proportionate[GROUPS] = {61.925418, 65.953577, 66.817076, 68.975135,
                                                 70.345002, 72.213622, 72.648266, 74.561201, 75.597895, 77.323185};
    const struct {
        tf_welfare kind;
        double aversion, universal, proportionate;
    } expected[] = {{TF_ATKINSON, 0, 5149, 4941}, {TF_ATKINSON, 7, 6114, 6627}, {TF_ATKINSON, 10.95, 6688, 7667},
                    {TF_KOLM, 0.15, 6401, 7255}};
    const tf_slope unweighted = {.weighted = false};
    double rank[GROUPS], gains[2][GROUPS], at[2];
    tf_ranking *before, *after[2];

    for (size_t g = 0; g < GROUPS; g++) {
        rank[g] = (double)g;
        gains[0][g] = people[g] * (universal[g] - usual[g]);
        gains[1][g] = people[g] * (proportionate[g] - usual[g]);
    }
    before = make(GROUPS, people, usual, rank);
    cr_expect_float_eq(before->population, 55268067, 0.5);
    cr_expect_float_eq(tf_ede(before, TF_ATKINSON, 10.95).value, 68.687366, 5e-7);
    for (int k = 0; k < 2; k++) {
        tf_equity *equity = NULL;
        double shares[GROUPS];

        cr_assert(tf_opportunity_shares(before, TF_FLAT, shares));
        cr_assert_eq(tf_equity_create(NULL, before, gains[k], 0, 15000, shares, &equity), TREFOIL_DONE);
        for (size_t e = 0; e < sizeof expected / sizeof *expected; e++) {
            double figure = tf_equity_weighted(equity, expected[e].kind, expected[e].aversion).value;

            cr_expect_float_eq(figure, k == 0 ? expected[e].universal : expected[e].proportionate, 0.51, "programme %d row %zu: %g", k, e, figure);
        }
        after[k] = make(GROUPS, people, k == 0 ? universal : proportionate, rank);
        tf_equity_destroy(equity);
    }
    cr_expect_eq(tf_switch_points(after[0], after[1], TF_ATKINSON, 0, 20, at, 2), 1u);
    cr_expect_float_eq(at[0], 2.3, 0.05);
    cr_expect(tf_sii(before, &unweighted).value > 0);
    tf_ranking_destroy(before);
    tf_ranking_destroy(after[0]);
    tf_ranking_destroy(after[1]);
}

/* The same gain for everyone changes no absolute measure; twice the programme changes twice as much; a saving gives health by the same shares;
 * gradients keep their meaning when groups are not fifths. */
Test(equity, laws)
{
    const double people[] = {300, 150, 220, 90, 400}, health[] = {60, 64, 69, 70, 75}, rank[] = {1, 2, 3, 4, 5};
    const tf_slope linear = {.weighted = true};
    tf_ranking *before = make(5, people, health, rank);
    double gain[5], twice[5], shares[5], sum = 0;
    tf_equity *one = NULL, *two = NULL, *saving = NULL;

    for (size_t g = 0; g < 5; g++) {
        gain[g] = people[g] * 0.25;
    }
    cr_assert(tf_opportunity_shares(before, TF_FLAT, shares));
    cr_assert_eq(tf_equity_create(NULL, before, gain, 1000, 15000, shares, &one), TREFOIL_DONE);
    cr_expect_float_eq(tf_sii(one->after, &linear).value - tf_sii(before, &linear).value, 0, 1e-12);
    cr_expect_float_eq(tf_absolute_gap(one->after).value - tf_absolute_gap(before).value, 0, 1e-13);
    cr_expect_float_eq(tf_equity_impact(one, TF_KOLM, 0.15).value, 0, 1e-10, "Kolm does not mind what all get");
    tf_equity_destroy(one);
    for (size_t g = 0; g < 5; g++) {
        gain[g] = (double)(5 - g) * 3;
        twice[g] = 2 * gain[g];
    }
    cr_assert(tf_opportunity_shares(before, TF_STEEP, shares));
    for (size_t g = 0; g < 5; g++) {
        sum += shares[g];
    }
    cr_expect_float_eq(sum, 1, 1e-15);
    cr_expect_float_eq(shares[0] / people[0] / (shares[4] / people[4]), .26 / .14, 1e-12);
    cr_assert_eq(tf_equity_create(NULL, before, gain, 45000, 15000, shares, &one), TREFOIL_DONE);
    cr_assert_eq(tf_equity_create(NULL, before, twice, 90000, 15000, shares, &two), TREFOIL_DONE);
    cr_assert_eq(tf_equity_create(NULL, before, gain, -45000, 15000, shares, &saving), TREFOIL_DONE);
    for (size_t g = 0; g < 5; g++) {
        cr_expect_float_eq(two->net[g], 2 * one->net[g], 1e-12);
        cr_expect_float_eq(saving->net[g] - gain[g], gain[g] - one->net[g], 1e-12);
    }
    cr_expect_float_eq(tf_sii(two->after, &linear).value - tf_sii(before, &linear).value,
                       2 * (tf_sii(one->after, &linear).value - tf_sii(before, &linear).value), 1e-11);
    tf_equity_destroy(one);
    tf_equity_destroy(two);
    tf_equity_destroy(saving);
    one = NULL;
    shares[0] += 0.1;
    cr_expect_eq(tf_equity_create(NULL, before, gain, 1, 15000, shares, &one), TREFOIL_NUMBER_FAILED);
    shares[0] -= 0.1;
    cr_expect_eq(tf_equity_create(NULL, before, gain, 1, 0, shares, &one), TREFOIL_NUMBER_FAILED);
    cr_expect_null(one);
    tf_ranking_destroy(before);
    before = make(4, people, health, rank);
    cr_expect_not(tf_opportunity_shares(before, TF_MODERATE, shares), "a gradient over fifths needs five groups");
    tf_ranking_destroy(before);
}

/* The change of an EDE keeps its digits when the change is a billionth of health. */
Test(equity, small_changes_keep_their_digits)
{
    const double people[] = {1, 1}, health[] = {60, 80}, rank[] = {1, 2}, change[] = {1e-9, 0};
    tf_ranking *before = make(2, people, health, rank);

    for (double aversion = 0; aversion <= 20; aversion += 4) {
        double ede = tf_ede(before, TF_ATKINSON, aversion).value, expected = 0.5e-9 * pow(ede / 60, aversion);

        cr_expect_float_eq(tf_ede_change(before, change, TF_ATKINSON, aversion).value / expected, 1, 1e-8, "aversion %g", aversion);
    }
    tf_ranking_destroy(before);
}
