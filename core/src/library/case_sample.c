/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind = sample: a published probabilistic sample (or point estimates), analysed.
 *
 *   [sample]
 *   file = sample.csv         as for trefoil analyse
 *   parameters = inputs.csv   optional
 *   studies = studies.ini     optional
 *
 * A row's strategy is a name, "A vs B" (the difference), or anything where the quantity is about all.  Quantities:
 *   mean|sd|q2.5 cost|effect|nmb|ratio   ("ratio": each draw's more cost / more effect; "q2.5": a percentile, type 7; nmb needs k)
 *   mean|sd|q2.5 NAME                    of a parameter of the sample, whatever the strategy
 *   icer                                 of the frontier; of "A vs B" the ratio of mean differences
 *   inc cost, inc effect, status         of the fully incremental analysis
 *   p best, expected loss                k; of "A vs B" the share of draws in which A's net benefit is higher
 *   evpi, ceaf, expected maximum, mixture loss   k; of all.  Mixture: everybody in equal parts, against the best
 *   first best k=from:to:step            the first of these thresholds at which the strategy is best on average
 *   evppi of a,b k=K                     evsi of STUDY n=N k=K
 */
#include "library/validate.h"

#include "analysis/inquiry.h"
#include "base/memory.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "evsi of p1 n=10 k=1" taken apart. */
typedef struct figure {
    char name[64], of[256], range[64]; /* range: k as written */
    double k;
    int64_t n;
    ptrdiff_t strategy, against; /* -1: none */
} figure;

typedef struct bench {
    trefoil_context *context;
    tf_psa *psa;
    tf_place_held *places;
    double *scratch;
    tf_study *studies;
    size_t n_studies;
    /* the last regression made, as rows often ask for the same one */
    char last[384];
    tf_surface *surface, *through;
    double share;
} bench;

/* ---- taking a row apart ---------------------------------------------------------------------- */

static bool cut(char *text, const char *mark, char *to, size_t size)
{
    char *at = strstr(text, mark);
    size_t length;

    if (at == NULL) {
        return false;
    }
    length = strcspn(at + strlen(mark), " ");
    snprintf(to, size, "%.*s", (int)length, at + strlen(mark));
    memmove(at, at + strlen(mark) + length, strlen(at + strlen(mark) + length) + 1);
    return true;
}

static void find_strategies(const tf_psa *psa, const char *text, figure *out)
{
    const char *versus = strstr(text, " vs ");
    char first[128];

    out->strategy = out->against = -1;
    if (versus == NULL) {
        out->strategy = tf_psa_strategy(psa, text);
        return;
    }
    snprintf(first, sizeof first, "%.*s", (int)(versus - text), text);
    out->strategy = tf_psa_strategy(psa, first);
    out->against = tf_psa_strategy(psa, versus + 4);
}

static void take_apart(const tf_psa *psa, const tf_expected *row, figure *out)
{
    char text[512], number[64];
    double n = 0;

    *out = (figure){.k = NAN};
    snprintf(text, sizeof text, "%s", row->quantity);
    (void)cut(text, " of ", out->of, sizeof out->of);
    if (cut(text, " k=", out->range, sizeof out->range)) {
        (void)tf_parse_number(out->range, &out->k);
    }
    if (cut(text, " n=", number, sizeof number) && tf_parse_number(number, &n)) {
        out->n = (int64_t)n;
    }
    snprintf(out->name, sizeof out->name, "%s", tf_trim(text));
    find_strategies(psa, row->strategy, out);
}

/* ---- statistics ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The values of a measure in every draw; false when there is no such measure. */
static bool gather(const bench *b, const figure *f, const char *measure)
{
    const tf_psa *psa = b->psa;
    const size_t s = (size_t)f->strategy, other = (size_t)f->against;
    const ptrdiff_t parameter = tf_psa_parameter(psa, measure);

    if (parameter >= 0) {
        memcpy(b->scratch, tf_psa_value(psa, (size_t)parameter), psa->n_draws * sizeof *b->scratch);
        return true;
    }
    if (f->strategy < 0) {
        return false;
    }
    for (size_t k = 0; k < psa->n_draws; k++) {
        double cost = tf_psa_cost(psa, s)[k] - (f->against >= 0 ? tf_psa_cost(psa, other)[k] : 0);
        double effect = tf_psa_effect(psa, s)[k] - (f->against >= 0 ? tf_psa_effect(psa, other)[k] : 0);

        if (strcmp(measure, "cost") == 0) {
            b->scratch[k] = cost;
        } else if (strcmp(measure, "effect") == 0) {
            b->scratch[k] = effect;
        } else if (strcmp(measure, "ratio") == 0) {
            b->scratch[k] = cost / effect;
        } else if (strcmp(measure, "nmb") == 0) {
            b->scratch[k] = f->k * effect - cost;
        } else {
            return false;
        }
    }
    return true;
}

/* "mean cost", "sd effect", "q2.5 ratio". */
static bool statistic(const bench *b, const figure *f, tf_expected *row)
{
    const size_t n = b->psa->n_draws;
    const char *space = strchr(f->name, ' ');
    char which[32];
    double percent;

    if (space == NULL || (size_t)(space - f->name) >= sizeof which || !gather(b, f, space + 1)) {
        return false;
    }
    snprintf(which, sizeof which, "%.*s", (int)(space - f->name), f->name);
    if (strcmp(which, "mean") == 0) {
        tf_answer_row(row, tf_mean(b->scratch, n), tf_mean_error(b->scratch, n));
    } else if (strcmp(which, "sd") == 0) {
        tf_answer_row(row, tf_mean_error(b->scratch, n) * sqrt((double)n), 0);
    } else if (which[0] == 'q' && tf_parse_number(which + 1, &percent) && percent >= 0 && percent <= 100) {
        qsort(b->scratch, n, sizeof *b->scratch, compare);
        tf_answer_row(row, gsl_stats_quantile_from_sorted_data(b->scratch, 1, n, percent / 100), 0);
    } else {
        return false;
    }
    return true;
}

/* ---- the incremental table ------------------------------------------------------------------- */

static bool incremental(const bench *b, const figure *f, tf_expected *row)
{
    const tf_place_held *place;

    if (f->strategy < 0) {
        return false;
    }
    place = &b->places[f->strategy];
    if (f->against >= 0) {
        if (strcmp(f->name, "icer") != 0) {
            return false;
        }
        tf_answer_row(row,
                      (place->cost.value - b->places[f->against].cost.value) / (place->effect.value - b->places[f->against].effect.value),
                      0);
    } else if (strcmp(f->name, "icer") == 0) {
        tf_answer_row(row, place->icer, place->icer_mcse);
    } else if (strcmp(f->name, "inc cost") == 0) {
        tf_answer_row(row, place->step_cost, 0);
    } else if (strcmp(f->name, "inc effect") == 0) {
        tf_answer_row(row, place->step_effect, 0);
    } else if (strcmp(f->name, "status") == 0) {
        tf_answer_word(row, tf_standing_name(place->standing));
    } else {
        return false;
    }
    return true;
}

/* ---- thresholds ------------------------------------------------------------------------------ */

static void share_higher(const bench *b, const figure *f, tf_expected *row)
{
    double share = 0;

    (void)gather(b, f, "nmb");
    for (size_t k = 0; k < b->psa->n_draws; k++) {
        share += b->scratch[k] > 0 ? 1 : b->scratch[k] == 0 ? 0.5 : 0;
    }
    tf_answer_row(row, share / (double)b->psa->n_draws, 0);
}

static bool at_threshold(const tf_choice *choice, const figure *f, tf_expected *row)
{
    const tf_prospect *best = &choice->prospects[choice->best], *own = f->strategy >= 0 ? &choice->prospects[f->strategy] : NULL;
    double mean = 0;

    for (size_t s = 0; s < choice->n_prospects; s++) {
        mean += choice->prospects[s].nmb.value / (double)choice->n_prospects;
    }
    if (strcmp(f->name, "evpi") == 0) {
        tf_answer_row(row, choice->evpi, choice->evpi_mcse);
    } else if (strcmp(f->name, "ceaf") == 0) {
        tf_answer_row(row, choice->ceaf, 0);
    } else if (strcmp(f->name, "expected maximum") == 0) {
        tf_answer_row(row, best->nmb.value + choice->evpi, choice->evpi_mcse);
    } else if (strcmp(f->name, "mixture loss") == 0) {
        tf_answer_row(row, best->nmb.value - mean, 0);
    } else if (strcmp(f->name, "p best") == 0 && own != NULL) {
        tf_answer_row(row, own->p_best, 0);
    } else if (strcmp(f->name, "expected loss") == 0 && own != NULL) {
        tf_answer_row(row, own->loss, own->loss_mcse);
    } else {
        return false;
    }
    return true;
}

static trefoil_status first_best(const bench *b, const figure *f, tf_expected *row)
{
    double *thresholds = NULL;
    size_t n;
    trefoil_status status;

    TRY(tf_thresholds_parse(b->context, f->range, &thresholds, &n));
    for (size_t t = 0; t < n; t++) {
        if (tf_psa_best(b->psa, thresholds[t]) == (size_t)f->strategy) {
            tf_answer_row(row, thresholds[t], 0);
            break;
        }
    }
out:
    tf_free(thresholds);
    return status;
}

/* ---- the value of information ---------------------------------------------------------------- */

static trefoil_status surface_of_names(bench *b, const char *names)
{
    tf_list list = {0};
    size_t parameters[TF_LEARNED], n = 0;
    trefoil_status status = TREFOIL_DONE;

    if (tf_list_split(&list, names, ',') != 0) {
        status = tf_fail(b->context, TREFOIL_NO_MEMORY, "not enough memory for a regression");
        goto out;
    }
    for (size_t k = 0; k < list.count && n < TF_LEARNED; k++) {
        ptrdiff_t found = tf_psa_parameter(b->psa, list.items[k]);

        if (found < 0) {
            goto out;
        }
        parameters[n++] = (size_t)found;
    }
    if (n > 0) {
        TRY(tf_surface_of_parameters(b->context, b->psa, parameters, n, &b->surface));
    }
out:
    tf_list_free(&list);
    return status;
}

static trefoil_status surface_of_study(bench *b, const figure *f)
{
    for (size_t k = 0; k < b->n_studies; k++) {
        if (tf_same_text(b->studies[k].name, f->of)) {
            trefoil_status status = TREFOIL_DONE;

            if (isnan(b->studies[k].prior_size)) {
                status = tf_surface_of_parameters(b->context, b->psa, b->studies[k].learned, b->studies[k].n_learned, &b->through);
            }
            return status != TREFOIL_DONE ? status : tf_study_surface(b->context, &b->studies[k], b->psa, f->n, &b->surface, &b->share);
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status learn(bench *b, const figure *f, tf_expected *row)
{
    trefoil_status status = TREFOIL_DONE;
    char wanted[sizeof b->last];
    tf_worth worth, exact = {0};

    snprintf(wanted, sizeof wanted, "%s %s %lld", f->name, f->of, (long long)f->n);
    if (strcmp(wanted, b->last) != 0) {
        tf_surface_destroy(b->surface);
        tf_surface_destroy(b->through);
        b->surface = b->through = NULL;
        b->share = 1;
        TRY(strcmp(f->name, "evppi") == 0 ? surface_of_names(b, f->of) : surface_of_study(b, f));
        snprintf(b->last, sizeof b->last, "%s", wanted);
    }
    if (b->surface != NULL) {
        tf_choice *choice = NULL;

        if (b->through != NULL) {
            TRY(tf_worth_of(b->context, b->psa, b->through, f->k, 1, NULL, 0, &exact));
        }
        TRY(tf_worth_of(b->context, b->psa, b->surface, f->k, b->share, b->through, exact.se_regression, &worth));
        TRY(tf_choice_create(b->context, b->psa, f->k, &choice));
        tf_worth_bound(&worth, choice->evpi, choice->evpi_mcse);
        tf_choice_destroy(choice);
        if (worth.guard != TF_VIOLATED) {
            tf_answer_row(row, worth.value, worth.se);
        }
    }
out:
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static trefoil_status answer(bench *b, tf_expected *row)
{
    trefoil_status status = TREFOIL_DONE;
    tf_choice *choice = NULL;
    figure f;

    take_apart(b->psa, row, &f);
    if (strcmp(f.name, "first best") == 0 && f.strategy >= 0) {
        return first_best(b, &f, row);
    }
    if (incremental(b, &f, row) || statistic(b, &f, row) || isnan(f.k)) {
        return TREFOIL_DONE;
    }
    if (strcmp(f.name, "evppi") == 0 || strcmp(f.name, "evsi") == 0) {
        return learn(b, &f, row);
    }
    if (strcmp(f.name, "p best") == 0 && f.against >= 0 && f.strategy >= 0) {
        share_higher(b, &f, row);
        return TREFOIL_DONE;
    }
    TRY(tf_choice_create(b->context, b->psa, f.k, &choice));
    (void)at_threshold(choice, &f, row);
out:
    tf_choice_destroy(choice);
    return status;
}

static trefoil_status read_studies(bench *b, const char *path)
{
    tf_config *config = NULL;
    trefoil_status status;
    const char *name;

    TRY(tf_config_read(b->context, path, (tf_place){0}, &config));
    b->studies = TF_NEW(tf_study, tf_config_sections(config));
    if (b->studies == NULL) {
        status = tf_fail(b->context, TREFOIL_NO_MEMORY, "not enough memory for studies");
        goto out;
    }
    for (size_t k = 0; k < tf_config_sections(config); k++) {
        if (tf_config_section_is(config, k, "study", &name)) {
            TRY(tf_study_read(b->context, config, k, b->psa, &b->studies[b->n_studies++]));
        }
    }
    TRY(tf_config_finish(b->context, config));
out:
    tf_config_destroy(config);
    return status;
}

static trefoil_status open(bench *b, tf_case *self)
{
    ptrdiff_t section = tf_config_find(self->config, "sample");
    trefoil_status status;
    char *file, *parameters, *studies;

    if (section < 0) {
        return tf_mistake(b->context, (tf_place){tf_config_path(self->config), 0}, "the section [sample] is missing");
    }
    if (!tf_config_require(b->context, self->config, (size_t)section, "file", "the sample, a CSV")) {
        return TREFOIL_USER_MISTAKE;
    }
    file = tf_config_file(b->context, self->config, (size_t)section, "file");
    parameters = tf_config_file(b->context, self->config, (size_t)section, "parameters");
    studies = tf_config_file(b->context, self->config, (size_t)section, "studies");
    if (file == NULL) {
        status = tf_fail(b->context, TREFOIL_NO_MEMORY, "not enough memory for the case '%s'", self->name);
        goto out;
    }
    TRY(tf_psa_read(b->context, file, parameters, &b->psa));
    b->places = TF_NEW(tf_place_held, b->psa->n_strategies);
    b->scratch = TF_NEW(double, b->psa->n_draws);
    if (b->places == NULL || b->scratch == NULL) {
        status = tf_fail(b->context, TREFOIL_NO_MEMORY, "not enough memory for the case '%s'", self->name);
        goto out;
    }
    TRY(tf_psa_places(b->context, b->psa, b->places));
    if (studies != NULL) {
        TRY(read_studies(b, studies));
    }
out:
    tf_free(file);
    tf_free(parameters);
    tf_free(studies);
    return status;
}

trefoil_status tf_case_sample(trefoil_context *context, tf_case *self)
{
    bench b = {.context = context, .share = 1};
    trefoil_status status;

    TRY(open(&b, self));
    for (size_t k = 0; k < self->n_expected; k++) {
        TRY(answer(&b, &self->expected[k]));
    }
out:
    for (size_t k = 0; k < b.n_studies; k++) {
        tf_study_free(&b.studies[k]);
    }
    tf_free(b.studies);
    tf_surface_destroy(b.surface);
    tf_surface_destroy(b.through);
    tf_free(b.places);
    tf_free(b.scratch);
    tf_psa_destroy(b.psa);
    return status;
}
