/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind = scenario: a published model run as a scenario.
 *
 *   [scenario]
 *   file = scenario.ini
 *   draws = outputs.csv      optional: published results of every draw, columns <measure>_<strategy>, a row a draw
 *
 *   [variant NAME]           optional: the same with other settings, as after --set; rows whose quantity begins with "NAME: "
 *   set = time:horizon=59 years
 *   set2 = ...
 *
 * Quantities (MEASURE is one of results/README.md; per person and discounted unless said otherwise):
 *   MEASURE [undiscounted]              of the base case
 *   inc MEASURE [vs STRATEGY]           the difference from the comparator, or from that strategy
 *   icer [vs STRATEGY], icer per ly     more cost / more QALYs (life-years)
 *   mcse MEASURE, mcse inc MEASURE      Monte Carlo standard errors
 *   year K MEASURE                      undiscounted, of all people, in the K-th year
 *   total MEASURE                       undiscounted, of all people
 *   mean MEASURE, mean icer [vs ...]    over probabilistic draws; sd, q2.5 and the like of a MEASURE or inc MEASURE too
 *   greatest difference MEASURE         between this run's draws and the published ones, relative
 *   evpi K, best K                      of all, over draws: the expected value of perfect information at a threshold; the strategy
 *                                       with the highest expected net benefit
 *   p best K                            share of draws in which the row's strategy has the highest net benefit at a threshold, ties shared
 *   status                              "dominated" if another strategy costs less and does more, or "not dominated"
 * In a row whose strategy is "least" the answer is the name of the strategy with the least of a MEASURE.
 */
#include "library/validate.h"

#include "base/memory.h"
#include "engine/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All outcomes of a run. */
typedef struct held {
    tf_run *run;
    const tf_layout *layout;
    tf_outcome *base;   /* [strategy], of the base case */
    double **draws;     /* [draw - 1]: [strategy][measure][2] of the whole population */
    size_t n_draws, capacity;
} held;

/* ---- running ----------------------------------------------------------------------------------- */

static double *copied(const double *from, size_t n)
{
    double *to = TF_NEW(double, n);

    if (to != NULL && n > 0) {
        memcpy(to, from, n * sizeof *to);
    }
    return to;
}

static bool keep_base(held *self, const tf_draw *draw)
{
    const tf_layout *layout = self->layout;
    size_t n = layout->n_groups * layout->n_measures * 2, years = layout->n_year_groups * layout->n_years * layout->n_measures;
    bool whole = true;

    self->base = TF_NEW(tf_outcome, layout->n_strategies);
    for (size_t s = 0; self->base != NULL && s < layout->n_strategies; s++) {
        const tf_outcome *from = &draw->outcomes[s];

        self->base[s] = (tf_outcome){copied(from->total, n), copied(from->variance, n), copied(from->difference_variance, n),
                                     copied(from->by_year, years), copied(from->covariance, 2 * layout->n_groups)};
        whole = whole && self->base[s].total && self->base[s].variance && self->base[s].difference_variance && self->base[s].by_year &&
                self->base[s].covariance;
    }
    return self->base != NULL && whole;
}

static trefoil_status take(void *to, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    held *self = to;
    void *draws = self->draws;
    size_t size = 2 * layout->n_measures;
    double *all;

    if (draw->draw == 0) {
        return keep_base(self, draw) ? TREFOIL_DONE : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the results of a case");
    }
    all = TF_NEW(double, size * layout->n_strategies);
    if (all == NULL || tf_reserve(&draws, &self->capacity, self->n_draws + 1, sizeof *self->draws) != 0) {
        tf_free(all);
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the results of a case");
    }
    self->draws = draws;
    self->draws[self->n_draws++] = all;
    for (size_t s = 0; s < layout->n_strategies; s++) {
        memcpy(all + s * size, draw->outcomes[s].total, size * sizeof *all);
    }
    return TREFOIL_DONE;
}

static void release(held *self)
{
    for (size_t s = 0; self->base != NULL && s < self->layout->n_strategies; s++) {
        tf_free(self->base[s].total);
        tf_free(self->base[s].variance);
        tf_free(self->base[s].difference_variance);
        tf_free(self->base[s].by_year);
        tf_free(self->base[s].covariance);
    }
    for (size_t d = 0; d < self->n_draws; d++) {
        tf_free(self->draws[d]);
    }
    tf_free(self->base);
    tf_free(self->draws);
    tf_run_close(self->run);
    *self = (held){0};
}

static trefoil_status run(trefoil_context *context, const char *path, const tf_list *sets, held *self)
{
    trefoil_status status;

    TRY(tf_run_open_compared(context, path, (const char *const *)sets->items, sets->count, NULL, &self->run));
    self->layout = &self->run->layout;
    TRY(tf_run_go(context, self->run, (tf_run_options){0, 0}, (tf_sink){.take = take, .self = self}));
out:
    return status;
}

/* ---- quantities -------------------------------------------------------------------------------- */

typedef struct figure {
    const held *of;
    size_t strategy, against;
    bool undiscounted;
} figure;

/* Does `text` begin with `word`?  Then what follows. */
static const char *after(const char *text, const char *word)
{
    size_t n = strlen(word);

    return strncmp(text, word, n) == 0 ? text + n : NULL;
}

static bool find_strategy(const held *of, const char *name, size_t *strategy)
{
    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        if (tf_same_text(of->layout->strategies[s], name)) {
            *strategy = s;
            return true;
        }
    }
    return false;
}

static ptrdiff_t find_measure(const held *of, const char *name)
{
    for (size_t m = 0; m < of->layout->n_measures; m++) {
        if (strcmp(of->layout->measures[m].name, name) == 0) {
            return (ptrdiff_t)m;
        }
    }
    return -1;
}

/* Per person; draw 0 is the base case. */
static double value_at(const figure *f, size_t draw, size_t strategy, ptrdiff_t measure)
{
    const held *of = f->of;
    size_t at = 2 * (size_t)measure + (f->undiscounted ? TF_UNDISCOUNTED : TF_DISCOUNTED), size = 2 * of->layout->n_measures;
    size_t persons = 2 * (size_t)find_measure(of, "persons");

    if (draw == 0) {
        return of->base[strategy].total[at] / of->base[strategy].total[persons];
    }
    return of->draws[draw - 1][strategy * size + at] / of->draws[draw - 1][strategy * size + persons];
}

/* "cost" or "inc cost" in a draw. */
static bool evaluate(const figure *f, const char *text, size_t draw, double *value)
{
    const char *rest = after(text, "inc ");
    ptrdiff_t measure = find_measure(f->of, rest != NULL ? rest : text);

    if (measure < 0) {
        return false;
    }
    *value = value_at(f, draw, f->strategy, measure) - (rest != NULL ? value_at(f, draw, f->against, measure) : 0);
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* mean, sd or a percentile (type 7) over draws; NAN share: mean, negative: sd. */
static bool over_draws(const figure *f, const char *text, double share, double *value, double *mcse)
{
    size_t n = f->of->n_draws;
    double *all = TF_NEW(double, n), mean = 0, squares = 0;
    bool fine = all != NULL && n > 1;

    for (size_t d = 0; fine && d < n; d++) {
        fine = evaluate(f, text, d + 1, &all[d]);
        mean += fine ? all[d] / (double)n : 0;
    }
    for (size_t d = 0; fine && d < n; d++) {
        squares += (all[d] - mean) * (all[d] - mean);
    }
    if (fine && isnan(share)) {
        *value = mean;
        *mcse = sqrt(squares / (double)(n - 1) / (double)n);
    } else if (fine && share < 0) {
        *value = sqrt(squares / (double)(n - 1));
    } else if (fine) {
        double at = share * (double)(n - 1);
        size_t low = (size_t)at;

        qsort(all, n, sizeof *all, ascending);
        *value = all[low] + (low + 1 < n ? (at - (double)low) * (all[low + 1] - all[low]) : 0);
    }
    tf_free(all);
    return fine;
}

static bool ratio(const figure *f, const char *effect, bool draws, double *value)
{
    double cost = 0, more = 0, none;

    if (draws ? !over_draws(f, "inc cost", (double)NAN, &cost, &none) || !over_draws(f, effect, (double)NAN, &more, &none)
              : !evaluate(f, "inc cost", 0, &cost) || !evaluate(f, effect, 0, &more)) {
        return false;
    }
    *value = cost / more;
    return true;
}

static bool standard_error(const figure *f, const char *text, double *value)
{
    const char *rest = after(text, "inc ");
    ptrdiff_t measure = find_measure(f->of, rest != NULL ? rest : text), persons = find_measure(f->of, "persons");
    const tf_outcome *base = &f->of->base[f->strategy];
    size_t at;

    if (measure < 0 || (rest != NULL && f->against != f->of->layout->comparator)) {
        return false;
    }
    at = 2 * (size_t)measure + (f->undiscounted ? TF_UNDISCOUNTED : TF_DISCOUNTED);
    *value = sqrt(rest != NULL ? base->difference_variance[at] : base->variance[at]) / base->total[2 * (size_t)persons];
    return true;
}

/* "3 years.life.h": of all people, in the third year. */
static bool in_year(const figure *f, const char *text, double *value)
{
    const tf_layout *layout = f->of->layout;
    char *rest;
    long year = strtol(text, &rest, 10);
    ptrdiff_t measure = find_measure(f->of, rest + (*rest == ' '));

    if (measure < 0 || year < 1 || (size_t)year > layout->n_years || layout->n_year_groups == 0) {
        return false;
    }
    *value = f->of->base[f->strategy].by_year[tf_at_year(layout, 0, (size_t)year - 1, (size_t)measure)];
    return true;
}

/* Is there a strategy that costs less and does more? */
static const char *standing(const figure *f)
{
    ptrdiff_t cost = find_measure(f->of, "cost"), qaly = find_measure(f->of, "qaly");

    for (size_t s = 0; s < f->of->layout->n_strategies; s++) {
        if (value_at(f, 0, s, cost) < value_at(f, 0, f->strategy, cost) && value_at(f, 0, s, qaly) > value_at(f, 0, f->strategy, qaly)) {
            return "dominated";
        }
    }
    return "not dominated";
}

static bool compute(const figure *f, const char *text, double *value, double *mcse)
{
    const char *rest;
    char *end;
    double percent;

    *mcse = 0;
    if ((rest = after(text, "year ")) != NULL) {
        return in_year(f, rest, value);
    }
    if ((rest = after(text, "total ")) != NULL) {
        ptrdiff_t measure = find_measure(f->of, rest);

        *value = measure < 0 ? 0 : f->of->base[f->strategy].total[2 * (size_t)measure];
        return measure >= 0;
    }
    if ((rest = after(text, "mcse ")) != NULL) {
        return standard_error(f, rest, value);
    }
    if (strcmp(text, "icer") == 0 || strcmp(text, "mean icer") == 0) {
        return ratio(f, "inc qaly", text[0] == 'm', value);
    }
    if (strcmp(text, "icer per ly") == 0 || strcmp(text, "mean icer per ly") == 0) {
        return ratio(f, "inc ly", text[0] == 'm', value);
    }
    if ((rest = after(text, "mean ")) != NULL) {
        return over_draws(f, rest, (double)NAN, value, mcse);
    }
    if ((rest = after(text, "sd ")) != NULL) {
        return over_draws(f, rest, -1, value, mcse);
    }
    if (text[0] == 'q' && (percent = strtod(text + 1, &end), *end == ' ')) {
        return over_draws(f, end + 1, percent / 100, value, mcse);
    }
    (void)standard_error(f, text, mcse);
    return evaluate(f, text, 0, value);
}

/* ---- published draws --------------------------------------------------------------------------- */

/* The greatest relative difference of a measure between the run's draws and the published ones. */
static trefoil_status compare_draws(trefoil_context *context, const held *of, const char *path, tf_place from, const char *measure,
                                    double *greatest)
{
    trefoil_status status;
    tf_table *table = NULL;
    ptrdiff_t m = find_measure(of, measure);
    figure f = {.of = of};

    *greatest = (double)NAN;
    TRY(tf_table_read(context, path, from, &table));
    if (m < 0 || tf_table_rows(table) != of->n_draws) {
        status = tf_mistake(context, from, "%s: %zu rows, but the run has %zu draws", path, tf_table_rows(table), of->n_draws);
        goto out;
    }
    *greatest = 0;
    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        char name[400];
        ptrdiff_t column;

        snprintf(name, sizeof name, "%s_%s", measure, of->layout->strategies[s]);
        column = tf_table_find(table, name);
        if (column < 0) {
            status = tf_mistake(context, from, "%s: no column '%s'", path, name);
            goto out;
        }
        for (size_t d = 0; d < of->n_draws; d++) {
            double published;

            TRY(tf_table_number(context, table, d, (size_t)column, -1e300, 1e300, &published));
            *greatest = fmax(*greatest, fabs(value_at(&f, d + 1, s, m) / published - 1));
        }
    }
out:
    tf_table_destroy(table);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* Net benefit at a threshold over draws: the best strategy on average, and what knowing the draw would add. */
static bool value_information(const held *of, double threshold, size_t *best, double *evpi)
{
    size_t n = of->layout->n_strategies;
    ptrdiff_t cost = find_measure(of, "cost"), qaly = find_measure(of, "qaly");
    figure f = {.of = of};
    double *means = TF_NEW(double, n), known = 0;

    for (size_t d = 1; means != NULL && d <= of->n_draws; d++) {
        double most = -(double)INFINITY;

        for (size_t s = 0; s < n; s++) {
            double benefit = threshold * value_at(&f, d, s, qaly) - value_at(&f, d, s, cost);

            means[s] += benefit / (double)of->n_draws;
            most = fmax(most, benefit);
        }
        known += most / (double)of->n_draws;
    }
    *best = 0;
    for (size_t s = 1; means != NULL && s < n; s++) {
        *best = means[s] > means[*best] ? s : *best;
    }
    *evpi = means != NULL ? known - means[*best] : (double)NAN;
    tf_free(means);
    return isfinite(*evpi) && of->n_draws > 0;
}

static bool answer_information(const held *of, tf_expected *row, const char *words)
{
    const char *evpi = after(words, "evpi "), *best = after(words, "best ");
    double threshold, value;
    size_t strategy;

    if ((evpi == NULL && best == NULL) || !tf_parse_number(evpi != NULL ? evpi : best, &threshold)) {
        return false;
    }
    if (value_information(of, threshold, &strategy, &value)) {
        if (evpi != NULL) {
            tf_answer_row(row, value, 0);
        } else {
            tf_answer_word(row, of->layout->strategies[strategy]);
        }
    }
    return true;
}

/* The share of draws in which a strategy has the highest net benefit. */
static bool answer_acceptability(const held *of, tf_expected *row, const char *words)
{
    const char *text = after(words, "p best ");
    ptrdiff_t cost = find_measure(of, "cost"), qaly = find_measure(of, "qaly");
    figure f = {.of = of};
    double threshold, share = 0;
    size_t strategy;

    if (text == NULL || !tf_parse_number(text, &threshold)) {
        return false;
    }
    if (of->n_draws == 0 || !find_strategy(of, row->strategy, &strategy)) {
        return true; /* without an answer */
    }
    for (size_t d = 1; d <= of->n_draws; d++) {
        double own = threshold * value_at(&f, d, strategy, qaly) - value_at(&f, d, strategy, cost);
        size_t as_good = 0, better = 0;

        for (size_t s = 0; s < of->layout->n_strategies; s++) {
            double benefit = threshold * value_at(&f, d, s, qaly) - value_at(&f, d, s, cost);

            as_good += benefit == own;
            better += benefit > own;
        }
        share += better > 0 ? 0 : 1.0 / (double)as_good;
    }
    share /= (double)of->n_draws;
    tf_answer_row(row, share, sqrt(share * (1 - share) / (double)of->n_draws));
    return true;
}

static void answer_least(const held *of, tf_expected *row, const char *text)
{
    size_t least = 0;
    double value, best = (double)INFINITY;

    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        figure f = {.of = of, .strategy = s, .against = of->layout->comparator};

        if (evaluate(&f, text, 0, &value) && value < best) {
            best = value;
            least = s;
        }
    }
    if (isfinite(best)) {
        tf_answer_word(row, of->layout->strategies[least]);
    }
}

static trefoil_status answer(trefoil_context *context, tf_case *self, const held *of, tf_expected *row, const char *text)
{
    static const char plain[] = " undiscounted", versus[] = " vs ", greatest[] = "greatest difference ";
    size_t section = (size_t)tf_config_find(self->config, "scenario");
    figure f = {.of = of, .against = of->layout->comparator};
    char words[256], *at;
    double value, mcse;

    snprintf(words, sizeof words, "%s", text);
    if (strncmp(words, greatest, sizeof greatest - 1) == 0) {
        char *path = tf_config_file(context, self->config, section, "draws");
        trefoil_status status = TREFOIL_DONE;

        if (path != NULL) {
            status = compare_draws(context, of, path, tf_config_place(self->config, section, "draws"), words + sizeof greatest - 1, &value);
        }
        if (path != NULL && status == TREFOIL_DONE) {
            tf_answer_row(row, value, 0);
        }
        tf_free(path);
        return status;
    }
    if (answer_information(of, row, words) || answer_acceptability(of, row, words)) {
        return TREFOIL_DONE;
    }
    if (tf_same_text(row->strategy, "least")) {
        answer_least(of, row, words);
        return TREFOIL_DONE;
    }
    if (!find_strategy(of, row->strategy, &f.strategy)) {
        return TREFOIL_DONE;
    }
    if ((at = strstr(words, plain)) != NULL) {
        f.undiscounted = true;
        memmove(at, at + sizeof plain - 1, strlen(at + sizeof plain - 1) + 1);
    }
    if ((at = strstr(words, versus)) != NULL) {
        if (!find_strategy(of, at + sizeof versus - 1, &f.against)) {
            return TREFOIL_DONE;
        }
        *at = '\0';
    }
    if (strcmp(words, "status") == 0) {
        tf_answer_word(row, standing(&f));
    } else if (compute(&f, words, &value, &mcse)) {
        tf_answer_row(row, value, mcse);
    }
    return TREFOIL_DONE;
}

/* What follows "NAME: " of the variant (NULL: no variant), or NULL if the row belongs to another. */
static const char *of_variant(const tf_case *self, const char *quantity, const char *variant)
{
    const char *colon = strstr(quantity, ": "), *name;
    size_t length = colon != NULL ? (size_t)(colon - quantity) : 0;

    for (size_t k = 0; colon != NULL && k < tf_config_sections(self->config); k++) {
        if (tf_config_section_is(self->config, k, "variant", &name) && strlen(name) == length && strncmp(name, quantity, length) == 0) {
            return variant != NULL && strcmp(variant, name) == 0 ? colon + 2 : NULL;
        }
    }
    return variant == NULL ? quantity : NULL;
}

static trefoil_status run_variant(trefoil_context *context, tf_case *self, const char *path, ptrdiff_t section, const char *variant)
{
    trefoil_status status = TREFOIL_DONE;
    tf_list sets = {0};
    held of = {0};

    for (size_t k = 0; section >= 0 && k < tf_config_keys(self->config, (size_t)section); k++) {
        const char *key = tf_config_key(self->config, (size_t)section, k);

        if (strncmp(key, "set", 3) == 0 && tf_list_add(&sets, tf_config_text(self->config, (size_t)section, key)) != 0) {
            status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a variant of a case");
            goto out;
        }
    }
    TRY(run(context, path, &sets, &of));
    for (size_t k = 0; k < self->n_expected; k++) {
        const char *text = of_variant(self, self->expected[k].quantity, variant);

        if (text != NULL) {
            TRY(answer(context, self, &of, &self->expected[k], text));
        }
    }
out:
    release(&of);
    tf_list_free(&sets);
    return status;
}

trefoil_status tf_case_scenario(trefoil_context *context, tf_case *self)
{
    trefoil_status status = TREFOIL_USER_MISTAKE;
    ptrdiff_t section = tf_config_find(self->config, "scenario");
    char *path = NULL;
    const char *name;

    if (section < 0 || !tf_config_require(context, self->config, (size_t)section, "file", "the scenario that is the case")) {
        return section < 0 ? tf_mistake(context, (tf_place){tf_config_path(self->config), 0}, "[scenario]: the section is missing") : status;
    }
    (void)tf_config_text(self->config, (size_t)section, "draws");
    path = tf_config_file(context, self->config, (size_t)section, "file");
    if (path == NULL) {
        goto out;
    }
    TRY(run_variant(context, self, path, -1, NULL));
    for (size_t k = 0; k < tf_config_sections(self->config); k++) {
        if (tf_config_section_is(self->config, k, "variant", &name)) {
            TRY(run_variant(context, self, path, (ptrdiff_t)k, name));
        }
    }
out:
    tf_free(path);
    return status;
}
