/* SPDX-License-Identifier: GPL-3.0-or-later */
/* [metric NAME], [term NAME] and [cost CATEGORY]. */
#include "deal/terms.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WHAT = 160 };

const char *const tf_term_kind_names[] = {"price", "portfolio", "discount", "volume", "free", "outcome", "cap", "levy", "share",
                                          "contribution", NULL};

void tf_deal_wrong(tf_deal_reader *reader, size_t section, const char *key, const char *format, ...)
{
    char reason[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tf_mistake(reader->context, tf_config_place(reader->config, section, key), "[%s] %s: %s",
               tf_config_section(reader->config, section), key, reason);
}

char *tf_deal_copy(tf_deal_reader *reader, const char *text)
{
    char *copy = tf_strdup(text != NULL ? text : "");

    if (copy == NULL && reader->status == TREFOIL_DONE) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", reader->deal->path);
    }
    return copy;
}

static bool read_text(tf_deal_reader *reader, size_t section, const char *key, const char *text, tf_expression *expression)
{
    char what[WHAT];
    tf_scope scope = tf_deal_names(&reader->scope);
    trefoil_status status;

    snprintf(what, sizeof what, "[%s] %s", tf_config_section(reader->config, section), key);
    status = tf_expression_read(reader->context, reader->deal->machine, &scope, text, what,
                                tf_config_place(reader->config, section, key), expression);
    if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
        reader->status = status;
    }
    return status == TREFOIL_DONE;
}

bool tf_deal_formula(tf_deal_reader *reader, size_t section, const char *key, tf_expression *expression)
{
    const char *text = tf_config_text(reader->config, section, key);

    return text != NULL && read_text(reader, section, key, text, expression);
}

bool tf_deal_condition(tf_deal_reader *reader, size_t section, const char *key, tf_expression *expression)
{
    const char *text = tf_config_text(reader->config, section, key);
    tf_text condition = {0};
    bool good = false;

    if (text == NULL) {
        return false;
    }
    tf_text_addf(&condition, "(%s) and 1 or 0", text);
    if (strpbrk(text, "<>=~") == NULL) {
        tf_deal_wrong(reader, section, key, "'%s': expected a condition, as in 'a >= b'", text);
    } else if (condition.failed) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", reader->deal->path);
    } else {
        good = read_text(reader, section, key, condition.chars, expression);
    }
    tf_text_free(&condition);
    return good;
}

/* A list of formulas; how many were stated. */
static size_t read_formulas(tf_deal_reader *reader, size_t section, const char *key, size_t most, tf_expression *out)
{
    tf_list pieces = {0};
    trefoil_status status = tf_config_list(reader->context, reader->config, section, key, &pieces);
    size_t n = pieces.count;

    if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
        reader->status = status;
    }
    if (n > most) {
        tf_deal_wrong(reader, section, key, "%zu numbers; there can be %zu at most", n, most);
        n = most;
    }
    for (size_t k = 0; k < n; k++) {
        (void)read_text(reader, section, key, pieces.items[k], &out[k]);
    }
    tf_list_free(&pieces);
    return n;
}

/* ---- metrics ------------------------------------------------------------------------------- */

static int read_window(tf_deal_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "window");
    int64_t n;

    if (text == NULL || strcmp(text, "year") == 0) {
        return TF_WINDOW_YEAR;
    }
    if (strcmp(text, "to date") == 0) {
        return TF_WINDOW_TO_DATE;
    }
    if (strncmp(text, "last ", 5) == 0 && tf_parse_integer(text + 5, &n) && n >= 1 && n <= TF_DEAL_YEARS) {
        return (int)n;
    }
    tf_deal_wrong(reader, section, "window", "'%s': expected year, to date, or a number of years as in 'last 3'", text);
    return TF_WINDOW_YEAR;
}

/* "imd 1": a group kept by year. */
static size_t read_group(tf_deal_reader *reader, size_t section, const char *key, const char *text)
{
    const tf_layout *layout = reader->source != NULL ? tf_source_layout(reader->source) : NULL;
    char by[64];
    const char *space = strchr(text, ' ');
    ptrdiff_t group;

    if (layout == NULL || strcmp(text, "all") == 0) {
        return 0;
    }
    snprintf(by, sizeof by, "%.*s", space != NULL ? (int)(space - text) : 0, text);
    group = space != NULL ? tf_find_group(layout, by, space + 1) : -1;
    if (group < 0) {
        tf_deal_wrong(reader, section, key, "the run has no group '%s'; write a dimension and its group, as in 'imd 1'", text);
        return 0;
    }
    if (layout->groups[group].year_index < 0) {
        tf_deal_wrong(reader, section, key,
                      "the run did not keep '%s' by year; add %s to by_year in the scenario's [output] and run it again", by, by);
        return 0;
    }
    return (size_t)group;
}

static tf_measurement read_measurement(tf_deal_reader *reader, size_t section)
{
    static const char *const cases[] = {"failure", "success", NULL};
    trefoil_context *context = reader->context;
    tf_config *config = reader->config;

    return (tf_measurement){
        .sensitivity = tf_config_number(context, config, section, "sensitivity", 0, 1, 1),
        .specificity = tf_config_number(context, config, section, "specificity", 0, 1, 1),
        .completeness = tf_config_number(context, config, section, "completeness", 0, 1, 1),
        .undocumented = tf_config_choice(context, config, section, "undocumented", cases, 0),
        .bias = tf_config_number(context, config, section, "bias", -INFINITY, INFINITY, 0),
        .area_sd = tf_config_number(context, config, section, "area_sd", 0, INFINITY, 0),
        .sd = tf_config_number(context, config, section, "sd", 0, INFINITY, 0),
    };
}

static const char *const error_keys[] = {"sensitivity", "specificity", "completeness", "undocumented", "bias", "area_sd", "sd", "patients"};

/* What is promised is known beforehand: a formula of numbers. */
static void read_stated(tf_deal_reader *reader, size_t section, const char *key, tf_expression *expression)
{
    if (tf_deal_formula(reader, section, key, expression) && isnan(tf_deal_plain(reader->deal, expression, 0))) {
        tf_deal_wrong(reader, section, key, "it is known beforehand, and so is made of numbers of [numbers] only");
    }
}

/* What a formula rests on is known no sooner, and no better, than the metrics and payments in it. */
static void rest_on(const tf_deal *deal, const tf_expression *expression, double *lag, bool *errs)
{
    for (size_t k = 0; expression->text != NULL && k < expression->n_symbols; k++) {
        const tf_name *name = &deal->names[expression->symbols[k].index];

        if (name->kind == TF_NAME_METRIC) {
            *lag = fmax(*lag, deal->metrics[name->index].lag);
            *errs = *errs || deal->metrics[name->index].errs;
        } else if (name->kind == TF_NAME_PAID) {
            *lag = fmax(*lag, deal->terms[name->index].known);
            *errs = *errs || deal->routes[deal->terms[name->index].route].basis == TF_BASIS_MEASURED;
        }
    }
}

void tf_deal_metrics_after(tf_deal *deal, size_t terms)
{
    for (size_t m = 0; m < deal->n_metrics; m++) {
        tf_metric *metric = &deal->metrics[m];

        if (metric->needs == terms) {
            rest_on(deal, &metric->value, &metric->lag, &metric->errs);
            rest_on(deal, &metric->patients, &metric->lag, &metric->errs);
        }
    }
}

static void add_metric(tf_deal_reader *reader, size_t section, const char *name, const char *title)
{
    static const char *const bases[] = {"true", "measured", NULL};
    tf_deal *deal = reader->deal;
    tf_metric metric = {.place = tf_config_section_place(reader->config, section), .measurement = tf_measurement_exact()};
    tf_metric *metrics = tf_realloc(deal->metrics, deal->n_metrics + 1, sizeof *metrics);
    char measure[TF_MEASURE_NAME];

    if (metrics == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return;
    }
    deal->metrics = metrics;
    metric.name = tf_deal_copy(reader, name);
    metric.title = tf_deal_copy(reader, title);
    reader->scope.needs = 0;
    (void)tf_deal_formula(reader, section, "value", &metric.value);
    metric.measured = tf_config_choice(reader->context, reader->config, section, "basis", bases, 0) == 1;
    metric.measurement = read_measurement(reader, section);
    (void)tf_deal_formula(reader, section, "patients", &metric.patients);
    metric.needs = reader->scope.needs;
    read_stated(reader, section, "promise", &metric.promise);
    read_stated(reader, section, "nothing", &metric.nothing);
    metric.lag = tf_config_number(reader->context, reader->config, section, "lag", 0, 50, 0);
    for (size_t k = 0; k < sizeof error_keys / sizeof *error_keys && !metric.measured; k++) {
        if (tf_config_text(reader->config, section, error_keys[k]) != NULL) {
            tf_deal_wrong(reader, section, error_keys[k],
                          "an error of measurement, but the metric's basis is true; write basis = measured");
        }
    }
    metric.errs = metric.measured;
    if (tf_deal_prescribing(deal, &metric.value, &reader->medicines, measure)) {
        metric.prescribing = tf_deal_copy(reader, measure);
    }
    deal->metrics[deal->n_metrics++] = metric; /* now others can name it */
}

static void read_fifths(tf_deal_reader *reader, size_t section, const char *name, const char *title)
{
    for (int q = 1; q <= 5 && reader->status == TREFOIL_DONE; q++) {
        char group[16], of[TF_MEASURE_NAME], called[256];

        snprintf(group, sizeof group, "imd %d", q);
        snprintf(of, sizeof of, "%s.q%d", name, q);
        snprintf(called, sizeof called, "%s, fifth %d", title, q);
        reader->scope.group = read_group(reader, section, "by", group);
        add_metric(reader, section, of, called);
    }
}

void tf_deal_read_metric(tf_deal_reader *reader, size_t section, const char *name)
{
    static const char *const dimensions[] = {"imd", NULL};
    const char *title = tf_config_text(reader->config, section, "title"), *group = tf_config_text(reader->config, section, "group"),
               *by = tf_config_text(reader->config, section, "by");

    if (!tf_is_name(name) || tf_deal_reserves(name)) {
        tf_mistake(reader->context, tf_config_section_place(reader->config, section),
                   "[metric %s]: not a name for a metric: a word of formulas, or a measure of every run", name);
        tf_config_know_section(reader->config, section);
        return;
    }
    if (tf_deal_lever(reader->deal, name) >= 0) {
        tf_mistake(reader->context, tf_config_section_place(reader->config, section),
                   "[metric %s]: a number of [numbers] has that name", name);
    }
    (void)tf_config_require(reader->context, reader->config, section, "value", "a formula over what the run measures");
    reader->scope.window = read_window(reader, section);
    reader->scope.terms_in_sight = reader->deal->n_terms;
    if (by != NULL && group != NULL) {
        tf_deal_wrong(reader, section, "group", "'by' already makes a metric of each fifth; state one of them");
    }
    if (by != NULL) {
        (void)tf_config_choice(reader->context, reader->config, section, "by", dimensions, 0);
        read_fifths(reader, section, name, title != NULL ? title : name);
    } else {
        reader->scope.group = group != NULL ? read_group(reader, section, "group", group) : 0;
        add_metric(reader, section, name, title != NULL ? title : name);
    }
    reader->scope.group = 0;
    reader->scope.window = TF_WINDOW_YEAR;
}

/* ---- accounts and lines -------------------------------------------------------------------- */

size_t tf_deal_add_route(tf_deal_reader *reader, const char *name, const char *title)
{
    tf_deal *deal = reader->deal;
    tf_route *routes = tf_realloc(deal->routes, deal->n_routes + 1, sizeof *routes);

    if (routes == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return 0;
    }
    deal->routes = routes;
    routes[deal->n_routes] = (tf_route){.name = tf_deal_copy(reader, name), .title = tf_deal_copy(reader, title), .payer.party = TF_USED_UP,
                                     .payee.party = TF_USED_UP};
    return deal->n_routes++;
}

/* "icb.drugs" */
static bool read_account(tf_deal_reader *reader, size_t section, const char *key, tf_account *account)
{
    const tf_parties *parties = &reader->deal->parties;
    const char *text = tf_config_text(reader->config, section, key), *dot = text != NULL ? strchr(text, '.') : NULL;
    char party[64];
    const char *names[64], *near;
    size_t n = 0;

    if (text == NULL) {
        return false;
    }
    snprintf(party, sizeof party, "%.*s", dot != NULL ? (int)(dot - text) : 63, text);
    account->party = (int)tf_parties_find(parties, party);
    if (account->party >= 0) {
        account->line = tf_deal_copy(reader, dot != NULL ? dot + 1 : "");
        return true;
    }
    for (; n < parties->count && n < 64; n++) {
        names[n] = parties->items[n].name;
    }
    near = tf_nearest(party, names, n);
    tf_deal_wrong(reader, section, key, "there is no party '%s'%s%s%s; a section [party %s] would make one", party,
                  near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "", party);
    return false;
}

/* ---- terms --------------------------------------------------------------------------------- */

/* Knots that are made of numbers alone must ascend; of others settling will tell. */
static void check_knots(tf_deal_reader *reader, size_t section, const tf_term *term)
{
    for (size_t k = 1; k < term->n_knots; k++) {
        const double before = tf_deal_plain(reader->deal, &term->knots[k - 1], (double)NAN);
        const double knot = tf_deal_plain(reader->deal, &term->knots[k], (double)NAN);

        if (knot <= before) {
            tf_deal_wrong(reader, section, "knots", "%g does not lie above %g: knots must ascend", knot, before);
            return;
        }
    }
}

static void read_schedule(tf_deal_reader *reader, size_t section, tf_term *term)
{
    static const char *const forms[] = {"marginal", "all-unit", NULL};
    const bool one = tf_config_text(reader->config, section, "rate") != NULL,
               several = tf_config_text(reader->config, section, "rates") != NULL;
    size_t n_rates, n_steps;

    term->all_unit = tf_config_choice(reader->context, reader->config, section, "schedule", forms, 0) == 1;
    term->n_knots = read_formulas(reader, section, "knots", TF_KNOTS, term->knots);
    n_rates = one ? 1 : read_formulas(reader, section, "rates", TF_KNOTS + 1, term->rates);
    if (one) {
        (void)tf_deal_formula(reader, section, "rate", &term->rates[0]);
    }
    n_steps = read_formulas(reader, section, "steps", TF_KNOTS, term->steps);
    (void)tf_deal_formula(reader, section, "origin", &term->origin);
    if (one && several) {
        tf_deal_wrong(reader, section, "rate", "either one rate, or rates between knots");
    } else if (!one && !several && n_steps == 0) {
        tf_mistake(reader->context, term->place,
                   "[%s]: 'rate' is missing: pounds per unit of what the term is about; or knots and rates, or knots and steps",
                   tf_config_section(reader->config, section));
    } else if (n_rates > 0 && n_rates != term->n_knots + 1) {
        tf_deal_wrong(reader, section, one ? "rate" : "rates",
                      "%zu knot%s part%s the line into %zu pieces, but there %s %zu rate%s", term->n_knots,
                      term->n_knots == 1 ? "" : "s", term->n_knots == 1 ? "s" : "", term->n_knots + 1, n_rates == 1 ? "is" : "are",
                      n_rates, n_rates == 1 ? "" : "s");
    }
    if (n_steps > 0 && n_steps != term->n_knots) {
        tf_deal_wrong(reader, section, "steps", "%zu steps for %zu knots: each knot has one", n_steps, term->n_knots);
    }
    check_knots(reader, section, term);
}

/* All formulas of a term, with their keys; how many. */
enum { TERM_FORMULAS = 6 + 3 * TF_KNOTS + 1 };
static size_t formulas_of(const tf_term *term, const tf_expression *out[TERM_FORMULAS], const char *keys[TERM_FORMULAS])
{
    const tf_expression *const single[] = {&term->of, &term->times, &term->gate, &term->floor, &term->cap, &term->origin};
    static const char *const names[] = {"of", "times", "gate", "floor", "cap", "origin"};
    size_t n = 0;

    for (size_t k = 0; k < sizeof single / sizeof *single; k++) {
        out[n] = single[k];
        keys[n++] = names[k];
    }
    for (size_t k = 0; k <= TF_KNOTS; k++) {
        out[n] = &term->rates[k];
        keys[n++] = term->n_knots > 0 ? "rates" : "rate";
        if (k < TF_KNOTS) {
            out[n] = &term->knots[k];
            keys[n++] = "knots";
            out[n] = &term->steps[k];
            keys[n++] = "steps";
        }
    }
    return n;
}

/* What its formulas tell of a term: when it can be settled, on which basis, on which metric, and whether it may fire or not. */
static double take_formulas(const tf_deal *deal, tf_term *term, tf_route *route)
{
    const tf_expression *formulas[TERM_FORMULAS];
    const char *keys[TERM_FORMULAS];
    const size_t n = formulas_of(term, formulas, keys);
    double lag = 0;
    bool errs = false;

    for (size_t f = 0; f < n; f++) {
        rest_on(deal, formulas[f], &lag, &errs);
        for (size_t k = 0; formulas[f]->text != NULL && k < formulas[f]->n_symbols; k++) {
            const tf_name_kind kind = deal->names[formulas[f]->symbols[k].index].kind;

            term->triggered = term->triggered || kind == TF_NAME_METRIC || kind == TF_NAME_MEASURE;
        }
    }
    route->basis = errs ? TF_BASIS_MEASURED : TF_BASIS_TRUE;
    if (term->of.text != NULL && term->of.n_symbols == 1 && term->of.code.bytes == NULL) {
        const tf_name *name = &deal->names[term->of.symbols[0].index];

        term->metric = name->kind == TF_NAME_METRIC ? (ptrdiff_t)name->index : -1;
    }
    return lag;
}

void tf_deal_refuse_prescribing(tf_deal_reader *reader, size_t section, const char *key, const tf_expression *expression)
{
    char measure[TF_MEASURE_NAME];

    if (reader->deal->joint_working && tf_deal_prescribing(reader->deal, expression, &reader->medicines, measure)) {
        tf_deal_wrong(reader, section, key,
                      "joint working must not depend on prescribing, and this rests on %s; joint working pools resources for the "
                      "benefit of patients, and contributions that follow prescribing would be an inducement to prescribe (ABPI "
                      "Code of Practice, joint working)",
                      measure);
    }
}

static void refuse_prescribing(tf_deal_reader *reader, size_t section, const tf_term *term)
{
    const tf_expression *formulas[TERM_FORMULAS];
    const char *keys[TERM_FORMULAS];
    const size_t n = formulas_of(term, formulas, keys);

    for (size_t k = 0; k < n; k++) {
        tf_deal_refuse_prescribing(reader, section, keys[k], formulas[k]);
    }
}

static void read_accounts(tf_deal_reader *reader, size_t section, tf_route *route)
{
    route->class = (tf_class)tf_config_choice(reader->context, reader->config, section, "class", tf_class_names, TF_TRANSFER);
    if (tf_config_require(reader->context, reader->config, section, "payer", "an account, as icb.drugs")) {
        (void)read_account(reader, section, "payer", &route->payer);
    }
    if (route->class == TF_RESOURCE) {
        if (tf_config_text(reader->config, section, "payee") != NULL) {
            tf_deal_wrong(reader, section, "payee",
                          "a resource is used up and reaches nobody; leave the payee out, or write class = transfer");
        }
    } else if (tf_config_require(reader->context, reader->config, section, "payee", "an account, as industry.rebate")) {
        (void)read_account(reader, section, "payee", &route->payee);
    }
    if (route->class == TF_TRANSFER && route->payer.party >= 0 && route->payer.party == route->payee.party &&
        strcmp(route->payer.line, route->payee.line) == 0) {
        tf_deal_wrong(reader, section, "payee", "the account that pays");
    }
}

static void read_years(tf_deal_reader *reader, size_t section, tf_term *term)
{
    const int64_t years = (int64_t)reader->deal->years;
    int64_t from = tf_config_integer(reader->context, reader->config, section, "from", 1, years, 1);

    term->from = (size_t)from - 1;
    term->to = (size_t)tf_config_integer(reader->context, reader->config, section, "to", from, years, years);
}

void tf_deal_read_term(tf_deal_reader *reader, size_t section, tf_term *term)
{
    static const char *const pays[] = {"year", "to date", NULL};
    tf_deal *deal = reader->deal;
    tf_route *route = &deal->routes[term->route];

    term->metric = -1;
    read_accounts(reader, section, route);
    reader->scope.terms_in_sight = (size_t)(term - deal->terms);
    (void)tf_deal_formula(reader, section, "of", &term->of);
    read_schedule(reader, section, term);
    (void)tf_deal_formula(reader, section, "times", &term->times);
    (void)tf_deal_condition(reader, section, "gate", &term->gate);
    (void)tf_deal_formula(reader, section, "floor", &term->floor);
    (void)tf_deal_formula(reader, section, "cap", &term->cap);
    term->both_ways = tf_config_switch(reader->context, reader->config, section, "both_ways", false);
    term->to_date = tf_config_choice(reader->context, reader->config, section, "pays", pays, 0) == 1;
    term->after_exit = tf_config_switch(reader->context, reader->config, section, "after_exit", false);
    if (term->after_exit && deal->exit.text == NULL) {
        tf_deal_wrong(reader, section, "after_exit", "the deal states no exit");
    }
    read_years(reader, section, term);
    term->known = take_formulas(deal, term, route);
    route->lag = term->known + tf_config_number(reader->context, reader->config, section, "lag", 0, 50, 0);
    route->delay = (size_t)floor(route->lag + 0.5);
    refuse_prescribing(reader, section, term);
}

/* ---- costs of the run ---------------------------------------------------------------------- */

static ptrdiff_t find_category(tf_deal_reader *reader, size_t section, const char *name)
{
    const tf_layout *layout = tf_source_layout(reader->source);
    char measure[TF_MEASURE_NAME];
    ptrdiff_t found;

    snprintf(measure, sizeof measure, "cost.%s", name);
    found = tf_find_measure(layout, measure);
    if (found < 0 && reader->config == reader->deal->config) {
        tf_mistake(reader->context, tf_config_section_place(reader->config, section),
                   "[cost %s]: the run has no costs of that category", name);
    }
    return found;
}

void tf_deal_read_cost(tf_deal_reader *reader, size_t section, const char *name)
{
    tf_deal *deal = reader->deal;
    ptrdiff_t measure = reader->source != NULL ? find_category(reader, section, name) : -1;
    tf_cost cost = {.measure = (size_t)measure, .place = tf_config_section_place(reader->config, section), .transfer = -1};
    tf_account bearer = {.party = TF_USED_UP}, payer = {.party = TF_USED_UP};
    double cashable, avoided;
    const char *title = tf_config_text(reader->config, section, "title");
    tf_route *resource;
    tf_cost *costs;

    (void)tf_config_require(reader->context, reader->config, section, "bearer", "the account whose resources are used, as provider.acute");
    (void)read_account(reader, section, "bearer", &bearer);
    (void)read_account(reader, section, "payer", &payer);
    cost.used = tf_config_number(reader->context, reader->config, section, "used", 0, 1, 1);
    cost.variable = tf_config_number(reader->context, reader->config, section, "variable", 0, 1, 1);
    cashable = tf_config_number(reader->context, reader->config, section, "cashable", 0, 1, 1);
    avoided = tf_config_number(reader->context, reader->config, section, "avoided", 0, 1, 0);
    (void)tf_config_text(reader->config, section, "source");
    if (cashable + avoided > 1) {
        tf_deal_wrong(reader, section, "avoided", "the shares that are cashable and that are growth avoided sum to more than 1");
    }
    for (size_t k = 0; k < deal->n_costs; k++) {
        measure = measure >= 0 && deal->costs[k].measure == (size_t)measure ? -1 : measure; /* the deal's own section stands */
    }
    costs = measure >= 0 ? tf_realloc(deal->costs, deal->n_costs + 1, sizeof *costs) : NULL;
    if (costs == NULL) {
        tf_free(bearer.line);
        tf_free(payer.line);
        return;
    }
    deal->costs = costs;
    cost.resource = tf_deal_add_route(reader, name, title != NULL ? title : name);
    if (payer.party >= 0 && reader->status == TREFOIL_DONE) {
        cost.transfer = (ptrdiff_t)tf_deal_add_route(reader, name, title != NULL ? title : name);
    }
    if (reader->status != TREFOIL_DONE) {
        tf_free(bearer.line);
        tf_free(payer.line);
        return;
    }
    resource = &deal->routes[cost.resource];
    resource->payer = bearer;
    resource->class = TF_RESOURCE;
    resource->basis = TF_BASIS_RUN;
    resource->cashable = cashable;
    resource->avoided = avoided;
    if (cost.transfer >= 0) {
        tf_route *transfer = &deal->routes[cost.transfer];

        transfer->payer = payer;
        transfer->payee = (tf_account){.party = bearer.party, .line = tf_deal_copy(reader, bearer.line)};
        transfer->class = TF_TRANSFER;
        transfer->basis = TF_BASIS_RUN;
        transfer->cashable = 1;
    }
    deal->costs[deal->n_costs++] = cost;
}
