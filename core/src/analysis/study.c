/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/study.h"

#include "base/memory.h"
#include "random/stream.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct form {
    const char *name;
    tf_outcome_kind kind;
    const char *arguments[2];
    double fallback; /* of the second; NAN: it must be given */
} form;

static const form forms[] = {{"normal", TF_OUTCOME_NORMAL, {"mean", "sd"}, NAN},
                             {"binomial", TF_OUTCOME_BINOMIAL, {"p", NULL}, 0},
                             {"poisson", TF_OUTCOME_POISSON, {"rate", "years"}, 1}};
enum { FORMS = sizeof forms / sizeof *forms };

static double argument(const tf_psa *psa, const tf_argument *a, size_t draw)
{
    return a->parameter >= 0 ? tf_psa_value(psa, (size_t)a->parameter)[draw] : a->value;
}

static bool learn(tf_study *study, size_t parameter)
{
    for (size_t k = 0; k < study->n_learned; k++) {
        if (study->learned[k] == parameter) {
            return true;
        }
    }
    if (study->n_learned == TF_LEARNED) {
        return false;
    }
    study->learned[study->n_learned++] = parameter;
    return true;
}

static bool read_argument(trefoil_context *context, tf_place place, const tf_psa *psa, const char *text, tf_argument *out)
{
    const char *near;

    *out = (tf_argument){.parameter = -1};
    if (tf_parse_number(text, &out->value)) {
        return true;
    }
    out->parameter = tf_psa_parameter(psa, text);
    if (out->parameter >= 0) {
        return true;
    }
    near = tf_nearest(text, (const char *const *)psa->parameters, psa->n_parameters);
    tf_mistake(context, place, "'%s': neither a number nor a parameter of the sample%s%s%s", text, near != NULL ? "; did you mean '" : "",
               near != NULL ? near : "", near != NULL ? "'?" : "");
    return false;
}

/* Every draw must give a data set. */
static bool check_range(trefoil_context *context, tf_place place, const tf_psa *psa, const form *f, const tf_study_outcome *outcome)
{
    static const struct {
        double min, max;
        const char *words;
    } limits[FORMS][2] = {{{-INFINITY, INFINITY, ""}, {5e-324, INFINITY, "a standard deviation is above 0"}},
                          {{0, 1, "a probability lies between 0 and 1"}, {-INFINITY, INFINITY, ""}},
                          {{0, INFINITY, "a rate is not negative"}, {5e-324, INFINITY, "a time is above 0"}}};

    for (size_t a = 0; a < 2; a++) {
        for (size_t k = 0; k < psa->n_draws && f->arguments[a] != NULL; k++) {
            double value = argument(psa, &outcome->arguments[a], k);

            if (!(value >= limits[f - forms][a].min && value <= limits[f - forms][a].max)) {
                tf_mistake(context, place, "%s is %g in draw %lld; %s", f->arguments[a], value, (long long)psa->draws[k],
                           limits[f - forms][a].words);
                return false;
            }
        }
    }
    return true;
}

/* "mean = effect" pieces into the two arguments of a form. */
static bool read_arguments(trefoil_context *context, tf_place place, const tf_psa *psa, const form *f, const char *inside,
                           tf_study_outcome *outcome)
{
    tf_list pieces = {0};
    bool given[2] = {false, false}, good = tf_list_split(&pieces, inside, ',') == 0;

    for (size_t k = 0; k < pieces.count && good; k++) {
        char *equals = strchr(pieces.items[k], '='), *name;
        size_t a = 0;

        if (equals == NULL) {
            tf_mistake(context, place, "'%s': expected 'name = value'", pieces.items[k]);
            good = false;
            break;
        }
        *equals = '\0';
        name = tf_trim(pieces.items[k]);
        while (a < 2 && (f->arguments[a] == NULL || strcmp(name, f->arguments[a]) != 0)) {
            a++;
        }
        if (a == 2 || given[a]) {
            tf_mistake(context, place, "%s: '%s' is not one of its arguments, or is there twice", f->name, name);
            good = false;
            break;
        }
        given[a] = true;
        good = read_argument(context, place, psa, tf_trim(equals + 1), &outcome->arguments[a]);
    }
    for (size_t a = 0; a < 2 && good; a++) {
        if (f->arguments[a] != NULL && !given[a]) {
            outcome->arguments[a] = (tf_argument){.value = f->fallback, .parameter = -1};
            if (a == 0 || isnan(f->fallback)) {
                tf_mistake(context, place, "%s: '%s' is missing", f->name, f->arguments[a]);
                good = false;
            }
        }
    }
    tf_list_free(&pieces);
    return good;
}

static void read_outcome(trefoil_context *context, tf_place place, const tf_psa *psa, const char *text, tf_study *study)
{
    const char *open = strchr(text, '('), *close = open != NULL ? strrchr(open, ')') : NULL;
    tf_study_outcome *outcome = &study->outcomes[study->n_outcomes];
    char name[16], inside[512];
    const form *f = NULL;

    *outcome = (tf_study_outcome){.arguments = {{.parameter = -1}, {.parameter = -1}}};
    if (close == NULL || close[1] != '\0' || (size_t)(close - open) >= sizeof inside || (size_t)(open - text) >= sizeof name) {
        tf_mistake(context, place, "'%s': expected normal(mean = ..., sd = ...), binomial(p = ...) or poisson(rate = ..., years = ...)",
                   text);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(open - text), text);
    snprintf(inside, sizeof inside, "%.*s", (int)(close - open - 1), open + 1);
    for (size_t k = 0; k < FORMS; k++) {
        f = strcmp(tf_trim(name), forms[k].name) == 0 ? &forms[k] : f;
    }
    if (f == NULL) {
        tf_mistake(context, place, "'%s': an outcome is normal, binomial or poisson", name);
        return;
    }
    outcome->kind = f->kind;
    if (!read_arguments(context, place, psa, f, inside, outcome) || !check_range(context, place, psa, f, outcome)) {
        return;
    }
    for (size_t a = 0; a < 2; a++) {
        if (f->arguments[a] != NULL && outcome->arguments[a].parameter >= 0) {
            (void)learn(study, (size_t)outcome->arguments[a].parameter);
        }
    }
    study->n_outcomes++;
}

static void read_outcomes(trefoil_context *context, tf_config *config, size_t section, const tf_psa *psa, tf_study *study)
{
    char key[16];

    for (int k = 1; k <= TF_OUTCOMES; k++) {
        const char *text;

        snprintf(key, sizeof key, k == 1 ? "outcome" : "outcome_%d", k);
        text = tf_config_text(config, section, key);
        if (text != NULL) {
            read_outcome(context, tf_config_place(config, section, key), psa, text, study);
        }
    }
}

static trefoil_status read_sizes(trefoil_context *context, tf_config *config, size_t section, tf_study *study)
{
    tf_list list = {0};
    const tf_place place = tf_config_place(config, section, "n");
    trefoil_status status = TREFOIL_DONE;

    if (!tf_config_require(context, config, section, "n", "the numbers of people to compare, as 50, 100, 200")) {
        return TREFOIL_DONE;
    }
    TRY(tf_config_list(context, config, section, "n", &list));
    for (size_t k = 0; k < list.count; k++) {
        int64_t n;

        if (study->n_sizes == TF_SIZES || !tf_parse_integer(list.items[k], &n) || n < 1 || n > 100000000 ||
            (study->n_sizes > 0 && n <= study->sizes[study->n_sizes - 1])) {
            tf_mistake(context, place, "[%s] n: '%s': expected at most %d ascending whole numbers from 1 to 100 million",
                       tf_config_section(config, section), list.items[k], (int)TF_SIZES);
            break;
        }
        study->sizes[study->n_sizes++] = n;
    }
out:
    tf_list_free(&list);
    return status;
}

static trefoil_status read_learned(trefoil_context *context, tf_config *config, size_t section, const tf_psa *psa, tf_study *study)
{
    tf_list list = {0};
    trefoil_status status;

    study->prior_size = tf_config_number(context, config, section, "prior_size", 1e-9, 1e9, (double)NAN);
    TRY(tf_config_list(context, config, section, "learns", &list));
    for (size_t k = 0; k < list.count; k++) {
        tf_argument a;

        if (read_argument(context, tf_config_place(config, section, "learns"), psa, list.items[k], &a) &&
            (a.parameter < 0 || !learn(study, (size_t)a.parameter))) {
            tf_mistake(context, tf_config_place(config, section, "learns"), "'%s': expected at most %d names of parameters",
                       list.items[k], (int)TF_LEARNED);
        }
    }
    if (isnan(study->prior_size) != (list.count == 0)) {
        tf_mistake(context, tf_config_section_place(config, section), "[%s]: 'learns' and 'prior_size' belong together",
                   tf_config_section(config, section));
    } else if ((list.count == 0) == (study->n_outcomes == 0)) {
        tf_mistake(context, tf_config_section_place(config, section),
                   "[%s]: either outcomes, or 'learns' with 'prior_size', tell what the study observes",
                   tf_config_section(config, section));
    }
out:
    tf_list_free(&list);
    return status;
}

static void read_money(trefoil_context *context, tf_config *config, size_t section, tf_study *study)
{
    static const char *const meanwhile[] = {"best", "comparator", NULL};

    study->cost_fixed = tf_config_number(context, config, section, "cost_fixed", 0, 1e15, 0);
    study->cost_per_person = tf_config_number(context, config, section, "cost_per_person", 0, 1e12, 0);
    study->people_per_year = tf_config_number(context, config, section, "people_per_year", 0, 1e11, (double)NAN);
    study->horizon = tf_config_number(context, config, section, "horizon", 0, 1000, (double)NAN);
    study->reports_after = tf_config_number(context, config, section, "reports_after", 0, 1000, 0);
    study->recruits_per_year = tf_config_number(context, config, section, "recruits_per_year", 1e-9, 1e11, (double)NAN);
    study->arms = tf_config_integer(context, config, section, "arms", 1, 16, 1);
    study->waits = tf_config_choice(context, config, section, "until_report", meanwhile, 0) == 1;
    study->implementation = tf_config_number(context, config, section, "implementation", 0, 1, 1);
    study->discount = tf_config_number(context, config, section, "discount", 0, 1, 0.035);
    study->priced = !isnan(study->people_per_year) && !isnan(study->horizon);
    if (isnan(study->people_per_year) != isnan(study->horizon)) {
        tf_mistake(context, tf_config_section_place(config, section), "[%s]: 'people_per_year' and 'horizon' belong together",
                   tf_config_section(config, section));
    }
}

trefoil_status tf_study_read(trefoil_context *context, tf_config *config, size_t section, const tf_psa *psa, tf_study *study)
{
    trefoil_status status;
    const char *name = "";
    size_t before = tf_mistakes(context);

    *study = (tf_study){.prior_size = NAN};
    (void)tf_config_section_is(config, section, "study", &name);
    study->name = tf_strdup(name);
    if (study->name == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a study");
    }
    TRY(read_sizes(context, config, section, study));
    read_outcomes(context, config, section, psa, study);
    if (tf_mistakes(context) == before) {
        TRY(read_learned(context, config, section, psa, study));
    }
    read_money(context, config, section, study);
    if (study->n_learned == 0 && tf_mistakes(context) == before) {
        tf_mistake(context, tf_config_section_place(config, section), "[%s]: no parameter is observed", tf_config_section(config, section));
    }
    status = tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    return status;
}

void tf_study_free(tf_study *study)
{
    tf_free(study->name);
    study->name = NULL;
}

/* ---- data ------------------------------------------------------------------------------------ */

/* Smallest k with P(X <= k) >= u, by doubling and bisection. */
static double invert(double (*cdf)(unsigned int k, double a, unsigned int n), double a, unsigned int n, unsigned int top, double u)
{
    unsigned int low = 0, high = top;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;

        if (cdf(middle, a, n) >= u) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (double)low;
}

static double binomial_cdf(unsigned int k, double p, unsigned int n)
{
    return gsl_cdf_binomial_P(k, p, n);
}

static double poisson_cdf(unsigned int k, double mean, unsigned int n)
{
    (void)n;
    return gsl_cdf_poisson_P(k, mean);
}

/* The summary of n people: mean, share, or events per person-year. */
static double observe(const tf_study_outcome *outcome, const tf_psa *psa, size_t draw, int64_t n, double u)
{
    double first = argument(psa, &outcome->arguments[0], draw), second = argument(psa, &outcome->arguments[1], draw), mean;

    switch (outcome->kind) {
    case TF_OUTCOME_NORMAL:
        return first + second / sqrt((double)n) * tf_normal_quantile(u);
    case TF_OUTCOME_BINOMIAL:
        return invert(binomial_cdf, first, (unsigned int)n, (unsigned int)n, u) / (double)n;
    case TF_OUTCOME_POISSON:
        break;
    }
    mean = first * second * (double)n;
    if (mean > 1e8) { /* the distribution function takes whole numbers of 32 bits; here it is normal to 1 part in 10,000 */
        return fmax(0, mean + sqrt(mean) * tf_normal_quantile(u)) / (second * (double)n);
    }
    return invert(poisson_cdf, mean, 0, (unsigned int)(mean + 12 * sqrt(mean) + 50), u) / (second * (double)n);
}

trefoil_status tf_study_surface(trefoil_context *context, const tf_study *study, const tf_psa *psa, int64_t n, tf_surface **surface,
                                double *share)
{
    trefoil_status status;
    double *data;
    const double *columns[TF_OUTCOMES];

    *surface = NULL;
    *share = 1;
    if (!isnan(study->prior_size)) {
        *share = sqrt((double)n / ((double)n + study->prior_size));
        return tf_surface_of_parameters(context, psa, study->learned, study->n_learned, surface);
    }
    data = TF_NEW(double, study->n_outcomes * psa->n_draws);
    if (data == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a study's data");
    }
    for (size_t o = 0; o < study->n_outcomes; o++) {
        const uint32_t purpose = tf_purpose("study", study->name);

        columns[o] = data + o * psa->n_draws;
        for (size_t k = 0; k < psa->n_draws; k++) {
            const tf_coordinates at = {.purpose = purpose, .person = (uint64_t)k, .time = (uint32_t)o};

            data[o * psa->n_draws + k] = observe(&study->outcomes[o], psa, k, n, tf_uniform(1, at, 0));
        }
    }
    status = tf_surface_create(context, columns, study->n_outcomes, psa->n_draws, surface);
    tf_free(data);
    return status;
}

/* ---- money ----------------------------------------------------------------------------------- */

double tf_study_time(const tf_study *study, int64_t n)
{
    return study->reports_after + (isnan(study->recruits_per_year) ? 0 : (double)(study->arms * n) / study->recruits_per_year);
}

/* Years from one to the other, each discounted by its beginning. */
static double years_between(const tf_study *study, double from, double to)
{
    double sum = 0;

    for (double year = floor(from); year < to; year++) {
        sum += fmax(0, fmin(year + 1, to) - fmax(year, from)) * pow(1 + study->discount, -year);
    }
    return sum;
}

double tf_study_people(const tf_study *study, int64_t n)
{
    return study->priced ? study->implementation * study->people_per_year * years_between(study, tf_study_time(study, n), study->horizon)
                         : (double)NAN;
}

double tf_study_delayed(const tf_study *study, int64_t n)
{
    const double recruiting = isnan(study->recruits_per_year) ? 0 : (double)(study->arms * n) / study->recruits_per_year;
    /* Of one in the study, joining at any moment of recruitment alike. */
    const double one = recruiting > 0 ? years_between(study, 0, recruiting) / recruiting : 1;
    const double waiting = study->people_per_year * years_between(study, 0, fmin(tf_study_time(study, n), study->horizon));

    if (!study->priced) {
        return NAN;
    }
    if (!study->waits) {
        return (double)((study->arms - 1) * n) * one;
    }
    return fmax(0, study->implementation * waiting - (study->arms > 1 ? (double)n * one : 0));
}

double tf_study_cost(const tf_study *study, int64_t n)
{
    return study->cost_fixed + study->cost_per_person * (double)(study->arms * n);
}
