/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What names in a deal's formulas stand for. */
#include "deal/terms.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static ptrdiff_t add_name(tf_deal_scope *scope, tf_name name, tf_text *why)
{
    tf_deal *deal = scope->deal;
    void *names = deal->names;

    for (size_t k = 0; k < deal->n_names; k++) {
        const tf_name *known = &deal->names[k];

        if (known->kind == name.kind && known->index == name.index && known->strategy == name.strategy && known->group == name.group &&
            known->window == name.window) {
            return (ptrdiff_t)k;
        }
    }
    if (tf_reserve(&names, &scope->names_capacity, deal->n_names + 1, sizeof *deal->names) != 0) {
        why->failed = true;
        return -1;
    }
    deal->names = names;
    deal->names[deal->n_names] = name;
    return (ptrdiff_t)deal->n_names++;
}

static ptrdiff_t find_metric(const tf_deal *deal, const char *name)
{
    for (size_t k = 0; k < deal->n_metrics; k++) {
        if (strcmp(deal->metrics[k].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

ptrdiff_t tf_deal_lever(const tf_deal *deal, const char *name)
{
    for (size_t k = 0; k < deal->n_levers; k++) {
        if (strcmp(deal->levers[k].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

ptrdiff_t tf_deal_term(const tf_deal *deal, const char *name)
{
    for (size_t k = 0; k < deal->n_terms; k++) {
        if (strcmp(deal->routes[deal->terms[k].route].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

/* "a, b, c": what the run measures, so that a user need not look it up. */
static void list_measures(const tf_layout *layout, tf_text *why)
{
    tf_text_add(why, "; the run measures ");
    for (size_t m = 0; m < layout->n_measures; m++) {
        tf_text_addf(why, "%s%s", m > 0 ? ", " : "", layout->measures[m].name);
    }
}

static void unknown(const tf_deal_scope *scope, const char *name, tf_text *why)
{
    const tf_deal *deal = scope->deal;
    const tf_layout *layout = scope->source != NULL ? tf_source_layout(scope->source) : NULL;
    size_t n = 0, most = deal->n_levers + deal->n_metrics + (layout != NULL ? layout->n_measures : 0) + 1;
    const char **candidates = TF_NEW(const char *, most), *near;

    if (candidates == NULL) {
        why->failed = true;
        return;
    }
    for (size_t k = 0; k < deal->n_levers; k++) {
        candidates[n++] = deal->levers[k].name;
    }
    for (size_t k = 0; k < deal->n_metrics; k++) {
        candidates[n++] = deal->metrics[k].name;
    }
    for (size_t m = 0; layout != NULL && m < layout->n_measures; m++) {
        candidates[n++] = layout->measures[m].name;
    }
    near = tf_nearest(name, candidates, n);
    tf_free(candidates);
    tf_text_addf(why, "'%s' is neither a number of [numbers], nor a metric stated above, nor measured by the run", name);
    if (near != NULL) {
        tf_text_addf(why, "; did you mean '%s'?", near);
    }
    if (layout != NULL) {
        list_measures(layout, why);
    }
}

static ptrdiff_t find_paid(tf_deal_scope *scope, const char *term, tf_text *why)
{
    ptrdiff_t k = tf_deal_term(scope->deal, term);

    if (k < 0) {
        tf_text_addf(why, "there is no term '%s'", term);
        return -1;
    }
    if ((size_t)k >= scope->terms_in_sight) {
        tf_text_addf(why,
                     "'%s' is settled later: terms are settled in the order price, portfolio, discount, volume, free, outcome, "
                     "cap, levy, share, "
                     "contribution, and within a kind in the order of the file",
                     term);
        return -1;
    }
    scope->needs = (size_t)k + 1 > scope->needs ? (size_t)k + 1 : scope->needs;
    return add_name(scope, (tf_name){.kind = TF_NAME_PAID, .index = (size_t)k, .window = scope->window}, why);
}

static ptrdiff_t find_measure(tf_deal_scope *scope, const char *name, bool without, tf_text *why)
{
    const tf_layout *layout = tf_source_layout(scope->source);
    ptrdiff_t measure = tf_find_measure(layout, name);

    if (measure < 0) {
        unknown(scope, name, why);
        return -1;
    }
    return add_name(scope, (tf_name){.kind = TF_NAME_MEASURE, .index = (size_t)measure,
                                     .strategy = without ? layout->comparator : scope->deal->strategy, .group = scope->group,
                                     .window = scope->window}, why);
}

/* Every run measures these, whatever its model. */
static bool is_plain_measure(const char *name)
{
    static const char *const names[] = {"persons", "qaly", "ly", "cost", "deaths"};
    size_t k = 0;

    while (k < sizeof names / sizeof *names && strcmp(names[k], name) != 0) {
        k++;
    }
    return k < sizeof names / sizeof *names;
}

bool tf_deal_reserves(const char *name)
{
    return tf_expression_reserves(name) || strcmp(name, "year") == 0 || strcmp(name, "paid") == 0 || strcmp(name, "without") == 0 ||
           is_plain_measure(name);
}

static ptrdiff_t find(void *self, const char *name, tf_text *why)
{
    tf_deal_scope *scope = self;
    const tf_deal *deal = scope->deal;
    bool without = strncmp(name, "without.", 8) == 0;
    ptrdiff_t k;

    if (strcmp(name, "year") == 0) {
        return add_name(scope, (tf_name){.kind = TF_NAME_YEAR}, why);
    }
    if ((k = tf_deal_lever(deal, name)) >= 0) {
        return add_name(scope, (tf_name){.kind = TF_NAME_NUMBER, .index = (size_t)k}, why);
    }
    if ((k = find_metric(deal, name)) >= 0) {
        if (deal->metrics[k].needs > scope->terms_in_sight) {
            tf_text_addf(why, "'%s' rests on what the term '%s' pays, which is settled later", name,
                         deal->routes[deal->terms[deal->metrics[k].needs - 1].route].name);
            return -1;
        }
        scope->needs = deal->metrics[k].needs > scope->needs ? deal->metrics[k].needs : scope->needs;
        return add_name(scope, (tf_name){.kind = TF_NAME_METRIC, .index = (size_t)k, .window = scope->window}, why);
    }
    if (strncmp(name, "paid.", 5) == 0) {
        return find_paid(scope, name + 5, why);
    }
    if (scope->source != NULL) {
        return find_measure(scope, without ? name + 8 : name, without, why);
    }
    if (strchr(name, '.') != NULL || is_plain_measure(name)) {
        return add_name(scope, (tf_name){.kind = TF_NAME_MEASURE, .index = (size_t)-1}, why); /* it may be one */
    }
    unknown(scope, name, why);
    return -1;
}

tf_scope tf_deal_names(tf_deal_scope *scope)
{
    return (tf_scope){.find = find, .self = scope};
}

/* event.statin.lapsed.taking, years.statin.taking, use.statin, cost.medicines: the second word says of what. */
static bool is_of(const char *measure, size_t length, const tf_list *medicines)
{
    const char *second = memchr(measure, '.', length);
    size_t rest = second != NULL ? length - (size_t)(second + 1 - measure) : 0, word = 0;

    while (word < rest && second[1 + word] != '.') {
        word++;
    }
    for (size_t m = 0; m < medicines->count && second != NULL; m++) {
        if (strlen(medicines->items[m]) == word && strncmp(second + 1, medicines->items[m], word) == 0) {
            return true;
        }
    }
    return false;
}

bool tf_deal_prescribing(const tf_deal *deal, const tf_expression *expression, const tf_list *medicines, char measure[TF_MEASURE_NAME])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

    for (const char *at = expression->text; at != NULL && *at != '\0'; at += strcspn(at, letters)) {
        size_t length = strspn(at, letters), skip = strncmp(at, "without.", 8) == 0 ? 8 : 0;

        if (length > skip && is_of(at + skip, length - skip, medicines)) {
            snprintf(measure, TF_MEASURE_NAME, "%.*s", (int)length, at);
            return true;
        }
        at += length;
    }
    for (size_t k = 0; k < expression->n_symbols; k++) {
        const tf_name *name = &deal->names[expression->symbols[k].index];

        if (name->kind == TF_NAME_METRIC && deal->metrics[name->index].prescribing != NULL) {
            snprintf(measure, TF_MEASURE_NAME, "%s", deal->metrics[name->index].prescribing);
            return true;
        }
    }
    return false;
}

double tf_deal_plain(const tf_deal *deal, const tf_expression *e, double fallback)
{
    return tf_deal_plain_at(deal, e, NULL, fallback);
}

double tf_deal_plain_at(const tf_deal *deal, const tf_expression *e, const double *levers, double fallback)
{
    double numbers[TF_MAX_ARGUMENTS], value = fallback;
    tf_argument arguments[TF_MAX_ARGUMENTS] = {{0}};
    char why[TF_WHY];
    size_t at;

    if (e->text == NULL) {
        return fallback;
    }
    for (size_t k = 0; k < e->n_symbols; k++) {
        const tf_name *name = &deal->names[e->symbols[k].index];

        if (name->kind != TF_NAME_NUMBER) {
            return NAN;
        }
        numbers[k] = levers != NULL ? levers[name->index] : deal->levers[name->index].number.distribution.mean;
        arguments[k] = (tf_argument){&numbers[k], 0};
    }
    if (e->code.bytes == NULL) {
        return e->n_symbols == 1 ? numbers[0] : e->constant;
    }
    return tf_machine_run(deal->machine, &e->code, arguments, e->n_symbols, 0, 1, &value, &at, why) == TREFOIL_DONE ? value : (double)NAN;
}
