/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inquiry.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MOST_THRESHOLDS = 1001 };

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the analysis");
}

/* ---- thresholds ------------------------------------------------------------------------------ */

static trefoil_status bad_thresholds(trefoil_context *context, const char *text)
{
    return tf_mistake(context, (tf_place){0}, "--thresholds %s: expected ascending numbers as 20000,30000, or from:to:step with at most %d of "
                                              "them; none is negative", text, (int)MOST_THRESHOLDS);
}

static bool expand(const tf_list *pieces, double *out, size_t *n)
{
    double from, to, step, count;

    if (pieces->count != 3 || !tf_parse_number(pieces->items[0], &from) || !tf_parse_number(pieces->items[1], &to) ||
        !tf_parse_number(pieces->items[2], &step) || from < 0 || to < from || step <= 0) {
        return false;
    }
    count = floor((to - from) / step + 1e-9) + 1;
    if (count > MOST_THRESHOLDS) {
        return false;
    }
    for (*n = 0; (double)*n < count; ++*n) {
        out[*n] = from + (double)*n * step;
    }
    return true;
}

static bool enumerate(const tf_list *pieces, double *out, size_t *n)
{
    for (*n = 0; *n < pieces->count && *n < MOST_THRESHOLDS; ++*n) {
        if (!tf_parse_number(pieces->items[*n], &out[*n]) || out[*n] < 0 || (*n > 0 && out[*n] <= out[*n - 1])) {
            return false;
        }
    }
    return *n > 0 && *n == pieces->count;
}

trefoil_status tf_thresholds_parse(trefoil_context *context, const char *text, double **thresholds, size_t *n)
{
    tf_list pieces = {0};
    const bool range = strchr(text, ':') != NULL;
    double *made = TF_NEW(double, MOST_THRESHOLDS);
    trefoil_status status = TREFOIL_DONE;

    *thresholds = NULL;
    if (made == NULL || tf_list_split(&pieces, text, range ? ':' : ',') != 0) {
        status = no_memory(context);
    } else if (!(range ? expand(&pieces, made, n) : enumerate(&pieces, made, n))) {
        status = bad_thresholds(context, text);
    } else {
        *thresholds = made;
        made = NULL;
    }
    tf_free(made);
    tf_list_free(&pieces);
    return status;
}

/* ---- what is asked --------------------------------------------------------------------------- */

static bool varies(const double *values, size_t n)
{
    for (size_t k = 1; k < n; k++) {
        if (values[k] != values[0]) {
            return true;
        }
    }
    return false;
}

static trefoil_status find_parameters(trefoil_context *context, const tf_psa *psa, const char *text, tf_set *set)
{
    tf_list names = {0};
    trefoil_status status = TREFOIL_DONE;

    set->label = tf_strdup(text);
    if (set->label == NULL || tf_list_split(&names, text, ',') != 0 || (set->parameters = TF_NEW(size_t, names.count + 1)) == NULL) {
        status = no_memory(context);
    }
    for (size_t k = 0; k < names.count && set->parameters != NULL; k++) {
        ptrdiff_t found = tf_psa_parameter(psa, names.items[k]);
        const char *near = found < 0 ? tf_nearest(names.items[k], (const char *const *)psa->parameters, psa->n_parameters) : NULL;

        if (found < 0) {
            status = tf_mistake(context, (tf_place){0}, "--evppi %s: the sample has no parameter '%s'%s%s%s", text, names.items[k],
                                near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
        } else {
            set->parameters[set->n_parameters++] = (size_t)found;
        }
    }
    if (status == TREFOIL_DONE && set->n_parameters == 0) {
        status = tf_mistake(context, (tf_place){0}, "--evppi '%s': expected names of parameters, with commas between", text);
    }
    tf_list_free(&names);
    return status;
}

static trefoil_status ask_sets(trefoil_context *context, const tf_questions *questions, tf_inquiry *q)
{
    trefoil_status status = TREFOIL_DONE, one;

    q->sets = TF_NEW(tf_set, questions->n_sets + questions->n_sets * q->psa->n_parameters);
    if (q->sets == NULL) {
        return no_memory(context);
    }
    for (size_t k = 0; k < questions->n_sets; k++) {
        if (strcmp(questions->sets[k], "each") != 0) {
            one = find_parameters(context, q->psa, questions->sets[k], &q->sets[q->n_sets++]);
            status = status == TREFOIL_DONE ? one : status;
            continue;
        }
        for (size_t p = 0; p < q->psa->n_parameters; p++) {
            if (varies(tf_psa_value(q->psa, p), q->psa->n_draws)) {
                one = find_parameters(context, q->psa, q->psa->parameters[p], &q->sets[q->n_sets++]);
                status = status == TREFOIL_DONE ? one : status;
            }
        }
    }
    return status;
}

static trefoil_status ask_studies(trefoil_context *context, const char *path, tf_inquiry *q)
{
    trefoil_status status;
    tf_config *config = NULL;
    size_t before = tf_mistakes(context);
    const char *name;

    TRY(tf_config_read(context, path, (tf_place){0}, &config));
    q->trials = TF_NEW(tf_trial, tf_config_sections(config));
    if (q->trials == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t k = 0; k < tf_config_sections(config); k++) {
        if (tf_config_section_is(config, k, "study", &name)) {
            status = tf_study_read(context, config, k, q->psa, &q->trials[q->n_trials++].study);
            if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
                goto out;
            }
        }
    }
    if (q->n_trials == 0) {
        tf_mistake(context, (tf_place){tf_config_path(config), 0}, "no section [study NAME]");
    }
    TRY(tf_config_finish(context, config));
    status = tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    tf_config_destroy(config);
    return status;
}

static trefoil_status check_draws(trefoil_context *context, const tf_inquiry *q)
{
    if ((q->n_sets > 0 || q->n_trials > 0) && q->psa->n_draws < TF_LEAST_DRAWS) {
        return tf_mistake(context, (tf_place){0}, "the value of information needs at least %d draws; the sample has %zu",
                          (int)TF_LEAST_DRAWS, q->psa->n_draws);
    }
    return TREFOIL_DONE;
}

/* ---- answers --------------------------------------------------------------------------------- */

static trefoil_status answer_set(trefoil_context *context, const tf_inquiry *q, tf_set *set)
{
    trefoil_status status;
    tf_surface *surface = NULL;

    set->worths = TF_NEW(tf_worth, q->n_thresholds);
    if (set->worths == NULL) {
        return no_memory(context);
    }
    TRY(tf_surface_of_parameters(context, q->psa, set->parameters, set->n_parameters, &surface));
    for (size_t t = 0; t < q->n_thresholds; t++) {
        TRY(tf_worth_of(context, q->psa, surface, q->thresholds[t], 1, NULL, 0, &set->worths[t]));
    }
out:
    tf_surface_destroy(surface);
    return status;
}

static trefoil_status answer_trial(trefoil_context *context, const tf_inquiry *q, tf_trial *trial)
{
    trefoil_status status;
    tf_surface *exact = NULL, *surface = NULL;
    double share;

    trial->evppi = TF_NEW(tf_worth, q->n_thresholds);
    trial->evsi = TF_NEW(tf_worth, q->n_thresholds * trial->study.n_sizes);
    if (trial->evppi == NULL || trial->evsi == NULL) {
        return no_memory(context);
    }
    TRY(tf_surface_of_parameters(context, q->psa, trial->study.learned, trial->study.n_learned, &exact));
    for (size_t t = 0; t < q->n_thresholds; t++) {
        TRY(tf_worth_of(context, q->psa, exact, q->thresholds[t], 1, NULL, 0, &trial->evppi[t]));
    }
    for (size_t k = 0; k < trial->study.n_sizes; k++) {
        if (k > 0 && !isnan(trial->study.prior_size)) { /* the parameters themselves, whatever n */
            share = sqrt((double)trial->study.sizes[k] / ((double)trial->study.sizes[k] + trial->study.prior_size));
        } else {
            tf_surface_destroy(surface);
            TRY(tf_study_surface(context, &trial->study, q->psa, trial->study.sizes[k], &surface, &share));
        }
        for (size_t t = 0; t < q->n_thresholds; t++) {
            bool simulated = isnan(trial->study.prior_size);

            TRY(tf_worth_of(context, q->psa, surface, q->thresholds[t], share, simulated ? exact : NULL,
                            simulated ? trial->evppi[t].se_regression : 0, &trial->evsi[k * q->n_thresholds + t]));
        }
    }
out:
    tf_surface_destroy(exact);
    tf_surface_destroy(surface);
    return status;
}

/* ---- laws ------------------------------------------------------------------------------------ */

static void tell(tf_inquiry *q, const tf_worth *worth, const char *what, double threshold, const char *bound, double most)
{
    tf_text text = {0};

    if (worth->guard != TF_VIOLATED) {
        return;
    }
    tf_text_addf(&text, "%s at threshold %.15g is %.6g (se %.2g), above %s, %.6g, by more than three standard errors: the regression does not "
                        "fit; use more draws or fewer parameters at once", what, threshold, worth->value, worth->se, bound, most);
    if (!text.failed && tf_list_find(&q->broken, text.chars) < 0) {
        (void)tf_list_add(&q->broken, text.chars);
    }
    tf_text_free(&text);
}

static bool contains(const tf_set *whole, const tf_set *part)
{
    for (size_t k = 0; k < part->n_parameters; k++) {
        bool found = false;

        for (size_t j = 0; j < whole->n_parameters; j++) {
            found = found || whole->parameters[j] == part->parameters[k];
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void hold_set(tf_inquiry *q, tf_set *set, size_t t)
{
    tf_worth *worth = &set->worths[t];
    tf_text what = {0};

    tf_text_addf(&what, "EVPPI of %s", set->label);
    tf_worth_bound(worth, q->choices[t]->evpi, q->choices[t]->evpi_mcse);
    tell(q, worth, what.failed ? "EVPPI" : what.chars, q->thresholds[t], "EVPI", q->choices[t]->evpi);
    for (size_t k = 0; k < q->n_sets; k++) {
        const tf_set *whole = &q->sets[k];

        if (whole->n_parameters > set->n_parameters && contains(whole, set) && worth->guard != TF_VIOLATED) {
            tf_worth_bound(worth, whole->worths[t].value, whole->worths[t].se);
            tell(q, worth, what.failed ? "EVPPI" : what.chars, q->thresholds[t], "EVPPI of a set that contains it", whole->worths[t].value);
        }
    }
    tf_text_free(&what);
}

static void hold_trial(tf_inquiry *q, tf_trial *trial, size_t t)
{
    tf_worth *exact = &trial->evppi[t];
    tf_text what = {0};

    tf_text_addf(&what, "EVPPI of what study %s observes", trial->study.name);
    tf_worth_bound(exact, q->choices[t]->evpi, q->choices[t]->evpi_mcse);
    tell(q, exact, what.failed ? "EVPPI" : what.chars, q->thresholds[t], "EVPI", q->choices[t]->evpi);
    for (size_t k = trial->study.n_sizes; k-- > 0;) {
        tf_worth *worth = &trial->evsi[k * q->n_thresholds + t];
        const tf_worth *larger = k + 1 < trial->study.n_sizes ? worth + q->n_thresholds : exact;

        tf_text_free(&what);
        what = (tf_text){0};
        tf_text_addf(&what, "EVSI of study %s with n = %lld", trial->study.name, (long long)trial->study.sizes[k]);
        tf_worth_bound(worth, larger->value, larger->se);
        tell(q, worth, what.failed ? "EVSI" : what.chars, q->thresholds[t],
             larger == exact ? "EVPPI of what it observes" : "EVSI of the next larger study", larger->value);
    }
    tf_text_free(&what);
}

static void hold_laws(tf_inquiry *q)
{
    size_t most = 0;

    for (size_t k = 0; k < q->n_sets; k++) {
        most = q->sets[k].n_parameters > most ? q->sets[k].n_parameters : most;
    }
    for (size_t t = 0; t < q->n_thresholds; t++) {
        for (size_t size = most; size > 0; size--) { /* large sets first, so that bounds pass on to parts of parts */
            for (size_t k = 0; k < q->n_sets; k++) {
                if (q->sets[k].n_parameters == size) {
                    hold_set(q, &q->sets[k], t);
                }
            }
        }
        for (size_t k = 0; k < q->n_trials; k++) {
            hold_trial(q, &q->trials[k], t);
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static trefoil_status answer(trefoil_context *context, tf_inquiry *q)
{
    trefoil_status status;
    double steps = (double)(q->n_sets + q->n_trials), step = 0;

    q->places = TF_NEW(tf_place_held, q->psa->n_strategies);
    q->choices = TF_NEW(tf_choice *, q->n_thresholds);
    if (q->places == NULL || q->choices == NULL) {
        return no_memory(context);
    }
    TRY(tf_psa_places(context, q->psa, q->places));
    for (size_t t = 0; t < q->n_thresholds; t++) {
        TRY(tf_choice_create(context, q->psa, q->thresholds[t], &q->choices[t]));
    }
    for (size_t k = 0; k < q->n_sets; k++) {
        tf_progress(context, "value of parameters", step++, steps);
        TRY(answer_set(context, q, &q->sets[k]));
    }
    for (size_t k = 0; k < q->n_trials; k++) {
        tf_progress(context, "value of studies", step++, steps);
        TRY(answer_trial(context, q, &q->trials[k]));
    }
    hold_laws(q);
out:
    return status;
}

trefoil_status tf_inquiry_create(trefoil_context *context, const tf_psa *psa, const tf_questions *questions, tf_inquiry **inquiry)
{
    trefoil_status status;
    tf_inquiry *made = TF_NEW(tf_inquiry, 1);
    size_t before = tf_mistakes(context);

    *inquiry = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    made->psa = psa;
    made->thresholds = questions->thresholds;
    made->n_thresholds = questions->n_thresholds;
    status = ask_sets(context, questions, made);
    if (questions->studies != NULL && (status == TREFOIL_DONE || status == TREFOIL_USER_MISTAKE)) {
        status = ask_studies(context, questions->studies, made);
    }
    if (status == TREFOIL_DONE && tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    }
    TRY(status);
    TRY(check_draws(context, made));
    TRY(answer(context, made));
    *inquiry = made;
    made = NULL;
out:
    tf_inquiry_destroy(made);
    return status;
}

void tf_inquiry_destroy(tf_inquiry *inquiry)
{
    if (inquiry == NULL) {
        return;
    }
    for (size_t t = 0; inquiry->choices != NULL && t < inquiry->n_thresholds; t++) {
        tf_choice_destroy(inquiry->choices[t]);
    }
    for (size_t k = 0; k < inquiry->n_sets; k++) {
        tf_free(inquiry->sets[k].label);
        tf_free(inquiry->sets[k].parameters);
        tf_free(inquiry->sets[k].worths);
    }
    for (size_t k = 0; k < inquiry->n_trials; k++) {
        tf_study_free(&inquiry->trials[k].study);
        tf_free(inquiry->trials[k].evppi);
        tf_free(inquiry->trials[k].evsi);
    }
    tf_free(inquiry->places);
    tf_free(inquiry->choices);
    tf_free(inquiry->sets);
    tf_free(inquiry->trials);
    tf_list_free(&inquiry->broken);
    tf_free(inquiry);
}

/* What the strategy that is best by now gains over the comparator. */
static const tf_estimate *gain_now(const tf_inquiry *inquiry, size_t threshold)
{
    const tf_choice *choice = inquiry->choices[threshold];

    return &choice->prospects[choice->best].more_nmb;
}

double tf_trial_delay(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold)
{
    return fmax(0, gain_now(inquiry, threshold)->value) * tf_study_delayed(&trial->study, trial->study.sizes[size]);
}

double tf_trial_benefit(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold)
{
    const int64_t n = trial->study.sizes[size];

    return trial->evsi[size * inquiry->n_thresholds + threshold].value * tf_study_people(&trial->study, n) - tf_study_cost(&trial->study, n) -
           tf_trial_delay(inquiry, trial, size, threshold);
}

double tf_trial_error(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold)
{
    const int64_t n = trial->study.sizes[size];
    double delayed = tf_study_delayed(&trial->study, n), gain = delayed > 0 ? gain_now(inquiry, threshold)->mcse * delayed : 0;

    return hypot(trial->evsi[size * inquiry->n_thresholds + threshold].se * tf_study_people(&trial->study, n), gain);
}

size_t tf_trial_best(const tf_inquiry *inquiry, const tf_trial *trial, size_t threshold)
{
    size_t best = trial->study.n_sizes;
    double highest = 0;

    for (size_t k = 0; k < trial->study.n_sizes; k++) {
        double benefit = tf_trial_benefit(inquiry, trial, k, threshold);

        if (benefit > highest) {
            highest = benefit;
            best = k;
        }
    }
    return best;
}
