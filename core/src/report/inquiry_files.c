/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/inquiry_views.h"

#include "store/export.h"

#include <math.h>

static trefoil_status write_cea(trefoil_context *context, const tf_inquiry *q, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,cost,qaly,ly,inc_cost,inc_qaly,icer,status,threshold,nmb,nmb_mcse,p_best");
    for (size_t s = 0; s < q->psa->n_strategies; s++) {
        for (size_t t = 0; t < q->n_thresholds; t++) {
            const tf_place_held *place = &q->places[s];
            const tf_prospect *prospect = &q->choices[t]->prospects[s];

            tf_csv_text(&csv, q->psa->strategies[s]);
            tf_csv_number(&csv, place->cost.value);
            tf_csv_number(&csv, place->effect.value);
            tf_csv_number(&csv, place->ly);
            tf_csv_number(&csv, place->step_cost);
            tf_csv_number(&csv, place->step_effect);
            tf_csv_number(&csv, place->icer);
            tf_csv_text(&csv, tf_standing_name(place->standing));
            tf_csv_number(&csv, q->thresholds[t]);
            tf_csv_number(&csv, prospect->nmb.value);
            tf_csv_number(&csv, prospect->nmb.mcse);
            tf_csv_number(&csv, prospect->p_best);
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "cea.csv", &csv);
}

static trefoil_status write_ceac(trefoil_context *context, const tf_inquiry *q, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,threshold,p_best,ceaf,expected_loss,evpi,expected_loss_mcse,evpi_mcse,evpi_population,nhb,more_nmb,"
                        "more_nmb_mcse");
    for (size_t t = 0; t < q->n_thresholds; t++) {
        const tf_choice *choice = q->choices[t];

        for (size_t s = 0; s < q->psa->n_strategies; s++) {
            const tf_prospect *prospect = &choice->prospects[s];

            tf_csv_text(&csv, q->psa->strategies[s]);
            tf_csv_number(&csv, choice->threshold);
            tf_csv_number(&csv, prospect->p_best);
            tf_csv_number(&csv, s == choice->best ? choice->ceaf : (double)NAN);
            tf_csv_number(&csv, prospect->loss);
            tf_csv_number(&csv, choice->evpi);
            tf_csv_number(&csv, prospect->loss_mcse);
            tf_csv_number(&csv, choice->evpi_mcse);
            tf_csv_number(&csv, choice->evpi * q->psa->people);
            tf_csv_number(&csv, prospect->nhb);
            tf_csv_number(&csv, prospect->more_nmb.value);
            tf_csv_number(&csv, prospect->more_nmb.mcse);
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "ceac.csv", &csv);
}

static trefoil_status write_plane(trefoil_context *context, const tf_inquiry *q, const char *folder)
{
    const tf_psa *psa = q->psa;
    tf_csv csv = {0};

    tf_csv_header(&csv, "draw,strategy,more_cost,more_effect,quadrant");
    for (size_t k = 0; k < psa->n_draws; k++) {
        for (size_t s = 0; s < psa->n_strategies; s++) {
            double cost = tf_psa_cost(psa, s)[k] - tf_psa_cost(psa, psa->comparator)[k];
            double effect = tf_psa_effect(psa, s)[k] - tf_psa_effect(psa, psa->comparator)[k];

            if (s != psa->comparator) {
                tf_csv_integer(&csv, psa->draws[k]);
                tf_csv_text(&csv, psa->strategies[s]);
                tf_csv_number(&csv, cost);
                tf_csv_number(&csv, effect);
                tf_csv_text(&csv, tf_quadrant_words(tf_quadrant_of(cost, effect)));
                tf_csv_end(&csv);
            }
        }
    }
    return tf_export_csv(context, folder, "plane.csv", &csv);
}

static trefoil_status write_evppi(trefoil_context *context, const tf_inquiry *q, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "parameters,threshold,evppi,se,se_regression,evpi,evppi_population,freedom,raw,note");
    for (size_t k = 0; k < q->n_sets; k++) {
        for (size_t t = 0; t < q->n_thresholds; t++) {
            const tf_worth *worth = &q->sets[k].worths[t];

            tf_csv_text(&csv, q->sets[k].label);
            tf_csv_number(&csv, q->thresholds[t]);
            tf_csv_number(&csv, worth->value);
            tf_csv_number(&csv, worth->se);
            tf_csv_number(&csv, worth->se_regression);
            tf_csv_number(&csv, q->choices[t]->evpi);
            tf_csv_number(&csv, worth->value * q->psa->people);
            tf_csv_number(&csv, worth->freedom);
            tf_csv_number(&csv, worth->raw);
            tf_csv_text(&csv, tf_guard_words(worth->guard));
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "evppi.csv", &csv);
}

static void add_trial_row(const tf_inquiry *q, const tf_trial *trial, size_t k, size_t t, tf_csv *csv)
{
    const tf_worth *worth = &trial->evsi[k * q->n_thresholds + t];
    double people = tf_study_people(&trial->study, trial->study.sizes[k]);

    tf_csv_text(csv, trial->study.name);
    tf_csv_integer(csv, trial->study.sizes[k]);
    tf_csv_number(csv, q->thresholds[t]);
    tf_csv_number(csv, worth->value);
    tf_csv_number(csv, worth->se);
    tf_csv_number(csv, trial->evppi[t].value);
    tf_csv_number(csv, q->choices[t]->evpi);
    tf_csv_number(csv, people);
    tf_csv_number(csv, worth->value * people);
    tf_csv_number(csv, tf_study_cost(&trial->study, trial->study.sizes[k]));
    tf_csv_number(csv, tf_trial_delay(q, trial, k, t));
    tf_csv_number(csv, tf_trial_benefit(q, trial, k, t));
    tf_csv_number(csv, tf_trial_error(q, trial, k, t));
    if (trial->study.priced) {
        tf_csv_integer(csv, tf_trial_best(q, trial, t) == k);
    } else {
        tf_csv_number(csv, (double)NAN);
    }
    tf_csv_text(csv, tf_guard_words(worth->guard));
    tf_csv_end(csv);
}

static trefoil_status write_evsi(trefoil_context *context, const tf_inquiry *q, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "study,n,threshold,evsi,se,evppi,evpi,people,evsi_population,cost,delay,enbs,enbs_se,best,note");
    for (size_t j = 0; j < q->n_trials; j++) {
        for (size_t t = 0; t < q->n_thresholds; t++) {
            for (size_t k = 0; k < q->trials[j].study.n_sizes; k++) {
                add_trial_row(q, &q->trials[j], k, t, &csv);
            }
        }
    }
    return tf_export_csv(context, folder, "evsi.csv", &csv);
}

trefoil_status tf_inquiry_write(trefoil_context *context, const tf_inquiry *inquiry, bool cea, const char *folder)
{
    trefoil_status status;

    TRY(tf_export_folder(context, folder));
    if (cea) {
        TRY(write_cea(context, inquiry, folder));
    }
    TRY(write_ceac(context, inquiry, folder));
    TRY(write_plane(context, inquiry, folder));
    if (inquiry->n_sets > 0) {
        TRY(write_evppi(context, inquiry, folder));
    }
    if (inquiry->n_trials > 0) {
        TRY(write_evsi(context, inquiry, folder));
    }
out:
    return status;
}
