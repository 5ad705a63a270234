/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of inequality: published and closed-form figures, and the laws they obey on random distributions. */
#include "analysis/dispersion.h"
#include "analysis/dominance.h"
#include "analysis/gap.h"
#include "analysis/gini.h"
#include "analysis/measures.h"
#include "analysis/slope.h"
#include "analysis/theil.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MOST = 12, TRIALS = 200 };

static uint64_t luck = 88172645463325252u;

/* Uniform in (0, 1): Marsaglia's xorshift, enough for trials. */
static double uniform(void)
{
    luck ^= luck << 13;
    luck ^= luck >> 7;
    luck ^= luck << 17;
    return ((double)(luck >> 11) + 0.5) / 9007199254740992.0;
}

static size_t random_groups(double *people, double *health, double *rank)
{
    size_t n = 3 + (size_t)(uniform() * (MOST - 4));

    for (size_t k = 0; k < n; k++) {
        people[k] = 1 + 1000 * uniform();
        health[k] = 20 + 60 * uniform();
        rank[k] = (double)k + 1;
    }
    return n;
}

static tf_ranking *make(size_t n, const double *people, const double *health, const double *rank)
{
    tf_ranking *made = NULL;

    cr_assert_eq(tf_ranking_create(NULL, n, people, health, NULL, rank, &made), TREFOIL_DONE);
    return made;
}

static void measure(const tf_ranking *d, tf_measures *all)
{
    static const double aversions[] = {0, 0.5, 1, 2, 10.95, 60}, kolm[] = {0, 0.01, 0.15, 3}, extended[] = {1, 2, 3.5};
    const tf_measure_settings settings = {.good = true, .bounded = true, .lo = 0, .hi = 1000, .atkinson = {aversions, 6}, .kolm = {kolm, 4},
                                          .extended = {extended, 3}};

    *all = (tf_measures){0};
    cr_assert_eq(tf_measures_find(NULL, d, &settings, all), TREFOIL_DONE);
}

/* Undefined in both is the same too: lines through few groups may end below 0. */
static bool near(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * (1 + fabs(b));
}

static bool is(const tf_measured *m, const char *name)
{
    return strcmp(m->name, name) == 0;
}

/* Quality-adjusted life expectancy by fifth of England (bitowaqr/dcea 2fe0b23, data/qale_pop_imd.csv). */
Test(measures, york)
{
    const double health[] = {63.19885892, 67.67622058, 69.99007964, 73.18449964, 75.07027193}, rank[] = {1, 2, 3, 4, 5};
    const tf_slope linear = {.weighted = true};
    const struct {
        tf_welfare kind;
        double aversion, ede;
    } edes[] = {{TF_ATKINSON, 1, 69.696952},     {TF_ATKINSON, 3.5, 69.372140}, {TF_ATKINSON, 7, 68.907552},
                {TF_ATKINSON, 10.95, 68.385775}, {TF_KOLM, 0.05, 69.379309},    {TF_KOLM, 0.15, 68.480632}};
    const struct {
        tf_welfare kind;
        double aversion, weight;
    } weights[] = {{TF_ATKINSON, 3.5, 1.827}, {TF_ATKINSON, 7, 3.337}, {TF_ATKINSON, 10.95, 6.586}, {TF_KOLM, 0.15, 5.934}};
    tf_ranking *d = make(5, NULL, health, rank);

    cr_expect_float_eq(d->mean, 69.823986, 5e-7);
    cr_expect_float_eq(tf_absolute_gap(d).value, 11.871413, 5e-7);
    cr_expect_float_eq(tf_sii(d, &linear).value, 14.625553, 5e-7);
    cr_expect_float_eq(tf_rii_mean(d, &linear).value, 0.209463, 5e-7);
    for (size_t k = 0; k < sizeof edes / sizeof *edes; k++) {
        cr_expect_float_eq(tf_ede(d, edes[k].kind, edes[k].aversion).value, edes[k].ede, 5e-7, "EDE %zu", k);
    }
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        cr_expect_float_eq(tf_priority_weight(d, weights[k].kind, weights[k].aversion).value, weights[k].weight, 5e-4, "weight %zu", k);
    }
    tf_ranking_destroy(d);
}

/* What can be checked by hand. */
Test(measures, closed_forms)
{
    const double people[] = {1, 3}, health[] = {10, 20}, rank[] = {1, 2}, tied[] = {2, 2};
    const tf_slope linear = {.weighted = true}, logit = {.link = TF_LOGIT, .weighted = true, .lo = 0, .hi = 40};
    const size_t part[] = {0, 1};
    tf_ranking *d = make(2, people, health, rank), *h = NULL, *even = make(2, people, health, tied);
    tf_theil_split split;

    cr_assert_eq(tf_ranking_by_health(NULL, d, &h), TREFOIL_DONE);
    cr_expect_float_eq(d->mean, 17.5, 1e-14);
    cr_expect_float_eq(d->ridit[0], 0.125, 1e-15);
    cr_expect_float_eq(d->ridit[1], 0.625, 1e-15);
    cr_expect_float_eq(tf_absolute_gap(d).value, 10, 1e-14);
    cr_expect_float_eq(tf_relative_gap(d).value, 2, 1e-15);
    cr_expect_float_eq(tf_excess_burden(d, true).value, 10, 1e-13); /* one group lacks 10 each */
    cr_expect_float_eq(tf_sii(d, &linear).value, 20, 1e-12);
    cr_expect_float_eq(tf_rii_ratio(d, &linear).value, 27.5 / 7.5, 1e-12);
    /* 10/40 and 20/40 are logits -ln 3 and 0: a line of slope 2 ln 3 through (0.625, 0). */
    cr_expect_float_eq(tf_rii_ratio(d, &logit).value, (1 + pow(3, 1.25)) / (1 + pow(3, -0.75)), 1e-9);
    cr_expect_float_eq(tf_concentration(d).value, 2 * (0.25 * 10 * 0.125 + 0.75 * 20 * 0.625) / 17.5 - 1, 1e-14);
    cr_expect_float_eq(tf_gini(h).value, tf_concentration(d).value, 1e-15);
    cr_expect_float_eq(tf_between_group_variance(d).value, 18.75, 1e-13);
    cr_expect_float_eq(tf_theil_l(d).value, 0.25 * log(1.75) + 0.75 * log(17.5 / 20), 1e-15);
    cr_expect_float_eq(tf_ede(d, TF_ATKINSON, 2).value, 1 / (0.25 / 10 + 0.75 / 20), 1e-13);
    cr_expect_float_eq(tf_ede(d, TF_KOLM, 0.1).value, -10 * log(0.25 * exp(-1) + 0.75 * exp(-2)), 1e-13);
    split = tf_theil_t_split(d, part, 2);
    cr_expect_float_eq(split.between, split.total, 1e-15);
    cr_expect_float_eq(split.within, 0, 1e-15);
    cr_expect_float_eq(even->ridit[0], 0.5, 1e-15);
    cr_expect_str_eq(tf_sii(even, &linear).undefined, "all have the same rank");
    cr_expect_float_eq(tf_concentration(even).value, 0, 1e-15);
    cr_expect_eq(tf_pareto(d, d), TF_SAME);
    cr_expect_eq(tf_curve_dominance(d, d, true), TF_SAME);
    tf_ranking_destroy(d);
    tf_ranking_destroy(h);
    tf_ranking_destroy(even);
}

/* Adding the same to all leaves absolute measures, multiplying leaves relative ones. */
Test(measures, shift_and_scale)
{
    double people[MOST], health[MOST], rank[MOST], other[MOST];

    for (int trial = 0; trial < TRIALS; trial++) {
        size_t n = random_groups(people, health, rank);
        double shift = 40 * uniform(), scale = 0.5 + 2 * uniform();
        tf_ranking *d = make(n, people, health, rank);
        tf_measures before, after;

        measure(d, &before);
        for (int shifted = 0; shifted < 2; shifted++) {
            tf_ranking *changed;

            for (size_t k = 0; k < n; k++) {
                other[k] = shifted ? health[k] + shift : health[k] * scale;
            }
            changed = make(n, people, other, rank);
            measure(changed, &after);
            cr_assert_eq(before.count, after.count);
            for (size_t k = 0; k < before.count; k++) {
                const tf_measured *a = &before.items[k], *b = &after.items[k];
                /* levels of health and models on another scale are not measures of its spread */
                bool own = is(a, "mean") || is(a, "total") || is(a, "sii_log") || is(a, "sii_logit") || is(a, "rii_ratio_logit") ||
                           is(a, "concentration_wagstaff") || strncmp(a->name, "priority", 8) == 0 || strstr(a->name, "_ede");

                if (!own && shifted && a->absolute) {
                    cr_expect(near(b->index.value, a->index.value, 1e-10), "%s %g: shift", a->name, a->parameter);
                }
                if (!own && !shifted && !a->absolute && !is(a, "concentration_erreygers")) {
                    cr_expect(near(b->index.value, a->index.value, 1e-10), "%s %g: scale", a->name, a->parameter);
                }
            }
            tf_measures_free(&after);
            tf_ranking_destroy(changed);
        }
        tf_measures_free(&before);
        tf_ranking_destroy(d);
    }
}

/* Splitting a group, or giving the rows in another order, changes nothing; equal health is no inequality. */
Test(measures, split_relabel_equal)
{
    double people[MOST], health[MOST], rank[MOST], p2[MOST], h2[MOST], r2[MOST];

    for (int trial = 0; trial < TRIALS; trial++) {
        size_t n = random_groups(people, health, rank), cut = (size_t)(uniform() * (double)n);
        tf_ranking *d = make(n, people, health, rank), *split, *shuffled, *equal;
        tf_measures a, b, c, e;

        for (size_t k = 0; k < n; k++) {
            size_t to = (k * 7 + 3) % n;

            for (size_t used = 0; n % 7 == 0 && used < 1; used++) {
                to = n - 1 - k;
            }
            p2[to] = people[k];
            h2[to] = health[k];
            r2[to] = rank[k];
        }
        shuffled = make(n, p2, h2, r2);
        memcpy(p2, people, sizeof p2);
        memcpy(h2, health, sizeof h2);
        memcpy(r2, rank, sizeof r2);
        p2[n] = people[cut] * 0.3;
        p2[cut] = people[cut] - p2[n];
        h2[n] = health[cut];
        r2[n] = rank[cut];
        split = make(n + 1, p2, h2, r2);
        for (size_t k = 0; k < n; k++) {
            h2[k] = 61.7;
        }
        equal = make(n, people, h2, rank);
        measure(d, &a);
        measure(shuffled, &b);
        measure(split, &c);
        measure(equal, &e);
        for (size_t k = 0; k < a.count; k++) {
            const char *name = a.items[k].name;
            /* these count groups, not people */
            bool by_group = is(&a.items[k], "sii_unweighted") || is(&a.items[k], "rii_mean_unweighted") || is(&a.items[k], "index_of_disparity");
            bool level = is(&a.items[k], "mean") || is(&a.items[k], "total") || strstr(name, "_ede") != NULL;
            double none = strstr(name, "_ratio") || strstr(name, "priority") || is(&a.items[k], "relative_gap") ? 1 : 0;

            cr_expect(a.items[k].index.undefined == NULL, "%s: %s", name, a.items[k].index.undefined);
            cr_expect(near(b.items[k].index.value, a.items[k].index.value, 1e-11), "%s: order", name);
            if (!by_group) {
                cr_expect(near(c.items[k].index.value, a.items[k].index.value, 1e-11), "%s %g: split", name, a.items[k].parameter);
            }
            if (!level) {
                cr_expect_float_eq(e.items[k].index.value, none, 1e-12, "%s %g: equal health", name, a.items[k].parameter);
            }
        }
        tf_measures_free(&a);
        tf_measures_free(&b);
        tf_measures_free(&c);
        tf_measures_free(&e);
        tf_ranking_destroy(d);
        tf_ranking_destroy(shuffled);
        tf_ranking_destroy(split);
        tf_ranking_destroy(equal);
    }
}

/* EDE at aversion 0 is the mean; it never rises with aversion and tends to the least health, however large the aversion. */
Test(measures, equally_distributed_equivalent)
{
    double people[MOST], health[MOST], rank[MOST];
    static const double aversions[] = {0, 1e-9, 0.1, 0.5, 0.999999, 1, 1.000001, 2, 5, 10.95, 20, 100, 1e4, 1e6};

    for (int trial = 0; trial < TRIALS; trial++) {
        size_t n = random_groups(people, health, rank);
        tf_ranking *d = make(n, people, health, rank);
        double least = tf_ranking_min(d);

        for (int kind = TF_ATKINSON; kind <= TF_KOLM; kind++) {
            double before = INFINITY;

            for (size_t k = 0; k < sizeof aversions / sizeof *aversions; k++) {
                double ede = tf_ede(d, (tf_welfare)kind, aversions[k]).value;

                cr_expect(ede <= before * (1 + 1e-14), "kind %d aversion %g: %.17g after %.17g", kind, aversions[k], ede, before);
                cr_expect(ede >= least * (1 - 1e-14));
                before = ede;
            }
            cr_expect_float_eq(tf_ede(d, (tf_welfare)kind, 0).value, d->mean, 1e-12);
            cr_expect_float_eq(before, least, 1e-2);
        }
        tf_ranking_destroy(d);
    }
}

Test(measures, theil_splits_without_remainder)
{
    double people[MOST], health[MOST], rank[MOST];
    size_t part[MOST];

    for (int trial = 0; trial < TRIALS; trial++) {
        size_t n = random_groups(people, health, rank);
        tf_ranking *d = make(n, people, health, rank);
        tf_theil_split t, l;

        for (size_t k = 0; k < n; k++) {
            part[k] = (size_t)(3 * uniform());
        }
        t = tf_theil_t_split(d, part, 3);
        l = tf_theil_l_split(d, part, 3);
        cr_expect_float_eq(t.between + t.within, tf_theil_t(d).value, 1e-14);
        cr_expect_float_eq(l.between + l.within, tf_theil_l(d).value, 1e-14);
        cr_expect(t.between >= -1e-15 && t.within >= -1e-15 && l.between >= -1e-15 && l.within >= -1e-15);
        tf_ranking_destroy(d);
    }
}

/* Generalised Lorenz dominance means that every aversion agrees (Atkinson's theorem), and steps of the concentration curve sum to the index. */
Test(measures, dominance_and_welfare_agree)
{
    double people[MOST], health[MOST], rank[MOST], other[MOST];
    size_t dominated = 0;

    for (int trial = 0; trial < TRIALS; trial++) {
        size_t n = random_groups(people, health, rank);
        tf_ranking *a, *b, *ah = NULL, *bh = NULL;
        double sum = 0;

        for (size_t k = 0; k < n; k++) {
            other[k] = health[k] + 20 * (uniform() - 0.7);
        }
        a = make(n, people, health, rank);
        b = make(n, people, other, rank);
        cr_assert_eq(tf_ranking_by_health(NULL, a, &ah), TREFOIL_DONE);
        cr_assert_eq(tf_ranking_by_health(NULL, b, &bh), TREFOIL_DONE);
        if (tf_curve_dominance(ah, bh, true) == TF_DOMINATES && tf_ranking_min(b) > 0) {
            dominated++;
            for (double aversion = 0; aversion <= 20; aversion += 2.5) {
                cr_expect(tf_ede(a, TF_ATKINSON, aversion).value >= tf_ede(b, TF_ATKINSON, aversion).value * (1 - 1e-13));
                cr_expect(tf_ede(a, TF_KOLM, aversion / 70).value >= tf_ede(b, TF_KOLM, aversion / 70).value * (1 - 1e-13));
            }
        }
        if (tf_pareto(a, b) == TF_DOMINATES) {
            cr_expect_eq(tf_curve_dominance(ah, bh, true), TF_DOMINATES);
        }
        for (size_t k = 0; k < n; k++) {
            sum += tf_concentration_step(a, k).value;
        }
        cr_expect_float_eq(sum, tf_concentration(a).value, 1e-13);
        tf_ranking_destroy(a);
        tf_ranking_destroy(b);
        tf_ranking_destroy(ah);
        tf_ranking_destroy(bh);
    }
    cr_expect(dominated > 10, "only %zu trials with dominance", dominated);
}

/* Standard errors by linearisation agree with what small changes of the groups do. */
Test(measures, errors_by_linearisation)
{
    const double people[] = {30, 80, 50, 40}, rank[] = {1, 2, 3, 4};
    static const char *const known[] = {"mean", "absolute_gap", "relative_gap", "sii", "sii_unweighted", "sii_log", "sii_logit", "rii_ratio",
                                        "rii_ratio_log", "rii_ratio_logit", "concentration_generalised", "theil_t", "theil_l", "atkinson",
                                        "atkinson_ede", "kolm", "kolm_ede"};
    const double error[] = {0.5, 0.2, 0.8, 0.3}, health[] = {31, 47, 44, 58}, step = 1e-4;
    double squares[256] = {0};
    tf_ranking *d = NULL;
    tf_measures all;
    size_t tried = 0;

    cr_assert_eq(tf_ranking_create(NULL, 4, people, health, error, rank, &d), TREFOIL_DONE);
    measure(d, &all);
    cr_assert(all.count < 256);
    for (size_t g = 0; g < 4; g++) {
        tf_measures up, down;
        double moved[4];
        tf_ranking *other;

        memcpy(moved, health, sizeof moved);
        moved[g] = health[g] + step;
        other = make(4, people, moved, rank);
        measure(other, &up);
        tf_ranking_destroy(other);
        moved[g] = health[g] - step;
        other = make(4, people, moved, rank);
        measure(other, &down);
        tf_ranking_destroy(other);
        for (size_t k = 0; k < all.count; k++) {
            double change = (up.items[k].index.value - down.items[k].index.value) / (2 * step) * error[g];

            squares[k] += change * change;
        }
        tf_measures_free(&up);
        tf_measures_free(&down);
    }
    for (size_t k = 0; k < all.count; k++) {
        for (size_t j = 0; j < sizeof known / sizeof *known; j++) {
            if (is(&all.items[k], known[j])) {
                cr_expect(near(all.items[k].index.error, sqrt(squares[k]), 1e-5), "%s(%g): %g, expected %g", known[j], all.items[k].parameter,
                          all.items[k].index.error, sqrt(squares[k]));
                tried++;
            }
        }
    }
    cr_expect(tried >= sizeof known / sizeof *known);
    tf_measures_free(&all);
    tf_ranking_destroy(d);
}

/* An undefined measure says why; nothing is dropped. */
Test(measures, undefined_say_why)
{
    const double people[] = {1, 1, 1}, rank[] = {1, 2, 3}, zero[] = {0, 5, 10}, negative[] = {-1, 5, 10};
    const tf_slope logarithm = {.link = TF_LOG, .weighted = true}, logit = {.link = TF_LOGIT, .weighted = true, .lo = 0, .hi = 8};
    tf_ranking *d = make(3, people, zero, rank), *below = make(3, people, negative, rank), *loose = make(3, people, zero, NULL), *none;
    tf_measures all;

    cr_expect_str_eq(tf_relative_gap(d).undefined, "a value is 0 or below");
    cr_expect_str_eq(tf_sii(d, &logarithm).undefined, "a value is 0 or below");
    cr_expect_str_eq(tf_sii(d, &logit).undefined, "a value is outside the bounds");
    cr_expect_str_eq(tf_concentration_erreygers(d, 0, 8).undefined, "a value is outside the bounds");
    cr_expect_str_eq(tf_ede(d, TF_ATKINSON, 1).undefined, "a value is 0");
    cr_expect(tf_ede(d, TF_ATKINSON, 0.5).undefined == NULL);
    cr_expect_str_eq(tf_ede(below, TF_ATKINSON, 0.5).undefined, "a value is below 0");
    cr_expect(tf_ede(below, TF_KOLM, 0.5).undefined == NULL);
    cr_expect_str_eq(tf_theil_l(d).undefined, "a value is 0 or below");
    cr_expect(tf_theil_t(d).undefined == NULL);
    cr_expect_str_eq(tf_absolute_gap(loose).undefined, "the groups have no social rank");
    cr_expect_str_eq(tf_concentration(loose).undefined, "the groups have no social rank");
    measure(loose, &all);
    for (size_t k = 0; k < all.count; k++) {
        cr_expect(all.items[k].index.undefined ? isnan(all.items[k].index.value) : isfinite(all.items[k].index.value), "%s",
                  all.items[k].name);
    }
    tf_measures_free(&all);
    cr_expect_eq(tf_ranking_create(NULL, 0, NULL, NULL, NULL, NULL, &none), TREFOIL_NUMBER_FAILED);
    cr_expect_eq(tf_ranking_create(NULL, 3, (double[]){1, 0, 1}, zero, NULL, rank, &none), TREFOIL_NUMBER_FAILED);
    cr_expect_null(none);
    tf_ranking_destroy(d);
    tf_ranking_destroy(below);
    tf_ranking_destroy(loose);
}

/* Kakwani's error of individuals covers: in 400 samples from a known population 95% intervals hold the truth in 370 to 393 (within
 * about three standard deviations, 4.4, of 380, and down to what 200 people allow). */
Test(measures, individual_errors_cover)
{
    enum { PERSONS = 200, SAMPLES = 400 };
    static double health[PERSONS], rank[PERSONS];
    size_t covered = 0;

    for (int sample = 0; sample < SAMPLES; sample++) {
        tf_ranking *d;
        tf_index c;

        for (size_t k = 0; k < PERSONS; k++) {
            rank[k] = uniform();
            health[k] = 50 + 20 * rank[k] + 30 * (uniform() - 0.5);
        }
        d = make(PERSONS, NULL, health, rank);
        c = tf_concentration(d);
        covered += fabs(c.value - 20.0 / 6 / 60) < 1.96 * c.error; /* 2 cov(h, R) / mean = 2 (20 / 12) / 60 */
        tf_ranking_destroy(d);
    }
    cr_expect(covered >= 362 && covered <= 393, "%zu of %d", covered, SAMPLES);
}

Test(measures, memory_runs_out)
{
    const double people[] = {1, 2, 3}, health[] = {3, 2, 1}, rank[] = {1, 2, 3};
    const tf_measure_settings settings = {.good = true};
    long n = 0;
    bool done = false;

    while (!done && ++n < 1000) {
        tf_ranking *d = NULL;
        tf_measures all = {0};
        trefoil_status status;

        tf_memory_fail_at(n);
        status = tf_ranking_create(NULL, 3, people, health, NULL, rank, &d);
        if (status == TREFOIL_DONE) {
            status = tf_measures_find(NULL, d, &settings, &all);
        }
        tf_memory_fail_at(0);
        done = status == TREFOIL_DONE;
        cr_expect(done || status == TREFOIL_NO_MEMORY);
        tf_measures_free(&all);
        tf_ranking_destroy(d);
    }
    cr_expect(n > 9 && n < 1000);
}
