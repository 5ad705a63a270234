/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences on where the Monte Carlo error comes from, and on the base case beside the mean over draws. */
#include "report/sheets.h"

#include "analysis/variance.h"

#include <math.h>

static void add_share(const tf_variance *v, tf_text *text)
{
    double share = 100 * fmin(1, v->first_order / v->total);

    if (v->first_order == 0 && v->total > 0) {
        tf_text_add(text, "no luck of people is in its variance over draws, all of it is parameters: more draws help");
        return;
    }
    switch (tf_variance_remedy(v)) {
    case TF_REMEDY_DRAWS:
        tf_text_addf(text, "%.2g%% of the variance over draws is the luck of the people simulated, the rest is parameters: more draws help, more "
                           "people would hardly", share);
        break;
    case TF_REMEDY_EITHER:
        tf_text_addf(text, "%.0f%% of the variance over draws is the luck of the people simulated: more people and more draws help alike",
                     share);
        break;
    case TF_REMEDY_BOTH:
        tf_text_addf(text, "%.0f%% of the variance over draws is the luck of the people simulated, the rest is parameters: more draws lower all "
                           "of the error, more people that part only", share);
        break;
    case TF_REMEDY_NONE:
        tf_text_add(text, "it is the same in all draws");
        break;
    }
}

static void add_plan(const tf_findings *findings, const tf_variance *v, tf_text *text)
{
    char now[TF_PRINTED_SIZE], draws[TF_PRINTED_SIZE];

    if (isnan(v->draws_wanted) || !(v->total > 0)) {
        return;
    }
    tf_print_digits(now, v->mcse, tf_digits(2 * v->mcse, 3) + 1, findings->currency, false);
    tf_print_digits(draws, v->draws_wanted, 0, "", false);
    if (fabs(v->mean) < 2 * v->mcse) {
        tf_text_addf(text, " Its error is %s: it cannot be told from 0.", now);
    } else if (v->mcse <= v->wanted) {
        tf_text_addf(text, " Its error, %s, is within 1%% of it.", now);
    } else {
        tf_text_addf(text, " Its error is %s; for 1%% of it %s draws would be needed", now, draws);
        if (v->persons_wanted <= findings->people) {
            char persons[TF_PRINTED_SIZE];

            tf_print_digits(persons, v->persons_wanted, 0, "", false);
            tf_text_addf(text, ", or %s people in each of these %zu", persons, v->draws);
        }
        tf_text_add(text, ".");
    }
}

static void add_gap_to_base(const tf_findings *findings, const tf_variance *v, tf_text *text)
{
    char mean[TF_PRINTED_SIZE], base[TF_PRINTED_SIZE], gap[TF_PRINTED_SIZE], error[TF_PRINTED_SIZE];
    int digits = tf_digits(v->mcse, 2);

    if (isnan(v->gap)) {
        return;
    }
    tf_print_digits(mean, v->mean, digits, findings->currency, true);
    tf_print_digits(base, v->base, digits, findings->currency, true);
    tf_print_digits(gap, fabs(v->gap), digits, findings->currency, false);
    tf_print_digits(error, v->gap_mcse, tf_digits(2 * v->gap_mcse, 3) + 1, findings->currency, false);
    tf_text_addf(text, " The mean over draws is %s, the base case %s: a gap of %s with a standard error of %s, ", mean, base, gap, error);
    tf_text_add(text, tf_variance_bends(v) ? "more than two of them: the model is not linear in its parameters, and the mean over draws is "
                                             "the one to decide by."
                                           : "which is within two of them: noise explains it.");
}

void tf_say_errors(const tf_findings *findings, tf_list *out)
{
    const tf_scenario *scenario = findings->scenario;
    double threshold = scenario->n_thresholds > 0 ? scenario->thresholds[0] : 0;
    char at[TF_PRINTED_SIZE];

    if (findings->sample->n_draws < 2 || scenario->n_thresholds == 0) {
        return;
    }
    tf_print_digits(at, threshold, 0, findings->currency, false);
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        tf_variance v;
        tf_text text = {0};

        if (s == findings->layout->comparator) {
            continue;
        }
        v = tf_variance_of(findings->columns, s, threshold, tf_people_simulated(findings), 0);
        if (isnan(v.total)) {
            continue;
        }
        tf_text_addf(&text, "%s, net benefit per person at %s per QALY against %s: ", tf_strategy_title(findings, s), at,
                     tf_strategy_title(findings, findings->layout->comparator));
        add_share(&v, &text);
        tf_text_add(&text, ".");
        add_plan(findings, &v, &text);
        add_gap_to_base(findings, &v, &text);
        if (!text.failed) {
            (void)tf_list_add(out, text.chars); /* without memory for it the report fails where it is put together */
        }
        tf_text_free(&text);
    }
}
