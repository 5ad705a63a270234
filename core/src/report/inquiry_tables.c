/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/inquiry_views.h"

#include "report/print.h"
#include "report/sheet.h"

#include <math.h>
#include <stdio.h>

enum { MOST_SHOWN = 8, MOST_DECIMALS = 6, MOST_SETS = 20 };

static void add_number(tf_sheet *sheet, double value, double mcse)
{
    char text[TF_PRINTED_SIZE];
    int most = value == 0 || !isfinite(value) ? 2 : 6 - (int)floor(log10(fabs(value)));

    tf_print_limited(text, value, mcse, most < 0 ? 0 : most > MOST_DECIMALS ? MOST_DECIMALS : most);
    tf_sheet_cell(sheet, "%s", isfinite(value) ? text : "-");
}

static void add_threshold(tf_sheet *sheet, double threshold)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, threshold, threshold == floor(threshold) ? 0 : 4, "", false);
    tf_sheet_cell(sheet, "%s", text);
}

/* "12.3 ± 0.4" */
static void add_worth(tf_sheet *sheet, const tf_worth *worth)
{
    char value[TF_PRINTED_SIZE], error[TF_PRINTED_SIZE];
    int digits = worth->se > 0 ? tf_digits(worth->se, MOST_DECIMALS) : 0;

    tf_print_digits(value, worth->value, digits, "", false);
    tf_print_digits(error, worth->se, digits, "", false);
    tf_sheet_cell(sheet, "%s ± %s%s", value, error, worth->guard == TF_CLIPPED ? " *" : worth->guard == TF_VIOLATED ? " !" : "");
}

static void close_sheet(tf_sheet *sheet, tf_text *out)
{
    tf_sheet_text(sheet, out);
    out->failed = out->failed || sheet->failed;
    tf_sheet_free(sheet);
}

/* At most MOST_SHOWN of n, evenly, the first and the last among them. */
static size_t shown(size_t n)
{
    return n < MOST_SHOWN ? n : MOST_SHOWN;
}

static size_t show(size_t k, size_t n)
{
    return n <= MOST_SHOWN ? k : k * (n - 1) / (MOST_SHOWN - 1);
}

static void print_places(const tf_inquiry *q, tf_text *out)
{
    static const char *const columns[] = {"strategy", "cost", "effect", "more\ncost", "more\neffect", "ICER", "ICER's\nmcse", "status"};
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 8, "Fully incremental analysis: means of %zu draw%s, per person", q->psa->n_draws,
                   q->psa->n_draws == 1 ? "" : "s");
    for (size_t k = 0; k < 8; k++) {
        tf_sheet_cell(&sheet, "%s", columns[k]);
    }
    for (size_t s = 0; s < q->psa->n_strategies; s++) {
        const tf_place_held *place = &q->places[s];

        tf_sheet_cell(&sheet, "%s", q->psa->strategies[s]);
        add_number(&sheet, place->cost.value, (double)NAN);
        add_number(&sheet, place->effect.value, (double)NAN);
        add_number(&sheet, place->step_cost, (double)NAN);
        add_number(&sheet, place->step_effect, (double)NAN);
        add_number(&sheet, place->icer, (double)NAN);
        add_number(&sheet, place->icer_mcse, (double)NAN);
        tf_sheet_cell(&sheet, "%s", tf_standing_name(place->standing));
    }
    tf_text_add(&sheet.note, "More: than the strategy before it on the frontier.");
    close_sheet(&sheet, out);
}

static void print_against(const tf_inquiry *q, tf_text *out)
{
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 5, "Each strategy against %s", q->psa->strategies[q->psa->comparator]);
    tf_sheet_cell(&sheet, "strategy");
    tf_sheet_cell(&sheet, "more\ncost");
    tf_sheet_cell(&sheet, "more\neffect");
    tf_sheet_cell(&sheet, "cost per\nunit");
    tf_sheet_cell(&sheet, "quadrant");
    for (size_t s = 0; s < q->psa->n_strategies; s++) {
        const tf_place_held *place = &q->places[s];

        if (s != q->psa->comparator) {
            tf_sheet_cell(&sheet, "%s", q->psa->strategies[s]);
            add_number(&sheet, place->more_cost.value, (double)NAN);
            add_number(&sheet, place->more_effect.value, (double)NAN);
            add_number(&sheet, place->ratio, (double)NAN);
            tf_sheet_cell(&sheet, "%s", tf_quadrant_words(place->quadrant));
        }
    }
    close_sheet(&sheet, out);
}

static void print_choices(const tf_inquiry *q, tf_text *out)
{
    static const char *const columns[] = {"threshold", "best on\naverage", "its net\nbenefit", "mcse", "probability it\nis the best", "EVPI", "mcse",
                                          "EVPI, all\npeople"};
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 8, "The choice at each threshold, per person");
    for (size_t k = 0; k < 8; k++) {
        tf_sheet_cell(&sheet, "%s", columns[k]);
    }
    for (size_t k = 0; k < shown(q->n_thresholds); k++) {
        const tf_choice *choice = q->choices[show(k, q->n_thresholds)];
        const tf_prospect *best = &choice->prospects[choice->best];

        add_threshold(&sheet, choice->threshold);
        tf_sheet_cell(&sheet, "%s", q->psa->strategies[choice->best]);
        add_number(&sheet, best->nmb.value, best->nmb.mcse);
        add_number(&sheet, best->nmb.mcse, best->nmb.mcse / 50);
        add_number(&sheet, choice->ceaf, 0.0002);
        add_number(&sheet, choice->evpi, choice->evpi_mcse / 10);
        add_number(&sheet, choice->evpi_mcse, choice->evpi_mcse / 50);
        add_number(&sheet, choice->evpi * q->psa->people, choice->evpi_mcse * q->psa->people);
    }
    if (q->n_thresholds > MOST_SHOWN) {
        tf_text_addf(&sheet.note, "%d of %zu thresholds; all are in ceac.csv.", (int)MOST_SHOWN, q->n_thresholds);
    }
    close_sheet(&sheet, out);
}

static void begin_by_threshold(const tf_inquiry *q, tf_sheet *sheet, const char *title, const char *first)
{
    tf_sheet_begin(sheet, 1 + shown(q->n_thresholds), "%s", title);
    tf_sheet_cell(sheet, "%s", first);
    for (size_t k = 0; k < shown(q->n_thresholds); k++) {
        add_threshold(sheet, q->thresholds[show(k, q->n_thresholds)]);
    }
}

static void print_losses(const tf_inquiry *q, tf_text *out)
{
    tf_sheet sheet;

    begin_by_threshold(q, &sheet, "Probability of being the best; expected loss of choosing it, per person", "strategy, threshold");
    tf_sheet_heading(&sheet, "probability");
    for (size_t s = 0; s < q->psa->n_strategies; s++) {
        tf_sheet_cell(&sheet, "%s", q->psa->strategies[s]);
        for (size_t k = 0; k < shown(q->n_thresholds); k++) {
            add_number(&sheet, q->choices[show(k, q->n_thresholds)]->prospects[s].p_best, 0.0002);
        }
    }
    tf_sheet_heading(&sheet, "expected loss");
    for (size_t s = 0; s < q->psa->n_strategies; s++) {
        tf_sheet_cell(&sheet, "%s", q->psa->strategies[s]);
        for (size_t k = 0; k < shown(q->n_thresholds); k++) {
            const tf_prospect *prospect = &q->choices[show(k, q->n_thresholds)]->prospects[s];

            add_number(&sheet, prospect->loss, prospect->loss_mcse / 10);
        }
    }
    close_sheet(&sheet, out);
}

/* The set with the `rank`-th highest value at the middle threshold; the earlier of equals. */
static const tf_set *ranked_set(const tf_inquiry *q, size_t rank)
{
    const size_t t = q->n_thresholds / 2;

    for (size_t j = 0; j < q->n_sets; j++) {
        size_t before = 0;

        for (size_t i = 0; i < q->n_sets; i++) {
            double higher = q->sets[i].worths[t].value - q->sets[j].worths[t].value;

            before += higher > 0 || (higher == 0 && i < j);
        }
        if (before == rank) {
            return &q->sets[j];
        }
    }
    return &q->sets[rank];
}

static void print_sets(const tf_inquiry *q, tf_text *out)
{
    tf_sheet sheet;

    begin_by_threshold(q, &sheet, "Value of learning parameters exactly (EVPPI), per person", "parameters, threshold");
    for (size_t j = 0; j < q->n_sets && j < MOST_SETS; j++) {
        const tf_set *set = ranked_set(q, j);

        tf_sheet_cell(&sheet, "%s", set->label);
        for (size_t k = 0; k < shown(q->n_thresholds); k++) {
            add_worth(&sheet, &set->worths[show(k, q->n_thresholds)]);
        }
    }
    if (q->n_sets > MOST_SETS) {
        tf_text_addf(&sheet.note, "The %d highest of %zu; all are in evppi.csv.  ", (int)MOST_SETS, q->n_sets);
    }
    tf_text_add(&sheet.note, "± one standard error: of the draws and of the regression.  *: set to its upper bound, passed by less than the "
                             "error; !: above it by more.");
    close_sheet(&sheet, out);
}

static void print_trial(const tf_inquiry *q, const tf_trial *trial, tf_text *out)
{
    tf_sheet sheet;
    char title[256];

    snprintf(title, sizeof title, "Study %s: value of its result (EVSI), per person%s", trial->study.name,
             trial->study.priced ? "; expected net benefit of sampling, all people" : "");
    begin_by_threshold(q, &sheet, title, "n, threshold");
    for (size_t j = 0; j < trial->study.n_sizes; j++) {
        tf_sheet_cell(&sheet, "EVSI, n = %lld", (long long)trial->study.sizes[j]);
        for (size_t k = 0; k < shown(q->n_thresholds); k++) {
            add_worth(&sheet, &trial->evsi[j * q->n_thresholds + show(k, q->n_thresholds)]);
        }
    }
    tf_sheet_cell(&sheet, "EVPPI of what it observes");
    for (size_t k = 0; k < shown(q->n_thresholds); k++) {
        add_worth(&sheet, &trial->evppi[show(k, q->n_thresholds)]);
    }
    for (size_t j = 0; j < trial->study.n_sizes && trial->study.priced; j++) {
        tf_sheet_cell(&sheet, "ENBS, n = %lld", (long long)trial->study.sizes[j]);
        for (size_t k = 0; k < shown(q->n_thresholds); k++) {
            size_t t = show(k, q->n_thresholds);
            double value = tf_trial_benefit(q, trial, j, t);
            char text[TF_PRINTED_SIZE];

            tf_print_large(text, value, tf_trial_error(q, trial, j, t), "", false);
            tf_sheet_cell(&sheet, "%s%s", text, tf_trial_best(q, trial, t) == j ? " best" : "");
        }
    }
    close_sheet(&sheet, out);
}

void tf_inquiry_print(const tf_inquiry *inquiry, tf_text *out)
{
    print_places(inquiry, out);
    if (inquiry->psa->n_strategies > 1) {
        print_against(inquiry, out);
    }
    if (inquiry->psa->n_draws > 1 && inquiry->psa->n_strategies > 1) {
        print_choices(inquiry, out);
        print_losses(inquiry, out);
    }
    if (inquiry->n_sets > 0) {
        print_sets(inquiry, out);
    }
    for (size_t k = 0; k < inquiry->n_trials; k++) {
        print_trial(inquiry, &inquiry->trials[k], out);
    }
    for (size_t k = 0; k < inquiry->broken.count; k++) {
        tf_text_add(out, "! ");
        tf_wrap(out, inquiry->broken.items[k], 2);
    }
}
